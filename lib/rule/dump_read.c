/* Reading a dump, line by line. Each line becomes an object by its field table and is then written
 * again: what comes out is the line, or the line is refused. So there is no second way to write
 * anything, and nothing that the reader passes over. See dump.h. */
#include <string.h>

#include "base/lang.h"
#include "rule/dump_parts.h"

enum { SHOWN_MOST = 60 };

struct reading {
	struct src at;
	const char *next, *end; /* what is left */
	struct ruleset *ruleset;
	struct errs *errs;
	struct dump_head_line head;
	struct dump_counts counts;
	struct buf again;

	/* begun last; NULL: none of its table yet */
	struct table *table;
	struct chain *chain;
	struct rule *rule;
	struct set *set;
	vec_of(struct expr) exprs; /* of the rule */
	const char *comment;	   /* of the last element: many share one */
};

struct line {
	const char *text, *end; /* without its end */
	const char *rest;	/* behind the first word */
};

void dump_fail(struct errs *errs, struct src at, const char *fmt, ...)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "C-DUMP", at);
	va_list args;
	char *text;

	va_start(args, fmt);
	text = arena_vprintf(errs->arena, fmt, args);
	va_end(args);
	errs_set_unreadable(errs, err);
	err_say(errs, err, "%s", text);
}

/* Says so about a piece of the line, as far as it can be shown. */
static bool piece_fail(struct reading *reading, const char *fmt, const char *text, size_t count)
{
	struct buf shown = { 0 };
	char piece[SHOWN_MOST + 1] = "";

	memcpy(piece, text, size_min(count, SHOWN_MOST));
	dump_text_write(&shown, piece);
	dump_fail(reading->errs, reading->at, fmt, buf_text(&shown));
	buf_done(&shown);
	return false;
}

static bool fail(struct reading *reading, const char *message)
{
	dump_fail(reading->errs, reading->at, "%s", message);
	return false;
}

/* ---- lines ---- */

static bool line_next(struct reading *reading, struct line *ret_line)
{
	const char *end, *space;

	if (reading->next == reading->end)
		return fail(reading, _("the dump ends too early: a part of it is missing"));
	reading->at.line++;
	end = memchr(reading->next, '\n', (size_t)(reading->end - reading->next));
	if (!end)
		return fail(reading, _("the dump ends too early: a part of it is missing"));
	space = memchr(reading->next, ' ', (size_t)(end - reading->next));
	*ret_line = (struct line){ reading->next, end, space ? space : end };
	reading->next = end + 1;
	return true;
}

static bool line_is(const struct line *line, const struct fields *fields)
{
	size_t count = strlen(fields->what);

	return (size_t)(line->rest - line->text) == count &&
	       memcmp(line->text, fields->what, count) == 0;
}

static bool fields_read(struct reading *reading, const struct line *line,
			const struct fields *fields, void *object, const struct set *set)
{
	const char *at = line->rest;
	size_t next = 0;

	while (at < line->end) {
		const char *name = at + 1, *stop = dump_value_end(name, line->end);
		const char *equals = memchr(name, '=', (size_t)(stop - name));
		const struct field *field =
			equals ? dump_field_find(fields, &next, name, (size_t)(equals - name)) : NULL;

		if (!field)
			return piece_fail(reading, _("this is not known here, or not in its place: %s"),
					  name, (size_t)(stop - name));
		if (!dump_value_read(reading->ruleset->arena, field, object, set, equals + 1,
				     (size_t)(stop - equals - 1)))
			return piece_fail(reading, _("this value cannot be read: %s"), name,
					  (size_t)(stop - name));
		at = stop;
	}
	return true;
}

/* Is the object's line this line? */
static bool line_check(struct reading *reading, const struct line *line,
		       const struct fields *fields, const void *object, const struct set *set)
{
	size_t count = (size_t)(line->end - line->text) + 1;

	buf_clear(&reading->again);
	dump_line_write(&reading->again, fields, object, set);
	if (reading->again.count == count && memcmp(reading->again.text, line->text, count) == 0)
		return true;
	return piece_fail(reading, _("a dump would say this differently: %s"), line->text,
			  count - 1);
}

static bool line_read(struct reading *reading, const struct line *line,
		      const struct fields *fields, void *object)
{
	return fields_read(reading, line, fields, object, NULL) &&
	       line_check(reading, line, fields, object, NULL);
}

/* ---- objects ---- */

/* What was read of the last rule is its own from now on. */
static void rule_end(struct reading *reading)
{
	struct arena *arena = reading->ruleset->arena;
	struct rule *rule = reading->rule;

	if (rule && reading->exprs.count) {
		rule->exprs = (const struct expr *)arena_copy(
			arena, reading->exprs.items, reading->exprs.count * sizeof(struct expr));
		rule->count = reading->exprs.count;
	}
	reading->exprs.count = 0;
	reading->rule = NULL;
}

static bool table_read(struct reading *reading, const struct line *line)
{
	rule_end(reading);
	reading->table = ruleset_add_table(reading->ruleset, TABLE_INET, NULL, reading->at);
	reading->chain = NULL;
	reading->set = NULL;
	reading->counts.tables++;
	return line_read(reading, line, &fields_table, reading->table);
}

static bool chain_read(struct reading *reading, const struct line *line)
{
	if (!reading->table)
		return fail(reading, _("a table must come before this line"));
	rule_end(reading);
	reading->chain = table_add_chain(reading->ruleset, reading->table, NULL, reading->at);
	reading->counts.chains++;
	return line_read(reading, line, &fields_chain, reading->chain);
}

static bool rule_read(struct reading *reading, const struct line *line)
{
	if (!reading->chain)
		return fail(reading, _("a chain must come before this line"));
	rule_end(reading);
	reading->rule = vec_add(reading->ruleset->arena, &reading->chain->rules);
	reading->rule->src = reading->at;
	reading->counts.rules++;
	return line_read(reading, line, &fields_rule, reading->rule);
}

static bool expr_read(struct reading *reading, const struct line *line, enum expr_kind kind)
{
	struct expr *expr;

	if (!reading->rule)
		return fail(reading, _("a rule must come before this line"));
	expr = vec_add(reading->ruleset->arena, &reading->exprs);
	*expr = (struct expr){ .kind = (uint8_t)kind };
	reading->counts.exprs++;
	return line_read(reading, line, &fields_expr[kind], expr);
}

static bool set_read(struct reading *reading, const struct line *line)
{
	struct set *set;

	if (!reading->table)
		return fail(reading, _("a table must come before this line"));
	set = table_add_set(reading->ruleset, reading->table, NULL, reading->at);
	reading->set = set;
	reading->comment = NULL;
	reading->counts.sets++;
	if (!line_read(reading, line, &fields_set, set))
		return false;
	for (unsigned i = 0; i < set->key.count; i++)
		set->key_bytes += slots_of_bytes(set->key.bytes[i]) * SLOT_BYTES;
	return true;
}

/* Does a key_end follow the key, which is written first? */
static bool has_key_end(const struct line *line)
{
	static const char word[] = " key_end=";
	const char *end = line->rest < line->end ? dump_value_end(line->rest + 1, line->end) : line->end;

	return (size_t)(line->end - end) >= sizeof(word) - 1 &&
	       memcmp(end, word, sizeof(word) - 1) == 0;
}

static bool element_read(struct reading *reading, const struct line *line)
{
	static const char word[] = " key=";
	struct set *set = reading->set;
	struct element *element;

	if (!set)
		return fail(reading, _("a set must come before this line"));
	element = set_add_element(reading->ruleset, set, has_key_end(line));
	if ((size_t)(line->end - line->rest) < sizeof(word) - 1 ||
	    memcmp(line->rest, word, sizeof(word) - 1) != 0)
		element->key = element->key_end = NULL;
	if (set->is_map && set->data != DATUM_VERDICT && set->data != DATUM_MARK &&
	    !set->data_bytes)
		element->bytes = (const uint8_t *)""; /* objects by name */
	element->src = reading->at;
	reading->counts.elements++;
	if (!fields_read(reading, line, &fields_element, element, set))
		return false;
	if (element->comment && reading->comment && strcmp(element->comment, reading->comment) == 0)
		element->comment = reading->comment;
	reading->comment = element->comment;
	return line_check(reading, line, &fields_element, element, set);
}

static bool object_read(struct reading *reading, const struct line *line)
{
	struct object *object;

	if (!reading->table)
		return fail(reading, _("a table must come before this line"));
	object = table_add_object(reading->ruleset, reading->table, OBJECT_COUNTER, NULL,
				  reading->at);
	reading->counts.objects++;
	return line_read(reading, line, &fields_object, object);
}

static bool note_read(struct reading *reading, const struct line *line)
{
	struct note *note = vec_add(reading->ruleset->arena, &reading->ruleset->notes);

	note->src = reading->at;
	reading->counts.notes++;
	return line_read(reading, line, &dump_fields_note, note);
}

static bool object_line_read(struct reading *reading, const struct line *line)
{
	static const struct {
		const struct fields *fields;
		bool (*read)(struct reading *reading, const struct line *line);
	} kinds[] = { { &fields_element, element_read }, { &fields_rule, rule_read },
		      { &fields_set, set_read },	 { &fields_chain, chain_read },
		      { &fields_table, table_read },	 { &fields_object, object_read },
		      { &dump_fields_note, note_read } };

	for (size_t i = 0; i < array_count(kinds); i++)
		if (line_is(line, kinds[i].fields))
			return kinds[i].read(reading, line);
	for (unsigned kind = 0; kind < EXPR_KINDS; kind++)
		if (line_is(line, &fields_expr[kind]))
			return expr_read(reading, line, (enum expr_kind)kind);
	return piece_fail(reading, _("no line of a dump begins like this: %s"), line->text,
			  (size_t)(line->rest - line->text));
}

/* ---- the whole ---- */

static bool head_read(struct reading *reading, struct dump_head *ret_head)
{
	struct dump_head_line *head = &reading->head;
	size_t first = strlen(DUMP_FIRST_LINE);
	struct line line;

	reading->at.line = 1;
	if ((size_t)(reading->end - reading->next) < first ||
	    memcmp(reading->next, DUMP_FIRST_LINE, first) != 0)
		return fail(reading,
			    _("this is no dump of a ruleset (or of another version): \"sekisho-dump 1\" is missing"));
	reading->next += first;
	if (!line_next(reading, &line))
		return false;
	if (!line_is(&line, &dump_fields_head))
		return piece_fail(reading, _("no line of a dump begins like this: %s"), line.text,
				  (size_t)(line.rest - line.text));
	if (!line_read(reading, &line, &dump_fields_head, head))
		return false;
	if (head->at_ms > INT64_MAX / 2)
		return fail(reading, _("there is no such time"));
	reading->ruleset->at_ms = (int64_t)head->at_ms;
	*ret_head = (struct dump_head){ head->kernel, head->gateway, head->generation };
	return true;
}

static bool end_read(struct reading *reading, const struct line *line)
{
	struct dump_counts said = { 0 };

	rule_end(reading);
	if (!line_read(reading, line, &dump_fields_end, &said))
		return false;
	if (memcmp(&said, &reading->counts, sizeof(said)) != 0)
		return fail(reading,
			    _("the counts of the last line are not those of the lines above: something is missing, or was added"));
	if (reading->next != reading->end) {
		reading->at.line++;
		return fail(reading, _("something follows the end of the dump"));
	}
	return true;
}

static bool all_read(struct reading *reading, struct dump_head *ret_head)
{
	struct line line;

	if (!head_read(reading, ret_head))
		return false;
	while (line_next(reading, &line)) {
		if (line_is(&line, &dump_fields_end))
			return end_read(reading, &line) &&
			       dump_check(reading->ruleset, reading->errs);
		if (arena_used_bytes(reading->ruleset->arena) > DUMP_MEMORY_MOST_BYTES)
			return fail(reading, _("the dump takes more memory than a dump may"));
		if (!object_line_read(reading, &line))
			return false;
	}
	return false;
}

struct ruleset *dump_read(const char *file, const char *text, size_t count,
			  struct dump_head *ret_head, struct errs *errs)
{
	struct reading reading = { .next = text, .end = text + count, .errs = errs };
	struct dump_head head;
	struct ruleset *ruleset = ruleset_new();
	bool done;

	reading.ruleset = ruleset;
	reading.at.file = arena_strdup(ruleset->arena, file);
	done = all_read(&reading, &head);
	buf_done(&reading.again);
	if (done) {
		*ret_head = head;
		return ruleset;
	}
	errs_keep(errs, ruleset->arena); /* the file's name in its errs */
	return NULL;
}
