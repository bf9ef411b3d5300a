/* Boxes that may overlap, as boxes that do not: of two that meet, the first keeps what both have;
 * exact ones give way to ranges. See permit_join_parts.h. */
#include "policy/permit_index.h"
#include "policy/permit_join_parts.h"

void permits_part(const struct permit_list *boxes, struct permit_list *ret_apart)
{
	struct arena *arena = ret_apart->arena;
	const struct permit **ranges =
		arena_make_many(arena, const struct permit *, boxes->count + 1);
	struct permit_key *keys = arena_make_many(arena, struct permit_key, boxes->count + 1);
	struct permit_index index;
	struct map exact = { 0 };
	size_t range_count = 0;

	vec_each(box, boxes)
		if (!permit_is_exact(box))
			ranges[range_count++] = box;
	permit_index_init(&index, arena, ranges, range_count);
	vec_each(box, boxes) {
		struct permit_visit visit = permit_index_visit(&index, box);
		struct permit_list left = { .arena = arena };
		const struct permit *other;
		struct permit_key *key = &keys[box - boxes->items];

		if (permit_is_exact(box)) {
			permit_key(box, key);
			if (!map_add(arena, &exact, key, sizeof(*key), box) ||
			    permit_visit_next(&visit))
				continue;
		}
		*vec_add(arena, &left) = *box;
		while (left.count && (other = permit_visit_next(&visit))) {
			struct permit_list next = { .arena = arena };

			if (other >= box)
				continue; /* of two that overlap, the first keeps what both have */
			vec_each(piece, &left)
				(void)permit_subtract(piece, other, &next);
			left = next;
		}
		vec_each(piece, &left)
			*vec_add(arena, ret_apart) = *piece;
	}
}
