/* From the policy in force to what is wanted of the machine. */
#include "daemon/posture.h"

/* Closed means closed: the kernel need not even forward. */
bool posture_forwards(const struct gate *gate)
{
	return gate->now && gate->now->policy->zones.count && gate->state != GATE_LOCKDOWN;
}

static bool port_v6(const struct policy *policy, const struct zone *port)
{
	vec_each(zone, &policy->zones)
		if (zone_port(zone) == port && zone->ipv6 == IPV6_PLANNED)
			return true;
	return false;
}

/* The ports' numbers, by the zones' places in the policy. */
static void ports_add(struct host_want *want, const struct policy *policy, size_t *numbers)
{
	vec_each(zone, &policy->zones) {
		if (zone_port(zone) != zone || !zone->interface)
			continue;
		numbers[zone->index] = want->ports.count;
		host_want_add_port(want, zone->interface, zone->node.id, port_v6(policy, zone));
	}
}

static void nets_add(struct host_want *want, const struct policy *policy, const size_t *numbers)
{
	vec_each(zone, &policy->zones) {
		const struct zone *port = zone_port(zone);

		for (size_t i = 0; port && port->interface && i < zone->networks.count; i++)
			host_want_add_net(want, &(struct host_net){ zone->networks.items[i],
								    zone->node.id,
								    numbers[port->index],
								    port == zone });
	}
}

/* Machines behind a router are on the router's wire, not on ours. */
static void pins_add(struct host_want *want, const struct policy *policy, const size_t *numbers)
{
	vec_each(host, &policy->hosts) {
		const struct zone *zone = host->zone;

		if (!zone || zone_port(zone) != zone || !zone->interface ||
		    host->ip.family == FAMILY_NONE || mac_is_zero(host->mac) ||
		    (host->ip.family == FAMILY_V6 && !port_v6(policy, zone)))
			continue;
		host_want_add_pin(want, &(struct host_pin){ host->node.id, host->ip, host->mac,
							    numbers[zone->index] });
	}
}

struct host_want *posture_want_new(const struct gate *gate)
{
	const struct policy *policy = gate->now->policy;
	struct host_want *want = host_want_new();
	size_t *numbers = arena_make_many(want->arena, size_t, policy->zones.count + 1);

	ports_add(want, policy, numbers);
	nets_add(want, policy, numbers);
	pins_add(want, policy, numbers);
	vec_each(route, &policy->routes)
		if (route->via)
			*vec_add(want->arena, &want->routes) =
				(struct host_route){ route->to, route->via->ip };
	vec_each(line, &policy->management.ssh)
		for (size_t i = 0; i < line->ports.count; i++)
			*vec_add(want->arena, &want->listeners) = (struct host_listener){
				line->ports.items[i].first, line->ports.items[i].last };
	return want;
}
