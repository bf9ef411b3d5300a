/* The hooks of a packet's way, what is known at each, and which base chains stand there. */
#include <string.h>

#include "proof/replay_parts.h"

enum {
	PRIORITY_DEFRAG = -400,
	PRIORITY_CONNTRACK = -200,
	PRIORITY_NAT_DST = -100,
	PRIORITY_NAT_SRC = 100,
	FRAGMENT_BITS = 0x3fff, /* more fragments, or an offset */
};

#define INCOMING .sees_in = true, .has_link = true, .device_type = DIM_IIFTYPE
#define LEAVING                                                                                    \
	.hook = HOOK_EGRESS, .sees_out = true, .has_link = true, .link_leaving = true,             \
	.is_routed = true, .device_type = DIM_OIFTYPE

static const struct station stations[PATHS][5] = {
	[PATH_FORWARD] = {
		{ .hook = HOOK_INGRESS, INCOMING },
		{ .hook = HOOK_PREROUTING, INCOMING, .is_routed = true },
		{ .hook = HOOK_FORWARD, INCOMING, .sees_out = true, .is_routed = true },
		{ .hook = HOOK_POSTROUTING, .sees_in = true, .sees_out = true, .has_link = true,
		  .is_routed = true, .device_type = DIM_OIFTYPE },
		{ LEAVING },
	},
	[PATH_INPUT] = {
		{ .hook = HOOK_INGRESS, INCOMING },
		{ .hook = HOOK_PREROUTING, INCOMING, .is_routed = true },
		{ .hook = HOOK_INPUT, INCOMING, .is_routed = true },
	},
	[PATH_OUTPUT] = { /* what is made here has no link header before it leaves */
		{ .hook = HOOK_OUTPUT, .sees_out = true, .is_routed = true },
		{ .hook = HOOK_POSTROUTING, .sees_out = true, .is_routed = true,
		  .device_type = DIM_OIFTYPE },
		{ LEAVING },
	},
};

static const uint8_t station_counts[PATHS] = { 5, 3, 3 };

bool hook_is_deciding(uint8_t hook)
{
	return hook == HOOK_FORWARD || hook == HOOK_INPUT || hook == HOOK_OUTPUT;
}

/* "eth0,vlan*": one of these */
static bool device_is(const char *names, wide device)
{
	char own[17] = { 0 };

	for (unsigned i = 0; i < 16; i++)
		own[i] = (char)(uint8_t)(device >> 8 * (15 - i));
	for (const char *name = names; name && *name;) {
		size_t count = strcspn(name, ",");

		if (count && name[count - 1] == '*' ? strncmp(own, name, count - 1) == 0 :
						      strlen(own) == count &&
							      memcmp(own, name, count) == 0)
			return true;
		name += count + (name[count] == ',');
	}
	return false;
}

static bool family_sees(const struct run *run, const struct table *table, const struct chain *chain)
{
	const struct packet *packet = run->ask->packet;
	bool is_v4 = packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV4;

	switch ((enum table_family)table->family) {
	case TABLE_INET:
		return wire_is_ip(packet) &&
		       (chain->hook != HOOK_INGRESS || device_is(chain->device, packet->at[DIM_IIF]));
	case TABLE_IP:
		return is_v4;
	case TABLE_IP6:
		return packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV6;
	case TABLE_NETDEV:
		return device_is(chain->device,
				 packet->at[chain->hook == HOOK_EGRESS ? DIM_OIF : DIM_IIF]);
	case TABLE_ARP: /* not on the way of what is routed */
	case TABLE_BRIDGE:
		break;
	}
	return false;
}

/* All chains of NAT stand together where NAT does, and meet only a connection's first packet. */
static bool nat_sees(const struct run *run)
{
	const struct packet *packet = run->ask->packet;
	wide proto = packet->at[DIM_PROTO];

	return packet->at[DIM_STATE] == CT_NEW ||
	       (packet->at[DIM_STATE] == CT_RELATED && proto != 1 && proto != 58);
}

static int32_t chain_order(const struct chain *chain)
{
	if (chain->type != CHAIN_NAT)
		return chain->priority;
	return chain->hook == HOOK_PREROUTING || chain->hook == HOOK_OUTPUT ? PRIORITY_NAT_DST :
									      PRIORITY_NAT_SRC;
}

static enum tracked tracked_at(const struct station *station, int32_t order)
{
	if (station->hook == HOOK_INGRESS)
		return TRACKED_NOT_YET;
	if (station->hook != HOOK_PREROUTING && station->hook != HOOK_OUTPUT)
		return TRACKED_DONE;
	return order < PRIORITY_CONNTRACK  ? TRACKED_NOT_YET :
	       order == PRIORITY_CONNTRACK ? TRACKED_UNSURE :
					     TRACKED_DONE;
}

/* Of equal priorities the one that came last stands first, as the kernel puts them. */
static void stop_add(struct run *run, size_t first, const struct stop *stop)
{
	size_t at;

	*vec_add(run->arena, &run->stops) = *stop;
	for (at = run->stops.count - 1; at > first; at--) {
		struct stop *before = &run->stops.items[at - 1];

		if (before->order < stop->order ||
		    (before->order == stop->order && before->within < stop->within))
			break;
		run->stops.items[at] = *before;
	}
	run->stops.items[at] = *stop;
}

static void stops_find(struct run *run, const struct station *station)
{
	size_t first = run->stops.count;

	vec_each(table, &run->ask->ruleset->tables) {
		if ((*table)->flags & TABLE_DORMANT)
			continue;
		vec_each(chain, &(*table)->chains) {
			struct stop stop = { *table, *chain, station, chain_order(*chain),
					     (*chain)->priority, TRACKED_DONE };

			if (!(*chain)->is_base || (*chain)->hook != station->hook ||
			    !family_sees(run, *table, *chain) ||
			    ((*chain)->type == CHAIN_NAT && !nat_sees(run)))
				continue;
			stop.tracked = tracked_at(station, stop.order);
			stop_add(run, first, &stop);
		}
	}
}

/* Connections are tracked, and fragments held for it, from the first rule on that asks for it. */
static bool expr_tracks(const struct expr *expr)
{
	static const char *const names[] = { "ct",	  "nat",      "masq",	"redir",
					     "connlimit", "synproxy", "tproxy", "flow_offload" };

	if (expr->kind == EXPR_CT)
		return true;
	for (size_t i = 0; expr->kind == EXPR_UNKNOWN && i < array_count(names); i++)
		if (strcmp(expr->unknown.name, names[i]) == 0)
			return true;
	return false;
}

static bool table_tracks(const struct run *run, const struct table *table)
{
	bool is_v4 = run->ask->packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV4;

	if (table->family != TABLE_INET && table->family != (is_v4 ? TABLE_IP : TABLE_IP6))
		return false;
	vec_each(chain, &table->chains)
		vec_each(rule, &(*chain)->rules)
			for (size_t i = 0; i < rule->count; i++)
				if (expr_tracks(&rule->exprs[i]))
					return true;
	return false;
}

/* ---- fragments ---- */

static bool is_fragment(const struct run *run)
{
	const uint8_t *header = run->arriving.bytes + LINK_BYTES;

	if (run->ask->packet->at[DIM_ETHERTYPE] != ETHERTYPE_IPV4)
		return run->ask->packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV6 && header[6] == 44;
	return ((unsigned)header[6] << 8 | header[7]) & FRAGMENT_BITS;
}

/* Held on the way into tracking, unless it is not to be tracked, or before it is handed over here. */
bool fragment_is_held(const struct run *run, const struct walk *walk, const struct stop *stop)
{
	const struct stop *before = walk->base ? stop - 1 : NULL;
	uint8_t hook = stop->station->hook;
	bool tracks = run->keeps_fragments && !walk->is_untracked;

	if (!is_fragment(run) || hook == HOOK_INGRESS)
		return false;
	if (hook == HOOK_INPUT || (tracks && hook != HOOK_PREROUTING && hook != HOOK_OUTPUT))
		return true;
	if (before && before->station == stop->station && before->order > PRIORITY_DEFRAG)
		return false; /* the border was passed in this hook */
	return tracks && stop->order > PRIORITY_DEFRAG;
}

bool fragment_ends_held(const struct run *run, const struct walk *walk)
{
	return is_fragment(run) && (run->ask->path == PATH_INPUT ||
				    (run->keeps_fragments && !walk->is_untracked));
}

void way_find(struct run *run)
{
	const struct replay_ask *ask = run->ask;

	for (unsigned i = 0; i < station_counts[ask->path]; i++)
		stops_find(run, &stations[ask->path][i]);
	vec_each(table, &ask->ruleset->tables)
		run->keeps_fragments |= table_tracks(run, *table);
}
