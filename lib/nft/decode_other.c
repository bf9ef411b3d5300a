/* Expressions that no rule of ours has. See decode_parts.h. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "nft/decode_parts.h"
#include "nft/numbers.h"

enum { FIB_FLAGS = 0x3f, QUEUE_FLAGS = 3, NAT_FLAGS = 0x7f };

static void reject_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_REJECT;
	expr->reject.type = take_below(in, NFTA_REJECT_TYPE, REJECT_ICMPX + 1);
	if (expr->reject.type != REJECT_TCP_RESET)
		expr->reject.code = take_u8(in, NFTA_REJECT_ICMP_CODE);
}

static void fib_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_FIB;
	expr->fib.slot = take_slot(in, NFTA_FIB_DREG);
	expr->fib.result = (uint8_t)(take_below(in, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE + 1) -
				     NFT_FIB_RESULT_OIF);
	if (expr->fib.result > FIB_ADDRTYPE) /* none at all */
		in->good = false;
	expr->fib.flags = take_flags(in, NFTA_FIB_FLAGS, FIB_FLAGS);
}

static void exthdr_read(struct reading *in, struct expr *expr)
{
	bool loads = in->attrs[NFTA_EXTHDR_DREG].bytes, sets = in->attrs[NFTA_EXTHDR_SREG].bytes;

	expr->kind = EXPR_EXTHDR;
	if (in->attrs[NFTA_EXTHDR_OP].bytes)
		expr->exthdr.base = take_below(in, NFTA_EXTHDR_OP, EXTHDR_DCCP + 1);
	expr->exthdr.type = take_u8(in, NFTA_EXTHDR_TYPE);
	expr->exthdr.op = loads ? EXTHDR_LOAD : sets ? EXTHDR_SET : EXTHDR_STRIP;
	expr->exthdr.slot = take_slot_or_none(in, loads ? NFTA_EXTHDR_DREG : NFTA_EXTHDR_SREG);
	expr->exthdr.offset = attr_u32_or(&in->attrs[NFTA_EXTHDR_OFFSET], 0);
	expr->exthdr.bytes = attr_u32_or(&in->attrs[NFTA_EXTHDR_LEN], 0);
	expr->exthdr.present =
		take_flags(in, NFTA_EXTHDR_FLAGS, NFT_EXTHDR_F_PRESENT) & NFT_EXTHDR_F_PRESENT;
	if ((loads && sets) || expr->exthdr.bytes > SLOTS * SLOT_BYTES)
		in->good = false;
}

static void quota_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_QUOTA;
	if (!attr_u64(&in->attrs[NFTA_QUOTA_BYTES], &expr->quota.bytes))
		in->good = false;
	expr->quota.consumed = attr_u64_or(&in->attrs[NFTA_QUOTA_CONSUMED], 0);
	expr->quota.over = take_flags(in, NFTA_QUOTA_FLAGS, NFT_QUOTA_F_INV | NFT_QUOTA_F_DEPLETED) &
			   NFT_QUOTA_F_INV;
}

static void numgen_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_NUMGEN;
	expr->numgen.slot = take_slot(in, NFTA_NG_DREG);
	expr->numgen.type = take_below(in, NFTA_NG_TYPE, NUMGEN_RANDOM + 1);
	expr->numgen.modulus = take_u32(in, NFTA_NG_MODULUS);
	expr->numgen.offset = attr_u32_or(&in->attrs[NFTA_NG_OFFSET], 0);
}

static void hash_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_HASH;
	if (in->attrs[NFTA_HASH_TYPE].bytes)
		expr->hash.type = take_below(in, NFTA_HASH_TYPE, HASH_SYMMETRIC + 1);
	expr->hash.slot = take_slot_or_none(in, NFTA_HASH_SREG);
	expr->hash.into = take_slot(in, NFTA_HASH_DREG);
	expr->hash.bytes = attr_u32_or(&in->attrs[NFTA_HASH_LEN], 0);
	expr->hash.modulus = take_u32(in, NFTA_HASH_MODULUS);
	expr->hash.has_seed = attr_u32(&in->attrs[NFTA_HASH_SEED], &expr->hash.seed);
	expr->hash.offset = attr_u32_or(&in->attrs[NFTA_HASH_OFFSET], 0);
	if ((expr->hash.type == HASH_JENKINS) != (expr->hash.slot != SLOT_NONE))
		in->good = false;
}

static void socket_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_SOCKET;
	expr->socket.key = take_below(in, NFTA_SOCKET_KEY, SOCKET_CGROUP + 1);
	expr->socket.slot = take_slot(in, NFTA_SOCKET_DREG);
	expr->socket.level = attr_u32_or(&in->attrs[NFTA_SOCKET_LEVEL], 0);
}

static void rt_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_RT;
	expr->rt.key = take_below(in, NFTA_RT_KEY, RT_IPSEC + 1);
	expr->rt.slot = take_slot(in, NFTA_RT_DREG);
}

static void dynset_read(struct reading *in, struct expr *expr)
{
	const struct attr *one = &in->attrs[NFTA_DYNSET_EXPR];
	struct expr *nested;

	if (in->nested) { /* no kernel does; and who nests us deep has no say in our stack */
		in->good = false;
		return;
	}
	expr->kind = EXPR_DYNSET;
	expr->dynset.set = take_text(in, NFTA_DYNSET_SET_NAME);
	expr->dynset.op = take_below(in, NFTA_DYNSET_OP, DYNSET_DELETE + 1);
	expr->dynset.slot = take_slot(in, NFTA_DYNSET_SREG_KEY);
	expr->dynset.data = take_slot_or_none(in, NFTA_DYNSET_SREG_DATA);
	expr->dynset.timeout_ms = attr_u64_or(&in->attrs[NFTA_DYNSET_TIMEOUT], 0);
	expr->dynset.inverted =
		take_flags(in, NFTA_DYNSET_FLAGS, NFT_DYNSET_F_INV | NFT_DYNSET_F_EXPR) &
		NFT_DYNSET_F_INV;
	if (one->bytes) {
		nested = arena_make(in->arena, struct expr);
		if (!decode_expr(in->arena, one, true, nested))
			in->good = false;
		expr->dynset.exprs = (struct exprs){ nested, 1 };
	} else if (!decode_exprs(in->arena, &in->attrs[NFTA_DYNSET_EXPRESSIONS], true,
				 &expr->dynset.exprs)) {
		in->good = false;
	}
}

static void nat_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_NAT;
	expr->nat.type = take_below(in, NFTA_NAT_TYPE, NAT_DESTINATION + 1);
	expr->nat.family = take_below(in, NFTA_NAT_FAMILY, 256);
	expr->nat.addr_first = take_slot_or_none(in, NFTA_NAT_REG_ADDR_MIN);
	expr->nat.addr_last = take_slot_or_none(in, NFTA_NAT_REG_ADDR_MAX);
	expr->nat.port_first = take_slot_or_none(in, NFTA_NAT_REG_PROTO_MIN);
	expr->nat.port_last = take_slot_or_none(in, NFTA_NAT_REG_PROTO_MAX);
	expr->nat.flags = take_flags(in, NFTA_NAT_FLAGS, NAT_FLAGS);
}

static void masq_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_NAT;
	expr->nat.type = NAT_MASQUERADE;
	expr->nat.addr_first = expr->nat.addr_last = SLOT_NONE;
	expr->nat.port_first = take_slot_or_none(in, NFTA_MASQ_REG_PROTO_MIN);
	expr->nat.port_last = take_slot_or_none(in, NFTA_MASQ_REG_PROTO_MAX);
	expr->nat.flags = take_flags(in, NFTA_MASQ_FLAGS, NAT_FLAGS);
}

static void redir_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_NAT;
	expr->nat.type = NAT_REDIRECT;
	expr->nat.addr_first = expr->nat.addr_last = SLOT_NONE;
	expr->nat.port_first = take_slot_or_none(in, NFTA_REDIR_REG_PROTO_MIN);
	expr->nat.port_last = take_slot_or_none(in, NFTA_REDIR_REG_PROTO_MAX);
	expr->nat.flags = take_flags(in, NFTA_REDIR_FLAGS, NAT_FLAGS);
}

static void notrack_read(struct reading *in, struct expr *expr)
{
	(void)in;
	expr->kind = EXPR_NOTRACK;
}

static void queue_read(struct reading *in, struct expr *expr)
{
	uint16_t number = 0;

	expr->kind = EXPR_QUEUE;
	expr->queue.slot = take_slot_or_none(in, NFTA_QUEUE_SREG_QNUM);
	if (expr->queue.slot == SLOT_NONE) {
		if (!attr_u16(&in->attrs[NFTA_QUEUE_NUM], &number))
			in->good = false;
		expr->queue.first = number;
		if (!attr_u16(&in->attrs[NFTA_QUEUE_TOTAL], &number))
			number = 1;
		expr->queue.total = number;
	}
	if (attr_u16(&in->attrs[NFTA_QUEUE_FLAGS], &number))
		expr->queue.flags = number;
	if (expr->queue.flags & ~(uint32_t)QUEUE_FLAGS)
		in->good = false;
}

static void dup_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_CARRY;
	expr->carry.type = CARRY_DUP;
	expr->carry.addr = take_slot_or_none(in, NFTA_DUP_SREG_ADDR);
	expr->carry.device = take_slot_or_none(in, NFTA_DUP_SREG_DEV);
}

static void fwd_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_CARRY;
	expr->carry.type = CARRY_FWD;
	expr->carry.addr = take_slot_or_none(in, NFTA_FWD_SREG_ADDR);
	expr->carry.device = take_slot_or_none(in, NFTA_FWD_SREG_DEV);
	if (in->attrs[NFTA_FWD_NFPROTO].bytes)
		expr->carry.family = take_below(in, NFTA_FWD_NFPROTO, 256);
}

static void connlimit_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_CONNLIMIT;
	expr->connlimit.count = take_u32(in, NFTA_CONNLIMIT_COUNT);
	expr->connlimit.over = take_flags(in, NFTA_CONNLIMIT_FLAGS, NFT_CONNLIMIT_F_INV);
}

static void last_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_LAST;
	expr->last.seen = attr_u32_or(&in->attrs[NFTA_LAST_SET], 0);
	expr->last.ms = attr_u64_or(&in->attrs[NFTA_LAST_MSECS], 0);
}

const struct expr_reader *other_reader_find(const struct attr *name)
{
	static const struct expr_reader readers[] = {
		{ "reject", reject_read, NFTA_REJECT_ICMP_CODE },
		{ "fib", fib_read, NFTA_FIB_FLAGS },
		{ "exthdr", exthdr_read, NFTA_EXTHDR_SREG },
		{ "quota", quota_read, NFTA_QUOTA_CONSUMED },
		{ "numgen", numgen_read, NFTA_NG_OFFSET },
		{ "hash", hash_read, NFTA_HASH_TYPE },
		{ "socket", socket_read, NFTA_SOCKET_LEVEL },
		{ "rt", rt_read, NFTA_RT_KEY },
		{ "dynset", dynset_read, NFTA_DYNSET_EXPRESSIONS },
		{ "nat", nat_read, NFTA_NAT_FLAGS },
		{ "masq", masq_read, NFTA_MASQ_REG_PROTO_MAX },
		{ "redir", redir_read, NFTA_REDIR_FLAGS },
		{ "notrack", notrack_read, 0 },
		{ "queue", queue_read, NFTA_QUEUE_SREG_QNUM },
		{ "dup", dup_read, NFTA_DUP_SREG_DEV },
		{ "fwd", fwd_read, NFTA_FWD_NFPROTO },
		{ "connlimit", connlimit_read, NFTA_CONNLIMIT_FLAGS },
		{ "last", last_read, NFTA_LAST_PAD },
	};

	for (size_t i = 0; i < array_count(readers); i++)
		if (attr_text_is(name, readers[i].name))
			return &readers[i];
	return NULL;
}
