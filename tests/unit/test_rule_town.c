/* See test_rule_town.h. */
#include "test_rule_town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 64 };

#define reserve(policy, vec, most)                                                                 \
	((vec)->items = arena_alloc((policy)->arena, sizeof(*(vec)->items) * (most)),              \
	 (vec)->room = (most))

void town_init(struct town *town, size_t hosts_most, size_t flows_most)
{
	*town = (struct town){ .file = "town.conf", .line = 1 };
	errs_init(&town->errs);
	town->policy = policy_new();
	town->policy->file = town->file;
	town->policy->head.node = (struct node){ .id = "", .at = { town->file, 1 } };
	town->policy->head.offset_sec = 9 * 3600;
	reserve(town->policy, &town->policy->zones, FEW);
	reserve(town->policy, &town->policy->hosts, hosts_most);
	reserve(town->policy, &town->policy->endpoints, FEW);
	reserve(town->policy, &town->policy->flows, flows_most);
}

void town_done(struct town *town)
{
	if (town->permits.arena)
		permits_done(&town->permits);
	policy_free(town->policy);
	errs_done(&town->errs);
}

static struct node node_new(struct town *town, const char *id)
{
	return (struct node){ .id = arena_strdup(town->policy->arena, id),
			      .at = { town->file, ++town->line } };
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "town: %s\n", what);
	abort();
}

struct zone *town_zone(struct town *town, const char *id, const char *interface,
		       const char *network)
{
	struct policy *policy = town->policy;
	struct zone *zone = vec_add(policy->arena, &policy->zones);

	must(policy->zones.count <= FEW, "too many zones");
	zone->node = node_new(town, id);
	zone->class = ZONE_LGWAN;
	zone->interface = interface;
	zone->index = (unsigned)policy->zones.count - 1;
	zone->networks.items = arena_make(policy->arena, struct prefix);
	zone->networks.count = 1;
	must(prefix_parse(network, zone->networks.items) == ADDR_GOOD, network);
	return zone;
}

struct host *town_host(struct town *town, const char *id, struct zone *zone, const char *ip,
		       const char *mac)
{
	struct policy *policy = town->policy;
	struct host *host = vec_add(policy->arena, &policy->hosts);

	host->node = node_new(town, id);
	host->zone = zone;
	host->index = (unsigned)policy->hosts.count - 1;
	must(addr_parse(ip, &host->ip) == ADDR_GOOD, ip);
	must(!mac || mac_parse(mac, &host->mac) == ADDR_GOOD, mac);
	return host;
}

struct endpoint *town_endpoint(struct town *town, const char *id, struct zone *zone,
			       const struct host *next_hop, const char *ip)
{
	struct policy *policy = town->policy;
	struct endpoint *endpoint = vec_add(policy->arena, &policy->endpoints);

	endpoint->node = node_new(town, id);
	endpoint->zone = zone;
	endpoint->next_hop = next_hop;
	endpoint->index = (unsigned)policy->endpoints.count - 1;
	must(!ip || prefix_parse(ip, &endpoint->ip) == ADDR_GOOD, ip);
	return endpoint;
}

static struct party_list party_one(struct town *town, struct party party)
{
	struct party *items = arena_make(town->policy->arena, struct party);

	*items = party;
	return (struct party_list){ items, 1 };
}

struct flow *town_flow(struct town *town, const char *id, struct party from, struct party to,
		       enum proto proto, const char *ports)
{
	struct policy *policy = town->policy;
	struct flow *flow = vec_add(policy->arena, &policy->flows);
	unsigned first, last;

	flow->node = node_new(town, id);
	flow->from = party_one(town, from);
	flow->to = party_one(town, to);
	flow->proto = (uint8_t)proto;
	flow->index = (unsigned)policy->flows.count - 1;
	if (!ports)
		return flow;
	if (sscanf(ports, "%u-%u", &first, &last) < 2)
		last = first = (unsigned)strtoul(ports, NULL, 10);
	flow->ports.items = arena_make(policy->arena, struct port_range);
	flow->ports.items[0] = (struct port_range){ (uint16_t)first, (uint16_t)last };
	flow->ports.count = 1;
	return flow;
}

struct party party_host(const struct host *host)
{
	return (struct party){ .kind = PARTY_HOST, .name = host->node.id, .host = host };
}

struct party party_endpoint(const struct endpoint *endpoint)
{
	return (struct party){ .kind = PARTY_ENDPOINT, .name = endpoint->node.id,
			       .endpoint = endpoint };
}

struct party party_of_zone(const struct zone *zone)
{
	return (struct party){ .kind = PARTY_ZONE, .name = zone->node.id, .zone = zone };
}

static void management_build(struct town *town, struct host *admin, struct host *clock)
{
	struct management *management = &town->policy->management;
	struct service *line = vec_add(town->policy->arena, &management->ssh);

	management->set = true;
	management->node = node_new(town, "");
	line->node = node_new(town, "");
	line->from = admin;
	line->from_name = admin->node.id;
	line->ports.items = arena_make(town->policy->arena, struct port_range);
	line->ports.items[0] = (struct port_range){ 22, 22 };
	line->ports.count = 1;
	management->ntp = party_one(town, party_host(clock));
	management->dns = party_one(town, party_host(clock));
	management->syslog = party_one(town, party_host(clock));
	town->policy->resolver.servers = party_one(town, party_host(clock));
	town->policy->resolver.node = node_new(town, "");
}

static const struct window *window_build(struct town *town)
{
	struct window *window = arena_make(town->policy->arena, struct window);

	window->node = node_new(town, "");
	window->kind = WINDOW_RECURRING;
	window->days = 0x7f;
	window->from_sec = 7 * 3600;
	window->to_sec = 22 * 3600;
	return window;
}

void town_build(struct town *town)
{
	struct zone *tax, *relay, *wan, *printers, *guest, *mgmt, *strange, *cloud, *six;
	struct host *h_tax, *h_relay, *h_router, *h_print, *h_admin, *h_clock, *h_odd, *h_cloud,
		*h_six, *h_gp;
	struct endpoint *e_name, *e_net;

	town_init(town, 64, 64);
	tax = town_zone(town, "mn-srv", "eth1", "10.10.1.0/24");
	relay = town_zone(town, "relay", "eth2", "10.10.9.0/28");
	wan = town_zone(town, "x-lgwan", "eth3", "198.51.100.0/24");
	printers = town_zone(town, "prn", NULL, "10.10.2.0/24");
	printers->via = tax; /* a hairpin */
	guest = town_zone(town, "guest", "eth4.7", "10.99.0.0/24");
	guest->class = ZONE_GUEST;
	mgmt = town_zone(town, "mgmt", "eth5", "10.20.0.0/24");
	strange = town_zone(town, "9_fwd.-x", "eth6", "10.30.0.0/24");
	cloud = town_zone(town, "cloud", NULL, "10.40.0.0/24");
	six = town_zone(town, "six", "eth7", "2001:db8:7::/64");
	six->ipv6 = IPV6_PLANNED;
	strange->ipv6 = IPV6_PLANNED;
	h_tax = town_host(town, "mn-tax", tax, "10.10.1.11", "00:00:5e:00:53:11");
	h_relay = town_host(town, "rl-eltax", relay, "10.10.9.4", "00:00:5e:00:53:51");
	h_router = town_host(town, "rt-lgwan", wan, "198.51.100.1", "00:00:5e:00:53:d1");
	h_print = town_host(town, "prn-1", printers, "10.10.2.9", "00:00:5e:00:53:29");
	h_gp = town_host(town, "guest-prn", guest, "10.99.0.5", "00:00:5e:00:53:95");
	h_admin = town_host(town, "mg-adm", mgmt, "10.20.0.2", "00:00:5e:00:53:a2");
	h_clock = town_host(town, "mg-ntp", mgmt, "10.20.0.3", "00:00:5e:00:53:a3");
	h_odd = town_host(town, "odd_._host", strange, "2001:db8:6::1", "00:00:5e:00:53:61");
	h_cloud = town_host(town, "gc-1", cloud, "10.40.0.1", "00:00:5e:00:53:41");
	h_six = town_host(town, "six-1", six, "2001:db8:7::1", "00:00:5e:00:53:71");
	e_name = town_endpoint(town, "e-eltax", wan, h_router, NULL);
	e_name->fqdn = "eltax.example";
	e_net = town_endpoint(town, "e-asp", wan, h_router, "203.0.113.0/28");

	town_flow(town, "F01", party_host(h_tax), party_host(h_relay), PROTO_TCP, "22");
	town_flow(town, "F02", party_host(h_relay), party_endpoint(e_name), PROTO_TCP, "443");
	town_flow(town, "F03", party_host(h_tax), party_endpoint(e_net), PROTO_TCP, "443");
	town_flow(town, "F04", party_host(h_tax), party_host(h_print), PROTO_TCP, "9100");
	town_flow(town, "F05", party_host(h_admin), party_host(h_tax), PROTO_ICMP, NULL);
	town_flow(town, "F06", party_of_zone(guest), party_host(h_relay), PROTO_UDP, "53");
	town_flow(town, "F07", party_host(h_relay), party_host(h_tax), PROTO_UDP, "2000-3000")
		->window = window_build(town);
	town_flow(town, "F08", party_host(h_tax), party_host(h_cloud), PROTO_TCP, "443");
	town_flow(town, "F_9.x", party_host(h_six), party_host(h_odd), PROTO_TCP, "25");
	town_flow(town, "F10", party_host(h_six), party_host(h_odd), PROTO_ICMP, NULL);
	town_flow(town, "F11", party_host(h_six), party_host(h_odd), PROTO_UDP, "100-900");
	town_flow(town, "F12", party_of_zone(guest), party_host(h_gp), PROTO_ICMP, NULL);
	management_build(town, h_admin, h_clock);
	must(permits_init(&town->permits, town->policy, &town->errs), "permits");
}

struct ruleset *town_compile(struct town *town, const struct compile_options *options)
{
	return ruleset_compile(town->policy, &town->permits, options, &town->errs);
}
