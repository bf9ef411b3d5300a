/* 3 · E-SEP-LOOP · G3.1-sep, G3.1-no-loophole (必須): 番号系 does not communicate with the LGWAN
 * or Internet-connected zones, not even under the name of a specified communication; screen
 * transfer to a trusted peer, after the annex, is the only way. A management network that
 * serves one layer must not become a bridge to another, alone or over several machines. */
#include "base/lang.h"
#include "guide/checks.h"

static bool is_cloud(const struct zone *zone)
{
	return zone->class == ZONE_GOVCLOUD_MYNUMBER || zone->class == ZONE_GOVCLOUD_LGWAN;
}

/* 番号系 and LGWAN系 or ネット系; two parts of the cloud are check 16. */
static bool is_crossing(const struct zone *a, const struct zone *b)
{
	enum letter x = letter_of_class(a->class), y = letter_of_class(b->class);

	if (is_cloud(a) && is_cloud(b))
		return false;
	return (x == LETTER_M && (y == LETTER_L || y == LETTER_I)) ||
	       (y == LETTER_M && (x == LETTER_L || x == LETTER_I));
}

static void crossing_refuse(struct judge *judge, const struct flow *flow, const struct party *from,
			    const struct party *to)
{
	struct err *err;

	if (flow->class != FLOW_SCREEN) {
		err = judge_flow(judge, "E-SEP-LOOP",
				 flow->class == FLOW_TOKUTEI ? "G3.1-no-loophole" : "G3.1-sep",
				 flow, FLOW_F_TO);
		err_say(judge->errs, err,
			_("flow %s (%s) joins %s (%s) and %s (%s), which must not communicate"),
			flow->node.id, words_word(&words_flow_class, flow->class),
			party_text(judge, from), side_label(zone_side(party_zone(from))),
			party_text(judge, to), side_label(zone_side(party_zone(to))));
		err_hint(judge->errs, err,
			 _("remove the flow; only class = \"screen\" with an annex may cross here"));
		return;
	}
	if (!flow->annex) {
		err = judge_flow(judge, "E-SEP-LOOP", "G3.1-screen-annex", flow, FLOW_F_ANNEX);
		err_say(judge->errs, err,
			_("flow %s transfers a screen across the edge of the My Number zone and names no annex"),
			flow->node.id);
		err_hint(judge->errs, err,
			 _("write annex = \"…\": the document that fixes the method"));
		return;
	}
	err = judge_flow(judge, "W-ANNEX", "G3.1-screen-annex", flow, FLOW_F_ANNEX);
	judge->refused[flow->index] &= ~(1u << judge->check);
	judge_warn(judge, err);
	err_say(judge->errs, err,
		_("whether flow %s follows the annex \"%s\" has to be confirmed by people"),
		flow->node.id, flow->annex);
}

static void mgmt_check(struct judge *judge, const struct flow *flow, const struct party *from,
		       const struct party *to)
{
	const struct zone *a = party_zone(from), *b = party_zone(to);
	enum side x = zone_side(a), y = zone_side(b);
	struct err *err;

	if ((a->class != ZONE_MGMT && b->class != ZONE_MGMT) || x == SIDE_NONE || y == SIDE_NONE ||
	    x == y)
		return;
	err = judge_flow(judge, "E-SEP-LOOP",
			 x == SIDE_MYNUMBER || y == SIDE_MYNUMBER ? "G3.1-sep" : "G3.2-split", flow,
			 FLOW_F_TO);
	err->also = node_at(a->class == ZONE_MGMT ? &a->node : &b->node, ZONE_F_SERVES);
	err_say(judge->errs, err,
		_("flow %s joins %s, which serves %s, and %s, which serves %s"), flow->node.id,
		party_text(judge, from), side_label(x), party_text(judge, to), side_label(y));
	err_hint(judge->errs, err, _("use a management network of the same layer"));
}

static void flow_check(struct judge *judge, const struct flow *flow)
{
	for (size_t f = 0; f < flow->from.count; f++)
		for (size_t t = 0; t < flow->to.count; t++) {
			const struct party *from = &flow->from.items[f];
			const struct party *to = &flow->to.items[t];

			if (is_crossing(party_zone(from), party_zone(to)))
				crossing_refuse(judge, flow, from, to);
			else
				mgmt_check(judge, flow, from, to);
			if (judge_refused(judge, flow, 1u << judge->check))
				return; /* one pair is enough to refuse it */
		}
}

static void on_bridge(void *context, const struct reach_path *path)
{
	struct judge *judge = context;
	const struct flow *last = reach_last_flow(path), *first = reach_first_flow(path);
	struct err *err;

	if (!last)
		return;
	err = judge_flow(judge, "E-SEP-LOOP", "G3.1-sep", last, FLOW_F_TO);
	if (first != last)
		err->also = first->node.at;
	err_say(judge->errs, err, _("the My Number zone is joined to another layer by %s (flows %s)"),
		reach_path_text(path, judge->arena), reach_flows_text(path, judge->arena));
	err_hint(judge->errs, err, _("separate the machine in the middle, one for each layer"));
}

/* From the machines of 番号系 over every data flow that is not refused already. Relays, the
 * update DMZ, J-ALERT and printers with a port for each layer are other checks' corridors. */
static void bridges_check(struct judge *judge)
{
	const struct reach *reach = &judge->reach;
	struct reach_query query = reach_query_new(reach);
	uint32_t m = 1u << LETTER_M, others = 1u << LETTER_L | 1u << LETTER_I;

	for (uint32_t i = 0; i < reach->machines; i++) {
		if (reach->letters[i] & (1u << LETTER_J | 1u << LETTER_R | 1u << LETTER_D) ||
		    reach->roles[i] & 1u << ROLE_PRINTER)
			query.nodes[i] = REACH_WALL;
		else if (reach->letters[i] == m)
			query.nodes[i] = REACH_START;
		else if (!(reach->letters[i] & m) && reach->letters[i] & others)
			query.nodes[i] = REACH_GOAL;
	}
	vec_each(flow, &judge->policy->flows)
		if (flow->class != FLOW_SCREEN && !judge_refused(judge, flow, 1u << 3) &&
		    !(is_cloud(party_zone(&flow->from.items[0])) &&
		      is_cloud(party_zone(&flow->to.items[0]))))
			query.flows[flow->index] = REACH_BOTH;
	reach_walk(reach, &query, on_bridge, judge);
}

void check_03_sep_loop(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows)
		flow_check(judge, flow);
	bridges_check(judge);
}
