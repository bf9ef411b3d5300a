/* 16 · E-GC-PEER · C3.1-gc-mynum, C3.2-gc-lgwan (必須): the parts of the Government Cloud belong
 * to the layers they serve, are separated from each other like those, and hang on dedicated
 * lines. Peering between them in the cloud is a bridge like any other. */
#include "base/lang.h"
#include "guide/checks.h"

static bool is_part(const struct zone *zone)
{
	return zone->class == ZONE_GOVCLOUD_MYNUMBER || zone->class == ZONE_GOVCLOUD_LGWAN;
}

static bool pair_check(struct judge *judge, const struct flow *flow, const struct party *from,
		       const struct party *to)
{
	const struct zone *a = party_zone(from), *b = party_zone(to);
	struct err *err;

	if (!is_part(a) || !is_part(b) || a->class == b->class)
		return true;
	err = judge_flow(judge, "E-GC-PEER", "C3.2-gc-lgwan", flow, FLOW_F_TO);
	err->also = b->node.at;
	err_say(judge->errs, err, _("flow %s joins %s (%s) and %s (%s) inside the cloud"),
		flow->node.id, party_text(judge, from), words_label(&words_zone_class, a->class),
		party_text(judge, to), words_label(&words_zone_class, b->class));
	err_hint(judge->errs, err,
		 _("remove the flow; each part of the cloud speaks to its own layer only"));
	return false;
}

static void line_check(struct judge *judge, const struct zone *zone)
{
	struct err *err;

	if (!is_part(zone) || (zone->line != LINE_INTERNET && zone->line != LINE_SSL_VPN))
		return;
	err = judge_zone(judge, "E-GC-PEER",
			 zone->class == ZONE_GOVCLOUD_LGWAN ? "C3.2-gc-lgwan" : "C3.1-gc-mynum", zone,
			 ZONE_F_LINE);
	err_say(judge->errs, err, _("zone %s in the cloud hangs on line \"%s\""), zone->node.id,
		words_word(&words_line, zone->line));
	err_hint(judge->errs, err, _("use a dedicated line: line = \"leased\" or \"closed\""));
}

void check_16_gc_peer(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows) {
		bool is_good = true;

		for (size_t f = 0; f < flow->from.count; f++)
			for (size_t t = 0; is_good && t < flow->to.count; t++)
				is_good = pair_check(judge, flow, &flow->from.items[f],
						     &flow->to.items[t]);
	}
	vec_each(zone, &judge->policy->zones)
		line_check(judge, zone);
}
