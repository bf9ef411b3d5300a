/* The ruleset as JSON, its keys those of the field tables. Written as it goes: a tree of 300,000
 * elements would be larger than the ruleset. */
#include <string.h>

#include "rule/field.h"
#include "rule/print.h"
#include "rule/value.h"

enum { FLUSH_BYTES = 256 * 1024 };

struct writing {
	struct buf *buf;
	const struct print_sink *sink;
	struct buf text; /* of one value */
};

static void string_write(struct buf *buf, const char *text, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	size_t start = 0;

	buf_add_char(buf, '"');
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)text[i];
		char escaped[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(buf, text + start, i - start);
		buf_add(buf, escaped, sizeof(escaped));
		start = i + 1;
	}
	buf_add(buf, text + start, count - start);
	buf_add_char(buf, '"');
}

static void key_write(struct buf *buf, const char *key, bool first)
{
	buf_add_text(buf, first ? "\"" : ",\"");
	buf_add_text(buf, key);
	buf_add(buf, "\":", 2);
}

/* Each field of a key by itself. */
static void fields_of_key_write(struct writing *writing, const struct key *key,
				const uint8_t *bytes)
{
	struct buf *buf = writing->buf;

	buf_add_char(buf, '[');
	for (unsigned i = 0, at = 0; i < key->count; i++) {
		if (i)
			buf_add_char(buf, ',');
		if (key->datums[i] == DATUM_IFNAME) {
			string_write(buf, (const char *)bytes + at,
				     strnlen((const char *)bytes + at, 16));
		} else {
			buf_add_char(buf, '"'); /* addresses and words: nothing to escape */
			if (!value_print(buf, key->datums[i], bytes + at, key->bytes[i]))
				hex_print(buf, bytes + at, key->bytes[i]);
			buf_add_char(buf, '"');
		}
		at += slots_of_bytes(key->bytes[i]) * SLOT_BYTES;
	}
	buf_add_char(buf, ']');
}

static void words_write(struct writing *writing, const struct field *field, const void *object)
{
	uint32_t bits;
	bool first = true;

	memcpy(&bits, (const char *)object + field->offset, sizeof(bits));
	buf_add_char(writing->buf, '[');
	for (unsigned i = 0; i < 32; i++) {
		if (!(bits >> i & 1))
			continue;
		if (!first)
			buf_add_char(writing->buf, ',');
		first = false;
		if (i < field->word_count)
			string_write(writing->buf, field->words[i], strlen(field->words[i]));
		else
			buf_add_unsigned(writing->buf, i);
	}
	buf_add_char(writing->buf, ']');
}

static void field_write(struct writing *writing, const struct field *field, const void *object,
			const struct set *set)
{
	const struct element *element = object;
	const char *const *text;

	switch ((enum field_type)field->type) {
	case FIELD_BOOL:
	case FIELD_SLOT:
	case FIELD_U8:
	case FIELD_U32:
	case FIELD_S32:
	case FIELD_U64:
		field_print(writing->buf, field, object, set);
		return;
	case FIELD_BITS:
		words_write(writing, field, object);
		return;
	case FIELD_ELEMENT_KEY:
	case FIELD_ELEMENT_END:
		if (field->type == FIELD_ELEMENT_KEY ? !element->key : !element->key_end) {
			buf_add_text(writing->buf, "null");
			return;
		}
		fields_of_key_write(writing, &set->key,
				    field->type == FIELD_ELEMENT_KEY ? element->key
								     : element->key_end);
		return;
	case FIELD_TEXT:
		text = (const char *const *)((const char *)object + field->offset);
		if (*text)
			string_write(writing->buf, *text, strlen(*text));
		else
			buf_add_text(writing->buf, "null");
		return;
	case FIELD_WORD:
	case FIELD_VALUE:
	case FIELD_KEY:
	case FIELD_EXPRS:
	case FIELD_ELEMENT_DATA:
		buf_clear(&writing->text);
		field_print(&writing->text, field, object, set);
		string_write(writing->buf, buf_text(&writing->text), writing->text.count);
		return;
	}
}

/* Empty texts and what a set has no use for are left out; the keys that are there are stable. */
static bool field_is_shown(const struct field *field, const void *object, const struct set *set)
{
	const struct element *element = object;

	if (field->is_state)
		return false;
	if (field->type == FIELD_TEXT)
		return *(const char *const *)((const char *)object + field->offset) != NULL;
	if (field->type == FIELD_ELEMENT_END)
		return element->key_end != NULL;
	if (field->type == FIELD_EXPRS)
		return ((const struct exprs *)((const char *)object + field->offset))->count;
	if (field->type == FIELD_ELEMENT_DATA)
		return set->is_map;
	if (field->is_rare)
		return *((const uint8_t *)object + field->offset);
	return true;
}

static void object_write(struct writing *writing, const struct fields *fields, const void *object,
			 const struct set *set, struct src src)
{
	bool first = true;

	buf_add_char(writing->buf, '{');
	for (size_t i = 0; i < fields->count; i++) {
		if (!field_is_shown(&fields->items[i], object, set))
			continue;
		key_write(writing->buf, fields->items[i].name, first);
		first = false;
		field_write(writing, &fields->items[i], object, set);
	}
	if (src.line) {
		key_write(writing->buf, "line", first);
		buf_add_unsigned(writing->buf, src.line);
	}
}

static void rule_write(struct writing *writing, const struct rule *rule)
{
	struct buf *buf = writing->buf;

	object_write(writing, &fields_rule, rule, NULL, rule->src);
	key_write(buf, "exprs", buf->text[buf->count - 1] == '{');
	buf_add_char(buf, '[');
	for (size_t i = 0; i < rule->count; i++) {
		const struct expr *expr = &rule->exprs[i];

		if (i)
			buf_add_char(buf, ',');
		buf_add_text(buf, "{\"");
		buf_add_text(buf, fields_expr[expr->kind].what);
		buf_add_text(buf, "\":");
		object_write(writing, &fields_expr[expr->kind], expr, NULL, (struct src){ 0 });
		buf_add_text(buf, "}}");
	}
	buf_add_text(buf, "]}");
}

/* Between the items of a list, each on its line. */
static bool next(struct writing *writing, bool *first)
{
	buf_add_text(writing->buf, *first ? "\n" : ",\n");
	*first = false;
	return print_flush(writing->buf, writing->sink, FLUSH_BYTES);
}

static bool set_write(struct writing *writing, const struct set *set)
{
	bool first = true;

	object_write(writing, &fields_set, set, NULL, set->src);
	key_write(writing->buf, "elements", false);
	buf_add_char(writing->buf, '[');
	vec_each(element, &set->elements) {
		if (!next(writing, &first))
			return false;
		object_write(writing, &fields_element, element, set, element->src);
		buf_add_char(writing->buf, '}');
	}
	buf_add_text(writing->buf, "]}");
	return true;
}

static bool chain_write(struct writing *writing, const struct chain *chain)
{
	bool first = true;

	object_write(writing, &fields_chain, chain, NULL, chain->src);
	key_write(writing->buf, "rules", false);
	buf_add_char(writing->buf, '[');
	vec_each(rule, &chain->rules) {
		if (!next(writing, &first))
			return false;
		rule_write(writing, rule);
	}
	buf_add_text(writing->buf, "]}");
	return true;
}

static bool table_write(struct writing *writing, const struct table *table)
{
	bool first = true;

	object_write(writing, &fields_table, table, NULL, table->src);
	buf_add_text(writing->buf, ",\"objects\":[");
	vec_each(object, &table->objects) {
		if (!next(writing, &first))
			return false;
		object_write(writing, &fields_object, *object, NULL, (*object)->src);
		buf_add_char(writing->buf, '}');
	}
	buf_add_text(writing->buf, "],\n\"sets\":[");
	first = true;
	vec_each(set, &table->sets)
		if (!next(writing, &first) || !set_write(writing, *set))
			return false;
	buf_add_text(writing->buf, "],\n\"chains\":[");
	first = true;
	vec_each(chain, &table->chains)
		if (!next(writing, &first) || !chain_write(writing, *chain))
			return false;
	buf_add_text(writing->buf, "]}");
	return true;
}

bool ruleset_print_json(const struct ruleset *ruleset, struct buf *buf,
			const struct print_sink *sink)
{
	struct writing writing = { .buf = buf, .sink = sink };
	bool first = true, good = true;

	buf_add_text(buf, "{\"ruleset\":1,\"notes\":[");
	vec_each(note, &ruleset->notes) {
		good = good && next(&writing, &first);
		string_write(buf, note->text, strlen(note->text));
	}
	buf_add_text(buf, "],\n\"tables\":[");
	first = true;
	vec_each(table, &ruleset->tables)
		good = good && next(&writing, &first) && table_write(&writing, *table);
	buf_add_text(buf, "]}\n");
	buf_done(&writing.text);
	return good;
}
