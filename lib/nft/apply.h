/* What apply.c and ahead.c share: a difference, and the tables in it with what is to be done. */
#pragma once

#include "nft/batch.h"
#include "nft/transport.h"

struct plan { /* of one table */
	const struct table *was, *is;
	size_t first, behind; /* its items */
	bool anew;            /* goes and comes again: something in it cannot be changed */
	bool ahead;           /* its new sets are filled before */
	bool grows;           /* a set of it gets a new size before */
};

struct apply {
	struct nft *nft;
	const struct diff *diff;
	struct arena *arena;
	struct batch batch;
	uint32_t generation;
	struct nft_applied applied;
	vec_of(struct plan) plans;
	vec_of(const struct element *) gone;
	struct ruleset *known; /* for handles, where the diff has none */
};

bool change_is_possible(struct apply *apply, const struct diff_item *item);
bool apply_can_resize(struct apply *apply);
uint32_t generation_next(uint32_t generation);

/* Sets that grow get their new size, and new sets too large for one transaction are filled,
 * before anything leads to them. False: failed, told in errs. */
_must_check_ bool apply_ahead(struct apply *apply);
bool set_went_ahead(const struct plan *plan, const struct set *set);

/* The kernel's handle of a rule, from the diff or asked for; 0: there is none such. */
uint64_t rule_handle(struct apply *apply, const struct table *table, const struct chain *chain,
		     size_t at);
/* As it is, but ours. */
const struct table *table_adopted(struct apply *apply, const struct plan *plan);
