/* One pair of interfaces: its maps from a first packet to the mark of its flow, their elements,
 * and the chain that asks them. What no map knows is counted for the pair, logged and dropped.
 *
 * Hashes where all is single, interval maps where a range is; the boxes are disjoint, as those
 * must be. Sharded by pair, so that no set grows past what the kernel dumps quickly. */
#include "rule/compile_parts.h"

#include <string.h>

struct shape {
	const char *prefix;
	bool v6, wide, echo;
};

static const struct shape shapes[PAIR_KINDS] = {
	[PAIR_FLOW4] = { "flow4", false, false, false },
	[PAIR_WIDE4] = { "wide4", false, true, false },
	[PAIR_ECHO4] = { "echo4", false, false, true },
	[PAIR_WECHO4] = { "wecho4", false, true, true },
	[PAIR_FLOW6] = { "flow6", true, false, false },
	[PAIR_WIDE6] = { "wide6", true, true, false },
	[PAIR_ECHO6] = { "echo6", true, false, true },
	[PAIR_WECHO6] = { "wecho6", true, true, true },
};

enum { IPPROTO_ICMP4 = 1, IPPROTO_TCP4 = 6, IPPROTO_UDP4 = 17, IPPROTO_ICMP6 = 58 };
enum { ICMP4_ECHO_REQUEST = 8, ICMP6_ECHO_REQUEST = 128 };

/* Hashes: MAC, source, destination, then protocol and port. Intervals: what differs most and
 * is shortest stands first, the port or the source. */
static void key_layout(struct set *set, const struct shape *shape)
{
	enum datum addr = shape->v6 ? DATUM_IPV6 : DATUM_IPV4;

	if (shape->wide && shape->echo) {
		set_add_key(set, addr, 0);
		set_add_key(set, addr, 0);
		set_add_key(set, DATUM_ETHER, 0);
		return;
	}
	if (shape->wide)
		set_add_key(set, DATUM_PORT, 0);
	set_add_key(set, DATUM_ETHER, 0);
	set_add_key(set, addr, 0);
	set_add_key(set, addr, 0);
	if (shape->echo)
		return;
	set_add_key(set, DATUM_PROTO, 0);
	if (!shape->wide)
		set_add_key(set, DATUM_PORT, 0);
}

static void pair_set(struct compile *compile, struct pair *pair, enum pair_kind kind)
{
	const struct shape *shape = &shapes[kind];
	const char *name = name_of(compile, shape->prefix, pair->from->zone->node.id,
				   pair->to->zone->node.id);
	struct set *set = table_add_set(compile->ruleset, compile->inet, name, pair->src);

	set->is_map = true;
	set->data = DATUM_MARK;
	set->flags = SET_TIMEOUT | (shape->wide ? SET_INTERVAL : 0);
	set->size = set_size_for(pair->elements[kind] +
				 pair->names[kind] * COMPILE_NAME_ROOM);
	key_layout(set, shape);
	set_reserve(compile->ruleset, set, pair->elements[kind]);
	pair->sets[kind] = set;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t count)
{
	memcpy(at, bytes, count);
	return at + slots_of_bytes((unsigned)count) * SLOT_BYTES;
}

/* One end of the box as a key. */
static void key_fill(uint8_t *at, const struct shape *shape, const struct mac *mac,
		     const struct addr *src, const struct addr *dst, uint8_t proto, uint16_t port)
{
	uint8_t port_bytes[2] = { (uint8_t)(port >> 8), (uint8_t)port };
	uint8_t number = proto == PROTO_UDP ? IPPROTO_UDP4 : IPPROTO_TCP4;
	size_t addr_size = shape->v6 ? 16 : 4;

	if (shape->wide && shape->echo) {
		at = put(at, src->bytes, addr_size);
		at = put(at, dst->bytes, addr_size);
		put(at, mac->bytes, sizeof(mac->bytes));
		return;
	}
	if (shape->wide)
		at = put(at, port_bytes, sizeof(port_bytes));
	at = put(at, mac->bytes, sizeof(mac->bytes));
	at = put(at, src->bytes, addr_size);
	at = put(at, dst->bytes, addr_size);
	if (shape->echo)
		return;
	at = put(at, &number, sizeof(number));
	if (!shape->wide)
		put(at, port_bytes, sizeof(port_bytes));
}

static void pair_element(struct compile *compile, struct pair *pair, const struct permit *permit,
			 enum pair_kind kind, const char *comment)
{
	const struct shape *shape = &shapes[kind];
	struct set *set = pair->sets[kind];
	struct element *element = set_add_element(compile->ruleset, set, shape->wide);
	uint8_t *key = element_key(element);

	key_fill(key, shape, &permit->mac_first, &permit->src_first, &permit->dst_first,
		 permit->proto, permit->port_first);
	if (shape->wide)
		key_fill(key + set->key_bytes, shape, &permit->mac_last, &permit->src_last,
			 &permit->dst_last, permit->proto, permit->port_last);
	element->mark = flow_mark(compile, permit->flow);
	element->comment = comment;
	element->src = permit->flow->node.at;
}

static struct pair *pair_of(struct compile *compile, const struct permit *permit)
{
	const struct port *from = party_port(compile, permit->from);
	const struct port *to = party_port(compile, permit->to);
	struct pair **at;

	if (!from || !to)
		return NULL;
	at = &compile->pair_at[from->index * compile->ports.count + to->index];
	if (!*at) {
		*at = arena_make(compile->scratch, struct pair);
		(*at)->from = from;
		(*at)->to = to;
		(*at)->src = permit->flow->node.at;
	}
	return *at;
}

/* IPv6 needs a plan on both interfaces. */
static bool permit_passes(const struct pair *pair, enum pair_kind kind)
{
	return !shapes[kind].v6 || (pair->from->v6 && pair->to->v6);
}

static void permits_count(struct compile *compile)
{
	vec_each(permit, &compile->permits->list) {
		struct pair *pair = pair_of(compile, permit);
		enum pair_kind kind = permit_kind(permit);

		if (!pair || !permit_passes(pair, kind))
			continue;
		if (permit->by_name)
			pair->names[kind]++;
		else
			pair->elements[kind]++;
	}
}

static void permits_fill(struct compile *compile)
{
	vec_each(permit, &compile->permits->list) {
		struct pair *pair = pair_of(compile, permit);
		enum pair_kind kind = permit_kind(permit);

		if (pair && !permit->by_name && permit_passes(pair, kind))
			pair_element(compile, pair, permit, kind,
				     compile->numbering.list.items[permit->flow->index].id);
	}
}

static void pairs_map(struct compile *compile, size_t count)
{
	struct set *pairs = table_add_set(compile->ruleset, compile->inet, "pairs",
					  compile->policy->head.node.at);
	size_t all = compile->ports.count * compile->ports.count;

	pairs->is_map = true;
	pairs->data = DATUM_VERDICT;
	pairs->size = set_size_for(count);
	set_add_key(pairs, DATUM_IFNAME, 0);
	set_add_key(pairs, DATUM_IFNAME, 0);
	set_reserve(compile->ruleset, pairs, count);
	if (isolations_cut_all(compile->options->isolations))
		return;
	for (size_t i = 0; i < all; i++) {
		const struct pair *pair = compile->pair_at[i];
		struct element *element;

		if (!pair)
			continue;
		element = set_add_element(compile->ruleset, pairs, false);
		key_put_ifname(element_key(element), pair->from->interface);
		key_put_ifname(element_key(element) + 16, pair->to->interface);
		element->verdict = (struct verdict){ pair->chain, VERDICT_GOTO };
		element->src = pair->src;
	}
}

void compile_pairs(struct compile *compile)
{
	size_t all = compile->ports.count * compile->ports.count, count = 0;

	permits_count(compile);
	for (size_t i = 0; i < all; i++) {
		struct pair *pair = compile->pair_at[i];

		if (!pair)
			continue;
		count++;
		pair->chain = name_of(compile, "pair", pair->from->zone->node.id,
				      pair->to->zone->node.id);
		for (unsigned kind = 0; kind < PAIR_KINDS; kind++)
			if (pair->elements[kind] || pair->names[kind])
				pair_set(compile, pair, kind);
	}
	pairs_map(compile, count);
	permits_fill(compile);
}

static void key_load(struct code *code, const struct shape *shape)
{
	uint32_t addr_size = shape->v6 ? 16 : 4, src = shape->v6 ? 8 : 12, dst = src + addr_size;
	uint8_t slot = 0;

	if (shape->wide && !shape->echo)
		slot = code_payload(code, PAYLOAD_TRANSPORT, 2, 2, slot);
	if (!shape->wide || !shape->echo)
		slot = code_payload(code, PAYLOAD_LINK, 6, 6, slot);
	slot = code_payload(code, PAYLOAD_NETWORK, src, addr_size, slot);
	slot = code_payload(code, PAYLOAD_NETWORK, dst, addr_size, slot);
	if (shape->wide && shape->echo)
		code_payload(code, PAYLOAD_LINK, 6, 6, slot);
	if (shape->echo)
		return;
	slot = code_meta(code, META_L4PROTO, slot);
	if (!shape->wide)
		code_payload(code, PAYLOAD_TRANSPORT, 2, 2, slot);
}

/* Permits and marks in one step: where the map knows no such packet the lookup ends the rule,
 * so that a mark set by somebody else admits nothing new. */
static void map_rule(struct compile *compile, struct pair *pair, struct chain *chain,
		     enum pair_kind kind)
{
	const struct shape *shape = &shapes[kind];
	uint8_t request = shape->v6 ? ICMP6_ECHO_REQUEST : ICMP4_ECHO_REQUEST;
	struct code *code = &compile->code;
	const struct way *way =
		compile->way_at[pair->from->index * compile->ports.count + pair->to->index];

	code_match_nfproto(code, shape->v6 ? FAMILY_V6 : FAMILY_V4);
	code_match_ether(code);
	if (shape->echo) {
		code_match_l4proto(code, shape->v6 ? IPPROTO_ICMP6 : IPPROTO_ICMP4);
		code_payload(code, PAYLOAD_TRANSPORT, 0, 1, 0);
		code_cmp(code, CMP_EQ, 0, &request, sizeof(request));
	}
	key_load(code, shape);
	code_lookup(code, pair->sets[kind]->name, 0, 0);
	code_ct_set(code, CT_MARK, 0);
	code_ct(code, CT_MARK, 0);
	code_lookup(code, way->alive->name, 0, SLOT_NONE);
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, "a flow of this pair, alive", pair->src);
}

void compile_pair_chain(struct compile *compile, struct pair *pair)
{
	const char *from = pair->from->zone->node.id, *to = pair->to->zone->node.id;
	struct chain *chain =
		table_add_chain(compile->ruleset, compile->inet, pair->chain, pair->src);

	for (unsigned kind = 0; kind < PAIR_KINDS; kind++)
		if (pair->sets[kind])
			map_rule(compile, pair, chain, kind);
	refusal_rules(compile, compile->inet, chain, name_of(compile, "refused", from, to),
		      log_prefix(compile, "no-flow", from, to), pair->src);
}
