/* What survives a crash: files come back as they were written or not at all, whatever lies in
 * their place or is left of an earlier write. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/state.h"
#include "unit/suites.h"

#define NAME "a.conf"
#define TEMPORARY ".a.conf.new"

static char dir[] = "/tmp/sekisho-state-XXXXXX";
static struct errs errs;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	errs_init(&errs);
}

static void teardown(void)
{
	unlink(NAME);
	unlink(TEMPORARY);
	unlink("target");
	ck_assert_int_eq(rmdir(dir), 0); /* and nothing else is left */
	errs_done(&errs);
}

static bool written(const char *text)
{
	struct buf buf = { 0 };
	bool done;

	buf_add_text(&buf, text);
	done = state_write(dir, NAME, &buf, &errs);
	buf_done(&buf);
	return done;
}

static void reads(const char *wanted)
{
	struct buf text = { 0 };

	ck_assert(state_read(dir, NAME, &text, &errs));
	ck_assert_str_eq(buf_text(&text), wanted);
	ck_assert_uint_eq(text.count, strlen(wanted));
	buf_done(&text);
}

/* errors: how many are told of it */
static void reads_nothing(size_t errors)
{
	struct buf text = { 0 };
	size_t before = errs_errors(&errs);

	ck_assert(!state_read(dir, NAME, &text, &errs));
	ck_assert_uint_eq(text.count, 0);
	ck_assert_uint_eq(errs_errors(&errs) - before, errors);
}

static size_t file_take(char *ret_bytes, size_t room)
{
	int fd = open(NAME, O_RDONLY);
	ssize_t count = read(fd, ret_bytes, room);

	ck_assert_int_gt(count, 0);
	close(fd);
	return (size_t)count;
}

static void file_put(const char *bytes, size_t count)
{
	int fd = open(NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_eq(write(fd, bytes, count), (ssize_t)count);
	close(fd);
}

START_TEST(what_was_written_is_read)
{
	ck_assert(written("zones: { };\n"));
	reads("zones: { };\n");
	ck_assert(written("another"));
	reads("another");
	ck_assert(written(""));
	reads("");
	ck_assert_int_ne(access(TEMPORARY, F_OK), 0);
}
END_TEST

START_TEST(none_is_no_error)
{
	reads_nothing(0);
}
END_TEST

START_TEST(no_directory_is_an_error)
{
	struct buf text = { 0 };

	buf_add_text(&text, "a");
	ck_assert(!state_write("/nonexistent", NAME, &text, &errs));
	ck_assert_uint_eq(errs_errors(&errs), 1);
	buf_done(&text);
}
END_TEST

START_TEST(any_other_bit_is_refused)
{
	char bytes[200];
	size_t count;

	ck_assert(written("ports = [443];\n"));
	count = file_take(bytes, sizeof(bytes));
	for (size_t i = 0; i < count; i++) {
		bytes[i] = (char)(bytes[i] ^ 1);
		file_put(bytes, count);
		reads_nothing(1);
		bytes[i] = (char)(bytes[i] ^ 1);
	}
	file_put(bytes, count);
	reads("ports = [443];\n");
}
END_TEST

START_TEST(any_part_is_refused)
{
	char bytes[200];
	size_t count;

	ck_assert(written("ports = [443];\n"));
	count = file_take(bytes, sizeof(bytes));
	for (size_t part = 0; part < count; part++) {
		file_put(bytes, part);
		reads_nothing(1);
	}
	bytes[count] = '\n';
	file_put(bytes, count + 1);
	reads_nothing(1);
}
END_TEST

START_TEST(a_link_is_neither_followed_nor_kept)
{
	ck_assert(written("good"));
	ck_assert_int_eq(rename(NAME, "target"), 0);
	ck_assert_int_eq(symlink("target", NAME), 0);
	reads_nothing(1);
	ck_assert(written("new"));
	reads("new");
	ck_assert_int_eq(rename("target", NAME), 0);
	reads("good");
}
END_TEST

START_TEST(what_is_left_of_an_earlier_write_is_in_nobodys_way)
{
	file_put("mine", 4);
	ck_assert_int_eq(rename(NAME, "target"), 0);
	ck_assert_int_eq(symlink("target", TEMPORARY), 0);
	ck_assert(written("one"));
	reads("one");
	ck_assert_int_eq(link("target", TEMPORARY), 0);
	ck_assert(written("two"));
	reads("two");
	ck_assert_int_eq(mkfifo(TEMPORARY, 0600), 0);
	ck_assert(written("three"));
	reads("three");
	ck_assert_int_eq(rename("target", NAME), 0);
	ck_assert_uint_eq(file_take((char[10]){ 0 }, 10), 4); /* untouched */
}
END_TEST

START_TEST(nobody_waits_at_a_pipe)
{
	ck_assert_int_eq(mkfifo(NAME, 0600), 0);
	reads_nothing(1);
}
END_TEST

START_TEST(too_much_is_not_read)
{
	file_put("a", 1);
	ck_assert_int_eq(truncate(NAME, 1 << 30), 0);
	reads_nothing(1);
}
END_TEST

START_TEST(too_much_is_not_written)
{
	struct buf text = { 0 };

	ck_assert(written("before"));
	buf_add_repeated(&text, 'x', 64 << 20);
	ck_assert(!state_write(dir, NAME, &text, &errs));
	buf_done(&text);
	reads("before");
}
END_TEST

/* A limit of the file's size stands for the full disk: the write ends in its middle. */
START_TEST(a_full_disk_leaves_what_was)
{
	const struct rlimit little = { .rlim_cur = 100, .rlim_max = RLIM_INFINITY };
	char text[400];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert(written("before"));
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
	ck_assert(!written(text));
	ck_assert_uint_eq(errs_errors(&errs), 1);
	reads("before");
	ck_assert_int_ne(access(TEMPORARY, F_OK), 0);
}
END_TEST

START_TEST(it_is_not_for_everybodys_eyes)
{
	static const mode_t masks[] = { 0, 077, 0777 };
	struct stat stat_of;

	umask(masks[_i]);
	ck_assert(written("a"));
	ck_assert_int_eq(stat(NAME, &stat_of), 0);
	ck_assert_int_eq(stat_of.st_mode & 07777, 0640);
}
END_TEST

Suite *suite_state(void)
{
	Suite *suite = suite_create("state");
	TCase *tcase = tcase_create("state");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_was_written_is_read);
	tcase_add_test(tcase, none_is_no_error);
	tcase_add_test(tcase, no_directory_is_an_error);
	tcase_add_test(tcase, any_other_bit_is_refused);
	tcase_add_test(tcase, any_part_is_refused);
	tcase_add_test(tcase, a_link_is_neither_followed_nor_kept);
	tcase_add_test(tcase, what_is_left_of_an_earlier_write_is_in_nobodys_way);
	tcase_add_test(tcase, nobody_waits_at_a_pipe);
	tcase_add_test(tcase, too_much_is_not_read);
	tcase_add_test(tcase, too_much_is_not_written);
	tcase_add_test(tcase, a_full_disk_leaves_what_was);
	tcase_add_loop_test(tcase, it_is_not_for_everybodys_eyes, 0, 3);
	suite_add_tcase(suite, tcase);
	return suite;
}
