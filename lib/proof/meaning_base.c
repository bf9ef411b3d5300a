/* The base chains that packets meet on a path, in their order, and what is to be known of the rules
 * as a whole before any packet is sent through them: who writes marks, and whether a kernel could
 * hold such rules at all. */
#include <stdlib.h>
#include <string.h>

#include "proof/meaning_parts.h"

/* The order among chains of nat is theirs; all of them together stand here. */
enum { NAT_DST_PRIORITY = -100, NAT_SRC_PRIORITY = 100 };
enum { FRAG_AT = 6, FRAG_BYTES = 2 };

static const enum hook path_hooks[PATHS][5] = {
	[PATH_FORWARD] = { HOOK_INGRESS, HOOK_PREROUTING, HOOK_FORWARD, HOOK_POSTROUTING,
			   HOOK_EGRESS },
	[PATH_INPUT] = { HOOK_INGRESS, HOOK_PREROUTING, HOOK_INPUT, HOOK_INPUT, HOOK_INPUT },
	[PATH_OUTPUT] = { HOOK_OUTPUT, HOOK_POSTROUTING, HOOK_EGRESS, HOOK_EGRESS, HOOK_EGRESS },
};
const enum hook deciding_hooks[PATHS] = { HOOK_FORWARD, HOOK_INPUT, HOOK_OUTPUT };

/* Where on the path, counted from its beginning; -1: it does not pass there. */
static int hook_rank(enum path path, enum hook hook)
{
	for (int i = 0; i < 5; i++)
		if (path_hooks[path][i] == hook)
			return i;
	return -1;
}

/* What nat registers with the hook is one function for all its chains (nf_nat_register_fn). */
static int32_t true_priority(const struct chain *chain)
{
	if (chain->type != CHAIN_NAT)
		return chain->priority;
	return chain->hook == HOOK_PREROUTING || chain->hook == HOOK_OUTPUT ? NAT_DST_PRIORITY
									    : NAT_SRC_PRIORITY;
}

static bool is_on_path(const struct table *table)
{
	return table->family == TABLE_INET || table->family == TABLE_IP ||
	       table->family == TABLE_IP6 || table->family == TABLE_NETDEV;
}

static enum path sort_path;

static int base_compare(const void *a_ptr, const void *b_ptr)
{
	const struct chain *a = ((const struct base *)a_ptr)->chain;
	const struct chain *b = ((const struct base *)b_ptr)->chain;
	int by_hook = hook_rank(sort_path, (enum hook)a->hook) -
		      hook_rank(sort_path, (enum hook)b->hook);
	int32_t first = true_priority(a), second = true_priority(b);

	if (by_hook)
		return by_hook;
	if (first == second && a->type == CHAIN_NAT && b->type == CHAIN_NAT) {
		first = a->priority;
		second = b->priority;
	}
	return (first > second) - (first < second);
}

/* ---- what the rules do ---- */

static bool is_room(unsigned slot, unsigned bytes)
{
	return slot < SLOTS && slot * SLOT_BYTES + slots_of_bytes(bytes) * SLOT_BYTES <= CELLS;
}

/* Does it stay within the registers? (A lookup is seen with its set.) */
static bool expr_fits(const struct expr *expr)
{
	switch ((enum expr_kind)expr->kind) {
	case EXPR_META:
		return is_room(expr->meta.slot, expr->meta.set ? WRITTEN_BYTES : expr_load_bytes(expr));
	case EXPR_CT:
		return is_room(expr->ct.slot, expr->ct.set ? WRITTEN_BYTES : expr_load_bytes(expr));
	case EXPR_PAYLOAD:
		return is_room(expr->payload.slot, expr->payload.bytes < CELLS ? expr->payload.bytes
									       : CELLS + 1);
	case EXPR_CMP:
		return expr->cmp.value.count && is_room(expr->cmp.slot, expr->cmp.value.count);
	case EXPR_RANGE:
		return expr->range.first.count && is_room(expr->range.slot, expr->range.first.count) &&
		       expr->range.first.count == expr->range.last.count;
	case EXPR_IMMEDIATE:
		return is_room(expr->immediate.slot, expr->immediate.value.count);
	case EXPR_BITWISE:
		return expr->bitwise.bytes <= CELLS &&
		       is_room(expr->bitwise.slot, expr->bitwise.bytes) &&
		       is_room(expr->bitwise.into, expr->bitwise.bytes);
	case EXPR_BYTEORDER:
		return expr->byteorder.bytes <= CELLS &&
		       is_room(expr->byteorder.slot, expr->byteorder.bytes) &&
		       is_room(expr->byteorder.into, expr->byteorder.bytes);
	case EXPR_LOOKUP:
	case EXPR_VERDICT:
	case EXPR_COUNTER:
	case EXPR_OBJREF:
	case EXPR_LOG:
	case EXPR_LIMIT:
	case EXPR_QUOTA:
	case EXPR_CONNLIMIT:
	case EXPR_EXTHDR: /* what they write is known to stay within (rule/effect.h) */
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

static bool expr_writes(const struct expr *expr, unsigned written)
{
	if (written == WRITTEN_MARK)
		return expr->kind == EXPR_META && expr->meta.set && expr->meta.key == META_MARK;
	return expr->kind == EXPR_CT && expr->ct.set && expr->ct.key == CT_MARK;
}

static bool expr_calls(const struct expr *expr)
{
	return (expr->kind == EXPR_VERDICT && expr->verdict.chain) ||
	       (expr->kind == EXPR_LOOKUP && expr->lookup.into == SLOT_VERDICT);
}

static bool chain_has(const struct chain *chain, unsigned written, bool *ret_calls)
{
	bool writes = false;

	*ret_calls = false;
	vec_each(rule, &chain->rules)
		for (size_t i = 0; i < rule->count; i++) {
			writes |= expr_writes(&rule->exprs[i], written);
			*ret_calls |= expr_calls(&rule->exprs[i]);
		}
	return writes;
}

/* By itself, or by any chain of the table if it calls one. */
static bool base_writes(const struct base *base, unsigned written)
{
	bool calls, any;

	if (chain_has(base->chain, written, &calls))
		return true;
	if (calls)
		vec_each(chain, &base->table->chains)
			if (chain_has(*chain, written, &any))
				return true;
	return false;
}

/* Which bits of an IPv4 packet's flags and offset the expression brings: those a mask right behind
 * it lets through. */
static uint16_t frag_seen(const struct rule *rule, size_t at)
{
	const struct expr *load = &rule->exprs[at], *mask = load + 1;
	uint32_t from = load->payload.offset, to = from + load->payload.bytes;
	uint16_t bits = 0;

	if (load->kind != EXPR_PAYLOAD || load->payload.set ||
	    load->payload.base != PAYLOAD_NETWORK)
		return 0;
	for (uint32_t byte = FRAG_AT; byte < FRAG_AT + FRAG_BYTES; byte++) {
		uint8_t seen = 0xff;

		if (byte < from || byte >= to)
			continue;
		if (at + 1 < rule->count && mask->kind == EXPR_BITWISE &&
		    mask->bitwise.op == BITWISE_MASK_XOR &&
		    mask->bitwise.slot == load->payload.slot &&
		    mask->bitwise.into == load->payload.slot &&
		    mask->bitwise.bytes >= load->payload.bytes &&
		    mask->bitwise.mask.count >= load->payload.bytes)
			seen = mask->bitwise.mask.bytes[byte - from];
		bits |= (uint16_t)(seen << (byte == FRAG_AT ? 8 : 0));
	}
	return bits;
}

static void rules_look(struct meaning *meaning, const struct table *table)
{
	vec_each(chain, &table->chains)
		vec_each(rule, &(*chain)->rules)
			for (size_t i = 0; i < rule->count; i++) {
				meaning->is_odd |= !expr_fits(&rule->exprs[i]);
				meaning->frag_bits |= frag_seen(rule, i);
			}
}

/* ---- the whole ---- */

/* A chain for devices that has none is kept, and does nothing. */
static bool is_hooked(const struct chain *chain)
{
	return chain->device || (chain->hook != HOOK_INGRESS && chain->hook != HOOK_EGRESS);
}

static void table_add(struct meaning *meaning, const struct table *table)
{
	struct map *chains = arena_make(meaning->arena, struct map);

	rules_look(meaning, table);
	vec_each(chain, &table->chains)
		map_add_text(meaning->arena, chains, (*chain)->name, *chain);
	vec_each(chain, &table->chains)
		if ((*chain)->is_base && is_hooked(*chain) &&
		    hook_rank(meaning->path, (enum hook)(*chain)->hook) >= 0)
			*vec_add(meaning->arena, &meaning->bases) = (struct base){
				table, *chain, chains,
				(*chain)->device ? dim_of_name((*chain)->device) : 0
			};
}

/* At one priority nobody knows who is asked first: not what the dump says, which is by age of the
 * tables; nor the age, after one of them was dormant. */
static bool is_tied(const struct base *a, const struct base *b)
{
	return a->chain->hook == b->chain->hook &&
	       true_priority(a->chain) == true_priority(b->chain) &&
	       !(a->chain->device && b->chain->device &&
		 strcmp(a->chain->device, b->chain->device) != 0);
}

static void writers_find(struct meaning *meaning, unsigned written)
{
	int deciding = hook_rank(meaning->path, deciding_hooks[meaning->path]);

	for (size_t i = 0; i < meaning->bases.count; i++) {
		const struct base *base = &meaning->bases.items[i];
		bool writes = base_writes(base, written);

		meaning->before[written] |=
			writes &&
			hook_rank(meaning->path, (enum hook)base->chain->hook) < deciding;
		for (size_t j = 0; j < meaning->bases.count; j++)
			meaning->tied[written] |= writes && j != i &&
						  is_tied(base, &meaning->bases.items[j]);
	}
}

void bases_fill(struct meaning *meaning)
{
	vec_each(table, &meaning->ruleset->tables)
		if (is_on_path(*table) && !((*table)->flags & TABLE_DORMANT))
			table_add(meaning, *table);
	sort_path = meaning->path;
	if (meaning->bases.count)
		qsort(meaning->bases.items, meaning->bases.count, sizeof(struct base), base_compare);
	for (unsigned written = 0; written < WRITTENS; written++)
		writers_find(meaning, written);
}

bool meaning_writes_before(const struct meaning *meaning, enum dim dim)
{
	return meaning->before[dim == DIM_MARK ? WRITTEN_MARK : WRITTEN_CT_MARK];
}

uint16_t meaning_frag_bits(const struct meaning *meaning)
{
	return meaning->frag_bits;
}
