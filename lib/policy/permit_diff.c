/* The packets that one policy permits and another does not. Exact boxes find their twin by hash;
 * what has ranges is cut at the boxes of the other policy that it meets. */
#include "policy/permit.h"

struct subtraction {
	struct permits_difference *difference;
	struct map exact; /* of b */
	const struct permit **ranges;
	size_t range_count;
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

static void retimed_note(struct subtraction *it, const struct permit *a, const struct permit *b)
{
	const struct flow *pair[2] = { a->flow, b->flow };

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
	size_t i = 0;

	it->ranges = arena_make_many(it->scratch, const struct permit *, b->list.count + 1);
	vec_each(permit, &b->list) {
		if (!permit_is_exact(permit)) {
			it->ranges[it->range_count++] = permit;
			continue;
		}
		permit_key(permit, &keys[i]);
		map_add(it->scratch, &it->exact, &keys[i], sizeof(keys[i]), permit);
		i++;
	}
}

static void exact_subtract(struct subtraction *it, const struct permit *a)
{
	const struct permit *twin;
	struct permit_key key;

	permit_key(a, &key);
	twin = map_find(&it->exact, &key, sizeof(key));
	if (twin && permit_meets(a, twin)) {
		retimed_note(it, a, twin);
		return;
	}
	for (size_t i = 0; i < it->range_count; i++)
		if (permit_meets(a, it->ranges[i])) {
			retimed_note(it, a, it->ranges[i]);
			return;
		}
	*vec_add(it->difference->arena, &it->difference->only_a) = *a;
}

static void range_subtract(struct subtraction *it, const struct permit *a)
{
	struct permit_list left = { .arena = it->scratch };

	*vec_add(it->scratch, &left) = *a;
	vec_each(b, &it->b->list) {
		struct permit_list next = { .arena = it->scratch };

		if (!permit_meets(a, b))
			continue;
		retimed_note(it, a, b);
		vec_each(piece, &left)
			(void)permit_subtract(piece, b, &next);
		left = next;
		if (!left.count)
			return;
	}
	vec_each(piece, &left)
		*vec_add(it->difference->arena, &it->difference->only_a) = *piece;
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
}

void permits_difference_done(struct permits_difference *difference)
{
	arena_free(difference->arena);
	*difference = (struct permits_difference){ 0 };
}
