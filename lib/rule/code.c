/* See code.h. A rule longer than CODE_EXPRS_MOST is a mistake of ours and ends the program. */
#include "rule/code.h"

#include <stdlib.h>
#include <string.h>

static struct expr *code_add(struct code *code, enum expr_kind kind)
{
	struct expr *expr;

	if (code->count == CODE_EXPRS_MOST)
		abort();
	expr = &code->exprs[code->count++];
	*expr = (struct expr){ .kind = (uint8_t)kind };
	return expr;
}

static struct value code_value(struct code *code, const void *bytes, uint8_t count)
{
	return (struct value){ (uint8_t *)arena_copy(code->ruleset->arena, bytes, count), count };
}

static uint8_t slot_behind(const struct expr *expr, uint8_t slot)
{
	return (uint8_t)(slot + slots_of_bytes(expr_load_bytes(expr)));
}

uint8_t code_meta(struct code *code, enum meta_key key, uint8_t slot)
{
	struct expr *expr = code_add(code, EXPR_META);

	expr->meta.key = (uint8_t)key;
	expr->meta.slot = slot;
	return slot_behind(expr, slot);
}

uint8_t code_ct(struct code *code, enum ct_key key, uint8_t slot)
{
	struct expr *expr = code_add(code, EXPR_CT);

	expr->ct.key = (uint8_t)key;
	expr->ct.slot = slot;
	return slot_behind(expr, slot);
}

/* Of the connection as it was opened. */
uint8_t code_ct_original(struct code *code, enum ct_key key, uint8_t slot)
{
	uint8_t behind = code_ct(code, key, slot);

	code->exprs[code->count - 1].ct.side = CT_SIDE_ORIGINAL;
	return behind;
}

uint8_t code_payload(struct code *code, enum payload_base base, uint32_t offset, uint32_t bytes,
		     uint8_t slot)
{
	struct expr *expr = code_add(code, EXPR_PAYLOAD);

	expr->payload.base = (uint8_t)base;
	expr->payload.slot = slot;
	expr->payload.offset = offset;
	expr->payload.bytes = bytes;
	return slot_behind(expr, slot);
}

void code_ct_set(struct code *code, enum ct_key key, uint8_t slot)
{
	struct expr *expr = code_add(code, EXPR_CT);

	expr->ct.key = (uint8_t)key;
	expr->ct.slot = slot;
	expr->ct.set = true;
}

void code_cmp(struct code *code, enum cmp_op op, uint8_t slot, const void *bytes, uint8_t count)
{
	struct expr *expr = code_add(code, EXPR_CMP);

	expr->cmp.op = (uint8_t)op;
	expr->cmp.slot = slot;
	expr->cmp.value = code_value(code, bytes, count);
}

void code_mask(struct code *code, uint8_t slot, const void *mask, uint8_t count)
{
	static const uint8_t zero[SLOTS * SLOT_BYTES];
	struct expr *expr = code_add(code, EXPR_BITWISE);

	expr->bitwise.slot = slot;
	expr->bitwise.into = slot;
	expr->bitwise.bytes = count;
	expr->bitwise.mask = code_value(code, mask, count);
	expr->bitwise.flip = code_value(code, zero, count);
}

void code_lookup(struct code *code, const char *set, uint8_t slot, uint8_t into)
{
	struct expr *expr = code_add(code, EXPR_LOOKUP);

	expr->lookup.set = set;
	expr->lookup.slot = slot;
	expr->lookup.into = into;
}

void code_verdict(struct code *code, enum verdict_code verdict, const char *chain)
{
	struct expr *expr = code_add(code, EXPR_VERDICT);

	expr->verdict.code = (uint8_t)verdict;
	expr->verdict.chain = chain;
}

void code_objref(struct code *code, enum object_type type, const char *name)
{
	struct expr *expr = code_add(code, EXPR_OBJREF);

	expr->objref.type = (uint8_t)type;
	expr->objref.name = name;
}

void code_log(struct code *code, const char *prefix, uint32_t group, uint32_t snaplen,
	      uint32_t qthreshold)
{
	struct expr *expr = code_add(code, EXPR_LOG);

	expr->log.prefix = arena_strdup(code->ruleset->arena, prefix);
	expr->log.has_group = true;
	expr->log.group = group;
	expr->log.snaplen = snaplen;
	expr->log.qthreshold = qthreshold;
}

void code_limit(struct code *code, uint64_t rate_per_sec, uint32_t burst)
{
	struct expr *expr = code_add(code, EXPR_LIMIT);

	expr->limit.rate = rate_per_sec;
	expr->limit.per_sec = 1;
	expr->limit.burst = burst;
}

void code_match_ifname(struct code *code, enum meta_key key, const char *name)
{
	char padded[16] = { 0 };

	memcpy(padded, name, size_min(strlen(name), sizeof(padded) - 1));
	code_meta(code, key, 0);
	code_cmp(code, CMP_EQ, 0, padded, sizeof(padded));
}

void code_match_nfproto(struct code *code, enum family family)
{
	uint8_t number = family == FAMILY_V6 ? 10 : 2; /* NFPROTO_IPV6, NFPROTO_IPV4 */

	code_meta(code, META_NFPROTO, 0);
	code_cmp(code, CMP_EQ, 0, &number, sizeof(number));
}

void code_match_ether(struct code *code)
{
	uint16_t ether = 1; /* ARPHRD_ETHER, host order */

	code_meta(code, META_IIFTYPE, 0);
	code_cmp(code, CMP_EQ, 0, &ether, sizeof(ether));
}

void code_match_l4proto(struct code *code, uint8_t number)
{
	code_meta(code, META_L4PROTO, 0);
	code_cmp(code, CMP_EQ, 0, &number, sizeof(number));
}

/* A bit test, not equality: a packet has one state, and the mask asks for any of several. */
void code_match_ct_state(struct code *code, uint32_t bits)
{
	uint32_t zero = 0;

	code_ct(code, CT_STATE, 0);
	code_mask(code, 0, &bits, sizeof(bits));
	code_cmp(code, CMP_NEQ, 0, &zero, sizeof(zero));
}

void code_end(struct code *code, struct chain *chain, const char *comment, struct src src)
{
	struct arena *arena = code->ruleset->arena;
	struct expr *exprs = arena_make_many(arena, struct expr, code->count);
	struct rule *rule = vec_add(arena, &chain->rules);

	memcpy(exprs, code->exprs, code->count * sizeof(*exprs));
	*rule = (struct rule){ .exprs = exprs,
			       .count = code->count,
			       .comment = arena_strdup(arena, comment),
			       .src = src };
	code->count = 0;
}
