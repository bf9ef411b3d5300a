/* Flowtables of others on interfaces of zones: which are found, with which rules; that what is
 * found survives the way from one process to another and garbage does not; and that the kernel
 * takes exactly these away, or nothing and says why. */
#include <errno.h>
#include <string.h>

#include "nft/fake.h"
#include "rule/code.h"
#include "unit/suites.h"

static struct ruleset *ruleset;
static struct table *table;
static struct chain *chain;
static struct offloads found;

static void rule_put(struct chain *into, const char *flowtable, bool refuses)
{
	struct code code = { .ruleset = ruleset };

	code_match_l4proto(&code, 6);
	if (flowtable)
		code_objref(&code, OBJECT_FLOWTABLE, flowtable);
	if (refuses)
		code_verdict(&code, VERDICT_DROP, NULL);
	code_end(&code, into, NULL, (struct src){ 0 });
}

static void flowtable_put(const char *name, const char *devices)
{
	table_add_object(ruleset, table, OBJECT_FLOWTABLE, name, (struct src){ 0 })->comment =
		devices;
}

/* Two rules of one chain and one of another name the flowtable; three do not. */
static void setup(void)
{
	struct chain *second;
	uint64_t handle = 10;

	ruleset = ruleset_new();
	found = (struct offloads){ 0 };
	table = ruleset_add_table(ruleset, TABLE_INET, "theirs", (struct src){ 0 });
	chain = table_add_chain(ruleset, table, "c", (struct src){ 0 });
	second = table_add_chain(ruleset, table, "d", (struct src){ 0 });
	rule_put(chain, NULL, true);
	rule_put(chain, "fast", false);
	rule_put(chain, "fast", true);
	rule_put(chain, NULL, false);
	rule_put(second, "fast", false);
	rule_put(second, "slow", false);
	vec_each(each, &table->chains)
		vec_each(rule, &(*each)->rules)
			rule->handle = handle++;
	flowtable_put("slow", "eth0");
	flowtable_put("fast", "eth0,lan1");
}

static void teardown(void)
{
	if (found.arena)
		offloads_done(&found);
	ruleset_free(ruleset);
}

static bool guards(const void *context, const char *device)
{
	const char *zones = context;

	return strcmp(device, zones) == 0 || (device[0] == 'l' && strcmp(device, "lan*") == 0);
}

static void find(const char *zone)
{
	if (found.arena)
		offloads_done(&found);
	offloads_find(ruleset, guards, zone, &found);
}

static void fast_is(const struct offload *offload)
{
	static const struct offload_rule rules[] = { { "c", 11 }, { "c", 12 }, { "d", 14 } };

	ck_assert_int_eq(offload->family, TABLE_INET);
	ck_assert_str_eq(offload->table, "theirs");
	ck_assert_str_eq(offload->flowtable, "fast");
	ck_assert_str_eq(offload->devices, "eth0,lan1");
	ck_assert_uint_eq(offload->rules.count, array_count(rules));
	for (size_t i = 0; i < array_count(rules); i++) {
		ck_assert_str_eq(offload->rules.items[i].chain, rules[i].chain);
		ck_assert_uint_eq(offload->rules.items[i].handle, rules[i].handle);
	}
}

START_TEST(test_found)
{
	find("lan1");
	ck_assert_uint_eq(found.list.count, 1);
	fast_is(&found.list.items[0]);
	find("lan"); /* no interface of that name is under it */
	ck_assert_uint_eq(found.list.count, 0);
	find("eth0");
	ck_assert_uint_eq(found.list.count, 2);
	table->flags = TABLE_DORMANT;
	find("lan1");
	ck_assert_uint_eq(found.list.count, 1);
	flowtable_put("all", "lan*"); /* a prefix, of newer kernels */
	flowtable_put("none", NULL);
	table_add_object(ruleset, table, OBJECT_COUNTER, "count", (struct src){ 0 })->comment = "lan1";
	find("");
	ck_assert_uint_eq(found.list.count, 1);
	ck_assert_str_eq(found.list.items[0].flowtable, "all");
	ck_assert_uint_eq(found.list.items[0].rules.count, 0);
}
END_TEST

START_TEST(test_has)
{
	const struct offload *fast;
	const struct table *other =
		ruleset_add_table(ruleset, TABLE_IP, "theirs", (struct src){ 0 });

	find("lan1");
	fast = &found.list.items[0];
	ck_assert(offload_has(fast, table, NULL, NULL, "fast"));
	ck_assert(!offload_has(fast, table, NULL, NULL, "slow"));
	ck_assert(!offload_has(fast, other, NULL, NULL, "fast"));
	ck_assert(!offload_has(fast, table, chain, NULL, "fast")); /* the chain's policy */
	ck_assert(offload_has(fast, table, chain, &chain->rules.items[1], "flow_offload"));
	ck_assert(!offload_has(fast, table, chain, &chain->rules.items[0], "drop"));
	ck_assert(!offload_has(fast, table, table->chains.items[1], &chain->rules.items[1], ""));
}
END_TEST

START_TEST(test_packed)
{
	struct offloads back = { 0 };
	struct buf bytes = { 0 };

	find("eth0");
	offloads_pack(&found, &bytes);
	ck_assert(offloads_unpack(buf_text(&bytes), bytes.count, &back));
	ck_assert_uint_eq(back.list.count, 2);
	fast_is(&back.list.items[1]);
	offloads_done(&back);
	for (size_t count = 1; count < bytes.count; count++) {
		/* what was cut between two of them is a shorter list, and good */
		if (!offloads_unpack(buf_text(&bytes), count, &back))
			continue;
		ck_assert_uint_eq(back.list.count, 1);
		offloads_done(&back);
	}
	for (size_t at = 0; at < bytes.count; at++) {
		char was = bytes.text[at];

		bytes.text[at] = (char)(was ^ 0x15);
		if (offloads_unpack(buf_text(&bytes), bytes.count, &back))
			offloads_done(&back);
		bytes.text[at] = was;
	}
	buf_done(&bytes);
}
END_TEST

START_TEST(test_garbage)
{
	static const struct {
		const char *bytes;
		size_t count;
	} garbage[] = {
#define BYTES(text) { text, sizeof(text) - 1 }
		BYTES("0"),
		BYTES("0\0t\0f\0l\0"),
		BYTES("9\0t\0f\0l\0000\0"),                            /* no such family */
		BYTES("-1\0t\0f\0l\0000\0"),
		BYTES("\0t\0f\0l\0000\0"),
		BYTES("0\0t\0f\0l\0001\0c\0000\0"),                      /* all rules of a chain */
		BYTES("0\0t\0f\0l\0002\0c\0007\0"),
		BYTES("0\0t\0f\0l\00099999999999999999999\0c\0007\0"),
		BYTES("0\0t\0f\0l\0001\0c\0007x\0"),
#undef BYTES
	};
	struct offloads back = { 0 };

	for (size_t i = 0; i < array_count(garbage); i++)
		ck_assert_msg(!offloads_unpack(garbage[i].bytes, garbage[i].count, &back), "%zu", i);
	ck_assert(offloads_unpack("0\0t\0f\0l\0001\0c\0007", 14, &back));
	ck_assert_uint_eq(back.list.items[0].rules.items[0].handle, 7);
	offloads_done(&back);
}
END_TEST

/* ---- the kernel ---- */

static struct fake *fake;
static struct nft *nft;
static struct errs errs;
static uint32_t generation;

static void kernel_setup(void)
{
	struct ruleset *kernel;

	setup();
	errs_init(&errs);
	fake = fake_new();
	nft = fake_open(fake);
	fake_meddle(fake, ruleset, 77, "vandal");
	kernel = nft_read_others(nft, "sekisho", &generation, &errs);
	offloads_find(kernel, guards, "lan1", &found);
	ck_assert_uint_eq(found.list.count, 1);
	fast_is(&found.list.items[0]);
	ruleset_free(kernel);
}

static void kernel_teardown(void)
{
	nft_close(nft);
	fake_free(fake);
	errs_done(&errs);
	teardown();
}

static bool removed(void)
{
	struct nft_applied applied = { 0 };
	bool done = nft_remove_offload(nft, &found.list.items[0], generation, &applied, &errs);

	ck_assert(done == !errs.list.count);
	if (done)
		ck_assert_uint_eq(applied.generation, fake_generation(fake));
	return done;
}

static const struct table *theirs(void)
{
	return ruleset_find_table(fake_ruleset(fake), TABLE_INET, "theirs");
}

static void nothing_was_done(void)
{
	ck_assert_uint_eq(theirs()->chains.items[0]->rules.count, 4);
	ck_assert_uint_eq(theirs()->chains.items[1]->rules.count, 2);
	ck_assert_uint_eq(theirs()->objects.count, 2);
}

START_TEST(test_removed)
{
	ck_assert(removed());
	ck_assert_uint_eq(fake_counts(fake).transactions, 1);
	ck_assert_uint_eq(theirs()->objects.count, 1);
	ck_assert_str_eq(theirs()->objects.items[0]->name, "slow");
	ck_assert_uint_eq(theirs()->chains.items[0]->rules.count, 2);
	ck_assert_uint_eq(theirs()->chains.items[0]->rules.items[0].handle, 10);
	ck_assert_uint_eq(theirs()->chains.items[0]->rules.items[1].handle, 13);
	ck_assert_uint_eq(theirs()->chains.items[1]->rules.count, 1);
	ck_assert_uint_eq(theirs()->chains.items[1]->rules.items[0].handle, 15);
}
END_TEST

/* Of a rule that was not found with it. */
START_TEST(test_used)
{
	found.list.items[0].rules.count = 2;
	ck_assert(!removed());
	ck_assert_int_eq(errs.list.items[0].sys_errno, EBUSY);
	ck_assert_ptr_nonnull(strstr(errs.list.items[0].message, "flowtable fast"));
	nothing_was_done();
}
END_TEST

/* At any message, for any reason: a table that belongs to somebody, no memory. */
START_TEST(test_refused)
{
	static const int numbers[] = { EPERM, ENOMEM, ENOENT, EBUSY };

	for (unsigned at = 1; at <= 4; at++)
		for (size_t i = 0; i < array_count(numbers); i++) {
			fake_script(fake)->refuse_at = at;
			fake_script(fake)->refuse_errno = numbers[i];
			ck_assert(!removed());
			ck_assert(!nft_is_race(&errs));
			ck_assert_int_eq(errs.list.items[0].sys_errno, numbers[i]);
			nothing_was_done();
			errs_done(&errs);
			errs_init(&errs);
		}
	ck_assert(removed());
}
END_TEST

START_TEST(test_overtaken)
{
	fake_meddle(fake, ruleset, 77, "vandal"); /* the same again; nobody can know */
	ck_assert(!removed());
	ck_assert(nft_is_race(&errs));
	nothing_was_done();
}
END_TEST

START_TEST(test_answer_lost)
{
	fake_script(fake)->lose_answers = true;
	ck_assert(removed()); /* the generation tells */
	ck_assert_uint_eq(theirs()->objects.count, 1);
}
END_TEST

Suite *suite_offload(void)
{
	Suite *suite = suite_create("offload");
	TCase *pure = tcase_create("plan"), *kernel = tcase_create("kernel");

	tcase_add_checked_fixture(pure, setup, teardown);
	tcase_add_test(pure, test_found);
	tcase_add_test(pure, test_has);
	tcase_add_test(pure, test_packed);
	tcase_add_test(pure, test_garbage);
	suite_add_tcase(suite, pure);
	tcase_add_checked_fixture(kernel, kernel_setup, kernel_teardown);
	tcase_add_test(kernel, test_removed);
	tcase_add_test(kernel, test_used);
	tcase_add_test(kernel, test_refused);
	tcase_add_test(kernel, test_overtaken);
	tcase_add_test(kernel, test_answer_lost);
	suite_add_tcase(suite, kernel);
	return suite;
}
