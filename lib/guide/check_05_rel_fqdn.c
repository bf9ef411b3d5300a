/* 5 · E-REL-FQDN · G3.1-relay-fqdn, G3.1-relay-tls (必要): an excepted peer is limited by its
 * full name, and the leg to it authenticates, encrypts and detects change by TLS. */
#include "base/lang.h"
#include "guide/checks.h"

/* Ports on which TLS is what is spoken first. */
static const uint16_t tls_ports[] = {
	443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 5061, 5671, 6514, 8443, 8531, 8883, 9443,
};

static void name_check(struct judge *judge, const struct endpoint *endpoint)
{
	struct err *err;

	if (!kind_is_exempt(endpoint->kind) || fqdn_is_full(endpoint->fqdn))
		return;
	err = judge_endpoint(judge, "E-REL-FQDN", "G3.1-relay-fqdn", endpoint, END_FQDN);
	if (endpoint->fqdn)
		err_say(judge->errs, err, _("excepted peer %s has the fqdn \"%s\", which is no full name"),
			endpoint_label(endpoint), endpoint->fqdn);
	else
		err_say(judge->errs, err, _("excepted peer %s is known by address alone"),
			endpoint_label(endpoint));
	err_hint(judge->errs, err,
		 _("write its full name without wildcard, as in fqdn = \"host.example\""));
}

static bool is_relay_leg(const struct flow *flow, const struct party *inner,
			 const struct party *outer)
{
	enum letter letter = letter_of_class(party_zone(inner)->class);

	return outer->kind == PARTY_ENDPOINT && kind_is_exempt(outer->endpoint->kind) &&
	       (flow->class == FLOW_RELAY || letter == LETTER_R || letter == LETTER_M);
}

static void tls_check(struct judge *judge, const struct flow *flow)
{
	const struct party *from = &flow->from.items[0], *to = &flow->to.items[0];
	struct err *err;

	if (!is_relay_leg(flow, from, to) && !is_relay_leg(flow, to, from))
		return;
	if (flow->crypto != CRYPTO_TLS) {
		err = judge_flow(judge, "E-REL-FQDN", "G3.1-relay-tls", flow, FLOW_F_CRYPTO);
		err_say(judge->errs, err, _("flow %s to an excepted peer has crypto = \"%s\""),
			flow->node.id, words_word(&words_crypto, flow->crypto));
		err_hint(judge->errs, err, _("write crypto = \"tls\""));
	}
	if (flow->proto == PROTO_TCP &&
	    ports_are_within(&flow->ports, tls_ports, array_count(tls_ports)))
		return;
	err = judge_flow(judge, "E-REL-FQDN", "G3.1-relay-tls", flow, FLOW_F_PORTS);
	err_say(judge->errs, err, _("flow %s to an excepted peer uses %s \"%s\", which is not TLS"),
		flow->node.id, words_word(&words_proto, flow->proto),
		ports_text(judge, &flow->ports));
	err_hint(judge->errs, err, _("write proto = \"tcp\" and a TLS port, as in ports = [443]"));
}

void check_05_rel_fqdn(struct judge *judge)
{
	vec_each(endpoint, &judge->policy->endpoints)
		name_check(judge, endpoint);
	vec_each(flow, &judge->policy->flows)
		tls_check(judge, flow);
}
