/* What the writer and the reader of dumps share: the lines that are no object's, and how a line is
 * made of an object by its field table. */
#pragma once

#include "rule/dump.h"
#include "rule/field.h"

#define DUMP_FIRST_LINE "sekisho-dump 1\n"

struct dump_head_line {
	const char *kernel, *gateway;
	uint64_t at_ms;
	uint32_t generation;
};

struct dump_counts { /* of the last line */
	uint64_t tables, chains, rules, exprs, sets, elements, objects, notes;
};

extern const struct fields dump_fields_head, dump_fields_note, dump_fields_end;

/* The line with its end. The set is for elements, else NULL. */
void dump_line_write(struct buf *buf, const struct fields *fields, const void *object,
		     const struct set *set);
/* In quotes; what a reader could not see, or is no UTF-8, as \xNN. */
void dump_text_write(struct buf *buf, const char *text);

/* Where the value that begins there ends: at a blank, but not at one within quotes. */
const char *dump_value_end(const char *at, const char *end);
/* The field of that name, from *at on; they stand in order. */
const struct field *dump_field_find(const struct fields *fields, size_t *at, const char *name,
				    size_t count);

/* One value, all of its text, into its place in the object. False: it is none of this field. */
_must_check_ bool dump_value_read(struct arena *arena, const struct field *field, void *object,
				  const struct set *set, const char *text, size_t count);

/* What no kernel would hold, and so nobody behind need expect: registers beyond the last, chains
 * that call each other in a circle, sets that are not there, two things of one name. */
_must_check_ bool dump_check(const struct ruleset *ruleset, struct errs *errs);
void dump_fail(struct errs *errs, struct src at, const char *fmt, ...) _printf_(3, 4);
