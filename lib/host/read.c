/* One look: every part read whole, again where the machine changed meanwhile, or told as unseen. */
#include "host/read.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "host/parts.h"

enum { TRIES = 5 };

struct host_state *host_state_new(void)
{
	struct arena *arena = arena_new();
	struct host_state *state = arena_make(arena, struct host_state);

	state->arena = arena;
	return state;
}

void host_state_free(struct host_state *state)
{
	if (state)
		arena_free(state->arena); /* the state itself lies in it */
}

struct host_link *host_state_add_link(struct host_state *state, const char *name, int index)
{
	struct host_link *link = vec_add(state->arena, &state->links);

	*link = (struct host_link){ .name = name, .index = index, .kind = "" };
	for (size_t i = 0; i < HOST_V4_CONFS; i++)
		link->v4[i] = HOST_CONF_ABSENT;
	for (size_t i = 0; i < HOST_V6_CONFS; i++)
		link->v6[i] = HOST_CONF_ABSENT;
	return link;
}

const struct host_link *host_link_find(const struct host_state *state, int index)
{
	vec_each(link, &state->links)
		if (link->index == index)
			return link;
	return NULL;
}

const struct host_link *host_link_find_name(const struct host_state *state, const char *name)
{
	vec_each(link, &state->links)
		if (strcmp(link->name, name) == 0)
			return link;
	return NULL;
}

int32_t host_value_find(const struct host_state *state, const char *path)
{
	vec_each(value, &state->values)
		if (strcmp(value->path, path) == 0)
			return value->value;
	return HOST_CONF_ABSENT;
}

struct host *host_open(struct errs *errs)
{
	struct host *host = calloc(1, sizeof(*host));

	if (!host)
		abort();
	host->holders = holders_new();
	host->rtnl = rtnl_open(NETLINK_ROUTE, errs);
	if (host->rtnl) {
		struct errs none;

		errs_init(&none);
		host->diag = rtnl_open(NETLINK_SOCK_DIAG, &none);
		errs_done(&none);
		return host;
	}
	host_close(host);
	return NULL;
}

void host_close(struct host *host)
{
	if (host->listener)
		mnl_socket_close(host->listener);
	rtnl_close(host->rtnl);
	rtnl_close(host->diag);
	holders_free(host->holders);
	free(host);
}

struct host_state *host_read(struct host *host, const struct host_want *want)
{
	static int (*const parts[HOST_PARTS])(struct reading *) = {
		[HOST_LINKS] = part_links,	     [HOST_ADDRS] = part_addrs,
		[HOST_NEIGHBOURS] = part_neighbours, [HOST_FDB] = part_fdb,
		[HOST_ROUTES] = part_hops,	     [HOST_RULES] = part_rules,
		[HOST_TC] = part_tc,		     [HOST_SYSCTLS] = part_sysctls,
		[HOST_SOCKETS] = part_sockets,	     [HOST_PACKET] = part_packets,
		[HOST_LEGACY] = part_legacy,
	};
	struct host_state *state = host_state_new();
	struct reading reading = { .rtnl = host->rtnl,
				   .diag = host->diag,
				   .state = state,
				   .want = want,
				   .holders = host->holders };

	for (int i = 0; i < HOST_PARTS; i++) {
		int tries = 0;

		do
			state->unseen[i] = parts[i](&reading);
		while (state->unseen[i] == EINTR && ++tries < TRIES);
	}
	holders_find(host->holders, state);
	return state;
}
