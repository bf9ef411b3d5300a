/* 6 · E-EXT-INET · G3.1-ext-noinet (必須), G3.1-public-exc (緩和): the peer of a specified
 * communication must not be connected to the Internet itself, and somebody has to have looked.
 * Only the three excepted systems of public bodies may be, and only by way of LGWAN. */
#include "base/lang.h"
#include "guide/checks.h"

static void refuse_connected(struct judge *judge, const struct flow *flow,
			     const struct endpoint *endpoint)
{
	struct err *err = judge_endpoint(judge, "E-EXT-INET", "G3.1-ext-noinet", endpoint,
					 END_INTERNET_CONNECTED);

	err->also = flow->node.at;
	if (node_has(&endpoint->node, END_INTERNET_CONNECTED))
		err_say(judge->errs, err, _("peer %s of flow %s has internet-connected = \"%s\""),
			endpoint_label(endpoint), flow->node.id,
			words_word(&words_connected, endpoint->internet_connected));
	else
		err_say(judge->errs, err,
			_("peer %s of flow %s does not say whether it is on the Internet"),
			endpoint_label(endpoint), flow->node.id);
	err_hint(judge->errs, err,
		 _("have it examined, then write internet-connected = \"no\", attested-by and "
		   "attested-on; remove the flow if it is connected"));
}

static void connected_check(struct judge *judge, const struct flow *flow,
			    const struct endpoint *endpoint)
{
	bool is_exempt = kind_is_exempt(endpoint->kind);
	struct err *err;

	/* 2020: two systems, not three (S0-oneway) */
	if (judge->policy->head.edition == EDITION_R2_5 && endpoint->kind == KIND_JICHI_PLATFORM)
		is_exempt = false;
	if (is_exempt && endpoint->zone->class != ZONE_LGWAN_WAN) {
		err = judge_endpoint(judge, "E-EXT-INET", "G3.1-public-exc", endpoint, END_ZONE);
		err->also = flow->node.at;
		err_say(judge->errs, err,
			_("excepted peer %s stands in zone %s, which is not LGWAN"),
			endpoint_label(endpoint), endpoint->zone->node.id);
		err_hint(judge->errs, err, _("put it in a zone of class lgwan-wan"));
		return;
	}
	if (endpoint->internet_connected == CONNECTED_EXEMPT && !is_exempt) {
		err = judge_endpoint(judge, "E-EXT-INET", "G3.1-public-exc", endpoint,
				     END_INTERNET_CONNECTED);
		err->also = flow->node.at;
		err_say(judge->errs, err,
			_("peer %s has internet-connected = \"exempt\", but its kind \"%s\" is not "
			  "excepted"),
			endpoint_label(endpoint), words_word(&words_endpoint_kind, endpoint->kind));
		err_hint(judge->errs, err,
			 _("only eltax, mynaportal and jichi-platform are; write \"no\" if it is so"));
		return;
	}
	if (endpoint->internet_connected == CONNECTED_EXEMPT)
		return;
	if (endpoint->internet_connected != CONNECTED_NO ||
	    !node_has(&endpoint->node, END_INTERNET_CONNECTED))
		refuse_connected(judge, flow, endpoint);
}

static void attested_check(struct judge *judge, const struct flow *flow,
			   const struct endpoint *endpoint)
{
	const char *what = !endpoint->attested_by		       ? "attested-by"
			   : !endpoint->attested_on.set		       ? "attested-on"
								       : NULL;
	struct err *err;

	if (what) {
		err = judge_endpoint(judge, "E-EXT-INET", "G3.1-ext-noinet", endpoint,
				     endpoint->attested_by ? END_ATTESTED_ON : END_ATTESTED_BY);
		err->also = flow->node.at;
		err_say(judge->errs, err, _("peer %s of flow %s has no %s"),
			endpoint_label(endpoint), flow->node.id, what);
		err_hint(judge->errs, err,
			 _("write who confirmed it and when: attested-by = \"…\"; attested-on = "
			   "\"YYYY-MM-DD\""));
		return;
	}
	if (date_is_before(judge->today, endpoint->attested_on.date)) {
		char text[DATE_TEXT_BYTES];

		err = judge_endpoint(judge, "E-EXT-INET", "G3.1-ext-noinet", endpoint,
				     END_ATTESTED_ON);
		err_say(judge->errs, err, _("attested-on \"%s\" of peer %s lies in the future"),
			date_text(endpoint->attested_on.date, text), endpoint_label(endpoint));
		err_hint(judge->errs, err, _("write the day on which it was confirmed"));
	}
	if (endpoint->review_by.set && date_is_before(endpoint->review_by.date, judge->today)) {
		char text[DATE_TEXT_BYTES];

		err = judge_endpoint(judge, "E-EXT-INET", "G3.1-ext-noinet", endpoint,
				     END_REVIEW_BY);
		err_say(judge->errs, err, _("the confirmation of peer %s ran out on \"%s\""),
			endpoint_label(endpoint), date_text(endpoint->review_by.date, text));
		err_hint(judge->errs, err,
			 _("confirm it anew and write attested-on and review-by"));
	}
}

static bool is_inner(const struct party *party)
{
	const struct zone *zone = party_zone(party);

	return zone_side(zone) == SIDE_MYNUMBER && zone->class != ZONE_CLOUD_UPDATE_DMZ;
}

/* A line over the Internet is no line to such a peer (G3.1-dedicated). */
static void line_check(struct judge *judge, const struct flow *flow,
		       const struct endpoint *endpoint)
{
	const struct zone *zone = endpoint->zone;
	struct err *err;

	if (zone->line != LINE_INTERNET || !node_has(&zone->node, ZONE_F_LINE))
		return;
	err = judge_endpoint(judge, "E-EXT-INET", "G3.1-dedicated", endpoint, END_ZONE);
	err->also = node_at(&zone->node, ZONE_F_LINE);
	judge->refused[flow->index] |= 1u << judge->check;
	err_say(judge->errs, err, _("peer %s of flow %s is reached over line \"%s\""),
		endpoint_label(endpoint), flow->node.id, words_word(&words_line, zone->line));
	err_hint(judge->errs, err,
		 _("use a dedicated line, a virtual one included: leased, closed, lgwan, ip-vpn"));
}

static void peer_check(struct judge *judge, const struct flow *flow, const struct party *peer,
		       const struct party *inner, enum flow_field field)
{
	bool faces_inner = is_inner(inner), is_managed = party_zone(inner)->class == ZONE_MGMT;
	enum letter letter = letter_of_class(party_zone(peer)->class);
	struct err *err;

	if (flow->class != FLOW_TOKUTEI && flow->class != FLOW_RELAY && !faces_inner)
		return;
	if (is_managed && letter != LETTER_W && letter != LETTER_T)
		return; /* check 3's */
	if (peer->kind == PARTY_ENDPOINT) {
		uint64_t *reported =
			&judge->reported[judge->policy->hosts.count + peer->endpoint->index];

		if (*reported & 1u << 6) /* once for each peer, not for each flow */
			return;
		*reported |= 1u << 6;
		connected_check(judge, flow, peer->endpoint);
		attested_check(judge, flow, peer->endpoint);
		line_check(judge, flow, peer->endpoint);
	} else if (letter == LETTER_W || letter == LETTER_T) {
		/* written as a host, a peer would escape the question */
		err = judge_flow(judge, "E-EXT-INET", "G3.1-ext-noinet", flow, field);
		err->also = party_zone(peer)->node.at;
		err_say(judge->errs, err, _("peer %s of flow %s is outside but no endpoint"),
			party_text(judge, peer), flow->node.id);
		err_hint(judge->errs, err,
			 _("write it under endpoints with internet-connected, attested-by and "
			   "attested-on"));
	}
}

/* The edition of 2020 let data in, and nothing out. */
static void direction_check(struct judge *judge, const struct flow *flow)
{
	struct err *err;

	if (judge->policy->head.edition != EDITION_R2_5 || flow->class != FLOW_RELAY ||
	    flow->data == DATA_IN)
		return;
	err = judge_flow(judge, "E-EXT-INET", "G3.1-public-exc", flow, FLOW_F_DATA);
	err->also = node_at(&judge->policy->head.node, HEAD_EDITION);
	err_say(judge->errs, err, _("flow %s has data = \"%s\", but edition R2.5 only takes in"),
		flow->node.id, words_word(&words_data, flow->data));
	err_hint(judge->errs, err, _("write data = \"in\", or adopt edition = \"R7.3\""));
}

void check_06_ext_inet(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows) {
		const struct party *from = &flow->from.items[0], *to = &flow->to.items[0];

		for (size_t i = 0; i < flow->from.count; i++)
			peer_check(judge, flow, &flow->from.items[i], to, FLOW_F_FROM);
		for (size_t i = 0; i < flow->to.count; i++)
			peer_check(judge, flow, &flow->to.items[i], from, FLOW_F_TO);
		direction_check(judge, flow);
	}
}
