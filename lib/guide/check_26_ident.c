/* 26 · E-IDENT · G6.1-termnet (必須／望ましい), G6.3-input (必須): one address is one machine, one
 * machine stands in one layer. What the register says twice, the filter cannot tell apart. */
#include <string.h>

#include "base/lang.h"
#include "guide/checks.h"

static bool is_one(const struct host *a, const struct host *b)
{
	return a->asset && b->asset && strcmp(a->asset, b->asset) == 0;
}

/* Printers are check 13, J-ALERT stands in both layers by its nature (check 18). */
static bool is_others(const struct host *a, const struct host *b)
{
	uint32_t roles = 1u << a->role | 1u << b->role;

	return (roles & 1u << ROLE_PRINTER && a->role == b->role) || roles & 1u << ROLE_JALERT;
}

/* No layer, and not of one either: what stands there stands outside, or alone. */
static bool is_apart(const struct zone *zone)
{
	return zone_is_outside(zone) || zone->class == ZONE_CONSOLE || zone->class == ZONE_DUAL;
}

static bool is_in_two(const struct host *a, const struct host *b)
{
	enum side x = zone_side(a->zone), y = zone_side(b->zone);

	if (x == y)
		return false;
	return (x != SIDE_NONE || is_apart(a->zone)) && (y != SIDE_NONE || is_apart(b->zone));
}

static const char *place_label(const struct zone *zone)
{
	enum side side = zone_side(zone);

	return side == SIDE_NONE ? words_label(&words_zone_class, zone->class) : side_label(side);
}

static void mac_check(struct judge *judge, const struct host *first, const struct host *host)
{
	bool in_two = is_in_two(first, host);
	char text[MAC_TEXT_BYTES];
	struct err *err;

	if (is_others(first, host) || (!in_two && is_one(first, host)))
		return;
	/* behind a router of ours many machines show that router's MAC */
	if (!in_two && first->zone == host->zone && host->zone->line != LINE_ONPREM)
		return;
	err = judge_host(judge, "E-IDENT", in_two ? "G6.1-termnet" : "G6.3-input", host, HOST_MAC);
	err->also = node_at(&first->node, HOST_MAC);
	err_say(judge->errs, err, _("MAC address \"%s\" of %s is that of %s, too"),
		mac_text(host->mac, text), host->node.id, first->node.id);
	err_hint(judge->errs, err,
		 _("look at the machine and correct the entry; one machine stands in one layer"));
}

static void ip_check(struct judge *judge, const struct host *first, const struct host *host)
{
	char text[ADDR_TEXT_BYTES];
	struct err *err;

	if (is_one(first, host) || is_others(first, host))
		return;
	err = judge_host(judge, "E-IDENT", is_in_two(first, host) ? "G6.1-termnet" : "G6.3-input",
			 host, HOST_IP);
	err->also = node_at(&first->node, HOST_IP);
	err_say(judge->errs, err, _("IP address \"%s\" of %s is that of %s, too"),
		addr_text(&host->ip, text), host->node.id, first->node.id);
	err_hint(judge->errs, err, _("give every machine an address of its own"));
}

static void asset_check(struct judge *judge, const struct host *first, const struct host *host)
{
	struct err *err;

	if (!is_in_two(first, host) || is_others(first, host))
		return;
	if (mac_compare(first->mac, host->mac) == 0 && !mac_is_zero(host->mac))
		return; /* told by its MAC */
	err = judge_host(judge, "E-IDENT", "G6.1-termnet", host, HOST_ASSET);
	err->also = node_at(&first->node, HOST_ASSET);
	err_say(judge->errs, err, _("machine \"%s\" is registered in %s (%s) and in %s (%s)"),
		host->asset, place_label(first->zone), first->node.id, place_label(host->zone),
		host->node.id);
	err_hint(judge->errs, err, _("use one machine in each layer"));
}

/* The key's first holder, or NULL when this one is it. */
static const struct host *first_of(struct judge *judge, struct map *map, const void *key,
				   size_t bytes, struct host *host)
{
	const struct host *first = map_find(map, key, bytes);

	if (!first)
		map_add(judge->arena, map, key, bytes, host);
	return first;
}

/* An address that no machine on a wire has: 0/8, 127/8, 224/3; ::, ::1, ff00::/8 and IPv4 in
 * IPv6's clothes; or the first or last of its zone's network. */
static bool addr_is_nobodys(const struct addr *addr, const struct zone *zone)
{
	static const uint8_t zeros[15], mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (addr->family == FAMILY_V6)
		return addr->bytes[0] == 0xff || memcmp(addr->bytes, mapped, sizeof(mapped)) == 0 ||
		       (memcmp(addr->bytes, zeros, sizeof(zeros)) == 0 && addr->bytes[15] <= 1);
	if (addr->bytes[0] == 0 || addr->bytes[0] == 127 || addr->bytes[0] >= 224)
		return true;
	for (size_t i = 0; i < zone->networks.count; i++) {
		const struct prefix *network = &zone->networks.items[i];
		struct addr last = prefix_last(network);

		if (network->addr.family == FAMILY_V4 && network->length_bits < 31 &&
		    (addr_compare(addr, &network->addr) == 0 || addr_compare(addr, &last) == 0))
			return true;
	}
	return false;
}

static void nobodys_check(struct judge *judge, const struct host *host)
{
	char text[ADDR_TEXT_BYTES];
	struct err *err;

	if (!addr_is_nobodys(&host->ip, host->zone))
		return;
	err = judge_host(judge, "E-IDENT", "G6.3-input", host, HOST_IP);
	err->also = node_at(&host->zone->node, ZONE_F_NETWORKS);
	err_say(judge->errs, err, _("IP address \"%s\" of %s is one that no machine has"),
		addr_text(&host->ip, text), host->node.id);
	err_hint(judge->errs, err, _("write the IP address of the machine itself"));
}

/* Inside, every machine is in the register: as an endpoint it would have no MAC of its own, and
 * no path would lead through it. */
static bool inside_check(struct judge *judge, const struct endpoint *endpoint)
{
	struct err *err;

	if (zone_is_outside(endpoint->zone))
		return true;
	err = judge_endpoint(judge, "E-IDENT", "G6.1-termnet", endpoint, END_ZONE);
	err->also = endpoint->zone->node.at;
	err_say(judge->errs, err, _("endpoint %s stands in zone %s (%s), which is not outside"),
		endpoint->node.id, endpoint->zone->node.id,
		words_label(&words_zone_class, endpoint->zone->class));
	err_hint(judge->errs, err, _("write it under hosts, with its ip and mac"));
	return false;
}

static void endpoint_check(struct judge *judge, const struct map *addresses,
			   const struct endpoint *endpoint)
{
	const struct host *host;
	char text[ADDR_TEXT_BYTES];
	struct err *err;

	if (!inside_check(judge, endpoint) || endpoint->ip.addr.family == FAMILY_NONE ||
	    !prefix_is_host(&endpoint->ip))
		return;
	host = map_find(addresses, &endpoint->ip.addr, sizeof(endpoint->ip.addr));
	if (!host)
		return;
	err = judge_endpoint(judge, "E-IDENT", "G6.3-input", endpoint, END_IP);
	err->also = node_at(&host->node, HOST_IP);
	err_say(judge->errs, err, _("IP address \"%s\" of %s is that of %s, too"),
		addr_text(&endpoint->ip.addr, text), endpoint->node.id, host->node.id);
	err_hint(judge->errs, err, _("give every machine an address of its own"));
}

void check_26_ident(struct judge *judge)
{
	struct map macs = { 0 }, addresses = { 0 }, assets = { 0 };

	vec_each(host, &judge->policy->hosts) {
		const struct host *first = NULL;

		if (!mac_is_zero(host->mac))
			first = first_of(judge, &macs, &host->mac, sizeof(host->mac), host);
		if (first)
			mac_check(judge, first, host);
		first = first_of(judge, &addresses, &host->ip, sizeof(host->ip), host);
		if (first)
			ip_check(judge, first, host);
		first = NULL;
		if (host->asset)
			first = first_of(judge, &assets, host->asset, strlen(host->asset), host);
		if (first)
			asset_check(judge, first, host);
		nobodys_check(judge, host);
		if (host->mac.bytes[0] & 1) {
			struct err *err = judge_host(judge, "E-IDENT", "G6.3-input", host, HOST_MAC);
			char text[MAC_TEXT_BYTES];

			err_say(judge->errs, err, _("MAC address \"%s\" of %s is a multicast address"),
				mac_text(host->mac, text), host->node.id);
			err_hint(judge->errs, err, _("write the MAC address of the machine itself"));
		}
	}
	vec_each(endpoint, &judge->policy->endpoints)
		endpoint_check(judge, &addresses, endpoint);
}
