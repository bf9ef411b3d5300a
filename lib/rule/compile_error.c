/* ICMP errors about connections. Conntrack calls one "related" by what it quotes, no matter who
 * sends it to whom. Here it passes only from a party of the connection, or a router beside the
 * gateway, to a party, and only on a way on which the connection lives: nothing reaches a
 * machine that the connection itself could not reach.
 *
 * Whether an address is a party's is asked of a set that holds each address beside itself; peers
 * that are whole networks, and visitors, stand as ranges of their interface. */
#include "rule/compile_parts.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_ICMP = 1, NUMBER_ICMP6 = 58 };

/* Unreachable (with it the path MTU), time exceeded, parameter problem. */
static const uint8_t types4[] = { 3, 11, 12 }, types6[] = { 1, 2, 3, 4 };

/* ---- the sets ---- */

static struct set *error_set(struct compile *compile, const char *name, bool v6)
{
	const char *full = arena_printf(compile->scratch, "%s%c", name, v6 ? '6' : '4');

	return table_add_set(compile->ruleset, compile->inet, full,
			     compile->policy->head.node.at);
}

/* False when it stands there already. */
static bool element_add(struct compile *compile, struct map *seen, struct set *set,
			const uint8_t *key, const char *id, struct src src)
{
	const void *copy = arena_copy(compile->scratch, key, set->key_bytes);
	struct element *element;

	if (!map_add(compile->scratch, seen, copy, set->key_bytes, set))
		return false;
	element = set_add_element(compile->ruleset, set, false);
	memcpy(element_key(element), key, set->key_bytes);
	element->comment = id ? arena_strdup(compile->ruleset->arena, id) : NULL;
	element->src = src;
	return true;
}

static const struct set *types_set(struct compile *compile, bool v6)
{
	struct set *set = error_set(compile, "error_types", v6);
	const uint8_t *types = v6 ? types6 : types4;
	size_t count = v6 ? sizeof(types6) : sizeof(types4);
	struct map seen = { 0 };

	set_add_key(set, v6 ? DATUM_ICMPV6_TYPE : DATUM_ICMP_TYPE, 0);
	for (size_t i = 0; i < count; i++) {
		uint8_t key[4] = { types[i] };

		element_add(compile, &seen, set, key, NULL, set->src);
	}
	set->size = set_size_for(count);
	return set;
}

static bool is_single(const struct binding *binding)
{
	return addr_compare(&binding->first, &binding->last) == 0;
}

static const struct set *parties_set(struct compile *compile, bool v6)
{
	enum datum addr = v6 ? DATUM_IPV6 : DATUM_IPV4;
	struct set *set = error_set(compile, "parties", v6);
	unsigned size = v6 ? 16 : 4;
	struct map seen = { 0 };

	set_add_key(set, addr, 0);
	set_add_key(set, addr, 0);
	vec_each(binding, &compile->bindings) {
		uint8_t key[32];

		if ((binding->first.family == FAMILY_V6) != v6 || !is_single(binding))
			continue;
		memcpy(key, binding->first.bytes, size);
		memcpy(key + size, binding->first.bytes, size);
		element_add(compile, &seen, set, key, binding->id, binding->src);
	}
	set->size = set_size_for(set->elements.count + compile->names * COMPILE_NAME_ROOM);
	return set;
}

static void router_add(struct compile *compile, struct map *seen, struct set *set, bool v6,
		       const struct host *router)
{
	const struct port *port = router ? party_port(compile, router->zone) : NULL;
	uint8_t key[32] = { 0 };

	if (!port || router->ip.family != (v6 ? FAMILY_V6 : FAMILY_V4))
		return;
	key_put_ifname(key, port->interface);
	memcpy(key + 16, router->ip.bytes, v6 ? 16 : 4);
	element_add(compile, seen, set, key, router->node.id, router->node.at);
}

static const struct set *routers_set(struct compile *compile, bool v6)
{
	struct set *set = error_set(compile, "routers", v6);
	struct map seen = { 0 };

	set_add_key(set, DATUM_IFNAME, 0);
	set_add_key(set, v6 ? DATUM_IPV6 : DATUM_IPV4, 0);
	vec_each(endpoint, &compile->policy->endpoints)
		router_add(compile, &seen, set, v6, endpoint->next_hop);
	vec_each(route, &compile->policy->routes)
		router_add(compile, &seen, set, v6, route->via);
	set->size = set_size_for(set->elements.count);
	return set;
}

struct crowd {
	const struct port *port;
	struct addr first, last;
	const char *id;
	struct src src;
};

static int crowd_compare(const void *a, const void *b)
{
	const struct crowd *left = a, *right = b;

	if (left->port->index != right->port->index)
		return left->port->index < right->port->index ? -1 : 1;
	return addr_compare(&left->first, &right->first);
}

/* Whatever their MACs: two ranges of one interface that meet or touch are one. */
static bool crowd_join(struct crowd *crowd, const struct crowd *next)
{
	struct addr behind;

	if (crowd->port != next->port)
		return false;
	if (addr_next(&crowd->last, &behind) && addr_compare(&next->first, &behind) > 0)
		return false;
	if (addr_compare(&next->last, &crowd->last) > 0)
		crowd->last = next->last;
	return true;
}

static void crowd_put(struct compile *compile, struct set *set, const struct crowd *crowd,
		      unsigned size)
{
	struct element *element = set_add_element(compile->ruleset, set, true);
	uint8_t *key = element_key(element), *end = key + set->key_bytes;

	memcpy(key, crowd->first.bytes, size);
	memcpy(end, crowd->last.bytes, size);
	key_put_ifname(key + size, crowd->port->interface);
	key_put_ifname(end + size, crowd->port->interface);
	element->comment = arena_strdup(compile->ruleset->arena, crowd->id);
	element->src = crowd->src;
}

/* NULL where there are none. */
static const struct set *crowds_set(struct compile *compile, bool v6)
{
	vec_of(struct crowd) crowds = { 0 };
	struct crowd *last = NULL;
	size_t count = 0;
	struct set *set;

	vec_each(binding, &compile->bindings)
		if ((binding->first.family == FAMILY_V6) == v6 && !is_single(binding))
			*vec_add(compile->scratch, &crowds) =
				(struct crowd){ binding->port, binding->first, binding->last,
						binding->id, binding->src };
	if (!crowds.count)
		return NULL;
	qsort(crowds.items, crowds.count, sizeof(*crowds.items), crowd_compare);
	vec_each(crowd, &crowds) {
		if (last && crowd_join(last, crowd))
			continue;
		last = &crowds.items[count++];
		*last = *crowd;
	}
	set = error_set(compile, "crowds", v6);
	set->flags = SET_INTERVAL;
	set_add_key(set, v6 ? DATUM_IPV6 : DATUM_IPV4, 0);
	set_add_key(set, DATUM_IFNAME, 0);
	set->size = set_size_for(count);
	for (size_t i = 0; i < count; i++)
		crowd_put(compile, set, &crowds.items[i], v6 ? 16 : 4);
	return set;
}

/* ---- the rules ---- */

enum match { MATCH_CLIENT, MATCH_SERVER, MATCH_ROUTER, MATCH_CROWD, MATCHES };

static const char *const match_words[MATCHES] = {
	[MATCH_CLIENT] = "who opened the connection",
	[MATCH_SERVER] = "whom it was opened to",
	[MATCH_ROUTER] = "a router beside the gateway",
	[MATCH_CROWD] = "a network that is a party, or visitors",
};

/* Begins a rule: the packet's sender, or its receiver, is one of these. False: there are none. */
static bool match_begin(struct compile *compile, bool v6, bool sender, enum match match)
{
	const struct error_sets *sets = &compile->errors[v6];
	uint32_t size = v6 ? 16 : 4, at = (v6 ? 8 : 12) + (sender ? 0 : size);
	enum meta_key ifname = sender ? META_IIFNAME : META_OIFNAME;
	struct code *code = &compile->code;
	uint8_t slot;

	if (match == MATCH_CROWD && !sets->crowds)
		return false;
	code_match_nfproto(code, v6 ? FAMILY_V6 : FAMILY_V4);
	switch (match) {
	case MATCH_CLIENT:
	case MATCH_SERVER:
		slot = code_payload(code, PAYLOAD_NETWORK, at, size, 0);
		if (match == MATCH_CLIENT)
			code_ct_original(code, v6 ? CT_SRC_IP6 : CT_SRC_IP4, slot);
		else
			code_ct_original(code, v6 ? CT_DST_IP6 : CT_DST_IP4, slot);
		code_lookup(code, sets->parties->name, 0, SLOT_NONE);
		break;
	case MATCH_ROUTER:
		slot = code_meta(code, ifname, 0);
		code_payload(code, PAYLOAD_NETWORK, at, size, slot);
		code_lookup(code, sets->routers->name, 0, SLOT_NONE);
		break;
	case MATCH_CROWD:
		slot = code_payload(code, PAYLOAD_NETWORK, at, size, 0);
		code_meta(code, ifname, slot);
		code_lookup(code, sets->crowds->name, 0, SLOT_NONE);
		break;
	case MATCHES:
		break;
	}
	return true;
}

static struct chain *error_chain(struct compile *compile, const char *name)
{
	return table_add_chain(compile->ruleset, compile->inet, name,
			       compile->policy->head.node.at);
}

static void refuse_rule(struct compile *compile, struct chain *chain, const char *comment)
{
	code_verdict(&compile->code, VERDICT_GOTO, "refuse_error");
	code_end(&compile->code, chain, comment, chain->src);
}

/* From whom: onwards to `target`. */
static void senders_chain(struct compile *compile, const char *name, bool v6, const char *target)
{
	struct chain *chain = error_chain(compile, name);

	for (unsigned match = 0; match < MATCHES; match++)
		if (match_begin(compile, v6, true, match)) {
			code_verdict(&compile->code, VERDICT_GOTO, target);
			code_end(&compile->code, chain, match_words[match], chain->src);
		}
	refuse_rule(compile, chain, "from nobody who has to do with it");
}

/* To whom, and is the connection alive on this way. */
static void receivers_chain(struct compile *compile, const char *name, bool v6)
{
	struct chain *chain = error_chain(compile, name);
	struct code *code = &compile->code;

	for (unsigned match = 0; match < MATCHES; match++) {
		uint8_t slot;

		if (match == MATCH_ROUTER || !match_begin(compile, v6, false, match))
			continue;
		slot = code_meta(code, META_IIFNAME, 0);
		code_meta(code, META_OIFNAME, slot);
		code_lookup(code, "ways", 0, SLOT_VERDICT);
		code_end(code, chain, match_words[match], chain->src);
	}
	refuse_rule(compile, chain, "to nobody who has to do with it");
}

static void own_chain(struct compile *compile)
{
	struct chain *chain = error_chain(compile, "own_error_to");
	struct code *code = &compile->code;
	uint8_t slot = code_ct(code, CT_MARK, 0);

	code_meta(code, META_IIFNAME, slot);
	code_lookup(code, "own", 0, SLOT_NONE);
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, "about the gateway's own connections", chain->src);
	refuse_rule(compile, chain, "about no connection of the gateway");
}

void compile_errors(struct compile *compile)
{
	refusal_add(compile, compile->inet, "error");
	own_chain(compile);
	for (unsigned v6 = 0; v6 <= compile->any_v6; v6++) {
		compile->errors[v6] = (struct error_sets){ types_set(compile, v6),
							   parties_set(compile, v6),
							   routers_set(compile, v6),
							   crowds_set(compile, v6) };
		receivers_chain(compile, v6 ? "error_to6" : "error_to4", v6);
		senders_chain(compile, v6 ? "error6" : "error4", v6,
			      v6 ? "error_to6" : "error_to4");
		senders_chain(compile, v6 ? "own_error6" : "own_error4", v6, "own_error_to");
	}
}

void compile_error_rules(struct compile *compile, struct chain *chain, bool own)
{
	static const char *const names[2][2] = { { "error4", "error6" },
						 { "own_error4", "own_error6" } };
	struct code *code = &compile->code;

	for (unsigned v6 = 0; v6 <= compile->any_v6; v6++) {
		code_match_ct_state(code, CT_RELATED);
		code_match_nfproto(code, v6 ? FAMILY_V6 : FAMILY_V4);
		code_match_l4proto(code, v6 ? NUMBER_ICMP6 : NUMBER_ICMP);
		code_payload(code, PAYLOAD_TRANSPORT, 0, 1, 0);
		code_lookup(code, compile->errors[v6].types->name, 0, SLOT_NONE);
		code_verdict(code, VERDICT_GOTO, names[own][v6]);
		code_end(code, chain, "an error about a connection", chain->src);
	}
	code_match_ct_state(code, CT_RELATED);
	refuse_rule(compile, chain, "nothing else follows from a connection");
}
