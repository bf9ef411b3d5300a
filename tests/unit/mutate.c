/* See mutate.h. The ruleset is the test's own: what is const in it is written all the same. */
#include <string.h>

#include "unit/mutate_parts.h"

#include "rule/code.h"

uint32_t roll(struct dice *dice, uint32_t sides)
{
	dice->seed ^= dice->seed << 13;
	dice->seed ^= dice->seed >> 7;
	dice->seed ^= dice->seed << 17;
	return (uint32_t)((dice->seed >> 32) % sides);
}

/* ---- something at random ---- */

static struct table *table_pick(struct ruleset *ruleset, struct dice *dice)
{
	return ruleset->tables.items[roll(dice, (uint32_t)ruleset->tables.count)];
}

/* Of the tables, mostly the first: there nearly everything is. */
static struct table *own_pick(struct ruleset *ruleset, struct dice *dice)
{
	return roll(dice, 5) ? ruleset->tables.items[0] : table_pick(ruleset, dice);
}

static struct chain *chain_pick(struct ruleset *ruleset, struct dice *dice)
{
	struct table *table = own_pick(ruleset, dice);

	return table->chains.count ? table->chains.items[roll(dice, (uint32_t)table->chains.count)]
				   : NULL;
}

static struct chain *base_pick(struct ruleset *ruleset, struct dice *dice)
{
	for (unsigned i = 0; i < 100; i++) {
		struct chain *chain = chain_pick(ruleset, dice);

		if (chain && chain->is_base)
			return chain;
	}
	return NULL;
}

static struct rule *rule_pick(struct ruleset *ruleset, struct dice *dice)
{
	struct chain *chain = chain_pick(ruleset, dice);

	return chain && chain->rules.count
		       ? &chain->rules.items[roll(dice, (uint32_t)chain->rules.count)]
		       : NULL;
}

static struct expr *expr_pick(struct ruleset *ruleset, struct dice *dice, enum expr_kind kind)
{
	for (unsigned i = 0; i < 200; i++) {
		struct rule *rule = rule_pick(ruleset, dice);
		struct expr *expr;

		if (!rule || !rule->count)
			continue;
		expr = (struct expr *)&rule->exprs[roll(dice, (uint32_t)rule->count)];
		if (expr->kind == kind)
			return expr;
	}
	return NULL;
}

struct set *set_pick(struct ruleset *ruleset, struct dice *dice)
{
	for (unsigned i = 0; i < 100; i++) {
		struct table *table = own_pick(ruleset, dice);
		struct set *set;

		if (!table->sets.count)
			continue;
		set = table->sets.items[roll(dice, (uint32_t)table->sets.count)];
		if (set->elements.count)
			return set;
	}
	return NULL;
}

static void value_change(const struct value *value, struct dice *dice)
{
	uint8_t *bytes = (uint8_t *)value->bytes;

	if (value->count)
		bytes[roll(dice, value->count)] ^= (uint8_t)(1u << roll(dice, 8));
}

/* ---- rules ---- */

static const char *expr_drop(struct ruleset *ruleset, struct dice *dice)
{
	struct rule *rule = rule_pick(ruleset, dice);
	struct expr *exprs;
	size_t at;

	if (!rule || !rule->count)
		return NULL;
	exprs = (struct expr *)rule->exprs;
	at = roll(dice, (uint32_t)rule->count);
	memmove(&exprs[at], &exprs[at + 1], (rule->count - at - 1) * sizeof(*exprs));
	rule->count--;
	return "a match is gone";
}

static const char *cmp_change(struct ruleset *ruleset, struct dice *dice)
{
	struct expr *expr = expr_pick(ruleset, dice, EXPR_CMP);

	if (!expr)
		return NULL;
	if (roll(dice, 2)) {
		expr->cmp.op = (uint8_t)roll(dice, CMP_GTE + 1);
		return "another comparison";
	}
	value_change(&expr->cmp.value, dice);
	return "compared with another value";
}

static const char *mask_change(struct ruleset *ruleset, struct dice *dice)
{
	struct expr *expr = expr_pick(ruleset, dice, EXPR_BITWISE);

	if (!expr)
		return NULL;
	value_change(roll(dice, 4) ? &expr->bitwise.mask : &expr->bitwise.flip, dice);
	return "another mask";
}

static const char *load_change(struct ruleset *ruleset, struct dice *dice)
{
	struct expr *expr;

	switch (roll(dice, 4)) {
	case 0:
		expr = expr_pick(ruleset, dice, EXPR_META);
		if (!expr || (expr->meta.key != META_IIFNAME && expr->meta.key != META_OIFNAME))
			return NULL;
		expr->meta.key ^= META_IIFNAME ^ META_OIFNAME;
		return "the other interface";
	case 1:
		expr = expr_pick(ruleset, dice, EXPR_CT);
		if (!expr || expr->ct.set)
			return NULL;
		expr->ct.key = (uint8_t)(expr->ct.key == CT_STATE ? CT_STATUS : CT_MARK);
		return "another field of the connection";
	case 2:
		expr = expr_pick(ruleset, dice, EXPR_PAYLOAD);
		if (!expr)
			return NULL;
		expr->payload.offset = expr->payload.offset == 12   ? 16
				       : expr->payload.offset == 16 ? 12
								    : roll(dice, 20);
		return "another place in the packet";
	default:
		expr = expr_pick(ruleset, dice, EXPR_PAYLOAD);
		if (!expr)
			return NULL;
		expr->payload.base = (uint8_t)roll(dice, PAYLOAD_INNER + 1);
		return "another header";
	}
}

static const char *verdict_change(struct ruleset *ruleset, struct dice *dice)
{
	static const uint8_t codes[] = { VERDICT_ACCEPT, VERDICT_DROP, VERDICT_RETURN,
					 VERDICT_CONTINUE };
	struct expr *expr = expr_pick(ruleset, dice, EXPR_VERDICT);

	if (!expr)
		return NULL;
	if (expr->verdict.chain && roll(dice, 2)) {
		struct table *table = ruleset->tables.items[0];

		if (roll(dice, 2))
			expr->verdict.code ^= VERDICT_JUMP ^ VERDICT_GOTO;
		else
			expr->verdict.chain =
				table->chains.items[roll(dice, (uint32_t)table->chains.count)]->name;
		return "to another chain";
	}
	expr->verdict.code = codes[roll(dice, array_count(codes))];
	expr->verdict.chain = NULL;
	return "another verdict";
}

static const char *lookup_change(struct ruleset *ruleset, struct dice *dice)
{
	struct expr *expr = expr_pick(ruleset, dice, EXPR_LOOKUP);
	struct set *other;

	if (!expr)
		return NULL;
	if (expr->lookup.into == SLOT_NONE && roll(dice, 2)) {
		expr->lookup.inverted = !expr->lookup.inverted;
		return "an inverted lookup";
	}
	other = set_pick(ruleset, dice);
	if (!other || other->is_map != (expr->lookup.into != SLOT_NONE))
		return NULL;
	expr->lookup.set = other->name;
	return "another set is asked";
}

static const char *rules_change(struct ruleset *ruleset, struct dice *dice)
{
	struct chain *chain = chain_pick(ruleset, dice);
	struct rule *rules, kept;
	size_t at, to;

	if (!chain || !chain->rules.count)
		return NULL;
	rules = chain->rules.items;
	at = roll(dice, (uint32_t)chain->rules.count);
	to = roll(dice, (uint32_t)chain->rules.count);
	switch (roll(dice, 3)) {
	case 0:
		kept = rules[at];
		rules[at] = rules[to];
		rules[to] = kept;
		return "two rules in each other's place";
	case 1:
		chain->rules.count--;
		return "a chain's last rule is gone";
	default:
		memmove(&rules[at], &rules[at + 1],
			(chain->rules.count - at - 1) * sizeof(*rules));
		chain->rules.count--;
		return "a rule is gone";
	}
}

static void rule_insert(struct ruleset *ruleset, struct chain *chain, struct code *code,
			struct dice *dice)
{
	size_t at = roll(dice, (uint32_t)chain->rules.count + 1);
	struct rule made;

	code_end(code, chain, NULL, (struct src){ 0 });
	made = chain->rules.items[chain->rules.count - 1];
	memmove(&chain->rules.items[at + 1], &chain->rules.items[at],
		(chain->rules.count - 1 - at) * sizeof(made));
	chain->rules.items[at] = made;
}

/* Something that a rule may begin with. */
static void match_add(struct ruleset *ruleset, struct code *code, struct dice *dice)
{
	uint32_t number = roll(dice, 2) ? roll(dice, 4) : roll(dice, 0xffffffff);
	uint8_t bytes[4];

	memcpy(bytes, &number, sizeof(bytes));
	switch (roll(dice, 10)) {
	case 0:
		code_match_ct_state(code, 1u << roll(dice, 7));
		return;
	case 1:
		code_meta(code, META_MARK, 0);
		code_cmp(code, (enum cmp_op)roll(dice, 2), 0, bytes, 4);
		return;
	case 2:
		code_ct(code, CT_MARK, 0);
		code_cmp(code, (enum cmp_op)roll(dice, 2), 0, bytes, 4);
		return;
	case 3:
		code_payload(code, PAYLOAD_NETWORK, roll(dice, 2) ? 12 : 16, 1 + roll(dice, 4), 0);
		bytes[0] = 10;
		code_cmp(code, (enum cmp_op)roll(dice, 6), 0, bytes,
			 (uint8_t)code->exprs[code->count - 1].payload.bytes);
		return;
	case 4:
		code_match_l4proto(code, roll(dice, 2) ? 6 : 17);
		code_payload(code, PAYLOAD_TRANSPORT, roll(dice, 3), 2, 0);
		code_cmp(code, (enum cmp_op)roll(dice, 6), 0, bytes, 2);
		return;
	case 5:
		code_match_ifname(code, roll(dice, 2) ? META_IIFNAME : META_OIFNAME,
				  roll(dice, 2) ? "eth1" : "eth2");
		return;
	case 6:
		code_match_nfproto(code, roll(dice, 2) ? FAMILY_V4 : FAMILY_V6);
		return;
	case 7:
		code_limit(code, 10, 5);
		return;
	case 8:
		code_payload(code, PAYLOAD_NETWORK, 6, 2, 0);
		bytes[0] = (uint8_t)roll(dice, 256);
		code_mask(code, 0, bytes, 2);
		code_cmp(code, roll(dice, 2) ? CMP_EQ : CMP_NEQ, 0, "\0\0", 2);
		return;
	default:
		return; /* nothing: of all packets */
	}
}

static const char *rule_add_somewhere(struct ruleset *ruleset, struct chain *chain,
				      struct dice *dice)
{
	static const uint8_t codes[] = { VERDICT_ACCEPT, VERDICT_DROP, VERDICT_RETURN };
	struct code code = { .ruleset = ruleset };
	uint32_t number = roll(dice, 8);

	if (!chain)
		return NULL;
	match_add(ruleset, &code, dice);
	match_add(ruleset, &code, dice);
	if (!roll(dice, 4)) {
		struct expr *expr = &code.exprs[code.count];

		expr[0] = (struct expr){ .kind = EXPR_IMMEDIATE };
		expr[0].immediate.value =
			(struct value){ (uint8_t *)arena_copy(ruleset->arena, &number, 4), 4 };
		expr[1] = (struct expr){ .kind = EXPR_META };
		expr[1].meta.key = META_MARK;
		expr[1].meta.set = true;
		if (roll(dice, 2)) {
			expr[1] = (struct expr){ .kind = EXPR_CT };
			expr[1].ct.key = CT_MARK;
			expr[1].ct.set = true;
		}
		code.count += 2;
	}
	if (!roll(dice, 8)) {
		code.exprs[code.count] = (struct expr){ .kind = EXPR_UNKNOWN };
		code.exprs[code.count++].unknown.name = roll(dice, 2) ? "notrack" : "fib";
	}
	code_verdict(&code, (enum verdict_code)codes[roll(dice, array_count(codes))], NULL);
	rule_insert(ruleset, chain, &code, dice);
	return "a rule more";
}

static const char *rule_more(struct ruleset *ruleset, struct dice *dice)
{
	return rule_add_somewhere(ruleset, chain_pick(ruleset, dice), dice);
}

/* ---- chains and tables ---- */

static const char *chain_change(struct ruleset *ruleset, struct dice *dice)
{
	static const int32_t priorities[] = { -450, -400, -300, -200, -100, 0, 100, 300 };
	struct chain *chain = base_pick(ruleset, dice);

	if (!chain)
		return NULL;
	switch (roll(dice, 3)) {
	case 0:
		if (!chain->device)
			chain->hook = (uint8_t)roll(dice, HOOK_POSTROUTING + 1);
		return "another hook";
	case 1:
		chain->priority = priorities[roll(dice, array_count(priorities))];
		return "another priority";
	default:
		chain->policy ^= VERDICT_ACCEPT ^ VERDICT_DROP;
		return "another policy";
	}
}

static const char *table_change(struct ruleset *ruleset, struct dice *dice)
{
	struct table *table = table_pick(ruleset, dice);

	if (roll(dice, 2)) {
		table->flags |= TABLE_DORMANT;
		return "a dormant table";
	}
	table->family = (uint8_t)(roll(dice, 2) ? TABLE_IP : TABLE_IP6);
	return "a table of another family";
}

static const char *table_more(struct ruleset *ruleset, struct dice *dice)
{
	static const uint8_t families[] = { TABLE_INET, TABLE_IP, TABLE_IP6 };
	struct table *table = ruleset_add_table(
		ruleset, (enum table_family)families[roll(dice, 3)], "theirs", (struct src){ 0 });
	struct chain *chain = table_add_chain(ruleset, table, "c", (struct src){ 0 });

	chain->is_base = true;
	chain->type = roll(dice, 4) ? CHAIN_FILTER : CHAIN_NAT;
	chain->hook = (uint8_t)roll(dice, HOOK_POSTROUTING + 1);
	chain->priority = (int32_t)roll(dice, 8) * 100 - 400;
	chain->policy = VERDICT_ACCEPT;
	for (unsigned i = 1 + roll(dice, 3); i > 0; i--)
		rule_add_somewhere(ruleset, chain, dice);
	return "a table more";
}

const char *mutate(struct ruleset *ruleset, struct dice *dice)
{
	static const char *(*const ways[])(struct ruleset *ruleset, struct dice *dice) = {
		expr_drop,    cmp_change,   mask_change,  load_change,	  verdict_change,
		lookup_change, rules_change, rules_change, rule_more,	  rule_more,
		chain_change, table_change, table_more,	  element_change, element_change,
		element_more, element_less, set_change,
	};

	return ways[roll(dice, array_count(ways))](ruleset, dice);
}
