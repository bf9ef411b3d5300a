/* The live tables: flows and machines, with what the kernel has counted of them. */
#include "daemon/handlers.h"
#include "wire/errs_json.h"

enum { ROWS_A_REPLY = 200 };

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

void run_flows(struct control *control, struct client *client, const struct wire_call *call)
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

void run_hosts(struct control *control, struct client *client, const struct wire_call *call)
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
