/* What cannot be known: a limit, another's expression. Both ways are gone, and each leaf says so. */
#include "proof/meaning_parts.h"
#include "rule/effect.h"

/* Nothing behind it in the rule that could matter? */
static bool is_idle(const struct table *table, const struct rule *rule, size_t at)
{
	for (size_t i = at + 1; i < rule->count; i++)
		if (expr_effect(table, &rule->exprs[i]).bits & ~(uint32_t)EFFECT_BREAK)
			return false;
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

	if (is_idle(state_base(meaning, state)->table,
		    &state->chain->rules.items[state->rule_at], state->expr_at))
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

/* Some of the packets go there, or all. */
static void some_go(struct meaning *meaning, const struct state *state, enum verdict_code code)
{
	const struct verdict verdict = { .code = (uint8_t)code };
	struct state some;

	state_copy(&some, state);
	meaning_go_on(meaning, &some, verdict_take(meaning, &some, &verdict));
}

/* What others do to a packet that we have no number for (rule/effect.h): it is told with the leaf. */
enum step effect_take(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	static const struct verdict drop = { .code = VERDICT_DROP }, queue = { .code = VERDICT_QUEUE },
				    accept = { .code = VERDICT_ACCEPT };
	const struct effect effect = expr_effect(state_base(meaning, state)->table, expr);

	if (effect.bits == EFFECT_DROP)
		return verdict_take(meaning, state, &drop);
	if (effect.bits & EFFECT_UNTRACK)
		return notrack_take(meaning, state);
	if (effect.bits == EFFECT_DIVERT || (effect.bits & EFFECT_CARRY && effect.bits & EFFECT_DROP))
		return verdict_take(meaning, state, &queue);
	if (effect.bits & (EFFECT_DROP | EFFECT_DIVERT | EFFECT_ANY)) {
		state_doubt(meaning, state);
		some_go(meaning, state, VERDICT_QUEUE);
	}
	if (effect.bits & EFFECT_ACCEPT) /* rewritten: another packet from here on */
		return verdict_take(meaning, state, &accept);
	cells_unknown(state, effect.slot * SLOT_BYTES, (size_t)effect.slots * SLOT_BYTES);
	return effect.bits & (EFFECT_BREAK | EFFECT_ANY) ? doubt_take(meaning, state) : STEP_NEXT;
}
