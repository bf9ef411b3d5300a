/* See permit_index.h. */
#include "policy/permit_index.h"

#include <stdlib.h>
#include <string.h>

static int by_target(const void *a, const void *b)
{
	const struct permit *x = *(const struct permit *const *)a;
	const struct permit *y = *(const struct permit *const *)b;
	int order = addr_compare(&x->dst_first, &y->dst_first);

	/* boxes lie in one array: their own order makes the sort a stable one */
	return order ? order : (x > y) - (x < y);
}

void permit_index_init(struct permit_index *index, struct arena *arena,
		       const struct permit *const *boxes, size_t count)
{
	*index = (struct permit_index){ .count = count };
	index->by_target = arena_make_many(arena, const struct permit *, count + 1);
	index->reach = arena_make_many(arena, struct addr, count + 1);
	if (!count)
		return;
	memcpy(index->by_target, boxes, count * sizeof(*boxes));
	qsort(index->by_target, count, sizeof(*index->by_target), by_target);
	index->reach[0] = index->by_target[0]->dst_last;
	for (size_t i = 1; i < count; i++) {
		const struct addr *last = &index->by_target[i]->dst_last;
		bool farther = addr_compare(last, &index->reach[i - 1]) > 0;

		index->reach[i] = farther ? *last : index->reach[i - 1];
	}
}

struct permit_visit permit_index_visit(const struct permit_index *index, const struct permit *box)
{
	size_t low = 0, high = index->count;

	/* the first whose target begins above the box's */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(&index->by_target[middle]->dst_first, &box->dst_last) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (struct permit_visit){ .index = index, .box = box, .left = low };
}

const struct permit *permit_visit_next(struct permit_visit *visit)
{
	while (visit->left) {
		size_t at = visit->left - 1;
		const struct permit *candidate = visit->index->by_target[at];

		if (addr_compare(&visit->index->reach[at], &visit->box->dst_first) < 0)
			break;
		visit->left = at;
		if (permit_meets(candidate, visit->box))
			return candidate;
	}
	visit->left = 0;
	return NULL;
}
