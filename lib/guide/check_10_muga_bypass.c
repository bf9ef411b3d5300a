/* 10 · E-MUGA-BYPASS · G3.2-muga, G3.2-sanitize, G6.4-a-muga (必須): whatever comes from the
 * Internet-connected zone into LGWAN系 passes the sanitiser or the mail-text server. Take those
 * away, and no path may be left: not over a printer, a file server, a management machine. */
#include "base/lang.h"
#include "guide/checks.h"

static void on_bypass(void *context, const struct reach_path *path)
{
	struct judge *judge = context;
	const struct flow *last = reach_last_flow(path), *first = reach_first_flow(path);
	struct err *err;

	if (!last)
		return;
	err = judge_flow(judge, "E-MUGA-BYPASS",
			 last->class == FLOW_SANITIZED_FILE ? "G3.2-sanitize" : "G3.2-muga", last,
			 last->class == FLOW_SANITIZED_FILE ? FLOW_F_FROM : FLOW_F_TO);
	if (first != last)
		err->also = first->node.at;
	err_say(judge->errs, err, _("%s leads round the sanitiser (flows %s)"),
		reach_path_text(path, judge->arena), reach_flows_text(path, judge->arena));
	err_hint(judge->errs, err,
		 _("let it pass a host of role sanitizer (class sanitized-file) or mail-text (class "
		   "mail-text), or remove the flow"));
}

/* A flow that is no screen influences both its ends, whichever way its data is said to go: an
 * answer can carry anything. beta-relay alone is limited by its clause to one way. */
static uint8_t flow_ways(const struct judge *judge, const struct flow *flow)
{
	if (judge_refused(judge, flow, 1u << 7 | 1u << 8))
		return REACH_CLOSED;
	switch ((enum flow_class)flow->class) {
	case FLOW_SCREEN: /* what else it carries is check 9's */
		return REACH_CLOSED;
	case FLOW_TELEWORK: /* another's name for a screen: it has to be one */
		return flow_is_pixels(flow) ? REACH_CLOSED : REACH_BOTH;
	case FLOW_BETA_RELAY: /* G3.3-beta-relay */
		return REACH_FORWARD;
	case FLOW_TOKUTEI:
	case FLOW_RELAY:
	case FLOW_RELAY_INNER:
	case FLOW_MAIL_TEXT:
	case FLOW_SANITIZED_FILE:
	case FLOW_ASP:
	case FLOW_UPDATE:
	case FLOW_GOVCLOUD:
	case FLOW_MAINTENANCE:
	case FLOW_BRANCH:
	case FLOW_KIOSK:
	case FLOW_PRINT:
	case FLOW_EGRESS:
	case FLOW_BREAKOUT:
	case FLOW_DUAL:
	case FLOW_ALERT:
	case FLOW_MONITOR:
	case FLOW_TIME:
	case FLOW_AUTH:
	case FLOW_INTRA:
	case FLOW_CONSOLE:
	case FLOW_CLOUD_UPDATE:
	case FLOW_CLASSES:
		break;
	}
	return REACH_BOTH;
}

/* Who stands between: a sanitiser or mail-text server in one of the two layers; J-ALERT, which is
 * check 18's; a database that is all the two sides share (G3.4-jalert). */
static bool is_wall(uint32_t letters, uint32_t roles)
{
	const uint32_t layers = 1u << LETTER_I | 1u << LETTER_L;

	if (letters & 1u << LETTER_J)
		return !(roles & ~(1u << ROLE_JALERT | 1u << ROLE_SERVER));
	return !(letters & ~layers) && roles & (1u << ROLE_SANITIZER | 1u << ROLE_MAIL_TEXT);
}

/* A file is sanitised when the one that hands it over is a sanitiser. */
static void source_check(struct judge *judge, const struct flow *flow)
{
	for (size_t i = 0; i < flow->from.count; i++) {
		const struct party *from = &flow->from.items[i];
		struct err *err;

		if (from->kind == PARTY_HOST && from->host->role == ROLE_SANITIZER)
			continue;
		err = judge_flow(judge, "E-MUGA-BYPASS", "G3.2-sanitize", flow, FLOW_F_FROM);
		err_say(judge->errs, err, _("flow %s hands over files from %s, which is no sanitiser"),
			flow->node.id, party_text(judge, from));
		err_hint(judge->errs, err, _("name a host with role = \"%s\""),
			 words_word(&words_role, ROLE_SANITIZER));
		return;
	}
}

void check_10_muga_bypass(struct judge *judge)
{
	const struct reach *reach = &judge->reach;
	struct reach_query query = reach_query_new(reach);
	uint32_t i_side = 1u << LETTER_I | 1u << LETTER_S | 1u << LETTER_N, l_side = 1u << LETTER_L;

	for (uint32_t i = 0; i < reach->machines; i++) {
		if (is_wall(reach->letters[i], reach->roles[i]))
			query.nodes[i] = REACH_WALL;
		else if (reach->letters[i] & i_side && !(reach->letters[i] & l_side))
			query.nodes[i] = REACH_START;
		else if ((reach->letters[i] & (i_side | l_side)) == l_side)
			query.nodes[i] = REACH_GOAL; /* one that stands in both is a corridor */
	}
	vec_each(zone, &judge->policy->zones) {
		enum letter letter = letter_of_class(zone->class);

		if (letter == LETTER_I)
			query.nodes[reach_zone(reach, zone)] = REACH_START;
		else if (letter == LETTER_L)
			query.nodes[reach_zone(reach, zone)] = REACH_GOAL;
	}
	vec_each(endpoint, &judge->policy->endpoints)
		if (endpoint->zone->class == ZONE_SECCLOUD ||
		    endpoint->zone->class == ZONE_INTERNET_DIRECT)
			query.nodes[reach_endpoint(reach, endpoint)] |= REACH_START;
		else if (endpoint->zone->class == ZONE_MAINT) /* comes in to both: no end */
			query.nodes[reach_endpoint(reach, endpoint)] = 0;
	vec_each(flow, &judge->policy->flows)
		query.flows[flow->index] = flow_ways(judge, flow);
	reach_walk(reach, &query, on_bypass, judge);
	vec_each(flow, &judge->policy->flows)
		if (flow->class == FLOW_SANITIZED_FILE && !judge_refused(judge, flow, 1u << 10))
			source_check(judge, flow);
}
