/* Elements out of a dump, and the intervals of lone fields out of their two halves. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <libnftnl/udata.h>
#include <stdlib.h>
#include <string.h>

#include "nft/decode_parts.h"

/* Until intervals_join(): the element is only the end of what stands before it. */
static const uint8_t end_marker[1];

static const char *comment_shared(struct decode *decode, const struct attr *user_data)
{
	struct attr value;
	const char *comment;
	size_t count;

	if (!user_data->bytes || user_data->count < 4 ||
	    user_data->bytes[0] != NFTNL_UDATA_SET_ELEM_COMMENT)
		return user_data_text(decode->ruleset->arena, user_data,
				      NFTNL_UDATA_SET_ELEM_COMMENT);
	value = (struct attr){ user_data->bytes + 2, user_data->bytes[1] };
	if (value.count + 2u > user_data->count)
		return NULL;
	count = strnlen((const char *)value.bytes, value.count);
	if (!count)
		return NULL;
	comment = map_find(&decode->comments, value.bytes, count);
	if (!comment) {
		comment = arena_copy(decode->ruleset->arena, value.bytes, count);
		map_add(decode->ruleset->arena, &decode->comments, comment, count,
			(void *)(uintptr_t)comment);
	}
	return comment;
}

static bool key_read(const struct set *set, const struct attr *attr, uint8_t *key)
{
	struct attr value;

	if (!data_value(attr, &value) || value.count > set->key_bytes ||
	    slots_of_bytes(value.count) * SLOT_BYTES != set->key_bytes)
		return false;
	memcpy(key, value.bytes, value.count);
	return true;
}

static bool data_read(struct decode *decode, const struct set *set, struct element *element,
		      const struct attr *attr)
{
	struct attr value;

	if (set->data == DATUM_VERDICT)
		return data_verdict(decode->ruleset->arena, attr, &element->verdict);
	if (!data_value(attr, &value))
		return false;
	if (set->data == DATUM_MARK) {
		if (value.count != sizeof(element->mark))
			return false;
		memcpy(&element->mark, value.bytes, sizeof(element->mark));
		return true;
	}
	if (value.count < set->data_bytes)
		return false;
	element->bytes = (const uint8_t *)arena_copy(decode->ruleset->arena, value.bytes,
						     value.count);
	return true;
}

bool carried_read(struct arena *arena, struct set *set, const struct attr *expr,
		  const struct attr *list)
{
	struct exprs carried = { 0 };
	struct expr *others;
	size_t count = 0;

	if (expr->bytes) {
		others = arena_make(arena, struct expr);
		carried = (struct exprs){ others, 1 };
		if (!decode_expr(arena, expr, true, others))
			return false;
	} else if (!decode_exprs(arena, list, true, &carried)) {
		return false;
	}
	others = arena_make_many(arena, struct expr, carried.count + 1);
	for (size_t i = 0; i < carried.count; i++) {
		if (carried.items[i].kind == EXPR_COUNTER)
			set->counts = true;
		else
			others[count++] = carried.items[i];
	}
	if (count)
		set->exprs = (struct exprs){ others, count };
	return true;
}

/* False: it is no counter. Without the arena, for there may be very many. */
static bool counter_read(struct element *element, const struct attr *expr)
{
	struct attr named[NFTA_EXPR_MAX + 1], counter[NFTA_COUNTER_MAX + 1];
	const struct attr *data = &named[NFTA_EXPR_DATA];

	if (!attrs_read(named, NFTA_EXPR_MAX, expr->bytes, expr->count) ||
	    !attr_text_is(&named[NFTA_EXPR_NAME], "counter") || !data->bytes ||
	    !attrs_read(counter, NFTA_COUNTER_MAX, data->bytes, data->count))
		return false;
	element->packets = attr_u64_or(&counter[NFTA_COUNTER_PACKETS], 0);
	element->bytes_passed = attr_u64_or(&counter[NFTA_COUNTER_BYTES], 0);
	return true;
}

/* What else it carries than a counter is noted of its set, once: whoever looks there meets it. */
static bool element_carries(struct decode *decode, struct set *set, struct element *element,
			    const struct attr *attrs)
{
	const struct attr *one = &attrs[NFTA_SET_ELEM_EXPR],
			  *list = &attrs[NFTA_SET_ELEM_EXPRESSIONS];
	struct attr_walk walk = { .bytes = list->bytes, .left = list->count };
	bool others = one->bytes && !counter_read(element, one);

	while (list->bytes && attr_next(&walk))
		others |= !counter_read(element, &walk.attr);
	return !others || set->exprs.count ||
	       carried_read(decode->ruleset->arena, set, one, list);
}

static bool element_read(struct decode *decode, struct set *set, const struct attr *nest)
{
	struct attr attrs[NFTA_SET_ELEM_MAX + 1];
	struct element *element;
	uint32_t flags;
	bool is_end, ranges = set->flags & SET_INTERVAL && set->key.count > 1;

	if (!attrs_read(attrs, NFTA_SET_ELEM_MAX, nest->bytes, nest->count))
		return false;
	flags = attr_u32_or(&attrs[NFTA_SET_ELEM_FLAGS], 0);
	is_end = flags & NFT_SET_ELEM_INTERVAL_END && !(flags & NFT_SET_ELEM_CATCHALL);
	if (is_end && (set->key.count > 1 || !(set->flags & SET_INTERVAL)))
		return false; /* there is nothing that it could end */
	element = set_add_element(decode->ruleset, set, ranges);
	if (flags & NFT_SET_ELEM_CATCHALL) {
		element->key = element->key_end = NULL;
	} else if (!key_read(set, &attrs[NFTA_SET_ELEM_KEY], element_key(element)) ||
		   (ranges && attrs[NFTA_SET_ELEM_KEY_END].bytes &&
		    !key_read(set, &attrs[NFTA_SET_ELEM_KEY_END],
			      element_key(element) + set->key_bytes))) {
		set->elements.count--;
		return false;
	} else if (ranges && !attrs[NFTA_SET_ELEM_KEY_END].bytes) {
		memcpy(element_key(element) + set->key_bytes, element->key, set->key_bytes);
	}
	if (is_end)
		element->key_end = end_marker;
	if (set->data == DATUM_OBJECT)
		element->object = attr_text(decode->ruleset->arena, &attrs[NFTA_SET_ELEM_OBJREF]);
	else if (set->is_map && !is_end &&
		 !data_read(decode, set, element, &attrs[NFTA_SET_ELEM_DATA])) {
		set->elements.count--;
		return false;
	}
	element->timeout_ms = attr_u64_or(&attrs[NFTA_SET_ELEM_TIMEOUT], 0);
	element->expires_ms = attr_u64_or(&attrs[NFTA_SET_ELEM_EXPIRATION], 0);
	element->comment = comment_shared(decode, &attrs[NFTA_SET_ELEM_USERDATA]);
	if ((attrs[NFTA_SET_ELEM_EXPR].bytes || attrs[NFTA_SET_ELEM_EXPRESSIONS].bytes) &&
	    !element_carries(decode, set, element, attrs)) {
		set->elements.count--;
		return false;
	}
	return true;
}

bool decode_elements(struct decode *decode, struct decode_table *in, const struct attr *attrs)
{
	const struct attr *list = &attrs[NFTA_SET_ELEM_LIST_ELEMENTS];
	struct attr_walk walk = { .bytes = list->bytes, .left = list->count };
	const struct attr *name = &attrs[NFTA_SET_ELEM_LIST_SET];
	struct set *set;

	if (!name->bytes)
		return false;
	set = map_find(&in->sets, name->bytes, strnlen((const char *)name->bytes, name->count));
	if (!set)
		return false;
	while (list->bytes && attr_next(&walk))
		if (!element_read(decode, set, &walk.attr))
			return false;
	return !walk.torn;
}

struct half {
	const uint8_t *key;
	struct element *element;
	size_t count;
};

static int half_compare(const void *a, const void *b)
{
	const struct half *x = a, *y = b;
	int order = memcmp(x->key, y->key, x->count);

	if (order) /* an end before the start at the same place */
		return order;
	return (y->element->key_end == end_marker) - (x->element->key_end == end_marker);
}

/* The last value before the next half; all ones where none follows. */
static void end_fill(uint8_t *end, const struct half *next, size_t count)
{
	size_t at = count;

	memset(end, 0xff, count);
	if (!next)
		return;
	memcpy(end, next->key, count);
	while (at && end[at - 1]-- == 0)
		at--;
}

void intervals_join(struct ruleset *ruleset, struct set *set)
{
	size_t count = set->elements.count, kept = 0, bytes = set->key.bytes[0], ends = 0;
	struct half *halves = calloc(count + 1, sizeof(*halves));
	struct element *joined = arena_make_many(ruleset->arena, struct element, count + 1);

	if (!halves)
		abort();
	for (size_t i = 0; i < count; i++) {
		struct element *element = &set->elements.items[i];

		if (!element->key) /* the catch-all is none */
			joined[kept++] = *element;
		else
			halves[ends++] = (struct half){ element->key, element, bytes };
	}
	qsort(halves, ends, sizeof(*halves), half_compare);
	for (size_t i = 0; i < ends; i++) {
		struct element *element = &joined[kept];
		uint8_t *key;

		if (halves[i].element->key_end == end_marker)
			continue;
		key = arena_alloc(ruleset->arena, 2 * set->key_bytes);
		*element = *halves[i].element;
		memcpy(key, element->key, set->key_bytes);
		end_fill(key + set->key_bytes, i + 1 < ends ? &halves[i + 1] : NULL, bytes);
		element->key = key;
		element->key_end = key + set->key_bytes;
		kept++;
	}
	free(halves);
	set->elements.items = joined;
	set->elements.count = kept;
	set->elements.room = count + 1;
}
