/* 17 · E-GC-INBOUND · C3.1-dmz-noin, C3.1-dmz-fqdn (必要): nothing comes in to the update DMZ of
 * the cloud, nor to the cloud's own zones, from the Internet. Outwards the update relay alone
 * speaks, to full names, over TLS. */
#include "base/lang.h"
#include "guide/checks.h"

static bool is_internet(enum letter letter)
{
	return letter == LETTER_N || letter == LETTER_C || letter == LETTER_S ||
	       letter == LETTER_G || letter == LETTER_I;
}

static void inbound_check(struct judge *judge, const struct flow *flow, const struct party *from,
			  const struct party *to)
{
	enum letter letter = letter_of_class(party_zone(from)->class);
	enum zone_class class = party_zone(to)->class;
	bool is_dmz = class == ZONE_CLOUD_UPDATE_DMZ;
	struct err *err;

	if (is_dmz && letter != LETTER_M && letter != LETTER_O && letter != LETTER_D)
		goto refuse;
	if ((class == ZONE_GOVCLOUD_MYNUMBER || class == ZONE_GOVCLOUD_LGWAN) &&
	    is_internet(letter) && letter != LETTER_I)
		goto refuse;
	return;
refuse:
	err = judge_flow(judge, "E-GC-INBOUND", "C3.1-dmz-noin", flow, FLOW_F_FROM);
	err->also = party_zone(to)->node.at;
	err_say(judge->errs, err, _("flow %s comes in from %s (%s) to %s"), flow->node.id,
		party_text(judge, from), letter_label(letter), party_text(judge, to));
	err_hint(judge->errs, err,
		 _("remove the flow; the update relay fetches, and nobody brings"));
}

static void outbound_check(struct judge *judge, const struct flow *flow, const struct party *from,
			   const struct party *to)
{
	struct err *err;

	if (party_zone(from)->class != ZONE_CLOUD_UPDATE_DMZ ||
	    party_zone(to)->class != ZONE_INTERNET_DIRECT)
		return;
	if (from->kind != PARTY_HOST || from->host->role != ROLE_UPDATE_RELAY) {
		err = judge_flow(judge, "E-GC-INBOUND", "C3.1-dmz", flow, FLOW_F_FROM);
		err_say(judge->errs, err, _("flow %s leaves the update DMZ from %s, which is no update "
					    "relay"),
			flow->node.id, party_text(judge, from));
		err_hint(judge->errs, err, _("name a host with role = \"%s\""),
			 words_word(&words_role, ROLE_UPDATE_RELAY));
	}
	if (to->kind != PARTY_ENDPOINT || !fqdn_is_full(to->endpoint->fqdn)) {
		err = judge_flow(judge, "E-GC-INBOUND", "C3.1-dmz-fqdn", flow, FLOW_F_TO);
		err->also = to->kind == PARTY_ENDPOINT ? node_at(&to->endpoint->node, END_FQDN)
						       : to->zone->node.at;
		err_say(judge->errs, err,
			_("flow %s leaves the update DMZ to %s, which has no full name"),
			flow->node.id, party_text(judge, to));
		err_hint(judge->errs, err,
			 _("write its full name without wildcard, as in fqdn = \"host.example\""));
	}
}

void check_17_gc_inbound(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows)
		for (size_t f = 0; f < flow->from.count; f++)
			for (size_t t = 0; t < flow->to.count; t++) {
				inbound_check(judge, flow, &flow->from.items[f],
					      &flow->to.items[t]);
				outbound_check(judge, flow, &flow->from.items[f],
					       &flow->to.items[t]);
			}
}
