/* What the tables of others could do, as a list: the worst of it is in it, however much there is
 * of the harmless, and what was there before is not told again. */
#include <string.h>

#include "daemon/others.h"
#include "nft/fake.h"
#include "rule/code.h"
#include "unit/suites.h"

enum { MANY = 500 };

static struct fake *fake;
static struct nft *nft;
static struct errs errs;
static unsigned told;

static void setup(void)
{
	errs_init(&errs);
	fake = fake_new();
	nft = fake_open(fake);
	told = 0;
}

static void teardown(void)
{
	nft_close(nft);
	fake_free(fake);
	errs_done(&errs);
}

static void put(unsigned refusing, bool marks)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "theirs", (struct src){ 0 });
	struct chain *chain = table_add_chain(ruleset, table, "c", (struct src){ 0 });
	struct code code = { .ruleset = ruleset };

	for (unsigned i = 0; i < refusing; i++) {
		code_verdict(&code, VERDICT_DROP, NULL);
		code_end(&code, chain, NULL, (struct src){ 0 });
	}
	if (marks) {
		code_meta(&code, META_MARK, 0);
		code_ct_set(&code, CT_MARK, 0);
		code_end(&code, chain, NULL, (struct src){ 0 });
	}
	fake_meddle(fake, ruleset, 77, "vandal");
	ruleset_free(ruleset);
}

static void on_new(void *context, const char *kind, const char *object, const char *what)
{
	(void)context;
	(void)kind;
	(void)object;
	(void)what;
	told++;
}

static void note(struct others *others)
{
	struct buf json = { 0 };
	uint32_t generation;
	struct ruleset *ruleset = nft_read_others(nft, "sekisho", &generation, &errs);

	ck_assert_ptr_nonnull(ruleset);
	others_tell(ruleset, &json);
	ruleset_free(ruleset);
	ck_assert(others_note(others, buf_text(&json), json.count, on_new, NULL));
	buf_done(&json);
}

START_TEST(test_worst_among_many)
{
	struct others *others = others_new();

	put(MANY, true);
	note(others);
	ck_assert_ptr_nonnull(others_worst(others));
	ck_assert_ptr_nonnull(strstr(others_worst(others), "ct set"));
	put(MANY, false);
	note(others);
	ck_assert_ptr_null(others_worst(others));
	others_free(others);
}
END_TEST

START_TEST(test_told_once)
{
	struct others *others = others_new();

	put(2, true);
	note(others);
	ck_assert_uint_eq(told, 3);
	note(others);
	ck_assert_uint_eq(told, 3);
	others_free(others);
}
END_TEST

START_TEST(test_garbage)
{
	struct others *others = others_new();

	put(0, true);
	note(others);
	ck_assert(!others_note(others, "{}", 2, on_new, NULL));
	ck_assert(!others_note(others, "[", 1, on_new, NULL));
	ck_assert(!others_note(others, "", 0, on_new, NULL));
	ck_assert_ptr_nonnull(others_worst(others));
	ck_assert(others_note(others, "[3, null, {\"critical\": true}]", 29, on_new, NULL));
	ck_assert_ptr_nonnull(others_worst(others));
	others_free(others);
}
END_TEST

Suite *suite_others(void)
{
	Suite *suite = suite_create("others");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_worst_among_many);
	tcase_add_test(tcase, test_told_once);
	tcase_add_test(tcase, test_garbage);
	suite_add_tcase(suite, tcase);
	return suite;
}
