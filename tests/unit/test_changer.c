/* Who changed something: all of a process that lives, nothing of one that is gone, and nothing
 * of one that is another by now. */
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/changer.h"
#include "unit/suites.h"

START_TEST(test_ourselves)
{
	struct buf text = { 0 };
	struct changer changer;
	json_t *json;

	ck_assert_int_eq(prctl(PR_SET_NAME, "changer-test"), 0);
	changer = changer_read(getpid(), "changer-test");
	ck_assert(changer.seen);
	ck_assert_int_eq(changer.pid, getpid());
	ck_assert_uint_eq(changer.uid, getuid());
	ck_assert_int_eq(changer.parent_pid, getppid());
	ck_assert_str_ne(changer.parent_program, "");
	ck_assert_ptr_nonnull(strstr(changer.command, "unit"));
	ck_assert_int_ge(changer.age_ms, 0);
	ck_assert_int_lt(changer.age_ms, 600 * 1000);
	changer_name_users(&changer);
	if (getuid() == 0)
		ck_assert_str_eq(changer.user, "root");
	changer_print(&text, &changer);
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "changer-test (pid "));
	json = changer_json(&changer);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "pid")), getpid());
	ck_assert_int_eq(json_integer_value(json_object_get(json, "uid")), getuid());
	json_decref(json);
	buf_done(&text);
}
END_TEST

static void unknown_but_name(const struct changer *changer, const char *program)
{
	json_t *json = changer_json(changer);

	ck_assert(!changer->seen);
	ck_assert_str_eq(changer->program, program);
	ck_assert_str_eq(changer->command, "");
	ck_assert(json_is_null(json_object_get(json, "uid")));
	ck_assert(json_is_null(json_object_get(json, "command")));
	json_decref(json);
}

START_TEST(test_gone)
{
	struct changer changer;
	pid_t child = fork();

	if (!child)
		_exit(0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	changer = changer_read(child, "nft");
	ck_assert_int_eq(changer.pid, child);
	unknown_but_name(&changer, "nft");
}
END_TEST

START_TEST(test_another_program)
{
	struct changer changer = changer_read(getpid(), "not-this-one");

	unknown_but_name(&changer, "not-this-one");
}
END_TEST

START_TEST(test_nobody)
{
	struct changer none = changer_read(0, ""), negative = changer_read(-5, "x");
	struct changer unknown = changer_unknown();
	struct buf text = { 0 };

	unknown_but_name(&none, "");
	unknown_but_name(&negative, "x");
	unknown_but_name(&unknown, "");
	changer_print(&text, &unknown);
	ck_assert_str_ne(buf_text(&text), "");
	buf_done(&text);
}
END_TEST

/* What goes to terminals and logs is one line, whatever a program calls itself. */
START_TEST(test_strange_name)
{
	struct changer changer;
	struct buf text = { 0 };

	ck_assert_int_eq(prctl(PR_SET_NAME, "a\x1b[2Jb\nc"), 0);
	changer = changer_read(getpid(), "a\x1b[2Jb\nc");
	changer_print(&text, &changer);
	ck_assert_ptr_null(strpbrk(buf_text(&text), "\x1b\n"));
	buf_done(&text);
}
END_TEST

Suite *suite_changer(void)
{
	Suite *suite = suite_create("changer");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, test_ourselves);
	tcase_add_test(tcase, test_gone);
	tcase_add_test(tcase, test_another_program);
	tcase_add_test(tcase, test_nobody);
	tcase_add_test(tcase, test_strange_name);
	suite_add_tcase(suite, tcase);
	return suite;
}
