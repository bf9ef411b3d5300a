/* What the tables of others could do, as a list: the worst of it is in it, however much there is
 * of the harmless, and what was there before is not told again. */
#include <stdlib.h>
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

static bool guards(const void *context, const char *device)
{
	(void)context;
	return strcmp(device, "lan0") == 0;
}

static void note_gone(struct others *others, uint64_t gone)
{
	struct others_found found = { 0 };

	uint32_t generation;
	struct ruleset *ruleset = nft_read_others(nft, "sekisho", &generation, &errs);

	ck_assert_ptr_nonnull(ruleset);
	ck_assert_uint_eq(generation, fake_generation(fake));
	others_tell(ruleset, guards, NULL, &found);
	ruleset_free(ruleset);
	ck_assert(others_note(others, buf_text(&found.json), found.json.count, gone, on_new, NULL));
	buf_done(&found.json);
	buf_done(&found.offloads);
}

static void note(struct others *others)
{
	note_gone(others, 0);
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

/* Two flowtables, one of them on an interface of a zone, a rule into each, and another rule. */
static void put_flowtables(const char *name)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "theirs", (struct src){ 0 });
	struct chain *chain = table_add_chain(ruleset, table, "c", (struct src){ 0 });
	struct code code = { .ruleset = ruleset };
	uint64_t handle = 1;

	table_add_object(ruleset, table, OBJECT_FLOWTABLE, "away", (struct src){ 0 })->comment = "eth0";
	table_add_object(ruleset, table, OBJECT_FLOWTABLE, name, (struct src){ 0 })->comment = "lan0";
	code_objref(&code, OBJECT_FLOWTABLE, "away");
	code_end(&code, chain, NULL, (struct src){ 0 });
	code_objref(&code, OBJECT_FLOWTABLE, name);
	code_end(&code, chain, NULL, (struct src){ 0 });
	code_verdict(&code, VERDICT_DROP, NULL);
	code_end(&code, chain, NULL, (struct src){ 0 });
	vec_each(rule, &chain->rules)
		rule->handle = handle++;
	fake_meddle(fake, ruleset, 77, "vandal");
	ruleset_free(ruleset);
}

/* What was taken away is not found; what could not be stays, and that it could have been is
 * nobody else's to know. */
START_TEST(test_gone)
{
	struct others *others = others_new();
	const json_t *list = others_json(others);
	char *text;

	put_flowtables("near");
	note_gone(others, 1);
	list = others_json(others);
	text = json_dumps(list, JSON_COMPACT);
	ck_assert_msg(json_array_size(list) == 3, "%s", text);
	ck_assert_ptr_null(strstr(text, "near"));
	ck_assert_ptr_nonnull(strstr(text, "away"));
	ck_assert_ptr_null(strstr(text, "offload\":"));
	ck_assert_uint_eq(told, 3);
	free(text);
	note_gone(others, 2); /* there is no second */
	ck_assert_uint_eq(json_array_size(others_json(others)), 5);
	ck_assert_uint_eq(told, 5);
	others_free(others);
}
END_TEST

/* A name in no UTF-8 hides nothing. */
START_TEST(test_any_name)
{
	struct others *others = others_new();

	put_flowtables("\xff\xfe");
	note(others);
	ck_assert_uint_eq(json_array_size(others_json(others)), 5);
	for (size_t i = 0; i < 4; i++)
		ck_assert(json_is_true(json_object_get(json_array_get(others_json(others), i),
						       "critical")));
	others_free(others);
}
END_TEST

START_TEST(test_garbage)
{
	struct others *others = others_new();

	put(0, true);
	note(others);
	ck_assert(!others_note(others, "{}", 2, 0, on_new, NULL));
	ck_assert(!others_note(others, "[", 1, 0, on_new, NULL));
	ck_assert(!others_note(others, "", 0, 0, on_new, NULL));
	ck_assert_ptr_nonnull(others_worst(others));
	ck_assert(others_note(others, "[3, null, {\"critical\": true}]", 29, ~0ull, on_new, NULL));
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
	tcase_add_test(tcase, test_gone);
	tcase_add_test(tcase, test_any_name);
	tcase_add_test(tcase, test_garbage);
	suite_add_tcase(suite, tcase);
	return suite;
}
