/* Writing a dump. See dump.h. */
#include <string.h>

#include "base/utf8.h"
#include "rule/dump_parts.h"

#define HEAD(member, kind) \
	{ .name = #member, .type = kind, .offset = offsetof(struct dump_head_line, member) }
static const struct field head_items[] = {
	HEAD(kernel, FIELD_TEXT),
	HEAD(generation, FIELD_U32),
	HEAD(at_ms, FIELD_U64),
	HEAD(gateway, FIELD_TEXT),
};
#undef HEAD
static const struct field note_items[] = {
	{ .name = "text", .type = FIELD_TEXT, .offset = offsetof(struct note, text) },
};
#define COUNT(member) \
	{ .name = #member, .type = FIELD_U64, .offset = offsetof(struct dump_counts, member) }
static const struct field end_items[] = {
	COUNT(tables), COUNT(chains), COUNT(rules), COUNT(exprs),
	COUNT(sets), COUNT(elements), COUNT(objects), COUNT(notes),
};
#undef COUNT

const struct fields dump_fields_head = { "head", head_items, array_count(head_items) };
const struct fields dump_fields_note = { "note", note_items, array_count(note_items) };
const struct fields dump_fields_end = { "end", end_items, array_count(end_items) };

/* ---- values ---- */

static void hex_write(struct buf *buf, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	char text[64];
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		text[used++] = digits[bytes[i] >> 4];
		text[used++] = digits[bytes[i] & 15];
		if (used == sizeof(text) || i + 1 == count) {
			buf_add(buf, text, used);
			used = 0;
		}
	}
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Letters beyond ASCII stand as they are where all of them can be read. */
static bool is_readable(const char *text, const char *end)
{
	unsigned line;

	return !utf8_find_fault(text, end, &line) && !utf8_find_invisible(text, end);
}

void dump_text_write(struct buf *buf, const char *text)
{
	const char *end = text + strlen(text), *from = text;
	bool readable = is_readable(text, end);

	buf_add_char(buf, '"');
	for (const char *at = text; at < end; at++) {
		unsigned char c = (unsigned char)*at;

		if (is_plain(c) || (c >= 0x80 && readable))
			continue;
		buf_add(buf, from, (size_t)(at - from));
		from = at + 1;
		if (c == '"' || c == '\\') {
			buf_add(buf, (const char[]){ '\\', (char)c }, 2);
		} else {
			buf_add(buf, "\\x", 2);
			hex_write(buf, &c, 1);
		}
	}
	buf_add(buf, from, (size_t)(end - from));
	buf_add_char(buf, '"');
}

static void key_write(struct buf *buf, const struct key *key)
{
	for (unsigned i = 0; i < key->count; i++) {
		if (i)
			buf_add_char(buf, ',');
		buf_add_text(buf, datum_words[key->datums[i]]);
		buf_add_char(buf, ':');
		buf_add_unsigned(buf, key->bytes[i]);
	}
}

static void verdict_write(struct buf *buf, const struct verdict *verdict)
{
	buf_add_text(buf, verdict_words[verdict->code]);
	if (!verdict->chain)
		return;
	buf_add_char(buf, ':');
	dump_text_write(buf, verdict->chain);
}

static void data_write(struct buf *buf, const struct element *element, const struct set *set)
{
	uint32_t mark = element->mark;

	if (set->data == DATUM_VERDICT)
		verdict_write(buf, &element->verdict);
	else if (set->data == DATUM_MARK)
		hex_write(buf,
			  (const uint8_t[]){ (uint8_t)(mark >> 24), (uint8_t)(mark >> 16),
					     (uint8_t)(mark >> 8), (uint8_t)mark },
			  sizeof(mark));
	else
		hex_write(buf, element->bytes, set->data_bytes);
}

static bool has_data(const struct element *element, const struct set *set)
{
	if (!set->is_map)
		return false;
	return set->data == DATUM_VERDICT || set->data == DATUM_MARK ||
	       (set->data_bytes && element->bytes);
}

/* Is there something to say? What chooses among words or registers is always said. */
static bool is_said(const struct field *field, const void *object, const struct set *set)
{
	const void *at = (const char *)object + field->offset;

	switch ((enum field_type)field->type) {
	case FIELD_WORD:
		return !field->is_rare || *(const uint8_t *)at;
	case FIELD_SLOT:
	case FIELD_KEY:
		return true;
	case FIELD_BOOL:
		return *(const bool *)at;
	case FIELD_U8:
		return *(const uint8_t *)at;
	case FIELD_U32:
	case FIELD_S32:
	case FIELD_BITS:
		return *(const uint32_t *)at;
	case FIELD_U64:
		return *(const uint64_t *)at;
	case FIELD_TEXT:
		return *(const char *const *)at;
	case FIELD_VALUE:
		return ((const struct value *)at)->count;
	case FIELD_EXPRS:
		return ((const struct exprs *)at)->count;
	case FIELD_ELEMENT_KEY:
		return ((const struct element *)object)->key;
	case FIELD_ELEMENT_END:
		return ((const struct element *)object)->key_end;
	case FIELD_ELEMENT_DATA:
		return has_data(object, set);
	}
	return false;
}

/* Their lines, in quotes. */
static void exprs_write(struct buf *buf, const struct exprs *exprs)
{
	struct buf lines = { 0 };

	for (size_t i = 0; i < exprs->count; i++)
		dump_line_write(&lines, &fields_expr[exprs->items[i].kind], &exprs->items[i], NULL);
	dump_text_write(buf, buf_text(&lines));
	buf_done(&lines);
}

static void value_write(struct buf *buf, const struct field *field, const void *object,
			const struct set *set)
{
	const void *at = (const char *)object + field->offset;
	const struct element *element = object;

	switch ((enum field_type)field->type) {
	case FIELD_BOOL:
	case FIELD_WORD:
	case FIELD_SLOT:
	case FIELD_U8:
	case FIELD_U32:
	case FIELD_S32:
	case FIELD_U64:
	case FIELD_BITS:
		field_print(buf, field, object, set);
		break;
	case FIELD_TEXT:
		dump_text_write(buf, *(const char *const *)at);
		break;
	case FIELD_VALUE:
		hex_write(buf, ((const struct value *)at)->bytes, ((const struct value *)at)->count);
		break;
	case FIELD_KEY:
		key_write(buf, at);
		break;
	case FIELD_EXPRS:
		exprs_write(buf, at);
		break;
	case FIELD_ELEMENT_KEY:
		hex_write(buf, element->key, set->key_bytes);
		break;
	case FIELD_ELEMENT_END:
		hex_write(buf, element->key_end, set->key_bytes);
		break;
	case FIELD_ELEMENT_DATA:
		data_write(buf, element, set);
		break;
	}
}

void dump_line_write(struct buf *buf, const struct fields *fields, const void *object,
		     const struct set *set)
{
	buf_add_text(buf, fields->what);
	for (size_t i = 0; i < fields->count; i++) {
		if (!is_said(&fields->items[i], object, set))
			continue;
		buf_add_char(buf, ' ');
		buf_add_text(buf, fields->items[i].name);
		buf_add_char(buf, '=');
		value_write(buf, &fields->items[i], object, set);
	}
	buf_add_char(buf, '\n');
}

/* ---- the whole ---- */

static void chain_write(struct buf *buf, const struct chain *chain, struct dump_counts *counts)
{
	dump_line_write(buf, &fields_chain, chain, NULL);
	counts->chains++;
	counts->rules += chain->rules.count;
	vec_each(rule, &chain->rules) {
		dump_line_write(buf, &fields_rule, rule, NULL);
		counts->exprs += rule->count;
		for (size_t i = 0; i < rule->count; i++)
			dump_line_write(buf, &fields_expr[rule->exprs[i].kind], &rule->exprs[i],
					NULL);
	}
}

static void table_write(struct buf *buf, const struct table *table, struct dump_counts *counts)
{
	dump_line_write(buf, &fields_table, table, NULL);
	counts->tables++;
	counts->objects += table->objects.count;
	counts->sets += table->sets.count;
	vec_each(object, &table->objects)
		dump_line_write(buf, &fields_object, *object, NULL);
	vec_each(set, &table->sets) {
		dump_line_write(buf, &fields_set, *set, NULL);
		counts->elements += (*set)->elements.count;
		vec_each(element, &(*set)->elements)
			dump_line_write(buf, &fields_element, element, *set);
	}
	vec_each(chain, &table->chains)
		chain_write(buf, *chain, counts);
}

void dump_write(struct buf *buf, const struct ruleset *ruleset, const struct dump_head *head)
{
	struct dump_head_line line = { .kernel = head->kernel,
				       .gateway = head->gateway,
				       .at_ms = (uint64_t)ruleset->at_ms,
				       .generation = head->generation };
	struct dump_counts counts = { .notes = ruleset->notes.count };

	buf_add_text(buf, DUMP_FIRST_LINE);
	dump_line_write(buf, &dump_fields_head, &line, NULL);
	vec_each(note, &ruleset->notes)
		dump_line_write(buf, &dump_fields_note, note, NULL);
	vec_each(table, &ruleset->tables)
		table_write(buf, *table, &counts);
	dump_line_write(buf, &dump_fields_end, &counts, NULL);
}
