/* The codec without a kernel: what goes out as netlink comes back as the same ruleset, every
 * kind of expression and every field of it; and bytes that are none do no harm. */
#include <arpa/inet.h>
#include <check.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "nft/decode.h"
#include "nft/encode.h"
#include "nft/fake.h"
#include "nft/numbers.h"
#include "rule/diff.h"
#include "rule/field.h"
#include "test_rule_town.h"

Suite *suite_nft_codec(void);

static const uint8_t some[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
#define VALUE(count) { some, count }

static const struct expr carried[] = {
	{ .kind = EXPR_LIMIT, .limit = { LIMIT_PACKETS, false, 5, 10, 1 } },
	{ .kind = EXPR_LAST },
};

/* Each field of each kind has a value other than zero in one of them. */
static const struct expr samples[] = {
	{ .kind = EXPR_META, .meta = { META_OIFNAME, 4, false } },
	{ .kind = EXPR_META, .meta = { META_MARK, 3, true } },
	{ .kind = EXPR_CT, .ct = { CT_MARK, 1, CT_SIDE_NONE, true } },
	{ .kind = EXPR_CT, .ct = { CT_DST_PORT, 15, CT_SIDE_REPLY, false } },
	{ .kind = EXPR_CT, .ct = { CT_SRC_IP4, 0, CT_SIDE_ORIGINAL, false } },
	{ .kind = EXPR_PAYLOAD, .payload = { PAYLOAD_NETWORK, 5, false, 12, 4, 0, 0, 0 } },
	{ .kind = EXPR_PAYLOAD, .payload = { PAYLOAD_TRANSPORT, 8, true, 2, 2, 1, 16, 1 } },
	{ .kind = EXPR_CMP, .cmp = { CMP_GTE, 8, VALUE(16) } },
	{ .kind = EXPR_BITWISE, .bitwise = { BITWISE_MASK_XOR, 4, 5, 4, 0, VALUE(4), VALUE(4) } },
	{ .kind = EXPR_BITWISE, .bitwise = { .op = BITWISE_RIGHT, .slot = 1, .into = 1,
					     .bytes = 4, .shift = 3 } },
	{ .kind = EXPR_BYTEORDER, .byteorder = { BYTEORDER_HTON, 2, 3, 4, 4 } },
	{ .kind = EXPR_RANGE, .range = { CMP_NEQ, 9, VALUE(2), VALUE(2) } },
	{ .kind = EXPR_LOOKUP, .lookup = { 4, SLOT_VERDICT, false, "v" } },
	{ .kind = EXPR_LOOKUP, .lookup = { 4, SLOT_NONE, true, "s" } },
	{ .kind = EXPR_IMMEDIATE, .immediate = { 7, VALUE(4) } },
	{ .kind = EXPR_VERDICT, .verdict = { "other", VERDICT_GOTO } },
	{ .kind = EXPR_VERDICT, .verdict = { NULL, VERDICT_RETURN } },
	{ .kind = EXPR_COUNTER, .counter = { 5, 600 } },
	{ .kind = EXPR_OBJREF, .objref = { OBJECT_COUNTER, "o" } },
	{ .kind = EXPR_OBJREF, .objref = { OBJECT_LIMIT, "l" } },
	{ .kind = EXPR_OBJREF, .objref = { OBJECT_FLOWTABLE, "f" } },
	{ .kind = EXPR_LOG, .log = { "prefix ", true, false, 7, 128, 64, 0, 0 } },
	{ .kind = EXPR_LOG, .log = { "x", false, true, 0, 0, 0, 3, 1 } },
	{ .kind = EXPR_LIMIT, .limit = { LIMIT_BYTES, true, 9, 1000, 60 } },
	{ .kind = EXPR_META, .meta = { META_HOUR, 4, false } },
	{ .kind = EXPR_META, .meta = { META_BRIDGE_HWADDR, 0, true } },
	{ .kind = EXPR_CT, .ct = { CT_PACKETS, 4, CT_SIDE_REPLY, false } },
	{ .kind = EXPR_OBJREF, .objref = { .set = "objects", .slot = 4 } },
	{ .kind = EXPR_REJECT, .reject = { REJECT_ICMPX, 3 } },
	{ .kind = EXPR_REJECT, .reject = { REJECT_TCP_RESET, 0 } },
	{ .kind = EXPR_FIB, .fib = { FIB_ADDRTYPE, 8, FIB_DADDR | FIB_IIF } },
	{ .kind = EXPR_FIB, .fib = { FIB_OIF, 0, FIB_SADDR | FIB_MARK | FIB_PRESENT } },
	{ .kind = EXPR_EXTHDR, .exthdr = { EXTHDR_TCP_OPTION, EXTHDR_LOAD, 2, 5, 2, 2, true } },
	{ .kind = EXPR_EXTHDR, .exthdr = { EXTHDR_TCP_OPTION, EXTHDR_SET, 2, 1, 2, 2, false } },
	{ .kind = EXPR_EXTHDR,
	  .exthdr = { EXTHDR_TCP_OPTION, EXTHDR_STRIP, 4, SLOT_NONE, 0, 0, false } },
	{ .kind = EXPR_QUOTA, .quota = { 1000, 30, true } },
	{ .kind = EXPR_NUMGEN, .numgen = { NUMGEN_RANDOM, 4, 100, 7 } },
	{ .kind = EXPR_HASH, .hash = { HASH_JENKINS, 4, 1, true, 8, 10, 0xdeadbeef, 3 } },
	{ .kind = EXPR_HASH, .hash = { HASH_SYMMETRIC, SLOT_NONE, 0, false, 0, 10, 0, 0 } },
	{ .kind = EXPR_SOCKET, .socket = { SOCKET_CGROUP, 4, 2 } },
	{ .kind = EXPR_RT, .rt = { RT_NEXTHOP6, 4 } },
	{ .kind = EXPR_DYNSET,
	  .dynset = { "s", DYNSET_UPDATE, 1, 4, true, 9000, { carried, array_count(carried) } } },
	{ .kind = EXPR_DYNSET, .dynset = { "s", DYNSET_ADD, 0, SLOT_NONE, false, 0, { carried, 1 } } },
	{ .kind = EXPR_DYNSET, .dynset = { "s", DYNSET_DELETE, 0, SLOT_NONE, false, 0, { 0 } } },
	{ .kind = EXPR_NAT, .nat = { NAT_DESTINATION, 2, 1, 2, 3, 4, 2 } },
	{ .kind = EXPR_NAT,
	  .nat = { NAT_MASQUERADE, 0, SLOT_NONE, SLOT_NONE, 5, SLOT_NONE, 4 } },
	{ .kind = EXPR_NAT, .nat = { NAT_REDIRECT, 0, SLOT_NONE, SLOT_NONE, 8, 12, 0 } },
	{ .kind = EXPR_NOTRACK },
	{ .kind = EXPR_QUEUE, .queue = { 3, 4, 1, SLOT_NONE } },
	{ .kind = EXPR_QUEUE, .queue = { 0, 0, 2, 8 } },
	{ .kind = EXPR_CARRY, .carry = { CARRY_DUP, 0, 4, 8 } },
	{ .kind = EXPR_CARRY, .carry = { CARRY_FWD, 2, 4, 8 } },
	{ .kind = EXPR_CARRY, .carry = { CARRY_FWD, 0, SLOT_NONE, 8 } },
	{ .kind = EXPR_CONNLIMIT, .connlimit = { 20, true } },
	{ .kind = EXPR_LAST, .last = { true, 1234 } },
};

static void sets_add(struct ruleset *ruleset, struct table *table)
{
	struct src here = { "x.conf", 7 };
	struct element *element;
	struct set *set;

	set = table_add_set(ruleset, table, "s", here);
	set->flags = SET_TIMEOUT | SET_DYNAMIC;
	set->size = 77;
	set->timeout_ms = 60000;
	set->gc_ms = 1000;
	set->counts = true;
	set->comment = "a set";
	set_add_key(set, DATUM_MARK, 0);
	set_add_key(set, DATUM_IFNAME, 0);
	element = set_add_element(ruleset, set, false);
	memcpy(element_key(element), some, 16);
	element->timeout_ms = 5000;
	element->expires_ms = 4000;
	element->comment = "an element";
	set_add_element(ruleset, set, false)->key = NULL;

	set = table_add_set(ruleset, table, "v", here);
	set->is_map = true;
	set->data = DATUM_VERDICT;
	set_add_key(set, DATUM_IFNAME, 0);
	element = set_add_element(ruleset, set, false);
	element->verdict = (struct verdict){ "other", VERDICT_JUMP };
	memcpy(element_key(element), "eth0", 4);

	set = table_add_set(ruleset, table, "m", here);
	set->is_map = true;
	set->data = DATUM_MARK;
	set->flags = SET_INTERVAL;
	set_add_key(set, DATUM_PORT, 0);
	set_add_key(set, DATUM_ETHER, 0);
	element = set_add_element(ruleset, set, true);
	element->mark = 42;
	memset(element_key(element), 1, 2);
	memset(element_key(element) + set->key_bytes, 2, 2);
}

static void other_sets_add(struct ruleset *ruleset, struct table *table)
{
	struct src here = { "x.conf", 7 };
	struct element *element;
	struct set *set;

	set = table_add_set(ruleset, table, "bytes", here);
	set->is_map = true;
	set->data = DATUM_IPV4;
	set->data_bytes = 4;
	set_add_key(set, DATUM_ETHER, 0);
	element = set_add_element(ruleset, set, false);
	element->bytes = some;

	set = table_add_set(ruleset, table, "objects", here);
	set->is_map = true;
	set->data = DATUM_OBJECT;
	set->object = OBJECT_COUNTER;
	set->exprs = (struct exprs){ carried, 1 };
	set_add_key(set, DATUM_PORT, 0);
	set_add_element(ruleset, set, false)->object = "o";

	set = table_add_set(ruleset, table, "interval", here);
	set->flags = SET_INTERVAL | SET_CONSTANT;
	set_add_key(set, DATUM_IPV4, 0);
	for (unsigned i = 0; i < 3; i++) { /* two that touch, and one to the very end */
		element = set_add_element(ruleset, set, true);
		element_key(element)[0] = (uint8_t)(i < 2 ? 10 + i : 250);
		memset(element_key(element) + set->key_bytes, 255, 4);
		if (i < 2)
			element_key(element)[set->key_bytes] = (uint8_t)(10 + i);
	}
}

static struct ruleset *sample_build(void)
{
	struct ruleset *ruleset = ruleset_new();
	struct src here = { "x.conf", 7 };
	struct chain *chain;

	for (unsigned family = TABLE_INET; family <= TABLE_BRIDGE; family++) {
		struct table *table = ruleset_add_table(ruleset, family, "t", here);

		table->flags = family == TABLE_INET ? TABLE_OWNER | TABLE_PERSIST : TABLE_DORMANT;
		table->comment = "a table";
		table_add_object(ruleset, table, OBJECT_COUNTER, "o", here)->comment = "counts";
		chain = table_add_chain(ruleset, table, "base", here);
		chain->is_base = true;
		chain->hook = family == TABLE_NETDEV ? HOOK_EGRESS : HOOK_INPUT;
		chain->device = family == TABLE_NETDEV ? "eth0" : NULL;
		chain->priority = -150;
		chain->policy = VERDICT_DROP;
		chain->comment = "a chain";
		table_add_chain(ruleset, table, "other", here);
		for (size_t i = 0; i < array_count(samples); i++)
			*vec_add(ruleset->arena, &chain->rules) =
				(struct rule){ .exprs = &samples[i], .count = 1, .handle = i + 1,
					       .comment = i % 2 ? "a rule" : NULL };
		sets_add(ruleset, table);
		other_sets_add(ruleset, table);
	}
	return ruleset;
}

static void same_expect(const struct ruleset *was, const struct ruleset *is)
{
	struct buf buf = { 0 };
	struct diff diff;

	ruleset_diff(was, is, 5, &diff);
	vec_each(item, &diff.items) {
		diff_item_print(&buf, item);
		buf_add_char(&buf, '\n');
	}
	ck_assert_msg(diff.count == 0, "%zu differences:\n%s", diff.count, buf_text(&buf));
	diff_done(&diff);
	buf_done(&buf);
}

static void through_bytes(const struct ruleset *ruleset)
{
	struct fake *fake = fake_new();
	struct ruleset *read;
	struct nft *nft = fake_open(fake);
	uint32_t generation;
	struct errs errs;

	errs_init(&errs);
	fake_meddle(fake, ruleset, 1, "test");
	read = nft_read(nft, NULL, &generation, &errs);
	ck_assert_ptr_nonnull(read);
	same_expect(ruleset, read);
	same_expect(read, ruleset);
	ruleset_free(read);
	nft_close(nft);
	fake_free(fake);
	errs_done(&errs);
}

START_TEST(test_every_kind)
{
	struct ruleset *ruleset = sample_build();

	through_bytes(ruleset);
	ruleset_free(ruleset);
}
END_TEST

static size_t field_bytes(enum field_type type)
{
	switch (type) {
	case FIELD_U32:
	case FIELD_S32:
	case FIELD_BITS:
		return 4;
	case FIELD_U64:
		return 8;
	case FIELD_TEXT:
		return sizeof(char *);
	case FIELD_EXPRS:
		return sizeof(struct exprs);
	case FIELD_VALUE:
		return sizeof(struct value);
	case FIELD_BOOL:
	case FIELD_WORD:
	case FIELD_SLOT:
	case FIELD_U8:
	case FIELD_KEY:
	case FIELD_ELEMENT_KEY:
	case FIELD_ELEMENT_END:
	case FIELD_ELEMENT_DATA:
		break;
	}
	return 1;
}

/* A field forgotten in the codec comes back as zero; so each is something else somewhere. */
START_TEST(test_samples_cover_all_fields)
{
	static const uint8_t zero[16];

	for (unsigned kind = 0; kind < EXPR_UNKNOWN; kind++)
		for (size_t f = 0; f < fields_expr[kind].count; f++) {
			const struct field *field = &fields_expr[kind].items[f];
			bool found = false;

			for (size_t i = 0; i < array_count(samples); i++)
				found |= samples[i].kind == kind &&
					 memcmp((const char *)&samples[i] + field->offset, zero,
						field_bytes(field->type)) != 0;
			ck_assert_msg(found, "%s.%s", fields_expr[kind].what, field->name);
		}
}
END_TEST

START_TEST(test_town)
{
	struct compile_options options = { .own_tables = true };
	struct ruleset *ruleset;
	struct town town;

	town_build(&town);
	ruleset = town_compile(&town, &options);
	ck_assert_ptr_nonnull(ruleset);
	through_bytes(ruleset);
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

START_TEST(test_registers)
{
	uint8_t slot;

	for (uint8_t i = 0; i < SLOTS; i++) {
		ck_assert(register_find(register_number(i), &slot) && slot == i);
		ck_assert(register_find(NFT_REG32_00 + i, &slot) && slot == i);
	}
	ck_assert_uint_eq(register_number(4), NFT_REG_2);
	ck_assert(!register_find(NFT_REG32_00 + SLOTS, &slot));
	ck_assert(!register_find(5, &slot));
}
END_TEST

/* ---- messages that no encoder of ours makes ---- */

static struct raw_message {
	struct outbox out;
	struct decode decode;
	struct nlmsghdr *message;
	struct nlattr *list;
} raw;

/* The table "t" of the sample with its chain "base" and its set "s", and a rule to be filled. */
static void raw_start(void)
{
	struct ruleset *ruleset = sample_build();
	const struct table *table = ruleset->tables.items[0];
	const char *why;

	raw = (struct raw_message){ 0 };
	decode_init(&raw.decode, NULL, DECODE_MOST_BYTES);
	ck_assert(decode_message(&raw.decode,
				 encode_table(&raw.out, NFT_MSG_NEWTABLE, 0, table)));
	ck_assert(decode_message(&raw.decode, encode_chain(&raw.out, NFT_MSG_NEWCHAIN, 0, table,
							   table->chains.items[0], &why)));
	ck_assert(decode_message(&raw.decode, encode_set(&raw.out, NFT_MSG_NEWSET, 0, table,
							 table->sets.items[0])));
	ruleset_free(ruleset);
	raw.message = outbox_open(&raw.out, NFT_MSG_NEWRULE, 1, 0);
	mnl_attr_put_strz(raw.message, NFTA_RULE_TABLE, "t");
	mnl_attr_put_strz(raw.message, NFTA_RULE_CHAIN, "base");
	raw.list = mnl_attr_nest_start(raw.message, NFTA_RULE_EXPRESSIONS);
}

/* One attribute of data alone, of that many bytes 7. */
static void raw_expr(const char *name, uint16_t type, size_t count)
{
	struct nlattr *nest = mnl_attr_nest_start(raw.message, NFTA_LIST_ELEM), *data;
	uint8_t bytes[1024];

	memset(bytes, 7, sizeof(bytes));
	mnl_attr_put_strz(raw.message, NFTA_EXPR_NAME, name);
	data = mnl_attr_nest_start(raw.message, NFTA_EXPR_DATA);
	mnl_attr_put(raw.message, type, count, bytes);
	mnl_attr_nest_end(raw.message, data);
	mnl_attr_nest_end(raw.message, nest);
}

static const struct rule *raw_rule(void)
{
	mnl_attr_nest_end(raw.message, raw.list);
	ck_assert(decode_message(&raw.decode, raw.message));
	return raw.decode.ruleset->tables.items[0]->chains.items[0]->rules.items;
}

static void raw_end(void)
{
	decode_drop(&raw.decode);
	outbox_done(&raw.out);
}

/* An expression of tomorrow, and one of ours with an attribute of tomorrow, are unknown; their
 * bytes are all there. */
START_TEST(test_unknown)
{
	const struct rule *rule;

	raw_start();
	raw_expr("teleport", 1, 700);
	raw_expr("counter", 15, 4);
	raw_expr("xfrm", NFTA_XFRM_DREG, 4);
	raw_expr("dynset", NFTA_DYNSET_FLAGS, 4);
	rule = raw_rule();
	ck_assert_uint_eq(rule->count, 4);
	ck_assert_uint_eq(rule->exprs[0].kind, EXPR_UNKNOWN);
	ck_assert_str_eq(rule->exprs[0].unknown.name, "teleport");
	ck_assert_uint_eq(rule->exprs[0].unknown.raw.count, 704);
	ck_assert_uint_eq(rule->exprs[0].unknown.raw.bytes[703], 7);
	ck_assert_str_eq(rule->exprs[1].unknown.name, "counter");
	ck_assert_uint_eq(rule->exprs[2].unknown.into, SLOT_NONE); /* no such register */
	ck_assert_str_eq(rule->exprs[3].unknown.name, "dynset");
	raw_end();
}
END_TEST

/* A byte at the very end of an unknown expression is a difference. */
START_TEST(test_unknown_differs)
{
	struct expr was, is;
	uint8_t bytes[704];

	raw_start();
	raw_expr("teleport", 1, 700);
	was = is = raw_rule()->exprs[0];
	memcpy(bytes, was.unknown.raw.bytes, sizeof(bytes));
	is.unknown.raw.bytes = bytes;
	ck_assert(expr_is_same(&was, &is));
	bytes[703]++;
	ck_assert(!expr_is_same(&was, &is));
	raw_end();
}
END_TEST

/* dynset in dynset in dynset, as deep as a message can hold: no kernel sends it, no stack ends. */
START_TEST(test_nested)
{
	enum { DEEP = 900 };
	struct nlattr *nests[2 * DEEP];
	const struct rule *rule;

	raw_start();
	for (unsigned i = 0; i < DEEP; i++) {
		nests[2 * i] = mnl_attr_nest_start(raw.message, i ? NFTA_DYNSET_EXPR : NFTA_LIST_ELEM);
		mnl_attr_put_strz(raw.message, NFTA_EXPR_NAME, "dynset");
		nests[2 * i + 1] = mnl_attr_nest_start(raw.message, NFTA_EXPR_DATA);
		mnl_attr_put_strz(raw.message, NFTA_DYNSET_SET_NAME, "s");
		mnl_attr_put_u32(raw.message, NFTA_DYNSET_OP, 0);
		mnl_attr_put_u32(raw.message, NFTA_DYNSET_SREG_KEY, htonl(NFT_REG_1));
	}
	for (unsigned i = 2 * DEEP; i-- > 0;)
		mnl_attr_nest_end(raw.message, nests[i]);
	rule = raw_rule();
	ck_assert_uint_eq(rule->exprs[0].kind, EXPR_DYNSET);
	ck_assert_uint_eq(rule->exprs[0].dynset.exprs.items[0].kind, EXPR_UNKNOWN);
	raw_end();
}
END_TEST

/* Somebody puts an element with a quota into a set of ours: it will not match for long. */
START_TEST(test_element_carries)
{
	struct nlattr *list, *element, *part, *data;
	uint8_t key[SLOTS * SLOT_BYTES] = { 0 };
	const struct set *set;

	raw_start();
	raw_rule();
	set = raw.decode.ruleset->tables.items[0]->sets.items[0];
	ck_assert_uint_eq(set->exprs.count, 0);
	raw.message = outbox_open(&raw.out, NFT_MSG_NEWSETELEM, 1, 0);
	mnl_attr_put_strz(raw.message, NFTA_SET_ELEM_LIST_TABLE, "t");
	mnl_attr_put_strz(raw.message, NFTA_SET_ELEM_LIST_SET, "s");
	list = mnl_attr_nest_start(raw.message, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = mnl_attr_nest_start(raw.message, NFTA_LIST_ELEM);
	part = mnl_attr_nest_start(raw.message, NFTA_SET_ELEM_KEY);
	mnl_attr_put(raw.message, NFTA_DATA_VALUE, set->key_bytes, key);
	mnl_attr_nest_end(raw.message, part);
	part = mnl_attr_nest_start(raw.message, NFTA_SET_ELEM_EXPR);
	mnl_attr_put_strz(raw.message, NFTA_EXPR_NAME, "quota");
	data = mnl_attr_nest_start(raw.message, NFTA_EXPR_DATA);
	mnl_attr_put_u64(raw.message, NFTA_QUOTA_BYTES, 1);
	mnl_attr_nest_end(raw.message, data);
	mnl_attr_nest_end(raw.message, part);
	mnl_attr_nest_end(raw.message, element);
	mnl_attr_nest_end(raw.message, list);
	ck_assert(decode_message(&raw.decode, raw.message));
	ck_assert_uint_eq(set->elements.count, 1);
	ck_assert_uint_eq(set->exprs.count, 1);
	ck_assert_uint_eq(set->exprs.items[0].kind, EXPR_QUOTA);
	raw_end();
}
END_TEST

/* Every byte of a message changed in turn: no crash (the sanitizers look), no endless work. */
START_TEST(test_torn)
{
	struct ruleset *ruleset = sample_build();
	const struct table *table = ruleset->tables.items[0];
	struct outbox out = { 0 };
	const char *why;
	size_t first;

	encode_table(&out, NFT_MSG_NEWTABLE, 0, table);
	encode_set(&out, NFT_MSG_NEWSET, 0, table, table->sets.items[0]);
	encode_chain(&out, NFT_MSG_NEWCHAIN, 0, table, table->chains.items[0], &why);
	first = out.count;
	encode_rule(&out, NFT_MSG_NEWRULE, 0, table, table->chains.items[0],
		    &table->chains.items[0]->rules.items[6], (struct rule_place){ 0 }, &why);
	for (size_t at = 0; at < out.count; at++) {
		uint8_t kept = out.bytes[at];
		struct decode decode;

		out.bytes[at] ^= 0xff;
		decode_init(&decode, NULL, 1 << 20);
		for (size_t from = 0; from < out.count;) {
			struct nlmsghdr *message = (struct nlmsghdr *)(out.bytes + from);

			if (!mnl_nlmsg_ok(message, (int)(out.count - from)))
				break;
			(void)!decode_message(&decode, message);
			from += NLMSG_ALIGN(message->nlmsg_len);
		}
		decode_drop(&decode);
		out.bytes[at] = kept;
	}
	ck_assert_uint_gt(out.count, first);
	outbox_done(&out);
	ruleset_free(ruleset);
}
END_TEST

START_TEST(test_cap)
{
	struct ruleset *ruleset = sample_build();
	struct outbox out = { 0 };
	struct decode decode;

	encode_table(&out, NFT_MSG_NEWTABLE, 0, ruleset->tables.items[0]);
	decode_init(&decode, NULL, 1);
	ck_assert(!decode_message(&decode, (const struct nlmsghdr *)out.bytes));
	ck_assert(decode.full);
	decode_drop(&decode);
	outbox_done(&out);
	ruleset_free(ruleset);
}
END_TEST

Suite *suite_nft_codec(void)
{
	Suite *suite = suite_create("nft_codec");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, test_every_kind);
	tcase_add_test(tcase, test_samples_cover_all_fields);
	tcase_add_test(tcase, test_town);
	tcase_add_test(tcase, test_registers);
	tcase_add_test(tcase, test_unknown);
	tcase_add_test(tcase, test_unknown_differs);
	tcase_add_test(tcase, test_nested);
	tcase_add_test(tcase, test_element_carries);
	tcase_add_test(tcase, test_torn);
	tcase_add_test(tcase, test_cap);
	suite_add_tcase(suite, tcase);
	return suite;
}
