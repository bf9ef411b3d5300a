/* Transactions against the scripted kernel: deltas reach what they should, refusals stand at
 * the user's line, and whatever the kernel does, nothing is half done. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nft/fake.h"
#include "nft/transport.h"
#include "rule/code.h"
#include "rule/diff.h"

Suite *suite_nft_apply(void);

static struct fake *fake;
static struct nft *nft;
static struct errs errs;

static void setup(void)
{
	errs_init(&errs);
	fake = fake_new();
	nft = fake_open(fake);
}

static void teardown(void)
{
	nft_close(nft);
	fake_free(fake);
	errs_done(&errs);
}

/* `rules` as letters, each a rule; so many elements in a set; each line of its own. */
static struct ruleset *build(const char *rules, unsigned elements, uint32_t size)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table =
		ruleset_add_table(ruleset, TABLE_INET, "sekisho", (struct src){ "p", 1 });
	struct set *set = table_add_set(ruleset, table, "s", (struct src){ "p", 2 });
	struct chain *chain = table_add_chain(ruleset, table, "c", (struct src){ "p", 3 });
	struct code code = { .ruleset = ruleset };

	set->size = size;
	set_add_key(set, DATUM_MARK, 0);
	set_add_key(set, DATUM_IFNAME, 0);
	for (uint32_t i = 0; i < elements; i++) {
		struct element *element = set_add_element(ruleset, set, false);

		memcpy(element_key(element), &i, sizeof(i));
		element->src = (struct src){ "p", 100 + i };
	}
	for (unsigned i = 0; rules[i]; i++) {
		code_match_l4proto(&code, (uint8_t)rules[i]);
		code_verdict(&code, VERDICT_DROP, NULL);
		code_end(&code, chain, NULL, (struct src){ "p", 10 + i });
	}
	return ruleset;
}

static bool go(const struct ruleset *is, struct nft_applied *applied)
{
	uint32_t generation;
	struct ruleset *was = nft_read(nft, "sekisho", &generation, &errs);
	struct diff diff;
	bool good;

	ck_assert_ptr_nonnull(was);
	ruleset_diff(was, is, 0, &diff);
	good = nft_apply(nft, &diff, generation, applied, &errs);
	diff_done(&diff);
	ruleset_free(was);
	return good;
}

static size_t differences(const struct ruleset *is)
{
	struct diff diff;
	size_t count;

	ruleset_diff(fake_ruleset(fake), is, 0, &diff);
	count = diff.count;
	diff_done(&diff);
	return count;
}

static void reach(const char *rules, unsigned elements, uint32_t size)
{
	struct ruleset *is = build(rules, elements, size);
	struct nft_applied applied;

	ck_assert_msg(go(is, &applied), "%s",
		      errs.list.count ? errs.list.items[0].message : "");
	ck_assert_msg(differences(is) == 0, "rules %s", rules);
	ck_assert_uint_eq(applied.generation, fake_generation(fake));
	ruleset_free(is);
}

START_TEST(test_rules_at_their_place)
{
	static const char *const steps[] = { "abc",   "abxc", "xabc", "abcx", "axyzc", "ac", "",
					     "abcdef", "abef", "abXYef", "Zb",  "abcdef", "fedcba" };

	for (size_t i = 0; i < array_count(steps); i++)
		reach(steps[i], 3, 0);
	srand(7);
	for (unsigned i = 0; i < 300; i++) {
		char rules[12] = { 0 };

		for (int at = rand() % 11; at > 0; at--)
			rules[at - 1] = (char)('a' + rand() % 4);
		reach(rules, (unsigned)rand() % 20, 0);
	}
}
END_TEST

START_TEST(test_delta_is_small)
{
	struct ruleset *first = build("abc", 5000, 20000), *second = build("abc", 5001, 20000);
	struct nft_applied applied;

	ck_assert(go(first, &applied));
	ck_assert_uint_eq(applied.transactions, 1);
	ck_assert(go(second, &applied));
	ck_assert_uint_eq(applied.messages, 3);
	ck_assert(go(first, &applied));
	ck_assert_uint_eq(applied.messages, 3);
	ck_assert(go(first, &applied));
	ck_assert_uint_eq(applied.messages, 0);
	ck_assert_uint_eq(differences(first), 0);
	ruleset_free(first);
	ruleset_free(second);
}
END_TEST

START_TEST(test_size_grows_before)
{
	reach("a", 3, 3);
	reach("a", 8, 8);
	reach("a", 2, 2);
	fake_script(fake)->has[NFT_SET_RESIZE] = false;
	nft_close(nft); /* what was probed is remembered for life */
	nft = fake_open(fake);
	reach("ab", 9, 9);
	reach("ab", 2, 2);
}
END_TEST

START_TEST(test_many_go_ahead)
{
	struct ruleset *is = build("abc", 25000, 50000);
	struct nft_applied applied;

	ck_assert(go(is, &applied));
	ck_assert_uint_eq(applied.transactions, 1 + 3 + 1);
	ck_assert_uint_eq(differences(is), 0);
	ruleset_free(is);
}
END_TEST

START_TEST(test_full_set_at_its_line)
{
	struct ruleset *is = build("abc", 5, 3);
	struct nft_applied applied;

	ck_assert(!go(is, &applied));
	ck_assert_uint_eq(fake_ruleset(fake)->tables.count, 0);
	ck_assert_int_eq(errs.list.items[0].sys_errno, ENFILE);
	ck_assert_str_eq(errs.list.items[0].path, "inet sekisho set s");
	ruleset_free(is);
}
END_TEST

/* Whichever message is refused, with whatever: all or nothing, and a line. */
START_TEST(test_any_message_refused)
{
	static const int numbers[] = { ENOMEM, EPERM, EBUSY, ENFILE };
	struct ruleset *is = build("abc", 5, 8);
	struct nft_applied applied;

	for (unsigned at = 1; at <= 7; at++) {
		size_t before = errs.list.count;

		fake_script(fake)->refuse_at = at;
		fake_script(fake)->refuse_errno = numbers[at % array_count(numbers)];
		ck_assert(!go(is, &applied));
		ck_assert_uint_eq(fake_ruleset(fake)->tables.count, 0);
		ck_assert_uint_eq(errs.list.count, before + 1);
		ck_assert_int_eq(errs.list.items[before].sys_errno,
				 numbers[at % array_count(numbers)]);
		ck_assert_uint_gt(errs.list.items[before].at.line, 0);
	}
	ck_assert(go(is, &applied));
	ck_assert_uint_eq(differences(is), 0);
	ruleset_free(is);
}
END_TEST

START_TEST(test_stale)
{
	struct ruleset *is = build("abc", 5, 8), *empty = ruleset_new();
	struct nft_applied applied;
	uint32_t generation;
	struct diff diff;

	ck_assert(nft_generation(nft, &generation, &errs));
	fake_meddle(fake, empty, 77, "vandal");
	ruleset_diff(empty, is, 0, &diff);
	ck_assert(!nft_apply(nft, &diff, generation, &applied, &errs));
	ck_assert_int_eq(errs.list.items[0].sys_errno, ERESTART);
	ck_assert_uint_eq(fake_ruleset(fake)->tables.count, 0);
	ck_assert(nft_apply(nft, &diff, generation + 1, &applied, &errs));
	diff_done(&diff);
	ruleset_free(is);
	ruleset_free(empty);
}
END_TEST

START_TEST(test_answers_lost)
{
	struct ruleset *is = build("abc", 5, 8);
	struct nft_applied applied;

	fake_script(fake)->lose_answers = true;
	ck_assert(go(is, &applied)); /* the generation says that it was done */
	ck_assert_uint_eq(differences(is), 0);
	fake_script(fake)->lose_answers = true;
	fake_script(fake)->refuse_at = 1;
	fake_script(fake)->refuse_errno = ENOMEM;
	ruleset_free(is);
	is = build("abcd", 5, 8);
	ck_assert(!go(is, &applied));
	fake_script(fake)->send_errno = ENOBUFS;
	ck_assert(!go(is, &applied));
	ruleset_free(is);
}
END_TEST

START_TEST(test_torn_dumps)
{
	struct ruleset *read;
	uint32_t generation;

	reach("abc", 5, 8);
	fake_script(fake)->torn_dumps = 3;
	read = nft_read(nft, "sekisho", &generation, &errs);
	ck_assert_ptr_nonnull(read);
	ruleset_free(read);
	fake_script(fake)->meddle_dumps = 7;
	read = nft_read(nft, "sekisho", &generation, &errs);
	ck_assert_ptr_nonnull(read);
	ck_assert_uint_eq(generation, fake_generation(fake));
	ruleset_free(read);
	fake_script(fake)->torn_dumps = 1000;
	ck_assert_ptr_null(nft_read(nft, "sekisho", &generation, &errs));
	ck_assert_int_eq(errs.list.items[0].sys_errno, EINTR);
}
END_TEST

/* An element may end between the reading and the removing. */
START_TEST(test_element_ended)
{
	struct ruleset *with = build("a", 3, 8), *without = build("a", 1, 8);
	struct nft_applied applied;
	struct diff diff;

	ck_assert(go(without, &applied));
	with->tables.items[0]->sets.items[0]->elements.items[1].expires_ms = 5;
	with->tables.items[0]->sets.items[0]->elements.items[2].expires_ms = 5;
	ruleset_diff(with, without, 0, &diff);
	ck_assert(nft_apply(nft, &diff, fake_generation(fake), &applied, &errs));
	ck_assert_uint_eq(differences(without), 0);
	ck_assert_uint_eq(errs.list.count, 0);
	diff_done(&diff);
	ruleset_free(with);
	ruleset_free(without);
}
END_TEST

START_TEST(test_events)
{
	struct ruleset *empty = ruleset_new();
	struct nft_event event;

	ck_assert(!nft_event_take(nft, &event));
	ck_assert_int_ge(nft_event_fd(nft, &errs), 0);
	ck_assert(!nft_event_take(nft, &event));
	reach("abc", 5, 8);
	ck_assert(nft_event_take(nft, &event));
	ck_assert(event.ours && event.generation == fake_generation(fake));
	fake_meddle(fake, empty, 77, "vandal");
	ck_assert(nft_event_take(nft, &event));
	ck_assert(!event.ours && event.pid == 77 && strcmp(event.program, "vandal") == 0);
	ck_assert(!nft_event_take(nft, &event));
	fake_lose_events(fake);
	ck_assert(nft_event_take(nft, &event) && event.lost);
	ck_assert(!nft_event_take(nft, &event));
	ruleset_free(empty);
}
END_TEST

/* A chain on each device, with so many rules. */
static struct ruleset *build_netdev(const char *const *devices, size_t count, unsigned rules)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table =
		ruleset_add_table(ruleset, TABLE_NETDEV, "sekisho", (struct src){ "p", 1 });
	struct code code = { .ruleset = ruleset };

	for (size_t i = 0; i < count; i++) {
		struct chain *chain =
			table_add_chain(ruleset, table, devices[i], (struct src){ "p", 2 });

		chain->is_base = true;
		chain->hook = HOOK_EGRESS;
		chain->policy = VERDICT_DROP;
		chain->device = devices[i];
		for (unsigned j = 0; j < rules; j++) {
			code_match_l4proto(&code, (uint8_t)(6 + j));
			code_verdict(&code, VERDICT_ACCEPT, NULL);
			code_end(&code, chain, NULL, (struct src){ "p", 3 });
		}
	}
	return ruleset;
}

/* Chains in the kernel's netdev table. */
static size_t chains_held(void)
{
	const struct table *table =
		ruleset_find_table(fake_ruleset(fake), TABLE_NETDEV, "sekisho");

	return table ? table->chains.count : 0;
}

/* As the daemon sees it: by reading. */
static size_t differences_read(const struct ruleset *is)
{
	uint32_t generation;
	struct ruleset *was = nft_read(nft, "sekisho", &generation, &errs);
	struct diff diff;
	size_t count;

	ck_assert_ptr_nonnull(was);
	ruleset_diff(was, is, 0, &diff);
	count = diff.count;
	diff_done(&diff);
	ruleset_free(was);
	return count;
}

/* An older kernel gets no chain on a device that is not there; it is no difference, whatever
 * becomes of it, and on a newer one nothing is held back. */
START_TEST(test_absent_device)
{
	static const char *const devices[] = { "lo", "sk-absent0" };
	struct ruleset *one = build_netdev(devices, 2, 1), *two = build_netdev(devices, 2, 2);
	struct ruleset *without = build_netdev(devices, 1, 2), *none = ruleset_new();
	struct nft_applied applied;

	fake_script(fake)->has[NFT_ABSENT_DEVICE] = false;
	ck_assert(go(one, &applied));
	ck_assert_uint_eq(chains_held(), 1);
	ck_assert_uint_eq(differences_read(one), 0);
	ck_assert(go(two, &applied));
	ck_assert_uint_eq(applied.messages, 3); /* with the brackets */
	ck_assert_uint_eq(differences_read(two), 0);
	ck_assert_uint_gt(differences_read(without), 0);
	ck_assert(go(without, &applied));
	ck_assert_uint_eq(applied.messages, 0);
	ck_assert_uint_eq(differences_read(without), 0);
	ck_assert(go(two, &applied) && go(none, &applied));
	ck_assert_uint_eq(differences_read(none), 0);
	nft->absent_device = true;
	ck_assert(go(two, &applied));
	ck_assert_uint_eq(chains_held(), 2);
	ck_assert_uint_eq(errs.list.count, 0);
	ruleset_free(one);
	ruleset_free(two);
	ruleset_free(without);
	ruleset_free(none);
}
END_TEST

/* What an event names is mended by a view, in which the other chains are not: those that wait for
 * their devices go on waiting. */
START_TEST(test_absent_device_unviewed)
{
	static const char *const devices[] = { "lo", "sk-absent0" };
	struct ruleset *known = build_netdev(devices, 2, 2), *flushed = build_netdev(devices, 1, 0);
	struct nft *other = fake_open_other(fake, 77, "vandal");
	struct nft_event event = { 0 };
	struct nft_applied applied;
	struct nft_view view;
	struct diff diff;

	fake_script(fake)->has[NFT_ABSENT_DEVICE] = false;
	ck_assert_int_ge(nft_event_fd(nft, &errs), 0);
	ck_assert(go(known, &applied));
	nft_event_know(nft, known, "sekisho");
	ruleset_diff(fake_ruleset(fake), flushed, 0, &diff);
	ck_assert(nft_apply(other, &diff, 0, &applied, &errs));
	diff_done(&diff);
	while (nft_event_take(nft, &event))
		;
	ck_assert(nft_touched(nft).ours);
	ck_assert(nft_view_read(nft, 1000, &event.generation, &view, &errs));
	ruleset_diff(view.was, view.is, 0, &diff);
	ck_assert_uint_eq(diff.count, 2);
	ck_assert(nft_apply(nft, &diff, event.generation, &applied, &errs));
	diff_done(&diff);
	nft_view_done(&view);
	ck_assert_uint_eq(differences_read(known), 0);
	ck_assert_uint_eq(errs.list.count, 0);
	nft_close(other);
	ruleset_free(known);
	ruleset_free(flushed);
}
END_TEST

START_TEST(test_probe_names)
{
	struct nft_probe probe;

	fake_script(fake)->has[NFT_PERSIST] = false;
	nft_probe(nft, &probe);
	for (unsigned i = 0; i < NFT_FEATURES; i++) {
		ck_assert(probe.has[i] == (i != NFT_PERSIST));
		ck_assert_ptr_nonnull(nft_feature_name(i));
		ck_assert_ptr_nonnull(nft_feature_since(i));
	}
}
END_TEST

Suite *suite_nft_apply(void)
{
	Suite *suite = suite_create("nft_apply");
	TCase *tcase = tcase_create("all");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_rules_at_their_place);
	tcase_add_test(tcase, test_delta_is_small);
	tcase_add_test(tcase, test_size_grows_before);
	tcase_add_test(tcase, test_many_go_ahead);
	tcase_add_test(tcase, test_full_set_at_its_line);
	tcase_add_test(tcase, test_any_message_refused);
	tcase_add_test(tcase, test_stale);
	tcase_add_test(tcase, test_answers_lost);
	tcase_add_test(tcase, test_torn_dumps);
	tcase_add_test(tcase, test_element_ended);
	tcase_add_test(tcase, test_events);
	tcase_add_test(tcase, test_absent_device);
	tcase_add_test(tcase, test_absent_device_unviewed);
	tcase_add_test(tcase, test_probe_names);
	suite_add_tcase(suite, tcase);
	return suite;
}
