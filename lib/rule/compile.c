/* See compile.h. The order of the steps, and what all of them use. */
#include "rule/compile.h"

#include <string.h>

#include "base/lang.h"
#include "rule/compile_parts.h"

struct chain *base_chain(struct compile *compile, struct table *table, const char *name,
			 enum hook hook, int32_t priority, struct src src)
{
	struct chain *chain = table_add_chain(compile->ruleset, table, name, src);

	chain->is_base = true;
	chain->type = CHAIN_FILTER;
	chain->hook = (uint8_t)hook;
	chain->priority = priority;
	chain->policy = VERDICT_DROP;
	return chain;
}

/* The counter stands before the limit: it sees what is no longer logged. */
void refusal_rules(struct compile *compile, struct table *table, struct chain *chain,
		   const char *counter, const char *prefix, struct src src)
{
	struct code *code = &compile->code;
	struct object *object =
		table_add_object(compile->ruleset, table, OBJECT_COUNTER, counter, src);

	code_objref(code, OBJECT_COUNTER, object->name);
	code_limit(code, COMPILE_LOG_RATE, COMPILE_LOG_RATE);
	code_log(code, prefix, COMPILE_LOG_GROUP, COMPILE_LOG_BYTES, COMPILE_LOG_QUEUE);
	code_end(code, chain, "count, and log within a rate", src);
	code_verdict(code, VERDICT_DROP, NULL);
	code_end(code, chain, "refuse", src);
}

const char *refusal_add(struct compile *compile, struct table *table, const char *reason)
{
	struct arena *arena = compile->ruleset->arena;
	struct src src = compile->policy->head.node.at;
	struct chain *chain;

	chain = table_add_chain(compile->ruleset, table,
				arena_printf(arena, "refuse_%s", reason), src);
	refusal_rules(compile, table, chain, arena_printf(arena, "refused_%s", reason),
		      log_prefix(compile, reason, NULL, NULL), src);
	return chain->name;
}

void key_put_ifname(uint8_t *at, const char *name)
{
	memcpy(at, name, size_min(strlen(name), 15));
}

const struct port *party_port(const struct compile *compile, const struct zone *zone)
{
	return zone ? compile->zone_ports[zone->index] : NULL;
}

/* A set declared at twice its need is filled at half the cost, and has room for what the
 * daemon adds. In powers of two, so that one flow more seldom changes the declaration. */
uint32_t set_size_for(size_t elements)
{
	size_t size = 16;

	while (size < elements * 2 && size <= UINT32_MAX / 2)
		size *= 2;
	return (uint32_t)size;
}

enum pair_kind permit_kind(const struct permit *permit)
{
	const struct addr *known = permit->by_name && permit->name_is_source ? &permit->dst_first
									     : &permit->src_first;
	bool exact = permit_is_exact(permit), v6 = known->family == FAMILY_V6;

	if (permit->proto == PROTO_ICMP) {
		if (v6)
			return exact ? PAIR_ECHO6 : PAIR_WECHO6;
		return exact ? PAIR_ECHO4 : PAIR_WECHO4;
	}
	if (v6)
		return exact ? PAIR_FLOW6 : PAIR_WIDE6;
	return exact ? PAIR_FLOW4 : PAIR_WIDE4;
}

/* The interfaces, in the order of the zones. Zones behind one interface share a port. */
static void ports_find(struct compile *compile)
{
	const struct policy *policy = compile->policy;
	struct arena *scratch = compile->scratch;
	unsigned *index_of = arena_make_many(scratch, unsigned, policy->zones.count + 1);

	compile->zone_ports =
		arena_make_many(scratch, const struct port *, policy->zones.count + 1);
	vec_each(zone, &policy->zones) {
		const char *interface = zone_interface(zone);
		struct port *port = NULL;

		if (!interface)
			continue;
		vec_each(known, &compile->ports)
			if (strcmp(known->interface, interface) == 0)
				port = known;
		if (!port) {
			port = vec_add(scratch, &compile->ports);
			*port = (struct port){ .interface = interface,
					       .zone = zone_port(zone),
					       .index = (unsigned)compile->ports.count - 1 };
		}
		port->v6 |= zone->ipv6 == IPV6_PLANNED;
		compile->any_v6 |= port->v6;
		index_of[zone->index] = port->index + 1;
	}
	compile->pair_at = arena_make_many(scratch, struct pair *,
					   compile->ports.count * compile->ports.count + 1);
	compile->way_at = arena_make_many(scratch, struct way *,
					  compile->ports.count * compile->ports.count + 1);
	vec_each(zone, &policy->zones) /* only now the ports stand still */
		if (index_of[zone->index])
			compile->zone_ports[zone->index] =
				&compile->ports.items[index_of[zone->index] - 1];
}

static void notes_add(struct compile *compile)
{
	vec_each(flow, &compile->policy->flows) {
		const struct zone *absent = NULL;

		for (size_t i = 0; i < flow->from.count; i++)
			if (!party_port(compile, party_zone(&flow->from.items[i])))
				absent = party_zone(&flow->from.items[i]);
		for (size_t i = 0; i < flow->to.count; i++)
			if (!party_port(compile, party_zone(&flow->to.items[i])))
				absent = party_zone(&flow->to.items[i]);
		if (absent)
			ruleset_add_note(compile->ruleset, flow->node.at,
					 "%s: zone %s has no interface here; "
					 "another gateway enforces it",
					 flow->node.id, absent->node.id);
	}
}

static void table_common(struct compile *compile, struct table *table)
{
	if (compile->options->own_tables)
		table->flags |= TABLE_OWNER | TABLE_PERSIST;
}

struct ruleset *ruleset_compile(const struct policy *policy, const struct permits *permits,
				const struct compile_options *options, struct errs *errs)
{
	static const struct compile_options none;
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	struct compile compile = { .policy = policy,
				   .permits = permits,
				   .options = options ? options : &none,
				   .errs = errs,
				   .scratch = scratch,
				   .ruleset = ruleset_new() };
	size_t errors = errs_errors(errs);

	compile.code.ruleset = compile.ruleset;
	compile.inet = ruleset_add_table(compile.ruleset, TABLE_INET, "sekisho",
					 policy->head.node.at);
	ports_find(&compile);
	notes_add(&compile);
	compile_numbers(&compile);
	compile_bindings(&compile);
	compile_alive(&compile);
	compile_pairs(&compile);
	compile_guard(&compile);
	compile_errors(&compile);
	compile_forward(&compile);
	compile_gateway(&compile);
	compile_links(&compile);
	vec_each(table, &compile.ruleset->tables)
		table_common(&compile, *table);
	if (errs_errors(errs) > errors) {
		ruleset_free(compile.ruleset);
		return NULL;
	}
	if (compile.options->ret_numbering)
		*compile.options->ret_numbering = compile.numbering;
	return compile.ruleset;
}
