/* 18 · E-DUAL-TRANSIT · G3.4-jalert (必須): J-ALERT and its like stand in both layers behind a
 * firewall, each leg a specified communication. What is opened to them in one layer must not
 * go on into the other. */
#include "base/lang.h"
#include "guide/checks.h"

static void on_transit(void *context, const struct reach_path *path)
{
	struct judge *judge = context;
	const struct flow *first = reach_first_flow(path), *last = reach_last_flow(path);
	struct err *err;

	if (!first || path->count < 3)
		return; /* it has to pass somebody */
	err = judge_flow(judge, "E-DUAL-TRANSIT", "G3.4-jalert", first, FLOW_F_TO);
	if (first != last)
		err->also = last->node.at;
	err_say(judge->errs, err, _("%s passes through a system of both layers (flows %s)"),
		reach_path_text(path, judge->arena), reach_flows_text(path, judge->arena));
	err_hint(judge->errs, err,
		 _("let the dual system open both legs itself, or share a database only"));
}

/* From one layer to the other through dual machines and nothing else. */
static void transit_check(struct judge *judge, enum side from, enum side to)
{
	const struct reach *reach = &judge->reach;
	struct reach_query query = reach_query_new(reach);

	vec_each(zone, &judge->policy->zones) {
		enum side side = zone_side(zone);

		query.nodes[reach_zone(reach, zone)] = (uint8_t)(REACH_END |
			(side == from ? REACH_START : 0) | (side == to ? REACH_GOAL : 0));
	}
	vec_each(host, &judge->policy->hosts) {
		uint32_t machine = reach_host(reach, host);
		enum side side = zone_side(host->zone);

		if (reach->letters[machine] & 1u << LETTER_J ||
		    reach->roles[machine] & 1u << ROLE_JALERT)
			continue; /* the corridor in question */
		query.nodes[machine] |= (uint8_t)(REACH_END | (side == from ? REACH_START : 0) |
						  (side == to ? REACH_GOAL : 0));
	}
	vec_each(endpoint, &judge->policy->endpoints) {
		enum side side = zone_side(endpoint->zone);

		query.nodes[reach_endpoint(reach, endpoint)] |=
			(uint8_t)((side == from ? REACH_START : 0) | (side == to ? REACH_GOAL : 0));
	}
	vec_each(flow, &judge->policy->flows)
		query.flows[flow->index] = REACH_FORWARD;
	reach_walk(reach, &query, on_transit, judge);
}

void check_18_dual_transit(struct judge *judge)
{
	transit_check(judge, SIDE_LGWAN, SIDE_INTERNET);
	transit_check(judge, SIDE_INTERNET, SIDE_LGWAN);
}
