/* Rules as messages, expression by expression, through libnftnl. */
#include <stdio.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/lang.h"
#include "nft/encode.h"
#include "nft/encode_parts.h"
#include "nft/numbers.h"

enum { VALUE_MOST = 64 }; /* libnftnl copies into so many bytes, and does not look */

void encode_slot(struct nftnl_expr *it, uint16_t attr, uint8_t slot)
{
	if (slot != SLOT_NONE)
		nftnl_expr_set_u32(it, attr, register_number(slot));
}

static bool put_value(struct nftnl_expr *it, uint16_t attr, const struct value *value)
{
	if (value->count > VALUE_MOST)
		return false;
	encode_good(nftnl_expr_set(it, attr, value->bytes, value->count));
	return true;
}

static void put_verdict(struct nftnl_expr *it, const struct verdict *verdict)
{
	encode_slot(it, NFTNL_EXPR_IMM_DREG, SLOT_VERDICT);
	nftnl_expr_set_u32(it, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict_number(verdict->code));
	if (verdict->chain)
		encode_good(nftnl_expr_set_str(it, NFTNL_EXPR_IMM_CHAIN, verdict->chain));
}

static void put_meta(struct nftnl_expr *it, const struct expr *expr)
{
	nftnl_expr_set_u32(it, NFTNL_EXPR_META_KEY, meta_number(expr->meta.key));
	encode_slot(it, expr->meta.set ? NFTNL_EXPR_META_SREG : NFTNL_EXPR_META_DREG,
		    expr->meta.slot);
}

static void put_ct(struct nftnl_expr *it, const struct expr *expr)
{
	nftnl_expr_set_u32(it, NFTNL_EXPR_CT_KEY, ct_number(expr->ct.key));
	encode_slot(it, expr->ct.set ? NFTNL_EXPR_CT_SREG : NFTNL_EXPR_CT_DREG, expr->ct.slot);
	if (expr->ct.side != CT_SIDE_NONE)
		nftnl_expr_set_u8(it, NFTNL_EXPR_CT_DIR, expr->ct.side == CT_SIDE_REPLY);
}

static void put_payload(struct nftnl_expr *it, const struct expr *expr)
{
	nftnl_expr_set_u32(it, NFTNL_EXPR_PAYLOAD_BASE, expr->payload.base);
	nftnl_expr_set_u32(it, NFTNL_EXPR_PAYLOAD_OFFSET, expr->payload.offset);
	nftnl_expr_set_u32(it, NFTNL_EXPR_PAYLOAD_LEN, expr->payload.bytes);
	if (!expr->payload.set) {
		encode_slot(it, NFTNL_EXPR_PAYLOAD_DREG, expr->payload.slot);
		return;
	}
	encode_slot(it, NFTNL_EXPR_PAYLOAD_SREG, expr->payload.slot);
	nftnl_expr_set_u32(it, NFTNL_EXPR_PAYLOAD_CSUM_TYPE, expr->payload.csum_type);
	nftnl_expr_set_u32(it, NFTNL_EXPR_PAYLOAD_CSUM_OFFSET, expr->payload.csum_offset);
	nftnl_expr_set_u32(it, NFTNL_EXPR_PAYLOAD_FLAGS, expr->payload.csum_flags);
}

static bool put_bitwise(struct nftnl_expr *it, const struct expr *expr)
{
	uint32_t shift = expr->bitwise.shift;

	encode_slot(it, NFTNL_EXPR_BITWISE_SREG, expr->bitwise.slot);
	encode_slot(it, NFTNL_EXPR_BITWISE_DREG, expr->bitwise.into);
	nftnl_expr_set_u32(it, NFTNL_EXPR_BITWISE_LEN, expr->bitwise.bytes);
	nftnl_expr_set_u32(it, NFTNL_EXPR_BITWISE_OP, expr->bitwise.op);
	if (expr->bitwise.op == BITWISE_MASK_XOR)
		return put_value(it, NFTNL_EXPR_BITWISE_MASK, &expr->bitwise.mask) &&
		       put_value(it, NFTNL_EXPR_BITWISE_XOR, &expr->bitwise.flip);
	encode_good(nftnl_expr_set(it, NFTNL_EXPR_BITWISE_DATA, &shift, sizeof(shift)));
	return true;
}

static void put_byteorder(struct nftnl_expr *it, const struct expr *expr)
{
	encode_slot(it, NFTNL_EXPR_BYTEORDER_SREG, expr->byteorder.slot);
	encode_slot(it, NFTNL_EXPR_BYTEORDER_DREG, expr->byteorder.into);
	nftnl_expr_set_u32(it, NFTNL_EXPR_BYTEORDER_OP, expr->byteorder.op);
	nftnl_expr_set_u32(it, NFTNL_EXPR_BYTEORDER_LEN, expr->byteorder.bytes);
	nftnl_expr_set_u32(it, NFTNL_EXPR_BYTEORDER_SIZE, expr->byteorder.unit_bytes);
}

static void put_lookup(struct nftnl_expr *it, const struct expr *expr)
{
	encode_slot(it, NFTNL_EXPR_LOOKUP_SREG, expr->lookup.slot);
	encode_slot(it, NFTNL_EXPR_LOOKUP_DREG, expr->lookup.into);
	encode_good(nftnl_expr_set_str(it, NFTNL_EXPR_LOOKUP_SET, expr->lookup.set));
	if (expr->lookup.inverted)
		nftnl_expr_set_u32(it, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

static void put_log(struct nftnl_expr *it, const struct expr *expr)
{
	if (expr->log.prefix)
		encode_good(nftnl_expr_set_str(it, NFTNL_EXPR_LOG_PREFIX, expr->log.prefix));
	if (expr->log.has_group)
		nftnl_expr_set_u16(it, NFTNL_EXPR_LOG_GROUP, (uint16_t)expr->log.group);
	if (expr->log.snaplen)
		nftnl_expr_set_u32(it, NFTNL_EXPR_LOG_SNAPLEN, expr->log.snaplen);
	if (expr->log.qthreshold)
		nftnl_expr_set_u16(it, NFTNL_EXPR_LOG_QTHRESHOLD, (uint16_t)expr->log.qthreshold);
	if (expr->log.has_level)
		nftnl_expr_set_u32(it, NFTNL_EXPR_LOG_LEVEL, expr->log.level);
	if (expr->log.flags)
		nftnl_expr_set_u32(it, NFTNL_EXPR_LOG_FLAGS, expr->log.flags);
}

static void put_limit(struct nftnl_expr *it, const struct expr *expr)
{
	nftnl_expr_set_u64(it, NFTNL_EXPR_LIMIT_RATE, expr->limit.rate);
	nftnl_expr_set_u64(it, NFTNL_EXPR_LIMIT_UNIT, expr->limit.per_sec);
	nftnl_expr_set_u32(it, NFTNL_EXPR_LIMIT_BURST, expr->limit.burst);
	nftnl_expr_set_u32(it, NFTNL_EXPR_LIMIT_TYPE,
			   expr->limit.unit == LIMIT_BYTES ? NFT_LIMIT_PKT_BYTES : NFT_LIMIT_PKTS);
	nftnl_expr_set_u32(it, NFTNL_EXPR_LIMIT_FLAGS, expr->limit.over ? NFT_LIMIT_F_INV : 0);
}

static void put_objref(struct nftnl_expr *it, const struct expr *expr)
{
	if (expr->objref.type == OBJECT_FLOWTABLE) {
		encode_good(nftnl_expr_set_str(it, NFTNL_EXPR_FLOW_TABLE_NAME, expr->objref.name));
		return;
	}
	if (expr->objref.set) {
		encode_slot(it, NFTNL_EXPR_OBJREF_SET_SREG, expr->objref.slot);
		encode_good(nftnl_expr_set_str(it, NFTNL_EXPR_OBJREF_SET_NAME, expr->objref.set));
		return;
	}
	nftnl_expr_set_u32(it, NFTNL_EXPR_OBJREF_IMM_TYPE, object_number(expr->objref.type));
	encode_good(nftnl_expr_set_str(it, NFTNL_EXPR_OBJREF_IMM_NAME, expr->objref.name));
}

/* False: what it holds is longer than any register. */
static bool expr_put(struct nftnl_expr *it, const struct expr *expr)
{
	switch ((enum expr_kind)expr->kind) {
	case EXPR_META:
		put_meta(it, expr);
		return true;
	case EXPR_CT:
		put_ct(it, expr);
		return true;
	case EXPR_PAYLOAD:
		put_payload(it, expr);
		return true;
	case EXPR_CMP:
		encode_slot(it, NFTNL_EXPR_CMP_SREG, expr->cmp.slot);
		nftnl_expr_set_u32(it, NFTNL_EXPR_CMP_OP, expr->cmp.op);
		return put_value(it, NFTNL_EXPR_CMP_DATA, &expr->cmp.value);
	case EXPR_BITWISE:
		return put_bitwise(it, expr);
	case EXPR_BYTEORDER:
		put_byteorder(it, expr);
		return true;
	case EXPR_RANGE:
		encode_slot(it, NFTNL_EXPR_RANGE_SREG, expr->range.slot);
		nftnl_expr_set_u32(it, NFTNL_EXPR_RANGE_OP, expr->range.op);
		return put_value(it, NFTNL_EXPR_RANGE_FROM_DATA, &expr->range.first) &&
		       put_value(it, NFTNL_EXPR_RANGE_TO_DATA, &expr->range.last);
	case EXPR_LOOKUP:
		put_lookup(it, expr);
		return true;
	case EXPR_IMMEDIATE:
		encode_slot(it, NFTNL_EXPR_IMM_DREG, expr->immediate.slot);
		return put_value(it, NFTNL_EXPR_IMM_DATA, &expr->immediate.value);
	case EXPR_VERDICT:
		put_verdict(it, &expr->verdict);
		return true;
	case EXPR_COUNTER:
		nftnl_expr_set_u64(it, NFTNL_EXPR_CTR_PACKETS, expr->counter.packets);
		nftnl_expr_set_u64(it, NFTNL_EXPR_CTR_BYTES, expr->counter.bytes);
		return true;
	case EXPR_OBJREF:
		put_objref(it, expr);
		return true;
	case EXPR_LOG:
		put_log(it, expr);
		return true;
	case EXPR_LIMIT:
		put_limit(it, expr);
		return true;
	case EXPR_REJECT:
	case EXPR_FIB:
	case EXPR_EXTHDR:
	case EXPR_QUOTA:
	case EXPR_NUMGEN:
	case EXPR_HASH:
	case EXPR_SOCKET:
	case EXPR_RT:
	case EXPR_DYNSET:
	case EXPR_NAT:
	case EXPR_NOTRACK:
	case EXPR_QUEUE:
	case EXPR_CARRY:
	case EXPR_CONNLIMIT:
	case EXPR_LAST:
		return other_put(it, expr);
	case EXPR_UNKNOWN:
	case EXPR_KINDS:
		break;
	}
	return false;
}

static const char *expr_name(const struct expr *expr)
{
	static const char *const names[EXPR_KINDS] = {
		[EXPR_META] = "meta",		[EXPR_CT] = "ct",
		[EXPR_PAYLOAD] = "payload",	[EXPR_CMP] = "cmp",
		[EXPR_BITWISE] = "bitwise",	[EXPR_BYTEORDER] = "byteorder",
		[EXPR_RANGE] = "range",		[EXPR_LOOKUP] = "lookup",
		[EXPR_IMMEDIATE] = "immediate", [EXPR_VERDICT] = "immediate",
		[EXPR_COUNTER] = "counter",	[EXPR_OBJREF] = "objref",
		[EXPR_LOG] = "log",		[EXPR_LIMIT] = "limit",
	};

	if (expr->kind >= EXPR_KINDS)
		return NULL;
	if (expr->kind == EXPR_OBJREF && expr->objref.type == OBJECT_FLOWTABLE)
		return "flow_offload";
	return names[expr->kind] ? names[expr->kind] : other_name(expr);
}

struct nftnl_expr *encode_expr(const struct expr *expr, const char **ret_why)
{
	const char *name = expr_name(expr);
	struct nftnl_expr *it;

	if (!name) {
		*ret_why = _("it holds an expression that we only know by name");
		return NULL;
	}
	it = encode_must(nftnl_expr_alloc(name));
	if (expr_put(it, expr))
		return it;
	nftnl_expr_free(it);
	*ret_why = _("a value is longer than the kernel's registers");
	return NULL;
}

static bool exprs_put(struct nftnl_rule *it, const struct rule *rule, const char **ret_why)
{
	for (size_t i = 0; i < rule->count; i++) {
		struct nftnl_expr *part = encode_expr(&rule->exprs[i], ret_why);

		if (!part)
			return false;
		nftnl_rule_add_expr(it, part);
	}
	return true;
}

struct nlmsghdr *encode_rule(struct outbox *outbox, unsigned message, uint16_t flags,
			     const struct table *table, const struct chain *chain,
			     const struct rule *rule, struct rule_place place,
			     const char **ret_why)
{
	struct nftnl_rule *it = encode_must(nftnl_rule_alloc());
	struct nlmsghdr *nlh;

	encode_good(nftnl_rule_set_str(it, NFTNL_RULE_TABLE, table->name));
	encode_good(nftnl_rule_set_str(it, NFTNL_RULE_CHAIN, chain->name));
	if (place.handle)
		nftnl_rule_set_u64(it, NFTNL_RULE_HANDLE, place.handle);
	if (place.position)
		nftnl_rule_set_u64(it, NFTNL_RULE_POSITION, place.position);
	if (message == NFT_MSG_NEWRULE) {
		struct user_data data = user_data_make(NFTNL_UDATA_RULE_COMMENT, rule->comment);

		if (!exprs_put(it, rule, ret_why)) {
			nftnl_rule_free(it);
			return NULL;
		}
		if (data.count)
			encode_good(nftnl_rule_set_data(it, NFTNL_RULE_USERDATA, data.bytes,
							data.count));
	}
	nlh = outbox_open(outbox, message, family_number(table->family), flags);
	nftnl_rule_nlmsg_build_payload(nlh, it);
	nftnl_rule_free(it);
	outbox_close(outbox, nlh);
	return nlh;
}
