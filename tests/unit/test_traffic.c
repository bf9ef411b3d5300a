/* Counts as bytes between two processes: what one says the other notes, and what is no counts is
 * refused and changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "daemon/traffic.h"
#include "unit/suites.h"

static const struct wall first = { 1000 }, second = { 2000 };

static struct ruleset *build(uint64_t packets)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "sekisho", (struct src){ 0 });
	struct set *set;

	for (const char *const *name = (const char *const[]){ "alive_a_b", "alive_b_a", NULL }; *name;
	     name++) {
		set = table_add_set(ruleset, table, *name, (struct src){ 0 });
		set_add_key(set, DATUM_MARK, 0);
		set->counts = true;
		for (uint32_t mark = 1; mark <= 3; mark++) {
			struct element *element = set_add_element(ruleset, set, false);

			memcpy(element_key(element), &mark, sizeof(mark));
			element->packets = mark == 3 ? 0 : packets * mark;
			element->bytes_passed = 100 * element->packets;
		}
	}
	return ruleset;
}

static struct buf counts_of(uint64_t packets)
{
	struct ruleset *ruleset = build(packets);
	struct buf bytes = { 0 };

	traffic_counts(ruleset, &bytes);
	ruleset_free(ruleset);
	return bytes;
}

START_TEST(test_through_bytes)
{
	struct traffic *traffic = traffic_new();
	struct buf bytes = counts_of(5), more = counts_of(6);

	ck_assert(traffic_note_counts(traffic, buf_text(&bytes), bytes.count, first));
	ck_assert_uint_eq(traffic_of_mark(traffic, 1).packets, 10); /* there and back */
	ck_assert_uint_eq(traffic_of_mark(traffic, 2).bytes, 2000);
	ck_assert_uint_eq(traffic_of_mark(traffic, 3).packets, 0);
	ck_assert(!traffic_of_mark(traffic, 1).has_seen); /* it may be from long ago */
	ck_assert(traffic_note_counts(traffic, buf_text(&bytes), bytes.count, second));
	ck_assert(!traffic_of_mark(traffic, 1).has_seen);
	ck_assert(traffic_note_counts(traffic, buf_text(&more), more.count, second));
	ck_assert(traffic_of_mark(traffic, 1).has_seen);
	ck_assert_int_eq(traffic_of_mark(traffic, 1).seen.sec, second.sec);
	buf_done(&bytes);
	buf_done(&more);
	traffic_free(traffic);
}
END_TEST

START_TEST(test_garbage)
{
	struct traffic *traffic = traffic_new();
	struct buf bytes = counts_of(5);
	char *copy = malloc(bytes.count);

	ck_assert(traffic_note_counts(traffic, NULL, 0, first));
	ck_assert(traffic_note_counts(traffic, buf_text(&bytes), bytes.count, first));
	/* torn anywhere; the sanitizers watch that nothing behind the end is read */
	for (size_t count = 1; count < bytes.count; count++) {
		char *torn = malloc(count);

		memcpy(torn, buf_text(&bytes), count);
		if (bytes.count % 2 == 0 && count == bytes.count / 2)
			ck_assert(traffic_note_counts(traffic, torn, count, first)); /* one whole */
		else
			ck_assert(!traffic_note_counts(traffic, torn, count, first));
		free(torn);
	}
	ck_assert(traffic_note_counts(traffic, buf_text(&bytes), bytes.count, first));
	for (unsigned value = 0; value < 256; value++) {
		memcpy(copy, buf_text(&bytes), bytes.count);
		copy[1] = (char)value; /* the length of the first key */
		/* 32: all that is left is the key of the first */
		ck_assert(traffic_note_counts(traffic, copy, bytes.count, first) ==
			  (value == 4 || value == 32));
	}
	free(copy);
	buf_done(&bytes);
	traffic_free(traffic);
}
END_TEST

START_TEST(test_garbage_changes_nothing)
{
	struct traffic *traffic = traffic_new();
	struct buf bytes = counts_of(5);

	ck_assert(traffic_note_counts(traffic, buf_text(&bytes), bytes.count, first));
	ck_assert(!traffic_note_counts(traffic, buf_text(&bytes), bytes.count - 1, second));
	ck_assert(!traffic_note_counts(traffic, "no counts at all, but long enough", 33, second));
	ck_assert_uint_eq(traffic_of_mark(traffic, 2).packets, 20);
	buf_done(&bytes);
	traffic_free(traffic);
}
END_TEST

Suite *suite_traffic(void)
{
	Suite *suite = suite_create("traffic");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, test_through_bytes);
	tcase_add_test(tcase, test_garbage);
	tcase_add_test(tcase, test_garbage_changes_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
