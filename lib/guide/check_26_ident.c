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

static bool is_in_two(const struct host *a, const struct host *b)
{
	enum side x = zone_side(a->zone), y = zone_side(b->zone);

	return x != y && x != SIDE_NONE && y != SIDE_NONE;
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
		host->asset, side_label(zone_side(first->zone)), first->node.id,
		side_label(zone_side(host->zone)), host->node.id);
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

static void endpoint_check(struct judge *judge, const struct map *addresses,
			   const struct endpoint *endpoint)
{
	const struct host *host;
	char text[ADDR_TEXT_BYTES];
	struct err *err;

	if (endpoint->ip.addr.family == FAMILY_NONE || !prefix_is_host(&endpoint->ip))
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
