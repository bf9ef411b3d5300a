/* Reading what the kernel holds, whole: the generation is the same before and after, or all is
 * read anew. Elements say nothing of a change in their dump, hence the generation. */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "nft/absent.h"
#include "nft/numbers.h"
#include "nft/read.h"
#include "nft/transport.h"

enum { READ_TRIES = 20 };

struct reading {
	struct nft *nft;
	const struct read_scope *scope;
	struct decode decode;
	int number;
};

static bool reading_take(void *context, const struct nlmsghdr *message)
{
	struct reading *reading = context;

	return decode_message(&reading->decode, message);
}

_Static_assert((int)NFTA_SET_ELEM_LIST_SET == (int)NFTA_RULE_CHAIN,
	       "what is within the table stands in the second attribute");

/* All of a kind, in one table, and in one set or chain of it, where these are given. */
static enum answer dump(struct reading *reading, unsigned message, const struct table *table,
			const char *within)
{
	struct outbox *outbox = &reading->nft->outbox;
	uint8_t family = table ? family_number(table->family) : (uint8_t)NFPROTO_UNSPEC;
	struct nlmsghdr *question = outbox_open(outbox, message, family, NLM_F_DUMP);

	if (table) /* the first attribute of every message of a table's things */
		mnl_attr_put_strz(question, NFTA_SET_TABLE, table->name);
	if (within)
		mnl_attr_put_strz(question, NFTA_SET_ELEM_LIST_SET, within);
	outbox_close(outbox, question);
	return nft_ask(reading->nft, reading_take, reading, &reading->number);
}

static enum answer table_dump(struct reading *reading, const struct table *table)
{
	static const uint8_t messages[] = { NFT_MSG_GETOBJ, NFT_MSG_GETFLOWTABLE, NFT_MSG_GETSET,
					    NFT_MSG_GETRULE };
	enum answer answer;

	for (size_t i = 0; i < sizeof(messages); i++) {
		answer = dump(reading, messages[i], table, NULL);
		if (answer != ANSWER_GOOD)
			return answer;
	}
	vec_each(set, &table->sets) {
		if (reading->scope->wants && !reading->scope->wants(reading->scope->context, table, *set))
			continue;
		answer = dump(reading, NFT_MSG_GETSETELEM, table, (*set)->name);
		if (answer != ANSWER_GOOD)
			return answer;
	}
	return ANSWER_GOOD;
}

static enum answer all_dump(struct reading *reading)
{
	enum answer answer = dump(reading, NFT_MSG_GETTABLE, NULL, NULL);
	const struct ruleset *ruleset = reading->decode.ruleset;

	if (answer == ANSWER_GOOD && ruleset->tables.count)
		answer = dump(reading, NFT_MSG_GETCHAIN, NULL, NULL);
	for (size_t i = 0; answer == ANSWER_GOOD && i < ruleset->tables.count; i++)
		answer = table_dump(reading, ruleset->tables.items[i]);
	return answer;
}

static void reading_say(const struct reading *reading, struct errs *errs)
{
	if (reading->decode.full)
		nft_say(errs, ENOMEM, _("the kernel holds more than we may read"));
	else if (reading->number == EINTR)
		nft_say(errs, EINTR, _("the rulesets change faster than they can be read"));
	else if (reading->number == EPROTO)
		nft_say(errs, EPROTO, _("the kernel's answer cannot be read"));
	else
		nft_say(errs, reading->number, _("cannot read the kernel's rulesets"));
}

static enum answer chains_dump(struct reading *reading)
{
	enum answer answer = ANSWER_GOOD;

	vec_each(in, &reading->decode.tables)
		vec_each(chain, &in->table->chains) {
			(*chain)->rules.count = 0;
			if (answer == ANSWER_GOOD)
				answer = dump(reading, NFT_MSG_GETRULE, in->table, (*chain)->name);
		}
	return answer;
}

bool read_rules(struct nft *nft, struct decode *decode, uint32_t *ret_generation,
		struct errs *errs)
{
	struct reading reading = { .nft = nft, .decode = *decode };
	uint32_t before = 0, after = 0;
	enum answer answer = ANSWER_AGAIN;

	for (unsigned i = 0; i < READ_TRIES && answer == ANSWER_AGAIN; i++) {
		if (!ask_generation(nft, &before, &reading.number))
			break;
		answer = chains_dump(&reading);
		if (answer == ANSWER_GOOD && !ask_generation(nft, &after, &reading.number))
			answer = ANSWER_FAILED;
		if (answer == ANSWER_GOOD && before != after)
			answer = ANSWER_AGAIN;
	}
	*decode = reading.decode;
	*ret_generation = after;
	if (answer == ANSWER_AGAIN)
		reading.number = EINTR;
	if (answer != ANSWER_GOOD)
		reading_say(&reading, errs);
	return answer == ANSWER_GOOD;
}

struct ruleset *read_scope(struct nft *nft, const struct read_scope *scope,
			   uint32_t *ret_generation, struct errs *errs)
{
	struct reading reading = { .nft = nft, .scope = scope };

	if (!scope->others && !nft->reads_only)
		kept_give(nft);
	for (unsigned i = 0; i < READ_TRIES; i++) {
		uint32_t before = 0, after = 0;
		enum answer answer;

		if (!ask_generation(nft, &before, &reading.number))
			break;
		decode_init(&reading.decode, scope->name, DECODE_MOST_BYTES);
		reading.decode.others = scope->others;
		answer = all_dump(&reading);
		if (answer == ANSWER_GOOD && !scope->others && !kept_show(nft, &reading.decode)) {
			reading.number = EPROTO;
			answer = ANSWER_FAILED;
		}
		if (answer == ANSWER_GOOD && !ask_generation(nft, &after, &reading.number))
			answer = ANSWER_FAILED;
		if (answer == ANSWER_GOOD && before == after) {
			*ret_generation = after;
			reading.decode.ruleset->at_ms = clock_us(CLOCK_REALTIME) / 1000;
			return decode_end(&reading.decode);
		}
		/* torn halfway, what names the rest may be what is unreadable */
		if (answer == ANSWER_FAILED && reading.number == EPROTO && !reading.decode.full &&
		    ask_generation(nft, &after, &reading.number) && before != after)
			answer = ANSWER_AGAIN;
		else if (answer == ANSWER_FAILED && !reading.number)
			reading.number = EPROTO;
		decode_drop(&reading.decode);
		if (answer == ANSWER_FAILED)
			break;
		reading.number = EINTR;
	}
	reading_say(&reading, errs);
	return NULL;
}

struct ruleset *nft_read(struct nft *nft, const char *table_name, uint32_t *ret_generation,
			 struct errs *errs)
{
	const struct read_scope scope = { .name = table_name };

	return read_scope(nft, &scope, ret_generation, errs);
}

static bool wants_none(const void *context, const struct table *table, const struct set *set)
{
	(void)context;
	(void)table;
	(void)set;
	return false;
}

struct ruleset *nft_read_others(struct nft *nft, const char *table_name, uint32_t *ret_generation,
				struct errs *errs)
{
	const struct read_scope scope = { .name = table_name, .others = true, .wants = wants_none };

	return read_scope(nft, &scope, ret_generation, errs);
}
