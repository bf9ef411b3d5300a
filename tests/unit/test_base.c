/* arena, buf, map, err, lang, utf8. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/lang.h"
#include "base/map.h"
#include "base/utf8.h"
#include "unit/suites.h"

START_TEST(arena_gives_zeroed_aligned_memory)
{
	struct arena *arena = arena_new();

	for (size_t size = 1; size < 5000; size += 7) {
		unsigned char *it = arena_alloc(arena, size);
		size_t zeros = 0;

		ck_assert_uint_eq((uintptr_t)it % 16, 0);
		while (zeros < size && it[zeros] == 0)
			zeros++;
		ck_assert_uint_eq(zeros, size);
		memset(it, 0xff, size);
	}
	arena_free(arena);
}
END_TEST

START_TEST(arena_with_a_cap_says_no)
{
	struct arena *arena = arena_new_capped(10000);
	size_t got = 0;

	while (arena_try(arena, 100))
		got++;
	ck_assert_uint_gt(got, 50);
	ck_assert_uint_le(arena_used_bytes(arena), 10000);
	ck_assert_ptr_null(arena_try(arena, SIZE_MAX - 8));
	arena_free(arena);
}
END_TEST

START_TEST(vec_keeps_what_it_was_given)
{
	struct arena *arena = arena_new();
	vec_of(int) numbers = { 0 };
	int expected = 0;

	for (int i = 0; i < 1000; i++)
		*vec_add(arena, &numbers) = i;
	vec_each(number, &numbers)
		ck_assert_int_eq(*number, expected++);
	ck_assert_int_eq(expected, 1000);
	arena_free(arena);
}
END_TEST

START_TEST(buf_grows_and_ends_in_nul)
{
	struct buf buf = { 0 };

	ck_assert_str_eq(buf_text(&buf), "");
	for (int i = 0; i < 1000; i++)
		buf_printf(&buf, "%d,", i);
	ck_assert_uint_eq(strlen(buf.text), buf.count);
	buf_clear(&buf);
	buf_add_unsigned(&buf, 0);
	buf_add_char(&buf, ' ');
	buf_add_unsigned(&buf, UINT64_MAX);
	ck_assert_str_eq(buf_text(&buf), "0 18446744073709551615");
	buf_done(&buf);
}
END_TEST

START_TEST(map_finds_all_and_refuses_a_second)
{
	struct arena *arena = arena_new();
	struct map map = { 0 };

	for (uintptr_t i = 1; i <= 5000; i++)
		ck_assert(map_add_text(arena, &map, arena_printf(arena, "k%lu", (unsigned long)i),
				       (void *)i));
	for (uintptr_t i = 1; i <= 5000; i++) {
		char key[32];

		snprintf(key, sizeof(key), "k%lu", (unsigned long)i);
		ck_assert_uint_eq((uintptr_t)map_find_text(&map, key), i);
		ck_assert(!map_add_text(arena, &map, key, &map));
	}
	ck_assert_ptr_null(map_find_text(&map, "k0"));
	ck_assert_ptr_null(map_find_text(&(struct map){ 0 }, "k0"));
	arena_free(arena);
}
END_TEST

START_TEST(errs_are_counted_beyond_what_is_kept)
{
	struct errs errs;

	errs_init(&errs);
	for (int i = 0; i < ERRS_KEPT + 50; i++) {
		struct err *err = errs_add(&errs, SEVERITY_ERROR, "C-X",
					   (struct src){ "f", (unsigned)(2000 - i) });

		err_say(&errs, err, "number %d", i);
	}
	errs_add(&errs, SEVERITY_WARNING, "W-X", (struct src){ "f", 1 });
	ck_assert_uint_eq(errs_errors(&errs), ERRS_KEPT + 50);
	ck_assert_uint_eq(errs.counts[SEVERITY_WARNING], 1);
	ck_assert_uint_eq(errs.list.count, ERRS_KEPT);
	errs_sort(&errs);
	for (size_t i = 1; i < errs.list.count; i++)
		ck_assert_uint_le(errs.list.items[i - 1].at.line, errs.list.items[i].at.line);
	errs_relax(&errs, &errs.list.items[0], "X-1");
	ck_assert_uint_eq(errs_errors(&errs), ERRS_KEPT + 49);
	ck_assert_uint_eq(errs.counts[SEVERITY_EXCEPTION], 1);
	errs_done(&errs);
}
END_TEST

START_TEST(language_follows_the_environment)
{
	setenv("LC_ALL", "ja_JP.UTF-8", 1);
	ck_assert_int_eq(lang_of_environment(), LANG_JA);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("LANG", "ja_JP.UTF-8", 1);
	ck_assert_int_eq(lang_of_environment(), LANG_EN);
	setenv("LC_ALL", "", 1);
	ck_assert_int_eq(lang_of_environment(), LANG_JA);
	lang_set(LANG_JA);
	ck_assert_str_eq(_("error"), "誤り");
	ck_assert_str_eq(lang_tr("no such message"), "no such message");
	lang_set(LANG_EN);
	ck_assert_str_eq(_("error"), "error");
}
END_TEST

static const char *fault_of(const char *text, size_t bytes, unsigned *line)
{
	return utf8_find_fault(text, text + bytes, line);
}

START_TEST(utf8_refuses_what_rfc_3629_refuses)
{
	static const char *const bad[] = { "\xc0\xaf", "\xe0\x80\xaf",	   "\xed\xa0\x80",
					   "\x80",     "\xf4\x90\x80\x80", "\xe3\x81",
					   "\xff",     "\xf0\x80\x80\x80" };
	unsigned line = 0;

	for (size_t i = 0; i < array_count(bad); i++)
		ck_assert_ptr_nonnull(fault_of(bad[i], strlen(bad[i]), &line));
	ck_assert_ptr_null(fault_of("青嶺市 abc\n😀", strlen("青嶺市 abc\n😀"), &line));
	ck_assert_ptr_nonnull(fault_of("a\nb\n\0c", 6, &line));
	ck_assert_uint_eq(line, 3);
	ck_assert_int_eq(utf8_half_width(0xff11), '1');
	ck_assert_uint_eq(utf8_columns("税務a"), 5);
	ck_assert_uint_eq(utf8_floor("あい", 4), 3);
	char mixed[] = "あ\xff\xe3\x81";

	utf8_hide_faults(mixed, strlen(mixed));
	ck_assert_str_eq(mixed, "あ???");
	ck_assert_ptr_nonnull(utf8_find_invisible("a\xe2\x80\xae", "a\xe2\x80\xae" + 4));
}
END_TEST

Suite *suite_base(void)
{
	Suite *suite = suite_create("base");
	TCase *tcase = tcase_create("base");

	tcase_add_test(tcase, arena_gives_zeroed_aligned_memory);
	tcase_add_test(tcase, arena_with_a_cap_says_no);
	tcase_add_test(tcase, vec_keeps_what_it_was_given);
	tcase_add_test(tcase, buf_grows_and_ends_in_nul);
	tcase_add_test(tcase, map_finds_all_and_refuses_a_second);
	tcase_add_test(tcase, errs_are_counted_beyond_what_is_kept);
	tcase_add_test(tcase, language_follows_the_environment);
	tcase_add_test(tcase, utf8_refuses_what_rfc_3629_refuses);
	suite_add_tcase(suite, tcase);
	return suite;
}
