/* Is it a fight, who wins, and when is it over: by times that are given. */
#include "daemon/fight.h"
#include "unit/suites.h"

enum { MS = 1000, SEC = 1000 * MS };

static struct fight fight;

static void setup(void)
{
	fight = (struct fight){ 0 };
}

/* So many repairs, one in every step, each taking so long; the state after the last. */
static enum fight_state repairs(int64_t *now_us, unsigned count, int64_t step_us, int64_t took_us,
				bool repaired)
{
	enum fight_state state = FIGHT_NONE;

	for (unsigned i = 0; i < count; i++) {
		*now_us += step_us;
		state = fight_add(&fight, *now_us - took_us, *now_us, repaired);
	}
	return state;
}

START_TEST(test_few_are_none)
{
	int64_t now_us = SEC;

	ck_assert_int_eq(repairs(&now_us, FIGHT_REPAIRS - 1, 100 * MS, MS, true), FIGHT_NONE);
	ck_assert(!fight.on);
}
END_TEST

START_TEST(test_many_are_one)
{
	int64_t now_us = SEC;

	ck_assert_int_eq(repairs(&now_us, FIGHT_REPAIRS, 100 * MS, MS, true), FIGHT_ON);
	ck_assert_int_eq(repairs(&now_us, 100, 100 * MS, MS, true), FIGHT_ON);
}
END_TEST

/* Twenty in two spans are no fight. */
START_TEST(test_slow_is_none)
{
	int64_t now_us = SEC;

	ck_assert_int_eq(repairs(&now_us, 100, SEC, MS, true), FIGHT_NONE);
}
END_TEST

START_TEST(test_failures_lose)
{
	int64_t now_us = SEC;

	ck_assert_int_eq(repairs(&now_us, FIGHT_LOSSES - 1, 3 * SEC, MS, false), FIGHT_NONE);
	ck_assert_int_eq(repairs(&now_us, 1, 3 * SEC, MS, true), FIGHT_NONE);
	ck_assert_int_eq(repairs(&now_us, FIGHT_LOSSES - 1, 3 * SEC, MS, false), FIGHT_NONE);
	ck_assert_int_eq(repairs(&now_us, 1, 3 * SEC, MS, false), FIGHT_LOST);
}
END_TEST

/* Repaired every time, and wrong for more than half of it. */
START_TEST(test_wrong_half_the_time)
{
	int64_t now_us = SEC;

	ck_assert_int_eq(repairs(&now_us, FIGHT_REPAIRS, 50 * MS, 30 * MS, true), FIGHT_ON);
	ck_assert_int_eq(repairs(&now_us, 25, 50 * MS, 30 * MS, true), FIGHT_LOST);
	setup();
	ck_assert_int_eq(repairs(&now_us, 90, 50 * MS, 20 * MS, true), FIGHT_ON);
}
END_TEST

START_TEST(test_over)
{
	int64_t now_us = SEC;

	ck_assert(!fight_is_over(&fight, now_us)); /* there was none */
	repairs(&now_us, FIGHT_REPAIRS, 10 * MS, MS, true);
	ck_assert(!fight_is_over(&fight, now_us + FIGHT_SPAN_US - 1));
	ck_assert(fight.on);
	ck_assert(fight_is_over(&fight, now_us + FIGHT_SPAN_US));
	ck_assert(!fight.on && !fight.repairs);
}
END_TEST

/* A fight that becomes slow ends, though repairs go on. */
START_TEST(test_slows_down)
{
	int64_t now_us = SEC;

	ck_assert_int_eq(repairs(&now_us, FIGHT_REPAIRS, 10 * MS, MS, true), FIGHT_ON);
	ck_assert_int_eq(repairs(&now_us, 15, SEC, MS, true), FIGHT_ON);
	ck_assert_int_eq(repairs(&now_us, 15, SEC, MS, true), FIGHT_NONE);
}
END_TEST

Suite *suite_fight(void)
{
	Suite *suite = suite_create("fight");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_few_are_none);
	tcase_add_test(tcase, test_many_are_one);
	tcase_add_test(tcase, test_slow_is_none);
	tcase_add_test(tcase, test_failures_lose);
	tcase_add_test(tcase, test_wrong_half_the_time);
	tcase_add_test(tcase, test_over);
	tcase_add_test(tcase, test_slows_down);
	suite_add_tcase(suite, tcase);
	return suite;
}
