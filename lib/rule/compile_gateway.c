/* The gateway itself: management comes in, time, names and logs go out, nothing else. No
 * service of the gateway may join two zones, so even its own connections live by their mark. */
#include "rule/compile_parts.h"

#include <string.h>

#include "base/lang.h"

enum { LAST_LOCAL_PRIORITY = LAST_PRIORITY - 1 }; /* INT_MAX is where conntrack confirms */
enum { ICMP4_UNREACHABLE = 3, ICMP4_TIME_EXCEEDED = 11 };
enum { ICMP6_UNREACHABLE = 1, ICMP6_TOO_BIG = 2, ICMP6_TIME_EXCEEDED = 3 };
enum { NUMBER_ICMP = 1, NUMBER_TCP = 6, NUMBER_UDP = 17, NUMBER_ICMP6 = 58 };
enum { PORT_DNS = 53, PORT_NTP = 123, PORT_SYSLOG_TLS = 6514 };

struct own {
	struct set *alive;     /* mark . ifname */
	struct set *in4, *in6; /* port . ifname . MAC . source . protocol → mark */
	struct set *out4, *out6; /* destination . protocol . port → mark */
	struct map seen;
};

/* Where management is written, or the policy's head where it is not. */
static struct src own_src(const struct compile *compile)
{
	const struct policy *policy = compile->policy;

	return policy->management.set ? policy->management.node.at : policy->head.node.at;
}

static struct set *own_map(struct compile *compile, const char *name)
{
	struct set *set = table_add_set(compile->ruleset, compile->inet, name, own_src(compile));

	set->is_map = true;
	set->data = DATUM_MARK;
	return set;
}

static struct set *in_map(struct compile *compile, const char *name, enum datum addr, bool ranges)
{
	struct set *set = own_map(compile, name);

	set->flags = ranges ? SET_INTERVAL : 0;
	set_add_key(set, DATUM_PORT, 0);
	set_add_key(set, DATUM_IFNAME, 0);
	set_add_key(set, DATUM_ETHER, 0);
	set_add_key(set, addr, 0);
	set_add_key(set, DATUM_PROTO, 0);
	return set;
}

static struct set *out_map(struct compile *compile, const char *name, enum datum addr)
{
	struct set *set = own_map(compile, name);

	set_add_key(set, addr, 0);
	set_add_key(set, DATUM_PROTO, 0);
	set_add_key(set, DATUM_PORT, 0);
	return set;
}

static bool any_port_range(const struct policy *policy)
{
	vec_each(line, &policy->management.ssh)
		for (size_t i = 0; i < line->ports.count; i++)
			if (line->ports.items[i].first != line->ports.items[i].last)
				return true;
	return false;
}

/* The element is added unless an equal one is there. */
static struct element *own_element(struct compile *compile, struct own *own, struct set *set,
				   const uint8_t *key, const uint8_t *end, const char *comment,
				   struct src src)
{
	size_t whole = sizeof(set) + set->key_bytes;
	uint8_t *seen = arena_alloc(compile->scratch, whole);
	struct element *element;

	memcpy(seen, &set, sizeof(set));
	memcpy(seen + sizeof(set), key, set->key_bytes);
	if (!map_add(compile->scratch, &own->seen, seen, whole, set))
		return NULL;
	element = set_add_element(compile->ruleset, set, set->flags & SET_INTERVAL);
	memcpy(element_key(element), key, set->key_bytes);
	if (element->key_end)
		memcpy(element_key(element) + set->key_bytes, end, set->key_bytes);
	element->comment = comment;
	element->src = src;
	return element;
}

static void own_alive(struct compile *compile, struct own *own, enum own_service service,
		      const struct port *port, const char *comment, struct src src)
{
	uint8_t key[20] = { 0 };
	uint32_t mark = own_mark(compile, service);

	memcpy(key, &mark, sizeof(mark));
	key_put_ifname(key + 4, port->interface);
	own_element(compile, own, own->alive, key, NULL, comment, src);
}

static void in_add(struct compile *compile, struct own *own, const struct service *line,
		   const struct port_range *ports)
{
	const struct host *host = line->from;
	const struct port *port = party_port(compile, host->zone);
	bool v6 = host->ip.family == FAMILY_V6;
	unsigned size = addr_bits(host->ip.family) / 8;
	uint8_t key[64] = { 0 }, end[64];
	struct element *element;

	if (!port || (v6 && !port->v6) || !size || mac_is_zero(host->mac))
		return;
	key[0] = (uint8_t)(ports->first >> 8);
	key[1] = (uint8_t)ports->first;
	key_put_ifname(key + 4, port->interface);
	memcpy(key + 20, host->mac.bytes, 6);
	memcpy(key + 28, host->ip.bytes, size);
	key[28 + size] = NUMBER_TCP;
	memcpy(end, key, sizeof(end));
	end[0] = (uint8_t)(ports->last >> 8);
	end[1] = (uint8_t)ports->last;
	element = own_element(compile, own, v6 ? own->in6 : own->in4, key, end, "ssh",
			      line->node.at);
	if (element)
		element->mark = own_mark(compile, OWN_SSH);
	own_alive(compile, own, OWN_SSH, port, "ssh", line->node.at);
}

static void out_add(struct compile *compile, struct own *own, enum own_service service,
		    const char *comment, const struct party *party, uint8_t proto, uint16_t number,
		    struct src src)
{
	const struct addr *addr = NULL;
	const struct port *port = party_port(compile, party_zone(party));
	uint8_t key[24] = { 0 };
	struct element *element;
	unsigned size;
	bool v6;

	if (party->kind == PARTY_HOST)
		addr = &party->host->ip;
	else if (party->kind == PARTY_ENDPOINT && prefix_is_host(&party->endpoint->ip))
		addr = &party->endpoint->ip.addr;
	if (!addr || addr->family == FAMILY_NONE) {
		struct err *err = errs_add(compile->errs, SEVERITY_WARNING, "W-OWN-ADDR", src);

		err_say(compile->errs, err,
			_("the gateway cannot reach \"%s\" for its own %s: it has no single address"),
			party->name, comment);
		err_hint(compile->errs, err, _("name a host, or an endpoint with an ip"));
		return;
	}
	v6 = addr->family == FAMILY_V6;
	if (!port || (v6 && !port->v6))
		return;
	size = addr_bits(addr->family) / 8;
	memcpy(key, addr->bytes, size);
	key[size] = proto;
	key[size + 4] = (uint8_t)(number >> 8);
	key[size + 5] = (uint8_t)number;
	element = own_element(compile, own, v6 ? own->out6 : own->out4, key, NULL, comment, src);
	if (element)
		element->mark = own_mark(compile, service);
	own_alive(compile, own, service, port, comment, src);
}

static void out_add_all(struct compile *compile, struct own *own, enum own_service service,
			const char *comment, const struct party_list *parties, uint8_t proto,
			uint16_t number, struct src src)
{
	for (size_t i = 0; i < parties->count; i++)
		out_add(compile, own, service, comment, &parties->items[i], proto, number, src);
}

static void own_fill(struct compile *compile, struct own *own)
{
	const struct management *management = &compile->policy->management;
	const struct resolver *resolver = &compile->policy->resolver;
	const struct node *node = &management->node;
	struct src servers = node_at(&resolver->node, RESOLVER_SERVERS);

	vec_each(line, &management->ssh)
		for (size_t i = 0; line->from && i < line->ports.count; i++)
			in_add(compile, own, line, &line->ports.items[i]);
	out_add_all(compile, own, OWN_NTP, "ntp", &management->ntp, NUMBER_UDP, PORT_NTP,
		    node_at(node, MANAGEMENT_NTP));
	out_add_all(compile, own, OWN_DNS, "dns", &management->dns, NUMBER_UDP, PORT_DNS,
		    node_at(node, MANAGEMENT_DNS));
	out_add_all(compile, own, OWN_DNS, "dns", &management->dns, NUMBER_TCP, PORT_DNS,
		    node_at(node, MANAGEMENT_DNS));
	out_add_all(compile, own, OWN_DNS, "dns", &resolver->servers, NUMBER_UDP, PORT_DNS, servers);
	out_add_all(compile, own, OWN_DNS, "dns", &resolver->servers, NUMBER_TCP, PORT_DNS, servers);
	out_add_all(compile, own, OWN_SYSLOG, "syslog", &management->syslog, NUMBER_TCP,
		    PORT_SYSLOG_TLS, node_at(node, MANAGEMENT_SYSLOG));
}

/* ct mark . interface @own → accept */
static void own_alive_accept(struct compile *compile, struct chain *chain, bool out,
			     const char *comment)
{
	struct code *code = &compile->code;
	uint8_t slot = code_ct(code, CT_MARK, 0);

	code_meta(code, out ? META_OIFNAME : META_IIFNAME, slot);
	code_lookup(code, "own", 0, SLOT_NONE);
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, comment, chain->src);
}

static void own_common(struct compile *compile, struct chain *chain, bool out)
{
	struct code *code = &compile->code;

	code_match_ifname(code, out ? META_OIFNAME : META_IIFNAME, "lo");
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, "the gateway to itself", chain->src);
	code_match_ct_state(code, CT_ESTABLISHED);
	own_alive_accept(compile, chain, out, "the gateway's own connections");
	if (!out)
		compile_error_rules(compile, chain, true);
	compile_discovery(compile, compile->inet, chain, false);
}

static void in_rule(struct compile *compile, struct chain *chain, const struct set *set, bool v6)
{
	struct code *code = &compile->code;
	uint8_t slot;

	if (!set)
		return;
	code_match_ct_state(code, CT_NEW);
	code_match_nfproto(code, v6 ? FAMILY_V6 : FAMILY_V4);
	code_match_ether(code);
	slot = code_payload(code, PAYLOAD_TRANSPORT, 2, 2, 0);
	slot = code_meta(code, META_IIFNAME, slot);
	slot = code_payload(code, PAYLOAD_LINK, 6, 6, slot);
	slot = code_payload(code, PAYLOAD_NETWORK, v6 ? 8 : 12, v6 ? 16 : 4, slot);
	code_meta(code, META_L4PROTO, slot);
	code_lookup(code, set->name, 0, 0);
	code_ct_set(code, CT_MARK, 0);
	own_alive_accept(compile, chain, false, "management");
}

static void out_rule(struct compile *compile, struct chain *chain, const struct set *set, bool v6)
{
	struct code *code = &compile->code;
	uint8_t slot;

	if (!set)
		return;
	code_match_ct_state(code, CT_NEW);
	code_match_nfproto(code, v6 ? FAMILY_V6 : FAMILY_V4);
	slot = code_payload(code, PAYLOAD_NETWORK, v6 ? 24 : 16, v6 ? 16 : 4, 0);
	slot = code_meta(code, META_L4PROTO, slot);
	code_payload(code, PAYLOAD_TRANSPORT, 2, 2, slot);
	code_lookup(code, set->name, 0, 0);
	code_ct_set(code, CT_MARK, 0);
	own_alive_accept(compile, chain, true, "time, names and logs");
}

/* The gateway answers for connections that exist, so that path MTU discovery works. The error
 * carries the connection's mark; one about a connection never permitted has none. */
static void error_rule(struct compile *compile, struct chain *chain, bool v6, uint8_t type)
{
	struct code *code = &compile->code;
	uint32_t zero = 0;

	code_match_ct_state(code, CT_RELATED);
	code_ct(code, CT_MARK, 0);
	code_cmp(code, CMP_NEQ, 0, &zero, sizeof(zero));
	code_match_nfproto(code, v6 ? FAMILY_V6 : FAMILY_V4);
	code_match_l4proto(code, v6 ? NUMBER_ICMP6 : NUMBER_ICMP);
	code_payload(code, PAYLOAD_TRANSPORT, 0, 1, 0);
	code_cmp(code, CMP_EQ, 0, &type, sizeof(type));
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, "errors about connections that exist (path MTU)", chain->src);
}

static void error_rules(struct compile *compile, struct chain *chain)
{
	error_rule(compile, chain, false, ICMP4_UNREACHABLE);
	error_rule(compile, chain, false, ICMP4_TIME_EXCEEDED);
	if (!compile->any_v6)
		return;
	error_rule(compile, chain, true, ICMP6_UNREACHABLE);
	error_rule(compile, chain, true, ICMP6_TOO_BIG);
	error_rule(compile, chain, true, ICMP6_TIME_EXCEEDED);
}

static void own_sets(struct compile *compile, struct own *own)
{
	bool ranges = any_port_range(compile->policy);
	struct set *all[5];

	own->alive = table_add_set(compile->ruleset, compile->inet, "own", own_src(compile));
	set_add_key(own->alive, DATUM_MARK, 0);
	set_add_key(own->alive, DATUM_IFNAME, 0);
	own->in4 = in_map(compile, "own_in4", DATUM_IPV4, ranges);
	own->out4 = out_map(compile, "own_out4", DATUM_IPV4);
	if (compile->any_v6) {
		own->in6 = in_map(compile, "own_in6", DATUM_IPV6, ranges);
		own->out6 = out_map(compile, "own_out6", DATUM_IPV6);
	}
	own_fill(compile, own);
	memcpy(all, (struct set *[]){ own->alive, own->in4, own->out4, own->in6, own->out6 },
	       sizeof(all));
	for (size_t i = 0; i < array_count(all); i++)
		if (all[i])
			all[i]->size = set_size_for(all[i]->elements.count);
}

static void own_refuse(struct compile *compile, struct chain *chain, const char *refuse)
{
	code_verdict(&compile->code, VERDICT_GOTO, refuse);
	code_end(&compile->code, chain, "nothing else", chain->src);
}

void compile_gateway(struct compile *compile)
{
	const char *in = refusal_add(compile, compile->inet, "input");
	const char *out = refusal_add(compile, compile->inet, "output");
	struct src src = own_src(compile);
	struct own own = { 0 };
	struct chain *chain;

	own_sets(compile, &own);
	chain = base_chain(compile, compile->inet, "input", HOOK_INPUT, LAST_LOCAL_PRIORITY, src);
	own_common(compile, chain, false);
	in_rule(compile, chain, own.in4, false);
	in_rule(compile, chain, own.in6, true);
	own_refuse(compile, chain, in);
	chain = base_chain(compile, compile->inet, "output", HOOK_OUTPUT, LAST_LOCAL_PRIORITY, src);
	own_common(compile, chain, true);
	out_rule(compile, chain, own.out4, false);
	out_rule(compile, chain, own.out6, true);
	error_rules(compile, chain);
	own_refuse(compile, chain, out);
}
