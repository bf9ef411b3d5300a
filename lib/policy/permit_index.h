/* Boxes sorted by their target, so that those which meet another box are found without looking at
 * all of them: few boxes are wide, and who meets a box meets its target. */
#pragma once

#include "policy/permit.h"

struct permit_index {
	const struct permit **by_target;
	struct addr *reach; /* the highest target of those up to here */
	size_t count;
};

/* Points to the boxes; lives as long as the arena and they do. */
void permit_index_init(struct permit_index *index, struct arena *arena,
		       const struct permit *const *boxes, size_t count);

/* Those that meet the box, one after the other, from the highest target down; NULL: no more. */
struct permit_visit {
	const struct permit_index *index;
	const struct permit *box;
	size_t left;
};
struct permit_visit permit_index_visit(const struct permit_index *index, const struct permit *box);
const struct permit *permit_visit_next(struct permit_visit *visit);
