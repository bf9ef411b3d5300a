/* 7 · E-UPD-INET · G3.4-upd-noinet, G3.4-wsus (必須): 番号系 and LGWAN系 do not go to the
 * Internet for updates either, the α' model's LGWAN系 excepted; and a server that hands updates
 * out must have no path to the Internet, over however many machines. */
#include "base/lang.h"
#include "guide/checks.h"

static bool is_alpha_prime(const struct judge *judge)
{
	return judge->policy->head.model >= MODEL_ALPHA_PRIME_A &&
	       judge->policy->head.model <= MODEL_ALPHA_PRIME_C;
}

static void pair_check(struct judge *judge, const struct flow *flow, const struct party *from,
		       const struct party *to)
{
	enum letter a = party_letter(from, true, to, flow);
	enum letter b = party_letter(to, false, from, flow);
	struct err *err;

	if ((a != LETTER_M && a != LETTER_L) ||
	    (b != LETTER_I && b != LETTER_S && b != LETTER_N && b != LETTER_C))
		return;
	if (a == LETTER_L && b == LETTER_C && is_alpha_prime(judge))
		return;
	err = judge_flow(judge, "E-UPD-INET", "G3.4-upd-noinet", flow, FLOW_F_TO);
	err->also = to->kind == PARTY_ENDPOINT ? to->endpoint->node.at : (struct src){ 0 };
	err_say(judge->errs, err, _("flow %s takes updates for %s from %s (%s)"), flow->node.id,
		party_text(judge, from), party_text(judge, to), letter_label(b));
	err_hint(judge->errs, err,
		 _("take them by LGWAN: the improvement platform (jichi-platform) or an LGWAN-ASP"));
}

static void on_path(void *context, const struct reach_path *path)
{
	struct judge *judge = context;
	const struct flow *last = reach_last_flow(path), *first = reach_first_flow(path);
	struct err *err;

	if (!last)
		return;
	err = judge_flow(judge, "E-UPD-INET", "G3.4-wsus", first, FLOW_F_TO);
	if (first != last)
		err->also = last->node.at;
	err_say(judge->errs, err, _("an update server reaches the Internet by %s (flows %s)"),
		reach_path_text(path, judge->arena), reach_flows_text(path, judge->arena));
	err_hint(judge->errs, err, _("remove one of these flows"));
}

static bool is_goal(const struct judge *judge, const struct endpoint *endpoint, bool from_lgwan)
{
	if (endpoint->zone->class == ZONE_SECCLOUD)
		return true;
	if (endpoint->zone->class != ZONE_INTERNET_DIRECT)
		return false;
	return !(from_lgwan && is_alpha_prime(judge) &&
		 (endpoint->kind == KIND_SECURITY_UPDATE || endpoint->kind == KIND_ISMAP_CLOUD));
}

/* Influence goes both ways along a data flow. Sanitisers, mail-text servers, J-ALERT and the
 * update DMZ (C3.1-dmz) are the corridors which the guideline itself provides. */
static void paths_check(struct judge *judge, enum letter letter)
{
	const struct reach *reach = &judge->reach;
	struct reach_query query = reach_query_new(reach);
	uint32_t provided = 1u << ROLE_SANITIZER | 1u << ROLE_MAIL_TEXT | 1u << ROLE_JALERT;

	for (uint32_t i = 0; i < reach->machines; i++) {
		if (reach->roles[i] & provided ||
		    reach->letters[i] & (1u << LETTER_J | 1u << LETTER_D))
			query.nodes[i] = REACH_WALL;
		else if (reach->roles[i] & 1u << ROLE_UPDATE_SERVER && reach->letters[i] & 1u << letter)
			query.nodes[i] = REACH_START;
		else if (reach->letters[i] & (1u << LETTER_S | 1u << LETTER_N))
			query.nodes[i] = REACH_GOAL;
	}
	vec_each(endpoint, &judge->policy->endpoints)
		if (is_goal(judge, endpoint, letter == LETTER_L))
			query.nodes[reach_endpoint(reach, endpoint)] |= REACH_GOAL;
	vec_each(zone, &judge->policy->zones)
		if (zone->class == ZONE_SECCLOUD || zone->class == ZONE_INTERNET_DIRECT)
			query.nodes[reach_zone(reach, zone)] = REACH_GOAL;
	vec_each(flow, &judge->policy->flows)
		if (flow->class != FLOW_SCREEN && flow->class != FLOW_TELEWORK &&
		    !judge_refused(judge, flow, 1u << 3 | 1u << 7))
			query.flows[flow->index] = REACH_BOTH;
	reach_walk(reach, &query, on_path, judge);
}

void check_07_upd_inet(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows)
		for (size_t f = 0; flow->class == FLOW_UPDATE && f < flow->from.count; f++)
			for (size_t t = 0; t < flow->to.count; t++)
				pair_check(judge, flow, &flow->from.items[f], &flow->to.items[t]);
	paths_check(judge, LETTER_M);
	paths_check(judge, LETTER_L);
}
