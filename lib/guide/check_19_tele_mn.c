/* 19 · E-TELE-MN · G6.2-tele-mynum (必須): 番号系 is no subject of telework, and the terminal
 * somebody works at from afar must not lead there either, by a screen within the screen.
 * Terminals that handle residents' data in bulk are out of it too (G6.2-tele-lgwan). */
#include "base/lang.h"
#include "guide/checks.h"

static void on_path(void *context, const struct reach_path *path)
{
	struct judge *judge = context;
	const struct flow *first = reach_first_flow(path), *last = reach_last_flow(path);
	struct err *err = judge_flow(judge, "E-TELE-MN", "G6.2-tele-mynum", first, FLOW_F_TO);

	if (first != last)
		err->also = last->node.at;
	err_say(judge->errs, err, _("telework reaches the My Number zone: %s (flows %s)"),
		reach_path_text(path, judge->arena), reach_flows_text(path, judge->arena));
	err_hint(judge->errs, err,
		 _("let telework end on a terminal from which no flow leads to the My Number zone"));
}

static void bulk_check(struct judge *judge, const struct flow *flow)
{
	for (size_t i = 0; i < flow->to.count; i++) {
		const struct party *to = &flow->to.items[i];
		struct err *err;

		if (to->kind != PARTY_HOST || !to->host->resident_data)
			continue;
		err = judge_flow(judge, "E-TELE-MN", "G6.2-tele-lgwan", flow, FLOW_F_TO);
		err->also = node_at(&to->host->node, HOST_RESIDENT_DATA);
		err_say(judge->errs, err,
			_("telework flow %s ends on %s, which handles residents' data in bulk"),
			flow->node.id, party_text(judge, to));
		err_hint(judge->errs, err, _("name another terminal"));
	}
}

void check_19_tele_mn(struct judge *judge)
{
	const struct reach *reach = &judge->reach;
	struct reach_query query = reach_query_new(reach);

	for (uint32_t i = 0; i < reach->machines; i++)
		if (reach->letters[i] & 1u << LETTER_M)
			query.nodes[i] = REACH_GOAL;
	vec_each(zone, &judge->policy->zones)
		if (letter_of_class(zone->class) == LETTER_M)
			query.nodes[reach_zone(reach, zone)] = REACH_GOAL;
	vec_each(flow, &judge->policy->flows) {
		query.flows[flow->index] = REACH_FORWARD;
		if (flow->class != FLOW_TELEWORK)
			continue;
		query.flows[flow->index] |= REACH_START_HERE;
		bulk_check(judge, flow);
	}
	reach_walk(reach, &query, on_path, judge);
}
