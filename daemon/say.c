/* See say.h. */
#include "daemon/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "base/lang.h"

enum { WHAT_LINES = 8 };

/* A level for every line, or the journal would take the others for information. */
static void lines_say(enum say_level level, const char *text)
{
	while (*text) {
		size_t count = strcspn(text, "\n");

		fprintf(stderr, "<%d>%.*s\n", level, (int)count, text);
		text += count + (text[count] == '\n');
	}
}

void say(enum say_level level, const char *fmt, ...)
{
	struct buf text = { 0 };
	va_list args;

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	lines_say(level, buf_text(&text));
	buf_done(&text);
}

void say_errs(const struct errs *errs)
{
	vec_each(err, &errs->list) {
		struct buf text = { 0 };

		if (err->at.file && err->at.line)
			buf_printf(&text, "%s:%u: ", err->at.file, err->at.line);
		buf_printf(&text, "%s: %s", err->code, err->message);
		if (err->hint)
			buf_printf(&text, " → %s", err->hint);
		lines_say(err->severity ? SAY_WARNING : SAY_ERROR, buf_text(&text));
		buf_done(&text);
	}
}

/* The first lines; all are in the record. */
static void what_print(struct buf *text, const char *what)
{
	for (unsigned lines = 0; *what; lines++) {
		size_t count = strcspn(what, "\n");

		if (lines == WHAT_LINES) {
			buf_printf(text, "\n… %s", _("the rest: sekishoctl drift"));
			return;
		}
		buf_printf(text, "\n%.*s", (int)count, what);
		what += count + (what[count] == '\n');
	}
}

static void drift_print(struct buf *text, const struct drift *drift)
{
	struct buf who = { 0 };

	changer_print(&who, &drift->changer);
	if (strcmp(drift->kind, "connection-found") == 0)
		buf_printf(text, _("drift %llu: connections that the policy does not permit: %zu"),
			   (unsigned long long)drift->id, drift->differences);
	else if (!drift->differences)
		buf_printf(text, _("drift %llu: the gateway's tables were touched and are as they should be; by %s"),
			   (unsigned long long)drift->id, buf_text(&who));
	else if (drift->repaired_us)
		buf_printf(text, _("drift %llu: %zu changes in the kernel, undone in %.1f ms; by %s"),
			   (unsigned long long)drift->id, drift->differences,
			   drift->repair_took_ms, buf_text(&who));
	else
		buf_printf(text, _("drift %llu: %zu changes in the kernel, not undone; by %s"),
			   (unsigned long long)drift->id, drift->differences, buf_text(&who));
	buf_done(&who);
	if (drift->what && *drift->what)
		what_print(text, drift->what);
}

/* Under systemd standard error is the journal; then it takes fields, too. */
static bool drift_send(const struct drift *drift, const char *text)
{
	return getenv("JOURNAL_STREAM") &&
	       sd_journal_send("MESSAGE=%s", text, "PRIORITY=%d", SAY_CRITICAL,
			       "SYSLOG_IDENTIFIER=sekishod", "SEKISHO_EVENT=drift",
			       "SEKISHO_DRIFT=%llu", (unsigned long long)drift->id,
			       "SEKISHO_KIND=%s", drift->kind, "SEKISHO_OBJECT=%s", drift->object,
			       "SEKISHO_CHANGER_PID=%d", drift->changer.pid,
			       "SEKISHO_CHANGER_PROGRAM=%s", drift->changer.program, NULL) >= 0;
}

void say_drift(const struct drift *drift)
{
	struct buf text = { 0 };

	drift_print(&text, drift);
	if (!drift_send(drift, buf_text(&text)))
		lines_say(SAY_CRITICAL, buf_text(&text));
	buf_done(&text);
}
