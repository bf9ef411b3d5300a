/* A proof in words. */
#include <string.h>

#include "base/lang.h"
#include "proof/prove.h"
#include "rule/value.h"

const char *proof_result_word(enum proof_result result)
{
	static const char *const words[] = { "proved", "proved-except", "refuted", "inconclusive" };

	return words[result];
}

const char *proof_result_text(enum proof_result result)
{
	switch (result) {
	case PROOF_PROVED:
		return _("proved: exactly what the policy permits passes");
	case PROOF_EXCEPT:
		return _("proved, except for what is named here");
	case PROOF_REFUTED:
		return _("refuted");
	case PROOF_INCONCLUSIVE:
		return _("inconclusive: not everything could be followed to the end");
	}
	return "";
}

const char *proof_result_word_text(const char *word)
{
	for (enum proof_result result = PROOF_PROVED; result <= PROOF_INCONCLUSIVE; result++)
		if (strcmp(word, proof_result_word(result)) == 0)
			return proof_result_text(result);
	return _("none yet");
}

const char *proof_kind_word(enum proof_kind kind)
{
	static const char *const words[] = { "admits",	"may-admit",  "stops",	  "may-stop",
					     "carries", "unfinished", "disagrees" };

	return words[kind];
}

static const char *sentence(enum proof_kind kind)
{
	switch (kind) {
	case PROOF_ADMITS:
		return _("a packet that the policy does not permit passes");
	case PROOF_MAY_ADMIT:
		return _("a packet that the policy does not permit may pass");
	case PROOF_STOPS:
		return _("a packet that the policy permits is stopped");
	case PROOF_MAY_STOP:
		return _("a packet that the policy permits may be stopped");
	case PROOF_CARRIES:
		return _("somebody else's rule does to packets what no proof can follow");
	case PROOF_UNFINISHED:
		return _("too much to be followed to the end: nothing is said of it");
	case PROOF_DISAGREES:
		return _("two readings of the same rules differ: a defect of this program, please report it");
	}
	return "";
}

void element_print(struct buf *buf, const struct set *set, const struct element *element)
{
	size_t before = buf->count;

	if (!element->key) {
		buf_add_char(buf, '*');
	} else if (!key_print(buf, &set->key, element->key, element->key_end)) {
		buf->count = before; /* nft has no words for it */
		hex_print(buf, element->key, set->key_bytes);
	}
}

void element_say(struct buf *buf, const struct set *set, const struct element *element)
{
	if (!set || !element)
		return;
	buf_printf(buf, _(", by element "));
	element_print(buf, set, element);
	buf_printf(buf, _(" of %s"), set->name);
	if (element->comment)
		buf_printf(buf, " \"%s\"", element->comment);
}

void proof_finding_print(struct buf *buf, const struct proof_finding *finding)
{
	buf_add_text(buf, sentence(finding->kind));
	if (finding->flow)
		buf_printf(buf, _(" (flow %s)"), finding->flow);
	if (finding->has_packet) {
		buf_add_text(buf, ": ");
		packet_print(buf, &finding->packet);
	}
	if (finding->by.table) {
		buf_add_text(buf, _("; by "));
		place_print(buf, &finding->by);
	}
	if (finding->what)
		buf_printf(buf, ": %s", finding->what);
	element_say(buf, finding->set, finding->element);
	if (finding->doubt.table) {
		buf_add_text(buf, _("; not understood: "));
		place_print(buf, &finding->doubt);
	}
}
