/* What rules mean, trap by trap: each of these was once read wrongly, or is read wrongly easily. */
#include <string.h>

#include "unit/made_rules.h"
#include "unit/suites.h"

static struct made made;
static struct packet packet;

static void setup(void)
{
	made_init(&made);
	made_table(&made, TABLE_INET, "t");
	made_base(&made, "forward", HOOK_FORWARD, 0, VERDICT_DROP);
	made_packet(&packet, "eth1", "eth2", "10.0.0.1", "10.0.1.1", 443);
}

static void teardown(void)
{
	made_done(&made);
}

/* ---- the upper bound ---- */

struct wanted {
	const struct packet *packet;
	bool passes, marked;
	uint32_t ct_mark;
};

static bool wanted_take(void *context, const struct leaf *leaf)
{
	struct wanted *wanted = context;

	if (!leaf->passes || !box_has(leaf->box, wanted->packet))
		return true;
	wanted->passes = true;
	wanted->marked = leaf->has_ct_mark;
	wanted->ct_mark = leaf->ct_mark;
	return true;
}

static enum meaning_end box_run(enum meaning_care care, struct wanted *ret_wanted)
{
	struct meaning *meaning = meaning_new(made.ruleset, PATH_FORWARD);
	size_t budget = 100000;
	enum meaning_end end;
	struct box box;

	*ret_wanted = (struct wanted){ .packet = &packet };
	box_all(&box);
	box_fix(&box, DIM_ETHERTYPE, packet.at[DIM_ETHERTYPE]);
	box_fix(&box, DIM_STATE, packet.at[DIM_STATE]);
	box_fix(&box, DIM_FRAG, packet.at[DIM_FRAG]);
	box.last[DIM_SRC] = box.last[DIM_DST] = UINT32_MAX;
	end = meaning_run(meaning, &box,
			  &(struct meaning_run){ .stage = MEANING_DECIDING,
						 .care = care,
						 .budget = &budget,
						 .take = wanted_take,
						 .context = ret_wanted });
	meaning_free(meaning);
	return end;
}

static enum meaning_end upper_run(struct wanted *ret_wanted)
{
	return box_run(MEANING_UPPER, ret_wanted);
}

static void assert_passes(void)
{
	struct wanted wanted;

	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), 'p');
	ck_assert_int_eq(upper_run(&wanted), MEANING_WHOLE);
	ck_assert(wanted.passes);
}

static void assert_dropped(enum path path)
{
	ck_assert_int_eq(made_fate(&made, path, &packet), 'd');
}

/* What is excluded first and does not match later goes on with the next rule. */
START_TEST(upper_keeps_what_fails_behind_an_inverted_match)
{
	made_src(&made, CMP_NEQ, "10.9.9.9");
	made_dport(&made, CMP_EQ, 22);
	made_verdict(&made, VERDICT_ACCEPT);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_passes();
}
END_TEST

static void lookup_src(struct set *set, bool inverted)
{
	code_payload(&made.code, PAYLOAD_NETWORK, 12, 4, 0);
	code_lookup(&made.code, set->name, 0, SLOT_NONE);
	made.code.exprs[made.code.count - 1].lookup.inverted = inverted;
}

START_TEST(upper_keeps_what_fails_behind_an_inverted_lookup)
{
	struct set *set = made_set(&made, "s", DATUM_IPV4);

	made_element(&made, set, "\x0a\x09\x09\x09");
	lookup_src(set, true);
	made_dport(&made, CMP_EQ, 22);
	made_verdict(&made, VERDICT_ACCEPT);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_passes();
}
END_TEST

START_TEST(upper_keeps_what_fails_behind_a_catch_all)
{
	struct set *set = made_set(&made, "s", DATUM_IPV4);

	made_element(&made, set, "\x0a\x09\x09\x09");
	made_catch_all(&made, set);
	lookup_src(set, false);
	made_dport(&made, CMP_EQ, 22);
	made_verdict(&made, VERDICT_ACCEPT);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_passes();
}
END_TEST

/* The catch-all's packets end here; the element's go on, and do not match. */
START_TEST(upper_keeps_an_element_beside_a_catch_all)
{
	struct set *set = made_set(&made, "s", DATUM_IPV4);

	set->is_map = true;
	set->data = DATUM_VERDICT;
	made_element(&made, set, "\x0a\x00\x00\x01")->verdict.code = VERDICT_CONTINUE;
	made_catch_all(&made, set)->verdict.code = VERDICT_DROP;
	code_payload(&made.code, PAYLOAD_NETWORK, 12, 4, 0);
	code_lookup(&made.code, set->name, 0, SLOT_VERDICT);
	made_dport(&made, CMP_EQ, 22);
	made_verdict(&made, VERDICT_ACCEPT);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_passes();
}
END_TEST

/* A leaf is what came in, not what rules made of it. */
START_TEST(a_leaf_is_what_came_in)
{
	struct wanted wanted;

	made_ct_mark(&made, CMP_EQ, 0);
	made_set_ct_mark(&made, 7);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_passes();
	upper_run(&wanted);
	ck_assert(wanted.marked);
	ck_assert_uint_eq(wanted.ct_mark, 7);
	packet.at[DIM_CT_MARK] = 7;
	assert_dropped(PATH_FORWARD);
}
END_TEST

START_TEST(a_written_mark_is_read)
{
	made_set_mark(&made, 9);
	made_mark(&made, CMP_EQ, 9);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_passes();
}
END_TEST

/* ---- registers ---- */

/* The same address twice in a row, compared with two addresses: never. */
START_TEST(one_byte_in_two_registers)
{
	struct wanted wanted;

	code_payload(&made.code, PAYLOAD_NETWORK, 12, 4, 0);
	code_payload(&made.code, PAYLOAD_NETWORK, 12, 4, 1);
	code_cmp(&made.code, CMP_EQ, 0, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
	made_verdict(&made, VERDICT_DROP);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_passes();
	packet.at[DIM_SRC] = 0x0a000003; /* both, or-ed */
	assert_passes();
	ck_assert_int_eq(box_run(MEANING_EXACT, &wanted), MEANING_WHOLE);
	ck_assert(wanted.passes);
}
END_TEST

START_TEST(registers_are_of_one_rule)
{
	code_payload(&made.code, PAYLOAD_NETWORK, 12, 4, 0);
	made_end(&made);
	code_cmp(&made.code, CMP_EQ, 0, "\x0a\x00\x00\x01", 4);
	made_verdict(&made, VERDICT_ACCEPT);
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), '?');
}
END_TEST

START_TEST(rules_that_no_kernel_takes)
{
	code_payload(&made.code, PAYLOAD_NETWORK, 8, 16, 14); /* past the last register */
	made_verdict(&made, VERDICT_ACCEPT);
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), '?');
}
END_TEST

START_TEST(chains_in_a_circle_end)
{
	struct chain *base = made.chain;

	made_chain(&made, "a");
	code_verdict(&made.code, VERDICT_GOTO, "a");
	made_end(&made);
	made.chain = base;
	code_verdict(&made.code, VERDICT_GOTO, "a");
	made_end(&made);
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), '?');
}
END_TEST

/* Each rule parts what comes in two, and both go on. */
START_TEST(ways_that_part_a_thousand_times)
{
	for (unsigned i = 0; i < 20000; i++) {
		code_limit(&made.code, 10, 5);
		made_set_mark(&made, i);
		made_end(&made);
	}
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), '?');
}
END_TEST

/* Every second value: 256 ranges, and their rest is one more. */
START_TEST(the_last_of_many_ranges)
{
	static const uint8_t mask[2] = { 0x0f, 0xf0 }, want[2] = { 0x01, 0x10 };
	struct wanted wanted;

	code_payload(&made.code, PAYLOAD_TRANSPORT, 2, 2, 0);
	code_mask(&made.code, 0, mask, 2);
	code_cmp(&made.code, CMP_NEQ, 0, want, 2);
	made_verdict(&made, VERDICT_ACCEPT);
	packet.at[DIM_T2] = 0xffff;
	assert_passes();
	upper_run(&wanted);
	ck_assert(wanted.passes);
	packet.at[DIM_T2] = 0xf11f;
	assert_dropped(PATH_FORWARD);
}
END_TEST

/* ---- hooks (each tried on Linux 6.18) ---- */

static void match_then(enum meta_key key, const void *bytes, uint8_t count)
{
	code_meta(&made.code, key, 0);
	code_cmp(&made.code, CMP_EQ, 0, bytes, count);
	made_verdict(&made, VERDICT_DROP);
}

START_TEST(postrouting_knows_where_it_came_by)
{
	made_verdict(&made, VERDICT_ACCEPT);
	made_base(&made, "post", HOOK_POSTROUTING, 0, VERDICT_ACCEPT);
	match_then(META_IIFNAME, "eth1\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_dropped(PATH_FORWARD);
}
END_TEST

START_TEST(what_is_made_here_is_at_no_device)
{
	uint16_t ether = IFTYPE_ETHER;

	made_base(&made, "out", HOOK_OUTPUT, 0, VERDICT_ACCEPT);
	packet.at[DIM_IIF] = 0;
	match_then(META_IIFTYPE, &ether, 2);
	ck_assert_int_eq(made_fate(&made, PATH_OUTPUT, &packet), 'p');
	made.chain->hook = HOOK_POSTROUTING;
	assert_dropped(PATH_OUTPUT);
}
END_TEST

START_TEST(the_family_of_netdev_is_netdev)
{
	uint8_t ipv4 = 2;

	made_verdict(&made, VERDICT_ACCEPT);
	made_table(&made, TABLE_NETDEV, "n");
	made_base(&made, "in", HOOK_INGRESS, 0, VERDICT_ACCEPT);
	made.chain->device = "eth1";
	match_then(META_NFPROTO, &ipv4, 1);
	assert_passes();
}
END_TEST

START_TEST(a_chain_without_its_device_does_nothing)
{
	made_verdict(&made, VERDICT_ACCEPT);
	made_table(&made, TABLE_NETDEV, "n");
	made_base(&made, "out", HOOK_EGRESS, 0, VERDICT_DROP);
	assert_passes();
	made.chain->device = "eth2";
	assert_dropped(PATH_FORWARD);
}
END_TEST

START_TEST(what_is_not_tracked)
{
	made_base(&made, "raw", HOOK_PREROUTING, -300, VERDICT_ACCEPT);
	made_unknown(&made, "notrack");
	made_end(&made);
	made.chain = made.table->chains.items[0];
	code_match_ct_state(&made.code, CT_NEW);
	made_verdict(&made, VERDICT_DROP);
	code_match_ct_state(&made.code, CT_UNTRACKED);
	made_verdict(&made, VERDICT_ACCEPT);
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), 'p');
	made.table->chains.items[1]->priority = -100; /* too late */
	assert_dropped(PATH_FORWARD);
	made.table->chains.items[1]->priority = -200; /* who knows */
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), '?');
}
END_TEST

START_TEST(a_mark_between_chains_of_one_priority)
{
	made_mark(&made, CMP_EQ, 9);
	made_verdict(&made, VERDICT_ACCEPT);
	made_table(&made, TABLE_IP, "other");
	made_base(&made, "forward", HOOK_FORWARD, 0, VERDICT_ACCEPT);
	made_set_mark(&made, 9);
	made_end(&made);
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), '?');
	made.chain->priority = -1;
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), 'p');
	made.chain->priority = 1;
	assert_dropped(PATH_FORWARD);
}
END_TEST

/* A chain of nat stands where nat stands, whatever it says of itself. */
START_TEST(the_priority_of_nat)
{
	made_mark(&made, CMP_EQ, 9);
	made_verdict(&made, VERDICT_ACCEPT);
	made_base(&made, "early", HOOK_PREROUTING, -150, VERDICT_ACCEPT);
	made_mark(&made, CMP_EQ, 9);
	made_verdict(&made, VERDICT_DROP);
	made_base(&made, "nat", HOOK_PREROUTING, -300, VERDICT_ACCEPT);
	made.chain->type = CHAIN_NAT;
	made_set_mark(&made, 9);
	made_end(&made);
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), 'p');
}
END_TEST

/* Two bytes are there, four are not: of a protocol that conntrack does not look into. */
START_TEST(a_header_cut_short)
{
	code_payload(&made.code, PAYLOAD_TRANSPORT, 0, 2, 0);
	code_cmp(&made.code, CMP_EQ, 0, "\x9c\x40", 2);
	made_verdict(&made, VERDICT_ACCEPT);
	packet.at[DIM_DEPTH] = 0;
	assert_dropped(PATH_FORWARD);
	packet.at[DIM_PROTO] = 200;
	ck_assert_int_eq(made_fate(&made, PATH_FORWARD, &packet), '?');
}
END_TEST

Suite *suite_meaning(void)
{
	Suite *suite = suite_create("meaning");
	TCase *traps = tcase_create("traps");

	tcase_add_checked_fixture(traps, setup, teardown);
	tcase_add_test(traps, upper_keeps_what_fails_behind_an_inverted_match);
	tcase_add_test(traps, upper_keeps_what_fails_behind_an_inverted_lookup);
	tcase_add_test(traps, upper_keeps_what_fails_behind_a_catch_all);
	tcase_add_test(traps, upper_keeps_an_element_beside_a_catch_all);
	tcase_add_test(traps, a_leaf_is_what_came_in);
	tcase_add_test(traps, a_written_mark_is_read);
	tcase_add_test(traps, one_byte_in_two_registers);
	tcase_add_test(traps, registers_are_of_one_rule);
	tcase_add_test(traps, rules_that_no_kernel_takes);
	tcase_add_test(traps, chains_in_a_circle_end);
	tcase_add_test(traps, ways_that_part_a_thousand_times);
	tcase_add_test(traps, the_last_of_many_ranges);
	tcase_add_test(traps, postrouting_knows_where_it_came_by);
	tcase_add_test(traps, what_is_made_here_is_at_no_device);
	tcase_add_test(traps, the_family_of_netdev_is_netdev);
	tcase_add_test(traps, a_chain_without_its_device_does_nothing);
	tcase_add_test(traps, what_is_not_tracked);
	tcase_add_test(traps, a_mark_between_chains_of_one_priority);
	tcase_add_test(traps, the_priority_of_nat);
	tcase_add_test(traps, a_header_cut_short);
	suite_add_tcase(suite, traps);
	return suite;
}
