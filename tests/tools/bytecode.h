/* Our expressions in the notation of libnftnl's debug output ("cmp eq reg 1 0x00000006"), or the
 * same with each value's exact bytes ("cmp eq reg 1 {06}"), for tools that hold the decoder
 * against libnftnl. A field that is printed wrongly here shows as a misreading, so nothing is
 * left out but what libnftnl 1.2.4 itself does not show. */
#pragma once

#include <string.h>

#include "nft/numbers.h"
#include "rule/ruleset.h"
#include "rule/value.h"

struct bytecode {
	struct buf *buf;
	bool exact; /* values as bytes */
};

static const char *const cmps[] = { "eq", "neq", "lt", "lte", "gt", "gte" };

static unsigned reg(uint8_t slot)
{
	return register_number(slot);
}

/* In words of the host's order, the last one padded; nothing says how long it was. */
static void words_say(struct buf *buf, const uint8_t *bytes, size_t count)
{
	for (size_t at = 0; at < count; at += SLOT_BYTES) {
		uint32_t word = 0;

		memcpy(&word, bytes + at, size_min(count - at, SLOT_BYTES));
		buf_printf(buf, " 0x%.8x", word);
	}
}

static void bytes_say(struct buf *buf, const uint8_t *bytes, size_t count)
{
	buf_add_text(buf, " {");
	for (size_t i = 0; i < count; i++)
		buf_printf(buf, "%02x", bytes[i]);
	buf_add_char(buf, '}');
}

static void value_say(const struct bytecode *to, const struct value *value)
{
	if (to->exact)
		bytes_say(to->buf, value->bytes, value->count);
	else
		words_say(to->buf, value->bytes, value->count);
}

static const char *family_word(uint8_t nfproto)
{
	return nfproto == 2 ? "ip" : nfproto == 10 ? "ip6" : "unknown";
}

static void meta_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	static const char *const keys[META_KEYS] = {
		[META_NFPROTO] = "nfproto",	[META_L4PROTO] = "l4proto",
		[META_PROTOCOL] = "protocol",	[META_IIFNAME] = "iifname",
		[META_OIFNAME] = "oifname",	[META_IIF] = "iif",
		[META_OIF] = "oif",		[META_IIFTYPE] = "iiftype",
		[META_OIFTYPE] = "oiftype",	[META_MARK] = "mark",
		[META_LEN] = "len",		[META_PKTTYPE] = "pkttype",
		[META_SKUID] = "skuid",		[META_SKGID] = "skgid",
		[META_CPU] = "cpu",		[META_PRIORITY] = "priority",
		[META_TRACE] = "nftrace",	[META_REALM] = "rtclassid",
		[META_SECMARK] = "secmark",	[META_BRIDGE_IIFNAME] = "bri_iifname",
		[META_BRIDGE_OIFNAME] = "bri_oifname", [META_IIFGROUP] = "iifgroup",
		[META_OIFGROUP] = "oifgroup",	[META_CGROUP] = "cgroup",
		[META_RANDOM] = "prandom",	[META_SECPATH] = "secpath",
		[META_IIFKIND] = "iifkind",	[META_OIFKIND] = "oifkind",
		[META_BRIDGE_PVID] = "bri_iifpvid", [META_BRIDGE_VPROTO] = "bri_iifvproto",
		[META_TIME] = "time",		[META_DAY] = "day",
		[META_HOUR] = "hour",		[META_SDIF] = "sdif",
		[META_SDIFNAME] = "sdifname",	[META_BROUTE] = "broute",
		[META_BRIDGE_HWADDR] = "bri_iifhwaddr",
	};

	buf_printf(buf, expr->meta.set ? "meta set %s with reg %u" : "meta load %s => reg %u",
		   keys[expr->meta.key], reg(expr->meta.slot));
}

static void ct_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	static const char *const keys[CT_KEYS] = {
		[CT_STATE] = "state",	      [CT_DIRECTION] = "direction",
		[CT_STATUS] = "status",	      [CT_MARK] = "mark",
		[CT_EXPIRATION] = "expiration", [CT_HELPER] = "helper",
		[CT_L3PROTO] = "l3protocol",  [CT_PROTO] = "protocol",
		[CT_SRC] = "src",	      [CT_DST] = "dst",
		[CT_SRC_IP4] = "src_ip",      [CT_DST_IP4] = "dst_ip",
		[CT_SRC_IP6] = "src_ip6",     [CT_DST_IP6] = "dst_ip6",
		[CT_SRC_PORT] = "proto_src",  [CT_DST_PORT] = "proto_dst",
		[CT_ZONE] = "zone",	      [CT_SECMARK] = "secmark",
		[CT_LABELS] = "label",	      [CT_PACKETS] = "packets",
		[CT_BYTES] = "bytes",	      [CT_AVERAGE] = "avgpkt",
		[CT_EVENTS] = "event",	      [CT_ID] = "id",
	};
	static const char *const sides[] = { "", " , dir original", " , dir reply" };

	buf_printf(buf, expr->ct.set ? "ct set %s with reg %u" : "ct load %s => reg %u",
		   keys[expr->ct.key], reg(expr->ct.slot));
	buf_add_text(buf, sides[expr->ct.side]);
}

static void payload_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	static const char *const bases[] = { "link", "network", "transport", "inner" };

	if (!expr->payload.set) {
		buf_printf(buf, "payload load %ub @ %s header + %u => reg %u", expr->payload.bytes,
			   bases[expr->payload.base], expr->payload.offset, reg(expr->payload.slot));
		return;
	}
	buf_printf(buf, "payload write reg %u => %ub @ %s header + %u", reg(expr->payload.slot),
		   expr->payload.bytes, bases[expr->payload.base], expr->payload.offset);
	buf_printf(buf, " csum_type %u csum_off %u csum_flags 0x%x", expr->payload.csum_type,
		   expr->payload.csum_offset, expr->payload.csum_flags);
}

static void bitwise_say(const struct bytecode *to, const struct expr *expr)
{
	uint32_t shift = expr->bitwise.shift;

	buf_printf(to->buf, "bitwise reg %u = ( reg %u ", reg(expr->bitwise.into),
		   reg(expr->bitwise.slot));
	if (expr->bitwise.op == BITWISE_MASK_XOR) {
		buf_add_char(to->buf, '&');
		value_say(to, &expr->bitwise.mask);
		buf_add_text(to->buf, " ) ^");
		value_say(to, &expr->bitwise.flip);
		return;
	}
	buf_add_text(to->buf, expr->bitwise.op == BITWISE_LEFT ? "<<" : ">>");
	value_say(to, &(struct value){ (const uint8_t *)&shift, sizeof(shift) });
	buf_add_text(to->buf, " )");
}

static void log_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	static const char *const flags[] = { "tcpseq", "tcpopt", "ipopt", "uid", "", "macdecode" };

	buf_add_text(buf, "log");
	if (expr->log.prefix)
		buf_printf(buf, " prefix %s", expr->log.prefix);
	if (expr->log.has_group) {
		buf_printf(buf, " group %u snaplen %u qthreshold %u", expr->log.group,
			   expr->log.snaplen, expr->log.qthreshold);
		return;
	}
	/* the default level is no level to us (decode.h) */
	buf_printf(buf, " level %u", expr->log.has_level ? expr->log.level : 4);
	for (unsigned i = 0; i < array_count(flags); i++)
		if (expr->log.flags >> i & 1)
			buf_printf(buf, " %s", flags[i]);
}

static void limit_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	static const struct {
		uint64_t sec;
		const char *word;
	} units[] = { { 1, "second" }, { 60, "minute" }, { 3600, "hour" },
		      { 86400, "day" }, { 604800, "week" } };
	const char *word = "error";

	for (unsigned i = 0; i < array_count(units); i++)
		if (units[i].sec == expr->limit.per_sec)
			word = units[i].word;
	buf_printf(buf, "limit rate %llu/%s burst %u type %s flags 0x%x",
		   (unsigned long long)expr->limit.rate, word, expr->limit.burst,
		   expr->limit.unit == LIMIT_BYTES ? "bytes" : "packets", expr->limit.over);
}

static void verdict_say(const struct bytecode *to, const struct expr *expr)
{
	const struct verdict *verdict = &expr->verdict;
	static const char *const words[] = { "none",   "accept", "drop", "continue",
					     "return", "jump",	 "goto", "queue" };

	buf_printf(to->buf, "immediate reg 0 %s", words[verdict->code]);
	if (verdict->chain)
		buf_printf(to->buf, " -> %s", verdict->chain);
}

static void lookup_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	buf_printf(buf, "lookup reg %u set %s", reg(expr->lookup.slot), expr->lookup.set);
	if (expr->lookup.into != SLOT_NONE)
		buf_printf(buf, " dreg %u", reg(expr->lookup.into));
	buf_printf(buf, " 0x%x", expr->lookup.inverted);
}

static void objref_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	if (expr->objref.set)
		buf_printf(buf, "objref sreg %u set %s", reg(expr->objref.slot), expr->objref.set);
	else
		buf_printf(buf, "objref type %u name %s", object_number(expr->objref.type),
			   expr->objref.name);
}

static void fib_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	static const char *const results[] = { "oif", "oifname", "type" };
	static const char *const flags[] = { "saddr", "daddr", "mark", "iif", "oif" };
	const char *between = "fib ";

	for (unsigned i = 0; i < array_count(flags); i++)
		if (expr->fib.flags >> i & 1) {
			buf_printf(buf, "%s%s", between, flags[i]);
			between = " . ";
		}
	buf_printf(buf, " %s%s => reg %u", results[expr->fib.result],
		   expr->fib.flags & FIB_PRESENT ? " present" : "", reg(expr->fib.slot));
}

static void exthdr_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	static const char *const bases[] = { " ipv6", " tcpopt", " ipv4", " sctp chunk", " dccp" };

	switch ((enum exthdr_op)expr->exthdr.op) {
	case EXTHDR_LOAD:
		buf_printf(buf, "exthdr load%s %ub @ %u + %u%s => reg %u", bases[expr->exthdr.base],
			   expr->exthdr.bytes, expr->exthdr.type, expr->exthdr.offset,
			   expr->exthdr.present ? " present" : "", reg(expr->exthdr.slot));
		break;
	case EXTHDR_SET:
		buf_printf(buf, "exthdr write%s reg %u => %ub @ %u + %u", bases[expr->exthdr.base],
			   reg(expr->exthdr.slot), expr->exthdr.bytes, expr->exthdr.type,
			   expr->exthdr.offset);
		break;
	case EXTHDR_STRIP:
		buf_printf(buf, "exthdr reset tcpopt %u", expr->exthdr.type);
		break;
	}
}

static void hash_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	if (expr->hash.type == HASH_SYMMETRIC)
		buf_printf(buf, "hash reg %u = symhash() %% mod %u", reg(expr->hash.into),
			   expr->hash.modulus);
	else
		buf_printf(buf, "hash reg %u = jhash(reg %u, %u, 0x%x) %% mod %u",
			   reg(expr->hash.into), reg(expr->hash.slot), expr->hash.bytes,
			   expr->hash.seed, expr->hash.modulus);
	if (expr->hash.offset)
		buf_printf(buf, " offset %u", expr->hash.offset);
}

static void numgen_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	buf_printf(buf, "numgen reg %u = %s mod %u", reg(expr->numgen.slot),
		   expr->numgen.type == NUMGEN_COUNT ? "inc" : "random", expr->numgen.modulus);
	if (expr->numgen.offset)
		buf_printf(buf, " offset %u", expr->numgen.offset);
}

static void slot_say(struct buf *buf, const char *what, uint8_t slot)
{
	if (slot != SLOT_NONE)
		buf_printf(buf, " %s %u", what, reg(slot));
}

static void nat_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	static const char *const types[] = { "nat snat", "nat dnat", "masq", "redir" };

	buf_add_text(buf, types[expr->nat.type]);
	if (expr->nat.type == NAT_SOURCE || expr->nat.type == NAT_DESTINATION)
		buf_printf(buf, " %s", family_word(expr->nat.family));
	slot_say(buf, "addr_min reg", expr->nat.addr_first);
	slot_say(buf, "addr_max reg", expr->nat.addr_last);
	slot_say(buf, "proto_min reg", expr->nat.port_first);
	slot_say(buf, "proto_max reg", expr->nat.port_last);
	if (expr->nat.flags)
		buf_printf(buf, " flags 0x%x", expr->nat.flags);
}

static void queue_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	buf_add_text(buf, "queue");
	if (expr->queue.slot == SLOT_NONE)
		buf_printf(buf, " num %u", expr->queue.first);
	if (expr->queue.slot == SLOT_NONE && expr->queue.total > 1)
		buf_printf(buf, "-%u", expr->queue.first + expr->queue.total - 1);
	slot_say(buf, "sreg_qnum", expr->queue.slot);
	if (expr->queue.flags & 1)
		buf_add_text(buf, " bypass");
	if (expr->queue.flags & 2)
		buf_add_text(buf, " fanout");
}

static void carry_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	if (expr->carry.type == CARRY_DUP) {
		buf_add_text(buf, "dup");
		slot_say(buf, "sreg_addr", expr->carry.addr);
		slot_say(buf, "sreg_dev", expr->carry.device);
		return;
	}
	buf_add_text(buf, "fwd");
	slot_say(buf, "sreg_dev", expr->carry.device);
	slot_say(buf, "sreg_addr", expr->carry.addr);
	if (expr->carry.family)
		buf_printf(buf, " nfproto %u", expr->carry.family);
}

static void expr_say(const struct bytecode *to, const struct expr *expr);

static void dynset_say(const struct bytecode *to, const struct expr *expr)
{
	static const char *const ops[] = { "add", "update", "delete" };
	struct buf *buf = to->buf;

	buf_printf(buf, "dynset %s reg_key %u set %s", ops[expr->dynset.op], reg(expr->dynset.slot),
		   expr->dynset.set);
	slot_say(buf, "sreg_data", expr->dynset.data);
	buf_printf(buf, " timeout %llums", (unsigned long long)expr->dynset.timeout_ms);
	for (size_t i = 0; i < expr->dynset.exprs.count; i++) {
		buf_add_text(buf, " expr [ ");
		expr_say(to, &expr->dynset.exprs.items[i]);
		buf_add_text(buf, " ]");
	}
}

static void cmp_say(const struct bytecode *to, const struct expr *expr)
{
	buf_printf(to->buf, "cmp %s reg %u", cmps[expr->cmp.op], reg(expr->cmp.slot));
	value_say(to, &expr->cmp.value);
}

static void range_say(const struct bytecode *to, const struct expr *expr)
{
	buf_printf(to->buf, "range %s reg %u", cmps[expr->range.op], reg(expr->range.slot));
	value_say(to, &expr->range.first);
	value_say(to, &expr->range.last);
}

static void byteorder_say(const struct bytecode *to, const struct expr *expr)
{
	buf_printf(to->buf, "byteorder reg %u = %s(reg %u, %u, %u)", reg(expr->byteorder.into),
		   expr->byteorder.op == BYTEORDER_NTOH ? "ntoh" : "hton",
		   reg(expr->byteorder.slot), expr->byteorder.unit_bytes, expr->byteorder.bytes);
}

static void immediate_say(const struct bytecode *to, const struct expr *expr)
{
	buf_printf(to->buf, "immediate reg %u", reg(expr->immediate.slot));
	value_say(to, &expr->immediate.value);
}

static void counter_say(const struct bytecode *to, const struct expr *expr)
{
	buf_printf(to->buf, "counter pkts %llu bytes %llu",
		   (unsigned long long)expr->counter.packets,
		   (unsigned long long)expr->counter.bytes);
}

static void reject_say(const struct bytecode *to, const struct expr *expr)
{
	buf_printf(to->buf, "reject type %u code %u", expr->reject.type, expr->reject.code);
}

static void quota_say(const struct bytecode *to, const struct expr *expr)
{
	buf_printf(to->buf, "quota bytes %llu consumed %llu flags %u",
		   (unsigned long long)expr->quota.bytes,
		   (unsigned long long)expr->quota.consumed, expr->quota.over);
}

static void socket_say(const struct bytecode *to, const struct expr *expr)
{
	static const char *const keys[] = { "transparent", "mark", "wildcard", "cgroupv2" };

	buf_printf(to->buf, "socket load %s", keys[expr->socket.key]);
	if (expr->socket.key == SOCKET_CGROUP)
		buf_printf(to->buf, " %u", expr->socket.level);
	buf_printf(to->buf, " => reg %u", reg(expr->socket.slot));
}

static void rt_say(const struct bytecode *to, const struct expr *expr)
{
	static const char *const keys[] = { "classid", "nexthop4", "nexthop6", "tcpmss", "ipsec" };

	buf_printf(to->buf, "rt load %s => reg %u", keys[expr->rt.key], reg(expr->rt.slot));
}

static void notrack_say(const struct bytecode *to, const struct expr *expr)
{
	(void)expr;
	buf_add_text(to->buf, "notrack");
}

static void connlimit_say(const struct bytecode *to, const struct expr *expr)
{
	buf_printf(to->buf, "connlimit count %u flags %x", expr->connlimit.count,
		   expr->connlimit.over);
}

static void unknown_say(const struct bytecode *to, const struct expr *expr)
{
	buf_printf(to->buf, "? %s", expr->unknown.name);
}

static void last_say(const struct bytecode *to, const struct expr *expr)
{
	struct buf *buf = to->buf;
	if (expr->last.seen)
		buf_printf(buf, "last %llu", (unsigned long long)expr->last.ms);
	else
		buf_add_text(buf, "last never");
}

static void expr_say(const struct bytecode *to, const struct expr *expr)
{
	static void (*const says[EXPR_KINDS])(const struct bytecode *, const struct expr *) = {
		[EXPR_META] = meta_say,
		[EXPR_CT] = ct_say,
		[EXPR_PAYLOAD] = payload_say,
		[EXPR_CMP] = cmp_say,
		[EXPR_BITWISE] = bitwise_say,
		[EXPR_BYTEORDER] = byteorder_say,
		[EXPR_RANGE] = range_say,
		[EXPR_LOOKUP] = lookup_say,
		[EXPR_IMMEDIATE] = immediate_say,
		[EXPR_VERDICT] = verdict_say,
		[EXPR_COUNTER] = counter_say,
		[EXPR_OBJREF] = objref_say,
		[EXPR_LOG] = log_say,
		[EXPR_LIMIT] = limit_say,
		[EXPR_REJECT] = reject_say,
		[EXPR_FIB] = fib_say,
		[EXPR_EXTHDR] = exthdr_say,
		[EXPR_QUOTA] = quota_say,
		[EXPR_NUMGEN] = numgen_say,
		[EXPR_HASH] = hash_say,
		[EXPR_SOCKET] = socket_say,
		[EXPR_RT] = rt_say,
		[EXPR_DYNSET] = dynset_say,
		[EXPR_NAT] = nat_say,
		[EXPR_NOTRACK] = notrack_say,
		[EXPR_QUEUE] = queue_say,
		[EXPR_CARRY] = carry_say,
		[EXPR_CONNLIMIT] = connlimit_say,
		[EXPR_LAST] = last_say,
		[EXPR_UNKNOWN] = unknown_say,
	};

	says[expr->kind](to, expr);
}
