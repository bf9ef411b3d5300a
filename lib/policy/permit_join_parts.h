/* What the steps of joining share: permit_part.c makes boxes disjoint, permit_join.c groups
 * lines, permit_join_set.c keeps the sets of senders, targets and services they are made of. */
#pragma once

#include "policy/permit_join.h"

enum side { SIDE_FROM, SIDE_TO, SIDE_SERVICE, SIDES };

/* Equal sets are one set: lines compare them by address. */
struct join_set {
	void *items; /* sorted: struct joined_end, or struct joined_service */
	size_t count;
};

struct join_sets {
	struct arena *arena;
	struct map known[SIDES];
};

/* How many bytes an item of that side has, and its order. */
size_t side_bytes(enum side side);
int ends_compare(const void *a, const void *b);
int services_compare(const void *a, const void *b);

/* The set of these items, which are sorted and joined where they touch (and overwritten). */
const struct join_set *join_set_get(struct join_sets *sets, enum side side, void *items,
				    size_t count);

/* permit_part.c: the same packets in boxes that do not overlap. */
void permits_part(const struct permit_list *boxes, struct permit_list *ret_apart);
