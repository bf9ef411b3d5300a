/* From a difference to transactions (nft.h: nft_apply). The order within one is what the kernel
 * asks for: what uses a thing goes before it and comes after it.
 *
 *  1. tables: adopted and changed, removed, added
 *  2. rules that go (they hold sets, chains and counters)
 *  3. elements that go
 *  4. counters, sets and chains that come, policies that change
 *  5. elements that come
 *  6. rules that come or change, each at its place
 *  7. sets, chains and counters that go
 *
 * What the kernel cannot change in place (the layout of a set, the hook of a chain) makes the
 * whole table go and come anew within the one transaction: nothing forbidden passes, but
 * packets may be lost for a moment. */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/lang.h"
#include "nft/absent.h"
#include "nft/apply.h"

static bool starts_new(const struct diff_item *item, const struct plan *plan)
{
	const struct table *was = plan->was, *is = plan->is;

	return item->table_was != was || item->table_is != is;
}

/* The tables that differ; their items stand side by side in the diff. */
static void plans_make(struct apply *apply)
{
	const struct diff *diff = apply->diff;
	struct plan *plan = NULL;

	for (size_t i = 0; i < diff->items.count; i++) {
		const struct diff_item *item = &diff->items.items[i];

		if (!plan || starts_new(item, plan)) {
			plan = vec_add(apply->arena, &apply->plans);
			*plan = (struct plan){ .was = item->table_was,
					       .is = item->table_is,
					       .first = i };
		}
		plan->behind = i + 1;
		if (item->op == DIFF_CHANGE && !change_is_possible(apply, item))
			plan->anew = true;
	}
}

static bool field_is(const struct diff_item *item, const char *name)
{
	return item->field && strcmp(item->field, name) == 0;
}

/* An owner can be had only where there was one (an orphan), and never be given up; a plain
 * table can become neither owned nor persistent. */
static bool flags_are_possible(uint32_t was, uint32_t is)
{
	uint32_t gained = is & ~was, lost = was & ~is;

	if ((lost | gained) & TABLE_PERSIST || lost & TABLE_OWNER)
		return false;
	return !(gained & TABLE_OWNER) || was & TABLE_PERSIST;
}

/* Can it be changed where it stands? */
bool change_is_possible(struct apply *apply, const struct diff_item *item)
{
	switch ((enum diff_kind)item->kind) {
	case DIFF_TABLE:
		return field_is(item, "flags") &&
		       flags_are_possible(item->table_was->flags, item->table_is->flags);
	case DIFF_CHAIN:
		return field_is(item, "policy");
	case DIFF_SET:
		return (field_is(item, "size") || field_is(item, "timeout_ms") ||
			field_is(item, "gc_ms")) &&
		       apply_can_resize(apply);
	case DIFF_OBJECT:
		return false;
	case DIFF_RULE:
	case DIFF_ELEMENT:
		break;
	}
	return true;
}

/* ---- a whole table ---- */

static void elements_put(struct apply *apply, const struct table *table, const struct set *set)
{
	vec_each(element, &set->elements)
		batch_element(&apply->batch, NFT_MSG_NEWSETELEM, table, set, element);
}

static void rules_put(struct apply *apply, const struct table *table, const struct chain *chain)
{
	vec_each(rule, &chain->rules)
		batch_rule(&apply->batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, table,
			   chain, rule, (struct rule_place){ 0 });
}

static void table_put(struct apply *apply, const struct plan *plan)
{
	const struct table *table = plan->is;
	struct batch *batch = &apply->batch;

	if (!plan->ahead)
		batch_table(batch, NFT_MSG_NEWTABLE, table);
	vec_each(object, &table->objects)
		batch_object(batch, NFT_MSG_NEWOBJ, table, *object);
	vec_each(set, &table->sets)
		if (!set_went_ahead(plan, *set))
			batch_set(batch, NFT_MSG_NEWSET, table, *set, false);
	vec_each(chain, &table->chains)
		batch_chain(batch, NFT_MSG_NEWCHAIN, table, *chain);
	vec_each(set, &table->sets)
		if (!set_went_ahead(plan, *set))
			elements_put(apply, table, *set);
	vec_each(chain, &table->chains)
		rules_put(apply, table, *chain);
}

/* ---- what differs in a table that stays ---- */

/* Several fields of one thing are several items; the first stands for all. */
static bool is_repeated(const struct apply *apply, const struct plan *plan, size_t at)
{
	const struct diff_item *item = &apply->diff->items.items[at];

	return at > plan->first && item->op == DIFF_CHANGE && item[-1].op == DIFF_CHANGE &&
	       item[-1].kind == item->kind && item[-1].is_object == item->is_object;
}

#define each_item(item, apply, plan)                                                               \
	for (const struct diff_item *item = (apply)->diff->items.items + (plan)->first;            \
	     item < (apply)->diff->items.items + (plan)->behind; item++)

static void rules_go(struct apply *apply, const struct plan *plan)
{
	each_item(item, apply, plan) {
		if (item->op != DIFF_REMOVE)
			continue;
		if (item->kind == DIFF_CHAIN && item->chain_was->rules.count)
			batch_rule(&apply->batch, NFT_MSG_DELRULE, 0, plan->was, item->chain_was,
				   NULL, (struct rule_place){ 0 });
		if (item->kind == DIFF_RULE && item->chain_is)
			batch_rule(&apply->batch, NFT_MSG_DELRULE, 0, plan->was, item->chain_was,
				   item->was_object,
				   (struct rule_place){ .handle = rule_handle(
								apply, plan->was, item->chain_was,
								item->at_was) });
	}
}

static bool is_gone(const struct apply *apply, const struct element *element)
{
	for (size_t i = 0; i < apply->gone.count; i++)
		if (apply->gone.items[i] == element)
			return true;
	return false;
}

static void elements_go(struct apply *apply, const struct plan *plan)
{
	for (size_t i = plan->first; i < plan->behind; i++) {
		const struct diff_item *item = &apply->diff->items.items[i];

		if (item->kind != DIFF_ELEMENT || item->op == DIFF_ADD || !item->set_is ||
		    is_repeated(apply, plan, i) || is_gone(apply, item->was_object))
			continue;
		batch_element(&apply->batch, NFT_MSG_DELSETELEM, plan->was, item->set_was,
			      item->was_object);
	}
}

static void things_come(struct apply *apply, const struct plan *plan)
{
	struct batch *batch = &apply->batch;

	each_item(item, apply, plan) {
		if (item->op == DIFF_ADD && item->kind == DIFF_OBJECT)
			batch_object(batch, NFT_MSG_NEWOBJ, plan->is, item->is_object);
		if (item->op == DIFF_ADD && item->kind == DIFF_SET &&
		    !set_went_ahead(plan, item->set_is))
			batch_set(batch, NFT_MSG_NEWSET, plan->is, item->set_is, false);
		if (item->kind == DIFF_CHAIN && item->op != DIFF_REMOVE)
			batch_chain(batch, NFT_MSG_NEWCHAIN, plan->is, item->chain_is);
	}
}

static void elements_come(struct apply *apply, const struct plan *plan)
{
	for (size_t i = plan->first; i < plan->behind; i++) {
		const struct diff_item *item = &apply->diff->items.items[i];

		if (item->kind == DIFF_SET && item->op == DIFF_ADD &&
		    !set_went_ahead(plan, item->set_is))
			elements_put(apply, plan->is, item->set_is);
		if (item->kind == DIFF_ELEMENT && item->op != DIFF_REMOVE && item->set_was &&
		    !is_repeated(apply, plan, i))
			batch_element(&apply->batch, NFT_MSG_NEWSETELEM, plan->is, item->set_is,
				      item->is_object);
	}
}

/* Before the first of the rules behind it that stay; at the end where none does. */
static void rule_insert(struct apply *apply, const struct plan *plan, const struct diff_item *item)
{
	const struct chain *was = item->chain_was, *is = item->chain_is;
	const struct diff_item *last = item, *end = apply->diff->items.items + plan->behind;
	uint16_t flags = NLM_F_CREATE;
	struct rule_place place = { 0 };
	size_t stay;

	while (last + 1 < end && last[1].kind == DIFF_RULE && last[1].op == DIFF_ADD &&
	       last[1].chain_is == is)
		last++;
	stay = is->rules.count - (last->at_is + 1);
	if (stay && stay <= was->rules.count)
		place.position = rule_handle(apply, plan->was, was, was->rules.count - stay);
	else
		flags |= NLM_F_APPEND;
	batch_rule(&apply->batch, NFT_MSG_NEWRULE, flags, plan->is, is, item->is_object, place);
}

static void rules_come(struct apply *apply, const struct plan *plan)
{
	for (size_t i = plan->first; i < plan->behind; i++) {
		const struct diff_item *item = &apply->diff->items.items[i];

		if (item->kind == DIFF_CHAIN && item->op == DIFF_ADD)
			rules_put(apply, plan->is, item->chain_is);
		if (item->kind != DIFF_RULE || !item->chain_was || is_repeated(apply, plan, i))
			continue;
		if (item->op == DIFF_ADD)
			rule_insert(apply, plan, item);
		if (item->op == DIFF_CHANGE)
			batch_rule(&apply->batch, NFT_MSG_NEWRULE, NLM_F_REPLACE, plan->is,
				   item->chain_is, item->is_object,
				   (struct rule_place){ .handle = rule_handle(
								apply, plan->was, item->chain_was,
								item->at_was) });
	}
}

static void things_go(struct apply *apply, const struct plan *plan)
{
	struct batch *batch = &apply->batch;

	each_item(item, apply, plan) {
		if (item->kind != DIFF_SET)
			continue;
		if (item->op == DIFF_REMOVE)
			batch_set(batch, NFT_MSG_DELSET, plan->was, item->set_was, true);
		if (item->op == DIFF_CHANGE && item->set_is->size < item->set_was->size &&
		    item->set_is->size)
			batch_set(batch, NFT_MSG_NEWSET, plan->is, item->set_is, true);
	}
	each_item(item, apply, plan)
		if (item->kind == DIFF_CHAIN && item->op == DIFF_REMOVE)
			batch_chain(batch, NFT_MSG_DELCHAIN, plan->was, item->chain_was);
	each_item(item, apply, plan)
		if (item->kind == DIFF_OBJECT && item->op == DIFF_REMOVE)
			batch_object(batch, NFT_MSG_DELOBJ, plan->was, item->was_object);
}

static void tables_put(struct apply *apply)
{
	struct batch *batch = &apply->batch;

	vec_each(plan, &apply->plans) /* adopted before anything in them is touched */
		if (plan->was && plan->is && plan->was->flags != plan->is->flags && !plan->anew)
			batch_table(batch, NFT_MSG_NEWTABLE, plan->is);
	vec_each(plan, &apply->plans)
		if (plan->was && (!plan->is || plan->anew)) {
			if (plan->was->flags & TABLE_PERSIST && !(plan->was->flags & TABLE_OWNER))
				batch_table(batch, NFT_MSG_NEWTABLE, table_adopted(apply, plan));
			batch_table(batch, NFT_MSG_DELTABLE, plan->was);
		}
}

static void all_put(struct apply *apply)
{
	tables_put(apply);
	vec_each(plan, &apply->plans) {
		if (!plan->is)
			continue;
		if (!plan->was || plan->anew) {
			table_put(apply, plan);
			continue;
		}
		rules_go(apply, plan);
		elements_go(apply, plan);
		things_come(apply, plan);
		elements_come(apply, plan);
		rules_come(apply, plan);
		things_go(apply, plan);
	}
}

enum { APPLY_TRIES = 3 }; /* while elements end on their own in between */

bool nft_apply(struct nft *nft, const struct diff *diff, uint32_t generation,
	       struct nft_applied *ret_applied, struct errs *errs)
{
	struct apply apply = { .nft = nft, .diff = diff, .generation = generation,
			       .arena = arena_new() };
	enum batch_result result = BATCH_REFUSED;
	struct kept *next = NULL;

	batch_init(&apply.batch, nft, errs);
	plans_make(&apply);
	vec_each(plan, &apply.plans)
		if ((next = kept_make(nft, plan->was, plan->is, plan->anew)))
			break; /* there is one netdev table in what we apply */
	apply.batch.kept = next ? next : nft->kept;
	if (apply_ahead(&apply))
		for (unsigned i = 0; i < APPLY_TRIES; i++) {
			batch_start(&apply.batch, apply.generation);
			all_put(&apply);
			result = batch_send(&apply.batch, apply.generation, &apply.applied);
			if (result != BATCH_GONE)
				break;
			for (size_t at = 0; at < apply.batch.gone.count; at++)
				*vec_add(apply.arena, &apply.gone) = apply.batch.gone.items[at];
		}
	if (result == BATCH_DONE && next) {
		kept_free(nft->kept);
		nft->kept = next;
	} else {
		kept_free(next);
	}
	if (result == BATCH_DONE && apply.batch.nodes.count)
		apply.generation = generation_next(apply.generation);
	apply.applied.generation = apply.generation;
	*ret_applied = apply.applied;
	if (result == BATCH_GONE)
		nft_say(errs, ENOENT, _("elements end faster than they can be removed"));
	batch_done(&apply.batch);
	ruleset_free(apply.known);
	arena_free(apply.arena);
	return result == BATCH_DONE;
}
