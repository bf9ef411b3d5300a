/* Before anything else, connection tracking and defragmentation included: who sent this frame?
 * Only bound machines speak. Fragments are refused whole, and must be seen before the kernel
 * puts them together at priority -400: what cannot be judged by its port does not pass. */
#include "rule/compile_parts.h"

#include <string.h>

enum { IPPROTO_ICMP4 = 1, IPPROTO_ICMP6 = 58, ND_SOLICIT = 135, ND_ADVERT = 136 };

static void fragment_rule(struct compile *compile, struct chain *chain, const char *refuse)
{
	static const uint8_t mask[2] = { 0x3f, 0xff }, zero[2]; /* more fragments, or an offset */
	struct code *code = &compile->code;

	code_match_nfproto(code, FAMILY_V4);
	code_payload(code, PAYLOAD_NETWORK, 6, 2, 0);
	code_mask(code, 0, mask, sizeof(mask));
	code_cmp(code, CMP_NEQ, 0, zero, sizeof(zero));
	code_verdict(code, VERDICT_GOTO, refuse);
	code_end(code, chain, "fragments", chain->src);
}

/* Neighbour discovery speaks from link-local addresses, which nobody registers: the MAC and
 * the interface are what is bound. */
static void discovery_rule(struct compile *compile, const struct table *table,
			   struct chain *chain, uint8_t type, bool by_sender)
{
	static const uint8_t ip6[2] = { 0x86, 0xdd };
	struct code *code = &compile->code;
	uint8_t slot;

	if (table->family == TABLE_NETDEV) {
		code_meta(code, META_PROTOCOL, 0);
		code_cmp(code, CMP_EQ, 0, ip6, sizeof(ip6));
	} else {
		code_match_nfproto(code, FAMILY_V6);
	}
	if (by_sender)
		code_match_ether(code);
	code_match_l4proto(code, IPPROTO_ICMP6);
	code_payload(code, PAYLOAD_TRANSPORT, 0, 1, 0);
	code_cmp(code, CMP_EQ, 0, &type, sizeof(type));
	if (by_sender) {
		slot = code_meta(code, META_IIFNAME, 0);
		code_payload(code, PAYLOAD_LINK, 6, 6, slot);
		code_lookup(code, "neighbours6", 0, SLOT_NONE);
	}
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, "IPv6 neighbour discovery", chain->src);
}

void compile_discovery(struct compile *compile, const struct table *table, struct chain *chain,
		       bool by_sender)
{
	if (!compile->any_v6)
		return;
	discovery_rule(compile, table, chain, ND_SOLICIT, by_sender);
	discovery_rule(compile, table, chain, ND_ADVERT, by_sender);
}

static void neighbours_set(struct compile *compile)
{
	struct set *set = table_add_set(compile->ruleset, compile->inet, "neighbours6",
					compile->policy->head.node.at);
	struct map seen = { 0 };

	set_add_key(set, DATUM_IFNAME, 0);
	set_add_key(set, DATUM_ETHER, 0);
	vec_each(binding, &compile->bindings) {
		uint8_t bytes[24] = { 0 };
		struct element *element;

		if (binding->first.family != FAMILY_V6 || !binding->on_link ||
		    mac_is_zero(binding->mac_first))
			continue;
		key_put_ifname(bytes, binding->port->interface);
		memcpy(bytes + 16, binding->mac_first.bytes, 6);
		if (!map_add(compile->scratch, &seen,
			     arena_copy(compile->scratch, bytes, sizeof(bytes)), sizeof(bytes), set))
			continue;
		element = set_add_element(compile->ruleset, set, false);
		memcpy(element_key(element), bytes, sizeof(bytes));
		element->comment = arena_strdup(compile->ruleset->arena, binding->id);
		element->src = binding->src;
	}
	set->size = set_size_for(set->elements.count);
}

/* Nobody tells another machine to take another way: not the gateway, nor across it as an error
 * "about" a permitted connection, which conntrack would call related. */
static void redirect_rule(struct compile *compile, struct chain *chain, bool v6,
			  const char *refuse)
{
	static const uint8_t types[] = { 5, 137 }; /* RFC 792; RFC 4861 */
	struct code *code = &compile->code;

	code_match_nfproto(code, v6 ? FAMILY_V6 : FAMILY_V4);
	code_match_l4proto(code, v6 ? IPPROTO_ICMP6 : IPPROTO_ICMP4);
	code_payload(code, PAYLOAD_TRANSPORT, 0, 1, 0);
	code_cmp(code, CMP_EQ, 0, &types[v6], 1);
	code_verdict(code, VERDICT_GOTO, refuse);
	code_end(code, chain, "no redirects", chain->src);
}

void compile_guard(struct compile *compile)
{
	const char *redirect = refusal_add(compile, compile->inet, "redirect");
	const char *fragment = refusal_add(compile, compile->inet, "fragment");
	const char *ipv6 = refusal_add(compile, compile->inet, "ipv6");
	const char *unbound = refusal_add(compile, compile->inet, "unbound");
	struct bound_sets sets = compile_bound_sets(compile, compile->inet, false);
	struct code *code = &compile->code;
	struct chain *chain = base_chain(compile, compile->inet, "guard", HOOK_PREROUTING,
					 FRAGMENTS_PRIORITY, compile->policy->head.node.at);

	if (compile->any_v6)
		neighbours_set(compile);
	code_match_ifname(code, META_IIFNAME, "lo");
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, "the gateway to itself", chain->src);
	fragment_rule(compile, chain, fragment);
	redirect_rule(compile, chain, false, redirect);
	if (compile->any_v6)
		redirect_rule(compile, chain, true, redirect);
	compile_bound_rules(compile, compile->inet, chain, &sets, false);
	compile_discovery(compile, compile->inet, chain, true);
	code_match_nfproto(code, FAMILY_V6);
	code_verdict(code, VERDICT_GOTO, ipv6);
	code_end(code, chain, "IPv6 from where none is planned", chain->src);
	code_verdict(code, VERDICT_GOTO, unbound);
	code_end(code, chain, "not a bound interface, MAC and address", chain->src);
}
