/* What is wanted, put together by whoever knows it. */
#include <stdint.h>

#include "host/host.h"

struct host_want *host_want_new(void)
{
	struct arena *arena = arena_new();
	struct host_want *want = arena_make(arena, struct host_want);

	want->arena = arena;
	return want;
}

void host_want_free(struct host_want *want)
{
	if (want)
		arena_free(want->arena);
}

/* The maps hold indices from 1: the lists move while they grow. */
static void *index_value(size_t count)
{
	return (void *)(uintptr_t)count;
}

void host_want_add_port(struct host_want *want, const char *interface, const char *zone, bool v6)
{
	struct host_port *port = vec_add(want->arena, &want->ports);

	*port = (struct host_port){ arena_strdup(want->arena, interface),
				    arena_strdup(want->arena, zone), v6 };
	want->any_v6 |= v6;
	(void)map_add_text(want->arena, &want->port_names, port->interface,
			   index_value(want->ports.count));
}

void host_want_add_pin(struct host_want *want, const struct host_pin *pin)
{
	const void *key = arena_copy(want->arena, &pin->ip, sizeof(pin->ip));
	struct host_pin *own;

	if (!map_add(want->arena, &want->pinned, key, sizeof(pin->ip),
		     index_value(want->pins.count + 1)))
		return;
	own = vec_add(want->arena, &want->pins);
	*own = *pin;
	own->host = arena_strdup(want->arena, pin->host);
}

void host_want_add_net(struct host_want *want, const struct host_net *net)
{
	struct host_net *own = vec_add(want->arena, &want->nets);

	*own = *net;
	own->zone = arena_strdup(want->arena, net->zone);
}

const struct host_port *host_want_find_port(const struct host_want *want, const char *interface)
{
	uintptr_t index = (uintptr_t)map_find_text(&want->port_names, interface);

	return index ? &want->ports.items[index - 1] : NULL;
}

const struct host_pin *host_want_find_pin(const struct host_want *want, const struct addr *ip)
{
	uintptr_t index = (uintptr_t)map_find(&want->pinned, ip, sizeof(*ip));

	return index ? &want->pins.items[index - 1] : NULL;
}
