/* The packets that one policy permits and another does not. Exact boxes find their twin by hash;
 * what has ranges is cut at the boxes of the other policy that it meets. */
#include <stdlib.h>
#include <string.h>

#include "policy/permit_index.h"

struct subtraction {
	struct permits_difference *difference;
	struct map exact; /* of b */
	struct permit_index ranges, all; /* of b; all: once it is needed */
	const struct permits *b;
	struct arena *scratch;
	struct map told; /* pairs of flows with other windows */
};

bool window_equal(const struct window *a, const struct window *b)
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind)
		return false;
	switch ((enum window_kind)a->kind) {
	case WINDOW_ALWAYS:
		return true;
	case WINDOW_RECURRING:
		return a->days == b->days && a->from_sec == b->from_sec && a->to_sec == b->to_sec &&
		       a->until.set == b->until.set &&
		       (!a->until.set || a->until.date.days == b->until.date.days);
	case WINDOW_ABSOLUTE:
		return a->start.sec == b->start.sec && a->end.sec == b->end.sec;
	case WINDOW_GRANT:
		return a->grant_sec == b->grant_sec;
	}
	return false;
}

static bool zone_differs(const struct zone *a, const struct zone *b)
{
	const char *x = zone_interface(a), *y = zone_interface(b);

	return x && y ? strcmp(x, y) != 0 : x != y;
}

/* Where the same packets are permitted by both: at the same times, at the same interfaces? */
static void shared_note(struct subtraction *it, const struct permit *a, const struct permit *b)
{
	const struct flow *pair[2] = { a->flow, b->flow };

	if (zone_differs(a->from, b->from) || zone_differs(a->to, b->to))
		it->difference->moved = true;
	if (window_equal(a->flow->window, b->flow->window) ||
	    map_find(&it->told, pair, sizeof(pair)))
		return;
	map_add(it->scratch, &it->told, arena_copy(it->scratch, pair, sizeof(pair)), sizeof(pair),
		it);
	*vec_add(it->difference->arena, &it->difference->retimed) =
		(struct retimed){ a->flow, b->flow };
}

static void b_index(struct subtraction *it)
{
	const struct permits *b = it->b;
	struct permit_key *keys = arena_make_many(it->scratch, struct permit_key, b->list.count + 1);
	const struct permit **ranges;
	size_t i = 0, range_count = 0;

	ranges = arena_make_many(it->scratch, const struct permit *, b->list.count + 1);
	vec_each(permit, &b->list) {
		if (!permit_is_exact(permit)) {
			ranges[range_count++] = permit;
			continue;
		}
		permit_key(permit, &keys[i]);
		map_add(it->scratch, &it->exact, &keys[i], sizeof(keys[i]), permit);
		i++;
	}
	permit_index_init(&it->ranges, it->scratch, ranges, range_count);
}

static const struct permit_index *b_all(struct subtraction *it)
{
	size_t count = it->b->list.count;
	const struct permit **all;

	if (it->all.count)
		return &it->all;
	all = arena_make_many(it->scratch, const struct permit *, count + 1);
	for (size_t i = 0; i < count; i++)
		all[i] = &it->b->list.items[i];
	permit_index_init(&it->all, it->scratch, all, count);
	return &it->all;
}

static void exact_subtract(struct subtraction *it, const struct permit *a)
{
	struct permit_visit visit;
	const struct permit *b;
	struct permit_key key;

	permit_key(a, &key);
	b = map_find(&it->exact, &key, sizeof(key));
	if (!b || !permit_meets(a, b)) {
		visit = permit_index_visit(&it->ranges, a);
		b = permit_visit_next(&visit);
	}
	if (b)
		shared_note(it, a, b);
	else
		*vec_add(it->difference->arena, &it->difference->only_a) = *a;
}

static void range_subtract(struct subtraction *it, const struct permit *a)
{
	struct permit_visit visit = permit_index_visit(b_all(it), a);
	struct permit_list left = { .arena = it->scratch };
	const struct permit *b;

	*vec_add(it->scratch, &left) = *a;
	while ((b = permit_visit_next(&visit))) {
		struct permit_list next = { .arena = it->scratch };

		shared_note(it, a, b);
		vec_each(piece, &left)
			(void)permit_subtract(piece, b, &next);
		left = next;
	}
	vec_each(piece, &left)
		*vec_add(it->difference->arena, &it->difference->only_a) = *piece;
}

static int retimed_order(const void *a, const void *b)
{
	const struct retimed *x = a, *y = b;

	if (x->before->index != y->before->index)
		return x->before->index < y->before->index ? -1 : 1;
	return (x->after->index > y->after->index) - (x->after->index < y->after->index);
}

void permits_difference_init(struct permits_difference *difference, const struct permits *a,
			     const struct permits *b)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	struct subtraction it = { .difference = difference, .b = b, .scratch = scratch };

	*difference = (struct permits_difference){ .arena = arena_new() };
	difference->only_a.arena = difference->arena;
	b_index(&it);
	vec_each(permit, &a->list) {
		if (permit_is_exact(permit))
			exact_subtract(&it, permit);
		else
			range_subtract(&it, permit);
	}
	if (difference->retimed.count)
		qsort(difference->retimed.items, difference->retimed.count,
		      sizeof(*difference->retimed.items), retimed_order);
}

void permits_difference_done(struct permits_difference *difference)
{
	arena_free(difference->arena);
	*difference = (struct permits_difference){ 0 };
}
