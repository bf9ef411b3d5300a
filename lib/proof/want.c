/* See want.h. */
#include "proof/want.h"

#include <string.h>

#include "policy/isolation.h"
#include "policy/permit.h"

enum { NUMBER_ICMP = 1, NUMBER_TCP = 6, NUMBER_UDP = 17, NUMBER_ICMP6 = 58 };
enum { ECHO_REQUEST = 8, ECHO_REQUEST6 = 128, PORT_DNS = 53, PORT_NTP = 123,
       PORT_SYSLOG_TLS = 6514 };

struct wanting {
	struct want *want;
	const struct policy *policy;
	const struct isolations *isolations;
	struct wall at;
	int64_t margin_sec;
	bool *v6; /* by zone: its interface carries IPv6 */
	struct map hosts; /* by interface and address: whose MAC */
	struct arena *scratch;
};

/* ---- who is where ---- */

struct host_key {
	wide interface;
	struct addr addr;
	uint8_t zero[15];
};
_Static_assert(sizeof(struct host_key) == 48, "no gaps");

static struct host_key host_key(const struct zone *zone, const struct addr *addr)
{
	struct host_key key;

	memset(&key, 0, sizeof(key));
	key.interface = dim_of_name(zone_interface(zone));
	key.addr = *addr;
	return key;
}

static void hosts_index(struct wanting *wanting)
{
	vec_each(host, &wanting->policy->hosts) {
		struct host_key key;

		if (!zone_interface(host->zone) || host->ip.family == FAMILY_NONE)
			continue;
		key = host_key(host->zone, &host->ip);
		map_add(wanting->scratch, &wanting->hosts,
			arena_copy(wanting->scratch, &key, sizeof(key)), sizeof(key), host);
	}
}

/* Does the zone's interface, if it has one here, carry IPv6? */
static void v6_find(struct wanting *wanting)
{
	const struct policy *policy = wanting->policy;

	wanting->v6 = arena_make_many(wanting->scratch, bool, policy->zones.count + 1);
	vec_each(zone, &policy->zones)
		vec_each(other, &policy->zones) {
			const char *one = zone_interface(zone), *same = zone_interface(other);

			if (one && same && other->ipv6 == IPV6_PLANNED && strcmp(one, same) == 0)
				wanting->v6[zone->index] = true;
		}
}

static void mac_range(struct box *box, enum dim dim, struct mac mac)
{
	if (mac_is_zero(mac))
		return;
	box_fix(box, dim, dim_of_mac(mac));
}

/* To whom a frame for these addresses goes: the machine itself, a peer's next hop, or the router of
 * a network; otherwise anybody. */
static void next_narrow(const struct wanting *wanting, const struct zone *zone,
			const struct addr *first, const struct addr *last, struct box *box)
{
	struct host_key key = host_key(zone, first);
	const struct host *host = map_find(&wanting->hosts, &key, sizeof(key));

	if (host && addr_compare(first, last) == 0) {
		mac_range(box, DIM_NEXT_MAC, host->mac);
		return;
	}
	vec_each(endpoint, &wanting->policy->endpoints)
		if (endpoint->zone == zone && prefix_has(&endpoint->ip, first) &&
		    prefix_has(&endpoint->ip, last)) {
			if (endpoint->next_hop)
				mac_range(box, DIM_NEXT_MAC, endpoint->next_hop->mac);
			return;
		}
	for (size_t i = 0; i < zone->networks.count; i++)
		if (prefix_has(&zone->networks.items[i], first) &&
		    prefix_has(&zone->networks.items[i], last)) {
			mac_range(box, DIM_NEXT_MAC,
				  zone_router(wanting->policy, zone, &zone->networks.items[i]));
			return;
		}
}

/* ---- what crosses ---- */

/* Open all the time around? may: open at some time of it. */
static bool is_open(const struct wanting *wanting, const struct flow *flow, bool *ret_may)
{
	int offset_sec = wanting->policy->head.offset_sec;
	struct wall before = { wanting->at.sec - wanting->margin_sec }, change;
	bool was;

	*ret_may = true;
	if (!flow->window || flow->window->kind == WINDOW_ALWAYS)
		return true;
	was = window_is_open(flow->window, before, offset_sec);
	*ret_may = was || window_is_open(flow->window, wanting->at, offset_sec);
	return was && (!window_next_change(flow->window, before, offset_sec, &change) ||
		       change.sec - wanting->at.sec > wanting->margin_sec);
}

static bool is_cut(const struct wanting *wanting, const struct zone *zone, const struct mac *mac,
		   const struct addr *addr)
{
	return wanting->isolations &&
	       (isolations_cut_all(wanting->isolations) ||
		isolations_cut_zone(wanting->isolations, zone) ||
		isolations_cut_sender(wanting->isolations, wanting->policy, zone, mac, addr));
}

static void addr_range(struct box *box, enum dim dim, const struct addr *first,
		       const struct addr *last)
{
	box->first[dim] = dim_of_addr(*first);
	box->last[dim] = dim_of_addr(*last);
}

static bool is_v6(const struct permit *permit)
{
	return permit->src_first.family == FAMILY_V6 || permit->dst_first.family == FAMILY_V6;
}

static void proto_narrow(const struct permit *permit, struct box *box)
{
	wide type = is_v6(permit) ? ECHO_REQUEST6 : ECHO_REQUEST;

	if (permit->proto == PROTO_ICMP) {
		box_fix(box, DIM_PROTO, is_v6(permit) ? NUMBER_ICMP6 : NUMBER_ICMP);
		box->first[DIM_T0] = type << 8;
		box->last[DIM_T0] = type << 8 | 0xff;
		return;
	}
	box_fix(box, DIM_PROTO, permit->proto == PROTO_UDP ? NUMBER_UDP : NUMBER_TCP);
	box->first[DIM_T2] = permit->port_first;
	box->last[DIM_T2] = permit->port_last;
}

static void permit_box(const struct wanting *wanting, const struct permit *permit,
		       struct box *ret_box)
{
	box_all(ret_box);
	box_fix(ret_box, DIM_IIF, dim_of_name(zone_interface(permit->from)));
	box_fix(ret_box, DIM_OIF, dim_of_name(zone_interface(permit->to)));
	box_fix(ret_box, DIM_ETHERTYPE, is_v6(permit) ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	ret_box->first[DIM_SMAC] = dim_of_mac(permit->mac_first);
	ret_box->last[DIM_SMAC] = dim_of_mac(permit->mac_last);
	addr_range(ret_box, DIM_SRC, &permit->src_first, &permit->src_last);
	addr_range(ret_box, DIM_DST, &permit->dst_first, &permit->dst_last);
	proto_narrow(permit, ret_box);
	next_narrow(wanting, permit->to, &permit->dst_first, &permit->dst_last, ret_box);
}

/* A range gives way to what is registered within it: there, that machine alone speaks. What must
 * pass is therefore the range without them. */
static void owners_cut(const struct wanting *wanting, const struct permit *permit, enum dim dim,
		       const struct zone *zone, struct boxes_of *boxes)
{
	bool v6 = is_v6(permit);

	vec_each(host, &wanting->policy->hosts) {
		struct boxes_of left = { 0 };
		struct box owned;

		if (!zone_interface(host->zone) || (host->ip.family == FAMILY_V6) != v6 ||
		    strcmp(zone_interface(host->zone), zone_interface(zone)) != 0)
			continue;
		box_all(&owned);
		box_fix(&owned, dim, dim_of_addr(host->ip));
		vec_each(box, &boxes->list)
			box_subtract(wanting->scratch, box, &owned, &left);
		*boxes = left;
	}
}

static void range_add(struct wanting *wanting, const struct permit *permit, const struct box *box,
		      unsigned flow)
{
	struct claims *claims = &wanting->want->claims[PATH_FORWARD];
	struct boxes_of must = { 0 };

	claims_add(claims, box, flow, false);
	*vec_add(wanting->scratch, &must.list) = *box;
	if (!box_is_point(box, DIM_SRC))
		owners_cut(wanting, permit, DIM_SRC, permit->from, &must);
	if (!box_is_point(box, DIM_DST))
		owners_cut(wanting, permit, DIM_DST, permit->to, &must);
	vec_each(piece, &must.list)
		claims_add(claims, piece, flow, true);
}

static bool is_enforced(const struct wanting *wanting, const struct permit *permit)
{
	return permit->from && permit->to && zone_interface(permit->from) &&
	       zone_interface(permit->to) &&
	       (!is_v6(permit) ||
		(wanting->v6[permit->from->index] && wanting->v6[permit->to->index]));
}

static void permit_add(struct wanting *wanting, const struct permit *permit, unsigned flow)
{
	static const struct mac nobody;
	struct claims *claims = &wanting->want->claims[PATH_FORWARD];
	struct box box;
	bool may, must;

	if (!is_enforced(wanting, permit))
		return;
	must = is_open(wanting, permit->flow, &may);
	if (!may)
		return;
	if (permit->by_name) {
		claims_add_nameless(claims, dim_of_name(zone_interface(permit->from)),
				    dim_of_name(zone_interface(permit->to)));
		return;
	}
	if (is_cut(wanting, permit->from, &permit->mac_first, &permit->src_first) ||
	    is_cut(wanting, permit->to, &nobody, &permit->dst_first))
		return;
	permit_box(wanting, permit, &box);
	if (must && (!box_is_point(&box, DIM_SRC) || !box_is_point(&box, DIM_DST)))
		range_add(wanting, permit, &box, flow);
	else
		claims_add(claims, &box, flow, must);
}

static void permits_add(struct wanting *wanting, const struct permits *permits)
{
	struct claims *claims = &wanting->want->claims[PATH_FORWARD];
	const struct flow *last = NULL;
	unsigned flow = 0;

	vec_each(permit, &permits->list) {
		if (permit->flow != last)
			flow = claims_add_flow(claims, permit->flow->node.id,
					       permit->flow->node.at);
		last = permit->flow;
		permit_add(wanting, permit, flow);
	}
}

/* ---- the gateway itself ---- */

static void own_add(struct wanting *wanting, enum path path, const char *what, const struct box *box,
		    struct src src)
{
	struct claims *claims = &wanting->want->claims[path];

	claims_add(claims, box, claims_add_flow(claims, what, src), true);
}

static void own_box(enum path path, const struct zone *zone, const struct addr *addr, wide proto,
		    struct box *ret_box)
{
	bool in = path == PATH_INPUT;

	box_all(ret_box);
	box_fix(ret_box, in ? DIM_IIF : DIM_OIF, dim_of_name(zone_interface(zone)));
	box_fix(ret_box, in ? DIM_OIF : DIM_IIF, 0);
	box_fix(ret_box, DIM_ETHERTYPE,
		addr->family == FAMILY_V6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	box_fix(ret_box, in ? DIM_SRC : DIM_DST, dim_of_addr(*addr));
	if (addr->family != FAMILY_V6)
		ret_box->last[in ? DIM_DST : DIM_SRC] = UINT32_MAX;
	box_fix(ret_box, DIM_PROTO, proto);
}

static bool is_own_enforced(const struct wanting *wanting, const struct zone *zone,
			    const struct addr *addr)
{
	return zone && zone_interface(zone) && addr->family != FAMILY_NONE &&
	       (addr->family != FAMILY_V6 || wanting->v6[zone->index]);
}

static void ssh_add(struct wanting *wanting, const struct service *line)
{
	const struct host *host = line->from;
	struct box box;

	if (!host || !is_own_enforced(wanting, host->zone, &host->ip) || mac_is_zero(host->mac) ||
	    is_cut(wanting, host->zone, &host->mac, &host->ip))
		return;
	for (size_t i = 0; i < line->ports.count; i++) {
		own_box(PATH_INPUT, host->zone, &host->ip, NUMBER_TCP, &box);
		box_fix(&box, DIM_SMAC, dim_of_mac(host->mac));
		box.first[DIM_T2] = line->ports.items[i].first;
		box.last[DIM_T2] = line->ports.items[i].last;
		own_add(wanting, PATH_INPUT, "@ssh", &box, line->node.at);
	}
}

static void out_add(struct wanting *wanting, const char *what, const struct party_list *parties,
		    wide proto, wide port, struct src src)
{
	static const struct mac nobody;

	for (size_t i = 0; i < parties->count; i++) {
		const struct party *party = &parties->items[i];
		const struct zone *zone = party_zone(party);
		const struct addr *addr = NULL;
		struct box box;

		if (party->kind == PARTY_HOST)
			addr = &party->host->ip;
		else if (party->kind == PARTY_ENDPOINT && prefix_is_host(&party->endpoint->ip))
			addr = &party->endpoint->ip.addr;
		if (!addr || !is_own_enforced(wanting, zone, addr) ||
		    is_cut(wanting, zone, &nobody, addr))
			continue;
		own_box(PATH_OUTPUT, zone, addr, proto, &box);
		box_fix(&box, DIM_T2, port);
		next_narrow(wanting, zone, addr, addr, &box);
		own_add(wanting, PATH_OUTPUT, what, &box, src);
	}
}

/* Solicitations and advertisements are how neighbours find each other, where IPv6 is planned. */
static void discovery_add(struct wanting *wanting, enum path path)
{
	struct claims *claims = &wanting->want->claims[path];
	bool any = false;

	vec_each(zone, &wanting->policy->zones)
		any |= wanting->v6[zone->index];
	claims->has_discovery = any;
	for (wide type = 135; any && type <= 136; type++) {
		struct box box;

		box_all(&box);
		box_fix(&box, DIM_ETHERTYPE, ETHERTYPE_IPV6);
		box_fix(&box, DIM_PROTO, NUMBER_ICMP6);
		box.first[DIM_T0] = type << 8;
		box.last[DIM_T0] = type << 8 | 0xff;
		claims_add(claims, &box,
			   claims_add_flow(claims, "@discovery", (struct src){ 0 }), false);
	}
}

static void loopback_add(struct wanting *wanting, enum path path)
{
	struct claims *claims = &wanting->want->claims[path];
	unsigned flow = claims_add_flow(claims, "@loopback", (struct src){ 0 });

	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct box box;

		box_all(&box);
		box_fix(&box, path == PATH_INPUT ? DIM_IIF : DIM_OIF, dim_of_name("lo"));
		box_fix(&box, DIM_ETHERTYPE, v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
		claims_add(claims, &box, flow, false);
	}
}

static void own_fill(struct wanting *wanting)
{
	const struct management *management = &wanting->policy->management;
	const struct resolver *resolver = &wanting->policy->resolver;
	struct src src = management->node.at, servers = resolver->node.at;

	vec_each(line, &management->ssh)
		ssh_add(wanting, line);
	out_add(wanting, "@ntp", &management->ntp, NUMBER_UDP, PORT_NTP, src);
	out_add(wanting, "@dns", &management->dns, NUMBER_UDP, PORT_DNS, src);
	out_add(wanting, "@dns", &management->dns, NUMBER_TCP, PORT_DNS, src);
	out_add(wanting, "@dns", &resolver->servers, NUMBER_UDP, PORT_DNS, servers);
	out_add(wanting, "@dns", &resolver->servers, NUMBER_TCP, PORT_DNS, servers);
	out_add(wanting, "@syslog", &management->syslog, NUMBER_TCP, PORT_SYSLOG_TLS, src);
	for (enum path path = PATH_INPUT; path <= PATH_OUTPUT; path++) {
		loopback_add(wanting, path);
		discovery_add(wanting, path);
	}
}

void want_init(struct want *want, const struct policy *policy, const struct permits *permits,
	       const struct isolations *isolations, struct wall at, int64_t margin_sec)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	struct wanting wanting = { .want = want,
				   .policy = policy,
				   .isolations = isolations,
				   .at = at,
				   .margin_sec = margin_sec,
				   .scratch = scratch };

	for (unsigned path = 0; path < PATHS; path++)
		claims_init(&want->claims[path], (enum path)path);
	vec_each(zone, &policy->zones)
		if (zone_interface(zone))
			claims_add_interface(&want->claims[PATH_FORWARD],
					     dim_of_name(zone_interface(zone)));
	v6_find(&wanting);
	hosts_index(&wanting);
	permits_add(&wanting, permits);
	own_fill(&wanting);
}

void want_done(struct want *want)
{
	for (unsigned path = 0; path < PATHS; path++)
		claims_done(&want->claims[path]);
}
