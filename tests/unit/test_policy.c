/* Windows in civil time, and the vocabularies. */
#include <string.h>

#include "base/lang.h"
#include "unit/suites.h"
#include "unit/town.h"

enum { TOKYO = 9 * 3600 };

static bool open_at(const struct window *window, const char *text)
{
	struct wall wall;
	int offset;

	ck_assert_msg(wall_parse(text, &wall, &offset), "%s", text);
	return window_is_open(window, wall, TOKYO);
}

static const char *next_change(const struct window *window, const char *text)
{
	static char changed[WALL_TEXT_BYTES];
	struct wall wall, change;
	int offset;

	ck_assert(wall_parse(text, &wall, &offset));
	if (!window_next_change(window, wall, TOKYO, &change))
		return "never";
	return wall_text(change, TOKYO, changed);
}

START_TEST(a_weekday_is_a_tokyo_weekday)
{
	struct window window = { .kind = WINDOW_RECURRING, .days = 0x1f, .from_sec = 7 * 3600,
				 .to_sec = 22 * 3600 };

	ck_assert(open_at(&window, "2026-12-14T07:00:00+09:00")); /* Monday; Sunday in UTC */
	ck_assert(!open_at(&window, "2026-12-14T06:59:59+09:00"));
	ck_assert(open_at(&window, "2026-12-14T21:59:59+09:00"));
	ck_assert(!open_at(&window, "2026-12-14T22:00:00+09:00"));
	ck_assert(!open_at(&window, "2026-12-12T12:00:00+09:00")); /* Saturday */
	ck_assert(open_at(&window, "2026-12-13T22:00:00+00:00"));  /* Monday 07:00 in Tokyo */
	ck_assert_str_eq(next_change(&window, "2026-12-11T23:00:00+09:00"),
			 "2026-12-14T07:00:00+09:00");
	ck_assert_str_eq(next_change(&window, "2026-12-14T10:00:00+09:00"),
			 "2026-12-14T22:00:00+09:00");
}
END_TEST

START_TEST(a_window_may_pass_midnight)
{
	struct window window = { .kind = WINDOW_RECURRING, .days = 0x1f, .from_sec = 22 * 3600,
				 .to_sec = 2 * 3600 };

	ck_assert(open_at(&window, "2026-12-18T23:00:00+09:00"));  /* Friday */
	ck_assert(open_at(&window, "2026-12-19T01:59:59+09:00"));  /* of Friday's opening */
	ck_assert(!open_at(&window, "2026-12-19T02:00:00+09:00"));
	ck_assert(!open_at(&window, "2026-12-19T23:00:00+09:00")); /* Saturday */
	ck_assert(!open_at(&window, "2026-12-21T01:00:00+09:00")); /* Monday, no Sunday opening */
	ck_assert_str_eq(next_change(&window, "2026-12-18T23:00:00+09:00"),
			 "2026-12-19T02:00:00+09:00");
}
END_TEST

START_TEST(days_that_touch_are_one_opening)
{
	struct window window = { .kind = WINDOW_RECURRING, .days = 0x60, .from_sec = 0,
				 .to_sec = 24 * 3600 };

	ck_assert(open_at(&window, "2026-12-19T00:00:00+09:00"));
	ck_assert(open_at(&window, "2026-12-20T23:59:59+09:00"));
	ck_assert(!open_at(&window, "2026-12-21T00:00:00+09:00"));
	ck_assert_str_eq(next_change(&window, "2026-12-19T12:00:00+09:00"),
			 "2026-12-21T00:00:00+09:00");
}
END_TEST

START_TEST(until_is_the_last_day_that_opens)
{
	struct window window = { .kind = WINDOW_RECURRING, .days = 0x7f, .from_sec = 22 * 3600,
				 .to_sec = 2 * 3600,
				 .until = { .set = true } };

	ck_assert(date_parse("2027-03-31", &window.until.date));
	ck_assert(open_at(&window, "2027-03-31T23:00:00+09:00"));
	ck_assert(open_at(&window, "2027-04-01T01:00:00+09:00"));
	ck_assert(!open_at(&window, "2027-04-01T22:00:00+09:00"));
	ck_assert_str_eq(next_change(&window, "2027-04-01T22:00:00+09:00"), "never");
}
END_TEST

START_TEST(absolute_and_granted_windows)
{
	struct window window = { .kind = WINDOW_ABSOLUTE }, grant = { .kind = WINDOW_GRANT };
	int offset;

	ck_assert(wall_parse("2026-12-12T22:00:00+09:00", &window.start, &offset));
	ck_assert(wall_parse("2026-12-13T02:00:00+09:00", &window.end, &offset));
	ck_assert(!open_at(&window, "2026-12-12T21:59:59+09:00"));
	ck_assert(open_at(&window, "2026-12-12T22:00:00+09:00"));
	ck_assert(!open_at(&window, "2026-12-13T02:00:00+09:00"));
	ck_assert_str_eq(next_change(&window, "2026-12-01T00:00:00+09:00"),
			 "2026-12-12T22:00:00+09:00");
	ck_assert_str_eq(next_change(&window, "2026-12-13T02:00:00+09:00"), "never");
	ck_assert(!open_at(&grant, "2026-12-12T22:00:00+09:00"));
	ck_assert(open_at(NULL, "2026-12-12T22:00:00+09:00"));
}
END_TEST

START_TEST(every_word_has_a_label_in_both_languages)
{
	const struct words *all[] = { &words_edition,	&words_model,	   &words_zone_class,
				      &words_flow_class, &words_endpoint_kind, &words_line,
				      &words_role,	&words_proto,	   &words_data,
				      &words_crypto,	&words_connected,  &words_tenant,
				      &words_download,	&words_wlan_security, &words_ipv6,
				      &words_layer,	&words_screen_product, &words_sanitize_method,
				      &words_beta_origin, &words_approval_kind, &words_person,
				      &words_log_item,	&words_on_failure, &words_dnssec,
				      &words_weekday };

	for (size_t i = 0; i < array_count(all); i++) {
		lang_set(LANG_JA);
		ck_assert_str_ne(_(all[i]->what), all[i]->what);
		lang_set(LANG_EN);
		for (size_t k = 0; k < all[i]->count; k++) {
			unsigned value;

			ck_assert_ptr_nonnull(all[i]->items[k].word);
			ck_assert_ptr_nonnull(all[i]->items[k].en);
			ck_assert_ptr_nonnull(all[i]->items[k].ja);
			ck_assert(words_find(all[i], all[i]->items[k].word, &value));
			ck_assert_uint_eq(value, k);
		}
	}
	ck_assert_str_eq(words_nearest(&words_flow_class, "tokuteii"), "tokutei");
	ck_assert_ptr_null(words_nearest(&words_flow_class, "xyzzyxyzzy"));
	ck_assert_uint_eq(word_distance("ab", "ba"), 1);
	ck_assert_uint_eq(word_distance("kitten", "sitting"), 3);
}
END_TEST

Suite *suite_policy(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("policy");

	tcase_add_test(tcase, a_weekday_is_a_tokyo_weekday);
	tcase_add_test(tcase, a_window_may_pass_midnight);
	tcase_add_test(tcase, days_that_touch_are_one_opening);
	tcase_add_test(tcase, until_is_the_last_day_that_opens);
	tcase_add_test(tcase, absolute_and_granted_windows);
	tcase_add_test(tcase, every_word_has_a_label_in_both_languages);
	suite_add_tcase(suite, tcase);
	return suite;
}
