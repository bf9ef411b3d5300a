/* The table of clauses: whole, sorted, and right about what may be relaxed. */
#include "unit/test_guide.h"

#include <string.h>

START_TEST(test_whole)
{
	ck_assert_uint_eq(clauses_count, 431);
	for (size_t i = 0; i < clauses_count; i++) {
		const struct clause *clause = &clauses[i];

		ck_assert(i == 0 || strcmp(clauses[i - 1].id, clause->id) < 0);
		ck_assert_ptr_eq(clause_find(clause->id), clause);
		ck_assert(clause->ja[0] && clause->en[0] && clause->location[0]);
		/* what binds is never relaxed, in whatever company the word stands */
		if (strstr(clause->strength, "必須") || strstr(clause->strength, "必要"))
			ck_assert_msg(!clause_is_relaxable(clause), "%s", clause->id);
	}
	ck_assert_ptr_null(clause_find("G3.1-nothing"));
}
END_TEST

START_TEST(test_strengths)
{
	static const struct {
		const char *id, *strength;
		bool relaxable;
	} known[] = {
		{ "G3.1-tokutei", "必須", false },     { "G3.1-relay", "必要", false },
		{ "G6.1-log-1y", "望ましい", true },   { "G3.1-maint-time", "考えられる", true },
		{ "G7.1-decrypt", "推奨事項", true },  { "G6.2-ext-auth", "必須／望ましい", false },
		{ "C3.1-console", "必要", false },     { "P-zones", "定義", false },
		{ "G3.4-branch", "必要（原則）", false },
	};

	for (size_t i = 0; i < array_count(known); i++) {
		const struct clause *clause = clause_find(known[i].id);

		ck_assert_msg(clause != NULL, "%s", known[i].id);
		ck_assert_str_eq(clause->strength, known[i].strength);
		ck_assert_int_eq(clause_is_relaxable(clause), known[i].relaxable);
	}
}
END_TEST

/* Every check and every symbol of the matrices cites clauses that exist. */
START_TEST(test_cited)
{
	for (size_t i = 0; i < checks_count; i++)
		ck_assert_msg(clause_find(checks[i].clause) != NULL, "%s", checks[i].code);
	for (size_t i = 0; i < matrix_symbols_count; i++) {
		char text[128];

		ck_assert_uint_lt(strlen(matrix_symbols[i].clauses), sizeof(text));
		strcpy(text, matrix_symbols[i].clauses);
		for (char *id = strtok(text, " "); id; id = strtok(NULL, " "))
			ck_assert_msg(clause_find(id) != NULL, "%s: %s", matrix_symbols[i].name, id);
	}
}
END_TEST

Suite *suite_guide_clause(void)
{
	Suite *suite = suite_create("guide/clause");
	TCase *tcase = tcase_create("table");

	tcase_add_test(tcase, test_whole);
	tcase_add_test(tcase, test_strengths);
	tcase_add_test(tcase, test_cited);
	suite_add_tcase(suite, tcase);
	return suite;
}
