/* What no box algebra follows: rules that rewrite, carry or divert packets, or write to connections.
 * Of our own tables one such rule alone is right: the mark by which a connection is known. */
#include <string.h>

#include "proof/prove_parts.h"
#include "rule/bypass.h"
#include "rule/effect.h"

enum { REFUSES = EFFECT_DROP | EFFECT_DIVERT | EFFECT_CARRY | EFFECT_ANY };

static bool is_own_mark(const struct bypass *bypass)
{
	bool any = false;

	if (bypass->kind != BYPASS_MARK || !bypass->rule || bypass->table->family != TABLE_INET)
		return false;
	for (size_t i = 0; i < bypass->rule->count; i++) {
		const struct expr *expr = &bypass->rule->exprs[i];

		if (expr->kind == EXPR_CT && expr->ct.set && expr->ct.key != CT_MARK)
			return false;
		if (expr->kind == EXPR_OBJREF && expr->objref.type != OBJECT_COUNTER)
			return false;
		any |= expr->kind == EXPR_CT && expr->ct.set;
	}
	return any;
}

static void bypasses_judge(struct proving *proving)
{
	const struct proof_question *question = proving->question;
	struct bypasses bypasses;

	bypass_find(question->ruleset, &bypasses);
	vec_each(bypass, &bypasses.list)
		if (bypass->critical && !(strcmp(bypass->table->name, question->own) == 0 &&
					  is_own_mark(bypass)))
			finding_add(proving, (struct proof_finding){
						     .kind = PROOF_CARRIES,
						     .by = { bypass->table, bypass->chain,
							     bypass->rule },
						     .what = bypass->what });
	bypasses_done(&bypasses);
}

/* A frame may come by another device before it comes by the zone's (a trunk, a bond, a bridge):
 * which lies below which nobody can read from rules. */
static bool is_claimed(const struct proof_question *question, const char *device)
{
	wide name = dim_of_name(device);

	for (unsigned path = 0; path < PATHS; path++)
		if (question->claims[path])
			vec_each(known, &question->claims[path]->names)
				if (*known == name)
					return true;
	return false;
}

static bool table_refuses(const struct table *table)
{
	vec_each(set, &table->sets)
		if ((*set)->is_map && (*set)->data == DATUM_VERDICT)
			return true;
	vec_each(chain, &table->chains) {
		if ((*chain)->is_base && (*chain)->policy == VERDICT_DROP)
			return true;
		vec_each(rule, &(*chain)->rules)
			for (size_t i = 0; i < rule->count; i++)
				if (expr_effect(table, &rule->exprs[i]).bits & REFUSES)
					return true;
	}
	return false;
}

static bool chain_marks(const struct chain *chain)
{
	vec_each(rule, &chain->rules)
		for (size_t i = 0; i < rule->count; i++)
			if (rule->exprs[i].kind == EXPR_META && rule->exprs[i].meta.set &&
			    rule->exprs[i].meta.key == META_MARK)
				return true;
	return false;
}

static bool table_marks(const struct table *table)
{
	vec_each(chain, &table->chains)
		if (chain_marks(*chain))
			return true;
	return false;
}

static void chain_judge(struct proving *proving, const struct table *table,
			const struct chain *chain)
{
	struct proof_finding finding = { .by = { table, chain, NULL } };

	if (!chain->is_base)
		return;
	/* what changes the mark there is routed anew, and may leave elsewhere */
	if (chain->type == CHAIN_ROUTE && table_marks(table)) {
		finding.kind = PROOF_CARRIES;
		finding.what = "type route, meta mark set";
		finding_add(proving, finding);
	}
	if (chain->device && !is_claimed(proving->question, chain->device) &&
	    table_refuses(table)) {
		finding.kind = PROOF_MAY_STOP;
		finding.what = chain->device;
		finding_add(proving, finding);
	}
}

void others_judge(struct proving *proving)
{
	bypasses_judge(proving);
	vec_each(table, &proving->question->ruleset->tables)
		if (!((*table)->flags & TABLE_DORMANT))
			vec_each(chain, &(*table)->chains)
				chain_judge(proving, *table, *chain);
}
