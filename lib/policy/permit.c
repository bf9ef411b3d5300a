/* See permit.h. Expansion: each side of a flow becomes a list of ends (who, as ranges of MAC and
 * address), the ports a sorted list without overlaps, and the boxes are their product. */
#include "policy/permit.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"

/* A range of ports up to this long becomes single ports: an element of a hash map costs a
 * thousandth of what an element of an interval map costs to remove (RULESET.md). */
enum { PORTS_UNROLLED = 16 };

struct end {
	const struct zone *zone;
	const struct endpoint *by_name;
	struct mac mac_first, mac_last;
	struct addr first, last;
};

struct ends {
	vec_of(struct end) list;
	bool may_overlap;
};

struct expansion {
	struct permits *permits;
	const struct policy *policy;
	struct errs *errs;
	struct arena *scratch;
	/* hosts by zone: hosts of zone i are by_zone[start[i]] to by_zone[start[i + 1]] */
	const struct host **by_zone;
	size_t *zone_start;
	struct ends from, to;
	vec_of(struct port_range) ports;
};

static const struct mac mac_lowest, mac_highest = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

static void hosts_index(struct expansion *expansion)
{
	const struct policy *policy = expansion->policy;
	size_t *start, *fill;

	start = arena_make_many(expansion->scratch, size_t, policy->zones.count + 1);
	fill = arena_make_many(expansion->scratch, size_t, policy->zones.count + 1);
	vec_each(host, &policy->hosts)
		start[host->zone->index + 1]++;
	for (size_t i = 0; i < policy->zones.count; i++) {
		start[i + 1] += start[i];
		fill[i] = start[i];
	}
	expansion->by_zone =
		arena_make_many(expansion->scratch, const struct host *, policy->hosts.count + 1);
	vec_each(host, &policy->hosts)
		expansion->by_zone[fill[host->zone->index]++] = host;
	expansion->zone_start = start;
}

static void end_add_host(struct expansion *expansion, struct ends *ends, const struct host *host)
{
	struct end *end = vec_add(expansion->scratch, &ends->list);
	bool bound = !mac_is_zero(host->mac);

	*end = (struct end){ .zone = host->zone,
			     .mac_first = host->mac,
			     .mac_last = bound ? host->mac : mac_highest,
			     .first = host->ip,
			     .last = host->ip };
}

static void end_add_networks(struct expansion *expansion, struct ends *ends,
			     const struct zone *zone)
{
	for (size_t i = 0; i < zone->networks.count; i++) {
		const struct prefix *network = &zone->networks.items[i];
		struct end *end = vec_add(expansion->scratch, &ends->list);

		*end = (struct end){ .zone = zone,
				     .mac_first = mac_lowest,
				     .mac_last = mac_highest,
				     .first = network->addr,
				     .last = prefix_last(network) };
	}
}

static void end_add_endpoint(struct expansion *expansion, struct ends *ends,
			     const struct endpoint *endpoint)
{
	struct end *end = vec_add(expansion->scratch, &ends->list);
	struct mac mac = endpoint->next_hop ? endpoint->next_hop->mac : mac_lowest;

	*end = (struct end){ .zone = endpoint->zone,
			     .mac_first = mac,
			     .mac_last = mac_is_zero(mac) ? mac_highest : mac };
	if (endpoint->ip.addr.family == FAMILY_NONE) {
		end->by_name = endpoint;
		return;
	}
	end->first = endpoint->ip.addr;
	end->last = prefix_last(&endpoint->ip);
}

static void ends_fill(struct expansion *expansion, struct ends *ends,
		      const struct party_list *parties)
{
	ends->list.count = 0;
	ends->may_overlap = parties->count > 1;
	for (size_t i = 0; i < parties->count; i++) {
		const struct party *party = &parties->items[i];

		switch (party->kind) {
		case PARTY_NONE:
			break;
		case PARTY_HOST:
			end_add_host(expansion, ends, party->host);
			break;
		case PARTY_ENDPOINT:
			end_add_endpoint(expansion, ends, party->endpoint);
			break;
		case PARTY_ZONE: {
			unsigned zone = party->zone->index;

			if (zone_is_open(party->zone)) {
				end_add_networks(expansion, ends, party->zone);
				break;
			}
			for (size_t h = expansion->zone_start[zone];
			     h < expansion->zone_start[zone + 1]; h++)
				end_add_host(expansion, ends, expansion->by_zone[h]);
			break;
		}
		}
	}
}

static int port_range_compare(const void *a_ptr, const void *b_ptr)
{
	const struct port_range *a = a_ptr, *b = b_ptr;

	return (a->first > b->first) - (a->first < b->first);
}

/* Sorted, overlaps merged, short ranges unrolled. ICMP has the one value 0. */
static void ports_fill(struct expansion *expansion, const struct flow *flow)
{
	struct port_range *sorted;
	size_t merged = 0;

	expansion->ports.count = 0;
	if (flow->proto == PROTO_ICMP) {
		*vec_add(expansion->scratch, &expansion->ports) = (struct port_range){ 0, 0 };
		return;
	}
	if (!flow->ports.count)
		return;
	sorted = arena_make_many(expansion->scratch, struct port_range, flow->ports.count);
	memcpy(sorted, flow->ports.items, flow->ports.count * sizeof(*sorted));
	qsort(sorted, flow->ports.count, sizeof(*sorted), port_range_compare);
	for (size_t i = 1; i < flow->ports.count; i++) {
		if (sorted[i].first <= sorted[merged].last) {
			if (sorted[i].last > sorted[merged].last)
				sorted[merged].last = sorted[i].last;
		} else {
			sorted[++merged] = sorted[i];
		}
	}
	for (size_t i = 0; i <= merged; i++) {
		if (sorted[i].last - sorted[i].first >= PORTS_UNROLLED) {
			*vec_add(expansion->scratch, &expansion->ports) = sorted[i];
			continue;
		}
		for (unsigned port = sorted[i].first; port <= sorted[i].last; port++)
			*vec_add(expansion->scratch, &expansion->ports) =
				(struct port_range){ (uint16_t)port, (uint16_t)port };
	}
}

/* Adds a box; where an earlier box of the same flow covers it already, only what is left. */
static void permit_add(struct expansion *expansion, const struct permit *box, size_t flow_start)
{
	struct permits *permits = expansion->permits;
	struct permit_list left = { .arena = expansion->scratch }, next;

	if (flow_start == SIZE_MAX) {
		*vec_add(permits->arena, &permits->list) = *box;
		return;
	}
	*vec_add(left.arena, &left) = *box;
	for (size_t i = flow_start, end = permits->list.count; i < end && left.count; i++) {
		next = (struct permit_list){ .arena = expansion->scratch };
		vec_each(piece, &left)
			permit_subtract(piece, &permits->list.items[i], &next);
		left = next;
	}
	vec_each(piece, &left)
		*vec_add(permits->arena, &permits->list) = *piece;
}

static bool too_many(struct expansion *expansion, const struct flow *flow)
{
	size_t pairs, boxes;
	struct err *err;

	if (!__builtin_mul_overflow(expansion->from.list.count, expansion->to.list.count, &pairs) &&
	    !__builtin_mul_overflow(pairs, expansion->ports.count, &boxes) &&
	    boxes <= PERMITS_MOST - expansion->permits->list.count)
		return false;
	err = errs_add(expansion->errs, SEVERITY_ERROR, "C-SIZE", flow->node.at);
	err_path(expansion->errs, err, "flows.%s", flow->node.id);
	err_say(expansion->errs, err,
		_("the flows permit more than %d single combinations of machine, peer and port"),
		PERMITS_MOST);
	err_hint(expansion->errs, err, _("name fewer machines, or a range of ports over %d long"),
		 PORTS_UNROLLED);
	return true;
}

/* A packet from a machine to itself crosses no gateway; one that seems to is forged. */
static bool same_machine(const struct end *from, const struct end *to)
{
	return !from->by_name && !to->by_name && addr_compare(&from->first, &from->last) == 0 &&
	       addr_compare(&to->first, &to->last) == 0 && addr_compare(&from->first, &to->first) == 0;
}

static void flow_expand(struct expansion *expansion, const struct flow *flow)
{
	bool overlap = expansion->from.may_overlap || expansion->to.may_overlap;
	size_t before = expansion->permits->list.count;
	bool families_differ = false, itself = false;
	struct err *err;

	vec_each(from, &expansion->from.list)
		vec_each(to, &expansion->to.list) {
			if (!from->by_name && !to->by_name && from->first.family != to->first.family) {
				families_differ = true;
				continue;
			}
			if (same_machine(from, to)) {
				itself = true;
				continue;
			}
			vec_each(port, &expansion->ports) {
				struct permit box = {
					.flow = flow,
					.from = from->zone,
					.to = to->zone,
					.mac_first = from->mac_first,
					.mac_last = from->mac_last,
					.src_first = from->first,
					.src_last = from->last,
					.dst_first = to->first,
					.dst_last = to->last,
					.by_name = from->by_name ? from->by_name : to->by_name,
					.name_is_source = from->by_name != NULL,
					.proto = flow->proto,
					.port_first = port->first,
					.port_last = port->last,
				};

				permit_add(expansion, &box, overlap ? before : SIZE_MAX);
			}
		}
	if (expansion->permits->list.count > before)
		return;
	err = errs_add(expansion->errs, families_differ ? SEVERITY_ERROR : SEVERITY_WARNING,
		       families_differ ? "C-FAMILY" : "W-EMPTY", node_at(&flow->node, FLOW_F_FROM));
	err_path(expansion->errs, err, "flows.%s", flow->node.id);
	if (families_differ) {
		err_say(expansion->errs, err,
			_("one side has IPv4 addresses and the other IPv6 addresses"));
		err_hint(expansion->errs, err, _("name machines of the same address family"));
	} else if (itself) {
		err_say(expansion->errs, err,
			_("the flow permits nothing: both its sides are the same machine"));
		err_hint(expansion->errs, err,
			 _("name the machine that it speaks to; what it sends to itself crosses no gateway"));
	} else {
		err_say(expansion->errs, err,
			_("the flow permits nothing: no two registered machines stand in it"));
		err_hint(expansion->errs, err, _("register the machines of its zones under hosts"));
	}
}

bool permits_init(struct permits *permits, const struct policy *policy, struct errs *errs)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	struct expansion expansion = {
		.permits = permits, .policy = policy, .errs = errs, .scratch = scratch
	};
	size_t errors = errs_errors(errs);

	*permits = (struct permits){ .arena = arena_new() };
	hosts_index(&expansion);
	vec_each(flow, &policy->flows) {
		ends_fill(&expansion, &expansion.from, &flow->from);
		ends_fill(&expansion, &expansion.to, &flow->to);
		ports_fill(&expansion, flow);
		if (too_many(&expansion, flow))
			break;
		flow_expand(&expansion, flow);
	}
	return errs_errors(errs) == errors;
}

void permits_done(struct permits *permits)
{
	arena_free(permits->arena);
	*permits = (struct permits){ 0 };
}

bool permit_is_exact(const struct permit *permit)
{
	return mac_compare(permit->mac_first, permit->mac_last) == 0 &&
	       addr_compare(&permit->src_first, &permit->src_last) == 0 &&
	       addr_compare(&permit->dst_first, &permit->dst_last) == 0 &&
	       permit->port_first == permit->port_last;
}
