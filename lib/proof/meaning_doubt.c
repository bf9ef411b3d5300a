/* What cannot be known: a limit, another's expression. Both ways are gone, and each leaf says so. */
#include <string.h>

#include "proof/meaning_parts.h"

/* Nothing behind it in the rule that could matter? */
static bool is_idle(const struct rule *rule, size_t at)
{
	for (size_t i = at + 1; i < rule->count; i++) {
		const struct expr *expr = &rule->exprs[i];

		if (expr->kind == EXPR_VERDICT || expr->kind == EXPR_UNKNOWN ||
		    (expr->kind == EXPR_LOOKUP && expr->lookup.into == SLOT_VERDICT) ||
		    (expr->kind == EXPR_META && expr->meta.set) ||
		    (expr->kind == EXPR_CT && expr->ct.set) ||
		    (expr->kind == EXPR_PAYLOAD && expr->payload.set))
			return false;
	}
	return true;
}

void state_doubt(const struct meaning *meaning, struct state *state)
{
	if (!state->doubt.table)
		state->doubt = state_place(meaning, state);
}

bool is_last_test(const struct state *state)
{
	const struct rule *rule = &state->chain->rules.items[state->rule_at];

	for (size_t i = state->expr_at + 1; i < rule->count; i++) {
		const struct expr *expr = &rule->exprs[i];

		if (expr->kind != EXPR_VERDICT && expr->kind != EXPR_COUNTER &&
		    expr->kind != EXPR_LOG && expr->kind != EXPR_IMMEDIATE)
			return false;
	}
	return true;
}

enum step doubt_take(struct meaning *meaning, struct state *state)
{
	struct state hit;

	if (is_idle(&state->chain->rules.items[state->rule_at], state->expr_at))
		return STEP_BREAK;
	state_doubt(meaning, state);
	state_copy(&hit, state);
	hit.covered = meaning->run.care == MEANING_UPPER;
	meaning_go_on(meaning, &hit, STEP_NEXT);
	return state_rest(meaning, state, NULL);
}

/* From here on the packet has no connection; one that has an entry keeps it. */
static enum step notrack_take(struct meaning *meaning, struct state *state)
{
	enum tracked tracked = state_tracked(meaning, state);
	struct state hit;

	if (tracked == TRACKED_YES || state->ct_state == CT_UNTRACKED)
		return STEP_NEXT;
	if (tracked == TRACKED_MAYBE) {
		state_doubt(meaning, state);
		state_copy(&hit, state);
		meaning_go_on(meaning, &hit, STEP_NEXT);
	}
	state->ct_state = CT_UNTRACKED;
	state->covered = false;
	return STEP_NEXT;
}

/* What others do to a packet that we have no number for: it is told with the leaf. */
enum step unknown_take(struct meaning *meaning, struct state *state, const char *name)
{
	static const struct {
		const char *name;
		enum verdict_code as; /* VERDICT_NONE: the rule goes on */
	} knowns[] = {
		{ "reject", VERDICT_DROP },   { "queue", VERDICT_QUEUE },
		{ "fwd", VERDICT_QUEUE },     { "synproxy", VERDICT_QUEUE },
		{ "tproxy", VERDICT_QUEUE },  { "nat", VERDICT_ACCEPT },
		{ "masq", VERDICT_ACCEPT },   { "redir", VERDICT_ACCEPT },
		{ "dup", VERDICT_NONE },      { "flow_offload", VERDICT_NONE },
		{ "last", VERDICT_NONE },
	};

	if (strcmp(name, "notrack") == 0)
		return notrack_take(meaning, state);
	for (size_t i = 0; i < array_count(knowns); i++) {
		struct verdict verdict = { .code = (uint8_t)knowns[i].as };

		if (strcmp(name, knowns[i].name) != 0)
			continue;
		if (verdict.code == VERDICT_ACCEPT) /* as another packet than it was */
			state_doubt(meaning, state);
		return verdict_take(meaning, state, &verdict);
	}
	state_doubt(meaning, state);
	state->cells_used = 0;
	return doubt_take(meaning, state);
}
