/* Expressions that no rule of ours has: for the scripted kernel of the tests, whose dumps must be
 * able to hold what others load. See encode_parts.h. */
#include <stdio.h>

#include <libnftnl/expr.h>
#include <linux/netfilter/nf_tables.h>

#include "nft/encode_parts.h"
#include "rule/ruleset.h"

static void put_reject(struct nftnl_expr *it, const struct expr *expr)
{
	nftnl_expr_set_u32(it, NFTNL_EXPR_REJECT_TYPE, expr->reject.type);
	nftnl_expr_set_u8(it, NFTNL_EXPR_REJECT_CODE, expr->reject.code);
}

static void put_fib(struct nftnl_expr *it, const struct expr *expr)
{
	encode_slot(it, NFTNL_EXPR_FIB_DREG, expr->fib.slot);
	nftnl_expr_set_u32(it, NFTNL_EXPR_FIB_RESULT, expr->fib.result + NFT_FIB_RESULT_OIF);
	nftnl_expr_set_u32(it, NFTNL_EXPR_FIB_FLAGS, expr->fib.flags);
}

static void put_exthdr(struct nftnl_expr *it, const struct expr *expr)
{
	encode_slot(it,
		    expr->exthdr.op == EXTHDR_SET ? NFTNL_EXPR_EXTHDR_SREG : NFTNL_EXPR_EXTHDR_DREG,
		    expr->exthdr.slot);
	nftnl_expr_set_u8(it, NFTNL_EXPR_EXTHDR_TYPE, expr->exthdr.type);
	nftnl_expr_set_u32(it, NFTNL_EXPR_EXTHDR_OFFSET, expr->exthdr.offset);
	nftnl_expr_set_u32(it, NFTNL_EXPR_EXTHDR_LEN, expr->exthdr.bytes);
	nftnl_expr_set_u32(it, NFTNL_EXPR_EXTHDR_OP, expr->exthdr.base);
	nftnl_expr_set_u32(it, NFTNL_EXPR_EXTHDR_FLAGS,
			   expr->exthdr.present ? NFT_EXTHDR_F_PRESENT : 0);
}

static void put_quota(struct nftnl_expr *it, const struct expr *expr)
{
	nftnl_expr_set_u64(it, NFTNL_EXPR_QUOTA_BYTES, expr->quota.bytes);
	nftnl_expr_set_u64(it, NFTNL_EXPR_QUOTA_CONSUMED, expr->quota.consumed);
	nftnl_expr_set_u32(it, NFTNL_EXPR_QUOTA_FLAGS, expr->quota.over ? NFT_QUOTA_F_INV : 0);
}

static void put_numgen(struct nftnl_expr *it, const struct expr *expr)
{
	encode_slot(it, NFTNL_EXPR_NG_DREG, expr->numgen.slot);
	nftnl_expr_set_u32(it, NFTNL_EXPR_NG_TYPE, expr->numgen.type);
	nftnl_expr_set_u32(it, NFTNL_EXPR_NG_MODULUS, expr->numgen.modulus);
	nftnl_expr_set_u32(it, NFTNL_EXPR_NG_OFFSET, expr->numgen.offset);
}

static void put_hash(struct nftnl_expr *it, const struct expr *expr)
{
	encode_slot(it, NFTNL_EXPR_HASH_SREG, expr->hash.slot);
	encode_slot(it, NFTNL_EXPR_HASH_DREG, expr->hash.into);
	nftnl_expr_set_u32(it, NFTNL_EXPR_HASH_TYPE, expr->hash.type);
	nftnl_expr_set_u32(it, NFTNL_EXPR_HASH_LEN, expr->hash.bytes);
	nftnl_expr_set_u32(it, NFTNL_EXPR_HASH_MODULUS, expr->hash.modulus);
	nftnl_expr_set_u32(it, NFTNL_EXPR_HASH_OFFSET, expr->hash.offset);
	if (expr->hash.has_seed)
		nftnl_expr_set_u32(it, NFTNL_EXPR_HASH_SEED, expr->hash.seed);
}

static bool put_dynset(struct nftnl_expr *it, const struct expr *expr)
{
	const char *why;

	encode_good(nftnl_expr_set_str(it, NFTNL_EXPR_DYNSET_SET_NAME, expr->dynset.set));
	nftnl_expr_set_u32(it, NFTNL_EXPR_DYNSET_OP, expr->dynset.op);
	encode_slot(it, NFTNL_EXPR_DYNSET_SREG_KEY, expr->dynset.slot);
	encode_slot(it, NFTNL_EXPR_DYNSET_SREG_DATA, expr->dynset.data);
	if (expr->dynset.timeout_ms)
		nftnl_expr_set_u64(it, NFTNL_EXPR_DYNSET_TIMEOUT, expr->dynset.timeout_ms);
	nftnl_expr_set_u32(it, NFTNL_EXPR_DYNSET_FLAGS, expr->dynset.inverted ? NFT_DYNSET_F_INV : 0);
	for (size_t i = 0; i < expr->dynset.exprs.count; i++) {
		struct nftnl_expr *part = encode_expr(&expr->dynset.exprs.items[i], &why);

		if (!part)
			return false;
		nftnl_expr_add_expr(it, NFTNL_EXPR_DYNSET_EXPRESSIONS, part);
	}
	return true;
}

static void put_nat(struct nftnl_expr *it, const struct expr *expr)
{
	switch ((enum nat_type)expr->nat.type) {
	case NAT_SOURCE:
	case NAT_DESTINATION:
		nftnl_expr_set_u32(it, NFTNL_EXPR_NAT_TYPE, expr->nat.type);
		nftnl_expr_set_u32(it, NFTNL_EXPR_NAT_FAMILY, expr->nat.family);
		encode_slot(it, NFTNL_EXPR_NAT_REG_ADDR_MIN, expr->nat.addr_first);
		encode_slot(it, NFTNL_EXPR_NAT_REG_ADDR_MAX, expr->nat.addr_last);
		encode_slot(it, NFTNL_EXPR_NAT_REG_PROTO_MIN, expr->nat.port_first);
		encode_slot(it, NFTNL_EXPR_NAT_REG_PROTO_MAX, expr->nat.port_last);
		nftnl_expr_set_u32(it, NFTNL_EXPR_NAT_FLAGS, expr->nat.flags);
		break;
	case NAT_MASQUERADE:
		encode_slot(it, NFTNL_EXPR_MASQ_REG_PROTO_MIN, expr->nat.port_first);
		encode_slot(it, NFTNL_EXPR_MASQ_REG_PROTO_MAX, expr->nat.port_last);
		nftnl_expr_set_u32(it, NFTNL_EXPR_MASQ_FLAGS, expr->nat.flags);
		break;
	case NAT_REDIRECT:
		encode_slot(it, NFTNL_EXPR_REDIR_REG_PROTO_MIN, expr->nat.port_first);
		encode_slot(it, NFTNL_EXPR_REDIR_REG_PROTO_MAX, expr->nat.port_last);
		nftnl_expr_set_u32(it, NFTNL_EXPR_REDIR_FLAGS, expr->nat.flags);
		break;
	}
}

static void put_queue(struct nftnl_expr *it, const struct expr *expr)
{
	nftnl_expr_set_u16(it, NFTNL_EXPR_QUEUE_FLAGS, (uint16_t)expr->queue.flags);
	encode_slot(it, NFTNL_EXPR_QUEUE_SREG_QNUM, expr->queue.slot);
	if (expr->queue.slot != SLOT_NONE)
		return;
	nftnl_expr_set_u16(it, NFTNL_EXPR_QUEUE_NUM, (uint16_t)expr->queue.first);
	nftnl_expr_set_u16(it, NFTNL_EXPR_QUEUE_TOTAL, (uint16_t)expr->queue.total);
}

static void put_carry(struct nftnl_expr *it, const struct expr *expr)
{
	if (expr->carry.type == CARRY_DUP) {
		encode_slot(it, NFTNL_EXPR_DUP_SREG_ADDR, expr->carry.addr);
		encode_slot(it, NFTNL_EXPR_DUP_SREG_DEV, expr->carry.device);
		return;
	}
	encode_slot(it, NFTNL_EXPR_FWD_SREG_ADDR, expr->carry.addr);
	encode_slot(it, NFTNL_EXPR_FWD_SREG_DEV, expr->carry.device);
	if (expr->carry.family)
		nftnl_expr_set_u32(it, NFTNL_EXPR_FWD_NFPROTO, expr->carry.family);
}

static void put_rest(struct nftnl_expr *it, const struct expr *expr)
{
	if (expr->kind == EXPR_SOCKET) {
		nftnl_expr_set_u32(it, NFTNL_EXPR_SOCKET_KEY, expr->socket.key);
		encode_slot(it, NFTNL_EXPR_SOCKET_DREG, expr->socket.slot);
		if (expr->socket.level)
			nftnl_expr_set_u32(it, NFTNL_EXPR_SOCKET_LEVEL, expr->socket.level);
	}
	if (expr->kind == EXPR_RT) {
		nftnl_expr_set_u32(it, NFTNL_EXPR_RT_KEY, expr->rt.key);
		encode_slot(it, NFTNL_EXPR_RT_DREG, expr->rt.slot);
	}
	if (expr->kind == EXPR_CONNLIMIT) {
		nftnl_expr_set_u32(it, NFTNL_EXPR_CONNLIMIT_COUNT, expr->connlimit.count);
		nftnl_expr_set_u32(it, NFTNL_EXPR_CONNLIMIT_FLAGS,
				   expr->connlimit.over ? NFT_CONNLIMIT_F_INV : 0);
	}
	if (expr->kind == EXPR_LAST) {
		nftnl_expr_set_u32(it, NFTNL_EXPR_LAST_SET, expr->last.seen);
		nftnl_expr_set_u64(it, NFTNL_EXPR_LAST_MSECS, expr->last.ms);
	}
}

bool other_put(struct nftnl_expr *it, const struct expr *expr)
{
	static void (*const puts[EXPR_KINDS])(struct nftnl_expr *, const struct expr *) = {
		[EXPR_REJECT] = put_reject, [EXPR_FIB] = put_fib,
		[EXPR_EXTHDR] = put_exthdr, [EXPR_QUOTA] = put_quota,
		[EXPR_NUMGEN] = put_numgen, [EXPR_HASH] = put_hash,
		[EXPR_NAT] = put_nat,	    [EXPR_QUEUE] = put_queue,
		[EXPR_CARRY] = put_carry,   [EXPR_SOCKET] = put_rest,
		[EXPR_RT] = put_rest,	    [EXPR_CONNLIMIT] = put_rest,
		[EXPR_LAST] = put_rest,	    [EXPR_NOTRACK] = put_rest,
	};

	if (expr->kind == EXPR_DYNSET)
		return put_dynset(it, expr);
	puts[expr->kind](it, expr);
	return true;
}

const char *other_name(const struct expr *expr)
{
	static const char *const names[EXPR_KINDS] = {
		[EXPR_REJECT] = "reject",   [EXPR_FIB] = "fib",	      [EXPR_EXTHDR] = "exthdr",
		[EXPR_QUOTA] = "quota",	    [EXPR_NUMGEN] = "numgen", [EXPR_HASH] = "hash",
		[EXPR_SOCKET] = "socket",   [EXPR_RT] = "rt",	      [EXPR_DYNSET] = "dynset",
		[EXPR_NOTRACK] = "notrack", [EXPR_QUEUE] = "queue",   [EXPR_CONNLIMIT] = "connlimit",
		[EXPR_LAST] = "last",
	};
	static const char *const nats[] = { "nat", "nat", "masq", "redir" };
	static const char *const carries[] = { "dup", "fwd" };

	if (expr->kind == EXPR_NAT)
		return nats[expr->nat.type];
	if (expr->kind == EXPR_CARRY)
		return carries[expr->carry.type];
	return names[expr->kind];
}
