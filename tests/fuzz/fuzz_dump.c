/* Bytes as a dump of a ruleset: they are refused with one error that names a line, or read; what is
 * read is, written again, the same bytes, and its rules can be followed by the proof. Bytes without
 * the first line get one, a head, and a last line that counts them, which no mutation would hit. */
#include <stdlib.h>
#include <string.h>

#include "proof/meaning.h"
#include "rule/dump_parts.h"

enum { PIECES = 2000 };

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t count);

static bool leaf_take(void *context, const struct leaf *leaf)
{
	struct buf text = { 0 };

	(void)context;
	if (leaf->by.table)
		place_print(&text, &leaf->by);
	buf_done(&text);
	return true;
}

static void ruleset_follow(const struct ruleset *ruleset)
{
	for (unsigned i = 0; i < PATHS * 2; i++) {
		struct meaning *meaning = meaning_new(ruleset, (enum path)(i / 2));
		size_t budget = PIECES;
		struct box box;

		box_all(&box);
		box_fix(&box, DIM_ETHERTYPE, i % 2 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
		box_fix(&box, DIM_STATE, CT_NEW);
		(void)meaning_run(meaning, &box,
				  &(struct meaning_run){ .stage = MEANING_ALL,
							 .care = MEANING_EXACT,
							 .budget = &budget,
							 .take = leaf_take });
		meaning_free(meaning);
	}
}

static void line_count(struct dump_counts *counts, const char *line, size_t length)
{
	static const char *const words[] = { "table", "chain", "rule", "set", "element", "object",
					     "note" };
	uint64_t *const numbers[] = { &counts->tables, &counts->chains,	  &counts->rules,
				      &counts->sets,   &counts->elements, &counts->objects,
				      &counts->notes };

	for (size_t i = 0; i < array_count(words); i++)
		if (strlen(words[i]) == length && memcmp(line, words[i], length) == 0) {
			++*numbers[i];
			return;
		}
	counts->exprs++;
}

static void text_make(const char *bytes, size_t count, struct buf *ret_text)
{
	static const char first[] = DUMP_FIRST_LINE "head generation=1\n";
	struct dump_counts counts = { 0 };

	if (count >= 12 && memcmp(bytes, first, 12) == 0) {
		buf_add(ret_text, bytes, count);
		return;
	}
	buf_add_text(ret_text, first);
	buf_add(ret_text, bytes, count);
	for (size_t at = 0; at < count;) {
		const char *end = memchr(bytes + at, '\n', count - at);
		size_t length = end ? (size_t)(end - bytes) - at : count - at;
		const char *space = memchr(bytes + at, ' ', length);

		line_count(&counts, bytes + at, space ? (size_t)(space - bytes) - at : length);
		at += length + 1;
	}
	dump_line_write(ret_text, &dump_fields_end, &counts, NULL);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t count)
{
	struct buf text = { 0 }, again = { 0 };
	struct dump_head head;
	struct ruleset *ruleset;
	struct errs errs;
	char *copy;

	text_make((const char *)bytes, count, &text);
	copy = malloc(text.count + 1); /* of its own length, so that a byte too far is seen */
	memcpy(copy, buf_text(&text), text.count);
	errs_init(&errs);
	ruleset = dump_read("fuzz", copy, text.count, &head, &errs);
	if (!ruleset != (errs_errors(&errs) == 1))
		abort(); /* refused without a word, or accepted with an error */
	if (!ruleset && !errs.list.items[0].at.line)
		abort();
	if (ruleset) {
		dump_write(&again, ruleset, &head);
		if (again.count != text.count || memcmp(again.text, copy, text.count) != 0)
			abort();
		ruleset_follow(ruleset);
	}
	ruleset_free(ruleset);
	errs_done(&errs);
	buf_done(&again);
	buf_done(&text);
	free(copy);
	return 0;
}
