/* The verb posture: the machine around the gateway's tables, check by check. */
#include <string.h>

#include "base/lang.h"
#include "base/utf8.h"
#include "ctl/call.h"

static const char *result_label(const char *result)
{
	return strcmp(result, "good") == 0    ? _("good")
	       : strcmp(result, "unseen") == 0 ? _("unseen")
					       : _("FINDING");
}

static void row_show(const json_t *row)
{
	const char *label = result_label(text_or(row, "result", ""));
	size_t columns = utf8_columns(label);

	printf("%-12s %s%*s %s", text_or(row, "code", ""), label, columns < 8 ? (int)(8 - columns) : 0,
	       "", text_or(row, "title", ""));
	if (*text_or(row, "why", ""))
		printf(" (%s)", text_or(row, "why", ""));
	putchar('\n');
}

static void finding_show(const json_t *finding)
{
	const char *strength = text_or(finding, "strength", "");
	bool critical = strcmp(text_or(finding, "severity", ""), "critical") == 0;

	printf("%s %s", critical ? _("critical") : _("warning"), text_or(finding, "code", ""));
	if (*text_or(finding, "clause", ""))
		printf(" (%s%s%s)", text_or(finding, "clause", ""), *strength ? " " : "", strength);
	printf(": %s\n", text_or(finding, "message", ""));
	if (*text_or(finding, "hint", ""))
		printf("    → %s\n", text_or(finding, "hint", ""));
}

enum status verb_posture(const struct command *command)
{
	json_t *parameters =
		json_pack("{s:s}", "language", lang_get() == LANG_JA ? "ja" : "en");
	enum status status;
	json_t *reply = call_ask(command, WIRE_INTERFACE ".Posture", parameters, &status), *one;
	size_t index;

	if (!reply || status != STATUS_GOOD) {
		json_decref(reply);
		return status;
	}
	if (json_integer_value(json_object_get(reply, "critical")))
		status = STATUS_REFUSED;
	if (command->json)
		return output_json(reply) == STATUS_GOOD ? status : STATUS_SYSTEM;
	json_array_foreach (json_object_get(reply, "checks"), index, one)
		row_show(one);
	json_array_foreach (json_object_get(reply, "findings"), index, one)
		finding_show(one);
	json_decref(reply);
	return status;
}
