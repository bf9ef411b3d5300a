/* 8 · E-MAIL-PROTO · G3.2-mail (必須): Internet mail enters LGWAN系 as text, by SMTP alone,
 * between two named servers: the one that makes text of it and the one that receives it. */
#include "base/lang.h"
#include "guide/checks.h"

static const uint16_t smtp_ports[] = { 25, 465, 587 };

static void server_check(struct judge *judge, const struct flow *flow, enum flow_field field,
			 const struct party_list *list, enum role role)
{
	struct err *err;

	if (list->count == 1 && list->items[0].kind == PARTY_HOST &&
	    list->items[0].host->role == role)
		return;
	err = judge_flow(judge, "E-MAIL-PROTO", "G3.2-mail", flow, field);
	if (list->count > 1)
		err_say(judge->errs, err, _("mail flow %s lists %zu parties where one server is "
					    "allowed"),
			flow->node.id, list->count);
	else
		err_say(judge->errs, err, _("mail flow %s names %s, which is no host of role \"%s\""),
			flow->node.id, party_text(judge, &list->items[0]),
			words_word(&words_role, role));
	err_hint(judge->errs, err, _("name one host with role = \"%s\""),
		 words_word(&words_role, role));
}

void check_08_mail_proto(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows) {
		struct err *err;

		if (flow->class != FLOW_MAIL_TEXT)
			continue;
		server_check(judge, flow, FLOW_F_FROM, &flow->from, ROLE_MAIL_TEXT);
		server_check(judge, flow, FLOW_F_TO, &flow->to, ROLE_MAIL_SERVER);
		if (flow->proto == PROTO_TCP &&
		    ports_are_within(&flow->ports, smtp_ports, array_count(smtp_ports)))
			continue;
		err = judge_flow(judge, "E-MAIL-PROTO", "G3.2-mail", flow, FLOW_F_PORTS);
		err_say(judge->errs, err, _("mail flow %s uses %s \"%s\", which is more than SMTP"),
			flow->node.id, words_word(&words_proto, flow->proto),
			ports_text(judge, &flow->ports));
		err_hint(judge->errs, err, _("write proto = \"tcp\" and ports = [25]"));
	}
}
