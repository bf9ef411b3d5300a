/* The last answer to a writer that keeps winning: a table of its own in which nothing crosses.
 * A drop in any base chain is final, so whatever is put into our other tables meanwhile opens
 * nothing. It is made without a policy and taken away only when the policy's own tables have
 * been verified. What the gateway itself may do (management) is left to the policy. */
#include "daemon/gate.h"

enum { CLOSED_PRIORITY = -500, CLOSE_TRIES = 3 };

static struct ruleset *closed_compile(void)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table =
		ruleset_add_table(ruleset, TABLE_INET, CLOSED_TABLE, (struct src){ 0 });
	struct chain *chain = table_add_chain(ruleset, table, "forward", (struct src){ 0 });

	table->comment = "sekisho: closed, because somebody keeps changing the gateway's tables";
	chain->is_base = true;
	chain->type = CHAIN_FILTER;
	chain->hook = HOOK_FORWARD;
	chain->priority = CLOSED_PRIORITY;
	chain->policy = VERDICT_DROP;
	return ruleset;
}

/* Whoever comes between does not matter here. An answer that was lost does: the next try finds
 * nothing left to do. */
static bool closed_try(struct gate *gate, const struct ruleset *wanted, struct errs *errs)
{
	uint32_t generation;
	struct ruleset *kernel = nft_read(gate->nft, CLOSED_TABLE, &generation, errs);
	struct nft_applied applied;
	struct diff diff;
	bool done;

	if (!kernel)
		return false;
	ruleset_diff(kernel, wanted, 0, &diff);
	done = !diff.count || nft_apply(gate->nft, &diff, 0, &applied, errs);
	diff_done(&diff);
	ruleset_free(kernel);
	return done;
}

static bool closed_make(struct gate *gate, const struct ruleset *wanted, struct errs *errs)
{
	for (int tries = 0; tries < CLOSE_TRIES; tries++) {
		struct errs attempt;
		bool done;

		errs_init(&attempt);
		done = closed_try(gate, wanted, &attempt);
		if (!done && tries == CLOSE_TRIES - 1)
			errs_copy(errs, &attempt);
		errs_done(&attempt);
		if (done)
			return true;
	}
	return false;
}

bool gate_close(struct gate *gate, struct errs *errs)
{
	struct ruleset *closed = closed_compile();
	bool done = closed_make(gate, closed, errs);

	if (done)
		gate->closed = true;
	ruleset_free(closed);
	return done;
}

bool gate_open(struct gate *gate, struct errs *errs)
{
	struct ruleset *none = ruleset_new();
	bool done = closed_make(gate, none, errs);

	if (done)
		gate->closed = false;
	ruleset_free(none);
	return done;
}
