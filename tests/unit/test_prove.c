/* A small proof by hand, and every way that is known to have made it say too much: one claim, the
 * rules that keep it, and one change that breaks it. */
#include <string.h>

#include "proof/prove.h"
#include "unit/made_rules.h"
#include "unit/suites.h"

enum { BUDGET = 1000000, MARK = 7 };

static struct made made;
static struct claims claims;
static struct table *own;
static struct chain *forward;

static void claim_add(void)
{
	struct packet packet;
	struct box box;

	made_packet(&packet, "eth1", "eth2", "10.0.0.1", "10.0.1.1", 443);
	box_all(&box);
	for (size_t i = 0; i < claim_dim_count; i++)
		if (claim_dims[i] != DIM_T0)
			box_fix(&box, claim_dims[i], packet.at[claim_dims[i]]);
	box_fix(&box, DIM_SMAC, 0x5e0001);
	box_fix(&box, DIM_NEXT_MAC, 0x5e0002);
	claims_init(&claims, PATH_FORWARD);
	claims_add(&claims, &box, claims_add_flow(&claims, "F1", (struct src){ 0 }), true);
}

static void standing_rule(const char *iif, const char *oif)
{
	code_match_ct_state(&made.code, CT_ESTABLISHED);
	made_ct_mark(&made, CMP_EQ, MARK);
	code_match_ifname(&made.code, META_IIFNAME, iif);
	code_match_ifname(&made.code, META_OIFNAME, oif);
	made_verdict(&made, VERDICT_ACCEPT);
}

static void claim_match(void)
{
	code_match_ct_state(&made.code, CT_NEW);
	code_match_ifname(&made.code, META_IIFNAME, "eth1");
	code_match_ifname(&made.code, META_OIFNAME, "eth2");
	code_match_nfproto(&made.code, FAMILY_V4);
	code_match_ether(&made.code);
	code_payload(&made.code, PAYLOAD_LINK, 6, 6, 0);
	code_cmp(&made.code, CMP_EQ, 0, "\x00\x00\x00\x5e\x00\x01", 6);
	made_src(&made, CMP_EQ, "10.0.0.1");
	code_payload(&made.code, PAYLOAD_NETWORK, 16, 4, 0);
	code_cmp(&made.code, CMP_EQ, 0, "\x0a\x00\x01\x01", 4);
	code_match_l4proto(&made.code, 6);
	made_dport(&made, CMP_EQ, 443);
}

static void setup(void)
{
	claim_add();
	made_init(&made);
	made_table(&made, TABLE_INET, "sekisho");
	made_base(&made, "forward", HOOK_FORWARD, 100, VERDICT_DROP);
	standing_rule("eth1", "eth2");
	standing_rule("eth2", "eth1");
	claim_match();
	made_set_ct_mark(&made, MARK);
	made_verdict(&made, VERDICT_ACCEPT);
	own = made.table;
	forward = made.chain;
}

static void teardown(void)
{
	made_done(&made);
	claims_done(&claims);
}

static struct buf told; /* the findings of the last */

static enum proof_result judge(void)
{
	struct proof_question question = { .ruleset = made.ruleset,
					   .own = "sekisho",
					   .families = { true, false },
					   .budget = BUDGET };
	enum proof_result result;
	struct proof proof;

	question.claims[PATH_FORWARD] = &claims;
	prove(&question, &proof);
	result = proof.result;
	buf_clear(&told);
	vec_each(finding, &proof.findings) {
		proof_finding_print(&told, finding);
		buf_add_char(&told, '\n');
	}
	proof_done(&proof);
	return result;
}

static void others(enum hook hook, int32_t priority)
{
	made_table(&made, TABLE_INET, "theirs");
	made_base(&made, "c", hook, priority, VERDICT_ACCEPT);
}

static void assert_result(enum proof_result result)
{
	enum proof_result is = judge();

	ck_assert_msg(is == result, "%s instead of %s:\n%s", proof_result_word(is),
		      proof_result_word(result), buf_text(&told));
}

START_TEST(as_it_is)
{
	assert_result(PROOF_PROVED);
	others(HOOK_FORWARD, 0);
	made_src(&made, CMP_EQ, "10.7.7.7"); /* nobody whom it is about */
	made_verdict(&made, VERDICT_DROP);
	assert_result(PROOF_PROVED);
}
END_TEST

START_TEST(a_mark_that_is_asked_for_and_written)
{
	code_match_ct_state(&made.code, CT_NEW);
	made_ct_mark(&made, CMP_EQ, 0);
	made_set_ct_mark(&made, MARK);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_result(PROOF_REFUTED);
}
END_TEST

START_TEST(any_known_connection_given_a_good_mark)
{
	code_match_ct_state(&made.code, CT_ESTABLISHED);
	code_match_ifname(&made.code, META_IIFNAME, "eth1");
	code_match_ifname(&made.code, META_OIFNAME, "eth2");
	made_set_ct_mark(&made, MARK);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_result(PROOF_REFUTED);
}
END_TEST

START_TEST(a_good_connection_given_an_unknown_mark)
{
	code_match_ct_state(&made.code, CT_ESTABLISHED);
	made_ct_mark(&made, CMP_EQ, MARK);
	code_match_ifname(&made.code, META_IIFNAME, "eth1");
	code_match_ifname(&made.code, META_OIFNAME, "eth2");
	made_set_ct_mark(&made, 99);
	made_verdict(&made, VERDICT_ACCEPT);
	forward->rules.items[0] = forward->rules.items[--forward->rules.count];
	assert_result(PROOF_REFUTED);
}
END_TEST

/* It comes without the mark that is asked for; with it, it would be dropped before. */
START_TEST(a_mark_of_an_earlier_hook)
{
	made_mark(&made, CMP_EQ, 9);
	made_verdict(&made, VERDICT_ACCEPT);
	others(HOOK_PREROUTING, 0);
	made_mark(&made, CMP_EQ, 9);
	made_verdict(&made, VERDICT_DROP);
	made_base(&made, "d", HOOK_PREROUTING, 1, VERDICT_ACCEPT);
	made_set_mark(&made, 9);
	made_end(&made);
	assert_result(PROOF_REFUTED);
}
END_TEST

static void match_flag(void)
{
	static const uint8_t flag[2] = { 0x40, 0 }, none[2] = { 0, 0 };

	code_match_nfproto(&made.code, FAMILY_V4);
	code_payload(&made.code, PAYLOAD_NETWORK, 6, 2, 0);
	code_mask(&made.code, 0, flag, 2);
	code_cmp(&made.code, CMP_NEQ, 0, none, 2);
}

START_TEST(passes_if_not_to_be_fragmented)
{
	match_flag();
	made_verdict(&made, VERDICT_ACCEPT);
	assert_result(PROOF_REFUTED);
}
END_TEST

START_TEST(stopped_if_not_to_be_fragmented)
{
	others(HOOK_FORWARD, 0);
	match_flag();
	made_verdict(&made, VERDICT_DROP);
	assert_result(PROOF_REFUTED);
}
END_TEST

START_TEST(hidden_from_tracking)
{
	others(HOOK_PREROUTING, -300);
	made_unknown(&made, "notrack");
	made_end(&made);
	assert_result(PROOF_REFUTED);
	made.chain->priority = 0; /* there is an entry already */
	assert_result(PROOF_PROVED);
}
END_TEST

START_TEST(stopped_where_it_came_by)
{
	others(HOOK_POSTROUTING, 0);
	code_match_ifname(&made.code, META_IIFNAME, "eth1");
	made_verdict(&made, VERDICT_DROP);
	assert_result(PROOF_REFUTED);
}
END_TEST

START_TEST(carried_by_our_own_table)
{
	static const char *const names[] = { "dup", "nat", "flow_offload", "queue", "tproxy" };

	for (size_t i = 0; i < array_count(names); i++) {
		struct chain *chain;

		made.table = own;
		made_base(&made, names[i], HOOK_PREROUTING, 0, VERDICT_ACCEPT);
		chain = made.chain;
		made_src(&made, CMP_EQ, "10.7.7.7");
		made_unknown(&made, names[i]);
		made_end(&made);
		ck_assert_int_ne(judge(), PROOF_PROVED);
		chain->rules.count = 0;
		assert_result(PROOF_PROVED);
	}
}
END_TEST

START_TEST(what_follows_is_stopped)
{
	forward->rules.items[0].exprs = forward->rules.items[1].exprs;
	assert_result(PROOF_REFUTED);
}
END_TEST

START_TEST(answers_are_stopped)
{
	forward->rules.items[1].exprs = forward->rules.items[0].exprs;
	assert_result(PROOF_REFUTED);
}
END_TEST

START_TEST(the_same_packet_again_is_stopped)
{
	others(HOOK_FORWARD, 0);
	code_match_ct_state(&made.code, CT_NEW);
	made_ct_mark(&made, CMP_EQ, MARK);
	made_verdict(&made, VERDICT_DROP);
	assert_result(PROOF_REFUTED);
}
END_TEST

/* Nobody can read from rules whether eth1 lies on top of that one. */
START_TEST(stopped_on_a_device_below)
{
	made_table(&made, TABLE_NETDEV, "theirs");
	made_base(&made, "c", HOOK_INGRESS, 0, VERDICT_DROP);
	made.chain->device = "trunk0";
	assert_result(PROOF_EXCEPT);
	made.chain->policy = VERDICT_ACCEPT;
	assert_result(PROOF_PROVED);
}
END_TEST

/* What is found on machines beside us, and does nothing to what is claimed: not even a doubt. */
START_TEST(others_that_do_no_harm)
{
	static const struct {
		uint32_t state;
		enum verdict_code verdict;
	} states[] = { { CT_ESTABLISHED, VERDICT_ACCEPT }, { CT_RELATED, VERDICT_ACCEPT },
		       { CT_INVALID, VERDICT_DROP }, { CT_UNTRACKED, VERDICT_DROP } };
	struct set *set;

	others(HOOK_FORWARD, 0);
	set = made_set(&made, "states", DATUM_CT_STATE);
	set->is_map = true;
	set->data = DATUM_VERDICT;
	for (size_t i = 0; i < array_count(states); i++)
		made_element(&made, set, &states[i].state)->verdict.code =
			(uint8_t)states[i].verdict;
	code_ct(&made.code, CT_STATE, 0); /* ct state vmap { ... } */
	code_lookup(&made.code, "states", 0, SLOT_VERDICT);
	made_end(&made);
	code_payload(&made.code, PAYLOAD_NETWORK, 12, 2, 0); /* ip saddr 172.17.0.0/16 drop */
	code_cmp(&made.code, CMP_EQ, 0, "\xac\x11", 2);
	made_verdict(&made, VERDICT_DROP);
	code_match_l4proto(&made.code, 1); /* icmp type 13 drop */
	code_payload(&made.code, PAYLOAD_TRANSPORT, 0, 1, 0);
	code_cmp(&made.code, CMP_EQ, 0, "\x0d", 1);
	made_verdict(&made, VERDICT_DROP);
	code_match_ifname(&made.code, META_IIFNAME, "docker0"); /* jumps of docker and libvirt */
	made_unknown(&made, "reject");
	made_end(&made);
	code_limit(&made.code, 3, 5); /* limit rate 3/second log */
	code_log(&made.code, "seen ", 1, 0, 0);
	made_end(&made);
	assert_result(PROOF_PROVED);
}
END_TEST

/* Where nobody can say whether it stops what is claimed, that is what is said. */
START_TEST(others_that_may_do_harm)
{
	others(HOOK_FORWARD, 0);
	code_match_l4proto(&made.code, 6);
	code_payload(&made.code, PAYLOAD_TRANSPORT, 13, 1, 0); /* tcp flags */
	code_cmp(&made.code, CMP_EQ, 0, "\x03", 1);
	made_verdict(&made, VERDICT_DROP);
	assert_result(PROOF_EXCEPT);
	made.chain->rules.count = 0;
	code_limit(&made.code, 3, 5);
	made_verdict(&made, VERDICT_DROP);
	assert_result(PROOF_EXCEPT);
	made.chain->rules.count = 0;
	made_unknown(&made, "fib");
	made_verdict(&made, VERDICT_DROP);
	assert_result(PROOF_EXCEPT);
	made.chain->rules.count = 0;
	made_unknown(&made, "masq");
	made_end(&made);
	assert_result(PROOF_EXCEPT);
	made.chain->rules.count = 0; /* and to accept by it is no harm: we are asked as well */
	code_limit(&made.code, 3, 5);
	made_verdict(&made, VERDICT_ACCEPT);
	assert_result(PROOF_PROVED);
}
END_TEST

START_TEST(more_than_can_be_looked_at)
{
	struct proof_question question = { .ruleset = made.ruleset,
					   .own = "sekisho",
					   .families = { true, false } };
	struct proof proof;

	question.claims[PATH_FORWARD] = &claims;
	for (; question.budget < 2000; question.budget++) {
		enum proof_result result;

		prove(&question, &proof);
		result = proof.result;
		proof_done(&proof);
		if (result == PROOF_PROVED)
			break;
		ck_assert_int_eq(result, PROOF_INCONCLUSIVE);
	}
	ck_assert_uint_gt(question.budget, 5);
	assert_result(PROOF_PROVED);
}
END_TEST

Suite *suite_prove(void)
{
	Suite *suite = suite_create("prove");
	TCase *tcase = tcase_create("one claim");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, as_it_is);
	tcase_add_test(tcase, a_mark_that_is_asked_for_and_written);
	tcase_add_test(tcase, any_known_connection_given_a_good_mark);
	tcase_add_test(tcase, a_good_connection_given_an_unknown_mark);
	tcase_add_test(tcase, a_mark_of_an_earlier_hook);
	tcase_add_test(tcase, passes_if_not_to_be_fragmented);
	tcase_add_test(tcase, stopped_if_not_to_be_fragmented);
	tcase_add_test(tcase, hidden_from_tracking);
	tcase_add_test(tcase, stopped_where_it_came_by);
	tcase_add_test(tcase, carried_by_our_own_table);
	tcase_add_test(tcase, what_follows_is_stopped);
	tcase_add_test(tcase, answers_are_stopped);
	tcase_add_test(tcase, the_same_packet_again_is_stopped);
	tcase_add_test(tcase, stopped_on_a_device_below);
	tcase_add_test(tcase, others_that_do_no_harm);
	tcase_add_test(tcase, others_that_may_do_harm);
	tcase_add_test(tcase, more_than_can_be_looked_at);
	suite_add_tcase(suite, tcase);
	return suite;
}
