/* 24 · E-GUEST · G6.5-guest (必須): visitors' lines are cut off from everything inside; they go
 * to the Internet and nowhere else, and nothing inside goes to them. */
#include "base/lang.h"
#include "guide/checks.h"

static void via_check(struct judge *judge, const struct zone *zone)
{
	struct err *err;

	if (zone->class != ZONE_GUEST || !zone->via || zone->via->class == ZONE_GUEST)
		return;
	err = judge_zone(judge, "E-GUEST", "G6.5-guest", zone, ZONE_F_VIA);
	err->also = zone->via->node.at;
	err_say(judge->errs, err, _("visitors' zone %s is reached through zone %s"), zone->node.id,
		zone->via->node.id);
	err_hint(judge->errs, err, _("give the visitors an interface of their own"));
}

/* The gateway itself is the inside of the inside. */
static void services_check(struct judge *judge)
{
	vec_each(service, &judge->policy->management.ssh) {
		struct err *err;

		if (service->from->zone->class != ZONE_GUEST)
			continue;
		err = judge_node(judge, SEVERITY_ERROR, "E-GUEST", "G6.5-guest", &service->node,
				 SERVICE_FROM, "management.ssh.from");
		err->also = service->from->node.at;
		err_say(judge->errs, err, _("%s in the visitors' network administers the gateway"),
			host_label(service->from));
		err_hint(judge->errs, err, _("name a host in a management network (class mgmt)"));
	}
}

void check_24_guest(struct judge *judge)
{
	vec_each(zone, &judge->policy->zones)
		via_check(judge, zone);
	services_check(judge);
	vec_each(flow, &judge->policy->flows)
		for (size_t f = 0; f < flow->from.count; f++)
			for (size_t t = 0; t < flow->to.count; t++) {
				const struct party *from = &flow->from.items[f];
				const struct party *to = &flow->to.items[t];
				bool outwards = party_zone(from)->class == ZONE_GUEST;
				bool inwards = party_zone(to)->class == ZONE_GUEST;
				struct err *err;

				if ((!outwards && !inwards) ||
				    (outwards && party_zone(to)->class == ZONE_INTERNET_DIRECT) ||
				    judge_refused(judge, flow, 1u << 24))
					continue;
				err = judge_flow(judge, "E-GUEST", "G6.5-guest", flow,
						 outwards ? FLOW_F_TO : FLOW_F_FROM);
				err->also = party_zone(outwards ? from : to)->node.at;
				err_say(judge->errs, err,
					_("flow %s joins the visitors' network and %s"),
					flow->node.id, party_text(judge, outwards ? to : from));
				err_hint(judge->errs, err,
					 _("remove the flow; visitors reach the Internet alone"));
			}
}
