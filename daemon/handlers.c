/* The methods of jp.sekisho.Gateway. Each reads its parameters, asks the gate, and answers. */
#include <string.h>

#include "base/lang.h"
#include "base/version.h"
#include "daemon/control.h"
#include "daemon/handlers.h"
#include "wire/errs_json.h"

enum { DRIFTS_SHOWN = 20 };

json_t *json_wall(const struct gate *gate, struct wall wall)
{
	int offset_sec = gate->now ? gate->now->policy->head.offset_sec : 9 * 3600;
	char text[WALL_TEXT_BYTES];

	return json_string(wall_text(wall, offset_sec, text));
}

/* ---- status ---- */

static json_t *features_json(const struct gate *gate)
{
	json_t *features = json_object();

	for (int i = 0; i < NFT_FEATURES; i++) {
		json_t *one = json_object();

		json_object_set_new(one, "present", json_boolean(gate->probe.has[i]));
		json_object_set_new(one, "since", json_text(nft_feature_since((enum nft_feature)i)));
		json_object_set_new(features, nft_feature_name((enum nft_feature)i), one);
	}
	return features;
}

/* Shape is what our tables are, the result what all tables mean. */
static json_t *proof_json(const struct gate *gate)
{
	const struct proved *proved = &gate->proved;
	json_t *proof = json_object();

	json_object_set_new(proof, "result",
			    json_string(proved->done ? proof_result_word(proved->result) : "none"));
	json_object_set_new(proof, "at",
			    proved->done ? json_wall(gate, proved->at) : json_null());
	json_object_set_new(proof, "took_ms",
			    proved->done ? json_real((double)proved->took_us / 1000) : json_null());
	json_object_set_new(proof, "findings",
			    proved->done ? json_incref(proved->findings) : json_array());
	json_object_set_new(proof, "shape", json_boolean(gate->verified.done && gate->verified.same));
	json_object_set_new(proof, "shape_at",
			    gate->verified.done ? json_wall(gate, gate->verified.at) : json_null());
	json_object_set_new(proof, "shape_took_ms",
			    gate->verified.done
				    ? json_real((double)gate->verified.took_us / 1000)
				    : json_null());
	return proof;
}

static json_t *isolations_json(const struct gate *gate)
{
	json_t *list = json_array();

	vec_each(isolation, &gate->isolations.list) {
		json_t *one = json_object();

		json_object_set_new(one, "kind", json_string(isolation_kind_word(isolation->kind)));
		json_object_set_new(one, "id", json_string(isolation->id));
		json_object_set_new(one, "reason", json_string(isolation->reason));
		json_object_set_new(one, "since", json_wall(gate, isolation->since));
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *drift_status_json(struct control *control)
{
	const struct drifts *drifts = watch_drifts(control_watch(control));
	struct watch_counts counts = watch_counts(control_watch(control));
	json_t *drift = json_object();
	json_t *last = json_object_get(drifts_last(drifts), "detected_at");

	json_object_set_new(drift, "count", json_integer((json_int_t)drifts_count(drifts)));
	json_object_set_new(drift, "last_at", last ? json_incref(last) : json_null());
	json_object_set_new(drift, "since_start",
			    json_integer((json_int_t)control_gate(control)->drifts));
	json_object_set_new(drift, "events", json_integer((json_int_t)counts.events));
	json_object_set_new(drift, "events_of_others", json_integer((json_int_t)counts.foreign));
	json_object_set_new(drift, "events_lost", json_integer((json_int_t)counts.lost));
	json_object_set_new(drift, "sweeps", json_integer((json_int_t)counts.sweeps));
	return drift;
}

/* The audit of the connections that stand. */
static json_t *connections_json(const struct gate *gate)
{
	const struct audit_last *last = &gate->audited;
	json_t *json = json_object();

	json_object_set_new(json, "possible", json_boolean(last->possible));
	json_object_set_new(json, "at", last->done ? json_wall(gate, last->at) : json_null());
	json_object_set_new(json, "seen", json_integer((json_int_t)last->counts.seen));
	json_object_set_new(json, "not_permitted",
			    json_integer((json_int_t)last->counts.illegitimate));
	json_object_set_new(json, "removed", json_integer((json_int_t)last->counts.removed));
	json_object_set_new(json, "not_judged", json_integer((json_int_t)last->counts.not_judged));
	return json;
}

json_t *status_json(struct control *control)
{
	struct gate *gate = control_gate(control);
	const struct generation *now = gate->now;
	json_t *json = json_object(), *kernel = json_object(), *names = json_array();

	json_object_set_new(json, "state", json_string(gate_state_word(gate)));
	json_object_set_new(json, "why", json_text(*gate_why(gate) ? gate_why(gate) : NULL));
	json_object_set_new(json, "isolations", isolations_json(gate));
	json_object_set_new(json, "version", json_string(SEKISHO_VERSION));
	json_object_set_new(json, "organisation",
			    json_text(now ? now->policy->head.organisation : NULL));
	json_object_set_new(json, "gateway", json_text(now ? now->policy->head.gateway : NULL));
	json_object_set_new(json, "policy_file", json_text(gate->place->policy));
	json_object_set_new(json, "policy_hash", json_text(now ? now->hash : NULL));
	json_object_set_new(json, "flows", json_integer(now ? (json_int_t)now->policy->flows.count : 0));
	json_object_set_new(json, "generation", json_integer(gate->kernel_generation));
	json_object_set_new(json, "uptime_sec", json_integer(wall_now().sec - gate->started.sec));
	json_object_set_new(json, "reloads", json_integer((json_int_t)gate->reloads));
	json_object_set_new(json, "reloads_failed", json_integer((json_int_t)gate->reloads_failed));
	json_object_set_new(json, "proof", proof_json(gate));
	json_object_set_new(json, "drift", drift_status_json(control));
	json_object_set_new(json, "posture", posture_counts_json(control));
	json_object_set_new(json, "connections", connections_json(gate));
	json_object_set_new(kernel, "release", json_string(gate->probe.release));
	json_object_set_new(kernel, "features", features_json(gate));
	json_object_set_new(json, "kernel", kernel);
	/* a peer known by name has no address yet, and its flow refuses: say so */
	if (now)
		vec_each(endpoint, &now->policy->endpoints)
			if (endpoint->ip.addr.family == FAMILY_NONE)
				json_array_append_new(names, json_string(endpoint->fqdn));
	json_object_set_new(json, "names_without_address", names);
	return json;
}

static void run_status(struct control *control, struct client *client, const struct wire_call *call)
{
	(void)call;
	client_reply(client, status_json(control), false);
}

/* ---- reload, verify ---- */

void failed_reply(struct client *client, const char *error, const struct errs *errs)
{
	json_t *parameters = json_object();

	json_object_set_new(parameters, "unreadable", json_boolean(errs->unreadable));
	json_object_set_new(parameters, "errors", json_integer((json_int_t)errs_errors(errs)));
	json_object_set_new(parameters, "findings", errs_json(errs));
	client_error(client, error, parameters);
}

void lang_take(const struct wire_call *call)
{
	const char *language =
		json_string_value(json_object_get(call->parameters, "language"));

	if (language)
		lang_set(strcmp(language, "ja") == 0 ? LANG_JA : LANG_EN);
}

/* What is in force now, and what the kernel was found to hold after it. */
static void reload_answer(struct control *control, struct client *client, size_t first)
{
	json_t *kept = client_take(client), *reply = status_json(control);

	(void)first;
	json_object_update(reply, kept);
	json_decref(kept);
	client_reply(client, reply, false);
}

static void run_reload(struct control *control, struct client *client, const struct wire_call *call)
{
	struct gate *gate = control_gate(control);
	struct nft_applied applied = { 0 };
	enum lang lang = lang_get();
	struct errs errs;
	bool done;

	lang_take(call);
	errs_init(&errs);
	done = gate_reload(gate, &applied, &errs);
	lang_set(lang);
	if (done) {
		client_keep(client, json_pack("{s:I,s:o}", "messages", (json_int_t)applied.messages,
					      "findings", errs_json(&errs)));
		if (watch_is_fighting(control_watch(control)))
			reload_answer(control, client, 0);
		else
			client_await(client, reload_answer);
	} else {
		failed_reply(client, WIRE_INTERFACE ".ReloadRefused", &errs);
	}
	control_tell(control, json_pack("{s:s,s:b,s:s}", "event", "reload", "done", (int)done,
					"policy_hash", gate->now ? gate->now->hash : ""));
	errs_done(&errs);
	control_changed(control);
}

static void run_isolate(struct control *control, struct client *client,
			const struct wire_call *call)
{
	const char *what = json_string_value(json_object_get(call->parameters, "what"));
	const char *reason = json_string_value(json_object_get(call->parameters, "reason"));
	bool rejoin = strcmp(call->method, WIRE_INTERFACE ".Rejoin") == 0, done;
	struct gate *gate = control_gate(control);
	enum lang lang = lang_get();
	struct errs errs;

	if (!what || (!rejoin && (!reason || !*reason))) {
		client_error(client, "org.varlink.service.InvalidParameter",
			     json_pack("{s:s}", "parameter", what ? "reason" : "what"));
		return;
	}
	lang_take(call);
	errs_init(&errs);
	done = rejoin ? gate_rejoin(gate, what, &errs) : gate_isolate(gate, what, reason, &errs);
	lang_set(lang);
	if (done) {
		json_t *reply = status_json(control);

		json_object_set_new(reply, "findings", errs_json(&errs));
		client_reply(client, reply, false);
	} else {
		failed_reply(client, WIRE_INTERFACE ".IsolationFailed", &errs);
	}
	control_tell(control, json_pack("{s:s,s:b,s:s,s:s}", "event", rejoin ? "rejoin" : "isolate",
					"done", (int)done, "what", what, "reason",
					reason ? reason : ""));
	errs_done(&errs);
	control_changed(control);
}

static void verify_answer(struct control *control, struct client *client, size_t first)
{
	const struct gate *gate = control_gate(control);
	bool failed;
	const char *found = watch_found(control_watch(control), &failed);

	(void)first;
	if (failed)
		client_error(client, WIRE_INTERFACE ".VerifyFailed",
			     json_pack("{s:b,s:i,s:[{s:s,s:s,s:s}]}", "unreadable", 0, "errors", 1,
				       "findings", "severity", "error", "code", "C-KERNEL",
				       "message", gate_why(gate)));
	else
		client_reply(client,
			     json_pack("{s:b,s:s,s:o}", "same", (int)!*found, "differences", found,
				       "proof", proof_json(gate)),
			     false);
}

static void run_verify(struct control *control, struct client *client, const struct wire_call *call)
{
	(void)control;
	(void)call;
	client_await(client, verify_answer);
}

static void run_drift(struct control *control, struct client *client, const struct wire_call *call)
{
	const json_t *most = json_object_get(call->parameters, "most");
	json_int_t count = json_is_integer(most) ? json_integer_value(most) : DRIFTS_SHOWN;

	if (count < 1 || count > DRIFTS_KEPT) {
		client_error(client, "org.varlink.service.InvalidParameter",
			     json_pack("{s:s}", "parameter", "most"));
		return;
	}
	client_reply(client,
		     json_pack("{s:o}", "drifts",
			       drifts_json(watch_drifts(control_watch(control)), (size_t)count)),
		     false);
}

static void run_watch(struct control *control, struct client *client, const struct wire_call *call)
{
	(void)control;
	(void)call;
	client_watch(client);
	client_reply(client, json_pack("{s:s}", "event", "watching"), true);
}

/* ---- the interface itself ---- */

static const char description[] =
	"# The segmentation gateway of a municipality. Long lists come in several replies under\n"
	"# \"more\". Objects are described in sekishoctl(8).\n"
	"interface " WIRE_INTERFACE "\n\n"
	"method Status() -> (status: object)\n"
	"method Reload(language: ?string) -> (status: object)\n"
	"method Verify() -> (same: bool, differences: string, proof: object)\n"
	"# In whole lines of a dump (sekishoctl(8)); under \"more\" in several replies.\n"
	"method Dump(language: ?string) -> (text: string)\n"
	"method Flows() -> (flows: []object)\n"
	"method Hosts() -> (hosts: []object)\n"
	"method Isolate(what: string, reason: string, language: ?string) -> (status: object)\n"
	"method Rejoin(what: string, language: ?string) -> (status: object)\n"
	"method Drift(most: ?int) -> (drifts: []object)\n"
	"method Posture(language: ?string) -> (checks: []object, findings: []object)\n"
	"method Watch() -> (event: string, at: ?string)\n\n"
	"error NotPermitted (right: string)\n"
	"error PolicyChanged ()\n"
	"error ReloadRefused (unreadable: bool, errors: int, findings: []object)\n"
	"error IsolationFailed (unreadable: bool, errors: int, findings: []object)\n"
	"error VerifyFailed (unreadable: bool, errors: int, findings: []object)\n"
	"error DumpFailed (unreadable: bool, errors: int, findings: []object)\n";

static void run_info(struct control *control, struct client *client, const struct wire_call *call)
{
	(void)control;
	(void)call;
	client_reply(client,
		     json_pack("{s:s,s:s,s:s,s:s,s:[s,s]}", "vendor", "sekisho", "product",
			       "sekishod", "version", SEKISHO_VERSION, "url", "", "interfaces",
			       "org.varlink.service", WIRE_INTERFACE),
		     false);
}

static void run_describe(struct control *control, struct client *client,
			 const struct wire_call *call)
{
	const char *name = json_string_value(json_object_get(call->parameters, "interface"));

	(void)control;
	if (name && strcmp(name, WIRE_INTERFACE) == 0)
		client_reply(client, json_pack("{s:s}", "description", description), false);
	else
		client_error(client, "org.varlink.service.InterfaceNotFound",
			     json_pack("{s:s}", "interface", name ? name : ""));
}

const struct method methods[] = {
	{ "org.varlink.service.GetInfo", RIGHT_NONE, run_info },
	{ "org.varlink.service.GetInterfaceDescription", RIGHT_NONE, run_describe },
	{ WIRE_INTERFACE ".Status", RIGHT_VIEWER, run_status },
	{ WIRE_INTERFACE ".Verify", RIGHT_VIEWER, run_verify },
	{ WIRE_INTERFACE ".Flows", RIGHT_VIEWER, run_flows },
	{ WIRE_INTERFACE ".Hosts", RIGHT_VIEWER, run_hosts },
	{ WIRE_INTERFACE ".Drift", RIGHT_VIEWER, run_drift },
	{ WIRE_INTERFACE ".Posture", RIGHT_VIEWER, run_posture },
	{ WIRE_INTERFACE ".Watch", RIGHT_VIEWER, run_watch },
	{ WIRE_INTERFACE ".Dump", RIGHT_OPERATOR, run_dump },
	{ WIRE_INTERFACE ".Reload", RIGHT_OPERATOR, run_reload },
	{ WIRE_INTERFACE ".Isolate", RIGHT_OPERATOR, run_isolate },
	{ WIRE_INTERFACE ".Rejoin", RIGHT_OPERATOR, run_isolate },
};
const size_t method_count = array_count(methods);
