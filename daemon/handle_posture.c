/* The method Posture: the machine looked at now, told in the language of whoever asks. */
#include <string.h>

#include "base/lang.h"
#include "daemon/handlers.h"
#include "daemon/posture.h"
#include "guide/clause.h"
#include "rule/bypass.h"
#include "wire/errs_json.h"

#define OTHERS_CODE "H-TABLES"
#define OTHERS_CLAUSE "G6.1-consist"

static const char *const results[] = { [HOST_GOOD] = "good", [HOST_FOUND] = "finding",
				       [HOST_UNSEEN] = "unseen" };

static json_t *strength_json(const char *id)
{
	const struct clause *clause = id ? clause_find(id) : NULL;

	return json_text(clause ? clause_strength(clause) : NULL);
}

static json_t *row_json(const struct host_row *row)
{
	json_t *json = json_object();

	json_object_set_new(json, "code", json_text(row->code));
	json_object_set_new(json, "clause", json_text(row->clause));
	json_object_set_new(json, "title", json_text(row->title));
	json_object_set_new(json, "result", json_text(results[row->result]));
	json_object_set_new(json, "why", json_text(row->why));
	return json;
}

static json_t *finding_json(const struct host_finding *finding)
{
	json_t *json = json_object();

	json_object_set_new(json, "code", json_text(finding->code));
	json_object_set_new(
		json, "severity",
		json_text(finding->severity == HOST_CRITICAL ? "critical" : "warning"));
	json_object_set_new(json, "clause", json_text(finding->clause));
	json_object_set_new(json, "strength", strength_json(finding->clause));
	json_object_set_new(json, "interface", json_text(finding->interface));
	json_object_set_new(json, "object", json_text(finding->object));
	json_object_set_new(json, "message", json_text(finding->message));
	json_object_set_new(json, "hint", json_text(finding->hint));
	return json;
}

/* The tables of others are watched elsewhere, and belong here for who reads: a row and a finding
 * each. */
static void others_add(const json_t *others, json_t *checks, json_t *findings, size_t *critical,
		       size_t *warning)
{
	size_t at;
	json_t *one;

	json_array_append_new(
		checks, json_pack("{s:s,s:s,s:s,s:s,s:n}", "code", OTHERS_CODE, "clause", OTHERS_CLAUSE,
				  "title", _("tables of others that rewrite, carry or refuse packets"),
				  "result",
				  results[json_array_size(others) ? HOST_FOUND : HOST_GOOD], "why"));
	json_array_foreach ((json_t *)others, at, one) {
		bool is_critical = json_is_true(json_object_get(one, "critical"));
		const char *place = json_string_value(json_object_get(one, "place"));
		const char *kind = json_string_value(json_object_get(one, "kind"));
		struct buf message = { 0 };

		*(is_critical ? critical : warning) += 1;
		buf_printf(&message, "%s: %s", place, bypass_meaning(bypass_kind_find(kind)));
		json_array_append_new(
			findings,
			json_pack("{s:s,s:s,s:s,s:o,s:n,s:s?,s:s,s:s}", "code", OTHERS_CODE, "severity",
				  is_critical ? "critical" : "warning", "clause", OTHERS_CLAUSE,
				  "strength", strength_json(OTHERS_CLAUSE), "interface", "object", place,
				  "message", buf_text(&message), "hint",
				  _("whoever made it must take it away: sekishoctl drift names him")));
		buf_done(&message);
	}
}

static json_t *report_json(struct control *control, const struct host_report *report)
{
	const struct gate *gate = control_gate(control);
	size_t critical = report->critical, warning = report->warning;
	json_t *json = json_object(), *checks = json_array(), *findings = json_array();

	vec_each(row, &report->rows)
		json_array_append_new(checks, row_json(row));
	vec_each(finding, &report->findings)
		json_array_append_new(findings, finding_json(finding));
	others_add(watch_others(control_watch(control)), checks, findings, &critical, &warning);
	json_object_set_new(json, "critical", json_integer((json_int_t)critical));
	json_object_set_new(json, "warning", json_integer((json_int_t)warning));
	json_object_set_new(json, "unseen", json_integer((json_int_t)report->unseen));
	json_object_set_new(json, "at", json_wall(gate, posture_looked_at(gate->posture)));
	json_object_set_new(json, "took_ms",
			    json_real((double)posture_took_us(gate->posture) / 1000));
	json_object_set_new(json, "events_lost",
			    json_integer((json_int_t)posture_lost(gate->posture)));
	json_object_set_new(json, "checks", checks);
	json_object_set_new(json, "findings", findings);
	return json;
}

json_t *posture_counts_json(struct control *control)
{
	const struct gate *gate = control_gate(control);
	size_t critical, warning, at;
	json_t *one;

	if (!gate->posture)
		return json_null();
	posture_counts(gate->posture, &critical, &warning);
	json_array_foreach ((json_t *)watch_others(control_watch(control)), at, one)
		*(json_is_true(json_object_get(one, "critical")) ? &critical : &warning) += 1;
	return json_pack("{s:I,s:I}", "critical", (json_int_t)critical, "warning",
			 (json_int_t)warning);
}

void run_posture(struct control *control, struct client *client, const struct wire_call *call)
{
	struct gate *gate = control_gate(control);
	const char *language =
		json_string_value(json_object_get(call->parameters, "language"));
	enum lang lang = lang_get();
	struct host_report *report;

	posture_look(gate->posture);
	if (language)
		lang_set(strcmp(language, "ja") == 0 ? LANG_JA : LANG_EN);
	report = posture_report(gate->posture);
	client_reply(client, report_json(control, report), false);
	host_report_free(report);
	lang_set(lang);
}
