/* See meaning.h. */
#include <stdlib.h>
#include <string.h>

#include "proof/meaning_parts.h"

/* ---- the base chains of a path ---- */

static const enum hook path_hooks[PATHS][5] = {
	[PATH_FORWARD] = { HOOK_INGRESS, HOOK_PREROUTING, HOOK_FORWARD, HOOK_POSTROUTING,
			   HOOK_EGRESS },
	[PATH_INPUT] = { HOOK_INGRESS, HOOK_PREROUTING, HOOK_INPUT, HOOK_INPUT, HOOK_INPUT },
	[PATH_OUTPUT] = { HOOK_OUTPUT, HOOK_POSTROUTING, HOOK_EGRESS, HOOK_EGRESS, HOOK_EGRESS },
};
static const enum hook deciding_hooks[PATHS] = { HOOK_FORWARD, HOOK_INPUT, HOOK_OUTPUT };

/* Where on the path, counted from its beginning; -1: it does not pass there. */
static int hook_rank(enum path path, enum hook hook)
{
	for (int i = 0; i < 5; i++)
		if (path_hooks[path][i] == hook)
			return i;
	return -1;
}

static bool is_on_path(const struct table *table)
{
	return table->family == TABLE_INET || table->family == TABLE_IP ||
	       table->family == TABLE_IP6 || table->family == TABLE_NETDEV;
}

static enum path sort_path;

static int base_compare(const void *a_ptr, const void *b_ptr)
{
	const struct base *a = a_ptr, *b = b_ptr;
	int by_hook = hook_rank(sort_path, (enum hook)a->chain->hook) -
		      hook_rank(sort_path, (enum hook)b->chain->hook);

	if (by_hook)
		return by_hook;
	return (a->chain->priority > b->chain->priority) - (a->chain->priority < b->chain->priority);
}

static void table_add(struct meaning *meaning, const struct table *table)
{
	struct map *chains = arena_make(meaning->arena, struct map);

	vec_each(chain, &table->chains)
		map_add_text(meaning->arena, chains, (*chain)->name, *chain);
	vec_each(chain, &table->chains)
		if ((*chain)->is_base && hook_rank(meaning->path, (enum hook)(*chain)->hook) >= 0)
			*vec_add(meaning->arena, &meaning->bases) =
				(struct base){ table, *chain, chains };
}

struct meaning *meaning_new(const struct ruleset *ruleset, enum path path)
{
	struct arena *arena = arena_new();
	struct meaning *meaning = arena_make(arena, struct meaning);

	meaning->arena = arena;
	meaning->ruleset = ruleset;
	meaning->path = path;
	vec_each(table, &ruleset->tables)
		if (is_on_path(*table) && !((*table)->flags & TABLE_DORMANT))
			table_add(meaning, *table);
	sort_path = path;
	if (meaning->bases.count)
		qsort(meaning->bases.items, meaning->bases.count, sizeof(struct base), base_compare);
	return meaning;
}

void meaning_free(struct meaning *meaning)
{
	if (meaning)
		arena_free(meaning->arena);
}

/* ---- leaves ---- */

static struct place state_place(const struct meaning *meaning, const struct state *state)
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
	wide is = state->box.first[DIM_STATE];

	if (meaning->run.stage == MEANING_DECIDING &&
	    base->chain->hook != deciding_hooks[meaning->path])
		return false;
	if (base->chain->type == CHAIN_NAT && is != CT_NEW)
		return false; /* a connection's first packet alone is shown to them */
	return sees_family(base, state->box.first[DIM_ETHERTYPE]);
}

/* What comes by another device does not meet a chain of this one: it goes on without it. False:
 * nothing of the state comes by this one. */
static bool device_narrow(struct meaning *meaning, struct state *state, const struct base *base)
{
	enum dim dim = base->chain->hook == HOOK_EGRESS ? DIM_OIF : DIM_IIF;
	_cleanup_(arena_freep) struct arena *arena = NULL;
	struct boxes_of others = { 0 };
	struct box here = state->box;
	wide device;

	if (!base->chain->device)
		return true;
	device = dim_of_name(base->chain->device);
	if (!box_narrow(&here, dim, device, device))
		return false;
	if (box_is_point(&state->box, dim))
		return true;
	arena = arena_new();
	box_subtract(arena, &state->box, &here, &others);
	vec_each(box, &others.list) {
		struct state other = *state;

		other.box = *box;
		other.rule_at = SIZE_MAX; /* past this chain */
		meaning_go_on(meaning, &other, STEP_MOVED);
	}
	state->box = here;
	return true;
}

/* Stands at the first rule of the next chain that sees it, from base_at on. */
static enum step base_enter(struct meaning *meaning, struct state *state)
{
	for (; state->base_at < meaning->bases.count; state->base_at++) {
		const struct base *base = state_base(meaning, state);

		if (!sees(meaning, base, state) || !device_narrow(meaning, state, base))
			continue;
		state->chain = base->chain;
		state->rule_at = state->expr_at = 0;
		state->depth = 0;
		state->covered = false;
		cells_unknown(state, 0, CELLS);
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
	state->chain = state->stack[state->depth].chain;
	state->rule_at = state->stack[state->depth].rule_at;
	state->expr_at = 0;
	state->covered = false;
	return STEP_MOVED;
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
	if (meaning->run.skip && meaning->run.skip(meaning->run.context, &state->box))
		return STEP_DEAD;
	if (verdict->code == VERDICT_JUMP)
		state->stack[state->depth++] = (struct frame){ state->chain, state->rule_at + 1 };
	state->chain = chain;
	state->rule_at = state->expr_at = 0;
	state->covered = false;
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

/* ---- what cannot be known ---- */

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

enum step doubt_take(struct meaning *meaning, struct state *state)
{
	struct state hit;

	if (is_idle(&state->chain->rules.items[state->rule_at], state->expr_at))
		return STEP_BREAK;
	state_doubt(meaning, state);
	hit = *state;
	hit.covered = meaning->run.care == MEANING_UPPER;
	meaning_go_on(meaning, &hit, STEP_NEXT);
	return state_rest(meaning, state, NULL);
}

/* What others do to a packet that we have no number for: it is told with the leaf. */
static enum step unknown_take(struct meaning *meaning, struct state *state, const char *name)
{
	static const char *const takers[] = { "queue", "fwd", "synproxy", "tproxy" };
	static const char *const givers[] = { "nat", "masq", "redir" };
	static const char *const beside[] = { "dup", "notrack", "flow_offload", "last" };
	const struct place here = state_place(meaning, state);

	if (strcmp(name, "reject") == 0)
		return leaf_give(meaning, state, false, false, here);
	for (size_t i = 0; i < array_count(takers); i++)
		if (strcmp(name, takers[i]) == 0)
			return leaf_give(meaning, state, false, true, here);
	for (size_t i = 0; i < array_count(beside); i++)
		if (strcmp(name, beside[i]) == 0)
			return STEP_NEXT;
	state_doubt(meaning, state);
	for (size_t i = 0; i < array_count(givers); i++)
		if (strcmp(name, givers[i]) == 0)
			return base_accept(meaning, state, here);
	cells_unknown(state, 0, CELLS);
	return doubt_take(meaning, state);
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
		return expr->objref.type == OBJECT_COUNTER ? STEP_NEXT : doubt_take(meaning, state);
	case EXPR_LIMIT:
		return doubt_take(meaning, state);
	case EXPR_UNKNOWN:
		return unknown_take(meaning, state, expr->unknown.name);
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
	if (!*meaning->run.budget)
		meaning->end = MEANING_TOO_MUCH;
	else
		--*meaning->run.budget;
	for (; meaning->end == MEANING_WHOLE && step != STEP_DEAD; step = state_step(meaning, state)) {
		if (step == STEP_NEXT) {
			state->expr_at++;
		} else if (step == STEP_BREAK) {
			state->rule_at++;
			state->expr_at = 0;
			state->covered = false;
		}
	}
}

enum meaning_end meaning_run(struct meaning *meaning, const struct box *box,
			     const struct meaning_run *run)
{
	struct state state = { .box = *box };

	meaning->run = *run;
	meaning->end = MEANING_WHOLE;
	meaning_go_on(meaning, &state, base_enter(meaning, &state));
	return meaning->end;
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
