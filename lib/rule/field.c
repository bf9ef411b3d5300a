/* See field.h. The order of the fields is the order in which JSON shows them. */
#include "rule/field.h"

#include <string.h>

#include "rule/value.h"

const char *const family_words[] = { "inet", "ip", "ip6", "arp", "netdev", "bridge" };
const char *const datum_words[] = {
	"integer",     "verdict",       "mark",     "ifname",       "ether_addr", "ipv4_addr",
	"ipv6_addr",   "inet_proto",    "inet_service", "icmp_type", "icmpv6_type", "ct_state",
	"ct_dir",      "ether_type",    "nf_proto", "iface_index",  "iface_type",  "object",
};
const char *const verdict_words[] = { "none",   "accept", "drop", "continue",
				      "return", "jump",   "goto", "queue" };
const char *const hook_words[] = { "prerouting",  "input",   "forward", "output",
				   "postrouting", "ingress", "egress" };
const char *const chain_type_words[] = { "filter", "nat", "route" };
static const char *const object_words[] = {
	"none",	     "counter",	  "quota",  "limit",   "connlimit", "ct-helper", "ct-timeout",
	"ct-expect", "tunnel",	  "secmark", "synproxy", "flowtable", "other",
};
static const char *const table_flag_words[] = { "dormant", "owner", "persist" };
static const char *const set_flag_words[] = { "constant", "interval", "timeout", "dynamic",
					      "anonymous" };
static const char *const meta_words[] = { "nfproto", "l4proto", "protocol", "iifname",
					  "oifname", "iif",     "oif",      "iiftype",
					  "oiftype", "mark",    "length",   "pkttype",
					  "skuid",   "skgid",   "cpu",      "priority",
					  "nftrace", "rtclassid", "secmark", "ibrname",
					  "obrname", "iifgroup", "oifgroup", "cgroup",
					  "random",  "secpath", "iifkind",  "oifkind",
					  "ibrpvid", "ibrvproto", "time",   "day",
					  "hour",    "sdif",    "sdifname", "broute",
					  "ibrhwaddr" };
static const char *const ct_words[] = { "state",  "direction", "status",  "mark",  "expiration",
					"helper", "l3proto",   "protocol", "saddr", "daddr",
					"saddr4", "daddr4",    "saddr6",   "daddr6",
					"proto-src", "proto-dst", "zone", "secmark", "label",
					"packets", "bytes", "avgpkt", "event", "id" };
static const char *const side_words[] = { "none", "original", "reply" };
static const char *const base_words[] = { "link", "network", "transport", "inner" };
static const char *const cmp_words[] = { "==", "!=", "<", "<=", ">", ">=" };
static const char *const bitwise_words[] = { "mask-xor", "left", "right" };
static const char *const byteorder_words[] = { "ntoh", "hton" };
static const char *const unit_words[] = { "packets", "bytes" };
static const char *const reject_words[] = { "icmp", "tcp-reset", "icmpx" };
static const char *const fib_words[] = { "oif", "oifname", "type" };
static const char *const fib_flag_words[] = { "saddr", "daddr", "mark", "iif", "oif", "present" };
static const char *const exthdr_base_words[] = { "ip6", "tcp", "ip", "sctp", "dccp" };
static const char *const exthdr_op_words[] = { "load", "set", "strip" };
static const char *const numgen_words[] = { "inc", "random" };
static const char *const hash_words[] = { "jhash", "symhash" };
static const char *const socket_words[] = { "transparent", "mark", "wildcard", "cgroupv2" };
static const char *const rt_words[] = { "classid", "nexthop4", "nexthop6", "mtu", "ipsec" };
static const char *const dynset_words[] = { "add", "update", "delete" };
static const char *const nat_words[] = { "snat", "dnat", "masq", "redir" };
static const char *const carry_words[] = { "dup", "fwd" };

_Static_assert(array_count(datum_words) == DATUMS, "a word for each datum");
_Static_assert(array_count(meta_words) == META_KEYS, "a word for each meta key");
_Static_assert(array_count(ct_words) == CT_KEYS, "a word for each ct key");

#define F(of, member, kind) \
	{ .name = #member, .type = kind, .offset = offsetof(struct of, member) }
#define F_KEY(of, member, kind) \
	{ .name = #member, .type = kind, .offset = offsetof(struct of, member), .is_key = true }
#define F_STATE(of, member, kind) \
	{ .name = #member, .type = kind, .offset = offsetof(struct of, member), .is_state = true }
#define F_WORDS(of, member, kind, list)                                                            \
	{                                                                                          \
		.name = #member, .type = kind, .offset = offsetof(struct of, member),              \
		.words = list, .word_count = array_count(list)                                     \
	}
#define FIELDS(title, list) { .what = title, .items = list, .count = array_count(list) }

static const struct field table_items[] = {
	{ .name = "family", .type = FIELD_WORD, .is_key = true,
	  .offset = offsetof(struct table, family), .words = family_words,
	  .word_count = array_count(family_words) },
	F_KEY(table, name, FIELD_TEXT),
	F_WORDS(table, flags, FIELD_BITS, table_flag_words),
	F(table, comment, FIELD_TEXT),
};
const struct fields fields_table = FIELDS("table", table_items);

static const struct field chain_items[] = {
	F_KEY(chain, name, FIELD_TEXT),
	F(chain, is_base, FIELD_BOOL),
	F_WORDS(chain, type, FIELD_WORD, chain_type_words),
	F_WORDS(chain, hook, FIELD_WORD, hook_words),
	F(chain, priority, FIELD_S32),
	F_WORDS(chain, policy, FIELD_WORD, verdict_words),
	F(chain, device, FIELD_TEXT),
	F(chain, comment, FIELD_TEXT),
};
const struct fields fields_chain = FIELDS("chain", chain_items);

static const struct field rule_items[] = {
	F(rule, comment, FIELD_TEXT),
	F_STATE(rule, handle, FIELD_U64),
};
const struct fields fields_rule = FIELDS("rule", rule_items);

static const struct field set_items[] = {
	F_KEY(set, name, FIELD_TEXT),
	F(set, is_map, FIELD_BOOL),
	F(set, key, FIELD_KEY),
	F_WORDS(set, data, FIELD_WORD, datum_words),
	F(set, data_bytes, FIELD_U8),
	{ .name = "object", .type = FIELD_WORD, .is_rare = true,
	  .offset = offsetof(struct set, object), .words = object_words,
	  .word_count = array_count(object_words) },
	F_WORDS(set, flags, FIELD_BITS, set_flag_words),
	F(set, size, FIELD_U32),
	F(set, timeout_ms, FIELD_U64),
	F(set, gc_ms, FIELD_U64),
	F(set, exprs, FIELD_EXPRS),
	F(set, counts, FIELD_BOOL),
	F(set, comment, FIELD_TEXT),
};
const struct fields fields_set = FIELDS("set", set_items);

static const struct field element_items[] = {
	F_KEY(element, key, FIELD_ELEMENT_KEY),
	F_KEY(element, key_end, FIELD_ELEMENT_END),
	{ .name = "data", .type = FIELD_ELEMENT_DATA, .offset = offsetof(struct element, mark) },
	F(element, timeout_ms, FIELD_U64),
	F_STATE(element, expires_ms, FIELD_U64),
	F_STATE(element, packets, FIELD_U64),
	F_STATE(element, bytes_passed, FIELD_U64),
	F(element, comment, FIELD_TEXT),
};
const struct fields fields_element = FIELDS("element", element_items);

static const struct field object_items[] = {
	F_KEY(object, name, FIELD_TEXT),
	{ .name = "type", .type = FIELD_WORD, .is_key = true,
	  .offset = offsetof(struct object, type), .words = object_words,
	  .word_count = array_count(object_words) },
	F(object, number, FIELD_U32),
	F_STATE(object, packets, FIELD_U64),
	F_STATE(object, bytes, FIELD_U64),
	F(object, comment, FIELD_TEXT),
};
const struct fields fields_object = FIELDS("object", object_items);

#define E(member, kind) \
	{ .name = #member, .type = kind, .offset = offsetof(struct expr, EXPR.member) }
#define E_STATE(member, kind)                                                                      \
	{ .name = #member, .type = kind, .is_state = true,                                         \
	  .offset = offsetof(struct expr, EXPR.member) }
#define E_WORDS(member, kind, list)                                                                \
	{ .name = #member, .type = kind, .offset = offsetof(struct expr, EXPR.member),             \
	  .words = list, .word_count = array_count(list) }

#define EXPR meta
static const struct field meta_items[] = { E_WORDS(key, FIELD_WORD, meta_words),
					   E(slot, FIELD_SLOT), E(set, FIELD_BOOL) };
#undef EXPR
#define EXPR ct
static const struct field ct_items[] = { E_WORDS(key, FIELD_WORD, ct_words), E(slot, FIELD_SLOT),
					 E_WORDS(side, FIELD_WORD, side_words),
					 E(set, FIELD_BOOL) };
#undef EXPR
#define EXPR payload
static const struct field payload_items[] = {
	E_WORDS(base, FIELD_WORD, base_words), E(offset, FIELD_U32),
	E(bytes, FIELD_U32),                   E(slot, FIELD_SLOT),
	E(set, FIELD_BOOL),                    E(csum_type, FIELD_U32),
	E(csum_offset, FIELD_U32),             E(csum_flags, FIELD_U32),
};
#undef EXPR
#define EXPR cmp
static const struct field cmp_items[] = { E(slot, FIELD_SLOT),
					  E_WORDS(op, FIELD_WORD, cmp_words),
					  E(value, FIELD_VALUE) };
#undef EXPR
#define EXPR bitwise
static const struct field bitwise_items[] = {
	E_WORDS(op, FIELD_WORD, bitwise_words), E(slot, FIELD_SLOT), E(into, FIELD_SLOT),
	E(bytes, FIELD_U32), E(shift, FIELD_U32), E(mask, FIELD_VALUE), E(flip, FIELD_VALUE),
};
#undef EXPR
#define EXPR byteorder
static const struct field byteorder_items[] = {
	E_WORDS(op, FIELD_WORD, byteorder_words), E(slot, FIELD_SLOT), E(into, FIELD_SLOT),
	E(bytes, FIELD_U32), E(unit_bytes, FIELD_U32),
};
#undef EXPR
#define EXPR range
static const struct field range_items[] = { E(slot, FIELD_SLOT),
					    E_WORDS(op, FIELD_WORD, cmp_words),
					    E(first, FIELD_VALUE), E(last, FIELD_VALUE) };
#undef EXPR
#define EXPR lookup
static const struct field lookup_items[] = { E(set, FIELD_TEXT), E(slot, FIELD_SLOT),
					     E(into, FIELD_SLOT), E(inverted, FIELD_BOOL) };
#undef EXPR
#define EXPR immediate
static const struct field immediate_items[] = { E(slot, FIELD_SLOT), E(value, FIELD_VALUE) };
#undef EXPR
#define EXPR verdict
static const struct field verdict_items[] = { E_WORDS(code, FIELD_WORD, verdict_words),
					      E(chain, FIELD_TEXT) };
#undef EXPR
#define EXPR counter
static const struct field counter_items[] = { E_STATE(packets, FIELD_U64),
					      E_STATE(bytes, FIELD_U64) };
#undef EXPR
#define EXPR objref
static const struct field objref_items[] = { E_WORDS(type, FIELD_WORD, object_words),
					     E(name, FIELD_TEXT), E(set, FIELD_TEXT),
					     E(slot, FIELD_SLOT) };
#undef EXPR
#define EXPR log
static const struct field log_items[] = {
	E(prefix, FIELD_TEXT), E(has_group, FIELD_BOOL), E(group, FIELD_U32),
	E(snaplen, FIELD_U32), E(qthreshold, FIELD_U32), E(has_level, FIELD_BOOL),
	E(level, FIELD_U32),   E(flags, FIELD_U32),
};
#undef EXPR
#define EXPR limit
static const struct field limit_items[] = {
	E_WORDS(unit, FIELD_WORD, unit_words), E(rate, FIELD_U64), E(per_sec, FIELD_U64),
	E(burst, FIELD_U32), E(over, FIELD_BOOL),
};
#undef EXPR
#define EXPR reject
static const struct field reject_items[] = { E_WORDS(type, FIELD_WORD, reject_words),
					     E(code, FIELD_U8) };
#undef EXPR
#define EXPR fib
static const struct field fib_items[] = { E_WORDS(result, FIELD_WORD, fib_words),
					  E_WORDS(flags, FIELD_BITS, fib_flag_words),
					  E(slot, FIELD_SLOT) };
#undef EXPR
#define EXPR exthdr
static const struct field exthdr_items[] = {
	E_WORDS(base, FIELD_WORD, exthdr_base_words), E_WORDS(op, FIELD_WORD, exthdr_op_words),
	E(type, FIELD_U8),    E(offset, FIELD_U32),   E(bytes, FIELD_U32),
	E(slot, FIELD_SLOT),  E(present, FIELD_BOOL),
};
#undef EXPR
#define EXPR quota
static const struct field quota_items[] = { E(bytes, FIELD_U64), E_STATE(consumed, FIELD_U64),
					    E(over, FIELD_BOOL) };
#undef EXPR
#define EXPR numgen
static const struct field numgen_items[] = { E_WORDS(type, FIELD_WORD, numgen_words),
					     E(modulus, FIELD_U32), E(offset, FIELD_U32),
					     E(slot, FIELD_SLOT) };
#undef EXPR
#define EXPR hash
static const struct field hash_items[] = {
	E_WORDS(type, FIELD_WORD, hash_words), E(slot, FIELD_SLOT), E(bytes, FIELD_U32),
	E(modulus, FIELD_U32), E(has_seed, FIELD_BOOL), E(seed, FIELD_U32),
	E(offset, FIELD_U32), E(into, FIELD_SLOT),
};
#undef EXPR
#define EXPR socket
static const struct field socket_items[] = { E_WORDS(key, FIELD_WORD, socket_words),
					     E(slot, FIELD_SLOT), E(level, FIELD_U32) };
#undef EXPR
#define EXPR rt
static const struct field rt_items[] = { E_WORDS(key, FIELD_WORD, rt_words),
					 E(slot, FIELD_SLOT) };
#undef EXPR
#define EXPR dynset
static const struct field dynset_items[] = {
	E_WORDS(op, FIELD_WORD, dynset_words), E(set, FIELD_TEXT), E(slot, FIELD_SLOT),
	E(data, FIELD_SLOT), E(inverted, FIELD_BOOL), E(timeout_ms, FIELD_U64),
	E(exprs, FIELD_EXPRS),
};
#undef EXPR
#define EXPR nat
static const struct field nat_items[] = {
	E_WORDS(type, FIELD_WORD, nat_words), E(family, FIELD_U8), E(addr_first, FIELD_SLOT),
	E(addr_last, FIELD_SLOT), E(port_first, FIELD_SLOT), E(port_last, FIELD_SLOT),
	E(flags, FIELD_U32),
};
#undef EXPR
#define EXPR queue
static const struct field queue_items[] = { E(first, FIELD_U32), E(total, FIELD_U32),
					    E(flags, FIELD_U32), E(slot, FIELD_SLOT) };
#undef EXPR
#define EXPR carry
static const struct field carry_items[] = { E_WORDS(type, FIELD_WORD, carry_words),
					    E(family, FIELD_U8), E(addr, FIELD_SLOT),
					    E(device, FIELD_SLOT) };
#undef EXPR
#define EXPR connlimit
static const struct field connlimit_items[] = { E(count, FIELD_U32), E(over, FIELD_BOOL) };
#undef EXPR
#define EXPR last
static const struct field last_items[] = { E_STATE(seen, FIELD_BOOL), E_STATE(ms, FIELD_U64) };
#undef EXPR
#define EXPR unknown
static const struct field unknown_items[] = { E(name, FIELD_TEXT), E(raw, FIELD_VALUE),
					      E(into, FIELD_SLOT) };
#undef EXPR

const struct fields fields_expr[EXPR_KINDS] = {
	[EXPR_META] = FIELDS("meta", meta_items),
	[EXPR_CT] = FIELDS("ct", ct_items),
	[EXPR_PAYLOAD] = FIELDS("payload", payload_items),
	[EXPR_CMP] = FIELDS("cmp", cmp_items),
	[EXPR_BITWISE] = FIELDS("bitwise", bitwise_items),
	[EXPR_BYTEORDER] = FIELDS("byteorder", byteorder_items),
	[EXPR_RANGE] = FIELDS("range", range_items),
	[EXPR_LOOKUP] = FIELDS("lookup", lookup_items),
	[EXPR_IMMEDIATE] = FIELDS("immediate", immediate_items),
	[EXPR_VERDICT] = FIELDS("verdict", verdict_items),
	[EXPR_COUNTER] = FIELDS("counter", counter_items),
	[EXPR_OBJREF] = FIELDS("objref", objref_items),
	[EXPR_LOG] = FIELDS("log", log_items),
	[EXPR_LIMIT] = FIELDS("limit", limit_items),
	[EXPR_REJECT] = FIELDS("reject", reject_items),
	[EXPR_FIB] = FIELDS("fib", fib_items),
	[EXPR_EXTHDR] = FIELDS("exthdr", exthdr_items),
	[EXPR_QUOTA] = FIELDS("quota", quota_items),
	[EXPR_NUMGEN] = FIELDS("numgen", numgen_items),
	[EXPR_HASH] = FIELDS("hash", hash_items),
	[EXPR_SOCKET] = FIELDS("socket", socket_items),
	[EXPR_RT] = FIELDS("rt", rt_items),
	[EXPR_DYNSET] = FIELDS("dynset", dynset_items),
	[EXPR_NAT] = FIELDS("nat", nat_items),
	[EXPR_NOTRACK] = { .what = "notrack" }, /* has none */
	[EXPR_QUEUE] = FIELDS("queue", queue_items),
	[EXPR_CARRY] = FIELDS("carry", carry_items),
	[EXPR_CONNLIMIT] = FIELDS("connlimit", connlimit_items),
	[EXPR_LAST] = FIELDS("last", last_items),
	[EXPR_UNKNOWN] = FIELDS("unknown", unknown_items),
};
