/* The text for nft: what can be said is said right, what cannot is an error with its line. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rule/code.h"
#include "rule/print.h"
#include "test_rule_town.h"

Suite *suite_rule_print(void);

struct desk { /* a chain to write on */
	struct ruleset *ruleset;
	struct table *table;
	struct chain *chain;
	struct code code;
};

static void desk_init(struct desk *desk)
{
	struct src src = { "x.conf", 9 };

	*desk = (struct desk){ .ruleset = ruleset_new() };
	desk->table = ruleset_add_table(desk->ruleset, TABLE_INET, "t", src);
	desk->chain = table_add_chain(desk->ruleset, desk->table, "c", src);
	desk->code.ruleset = desk->ruleset;
}

static void says(struct desk *desk, const char *expected)
{
	struct buf buf = { 0 };
	const char *why = NULL;
	bool said;

	code_end(&desk->code, desk->chain, NULL, desk->chain->src);
	said = rule_print_nft(desk->table, &desk->chain->rules.items[desk->chain->rules.count - 1],
			      &buf, &why);
	if (expected)
		ck_assert_str_eq(buf_text(&buf), expected);
	ck_assert_int_eq(said, expected != NULL);
	ck_assert_int_eq(why != NULL, expected == NULL);
	buf_done(&buf);
}

START_TEST(test_words)
{
	static const uint8_t mask[2] = { 0x3f, 0xff }, zero[2];
	uint8_t request = 8;
	struct desk desk;

	desk_init(&desk);
	code_match_ifname(&desk.code, META_IIFNAME, "eth0");
	code_verdict(&desk.code, VERDICT_JUMP, "there");
	says(&desk, "iifname \"eth0\" jump there");
	code_match_ct_state(&desk.code, CT_NEW | CT_INVALID);
	code_verdict(&desk.code, VERDICT_DROP, NULL);
	says(&desk, "ct state invalid,new drop");
	code_match_nfproto(&desk.code, FAMILY_V4);
	code_payload(&desk.code, PAYLOAD_NETWORK, 6, 2, 0);
	code_mask(&desk.code, 0, mask, 2);
	code_cmp(&desk.code, CMP_NEQ, 0, zero, 2);
	says(&desk, "meta nfproto ipv4 ip frag-off & 0x3fff != 0x0000");
	code_match_nfproto(&desk.code, FAMILY_V4);
	code_match_l4proto(&desk.code, 1);
	code_payload(&desk.code, PAYLOAD_TRANSPORT, 0, 1, 0);
	code_cmp(&desk.code, CMP_EQ, 0, &request, 1);
	says(&desk, "meta nfproto ipv4 meta l4proto icmp icmp type echo-request");
	code_limit(&desk.code, 5, 7);
	code_log(&desk.code, "why", 3, 64, 32);
	says(&desk, "limit rate 5/second burst 7 packets "
		    "log prefix \"why\" group 3 snaplen 64 queue-threshold 32");
	ruleset_free(desk.ruleset);
}
END_TEST

START_TEST(test_unsayable)
{
	static const uint8_t addr[4] = { 10, 0, 0, 1 };
	uint32_t state = CT_NEW;
	struct desk desk;

	desk_init(&desk);
	code_payload(&desk.code, PAYLOAD_NETWORK, 12, 4, 0); /* nft would add a dependency */
	code_cmp(&desk.code, CMP_EQ, 0, addr, 4);
	says(&desk, NULL);
	code_ct(&desk.code, CT_STATE, 0); /* equality where nft means a bit test */
	code_cmp(&desk.code, CMP_EQ, 0, &state, 4);
	says(&desk, NULL);
	code_meta(&desk.code, META_IIFNAME, 0); /* loaded, never used */
	code_verdict(&desk.code, VERDICT_ACCEPT, NULL);
	says(&desk, NULL);
	code_meta(&desk.code, META_IIFNAME, 0); /* overwritten before its use, in part */
	code_meta(&desk.code, META_NFPROTO, 3);
	code_cmp(&desk.code, CMP_EQ, 3, addr, 1);
	says(&desk, NULL);
	code_lookup(&desk.code, "nowhere", 0, SLOT_NONE);
	says(&desk, NULL);
	code_match_ifname(&desk.code, META_IIFNAME, "eth*"); /* a pattern to nft */
	says(&desk, NULL);
	desk.code.exprs[0] = (struct expr){ .kind = EXPR_UNKNOWN };
	desk.code.count = 1;
	says(&desk, NULL);
	ruleset_free(desk.ruleset);
}
END_TEST

START_TEST(test_error_has_its_line)
{
	struct buf buf = { 0 };
	struct errs errs;
	struct desk desk;

	errs_init(&errs);
	desk_init(&desk);
	code_meta(&desk.code, META_CPU, 0);
	code_verdict(&desk.code, VERDICT_ACCEPT, NULL);
	code_end(&desk.code, desk.chain, "whose", (struct src){ "x.conf", 77 });
	ck_assert(!ruleset_print_nft(desk.ruleset, &buf, NULL, &errs));
	ck_assert_uint_eq(errs_errors(&errs), 1);
	ck_assert_uint_eq(errs.list.items[0].at.line, 77);
	ck_assert_ptr_nonnull(strstr(errs.list.items[0].message, "whose"));
	buf_done(&buf);
	errs_done(&errs);
	ruleset_free(desk.ruleset);
}
END_TEST

static bool gather(void *context, const char *text, size_t count)
{
	buf_add(context, text, count);
	return true;
}

/* Through a sink or in one piece: the same bytes. Large enough to be flushed many times. */
START_TEST(test_sink)
{
	struct buf whole = { 0 }, rest = { 0 }, gathered = { 0 };
	struct print_sink sink = { gather, &gathered };
	struct errs errs;
	struct desk desk;
	struct set *set;

	errs_init(&errs);
	desk_init(&desk);
	set = table_add_set(desk.ruleset, desk.table, "s", desk.chain->src);
	set_add_key(set, DATUM_MARK, 0);
	for (uint32_t i = 0; i < 50000; i++)
		memcpy(element_key(set_add_element(desk.ruleset, set, false)), &i, sizeof(i));
	ck_assert(ruleset_print_nft(desk.ruleset, &whole, NULL, &errs));
	ck_assert(ruleset_print_json(desk.ruleset, &whole, NULL));
	ck_assert(ruleset_print_nft(desk.ruleset, &rest, &sink, &errs));
	ck_assert(ruleset_print_json(desk.ruleset, &rest, &sink));
	ck_assert_uint_gt(gathered.count, 0);
	gather(&gathered, rest.text, rest.count);
	ck_assert_str_eq(whole.text, gathered.text);
	buf_done(&whole);
	buf_done(&rest);
	buf_done(&gathered);
	errs_done(&errs);
	ruleset_free(desk.ruleset);
}
END_TEST

/* Whatever stands in a text, JSON stays JSON. */
START_TEST(test_json_escapes)
{
	struct buf buf = { 0 };
	struct desk desk;

	desk_init(&desk);
	desk.chain->comment = "a \"b\" \\ \n 関所";
	ck_assert(ruleset_print_json(desk.ruleset, &buf, NULL));
	ck_assert_ptr_nonnull(strstr(buf.text, "a \\u0022b\\u0022 \\u005c \\u000a 関所"));
	buf_done(&buf);
	ruleset_free(desk.ruleset);
}
END_TEST

Suite *suite_rule_print(void)
{
	Suite *suite = suite_create("rule/print");
	TCase *tests = tcase_create("text");

	tcase_add_test(tests, test_words);
	tcase_add_test(tests, test_unsayable);
	tcase_add_test(tests, test_error_has_its_line);
	tcase_add_test(tests, test_sink);
	tcase_add_test(tests, test_json_escapes);
	suite_add_tcase(suite, tests);
	return suite;
}
