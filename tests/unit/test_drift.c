/* The record on disk: it goes on after a restart, whatever lies in the file; a full disk costs
 * the line and not the record. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "daemon/drift.h"
#include "unit/suites.h"

static char dir[32];
static struct errs errs;
static struct drifts *drifts;

static void setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/sekisho-drift-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	errs_init(&errs);
	drifts = drifts_open(dir, &errs);
	ck_assert_uint_eq(errs.list.count, 0);
}

static void teardown(void)
{
	drifts_close(drifts);
	unlink("drift.jsonl");
	rmdir(dir);
	errs_done(&errs);
}

static void again(void)
{
	drifts_close(drifts);
	drifts = drifts_open(dir, &errs);
}

static struct drift drift_make(const char *what)
{
	return (struct drift){ .found_by = "event",
			       .kind = "rule-added",
			       .object = "inet sekisho chain forward rule 0",
			       .what = what,
			       .differences = 1,
			       .times = 1,
			       .since_us = 1000000,
			       .detected_us = 2000000,
			       .repaired_us = 2500000,
			       .connections_removed = -1 };
}

static bool add(const char *what)
{
	struct drift drift = drift_make(what);

	return drifts_add(drifts, &drift, 9 * 3600, &errs);
}

static json_int_t last(const char *key)
{
	return json_integer_value(json_object_get(drifts_last(drifts), key));
}

static size_t kept(void)
{
	json_t *list = drifts_json(drifts, 2 * DRIFTS_KEPT);
	size_t count = json_array_size(list);

	json_decref(list);
	return count;
}

static void append(const char *text)
{
	int fd = open("drift.jsonl", O_WRONLY | O_APPEND | O_CREAT, 0640);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

START_TEST(test_goes_on)
{
	ck_assert(add("one") && add("two"));
	again();
	ck_assert_uint_eq(drifts_count(drifts), 2);
	ck_assert_int_eq(last("id"), 2);
	ck_assert_int_eq(last("lasted_ms_max"), 1500);
	ck_assert(add("three"));
	ck_assert_int_eq(last("id"), 3);
	ck_assert_uint_eq(errs.list.count, 0);
}
END_TEST

START_TEST(test_grows)
{
	struct drift drift = drift_make("again and again");
	json_t *list;

	ck_assert(drifts_add(drifts, &drift, 0, &errs));
	drift.times = 2;
	ck_assert(drifts_change(drifts, &drift, 0, false, &errs));
	ck_assert_int_eq(last("times"), 2);
	again();
	ck_assert_int_eq(last("times"), 1); /* was not written */
	drift.times = 700;
	ck_assert(drifts_change(drifts, &drift, 0, true, &errs));
	ck_assert(add("another"));
	again();
	list = drifts_json(drifts, 10);
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(list, 1), "times")), 700);
	json_decref(list);
}
END_TEST

START_TEST(test_foreign_lines)
{
	ck_assert(add("one"));
	append("not a record\n{\"id\": -3}\n[]\n{\"id\": \"7\"}\n\n{\"no\": 1}\n\xff\xfe\n");
	again();
	ck_assert_uint_eq(drifts_count(drifts), 1);
	ck_assert_uint_eq(errs.list.count, 1); /* one warning for all */
	ck_assert_int_eq(errs.list.items[0].severity, SEVERITY_WARNING);
	ck_assert(add("two"));
	ck_assert_int_eq(last("id"), 2);
}
END_TEST

/* The power went while a line was being written: the next one must not be lost in it. */
START_TEST(test_torn_line)
{
	ck_assert(add("one"));
	append("{\"id\": 2, \"kind\": \"rule-ad");
	again();
	ck_assert_uint_eq(drifts_count(drifts), 1);
	ck_assert(add("two") && add("three"));
	again();
	ck_assert_uint_eq(drifts_count(drifts), 3);
	ck_assert_uint_eq(kept(), 3);
	ck_assert_int_eq(last("id"), 3);
}
END_TEST

START_TEST(test_full_disk)
{
	struct rlimit limit = { 0 }, before;
	struct stat stat_now;

	ck_assert(add("one"));
	ck_assert_int_eq(stat("drift.jsonl", &stat_now), 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)stat_now.st_size + 40; /* room for a part of a line */
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(!add("two"));
	ck_assert_uint_eq(errs.list.count, 1);
	ck_assert_int_eq(errs.list.items[0].severity, SEVERITY_WARNING);
	ck_assert_int_eq(last("id"), 2); /* in memory */
	ck_assert(!add("three"));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert(add("four"));
	again();
	ck_assert_int_eq(last("id"), 4);
	ck_assert_uint_eq(kept(), 2); /* the other two were in memory alone */
}
END_TEST

START_TEST(test_kept)
{
	for (unsigned i = 0; i < DRIFTS_KEPT + 5; i++)
		ck_assert(add("x"));
	again();
	ck_assert_uint_eq(drifts_count(drifts), DRIFTS_KEPT + 5);
	ck_assert_uint_eq(kept(), DRIFTS_KEPT);
}
END_TEST

/* A link in the place of the file is not followed. */
START_TEST(test_link)
{
	ck_assert_int_eq(symlink("elsewhere", "drift.jsonl"), 0);
	ck_assert(!add("one"));
	ck_assert_int_ne(access("elsewhere", F_OK), 0);
	ck_assert_int_eq(last("id"), 1);
}
END_TEST

Suite *suite_drift(void)
{
	Suite *suite = suite_create("drift");
	TCase *tcase = tcase_create("all");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_goes_on);
	tcase_add_test(tcase, test_grows);
	tcase_add_test(tcase, test_foreign_lines);
	tcase_add_test(tcase, test_torn_line);
	tcase_add_test(tcase, test_full_disk);
	tcase_add_test(tcase, test_kept);
	tcase_add_test(tcase, test_link);
	suite_add_tcase(suite, tcase);
	return suite;
}
