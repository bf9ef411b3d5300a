/* The ruleset: what a packet filter holds, as plain data. The compiler builds one out of a
 * policy, the codec builds one out of a kernel's dump, and everything else (text, JSON, diff,
 * proof) only reads it.
 *
 * Expressions stand at the level at which the kernel runs them: registers are sixteen slots of
 * four bytes; the kernel's 16-byte register n is slots 4(n-1) to 4n-1. Values are bytes as they
 * lie in a register: network order from the packet, host order for marks, names padded to 16.
 * Knows no netlink and no policy; the enums here are our own.
 *
 * One arena holds it all; it is built once, then const, and freed whole. Every node carries the
 * src of the user's setting it stems from, so that a refusal can be shown there. */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/err.h"

enum table_family { TABLE_INET, TABLE_IP, TABLE_IP6, TABLE_ARP, TABLE_NETDEV, TABLE_BRIDGE };

/* What a value means; decides its length and its text. */
enum datum {
	DATUM_INTEGER, /* of any length, network order: meaning unknown */
	DATUM_VERDICT,
	DATUM_MARK, /* host order */
	DATUM_IFNAME,
	DATUM_ETHER,
	DATUM_IPV4,
	DATUM_IPV6,
	DATUM_PROTO,
	DATUM_PORT,
	DATUM_ICMP_TYPE,
	DATUM_ICMPV6_TYPE,
	DATUM_CT_STATE, /* host order, a bit set */
	DATUM_CT_DIRECTION,
	DATUM_ETHERTYPE,
	DATUM_NFPROTO,
	DATUM_IFINDEX, /* host order */
	DATUM_IFTYPE,  /* host order */
	DATUM_OBJECT,  /* of a map: the name of an object of its table */
	DATUMS
};

enum { SLOTS = 16, SLOT_BYTES = 4, SLOT_NONE = 255, SLOT_VERDICT = 254 };

struct value {
	const uint8_t *bytes;
	uint16_t count;
};

/* ---- verdicts ---- */
enum verdict_code {
	VERDICT_NONE, /* no verdict: in data that is none */
	VERDICT_ACCEPT,
	VERDICT_DROP,
	VERDICT_CONTINUE,
	VERDICT_RETURN,
	VERDICT_JUMP,
	VERDICT_GOTO,
	VERDICT_QUEUE,
};

struct verdict {
	const char *chain; /* of jump and goto, else NULL */
	uint8_t code;
};

/* ---- expressions ---- */
enum expr_kind {
	EXPR_META,
	EXPR_CT,
	EXPR_PAYLOAD,
	EXPR_CMP,
	EXPR_BITWISE,
	EXPR_BYTEORDER,
	EXPR_RANGE,
	EXPR_LOOKUP,
	EXPR_IMMEDIATE,
	EXPR_VERDICT, /* an immediate into the verdict register */
	EXPR_COUNTER,
	EXPR_OBJREF,
	EXPR_LOG,
	EXPR_LIMIT,
	/* from here on none is ours: what they do to a packet, effect.h says of all alike */
	EXPR_REJECT,
	EXPR_FIB,
	EXPR_EXTHDR,
	EXPR_QUOTA,
	EXPR_NUMGEN,
	EXPR_HASH,
	EXPR_SOCKET,
	EXPR_RT,
	EXPR_DYNSET,
	EXPR_NAT, /* masquerading and redirecting too */
	EXPR_NOTRACK,
	EXPR_QUEUE,
	EXPR_CARRY, /* to another interface: dup, fwd */
	EXPR_CONNLIMIT,
	EXPR_LAST,
	EXPR_UNKNOWN, /* only its name is known, and its bytes */
	EXPR_KINDS
};

enum meta_key {
	META_NFPROTO,
	META_L4PROTO,
	META_PROTOCOL,
	META_IIFNAME,
	META_OIFNAME,
	META_IIF,
	META_OIF,
	META_IIFTYPE,
	META_OIFTYPE,
	META_MARK,
	META_LEN,
	META_PKTTYPE,
	META_SKUID,
	META_SKGID,
	META_CPU,
	META_PRIORITY,
	META_TRACE,
	META_REALM,
	META_SECMARK,
	META_BRIDGE_IIFNAME,
	META_BRIDGE_OIFNAME,
	META_IIFGROUP,
	META_OIFGROUP,
	META_CGROUP,
	META_RANDOM,
	META_SECPATH,
	META_IIFKIND,
	META_OIFKIND,
	META_BRIDGE_PVID,
	META_BRIDGE_VPROTO,
	META_TIME,
	META_DAY,
	META_HOUR,
	META_SDIF,
	META_SDIFNAME,
	META_BROUTE,
	META_BRIDGE_HWADDR,
	META_KEYS
};

enum ct_key {
	CT_STATE,
	CT_DIRECTION,
	CT_STATUS,
	CT_MARK,
	CT_EXPIRATION,
	CT_HELPER,
	CT_L3PROTO,
	CT_PROTO,
	CT_SRC, /* of the connection's family; the longest */
	CT_DST,
	CT_SRC_IP4,
	CT_DST_IP4,
	CT_SRC_IP6,
	CT_DST_IP6,
	CT_SRC_PORT,
	CT_DST_PORT,
	CT_ZONE,
	CT_SECMARK,
	CT_LABELS,
	CT_PACKETS,
	CT_BYTES,
	CT_AVERAGE,
	CT_EVENTS,
	CT_ID,
	CT_KEYS
};

enum ct_side { CT_SIDE_NONE, CT_SIDE_ORIGINAL, CT_SIDE_REPLY };

/* The kernel's bits: VERIFY.md, INVALID is bit 0. */
enum ct_state_bit {
	CT_INVALID = 1,
	CT_ESTABLISHED = 2,
	CT_RELATED = 4,
	CT_NEW = 8,
	CT_UNTRACKED = 64,
};

enum payload_base { PAYLOAD_LINK, PAYLOAD_NETWORK, PAYLOAD_TRANSPORT, PAYLOAD_INNER };
enum cmp_op { CMP_EQ, CMP_NEQ, CMP_LT, CMP_LTE, CMP_GT, CMP_GTE };
enum bitwise_op { BITWISE_MASK_XOR, BITWISE_LEFT, BITWISE_RIGHT };
enum byteorder_op { BYTEORDER_NTOH, BYTEORDER_HTON };
enum limit_unit { LIMIT_PACKETS, LIMIT_BYTES };
enum reject_type { REJECT_ICMP, REJECT_TCP_RESET, REJECT_ICMPX };
enum fib_result { FIB_OIF, FIB_OIFNAME, FIB_ADDRTYPE };
enum fib_flag { FIB_SADDR = 1, FIB_DADDR = 2, FIB_MARK = 4, FIB_IIF = 8, FIB_OIF_ONLY = 16,
		FIB_PRESENT = 32 /* 0 or 1, whatever the result */ };
enum exthdr_base { EXTHDR_IP6, EXTHDR_TCP_OPTION, EXTHDR_IP_OPTION, EXTHDR_SCTP, EXTHDR_DCCP };
enum exthdr_op { EXTHDR_LOAD, EXTHDR_SET, EXTHDR_STRIP };
enum numgen_type { NUMGEN_COUNT, NUMGEN_RANDOM };
enum hash_type { HASH_JENKINS, HASH_SYMMETRIC };
enum socket_key { SOCKET_TRANSPARENT, SOCKET_MARK, SOCKET_WILDCARD, SOCKET_CGROUP };
enum rt_key { RT_REALM, RT_NEXTHOP4, RT_NEXTHOP6, RT_TCP_MSS, RT_IPSEC };
enum dynset_op { DYNSET_ADD, DYNSET_UPDATE, DYNSET_DELETE };
enum nat_type { NAT_SOURCE, NAT_DESTINATION, NAT_MASQUERADE, NAT_REDIRECT };
enum carry_type { CARRY_DUP, CARRY_FWD };

struct expr;
struct exprs {
	const struct expr *items;
	size_t count;
};

struct expr {
	uint8_t kind; /* enum expr_kind */
	union {
		struct {
			uint8_t key, slot;
			bool set; /* written from slot, else loaded into it */
		} meta;
		struct {
			uint8_t key, slot, side;
			bool set;
		} ct;
		struct {
			uint8_t base, slot;
			bool set;
			uint32_t offset, bytes;
			uint32_t csum_type, csum_offset, csum_flags; /* when set */
		} payload;
		struct {
			uint8_t op, slot;
			struct value value;
		} cmp;
		struct {
			uint8_t op, slot, into;
			uint32_t bytes, shift;
			struct value mask, flip;
		} bitwise;
		struct {
			uint8_t op, slot, into;
			uint32_t bytes, unit_bytes;
		} byteorder;
		struct {
			uint8_t op, slot; /* CMP_EQ: inside; CMP_NEQ: outside */
			struct value first, last;
		} range;
		struct {
			uint8_t slot, into; /* into: SLOT_NONE, SLOT_VERDICT or a slot */
			bool inverted;
			const char *set;
		} lookup;
		struct {
			uint8_t slot;
			struct value value;
		} immediate;
		struct verdict verdict;
		struct {
			uint64_t packets, bytes;
		} counter;
		struct { /* of a flowtable: puts the connection into it */
			uint8_t type; /* enum object_type; by a map, which says it, OBJECT_NONE */
			const char *name; /* NULL: by a map */
			const char *set;  /* that map of objects, or NULL */
			uint8_t slot;     /* of the key for it */
		} objref;
		struct {
			const char *prefix;
			bool has_group, has_level;
			uint32_t group, snaplen, qthreshold, level, flags;
		} log;
		struct {
			uint8_t unit; /* enum limit_unit */
			bool over;
			uint32_t burst;
			uint64_t rate, per_sec;
		} limit;
		struct {
			uint8_t type, code;
		} reject;
		struct {
			uint8_t result, slot;
			uint32_t flags; /* enum fib_flag */
		} fib;
		struct {
			uint8_t base, op, type; /* type: of the header, option or chunk */
			uint8_t slot;           /* read when set; SLOT_NONE to strip */
			uint32_t offset, bytes;
			bool present; /* loads 0 or 1, and goes on where it is absent */
		} exthdr;
		struct {
			uint64_t bytes, consumed;
			bool over;
		} quota;
		struct {
			uint8_t type, slot;
			uint32_t modulus, offset;
		} numgen;
		struct {
			uint8_t type, slot, into; /* a symmetric one reads no slot: SLOT_NONE */
			bool has_seed;            /* else the kernel has rolled one */
			uint32_t bytes, modulus, seed, offset;
		} hash;
		struct {
			uint8_t key, slot;
			uint32_t level;
		} socket;
		struct {
			uint8_t key, slot;
		} rt;
		struct {
			const char *set;
			uint8_t op, slot, data; /* data: SLOT_NONE or a map's */
			bool inverted;
			uint64_t timeout_ms;
			struct exprs exprs; /* run for each element, and may end the rule */
		} dynset;
		struct { /* slots, or SLOT_NONE */
			uint8_t type, family; /* family: as META_NFPROTO; 0: the packet's own */
			uint8_t addr_first, addr_last, port_first, port_last;
			uint32_t flags;
		} nat;
		struct {
			uint32_t first, total, flags;
			uint8_t slot; /* SLOT_NONE: first and total say where to */
		} queue;
		struct {
			uint8_t type, family, addr, device; /* slots, or SLOT_NONE */
		} carry;
		struct {
			uint32_t count;
			bool over;
		} connlimit;
		struct {
			bool seen;
			uint64_t ms; /* since a packet came by */
		} last;
		struct {
			const char *name;
			struct value raw; /* the attributes of its data */
			uint8_t into;     /* the first slot it writes, if it has one; or SLOT_NONE */
		} unknown;
	};
};

/* ---- tables and what is in them ---- */
struct rule {
	const struct expr *exprs;
	size_t count;
	const char *comment; /* or NULL */
	uint64_t handle;     /* the kernel's; 0: not from a kernel */
	struct src src;
};

enum chain_type { CHAIN_FILTER, CHAIN_NAT, CHAIN_ROUTE };
enum hook {
	HOOK_PREROUTING,
	HOOK_INPUT,
	HOOK_FORWARD,
	HOOK_OUTPUT,
	HOOK_POSTROUTING,
	HOOK_INGRESS,
	HOOK_EGRESS,
};

struct chain {
	const char *name;
	bool is_base;
	uint8_t type, hook; /* of a base chain */
	uint8_t policy;     /* VERDICT_ACCEPT or VERDICT_DROP */
	int32_t priority;
	const char *device; /* netdev; or NULL */
	const char *comment;
	vec_of(struct rule) rules;
	struct src src;
};

/* The layout of a key: fields side by side, each padded to whole slots. */
struct key {
	uint8_t count;
	uint8_t datums[SLOTS], bytes[SLOTS]; /* bytes without padding */
};

enum set_flag {
	SET_CONSTANT = 1,
	SET_INTERVAL = 2,
	SET_TIMEOUT = 4,
	SET_DYNAMIC = 8, /* packets may add elements */
	SET_ANONYMOUS = 16,
};

struct element {
	const uint8_t *key;     /* set.key_bytes; NULL: the catch-all */
	const uint8_t *key_end; /* the last of an interval, right behind key; NULL: a single key */
	union {                 /* of a map, after set.data */
		uint32_t mark;
		struct verdict verdict;
		const uint8_t *bytes; /* set.data_bytes */
		const char *object;   /* the name */
	};
	uint64_t timeout_ms;    /* 0: as the set says */
	uint64_t expires_ms;    /* left to live at ruleset.at_ms; 0: all of timeout_ms */
	uint64_t packets, bytes_passed; /* of its counter when dumped, where set.counts */
	const char *comment;
	struct src src;
};

struct set {
	const char *name;
	bool is_map;
	bool counts; /* each element has a counter */
	uint8_t data;       /* enum datum, of a map */
	uint8_t data_bytes; /* of a map of anything but marks, verdicts and objects */
	uint8_t object;     /* enum object_type, of a map of objects, else OBJECT_NONE */
	uint32_t flags;
	uint32_t size; /* 0: none declared */
	uint64_t timeout_ms, gc_ms;
	struct exprs exprs; /* what an element carries beside a counter: may end the rule that looks */
	struct key key;
	unsigned key_bytes; /* in whole slots */
	const char *comment;
	vec_of(struct element) elements;
	struct src src;
	uint8_t *key_room; /* for set_add_element() */
	size_t key_room_bytes;
};

/* A flowtable carries connections around every hook but its own; none is ours. */
enum object_type {
	OBJECT_NONE,
	OBJECT_COUNTER,
	OBJECT_QUOTA,
	OBJECT_LIMIT,
	OBJECT_CONNLIMIT,
	OBJECT_CT_HELPER,
	OBJECT_CT_TIMEOUT,
	OBJECT_CT_EXPECT,
	OBJECT_TUNNEL,
	OBJECT_SECMARK,
	OBJECT_SYNPROXY,
	OBJECT_FLOWTABLE,
	OBJECT_OTHER
};

struct object {
	const char *name;
	uint8_t type;
	uint32_t number;         /* the kernel's of the type, of one we have no word for */
	uint64_t packets, bytes; /* of a counter: state, no difference in shape */
	const char *comment;
	struct src src;
};

enum table_flag { TABLE_DORMANT = 1, TABLE_OWNER = 2, TABLE_PERSIST = 4 };

struct table {
	uint8_t family;
	const char *name;
	uint32_t flags;
	const char *comment;
	vec_of(struct chain *) chains;
	vec_of(struct set *) sets;
	vec_of(struct object *) objects;
	struct src src;
};

struct note { /* for the reader: what the ruleset cannot show */
	const char *text;
	struct src src;
};

struct ruleset {
	struct arena *arena;
	int64_t at_ms; /* of the wall clock, when the times left of its elements were true; 0: unknown */
	vec_of(struct table *) tables;
	vec_of(struct note) notes;
};

/* ---- reading ---- */
const struct table *ruleset_find_table(const struct ruleset *ruleset, enum table_family family,
				       const char *name);
const struct chain *table_find_chain(const struct table *table, const char *name);
const struct set *table_find_set(const struct table *table, const char *name);
const struct object *table_find_object(const struct table *table, enum object_type type,
				       const char *name);
/* Linear; for a look here and there. */
const struct element *set_find_element(const struct set *set, const void *key, const void *key_end);

/* When it ends, at_ms being its ruleset's; of one without a timeout, at_ms. */
int64_t element_ends_ms(const struct element *element, int64_t at_ms);

unsigned datum_bytes(enum datum datum); /* without padding; 0: of any length */
unsigned slots_of_bytes(unsigned bytes);
unsigned expr_load_bytes(const struct expr *expr); /* what a meta, ct or payload load brings */

/* ---- building: texts and bytes are copied unless said otherwise ---- */
struct ruleset *ruleset_new(void);
void ruleset_free(struct ruleset *ruleset);
CLEANUP_FUNC(struct ruleset *, ruleset_free);

struct table *ruleset_add_table(struct ruleset *ruleset, enum table_family family,
				const char *name, struct src src);
void ruleset_add_note(struct ruleset *ruleset, struct src src, const char *fmt, ...)
	_printf_(3, 4);
struct chain *table_add_chain(struct ruleset *ruleset, struct table *table, const char *name,
			      struct src src);
struct set *table_add_set(struct ruleset *ruleset, struct table *table, const char *name,
			  struct src src);
struct object *table_add_object(struct ruleset *ruleset, struct table *table,
				enum object_type type, const char *name, struct src src);
/* The layout of another one, without its elements. */
struct set *table_add_set_like(struct ruleset *ruleset, struct table *table, const struct set *like);
void set_add_key(struct set *set, enum datum datum, unsigned bytes); /* bytes: 0 as the datum */

/* Room for that many elements at once: no waste, and no moving. */
void set_reserve(struct ruleset *ruleset, struct set *set, size_t count);

/* The key is zeroed and writable until the ruleset is done; so is key_end when wanted. Comment
 * and src are left to the caller (not copied: many elements share one text). */
struct element *set_add_element(struct ruleset *ruleset, struct set *set, bool has_end);
uint8_t *element_key(const struct element *element);
/* Says its time left as of now_ms instead of at_ms. False: it has ended. */
_must_check_ bool element_age(struct element *element, int64_t at_ms, int64_t now_ms);
