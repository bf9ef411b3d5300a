/* H-ROUTE: a route to addresses of a zone leads out of that zone's interface; one that leads to
 * everything is in the policy. The ruleset binds interfaces and addresses together, so a route that
 * contradicts it brings silence, not a way round: a warning, for whoever wrote it. */
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "base/lang.h"
#include "host/check.h"

/* The narrowest network of a zone around it. */
static const struct host_net *net_around(const struct host_want *want, const struct prefix *to)
{
	const struct host_net *best = NULL;

	vec_each(net, &want->nets)
		if (prefix_covers(&net->prefix, to) &&
		    (!best || net->prefix.length_bits > best->prefix.length_bits))
			best = net;
	return best;
}

static bool covers_some(const struct host_want *want, const struct prefix *to)
{
	if (!to->length_bits)
		return true;
	vec_each(net, &want->nets)
		if (prefix_covers(to, &net->prefix))
			return true;
	return false;
}

static bool is_planned(const struct host_want *want, const struct host_hop *hop)
{
	vec_each(route, &want->routes)
		if (prefix_covers(&route->to, &hop->to) && prefix_covers(&hop->to, &route->to) &&
		    addr_compare(&route->via, &hop->via) == 0)
			return true;
	return false;
}

/* "10.10.1.0/24 via 10.20.1.1 dev vlan210 table 100", as ip(8) has it */
static const char *hop_text(struct host_judge *judge, const struct host_hop *hop)
{
	char to[PREFIX_TEXT_BYTES], via[ADDR_TEXT_BYTES];
	struct buf buf = { 0 };
	const char *text;

	buf_add_text(&buf, hop->to.length_bits ? prefix_text(&hop->to, to) : "default");
	if (hop->type == RTN_LOCAL)
		buf_printf(&buf, " local");
	if (hop->via.family != FAMILY_NONE)
		buf_printf(&buf, " via %s", addr_text(&hop->via, via));
	if (hop->oif)
		buf_printf(&buf, " dev %s", judge_link_name(judge, hop->oif));
	if (hop->table != RT_TABLE_MAIN)
		buf_printf(&buf, " table %u", hop->table);
	text = arena_strdup(judge->report->arena, buf_text(&buf));
	buf_done(&buf);
	return text;
}

static struct host_finding *hop_add(struct host_judge *judge, const struct host_hop *hop,
				    const char *text)
{
	struct host_finding *finding = judge_add(
		judge, HOST_WARNING, hop->oif ? judge_link_name(judge, hop->oif) : NULL, text);

	finding_hint(judge, finding, _("remove it, or correct the policy: ip route del %s"), text);
	return finding;
}

static void hop_judge(struct host_judge *judge, const struct host_hop *hop)
{
	const struct host_net *net = net_around(judge->want, &hop->to);
	const struct host_link *link = net ? host_link_find_name(
						     judge->state,
						     judge->want->ports.items[net->port].interface)
					   : NULL;
	const char *text;

	if (net && link && link->index == hop->oif && hop->type == RTN_UNICAST)
		return;
	if (!net && (!covers_some(judge->want, &hop->to) || is_planned(judge->want, hop) ||
		     hop->type != RTN_UNICAST))
		return;
	text = hop_text(judge, hop);
	if (net)
		finding_say(judge, hop_add(judge, hop, text),
			    _("the route %1$s leads addresses of zone %2$s elsewhere than to %3$s"),
			    text, net->zone, judge->want->ports.items[net->port].interface);
	else
		finding_say(judge, hop_add(judge, hop, text),
			    _("the route %s leads to addresses of zones, and no policy has it"),
			    text);
}

void check_host_route(struct host_judge *judge)
{
	vec_each(hop, &judge->state->hops) {
		const char *text;

		if (hop->type != RTN_LOCAL) {
			hop_judge(judge, hop);
		} else if (hop->protocol != RTPROT_KERNEL) {
			text = hop_text(judge, hop);
			finding_say(judge, hop_add(judge, hop, text),
				    _("the route %s makes the gateway take packets for others"),
				    text);
		}
	}
}
