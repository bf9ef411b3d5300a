/* Boxes sorted by their target and by their source, so that those which meet another box are found
 * without looking at all of them: few boxes are wide, and who meets a box meets it on both sides.
 * The side with fewer candidates is looked through. */
#pragma once

#include "policy/permit.h"

struct permit_order {
	const struct permit **boxes;
	struct addr *reach; /* the highest address of those up to here */
};

struct permit_index {
	struct permit_order by_target, by_source;
	size_t count;
};

/* Points to the boxes; lives as long as the arena and they do. */
void permit_index_init(struct permit_index *index, struct arena *arena,
		       const struct permit *const *boxes, size_t count);

/* Those that meet the box, one after the other, in no order that means anything; NULL: no more. */
struct permit_visit {
	const struct permit **next, **end;
	const struct permit *box;
};
struct permit_visit permit_index_visit(const struct permit_index *index, const struct permit *box);
const struct permit *permit_visit_next(struct permit_visit *visit);
