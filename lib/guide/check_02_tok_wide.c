/* 2 · E-TOK-WIDE · G3.1-tokutei, G6.2-least (必須): a specified communication is one source
 * address, one destination address or name, one protocol and the few ports it needs, each
 * written out. A network, a zone, a list or a range of ports is no limit. */
#include "base/lang.h"
#include "guide/checks.h"

enum { PORTS_FEW = 8 };

static const char *clause_of(const struct flow *flow)
{
	switch ((enum flow_class)flow->class) {
	case FLOW_TOKUTEI:
		return "G3.1-tokutei";
	case FLOW_RELAY:
	case FLOW_RELAY_INNER:
		return "G3.1-relay-term";
	case FLOW_BETA_RELAY:
		return "G3.3-beta-relay";
	case FLOW_DUAL:
		return "G3.4-jalert";
	case FLOW_CONSOLE:
		return "C3.1-console";
	case FLOW_ALERT:
		return "G3.4-mailalert";
	case FLOW_MAINTENANCE: /* check 11 */
	case FLOW_SCREEN:      /* check 9 */
	case FLOW_MAIL_TEXT:   /* check 8 */
	case FLOW_SANITIZED_FILE:
	case FLOW_ASP:
	case FLOW_UPDATE:
	case FLOW_GOVCLOUD:
	case FLOW_BRANCH:
	case FLOW_KIOSK:
	case FLOW_PRINT:
	case FLOW_EGRESS:
	case FLOW_BREAKOUT: /* check 20 */
	case FLOW_MONITOR:
	case FLOW_TIME:
	case FLOW_TELEWORK:
	case FLOW_AUTH:
	case FLOW_INTRA:
	case FLOW_CLOUD_UPDATE:
	case FLOW_CLASSES:
		break;
	}
	return NULL;
}

static struct err *wide(struct judge *judge, const char *clause, const struct flow *flow,
			enum flow_field field)
{
	struct err *err = judge_flow(judge, "E-TOK-WIDE", clause, flow, field);

	err_hint(judge->errs, err, _("write one host or one endpoint; for several, write several "
				     "flows"));
	return err;
}

static void side_check(struct judge *judge, const char *clause, const struct flow *flow,
		       enum flow_field field, const struct party_list *list)
{
	const struct party *zone = parties_find_zone(list);
	struct err *err;

	if (zone) {
		err = wide(judge, clause, flow, field);
		err->also = zone->zone->node.at;
		err_say(judge->errs, err, _("flow %s names the whole zone %s"), flow->node.id,
			party_text(judge, zone));
		return;
	}
	if (list->count > 1) {
		err = wide(judge, clause, flow, field);
		err_say(judge->errs, err, _("flow %s lists %zu parties where one is allowed"),
			flow->node.id, list->count);
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct endpoint *endpoint = list->items[i].endpoint;
		char text[PREFIX_TEXT_BYTES];

		if (list->items[i].kind != PARTY_ENDPOINT ||
		    endpoint->ip.addr.family == FAMILY_NONE || prefix_is_host(&endpoint->ip))
			continue;
		err = wide(judge, clause, flow, field);
		err->also = node_at(&endpoint->node, END_IP);
		err_say(judge->errs, err, _("flow %s names %s, which is the network \"%s\""),
			flow->node.id, party_text(judge, &list->items[i]),
			prefix_text(&endpoint->ip, text));
		err_hint(judge->errs, err, _("write a single address or an fqdn in endpoints.%s"),
			 endpoint->node.id);
	}
}

static void ports_check(struct judge *judge, const char *clause, const struct flow *flow)
{
	struct err *err;

	if (flow->proto == PROTO_ICMP) {
		err = judge_flow(judge, "E-TOK-WIDE", clause, flow, FLOW_F_PROTO);
		err_say(judge->errs, err, _("flow %s is icmp, which no port can limit"),
			flow->node.id);
		err_hint(judge->errs, err, _("write proto = \"tcp\" or \"udp\" and its ports"));
		return;
	}
	for (size_t i = 0; i < flow->ports.count; i++) {
		if (flow->ports.items[i].first == flow->ports.items[i].last)
			continue;
		err = judge_flow(judge, "E-TOK-WIDE", clause, flow, FLOW_F_PORTS);
		err_say(judge->errs, err, _("flow %s opens the range of ports \"%u-%u\""),
			flow->node.id, flow->ports.items[i].first, flow->ports.items[i].last);
		err_hint(judge->errs, err, _("list the ports in use one by one, as in [443]"));
		return;
	}
	if (flow->ports.count && flow->ports.count <= PORTS_FEW)
		return;
	err = judge_flow(judge, "E-TOK-WIDE", clause, flow, FLOW_F_PORTS);
	if (flow->ports.count)
		err_say(judge->errs, err, _("flow %s opens %zu ports; more than %d are no limit"),
			flow->node.id, flow->ports.count, PORTS_FEW);
	else
		err_say(judge->errs, err, _("flow %s names no port"), flow->node.id);
	err_hint(judge->errs, err, _("list the ports in use one by one, as in [443]"));
}

void check_02_tok_wide(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows) {
		const char *clause = clause_of(flow);

		if (!clause)
			continue;
		side_check(judge, clause, flow, FLOW_F_FROM, &flow->from);
		side_check(judge, clause, flow, FLOW_F_TO, &flow->to);
		ports_check(judge, clause, flow);
	}
}
