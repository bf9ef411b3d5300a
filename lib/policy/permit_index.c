/* See permit_index.h. */
#include "policy/permit_index.h"

#include <stdlib.h>
#include <string.h>

static const struct addr *first_of(const struct permit *box, bool target)
{
	return target ? &box->dst_first : &box->src_first;
}

static const struct addr *last_of(const struct permit *box, bool target)
{
	return target ? &box->dst_last : &box->src_last;
}

static int boxes_compare(const void *a, const void *b, bool target)
{
	const struct permit *x = *(const struct permit *const *)a;
	const struct permit *y = *(const struct permit *const *)b;
	int order = addr_compare(first_of(x, target), first_of(y, target));

	/* boxes lie in one array: their own order makes the sort a stable one */
	return order ? order : (x > y) - (x < y);
}

static int by_target(const void *a, const void *b)
{
	return boxes_compare(a, b, true);
}

static int by_source(const void *a, const void *b)
{
	return boxes_compare(a, b, false);
}

static void order_init(struct permit_order *order, struct arena *arena,
		       const struct permit *const *boxes, size_t count, bool target)
{
	order->boxes = arena_make_many(arena, const struct permit *, count + 1);
	order->reach = arena_make_many(arena, struct addr, count + 1);
	if (!count)
		return;
	memcpy(order->boxes, boxes, count * sizeof(*boxes));
	qsort(order->boxes, count, sizeof(*order->boxes), target ? by_target : by_source);
	order->reach[0] = *last_of(order->boxes[0], target);
	for (size_t i = 1; i < count; i++) {
		const struct addr *last = last_of(order->boxes[i], target);
		bool farther = addr_compare(last, &order->reach[i - 1]) > 0;

		order->reach[i] = farther ? *last : order->reach[i - 1];
	}
}

void permit_index_init(struct permit_index *index, struct arena *arena,
		       const struct permit *const *boxes, size_t count)
{
	*index = (struct permit_index){ .count = count };
	order_init(&index->by_target, arena, boxes, count, true);
	order_init(&index->by_source, arena, boxes, count, false);
}

/* Between those that reach no box as high as this one, and those that begin above it. */
static struct permit_visit order_visit(const struct permit_order *order, size_t count,
				       const struct permit *box, bool target)
{
	size_t first = 0, end = count, high = count;

	while (first < high) {
		size_t middle = first + (high - first) / 2;

		if (addr_compare(&order->reach[middle], first_of(box, target)) < 0)
			first = middle + 1;
		else
			high = middle;
	}
	for (size_t low = first; low < end;) {
		size_t middle = low + (end - low) / 2;

		if (addr_compare(first_of(order->boxes[middle], target), last_of(box, target)) <= 0)
			low = middle + 1;
		else
			end = middle;
	}
	return (struct permit_visit){ order->boxes + first, order->boxes + end, box };
}

struct permit_visit permit_index_visit(const struct permit_index *index, const struct permit *box)
{
	struct permit_visit target = order_visit(&index->by_target, index->count, box, true);
	struct permit_visit source = order_visit(&index->by_source, index->count, box, false);

	return target.end - target.next <= source.end - source.next ? target : source;
}

const struct permit *permit_visit_next(struct permit_visit *visit)
{
	while (visit->next < visit->end) {
		const struct permit *candidate = *visit->next++;

		if (permit_meets(candidate, visit->box))
			return candidate;
	}
	return NULL;
}
