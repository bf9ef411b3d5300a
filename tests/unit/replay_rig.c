/* See replay_rig.h. */
#include <string.h>

#include "unit/replay_rig.h"

struct ruleset *rig_ruleset;
struct table *rig_table;
struct chain *rig_chain;
struct packet rig_packet;

struct chain *rig_base(struct table *table, const char *name, enum hook hook, int32_t priority,
		       enum verdict_code policy)
{
	struct chain *chain = table_add_chain(rig_ruleset, table, name, (struct src){ 0 });

	chain->is_base = true;
	chain->hook = hook;
	chain->priority = priority;
	chain->policy = policy;
	return chain;
}

struct chain *rig_called(struct table *table, const char *name)
{
	return table_add_chain(rig_ruleset, table, name, (struct src){ 0 });
}

void rig_setup(void)
{
	rig_ruleset = ruleset_new();
	rig_table = ruleset_add_table(rig_ruleset, TABLE_INET, "t", (struct src){ 0 });
	rig_chain = rig_base(rig_table, "forward", HOOK_FORWARD, 0, VERDICT_DROP);
	rig_packet = (struct packet){ .at = { [DIM_IIF] = dim_of_name("eth0"),
					      [DIM_OIF] = dim_of_name("eth1"),
					      [DIM_IIFTYPE] = IFTYPE_ETHER,
					      [DIM_OIFTYPE] = IFTYPE_ETHER,
					      [DIM_ETHERTYPE] = ETHERTYPE_IPV4,
					      [DIM_SMAC] = 0x020000000001,
					      [DIM_DMAC] = 0x0200000000fe,
					      [DIM_NEXT_MAC] = 0x020000000102,
					      [DIM_SRC] = 0x0a000001,
					      [DIM_DST] = 0x0a000102,
					      [DIM_PROTO] = 6,
					      [DIM_DEPTH] = 1,
					      [DIM_T0] = 40000,
					      [DIM_T2] = 443,
					      [DIM_STATE] = CT_NEW } };
}

void rig_teardown(void)
{
	ruleset_free(rig_ruleset);
}

static void keep(struct value *value)
{
	if (value->bytes)
		value->bytes = (const uint8_t *)arena_copy(rig_ruleset->arena, value->bytes,
							   value->count);
}

/* Values that were written in the midst of a macro do not live longer than it. */
static void values_keep(struct expr *expr)
{
	if (expr->kind == EXPR_CMP)
		keep(&expr->cmp.value);
	if (expr->kind == EXPR_IMMEDIATE)
		keep(&expr->immediate.value);
	if (expr->kind == EXPR_BITWISE) {
		keep(&expr->bitwise.mask);
		keep(&expr->bitwise.flip);
	}
	if (expr->kind == EXPR_RANGE) {
		keep(&expr->range.first);
		keep(&expr->range.last);
	}
}

void rig_rule(struct chain *chain, const struct expr *exprs, size_t count)
{
	struct expr *copy = arena_make_many(rig_ruleset->arena, struct expr, count);

	memcpy(copy, exprs, count * sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		values_keep(&copy[i]);
	*vec_add(rig_ruleset->arena, &chain->rules) = (struct rule){ .exprs = copy, .count = count };
}

struct set *rig_set(const char *name, enum datum datum, uint32_t flags)
{
	struct set *set = table_add_set(rig_ruleset, rig_table, name, (struct src){ 0 });

	set_add_key(set, datum, 0);
	set->flags = flags;
	return set;
}

struct element *rig_element(struct set *set, const void *key, const void *end)
{
	struct element *element = set_add_element(rig_ruleset, set, end);

	if (!key)
		element->key = NULL;
	else
		memcpy(element_key(element), key, set->key_bytes);
	if (end)
		memcpy(element_key(element) + set->key_bytes, end, set->key_bytes);
	return element;
}

struct replay rig_run(enum path path)
{
	struct replay_ask ask = { .ruleset = rig_ruleset,
				  .packet = &rig_packet,
				  .path = path,
				  .trail = rig_ruleset->arena };
	struct replay replay;

	replay_run(&ask, &replay);
	return replay;
}

enum replay_end rig_end(void)
{
	return rig_run(PATH_FORWARD).end;
}

enum replay_end rig_end_of(const struct expr *exprs, size_t count)
{
	struct expr rule[32] = { 0 };

	memcpy(rule, exprs, count * sizeof(*exprs));
	rule[count] = (struct expr)ACCEPT;
	rig_chain->rules.count = 0;
	rig_rule(rig_chain, rule, count + 1);
	return rig_end();
}
