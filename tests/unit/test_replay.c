/* Hooks, chains and sets as a packet meets them; the traps of VERIFY.md among them by name. */
#include <string.h>

#include "unit/replay_rig.h"

static void ends(enum replay_end end)
{
	ck_assert_int_eq(rig_end(), end);
}

/* ---- chains ---- */

START_TEST(test_return_at_base_is_the_policy)
{
	struct replay replay;

	rig_chain->policy = VERDICT_ACCEPT;
	RULE(rig_chain, VERDICT(VERDICT_RETURN, NULL));
	RULE(rig_chain, DROP);
	replay = rig_run(PATH_FORWARD);
	ck_assert_int_eq(replay.end, REPLAY_PASSES);
	ck_assert_ptr_eq(replay.chain, rig_chain);
	ck_assert_ptr_null(replay.rule);
	rig_chain->policy = VERDICT_DROP;
	ends(REPLAY_DROPPED);
}
END_TEST

START_TEST(test_jump_comes_back)
{
	struct chain *called = rig_called(rig_table, "called");

	RULE(rig_chain, VERDICT(VERDICT_JUMP, "called"));
	RULE(rig_chain, ACCEPT);
	ends(REPLAY_PASSES);
	RULE(called, VERDICT(VERDICT_RETURN, NULL));
	RULE(called, DROP);
	ends(REPLAY_PASSES);
	called->rules.count = 0;
	RULE(called, DROP);
	ends(REPLAY_DROPPED);
	ck_assert_ptr_eq(rig_run(PATH_FORWARD).rule, called->rules.items);
}
END_TEST

START_TEST(test_goto_returns_to_the_callers_caller)
{
	struct chain *called = rig_called(rig_table, "called");

	rig_called(rig_table, "far");
	RULE(rig_chain, VERDICT(VERDICT_JUMP, "called"));
	RULE(rig_chain, ACCEPT);
	RULE(called, VERDICT(VERDICT_GOTO, "far")); /* whose end is not back here */
	RULE(called, DROP);
	ends(REPLAY_PASSES);
	rig_chain->rules.count = 0;
	RULE(rig_chain, VERDICT(VERDICT_GOTO, "far")); /* from the base: its policy */
	RULE(rig_chain, ACCEPT);
	ends(REPLAY_DROPPED);
}
END_TEST

START_TEST(test_endless_is_unknown)
{
	struct chain *called = rig_called(rig_table, "called");
	struct replay replay;

	RULE(rig_chain, VERDICT(VERDICT_GOTO, "called"));
	RULE(called, VERDICT(VERDICT_GOTO, "called"));
	replay = rig_run(PATH_FORWARD);
	ck_assert_int_eq(replay.end, REPLAY_UNKNOWN);
	ck_assert_str_eq(replay.why, "budget");
}
END_TEST

START_TEST(test_accept_ends_one_base_chain)
{
	struct chain *later = rig_base(rig_table, "later", HOOK_FORWARD, 10, VERDICT_ACCEPT);
	struct replay replay;

	RULE(rig_chain, ACCEPT);
	RULE(later, OF_KIND(EXPR_COUNTER), ACCEPT);
	replay = rig_run(PATH_FORWARD);
	ck_assert_int_eq(replay.end, REPLAY_PASSES);
	ck_assert_ptr_eq(replay.chain, later);
	ck_assert_ptr_eq(replay.rule, later->rules.items);
	ck_assert_uint_eq(replay.trail_count, 2);
	ck_assert_ptr_eq(replay.trail[0].chain, rig_chain);
	later->rules.count = 0;
	RULE(later, DROP);
	ends(REPLAY_DROPPED);
	rig_chain->rules.count = 0; /* a drop ends all, whoever accepts later */
	later->rules.count = 0;
	ends(REPLAY_DROPPED);
	ck_assert_ptr_eq(rig_run(PATH_FORWARD).chain, rig_chain);
}
END_TEST

START_TEST(test_priorities)
{
	struct chain *early = rig_base(rig_table, "early", HOOK_FORWARD, -5, VERDICT_ACCEPT);
	struct chain *same = rig_base(rig_table, "same", HOOK_FORWARD, 0, VERDICT_ACCEPT);

	rig_chain->policy = VERDICT_ACCEPT;
	RULE(early, DROP);
	RULE(rig_chain, DROP);
	ck_assert_ptr_eq(rig_run(PATH_FORWARD).chain, early);
	early->rules.count = 0;
	RULE(same, DROP); /* who came last stands first */
	ck_assert_ptr_eq(rig_run(PATH_FORWARD).chain, same);
}
END_TEST

START_TEST(test_dormant)
{
	rig_table->flags = TABLE_DORMANT;
	ends(REPLAY_PASSES);
}
END_TEST

/* ---- hooks ---- */

static struct chain *device_chain(enum hook hook, const char *device)
{
	struct table *table = ruleset_add_table(rig_ruleset, TABLE_NETDEV, "n", (struct src){ 0 });
	struct chain *chain = rig_base(table, "device", hook, 0, VERDICT_ACCEPT);

	chain->device = device;
	rig_chain->policy = VERDICT_ACCEPT;
	return chain;
}

START_TEST(test_devices)
{
	struct chain *chain = device_chain(HOOK_INGRESS, "eth1");

	RULE(chain, DROP);
	ends(REPLAY_PASSES); /* ingress of where it leaves */
	chain->device = "eth1,eth0";
	ends(REPLAY_DROPPED);
	chain->device = "et*";
	ends(REPLAY_DROPPED);
	chain->device = "eth00*";
	ends(REPLAY_PASSES);
	chain->hook = HOOK_EGRESS;
	chain->device = "eth1";
	ends(REPLAY_DROPPED);
}
END_TEST

START_TEST(test_link_header_of_each_hook)
{
	struct chain *leaving = device_chain(HOOK_EGRESS, "eth1");
	struct chain *post = rig_base(rig_table, "post", HOOK_POSTROUTING, 0, VERDICT_DROP);

	/* until postrouting it is the arriving frame's, at egress the leaving one's */
	RULE(post, LOAD(PAYLOAD_LINK, 0, 6, 0), CMP(CMP_EQ, 0, 2, 0, 0, 0, 0, 0xfe), ACCEPT);
	RULE(leaving, LOAD(PAYLOAD_LINK, 0, 6, 0), CMP(CMP_NEQ, 0, 2, 0, 0, 0, 1, 2), DROP);
	ends(REPLAY_PASSES);
	RULE(leaving, META(META_NFPROTO, 0), CMP(CMP_NEQ, 0, 5), DROP);
	RULE(leaving, META(META_IIFNAME, 0), CMP(CMP_NEQ, 0, 0), DROP); /* there is none */
	RULE(leaving, META(META_OIFNAME, 0), CMP_TEXT(CMP_NEQ, 0, "eth1", 5), DROP);
	ends(REPLAY_PASSES);
	RULE(leaving, LOAD(PAYLOAD_LINK, 6, 6, 0), CMP(CMP_EQ, 0, 2), DROP); /* whose card? */
	ends(REPLAY_UNKNOWN);
}
END_TEST

START_TEST(test_interfaces_of_each_hook)
{
	struct chain *pre = rig_base(rig_table, "pre", HOOK_PREROUTING, 0, VERDICT_ACCEPT);
	struct chain *post = rig_base(rig_table, "post", HOOK_POSTROUTING, 0, VERDICT_ACCEPT);

	rig_chain->policy = VERDICT_ACCEPT;
	RULE(pre, META(META_OIFNAME, 0), CMP(CMP_NEQ, 0, 0), DROP);
	RULE(pre, META(META_OIFTYPE, 0), DROP);
	RULE(pre, META(META_IIFTYPE, 0), CMP(CMP_NEQ, 0, 1, 0), DROP);
	rig_packet.at[DIM_OIFTYPE] = 0x201; /* behind routing, that is the type it has */
	RULE(post, META(META_IIFTYPE, 0), CMP(CMP_NEQ, 0, 1, 2), DROP);
	RULE(post, META(META_IIFNAME, 0), CMP_TEXT(CMP_NEQ, 0, "eth0", 5), DROP);
	ends(REPLAY_PASSES);
	RULE(post, LOAD(PAYLOAD_NETWORK, 8, 1, 0), CMP(CMP_NEQ, 0, 63), DROP); /* TTL */
	RULE(pre, LOAD(PAYLOAD_NETWORK, 8, 1, 0), CMP(CMP_NEQ, 0, 64), DROP);
	ends(REPLAY_PASSES);
}
END_TEST

START_TEST(test_paths)
{
	rig_base(rig_table, "in", HOOK_INPUT, 0, VERDICT_DROP);
	rig_base(rig_table, "out", HOOK_OUTPUT, 0, VERDICT_ACCEPT);
	ck_assert_int_eq(rig_run(PATH_FORWARD).end, REPLAY_DROPPED);
	ck_assert_int_eq(rig_run(PATH_INPUT).end, REPLAY_DROPPED);
	ck_assert_int_eq(rig_run(PATH_OUTPUT).end, REPLAY_PASSES);
	ck_assert_str_eq(rig_run(PATH_OUTPUT).chain->name, "out");
}
END_TEST

START_TEST(test_other_families_do_not_see_it)
{
	static const uint8_t families[] = { TABLE_ARP, TABLE_BRIDGE, TABLE_IP6 };

	for (size_t i = 0; i < array_count(families); i++) {
		rig_table->family = families[i];
		ends(REPLAY_PASSES);
	}
	rig_table->family = TABLE_IP;
	ends(REPLAY_DROPPED);
	rig_packet.at[DIM_ETHERTYPE] = 0x0806;
	ends(REPLAY_DROPPED);
	ck_assert_str_eq(rig_run(PATH_FORWARD).why, "ethertype");
}
END_TEST

START_TEST(test_nat_chains_see_first_packets)
{
	struct chain *nat = rig_base(rig_table, "nat", HOOK_PREROUTING, -150, VERDICT_ACCEPT);

	rig_chain->policy = VERDICT_ACCEPT;
	nat->type = CHAIN_NAT;
	RULE(nat, NAMED("nat"));
	ends(REPLAY_UNKNOWN);
	rig_packet.at[DIM_STATE] = CT_ESTABLISHED;
	ends(REPLAY_PASSES);
	rig_packet.at[DIM_STATE] = CT_UNTRACKED;
	ends(REPLAY_PASSES);
}
END_TEST

START_TEST(test_fragments_are_held_for_tracking)
{
	struct chain *raw = rig_base(rig_table, "raw", HOOK_PREROUTING, -450, VERDICT_ACCEPT);

	rig_chain->policy = VERDICT_ACCEPT;
	rig_packet.at[DIM_FRAG] = 0x2000;
	ends(REPLAY_PASSES); /* nobody asks for connections */
	RULE(rig_chain, CT(CT_STATE, 0), CMP(CMP_EQ, 0, HOST32(CT_INVALID)), DROP);
	ends(REPLAY_DROPPED);
	ck_assert_str_eq(rig_run(PATH_FORWARD).why, "fragment");
	RULE(raw, NAMED("notrack"));
	ends(REPLAY_PASSES);
	raw->rules.count = 0;
	RULE(raw, DROP); /* seen before */
	ck_assert_ptr_eq(rig_run(PATH_FORWARD).chain, raw);
	raw->rules.count = 0;
	rig_packet.at[DIM_FRAG] = 0x4000; /* not to be made into fragments */
	ends(REPLAY_PASSES);
}
END_TEST

/* ---- sets ---- */

#define DPORT LOAD(PAYLOAD_TRANSPORT, 2, 2, 0)

START_TEST(test_lookup)
{
	struct set *set = rig_set("s", DATUM_PORT, 0);
	struct replay replay;

	BREAKS(DPORT, LOOKUP("s", 0));
	MATCHES(DPORT, LOOKUP_NOT("s", 0));
	rig_element(set, "\1\xbb\0\0", NULL);
	MATCHES(DPORT, LOOKUP("s", 0));
	BREAKS(DPORT, LOOKUP_NOT("s", 0));
	MATCHES(DPORT, LOOKUP("s", 0));
	replay = rig_run(PATH_FORWARD);
	ck_assert_ptr_eq(replay.set, set);
	ck_assert_ptr_eq(replay.element, set->elements.items);
	set->flags = SET_DYNAMIC; /* packets may add and remove */
	UNSURE(DPORT, LOOKUP("s", 0));
	UNSURE(DPORT, LOOKUP("no such set", 0));
}
END_TEST

START_TEST(test_intervals)
{
	struct set *set = rig_set("s", DATUM_PORT, SET_INTERVAL);

	rig_element(set, "\0\x50\0\0", "\1\xbb\0\0");
	MATCHES(DPORT, LOOKUP("s", 0));
	rig_packet.at[DIM_T2] = 80;
	MATCHES(DPORT, LOOKUP("s", 0));
	rig_packet.at[DIM_T2] = 79;
	BREAKS(DPORT, LOOKUP("s", 0));
	rig_packet.at[DIM_T2] = 444;
	BREAKS(DPORT, LOOKUP("s", 0));
}
END_TEST

START_TEST(test_concatenation_in_slots)
{
	struct set *set = rig_set("s", DATUM_ETHER, 0);

	set_add_key(set, DATUM_PROTO, 0); /* 6 and 1 bytes: slots 0, 1 and 2 */
	rig_element(set, "\2\0\0\0\0\1\0\0\6\0\0\0", NULL);
	MATCHES(LOAD(PAYLOAD_LINK, 6, 6, 0), META(META_L4PROTO, 2), LOOKUP("s", 0));
	BREAKS(LOAD(PAYLOAD_LINK, 6, 6, 0), META(META_L4PROTO, 3), LOOKUP("s", 0));
	/* intervals: each field for itself */
	set = rig_set("i", DATUM_PORT, SET_INTERVAL);
	set_add_key(set, DATUM_PORT, 0);
	rig_element(set, "\0\1\0\0\1\0\0\0", "\xff\0\0\0\1\xff\0\0");
	MATCHES(LOAD(PAYLOAD_TRANSPORT, 0, 2, 0), LOAD(PAYLOAD_TRANSPORT, 2, 2, 1), LOOKUP("i", 0));
	rig_packet.at[DIM_T2] = 80;
	BREAKS(LOAD(PAYLOAD_TRANSPORT, 0, 2, 0), LOAD(PAYLOAD_TRANSPORT, 2, 2, 1), LOOKUP("i", 0));
}
END_TEST

START_TEST(test_name_takes_sixteen_bytes_of_a_key)
{
	struct set *set = rig_set("s", DATUM_IFNAME, 0);

	set_add_key(set, DATUM_PORT, 0);
	rig_element(set, "eth0\0\0\0\0\0\0\0\0\0\0\0\0\1\xbb\0\0", NULL);
	MATCHES(META(META_IIFNAME, 0), LOAD(PAYLOAD_TRANSPORT, 2, 2, 4), LOOKUP("s", 0));
}
END_TEST

START_TEST(test_verdict_map_hit_ends_the_rule)
{
	struct set *map = rig_set("m", DATUM_PORT, 0);
	struct element *element;

	map->is_map = true;
	map->data = DATUM_VERDICT;
	element = rig_element(map, "\1\xbb\0\0", NULL);
	element->verdict.code = VERDICT_DROP;
	BREAKS(DPORT, MAP("m", 0, SLOT_VERDICT)); /* and not the accept behind it */
	element->verdict.code = VERDICT_CONTINUE;
	MATCHES(DPORT, MAP("m", 0, SLOT_VERDICT));
	element->verdict.code = VERDICT_ACCEPT;
	MATCHES(DPORT, MAP("m", 0, SLOT_VERDICT), DROP);
	rig_packet.at[DIM_T2] = 1; /* a miss ends it as well */
	BREAKS(DPORT, MAP("m", 0, SLOT_VERDICT));
	UNSURE(NAMED("numgen"), MAP("m", 0, SLOT_VERDICT));
}
END_TEST

START_TEST(test_data_map)
{
	struct set *map = rig_set("m", DATUM_PORT, 0);

	map->is_map = true;
	map->data = DATUM_MARK;
	rig_element(map, "\1\xbb\0\0", NULL)->mark = 0x102;
	MATCHES(DPORT, MAP("m", 0, 1), CMP(CMP_EQ, 1, HOST32(0x102)));
	map->data = DATUM_IPV4;
	map->data_bytes = 4;
	map->elements.items[0].bytes = (const uint8_t *)"\1\2\3\4";
	MATCHES(DPORT, MAP("m", 0, 1), CMP(CMP_EQ, 1, 1, 2, 3, 4));
}
END_TEST

START_TEST(test_catch_all)
{
	struct set *map = rig_set("m", DATUM_PORT, 0);

	map->is_map = true;
	map->data = DATUM_MARK;
	rig_element(map, NULL, NULL)->mark = 1;
	rig_element(map, "\1\xbb\0\0", NULL)->mark = 2;
	MATCHES(DPORT, MAP("m", 0, 1), CMP(CMP_EQ, 1, HOST32(2)));
	rig_packet.at[DIM_T2] = 80;
	MATCHES(DPORT, MAP("m", 0, 1), CMP(CMP_EQ, 1, HOST32(1)));
	/* what it does to the inverse is not the same in every kernel */
	UNSURE(DPORT, LOOKUP_NOT("m", 0));
}
END_TEST

START_TEST(test_expired_elements_are_not_there)
{
	struct set *set = rig_set("s", DATUM_PORT, SET_TIMEOUT);
	struct element *element = rig_element(set, "\1\xbb\0\0", NULL);
	struct replay_ask ask = { .ruleset = rig_ruleset, .packet = &rig_packet };
	struct replay replay;

	rig_ruleset->at_ms = 1000;
	element->timeout_ms = 500;
	element->expires_ms = 100;
	MATCHES(DPORT, LOOKUP("s", 0));
	ask.now_ms = 1099;
	replay_run(&ask, &replay);
	ck_assert_int_eq(replay.end, REPLAY_PASSES);
	ask.now_ms = 1100;
	replay_run(&ask, &replay);
	ck_assert_int_eq(replay.end, REPLAY_DROPPED);
	element->timeout_ms = element->expires_ms = 0; /* for ever */
	replay_run(&ask, &replay);
	ck_assert_int_eq(replay.end, REPLAY_PASSES);
}
END_TEST

START_TEST(test_frame_is_correct)
{
	static const uint8_t wanted[] = {
		2, 0, 0, 0, 0, 0xfe, 2, 0, 0, 0, 0, 1, 8, 0, /* link */
		0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0x65, 0xce, 10, 0, 0, 1, 10, 0, 1, 2,
		156, 64, 1, 187, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 32, 0, 0, 0, 0, 0,
	};
	uint8_t frame[REPLAY_FRAME_BYTES];

	ck_assert_uint_eq(replay_frame(&rig_packet, frame), sizeof(wanted));
	ck_assert_mem_eq(frame, wanted, sizeof(wanted));
}
END_TEST

Suite *suite_replay(void)
{
	Suite *suite = suite_create("replay");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
	tcase_add_test(tcase, test_return_at_base_is_the_policy);
	tcase_add_test(tcase, test_jump_comes_back);
	tcase_add_test(tcase, test_goto_returns_to_the_callers_caller);
	tcase_add_test(tcase, test_endless_is_unknown);
	tcase_add_test(tcase, test_accept_ends_one_base_chain);
	tcase_add_test(tcase, test_priorities);
	tcase_add_test(tcase, test_dormant);
	tcase_add_test(tcase, test_devices);
	tcase_add_test(tcase, test_link_header_of_each_hook);
	tcase_add_test(tcase, test_interfaces_of_each_hook);
	tcase_add_test(tcase, test_paths);
	tcase_add_test(tcase, test_other_families_do_not_see_it);
	tcase_add_test(tcase, test_nat_chains_see_first_packets);
	tcase_add_test(tcase, test_fragments_are_held_for_tracking);
	tcase_add_test(tcase, test_lookup);
	tcase_add_test(tcase, test_intervals);
	tcase_add_test(tcase, test_concatenation_in_slots);
	tcase_add_test(tcase, test_name_takes_sixteen_bytes_of_a_key);
	tcase_add_test(tcase, test_verdict_map_hit_ends_the_rule);
	tcase_add_test(tcase, test_data_map);
	tcase_add_test(tcase, test_catch_all);
	tcase_add_test(tcase, test_expired_elements_are_not_there);
	tcase_add_test(tcase, test_frame_is_correct);
	suite_add_tcase(suite, tcase);
	return suite;
}
