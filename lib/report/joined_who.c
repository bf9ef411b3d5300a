/* Whose addresses these are: the register of a policy, by address. See joined.h. */
#include <string.h>

#include "report/joined_parts.h"

struct range_key {
	struct addr first, last;
};

static void range_add(struct joined_words *words, struct map *map, struct addr first,
		      struct addr last, const void *value)
{
	struct range_key *key = arena_make(words->arena, struct range_key);

	key->first = first;
	key->last = last;
	map_add(words->arena, map, key, sizeof(*key), (void *)value);
}

static void label_add(struct joined_words *words, const char *label, const char *id)
{
	const char **owner = map_find_text(&words->labels, label);

	if (owner) {
		if (*owner && strcmp(*owner, id) != 0)
			*owner = NULL;
		return;
	}
	owner = arena_make(words->arena, const char *);
	*owner = id;
	map_add_text(words->arena, &words->labels, label, owner);
}

static void labels_add(struct joined_words *words, const struct policy *policy)
{
	vec_each(zone, &policy->zones)
		label_add(words, zone_label(zone), zone->node.id);
	vec_each(host, &policy->hosts)
		label_add(words, host_label(host), host->node.id);
	vec_each(endpoint, &policy->endpoints)
		label_add(words, endpoint_label(endpoint), endpoint->node.id);
}

void joined_words_init(struct joined_words *words, const struct policy *policy,
		       const struct policy *other)
{
	*words = (struct joined_words){ .arena = arena_new(), .policy = policy, .other = other };
	words->machines = arena_make_many(words->arena, size_t, policy->zones.count + 1);
	labels_add(words, policy);
	labels_add(words, other);
	vec_each(host, &policy->hosts)
		if (map_add(words->arena, &words->hosts, &host->ip, sizeof(host->ip), host))
			words->machines[host->zone->index]++;
	vec_each(endpoint, &policy->endpoints)
		if (endpoint->ip.addr.family != FAMILY_NONE)
			range_add(words, &words->endpoints, endpoint->ip.addr,
				  prefix_last(&endpoint->ip), endpoint);
	vec_each(zone, &policy->zones)
		for (size_t i = 0; zone_is_open(zone) && i < zone->networks.count; i++)
			range_add(words, &words->networks, zone->networks.items[i].addr,
				  prefix_last(&zone->networks.items[i]), zone);
}

void joined_words_done(struct joined_words *words)
{
	arena_free(words->arena);
	*words = (struct joined_words){ 0 };
}

/* The MACs that a sender's frames bear, by the policy: one, or any. */
static bool mac_is_bound(const struct joined_end *end, struct mac bound)
{
	static const struct mac highest = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

	return mac_compare(end->mac_first, bound) == 0 &&
	       mac_compare(end->mac_last, mac_is_zero(bound) ? highest : bound) == 0;
}

static struct mac endpoint_mac(const struct endpoint *endpoint)
{
	return endpoint->next_hop ? endpoint->next_hop->mac : (struct mac){ 0 };
}

static const struct zone *zone_of_addr(const struct policy *policy, const struct addr *addr)
{
	const struct zone *open = NULL;

	vec_each(zone, &policy->zones)
		if (zone_has_addr(zone, addr)) {
			if (!zone_is_open(zone))
				return zone;
			open = zone; /* the Internet is everything that is nobody's */
		}
	return open;
}

struct joined_who joined_who(const struct joined_words *words, const struct joined_end *end,
			     bool from)
{
	struct range_key key;
	struct joined_who who = { .endpoint = end->by_name };
	struct mac bound = { 0 };

	memset(&key, 0, sizeof(key));
	key.first = end->first;
	key.last = end->last;
	if (!who.endpoint && addr_compare(&end->first, &end->last) == 0)
		who.host = map_find(&words->hosts, &end->first, sizeof(end->first));
	if (!who.endpoint && !who.host)
		who.endpoint = map_find(&words->endpoints, &key, sizeof(key));
	if (who.host) {
		who.zone = who.host->zone;
		bound = who.host->mac;
	} else if (who.endpoint) {
		who.zone = who.endpoint->zone;
		bound = endpoint_mac(who.endpoint);
	} else {
		who.zone = map_find(&words->networks, &key, sizeof(key));
		who.is_network = who.zone != NULL;
		if (!who.zone)
			who.zone = zone_of_addr(words->policy, &end->first);
	}
	who.other_mac = from && !mac_is_bound(end, bound);
	return who;
}
