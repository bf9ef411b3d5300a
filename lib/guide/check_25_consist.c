/* 25 · E-CONSIST · G6.1-consist (必須): filter and routing say the same. Every party is reached
 * through the interface its zone names, zones do not overlap, both ends of a flow lie at this
 * gateway, and every packet belongs to at most one flow. */
#include <stdlib.h>

#include "base/lang.h"
#include "guide/checks.h"

/* ---- 1. routes: the longest prefix decides, a connected network or a route ---- */

struct way {
	const struct zone *port;   /* by whose interface the address is reached; NULL: none */
	const struct route *route; /* NULL: connected */
	int length_bits;           /* -1: nothing covers it */
};

static struct way way_to(const struct policy *policy, const struct addr *addr)
{
	struct way way = { .length_bits = -1 };

	vec_each(zone, &policy->zones)
		for (size_t i = 0; !zone->via && zone->interface && i < zone->networks.count; i++) {
			const struct prefix *network = &zone->networks.items[i];

			if (network->length_bits > way.length_bits && prefix_has(network, addr))
				way = (struct way){ zone_port(zone), NULL, network->length_bits };
		}
	vec_each(route, &policy->routes)
		if (route->via && route->to.length_bits > way.length_bits &&
		    prefix_has(&route->to, addr))
			way = (struct way){ zone_port(route->via->zone), route,
					    route->to.length_bits };
	/* what is reached through another zone has a route there, unless a written one says otherwise */
	vec_each(zone, &policy->zones)
		for (size_t i = 0; zone->via && !way.route && i < zone->networks.count; i++) {
			const struct prefix *network = &zone->networks.items[i];

			if (network->length_bits > way.length_bits && prefix_has(network, addr))
				way = (struct way){ zone_port(zone), NULL, network->length_bits };
		}
	return way;
}

static const struct addr *party_addr(const struct party *party)
{
	if (party->kind == PARTY_HOST)
		return &party->host->ip;
	if (party->kind == PARTY_ENDPOINT && party->endpoint->ip.addr.family != FAMILY_NONE)
		return &party->endpoint->ip.addr;
	return NULL;
}

static void route_check(struct judge *judge, const struct flow *flow, const struct party *party,
			enum flow_field field)
{
	size_t slot = party->kind == PARTY_HOST
			      ? party->host->index
			      : judge->policy->hosts.count + party->endpoint->index;
	const struct zone *port = zone_port(party_zone(party));
	const struct addr *addr = party_addr(party);
	struct way way;
	struct err *err;

	if (!port || !addr || judge->reported[slot] & 1u << 25)
		return;
	judge->reported[slot] |= 1u << 25; /* once for each party, not for each flow */
	way = way_to(judge->policy, addr);
	if (!way.port || way.port == port ||
	    way.port->interface == port->interface)
		return;
	err = judge_flow(judge, "E-CONSIST", "G6.1-consist", flow, field);
	err->also = way.route ? way.route->node.at : node_at(&way.port->node, ZONE_F_NETWORKS);
	err_say(judge->errs, err,
		_("flow %s expects %s at interface \"%s\", but the route there leaves by \"%s\""),
		flow->node.id, party_text(judge, party), port->interface, way.port->interface);
	err_hint(judge->errs, err, _("correct the route, or the zone of %s"), party->name);
}

/* An address of a peer that its zone does not have: the routes there lead elsewhere. Where a
 * single address is asked for, checks 2, 11 and 20 have told it already. */
static void width_check(struct judge *judge, const struct flow *flow, const struct party *party,
			enum flow_field field)
{
	const struct endpoint *endpoint = party->endpoint;
	char text[PREFIX_TEXT_BYTES];
	struct err *err;

	if (party->kind != PARTY_ENDPOINT || endpoint->ip.addr.family == FAMILY_NONE ||
	    prefix_is_host(&endpoint->ip) ||
	    judge_refused(judge, flow, 1u << 2 | 1u << 11 | 1u << 20))
		return;
	for (size_t i = 0; i < endpoint->zone->networks.count; i++)
		if (prefix_covers(&endpoint->zone->networks.items[i], &endpoint->ip))
			return;
	if (!endpoint->zone->networks.count)
		return;
	err = judge_flow(judge, "E-CONSIST", "G6.1-consist", flow, field);
	err->also = node_at(&endpoint->node, END_IP);
	err_say(judge->errs, err, _("flow %s names %s, whose network \"%s\" is wider than zone %s"),
		flow->node.id, party_text(judge, party), prefix_text(&endpoint->ip, text),
		endpoint->zone->node.id);
	err_hint(judge->errs, err, _("write the peer's own address in endpoints.%s"), party->name);
}

/* ---- 2. both ends at this gateway ---- */

static void side_check(struct judge *judge, const struct flow *flow, enum flow_field field,
		       const struct party_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct party *party = &list->items[i];
		const struct zone *zone = party_zone(party);
		struct err *err;

		if (party->kind != PARTY_ZONE)
			route_check(judge, flow, party, field);
		width_check(judge, flow, party, field);
		if (zone_interface(zone))
			continue;
		err = judge_flow(judge, "E-CONSIST", "G6.1-consist", flow, field);
		err->also = zone->node.at;
		err_say(judge->errs, err,
			_("flow %s names %s, but zone %s is at no interface of this gateway"),
			flow->node.id, party_text(judge, party), zone->node.id);
		err_hint(judge->errs, err,
			 _("write interface = \"…\" or via = \"…\" in zones.%s"), zone->node.id);
	}
}

/* ---- 3. zones that overlap ---- */

struct claim {
	const struct prefix *network;
	const struct zone *zone;
};

static int claim_compare(const void *a, const void *b)
{
	const struct prefix *x = ((const struct claim *)a)->network;
	const struct prefix *y = ((const struct claim *)b)->network;
	int order = addr_compare(&x->addr, &y->addr);

	return order ? order : x->length_bits - y->length_bits;
}

static void overlap_check(struct judge *judge, const struct claim *outer, const struct claim *inner)
{
	const struct zone *a = zone_port(outer->zone), *b = zone_port(inner->zone);
	char text[PREFIX_TEXT_BYTES];
	struct err *err;

	/* the Internet is everything that is nobody's */
	if (!a || !b || a == b || outer->zone->class == ZONE_INTERNET_DIRECT)
		return;
	err = judge_zone(judge, "E-CONSIST", "G6.1-consist", inner->zone, ZONE_F_NETWORKS);
	err->also = node_at(&outer->zone->node, ZONE_F_NETWORKS);
	err_say(judge->errs, err, _("network \"%s\" of zone %s lies in zone %s at another interface"),
		prefix_text(inner->network, text), inner->zone->node.id, outer->zone->node.id);
	err_hint(judge->errs, err, _("give every zone networks of its own"));
}

/* Sorted, prefixes nest or are apart: a stack of those that still cover is all it takes. */
static void overlaps_check(struct judge *judge)
{
	size_t count = 0, depth = 0;
	struct claim *claims;
	const struct claim **stack;

	vec_each(zone, &judge->policy->zones)
		count += zone->networks.count;
	claims = arena_make_many(judge->arena, struct claim, count + 1);
	stack = arena_make_many(judge->arena, const struct claim *, count + 1);
	count = 0;
	vec_each(zone, &judge->policy->zones)
		for (size_t i = 0; i < zone->networks.count; i++)
			claims[count++] = (struct claim){ &zone->networks.items[i], zone };
	qsort(claims, count, sizeof(*claims), claim_compare);
	for (size_t i = 0; i < count; i++) {
		while (depth && !prefix_covers(stack[depth - 1]->network, claims[i].network))
			depth--;
		if (depth)
			overlap_check(judge, stack[depth - 1], &claims[i]);
		stack[depth++] = &claims[i];
	}
}

/* ---- 4. next hops ---- */

static void next_hop_check(struct judge *judge, const struct endpoint *endpoint)
{
	const struct zone *port = zone_port(endpoint->zone);
	const struct zone *hop = endpoint->next_hop ? zone_port(endpoint->next_hop->zone) : NULL;
	struct err *err;

	if (!port || !hop || port == hop)
		return;
	err = judge_endpoint(judge, "E-CONSIST", "G6.1-consist", endpoint, END_NEXT_HOP);
	err->also = endpoint->next_hop->node.at;
	err_say(judge->errs, err,
		_("peer %s is expected at interface \"%s\", but its next hop %s is at \"%s\""),
		endpoint_label(endpoint), port->interface, endpoint->next_hop->node.id,
		hop->interface);
	err_hint(judge->errs, err, _("name the router of zone %s"), endpoint->zone->node.id);
}

/* ---- 5. flows that claim the same packets ---- */

/* Finding out how two flows lie to each other is work; who has that many mistakes mends the first. */
enum { RELATED_MOST = 100, RELATED_BOXES_MOST = 4096 };

struct meetings {
	struct judge *judge;
	size_t count;
};

/* What the two say otherwise of the same packets: "window, approval", in words of the file. */
static const char *terms_text(struct judge *judge, const struct flow *a, const struct flow *b)
{
	const struct {
		bool differs;
		const char *key;
	} terms[] = {
		{ !window_equal(a->window, b->window), "window" },
		{ a->approval != b->approval, "approval" },
		{ a->crypto != b->crypto, "crypto" },
		{ a->data != b->data, "data" },
		{ a->class != b->class, "class" },
	};
	const char *text = NULL;

	for (size_t i = 0; i < array_count(terms); i++)
		if (terms[i].differs)
			text = text ? arena_printf(judge->arena, "%s, %s", text, terms[i].key)
				    : terms[i].key;
	return text;
}

static bool is_within(const struct meetings *it, const struct flow *inner, const struct flow *outer)
{
	struct permit_span those = judge_boxes(it->judge, outer);
	struct permit_span these = judge_boxes(it->judge, inner);

	return it->count <= RELATED_MOST && those.count <= RELATED_BOXES_MOST &&
	       these.count <= RELATED_BOXES_MOST && permits_cover(those, these);
}

/* The later is told, since it came to what was there; or the one that is all within the other. */
static void relation_say(struct judge *judge, struct err *err, const struct flow *inner,
			 const struct flow *outer, bool same, const char *terms)
{
	const char *in = inner->node.id, *out = outer->node.id;

	if (same && !terms)
		err_say(judge->errs, err,
			_("flow %s permits the same packets as flow %s, on the same terms"), in, out);
	else if (same)
		err_say(judge->errs, err,
			_("flow %1$s permits the same packets as flow %2$s, but on other terms: %3$s"),
			in, out, terms);
	else if (!terms)
		err_say(judge->errs, err,
			_("flow %s adds nothing: all its packets are permitted by flow %s"), in, out);
	else
		err_say(judge->errs, err,
			_("all packets of flow %1$s are permitted by flow %2$s, but on other terms: %3$s"),
			in, out, terms);
	if (same && terms)
		err_hint(judge->errs, err, _("decide whose terms hold, and remove the other flow"));
	else if (same)
		err_hint(judge->errs, err, _("remove one of the two"));
	else if (terms)
		err_hint(judge->errs, err,
			 _("one packet has one flow, and its terms: let flow %s leave these packets out, or remove flow %s"),
			 out, in);
	else
		err_hint(judge->errs, err, _("remove flow %s, or narrow flow %s"), in, out);
}

static void overlap_say(struct judge *judge, struct err *err, const struct flow *earlier,
			const struct flow *later, const char *terms)
{
	if (terms)
		err_say(judge->errs, err,
			_("flow %1$s admits packets that flow %2$s admits already, but on other terms: %3$s"),
			later->node.id, earlier->node.id, terms);
	else
		err_say(judge->errs, err, _("flow %s admits packets that flow %s admits already"),
			later->node.id, earlier->node.id);
	err_hint(judge->errs, err, _("let every packet belong to one flow: narrow or remove one"));
}

static void on_meet(void *context, const struct permit *a, const struct permit *b)
{
	struct meetings *it = context;
	struct judge *judge = it->judge;
	bool in_order = a->flow->index < b->flow->index;
	const struct flow *earlier = in_order ? a->flow : b->flow;
	const struct flow *later = in_order ? b->flow : a->flow;
	const char *terms = terms_text(judge, earlier, later);
	struct err *err = judge_flow(judge, "E-CONSIST", "G6.1-consist", later, FLOW_F_PORTS);
	bool later_within, earlier_within;

	it->count++;
	later_within = is_within(it, later, earlier);
	earlier_within = is_within(it, earlier, later);
	err->also = earlier->node.at;
	if (later_within)
		relation_say(judge, err, later, earlier, earlier_within, terms);
	else if (earlier_within)
		relation_say(judge, err, earlier, later, false, terms);
	else
		overlap_say(judge, err, earlier, later, terms);
}

void check_25_consist(struct judge *judge)
{
	struct meetings meetings = { .judge = judge };

	vec_each(flow, &judge->policy->flows) {
		side_check(judge, flow, FLOW_F_FROM, &flow->from);
		side_check(judge, flow, FLOW_F_TO, &flow->to);
	}
	overlaps_check(judge);
	vec_each(endpoint, &judge->policy->endpoints)
		next_hop_check(judge, endpoint);
	permits_find_meeting(&judge->permits, on_meet, &meetings);
}
