/* Fields compared and shown: the two things that every struct's table serves. See field.h. */
#include "rule/field.h"

#include <string.h>

#include "rule/value.h"

static const void *place(const struct field *field, const void *object)
{
	return (const char *)object + field->offset;
}

static bool text_is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool bytes_are_same(const uint8_t *a, unsigned a_count, const uint8_t *b, unsigned b_count)
{
	if (!a || !b)
		return a == b;
	return a_count == b_count && memcmp(a, b, a_count) == 0;
}

static bool data_is_same(const struct element *a, const struct set *a_set, const struct element *b,
			 const struct set *b_set)
{
	if (a_set->is_map != b_set->is_map || a_set->data != b_set->data)
		return false;
	if (!a_set->is_map)
		return true;
	if (a_set->data == DATUM_MARK)
		return a->mark == b->mark;
	if (a_set->data == DATUM_OBJECT)
		return text_is_same(a->object, b->object);
	if (a_set->data == DATUM_VERDICT)
		return a->verdict.code == b->verdict.code &&
		       text_is_same(a->verdict.chain, b->verdict.chain);
	return bytes_are_same(a->bytes, a_set->data_bytes, b->bytes, b_set->data_bytes);
}

bool expr_is_same(const struct expr *a, const struct expr *b)
{
	const struct fields *fields = &fields_expr[a->kind];

	if (a->kind != b->kind)
		return false;
	for (size_t i = 0; i < fields->count; i++)
		if (!fields->items[i].is_state &&
		    !field_is_same(&fields->items[i], a, NULL, b, NULL))
			return false;
	return true;
}

static bool exprs_are_same(const struct exprs *a, const struct exprs *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!expr_is_same(&a->items[i], &b->items[i]))
			return false;
	return true;
}

bool field_is_same(const struct field *field, const void *a, const struct set *a_set,
		   const void *b, const struct set *b_set)
{
	const void *x = place(field, a), *y = place(field, b);

	switch ((enum field_type)field->type) {
	case FIELD_BOOL:
		return *(const bool *)x == *(const bool *)y;
	case FIELD_WORD:
	case FIELD_SLOT:
	case FIELD_U8:
		return *(const uint8_t *)x == *(const uint8_t *)y;
	case FIELD_U32:
	case FIELD_S32:
	case FIELD_BITS:
		return memcmp(x, y, sizeof(uint32_t)) == 0;
	case FIELD_U64:
		return memcmp(x, y, sizeof(uint64_t)) == 0;
	case FIELD_TEXT:
		return text_is_same(*(const char *const *)x, *(const char *const *)y);
	case FIELD_VALUE: {
		const struct value *v = x, *w = y;

		return v->count == w->count && (!v->count || !memcmp(v->bytes, w->bytes, v->count));
	}
	case FIELD_KEY: {
		const struct key *k = x, *l = y;

		return k->count == l->count && !memcmp(k->datums, l->datums, k->count) &&
		       !memcmp(k->bytes, l->bytes, k->count);
	}
	case FIELD_EXPRS:
		return exprs_are_same(x, y);
	case FIELD_ELEMENT_KEY:
		return bytes_are_same(((const struct element *)a)->key, a_set->key_bytes,
				      ((const struct element *)b)->key, b_set->key_bytes);
	case FIELD_ELEMENT_END:
		return bytes_are_same(((const struct element *)a)->key_end, a_set->key_bytes,
				      ((const struct element *)b)->key_end, b_set->key_bytes);
	case FIELD_ELEMENT_DATA:
		return data_is_same(a, a_set, b, b_set);
	}
	return false;
}

static void bits_print(struct buf *buf, const struct field *field, uint32_t bits)
{
	bool first = true;

	for (unsigned i = 0; i < 32; i++) {
		if (!(bits >> i & 1))
			continue;
		if (!first)
			buf_add_char(buf, ',');
		first = false;
		if (i < field->word_count)
			buf_add_text(buf, field->words[i]);
		else
			buf_printf(buf, "bit-%u", i);
	}
}

static void data_print(struct buf *buf, const struct element *element, const struct set *set)
{
	if (!set->is_map)
		return;
	if (set->data == DATUM_MARK)
		mark_print(buf, element->mark);
	else if (set->data == DATUM_OBJECT)
		buf_add_text(buf, element->object ? element->object : "");
	else if (set->data == DATUM_VERDICT)
		(void)verdict_print(buf, &element->verdict);
	else if (element->bytes && !value_print(buf, set->data, element->bytes, set->data_bytes))
		hex_print(buf, element->bytes, set->data_bytes);
}

static void element_key_print(struct buf *buf, const struct set *set, const uint8_t *key)
{
	size_t before = buf->count;

	if (!key || key_print(buf, &set->key, key, NULL))
		return;
	buf->count = before; /* what nft cannot say, as bytes */
	hex_print(buf, key, set->key_bytes);
}

/* "limit(packets 5 1 5 false), last()" */
static void exprs_print(struct buf *buf, const struct exprs *exprs)
{
	for (size_t i = 0; i < exprs->count; i++) {
		const struct fields *fields = &fields_expr[exprs->items[i].kind];
		const char *between = "";

		buf_printf(buf, "%s%s(", i ? ", " : "", fields->what);
		for (size_t f = 0; f < fields->count; f++) {
			if (fields->items[f].is_state)
				continue;
			buf_add_text(buf, between);
			between = " ";
			field_print(buf, &fields->items[f], &exprs->items[i], NULL);
		}
		buf_add_char(buf, ')');
	}
}

void field_print(struct buf *buf, const struct field *field, const void *object,
		 const struct set *set)
{
	const void *it = place(field, object);

	switch ((enum field_type)field->type) {
	case FIELD_BOOL:
		buf_add_text(buf, *(const bool *)it ? "true" : "false");
		break;
	case FIELD_WORD:
		if (*(const uint8_t *)it < field->word_count) {
			buf_add_text(buf, field->words[*(const uint8_t *)it]);
			break;
		}
		buf_add_unsigned(buf, *(const uint8_t *)it);
		break;
	case FIELD_SLOT:
	case FIELD_U8:
		buf_add_unsigned(buf, *(const uint8_t *)it);
		break;
	case FIELD_U32:
		buf_add_unsigned(buf, *(const uint32_t *)it);
		break;
	case FIELD_S32:
		buf_printf(buf, "%d", *(const int32_t *)it);
		break;
	case FIELD_U64:
		buf_add_unsigned(buf, *(const uint64_t *)it);
		break;
	case FIELD_BITS:
		bits_print(buf, field, *(const uint32_t *)it);
		break;
	case FIELD_TEXT:
		if (*(const char *const *)it)
			buf_add_text(buf, *(const char *const *)it);
		break;
	case FIELD_VALUE:
		hex_print(buf, ((const struct value *)it)->bytes, ((const struct value *)it)->count);
		break;
	case FIELD_KEY:
		key_type_print(buf, it);
		break;
	case FIELD_EXPRS:
		exprs_print(buf, it);
		break;
	case FIELD_ELEMENT_KEY:
		element_key_print(buf, set, ((const struct element *)object)->key);
		break;
	case FIELD_ELEMENT_END:
		element_key_print(buf, set, ((const struct element *)object)->key_end);
		break;
	case FIELD_ELEMENT_DATA:
		data_print(buf, object, set);
		break;
	}
}
