/* Sets of senders, targets and services, each kept once. Ports that touch become one range;
 * addresses only where they are left over from something larger: two neighbouring machines are
 * two machines. See permit_join_parts.h. */
#include <stdlib.h>
#include <string.h>

#include "policy/permit_join_parts.h"

size_t side_bytes(enum side side)
{
	return side == SIDE_SERVICE ? sizeof(struct joined_service) : sizeof(struct joined_end);
}

static int names_compare(const struct endpoint *a, const struct endpoint *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a->fqdn, b->fqdn);
}

static int macs_compare(const struct joined_end *a, const struct joined_end *b)
{
	int order = mac_compare(a->mac_first, b->mac_first);

	return order ? order : mac_compare(a->mac_last, b->mac_last);
}

static int addrs_compare(const struct joined_end *a, const struct joined_end *b)
{
	int order = addr_compare(&a->first, &b->first);

	if (!order)
		order = addr_compare(&a->last, &b->last);
	return order ? order : names_compare(a->by_name, b->by_name);
}

int ends_compare(const void *a, const void *b)
{
	int order = addrs_compare(a, b);

	return order ? order : macs_compare(a, b);
}

static int ends_compare_by_mac(const void *a, const void *b)
{
	int order = macs_compare(a, b);

	return order ? order : addrs_compare(a, b);
}

int services_compare(const void *a_ptr, const void *b_ptr)
{
	const struct joined_service *a = a_ptr, *b = b_ptr;

	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->last > b->last) - (a->last < b->last);
}

static size_t services_join(struct joined_service *items, size_t count)
{
	size_t last = 0;

	for (size_t i = 1; i < count; i++) {
		if (items[i].proto == items[last].proto && items[i].first <= items[last].last + 1) {
			if (items[i].last > items[last].last)
				items[last].last = items[i].last;
		} else {
			items[++last] = items[i];
		}
	}
	return count ? last + 1 : 0;
}

static bool is_part(const struct joined_end *end)
{
	return !end->whole && !end->by_name;
}

static bool addrs_touch(const struct joined_end *a, const struct joined_end *b)
{
	struct addr next;

	return macs_compare(a, b) == 0 && addr_next(&a->last, &next) &&
	       addr_compare(&next, &b->first) == 0;
}

static bool macs_touch(const struct joined_end *a, const struct joined_end *b)
{
	struct mac next = a->mac_last;

	for (size_t i = sizeof(next.bytes); i-- > 0;)
		if (++next.bytes[i])
			break;
	return addrs_compare(a, b) == 0 && !mac_is_zero(next) &&
	       mac_compare(next, b->mac_first) == 0;
}

/* Neighbours in the order they are sorted by, where they touch. */
static size_t parts_join(struct joined_end *items, size_t count, bool by_mac)
{
	size_t last = 0;

	for (size_t i = 1; i < count; i++) {
		struct joined_end *before = &items[last];
		bool parts = is_part(before) && is_part(&items[i]);

		if (parts && by_mac && addrs_touch(before, &items[i]))
			before->last = items[i].last;
		else if (parts && !by_mac && macs_touch(before, &items[i]))
			before->mac_last = items[i].mac_last;
		else
			items[++last] = items[i];
	}
	return count ? last + 1 : 0;
}

/* The same end twice: once. */
static size_t ends_once(struct joined_end *items, size_t count)
{
	size_t last = 0;

	for (size_t i = 1; i < count; i++)
		if (ends_compare(&items[last], &items[i]) != 0)
			items[++last] = items[i];
	return count ? last + 1 : 0;
}

static size_t items_join(enum side side, void *items, size_t count)
{
	if (count < 2)
		return count;
	if (side == SIDE_SERVICE) {
		qsort(items, count, sizeof(struct joined_service), services_compare);
		return services_join(items, count);
	}
	qsort(items, count, sizeof(struct joined_end), ends_compare_by_mac);
	count = ends_once(items, count);
	count = parts_join(items, count, true);
	qsort(items, count, sizeof(struct joined_end), ends_compare);
	return parts_join(items, count, false);
}

const struct join_set *join_set_get(struct join_sets *sets, enum side side, void *items,
				    size_t count)
{
	struct join_set *set;
	size_t bytes;

	count = items_join(side, items, count);
	bytes = count * side_bytes(side);
	set = map_find(&sets->known[side], items, bytes);
	if (set)
		return set;
	set = arena_make(sets->arena, struct join_set);
	*set = (struct join_set){ .items = arena_copy(sets->arena, items, bytes), .count = count };
	map_add(sets->arena, &sets->known[side], set->items, bytes, set);
	return set;
}
