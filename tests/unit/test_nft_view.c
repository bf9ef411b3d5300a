/* What others touched, and only that: every kind of change by somebody else is heard, seen as it
 * is and as it should be, and put right by that alone; what was not touched is not asked for. */
#include <stdlib.h>
#include <string.h>

#include "nft/fake.h"
#include "rule/code.h"
#include "rule/diff.h"
#include "unit/suites.h"

/* A dump each: tables, chains; objects, flowtables, sets, rules of the one table. */
enum { SHAPE_DUMPS = 2 + 4, NOW_MS = 1000 };

static struct fake *fake;
static struct nft *nft, *other;
static struct ruleset *known;
static struct errs errs;

static struct set *map_add_new(struct ruleset *ruleset, struct table *table, const char *name,
			       unsigned elements)
{
	struct set *set = table_add_set(ruleset, table, name, (struct src){ 0 });

	set_add_key(set, DATUM_MARK, 0);
	set_add_key(set, DATUM_IFNAME, 0);
	set->is_map = true;
	set->data = DATUM_MARK;
	for (uint32_t i = 1; i <= elements; i++) {
		struct element *element = set_add_element(ruleset, set, false);

		memcpy(element_key(element), &i, sizeof(i));
		element->mark = i;
	}
	return set;
}

static void element_put(struct ruleset *ruleset, struct set *set, uint32_t key, uint32_t mark)
{
	struct element *element = set_add_element(ruleset, set, false);

	memcpy(element_key(element), &key, sizeof(key));
	element->mark = mark;
}

static void rule_put(struct ruleset *ruleset, struct chain *chain, uint8_t proto)
{
	struct code code = { .ruleset = ruleset };

	code_match_l4proto(&code, proto);
	code_verdict(&code, VERDICT_DROP, NULL);
	code_end(&code, chain, NULL, (struct src){ 0 });
}

static struct ruleset *build(void)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "sekisho", (struct src){ 0 });
	struct set *ranges;

	map_add_new(ruleset, table, "one", 5);
	map_add_new(ruleset, table, "two", 300);
	ranges = table_add_set(ruleset, table, "ranges", (struct src){ 0 });
	set_add_key(ranges, DATUM_IPV4, 0);
	ranges->flags |= SET_INTERVAL;
	for (uint8_t i = 1; i <= 3; i++) {
		struct element *element = set_add_element(ruleset, ranges, true);

		memcpy(element_key(element), (uint8_t[]){ 10, i, 0, 0 }, 4);
		memcpy(element_key(element) + ranges->key_bytes, (uint8_t[]){ 10, i, 0, 99 }, 4);
	}
	table_add_object(ruleset, table, OBJECT_COUNTER, "count", (struct src){ 0 });
	for (const char *name = "cd"; *name; name++) {
		struct chain *chain = table_add_chain(ruleset, table, *name == 'c' ? "c" : "d",
						      (struct src){ 0 });

		for (uint8_t proto = 1; proto <= 4; proto++)
			rule_put(ruleset, chain, proto);
	}
	return ruleset;
}

static void apply(struct nft *by, const struct ruleset *is)
{
	struct nft_applied applied;
	struct diff diff;

	ruleset_diff(fake_ruleset(fake), is, 0, &diff);
	ck_assert(nft_apply(by, &diff, 0, &applied, &errs));
	diff_done(&diff);
}

/* The generation of the last change by somebody else; 0: none. */
static uint32_t hear(void)
{
	struct nft_event event;
	uint32_t generation = 0;

	while (nft_event_take(nft, &event))
		if (!event.ours)
			generation = event.generation;
	return generation;
}

static void setup(void)
{
	errs_init(&errs);
	fake = fake_new();
	nft = fake_open(fake);
	other = fake_open_other(fake, 77, "vandal");
	ck_assert_int_ge(nft_event_fd(nft, &errs), 0);
	known = build();
	nft_event_know(nft, known, "sekisho");
	apply(nft, known);
	ck_assert_uint_eq(hear(), 0);
	ck_assert(!nft_touched(nft).ours && !nft_touched(nft).others);
}

static void teardown(void)
{
	nft_close(nft);
	nft_close(other);
	fake_free(fake);
	ruleset_free(known);
	errs_done(&errs);
}

/* ---- changes ---- */

static struct set *set_get(struct table *table, const char *name)
{
	return (struct set *)table_find_set(table, name);
}

static struct chain *chain_get(struct table *table)
{
	return (struct chain *)table_find_chain(table, "c");
}

static void edit_element_in(struct ruleset *ruleset, struct table *table)
{
	element_put(ruleset, set_get(table, "one"), 99, 7);
}

static void edit_element_out(struct ruleset *ruleset, struct table *table)
{
	set_get(table, "two")->elements.count--;
}

static void edit_element_changed(struct ruleset *ruleset, struct table *table)
{
	set_get(table, "one")->elements.items[2].mark = 999;
}

static void edit_hundred_in(struct ruleset *ruleset, struct table *table)
{
	for (uint32_t i = 0; i < 100; i++)
		element_put(ruleset, set_get(table, "one"), 1000 + i, 1);
}

static void edit_hundred_out(struct ruleset *ruleset, struct table *table)
{
	set_get(table, "two")->elements.count -= 100;
}

static void edit_some_of_both(struct ruleset *ruleset, struct table *table)
{
	for (uint32_t i = 0; i < 20; i++) {
		element_put(ruleset, set_get(table, "one"), 1000 + i, 1);
		set_get(table, "two")->elements.items[3 * i].mark = 5;
	}
}

static void edit_range_in(struct ruleset *ruleset, struct table *table)
{
	struct set *ranges = set_get(table, "ranges");
	struct element *element = set_add_element(ruleset, ranges, true);

	memcpy(element_key(element), (uint8_t[]){ 192, 0, 2, 0 }, 4);
	memcpy(element_key(element) + ranges->key_bytes, (uint8_t[]){ 192, 0, 2, 255 }, 4);
}

static void edit_range_out(struct ruleset *ruleset, struct table *table)
{
	set_get(table, "ranges")->elements.count--;
}

static void edit_rule_in(struct ruleset *ruleset, struct table *table)
{
	struct chain *chain = chain_get(table);
	struct rule last;

	rule_put(ruleset, chain, 50);
	last = chain->rules.items[4];
	memmove(chain->rules.items + 2, chain->rules.items + 1, 3 * sizeof(last));
	chain->rules.items[1] = last;
}

static void edit_rule_out(struct ruleset *ruleset, struct table *table)
{
	struct chain *chain = chain_get(table);

	memmove(chain->rules.items, chain->rules.items + 1, 3 * sizeof(struct rule));
	chain->rules.count--;
}

static void edit_rules_flushed(struct ruleset *ruleset, struct table *table)
{
	chain_get(table)->rules.count = 0;
}

static void edit_rule_replaced(struct ruleset *ruleset, struct table *table)
{
	struct chain *chain = chain_get(table);

	rule_put(ruleset, chain, 60);
	chain->rules.items[2] = chain->rules.items[4];
	chain->rules.count--;
}

static void edit_rule_moved(struct ruleset *ruleset, struct table *table)
{
	struct chain *chain = chain_get(table);
	struct rule first = chain->rules.items[0];

	memmove(chain->rules.items, chain->rules.items + 1, 3 * sizeof(first));
	chain->rules.items[3] = first;
}

static void edit_rule_and_element(struct ruleset *ruleset, struct table *table)
{
	edit_rule_in(ruleset, table);
	edit_element_in(ruleset, table);
}

static void edit_chain_in(struct ruleset *ruleset, struct table *table)
{
	rule_put(ruleset, table_add_chain(ruleset, table, "theirs", (struct src){ 0 }), 9);
}

static void edit_chain_out(struct ruleset *ruleset, struct table *table)
{
	table->chains.count--;
}

static void edit_set_in(struct ruleset *ruleset, struct table *table)
{
	map_add_new(ruleset, table, "theirs", 3);
}

static void edit_set_out(struct ruleset *ruleset, struct table *table)
{
	memmove(table->sets.items, table->sets.items + 1, 2 * sizeof(struct set *));
	table->sets.count--;
}

static void edit_object_in(struct ruleset *ruleset, struct table *table)
{
	table_add_object(ruleset, table, OBJECT_COUNTER, "theirs", (struct src){ 0 });
}

static void edit_object_out(struct ruleset *ruleset, struct table *table)
{
	table->objects.count = 0;
}

static void edit_table_out(struct ruleset *ruleset, struct table *table)
{
	ruleset->tables.count = 0;
}

static void edit_other_table(struct ruleset *ruleset, struct table *table)
{
	ruleset_add_table(ruleset, TABLE_INET, "theirs", (struct src){ 0 });
}

typedef void edit(struct ruleset *ruleset, struct table *table);

static void vandalise(edit *change)
{
	struct ruleset *copy = build();

	change(copy, copy->tables.items[0]);
	apply(other, copy);
	ruleset_free(copy);
}

/* ---- seen and put right ---- */

static size_t differences(void)
{
	struct diff diff;
	size_t count;

	ruleset_diff(fake_ruleset(fake), known, 0, &diff);
	count = diff.count;
	diff_done(&diff);
	return count;
}

/* Hears, looks, repairs; how many dumps it took. */
static size_t mend(const char *name, size_t wanted_differences)
{
	size_t before = fake_counts(fake).dumps, dumps;
	uint32_t generation = hear();
	struct nft_applied applied;
	struct nft_view view;
	struct diff diff;

	ck_assert_msg(generation, "%s: nobody was heard", name);
	ck_assert(!nft_touched(nft).lost);
	ck_assert_msg(nft_view_read(nft, NOW_MS, &generation, &view, &errs), "%s: %s", name,
		      errs.list.count ? errs.list.items[0].message : "");
	dumps = fake_counts(fake).dumps - before;
	ck_assert_uint_eq(generation, fake_generation(fake));
	ruleset_diff(view.was, view.is, 0, &diff);
	ck_assert_msg(!!diff.count == !!wanted_differences, "%s: %zu differences", name,
		      diff.count);
	ck_assert_msg(nft_is_in_place(nft, &diff), "%s: not in place", name);
	ck_assert_msg(nft_apply(nft, &diff, generation, &applied, &errs), "%s: %s", name,
		      errs.list.count ? errs.list.items[0].message : "");
	diff_done(&diff);
	nft_view_done(&view);
	nft_touched_clear(nft);
	ck_assert_msg(differences() == 0, "%s: not put right", name);
	ck_assert_uint_eq(hear(), 0);
	ck_assert_msg(!nft_touched(nft).ours, "%s: our own repair is heard as theirs", name);
	return dumps;
}

static const struct {
	const char *name;
	edit *change;
	size_t dumps;
} changes[] = {
	{ "an element in", edit_element_in, 0 },
	{ "an element out", edit_element_out, 0 },
	{ "an element changed", edit_element_changed, 0 },
	{ "a few in two sets", edit_some_of_both, 0 },
	{ "a hundred in", edit_hundred_in, SHAPE_DUMPS + 1 },
	{ "a hundred out", edit_hundred_out, SHAPE_DUMPS + 1 },
	{ "an interval in", edit_range_in, SHAPE_DUMPS + 1 },
	{ "an interval out", edit_range_out, SHAPE_DUMPS + 1 },
	{ "a rule in", edit_rule_in, 1 },
	{ "a rule out", edit_rule_out, 1 },
	{ "all rules out", edit_rules_flushed, 1 },
	{ "a rule replaced", edit_rule_replaced, 1 },
	{ "a rule moved", edit_rule_moved, 1 },
	{ "a rule and an element", edit_rule_and_element, 1 },
	{ "a chain in", edit_chain_in, SHAPE_DUMPS },
	{ "a chain out", edit_chain_out, SHAPE_DUMPS },
	{ "a set in", edit_set_in, SHAPE_DUMPS },
	{ "a set out", edit_set_out, SHAPE_DUMPS },
	{ "an object in", edit_object_in, SHAPE_DUMPS },
	{ "an object out", edit_object_out, SHAPE_DUMPS },
	{ "the table out", edit_table_out, 1 }, /* there is none: nothing more is asked */
};

START_TEST(test_every_change)
{
	const char *name = changes[_i].name;
	size_t dumps;

	vandalise(changes[_i].change);
	ck_assert_msg(differences() > 0, "%s: nothing was done", name);
	dumps = mend(name, 1);
	ck_assert_msg(dumps == changes[_i].dumps, "%s: %zu dumps, not %zu", name, dumps,
		      changes[_i].dumps);
}
END_TEST

/* One after another in what is heard at once: the last word counts, and the kernel's. */
START_TEST(test_pairs)
{
	size_t first = (size_t)_i / array_count(changes), second = (size_t)_i % array_count(changes);
	struct ruleset *untouched = build();

	vandalise(changes[first].change);
	vandalise(changes[second].change);
	mend(changes[second].name, 1);
	vandalise(changes[first].change);
	apply(other, untouched);
	mend(changes[first].name, 0);
	ruleset_free(untouched);
}
END_TEST

START_TEST(test_one_key_twice)
{
	struct ruleset *untouched = build();

	vandalise(edit_element_in);
	apply(other, untouched);
	ck_assert_uint_eq(mend("in and out", 0), 0);
	vandalise(edit_element_out);
	apply(other, untouched);
	ck_assert_uint_eq(mend("out and in", 0), 0);
	vandalise(edit_element_out);
	vandalise(edit_element_changed);
	ck_assert_uint_eq(mend("out, in, another changed", 1), 0);
	ruleset_free(untouched);
}
END_TEST

/* A set that goes takes its elements along unsaid: what it holds when it is there again is for
 * the kernel to say. */
START_TEST(test_set_anew)
{
	struct ruleset *fewer = build();
	struct set *one = set_get(fewer->tables.items[0], "one");

	one->elements.count = 2;
	vandalise(edit_element_in);
	vandalise(edit_set_out);
	apply(other, fewer);
	ck_assert_uint_eq(mend("a set anew", 1), SHAPE_DUMPS + 1);
	ruleset_free(fewer);
}
END_TEST

START_TEST(test_table_anew)
{
	struct ruleset *theirs = build();

	edit_rule_in(theirs, theirs->tables.items[0]);
	edit_element_out(theirs, theirs->tables.items[0]);
	fake_meddle(fake, theirs, 77, "vandal");
	ck_assert_uint_eq(mend("a table anew", 1), SHAPE_DUMPS + 3);
	ruleset_free(theirs);
}
END_TEST

START_TEST(test_other_tables)
{
	vandalise(edit_other_table);
	ck_assert_uint_gt(hear(), 0);
	ck_assert(!nft_touched(nft).ours && nft_touched(nft).others);
	nft_touched_clear(nft);
	vandalise(edit_element_in); /* and takes the other table away */
	ck_assert_uint_gt(hear(), 0);
	ck_assert(nft_touched(nft).ours && nft_touched(nft).others && !nft_touched(nft).shape);
}
END_TEST

/* A torn dump, or somebody between what was heard and what is sent, and it is done all the same
 * or not at all. */
START_TEST(test_disturbed)
{
	uint32_t generation;
	struct nft_applied applied;
	struct nft_view view;
	struct diff diff;

	vandalise(edit_rule_in);
	fake_script(fake)->torn_dumps = 3;
	ck_assert_uint_eq(mend("torn", 1), 4);
	vandalise(edit_element_in);
	generation = hear();
	ck_assert(nft_view_read(nft, NOW_MS, &generation, &view, &errs));
	ruleset_diff(view.was, view.is, 0, &diff);
	vandalise(edit_rule_out);
	ck_assert(!nft_apply(nft, &diff, generation, &applied, &errs));
	diff_done(&diff);
	nft_view_done(&view);
	mend("what came between as well", 1);
	vandalise(edit_rule_in);
	ck_assert_uint_gt(hear(), 0);
	fake_script(fake)->torn_dumps = 1000;
	errs_done(&errs);
	errs_init(&errs);
	ck_assert(!nft_view_read(nft, NOW_MS, &generation, &view, &errs));
	ck_assert_uint_eq(errs.list.count, 1);
	ck_assert_int_ne(errs.list.items[0].sys_errno, 0);
}
END_TEST

START_TEST(test_lost)
{
	vandalise(edit_element_in);
	fake_lose_events(fake);
	ck_assert_uint_eq(hear(), 0);
	ck_assert(nft_touched(nft).lost);
	nft_touched_clear(nft);
	ck_assert(!nft_touched(nft).lost);
}
END_TEST

Suite *suite_nft_view(void)
{
	Suite *suite = suite_create("nft_view");
	TCase *tcase = tcase_create("all");
	int count = array_count(changes);

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_every_change, 0, count);
	tcase_add_loop_test(tcase, test_pairs, 0, count * count);
	tcase_add_test(tcase, test_one_key_twice);
	tcase_add_test(tcase, test_set_anew);
	tcase_add_test(tcase, test_table_anew);
	tcase_add_test(tcase, test_other_tables);
	tcase_add_test(tcase, test_disturbed);
	tcase_add_test(tcase, test_lost);
	suite_add_tcase(suite, tcase);
	return suite;
}
