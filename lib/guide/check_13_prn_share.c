/* 13 · E-PRN-SHARE · G3.4-printer-noshare (必須), G3.4-printer-sep (望ましい): a multifunction
 * printer of 番号系 or LGWAN系 is not shared with the Internet-connected zone. Between 番号系 and
 * LGWAN系 one each is desirable. One asset, one MAC or one address is one printer. */
#include "base/lang.h"
#include "guide/checks.h"

static void refuse(struct judge *judge, const struct host *a, const struct host *b, bool with_net)
{
	bool by_asset = a->asset && b->asset;
	bool by_mac = !by_asset && mac_compare(a->mac, b->mac) == 0 && !mac_is_zero(a->mac);
	struct err *err =
		judge_host(judge, "E-PRN-SHARE",
			   with_net ? "G3.4-printer-noshare" : "G3.4-printer-sep", b,
			   by_asset ? HOST_ASSET
			   : by_mac ? HOST_MAC
				    : HOST_IP);

	if (!with_net)
		judge_warn(judge, err);
	err->also = a->node.at;
	err_say(judge->errs, err, _("printer %s (%s) is the same machine as %s (%s)"), b->node.id,
		side_label(zone_side(b->zone)), a->node.id, side_label(zone_side(a->zone)));
	if (with_net)
		err_hint(judge->errs, err,
			 _("give the Internet-connected zone a printer of its own"));
	else
		err_hint(judge->errs, err,
			 _("give each layer its own printer, or at least its own LAN port"));
}

static bool is_net(const struct host *host)
{
	return zone_side(host->zone) == SIDE_INTERNET;
}

static void pair_check(struct judge *judge, const struct host *a, const struct host *b)
{
	enum side x = zone_side(a->zone), y = zone_side(b->zone);

	if (x != y && x != SIDE_NONE && y != SIDE_NONE)
		refuse(judge, a, b, is_net(a) != is_net(b));
}

/* Each entry against the first of its machine: if any two differ in layer, one differs from
 * the first, unless the first is the odd one, and then all the others do. */
void check_13_prn_share(struct judge *judge)
{
	const struct reach *reach = &judge->reach;
	struct map addresses = { 0 };

	vec_each(host, &judge->policy->hosts) {
		uint32_t machine = reach_host(reach, host);
		const struct host *other;

		if (!(reach->roles[machine] & 1u << ROLE_PRINTER))
			continue;
		if (reach->first[machine] != host) {
			pair_check(judge, reach->first[machine], host);
			continue;
		}
		other = map_find(&addresses, &host->ip, sizeof(host->ip));
		if (other)
			pair_check(judge, other, host);
		else
			map_add(judge->arena, &addresses, &host->ip, sizeof(host->ip), host);
	}
}
