/* sekishoctl drift: what was changed in the kernel, by whom, for how long, and what was done. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "ctl/call.h"

enum { ADMITTED_SHOWN = 5, DRIFTS_MOST = 1000, TIME_COLUMNS = 23, TIME_AT = 11 };

static void user_print(const json_t *changer, const char *name_key, const char *number_key)
{
	if (*text_or(changer, name_key, ""))
		fputs(text_or(changer, name_key, ""), stdout);
	else
		printf("uid %lld", number_of(changer, number_key));
}

static void changer_show(const json_t *changer)
{
	printf("    %s ", _("by"));
	if (!*text_or(changer, "program", "")) {
		puts(_("unknown: the kernel names nobody"));
		return;
	}
	printf("%s (pid %lld)", text_or(changer, "program", ""), number_of(changer, "pid"));
	if (!json_is_integer(json_object_get(changer, "uid"))) {
		puts(_("; it had ended before more could be learned"));
		return;
	}
	fputs(", ", stdout);
	user_print(changer, "user", "uid");
	if (json_is_integer(json_object_get(changer, "login_uid")) &&
	    number_of(changer, "login_uid") != number_of(changer, "uid")) {
		fputs(_(", logged in as "), stdout);
		user_print(changer, "login_user", "login_uid");
	}
	if (*text_or(changer, "unit", ""))
		printf(", %s", text_or(changer, "unit", ""));
	if (*text_or(changer, "parent_program", ""))
		printf(", %s %s (pid %lld)", _("started by"), text_or(changer, "parent_program", ""),
		       number_of(changer, "parent_pid"));
	putchar('\n');
	if (*text_or(changer, "command", ""))
		printf("       $ %s\n", text_or(changer, "command", ""));
}

static void time_show(const json_t *drift)
{
	const json_t *crossed = json_object_get(drift, "forwarded_max");
	const json_t *removed = json_object_get(drift, "connections_removed");

	if (strcmp(text_or(drift, "kind", ""), "connection-found") == 0)
		return; /* nobody knows since when */
	fputs("    ", stdout);
	if (json_is_null(json_object_get(drift, "repaired_at")))
		puts(_("not repaired"));
	else if (json_number_value(json_object_get(drift, "repair_took_ms")) < 0.05)
		printf(_("repaired at once; wrong for at most %lld ms\n"),
		       number_of(drift, "lasted_ms_max"));
	else
		printf(_("repaired %.1f ms after it was found; wrong for at most %lld ms\n"),
		       json_number_value(json_object_get(drift, "repair_took_ms")),
		       number_of(drift, "lasted_ms_max"));
	if (json_is_integer(crossed))
		printf(_("    at most %lld packets crossed meanwhile, permitted ones included\n"),
		       number_of(drift, "forwarded_max"));
	if (json_is_integer(removed))
		printf(_("    connections opened meanwhile that the policy does not permit: %lld, removed\n"),
		       number_of(drift, "connections_removed"));
}

/* Null: it was not worked out, or is not yet. */
static void list_show(const json_t *admitted)
{
	size_t at;
	json_t *one;

	if (!json_is_array(admitted))
		return;
	if (!json_array_size(admitted))
		puts(_("    nothing could have passed that the policy does not permit"));
	json_array_foreach ((json_t *)admitted, at, one) {
		if (at == ADMITTED_SHOWN) {
			printf(_("    … and %zu more\n"), json_array_size(admitted) - at);
			break;
		}
		printf(_("    could have passed, beyond what is permitted: %s\n"),
		       text_or(one, "packets", "?"));
		printf(_("      for example %s\n"), text_or(one, "example", "?"));
	}
}

static void what_show(const char *what)
{
	while (*what) {
		size_t count = strcspn(what, "\n");

		printf("    %.*s\n", (int)count, what);
		what += count + (what[count] == '\n');
	}
}

void drift_show(const json_t *drift)
{
	char when[TIME_COLUMNS + 1];

	snprintf(when, sizeof(when), "%s", text_or(drift, "detected_at", ""));
	if (strlen(when) > 10)
		when[10] = ' ';
	printf("%lld  %s  %s", number_of(drift, "id"), when, text_or(drift, "kind", ""));
	if (number_of(drift, "times") > 1) {
		const char *last = text_or(drift, "last_detected_at", "");

		printf(_("  (%lld times, the last at %.8s)"), number_of(drift, "times"),
		       strlen(last) > TIME_AT ? last + TIME_AT : "-");
	}
	putchar('\n');
	changer_show(json_object_get(drift, "changer"));
	time_show(drift);
	list_show(json_object_get(drift, "admitted"));
	what_show(text_or(drift, "what", ""));
}

void admitted_show(const json_t *drift)
{
	printf("%lld\n", number_of(drift, "id"));
	list_show(json_object_get(drift, "admitted"));
}

/* The number behind the verb. */
static bool most_read(const struct command *command, json_int_t *ret_most)
{
	char *end;
	long most;

	if (!command->file_count)
		return true;
	most = strtol(command->files[0], &end, 10);
	if (*end || end == command->files[0] || most < 1 || most > DRIFTS_MOST) {
		usage_error(_("a number from 1 to %d, not \"%s\""), DRIFTS_MOST, command->files[0]);
		return false;
	}
	*ret_most = most;
	return true;
}

enum status verb_drift(const struct command *command)
{
	json_int_t most = 20;
	enum status status;
	json_t *reply, *one;
	size_t at;

	if (!most_read(command, &most))
		return STATUS_USAGE;
	reply = call_ask(command, WIRE_INTERFACE ".Drift", json_pack("{s:I}", "most", most), &status);
	if (!reply)
		return status;
	if (command->json) {
		output_json(reply);
		return status;
	}
	if (status == STATUS_GOOD && !json_array_size(json_object_get(reply, "drifts")))
		puts(_("no drift has been recorded"));
	json_array_foreach (json_object_get(reply, "drifts"), at, one)
		drift_show(one);
	json_decref(reply);
	return status;
}
