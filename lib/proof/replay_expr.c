/* One expression after the other, on registers that are real bytes. */
#include <string.h>

#include "proof/replay_parts.h"

/* ---- registers ---- */

uint32_t slots_bits(uint8_t slot, unsigned bytes)
{
	unsigned count = slots_of_bytes(bytes);

	if (slot + count > SLOTS)
		return (1u << SLOTS) - 1;
	return ((1u << count) - 1) << slot;
}

static bool slot_fits(uint8_t slot, unsigned bytes)
{
	return slot * (unsigned)SLOT_BYTES + bytes <= REGISTER_BYTES;
}

bool walk_is_unsure(const struct walk *walk, uint8_t slot, unsigned bytes)
{
	return !slot_fits(slot, bytes) || walk->unsure & slots_bits(slot, bytes);
}

void walk_store(struct walk *walk, uint8_t slot, const void *bytes, unsigned count)
{
	uint8_t *at = walk->registers + slot * SLOT_BYTES;

	if (!slot_fits(slot, count))
		return;
	memset(at, 0, slots_of_bytes(count) * (size_t)SLOT_BYTES);
	memcpy(at, bytes, count);
	walk->unsure &= ~slots_bits(slot, count);
}

void walk_store_unsure(struct walk *walk, uint8_t slot, unsigned count, const char *why)
{
	if (why)
		walk->unsure_why = why;
	walk->unsure |= slots_bits(slot, count);
}

void walk_doubt(struct walk *walk, const char *why)
{
	if (!walk->in_doubt)
		walk->doubted = why;
	walk->in_doubt = true;
}

static enum outcome doubt(struct walk *walk, const struct expr *expr)
{
	walk_doubt(walk, expr_name(expr));
	return OUTCOME_GOES_ON;
}

/* What is compared is not known: that it was brought is why. */
static enum outcome doubt_content(struct walk *walk)
{
	walk_doubt(walk, walk->unsure_why ? walk->unsure_why : "register");
	return OUTCOME_GOES_ON;
}

/* ---- comparing ---- */

static enum outcome cmp_run(struct walk *walk, const struct expr *expr)
{
	unsigned count = expr->cmp.value.count;
	int order;

	if (walk_is_unsure(walk, expr->cmp.slot, count))
		return doubt_content(walk);
	order = memcmp(walk->registers + expr->cmp.slot * SLOT_BYTES, expr->cmp.value.bytes, count);
	switch ((enum cmp_op)expr->cmp.op) {
	case CMP_EQ:
		return order == 0 ? OUTCOME_GOES_ON : OUTCOME_BREAKS;
	case CMP_NEQ:
		return order != 0 ? OUTCOME_GOES_ON : OUTCOME_BREAKS;
	case CMP_LT:
		return order < 0 ? OUTCOME_GOES_ON : OUTCOME_BREAKS;
	case CMP_LTE:
		return order <= 0 ? OUTCOME_GOES_ON : OUTCOME_BREAKS;
	case CMP_GT:
		return order > 0 ? OUTCOME_GOES_ON : OUTCOME_BREAKS;
	case CMP_GTE:
		return order >= 0 ? OUTCOME_GOES_ON : OUTCOME_BREAKS;
	}
	return doubt_content(walk);
}

static enum outcome range_run(struct walk *walk, const struct expr *expr)
{
	const uint8_t *at = walk->registers + expr->range.slot * SLOT_BYTES;
	unsigned count = expr->range.first.count;
	bool inside;

	if (walk_is_unsure(walk, expr->range.slot, count) || expr->range.last.count != count)
		return doubt_content(walk);
	inside = memcmp(at, expr->range.first.bytes, count) >= 0 &&
		 memcmp(at, expr->range.last.bytes, count) <= 0;
	return inside == (expr->range.op == CMP_EQ) ? OUTCOME_GOES_ON : OUTCOME_BREAKS;
}

/* ---- computing ---- */

static uint32_t word_get(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* Whole words, with zeros for what the values do not reach. */
static void mask_xor(const struct expr *expr, const uint8_t *from, unsigned count, uint8_t *into)
{
	const struct value *mask = &expr->bitwise.mask, *flip = &expr->bitwise.flip;

	for (unsigned i = 0; i < count; i++)
		into[i] = (uint8_t)((from[i] & (i < mask->count ? mask->bytes[i] : 0)) ^
				    (i < flip->count ? flip->bytes[i] : 0));
}

/* In words of the machine, the carry going from the last to the first (left) or the other way. */
static void shift(const struct expr *expr, const uint8_t *from, unsigned count, uint8_t *into)
{
	unsigned words = count / SLOT_BYTES, bits = expr->bitwise.shift;
	bool left = expr->bitwise.op == BITWISE_LEFT;
	uint32_t carry = 0;

	for (unsigned i = 0; i < words; i++) {
		unsigned at = (left ? words - 1 - i : i) * SLOT_BYTES;
		uint32_t word = word_get(from + at);
		uint32_t moved = (left ? word << bits : word >> bits) | carry;

		carry = left ? word >> (32 - bits) : word << (32 - bits);
		memcpy(into + at, &moved, sizeof(moved));
	}
}

static enum outcome bitwise_run(struct walk *walk, const struct expr *expr)
{
	unsigned count = slots_of_bytes(expr->bitwise.bytes) * SLOT_BYTES;
	uint8_t result[REGISTER_BYTES] = { 0 };

	if (walk_is_unsure(walk, expr->bitwise.slot, count) ||
	    !slot_fits(expr->bitwise.into, count) ||
	    (expr->bitwise.op != BITWISE_MASK_XOR &&
	     (expr->bitwise.shift == 0 || expr->bitwise.shift > 31))) {
		walk_store_unsure(walk, expr->bitwise.into, count, NULL);
		return OUTCOME_GOES_ON;
	}
	if (expr->bitwise.op == BITWISE_MASK_XOR)
		mask_xor(expr, walk->registers + expr->bitwise.slot * SLOT_BYTES, count, result);
	else
		shift(expr, walk->registers + expr->bitwise.slot * SLOT_BYTES, count, result);
	walk_store(walk, expr->bitwise.into, result, count);
	return OUTCOME_GOES_ON;
}

/* Both directions turn each unit of SIZE around (the machine is little-endian, or neither does
 * anything); what is no whole unit stays as it is in the destination, so that length 0 does nothing. */
static enum outcome byteorder_run(struct walk *walk, const struct expr *expr)
{
	unsigned unit = expr->byteorder.unit_bytes;
	unsigned count = unit ? expr->byteorder.bytes / unit * unit : 0;
	const uint8_t *from = walk->registers + expr->byteorder.slot * SLOT_BYTES;
	uint8_t *into = walk->registers + expr->byteorder.into * SLOT_BYTES;
	uint8_t turned[REGISTER_BYTES];
	bool is_little = *(const uint8_t *)&(const uint16_t){ 1 };

	if (!count)
		return OUTCOME_GOES_ON;
	if (walk_is_unsure(walk, expr->byteorder.slot, count) ||
	    !slot_fits(expr->byteorder.into, count)) {
		walk_store_unsure(walk, expr->byteorder.into, count, NULL);
		return OUTCOME_GOES_ON;
	}
	for (unsigned i = 0; i < count; i++)
		turned[i] = from[is_little ? i / unit * unit + unit - 1 - i % unit : i];
	memcpy(into, turned, count);
	walk->unsure &= ~slots_bits(expr->byteorder.into, count);
	return OUTCOME_GOES_ON;
}

/* ---- setting ---- */

static enum outcome meta_set(struct walk *walk, const struct expr *expr)
{
	if (expr->meta.key == META_MARK) {
		walk->mark_unsure = walk_is_unsure(walk, expr->meta.slot, sizeof(walk->mark));
		if (!walk->mark_unsure)
			walk->mark = word_get(walk->registers + expr->meta.slot * SLOT_BYTES);
		return OUTCOME_GOES_ON;
	}
	return expr->meta.key == META_PRIORITY ? OUTCOME_GOES_ON : OUTCOME_EFFECT;
}

/* On a packet without an entry it does nothing; a zone is for one. */
static enum outcome ct_set(struct run *run, struct walk *walk, const struct stop *stop,
			   const struct expr *expr)
{
	bool unsure, has_entry = walk_has_entry(run, walk, stop, &unsure);

	if (expr->ct.key == CT_ZONE)
		return has_entry ? OUTCOME_GOES_ON : OUTCOME_EFFECT;
	if (expr->ct.key != CT_MARK)
		return OUTCOME_EFFECT;
	if (has_entry && !walk_is_unsure(walk, expr->ct.slot, sizeof(walk->ct_mark))) {
		walk->ct_mark = word_get(walk->registers + expr->ct.slot * SLOT_BYTES);
		walk->ct_mark_unsure = false;
	} else if (has_entry || unsure) {
		walk->ct_mark_unsure = true;
	}
	return OUTCOME_GOES_ON;
}

/* ---- what has only a name ---- */

enum manner {
	MANNER_TESTS,	/* goes on or breaks */
	MANNER_LOADS,	/* some register with something */
	MANNER_REFUSES,
	MANNER_UNTRACKS,
	MANNER_COUNTS,	/* and does nothing else */
	MANNER_ACTS,	/* nobody here can follow it */
};

static enum manner manner_find(const char *name)
{
	static const struct {
		const char *name;
		enum manner manner;
	} manners[] = {
		{ "quota", MANNER_TESTS },    { "connlimit", MANNER_TESTS },
		{ "match", MANNER_TESTS },    { "limit", MANNER_TESTS },
		{ "dynset", MANNER_TESTS },   { "numgen", MANNER_LOADS },
		{ "hash", MANNER_LOADS },     { "fib", MANNER_LOADS },
		{ "rt", MANNER_LOADS },	      { "socket", MANNER_LOADS },
		{ "osf", MANNER_LOADS },      { "xfrm", MANNER_LOADS },
		{ "tunnel", MANNER_LOADS },   { "inner", MANNER_LOADS },
		{ "reject", MANNER_REFUSES }, { "notrack", MANNER_UNTRACKS },
		{ "last", MANNER_COUNTS },    { "exthdr", MANNER_LOADS },
	};

	for (size_t i = 0; i < array_count(manners); i++)
		if (strcmp(manners[i].name, name) == 0)
			return manners[i].manner;
	return MANNER_ACTS;
}

static enum outcome unknown_run(struct run *run, struct walk *walk, const struct stop *stop,
				const struct expr *expr, struct verdict *ret_verdict)
{
	bool unsure;

	if (expr->kind == EXPR_EXTHDR && expr->exthdr.op != EXTHDR_LOAD)
		return OUTCOME_EFFECT;
	switch (manner_find(expr_name(expr))) {
	case MANNER_LOADS:
		walk_store_unsure(walk, 0, REGISTER_BYTES, expr_name(expr));
		return doubt(walk, expr);
	case MANNER_TESTS:
		return doubt(walk, expr);
	case MANNER_COUNTS:
		return OUTCOME_GOES_ON;
	case MANNER_REFUSES:
		*ret_verdict = (struct verdict){ .code = VERDICT_DROP };
		return OUTCOME_VERDICT;
	case MANNER_UNTRACKS: /* nothing, once there is an entry */
		if (!walk_has_entry(run, walk, stop, &unsure)) {
			if (unsure)
				return OUTCOME_EFFECT;
			walk->is_untracked = true;
		}
		return OUTCOME_GOES_ON;
	case MANNER_ACTS:
		break;
	}
	return OUTCOME_EFFECT;
}

static enum outcome objref_run(struct walk *walk, const struct expr *expr)
{
	switch ((enum object_type)expr->objref.type) {
	case OBJECT_COUNTER:
		return OUTCOME_GOES_ON;
	case OBJECT_QUOTA:
	case OBJECT_LIMIT:
		return doubt(walk, expr);
	case OBJECT_NONE: /* by a map */
	case OBJECT_CONNLIMIT:
	case OBJECT_CT_HELPER:
	case OBJECT_CT_TIMEOUT:
	case OBJECT_CT_EXPECT:
	case OBJECT_TUNNEL:
	case OBJECT_SECMARK:
	case OBJECT_SYNPROXY:
	case OBJECT_FLOWTABLE:
	case OBJECT_OTHER:
		break;
	}
	return OUTCOME_EFFECT;
}

bool expr_writes(const struct expr *expr)
{
	return (expr->kind == EXPR_META && expr->meta.set) ||
	       (expr->kind == EXPR_CT && expr->ct.set) ||
	       expr->kind == EXPR_NOTRACK;
}

const char *expr_name(const struct expr *expr)
{
	static const char *const names[EXPR_KINDS] = {
		[EXPR_META] = "meta",		[EXPR_CT] = "ct",
		[EXPR_PAYLOAD] = "payload",	[EXPR_CMP] = "cmp",
		[EXPR_BITWISE] = "bitwise",	[EXPR_BYTEORDER] = "byteorder",
		[EXPR_RANGE] = "range",		[EXPR_LOOKUP] = "lookup",
		[EXPR_IMMEDIATE] = "immediate", [EXPR_VERDICT] = "queue",
		[EXPR_COUNTER] = "counter",	[EXPR_OBJREF] = "objref",
		[EXPR_LOG] = "log",		[EXPR_LIMIT] = "limit",
		[EXPR_QUOTA] = "quota",		[EXPR_CONNLIMIT] = "connlimit",
		[EXPR_EXTHDR] = "exthdr",	[EXPR_FIB] = "fib",
		[EXPR_NUMGEN] = "numgen",	[EXPR_HASH] = "hash",
		[EXPR_SOCKET] = "socket",	[EXPR_RT] = "rt",
		[EXPR_DYNSET] = "dynset",	[EXPR_REJECT] = "reject",
		[EXPR_NAT] = "nat",		[EXPR_NOTRACK] = "notrack",
		[EXPR_QUEUE] = "queue",		[EXPR_CARRY] = "carry",
		[EXPR_LAST] = "last",
	};

	return expr->kind == EXPR_UNKNOWN ? expr->unknown.name : names[expr->kind];
}

enum outcome expr_run(struct run *run, struct walk *walk, const struct stop *stop,
		      const struct expr *expr, struct verdict *ret_verdict)
{
	switch ((enum expr_kind)expr->kind) {
	case EXPR_META:
		return expr->meta.set ? meta_set(walk, expr) : meta_load(run, walk, stop, expr);
	case EXPR_CT:
		return expr->ct.set ? ct_set(run, walk, stop, expr) : ct_load(run, walk, stop, expr);
	case EXPR_PAYLOAD:
		return payload_load(run, walk, stop, expr);
	case EXPR_CMP:
		return cmp_run(walk, expr);
	case EXPR_BITWISE:
		return bitwise_run(walk, expr);
	case EXPR_BYTEORDER:
		return byteorder_run(walk, expr);
	case EXPR_RANGE:
		return range_run(walk, expr);
	case EXPR_LOOKUP:
		return lookup_run(run, walk, stop, expr, ret_verdict);
	case EXPR_IMMEDIATE:
		walk_store(walk, expr->immediate.slot, expr->immediate.value.bytes,
			   expr->immediate.value.count);
		return OUTCOME_GOES_ON;
	case EXPR_VERDICT:
		*ret_verdict = expr->verdict;
		return OUTCOME_VERDICT;
	case EXPR_OBJREF:
		return objref_run(walk, expr);
	case EXPR_LIMIT:
		return doubt(walk, expr);
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
	case EXPR_LAST:
	case EXPR_UNKNOWN:
		return unknown_run(run, walk, stop, expr, ret_verdict);
	case EXPR_COUNTER:
	case EXPR_LOG:
	case EXPR_KINDS:
		break;
	}
	return OUTCOME_GOES_ON;
}
