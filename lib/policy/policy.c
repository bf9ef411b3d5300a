/* See policy.h. */
#include "policy/policy.h"

#include <string.h>

#include "base/lang.h"

struct policy *policy_new(void)
{
	struct arena *arena = arena_new();
	struct policy *policy = arena_make(arena, struct policy);

	policy->arena = arena;
	return policy;
}

void policy_free(struct policy *policy)
{
	if (policy)
		arena_free(policy->arena); /* the policy itself lies in it */
}

bool node_has(const struct node *node, unsigned field)
{
	return node->field_lines && node->field_lines[field];
}

struct src node_at(const struct node *node, unsigned field)
{
	struct src at = node->at;

	if (node_has(node, field))
		at.line += node->field_lines[field] - 1u;
	return at;
}

const struct zone *policy_find_zone(const struct policy *policy, const char *id)
{
	return map_find_text(&policy->zone_ids, id);
}

const struct host *policy_find_host(const struct policy *policy, const char *id)
{
	return map_find_text(&policy->host_ids, id);
}

const struct endpoint *policy_find_endpoint(const struct policy *policy, const char *id)
{
	return map_find_text(&policy->endpoint_ids, id);
}

const struct flow *policy_find_flow(const struct policy *policy, const char *id)
{
	return map_find_text(&policy->flow_ids, id);
}

struct party policy_find_party(const struct policy *policy, const char *name)
{
	const struct host *host = policy_find_host(policy, name);
	const struct endpoint *endpoint;
	const struct zone *zone;

	if (host)
		return (struct party){ .kind = PARTY_HOST, .name = name, .host = host };
	endpoint = policy_find_endpoint(policy, name);
	if (endpoint)
		return (struct party){ .kind = PARTY_ENDPOINT, .name = name, .endpoint = endpoint };
	zone = policy_find_zone(policy, name);
	if (zone)
		return (struct party){ .kind = PARTY_ZONE, .name = name, .zone = zone };
	return (struct party){ .kind = PARTY_NONE, .name = name };
}

const struct zone *party_zone(const struct party *party)
{
	switch (party->kind) {
	case PARTY_NONE:
		return NULL;
	case PARTY_HOST:
		return party->host->zone;
	case PARTY_ENDPOINT:
		return party->endpoint->zone;
	case PARTY_ZONE:
		return party->zone;
	}
	return NULL;
}

const char *zone_label(const struct zone *zone)
{
	return zone->label ? zone->label : zone->node.id;
}

const char *host_label(const struct host *host)
{
	return host->label ? host->label : host->node.id;
}

const char *endpoint_label(const struct endpoint *endpoint)
{
	return endpoint->label ? endpoint->label : endpoint->node.id;
}

const char *party_label(const struct party *party)
{
	switch (party->kind) {
	case PARTY_NONE:
		return party->name;
	case PARTY_HOST:
		return host_label(party->host);
	case PARTY_ENDPOINT:
		return endpoint_label(party->endpoint);
	case PARTY_ZONE:
		return zone_label(party->zone);
	}
	return party->name;
}

const struct zone *zone_port(const struct zone *zone)
{
	/* via leads to a zone with an interface of its own: conf/ refuses chains */
	if (zone->via)
		zone = zone->via;
	return zone->interface ? zone : NULL;
}

const char *zone_interface(const struct zone *zone)
{
	const struct zone *port = zone_port(zone);

	return port ? port->interface : NULL;
}

bool zone_is_open(const struct zone *zone)
{
	return zone->class == ZONE_GUEST || zone->class == ZONE_INTERNET_DIRECT;
}

bool zone_has_addr(const struct zone *zone, const struct addr *addr)
{
	for (size_t i = 0; i < zone->networks.count; i++)
		if (prefix_has(&zone->networks.items[i], addr))
			return true;
	return false;
}

bool kind_is_exempt(enum endpoint_kind kind)
{
	return kind == KIND_ELTAX || kind == KIND_MYNAPORTAL || kind == KIND_JICHI_PLATFORM;
}

struct mac zone_router(const struct policy *policy, const struct zone *zone,
		       const struct prefix *network)
{
	const struct route *best = NULL;
	const struct mac any = { 0 };

	if (!zone->via)
		return any;
	vec_each(route, &policy->routes)
		if (prefix_covers(&route->to, network) &&
		    (!best || route->to.length_bits > best->to.length_bits))
			best = route;
	if (best)
		return best->via->mac;
	vec_each(endpoint, &policy->endpoints)
		if (endpoint->zone == zone && endpoint->next_hop)
			return endpoint->next_hop->mac;
	return any;
}
