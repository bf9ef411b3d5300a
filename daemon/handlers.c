/* The methods of jp.sekisho.Gateway. Each reads its parameters, asks the gate, and answers. */
#include <string.h>

#include "base/lang.h"
#include "base/version.h"
#include "daemon/control.h"
#include "daemon/handlers.h"
#include "wire/errs_json.h"

enum { ROWS_A_REPLY = 200 };

static json_t *json_wall(const struct gate *gate, struct wall wall)
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

static json_t *proof_json(const struct gate *gate)
{
	json_t *proof = json_object();

	json_object_set_new(proof, "result",
			    json_string(!gate->verified.done ? "none"
					: gate->verified.same ? "same-shape"
							      : "differs"));
	json_object_set_new(proof, "shape", json_boolean(gate->verified.done && gate->verified.same));
	json_object_set_new(proof, "at",
			    gate->verified.done ? json_wall(gate, gate->verified.at) : json_null());
	json_object_set_new(proof, "took_ms",
			    gate->verified.done
				    ? json_real((double)gate->verified.took_us / 1000)
				    : json_null());
	return proof;
}

json_t *status_json(struct gate *gate)
{
	const struct generation *now = gate->now;
	json_t *json = json_object(), *drift = json_object(), *kernel = json_object(),
	       *names = json_array();

	json_object_set_new(json, "state", json_string(gate_state_word(gate->state)));
	json_object_set_new(json, "why", json_text(gate->why.count ? buf_text(&gate->why) : NULL));
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
	json_object_set_new(drift, "count", json_integer((json_int_t)gate->drifts));
	json_object_set_new(drift, "last_at", json_null());
	json_object_set_new(json, "drift", drift);
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
	client_reply(client, status_json(control_gate(control)), false);
}

/* ---- reload, verify ---- */

static void failed_reply(struct client *client, const char *error, const struct errs *errs)
{
	json_t *parameters = json_object();

	json_object_set_new(parameters, "unreadable", json_boolean(errs->unreadable));
	json_object_set_new(parameters, "errors", json_integer((json_int_t)errs_errors(errs)));
	json_object_set_new(parameters, "findings", errs_json(errs));
	client_error(client, error, parameters);
}

static void run_reload(struct control *control, struct client *client, const struct wire_call *call)
{
	struct gate *gate = control_gate(control);
	struct nft_applied applied = { 0 };
	enum lang lang = lang_get();
	struct errs errs;
	json_t *reply;
	bool done;

	/* the findings are for the one who asks */
	if (json_is_string(json_object_get(call->parameters, "language")))
		lang_set(strcmp(json_string_value(json_object_get(call->parameters, "language")),
				"ja") == 0
				 ? LANG_JA
				 : LANG_EN);
	errs_init(&errs);
	done = gate_reload(gate, &applied, &errs);
	lang_set(lang);
	if (done) {
		reply = status_json(gate);
		json_object_set_new(reply, "messages", json_integer((json_int_t)applied.messages));
		json_object_set_new(reply, "findings", errs_json(&errs));
		client_reply(client, reply, false);
	} else {
		failed_reply(client, WIRE_INTERFACE ".ReloadRefused", &errs);
	}
	control_tell(control, json_pack("{s:s,s:b,s:s}", "event", "reload", "done", (int)done,
					"policy_hash", gate->now ? gate->now->hash : ""));
	errs_done(&errs);
	control_changed(control);
}

static void run_verify(struct control *control, struct client *client, const struct wire_call *call)
{
	struct gate *gate = control_gate(control);
	struct buf differences = { 0 };
	struct errs errs;
	json_t *reply;
	bool same;

	(void)call;
	errs_init(&errs);
	same = gate_verify(gate, &differences, &errs);
	if (errs_errors(&errs)) {
		failed_reply(client, WIRE_INTERFACE ".VerifyFailed", &errs);
	} else {
		reply = json_object();
		json_object_set_new(reply, "same", json_boolean(same));
		json_object_set_new(reply, "differences", json_string(buf_text(&differences)));
		json_object_set_new(reply, "proof", proof_json(gate));
		client_reply(client, reply, false);
	}
	buf_done(&differences);
	errs_done(&errs);
}

/* ---- tables ---- */

/* A flow to a peer known by name alone has no address yet, and refuses whatever its window says. */
static bool waits_for_name(const struct party_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].kind == PARTY_ENDPOINT &&
		    list->items[i].endpoint->ip.addr.family == FAMILY_NONE)
			return true;
	return false;
}

static void passed_json(const struct gate *gate, struct passed passed, json_t *ret_json)
{
	json_object_set_new(ret_json, "packets", json_integer((json_int_t)passed.packets));
	json_object_set_new(ret_json, "bytes", json_integer((json_int_t)passed.bytes));
	json_object_set_new(ret_json, "last_seen",
			    passed.has_seen ? json_wall(gate, passed.seen) : json_null());
}

static json_t *flow_json(const struct gate *gate, const struct flow *flow, struct wall now)
{
	const struct generation *generation = gate->now;
	const struct number *number = &generation->numbering.list.items[flow->index];
	int offset_sec = generation->policy->head.offset_sec;
	bool nameless = waits_for_name(&flow->from) || waits_for_name(&flow->to);
	json_t *json = json_object();
	struct buf window = { 0 };
	struct wall change;

	window_print(&window, flow->window);
	json_object_set_new(json, "flow", json_string(flow->node.id));
	json_object_set_new(json, "class", json_string(words_word(&words_flow_class, flow->class)));
	json_object_set_new(json, "purpose", json_string(flow->purpose));
	json_object_set_new(json, "mark", json_integer(number->mark));
	json_object_set_new(json, "open",
			    json_boolean(!nameless &&
					 window_is_open(flow->window, now, offset_sec)));
	json_object_set_new(json, "waits_for_name", json_boolean(nameless));
	json_object_set_new(json, "window", json_string(buf_text(&window)));
	json_object_set_new(json, "changes_at",
			    window_next_change(flow->window, now, offset_sec, &change)
				    ? json_wall(gate, change)
				    : json_null());
	passed_json(gate, traffic_of_mark(gate->traffic, number->mark), json);
	json_object_set_new(json, "file", json_text(flow->node.at.file));
	json_object_set_new(json, "line", json_integer(flow->node.at.line));
	buf_done(&window);
	return json;
}

static json_t *host_json(const struct gate *gate, const struct host *host)
{
	char ip[ADDR_TEXT_BYTES], mac[MAC_TEXT_BYTES];
	json_t *json = json_object();

	json_object_set_new(json, "host", json_string(host->node.id));
	json_object_set_new(json, "label", json_string(host_label(host)));
	json_object_set_new(json, "zone", json_string(host->zone->node.id));
	json_object_set_new(json, "ip", json_string(addr_text(&host->ip, ip)));
	json_object_set_new(json, "mac",
			    mac_is_zero(host->mac) ? json_null()
						   : json_string(mac_text(host->mac, mac)));
	json_object_set_new(json, "role", json_string(words_word(&words_role, host->role)));
	passed_json(gate, traffic_of_host(gate->traffic, host), json);
	return json;
}

/* Long tables go out in several replies, as Varlink's "more" has it; without it, in one. */
struct rows {
	struct client *client;
	const char *key;
	json_t *list;
	bool more;
};

static void rows_add(struct rows *rows, json_t *row)
{
	if (rows->more && json_array_size(rows->list) == ROWS_A_REPLY) {
		client_reply(rows->client, json_pack("{s:o}", rows->key, rows->list), true);
		rows->list = json_array();
	}
	json_array_append_new(rows->list, row);
}

/* The live tables show the counts of now. False: the client was told why not. */
static bool counts_fresh(struct control *control, struct client *client)
{
	struct errs errs;
	bool fresh;

	errs_init(&errs);
	fresh = gate_count(control_gate(control), &errs);
	if (!fresh)
		failed_reply(client, WIRE_INTERFACE ".VerifyFailed", &errs);
	errs_done(&errs);
	return fresh;
}

static void run_flows(struct control *control, struct client *client, const struct wire_call *call)
{
	struct rows rows = { client, "flows", json_array(), call->more };
	const struct gate *gate = control_gate(control);
	struct wall now = wall_now();

	if (!counts_fresh(control, client)) {
		json_decref(rows.list);
		return;
	}
	vec_each(flow, &gate->now->policy->flows)
		rows_add(&rows, flow_json(gate, flow, now));
	client_reply(client, json_pack("{s:o}", rows.key, rows.list), false);
}

static void run_hosts(struct control *control, struct client *client, const struct wire_call *call)
{
	struct rows rows = { client, "hosts", json_array(), call->more };
	const struct gate *gate = control_gate(control);

	if (!counts_fresh(control, client)) {
		json_decref(rows.list);
		return;
	}
	vec_each(host, &gate->now->policy->hosts)
		rows_add(&rows, host_json(gate, host));
	client_reply(client, json_pack("{s:o}", rows.key, rows.list), false);
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
	"method Flows() -> (flows: []object)\n"
	"method Hosts() -> (hosts: []object)\n"
	"method Watch() -> (event: string)\n\n"
	"error NotPermitted (right: string)\n"
	"error ReloadRefused (unreadable: bool, errors: int, findings: []object)\n"
	"error VerifyFailed (unreadable: bool, errors: int, findings: []object)\n";

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
	{ WIRE_INTERFACE ".Watch", RIGHT_VIEWER, run_watch },
	{ WIRE_INTERFACE ".Reload", RIGHT_OPERATOR, run_reload },
};
const size_t method_count = array_count(methods);
