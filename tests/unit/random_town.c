/* See random_town.h. Each flow has ports of its own, so that no two meet. */
#include "unit/random_town.h"

#include <stdio.h>
#include <stdlib.h>

enum { ZONES = 5, HOSTS = 12, FLOWS = 14 };

struct people {
	struct zone *zones[ZONES];
	struct host *hosts[HOSTS], *router;
	struct endpoint *net, *named;
};

static struct host *host_add(struct town *town, struct zone *zone, unsigned number)
{
	unsigned at = zone->index;
	char id[16], ip[24], mac[24];

	snprintf(id, sizeof(id), "h%u", number);
	snprintf(ip, sizeof(ip), "10.%u.0.%u", at, number + 10);
	snprintf(mac, sizeof(mac), "00:00:5e:00:%02x:%02x", at, number);
	return town_host(town, id, zone, arena_strdup(town->policy->arena, ip),
			 arena_strdup(town->policy->arena, mac));
}

static void people_add(struct town *town, struct dice *dice, struct people *people)
{
	for (unsigned i = 0; i < ZONES; i++) {
		char id[8], interface[8], network[24];

		snprintf(id, sizeof(id), "z%u", i);
		snprintf(interface, sizeof(interface), "eth%u", i);
		snprintf(network, sizeof(network), "10.%u.0.0/24", i);
		people->zones[i] = town_zone(town, id, arena_strdup(town->policy->arena, interface),
					     network);
	}
	people->zones[ZONES - 1]->class = ZONE_GUEST;
	for (unsigned i = 0; i < HOSTS; i++)
		people->hosts[i] = host_add(town, people->zones[roll(dice, ZONES)], i);
	people->router = host_add(town, people->zones[0], 99);
	people->net = town_endpoint(town, "e-net", people->zones[0], people->router,
				    "203.0.113.0/28");
	people->named = town_endpoint(town, "e-name", people->zones[0], people->router, NULL);
	people->named->fqdn = "name.example";
}

static struct party party_pick(struct dice *dice, const struct people *people)
{
	switch (roll(dice, 12)) {
	case 0:
		return party_of_zone(people->zones[ZONES - 1]);
	case 1:
		return party_endpoint(people->net);
	default:
		return party_host(people->hosts[roll(dice, HOSTS)]);
	}
}

static void flow_add(struct town *town, struct dice *dice, const struct people *people,
		     unsigned number)
{
	struct party from = party_pick(dice, people), to = party_pick(dice, people);
	char id[8], ports[24];

	snprintf(id, sizeof(id), "F%u", number);
	snprintf(ports, sizeof(ports), "%u-%u", 1000 + 100 * number,
		 1000 + 100 * number + (roll(dice, 3) ? 0 : roll(dice, 64)));
	if (from.kind == PARTY_ENDPOINT && to.kind == PARTY_ENDPOINT)
		to = party_host(people->hosts[0]);
	if (number == 0 && !roll(dice, 3))
		to = party_endpoint(people->named);
	if (number == 1 && from.kind == PARTY_HOST && to.kind == PARTY_HOST)
		town_flow(town, id, from, to, PROTO_ICMP, NULL);
	else
		town_flow(town, id, from, to, roll(dice, 3) ? PROTO_TCP : PROTO_UDP, ports);
}

void town_random(struct town *town, struct dice *dice)
{
	struct people people;

	town_init(town, 64, 64);
	people_add(town, dice, &people);
	for (unsigned i = 0; i < FLOWS; i++)
		flow_add(town, dice, &people, i);
	if (!permits_init(&town->permits, town->policy, &town->errs))
		abort();
}
