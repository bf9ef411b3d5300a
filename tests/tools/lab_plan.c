/* lab_plan: what a town needs to stand, and what may pass in it, out of the policy itself.
 *
 *   lab_plan plan POLICY [TOWN]             zones, addresses, machines, routes (tests/lab/lab.sh
 *                                           raises namespaces from it)
 *   lab_plan flows POLICY TIME              each flow with an example of its packets, and whether
 *                                           it is open then
 *   lab_plan others POLICY TIME SEED COUNT  attempts that nothing permits then, each with the
 *                                           counter that is to count it
 *
 * TOWN lists the machines that no policy has (tests/lab/towns). What a flow permits is read from
 * lib/policy alone, never from the ruleset: the two are held against each other by packets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "conf/conf.h"
#include "policy/permit.h"
#include "policy/policy.h"

enum { LINE_BYTES = 512 };

/* An address of the lab and the namespace in which it lives. */
struct spot {
	const char *ns, *what;
	struct addr addr;
	struct mac mac;
	const struct zone *zone; /* NULL: the gateway */
	bool speaks;             /* attempts may begin here */
	bool unlearnt;           /* a peer known by name alone: bound to nothing yet */
};

struct plan {
	struct arena *arena;
	const struct policy *policy;
	struct permits permits;
	struct addr *gateways; /* of each zone; FAMILY_NONE for those behind another */
	vec_of(struct spot) spots;
	struct map taken; /* addresses in use */
};

static _noreturn_ void fail(const char *what, const char *which)
{
	fprintf(stderr, "lab_plan: %s: %s\n", what, which);
	exit(2);
}

static void errs_show(const struct errs *errs)
{
	vec_each(err, &errs->list)
		fprintf(stderr, "%s:%u: %s\n", err->at.file ? err->at.file : "", err->at.line,
			err->message);
}

static const char *show(struct plan *plan, const struct addr *addr)
{
	char text[ADDR_TEXT_BYTES];

	return arena_strdup(plan->arena, addr_text(addr, text));
}

static const char *show_mac(struct plan *plan, struct mac mac)
{
	char text[MAC_TEXT_BYTES];

	return arena_strdup(plan->arena, mac_text(mac, text));
}

/* A MAC that no maker gave: 02:00:5e:KIND:00:NUMBER. */
static struct mac made_mac(uint8_t kind, unsigned number)
{
	return (struct mac){ { 0x02, 0, 0x5e, kind, (uint8_t)(number >> 8), (uint8_t)number } };
}

static void take(struct plan *plan, const struct addr *addr)
{
	const void *kept = arena_copy(plan->arena, addr, sizeof(*addr));

	map_add(plan->arena, &plan->taken, kept, sizeof(*addr), plan);
}

static bool is_taken(const struct plan *plan, const struct addr *addr)
{
	return map_find(&plan->taken, addr, sizeof(*addr));
}

static struct spot *spot_add(struct plan *plan, const char *ns, const char *what,
			     const struct zone *zone, struct addr addr, struct mac mac)
{
	struct spot *spot = vec_add(plan->arena, &plan->spots);

	*spot = (struct spot){ .ns = ns, .what = what, .addr = addr, .mac = mac, .zone = zone,
			       .speaks = zone != NULL };
	take(plan, &addr);
	return spot;
}

static struct addr addr_plus(struct addr addr, unsigned steps)
{
	while (steps-- && addr_next(&addr, &addr))
		;
	return addr;
}

/* The address of a peer: its own, or for a name one within its fence. */
static struct addr endpoint_addr(const struct endpoint *endpoint)
{
	const struct prefix *within = NULL;

	if (endpoint->ip.addr.family != FAMILY_NONE)
		return prefix_is_host(&endpoint->ip) ? endpoint->ip.addr :
						       addr_plus(endpoint->ip.addr, 1);
	if (endpoint->within.count)
		within = &endpoint->within.items[0];
	if (!within)
		return (struct addr){ 0 };
	return prefix_is_host(within) ? within->addr : addr_plus(within->addr, 2);
}

static void spots_fill(struct plan *plan)
{
	unsigned number = 0;

	vec_each(host, &plan->policy->hosts)
		spot_add(plan, host->node.id, host->node.id, host->zone, host->ip,
			 mac_is_zero(host->mac) ? made_mac(0x11, host->index) : host->mac);
	vec_each(endpoint, &plan->policy->endpoints) {
		struct addr addr = endpoint_addr(endpoint);
		const struct host *router = endpoint->next_hop;

		if (addr.family == FAMILY_NONE)
			continue;
		spot_add(plan, router ? router->node.id : endpoint->node.id, endpoint->node.id,
			 endpoint->zone, addr, router ? router->mac : made_mac(0x12, number++))
			->unlearnt = endpoint->ip.addr.family == FAMILY_NONE &&
				     !zone_is_open(endpoint->zone);
	}
}

/* The last address of the zone's first network that nobody has. */
static struct addr gateway_addr(const struct plan *plan, const struct zone *zone)
{
	struct addr addr;

	if (zone->via || !zone->networks.count)
		return (struct addr){ 0 };
	addr = prefix_last(&zone->networks.items[0]);
	do {
		if (!addr_previous(&addr, &addr))
			return (struct addr){ 0 };
	} while (is_taken(plan, &addr));
	return addr;
}

static void plan_init(struct plan *plan, const struct policy *policy, struct errs *errs)
{
	*plan = (struct plan){ .arena = arena_new(), .policy = policy };
	if (!permits_init(&plan->permits, policy, errs)) {
		errs_show(errs);
		exit(2);
	}
	spots_fill(plan);
	plan->gateways = arena_make_many(plan->arena, struct addr, policy->zones.count + 1);
	vec_each(zone, &policy->zones) {
		plan->gateways[zone->index] = gateway_addr(plan, zone);
		if (plan->gateways[zone->index].family != FAMILY_NONE)
			spot_add(plan, "gateway", zone->node.id, NULL, plan->gateways[zone->index],
				 made_mac(0x01, zone->index));
	}
}

/* ---- plan ---- */

/* host NAME PORT-ZONE ADDRESS MAC GATEWAY GATEWAY-MAC KIND */
static void host_print(struct plan *plan, const char *name, const struct zone *zone,
		       const char *addr, const char *mac, const char *kind)
{
	const struct zone *port = zone_port(zone);

	printf("host %s %u %s %s %s %s %s\n", name, port->index, addr, mac,
	       show(plan, &plan->gateways[port->index]),
	       show_mac(plan, made_mac(0x01, port->index)), kind);
}

static void zones_print(struct plan *plan)
{
	vec_each(zone, &plan->policy->zones) {
		if (zone->via)
			continue;
		printf("zone %s %u %s %s/%u %s\n", zone->node.id, zone->index, zone->interface,
		       show(plan, &plan->gateways[zone->index]),
		       zone->networks.items[0].length_bits,
		       show_mac(plan, made_mac(0x01, zone->index)));
	}
}

static bool is_routed(const struct policy *policy, const struct prefix *network)
{
	vec_each(route, &policy->routes)
		if (route->via && prefix_covers(&route->to, network))
			return true;
	return false;
}

static void routes_print(struct plan *plan)
{
	char text[PREFIX_TEXT_BYTES];

	vec_each(route, &plan->policy->routes)
		if (route->via)
			printf("route %s via %s dev %s\n", prefix_text(&route->to, text),
			       show(plan, &route->via->ip), zone_interface(route->via->zone));
	vec_each(zone, &plan->policy->zones)
		for (size_t i = zone->via ? 0 : 1; i < zone->networks.count; i++)
			if (!is_routed(plan->policy, &zone->networks.items[i]))
				printf("route %s dev %s\n",
				       prefix_text(&zone->networks.items[i], text),
				       zone_interface(zone));
	/* a peer is reached by its next hop, even where the net of the zone holds its address */
	vec_each(endpoint, &plan->policy->endpoints) {
		struct addr addr = endpoint_addr(endpoint);
		struct prefix host = prefix_of_addr(&addr);

		if (addr.family == FAMILY_V4 && endpoint->next_hop &&
		    !is_routed(plan->policy, &host))
			printf("route %s via %s dev %s\n", show(plan, &addr),
			       show(plan, &endpoint->next_hop->ip), zone_interface(endpoint->zone));
	}
}

/* A line of the town: "extra NAME ZONE ADDRESS MAC [KIND]" or "also HOST ADDRESS". */
static void town_line(struct plan *plan, char *line)
{
	char *words[6] = { 0 }, *save = NULL;
	const struct zone *zone;
	size_t count = 0;

	line[strcspn(line, "#\n")] = '\0';
	for (char *word = strtok_r(line, " \t", &save); word && count < array_count(words);
	     word = strtok_r(NULL, " \t", &save))
		words[count++] = word;
	if (!count || strcmp(words[0], "policy") == 0)
		return;
	if (strcmp(words[0], "also") == 0 && count == 3) {
		printf("addr %s %s second\n", words[1], words[2]);
		return;
	}
	if (strcmp(words[0], "extra") != 0 || count < 5)
		fail("not a line of a town", words[0]);
	zone = policy_find_zone(plan->policy, words[2]);
	if (!zone || !zone_port(zone))
		fail("no such zone", words[2]);
	host_print(plan, words[1], zone, words[3], words[4], count > 5 ? words[5] : "extra");
}

static void town_print(struct plan *plan, const char *path)
{
	char line[LINE_BYTES];
	FILE *file = fopen(path, "re");

	if (!file)
		fail("cannot read", path);
	while (fgets(line, sizeof(line), file))
		town_line(plan, line);
	fclose(file);
}

static void plan_print(struct plan *plan, const char *town)
{
	zones_print(plan);
	routes_print(plan);
	vec_each(spot, &plan->spots) {
		if (!spot->zone)
			continue;
		if (spot->ns == spot->what)
			host_print(plan, spot->ns, spot->zone, show(plan, &spot->addr),
				   show_mac(plan, spot->mac), "host");
		else
			printf("addr %s %s %s\n", spot->ns, show(plan, &spot->addr), spot->what);
	}
	if (town)
		town_print(plan, town);
}

/* ---- flows ---- */

/* Somebody in the lab with an address in that range, or NULL. */
static const struct spot *spot_within(const struct plan *plan, const struct addr *first,
				      const struct addr *last)
{
	vec_each(spot, &plan->spots)
		if (spot->zone && addr_compare(first, &spot->addr) <= 0 &&
		    addr_compare(&spot->addr, last) <= 0)
			return spot;
	return NULL;
}

static const struct spot *spot_named(const struct plan *plan, const char *what)
{
	vec_each(spot, &plan->spots)
		if (strcmp(spot->what, what) == 0)
			return spot;
	return NULL;
}

static const char *const proto_names[] = {
	[PROTO_TCP] = "tcp", [PROTO_UDP] = "udp", [PROTO_ICMP] = "icmp"
};

/* Both ends of a permit, as somebody in the lab, or NULL. */
static const struct spot *permit_from(const struct plan *plan, const struct permit *permit)
{
	return permit->by_name && permit->name_is_source ?
		       spot_named(plan, permit->by_name->node.id) :
		       spot_within(plan, &permit->src_first, &permit->src_last);
}

static const struct spot *permit_to(const struct plan *plan, const struct permit *permit)
{
	return permit->by_name && !permit->name_is_source ?
		       spot_named(plan, permit->by_name->node.id) :
		       spot_within(plan, &permit->dst_first, &permit->dst_last);
}

static bool permit_is_open(const struct plan *plan, const struct permit *permit, struct wall at)
{
	return !permit->by_name &&
	       window_is_open(permit->flow->window, at, plan->policy->head.offset_sec);
}

/* The counter of refused packets between the interfaces of two zones. */
static const char *pair_counter(struct plan *plan, const struct zone *from, const struct zone *to)
{
	const struct zone *a = zone_port(from), *b = zone_port(to);

	vec_each(permit, &plan->permits.list)
		if (zone_port(permit->from) == a && zone_port(permit->to) == b)
			return arena_printf(plan->arena, "refused_%s_%s", a->node.id, b->node.id);
	return "refused_unplanned";
}

/* FLOW open|closed|grant|name FROM PROTO SOURCE DESTINATION PORT COUNTER LAST-PORT */
static void flows_print(struct plan *plan, struct wall at)
{
	vec_each(permit, &plan->permits.list) {
		const struct flow *flow = permit->flow;
		const struct spot *from = permit_from(plan, permit), *to = permit_to(plan, permit);
		bool grant = flow->window && flow->window->kind == WINDOW_GRANT;

		if (!from || !to || from->addr.family != FAMILY_V4 || strcmp(from->ns, to->ns) == 0)
			continue;
		printf("%s %s %s %s %s %s %u %s %u\n", flow->node.id,
		       grant				   ? "grant" :
		       permit->by_name			   ? "name" :
		       permit_is_open(plan, permit, at)	   ? "open" :
							     "closed",
		       from->ns, proto_names[permit->proto], show(plan, &from->addr),
		       show(plan, &to->addr), permit->port_first,
		       pair_counter(plan, permit->from, permit->to), permit->port_last);
	}
}

/* ---- others ---- */

/* splitmix64: the same attempts for the same seed, everywhere. */
static uint64_t random_state;
static unsigned random_below(unsigned limit)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ z >> 31) % limit);
}

struct attempt {
	const struct spot *from;
	struct addr to;
	const struct zone *to_zone; /* NULL: the gateway */
	uint8_t proto;
	uint16_t port;
};

static const struct spot *random_speaker(const struct plan *plan)
{
	const struct spot *spot;

	do {
		spot = &plan->spots.items[random_below((unsigned)plan->spots.count)];
	} while (!spot->speaks || spot->addr.family != FAMILY_V4);
	return spot;
}

static const struct permit *random_permit(const struct plan *plan)
{
	return &plan->permits.list.items[random_below((unsigned)plan->permits.list.count)];
}

static void aim_at(struct attempt *attempt, const struct spot *spot)
{
	attempt->to = spot->addr;
	attempt->to_zone = spot->zone;
}

/* An address of a zone, most often nobody's. */
static void aim_anywhere(const struct plan *plan, struct attempt *attempt)
{
	const struct zone *zone;
	const struct prefix *network;
	unsigned room;

	do {
		zone = &plan->policy->zones.items[random_below((unsigned)plan->policy->zones.count)];
	} while (!zone->networks.count || zone->networks.items[0].addr.family != FAMILY_V4);
	network = &zone->networks.items[0];
	room = 1u << (32 - network->length_bits);
	attempt->to = room < 4 ? network->addr :
				 addr_plus(network->addr, 1 + random_below(room - 2));
	attempt->to_zone = zone;
	vec_each(spot, &plan->spots)
		if (addr_compare(&spot->addr, &attempt->to) == 0)
			attempt->to_zone = spot->zone;
}

static uint16_t random_port(const struct plan *plan)
{
	static const uint16_t known[] = { 20, 21, 23, 53, 67, 80, 88, 111, 123, 135, 139, 161, 389,
					  445, 500, 514, 1433, 1812, 3306, 3389, 5432, 8080 };

	switch (random_below(3)) {
	case 0:
		return random_permit(plan)->port_first;
	case 1:
		return known[random_below(array_count(known))];
	default:
		return (uint16_t)(1 + random_below(65535));
	}
}

static void make_random(const struct plan *plan, struct attempt *attempt)
{
	attempt->from = random_speaker(plan);
	attempt->proto = (uint8_t)(random_below(5) < 3 ? PROTO_TCP : 1 + random_below(2));
	attempt->port = random_port(plan);
	if (random_below(4))
		aim_at(attempt, &plan->spots.items[random_below((unsigned)plan->spots.count)]);
	else
		aim_anywhere(plan, attempt);
}

/* A flow with one thing wrong. False: not everybody of it is in the lab. */
static bool make_near(const struct plan *plan, struct attempt *attempt)
{
	const struct permit *permit = random_permit(plan);
	const struct spot *from = permit_from(plan, permit), *to = permit_to(plan, permit), *other;

	if (!from || !to)
		return false;
	other = &plan->spots.items[random_below((unsigned)plan->spots.count)];
	*attempt = (struct attempt){ .from = from, .proto = permit->proto,
				     .port = permit->port_first };
	aim_at(attempt, to);
	switch (random_below(6)) {
	case 0: /* as it is: closed at the time, or known by name alone */
		break;
	case 1:
		attempt->port = (uint16_t)(attempt->port + (random_below(2) ? 1 : -1));
		break;
	case 2:
		attempt->proto = (uint8_t)((attempt->proto + 1 + random_below(2)) % 3);
		break;
	case 3:
		attempt->from = random_speaker(plan);
		break;
	case 4:
		aim_at(attempt, other);
		break;
	case 5:
		attempt->from = to;
		aim_at(attempt, from);
		break;
	}
	return true;
}

static bool may_log_in(const struct plan *plan, const struct attempt *attempt)
{
	if (attempt->to_zone || attempt->proto != PROTO_TCP)
		return false;
	vec_each(line, &plan->policy->management.ssh)
		for (size_t i = 0; line->from && i < line->ports.count; i++)
			if (addr_compare(&line->from->ip, &attempt->from->addr) == 0 &&
			    line->ports.items[i].first <= attempt->port &&
			    attempt->port <= line->ports.items[i].last)
				return true;
	return false;
}

static bool is_permitted(const struct plan *plan, const struct attempt *attempt, struct wall at)
{
	struct permit packet = { .proto = attempt->proto };

	if (may_log_in(plan, attempt))
		return true;
	packet.mac_first = packet.mac_last = attempt->from->mac;
	packet.src_first = packet.src_last = attempt->from->addr;
	packet.dst_first = packet.dst_last = attempt->to;
	packet.port_first = packet.port_last = attempt->proto == PROTO_ICMP ? 0 : attempt->port;
	vec_each(permit, &plan->permits.list)
		if (permit_is_open(plan, permit, at) && permit_meets(permit, &packet))
			return true;
	return false;
}

static bool stays_inside(const struct plan *plan, const struct attempt *attempt)
{
	vec_each(spot, &plan->spots)
		if (strcmp(spot->ns, attempt->from->ns) == 0 &&
		    addr_compare(&spot->addr, &attempt->to) == 0)
			return true;
	return false;
}

/* Each attempt is one that no earlier one was: try ID NS PROTO SOURCE DESTINATION PORT COUNTER */
static void others_print(struct plan *plan, struct wall at, unsigned count)
{
	struct map seen = { 0 };

	for (unsigned made = 0; made < count;) {
		struct attempt attempt = { 0 };
		const char *what;

		if (random_below(3) == 0)
			make_random(plan, &attempt);
		else if (!make_near(plan, &attempt))
			continue;
		if (attempt.to.family != FAMILY_V4 || attempt.from->addr.family != FAMILY_V4 ||
		    attempt.port == 0 || stays_inside(plan, &attempt) ||
		    is_permitted(plan, &attempt, at))
			continue;
		what = arena_printf(plan->arena, "%s %s %s %s %u", attempt.from->ns,
				    proto_names[attempt.proto], show(plan, &attempt.from->addr),
				    show(plan, &attempt.to), attempt.port);
		if (!map_add_text(plan->arena, &seen, what, plan))
			continue;
		printf("try x%u %s %s\n", made++, what,
		       attempt.from->unlearnt ? "refused_unbound" :
		       !attempt.to_zone	      ? "refused_input" :
						pair_counter(plan, attempt.from->zone,
							     attempt.to_zone));
	}
}

int main(int argc, char **argv)
{
	struct errs errs;
	struct policy *policy;
	struct plan plan;
	struct wall at = { 0 };
	int offset_sec;

	if (argc < 3)
		fail("usage", "lab_plan plan|flows|others POLICY …");
	errs_init(&errs);
	policy = conf_read(argv[2], &errs);
	if (!policy) {
		errs_show(&errs);
		return 2;
	}
	plan_init(&plan, policy, &errs);
	if (argc > 3 && strcmp(argv[1], "plan") != 0 && !wall_parse(argv[3], &at, &offset_sec))
		fail("not a time", argv[3]);
	if (strcmp(argv[1], "plan") == 0) {
		plan_print(&plan, argc > 3 ? argv[3] : NULL);
	} else if (strcmp(argv[1], "flows") == 0 && argc == 4) {
		flows_print(&plan, at);
	} else if (strcmp(argv[1], "others") == 0 && argc == 6) {
		random_state = strtoull(argv[4], NULL, 10);
		others_print(&plan, at, (unsigned)strtoul(argv[5], NULL, 10));
	} else {
		fail("usage", argv[1]);
	}
	permits_done(&plan.permits);
	arena_free(plan.arena);
	policy_free(policy);
	errs_done(&errs);
	return 0;
}
