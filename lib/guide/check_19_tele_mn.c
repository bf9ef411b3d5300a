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

/* The terminal itself, or one of the zone that is named. */
static const struct host *bulk_host(const struct judge *judge, const struct party *to)
{
	if (to->kind == PARTY_HOST)
		return to->host->resident_data ? to->host : NULL;
	vec_each(host, &judge->policy->hosts)
		if (to->kind == PARTY_ZONE && host->zone == to->zone && host->resident_data)
			return host;
	return NULL;
}

static void bulk_check(struct judge *judge, const struct flow *flow)
{
	for (size_t i = 0; i < flow->to.count; i++) {
		const struct party *to = &flow->to.items[i];
		const struct host *host = bulk_host(judge, to);
		struct err *err;

		if (!host)
			continue;
		err = judge_flow(judge, "E-TELE-MN", "G6.2-tele-lgwan", flow, FLOW_F_TO);
		err->also = node_at(&host->node, HOST_RESIDENT_DATA);
		err_say(judge->errs, err,
			_("telework flow %s ends on %s, which handles residents' data in bulk"),
			flow->node.id, party_text(judge, to));
		err_hint(judge->errs, err, _("name another terminal"));
	}
}

/* Into LGWAN系 by a closed line, by an LGWAN-ASP or by way of ネット系: not from the Internet. */
static void way_check(struct judge *judge, const struct flow *flow)
{
	for (size_t f = 0; f < flow->from.count; f++)
		for (size_t t = 0; t < flow->to.count; t++) {
			const struct party *from = &flow->from.items[f], *to = &flow->to.items[t];
			enum letter letter = letter_of_class(party_zone(from)->class);
			struct err *err;

			if (letter_of_class(party_zone(to)->class) != LETTER_L ||
			    (letter != LETTER_S && letter != LETTER_N))
				continue;
			err = judge_flow(judge, "E-TELE-MN", "G6.2-tele-lgwan", flow, FLOW_F_FROM);
			err->also = party_zone(from)->node.at;
			err_say(judge->errs, err,
				_("telework flow %s leads straight from %s (%s) to %s"), flow->node.id,
				party_text(judge, from), letter_label(letter), party_text(judge, to));
			err_hint(judge->errs, err,
				 _("lead it over a closed line, an LGWAN-ASP or a host of the "
				   "Internet-connected zone"));
			return;
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
		way_check(judge, flow);
	}
	reach_walk(reach, &query, on_path, judge);
}
