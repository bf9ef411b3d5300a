/* See effect.h. Behind each line stands an eval function of the kernel's net/netfilter/nft_*.c:
 * where it sets the verdict, and what it writes. */
#include "rule/effect.h"

#include <string.h>

enum {
	VERDICTS = EFFECT_ACCEPT | EFFECT_DROP | EFFECT_BRANCH | EFFECT_DIVERT,
	WHOLE = SLOTS * SLOT_BYTES,
};

/* What we never decode, and what comes in a form newer than we are. */
static const struct {
	const char *name;
	uint32_t bits;
	bool writes; /* to registers */
} names[] = {
	{ "bitwise", 0, true },
	{ "byteorder", 0, true },
	{ "cmp", EFFECT_BREAK, false },
	{ "connlimit", EFFECT_BREAK | EFFECT_DROP, false },
	{ "counter", 0, false },
	{ "dup", EFFECT_COPY, false },
	{ "dynset", EFFECT_BREAK | EFFECT_DROP | EFFECT_SET, false },
	{ "fib", EFFECT_BREAK | EFFECT_DROP, true },
	{ "flow_offload", EFFECT_BREAK | EFFECT_CARRY, false },
	{ "fwd", EFFECT_CARRY | EFFECT_DROP | EFFECT_PACKET, false },
	{ "hash", 0, true },
	{ "inner", EFFECT_BREAK, true },
	{ "last", 0, false },
	{ "limit", EFFECT_BREAK, false },
	{ "log", 0, false },
	{ "masq", EFFECT_ACCEPT | EFFECT_DROP | EFFECT_PACKET, false },
	{ "match", EFFECT_BREAK | EFFECT_DROP, false }, /* of xtables */
	{ "nat", EFFECT_ACCEPT | EFFECT_DROP | EFFECT_PACKET, false },
	{ "notrack", EFFECT_UNTRACK, false },
	{ "numgen", 0, true },
	{ "osf", EFFECT_BREAK, true },
	{ "queue", EFFECT_DIVERT, false },
	{ "quota", EFFECT_BREAK, false },
	{ "range", EFFECT_BREAK, false },
	{ "redir", EFFECT_ACCEPT | EFFECT_DROP | EFFECT_PACKET, false },
	{ "reject", EFFECT_DROP, false },
	{ "rt", EFFECT_BREAK, true },
	{ "socket", EFFECT_BREAK, true },
	{ "synproxy", EFFECT_BREAK | EFFECT_DROP | EFFECT_DIVERT, false },
	{ "tproxy", EFFECT_BREAK | EFFECT_DIVERT, false },
	{ "tunnel", EFFECT_BREAK, true },
	{ "xfrm", EFFECT_BREAK, true },
	/* What is not here may do anything: meta, ct, payload, exthdr, objref, lookup and immediate
	 * in a newer form may write what they write today; a target of xtables is known to its bytes. */
};

static struct effect effect_make(uint32_t bits, uint8_t slot, unsigned bytes)
{
	unsigned slots = slots_of_bytes(bytes);

	if (slot >= SLOTS || !slots)
		return (struct effect){ .bits = bits };
	return (struct effect){ bits, slot, (uint8_t)size_min(slots, (size_t)(SLOTS - slot)) };
}

/* Where it writes to but not how far: as far as there are registers. */
static struct effect unknown_effect(const struct expr *expr)
{
	for (size_t i = 0; i < array_count(names); i++)
		if (strcmp(names[i].name, expr->unknown.name) == 0)
			return effect_make(names[i].bits,
					   expr->unknown.into < SLOTS ? expr->unknown.into : 0,
					   names[i].writes ? WHOLE : 0);
	return (struct effect){ EFFECT_ANY, 0, SLOTS };
}

static struct effect load_or_set(const struct expr *expr, bool set, uint8_t slot, uint32_t bits)
{
	if (set)
		return (struct effect){ .bits = bits };
	return effect_make(EFFECT_BREAK, slot, expr_load_bytes(expr));
}

static uint32_t meta_set_bits(enum meta_key key)
{
	if (key == META_MARK)
		return EFFECT_MARK;
	if (key == META_PKTTYPE || key == META_BROUTE || key == META_BRIDGE_HWADDR)
		return EFFECT_TYPE;
	return EFFECT_META;
}

static uint32_t verdict_bits(const struct verdict *verdict)
{
	switch ((enum verdict_code)verdict->code) {
	case VERDICT_ACCEPT:
		return EFFECT_ACCEPT;
	case VERDICT_DROP:
		return EFFECT_DROP;
	case VERDICT_QUEUE:
		return EFFECT_DIVERT;
	case VERDICT_CONTINUE:
	case VERDICT_RETURN:
	case VERDICT_JUMP:
	case VERDICT_GOTO:
		return EFFECT_BRANCH;
	case VERDICT_NONE:
		break;
	}
	return VERDICTS;
}

static uint32_t exprs_bits(const struct table *table, const struct exprs *exprs)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < exprs->count; i++)
		bits |= expr_effect(table, &exprs->items[i]).bits;
	return bits;
}

/* An element may carry a limit, and so not match although it is there. */
static struct effect lookup_effect(const struct table *table, const struct expr *expr)
{
	const struct set *set = table_find_set(table, expr->lookup.set);
	uint32_t bits = EFFECT_BREAK;

	if (set)
		bits |= exprs_bits(table, &set->exprs);
	if (expr->lookup.into == SLOT_VERDICT)
		bits |= VERDICTS;
	if (!set || !set->is_map)
		return effect_make(bits, expr->lookup.into, WHOLE);
	return effect_make(bits, expr->lookup.into, set->data_bytes ? set->data_bytes : 4);
}

static uint32_t object_bits(enum object_type type)
{
	switch (type) {
	case OBJECT_COUNTER:
		return 0;
	case OBJECT_QUOTA:
	case OBJECT_LIMIT:
		return EFFECT_BREAK;
	case OBJECT_CONNLIMIT:
		return EFFECT_BREAK | EFFECT_DROP;
	case OBJECT_CT_HELPER:
	case OBJECT_CT_TIMEOUT:
	case OBJECT_CT_EXPECT: /* lets another connection come as one of this */
		return EFFECT_BREAK | EFFECT_CT;
	case OBJECT_TUNNEL:
	case OBJECT_SECMARK:
		return EFFECT_META;
	case OBJECT_SYNPROXY:
		return EFFECT_BREAK | EFFECT_DROP | EFFECT_DIVERT;
	case OBJECT_FLOWTABLE: /* flow_offload */
		return EFFECT_BREAK | EFFECT_CARRY;
	case OBJECT_NONE:
	case OBJECT_OTHER:
		break;
	}
	return EFFECT_ANY;
}

static struct effect objref_effect(const struct table *table, const struct expr *expr)
{
	enum object_type type = expr->objref.type;
	uint32_t bits = 0;

	if (!expr->objref.name) { /* the map has its key, or not */
		const struct set *set =
			expr->objref.set ? table_find_set(table, expr->objref.set) : NULL;

		type = set ? set->object : OBJECT_NONE;
		bits = EFFECT_BREAK;
	}
	bits |= object_bits(type);
	return (struct effect){ bits, 0, bits & EFFECT_ANY ? SLOTS : 0 };
}

static struct effect exthdr_effect(const struct expr *expr)
{
	if (expr->exthdr.op != EXTHDR_LOAD)
		return (struct effect){ .bits = EFFECT_BREAK | EFFECT_DROP | EFFECT_PACKET };
	/* asked whether it is there, it still breaks on packets of another family */
	return effect_make(EFFECT_BREAK, expr->exthdr.slot,
			   expr->exthdr.present ? 1 : expr->exthdr.bytes);
}

static struct effect fib_effect(const struct expr *expr)
{
	bool name = expr->fib.result == FIB_OIFNAME && !(expr->fib.flags & FIB_PRESENT);

	/* dropped where it is asked of a packet that is no IP at all */
	return effect_make(EFFECT_BREAK | EFFECT_DROP, expr->fib.slot, name ? 16 : 4);
}

static unsigned rt_bytes(enum rt_key key)
{
	return key == RT_NEXTHOP6 ? 16 : 4;
}

struct effect expr_effect(const struct table *table, const struct expr *expr)
{
	switch ((enum expr_kind)expr->kind) {
	case EXPR_META:
		return load_or_set(expr, expr->meta.set, expr->meta.slot,
				   meta_set_bits(expr->meta.key));
	case EXPR_CT:
		return load_or_set(expr, expr->ct.set, expr->ct.slot,
				   expr->ct.key == CT_ZONE ? EFFECT_CT | EFFECT_DROP : EFFECT_CT);
	case EXPR_PAYLOAD:
		return load_or_set(expr, expr->payload.set, expr->payload.slot,
				   EFFECT_BREAK | EFFECT_PACKET);
	case EXPR_EXTHDR:
		return exthdr_effect(expr);
	case EXPR_CMP:
	case EXPR_RANGE:
	case EXPR_LIMIT:
	case EXPR_QUOTA:
		return (struct effect){ .bits = EFFECT_BREAK };
	case EXPR_CONNLIMIT:
		return (struct effect){ .bits = EFFECT_BREAK | EFFECT_DROP };
	case EXPR_BITWISE:
		return effect_make(0, expr->bitwise.into, expr->bitwise.bytes);
	case EXPR_BYTEORDER:
		return effect_make(0, expr->byteorder.into, expr->byteorder.bytes);
	case EXPR_LOOKUP:
		return lookup_effect(table, expr);
	case EXPR_IMMEDIATE:
		return effect_make(0, expr->immediate.slot, expr->immediate.value.count);
	case EXPR_VERDICT:
		return (struct effect){ .bits = verdict_bits(&expr->verdict) };
	case EXPR_COUNTER:
	case EXPR_LOG:
	case EXPR_LAST:
		return (struct effect){ 0 };
	case EXPR_OBJREF:
		return objref_effect(table, expr);
	case EXPR_REJECT:
		return (struct effect){ .bits = EFFECT_DROP };
	case EXPR_FIB:
		return fib_effect(expr);
	case EXPR_NUMGEN:
		return effect_make(0, expr->numgen.slot, 4);
	case EXPR_HASH:
		return effect_make(0, expr->hash.into, 4);
	case EXPR_SOCKET:
		return effect_make(EFFECT_BREAK, expr->socket.slot,
				   expr->socket.key == SOCKET_CGROUP ? 8 : 4);
	case EXPR_RT:
		return effect_make(EFFECT_BREAK, expr->rt.slot, rt_bytes(expr->rt.key));
	case EXPR_DYNSET:
		return (struct effect){ .bits = EFFECT_BREAK | EFFECT_SET |
						exprs_bits(table, &expr->dynset.exprs) };
	case EXPR_NAT:
		return (struct effect){ .bits = EFFECT_ACCEPT | EFFECT_DROP | EFFECT_PACKET };
	case EXPR_NOTRACK:
		return (struct effect){ .bits = EFFECT_UNTRACK };
	case EXPR_QUEUE:
		return (struct effect){ .bits = EFFECT_DIVERT };
	case EXPR_CARRY:
		return (struct effect){ .bits = expr->carry.type == CARRY_FWD ?
							EFFECT_CARRY | EFFECT_DROP | EFFECT_PACKET :
							EFFECT_COPY };
	case EXPR_UNKNOWN:
		return unknown_effect(expr);
	case EXPR_KINDS:
		break;
	}
	return (struct effect){ EFFECT_ANY, 0, SLOTS };
}
