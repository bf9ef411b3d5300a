/* The traps of VERIFY.md that lie in single expressions: each by its name. */
#include <string.h>

#include "unit/replay_rig.h"

#define BIT_TEST(m)                                                                                \
	{ .kind = EXPR_BITWISE,                                                                    \
	  .bitwise = { .bytes = 4, .mask = V(HOST32(m)), .flip = V(0, 0, 0, 0) } }
#define BITWISE(n, m, f)                                                                           \
	{ .kind = EXPR_BITWISE, .bitwise = { .bytes = n, .mask = m, .flip = f } }
#define SHIFT(o, n, s)                                                                             \
	{ .kind = EXPR_BITWISE, .bitwise = { .op = o, .bytes = n, .shift = s } }
#define RANGE(o, a, b) { .kind = EXPR_RANGE, .range = { .op = o, .first = a, .last = b } }
#define ZEROS 0, 0, 0, 0

START_TEST(test_ct_state_is_a_bit_test)
{
	MATCHES(CT(CT_STATE, 0), BIT_TEST(CT_NEW | CT_ESTABLISHED), CMP(CMP_NEQ, 0, ZEROS));
	BREAKS(CT(CT_STATE, 0), BIT_TEST(CT_RELATED | CT_ESTABLISHED), CMP(CMP_NEQ, 0, ZEROS));
	rig_packet.at[DIM_STATE] = CT_INVALID;
	MATCHES(CT(CT_STATE, 0), BIT_TEST(1), CMP(CMP_NEQ, 0, ZEROS));
	rig_packet.at[DIM_STATE] = CT_UNTRACKED;
	MATCHES(CT(CT_STATE, 0), CMP(CMP_EQ, 0, HOST32(64)));
}
END_TEST

START_TEST(test_ct_key_without_entry_breaks)
{
	static const uint8_t states[] = { CT_INVALID, CT_UNTRACKED };

	rig_packet.at[DIM_CT_MARK] = 7;
	MATCHES(CT(CT_MARK, 0), CMP(CMP_EQ, 0, HOST32(7)));
	for (size_t i = 0; i < array_count(states); i++) {
		rig_packet.at[DIM_STATE] = states[i];
		BREAKS(CT(CT_MARK, 0), CMP(CMP_NEQ, 0, HOST32(9)));
		BREAKS(CT(CT_DIRECTION, 0));
		BREAKS(CT(CT_STATUS, 0));
		/* ct mark set does nothing, and the rule goes on */
		MATCHES(IMM(0, HOST32(3)), CT_SET(CT_MARK, 0));
	}
}
END_TEST

START_TEST(test_ct_before_tracking)
{
	struct chain *raw = rig_base(rig_table, "raw", HOOK_PREROUTING, -300, VERDICT_ACCEPT);

	rig_chain->policy = VERDICT_ACCEPT;
	RULE(raw, CT(CT_MARK, 0), DROP);
	RULE(raw, CT(CT_STATE, 0), CMP(CMP_NEQ, 0, HOST32(CT_INVALID)), DROP);
	ck_assert_int_eq(rig_end(), REPLAY_PASSES);
	raw->priority = -199;
	ck_assert_int_eq(rig_end(), REPLAY_DROPPED);
	raw->priority = -200; /* before or behind it: who knows */
	ck_assert_int_eq(rig_end(), REPLAY_UNKNOWN);
}
END_TEST

START_TEST(test_ct_tuple_sides)
{
	static const uint8_t src[] = { 10, 0, 0, 1 }, dst[] = { 10, 0, 1, 2 };

	MATCHES(CT_SIDE(CT_SRC_IP4, 0, CT_SIDE_ORIGINAL), CMP_TEXT(CMP_EQ, 0, src, 4));
	MATCHES(CT_SIDE(CT_SRC, 0, CT_SIDE_REPLY), CMP_TEXT(CMP_EQ, 0, dst, 4));
	MATCHES(CT_SIDE(CT_DST_PORT, 0, CT_SIDE_ORIGINAL), CMP(CMP_EQ, 0, 1, 187));
	BREAKS(CT_SIDE(CT_SRC_IP6, 0, CT_SIDE_ORIGINAL));
	rig_packet.at[DIM_STATE] = CT_ESTABLISHED;
	rig_packet.at[DIM_DIRECTION] = 1;
	MATCHES(CT_SIDE(CT_SRC_IP4, 0, CT_SIDE_ORIGINAL), CMP_TEXT(CMP_EQ, 0, dst, 4));
	rig_packet.at[DIM_STATE] = CT_RELATED; /* whose tuple another packet's is */
	UNSURE(CT_SIDE(CT_SRC_IP4, 0, CT_SIDE_ORIGINAL), CMP_TEXT(CMP_EQ, 0, dst, 4));
}
END_TEST

START_TEST(test_registers_alias)
{
	/* a name takes slots 0 to 3; what is then loaded into slot 1 is in the midst of it */
	MATCHES(META(META_IIFNAME, 0), IMM(1, 'x', 'y', 'z', 0),
		CMP_TEXT(CMP_EQ, 0, "eth0xyz\0\0\0\0\0\0\0\0\0", 16));
	MATCHES(META(META_IIFNAME, 0), META(META_L4PROTO, 3), CMP(CMP_EQ, 3, 6),
		CMP_TEXT(CMP_EQ, 0, "eth0", 4));
}
END_TEST

START_TEST(test_registers_are_padded)
{
	/* one byte takes the whole slot, and so do six two of them */
	MATCHES(IMM(0, 255, 255, 255, 255), META(META_L4PROTO, 0), CMP(CMP_EQ, 0, 6, 0, 0, 0));
	MATCHES(IMM(0, 255, 255, 255, 255, 255, 255, 255, 255), LOAD(PAYLOAD_LINK, 6, 6, 0),
		CMP(CMP_EQ, 0, 2, 0, 0, 0, 0, 1, 0, 0));
}
END_TEST

START_TEST(test_iifname_is_sixteen_bytes)
{
	MATCHES(META(META_IIFNAME, 0), CMP_TEXT(CMP_EQ, 0, "eth0\0\0\0\0\0\0\0\0\0\0\0", 16));
	BREAKS(META(META_IIFNAME, 0), CMP_TEXT(CMP_EQ, 0, "eth\0\0\0\0\0\0\0\0\0\0\0\0", 16));
	MATCHES(META(META_IIFNAME, 0), CMP_TEXT(CMP_EQ, 0, "eth", 3)); /* "eth*" */
	rig_packet.at[DIM_IIF] = dim_of_name("eth01");
	BREAKS(META(META_IIFNAME, 0), CMP_TEXT(CMP_EQ, 0, "eth0\0\0\0\0\0\0\0\0\0\0\0", 16));
}
END_TEST

START_TEST(test_iif_is_no_name)
{
	UNSURE(META(META_IIF, 0), CMP(CMP_EQ, 0, HOST32(3)));
}
END_TEST

START_TEST(test_byteorder_swaps_each_unit)
{
	MATCHES(IMM(0, 1, 2, 3, 4, 5, 6, 7, 8), ORDER(0, 0, 8, 4),
		CMP(CMP_EQ, 0, 4, 3, 2, 1, 8, 7, 6, 5));
	MATCHES(IMM(0, 1, 2, 3, 4), ORDER(0, 0, 4, 2), CMP(CMP_EQ, 0, 2, 1, 4, 3));
	MATCHES(IMM(0, 1, 2, 3, 4, 5, 6, 7, 8), ORDER(0, 4, 8, 8),
		CMP(CMP_EQ, 4, 8, 7, 6, 5, 4, 3, 2, 1), CMP(CMP_EQ, 0, 1, 2, 3, 4));
}
END_TEST

START_TEST(test_byteorder_of_nothing_is_no_op)
{
	MATCHES(META(META_L4PROTO, 0), ORDER(0, 0, 0, 2), CMP(CMP_EQ, 0, 6));
	MATCHES(META(META_L4PROTO, 0), ORDER(0, 0, 1, 2), CMP(CMP_EQ, 0, 6));
}
END_TEST

START_TEST(test_marks_are_host_order)
{
	rig_packet.at[DIM_MARK] = 0x100;
	MATCHES(META(META_MARK, 0), CMP(CMP_EQ, 0, HOST32(0x100)));
	/* a range is of network order, turned around before */
	MATCHES(META(META_MARK, 0), ORDER(0, 0, 4, 4), RANGE(CMP_EQ, V(0, 0, 0, 2), V(0, 0, 2, 0)));
	/* without it, bytes would be compared: 00 01 00 00 */
	BREAKS(META(META_MARK, 0), RANGE(CMP_EQ, V(0, 0, 0, 2), V(0, 0, 2, 0)));
}
END_TEST

START_TEST(test_marks_are_kept_between_chains)
{
	struct chain *first = rig_base(rig_table, "first", HOOK_PREROUTING, -150, VERDICT_ACCEPT);

	RULE(first, IMM(0, HOST32(5)), META_SET(META_MARK, 0), CT_SET(CT_MARK, 0));
	MATCHES(META(META_MARK, 0), CMP(CMP_EQ, 0, HOST32(5)), CT(CT_MARK, 0),
		CMP(CMP_EQ, 0, HOST32(5)));
	ck_assert_uint_eq(rig_run(PATH_FORWARD).ct_mark, 5);
	first->rules.count = 0;
	RULE(first, NAMED("numgen"), META_SET(META_MARK, 0)); /* any mark */
	UNSURE(META(META_MARK, 0), CMP(CMP_EQ, 0, HOST32(5)));
	MATCHES(META(META_MARK, 0));
}
END_TEST

START_TEST(test_comparing)
{
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_LT, 0, 1, 188));
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_LT, 0, 1, 187));
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_LTE, 0, 1, 187));
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_LTE, 0, 1, 186));
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_GT, 0, 1, 186));
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_GT, 0, 1, 187));
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_GTE, 0, 1, 187));
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_GTE, 0, 1, 188));
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), RANGE(CMP_EQ, V(1, 187), V(1, 187)));
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), RANGE(CMP_NEQ, V(1, 187), V(1, 187)));
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), RANGE(CMP_EQ, V(1, 188), V(2, 0)));
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), RANGE(CMP_NEQ, V(1, 188), V(2, 0)));
}
END_TEST

START_TEST(test_bitwise)
{
	struct value mask = V(255, 255, 0, 0), flip = V(0, 1, 0, 9);

	MATCHES(LOAD(PAYLOAD_NETWORK, 12, 4, 0), BITWISE(4, mask, flip), CMP(CMP_EQ, 0, 10, 1, 0, 9));
	/* six bytes are two words, of which the values do not reach the end */
	MATCHES(IMM(0, 1, 2, 3, 4, 5, 6, 7, 8),
		BITWISE(6, V(255, 255, 255, 255, 255, 255), V(0, 0, 0, 0, 0, 0)),
		CMP(CMP_EQ, 0, 1, 2, 3, 4, 5, 6, 0, 0));
	MATCHES(IMM(0, HOST32(0x80000001)), SHIFT(BITWISE_LEFT, 4, 1), CMP(CMP_EQ, 0, HOST32(2)));
	MATCHES(IMM(0, HOST32(3), HOST32(0x80000000)), SHIFT(BITWISE_LEFT, 8, 1),
		CMP(CMP_EQ, 0, HOST32(7), HOST32(0)));
	MATCHES(IMM(0, HOST32(3), HOST32(8)), SHIFT(BITWISE_RIGHT, 8, 1),
		CMP(CMP_EQ, 0, HOST32(1), HOST32(0x80000004)));
}
END_TEST

START_TEST(test_transport_past_the_packet_breaks)
{
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 20, 1, 0));
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 19, 1, 0));
	rig_packet.at[DIM_DEPTH] = 0;
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 0, 2, 0));
	MATCHES(META(META_L4PROTO, 0), CMP(CMP_EQ, 0, 6));
}
END_TEST

START_TEST(test_transport_of_a_fragment_breaks)
{
	rig_packet.at[DIM_FRAG] = 0x2000; /* the first one has the header */
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_EQ, 0, 1, 187));
	rig_packet.at[DIM_FRAG] = 1;
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 1, 2, 0));
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 0, 8, 0));
	/* by the kernel's short cut, which does not ask: some break, some take it for the port */
	UNSURE(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_EQ, 0, 1, 187));
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_EQ, 0, 1, 188));
	MATCHES(META(META_L4PROTO, 0), CMP(CMP_EQ, 0, 6));
	MATCHES(LOAD(PAYLOAD_NETWORK, 6, 2, 0), CMP(CMP_EQ, 0, 0, 1));
}
END_TEST

START_TEST(test_link_without_mac_header_breaks)
{
	struct chain *output = rig_base(rig_table, "output", HOOK_OUTPUT, 0, VERDICT_ACCEPT);

	MATCHES(LOAD(PAYLOAD_LINK, 6, 6, 0));
	rig_packet.at[DIM_IIFTYPE] = 65534; /* tun */
	BREAKS(LOAD(PAYLOAD_LINK, 6, 6, 0));
	rig_packet.at[DIM_IIFTYPE] = 32; /* of some other make */
	UNSURE(LOAD(PAYLOAD_LINK, 6, 6, 0));
	rig_packet.at[DIM_IIF] = 0;
	RULE(output, LOAD(PAYLOAD_LINK, 0, 1, 0), DROP);
	RULE(output, META(META_IIFTYPE, 0), DROP); /* no device has it yet */
	ck_assert_int_eq(rig_run(PATH_OUTPUT).end, REPLAY_PASSES);
}
END_TEST

START_TEST(test_family_is_the_packets)
{
	rig_packet.at[DIM_ETHERTYPE] = ETHERTYPE_IPV6;
	rig_packet.at[DIM_SRC] = (wide)0x20010db8 << 96 | 1;
	MATCHES(META(META_NFPROTO, 0), CMP(CMP_EQ, 0, 10));
	MATCHES(META(META_PROTOCOL, 0), CMP(CMP_EQ, 0, 0x86, 0xdd));
	MATCHES(LOAD(PAYLOAD_NETWORK, 8, 4, 0), CMP(CMP_EQ, 0, 0x20, 1, 0x0d, 0xb8));
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 2, 2, 0), CMP(CMP_EQ, 0, 1, 187));
	rig_table->family = TABLE_IP; /* does not see it at all */
	MATCHES(DROP);
}
END_TEST

START_TEST(test_pkttype)
{
	MATCHES(META(META_PKTTYPE, 0), CMP(CMP_EQ, 0, 0));
	rig_packet.at[DIM_DMAC] = dim_most(DIM_DMAC);
	MATCHES(META(META_PKTTYPE, 0), CMP(CMP_EQ, 0, 1));
	rig_packet.at[DIM_DMAC] = 0x01005e000001;
	MATCHES(META(META_PKTTYPE, 0), CMP(CMP_EQ, 0, 2));
	rig_chain->hook = HOOK_OUTPUT; /* of what is made here: for this host, it says */
	rig_chain->policy = VERDICT_ACCEPT;
	rig_chain->rules.count = 0;
	RULE(rig_chain, META(META_PKTTYPE, 0), CMP(CMP_EQ, 0, 0), DROP);
	ck_assert_int_eq(rig_run(PATH_OUTPUT).end, REPLAY_DROPPED);
}
END_TEST

START_TEST(test_unknown_parts_the_ways)
{
	struct replay replay;

	UNSURE(OF_KIND(EXPR_LIMIT));
	replay = rig_run(PATH_FORWARD);
	ck_assert_str_eq(replay.why, "limit");
	ck_assert_ptr_eq(replay.rule, rig_chain->rules.items);
	UNSURE(NAMED("fib"), CMP(CMP_EQ, 0, 1));
	/* what comes before and after decides in spite of it */
	BREAKS(OF_KIND(EXPR_LIMIT), META(META_L4PROTO, 0), CMP(CMP_EQ, 0, 17));
	rig_chain->policy = VERDICT_ACCEPT;
	MATCHES(OF_KIND(EXPR_LIMIT));
	MATCHES(NAMED("quota"));
}
END_TEST

START_TEST(test_actions_are_not_followed)
{
	static const char *const names[] = { "nat", "masq", "redir", "dup", "fwd", "queue", "tproxy",
					     "flow_offload", "synproxy", "target", "what-comes" };

	for (size_t i = 0; i < array_count(names); i++) {
		struct replay replay;

		UNSURE(NAMED(names[i]));
		replay = rig_run(PATH_FORWARD);
		ck_assert_str_eq(replay.why, names[i]);
		BREAKS(META(META_L4PROTO, 0), CMP(CMP_EQ, 0, 17), NAMED(names[i]));
	}
	UNSURE({ .kind = EXPR_PAYLOAD,
		 .payload = { .base = PAYLOAD_NETWORK, .bytes = 1, .set = true } });
	UNSURE(VERDICT(VERDICT_QUEUE, NULL));
	rig_chain->policy = VERDICT_ACCEPT;
	BREAKS(NAMED("reject"));
}
END_TEST

START_TEST(test_notrack)
{
	struct chain *raw = rig_base(rig_table, "raw", HOOK_PREROUTING, -300, VERDICT_ACCEPT);

	RULE(raw, NAMED("notrack"));
	MATCHES(CT(CT_STATE, 0), CMP(CMP_EQ, 0, HOST32(CT_UNTRACKED)));
	BREAKS(CT(CT_MARK, 0));
	raw->priority = -150; /* nothing, once there is an entry */
	MATCHES(CT(CT_STATE, 0), CMP(CMP_EQ, 0, HOST32(CT_NEW)));
	MATCHES(CT(CT_MARK, 0));
}
END_TEST

Suite *suite_replay_expr(void)
{
	Suite *suite = suite_create("replay_expr");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
	tcase_add_test(tcase, test_ct_state_is_a_bit_test);
	tcase_add_test(tcase, test_ct_key_without_entry_breaks);
	tcase_add_test(tcase, test_ct_before_tracking);
	tcase_add_test(tcase, test_ct_tuple_sides);
	tcase_add_test(tcase, test_registers_alias);
	tcase_add_test(tcase, test_registers_are_padded);
	tcase_add_test(tcase, test_iifname_is_sixteen_bytes);
	tcase_add_test(tcase, test_iif_is_no_name);
	tcase_add_test(tcase, test_byteorder_swaps_each_unit);
	tcase_add_test(tcase, test_byteorder_of_nothing_is_no_op);
	tcase_add_test(tcase, test_marks_are_host_order);
	tcase_add_test(tcase, test_marks_are_kept_between_chains);
	tcase_add_test(tcase, test_comparing);
	tcase_add_test(tcase, test_bitwise);
	tcase_add_test(tcase, test_transport_past_the_packet_breaks);
	tcase_add_test(tcase, test_transport_of_a_fragment_breaks);
	tcase_add_test(tcase, test_link_without_mac_header_breaks);
	tcase_add_test(tcase, test_family_is_the_packets);
	tcase_add_test(tcase, test_pkttype);
	tcase_add_test(tcase, test_unknown_parts_the_ways);
	tcase_add_test(tcase, test_actions_are_not_followed);
	tcase_add_test(tcase, test_notrack);
	suite_add_tcase(suite, tcase);
	return suite;
}
