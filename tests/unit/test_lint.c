/* The raw text: what libconfig would accept in silence, and how the text is cut. */
#include <string.h>

#include "unit/suites.h"
#include "unit/town.h"

#define FLOW "flows: { F1: { class = \"intra\"; from = \"m1\"; to = \"m2\"; proto = \"tcp\"; ports = "
#define END "; data = \"both\"; purpose = \"p\"; clause = [\"G6.2-least\"]; }; };\n"

/* One mistake, the code it must have, a part of its message, and its line in what is added. */
static const struct {
	const char *text, *code, *message;
	unsigned line;
} cases[] = {
	{ FLOW "[4294967318]" END, "C-TEXT", "4294967318", 1 },
	{ FLOW "[2147483648]" END, "C-TEXT", "2147483648", 1 },
	{ FLOW "[99999999999999999999]" END, "C-TEXT", "9999", 1 },
	{ FLOW "[010]" END, "C-TEXT", "octal", 1 },
	{ FLOW "[0x16]" END, "C-TEXT", "0x16", 1 },
	{ FLOW "[22L]" END, "C-TEXT", "22L", 1 },
	{ FLOW "[22.5]" END, "C-TEXT", "22.5", 1 },
	{ FLOW "[-22]" END, "C-RANGE", "-22", 1 },
	{ FLOW "[0]" END, "C-RANGE", "0", 1 },
	{ FLOW "[65536]" END, "C-RANGE", "65536", 1 },
	{ FLOW "[\"10-5\"]" END, "C-RANGE", "10-5", 1 },
	{ FLOW "[22, 22]" END, "C-DUP", "22", 1 },
	{ FLOW "[22, \"80-90\"]" END, "C-SYNTAX", "different kinds", 1 },
	{ FLOW "[22]; owner = \"a\tb\"" END, "C-TEXT", "tab", 1 },
	{ FLOW "[22]; purpose = \"a\x01" "b\"" END, "C-TEXT", "control", 1 },
	{ FLOW "[22]; ticket = \"a\\x41\"" END, "C-TEXT", "\\x", 1 },
	{ FLOW "[22]; ticket = \"a\nb\"" END, "C-SYNTAX", "not closed", 1 },
	{ FLOW "[２２]" END, "C-TEXT", "full-width", 1 },
	{ FLOW "[22]　" END, "C-TEXT", "full-width", 1 },
	{ FLOW "[22]； x = 1" END, "C-TEXT", "full-width", 1 },
	{ FLOW "[22]; data = both" END, "C-SYNTAX", "without quotes", 1 },
	{ FLOW "[22]; data = TRUE" END, "C-SYNTAX", "without quotes", 1 },
	{ FLOW "[22)" END, "C-SYNTAX", "closes the \"[\"", 1 },
	{ FLOW "[22", "C-SYNTAX", "never closed", 1 },
	{ "flows: { F1: 5; };\n", "C-TYPE", "settings in { }", 1 },
	{ "flows: 5;\n", "C-TYPE", "5", 1 },
	{ "}\n", "C-SYNTAX", "closes nothing", 1 },
	{ "flows: { 1F: { }; };\n", "C-TEXT", "1F", 1 },
	{ "\n\nflows: { };\nflows: { };\n", "C-DUP", "second time", 4 },
	{ "flow: { };\n", "C-KEY", "flow", 1 },
	{ "logging: { items = [\"deny\"]\n\n items = [\"deny\"]; };\n", "C-DUP", "twice", 3 },
	{ "/* never closed\n", "C-SYNTAX", "never closed", 1 },
	{ "@include \"x.conf\"\n", "C-INCLUDE", "x.conf", 1 },
	{ "logging: { @include \"x.conf\"\n };\n", "C-INCLUDE", "inside", 1 },
	{ "routes: ((((((((((((1))))))))))));\n", "C-SYNTAX", "nested", 1 },
	{ "logging: { handling = \"a\xe2\x80\xae" "b\"; };\n", "C-TEXT", "U+202E", 1 },
	{ "logging: { handling = \"\x82\xa0\"; };\n", "C-TEXT", "UTF-8", 1 },
	{ "logging: { };\r\n", "C-TEXT", "carriage return", 1 },
};

static unsigned head_lines(void)
{
	unsigned lines = 0;

	for (const char *at = town_head; *at; at++)
		lines += *at == '\n';
	return lines;
}

START_TEST(is_refused)
{
	struct errs errs;
	struct policy *policy = town_read(cases[_i].text, &errs);
	const struct err *err = errs_find(&errs, cases[_i].code, head_lines() + cases[_i].line);

	ck_assert_ptr_null(policy);
	ck_assert_msg(err != NULL, "%s: no %s; first: %s %u %s", cases[_i].text, cases[_i].code,
		      errs.list.items[0].code, errs.list.items[0].at.line,
		      errs.list.items[0].message);
	ck_assert_msg(strstr(err->message, cases[_i].message) != NULL, "%s", err->message);
	errs_done(&errs);
}
END_TEST

START_TEST(all_errors_come_in_one_run)
{
	struct errs errs;
	struct policy *policy = town_read("flows: {\n"
					  "  F1: { class = intra; };\n"
					  "  F2: { class = \"intr\"; from = \"m1\"; to = \"m9\"; proto = \"tcp\"; ports = [22]; data = \"both\"; purpose = \"p\"; clause = [\"c\"]; };\n"
					  "  F3: { clas = \"intra\"; };\n"
					  "};\n"
					  "exceptions: { X: { check = \"E-X\"; flow = \"F1\"; reason = \"r\"; approval = \"A\"; expires = \"2026-02-30\"; }; };\n",
					  &errs);
	unsigned line = head_lines();

	ck_assert_ptr_null(policy);
	ck_assert(errs_find(&errs, "C-SYNTAX", line + 2));
	ck_assert(errs_find(&errs, "C-VALUE", line + 3));
	ck_assert(errs_find(&errs, "C-REF", line + 3));
	ck_assert(errs_find(&errs, "C-KEY", line + 4));
	ck_assert(errs_find(&errs, "C-VALUE", line + 6));
	/* F1 stands there, though nobody can read it: no dangling reference */
	vec_each(err, &errs.list)
		ck_assert(strcmp(err->code, "C-REF") != 0 || !strstr(err->message, "F1"));
	errs_done(&errs);
}
END_TEST

START_TEST(a_nul_byte_is_told)
{
	static const char text[] = "version = 1;\n\0policy: { };\n";
	struct errs errs;

	errs_init(&errs);
	ck_assert_ptr_null(conf_read_text("x", text, sizeof(text) - 1, &errs));
	ck_assert(errs_find(&errs, "C-TEXT", 2));
	ck_assert(errs.unreadable);
	errs_done(&errs);
}
END_TEST

START_TEST(comments_and_both_separators_are_read)
{
	struct policy *policy = town_get("# a\n// b\n/* c\n * { */\nlogging = { retention-days = 400, handling : \"h\" };\n");

	ck_assert_int_eq(policy->logging.retention_days, 400);
	ck_assert_str_eq(policy->logging.handling, "h");
	policy_free(policy);
}
END_TEST

Suite *suite_lint(void)
{
	Suite *suite = suite_create("lint");
	TCase *tcase = tcase_create("lint");

	tcase_add_loop_test(tcase, is_refused, 0, (int)array_count(cases));
	tcase_add_test(tcase, all_errors_come_in_one_run);
	tcase_add_test(tcase, a_nul_byte_is_told);
	tcase_add_test(tcase, comments_and_both_separators_are_read);
	suite_add_tcase(suite, tcase);
	return suite;
}
