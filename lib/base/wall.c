/* See wall.h. Days from civil dates after Howard Hinnant's proof of the proleptic Gregorian
 * calendar; years 1970 to 9999, which is what RFC 3339 can write and what approvals need. */
#include "base/wall.h"

#include <string.h>
#include <time.h>

enum { DAY_SEC = 86400 };

struct wall wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct wall){ now.tv_sec };
}

static int32_t days_of_civil(int year, int month, int day)
{
	int era, year_of_era, day_of_year, day_of_era;

	year -= month <= 2;
	era = year / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static void civil_of_days(int32_t days, int *ret_year, int *ret_month, int *ret_day)
{
	int era, day_of_era, year_of_era, day_of_year, shifted;

	days += 719468;
	era = days / 146097;
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
		      365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	shifted = (5 * day_of_year + 2) / 153;
	*ret_day = day_of_year - (153 * shifted + 2) / 5 + 1;
	*ret_month = shifted + (shifted < 10 ? 3 : -9);
	*ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

/* Exactly `digits` digits at *at, which moves past them. */
static bool digits_parse(const char **at, int digits, int *ret_value)
{
	int value = 0;

	for (; digits > 0; digits--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (**at - '0');
	}
	*ret_value = value;
	return true;
}

static bool letter_parse(const char **at, char letter)
{
	if (**at != letter)
		return false;
	(*at)++;
	return true;
}

static int month_days(int year, int month)
{
	static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool date_parse_at(const char **at, struct date *ret_date)
{
	int year, month, day;

	if (!digits_parse(at, 4, &year) || !letter_parse(at, '-') ||
	    !digits_parse(at, 2, &month) || !letter_parse(at, '-') || !digits_parse(at, 2, &day))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
		return false;
	ret_date->days = days_of_civil(year, month, day);
	return true;
}

bool date_parse(const char *text, struct date *ret_date)
{
	struct date date;

	if (!date_parse_at(&text, &date) || *text)
		return false;
	*ret_date = date;
	return true;
}

static bool clock_parse_at(const char **at, int *ret_sec)
{
	int hour, minute;

	if (!digits_parse(at, 2, &hour) || !letter_parse(at, ':') || !digits_parse(at, 2, &minute))
		return false;
	if (hour > 24 || minute > 59 || (hour == 24 && minute))
		return false;
	*ret_sec = hour * 3600 + minute * 60;
	return true;
}

bool clock_parse(const char *text, int *ret_sec)
{
	int sec;

	if (!clock_parse_at(&text, &sec) || *text)
		return false;
	*ret_sec = sec;
	return true;
}

/* "Z", "+09:00". */
static bool offset_parse_at(const char **at, int *ret_offset_sec)
{
	int sign, offset;

	if (letter_parse(at, 'Z')) {
		*ret_offset_sec = 0;
		return true;
	}
	sign = **at == '-' ? -1 : 1;
	if (!letter_parse(at, '+') && !letter_parse(at, '-'))
		return false;
	if (!clock_parse_at(at, &offset) || offset > 14 * 3600)
		return false;
	*ret_offset_sec = sign * offset;
	return true;
}

bool wall_parse(const char *text, struct wall *ret_wall, int *ret_offset_sec)
{
	struct date date;
	int minute_sec, second, offset;

	if (!date_parse_at(&text, &date) || !letter_parse(&text, 'T') ||
	    !clock_parse_at(&text, &minute_sec) || minute_sec == DAY_SEC ||
	    !letter_parse(&text, ':') || !digits_parse(&text, 2, &second) || second > 59 ||
	    !offset_parse_at(&text, &offset) || *text)
		return false;
	ret_wall->sec = (int64_t)date.days * DAY_SEC + minute_sec + second - offset;
	*ret_offset_sec = offset;
	return true;
}

static int64_t floor_divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

struct date wall_date(struct wall wall, int offset_sec)
{
	return (struct date){ (int32_t)floor_divide(wall.sec + offset_sec, DAY_SEC) };
}

int wall_clock_sec(struct wall wall, int offset_sec)
{
	int64_t local = wall.sec + offset_sec;

	return (int)(local - floor_divide(local, DAY_SEC) * DAY_SEC);
}

enum weekday date_weekday(struct date date)
{
	int64_t since_monday = (int64_t)date.days + 3; /* 1970-01-01 was a Thursday */

	return (enum weekday)(since_monday - floor_divide(since_monday, 7) * 7);
}

struct wall date_start(struct date date, int offset_sec)
{
	return (struct wall){ (int64_t)date.days * DAY_SEC - offset_sec };
}

const char *date_text(struct date date, char text[static DATE_TEXT_BYTES])
{
	int year, month, day;

	civil_of_days(date.days, &year, &month, &day);
	snprintf(text, DATE_TEXT_BYTES, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
	return text;
}

const char *clock_text(int sec, char text[static CLOCK_TEXT_BYTES])
{
	snprintf(text, CLOCK_TEXT_BYTES, "%02d:%02d", sec / 3600 % 100, sec / 60 % 60);
	return text;
}

const char *wall_text(struct wall wall, int offset_sec, char text[static WALL_TEXT_BYTES])
{
	char date[DATE_TEXT_BYTES], clock[CLOCK_TEXT_BYTES], offset[CLOCK_TEXT_BYTES];
	int sec = wall_clock_sec(wall, offset_sec);

	snprintf(text, WALL_TEXT_BYTES, "%sT%s:%02d%c%s",
		 date_text(wall_date(wall, offset_sec), date), clock_text(sec, clock), sec % 60,
		 offset_sec < 0 ? '-' : '+',
		 clock_text(offset_sec < 0 ? -offset_sec : offset_sec, offset));
	return text;
}

void date_print(struct buf *buf, struct date date)
{
	char text[DATE_TEXT_BYTES];

	buf_add_text(buf, date_text(date, text));
}

void clock_print(struct buf *buf, int sec)
{
	char text[CLOCK_TEXT_BYTES];

	buf_add_text(buf, clock_text(sec, text));
}

void wall_print(struct buf *buf, struct wall wall, int offset_sec)
{
	char text[WALL_TEXT_BYTES];

	buf_add_text(buf, wall_text(wall, offset_sec, text));
}
