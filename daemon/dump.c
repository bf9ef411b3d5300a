/* See dump.h. The child's answer is a letter, and behind it the dump, or in words why there is none. */
#define _GNU_SOURCE
#include "daemon/dump.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "daemon/child.h"
#include "rule/dump.h"

enum { DUMP_MOST_USEC = 60 * 1000000, WHY_MOST_BYTES = 4096, MADE = 'D', REFUSED = 'W' };

struct dump {
	struct gate *gate;
	struct child *child;
	const char *text; /* the child's, behind the letter */
	size_t count;
	dump_on_done *on_done;
	void *context;
};

/* ---- the child ---- */

/* The tables of others with their elements, too: what their sets hold decides what they let pass,
 * and all of it is of one generation. */
static bool text_make(struct gate *gate, struct buf *text)
{
	struct dump_head head = { .kernel = gate->probe.release,
				  .gateway = gate->now ? gate->now->policy->head.gateway : NULL };
	struct ruleset *ruleset;
	struct errs errs;

	errs_init(&errs);
	ruleset = nft_read(gate->nft, NULL, &head.generation, &errs);
	if (ruleset)
		dump_write(text, ruleset, &head);
	else
		vec_each(err, &errs.list)
			buf_printf(text, "%s%s", text->count ? "; " : "", err->message);
	if (ruleset && text->count > DUMP_FILE_MOST_BYTES) {
		buf_clear(text);
		buf_add_text(text, _("the kernel holds more than a dump may"));
		return false;
	}
	return ruleset;
}

static bool dump_work(void *context, int fd)
{
	struct dump *dump = context;
	struct buf text = { 0 };
	char letter;

	if (!nft_reopen(dump->gate->nft))
		return false;
	letter = text_make(dump->gate, &text) ? MADE : REFUSED;
	return child_write(fd, &letter, 1) && child_write(fd, buf_text(&text), text.count);
}

/* ---- the parent ---- */

static void on_answer(void *context, const void *bytes, size_t count, const char *why)
{
	struct dump *dump = context;
	struct buf said = { 0 };
	bool done = bytes && *(const char *)bytes == MADE;

	if (bytes) {
		dump->text = (const char *)bytes + 1;
		dump->count = count - 1;
	}
	if (!bytes)
		buf_add_text(&said, why);
	else if (!done)
		buf_add(&said, dump->text, size_min(dump->count, WHY_MOST_BYTES));
	dump->on_done(dump->context, dump, done, buf_text(&said));
	buf_done(&said);
}

struct dump *dump_start(sd_event *event, struct gate *gate, dump_on_done *on_done, void *context,
			struct errs *errs)
{
	struct dump *dump = calloc(1, sizeof(*dump));
	struct child_plan plan = { .name = "sekishod-dump",
				   .patient = true,
				   .keeps = true,
				   .most_usec = DUMP_MOST_USEC,
				   .most_bytes = DUMP_FILE_MOST_BYTES + 1u,
				   .work = dump_work,
				   .on_done = on_answer,
				   .context = dump };

	if (!dump)
		abort();
	*dump = (struct dump){ .gate = gate, .on_done = on_done, .context = context };
	dump->child = child_start(event, &plan, errs);
	if (dump->child)
		return dump;
	dump_free(dump);
	return NULL;
}

void dump_free(struct dump *dump)
{
	if (!dump)
		return;
	child_free(dump->child);
	free(dump);
}

bool dump_lines(const struct dump *dump, size_t from, size_t most, const char **ret_text,
		size_t *ret_count)
{
	size_t left = dump->count - size_min(from, dump->count), count = size_min(left, most);
	const char *text = dump->text + from, *end;

	if (count) {
		end = memrchr(text, '\n', count);
		if (!end)
			return false;
		count = (size_t)(end - text) + 1;
	}
	*ret_text = text;
	*ret_count = count;
	return true;
}

size_t dump_bytes(const struct dump *dump)
{
	return dump->count;
}
