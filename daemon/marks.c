/* See marks.h. One line for each: the mark, the fingerprint of what it permits, the id. */
#include "daemon/marks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "daemon/state.h"

#define STATE_MARKS "marks"

bool marks_write(const struct numbering *numbering, const char *state_dir, struct errs *errs)
{
	struct buf text = { 0 };
	bool written;

	buf_printf(&text, "next %" PRIu32 "\n", numbering->next);
	vec_each(number, &numbering->list)
		buf_printf(&text, "%" PRIu32 " %016" PRIx64 " %s\n", number->mark, number->meaning,
			   number->id);
	written = state_write(state_dir, STATE_MARKS, &text, errs);
	buf_done(&text);
	return written;
}

static bool line_take(struct arena *arena, char *line, struct numbering *numbering)
{
	struct number number;
	char *end;

	number.mark = (uint32_t)strtoul(line, &end, 10);
	if (end == line || *end != ' ')
		return false;
	line = end + 1;
	number.meaning = strtoull(line, &end, 16);
	if (end == line || *end != ' ' || !end[1])
		return false;
	number.id = arena_strdup(arena, end + 1);
	*vec_add(arena, &numbering->list) = number;
	return true;
}

static bool text_take(struct arena *arena, const struct buf *text, struct numbering *numbering)
{
	char *copy = arena_copy(arena, buf_text(text), text->count), *rest = NULL, *line;
	unsigned long next;
	char *end;

	line = strtok_r(copy, "\n", &rest);
	if (!line || strncmp(line, "next ", 5) != 0)
		return false;
	next = strtoul(line + 5, &end, 10);
	if (*end || !next || next > UINT32_MAX)
		return false;
	numbering->next = (uint32_t)next;
	while ((line = strtok_r(NULL, "\n", &rest)))
		if (!line_take(arena, line, numbering))
			return false;
	return true;
}

static uint32_t mark_behind(const struct ruleset *kernel)
{
	const struct table *table = ruleset_find_table(kernel, TABLE_INET, "sekisho");
	uint32_t last = 0, mark;

	if (!table)
		return 1;
	vec_each(set, &table->sets) {
		if ((*set)->key.count == 0 || (*set)->key.datums[0] != DATUM_MARK)
			continue;
		vec_each(element, &(*set)->elements) {
			if (!element->key)
				continue;
			memcpy(&mark, element->key, sizeof(mark));
			if (mark > last)
				last = mark;
		}
	}
	return last + 1;
}

void marks_read(struct numbering *ret_numbering, struct arena *arena, const char *state_dir,
		const struct ruleset *kernel, struct errs *errs)
{
	struct buf text = { 0 };

	*ret_numbering = (struct numbering){ 0 };
	if (state_read(state_dir, STATE_MARKS, &text, errs) &&
	    !text_take(arena, &text, ret_numbering)) {
		struct err *err = errs_add(errs, SEVERITY_WARNING, "S-STATE", (struct src){ 0 });

		err_say(errs, err, _("%s/%s says nothing that can be understood"), state_dir,
			STATE_MARKS);
		*ret_numbering = (struct numbering){ 0 };
	}
	if (!ret_numbering->next)
		ret_numbering->next = mark_behind(kernel);
	buf_done(&text);
}
