/* 4 · E-REL-DIRECT · G3.1-nodirect, G3.1-relay, G3.1-relay-term (必要): between 番号系 and an
 * excepted peer stands a relay server, and there is no path beside it: not by one flow, not over
 * several machines, not by the gateway's own routing table. */
#include <string.h>

#include "base/lang.h"
#include "guide/checks.h"

/* The excepted peer that an endpoint of another kind is as well: by its name, its address, or the
 * addresses its name may have; NULL: none. A second entry must not be a second way. */
static const struct endpoint *exempt_twin(const struct judge *judge, const struct endpoint *endpoint)
{
	for (size_t k = 0; k < judge->exempt_count; k++) {
		const struct endpoint *twin = judge->exempt[k];

		if (endpoint->fqdn && twin->fqdn && strcmp(endpoint->fqdn, twin->fqdn) == 0)
			return twin;
		if (endpoint->ip.addr.family == FAMILY_NONE)
			continue;
		if (twin->ip.addr.family != FAMILY_NONE && prefix_overlaps(&endpoint->ip, &twin->ip))
			return twin;
		for (size_t i = 0; i < twin->within.count; i++)
			if (prefix_overlaps(&endpoint->ip, &twin->within.items[i]))
				return twin;
	}
	return NULL;
}

static const struct endpoint *exempt_of(const struct judge *judge, const struct endpoint *endpoint)
{
	return kind_is_exempt(endpoint->kind) ? endpoint : exempt_twin(judge, endpoint);
}

/* The line of the peer's other entry, when it is known by another kind in this flow. */
static struct src twin_at(const struct judge *judge, const struct flow *flow)
{
	const struct party_list *sides[] = { &flow->from, &flow->to };

	for (size_t side = 0; side < array_count(sides); side++)
		for (size_t i = 0; i < sides[side]->count; i++) {
			const struct party *party = &sides[side]->items[i];
			const struct endpoint *twin =
				party->kind == PARTY_ENDPOINT && !kind_is_exempt(party->endpoint->kind)
					? exempt_twin(judge, party->endpoint)
					: NULL;

			if (twin)
				return twin->node.at;
		}
	return (struct src){ 0 };
}

static void on_direct(void *context, const struct reach_path *path)
{
	struct judge *judge = context;
	const struct flow *last = reach_last_flow(path), *first = reach_first_flow(path);
	struct err *err;

	if (!last)
		return;
	err = judge_flow(judge, "E-REL-DIRECT", "G3.1-nodirect", last, FLOW_F_TO);
	err->also = first != last ? first->node.at : twin_at(judge, last);
	err_say(judge->errs, err, _("%s leads past the relay server (flows %s)"),
		reach_path_text(path, judge->arena), reach_flows_text(path, judge->arena));
	err_hint(judge->errs, err,
		 _("write two flows: relay-inner from the My Number zone to a relay host, relay from that host "
		   "to the excepted peer"));
}

/* Who opens connections to whom, screens included; a relay server is no corridor but the wall
 * that the clause wants. Once from 番号系 outwards, once from the excepted peers inwards. */
static void paths_check(struct judge *judge, bool inwards)
{
	const struct reach *reach = &judge->reach;
	struct reach_query query = reach_query_new(reach);
	uint8_t inner = inwards ? REACH_GOAL : REACH_START;
	uint8_t outer = inwards ? REACH_START : REACH_GOAL;

	for (uint32_t i = 0; i < reach->machines; i++) {
		if (reach->roles[i] & 1u << ROLE_RELAY)
			query.nodes[i] = REACH_WALL;
		else if (reach->letters[i] & 1u << LETTER_M)
			query.nodes[i] = inner;
	}
	vec_each(zone, &judge->policy->zones)
		if (letter_of_class(zone->class) == LETTER_M)
			query.nodes[reach_zone(reach, zone)] = inner;
	vec_each(endpoint, &judge->policy->endpoints)
		if (exempt_of(judge, endpoint))
			query.nodes[reach_endpoint(reach, endpoint)] |= outer;
	vec_each(flow, &judge->policy->flows)
		if (!judge_refused(judge, flow, 1u << 3 | 1u << 4))
			query.flows[flow->index] = REACH_FORWARD;
	reach_walk(reach, &query, on_direct, judge);
}

static bool relays_kind(const struct host *host, uint8_t kind)
{
	for (size_t i = 0; i < host->relays.count; i++)
		if (host->relays.items[i] == kind)
			return true;
	return false;
}

/* The host between: registered as a relay, and for this very peer. */
static void leg_check(struct judge *judge, const struct flow *flow, const struct party *inner,
		      const struct party *outer, enum flow_field field)
{
	struct err *err;

	if (inner->kind != PARTY_HOST || inner->host->role != ROLE_RELAY) {
		err = judge_flow(judge, "E-REL-DIRECT", "G3.1-relay", flow, field);
		err_say(judge->errs, err,
			_("flow %s has class \"%s\", but %s is no relay server"), flow->node.id,
			words_word(&words_flow_class, flow->class), party_text(judge, inner));
		err_hint(judge->errs, err,
			 _("name a host with role = \"relay\" in a zone of class relay-dmz"));
		return;
	}
	if (!outer || outer->kind != PARTY_ENDPOINT || relays_kind(inner->host, outer->endpoint->kind))
		return;
	err = judge_flow(judge, "E-REL-DIRECT", "G3.1-relay", flow, field);
	err->also = node_at(&inner->host->node, HOST_RELAYS);
	err_say(judge->errs, err, _("relay server %s is not registered for \"%s\" (%s)"),
		party_text(judge, inner),
		words_word(&words_endpoint_kind, outer->endpoint->kind), party_text(judge, outer));
	err_hint(judge->errs, err, _("write relays = [\"%s\"] in hosts.%s, or use its own relay"),
		 words_word(&words_endpoint_kind, outer->endpoint->kind), inner->name);
}

static void legs_check(struct judge *judge, const struct flow *flow)
{
	const struct party *from = &flow->from.items[0], *to = &flow->to.items[0];

	if (flow->class == FLOW_RELAY) {
		bool inwards = from->kind == PARTY_ENDPOINT; /* R1b */

		leg_check(judge, flow, inwards ? to : from, inwards ? from : to,
			  inwards ? FLOW_F_TO : FLOW_F_FROM);
	} else if (flow->class == FLOW_RELAY_INNER) {
		bool inwards = party_zone(from)->class == ZONE_RELAY_DMZ;

		leg_check(judge, flow, inwards ? from : to, NULL, inwards ? FLOW_F_FROM : FLOW_F_TO);
	}
}

/* A default route through the LGWAN router: 番号系 would reach every peer that no filter names. */
static void routes_check(struct judge *judge)
{
	bool has_mynumber = false;

	vec_each(zone, &judge->policy->zones)
		has_mynumber = has_mynumber || letter_of_class(zone->class) == LETTER_M;
	vec_each(route, &judge->policy->routes) {
		struct err *err;

		/* written in two halves it is a default route still */
		if (!has_mynumber || route->to.length_bits > 1 || !route->via ||
		    route->via->zone->class != ZONE_LGWAN_WAN)
			continue;
		err = judge_node(judge, SEVERITY_ERROR, "E-REL-DIRECT", "G3.1-nodirect",
				 &route->node, ROUTE_VIA, "routes");
		err->also = route->via->node.at;
		err_say(judge->errs, err,
			_("the default route leads through %s, so the My Number zone has a path to the excepted "
			  "peers"),
			host_label(route->via));
		err_hint(judge->errs, err, _("route only the networks of the peers to that router"));
	}
}

void check_04_rel_direct(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows)
		legs_check(judge, flow);
	paths_check(judge, false);
	paths_check(judge, true);
	routes_check(judge);
}
