/* What goes before the switch. A listener on nf_tables in any namespace makes every commit hold
 * a message per element (RULESET.md; 4 million exhausted 24 GiB), and whether there is one in
 * another namespace cannot be known: so many elements always go in portions, as far as they are
 * not yet reachable. Sets of verdicts lead to chains and wait for the switch. */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "base/lang.h"
#include "nft/apply.h"

enum { PORTION = 10000 };

uint32_t generation_next(uint32_t generation)
{
	return generation + 1 ? generation + 1 : 1;
}

bool apply_can_resize(struct apply *apply)
{
	if (apply->nft->set_update < 0) {
		struct nft_probe probe;

		nft_probe(apply->nft, &probe);
	}
	return apply->nft->set_update > 0;
}

bool set_went_ahead(const struct plan *plan, const struct set *set)
{
	return plan->ahead && !(set->is_map && set->data == DATUM_VERDICT);
}

static bool batch_go(struct apply *apply)
{
	if (batch_send(&apply->batch, apply->generation, &apply->applied) != BATCH_DONE)
		return false;
	if (apply->batch.nodes.count)
		apply->generation = generation_next(apply->generation);
	return true;
}

static void sets_grow_put(struct apply *apply)
{
	vec_each(plan, &apply->plans) {
		if (!plan->was || !plan->is || plan->anew)
			continue;
		for (size_t i = plan->first; i < plan->behind; i++) {
			const struct diff_item *item = &apply->diff->items.items[i];

			struct set *sized;

			if (item->kind != DIFF_SET || item->op != DIFF_CHANGE)
				continue;
			sized = arena_make(apply->arena, struct set);
			*sized = *item->set_is;
			if (sized->size && sized->size < item->set_was->size)
				sized->size = item->set_was->size; /* shrinks later; asked now */
			plan->grows = true;
			batch_set(&apply->batch, NFT_MSG_NEWSET, plan->is, sized, true);
		}
	}
}

/* New size first: within one transaction, elements are still counted against the old. The
 * kernel refuses it (EEXIST) for a set that somebody else declared a little differently, nft for
 * one; its table then goes and comes anew. Whatever else is wrong will be told there. */
static void sets_grow(struct apply *apply)
{
	struct errs *told = apply->batch.errs, untold;
	enum batch_result result;

	errs_init(&untold);
	apply->batch.errs = &untold;
	batch_start(&apply->batch, apply->generation);
	sets_grow_put(apply);
	result = batch_send(&apply->batch, apply->generation, &apply->applied);
	apply->batch.errs = told;
	errs_done(&untold);
	if (result == BATCH_DONE && apply->batch.nodes.count)
		apply->generation = generation_next(apply->generation);
	if (result != BATCH_DONE)
		vec_each(plan, &apply->plans)
			plan->anew |= plan->grows;
}

/* Calls for each new set that may go ahead. */
static bool new_sets_each(struct apply *apply, const struct plan *plan,
			  bool (*call)(struct apply *apply, const struct plan *plan,
				       const struct set *set, void *context),
			  void *context)
{
	if (!plan->was) {
		vec_each(set, &plan->is->sets)
			if (set_went_ahead(plan, *set) && !call(apply, plan, *set, context))
				return false;
		return true;
	}
	for (size_t i = plan->first; i < plan->behind; i++) {
		const struct diff_item *item = &apply->diff->items.items[i];

		if (item->kind == DIFF_SET && item->op == DIFF_ADD &&
		    set_went_ahead(plan, item->set_is) &&
		    !call(apply, plan, item->set_is, context))
			return false;
	}
	return true;
}

static bool set_count(struct apply *apply, const struct plan *plan, const struct set *set,
		      void *context)
{
	(void)apply, (void)plan;
	*(size_t *)context += set->elements.count;
	return true;
}

static bool set_declare(struct apply *apply, const struct plan *plan, const struct set *set,
			void *context)
{
	(void)context;
	batch_set(&apply->batch, NFT_MSG_NEWSET, plan->is, set, false);
	return true;
}

static bool set_fill(struct apply *apply, const struct plan *plan, const struct set *set,
		     void *context)
{
	size_t *left = context;

	vec_each(element, &set->elements) {
		if (!*left) {
			if (!batch_go(apply))
				return false;
			batch_start(&apply->batch, apply->generation);
			*left = PORTION;
		}
		batch_element(&apply->batch, NFT_MSG_NEWSETELEM, plan->is, set, element);
		--*left;
	}
	return true;
}

static bool plan_ahead(struct apply *apply, struct plan *plan)
{
	size_t count = 0, left = PORTION;

	plan->ahead = plan->is && !plan->anew;
	if (plan->ahead)
		(void)new_sets_each(apply, plan, set_count, &count);
	plan->ahead = count > PORTION;
	if (!plan->ahead)
		return true;
	batch_start(&apply->batch, apply->generation);
	if (!plan->was)
		batch_table(&apply->batch, NFT_MSG_NEWTABLE, plan->is);
	(void)new_sets_each(apply, plan, set_declare, NULL);
	if (!batch_go(apply))
		return false;
	batch_start(&apply->batch, apply->generation);
	return new_sets_each(apply, plan, set_fill, &left) && batch_go(apply);
}

/* An orphan is adopted by a transaction of its own, which changes nothing for packets: a table
 * that is being adopted takes no new chain with a hook (kernel 6.9 on: EINVAL). */
static bool tables_adopt(struct apply *apply)
{
	batch_start(&apply->batch, apply->generation);
	vec_each(plan, &apply->plans) {
		struct table *adopted;

		if (!plan->was || !plan->is || plan->anew || plan->was->flags == plan->is->flags)
			continue;
		batch_table(&apply->batch, NFT_MSG_NEWTABLE, plan->is);
		adopted = arena_make(apply->arena, struct table);
		*adopted = *plan->was;
		adopted->flags = plan->is->flags;
		plan->was = adopted;
	}
	return batch_go(apply);
}

bool apply_ahead(struct apply *apply)
{
	if (!tables_adopt(apply))
		return false;
	sets_grow(apply);
	vec_each(plan, &apply->plans)
		if (!plan_ahead(apply, plan))
			return false;
	return true;
}

uint64_t rule_handle(struct apply *apply, const struct table *table, const struct chain *chain,
		     size_t at)
{
	const struct table *there;
	const struct chain *same;
	uint32_t generation = 0;

	if (at < chain->rules.count && chain->rules.items[at].handle)
		return chain->rules.items[at].handle;
	if (!apply->known) /* a change meanwhile makes the transaction stale, so it is not used */
		apply->known = nft_read(apply->nft, table->name, &generation, apply->batch.errs);
	there = apply->known ? ruleset_find_table(apply->known, table->family, table->name) : NULL;
	same = there ? table_find_chain(there, chain->name) : NULL;
	if (same && same->rules.count == chain->rules.count && at < same->rules.count)
		return same->rules.items[at].handle;
	if (!apply->batch.failed)
		nft_say(apply->batch.errs, ESTALE, _("cannot find a rule that is to be changed"));
	apply->batch.failed = true;
	return 0;
}

const struct table *table_adopted(struct apply *apply, const struct plan *plan)
{
	struct table *table = arena_make(apply->arena, struct table);

	*table = *plan->was;
	table->flags |= TABLE_OWNER;
	return table;
}
