/* The reader and the printer: values that are refused, defaults, and print ∘ parse. */
#include <string.h>

#include "conf/compare.h"
#include "conf/schema.h"
#include "unit/suites.h"
#include "unit/town.h"

#define FLOW(settings)                                                                             \
	"flows: { F1: { class = \"intra\"; from = \"m1\"; to = \"m2\"; proto = \"tcp\"; data = \"both\"; purpose = \"p\"; clause = [\"c\"]; " \
	settings " }; };\n"

static const struct {
	const char *text, *code, *path, *message;
} cases[] = {
	{ FLOW(""), "C-MISSING", "flows.F1.ports", "ports" },
	{ FLOW("ports = 22;"), "C-TYPE", "flows.F1.ports", "a list" },
	{ FLOW("ports = [];"), "C-VALUE", "flows.F1.ports", "not empty" },
	{ FLOW("ports = [22]; redirect = 1;"), "C-TYPE", "flows.F1.redirect", "true or false" },
	{ FLOW("ports = [22]; ticket = 5;"), "C-TYPE", "flows.F1.ticket", "text in quotes" },
	{ FLOW("ports = [22]; ticket = \"\";"), "C-VALUE", "flows.F1.ticket", "not empty" },
	{ FLOW("ports = [22]; ticket = \" x\";"), "C-VALUE", "flows.F1.ticket", "blanks" },
	{ FLOW("ports = [22]; ticket = \"　\";"), "C-VALUE", "flows.F1.ticket", "blanks" },
	{ FLOW("ports = [22]; ticket = \"x　\";"), "C-VALUE", "flows.F1.ticket", "blanks" },
	{ FLOW("ports = [22]; crypto = \"ssl\";"), "C-VALUE", "flows.F1.crypto", "ssl" },
	{ FLOW("ports = [22]; approval = \"A-1\";"), "C-REF", "flows.F1.approval", "A-1" },
	{ FLOW("ports = [22]; window: { };"), "C-VALUE", "flows.F1.window", "neither" },
	{ FLOW("ports = [22]; window: { days = \"mon\"; from = \"07:00\"; };"), "C-VALUE",
	  "flows.F1.window", "neither" },
	{ FLOW("ports = [22]; window: { days = \"fri-mon\"; from = \"07:00\"; to = \"08:00\"; };"),
	  "C-VALUE", "flows.F1.window.days", "fri-mon" },
	{ FLOW("ports = [22]; window: { days = \"mon\"; from = \"07:00\"; to = \"07:00\"; };"),
	  "C-VALUE", "flows.F1.window", "no length" },
	{ FLOW("ports = [22]; window: { start = \"2026-01-02T00:00:00+09:00\"; end = \"2026-01-01T00:00:00+09:00\"; };"),
	  "C-VALUE", "flows.F1.window", "before it starts" },
	{ FLOW("ports = [22]; window: { grant = \"25h\"; };"), "C-VALUE", "flows.F1.window.grant",
	  "25h" },
	{ FLOW("ports = [22]; window: { grant = \"2h\"; days = \"mon\"; };"), "C-VALUE",
	  "flows.F1.window", "neither" },
	{ "routes: ( { to = \"0.0.0.0/0\"; via = \"nobody\"; } );\n", "C-REF", "routes.via",
	  "nobody" },
	{ "management: { ntp = [\"mn\"]; };\n", "C-REF", "management.ntp", "mn" },
	{ "logging: { retention-days = 0; };\n", "C-RANGE", "logging.retention-days", "0" },
	{ "enforce: { full-verify-interval = 4; };\n", "C-RANGE", "enforce.full-verify-interval",
	  "4" },
	{ "approvals: { A: { kind = \"change\"; applicant = \"a\"; approvers = [\"ciso\", \"ciso\"]; expires = \"2027-03-31\"; document = \"d\"; }; };\n",
	  "C-DUP", "approvals.A.approvers", "ciso" },
	{ "approvals: { A: { kind = \"change\"; applicant = \"a\"; approvers = [\"ciso\"]; expires = \"2027-03-31\"; document = \"d\"; }; };\n"
	  "exceptions: { X: { check = \"E-X\"; flow = \"F9\"; reason = \"r\"; approval = \"A\"; expires = \"2027-03-31\"; }; };\n",
	  "C-REF", "exceptions.X.flow", "F9" },
};

START_TEST(is_refused)
{
	struct errs errs;
	struct policy *policy = town_read(cases[_i].text, &errs);
	const struct err *err = errs_find(&errs, cases[_i].code, 0);

	ck_assert_ptr_null(policy);
	ck_assert_msg(err != NULL, "%s", cases[_i].text);
	ck_assert_str_eq(err->path, cases[_i].path);
	ck_assert_msg(strstr(err->message, cases[_i].message) != NULL, "%s", err->message);
	ck_assert_ptr_nonnull(err->hint);
	ck_assert(!errs.unreadable);
	errs_done(&errs);
}
END_TEST

/* A whole text with one of the lines of the town replaced. */
static const struct {
	const char *from, *to, *code, *message;
} replacements[] = {
	{ "10.1.0.11", "10.1.0.１１", "E-IDENT", "１１" },
	{ "10.1.0.11", "10.2.0.11", "C-ZONE", "mn" },
	{ "00:00:5e:00:53:11", "01:00:5e:00:53:11", "E-IDENT", "multicast" },
	{ "zone = \"mn\"; ip = \"10.1.0.12\"", "zone = \"mm\"; ip = \"10.1.0.12\"", "C-REF", "mm" },
	{ "10.1.0.0/24", "10.1.0.5/24", "C-VALUE", "prefix length" },
	{ "interface = \"eth2\"", "interface = \"eth1\"", "C-DUP", "eth1" },
	{ "interface = \"eth2\"", "interface = \"eth2*\"", "C-VALUE", "eth2*" },
	{ "interface = \"eth2\"; ", "", "C-MISSING", "interface" },
	{ "via = \"wan\"", "via = \"net\"", "C-VALUE", "net" },
	{ "a.example", "A.example", "C-VALUE", "A.example" },
	{ "a.example", "a.example.", "C-VALUE", "a.example." },
	{ "198.51.100.64/26", "203.0.113.0/26", "C-ZONE", "wan" },
	{ "ip = \"198.51.100.10\"", "label = \"x\"", "C-MISSING", "neither" },
	{ "  e1:", "  m1:", "C-DUP", "host" },
	{ "  e1:", "  M1:", "C-DUP", "capital letters" },
	{ "  in:", "  L1:", "C-DUP", "capital letters" },
	{ "  in:", "  e1:", "C-DUP", "endpoint" },
	{ "version = 1", "version = 2", "C-VALUE", "2" },
	{ "version = 1;\n", "", "C-MISSING", "version" },
	{ "edition = \"R7.3\"; ", "", "C-MISSING", "edition" },
	{ "model = \"alpha\"", "model = \"gamma\"", "C-VALUE", "gamma" },
	{ "gateway = \"fw\"", "gateway = \"fw\"; timezone = \"Europe/Berlin\"", "C-VALUE", "Berlin" },
};

START_TEST(a_line_of_the_town_replaced_is_refused)
{
	const char *at = strstr(town_head, replacements[_i].from);
	struct buf text = { 0 };
	const struct err *err;
	struct errs errs;

	ck_assert_ptr_nonnull(at);
	buf_add(&text, town_head, (size_t)(at - town_head));
	buf_add_text(&text, replacements[_i].to);
	buf_add_text(&text, at + strlen(replacements[_i].from));
	errs_init(&errs);
	ck_assert_ptr_null(conf_read_text("t", buf_text(&text), text.count, &errs));
	err = errs_find(&errs, replacements[_i].code, 0);
	ck_assert_msg(err != NULL, "%s: %s %s", replacements[_i].to, errs.list.items[0].code,
		      errs.list.items[0].message);
	ck_assert_msg(strstr(err->message, replacements[_i].message) != NULL, "%s", err->message);
	errs_done(&errs);
	buf_done(&text);
}
END_TEST

/* Every key of the schema, with its example or its first word. */
static const char everything[] =
	"flows: {\n"
	"  F1: { class = \"screen\"; from = [\"m1\", \"m2\"]; to = \"l1\"; proto = \"tcp\"; ports = ( 3389, \"4000-4099\" ); crypto = \"tls\"; data = \"screen\"; purpose = \"a \\\"b\\\" \\\\ c\"; clause = [\"G3.2-screen\"]; window: { days = \"mon,wed-fri\"; from = \"22:00\"; to = \"02:00\"; until = \"2027-03-31\"; }; approval = \"A\"; ticket = \"T\"; line = \"closed\"; annex = \"文書\"; product = \"rdp\"; redirect = false; agreement = \"g\"; inspect = \"i\"; origin = \"lgwan-asp\"; persons = [\"P\"]; mfa = \"m\"; vendor = \"v\"; system = \"s\"; };\n"
	"  F2: { class = \"maintenance\"; from = \"e1\"; to = \"m1\"; proto = \"icmp\"; data = \"both\"; purpose = \"p\"; clause = [\"c\", \"d\"]; window: { start = \"2026-12-12T22:00:00+09:00\"; end = \"2026-12-13T02:00:00+09:00\"; }; };\n"
	"  F3: { class = \"console\"; from = \"i1\"; to = \"e2\"; proto = \"udp\"; ports = [\"1-65535\"]; data = \"out\"; purpose = \"p\"; clause = [\"c\"]; window: { grant = \"90m\"; }; };\n"
	"};\n"
	"approvals: { A: { kind = \"exception\"; applicant = \"a\"; approvers = [\"ciso\", \"tokatsu\"]; expires = \"2027-03-31\"; document = \"d\"; date = \"2026-04-01\"; }; };\n"
	"exceptions: { X: { check = \"E-X\"; host = \"m1\"; reason = \"r\"; approval = \"A\"; expires = \"2027-03-31\"; }; Y: { check = \"E-Y\"; endpoint = \"e1\"; reason = \"r\"; approval = \"A\"; expires = \"2027-03-31\"; }; Z: { check = \"E-Y\"; zone = \"mn\"; reason = \"r\"; approval = \"A\"; expires = \"2027-03-31\"; }; };\n"
	"routes: ( { to = \"192.0.2.0/24\"; via = \"rt\"; }, { to = \"0.0.0.0/0\"; via = \"rt\"; } );\n"
	"management: { ssh: ( { from = \"m1\"; ports = [22]; }, { from = \"m2\"; ports = [22]; } ); ntp = \"m1\"; dns = [\"e1\", \"m2\"]; syslog = [\"m1\"]; };\n"
	"resolver: { servers = [\"e1\"]; dnssec = \"require\"; trust-anchor = \"/etc/sekisho/root.key\"; };\n"
	"logging: { items = [\"deny\", \"time-sync\"]; retention-days = 400; handling = \"h\"; on-failure = \"alert+local-ring\"; };\n"
	"enforce: { repair = false; own-tables = true; full-verify-interval = 60; };\n";

START_TEST(print_of_parse_is_a_fixed_point)
{
	struct policy *first = town_get(everything), *second;
	struct buf once = { 0 }, twice = { 0 };
	struct changes changes;
	struct errs errs;

	conf_print(first, &once);
	errs_init(&errs);
	second = conf_read_text("printed", buf_text(&once), once.count, &errs);
	ck_assert_msg(second != NULL, "%s\n%s", errs.list.count ? errs.list.items[0].message : "",
		      buf_text(&once));
	conf_print(second, &twice);
	ck_assert_str_eq(buf_text(&once), buf_text(&twice));
	changes_init(&changes, first, second);
	ck_assert_uint_eq(changes.list.count, 0);
	changes_done(&changes);
	buf_done(&once);
	buf_done(&twice);
	errs_done(&errs);
	policy_free(first);
	policy_free(second);
}
END_TEST

START_TEST(everything_uses_every_key_of_flows)
{
	struct policy *policy = town_get(everything);
	const struct flow *flow = policy_find_flow(policy, "F1");

	for (size_t i = 0; i < schema_flow.count; i++)
		ck_assert_msg(node_has(&flow->node, schema_flow.keys[i].field), "%s",
			      schema_flow.keys[i].name);
	ck_assert_int_eq(flow->window->kind, WINDOW_RECURRING);
	ck_assert_int_eq(flow->window->days, 1 | 4 | 8 | 16);
	ck_assert_str_eq(flow->purpose, "a \"b\" \\ c");
	policy_free(policy);
}
END_TEST

START_TEST(what_means_nothing_is_told)
{
	struct policy *policy;
	struct errs errs;

	policy = town_read(everything, &errs);
	ck_assert_ptr_nonnull(policy);
	ck_assert_uint_eq(errs_errors(&errs), 0);
	ck_assert_ptr_nonnull(errs_find(&errs, "W-IGNORED", 0)); /* a screen has no agreement */
	ck_assert_uint_eq(errs.counts[SEVERITY_WARNING], 2);	 /* and no origin */
	policy_free(policy);
	errs_done(&errs);
}
END_TEST

START_TEST(fields_know_their_lines)
{
	struct policy *policy = town_get("flows: {\n  F1: {\n    class = \"intra\";\n    from = \"m1\"; to = \"m2\";\n    proto = \"tcp\";\n    ports = [22];\n    data = \"both\"; purpose = \"p\"; clause = [\"c\"];\n  };\n};\n");
	const struct flow *flow = policy_find_flow(policy, "F1");
	unsigned first = flow->node.at.line;

	ck_assert_uint_eq(node_at(&flow->node, FLOW_F_CLASS).line, first + 1);
	ck_assert_uint_eq(node_at(&flow->node, FLOW_F_TO).line, first + 2);
	ck_assert_uint_eq(node_at(&flow->node, FLOW_F_PORTS).line, first + 4);
	ck_assert_uint_eq(node_at(&flow->node, FLOW_F_WINDOW).line, first); /* not written */
	policy_free(policy);
}
END_TEST

START_TEST(differences_are_named)
{
	struct policy *a = town_get(FLOW("ports = [22]; ticket = \"T1\";"));
	struct policy *b = town_get(FLOW("ports = [22, 443]; line = \"closed\";")
				    "enforce: { repair = false; };\n");
	struct changes changes;

	changes_init(&changes, a, b);
	ck_assert_uint_eq(changes.list.count, 4);
	ck_assert_str_eq(changes.list.items[0].key, "ports");
	ck_assert_str_eq(changes.list.items[0].before, "[22]");
	ck_assert_str_eq(changes.list.items[0].after, "[22, 443]");
	ck_assert_str_eq(changes.list.items[1].key, "ticket");
	ck_assert_ptr_null(changes.list.items[1].after);
	ck_assert_str_eq(changes.list.items[2].key, "line");
	ck_assert_ptr_null(changes.list.items[2].before);
	ck_assert_int_eq(changes.list.items[3].kind, CHANGE_ADDED);
	ck_assert_str_eq(changes.list.items[3].section, "enforce");
	changes_done(&changes);
	policy_free(a);
	policy_free(b);
}
END_TEST

Suite *suite_conf(void)
{
	Suite *suite = suite_create("conf");
	TCase *tcase = tcase_create("conf");

	tcase_add_loop_test(tcase, is_refused, 0, (int)array_count(cases));
	tcase_add_loop_test(tcase, a_line_of_the_town_replaced_is_refused, 0,
			    (int)array_count(replacements));
	tcase_add_test(tcase, print_of_parse_is_a_fixed_point);
	tcase_add_test(tcase, everything_uses_every_key_of_flows);
	tcase_add_test(tcase, fields_know_their_lines);
	tcase_add_test(tcase, what_means_nothing_is_told);
	tcase_add_test(tcase, differences_are_named);
	suite_add_tcase(suite, tcase);
	return suite;
}
