/* When a flow is open, in the civil time of the policy's zone. A recurring window belongs to the
 * day on which it opens: "mon-fri 22:00-02:00" is open on Saturday at 01:00, and not on Monday
 * at 01:00. Ends are exclusive, as a door that closes at 22:00 is closed at 22:00:00. */
#include "base/lang.h"
#include "policy/policy.h"

enum { DAY_SEC = 86400 };

struct span {
	int64_t start, end;
};

/* The opening that begins on that day, if there is one. */
static bool day_span(const struct window *window, struct date day, int offset_sec,
		     struct span *ret_span)
{
	int64_t midnight = date_start(day, offset_sec).sec;
	int64_t length = window->to_sec - window->from_sec;

	if (!(window->days & 1 << date_weekday(day)))
		return false;
	if (window->until.set && day.days > window->until.date.days)
		return false;
	if (length <= 0)
		length += DAY_SEC;
	ret_span->start = midnight + window->from_sec;
	ret_span->end = ret_span->start + length;
	return true;
}

/* The opening that holds `at`, or the next one; false if there is none within a week. */
static bool recurring_span(const struct window *window, struct wall at, int offset_sec,
			   struct span *ret_span)
{
	struct date today = wall_date(at, offset_sec);
	bool found = false;

	for (int ahead = -1; ahead <= 8; ahead++) {
		struct span span;

		if (!day_span(window, (struct date){ today.days + ahead }, offset_sec, &span) ||
		    span.end <= at.sec)
			continue;
		if (!found) {
			*ret_span = span;
			found = true;
		} else if (span.start <= ret_span->end) {
			ret_span->end = span.end; /* the days touch: one long opening */
		} else {
			break;
		}
	}
	return found;
}

bool window_is_open(const struct window *window, struct wall at, int offset_sec)
{
	struct span span;

	if (!window)
		return true;
	switch ((enum window_kind)window->kind) {
	case WINDOW_ALWAYS:
		return true;
	case WINDOW_RECURRING:
		return recurring_span(window, at, offset_sec, &span) && span.start <= at.sec;
	case WINDOW_ABSOLUTE:
		return window->start.sec <= at.sec && at.sec < window->end.sec;
	case WINDOW_GRANT:
		return false;
	}
	return false;
}

bool window_next_change(const struct window *window, struct wall at, int offset_sec,
			struct wall *ret_change)
{
	struct span span = { 0 };

	if (!window)
		return false;
	switch ((enum window_kind)window->kind) {
	case WINDOW_ALWAYS:
	case WINDOW_GRANT:
		return false;
	case WINDOW_RECURRING:
		if (!recurring_span(window, at, offset_sec, &span))
			return false;
		break;
	case WINDOW_ABSOLUTE:
		span = (struct span){ window->start.sec, window->end.sec };
		if (span.end <= at.sec)
			return false;
		break;
	}
	ret_change->sec = span.start > at.sec ? span.start : span.end;
	return true;
}

static void days_print(struct buf *buf, unsigned days)
{
	static const struct {
		unsigned days;
		const char *text;
	} names[] = { { 0x7f, N_("daily") }, { 0x1f, N_("mon-fri") }, { 0x60, N_("sat, sun") } };
	bool first = true;

	for (size_t i = 0; i < array_count(names); i++)
		if (names[i].days == days) {
			buf_add_text(buf, _(names[i].text));
			return;
		}
	for (unsigned day = 0; day < 7; day++)
		if (days & 1u << day) {
			buf_printf(buf, "%s%s", first ? "" : ",",
				   lang_get() == LANG_JA ? words_label(&words_weekday, day)
							 : words_word(&words_weekday, day));
			first = false;
		}
}

void window_print(struct buf *buf, const struct window *window)
{
	if (!window) {
		buf_add_text(buf, _("always"));
		return;
	}
	switch ((enum window_kind)window->kind) {
	case WINDOW_ALWAYS:
		buf_add_text(buf, _("always"));
		break;
	case WINDOW_RECURRING:
		days_print(buf, window->days);
		buf_add_char(buf, ' ');
		clock_print(buf, window->from_sec);
		buf_add_char(buf, '-');
		clock_print(buf, window->to_sec);
		if (window->until.set) {
			char text[DATE_TEXT_BYTES];

			buf_printf(buf, _(" until %s"), date_text(window->until.date, text));
		}
		break;
	case WINDOW_ABSOLUTE:
		wall_print(buf, window->start, window->start_offset_sec);
		buf_add_text(buf, " - ");
		wall_print(buf, window->end, window->end_offset_sec);
		break;
	case WINDOW_GRANT:
		buf_printf(buf, _("when granted, at most %d h %02d min"), window->grant_sec / 3600,
			   window->grant_sec / 60 % 60);
		break;
	}
}
