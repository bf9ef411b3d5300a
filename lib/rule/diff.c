/* See diff.h. */
#include "rule/diff.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/wall.h"
#include "rule/field.h"
#include "rule/print.h"

struct side { /* where we are in one of the rulesets; NULL: not there */
	const struct table *table;
	const struct chain *chain;
	const struct set *set;
	const void *object;
	struct src src;
	size_t at;
};

struct diffing {
	struct diff *diff;
	struct arena *scratch;
	size_t most;
	int64_t was_at_ms, is_at_ms;
	struct side was, is;
	enum diff_kind kind;
	struct buf text; /* of a value or a path, before it is copied */
};

/* ---- reporting ---- */

static void element_path(struct diffing *diffing, const struct side *side)
{
	const struct element *element = side->object;

	buf_add_text(&diffing->text, " element ");
	if (!element->key) {
		buf_add_char(&diffing->text, '*');
		return;
	}
	field_print(&diffing->text, &fields_element.items[0], element, side->set);
	if (element->key_end) {
		buf_add_text(&diffing->text, " to ");
		field_print(&diffing->text, &fields_element.items[1], element, side->set);
	}
}

static void object_path(struct buf *buf, const struct object *object)
{
	const struct field *type = &fields_object.items[1];

	buf_printf(buf, " %s %s", type->words[object->type], object->name);
}

static const char *path_make(struct diffing *diffing, const struct side *side, const char *inner)
{
	struct buf *buf = &diffing->text;

	buf_clear(buf);
	buf_printf(buf, "%s %s", family_words[side->table->family], side->table->name);
	switch (diffing->kind) {
	case DIFF_TABLE:
		break;
	case DIFF_CHAIN:
	case DIFF_RULE:
		buf_printf(buf, " chain %s", side->chain->name);
		if (diffing->kind == DIFF_RULE)
			buf_printf(buf, " rule %zu", side->at);
		break;
	case DIFF_SET:
	case DIFF_ELEMENT:
		buf_printf(buf, " %s %s", side->set->is_map ? "map" : "set", side->set->name);
		if (diffing->kind == DIFF_ELEMENT)
			element_path(diffing, side);
		break;
	case DIFF_OBJECT:
		object_path(buf, side->object);
		break;
	}
	if (inner)
		buf_add_text(buf, inner);
	return arena_copy(diffing->diff->arena, buf_text(buf), buf->count);
}

/* NULL when there are too many already; they are still counted. */
static struct diff_item *item_add(struct diffing *diffing, enum diff_op op, const char *inner)
{
	const struct side *shown = op == DIFF_REMOVE ? &diffing->was : &diffing->is;
	struct diff *diff = diffing->diff;
	struct diff_item *item;

	diff->count++;
	if (diffing->most && diff->items.count >= diffing->most)
		return NULL;
	item = vec_add(diff->arena, &diff->items);
	*item = (struct diff_item){ .op = (uint8_t)op,
				    .kind = (uint8_t)diffing->kind,
				    .src_was = diffing->was.src,
				    .src_is = diffing->is.src,
				    .table_was = diffing->was.table,
				    .table_is = diffing->is.table,
				    .chain_was = diffing->was.chain,
				    .chain_is = diffing->is.chain,
				    .set_was = diffing->was.set,
				    .set_is = diffing->is.set,
				    .was_object = diffing->was.object,
				    .is_object = diffing->is.object,
				    .at_was = diffing->was.at,
				    .at_is = diffing->is.at };
	item->path = path_make(diffing, shown, inner);
	return item;
}

static const char *value_text(struct diffing *diffing, const struct field *field,
			      const void *object, const struct set *set)
{
	buf_clear(&diffing->text);
	field_print(&diffing->text, field, object, set);
	return arena_copy(diffing->diff->arena, buf_text(&diffing->text), diffing->text.count);
}

/* ---- comparing ---- */

static void fields_diff(struct diffing *diffing, const struct fields *fields, const void *was,
			const void *is, const char *inner)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];
		struct diff_item *item;

		if (field->is_state ||
		    field_is_same(field, was, diffing->was.set, is, diffing->is.set))
			continue;
		item = item_add(diffing, DIFF_CHANGE, inner);
		if (!item)
			continue;
		item->field = field->name;
		item->was = value_text(diffing, field, was, diffing->was.set);
		item->is = value_text(diffing, field, is, diffing->is.set);
	}
}

static bool fields_are_same(const struct fields *fields, const void *a, const void *b)
{
	for (size_t i = 0; i < fields->count; i++)
		if (!fields->items[i].is_state &&
		    !field_is_same(&fields->items[i], a, NULL, b, NULL))
			return false;
	return true;
}

static bool rule_is_same(const struct rule *a, const struct rule *b)
{
	if (a->count != b->count || !fields_are_same(&fields_rule, a, b))
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!expr_is_same(&a->exprs[i], &b->exprs[i]))
			return false;
	return true;
}

static void side_clear(struct side *side, enum diff_kind kind)
{
	side->object = NULL;
	side->src = (struct src){ 0 };
	if (kind == DIFF_CHAIN)
		side->chain = NULL;
	if (kind == DIFF_SET)
		side->set = NULL;
}

static void side_put(struct side *side, enum diff_kind kind, const void *object, struct src src)
{
	side->object = object;
	side->src = src;
	if (kind == DIFF_TABLE)
		side->table = object;
	if (kind == DIFF_CHAIN)
		side->chain = object;
	if (kind == DIFF_SET)
		side->set = object;
}

/* Steps to a pair of objects, either of which may be missing; says so if one is. */
static void step(struct diffing *diffing, enum diff_kind kind, const void *was, struct src src_was,
		 const void *is, struct src src_is)
{
	diffing->kind = kind;
	side_clear(&diffing->was, kind);
	side_clear(&diffing->is, kind);
	if (kind == DIFF_TABLE)
		diffing->was.table = diffing->is.table = NULL;
	if (was)
		side_put(&diffing->was, kind, was, src_was);
	if (is)
		side_put(&diffing->is, kind, is, src_is);
	if (!was)
		item_add(diffing, DIFF_ADD, NULL);
	else if (!is)
		item_add(diffing, DIFF_REMOVE, NULL);
}

static void expr_diff(struct diffing *diffing, const struct rule *was, const struct rule *is,
		      size_t i)
{
	static const char *const none = "nothing";
	const struct expr *a = i < was->count ? &was->exprs[i] : NULL;
	const struct expr *b = i < is->count ? &is->exprs[i] : NULL;
	char inner[32];

	if (a && b && a->kind == b->kind) {
		snprintf(inner, sizeof(inner), " expr %zu %s", i, fields_expr[a->kind].what);
		fields_diff(diffing, &fields_expr[a->kind], a, b, inner);
		return;
	}
	snprintf(inner, sizeof(inner), " expr %zu", i);

	struct diff_item *item = item_add(diffing, DIFF_CHANGE, inner);

	if (!item)
		return;
	item->field = "kind";
	item->was = a ? fields_expr[a->kind].what : none;
	item->is = b ? fields_expr[b->kind].what : none;
}

static void rule_diff(struct diffing *diffing, const struct rule *was, size_t at_was,
		      const struct rule *is, size_t at_is)
{
	diffing->was.at = at_was;
	diffing->is.at = at_is;
	step(diffing, DIFF_RULE, was, was ? was->src : (struct src){ 0 }, is,
	     is ? is->src : (struct src){ 0 });
	if (!was || !is)
		return;
	fields_diff(diffing, &fields_rule, was, is, NULL);
	for (size_t i = 0; i < was->count || i < is->count; i++)
		expr_diff(diffing, was, is, i);
}

static void rules_diff(struct diffing *diffing, const struct chain *was, const struct chain *is)
{
	size_t a = was ? was->rules.count : 0, b = is ? is->rules.count : 0, from = 0;

	while (from < a && from < b && rule_is_same(&was->rules.items[from], &is->rules.items[from]))
		from++;
	while (a > from && b > from &&
	       rule_is_same(&was->rules.items[a - 1], &is->rules.items[b - 1])) {
		a--;
		b--;
	}
	for (; from < a || from < b; from++)
		rule_diff(diffing, from < a ? &was->rules.items[from] : NULL, from,
			  from < b ? &is->rules.items[from] : NULL, from);
}

static void chain_diff(struct diffing *diffing, const struct chain *was, const struct chain *is)
{
	step(diffing, DIFF_CHAIN, was, was ? was->src : (struct src){ 0 }, is,
	     is ? is->src : (struct src){ 0 });
	if (was && is)
		fields_diff(diffing, &fields_chain, was, is, NULL);
	rules_diff(diffing, was, is);
	diffing->was.chain = diffing->is.chain = NULL;
}

/* Key and end are one run of bytes, as set_add_element() lays them; a lone catch-all has a key
 * of its own that no set's length has. */
static const void *element_map_key(const struct diffing *diffing, const struct set *set,
				   const struct element *element, size_t *ret_bytes)
{
	uint8_t *joined;

	if (!element->key) {
		*ret_bytes = 1;
		return "";
	}
	*ret_bytes = set->key_bytes * (element->key_end ? 2u : 1u);
	if (!element->key_end || element->key_end == element->key + set->key_bytes)
		return element->key;
	joined = arena_alloc(diffing->scratch, *ret_bytes);
	memcpy(joined, element->key, set->key_bytes);
	memcpy(joined + set->key_bytes, element->key_end, set->key_bytes);
	return joined;
}

static void element_map_fill(const struct diffing *diffing, const struct set *set, struct map *map)
{
	vec_each(element, &set->elements) {
		size_t bytes;
		const void *key = element_map_key(diffing, set, element, &bytes);

		map_add(diffing->scratch, map, key, bytes, element);
	}
}

static const char *deadline_text(struct diffing *diffing, int64_t deadline)
{
	char text[WALL_TEXT_BYTES];

	wall_text((struct wall){ deadline / 1000 }, 0, text);
	return arena_copy(diffing->diff->arena, text, strlen(text));
}

/* The same timeout, begun at another time. */
static void deadline_diff(struct diffing *diffing, const struct element *was,
			  const struct element *is)
{
	int64_t ends_was = element_ends_ms(was, diffing->was_at_ms);
	int64_t ends_is = element_ends_ms(is, diffing->is_at_ms);
	struct diff_item *item;

	if (!diffing->was_at_ms || !diffing->is_at_ms || !is->timeout_ms ||
	    was->timeout_ms != is->timeout_ms ||
	    (ends_was - ends_is <= DEADLINE_SLACK_MS && ends_is - ends_was <= DEADLINE_SLACK_MS))
		return;
	item = item_add(diffing, DIFF_CHANGE, NULL);
	if (!item)
		return;
	item->field = "ends";
	item->was = deadline_text(diffing, ends_was);
	item->is = deadline_text(diffing, ends_is);
}

static void element_diff(struct diffing *diffing, const struct element *was,
			 const struct element *is)
{
	if (was && is) {
		diffing->kind = DIFF_ELEMENT;
		side_put(&diffing->was, DIFF_ELEMENT, was, was->src);
		side_put(&diffing->is, DIFF_ELEMENT, is, is->src);
		fields_diff(diffing, &fields_element, was, is, NULL);
		deadline_diff(diffing, was, is);
		return;
	}
	step(diffing, DIFF_ELEMENT, was, was ? was->src : (struct src){ 0 }, is,
	     is ? is->src : (struct src){ 0 });
}

/* Both sides in their own order: what is gone first, then what is there. */
static void elements_diff(struct diffing *diffing, const struct set *was, const struct set *is)
{
	bool alike = was && is && was->key_bytes == is->key_bytes;
	struct map in_was = { 0 }, in_is = { 0 };
	size_t bytes;

	if (alike) {
		element_map_fill(diffing, was, &in_was);
		element_map_fill(diffing, is, &in_is);
	}
	if (was)
		vec_each(element, &was->elements) {
			const void *key = element_map_key(diffing, was, element, &bytes);

			if (!alike || !map_find(&in_is, key, bytes))
				element_diff(diffing, element, NULL);
		}
	if (is)
		vec_each(element, &is->elements) {
			const void *key = element_map_key(diffing, is, element, &bytes);

			element_diff(diffing, alike ? map_find(&in_was, key, bytes) : NULL,
				     element);
		}
}

static void set_diff(struct diffing *diffing, const struct set *was, const struct set *is)
{
	step(diffing, DIFF_SET, was, was ? was->src : (struct src){ 0 }, is,
	     is ? is->src : (struct src){ 0 });
	if (was && is)
		fields_diff(diffing, &fields_set, was, is, NULL);
	elements_diff(diffing, was, is);
	diffing->was.set = diffing->is.set = NULL;
}

static void object_diff(struct diffing *diffing, const struct object *was, const struct object *is)
{
	step(diffing, DIFF_OBJECT, was, was ? was->src : (struct src){ 0 }, is,
	     is ? is->src : (struct src){ 0 });
	if (was && is)
		fields_diff(diffing, &fields_object, was, is, NULL);
}

/* Finds by name through a map: a table may have many thousand chains. */
#define names_fill(diffing, map, vec)                                                              \
	vec_each(it_, vec) map_add_text((diffing)->scratch, map, (*it_)->name, *it_)

#define names_diff(diffing, was_vec, is_vec, function)                                             \
	do {                                                                                       \
		struct map in_was_ = { 0 }, in_is_ = { 0 };                                        \
		names_fill(diffing, &in_was_, was_vec);                                            \
		names_fill(diffing, &in_is_, is_vec);                                              \
		vec_each(was_, was_vec)                                                            \
			if (!map_find_text(&in_is_, (*was_)->name))                                \
				function(diffing, *was_, NULL);                                    \
		vec_each(is_, is_vec)                                                              \
			function(diffing, map_find_text(&in_was_, (*is_)->name), *is_);            \
	} while (0)

static void table_diff(struct diffing *diffing, const struct table *was, const struct table *is)
{
	static const struct table none;
	const struct table *a = was ? was : &none, *b = is ? is : &none;

	step(diffing, DIFF_TABLE, was, was ? was->src : (struct src){ 0 }, is,
	     is ? is->src : (struct src){ 0 });
	if (was && is)
		fields_diff(diffing, &fields_table, was, is, NULL);
	names_diff(diffing, &a->objects, &b->objects, object_diff);
	names_diff(diffing, &a->sets, &b->sets, set_diff);
	names_diff(diffing, &a->chains, &b->chains, chain_diff);
}

void ruleset_diff(const struct ruleset *was, const struct ruleset *is, size_t most,
		  struct diff *ret_diff)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	struct diffing diffing = { .diff = ret_diff,
				   .scratch = scratch,
				   .most = most,
				   .was_at_ms = was->at_ms,
				   .is_at_ms = is->at_ms };

	*ret_diff = (struct diff){ .arena = arena_new() };
	vec_each(table, &was->tables)
		if (!ruleset_find_table(is, (*table)->family, (*table)->name))
			table_diff(&diffing, *table, NULL);
	vec_each(table, &is->tables)
		table_diff(&diffing,
			   ruleset_find_table(was, (*table)->family, (*table)->name), *table);
	buf_done(&diffing.text);
}

void diff_done(struct diff *diff)
{
	arena_free(diff->arena);
	*diff = (struct diff){ 0 };
}

void diff_item_print(struct buf *buf, const struct diff_item *item)
{
	bool removed = item->op == DIFF_REMOVE;
	const char *why;

	buf_add_text(buf, item->op == DIFF_ADD ? "+ " : removed ? "- " : "~ ");
	buf_add_text(buf, item->path);
	if (item->op == DIFF_CHANGE)
		buf_printf(buf, " %s: %s → %s", item->field, item->was, item->is);
	if (item->op != DIFF_CHANGE && item->kind == DIFF_RULE) {
		buf_add_text(buf, ": ");
		if (!rule_print_nft(removed ? item->table_was : item->table_is,
				    removed ? item->was_object : item->is_object, buf, &why))
			buf_add_text(buf, why);
	}
}
