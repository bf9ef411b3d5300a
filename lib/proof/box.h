/* Sets of packets as boxes: a range in each dimension. What a box algebra is asked for here is
 * small: do two meet, does one cover the other, what is left of one without others, and one
 * packet of what is left.
 *
 * Knows no rules and no policy. */
#pragma once

#include "base/arena.h"
#include "proof/packet.h"

struct box {
	wide first[DIMS], last[DIMS]; /* inclusive */
};

struct boxes_of {
	vec_of(struct box) list;
};

void box_all(struct box *ret_box);
static inline bool box_is_point(const struct box *box, enum dim dim)
{
	return box->first[dim] == box->last[dim];
}

void box_fix(struct box *box, enum dim dim, wide value);
/* Narrows it; false: nothing is left (and the box is undefined). */
_must_check_ bool box_narrow(struct box *box, enum dim dim, wide first, wide last);
_must_check_ bool box_meet(const struct box *a, const struct box *b, struct box *ret_both);
bool box_meets(const struct box *a, const struct box *b);
bool box_covers(const struct box *outer, const struct box *inner);
bool box_has(const struct box *box, const struct packet *packet);
void box_first(const struct box *box, struct packet *ret_packet);
bool box_equal(const struct box *a, const struct box *b);

/* a without b, in disjoint pieces that are added to the list; true if they met. */
bool box_subtract(struct arena *arena, const struct box *a, const struct box *b,
		  struct boxes_of *pieces);

/* Makes the packet's interfaces such as devices can be called, as near behind as the box lets them be.
 * False: no device is called anything in the box. */
bool box_mend_names(const struct box *box, struct packet *packet);

/* Is there a packet of the box in none of the others? Splits depth first, a piece at most
 * *budget times in all, which is what is left of it afterwards. */
enum box_search { BOX_FOUND, BOX_NOTHING, BOX_TOO_MUCH };
enum box_search box_find_outside(const struct box *box, const struct box *const *others,
				 size_t count, size_t *budget, struct packet *ret_packet);

/* In words, the dimensions that are not free alone. */
void box_print(struct buf *buf, const struct box *box);
