/* Wall-clock times as people write them: dates, times of day, instants with an offset; and the
 * civil calendar of one time zone. Japan has had no daylight saving time since 1951, so a zone
 * is a fixed offset here, and nothing depends on tzdata or on the environment's TZ. */
#pragma once

#include "base/buf.h"

/* Seconds since 1970-01-01T00:00:00Z. */
struct wall {
	int64_t sec;
};

/* A day of the civil calendar, as days since 1970-01-01. */
struct date {
	int32_t days;
};

enum weekday { MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY };

struct wall wall_now(void);

bool date_parse(const char *text, struct date *ret_date);                   /* 2026-04-01 */
bool clock_parse(const char *text, int *ret_sec);                           /* 07:00, 24:00 */
bool wall_parse(const char *text, struct wall *ret_wall, int *ret_offset_sec); /* RFC 3339 */

void date_print(struct buf *buf, struct date date);
void clock_print(struct buf *buf, int sec);
void wall_print(struct buf *buf, struct wall wall, int offset_sec);

enum { DATE_TEXT_BYTES = 16, CLOCK_TEXT_BYTES = 8, WALL_TEXT_BYTES = 32 };
const char *date_text(struct date date, char text[static DATE_TEXT_BYTES]);
const char *clock_text(int sec, char text[static CLOCK_TEXT_BYTES]);
const char *wall_text(struct wall wall, int offset_sec, char text[static WALL_TEXT_BYTES]);

struct date wall_date(struct wall wall, int offset_sec);
int wall_clock_sec(struct wall wall, int offset_sec); /* since that day's midnight */
enum weekday date_weekday(struct date date);
struct wall date_start(struct date date, int offset_sec); /* its midnight */
