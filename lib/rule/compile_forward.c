/* Between zones. A packet passes for one of two reasons only: its connection's mark is alive
 * between these two interfaces, or it opens a connection that a map of its pair knows.
 * The chain stands last on the hook, so that what another table rewrites is seen here. */
#include "rule/compile_parts.h"

#include <string.h>

/* A flow that is open, and for how long. */
struct opening {
	bool open;
	uint64_t timeout_ms; /* 0: without end */
};

static struct opening flow_opening(const struct compile *compile, const struct flow *flow)
{
	const struct compile_options *options = compile->options;
	int offset_sec = compile->policy->head.offset_sec;
	struct opening opening = { 0 };
	struct wall change;

	if (!flow->window || flow->window->kind == WINDOW_ALWAYS) {
		opening.open = true;
		return opening;
	}
	if (!options->has_at || !window_is_open(flow->window, options->at, offset_sec))
		return opening;
	opening.open = true;
	if (window_next_change(flow->window, options->at, offset_sec, &change))
		opening.timeout_ms = (uint64_t)(change.sec - options->at.sec) * 1000;
	return opening;
}

struct way { /* one direction between two interfaces, of one flow */
	const struct port *from, *to;
};

struct ways {
	vec_of(struct way) list;
};

static bool way_is_known(const struct ways *ways, const struct port *from, const struct port *to)
{
	vec_each(way, &ways->list)
		if (way->from == from && way->to == to)
			return true;
	return false;
}

/* The ways of the flow whose boxes begin at *at, there and back (a hairpin's way back is its
 * way there); moves *at behind them. */
static void ways_find(struct compile *compile, size_t *at, struct ways *ret_ways)
{
	const struct permit *boxes = compile->permits->list.items;
	const struct flow *flow = boxes[*at].flow;

	ret_ways->list.count = 0;
	for (; *at < compile->permits->list.count && boxes[*at].flow == flow; (*at)++) {
		const struct port *from = party_port(compile, boxes[*at].from);
		const struct port *to = party_port(compile, boxes[*at].to);

		if (!from || !to || way_is_known(ret_ways, from, to))
			continue;
		*vec_add(compile->scratch, &ret_ways->list) = (struct way){ from, to };
		if (from != to)
			*vec_add(compile->scratch, &ret_ways->list) = (struct way){ to, from };
	}
}

static void alive_element(struct compile *compile, struct set *alive, const struct flow *flow,
			  const struct way *way, uint64_t timeout_ms)
{
	struct element *element = set_add_element(compile->ruleset, alive, false);
	uint32_t mark = flow_mark(compile, flow);
	uint8_t *key = element_key(element);

	memcpy(key, &mark, sizeof(mark));
	key_put_ifname(key + 4, way->from->interface);
	key_put_ifname(key + 20, way->to->interface);
	element->timeout_ms = timeout_ms;
	element->comment = compile->numbering.list.items[flow->index].id;
	element->src = flow->node.at;
}

void compile_alive(struct compile *compile)
{
	struct set *alive = table_add_set(compile->ruleset, compile->inet, "alive",
					  compile->policy->head.node.at);
	size_t all = 0, open = 0, count = compile->permits->list.count;
	struct ways ways = { 0 };

	alive->flags = SET_TIMEOUT;
	alive->counts = true;
	set_add_key(alive, DATUM_MARK, 0);
	set_add_key(alive, DATUM_IFNAME, 0);
	set_add_key(alive, DATUM_IFNAME, 0);
	for (size_t i = 0; i < count;) {
		const struct flow *flow = compile->permits->list.items[i].flow;

		ways_find(compile, &i, &ways);
		all += ways.list.count;
		open += flow_opening(compile, flow).open ? ways.list.count : 0;
	}
	alive->size = set_size_for(all); /* closed windows open one day */
	set_reserve(compile->ruleset, alive, open);
	for (size_t i = 0; i < count;) {
		const struct flow *flow = compile->permits->list.items[i].flow;
		struct opening opening = flow_opening(compile, flow);

		ways_find(compile, &i, &ways);
		vec_each(way, &ways.list)
			if (opening.open)
				alive_element(compile, alive, flow, way, opening.timeout_ms);
	}
}

static void established_rule(struct compile *compile, struct chain *chain)
{
	struct code *code = &compile->code;
	uint8_t slot;

	code_match_ct_state(code, CT_ESTABLISHED | CT_RELATED);
	slot = code_ct(code, CT_MARK, 0);
	slot = code_meta(code, META_IIFNAME, slot);
	code_meta(code, META_OIFNAME, slot);
	code_lookup(code, "alive", 0, SLOT_NONE);
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, "a connection lives as long as its permission", chain->src);
}

static void new_rule(struct compile *compile, struct chain *chain)
{
	struct code *code = &compile->code;
	uint8_t slot;

	code_match_ct_state(code, CT_NEW);
	slot = code_meta(code, META_IIFNAME, 0);
	code_meta(code, META_OIFNAME, slot);
	code_lookup(code, "pairs", 0, SLOT_VERDICT);
	code_end(code, chain, "a new connection: what does its pair of interfaces permit", chain->src);
}

void compile_forward(struct compile *compile)
{
	const char *ended = refusal_add(compile, compile->inet, "ended");
	const char *invalid = refusal_add(compile, compile->inet, "invalid");
	const char *stray = refusal_add(compile, compile->inet, "unplanned");
	size_t all = compile->ports.count * compile->ports.count;
	struct code *code = &compile->code;
	struct chain *chain;

	for (size_t i = 0; i < all; i++)
		if (compile->pair_at[i])
			compile_pair_chain(compile, compile->pair_at[i]);
	chain = base_chain(compile, compile->inet, "forward", HOOK_FORWARD, LAST_PRIORITY,
			   compile->policy->head.node.at);
	established_rule(compile, chain);
	code_match_ct_state(code, CT_ESTABLISHED | CT_RELATED);
	code_verdict(code, VERDICT_GOTO, ended);
	code_end(code, chain, "a connection whose permission has ended", chain->src);
	code_match_ct_state(code, CT_INVALID);
	code_verdict(code, VERDICT_GOTO, invalid);
	code_end(code, chain, "no connection, and none that could begin so", chain->src);
	if (!compile->any_v6) {
		code_match_nfproto(code, FAMILY_V6);
		code_verdict(code, VERDICT_GOTO, "refuse_ipv6");
		code_end(code, chain, "IPv6 is planned nowhere", chain->src);
	}
	new_rule(compile, chain);
	code_verdict(code, VERDICT_GOTO, stray);
	code_end(code, chain, "no flow between these interfaces", chain->src);
}
