/* 21 · E-V6-LEAK · G6.6-v6-suppress, G6.6-v6-impact (必要): where IPv6 was not planned it is
 * suppressed; where it is, a plan says what it does to the rest. */
#include "base/lang.h"
#include "guide/checks.h"

static bool is_planned(const struct zone *zone)
{
	return zone->ipv6 == IPV6_PLANNED && zone->plan;
}

static void zone_check(struct judge *judge, const struct zone *zone)
{
	char text[PREFIX_TEXT_BYTES];
	struct err *err;

	if (zone->ipv6 == IPV6_ALLOW || (zone->ipv6 == IPV6_PLANNED && !zone->plan)) {
		err = judge_zone(judge, "E-V6-LEAK", "G6.6-v6-impact", zone, ZONE_F_IPV6);
		err_say(judge->errs, err, _("zone %s has ipv6 = \"%s\" without a plan"), zone->node.id,
			words_word(&words_ipv6, zone->ipv6));
		err_hint(judge->errs, err,
			 _("remove it, or write ipv6 = \"planned\" and plan = \"…\": the document"));
		return;
	}
	for (size_t i = 0; i < zone->networks.count && !is_planned(zone); i++) {
		if (zone->networks.items[i].addr.family != FAMILY_V6)
			continue;
		err = judge_zone(judge, "E-V6-LEAK", "G6.6-v6-suppress", zone, ZONE_F_NETWORKS);
		err_say(judge->errs, err, _("zone %s has the IPv6 network \"%s\", but no IPv6 is planned"),
			zone->node.id, prefix_text(&zone->networks.items[i], text));
		err_hint(judge->errs, err,
			 _("remove it, or write ipv6 = \"planned\" and plan = \"…\": the document"));
	}
}

static void host_check(struct judge *judge, const struct host *host)
{
	char text[ADDR_TEXT_BYTES];
	struct err *err;

	if (host->ip.family != FAMILY_V6 || is_planned(host->zone))
		return;
	err = judge_host(judge, "E-V6-LEAK", "G6.6-v6-suppress", host, HOST_IP);
	err->also = host->zone->node.at;
	err_say(judge->errs, err, _("%s has the IPv6 address \"%s\", but none is planned in zone %s"),
		host->node.id, addr_text(&host->ip, text), host->zone->node.id);
	err_hint(judge->errs, err, _("write an IPv4 address, or plan IPv6 in the zone"));
}

static void endpoint_check(struct judge *judge, const struct endpoint *endpoint)
{
	enum endpoint_field field = END_IP;
	bool is_v6 = endpoint->ip.addr.family == FAMILY_V6;
	struct err *err;

	for (size_t i = 0; i < endpoint->within.count && !is_v6; i++) {
		is_v6 = endpoint->within.items[i].addr.family == FAMILY_V6;
		field = END_WITHIN;
	}
	if (!is_v6 || is_planned(endpoint->zone))
		return;
	err = judge_endpoint(judge, "E-V6-LEAK", "G6.6-v6-suppress", endpoint, field);
	err->also = endpoint->zone->node.at;
	err_say(judge->errs, err, _("peer %s has an IPv6 address, but none is planned in zone %s"),
		endpoint->node.id, endpoint->zone->node.id);
	err_hint(judge->errs, err, _("write an IPv4 address, or plan IPv6 in the zone"));
}

void check_21_v6_leak(struct judge *judge)
{
	vec_each(zone, &judge->policy->zones)
		zone_check(judge, zone);
	vec_each(host, &judge->policy->hosts)
		host_check(judge, host);
	vec_each(endpoint, &judge->policy->endpoints)
		endpoint_check(judge, endpoint);
}
