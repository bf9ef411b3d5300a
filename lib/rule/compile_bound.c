/* Who may speak at all: every registered machine by its interface, MAC and address, peers by
 * their next hop's MAC, and on visitors' networks anyone with an address that is nobody's.
 *
 * Ranges give way to what is registered: nobody on a visitors' network may take the address of
 * the printer that stands there. They also must not meet each other, or the kernel refuses the
 * interval set. */
#include "rule/compile_parts.h"

#include <string.h>

static const struct mac mac_lowest, mac_highest = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

static bool is_exact(const struct binding *binding)
{
	return mac_compare(binding->mac_first, binding->mac_last) == 0 &&
	       addr_compare(&binding->first, &binding->last) == 0;
}

static struct binding binding_of(const struct compile *compile, const struct zone *zone,
				 struct mac mac, const struct node *node)
{
	bool any = mac_is_zero(mac);

	return (struct binding){ .port = party_port(compile, zone),
				 .zone = zone,
				 .mac_first = any ? mac_lowest : mac,
				 .mac_last = any ? mac_highest : mac,
				 .id = node->id,
				 .src = node->at };
}

/* Machines that are entered twice (one asset, two systems) are bound once. */
static void binding_add(struct compile *compile, struct map *seen, const struct binding *binding)
{
	struct {
		uint64_t port;
		struct mac mac_first, mac_last;
		uint8_t family, first[16], last[16], pad[3];
	} key;

	if (!binding->port || binding->first.family == FAMILY_NONE)
		return;
	if (binding->first.family == FAMILY_V6 && !binding->port->v6)
		return;
	memset(&key, 0, sizeof(key));
	key.port = binding->port->index;
	key.mac_first = binding->mac_first;
	key.mac_last = binding->mac_last;
	key.family = binding->first.family;
	memcpy(key.first, binding->first.bytes, 16);
	memcpy(key.last, binding->last.bytes, 16);
	if (map_add(compile->scratch, seen, arena_copy(compile->scratch, &key, sizeof(key)),
		    sizeof(key), compile))
		*vec_add(compile->scratch, &compile->bindings) = *binding;
}

static bool binding_meets(const struct binding *a, const struct binding *b)
{
	return a->port == b->port && a->first.family == b->first.family &&
	       addr_compare(&a->first, &b->last) <= 0 && addr_compare(&b->first, &a->last) <= 0 &&
	       mac_compare(a->mac_first, b->mac_last) <= 0 &&
	       mac_compare(b->mac_first, a->mac_last) <= 0;
}

struct pieces {
	vec_of(struct binding) list;
};

/* What of the pieces lies outside the other's addresses. */
static struct pieces pieces_cut(struct compile *compile, const struct pieces *pieces,
				const struct binding *by)
{
	struct pieces left = { 0 };

	vec_each(piece, &pieces->list) {
		struct binding low = *piece, high = *piece;

		if (!binding_meets(piece, by)) {
			*vec_add(compile->scratch, &left.list) = *piece;
			continue;
		}
		if (addr_compare(&piece->first, &by->first) < 0 &&
		    addr_previous(&by->first, &low.last))
			*vec_add(compile->scratch, &left.list) = low;
		if (addr_compare(&piece->last, &by->last) > 0 &&
		    addr_next(&by->last, &high.first))
			*vec_add(compile->scratch, &left.list) = high;
	}
	return left;
}

/* Cut by everything more definite (exact, or of one MAC), and by ranges that came before. */
static void ranges_add(struct compile *compile, struct map *seen,
		       const struct binding *range)
{
	struct pieces pieces = { 0 };

	if (!range->port)
		return;
	*vec_add(compile->scratch, &pieces.list) = *range;
	for (size_t i = 0; i < compile->bindings.count && pieces.list.count; i++)
		if (binding_meets(range, &compile->bindings.items[i]))
			pieces = pieces_cut(compile, &pieces, &compile->bindings.items[i]);
	vec_each(piece, &pieces.list)
		binding_add(compile, seen, piece);
}

static void endpoints_bind(struct compile *compile, struct map *seen, bool ranges)
{
	vec_each(endpoint, &compile->policy->endpoints) {
		const struct host *hop = endpoint->next_hop;
		struct binding binding = binding_of(compile, endpoint->zone,
						    hop ? hop->mac : mac_lowest, &endpoint->node);

		if (endpoint->ip.addr.family == FAMILY_NONE) {
			compile->names += !ranges && binding.port;
			continue;
		}
		binding.first = endpoint->ip.addr;
		binding.last = prefix_last(&endpoint->ip);
		if (is_exact(&binding) && !ranges)
			binding_add(compile, seen, &binding);
		else if (!is_exact(&binding) && ranges)
			ranges_add(compile, seen, &binding);
	}
}

static void open_zones_bind(struct compile *compile, struct map *seen)
{
	vec_each(zone, &compile->policy->zones) {
		if (!zone_is_open(zone))
			continue;
		for (size_t i = 0; i < zone->networks.count; i++) {
			const struct prefix *network = &zone->networks.items[i];
			struct mac mac = zone_router(compile->policy, zone, network);
			struct binding binding = binding_of(compile, zone, mac, &zone->node);

			binding.on_link = !zone->via;
			binding.first = network->addr;
			binding.last = prefix_last(network);
			ranges_add(compile, seen, &binding);
		}
	}
}

/* Who is cut off is bound nowhere: nothing is taken from it and nothing is sent to it, of
 * connections that stand as little as of new ones. Ranges keep the holes that it had in them. */
static void isolated_leave(struct compile *compile)
{
	const struct isolations *isolations = compile->options->isolations;
	size_t kept = 0;

	vec_each(binding, &compile->bindings)
		if (!isolations_cut_zone(isolations, binding->zone) &&
		    !isolations_cut_sender(isolations, compile->policy, binding->zone,
					   &binding->mac_first, &binding->first))
			compile->bindings.items[kept++] = *binding;
	compile->bindings.count = kept;
}

void compile_bindings(struct compile *compile)
{
	struct map seen = { 0 };

	vec_each(host, &compile->policy->hosts) {
		struct binding binding =
			binding_of(compile, host->zone, host->mac, &host->node);

		binding.on_link = true;
		binding.first = binding.last = host->ip;
		binding_add(compile, &seen, &binding);
	}
	endpoints_bind(compile, &seen, false);
	endpoints_bind(compile, &seen, true);
	open_zones_bind(compile, &seen);
	if (compile->options->isolations)
		isolated_leave(compile);
}

static struct set *bound_set(struct compile *compile, struct table *table, const char *name,
			     bool v6, bool wide, size_t count)
{
	struct src src = compile->policy->head.node.at;
	struct set *set = table_add_set(compile->ruleset, table, name, src);
	enum datum addr = v6 ? DATUM_IPV6 : DATUM_IPV4;

	if (wide) { /* the address first: an interval set is slow when its first field repeats */
		set->flags = SET_INTERVAL;
		set_add_key(set, addr, 0);
		set_add_key(set, DATUM_ETHER, 0);
		set_add_key(set, DATUM_IFNAME, 0);
	} else {
		set_add_key(set, DATUM_IFNAME, 0);
		set_add_key(set, DATUM_ETHER, 0);
		set_add_key(set, addr, 0);
	}
	/* counted where they come in: who was last seen when */
	set->counts = table->family == TABLE_INET && !wide;
	set->size = set_size_for(count);
	return set;
}

static void bound_element(struct compile *compile, struct set *set, const struct binding *binding,
			  bool wide)
{
	struct element *element = set_add_element(compile->ruleset, set, wide);
	unsigned addr_size = addr_bits(binding->first.family) / 8;
	uint8_t *key = element_key(element);

	if (wide) {
		uint8_t *end = key + set->key_bytes;

		memcpy(key, binding->first.bytes, addr_size);
		memcpy(end, binding->last.bytes, addr_size);
		memcpy(key + addr_size, binding->mac_first.bytes, 6);
		memcpy(end + addr_size, binding->mac_last.bytes, 6);
		key_put_ifname(key + addr_size + 8, binding->port->interface);
		key_put_ifname(end + addr_size + 8, binding->port->interface);
	} else {
		key_put_ifname(key, binding->port->interface);
		memcpy(key + 16, binding->mac_first.bytes, 6);
		memcpy(key + 24, binding->first.bytes, addr_size);
	}
	element->comment = arena_strdup(compile->ruleset->arena, binding->id);
	element->src = binding->src;
}

/* The sets of one family: exact always there, so that names have where to go. */
static void bound_sets_of(struct compile *compile, struct table *table, bool on_link_only, bool v6,
			  const struct set **ret_exact, const struct set **ret_wide)
{
	size_t exact_count = 0, wide_count = 0;
	struct set *exact, *wide = NULL;

	vec_each(binding, &compile->bindings) {
		if ((binding->first.family == FAMILY_V6) != v6 ||
		    (on_link_only && !binding->on_link))
			continue;
		exact_count += is_exact(binding);
		wide_count += !is_exact(binding);
	}
	exact = bound_set(compile, table, v6 ? "bound6" : "bound4", v6, false,
			  exact_count + compile->names * COMPILE_NAME_ROOM);
	set_reserve(compile->ruleset, exact, exact_count);
	if (wide_count) {
		wide = bound_set(compile, table, v6 ? "boundw6" : "boundw4", v6, true, wide_count);
		set_reserve(compile->ruleset, wide, wide_count);
	}
	vec_each(binding, &compile->bindings) {
		if ((binding->first.family == FAMILY_V6) != v6 ||
		    (on_link_only && !binding->on_link))
			continue;
		if (is_exact(binding))
			bound_element(compile, exact, binding, false);
		else
			bound_element(compile, wide, binding, true);
	}
	*ret_exact = exact;
	*ret_wide = wide;
}

struct bound_sets compile_bound_sets(struct compile *compile, struct table *table,
				     bool on_link_only)
{
	struct bound_sets sets = { 0 };

	bound_sets_of(compile, table, on_link_only, false, &sets.exact4, &sets.wide4);
	if (compile->any_v6 && table->family != TABLE_ARP)
		bound_sets_of(compile, table, on_link_only, true, &sets.exact6, &sets.wide6);
	return sets;
}
