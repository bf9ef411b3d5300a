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

	if (!last || path->count < 3)
		return; /* a single flow is the business of flow_check() and of the matrix */
	err = judge_flow(judge, "E-SEP-LOOP", "G3.1-sep", last, FLOW_F_TO);
	if (first != last)
		err->also = first->node.at;
	err_say(judge->errs, err, _("the My Number zone is joined to another layer by %s (flows %s)"),
		reach_path_text(path, judge->arena), reach_flows_text(path, judge->arena));
	err_hint(judge->errs, err, _("separate the machine in the middle, one for each layer"));
}

/* A flow that joins two parts of the cloud which serve different layers is check 16's. */
static bool is_peering(const struct flow *flow)
{
	for (size_t f = 0; f < flow->from.count; f++)
		for (size_t t = 0; t < flow->to.count; t++) {
			const struct zone *a = party_zone(&flow->from.items[f]);
			const struct zone *b = party_zone(&flow->to.items[t]);

			if (is_cloud(a) && is_cloud(b) && a->class != b->class)
				return true;
		}
	return false;
}

static uint8_t side_mark(enum side side)
{
	return side == SIDE_MYNUMBER ? REACH_START : side == SIDE_NONE ? 0 : REACH_GOAL;
}

/* Relays and the update DMZ belong to 番号系; J-ALERT belongs to the two others, so that it is a
 * bridge as soon as 番号系 reaches it. */
static uint8_t machine_mark(uint32_t letters, uint32_t roles)
{
	const uint32_t inner = 1u << LETTER_M | 1u << LETTER_R | 1u << LETTER_D;
	const uint32_t other = 1u << LETTER_L | 1u << LETTER_I | 1u << LETTER_S | 1u << LETTER_N |
			       1u << LETTER_G;

	if (letters & inner && letters & other) /* a printer with a port for each is check 13's */
		return roles & 1u << ROLE_PRINTER ? REACH_WALL : 0;
	return letters & inner ? REACH_START : letters & other ? REACH_GOAL : 0;
}

/* From the machines of 番号系 over every data flow that is not refused already. */
static void bridges_check(struct judge *judge)
{
	const struct reach *reach = &judge->reach;
	struct reach_query query = reach_query_new(reach);

	for (uint32_t i = 0; i < reach->machines; i++)
		query.nodes[i] = machine_mark(reach->letters[i], reach->roles[i]);
	vec_each(host, &judge->policy->hosts)
		if (host->zone->class == ZONE_MGMT)
			query.nodes[reach_host(reach, host)] |= side_mark(zone_side(host->zone));
	vec_each(zone, &judge->policy->zones)
		if (zone->class != ZONE_MGMT)
			query.nodes[reach_zone(reach, zone)] = side_mark(zone_side(zone));
	vec_each(endpoint, &judge->policy->endpoints) {
		uint32_t node = reach_endpoint(reach, endpoint);

		if (endpoint->zone->class == ZONE_MAINT) /* one that comes in to both is no end */
			query.nodes[node] = 0;
		else if (zone_side(endpoint->zone) != SIDE_MYNUMBER)
			query.nodes[node] |= side_mark(zone_side(endpoint->zone));
	}
	vec_each(flow, &judge->policy->flows)
		if (flow->class != FLOW_SCREEN && flow->class != FLOW_CLOUD_UPDATE &&
		    !judge_refused(judge, flow, 1u << 3) && !is_peering(flow))
			query.flows[flow->index] = REACH_BOTH;
	reach_walk(reach, &query, on_bridge, judge);
}

/* On one wire machines need no flow of ours to speak: a management network that does not say
 * whom it serves may serve one layer, and no second. */
static void shared_refuse(struct judge *judge, const struct flow *flow, const struct zone *mgmt,
			  enum side first, enum side second)
{
	bool has_mynumber = first == SIDE_MYNUMBER || second == SIDE_MYNUMBER;
	struct err *err = judge_flow(judge, "E-SEP-LOOP", has_mynumber ? "G3.1-sep" : "G3.2-split",
				     flow, FLOW_F_TO);

	err->also = mgmt->node.at;
	err_say(judge->errs, err,
		_("with flow %s, management network %s serves both %s and %s"), flow->node.id,
		mgmt->node.id, side_label(first), side_label(second));
	err_hint(judge->errs, err,
		 _("give each layer a management network of its own, with serves = \"…\""));
}

static void shared_check(struct judge *judge)
{
	enum side *served = arena_make_many(judge->arena, enum side, judge->policy->zones.count + 1);

	vec_each(flow, &judge->policy->flows)
		for (size_t f = 0; f < flow->from.count; f++)
			for (size_t t = 0; t < flow->to.count; t++) {
				const struct zone *a = party_zone(&flow->from.items[f]);
				const struct zone *b = party_zone(&flow->to.items[t]);
				const struct zone *mgmt = a->class == ZONE_MGMT ? a : b;
				enum side side = zone_side(mgmt == a ? b : a);

				if (mgmt->class != ZONE_MGMT || zone_side(mgmt) != SIDE_NONE ||
				    side == SIDE_NONE || judge_refused(judge, flow, 1u << 3))
					continue;
				if (served[mgmt->index] == SIDE_NONE)
					served[mgmt->index] = side;
				else if (served[mgmt->index] != side)
					shared_refuse(judge, flow, mgmt, served[mgmt->index], side);
			}
}

/* What is reached through another layer's interface lies in that layer; and LGWAN is no road to
 * the Internet. */
static void via_check(struct judge *judge, const struct zone *zone)
{
	enum side x = zone_side(zone), y = zone->via ? zone_side(zone->via) : SIDE_NONE;
	bool is_wan = zone->via && (zone->via->class == ZONE_LGWAN_WAN ||
				    zone->via->class == ZONE_TRUSTED_EXTERNAL);
	struct err *err;

	if (x == SIDE_NONE || !zone->via || x == y || (y == SIDE_NONE && !is_wan) ||
	    (is_wan && x != SIDE_INTERNET))
		return;
	err = judge_zone(judge, "E-SEP-LOOP",
			 x == SIDE_MYNUMBER || y == SIDE_MYNUMBER ? "G3.1-sep" : "G3.2-split", zone,
			 ZONE_F_VIA);
	err->also = zone->via->node.at;
	err_say(judge->errs, err, _("zone %s (%s) is reached through zone %s (%s)"), zone->node.id,
		side_label(x), zone->via->node.id,
		is_wan ? words_label(&words_zone_class, zone->via->class) : side_label(y));
	err_hint(judge->errs, err,
		 _("give it an interface of its own, or lead it via a zone of its own layer"));
}

void check_03_sep_loop(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows)
		flow_check(judge, flow);
	vec_each(zone, &judge->policy->zones)
		via_check(judge, zone);
	bridges_check(judge);
	shared_check(judge);
}
