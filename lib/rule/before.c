/* See before.h. */
#include "rule/before.h"

#include <string.h>

struct going_back {
	struct ruleset *was;
	const struct diff_item *item;
};

static struct table *table_copy(struct ruleset *ruleset, const struct table *table)
{
	struct table *copy = arena_make(ruleset->arena, struct table);

	*copy = *table;
	copy->chains.items = NULL;
	copy->chains.count = copy->chains.room = 0;
	copy->sets.items = NULL;
	copy->sets.count = copy->sets.room = 0;
	vec_each(chain, &table->chains)
		*vec_add(ruleset->arena, &copy->chains) = *chain;
	vec_each(set, &table->sets)
		*vec_add(ruleset->arena, &copy->sets) = *set;
	*vec_add(ruleset->arena, &ruleset->tables) = copy;
	return copy;
}

static void table_back(struct going_back *back)
{
	const struct diff_item *item = back->item;
	struct table *table;

	if (item->op == DIFF_REMOVE) {
		table_copy(back->was, item->table_was);
		return;
	}
	table = (struct table *)ruleset_find_table(back->was, item->table_is->family,
						  item->table_is->name);
	if (!table)
		return;
	if (item->op == DIFF_CHANGE)
		table->flags = item->table_was->flags;
	else
		table->flags |= TABLE_DORMANT; /* it was not there: it did nothing */
}

static struct table *table_of(const struct going_back *back)
{
	const struct table *any = back->item->table_is ? back->item->table_is
						       : back->item->table_was;

	return (struct table *)ruleset_find_table(back->was, any->family, any->name);
}

static size_t chain_find(const struct table *table, const char *name)
{
	size_t at = 0;

	while (at < table->chains.count && strcmp(table->chains.items[at]->name, name) != 0)
		at++;
	return at;
}

/* Of a rule as of a chain: the chain as it was, whole. */
static void chain_back(struct going_back *back, struct table *table)
{
	const struct diff_item *item = back->item;
	const struct chain *any = item->chain_is ? item->chain_is : item->chain_was;
	size_t at = chain_find(table, any->name);

	if (!item->chain_was) {
		if (at < table->chains.count)
			table->chains.items[at] = table->chains.items[--table->chains.count];
	} else if (at < table->chains.count) {
		table->chains.items[at] = (struct chain *)item->chain_was;
	} else {
		*vec_add(back->was->arena, &table->chains) = (struct chain *)item->chain_was;
	}
}

static size_t set_find(const struct table *table, const char *name)
{
	size_t at = 0;

	while (at < table->sets.count && strcmp(table->sets.items[at]->name, name) != 0)
		at++;
	return at;
}

static void set_back(struct going_back *back, struct table *table)
{
	const struct diff_item *item = back->item;
	const struct set *any = item->set_is ? item->set_is : item->set_was;
	size_t at = set_find(table, any->name);
	struct set *copy;

	if (!item->set_was) {
		if (at < table->sets.count)
			table->sets.items[at] = table->sets.items[--table->sets.count];
		return;
	}
	copy = arena_make(back->was->arena, struct set);
	*copy = *item->set_was;
	if (at < table->sets.count) { /* its elements may be a few alone */
		copy->elements = table->sets.items[at]->elements;
		table->sets.items[at] = copy;
	} else {
		*vec_add(back->was->arena, &table->sets) = copy;
	}
}

static bool is_same_key(const struct set *set, const struct element *a, const struct element *b)
{
	if (!a->key || !b->key)
		return !a->key && !b->key;
	return memcmp(a->key, b->key, set->key_bytes) == 0 && !a->key_end == !b->key_end &&
	       (!a->key_end || memcmp(a->key_end, b->key_end, set->key_bytes) == 0);
}

/* A set whose elements may be changed: a copy that is made once. */
static struct set *set_own(struct going_back *back, struct table *table, size_t at)
{
	const struct set *set = table->sets.items[at];
	struct set *copy = arena_make(back->was->arena, struct set);

	*copy = *set;
	copy->elements.items =
		arena_make_many(back->was->arena, struct element, set->elements.count + 1);
	copy->elements.room = set->elements.count + 1;
	if (set->elements.count)
		memcpy(copy->elements.items, set->elements.items,
		       set->elements.count * sizeof(struct element));
	table->sets.items[at] = copy;
	return copy;
}

static void element_back(struct going_back *back, struct table *table)
{
	const struct diff_item *item = back->item;
	const struct set *any = item->set_is ? item->set_is : item->set_was;
	const struct element *was = item->was_object, *is = item->is_object;
	size_t at = set_find(table, any->name);
	struct set *set;

	if (at == table->sets.count)
		return;
	set = set_own(back, table, at);
	for (size_t i = 0; is && i < set->elements.count; i++)
		if (is_same_key(set, &set->elements.items[i], is)) {
			set->elements.items[i] = set->elements.items[--set->elements.count];
			break;
		}
	if (was)
		*vec_add(back->was->arena, &set->elements) = *was;
}

struct ruleset *ruleset_before(const struct ruleset *is, const struct diff *diff)
{
	struct going_back back = { .was = ruleset_new() };

	back.was->at_ms = is->at_ms;
	vec_each(table, &is->tables)
		table_copy(back.was, *table);
	vec_each(item, &diff->items) {
		struct table *table;

		back.item = item;
		if (item->kind == DIFF_TABLE) {
			table_back(&back);
			continue;
		}
		table = table_of(&back);
		if (!table)
			continue;
		switch ((enum diff_kind)item->kind) {
		case DIFF_CHAIN:
		case DIFF_RULE:
			chain_back(&back, table);
			break;
		case DIFF_SET:
			set_back(&back, table);
			break;
		case DIFF_ELEMENT:
			element_back(&back, table);
			break;
		case DIFF_TABLE:
		case DIFF_OBJECT:
			break;
		}
	}
	return back.was;
}
