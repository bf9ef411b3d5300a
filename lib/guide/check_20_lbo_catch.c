/* 20 · E-LBO-CATCH · G3.3-lbo, G3.3-lbo-pbr (必要), G3.3-seccloud (必須): a local breakout is
 * agreed with the prefecture and made of pairs, one address and port to another; everything
 * else that goes to the Internet goes by the security cloud. A default route is no pair. */
#include "base/lang.h"
#include "guide/checks.h"

static struct err *refuse(struct judge *judge, const char *clause, const struct flow *flow,
			  enum flow_field field)
{
	return judge_flow(judge, "E-LBO-CATCH", clause, flow, field);
}

static void side_check(struct judge *judge, const struct flow *flow, enum flow_field field,
		       const struct party_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct party *party = &list->items[i];
		const struct prefix *ip =
			party->kind == PARTY_ENDPOINT ? &party->endpoint->ip : NULL;
		struct err *err;

		if (party->kind == PARTY_HOST)
			continue;
		if (ip && (ip->addr.family == FAMILY_NONE ? party->endpoint->fqdn != NULL
							  : prefix_is_host(ip)))
			continue;
		err = refuse(judge, "G3.3-lbo-pbr", flow, field);
		err->also = ip ? party->endpoint->node.at : party->zone->node.at;
		err_say(judge->errs, err, _("breakout %s names %s, which is no single address"),
			flow->node.id, party_text(judge, party));
		err_hint(judge->errs, err,
			 _("write pairs: one host to one endpoint with a single address or an fqdn"));
	}
}

static void ports_check(struct judge *judge, const struct flow *flow)
{
	bool is_listed = flow->proto != PROTO_ICMP && flow->ports.count > 0;
	struct err *err;

	for (size_t i = 0; i < flow->ports.count; i++)
		is_listed = is_listed && flow->ports.items[i].first == flow->ports.items[i].last;
	if (is_listed)
		return;
	err = refuse(judge, "G3.3-lbo-pbr", flow, FLOW_F_PORTS);
	err_say(judge->errs, err, _("breakout %s does not list its ports one by one (\"%s\")"),
		flow->node.id, ports_text(judge, &flow->ports));
	err_hint(judge->errs, err, _("list the ports in use one by one, as in [443]"));
}

static void breakout_check(struct judge *judge, const struct flow *flow)
{
	struct err *err;

	side_check(judge, flow, FLOW_F_FROM, &flow->from);
	side_check(judge, flow, FLOW_F_TO, &flow->to);
	ports_check(judge, flow);
	if (!flow->agreement) {
		err = refuse(judge, "G3.3-lbo", flow, FLOW_F_AGREEMENT);
		err_say(judge->errs, err, _("breakout %s names no agreement with the prefecture"),
			flow->node.id);
		err_hint(judge->errs, err, _("write agreement = \"…\": the document and its date"));
	}
	if (judge->policy->head.external_audit.set)
		return;
	err = refuse(judge, "G3.3-lbo-own", flow, FLOW_F_CLASS);
	judge->refused[flow->index] &= ~(1u << judge->check);
	judge_warn(judge, err);
	err_say(judge->errs, err, _("breakout %s of our own calls for an outside audit"),
		flow->node.id);
	err_hint(judge->errs, err, _("write policy.external-audit: { body, next-due }"));
}

static bool from_internet(const struct flow *flow)
{
	for (size_t i = 0; i < flow->from.count; i++)
		if (letter_of_class(party_zone(&flow->from.items[i])->class) == LETTER_I)
			return true;
	return false;
}

/* ネット系 to the Internet, but neither a breakout nor by the security cloud. */
static void egress_check(struct judge *judge, const struct flow *flow)
{
	for (size_t i = 0; i < flow->to.count; i++) {
		const struct zone *to = party_zone(&flow->to.items[i]);
		struct err *err;

		if (!from_internet(flow) || to->class != ZONE_INTERNET_DIRECT ||
		    (to->via && to->via->class == ZONE_SECCLOUD))
			continue;
		err = refuse(judge, "G3.3-seccloud", flow, FLOW_F_TO);
		err->also = node_at(&to->node, ZONE_F_VIA);
		err_say(judge->errs, err, _("flow %s goes to %s past the security cloud"),
			flow->node.id, party_text(judge, &flow->to.items[i]));
		err_hint(judge->errs, err,
			 _("lead zone %s via the security cloud, or write class = \"breakout\" with an "
			   "agreement"),
			 to->node.id);
		return;
	}
}

void check_20_lbo_catch(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows) {
		if (flow->class == FLOW_BREAKOUT)
			breakout_check(judge, flow);
		else
			egress_check(judge, flow);
	}
}
