/* 22 · E-WLAN-ISO · G6.1-wlan-iso, G6.1-wlan-1x, G6.1-wlan-crypto (必須): over the air, terminals
 * do not speak to each other, each proves itself by a certificate (802.1X), and nothing weak is
 * spoken. The first two are asked of 番号系 and LGWAN系, the last of every zone but the
 * visitors'. */
#include <string.h>

#include "base/lang.h"
#include "guide/checks.h"

static struct err *refuse(struct judge *judge, const char *clause, const struct zone *zone,
			  enum wireless_field field, const char *name)
{
	const char *path = arena_printf(judge->arena, "zones.%s.wireless.%s", zone->node.id, name);

	return judge_node(judge, SEVERITY_ERROR, "E-WLAN-ISO", clause, &zone->wireless.node, field,
			  path);
}

static void security_check(struct judge *judge, const struct zone *zone, bool is_inner)
{
	enum wlan_security security = zone->wireless.security;
	bool is_weak = security == WLAN_OPEN || security == WLAN_WEP;
	struct err *err;

	if (security == WLAN_WPA2_ENTERPRISE || security == WLAN_WPA3_ENTERPRISE)
		return;
	if (!is_weak && !is_inner)
		return;
	err = refuse(judge, is_weak ? "G6.1-wlan-crypto" : "G6.1-wlan-1x", zone, WIRELESS_SECURITY,
		     "security");
	err_say(judge->errs, err, _("wireless zone %s has security = \"%s\""), zone->node.id,
		words_word(&words_wlan_security, security));
	err_hint(judge->errs, err,
		 _("write security = \"wpa3-enterprise\" or \"wpa2-enterprise\", if it is so"));
}

static void zone_check(struct judge *judge, const struct zone *zone)
{
	enum side side = zone_side(zone);
	bool is_inner = side == SIDE_MYNUMBER || side == SIDE_LGWAN;
	struct err *err;

	if (!zone->wireless.set || zone->class == ZONE_GUEST)
		return;
	security_check(judge, zone, is_inner);
	if (!is_inner)
		return;
	if (!zone->wireless.client_isolation) {
		err = refuse(judge, "G6.1-wlan-iso", zone, WIRELESS_CLIENT_ISOLATION,
			     "client-isolation");
		err_say(judge->errs, err,
			_("wireless zone %s lets terminals speak to each other"), zone->node.id);
		err_hint(judge->errs, err,
			 _("switch it off at the access points and write client-isolation = true"));
	}
	if (zone->wireless.auth && strcmp(zone->wireless.auth, "eap-tls") != 0) {
		err = refuse(judge, "G6.1-wlan-1x", zone, WIRELESS_AUTH, "auth");
		err_say(judge->errs, err, _("wireless zone %s has auth = \"%s\", which is no "
					    "certificate"),
			zone->node.id, zone->wireless.auth);
		err_hint(judge->errs, err, _("write auth = \"eap-tls\", if it is so"));
	}
}

/* The gateway must not undo the isolation that the access points keep. */
static void flow_check(struct judge *judge, const struct flow *flow)
{
	for (size_t f = 0; f < flow->from.count; f++)
		for (size_t t = 0; t < flow->to.count; t++) {
			const struct zone *zone = party_zone(&flow->from.items[f]);
			const struct zone *to = party_zone(&flow->to.items[t]);
			struct err *err;

			/* two names of one air are one air */
			if (!zone->wireless.set || !to->wireless.set || zone->class == ZONE_GUEST)
				continue;
			err = judge_flow(judge, "E-WLAN-ISO", "G6.1-wlan-iso", flow, FLOW_F_TO);
			err->also = zone->wireless.node.at;
			err_say(judge->errs, err, _("flow %s joins terminals of wireless zone %s"),
				flow->node.id, zone->node.id);
			err_hint(judge->errs, err, _("let both speak to a server in a wired zone"));
			return;
		}
}

void check_22_wlan_iso(struct judge *judge)
{
	vec_each(zone, &judge->policy->zones)
		zone_check(judge, zone);
	vec_each(flow, &judge->policy->flows)
		flow_check(judge, flow);
}
