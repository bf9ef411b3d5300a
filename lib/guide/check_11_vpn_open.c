/* 11 · E-VPN-OPEN · G3.4-vpn (必須), G6.1-rmaint (必須), S1-vpn-ip (a lesson of an accident):
 * remote maintenance is a specified communication from a named source, over a closed network or
 * LGWAN. A VPN over the Internet will not do, and a source without limit was how they came in. */
#include "base/lang.h"
#include "guide/checks.h"

static void side_check(struct judge *judge, const struct flow *flow, enum flow_field field,
		       const struct party_list *list)
{
	const struct party *zone = parties_find_zone(list);
	const struct party *party = &list->items[0];
	struct err *err;

	if (!zone && list->count == 1 &&
	    !(party->kind == PARTY_ENDPOINT && party->endpoint->ip.addr.family != FAMILY_NONE &&
	      !prefix_is_host(&party->endpoint->ip)))
		return;
	err = judge_flow(judge, "E-VPN-OPEN", field == FLOW_F_FROM ? "G6.1-rmaint" : "G3.4-vpn", flow,
			 field);
	if (zone)
		err_say(judge->errs, err, _("maintenance flow %s names the whole zone %s"),
			flow->node.id, party_text(judge, zone));
	else if (list->count > 1)
		err_say(judge->errs, err, _("maintenance flow %s lists %zu parties where one is "
					    "allowed"),
			flow->node.id, list->count);
	else
		err_say(judge->errs, err, _("maintenance flow %s names %s, which is a whole network"),
			flow->node.id, party_text(judge, party));
	err_hint(judge->errs, err, _("name the one machine, with its IP and MAC address"));
}

static bool line_is_closed(enum line line)
{
	switch (line) {
	case LINE_LEASED:
	case LINE_CLOSED:
	case LINE_LGWAN:
	case LINE_IP_VPN:
		return true;
	case LINE_ONPREM:
	case LINE_SSL_VPN:
	case LINE_INTERNET:
	case LINE_CLOUD:
		break;
	}
	return false;
}

static void line_check(struct judge *judge, const struct flow *flow)
{
	const struct zone *from = party_zone(&flow->from.items[0]);
	const struct zone *to = party_zone(&flow->to.items[0]);
	bool is_own = node_has(&flow->node, FLOW_F_LINE);
	bool is_known = is_own || node_has(&from->node, ZONE_F_LINE);
	enum line line = is_own ? flow->line : from->line;
	bool inside = !zone_is_outside(from);
	struct err *err;

	if ((inside && line == LINE_ONPREM) || (is_known && line_is_closed(line)))
		return;
	if (letter_of_class(to->class) == LETTER_I && is_known && flow->mfa)
		return; /* ネット系: strong authentication and a named terminal */
	err = judge_flow(judge, "E-VPN-OPEN",
			 letter_of_class(to->class) == LETTER_I ? "G6.1-rmaint" : "G3.4-vpn", flow,
			 FLOW_F_LINE);
	err->also = is_own ? (struct src){ 0 } : node_at(&from->node, ZONE_F_LINE);
	if (is_known)
		err_say(judge->errs, err,
			_("maintenance flow %s comes over line \"%s\", which is no closed network"),
			flow->node.id, words_word(&words_line, line));
	else
		err_say(judge->errs, err, _("maintenance flow %s does not say over which line it "
					    "comes"),
			flow->node.id);
	if (letter_of_class(to->class) == LETTER_I)
		err_hint(judge->errs, err,
			 _("use a closed line, or write mfa = \"…\": the second factor"));
	else
		err_hint(judge->errs, err,
			 _("write line = \"ip-vpn\", \"leased\", \"closed\" or \"lgwan\", if it is so"));
}

static void ports_check(struct judge *judge, const struct flow *flow)
{
	struct err *err;
	bool is_listed = flow->proto != PROTO_ICMP && flow->ports.count > 0;

	for (size_t i = 0; i < flow->ports.count; i++)
		is_listed = is_listed && flow->ports.items[i].first == flow->ports.items[i].last;
	if (is_listed)
		return;
	err = judge_flow(judge, "E-VPN-OPEN", "G3.4-vpn", flow, FLOW_F_PORTS);
	err_say(judge->errs, err, _("maintenance flow %s does not list its ports one by one (\"%s\")"),
		flow->node.id, ports_text(judge, &flow->ports));
	err_hint(judge->errs, err, _("list the ports in use one by one, as in [443]"));
}

/* Who administers the gateway: nobody from outside, and best from a network kept for it. */
static void service_check(struct judge *judge, const struct service *service)
{
	const struct zone *zone = service->from->zone;
	bool is_outside = zone_is_outside(zone);
	struct err *err;

	if (zone->class == ZONE_MGMT || zone->class == ZONE_GUEST) /* visitors: check 24 */
		return;
	err = judge_node(judge, SEVERITY_ERROR, "E-VPN-OPEN",
			 is_outside ? "G6.1-rmaint" : "G6.3-infra-prot", &service->node, SERVICE_FROM,
			 "management.ssh.from");
	if (!is_outside)
		judge_warn(judge, err);
	err->also = service->from->node.at;
	err_say(judge->errs, err, _("the gateway is administered from %s in zone %s (%s)"),
		host_label(service->from), zone->node.id,
		words_label(&words_zone_class, zone->class));
	err_hint(judge->errs, err, _("name a host in a management network (class mgmt)"));
}

void check_11_vpn_open(struct judge *judge)
{
	vec_each(service, &judge->policy->management.ssh)
		service_check(judge, service);
	vec_each(flow, &judge->policy->flows) {
		if (flow->class != FLOW_MAINTENANCE)
			continue;
		side_check(judge, flow, FLOW_F_FROM, &flow->from);
		side_check(judge, flow, FLOW_F_TO, &flow->to);
		line_check(judge, flow);
		ports_check(judge, flow);
	}
}
