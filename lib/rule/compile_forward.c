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

struct turns { /* the directions of one flow */
	vec_of(struct way *) list;
};

static struct way *way_get(struct compile *compile, const struct port *from, const struct port *to)
{
	struct way **at = &compile->way_at[from->index * compile->ports.count + to->index];

	if (!*at) {
		*at = arena_make(compile->scratch, struct way);
		(*at)->from = from;
		(*at)->to = to;
	}
	return *at;
}

static void turn_add(struct compile *compile, struct turns *turns, struct way *way)
{
	vec_each(known, &turns->list)
		if (*known == way)
			return;
	*vec_add(compile->scratch, &turns->list) = way;
}

/* The ways of the flow whose boxes begin at *at, there and back (a hairpin's way back is its
 * way there); moves *at behind them. */
static void turns_find(struct compile *compile, size_t *at, struct turns *ret_turns)
{
	const struct permit *boxes = compile->permits->list.items;
	const struct flow *flow = boxes[*at].flow;

	ret_turns->list.count = 0;
	for (; *at < compile->permits->list.count && boxes[*at].flow == flow; (*at)++) {
		const struct port *from = party_port(compile, boxes[*at].from);
		const struct port *to = party_port(compile, boxes[*at].to);

		if (!from || !to)
			continue;
		turn_add(compile, ret_turns, way_get(compile, from, to));
		turn_add(compile, ret_turns, way_get(compile, to, from));
	}
}

static void alive_element(struct compile *compile, const struct way *way, const struct flow *flow,
			  uint64_t timeout_ms)
{
	struct element *element = set_add_element(compile->ruleset, way->alive, false);
	uint32_t mark = flow_mark(compile, flow);

	memcpy(element_key(element), &mark, sizeof(mark));
	element->timeout_ms = timeout_ms;
	element->comment = compile->numbering.list.items[flow->index].id;
	element->src = flow->node.at;
}

/* What lives on one way: a set of its own, so that none grows past what the kernel dumps
 * quickly, and no key but the number is compared for each packet. */
static void way_set(struct compile *compile, struct way *way)
{
	const char *from = way->from->zone->node.id, *to = way->to->zone->node.id;
	struct src src = compile->policy->head.node.at;

	way->chain = name_of(compile, "way", from, to);
	way->alive = table_add_set(compile->ruleset, compile->inet,
				   name_of(compile, "alive", from, to), src);
	way->alive->flags = SET_TIMEOUT;
	way->alive->counts = true;
	way->alive->size = set_size_for(way->flows); /* closed windows open one day */
	set_add_key(way->alive, DATUM_MARK, 0);
	set_reserve(compile->ruleset, way->alive, way->flows);
}

/* The way a packet takes decides which set is asked. */
static void ways_map(struct compile *compile, size_t count)
{
	struct src src = compile->policy->head.node.at;
	struct set *ways = table_add_set(compile->ruleset, compile->inet, "ways", src);

	ways->is_map = true;
	ways->data = DATUM_VERDICT;
	ways->size = set_size_for(count);
	set_add_key(ways, DATUM_IFNAME, 0);
	set_add_key(ways, DATUM_IFNAME, 0);
	set_reserve(compile->ruleset, ways, count);
	if (isolations_cut_all(compile->options->isolations))
		return; /* no way leads anywhere */
	each_way(way, compile) {
		struct element *element = set_add_element(compile->ruleset, ways, false);

		key_put_ifname(element_key(element), way->from->interface);
		key_put_ifname(element_key(element) + 16, way->to->interface);
		element->verdict = (struct verdict){ way->chain, VERDICT_GOTO };
		element->src = src;
	}
}

void compile_alive(struct compile *compile)
{
	size_t ways = 0, count = compile->permits->list.count;
	struct turns turns = { 0 };

	for (size_t i = 0; i < count;) {
		turns_find(compile, &i, &turns);
		vec_each(way, &turns.list)
			(*way)->flows++;
	}
	each_way(way, compile) {
		way_set(compile, way);
		ways++;
	}
	ways_map(compile, ways);
	for (size_t i = 0; i < count;) {
		const struct flow *flow = compile->permits->list.items[i].flow;
		struct opening opening = flow_opening(compile, flow);

		turns_find(compile, &i, &turns);
		vec_each(way, &turns.list)
			if (opening.open)
				alive_element(compile, *way, flow, opening.timeout_ms);
	}
}

static void way_chain(struct compile *compile, const struct way *way, const char *ended)
{
	struct src src = compile->policy->head.node.at;
	struct chain *chain = table_add_chain(compile->ruleset, compile->inet, way->chain, src);
	struct code *code = &compile->code;

	code_ct(code, CT_MARK, 0);
	code_lookup(code, way->alive->name, 0, SLOT_NONE);
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, "a connection lives as long as its permission", src);
	code_verdict(code, VERDICT_GOTO, ended);
	code_end(code, chain, "a connection whose permission has ended", src);
}

static void established_rule(struct compile *compile, struct chain *chain)
{
	struct code *code = &compile->code;
	uint8_t slot;

	code_match_ct_state(code, CT_ESTABLISHED);
	slot = code_meta(code, META_IIFNAME, 0);
	code_meta(code, META_OIFNAME, slot);
	code_lookup(code, "ways", 0, SLOT_VERDICT);
	code_end(code, chain, "a known connection: is it alive on this way", chain->src);
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
	each_way(way, compile)
		way_chain(compile, way, ended);
	chain = base_chain(compile, compile->inet, "forward", HOOK_FORWARD, LAST_PRIORITY,
			   compile->policy->head.node.at);
	established_rule(compile, chain);
	code_match_ct_state(code, CT_ESTABLISHED);
	code_verdict(code, VERDICT_GOTO, ended);
	code_end(code, chain, "a connection on a way of no flow", chain->src);
	code_match_ct_state(code, CT_INVALID);
	code_verdict(code, VERDICT_GOTO, invalid);
	code_end(code, chain, "no connection, and none that could begin so", chain->src);
	compile_error_rules(compile, chain, false);
	if (!compile->any_v6) {
		code_match_nfproto(code, FAMILY_V6);
		code_verdict(code, VERDICT_GOTO, "refuse_ipv6");
		code_end(code, chain, "IPv6 is planned nowhere", chain->src);
	}
	new_rule(compile, chain);
	code_verdict(code, VERDICT_GOTO, stray);
	code_end(code, chain, "no flow between these interfaces", chain->src);
}
