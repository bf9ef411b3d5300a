/* 9 · E-SCR-PROTO · G3.2-screen, G3.3-beta-screen, G3.3-beta-nodata (必須): a screen transfer
 * opens the ports of its product and nothing else, between machines that are named, and carries
 * no clipboard, drive or printer. In the β models it ends on a virtual desktop. */
#include "base/lang.h"
#include "guide/checks.h"

static void zone_check(struct judge *judge, const struct flow *flow, enum flow_field field,
		       const struct party_list *list)
{
	const struct party *zone = parties_find_zone(list);
	struct err *err;

	if (!zone)
		return;
	err = judge_flow(judge, "E-SCR-PROTO", "G3.2-screen", flow, field);
	err->also = zone->zone->node.at;
	err_say(judge->errs, err, _("screen transfer %s names the whole zone %s"), flow->node.id,
		party_text(judge, zone));
	err_hint(judge->errs, err, _("name the hosts"));
}

static void protocol_check(struct judge *judge, const struct flow *flow)
{
	struct err *err;

	if (flow->proto == PROTO_ICMP || !screen_ports_fit(flow)) {
		err = judge_flow(judge, "E-SCR-PROTO", "G3.2-screen", flow, FLOW_F_PORTS);
		err_say(judge->errs, err,
			_("screen transfer %s opens %s \"%s\", which are not the ports of \"%s\""),
			flow->node.id, words_word(&words_proto, flow->proto),
			ports_text(judge, &flow->ports),
			words_word(&words_screen_product, flow->product));
		err_hint(judge->errs, err,
			 _("write the product's own ports: rdp 3389, ica 1494 2598, pcoip 4172, "
			   "blast 8443 22443"));
	}
	if (flow->redirect) {
		err = judge_flow(judge, "E-SCR-PROTO", "G3.2-screen", flow, FLOW_F_REDIRECT);
		err_say(judge->errs, err,
			_("screen transfer %s lets clipboard, drives or printers pass"),
			flow->node.id);
		err_hint(judge->errs, err, _("switch them off and write redirect = false"));
	}
	if (node_has(&flow->node, FLOW_F_DATA) && flow->data != DATA_SCREEN) {
		err = judge_flow(judge, "E-SCR-PROTO", "G3.2-screen", flow, FLOW_F_DATA);
		err_say(judge->errs, err, _("screen transfer %s has data = \"%s\""), flow->node.id,
			words_word(&words_data, flow->data));
		err_hint(judge->errs, err, _("write data = \"screen\""));
	}
}

static bool from_internet(const struct flow *flow)
{
	for (size_t i = 0; i < flow->from.count; i++)
		if (letter_of_class(party_zone(&flow->from.items[i])->class) == LETTER_I)
			return true;
	return false;
}

/* Internet-zone terminals use LGWAN系 by virtualised remote desktop only. */
static void desktop_check(struct judge *judge, const struct flow *flow)
{
	for (size_t i = 0; i < flow->to.count; i++) {
		const struct party *to = &flow->to.items[i];
		struct err *err;

		if (!from_internet(flow) || letter_of_class(party_zone(to)->class) != LETTER_L ||
		    to->kind != PARTY_HOST || to->host->role == ROLE_VDI)
			continue;
		err = judge_flow(judge, "E-SCR-PROTO", "G3.3-beta-screen", flow, FLOW_F_TO);
		err->also = node_at(&to->host->node, HOST_ROLE);
		err_say(judge->errs, err, _("screen transfer %s ends on %s, which is no virtual "
					    "desktop"),
			flow->node.id, party_text(judge, to));
		err_hint(judge->errs, err, _("name a host with role = \"%s\""),
			 words_word(&words_role, ROLE_VDI));
	}
}

void check_09_scr_proto(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows) {
		if (flow->class != FLOW_SCREEN)
			continue;
		zone_check(judge, flow, FLOW_F_FROM, &flow->from);
		zone_check(judge, flow, FLOW_F_TO, &flow->to);
		protocol_check(judge, flow);
		desktop_check(judge, flow);
	}
}
