/* Two boxes against each other: do they meet, and what of one lies outside the other; and all
 * pairs of flows in a policy whose boxes meet. Exact boxes, which are nearly all, are found by
 * hash; the few with ranges are looked for by index (permit_index.h). */
#include <stdlib.h>
#include <string.h>

#include "policy/permit_index.h"

static bool addrs_meet(const struct addr *a_first, const struct addr *a_last,
		       const struct addr *b_first, const struct addr *b_last)
{
	return a_first->family == b_first->family && addr_compare(a_first, b_last) <= 0 &&
	       addr_compare(b_first, a_last) <= 0;
}

/* A name has no addresses yet: it meets only itself, on the same side. */
static bool same_name(const struct permit *a, const struct permit *b)
{
	if (!a->by_name || !b->by_name)
		return a->by_name == b->by_name;
	return a->name_is_source == b->name_is_source &&
	       strcmp(a->by_name->fqdn, b->by_name->fqdn) == 0;
}

bool permit_meets(const struct permit *a, const struct permit *b)
{
	return a->proto == b->proto && same_name(a, b) && a->port_first <= b->port_last &&
	       b->port_first <= a->port_last && mac_compare(a->mac_first, b->mac_last) <= 0 &&
	       mac_compare(b->mac_first, a->mac_last) <= 0 &&
	       addrs_meet(&a->src_first, &a->src_last, &b->src_first, &b->src_last) &&
	       addrs_meet(&a->dst_first, &a->dst_last, &b->dst_first, &b->dst_last);
}

static struct mac mac_step(struct mac mac, int by)
{
	for (size_t i = 6; i-- > 0;) {
		uint8_t before = mac.bytes[i];

		mac.bytes[i] = (uint8_t)(before + by);
		if (before != (by > 0 ? 0xff : 0x00))
			break;
	}
	return mac;
}

/* Cuts one field of `rest` at the edges of b: what lies below and above goes to the list, and
 * rest keeps the middle. In each step rest meets b in the fields cut so far. */
#define CUT(field_first, field_last, compare, before, after)                                       \
	do {                                                                                       \
		if (compare(&rest.field_first, &b->field_first) < 0) {                             \
			piece = vec_add(ret_pieces->arena, ret_pieces);                            \
			*piece = rest;                                                             \
			before(&b->field_first, &piece->field_last);                               \
			rest.field_first = b->field_first;                                         \
		}                                                                                  \
		if (compare(&rest.field_last, &b->field_last) > 0) {                               \
			piece = vec_add(ret_pieces->arena, ret_pieces);                            \
			*piece = rest;                                                             \
			after(&b->field_last, &piece->field_first);                                \
			rest.field_last = b->field_last;                                           \
		}                                                                                  \
	} while (0)

static int mac_order(const struct mac *a, const struct mac *b)
{
	return mac_compare(*a, *b);
}

static void mac_before(const struct mac *mac, struct mac *ret)
{
	*ret = mac_step(*mac, -1);
}

static void mac_after(const struct mac *mac, struct mac *ret)
{
	*ret = mac_step(*mac, 1);
}

static void addr_before(const struct addr *addr, struct addr *ret)
{
	(void)addr_previous(addr, ret);
}

static void addr_after(const struct addr *addr, struct addr *ret)
{
	(void)addr_next(addr, ret);
}

static int port_order(const uint16_t *a, const uint16_t *b)
{
	return (*a > *b) - (*a < *b);
}

static void port_before(const uint16_t *port, uint16_t *ret)
{
	*ret = (uint16_t)(*port - 1);
}

static void port_after(const uint16_t *port, uint16_t *ret)
{
	*ret = (uint16_t)(*port + 1);
}

bool permit_subtract(const struct permit *a, const struct permit *b, struct permit_list *ret_pieces)
{
	struct permit rest = *a, *piece;

	if (!permit_meets(a, b)) {
		*vec_add(ret_pieces->arena, ret_pieces) = *a;
		return false;
	}
	CUT(mac_first, mac_last, mac_order, mac_before, mac_after);
	if (rest.src_first.family != FAMILY_NONE)
		CUT(src_first, src_last, addr_compare, addr_before, addr_after);
	if (rest.dst_first.family != FAMILY_NONE)
		CUT(dst_first, dst_last, addr_compare, addr_before, addr_after);
	CUT(port_first, port_last, port_order, port_before, port_after);
	return true;
}

enum { COVER_PIECES_MOST = 1000000 };

static bool box_is_covered(struct arena *scratch, const struct permit *box,
			   struct permit_span by, size_t *budget)
{
	struct permit_list left = { .arena = scratch };

	*vec_add(scratch, &left) = *box;
	for (size_t i = 0; i < by.count && left.count; i++) {
		struct permit_list rest = { .arena = scratch };

		if (*budget < left.count)
			return false;
		*budget -= left.count;
		vec_each(piece, &left)
			permit_subtract(piece, &by.items[i], &rest);
		left = rest;
	}
	return left.count == 0;
}

bool permits_cover(struct permit_span those, struct permit_span these)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	size_t budget = COVER_PIECES_MOST;

	for (size_t i = 0; i < these.count; i++)
		if (!box_is_covered(scratch, &these.items[i], those, &budget))
			return false;
	return true;
}

/* ---- all pairs ---- */

struct meeting {
	struct arena *scratch;
	void (*on_meet)(void *context, const struct permit *a, const struct permit *b);
	void *context;
	struct map told; /* pairs of flows */
};

static void meeting_tell(struct meeting *meeting, const struct permit *a, const struct permit *b)
{
	const struct flow *pair[2] = { a->flow, b->flow };
	bool in_order = a->flow->index < b->flow->index;

	if (a->flow == b->flow)
		return;
	if (!in_order) {
		pair[0] = b->flow;
		pair[1] = a->flow;
	}
	if (map_find(&meeting->told, pair, sizeof(pair)))
		return;
	map_add(meeting->scratch, &meeting->told, arena_copy(meeting->scratch, pair, sizeof(pair)),
		sizeof(pair), meeting);
	if (in_order)
		meeting->on_meet(meeting->context, a, b);
	else
		meeting->on_meet(meeting->context, b, a);
}

void permit_key(const struct permit *exact, struct permit_key *ret_key)
{
	const char *name = exact->by_name ? exact->by_name->fqdn : NULL;

	memset(ret_key, 0, sizeof(*ret_key)); /* padding too: keys are compared as bytes */
	ret_key->mac = exact->mac_first;
	ret_key->proto = exact->proto;
	ret_key->name_is_source = exact->name_is_source;
	ret_key->src = exact->src_first;
	ret_key->dst = exact->dst_first;
	ret_key->port = exact->port_first;
	ret_key->name_hash = name ? map_hash(name, strlen(name)) : 0;
}

static void exact_meet(struct meeting *meeting, const struct permit **exact, size_t count)
{
	struct permit_key *keys = arena_make_many(meeting->scratch, struct permit_key, count + 1);
	struct map seen = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct permit_key *key = &keys[i];

		permit_key(exact[i], key);
		if (!map_add(meeting->scratch, &seen, key, sizeof(*key), (void *)exact[i]))
			meeting_tell(meeting, map_find(&seen, key, sizeof(*key)), exact[i]);
	}
}

static void ranges_meet(struct meeting *meeting, const struct permit **ranges, size_t range_count,
			const struct permit **all, size_t count)
{
	struct permit_index index;

	permit_index_init(&index, meeting->scratch, all, count);
	for (size_t i = 0; i < range_count; i++) {
		struct permit_visit visit = permit_index_visit(&index, ranges[i]);
		const struct permit *other;

		while ((other = permit_visit_next(&visit)))
			meeting_tell(meeting, ranges[i], other);
	}
}

void permits_find_meeting(const struct permits *permits,
			  void (*on_meet)(void *context, const struct permit *a,
					  const struct permit *b),
			  void *context)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	struct meeting meeting = { .scratch = scratch, .on_meet = on_meet, .context = context };
	size_t count = permits->list.count, exact_count = 0, range_count = 0;
	const struct permit **exact = arena_make_many(scratch, const struct permit *, count + 1);
	const struct permit **ranges = arena_make_many(scratch, const struct permit *, count + 1);
	const struct permit **all = arena_make_many(scratch, const struct permit *, count + 1);

	vec_each(permit, &permits->list) {
		all[permit - permits->list.items] = permit;
		if (permit_is_exact(permit))
			exact[exact_count++] = permit;
		else
			ranges[range_count++] = permit;
	}
	exact_meet(&meeting, exact, exact_count);
	if (range_count)
		ranges_meet(&meeting, ranges, range_count, all, count);
}
