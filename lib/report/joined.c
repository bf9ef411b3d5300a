/* See joined.h. */
#include "report/joined.h"

#include <string.h>

#include "base/lang.h"
#include "report/joined_parts.h"

enum { NAMES_SHOWN = 6, SERVICES_SHOWN = 8, FLOWS_SHOWN = 4 };

static void range_say(struct buf *buf, const struct joined_end *end)
{
	struct prefix prefix = { .addr = end->first };

	for (; prefix.length_bits < addr_bits(end->first.family); prefix.length_bits++) {
		struct addr last = prefix_last(&prefix);

		if (prefix_has(&prefix, &end->first) && addr_compare(&last, &end->last) == 0) {
			prefix_print(buf, &prefix);
			return;
		}
	}
	addr_print(buf, &end->first);
	if (addr_compare(&end->first, &end->last) == 0)
		return;
	buf_add_char(buf, '-');
	addr_print(buf, &end->last);
}

/* Its label; with the id where others have the same label. */
static void label_say(struct buf *buf, const struct joined_words *words, const char *label,
		      const char *id)
{
	const char **owner = map_find_text(&words->labels, label);

	buf_add_text(buf, label);
	if ((!owner || !*owner) && strcmp(label, id) != 0)
		buf_printf(buf, " (%s)", id);
}

/* ---- where the label alone would mislead ---- */

struct remark {
	bool addr, mac;
};

static struct remark host_remark(const struct joined_words *words, const struct host *host,
				 bool from)
{
	const struct host *other = policy_find_host(words->other, host->node.id);

	if (!other)
		return (struct remark){ 0 };
	return (struct remark){ addr_compare(&host->ip, &other->ip) != 0,
				from && mac_compare(host->mac, other->mac) != 0 };
}

static struct remark endpoint_remark(const struct joined_words *words,
				     const struct endpoint *endpoint, bool from)
{
	const struct endpoint *other = policy_find_endpoint(words->other, endpoint->node.id);
	struct remark remark = { 0 };

	if (!other)
		return remark;
	remark.addr = endpoint->ip.length_bits != other->ip.length_bits ||
		      addr_compare(&endpoint->ip.addr, &other->ip.addr) != 0;
	if (endpoint->fqdn && other->fqdn)
		remark.addr |= strcmp(endpoint->fqdn, other->fqdn) != 0;
	if (from && endpoint->next_hop && other->next_hop)
		remark.mac = mac_compare(endpoint->next_hop->mac, other->next_hop->mac) != 0;
	return remark;
}

static struct remark end_remark(const struct joined_words *words, const struct joined_who *who,
				bool from)
{
	struct remark remark = { 0 };

	if (who->host)
		remark = host_remark(words, who->host, from);
	else if (who->endpoint)
		remark = endpoint_remark(words, who->endpoint, from);
	remark.mac |= who->other_mac;
	return remark;
}

static struct mac mac_after(struct mac mac)
{
	for (size_t i = sizeof(mac.bytes); i-- > 0;)
		if (++mac.bytes[i])
			break;
	return mac;
}

/* Below and above one MAC: two ends of one sender, told as one. */
static bool is_all_but_one(const struct joined_end *below, const struct joined_end *above)
{
	static const struct mac lowest, highest = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

	return addr_compare(&below->first, &above->first) == 0 &&
	       addr_compare(&below->last, &above->last) == 0 && below->by_name == above->by_name &&
	       mac_compare(below->mac_first, lowest) == 0 &&
	       mac_compare(above->mac_last, highest) == 0 &&
	       mac_compare(mac_after(mac_after(below->mac_last)), above->mac_first) == 0;
}

static void mac_say(struct buf *buf, const struct joined_end *end, const struct joined_end *above)
{
	char first[MAC_TEXT_BYTES], last[MAC_TEXT_BYTES];
	static const struct mac lowest, highest = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

	mac_text(end->mac_first, first);
	mac_text(end->mac_last, last);
	if (above)
		buf_printf(buf, _(" (any MAC but %s)"), mac_text(mac_after(end->mac_last), first));
	else if (mac_compare(end->mac_first, end->mac_last) == 0)
		buf_printf(buf, _(" (MAC %s)"), first);
	else if (mac_compare(end->mac_first, lowest) == 0 &&
		 mac_compare(end->mac_last, highest) == 0)
		buf_add_text(buf, _(" (any MAC)"));
	else
		buf_printf(buf, _(" (MAC %s-%s)"), first, last);
}

/* ---- one end, and a side of many ---- */

static void end_say(struct buf *buf, const struct joined_words *words,
		    const struct joined_end *end, const struct joined_end *above, bool from)
{
	struct joined_who who = joined_who(words, end, from);
	struct remark remark = end_remark(words, &who, from);

	if (who.host) {
		label_say(buf, words, host_label(who.host), who.host->node.id);
	} else if (who.endpoint) {
		label_say(buf, words, endpoint_label(who.endpoint), who.endpoint->node.id);
	} else {
		if (who.zone) {
			label_say(buf, words, zone_label(who.zone), who.zone->node.id);
			buf_add_char(buf, ' ');
		}
		remark.addr = true;
	}
	if (remark.addr) {
		if (who.host || who.endpoint)
			buf_add_char(buf, ' ');
		if (end->by_name)
			buf_add_text(buf, end->by_name->fqdn);
		else
			range_say(buf, end);
	}
	if (remark.mac || above)
		mac_say(buf, end, above);
}

/* The zone that an end counts for, if it may be told by the zone's label. */
static const struct zone *end_zone(const struct joined_words *words, const struct joined_end *end,
				   bool from)
{
	struct joined_who who = joined_who(words, end, from);
	struct remark remark = end_remark(words, &who, from);

	if (remark.addr || remark.mac || who.endpoint || !(who.host || who.is_network))
		return NULL;
	return who.zone;
}

static size_t zone_ends(const struct joined_words *words, const struct zone *zone)
{
	return zone_is_open(zone) ? zone->networks.count : words->machines[zone->index];
}

/* One machine is told by its own name. */
static bool zone_is_told(const struct joined_words *words, const size_t *seen,
			 const struct zone *zone)
{
	return zone && seen[zone->index] == zone_ends(words, zone) &&
	       (zone_is_open(zone) || seen[zone->index] > 1);
}

static void zone_say(struct buf *buf, const struct joined_words *words, const struct zone *zone)
{
	label_say(buf, words, zone_label(zone), zone->node.id);
	if (!zone_is_open(zone))
		buf_printf(buf, _(" (all %zu machines)"), zone_ends(words, zone));
}

static void side_say(struct buf *buf, const struct joined_words *words,
		     const struct joined_ends *ends, bool from)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	size_t *seen = arena_make_many(scratch, size_t, words->policy->zones.count + 1);
	bool *told = arena_make_many(scratch, bool, words->policy->zones.count + 1);
	size_t names = 0;

	for (size_t i = 0; i < ends->count; i++) {
		const struct zone *zone = end_zone(words, &ends->items[i], from);

		if (zone)
			seen[zone->index]++;
	}
	for (size_t i = 0; i < ends->count; i++) {
		const struct joined_end *end = &ends->items[i], *above = NULL;
		const struct zone *zone = end_zone(words, end, from);

		if (!zone_is_told(words, seen, zone))
			zone = NULL;
		if (zone && told[zone->index])
			continue;
		if (from && i + 1 < ends->count && is_all_but_one(end, &ends->items[i + 1]))
			above = &ends->items[++i];
		if (++names > NAMES_SHOWN)
			continue;
		buf_add_text(buf, names > 1 ? _(", ") : "");
		if (zone) {
			told[zone->index] = true;
			zone_say(buf, words, zone);
		} else {
			end_say(buf, words, end, above, from);
		}
	}
	if (names > NAMES_SHOWN)
		buf_printf(buf, _(" and %zu more"), names - NAMES_SHOWN);
}

/* "tcp/22,443 udp/53" */
static void services_say(struct buf *buf, const struct joined_services *services)
{
	for (size_t i = 0; i < services->count; i++) {
		const struct joined_service *it = &services->items[i];
		bool again = i && services->items[i - 1].proto == it->proto;

		if (i == SERVICES_SHOWN) {
			buf_printf(buf, _(" and %zu more"), services->count - i);
			return;
		}
		if (!again)
			buf_printf(buf, " %s", words_word(&words_proto, it->proto));
		if (it->proto == PROTO_ICMP)
			continue;
		buf_printf(buf, "%c%u", again ? ',' : '/', it->first);
		if (it->first != it->last)
			buf_printf(buf, "-%u", it->last);
	}
}

static void flows_say(struct buf *buf, const struct joined_flows *flows)
{
	buf_add_text(buf, "  [");
	for (size_t i = 0; i < size_min(flows->count, FLOWS_SHOWN); i++)
		buf_printf(buf, "%s%s", i ? " " : "", flows->items[i]->node.id);
	if (flows->count > FLOWS_SHOWN)
		buf_printf(buf, _(" and %zu more"), flows->count - FLOWS_SHOWN);
	buf_add_char(buf, ']');
}

void joined_print(struct buf *buf, const struct joined_words *words, const struct joined *line)
{
	side_say(buf, words, &line->from, true);
	buf_add_text(buf, " → ");
	side_say(buf, words, &line->to, false);
	services_say(buf, &line->services);
	if (line->not_itself)
		buf_add_text(buf, _(", none to itself"));
	flows_say(buf, &line->flows);
}
