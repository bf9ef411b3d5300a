/* explain: may this packet open a connection, by which flow or why not. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "ctl/explain_live.h"
#include "guide/clause.h"

static bool from_read(const struct command *command, const struct policy *policy,
		      struct question *question)
{
	const struct host *host;

	if (!command->from) {
		usage_error(_("explain wants --from IP, --to IP or NAME, --proto tcp, udp or icmp, and --port N"));
		return false;
	}
	if (addr_parse(command->from, &question->from) == ADDR_GOOD)
		return true;
	host = policy_find_host(policy, command->from);
	if (host) {
		question->from = host->ip;
		return true;
	}
	usage_error(_("--from \"%s\" is no address and no host of the policy"), command->from);
	return false;
}

static bool to_read(const struct command *command, const struct policy *policy,
		    struct question *question)
{
	const struct host *host;

	if (!command->to) {
		usage_error(_("explain wants --from IP, --to IP or NAME, --proto tcp, udp or icmp, and --port N"));
		return false;
	}
	if (addr_parse(command->to, &question->to) == ADDR_GOOD)
		return true;
	host = policy_find_host(policy, command->to);
	if (host) {
		question->to = host->ip;
		return true;
	}
	vec_each(endpoint, &policy->endpoints) {
		if (strcmp(endpoint->node.id, command->to) != 0 &&
		    !(endpoint->fqdn && strcmp(endpoint->fqdn, command->to) == 0))
			continue;
		if (endpoint->ip.addr.family != FAMILY_NONE)
			question->to = endpoint->ip.addr;
		else
			question->peer = endpoint;
		return true;
	}
	usage_error(_("--to \"%s\" is no address, host, endpoint or name of the policy"),
		    command->to);
	return false;
}

static bool packet_read(const struct command *command, struct question *question)
{
	unsigned proto;
	char *end;
	long port;

	if (!command->proto || !words_find(&words_proto, command->proto, &proto)) {
		usage_error(_("--proto: write tcp, udp or icmp"));
		return false;
	}
	question->proto = (enum proto)proto;
	if (command->mac) {
		question->has_mac = true;
		if (mac_parse(command->mac, &question->mac) != ADDR_GOOD) {
			usage_error(_("--mac \"%s\": write it like 00:00:5e:00:53:11"), command->mac);
			return false;
		}
	}
	if (question->proto == PROTO_ICMP) {
		if (command->port)
			usage_error(_("icmp has no ports; --port is not needed"));
		return !command->port;
	}
	port = command->port ? strtol(command->port, &end, 10) : 0;
	if (!command->port || *end || port < 1 || port > 65535) {
		usage_error(_("--port: write a port number, 1 to 65535"));
		return false;
	}
	question->port = (uint16_t)port;
	return true;
}

/* ---- the answer in words ---- */

static const char *reason_word(enum reason reason)
{
	switch (reason) {
	case REASON_FLOW:
		return "flow";
	case REASON_FLOW_BY_NAME:
		return "flow-by-name";
	case REASON_WINDOW:
		return "window";
	case REASON_GRANT:
		return "not-granted";
	case REASON_MAC:
		return "mac";
	case REASON_NAME_UNKNOWN:
		return "name";
	case REASON_PORT:
		return "port";
	case REASON_DIRECTION:
		return "direction";
	case REASON_SOURCE:
		return "unknown-source";
	case REASON_TARGET:
		return "unknown-target";
	case REASON_NO_FLOW:
		return "no-flow";
	}
	return "";
}

static void window_say(struct buf *buf, const struct policy *policy, const struct answer *answer,
		       const struct question *question)
{
	struct wall next;

	buf_printf(buf, _("flow %s is closed at that time; its window is "), answer->flow->node.id);
	window_print(buf, answer->flow->window);
	if (window_next_change(answer->flow->window, question->at, policy->head.offset_sec, &next)) {
		char text[WALL_TEXT_BYTES];

		buf_printf(buf, _("; it next opens at %s"),
			   wall_text(next, policy->head.offset_sec, text));
	}
}

static void ports_say(struct buf *buf, const struct flow *flow)
{
	buf_add_text(buf, words_word(&words_proto, flow->proto));
	for (size_t i = 0; i < flow->ports.count; i++) {
		struct port_range range = flow->ports.items[i];

		buf_printf(buf, "%s%u", i ? "," : "/", range.first);
		if (range.first != range.last)
			buf_printf(buf, "-%u", range.last);
	}
}

static void reason_say(struct buf *buf, const struct policy *policy, const struct answer *answer,
		       const struct question *question)
{
	char text[MAC_TEXT_BYTES], address[ADDR_TEXT_BYTES];
	const char *flow = answer->flow ? answer->flow->node.id : "";

	switch (answer->reason) {
	case REASON_FLOW:
		buf_printf(buf, _("flow %1$s permits it: %2$s"), flow, answer->flow->purpose);
		break;
	case REASON_FLOW_BY_NAME:
		buf_printf(buf, _("flow %1$s permits it, to the addresses that %2$s has when the gateway asks"),
			   flow, answer->box->by_name->fqdn);
		break;
	case REASON_WINDOW:
		window_say(buf, policy, answer, question);
		break;
	case REASON_GRANT:
		buf_printf(buf, _("flow %s is open only while it is granted; its window is "), flow);
		window_print(buf, answer->flow->window);
		break;
	case REASON_MAC:
		buf_printf(buf, _("%1$s is bound to MAC %2$s (flow %3$s)"),
			   addr_text(&question->from, address), mac_text(answer->bound_mac, text), flow);
		break;
	case REASON_NAME_UNKNOWN:
		buf_printf(buf, _("flow %1$s permits %2$s by name; whether this address is one of it, only the running gateway knows"),
			   flow, answer->box->by_name->fqdn);
		break;
	case REASON_PORT:
		buf_printf(buf, _("flow %s permits the two to speak, but only by "), flow);
		ports_say(buf, answer->flow);
		break;
	case REASON_DIRECTION:
		buf_printf(buf, _("only the other side may begin (flow %s)"), flow);
		break;
	case REASON_SOURCE:
		buf_printf(buf, _("nobody is registered under %s"),
			   addr_text(&question->from, address));
		break;
	case REASON_TARGET:
		buf_printf(buf, _("%s lies in no zone of the policy"),
			   addr_text(&question->to, address));
		break;
	case REASON_NO_FLOW:
		buf_add_text(buf, _("no flow permits it; everything is closed by default"));
		break;
	}
}

/* "税務サーバ (mn-tax) → eLTAX連携サーバ (rl-eltax) tcp/22": the flow as declared. */
static void flow_say(struct buf *buf, const struct flow *flow)
{
	buf_printf(buf, "%s: ", flow->node.id);
	for (size_t i = 0; i < flow->from.count; i++)
		buf_printf(buf, "%s%s (%s)", i ? ", " : "", party_label(&flow->from.items[i]),
			   flow->from.items[i].name);
	buf_add_text(buf, " → ");
	for (size_t i = 0; i < flow->to.count; i++)
		buf_printf(buf, "%s%s (%s)", i ? ", " : "", party_label(&flow->to.items[i]),
			   flow->to.items[i].name);
	buf_add_char(buf, ' ');
	ports_say(buf, flow);
	buf_add_text(buf, ", ");
	window_print(buf, flow->window);
}

static void clauses_say(struct buf *buf, const struct flow *flow)
{
	for (size_t i = 0; i < flow->clause.count; i++) {
		const struct clause *clause = clause_find(flow->clause.items[i]);

		buf_printf(buf, "  %s %s", _("clause"), flow->clause.items[i]);
		if (clause)
			buf_printf(buf, " (%s, %s): %s", clause->location, clause_strength(clause),
				   clause_text(clause));
		buf_add_char(buf, '\n');
	}
}

static void explain_text(struct buf *buf, const struct policy *policy, const struct answer *answer,
			 const struct question *question)
{
	buf_printf(buf, "%s: ", answer->permit ? _("permitted") : _("refused"));
	reason_say(buf, policy, answer, question);
	buf_add_char(buf, '\n');
	if (answer->flow) {
		buf_add_text(buf, "  ");
		flow_say(buf, answer->flow);
		buf_printf(buf, "\n  %s %s:%u\n", _("declared at"), answer->flow->node.at.file,
			   answer->flow->node.at.line);
		clauses_say(buf, answer->flow);
	} else if (answer->nearest) {
		buf_printf(buf, "  %s ", _("the nearest flow is"));
		flow_say(buf, answer->nearest);
		buf_add_char(buf, '\n');
	}
}

static json_t *explain_json(const struct policy *policy, const struct answer *answer,
			    const struct question *question)
{
	const struct flow *flow = answer->flow;
	json_t *json = json_object(), *cited = json_array();
	char text[MAC_TEXT_BYTES];
	struct buf reason = { 0 };

	reason_say(&reason, policy, answer, question);
	for (size_t i = 0; flow && i < flow->clause.count; i++)
		json_array_append_new(cited, json_text(flow->clause.items[i]));
	json_object_set_new(json, "verdict", json_string(answer->permit ? "permit" : "refuse"));
	json_object_set_new(json, "flow", json_text(flow ? flow->node.id : NULL));
	json_object_set_new(json, "clause", cited);
	json_object_set_new(json, "reason", json_text(buf_text(&reason)));
	json_object_set_new(json, "reason_code", json_text(reason_word(answer->reason)));
	json_object_set_new(json, "bound_mac",
			    mac_is_zero(answer->bound_mac)
				    ? json_null()
				    : json_string(mac_text(answer->bound_mac, text)));
	json_object_set_new(json, "file", json_text(flow ? flow->node.at.file : NULL));
	json_object_set_new(json, "line", flow ? json_integer(flow->node.at.line) : json_null());
	json_object_set_new(json, "nearest",
			    json_text(answer->nearest ? answer->nearest->node.id : NULL));
	json_object_set_new(json, "at", json_wall(question->at, policy->head.offset_sec));
	buf_done(&reason);
	return json;
}

/* live: what the kernel does with it, or NULL. */
static enum status answer_show(const struct command *command, const struct policy *policy,
			       const struct answer *answer, const struct question *question,
			       const struct live *live)
{
	struct buf text = { 0 };
	enum status status;

	if (command->json) {
		json_t *json = explain_json(policy, answer, question);

		if (live)
			json_object_set_new(json, "live",
					    live_json(live, policy->head.offset_sec));
		status = output_json(json);
	} else {
		explain_text(&text, policy, answer, question);
		if (live)
			live_print(&text, live, answer->permit);
		status = output_text(&text);
		buf_done(&text);
	}
	if (status != STATUS_GOOD)
		return status;
	return answer->permit && (!live || live->agrees) ? STATUS_GOOD : STATUS_REFUSED;
}

static enum status explain_live(const struct command *command, const struct loaded *loaded,
				struct question *question)
{
	const struct policy *policy = loaded->policy;
	struct answer answer;
	enum status status;
	struct live live;

	if (question->peer) {
		usage_error(_("--live wants an address: only the gateway knows which one %s has"),
			    question->peer->fqdn);
		return STATUS_USAGE;
	}
	if (question->from.family != question->to.family) {
		usage_error(_("--from and --to are of different families"));
		return STATUS_USAGE;
	}
	if (live_open(&live, command, &status)) {
		question->at = dump_time(&live.dump, question->at);
		answer = policy_ask(policy, &loaded->permits, question);
		live_follow(&live, policy, question, &answer);
		status = answer_show(command, policy, &answer, question, &live);
	}
	live_close(&live);
	return status;
}

static enum status explain_run(const struct command *command, const struct loaded *loaded)
{
	const struct policy *policy = loaded->policy;
	struct question question = { .at = command->at };
	struct answer answer;

	if (!from_read(command, policy, &question) || !to_read(command, policy, &question) ||
	    !packet_read(command, &question))
		return STATUS_USAGE;
	if (command->live)
		return explain_live(command, loaded, &question);
	answer = policy_ask(policy, &loaded->permits, &question);
	return answer_show(command, policy, &answer, &question, NULL);
}

/* --at is the time of the packet; the policy is judged as of now, and a draft is explained, too. */
enum status verb_explain(const struct command *command)
{
	struct command judge = *command;
	struct loaded loaded;
	enum status status;

	if (command->live && command->has_at) {
		usage_error(_("--live is as of now; --at does not go with it"));
		return STATUS_USAGE;
	}
	judge.at = wall_now();
	loaded_init(&loaded, &judge, command->files[0]);
	if (loaded_is_shown(&loaded))
		status = explain_run(command, &loaded);
	else
		status = loaded_status(&loaded);
	loaded_done(&loaded);
	return status;
}
