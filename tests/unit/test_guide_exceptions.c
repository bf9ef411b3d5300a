/* What a declared exception may relax, and why one is refused. */
#include "unit/test_guide.h"

#include <string.h>

#define HERE "/*EXCEPTIONS*/"
#define NO_TICKET " ticket = \"T1\";", ""
#define EXCEPTION(check, about, more)                                                              \
	HERE, "exceptions: { X1: { check = \"" check "\"; " about                                     \
	      " reason = \"当面の事情\"; " more " }; };"
#define GOOD "approval = \"A3\"; expires = \"2026-12-31\";"
#define TICKET "E-MNT-PERM flows.F13.ticket 考えられる G3.1-maint-time"

static const struct {
	const char *title;
	const char *edits[9];
	const char *found;
} cases[] = {
	{ "relaxed", { NO_TICKET, EXCEPTION("E-MNT-PERM", "flow = \"F13\";", GOOD) },
	  TICKET " (exception)" },
	{ "for all that may come", { NO_TICKET, EXCEPTION("E-MNT-PERM", "", GOOD) },
	  TICKET "\nE-EXCEPTION exceptions.X1.check 必須／望ましい G7.4-exc" },
	{ "last day", { NO_TICKET, EXCEPTION("E-MNT-PERM", "flow = \"F13\";",
					    "approval = \"A3\"; expires = \"2026-11-21\";") },
	  TICKET " (exception)" },
	{ "another flow", { NO_TICKET, EXCEPTION("E-MNT-PERM", "flow = \"F12\";", GOOD) },
	  TICKET "\nW-EXCEPTION-UNUSED exceptions.X1.check 必須 G7.4-register (warning)" },
	{ "必須 is never relaxed",
	  { " mac = \"00:00:5e:00:53:d1\";", "", EXCEPTION("E-TOK-MAC", "flow = \"F02\";", GOOD) },
	  "E-TOK-MAC flows.F02.from 必須 G3.1-tokutei\n"
	  "E-EXCEPTION exceptions.X1.check 必須／望ましい G7.4-exc" },
	{ "nor what the policy adopts",
	  { NO_TICKET, "timezone", "adopt = [\"G3.1-maint-time\"]; timezone",
	    EXCEPTION("E-MNT-PERM", "flow = \"F13\";", GOOD) },
	  TICKET "\nE-EXCEPTION exceptions.X1.check 必須／望ましい G7.4-exc" },
	{ "expired", { NO_TICKET, EXCEPTION("E-MNT-PERM", "flow = \"F13\";",
					   "approval = \"A3\"; expires = \"2026-11-20\";") },
	  TICKET "\nE-EXCEPTION exceptions.X1.expires 必須／望ましい G7.4-exc" },
	{ "approval of another kind", { NO_TICKET, EXCEPTION("E-MNT-PERM", "flow = \"F13\";",
							    "approval = \"A1\"; expires = \"2026-12-31\";") },
	  TICKET "\nE-EXCEPTION exceptions.X1.approval 必須／望ましい G7.4-exc" },
	{ "approval without the CISO",
	  { NO_TICKET, "[\"ciso\", \"tokatsu\"]; expires = \"2027-03-31\"; document = \"文3\"",
	    "[\"tokatsu\"]; expires = \"2027-03-31\"; document = \"文3\"",
	    EXCEPTION("E-MNT-PERM", "flow = \"F13\";", GOOD) },
	  TICKET "\nE-EXCEPTION exceptions.X1.approval 必須／望ましい G7.4-exc" },
	{ "a warning, too", { "retention-days = 400", "retention-days = 90", EXCEPTION("E-LOG-POL", "", GOOD) },
	  "E-LOG-POL logging.retention-days 望ましい G6.1-log-1y (exception)" },
};

START_TEST(test_exception)
{
	struct verdict verdict;

	verdict_init(&verdict, cases[_i].edits);
	ck_assert_msg(strcmp(verdict_text(&verdict), cases[_i].found) == 0,
		      "%s\nexpected:\n%s\nfound:\n%s", cases[_i].title, cases[_i].found,
		      verdict_text(&verdict));
	vec_each(err, &verdict.errs.list)
		if (err->severity == SEVERITY_EXCEPTION)
			ck_assert_str_eq(err->exception, "X1");
	verdict_done(&verdict);
}
END_TEST

Suite *suite_guide_exceptions(void)
{
	Suite *suite = suite_create("guide/exceptions");
	TCase *tcase = tcase_create("exceptions");

	tcase_add_loop_test(tcase, test_exception, 0, (int)array_count(cases));
	suite_add_tcase(suite, tcase);
	return suite;
}
