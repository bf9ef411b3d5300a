/* Beside the IP hooks: ARP only from bound machines, frames only to bound machines, and nothing
 * bridged over an interface of a zone. */
#include "rule/compile_parts.h"

static void arp_table(struct compile *compile)
{
	struct table *table = ruleset_add_table(compile->ruleset, TABLE_ARP, "sekisho",
						compile->inet->src);
	struct bound_sets sets = compile_bound_sets(compile, table, true);
	const char *refuse = refusal_add(compile, table, "arp");
	struct chain *chain =
		base_chain(compile, table, "input", HOOK_INPUT, LAST_PRIORITY, table->src);

	compile_bound_rules(compile, table, chain, &sets, false);
	code_verdict(&compile->code, VERDICT_GOTO, refuse);
	code_end(&compile->code, chain, "somebody claims what is not theirs", chain->src);
}

static void egress_chain(struct compile *compile, struct table *table,
			 const struct bound_sets *sets, const struct port *port,
			 const char *refuse)
{
	static const uint8_t arp[2] = { 0x08, 0x06 };
	struct code *code = &compile->code;
	struct chain *chain;

	chain = base_chain(compile, table, name_of(compile, "egress", port->zone->node.id, NULL),
			   HOOK_EGRESS, LAST_PRIORITY, port->zone->node.at);
	chain->device = port->interface;
	code_meta(code, META_PROTOCOL, 0);
	code_cmp(code, CMP_EQ, 0, arp, sizeof(arp));
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, "questions and answers of ARP", chain->src);
	compile_bound_rules(compile, table, chain, sets, true);
	if (port->v6)
		compile_discovery(compile, table, chain, false);
	code_verdict(code, VERDICT_GOTO, refuse);
	code_end(code, chain, "not to a bound MAC and address", chain->src);
}

static void netdev_table(struct compile *compile)
{
	struct table *table = ruleset_add_table(compile->ruleset, TABLE_NETDEV, "sekisho",
						compile->inet->src);
	struct bound_sets sets = compile_bound_sets(compile, table, false);
	const char *refuse = refusal_add(compile, table, "egress");

	vec_each(port, &compile->ports)
		egress_chain(compile, table, &sets, port, refuse);
}

static void bridge_rule(struct compile *compile, struct chain *chain, enum meta_key side,
			const char *refuse)
{
	struct code *code = &compile->code;

	code_meta(code, side, 0);
	code_lookup(code, "zone_ports", 0, SLOT_NONE);
	code_verdict(code, VERDICT_GOTO, refuse);
	code_end(code, chain, "a bridge over an interface of a zone", chain->src);
}

static void bridge_table(struct compile *compile)
{
	struct table *table = ruleset_add_table(compile->ruleset, TABLE_BRIDGE, "sekisho",
						compile->inet->src);
	struct set *set = table_add_set(compile->ruleset, table, "zone_ports", table->src);
	const char *refuse = refusal_add(compile, table, "bridged");
	struct chain *chain;

	set_add_key(set, DATUM_IFNAME, 0);
	set->size = set_size_for(compile->ports.count);
	set_reserve(compile->ruleset, set, compile->ports.count);
	vec_each(port, &compile->ports) {
		struct element *element = set_add_element(compile->ruleset, set, false);

		key_put_ifname(element_key(element), port->interface);
		element->src = port->zone->node.at;
	}
	chain = base_chain(compile, table, "forward", HOOK_FORWARD, LAST_PRIORITY, table->src);
	chain->policy = VERDICT_ACCEPT; /* bridges between other interfaces are not ours */
	bridge_rule(compile, chain, META_IIFNAME, refuse);
	bridge_rule(compile, chain, META_OIFNAME, refuse);
}

void compile_links(struct compile *compile)
{
	arp_table(compile);
	netdev_table(compile);
	bridge_table(compile);
}
