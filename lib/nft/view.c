/* The touched part of our tables, twice: as it is and as it should be (nft.h: nft_view_read).
 * What was not touched is left out of both, so it costs nothing to compare; what the kernel
 * lacks is there whole in the one that should be. Knows nothing of sockets. */
#include <string.h>

#include "base/map.h"
#include "nft/apply.h"
#include "nft/read.h"

struct viewing {
	const struct touched *touched;
	int64_t now_ms;
	struct nft_view view;
};

static bool is_wanted(const void *context, const struct table *table, const struct set *set)
{
	const struct touched *touched = context;
	const struct touched_set *it = touched_find(touched, table, set->name);

	return touched->all || (it && it->whole);
}

/* The table itself, with nothing in it. */
static struct table *table_bare(struct ruleset *ruleset, const struct table *table)
{
	struct table *bare = ruleset_add_table(ruleset, table->family, table->name, table->src);

	bare->flags = table->flags;
	bare->comment = table->comment;
	return bare;
}

static bool is_same_key(const struct set *set, const struct element *a, const struct element *b)
{
	if (!a->key || !b->key)
		return !a->key && !b->key;
	return memcmp(a->key, b->key, set->key_bytes) == 0 &&
	       (!a->key_end || !b->key_end ||
		memcmp(a->key_end, b->key_end, set->key_bytes) == 0);
}

static const struct element *element_like(const struct set *set, const struct element *like)
{
	vec_each(element, &set->elements)
		if (is_same_key(set, element, like))
			return element;
	return NULL;
}

/* As it should be now: its time has run on since it was compiled, and may have ended. */
static void wanted_add(const struct viewing *viewing, struct set *is,
		       const struct element *element)
{
	int64_t at_ms = viewing->touched->known->at_ms;
	struct element aged = *element;

	if (!at_ms || element_age(&aged, at_ms, viewing->now_ms))
		*vec_add(viewing->view.is->arena, &is->elements) = aged;
}

static void touches_view(const struct viewing *viewing, const struct touched_set *touched,
			 struct set *was, struct set *is)
{
	if (touched->told->exprs.count) /* somebody's element has a limit: that is no small matter */
		was->exprs = touched->told->exprs;
	vec_each(touch, &touched->touches) {
		const struct element *key = &touched->told->elements.items[touch->at];
		const struct element *told = touched_element(touched, touch);
		const struct element *wanted = element_like(touched->set, key);

		if (told)
			*vec_add(viewing->view.was->arena, &was->elements) = *told;
		if (wanted)
			wanted_add(viewing, is, wanted);
	}
}

static void elements_age(const struct viewing *viewing, struct set *is, const struct set *known)
{
	vec_each(element, &known->elements)
		wanted_add(viewing, is, element);
}

/* One table in both: sets that the kernel lacks or that were read are compared whole. */
static void table_view(const struct viewing *viewing, const struct table *known, struct table *was)
{
	struct table *is = table_bare(viewing->view.is, known);

	is->chains.items = known->chains.items;
	is->chains.count = known->chains.count;
	is->objects.items = known->objects.items;
	is->objects.count = known->objects.count;
	vec_each(set, &known->sets) {
		const struct touched_set *touched =
			touched_find(viewing->touched, known, (*set)->name);
		struct set *there = (struct set *)table_find_set(was, (*set)->name);
		struct set *copy = table_add_set_like(viewing->view.is, is, *set);

		if (!there || viewing->touched->all || (touched && touched->whole))
			elements_age(viewing, copy, *set);
		else if (touched)
			touches_view(viewing, touched, there, copy);
	}
}

static void tables_view(const struct viewing *viewing)
{
	const struct nft_view *view = &viewing->view;
	static const struct table none;

	vec_each(known, &viewing->touched->known->tables) {
		const struct table *was =
			ruleset_find_table(view->was, (*known)->family, (*known)->name);

		table_view(viewing, *known, was ? (struct table *)was : (struct table *)&none);
	}
}

/* Of a table in which only elements and rules were touched: bare in both. */
static void bare_find(struct viewing *viewing, const struct table *table, struct table **ret_was,
		      struct table **ret_is)
{
	const struct nft_view *view = &viewing->view;

	*ret_was = (struct table *)ruleset_find_table(view->was, table->family, table->name);
	*ret_is = (struct table *)ruleset_find_table(view->is, table->family, table->name);
	if (*ret_was)
		return;
	*ret_was = table_bare(view->was, table);
	*ret_is = table_bare(view->is, table);
}

static void elements_view(struct viewing *viewing)
{
	vec_each(at, &viewing->touched->sets) {
		const struct touched_set *touched = *at;
		struct table *was, *is;

		bare_find(viewing, touched->table, &was, &is);
		touches_view(viewing, touched,
			     table_add_set_like(viewing->view.was, was, touched->set),
			     table_add_set_like(viewing->view.is, is, touched->set));
	}
}

static struct decode_table *decode_table_find(struct decode *decode, struct table *table)
{
	struct decode_table *in;

	vec_each(there, &decode->tables)
		if (there->table == table)
			return there;
	in = vec_add(decode->ruleset->arena, &decode->tables);
	in->table = table;
	return in;
}

/* The touched chains as they should be, and as they are read. */
static bool rules_view(struct viewing *viewing, struct nft *nft, uint32_t *generation,
		       struct errs *errs)
{
	struct decode decode = { .ruleset = viewing->view.was,
				 .only = viewing->touched->name,
				 .most_bytes = DECODE_MOST_BYTES };
	struct arena *arena = viewing->view.was->arena;

	vec_each(touched, &viewing->touched->chains) {
		struct table *was, *is;
		struct chain *chain;

		bare_find(viewing, touched->table, &was, &is);
		*vec_add(viewing->view.is->arena, &is->chains) = (struct chain *)touched->chain;
		chain = arena_make(arena, struct chain);
		*chain = *touched->chain;
		chain->rules.items = NULL;
		chain->rules.count = chain->rules.room = 0;
		*vec_add(arena, &was->chains) = chain;
		map_add_text(arena, &decode_table_find(&decode, was)->chains, chain->name, chain);
	}
	return read_rules(nft, &decode, generation, errs);
}

static bool is_whole(const struct touched *touched)
{
	if (touched->shape || touched->all)
		return true;
	vec_each(set, &touched->sets)
		if ((*set)->whole)
			return true;
	return false;
}

static bool shape_view(struct viewing *viewing, struct nft *nft, uint32_t *generation,
		       struct errs *errs)
{
	const struct read_scope scope = { .name = nft->touched.name,
					  .wants = is_wanted,
					  .context = &nft->touched };

	viewing->view.was = read_scope(nft, &scope, generation, errs);
	if (!viewing->view.was)
		return false;
	viewing->view.is = ruleset_new();
	tables_view(viewing);
	return true;
}

bool nft_view_read(struct nft *nft, int64_t now_ms, uint32_t *generation,
		   struct nft_view *ret_view, struct errs *errs)
{
	struct viewing viewing = { .touched = &nft->touched, .now_ms = now_ms };
	uint32_t read_generation = *generation;
	bool done = true;

	if (is_whole(&nft->touched)) {
		if (!shape_view(&viewing, nft, &read_generation, errs))
			return false;
	} else {
		viewing.view.was = ruleset_new();
		viewing.view.is = ruleset_new();
		elements_view(&viewing);
		if (nft->touched.chains.count)
			done = rules_view(&viewing, nft, &read_generation, errs);
	}
	if (!done) {
		nft_view_done(&viewing.view);
		return false;
	}
	*generation = read_generation;
	viewing.view.was->at_ms = viewing.view.is->at_ms = now_ms;
	*ret_view = viewing.view;
	return true;
}

void nft_view_done(struct nft_view *view)
{
	ruleset_free(view->was);
	ruleset_free(view->is);
	*view = (struct nft_view){ 0 };
}

bool nft_is_in_place(struct nft *nft, const struct diff *diff)
{
	struct apply apply = { .nft = nft, .diff = diff };

	vec_each(item, &diff->items)
		if (item->op == DIFF_CHANGE && !change_is_possible(&apply, item))
			return false;
	return true;
}
