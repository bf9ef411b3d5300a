/* Looking things up: what a set holds, as its kind of the kernel's (hash, tree, pipapo) compares. */
#include <string.h>

#include "proof/replay_parts.h"

static bool is_there(const struct run *run, const struct element *element)
{
	const struct replay_ask *ask = run->ask;

	return !element->timeout_ms || !ask->now_ms ||
	       element_ends_ms(element, ask->ruleset->at_ms) > ask->now_ms;
}

/* Fields lie side by side in whole slots, each compared in its own length: of intervals each for
 * itself, as bytes in their order. */
static bool element_has(const struct set *set, const struct element *element, const uint8_t *key)
{
	unsigned at = 0;

	if (!element->key)
		return false;
	for (unsigned i = 0; i < set->key.count; i++) {
		unsigned count = set->key.bytes[i];

		if (!element->key_end ? memcmp(key + at, element->key + at, count) != 0 :
					memcmp(key + at, element->key + at, count) < 0 ||
					memcmp(key + at, element->key_end + at, count) > 0)
			return false;
		at += slots_of_bytes(count) * SLOT_BYTES;
	}
	return true;
}

/* A catch-all is what nothing else is. */
static const struct element *element_find(const struct run *run, const struct set *set,
					  const uint8_t *key, const struct element **ret_rest)
{
	*ret_rest = NULL;
	vec_each(element, &set->elements) {
		if (!is_there(run, element))
			continue;
		if (element_has(set, element, key))
			return element;
		if (!element->key)
			*ret_rest = element;
	}
	return NULL;
}

static unsigned data_count(const struct set *set)
{
	return set->data == DATUM_MARK ? (unsigned)sizeof(uint32_t) : set->data_bytes;
}

static void data_store(struct walk *walk, const struct set *set, const struct element *element,
		       uint8_t slot)
{
	if (set->data == DATUM_MARK)
		walk_store(walk, slot, &element->mark, sizeof(element->mark));
	else
		walk_store(walk, slot, element->bytes, set->data_bytes);
}

static bool verdict_is_same(const struct verdict *a, const struct verdict *b)
{
	return a->code == b->code && !a->chain == !b->chain &&
	       (!a->chain || strcmp(a->chain, b->chain) == 0);
}

/* Any element may be hit, or none: a way for each verdict that there is; this one misses. */
static enum outcome verdicts_try(struct run *run, struct walk *walk, const struct stop *stop,
				 const struct set *set)
{
	for (size_t i = 0; i < set->elements.count; i++) {
		const struct verdict *verdict = &set->elements.items[i].verdict;
		size_t before = 0;

		while (before < i &&
		       !verdict_is_same(verdict, &set->elements.items[before].verdict))
			before++;
		if (before == i)
			run_fork(run, walk, stop, verdict);
	}
	return OUTCOME_BREAKS;
}

static enum outcome lookup_doubt(struct run *run, struct walk *walk, const struct stop *stop,
				 const struct expr *expr, const struct set *set)
{
	walk_doubt(walk, walk->unsure_why ? walk->unsure_why : "lookup");
	if (expr->lookup.into == SLOT_VERDICT)
		return verdicts_try(run, walk, stop, set);
	if (expr->lookup.into != SLOT_NONE)
		walk_store_unsure(walk, expr->lookup.into, data_count(set), "lookup");
	return OUTCOME_GOES_ON;
}

static enum outcome lookup_hit(struct walk *walk, const struct set *set, const struct expr *expr,
			       const struct element *element, struct verdict *ret_verdict)
{
	walk->set = set;
	walk->element = element;
	if (expr->lookup.into == SLOT_VERDICT) {
		*ret_verdict = element->verdict;
		return OUTCOME_VERDICT;
	}
	if (expr->lookup.into != SLOT_NONE)
		data_store(walk, set, element, expr->lookup.into);
	return OUTCOME_GOES_ON;
}

/* Whether a catch-all answers an inverted lookup has changed in the kernel (it once did, even where
 * the key was found), so nobody can say. */
enum outcome lookup_run(struct run *run, struct walk *walk, const struct stop *stop,
			const struct expr *expr, struct verdict *ret_verdict)
{
	const struct set *set = table_find_set(stop->table, expr->lookup.set);
	const uint8_t *key = walk->registers + expr->lookup.slot * SLOT_BYTES;
	const struct element *element, *rest;

	if (!set || (expr->lookup.into == SLOT_VERDICT && set->data != DATUM_VERDICT))
		return OUTCOME_EFFECT;
	if (set->flags & SET_DYNAMIC || walk_is_unsure(walk, expr->lookup.slot, set->key_bytes))
		return lookup_doubt(run, walk, stop, expr, set);
	element = element_find(run, set, key, &rest);
	if (expr->lookup.inverted) {
		if (rest)
			return lookup_doubt(run, walk, stop, expr, set);
		return element ? OUTCOME_BREAKS : OUTCOME_GOES_ON;
	}
	if (!element)
		element = rest;
	return element ? lookup_hit(walk, set, expr, element, ret_verdict) : OUTCOME_BREAKS;
}
