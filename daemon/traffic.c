/* See traffic.h. Only what has a count is kept, so that 100,000 idle flows cost nothing. */
#include "daemon/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

struct counts {
	struct arena *arena;
	struct map passed; /* by mark, or by the key of a bound set */
};

struct traffic {
	struct counts flows, hosts;
	bool noted;
};

static void counts_done(struct counts *counts)
{
	arena_free(counts->arena);
	*counts = (struct counts){ 0 };
}

struct traffic *traffic_new(void)
{
	struct traffic *traffic = calloc(1, sizeof(*traffic));

	if (!traffic)
		abort();
	return traffic;
}

void traffic_free(struct traffic *traffic)
{
	if (!traffic)
		return;
	counts_done(&traffic->flows);
	counts_done(&traffic->hosts);
	free(traffic);
}

/* A flow counts on both of its ways. */
static void counts_add(struct counts *counts, const struct set *set)
{
	vec_each(element, &set->elements) {
		struct passed *passed;

		if (!element->packets || !element->key)
			continue;
		passed = map_find(&counts->passed, element->key, set->key_bytes);
		if (!passed) {
			const void *key =
				arena_copy(counts->arena, element->key, set->key_bytes);

			passed = arena_make(counts->arena, struct passed);
			map_add(counts->arena, &counts->passed, key, set->key_bytes, passed);
		}
		passed->packets += element->packets;
		passed->bytes += element->bytes_passed;
	}
}

static const struct set *counting_set(const struct set *set, const char *prefix)
{
	return set->counts && strncmp(set->name, prefix, strlen(prefix)) == 0 ? set : NULL;
}

static struct counts counts_take(const struct table *table, const char *prefix)
{
	struct counts counts = { .arena = arena_new() };

	vec_each(set, &table->sets)
		if (counting_set(*set, prefix))
			counts_add(&counts, *set);
	return counts;
}

/* When a count last grew: now, if it is another than it was (it begins anew where an element
 * was made anew); at the first look it may be from long ago. */
static void counts_date(struct counts *counts, const struct counts *before, bool first,
			struct wall at)
{
	map_each(entry, &counts->passed) {
		struct passed *passed = entry->value;
		const struct passed *was = map_find(&before->passed, entry->key, entry->key_bytes);

		if (was && was->packets == passed->packets) {
			passed->has_seen = was->has_seen;
			passed->seen = was->seen;
		} else if (!first) {
			passed->has_seen = true;
			passed->seen = at;
		}
	}
}

static void counts_renew(struct counts *counts, struct counts *now, bool first, struct wall at)
{
	counts_date(now, counts, first, at);
	counts_done(counts);
	*counts = *now;
}

/* ---- as bytes: of flows or of hosts, the key behind its length, and two numbers ---- */

struct record {
	uint8_t is_host, key_bytes, zero[6]; /* no gaps: what lies in them would be sent, too */
	uint64_t packets, bytes;
};

static void counts_print(const struct counts *counts, bool is_host, struct buf *bytes)
{
	map_each(entry, &counts->passed) {
		const struct passed *passed = entry->value;
		struct record record = { .is_host = is_host,
					 .key_bytes = (uint8_t)entry->key_bytes,
					 .packets = passed->packets,
					 .bytes = passed->bytes };

		buf_add(bytes, &record, sizeof(record));
		buf_add(bytes, entry->key, entry->key_bytes);
	}
}

/* Both of what is counted; false: our table is not there. */
static bool counts_of(const struct ruleset *kernel, struct counts *ret_flows,
		      struct counts *ret_hosts)
{
	const struct table *table = ruleset_find_table(kernel, TABLE_INET, "sekisho");

	if (!table)
		return false;
	*ret_flows = counts_take(table, "alive_");
	*ret_hosts = counts_take(table, "bound");
	return true;
}

void traffic_counts(const struct ruleset *kernel, struct buf *ret_bytes)
{
	struct counts flows, hosts;

	if (!counts_of(kernel, &flows, &hosts))
		return;
	counts_print(&flows, false, ret_bytes);
	counts_print(&hosts, true, ret_bytes);
	counts_done(&flows);
	counts_done(&hosts);
}

static bool counts_parse(struct counts *flows, struct counts *hosts, const uint8_t *at, size_t left)
{
	while (left) {
		struct counts *counts;
		struct passed *passed;
		struct record record;

		if (left < sizeof(record))
			return false;
		memcpy(&record, at, sizeof(record));
		at += sizeof(record);
		left -= sizeof(record);
		if (!record.key_bytes || record.key_bytes > left)
			return false;
		counts = record.is_host ? hosts : flows;
		passed = arena_make(counts->arena, struct passed);
		passed->packets = record.packets;
		passed->bytes = record.bytes;
		map_add(counts->arena, &counts->passed,
			arena_copy(counts->arena, at, record.key_bytes), record.key_bytes, passed);
		at += record.key_bytes;
		left -= record.key_bytes;
	}
	return true;
}

static void counts_replace(struct traffic *traffic, struct counts *flows, struct counts *hosts,
			   struct wall at)
{
	counts_renew(&traffic->flows, flows, !traffic->noted, at);
	counts_renew(&traffic->hosts, hosts, !traffic->noted, at);
	traffic->noted = true;
}

bool traffic_note_counts(struct traffic *traffic, const void *bytes, size_t count, struct wall at)
{
	struct counts flows = { .arena = arena_new() }, hosts = { .arena = arena_new() };

	if (!counts_parse(&flows, &hosts, bytes, count)) {
		counts_done(&flows);
		counts_done(&hosts);
		return false;
	}
	counts_replace(traffic, &flows, &hosts, at);
	return true;
}

void traffic_note(struct traffic *traffic, const struct ruleset *kernel, struct wall at)
{
	struct counts flows, hosts;

	if (counts_of(kernel, &flows, &hosts))
		counts_replace(traffic, &flows, &hosts, at);
}

static struct passed counts_find(const struct counts *counts, const void *key, size_t bytes)
{
	const struct passed *passed = map_find(&counts->passed, key, bytes);

	return passed ? *passed : (struct passed){ 0 };
}

struct passed traffic_of_mark(const struct traffic *traffic, uint32_t mark)
{
	return counts_find(&traffic->flows, &mark, sizeof(mark));
}

/* The key as the compiler lays it: interface, MAC, address. */
struct passed traffic_of_host(const struct traffic *traffic, const struct host *host)
{
	const char *interface = zone_interface(host->zone);
	size_t size = addr_bits(host->ip.family) / 8;
	uint8_t key[40] = { 0 };

	if (!interface || !size)
		return (struct passed){ 0 };
	memcpy(key, interface, size_min(strlen(interface), 15));
	memcpy(key + 16, host->mac.bytes, sizeof(host->mac.bytes));
	memcpy(key + 24, host->ip.bytes, size);
	return counts_find(&traffic->hosts, key, 24 + size);
}
