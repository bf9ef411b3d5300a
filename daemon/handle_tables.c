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
	json_object_set_new(
		json, "open",
		json_boolean(!nameless && window_is_open(flow->window, now, offset_sec)));
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

/* Long tables go out in several replies, as Varlink's "more" has it, each when the last one is
 * out: whoever reads slowly costs one reply. Without "more", in one. */
struct listing {
	const char *key;
	size_t (*count)(const struct policy *policy);
	json_t *(*row)(const struct gate *gate, size_t at, struct wall now);
	client_go_on *go_on;
};

static void rows_reply(struct gate *gate, struct client *client, const struct listing *listing,
		       size_t first, size_t most)
{
	size_t count = listing->count(gate->now->policy);
	size_t behind = count - first < most ? count : first + most;
	struct wall now = wall_now();
	json_t *list = json_array();

	for (size_t i = first; i < behind; i++)
		json_array_append_new(list, listing->row(gate, i, now));
	client_reply(client, json_pack("{s:o}", listing->key, list), behind < count);
	if (behind < count)
		client_continue(client, listing->go_on, behind);
}

static size_t flow_count(const struct policy *policy)
{
	return policy->flows.count;
}

static json_t *flow_row(const struct gate *gate, size_t at, struct wall now)
{
	return flow_json(gate, &gate->now->policy->flows.items[at], now);
}

static void flows_go_on(struct control *control, struct client *client, size_t first);
static const struct listing flow_listing = { "flows", flow_count, flow_row, flows_go_on };

static void flows_go_on(struct control *control, struct client *client, size_t first)
{
	rows_reply(control_gate(control), client, &flow_listing, first, ROWS_A_REPLY);
}

static void flows_whole(struct control *control, struct client *client, size_t first)
{
	rows_reply(control_gate(control), client, &flow_listing, first, SIZE_MAX);
}

/* The live tables show the counts of now. */
void run_flows(struct control *control, struct client *client, const struct wire_call *call)
{
	(void)control;
	client_await(client, call->more ? flows_go_on : flows_whole);
}

static size_t host_count(const struct policy *policy)
{
	return policy->hosts.count;
}

static json_t *host_row(const struct gate *gate, size_t at, struct wall now)
{
	(void)now;
	return host_json(gate, &gate->now->policy->hosts.items[at]);
}

static void hosts_go_on(struct control *control, struct client *client, size_t first);
static const struct listing host_listing = { "hosts", host_count, host_row, hosts_go_on };

static void hosts_go_on(struct control *control, struct client *client, size_t first)
{
	rows_reply(control_gate(control), client, &host_listing, first, ROWS_A_REPLY);
}

static void hosts_whole(struct control *control, struct client *client, size_t first)
{
	rows_reply(control_gate(control), client, &host_listing, first, SIZE_MAX);
}

void run_hosts(struct control *control, struct client *client, const struct wire_call *call)
{
	(void)control;
	client_await(client, call->more ? hosts_go_on : hosts_whole);
}
