/* Values of a dump, out of their text. Lenient where it does no harm: what could be written in
 * another way is found by writing it again (dump_read.c). Lengths and ranges are checked here. */
#include <string.h>

#include "rule/dump_parts.h"

static bool is_word(const char *word, const char *text, size_t count)
{
	return strlen(word) == count && memcmp(word, text, count) == 0;
}

static bool word_find(const char *const *words, size_t word_count, const char *text, size_t count,
		      uint8_t *ret_at)
{
	for (size_t i = 0; i < word_count; i++)
		if (is_word(words[i], text, count)) {
			*ret_at = (uint8_t)i;
			return true;
		}
	return false;
}

static bool number_read(const char *text, size_t count, uint64_t most, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (digit > 9 || number > most / 10 || number * 10 > most - digit)
			return false;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return count;
}

static bool signed_read(const char *text, size_t count, int32_t *ret_number)
{
	bool negative = count && *text == '-';
	uint64_t number;

	if (!number_read(text + negative, count - negative,
			 (uint64_t)INT32_MAX + (negative ? 1 : 0), &number))
		return false;
	*ret_number = (int32_t)(negative ? -(int64_t)number : (int64_t)number);
	return true;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly so many bytes. */
static bool hex_read(const char *text, size_t count, uint8_t *bytes, size_t byte_count)
{
	if (count != 2 * byte_count)
		return false;
	for (size_t i = 0; i < byte_count; i++) {
		int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool text_read(struct arena *arena, const char *text, size_t count, const char **ret_text)
{
	char *to;
	size_t used = 0;

	if (count < 2 || text[0] != '"' || text[count - 1] != '"')
		return false;
	to = arena_alloc(arena, count);
	for (size_t i = 1; i + 1 < count; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (byte == '"')
			return false;
		if (byte == '\\' && i + 4 < count && text[i + 1] == 'x') {
			if (!hex_read(text + i + 2, 2, &byte, 1) || !byte)
				return false;
			i += 3;
		} else if (byte == '\\') {
			if (++i + 1 >= count)
				return false;
			byte = (uint8_t)text[i];
		}
		to[used++] = (char)byte;
	}
	*ret_text = to; /* zeroed behind it */
	return true;
}

static bool value_read(struct arena *arena, const char *text, size_t count,
		       struct value *ret_value)
{
	uint8_t *bytes;

	if (count / 2 > UINT8_MAX)
		return false;
	bytes = arena_alloc(arena, count / 2 + 1);
	if (!hex_read(text, count, bytes, count / 2))
		return false;
	*ret_value = (struct value){ bytes, (uint8_t)(count / 2) };
	return true;
}

/* "constant,timeout,bit-9": words, and bits that have none. */
static bool bits_read(const struct field *field, const char *text, size_t count, uint32_t *ret_bits)
{
	const char *end = text + count;
	uint32_t bits = 0;

	while (text < end) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		size_t length = (size_t)((comma ? comma : end) - text);
		uint64_t number;
		uint8_t at;

		if (word_find(field->words, field->word_count, text, length, &at))
			bits |= (uint32_t)1 << at;
		else if (length > 4 && memcmp(text, "bit-", 4) == 0 &&
			 number_read(text + 4, length - 4, 31, &number))
			bits |= (uint32_t)1 << number;
		else
			return false;
		text += length + 1;
	}
	*ret_bits = bits;
	return true;
}

/* "ether_addr:6,ipv4_addr:4" */
static bool key_read(const char *text, size_t count, struct key *ret_key)
{
	const char *end = text + count;
	struct key key = { 0 };
	unsigned slots = 0;

	while (text < end) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		const char *stop = comma ? comma : end;
		const char *colon = memchr(text, ':', (size_t)(stop - text));
		uint64_t bytes;

		if (!colon || key.count == SLOTS ||
		    !word_find(datum_words, DATUMS, text, (size_t)(colon - text),
			       &key.datums[key.count]) ||
		    !number_read(colon + 1, (size_t)(stop - colon - 1), SLOTS * SLOT_BYTES, &bytes) ||
		    !bytes)
			return false;
		key.bytes[key.count++] = (uint8_t)bytes;
		slots += slots_of_bytes((unsigned)bytes);
		text = stop + 1;
	}
	if (!key.count || slots > SLOTS)
		return false;
	*ret_key = key;
	return true;
}

/* "drop", or "goto:" and a chain's name in quotes */
static bool verdict_read(struct arena *arena, const char *text, size_t count,
			 struct verdict *ret_verdict)
{
	const char *colon = memchr(text, ':', count);
	struct verdict verdict = { 0 };
	size_t length = colon ? (size_t)(colon - text) : count;

	if (!word_find(verdict_words, VERDICT_QUEUE + 1, text, length, &verdict.code))
		return false;
	if (colon && !text_read(arena, colon + 1, count - length - 1, &verdict.chain))
		return false;
	*ret_verdict = verdict;
	return true;
}

static bool data_read(struct arena *arena, const struct set *set, struct element *element,
		      const char *text, size_t count)
{
	uint8_t mark[4], *bytes;

	if (!set->is_map)
		return false;
	if (set->data == DATUM_VERDICT)
		return verdict_read(arena, text, count, &element->verdict);
	if (set->data == DATUM_MARK) {
		if (!hex_read(text, count, mark, sizeof(mark)))
			return false;
		element->mark = (uint32_t)mark[0] << 24 | (uint32_t)mark[1] << 16 |
				(uint32_t)mark[2] << 8 | mark[3];
		return true;
	}
	bytes = arena_alloc(arena, set->data_bytes + 1u);
	element->bytes = bytes;
	return hex_read(text, count, bytes, set->data_bytes);
}

static bool u32_read(const char *text, size_t count, uint64_t most, uint32_t *ret_number)
{
	uint64_t number;

	if (!number_read(text, count, most, &number))
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

static bool u8_read(const char *text, size_t count, uint8_t *ret_number)
{
	uint32_t number;

	if (!u32_read(text, count, UINT8_MAX, &number))
		return false;
	*ret_number = (uint8_t)number;
	return true;
}

/* ---- expressions within a value ---- */

const char *dump_value_end(const char *at, const char *end)
{
	bool quoted = false;

	for (; at < end && (quoted || *at != ' '); at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (*at == '\\' && quoted && at + 1 < end)
			at++;
	}
	return at;
}

const struct field *dump_field_find(const struct fields *fields, size_t *at, const char *name,
				    size_t count)
{
	for (; *at < fields->count; ++*at) {
		const struct field *field = &fields->items[*at];

		if (strlen(field->name) == count && memcmp(field->name, name, count) == 0) {
			++*at;
			return field;
		}
	}
	return NULL;
}

static bool expr_begin(struct expr *expr, const char *word, size_t count)
{
	for (unsigned kind = 0; kind < EXPR_KINDS; kind++)
		if (is_word(fields_expr[kind].what, word, count)) {
			*expr = (struct expr){ .kind = (uint8_t)kind };
			return true;
		}
	return false;
}

/* As it would stand in a line of its own. */
static bool expr_read(struct arena *arena, const char *text, const char *end, struct expr *ret_expr)
{
	const char *at = dump_value_end(text, end);
	size_t next = 0;

	if (!expr_begin(ret_expr, text, (size_t)(at - text)))
		return false;
	while (at < end) {
		const char *name = at + 1, *stop = dump_value_end(name, end);
		const char *equals = memchr(name, '=', (size_t)(stop - name));
		const struct field *field =
			equals ? dump_field_find(&fields_expr[ret_expr->kind], &next, name,
						 (size_t)(equals - name))
			       : NULL;

		if (!field || !dump_value_read(arena, field, ret_expr, NULL, equals + 1,
					       (size_t)(stop - equals - 1)))
			return false;
		at = stop;
	}
	return true;
}

static bool exprs_read(struct arena *arena, const char *text, size_t count,
		       struct exprs *ret_exprs)
{
	vec_of(struct expr) list = { 0 };
	const char *at, *end;

	if (!text_read(arena, text, count, &at))
		return false;
	for (; *at; at = *end ? end + 1 : end) {
		end = at + strcspn(at, "\n");
		if (!expr_read(arena, at, end, vec_add(arena, &list)))
			return false;
	}
	*ret_exprs = (struct exprs){ list.items, list.count };
	return list.count;
}

bool dump_value_read(struct arena *arena, const struct field *field, void *object,
		     const struct set *set, const char *text, size_t count)
{
	void *at = (char *)object + field->offset;
	struct element *element = object;

	switch ((enum field_type)field->type) {
	case FIELD_BOOL:
		*(bool *)at = true;
		return is_word("true", text, count);
	case FIELD_WORD:
		return word_find(field->words, field->word_count, text, count, at);
	case FIELD_SLOT:
	case FIELD_U8:
		return u8_read(text, count, at);
	case FIELD_U32:
		return u32_read(text, count, UINT32_MAX, at);
	case FIELD_S32:
		return signed_read(text, count, at);
	case FIELD_U64:
		return number_read(text, count, UINT64_MAX, at);
	case FIELD_BITS:
		return bits_read(field, text, count, at);
	case FIELD_TEXT:
		return text_read(arena, text, count, at);
	case FIELD_VALUE:
		return value_read(arena, text, count, at);
	case FIELD_KEY:
		return key_read(text, count, at);
	case FIELD_EXPRS:
		return exprs_read(arena, text, count, at);
	case FIELD_ELEMENT_KEY:
		return element->key && hex_read(text, count, element_key(element), set->key_bytes);
	case FIELD_ELEMENT_END:
		return element->key_end &&
		       hex_read(text, count, element_key(element) + set->key_bytes, set->key_bytes);
	case FIELD_ELEMENT_DATA:
		return data_read(arena, set, element, text, count);
	}
	return false;
}
