/* See audit_own.h. The counterpart, in words of the policy, of rule/compile_gateway.c. */
#include "daemon/audit_own.h"

#include <netinet/in.h>
#include <string.h>

enum { PORT_DNS = 53, PORT_NTP = 123, PORT_SYSLOG_TLS = 6514 };

struct filling {
	struct own_services *services;
	struct arena *arena;
};

/* Of zones that are not on this gateway nothing is compiled, nor is any of this. */
static void service_add(struct filling *filling, const struct own_service *service)
{
	if (service->peer.family != FAMILY_NONE && service->zone && zone_interface(service->zone))
		*vec_add(filling->arena, &filling->services->list) = *service;
}

static void management_add(struct filling *filling, const struct service *line)
{
	const struct host *host = line->from;

	if (!host || mac_is_zero(host->mac))
		return;
	for (size_t i = 0; i < line->ports.count; i++)
		service_add(filling, &(struct own_service){ .id = "@ssh",
							    .comes_in = true,
							    .proto = IPPROTO_TCP,
							    .peer = host->ip,
							    .zone = host->zone,
							    .port_first = line->ports.items[i].first,
							    .port_last = line->ports.items[i].last });
}

static void parties_add(struct filling *filling, const struct party_list *parties, const char *id,
			uint8_t proto, uint16_t port)
{
	for (size_t i = 0; i < parties->count; i++) {
		const struct party *party = &parties->items[i];
		struct own_service service = { .id = id,
					       .proto = proto,
					       .zone = party_zone(party),
					       .port_first = port,
					       .port_last = port };

		if (party->kind == PARTY_HOST)
			service.peer = party->host->ip;
		else if (party->kind == PARTY_ENDPOINT && prefix_is_host(&party->endpoint->ip))
			service.peer = party->endpoint->ip.addr;
		service_add(filling, &service);
	}
}

void own_services_find(struct own_services *services, struct arena *arena,
		       const struct policy *policy)
{
	const struct management *management = &policy->management;
	const struct party_list *servers = &policy->resolver.servers;
	struct filling filling = { services, arena };

	vec_each(line, &management->ssh)
		management_add(&filling, line);
	parties_add(&filling, &management->ntp, "@ntp", IPPROTO_UDP, PORT_NTP);
	parties_add(&filling, &management->dns, "@dns", IPPROTO_UDP, PORT_DNS);
	parties_add(&filling, &management->dns, "@dns", IPPROTO_TCP, PORT_DNS);
	parties_add(&filling, servers, "@dns", IPPROTO_UDP, PORT_DNS);
	parties_add(&filling, servers, "@dns", IPPROTO_TCP, PORT_DNS);
	parties_add(&filling, &management->syslog, "@syslog", IPPROTO_TCP, PORT_SYSLOG_TLS);
}

const struct own_service *own_services_match(const struct own_services *services, const char *id,
					     const struct track_tuple *tuple)
{
	vec_each(service, &services->list) {
		const struct addr *peer = service->comes_in ? &tuple->src : &tuple->dst;

		if (service->proto == tuple->proto && strcmp(service->id, id) == 0 &&
		    addr_compare(&service->peer, peer) == 0 &&
		    tuple->dst_port >= service->port_first &&
		    tuple->dst_port <= service->port_last)
			return service;
	}
	return NULL;
}
