/* Civil time, held against the C library's own calendar. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/wall.h"
#include "unit/suites.h"

enum { TOKYO = 9 * 3600 };

START_TEST(agrees_with_the_c_library_for_every_day)
{
	for (int32_t day = 0; day < 60000; day++) {
		time_t at = (time_t)day * 86400;
		char ours[DATE_TEXT_BYTES], theirs[32];
		struct date back;
		struct tm tm;

		gmtime_r(&at, &tm);
		strftime(theirs, sizeof(theirs), "%Y-%m-%d", &tm);
		ck_assert_str_eq(date_text((struct date){ day }, ours), theirs);
		ck_assert_int_eq(date_weekday((struct date){ day }), (tm.tm_wday + 6) % 7);
		ck_assert(date_parse(theirs, &back));
		ck_assert_int_eq(back.days, day);
	}
}
END_TEST

START_TEST(a_tokyo_morning_is_the_day_before_in_utc)
{
	struct wall wall;
	int offset;

	ck_assert(wall_parse("2026-12-14T08:30:00+09:00", &wall, &offset));
	ck_assert_int_eq(offset, TOKYO);
	ck_assert_int_eq(wall.sec, 1797204600);
	ck_assert_int_eq(date_weekday(wall_date(wall, TOKYO)), MONDAY);
	ck_assert_int_eq(date_weekday(wall_date(wall, 0)), SUNDAY);
	ck_assert_int_eq(wall_clock_sec(wall, TOKYO), 8 * 3600 + 30 * 60);
}
END_TEST

START_TEST(times_that_are_refused)
{
	static const char *const bad_walls[] = {
		"2026-12-14 08:30:00+09:00", "2026-12-14T08:30:00",	  "2026-12-14T08:30:00+9:00",
		"2026-02-30T08:30:00Z",	     "2026-13-01T08:30:00Z",	  "2026-12-14T24:00:00Z",
		"2026-12-14T08:60:00Z",	     "2026-12-14T08:30:60Z",	  "2026-12-14T08:30:00Z ",
		"26-12-14T08:30:00Z",	     "2026-12-14T08:30:00+15:00", "",
	};
	static const char *const bad_dates[] = { "2025-02-29", "2026-4-01", "2026-04-31",
						 "2026/04/01", "1969-12-31", "2026-04-01 " };
	static const char *const bad_clocks[] = { "24:01", "7:00", "07:60", "25:00", "07:00:00", "" };
	struct wall wall;
	struct date date;
	int number;

	for (size_t i = 0; i < array_count(bad_walls); i++)
		ck_assert_msg(!wall_parse(bad_walls[i], &wall, &number), "%s", bad_walls[i]);
	for (size_t i = 0; i < array_count(bad_dates); i++)
		ck_assert_msg(!date_parse(bad_dates[i], &date), "%s", bad_dates[i]);
	for (size_t i = 0; i < array_count(bad_clocks); i++)
		ck_assert_msg(!clock_parse(bad_clocks[i], &number), "%s", bad_clocks[i]);
	ck_assert(date_parse("2024-02-29", &date));
	ck_assert(clock_parse("24:00", &number) && number == 86400);
}
END_TEST

START_TEST(text_and_back)
{
	static const char *const texts[] = { "2026-12-12T22:00:00+09:00", "1970-01-01T00:00:00+00:00",
					     "2026-03-01T00:00:00-05:30" };
	char text[WALL_TEXT_BYTES];
	struct wall wall;
	int offset;

	for (size_t i = 0; i < array_count(texts); i++) {
		ck_assert(wall_parse(texts[i], &wall, &offset));
		ck_assert_str_eq(wall_text(wall, offset, text), texts[i]);
	}
}
END_TEST

Suite *suite_wall(void)
{
	Suite *suite = suite_create("wall");
	TCase *tcase = tcase_create("wall");

	tcase_add_test(tcase, agrees_with_the_c_library_for_every_day);
	tcase_add_test(tcase, a_tokyo_morning_is_the_day_before_in_utc);
	tcase_add_test(tcase, times_that_are_refused);
	tcase_add_test(tcase, text_and_back);
	suite_add_tcase(suite, tcase);
	return suite;
}
