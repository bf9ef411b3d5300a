/* The verb watch: events of the daemon as they happen, in words or (--json) as they came. */
#include <string.h>

#include "base/lang.h"
#include "ctl/call.h"

/* The clock in "2026-11-21T12:00:00+09:00" */
enum { TIME_AT = 11 };

static void posture_show(const json_t *event)
{
	const char *what = text_or(event, "what", "");

	printf("%s %s: %s%s\n",
	       strcmp(text_or(event, "severity", ""), "critical") == 0 ? _("critical") : _("warning"),
	       text_or(event, "code", ""), text_or(event, "message", ""),
	       strcmp(what, "repaired") == 0 ? _(" (put right)")
	       : strcmp(what, "gone") == 0   ? _(" (no longer so)")
					     : "");
}

static void isolation_show(const json_t *event, bool isolates)
{
	bool done = json_is_true(json_object_get(event, "done"));
	const char *what = text_or(event, "what", "");
	const char *reason = text_or(event, "reason", "");

	if (isolates)
		printf(done ? _("%s was isolated") : _("%s was to be isolated: refused"), what);
	else
		printf(done ? _("%s was rejoined") : _("%s was to be rejoined: refused"), what);
	printf("%s%s\n", *reason ? ": " : "", reason);
}

static void event_show(const json_t *event)
{
	const char *kind = text_or(event, "event", "");
	const char *at = text_or(event, "at", "");

	if (strlen(at) > TIME_AT)
		printf("%.8s  ", at + TIME_AT);
	if (strcmp(kind, "admitted") == 0)
		admitted_show(json_object_get(event, "drift"));
	else if (strcmp(kind, "drift") == 0)
		drift_show(json_object_get(event, "drift"));
	else if (strcmp(kind, "posture") == 0)
		posture_show(event);
	else if (strcmp(kind, "reload") == 0)
		puts(json_is_true(json_object_get(event, "done"))
			     ? _("the policy was reloaded")
			     : _("a reload was refused; the policy is as before"));
	else if (strcmp(kind, "isolate") == 0 || strcmp(kind, "rejoin") == 0)
		isolation_show(event, strcmp(kind, "isolate") == 0);
	else if (strcmp(kind, "watching") == 0)
		puts(_("watching; Ctrl-C ends it"));
	else
		json_dumpf(event, stdout, JSON_COMPACT), putchar('\n');
}

enum status verb_watch(const struct command *command)
{
	_cleanup_(call_close) struct call call;
	enum status status;
	bool continues = true;
	const char *error;
	json_t *reply;

	if (!call_open(&call, command, &status) ||
	    !call_send(&call, WIRE_INTERFACE ".Watch", NULL, true, &status))
		return status;
	while (continues && call_receive(&call, &reply, &error, &continues, &status)) {
		if (error) {
			usage_error("%s", text_or(reply, "error", error));
			status = STATUS_NOT_PERMITTED;
		} else if (command->json) {
			json_dumpf(reply, stdout, JSON_COMPACT);
			putchar('\n');
		} else {
			event_show(reply);
		}
		fflush(stdout);
		json_decref(reply);
		if (error || ferror(stdout))
			return error ? status : STATUS_GOOD;
	}
	return status;
}
