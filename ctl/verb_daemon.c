/* The verbs that ask the running daemon: status, reload, verify, flows, hosts. */
#include <string.h>

#include "base/lang.h"
#include "base/utf8.h"
#include "ctl/call.h"
#include "proof/prove.h"

static const char *text_of(const json_t *json, const char *key)
{
	return text_or(json, key, "-");
}

static const char *state_label(const char *state)
{
	static const struct {
		const char *word, *label;
	} labels[] = { { "enforcing", N_("enforcing the policy") },
		       { "degraded", N_("degraded: something needs attention") },
		       { "lockdown", N_("lockdown: everything is closed") },
		       { "isolated", N_("enforcing the policy, with somebody cut off") },
		       { "starting", N_("starting") } };

	for (size_t i = 0; i < array_count(labels); i++)
		if (strcmp(labels[i].word, state) == 0)
			return _(labels[i].label);
	return state;
}

static void findings_text(FILE *out, const json_t *findings)
{
	size_t index;
	json_t *one;

	json_array_foreach (findings, index, one) {
		if (index == FINDINGS_SHOWN) {
			fprintf(out, _("and %zu more\n"), json_array_size(findings) - index);
			return;
		}
		if (json_is_string(json_object_get(one, "file")))
			fprintf(out, "%s:%lld: ", text_of(one, "file"), number_of(one, "line"));
		fprintf(out, "%s %s", _(text_of(one, "severity")), text_of(one, "code"));
		if (json_is_string(json_object_get(one, "clause")))
			fprintf(out, " (%s%s%s)", text_of(one, "clause"),
				text_or(one, "strength", "")[0] ? " " : "",
				text_or(one, "strength", ""));
		fprintf(out, ": %s\n", text_of(one, "message"));
		if (json_is_string(json_object_get(one, "hint")))
			fprintf(out, "    → %s\n", text_of(one, "hint"));
	}
}

/* ---- status ---- */

/* A name and its value, with the values in one column in either language. */
static void row_show(const char *name, const char *value)
{
	size_t columns = utf8_columns(name);

	printf("  %s%*s%s\n", name, columns < 22 ? (int)(22 - columns) : 1, "", value);
}

static void features_show(const json_t *features)
{
	const char *name;
	json_t *one;
	struct buf missing = { 0 };

	json_object_foreach ((json_t *)features, name, one)
		if (!json_is_true(json_object_get(one, "present")))
			buf_printf(&missing, "%s%s (%s)", missing.count ? ", " : "", name,
				   text_of(one, "since"));
	if (missing.count)
		row_show(_("the kernel lacks"), buf_text(&missing));
	buf_done(&missing);
}

/* Who is cut off, since when and why. */
static void isolations_show(const json_t *isolations)
{
	size_t index;
	json_t *one;

	json_array_foreach ((json_t *)isolations, index, one) {
		struct buf text = { 0 };

		buf_printf(&text, "%s %s, %s: %s", text_of(one, "kind"), text_of(one, "id"),
			   text_of(one, "since"), text_of(one, "reason"));
		row_show(_("isolated"), buf_text(&text));
		buf_done(&text);
	}
}

/* What all tables mean together. */
static void proof_row_show(const json_t *proof)
{
	struct buf text = { 0 };
	size_t at;
	json_t *finding;

	buf_add_text(&text, proof_result_word_text(text_of(proof, "result")));
	if (json_is_string(json_object_get(proof, "at")))
		buf_printf(&text, ", %s, %.1f ms", text_of(proof, "at"),
			   json_real_value(json_object_get(proof, "took_ms")));
	row_show(_("proof"), buf_text(&text));
	json_array_foreach (json_object_get(proof, "findings"), at, finding)
		if (at < FINDINGS_SHOWN)
			row_show("", text_of(finding, "text"));
	buf_done(&text);
}

static void status_show(const json_t *status)
{
	const json_t *proof = json_object_get(status, "proof");
	const json_t *kernel = json_object_get(status, "kernel");
	const json_t *names = json_object_get(status, "names_without_address");
	char text[128];

	printf("%s %s: %s\n", text_of(status, "organisation"), text_of(status, "gateway"),
	       state_label(text_of(status, "state")));
	if (json_is_string(json_object_get(status, "why")))
		row_show(_("reason"), text_of(status, "why"));
	isolations_show(json_object_get(status, "isolations"));
	row_show(_("policy file"), text_of(status, "policy_file"));
	snprintf(text, sizeof(text), "%.16s… (%lld)", text_of(status, "policy_hash"),
		 number_of(status, "flows"));
	row_show(_("policy (flows)"), text);
	snprintf(text, sizeof(text), "%s, %s, %.1f ms",
		 json_is_true(json_object_get(proof, "shape")) ? _("same as the policy")
							       : _("NOT the same as the policy"),
		 text_of(proof, "shape_at"),
		 json_real_value(json_object_get(proof, "shape_took_ms")));
	row_show(_("last verification"), text);
	proof_row_show(proof);
	snprintf(text, sizeof(text), "%s, %s %lld", text_of(kernel, "release"), _("generation"),
		 number_of(status, "generation"));
	row_show(_("kernel"), text);
	features_show(json_object_get(kernel, "features"));
	snprintf(text, sizeof(text), "%lld", number_of(json_object_get(status, "drift"), "count"));
	row_show(_("drifts"), text);
	snprintf(text, sizeof(text), "%s %lld, %s %lld", _("critical"),
		 number_of(json_object_get(status, "posture"), "critical"), _("warning"),
		 number_of(json_object_get(status, "posture"), "warning"));
	row_show(_("posture"), text);
	snprintf(text, sizeof(text), "%lld, %s %lld",
		 number_of(json_object_get(status, "connections"), "seen"),
		 _("removed as not permitted"),
		 number_of(json_object_get(status, "connections"), "removed"));
	row_show(_("connections"), json_is_true(json_object_get(
					   json_object_get(status, "connections"), "possible"))
					   ? text
					   : _("this kernel does not show them"));
	snprintf(text, sizeof(text), "%lld (%s %lld)", number_of(status, "reloads"), _("refused"),
		 number_of(status, "reloads_failed"));
	row_show(_("reloads"), text);
	snprintf(text, sizeof(text), "%lld s", number_of(status, "uptime_sec"));
	row_show(_("running for"), text);
	if (json_array_size(names)) {
		snprintf(text, sizeof(text), "%zu", json_array_size(names));
		row_show(_("names not resolved"), text);
	}
}

enum status verb_status(const struct command *command)
{
	enum status status;
	json_t *reply = call_ask(command, WIRE_INTERFACE ".Status", NULL, &status);
	bool enforcing = reply && strcmp(text_of(reply, "state"), "enforcing") == 0;

	if (!reply || status != STATUS_GOOD) {
		json_decref(reply);
		return status;
	}
	if (command->json)
		return output_json(reply) == STATUS_GOOD
			       ? (enforcing ? STATUS_GOOD : STATUS_REFUSED)
			       : STATUS_SYSTEM;
	status_show(reply);
	json_decref(reply);
	return enforcing ? STATUS_GOOD : STATUS_REFUSED;
}

/* ---- reload, verify ---- */

static void proof_show(const json_t *proof)
{
	size_t at;
	json_t *finding;

	puts(proof_result_word_text(text_of(proof, "result")));
	json_array_foreach (json_object_get(proof, "findings"), at, finding)
		if (at < FINDINGS_SHOWN)
			printf("  %s\n", text_of(finding, "text"));
}

static bool is_unproved(const json_t *proof)
{
	const char *result = text_of(proof, "result");

	return strcmp(result, "proved") != 0 && strcmp(result, "proved-except") != 0;
}

enum status verb_reload(const struct command *command)
{
	json_t *parameters =
		json_pack("{s:s}", "language", lang_get() == LANG_JA ? "ja" : "en");
	enum status status;
	json_t *reply = call_ask(command, WIRE_INTERFACE ".Reload", parameters, &status);

	if (!reply)
		return status;
	if (command->json) {
		output_json(reply);
		return status;
	}
	if (status == STATUS_GOOD) {
		printf(_("reloaded: policy %1$.16s…, %2$lld messages to the kernel\n"),
		       text_of(reply, "policy_hash"), number_of(reply, "messages"));
		proof_show(json_object_get(reply, "proof"));
	}
	if (status != STATUS_GOOD && status != STATUS_NOT_PERMITTED)
		fprintf(stderr, "%s\n", _("the reload was refused; nothing changed"));
	findings_text(stderr, json_object_get(reply, "findings"));
	json_decref(reply);
	return status;
}

enum status verb_verify(const struct command *command)
{
	enum status status;
	json_t *reply = call_ask(command, WIRE_INTERFACE ".Verify", NULL, &status);
	bool same = json_is_true(json_object_get(reply, "same"));

	if (!reply)
		return status;
	if (status == STATUS_GOOD && (!same || is_unproved(json_object_get(reply, "proof"))))
		status = STATUS_REFUSED;
	if (command->json) {
		output_json(reply);
		return status;
	}
	if (json_is_boolean(json_object_get(reply, "same"))) {
		puts(same ? _("the kernel holds the policy's ruleset")
			  : _("the kernel does not hold the policy's ruleset"));
		fputs(text_or(reply, "differences", ""), stdout);
		proof_show(json_object_get(reply, "proof"));
	}
	findings_text(stderr, json_object_get(reply, "findings"));
	json_decref(reply);
	return status;
}

/* ---- isolate, rejoin ---- */

static enum status isolation_run(const struct command *command, const char *method)
{
	json_t *parameters = json_pack("{s:s,s:s,s:s}", "what", command->files[0], "reason",
				       command->reason ? command->reason : "", "language",
				       lang_get() == LANG_JA ? "ja" : "en");
	enum status status;
	json_t *reply;

	if (!parameters) { /* jansson takes UTF-8 alone */
		usage_error(_("write it in UTF-8"));
		return STATUS_USAGE;
	}
	reply = call_ask(command, method, parameters, &status);
	if (!reply)
		return status;
	if (command->json) {
		output_json(reply);
		return status;
	}
	if (status == STATUS_GOOD)
		status_show(reply);
	findings_text(stderr, json_object_get(reply, "findings"));
	json_decref(reply);
	return status;
}

enum status verb_isolate(const struct command *command)
{
	if (!command->file_count || !command->reason || !*command->reason) {
		usage_error(_("say whom and why: sekishoctl isolate ZONE|HOST|all --reason R"));
		return STATUS_USAGE;
	}
	return isolation_run(command, WIRE_INTERFACE ".Isolate");
}

enum status verb_rejoin(const struct command *command)
{
	if (!command->file_count) {
		usage_error(_("say whom: sekishoctl rejoin ZONE|HOST|all"));
		return STATUS_USAGE;
	}
	return isolation_run(command, WIRE_INTERFACE ".Rejoin");
}

/* ---- tables and events, which come in several replies ---- */

typedef void show_row(const json_t *row);

/* How much has passed and when a look last saw it grow: "2026-11-21 15:04:05". */
static const char *passed_text(const json_t *row, char text[static 64])
{
	const char *seen = json_string_value(json_object_get(row, "last_seen"));

	snprintf(text, 64, "%10lld  %.10s %.8s", number_of(row, "packets"), seen ? seen : "-",
		 seen && strlen(seen) > 11 ? seen + 11 : "");
	return text;
}

static void flow_show(const json_t *row)
{
	const char *state = json_is_true(json_object_get(row, "waits_for_name")) ? _("no address")
			    : json_is_true(json_object_get(row, "open"))	 ? _("open")
										 : _("shut");
	size_t columns = utf8_columns(state);
	char passed[64];

	printf("%-10s %s%*s %-15s %-31s  %s  %s\n", text_of(row, "flow"), state,
	       columns < 14 ? (int)(14 - columns) : 0, "", text_of(row, "class"),
	       passed_text(row, passed), text_of(row, "window"), text_of(row, "purpose"));
}

static void host_show(const json_t *row)
{
	char passed[64];

	printf("%-18s %-12s %-15s %-17s %-31s  %s\n", text_of(row, "host"), text_of(row, "zone"),
	       text_of(row, "ip"), text_of(row, "mac"), passed_text(row, passed),
	       text_of(row, "label"));
}

static enum status table_run(const struct command *command, const char *method, const char *key,
			     show_row *show)
{
	_cleanup_(call_close) struct call call;
	json_t *all = json_array(), *reply = NULL;
	enum status status;
	bool continues = true;

	if (!call_open(&call, command, &status) ||
	    !call_send(&call, method, NULL, true, &status)) {
		json_decref(all);
		return status;
	}
	while (continues) {
		const char *error;

		if (!call_receive(&call, &reply, &error, &continues, &status) || error) {
			json_decref(all);
			if (reply)
				usage_error("%s", text_of(reply, "error"));
			status = reply ? STATUS_NOT_PERMITTED : status;
			json_decref(reply);
			return status;
		}
		json_array_extend(all, json_object_get(reply, key));
		json_decref(reply);
		reply = NULL;
	}
	if (command->json)
		return output_json(json_pack("{s:o}", key, all));
	for (size_t i = 0; i < json_array_size(all); i++)
		show(json_array_get(all, i));
	json_decref(all);
	return STATUS_GOOD;
}

enum status verb_flows(const struct command *command)
{
	return table_run(command, WIRE_INTERFACE ".Flows", "flows", flow_show);
}

enum status verb_hosts(const struct command *command)
{
	return table_run(command, WIRE_INTERFACE ".Hosts", "hosts", host_show);
}
