/* What was read of a dump, held against what a kernel would take: whoever runs these rules counts on
 * it, and a file can say anything. See dump_parts.h. */
#include <string.h>

#include "base/lang.h"
#include "base/map.h"
#include "rule/dump_parts.h"

/* The kernel takes 16 calls in each other (NFT_JUMP_STACK_SIZE); a map on the way counts here. */
enum { CALLS_MOST = 40 };

enum mark { MARK_NEW, MARK_OPEN, MARK_DONE };

struct node { /* a chain, or a set that calls chains */
	const struct chain *chain;
	const struct set *set;
	enum mark mark;
};

struct checking {
	struct arena *arena;
	struct errs *errs;
	const struct table *table;
	struct map chains, sets; /* nodes */
	struct src at;
};

static bool fail(struct checking *checking, const char *message, const char *what)
{
	struct buf shown = { 0 };

	if (what)
		dump_text_write(&shown, what);
	dump_fail(checking->errs, checking->at, message, buf_text(&shown));
	buf_done(&shown);
	return false;
}

/* ---- names ---- */

static bool node_add(struct checking *checking, struct map *map, const char *name,
		     const struct node *like, struct src at)
{
	struct node *node = arena_make(checking->arena, struct node);

	checking->at = at;
	if (!name)
		return fail(checking, _("a name is missing"), NULL);
	*node = *like;
	if (!map_add_text(checking->arena, map, name, node))
		return fail(checking, _("there are two of the name %s"), name);
	return true;
}

static bool names_check(struct checking *checking)
{
	const struct table *table = checking->table;

	vec_each(chain, &table->chains)
		if (!node_add(checking, &checking->chains, (*chain)->name,
			      &(struct node){ .chain = *chain }, (*chain)->src))
			return false;
	vec_each(set, &table->sets)
		if (!node_add(checking, &checking->sets, (*set)->name,
			      &(struct node){ .set = *set }, (*set)->src))
			return false;
	vec_each(object, &table->objects) {
		checking->at = (*object)->src;
		if (!(*object)->name)
			return fail(checking, _("a name is missing"), NULL);
	}
	return true;
}

static bool tables_check(struct checking *checking, const struct ruleset *ruleset)
{
	struct map names[TABLE_BRIDGE + 1] = { { 0 } };

	vec_each(table, &ruleset->tables)
		if (!node_add(checking, &names[(*table)->family], (*table)->name,
			      &(struct node){ 0 }, (*table)->src))
			return false;
	return true;
}

/* ---- expressions ---- */

static bool fits(unsigned slot, size_t bytes)
{
	return slot < SLOTS && bytes <= SLOTS * SLOT_BYTES &&
	       slot * SLOT_BYTES + bytes <= SLOTS * SLOT_BYTES;
}

static bool value_fits(unsigned slot, const struct value *value)
{
	return value->count && fits(slot, value->count);
}

static bool verdict_check(struct checking *checking, const struct verdict *verdict)
{
	if (verdict->code != VERDICT_JUMP && verdict->code != VERDICT_GOTO)
		return true;
	if (!verdict->chain)
		return fail(checking, _("a name is missing"), NULL);
	if (!map_find_text(&checking->chains, verdict->chain))
		return fail(checking, _("there is no chain %s in this table"), verdict->chain);
	return true;
}

/* What a hit leaves: nothing, a verdict, or data in registers. */
static bool result_fits(const struct set *set, unsigned into)
{
	if (into == SLOT_NONE)
		return true;
	if (!set->is_map)
		return false;
	if (set->data == DATUM_VERDICT || into == SLOT_VERDICT)
		return set->data == DATUM_VERDICT && into == SLOT_VERDICT;
	return fits(into, set->data == DATUM_MARK ? sizeof(uint32_t) : set->data_bytes);
}

static bool lookup_check(struct checking *checking, const struct expr *expr)
{
	const struct node *node;

	if (!expr->lookup.set)
		return fail(checking, _("a name is missing"), NULL);
	node = map_find_text(&checking->sets, expr->lookup.set);
	if (!node)
		return fail(checking, _("there is no set %s in this table"), expr->lookup.set);
	if (fits(expr->lookup.slot, node->set->key_bytes) &&
	    result_fits(node->set, expr->lookup.into))
		return true;
	return fail(checking, _("no kernel has such registers"), NULL);
}

static bool is_named(struct checking *checking, const char *name)
{
	return name ? true : fail(checking, _("a name is missing"), NULL);
}

static bool registers_fit(const struct expr *expr)
{
	switch ((enum expr_kind)expr->kind) {
	case EXPR_META:
		return fits(expr->meta.slot, expr->meta.set ? SLOT_BYTES : expr_load_bytes(expr));
	case EXPR_CT: /* an address is as long as the table's family has it */
		return fits(expr->ct.slot, size_min(expr_load_bytes(expr), SLOT_BYTES));
	case EXPR_PAYLOAD:
		return fits(expr->payload.slot, expr->payload.bytes);
	case EXPR_CMP:
		return value_fits(expr->cmp.slot, &expr->cmp.value);
	case EXPR_BITWISE:
		return fits(expr->bitwise.slot, expr->bitwise.bytes) &&
		       fits(expr->bitwise.into, expr->bitwise.bytes);
	case EXPR_BYTEORDER:
		return fits(expr->byteorder.slot, expr->byteorder.bytes) &&
		       fits(expr->byteorder.into, expr->byteorder.bytes) &&
		       expr->byteorder.unit_bytes <= sizeof(uint64_t);
	case EXPR_RANGE:
		return value_fits(expr->range.slot, &expr->range.first) &&
		       value_fits(expr->range.slot, &expr->range.last);
	case EXPR_IMMEDIATE:
		return value_fits(expr->immediate.slot, &expr->immediate.value);
	case EXPR_LOOKUP:
	case EXPR_VERDICT:
	case EXPR_COUNTER:
	case EXPR_OBJREF:
	case EXPR_LOG:
	case EXPR_LIMIT:
	case EXPR_QUOTA:
	case EXPR_CONNLIMIT:
	case EXPR_EXTHDR: /* those who follow rules ask effect.h, which stays within */
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
	case EXPR_LAST:
	case EXPR_UNKNOWN:
	case EXPR_KINDS:
		break;
	}
	return true;
}

static bool expr_check(struct checking *checking, const struct expr *expr)
{
	if (!registers_fit(expr))
		return fail(checking, _("no kernel has such registers"), NULL);
	if (expr->kind == EXPR_LOOKUP)
		return lookup_check(checking, expr);
	if (expr->kind == EXPR_VERDICT)
		return verdict_check(checking, &expr->verdict);
	if (expr->kind == EXPR_OBJREF && !expr->objref.set)
		return is_named(checking, expr->objref.name);
	if (expr->kind == EXPR_UNKNOWN)
		return is_named(checking, expr->unknown.name);
	return true;
}

static bool chain_check(struct checking *checking, const struct chain *chain)
{
	checking->at = chain->src;
	if (chain->policy != VERDICT_ACCEPT && chain->policy != VERDICT_DROP)
		return fail(checking, _("a chain's policy is accept or drop"), NULL);
	vec_each(rule, &chain->rules) {
		checking->at = rule->src;
		for (size_t i = 0; i < rule->count; i++) {
			checking->at.line++;
			if (!expr_check(checking, &rule->exprs[i]))
				return false;
		}
	}
	return true;
}

static bool set_check(struct checking *checking, const struct set *set)
{
	bool has_rest = false;

	checking->at = set->src;
	if (set->data_bytes > SLOTS * SLOT_BYTES)
		return fail(checking, _("no kernel has such registers"), NULL);
	vec_each(element, &set->elements) {
		checking->at = element->src;
		if (!element->key && has_rest)
			return fail(checking, _("a set has one element without a key"), NULL);
		has_rest |= !element->key;
		if (!set->is_map)
			continue;
		if (set->data == DATUM_VERDICT && !verdict_check(checking, &element->verdict))
			return false;
		if (set->data != DATUM_VERDICT && set->data != DATUM_MARK && !element->bytes)
			return fail(checking, _("the element of a map has data"), NULL);
	}
	return true;
}

/* ---- circles ---- */

static bool node_walk(struct checking *checking, struct node *node, unsigned depth);

static bool verdict_walk(struct checking *checking, const struct verdict *verdict, unsigned depth)
{
	if (verdict->code != VERDICT_JUMP && verdict->code != VERDICT_GOTO)
		return true;
	return node_walk(checking, map_find_text(&checking->chains, verdict->chain), depth + 1);
}

static bool chain_walk(struct checking *checking, const struct chain *chain, unsigned depth)
{
	vec_each(rule, &chain->rules)
		for (size_t i = 0; i < rule->count; i++) {
			const struct expr *expr = &rule->exprs[i];
			struct node *set;

			if (expr->kind == EXPR_VERDICT &&
			    !verdict_walk(checking, &expr->verdict, depth))
				return false;
			if (expr->kind != EXPR_LOOKUP || expr->lookup.into != SLOT_VERDICT)
				continue;
			set = map_find_text(&checking->sets, expr->lookup.set);
			if (!node_walk(checking, set, depth + 1))
				return false;
		}
	return true;
}

static bool set_walk(struct checking *checking, const struct set *set, unsigned depth)
{
	vec_each(element, &set->elements)
		if (!verdict_walk(checking, &element->verdict, depth))
			return false;
	return true;
}

static bool node_walk(struct checking *checking, struct node *node, unsigned depth)
{
	bool good;

	if (node->mark == MARK_DONE)
		return true;
	checking->at = node->chain ? node->chain->src : node->set->src;
	if (node->mark == MARK_OPEN || depth > CALLS_MOST)
		return fail(checking, _("chains call each other in a circle, or too deep"), NULL);
	node->mark = MARK_OPEN;
	good = node->chain ? chain_walk(checking, node->chain, depth)
			   : set_walk(checking, node->set, depth);
	node->mark = MARK_DONE;
	return good;
}

/* As the kernel: what no hook reaches may be as it likes. */
static bool circles_check(struct checking *checking)
{
	vec_each(chain, &checking->table->chains)
		if ((*chain)->is_base &&
		    !node_walk(checking, map_find_text(&checking->chains, (*chain)->name), 0))
			return false;
	return true;
}

/* ---- the whole ---- */

static bool table_check(struct checking *checking)
{
	const struct table *table = checking->table;

	if (!names_check(checking))
		return false;
	vec_each(set, &table->sets)
		if (!set_check(checking, *set))
			return false;
	vec_each(chain, &table->chains)
		if (!chain_check(checking, *chain))
			return false;
	return circles_check(checking);
}

bool dump_check(const struct ruleset *ruleset, struct errs *errs)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct checking checking = { .arena = arena, .errs = errs };

	if (!tables_check(&checking, ruleset))
		return false;
	vec_each(table, &ruleset->tables) {
		checking.table = *table;
		checking.chains = checking.sets = (struct map){ 0 };
		if (!table_check(&checking))
			return false;
	}
	return true;
}
