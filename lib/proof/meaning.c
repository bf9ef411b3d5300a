/* See meaning.h. */
#include <stdlib.h>
#include <string.h>

#include "proof/meaning_parts.h"

struct meaning *meaning_new(const struct ruleset *ruleset, enum path path)
{
	struct arena *arena = arena_new();
	struct meaning *meaning = arena_make(arena, struct meaning);

	meaning->arena = arena;
	meaning->ruleset = ruleset;
	meaning->path = path;
	bases_fill(meaning);
	return meaning;
}

void meaning_free(struct meaning *meaning)
{
	if (meaning)
		arena_free(meaning->arena);
}

/* ---- leaves ---- */

struct place state_place(const struct meaning *meaning, const struct state *state)
{
	bool in_rule = state->rule_at < state->chain->rules.count;

	return (struct place){ state_base(meaning, state)->table, state->chain,
			       in_rule ? &state->chain->rules.items[state->rule_at] : NULL };
}

static enum step leaf_give(struct meaning *meaning, const struct state *state, bool passes,
			   bool stolen, struct place by)
{
	struct leaf leaf = { .passes = passes,
			     .stolen = stolen,
			     .box = &state->box,
			     .by = by,
			     .set = state->set,
			     .element = state->element,
			     .doubt = state->doubt };
	uint8_t mark[WRITTEN_BYTES];

	leaf.has_ct_mark = cell_list_known(&state->box, state->written[WRITTEN_CT_MARK],
					   WRITTEN_BYTES, mark);
	if (leaf.has_ct_mark)
		memcpy(&leaf.ct_mark, mark, sizeof(mark));
	if (meaning->end == MEANING_WHOLE && !meaning->run.take(meaning->run.context, &leaf))
		meaning->end = MEANING_STOPPED;
	return STEP_DEAD;
}

/* ---- from one base chain to the next ---- */

static bool sees_family(const struct base *base, wide ethertype)
{
	switch ((enum table_family)base->table->family) {
	case TABLE_INET:
		return base->chain->hook == HOOK_INGRESS || ethertype == ETHERTYPE_IPV4 ||
		       ethertype == ETHERTYPE_IPV6;
	case TABLE_IP:
		return ethertype == ETHERTYPE_IPV4;
	case TABLE_IP6:
		return ethertype == ETHERTYPE_IPV6;
	case TABLE_NETDEV:
		return true;
	case TABLE_ARP:
	case TABLE_BRIDGE:
		break;
	}
	return false;
}

static bool sees(const struct meaning *meaning, const struct base *base, const struct state *state)
{
	if (meaning->run.stage == MEANING_DECIDING &&
	    base->chain->hook != deciding_hooks[meaning->path])
		return false;
	if (base->chain->type == CHAIN_NAT && state->ct_state != CT_NEW)
		return false; /* a connection's first packet alone is shown to them */
	return sees_family(base, state->box.first[DIM_ETHERTYPE]);
}

/* What comes by another device goes on without this chain. */
static void others_go(struct meaning *meaning, const struct state *state, const struct box *here)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct boxes_of others = { 0 };

	box_subtract(arena, &state->box, here, &others);
	vec_each(box, &others.list) {
		struct state other;

		state_copy(&other, state);
		other.box = *box;
		other.rule_at = SIZE_MAX; /* past this chain */
		meaning_go_on(meaning, &other, STEP_MOVED);
	}
}

/* False: nothing of the state comes by the chain's device. */
static bool device_narrow(struct meaning *meaning, struct state *state, const struct base *base)
{
	enum dim dim = base->chain->hook == HOOK_EGRESS ? DIM_OIF : DIM_IIF;
	wide device = base->device;
	struct box here;

	if (!base->chain->device)
		return true;
	if (state->box.first[dim] > device || state->box.last[dim] < device)
		return false;
	if (box_is_point(&state->box, dim))
		return true;
	here = state->box;
	box_fix(&here, dim, device);
	others_go(meaning, state, &here);
	state->box = here;
	return true;
}

/* At a rule, where no register holds anything yet: one rule's are not another's (the kernel takes
 * no rule that reads what it did not load). */
static void rule_begin(struct state *state, const struct chain *chain, size_t rule_at)
{
	state->chain = chain;
	state->rule_at = rule_at;
	state->expr_at = 0;
	state->covered = false;
	state->cells_used = 0;
}

/* Stands at the first rule of the next chain that sees it, from base_at on. */
static enum step base_enter(struct meaning *meaning, struct state *state)
{
	for (; state->base_at < meaning->bases.count; state->base_at++) {
		const struct base *base = state_base(meaning, state);

		if (!sees(meaning, base, state) || !device_narrow(meaning, state, base))
			continue;
		rule_begin(state, base->chain, 0);
		state->depth = 0;
		return STEP_MOVED;
	}
	return leaf_give(meaning, state, true, false, state->decided);
}

static enum step base_accept(struct meaning *meaning, struct state *state, struct place by)
{
	if (state_base(meaning, state)->chain->hook == deciding_hooks[meaning->path])
		state->decided = by;
	state->base_at++;
	return base_enter(meaning, state);
}

static enum step policy_take(struct meaning *meaning, struct state *state)
{
	const struct base *base = state_base(meaning, state);
	struct place by = { base->table, base->chain, NULL };

	return base->chain->policy == VERDICT_ACCEPT
		       ? base_accept(meaning, state, by)
		       : leaf_give(meaning, state, false, false, by);
}

/* ---- verdicts ---- */

static enum step chain_leave(struct meaning *meaning, struct state *state)
{
	if (!state->depth)
		return policy_take(meaning, state);
	state->depth--;
	rule_begin(state, state->stack[state->depth].chain, state->stack[state->depth].rule_at);
	return STEP_MOVED;
}

static bool budget_take(struct meaning *meaning)
{
	if (!*meaning->run.budget)
		meaning->end = MEANING_TOO_MUCH;
	else
		--*meaning->run.budget;
	return meaning->end == MEANING_WHOLE;
}

static enum step chain_call(struct meaning *meaning, struct state *state,
			    const struct verdict *verdict)
{
	const struct chain *chain =
		map_find_text(state_base(meaning, state)->chains, verdict->chain);

	if (!chain || (verdict->code == VERDICT_JUMP && state->depth == STACK_MOST)) {
		meaning->end = MEANING_TOO_MUCH; /* no kernel takes such a ruleset */
		return STEP_DEAD;
	}
	if (!budget_take(meaning)) /* nor one that goes in circles */
		return STEP_DEAD;
	if (meaning->run.skip && meaning->run.skip(meaning->run.context, &state->box))
		return STEP_DEAD;
	if (verdict->code == VERDICT_JUMP)
		state->stack[state->depth++] = (struct frame){ state->chain, state->rule_at + 1 };
	rule_begin(state, chain, 0);
	return STEP_MOVED;
}

enum step verdict_take(struct meaning *meaning, struct state *state, const struct verdict *verdict)
{
	switch ((enum verdict_code)verdict->code) {
	case VERDICT_ACCEPT:
		return base_accept(meaning, state, state_place(meaning, state));
	case VERDICT_DROP:
		return leaf_give(meaning, state, false, false, state_place(meaning, state));
	case VERDICT_QUEUE:
		return leaf_give(meaning, state, false, true, state_place(meaning, state));
	case VERDICT_RETURN:
		return chain_leave(meaning, state);
	case VERDICT_JUMP:
	case VERDICT_GOTO:
		return chain_call(meaning, state, verdict);
	case VERDICT_CONTINUE:
	case VERDICT_NONE:
		break;
	}
	return STEP_NEXT;
}

/* ---- the walk ---- */

static enum step expr_step(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	switch ((enum expr_kind)expr->kind) {
	case EXPR_META:
		return step_meta(meaning, state, expr);
	case EXPR_CT:
		return step_ct(meaning, state, expr);
	case EXPR_PAYLOAD:
		return step_payload(meaning, state, expr);
	case EXPR_CMP:
		return step_cmp(meaning, state, expr);
	case EXPR_RANGE:
		return step_range(meaning, state, expr);
	case EXPR_BITWISE:
		step_bitwise(state, expr);
		return STEP_NEXT;
	case EXPR_BYTEORDER:
		step_byteorder(state, expr);
		return STEP_NEXT;
	case EXPR_LOOKUP:
		return step_lookup(meaning, state, expr);
	case EXPR_IMMEDIATE:
		cells_const(state, expr->immediate.slot * SLOT_BYTES, expr->immediate.value.bytes,
			    expr->immediate.value.count);
		return STEP_NEXT;
	case EXPR_VERDICT:
		return verdict_take(meaning, state, &expr->verdict);
	case EXPR_OBJREF:
	case EXPR_LIMIT:
	case EXPR_QUOTA:
	case EXPR_CONNLIMIT:
	case EXPR_EXTHDR:
	case EXPR_FIB:
	case EXPR_NUMGEN:
	case EXPR_HASH:
	case EXPR_SOCKET:
	case EXPR_RT:
	case EXPR_DYNSET:
	case EXPR_REJECT:
	case EXPR_NAT:
	case EXPR_NOTRACK:
	case EXPR_QUEUE:
	case EXPR_CARRY:
	case EXPR_UNKNOWN:
		return effect_take(meaning, state, expr);
	case EXPR_LAST:
	case EXPR_COUNTER:
	case EXPR_LOG:
	case EXPR_KINDS:
		break;
	}
	return STEP_NEXT;
}

static enum step state_step(struct meaning *meaning, struct state *state)
{
	const struct rule *rule;

	if (state->rule_at == SIZE_MAX) {
		state->base_at++;
		return base_enter(meaning, state);
	}
	if (state->rule_at >= state->chain->rules.count)
		return chain_leave(meaning, state);
	rule = &state->chain->rules.items[state->rule_at];
	if (state->expr_at < rule->count)
		return expr_step(meaning, state, &rule->exprs[state->expr_at]);
	/* what does not match goes on already, and holds these packets as well */
	return state->covered && meaning->run.care == MEANING_UPPER ? STEP_DEAD : STEP_BREAK;
}

void meaning_go_on(struct meaning *meaning, struct state *state, enum step step)
{
	if (!budget_take(meaning))
		return;
	if (++meaning->nested > NESTED_MOST)
		meaning->end = MEANING_TOO_MUCH;
	for (; meaning->end == MEANING_WHOLE && step != STEP_DEAD; step = state_step(meaning, state)) {
		if (step == STEP_NEXT) {
			state->expr_at++;
		} else if (step == STEP_BREAK) {
			rule_begin(state, state->chain, state->rule_at + 1);
		}
	}
	meaning->nested--;
}

static void state_begin(struct state *state, const struct box *box)
{
	memset(state, 0, offsetof(struct state, stack));
	state->box = *box;
	state->ct_state = (uint32_t)box->first[DIM_STATE];
	cells_host(state->written[WRITTEN_CT_MARK], DIM_CT_MARK, WRITTEN_BYTES);
	cells_host(state->written[WRITTEN_MARK], DIM_MARK, WRITTEN_BYTES);
}

enum meaning_end meaning_run(struct meaning *meaning, const struct box *box,
			     const struct meaning_run *run)
{
	struct state state;

	if (meaning->is_odd)
		return MEANING_TOO_MUCH;
	state_begin(&state, box);
	meaning->run = *run;
	meaning->end = MEANING_WHOLE;
	meaning->nested = 0;
	meaning->asked_ct_mark = false;
	meaning_go_on(meaning, &state, base_enter(meaning, &state));
	return meaning->end;
}

bool meaning_asked_ct_mark(const struct meaning *meaning)
{
	return meaning->asked_ct_mark;
}

void place_print(struct buf *buf, const struct place *place)
{
	static const char *const families[] = { "inet", "ip", "ip6", "arp", "netdev", "bridge" };

	buf_printf(buf, "%s %s chain %s", families[place->table->family], place->table->name,
		   place->chain->name);
	if (place->rule && place->rule->handle)
		buf_printf(buf, " handle %llu", (unsigned long long)place->rule->handle);
	else if (place->rule)
		buf_printf(buf, " rule %zu", (size_t)(place->rule - place->chain->rules.items));
}
