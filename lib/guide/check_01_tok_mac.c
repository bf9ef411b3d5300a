/* 1 · E-TOK-MAC · G3.1-tokutei (必須): what 番号系 exchanges with the outside is limited by path,
 * which means MAC and IP address together, and by port. Where the peer sits behind a router, the
 * MAC that arrives is the next hop's, and that one has to be declared. The same grade is asked
 * of relays, dual systems, maintenance, fault mail and the cloud console. */
#include "base/lang.h"
#include "guide/checks.h"

/* The clause that asks for a MAC of this class of flow; NULL: none does. */
static const char *clause_of(const struct flow *flow)
{
	switch ((enum flow_class)flow->class) {
	case FLOW_TOKUTEI:
		return "G3.1-tokutei";
	case FLOW_RELAY:
	case FLOW_RELAY_INNER:
		return "G3.1-relay-term";
	case FLOW_MAINTENANCE:
		return "G3.4-vpn";
	case FLOW_DUAL:
		return "G3.4-jalert";
	case FLOW_BETA_RELAY:
		return "G3.3-beta-relay";
	case FLOW_CONSOLE:
		return "C3.1-console";
	case FLOW_ALERT:
		return "G3.4-mailalert";
	case FLOW_SCREEN:
	case FLOW_MAIL_TEXT:
	case FLOW_SANITIZED_FILE:
	case FLOW_ASP:
	case FLOW_UPDATE:
	case FLOW_GOVCLOUD:
	case FLOW_BRANCH:
	case FLOW_KIOSK:
	case FLOW_PRINT:
	case FLOW_EGRESS:
	case FLOW_BREAKOUT:
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

static void host_refuse(struct judge *judge, const char *clause, const struct flow *flow,
			const struct party *party)
{
	struct err *err = judge_flow(judge, "E-TOK-MAC", clause, flow, FLOW_F_FROM);

	err->also = party->host->node.at;
	err_say(judge->errs, err,
		_("source %s of flow %s has no MAC address: its path is limited by IP alone"),
		party_text(judge, party), flow->node.id);
	err_hint(judge->errs, err, _("write mac = \"…\" in hosts.%s"), party->name);
}

static void endpoint_refuse(struct judge *judge, const char *clause, const struct flow *flow,
			    const struct party *party)
{
	const struct endpoint *endpoint = party->endpoint;
	struct err *err = judge_flow(judge, "E-TOK-MAC", clause, flow, FLOW_F_FROM);

	err->also = node_at(&endpoint->node, END_NEXT_HOP);
	if (!endpoint->next_hop) {
		err_say(judge->errs, err,
			_("source %s of flow %s names no next hop, so no MAC address is bound to it"),
			party_text(judge, party), flow->node.id);
		err_hint(judge->errs, err,
			 _("write next-hop = \"ROUTER\" in endpoints.%s; its frames carry that "
			   "router's MAC"),
			 party->name);
		return;
	}
	err_say(judge->errs, err,
		_("next hop %s of source %s in flow %s has no MAC address"),
		endpoint->next_hop->node.id, party_text(judge, party), flow->node.id);
	err_hint(judge->errs, err, _("write mac = \"…\" in hosts.%s"),
		 endpoint->next_hop->node.id);
}

void check_01_tok_mac(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows) {
		const char *clause = clause_of(flow);

		for (size_t i = 0; clause && i < flow->from.count; i++) {
			const struct party *party = &flow->from.items[i];

			if (party_has_mac(party))
				continue;
			if (party->kind == PARTY_HOST)
				host_refuse(judge, clause, flow, party);
			else if (party->kind == PARTY_ENDPOINT)
				endpoint_refuse(judge, clause, flow, party);
		}
	}
}
