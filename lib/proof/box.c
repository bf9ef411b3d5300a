/* See box.h. */
#include "proof/box.h"

#include <stdlib.h>
#include <string.h>

void box_all(struct box *ret_box)
{
	for (unsigned dim = 0; dim < DIMS; dim++) {
		ret_box->first[dim] = 0;
		ret_box->last[dim] = dim_most((enum dim)dim);
	}
}

void box_fix(struct box *box, enum dim dim, wide value)
{
	box->first[dim] = box->last[dim] = value;
}

bool box_narrow(struct box *box, enum dim dim, wide first, wide last)
{
	if (first > box->first[dim])
		box->first[dim] = first;
	if (last < box->last[dim])
		box->last[dim] = last;
	return box->first[dim] <= box->last[dim];
}

bool box_meets(const struct box *a, const struct box *b)
{
	for (unsigned dim = 0; dim < DIMS; dim++)
		if (a->first[dim] > b->last[dim] || b->first[dim] > a->last[dim])
			return false;
	return true;
}

bool box_meet(const struct box *a, const struct box *b, struct box *ret_both)
{
	if (!box_meets(a, b))
		return false;
	for (unsigned dim = 0; dim < DIMS; dim++) {
		ret_both->first[dim] = a->first[dim] > b->first[dim] ? a->first[dim] : b->first[dim];
		ret_both->last[dim] = a->last[dim] < b->last[dim] ? a->last[dim] : b->last[dim];
	}
	return true;
}

bool box_covers(const struct box *outer, const struct box *inner)
{
	for (unsigned dim = 0; dim < DIMS; dim++)
		if (inner->first[dim] < outer->first[dim] || inner->last[dim] > outer->last[dim])
			return false;
	return true;
}

bool box_has(const struct box *box, const struct packet *packet)
{
	for (unsigned dim = 0; dim < DIMS; dim++)
		if (packet->at[dim] < box->first[dim] || packet->at[dim] > box->last[dim])
			return false;
	return true;
}

void box_first(const struct box *box, struct packet *ret_packet)
{
	memcpy(ret_packet->at, box->first, sizeof(ret_packet->at));
}

bool box_equal(const struct box *a, const struct box *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* What of `rest` lies below or above the other in this dimension; `rest` keeps what lies within.
 * Returns how many pieces there are. */
static unsigned dim_split(struct box *rest, const struct box *other, enum dim dim,
			  struct box pieces[2])
{
	unsigned count = 0;

	if (rest->first[dim] < other->first[dim]) {
		pieces[count] = *rest;
		pieces[count++].last[dim] = other->first[dim] - 1;
		rest->first[dim] = other->first[dim];
	}
	if (rest->last[dim] > other->last[dim]) {
		pieces[count] = *rest;
		pieces[count++].first[dim] = other->last[dim] + 1;
		rest->last[dim] = other->last[dim];
	}
	return count;
}

bool box_subtract(struct arena *arena, const struct box *a, const struct box *b,
		  struct boxes_of *pieces)
{
	struct box rest = *a, parts[2];

	if (!box_meets(a, b)) {
		*vec_add(arena, &pieces->list) = *a;
		return false;
	}
	for (unsigned dim = 0; dim < DIMS; dim++)
		for (unsigned i = dim_split(&rest, b, (enum dim)dim, parts); i > 0; i--)
			*vec_add(arena, &pieces->list) = parts[i - 1];
	return true;
}

/* ---- one packet of what is left ---- */

/* A name such as a device can have, from this number on; 0: there is none. What follows a name's end
 * is zero, so most numbers are nobody's name. */
static wide name_from(wide first, wide last)
{
	static const uint8_t next[] = { '0', 1 }; /* one to be read, or the very next */
	unsigned end = 0;
	wide below;

	while (end < 15 && (uint8_t)(first >> (8 * (15 - end))))
		end++;
	below = end ? first & (((wide)1 << (8 * (16 - end))) - 1) : first;
	if (!below)
		return first;
	for (size_t i = 0; end < 15 && i < sizeof(next); i++) {
		wide name = first - below + ((wide)next[i] << (8 * (15 - end)));

		if (name <= last)
			return name;
	}
	return 0;
}

bool box_mend_names(const struct box *box, struct packet *packet)
{
	for (enum dim dim = DIM_IIF; dim <= DIM_OIF; dim++) {
		/* only where there is no device the name is empty */
		wide from = packet->at[dim] || !box->last[dim] ? packet->at[dim] : 1;
		wide name = name_from(from, box->last[dim]);

		if (!name && packet->at[dim])
			return false;
		packet->at[dim] = name;
	}
	return true;
}

/* Of the others, those that meet the piece: it is theirs alone to be cut by. */
static size_t others_narrow(const struct box *piece, const struct box *const *others, size_t count,
			    const struct box **ret_others)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (box_meets(piece, others[i]))
			ret_others[kept++] = others[i];
	return kept;
}

static bool any_covers(const struct box *piece, const struct box *const *others, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (box_covers(others[i], piece))
			return true;
	return false;
}

static enum box_search piece_search(const struct box *piece, const struct box *const *others,
				    size_t count, size_t *budget, struct packet *ret_packet)
{
	enum box_search end = BOX_NOTHING;
	const struct box **near;
	struct box rest = *piece, parts[2];
	size_t kept;

	if (!*budget)
		return BOX_TOO_MUCH;
	--*budget;
	near = malloc((count + 1) * sizeof(*near));
	if (!near)
		abort();
	kept = others_narrow(piece, others, count, near);
	if (!kept) {
		box_first(piece, ret_packet);
		end = box_mend_names(piece, ret_packet) ? BOX_FOUND : BOX_NOTHING;
	} else if (!any_covers(piece, near, kept)) {
		for (unsigned dim = 0; dim < DIMS && end == BOX_NOTHING; dim++) {
			unsigned made = dim_split(&rest, near[0], (enum dim)dim, parts);

			for (unsigned i = 0; i < made && end == BOX_NOTHING; i++)
				end = piece_search(&parts[i], near + 1, kept - 1, budget,
						   ret_packet);
		}
	}
	free(near);
	return end;
}

enum box_search box_find_outside(const struct box *box, const struct box *const *others,
				 size_t count, size_t *budget, struct packet *ret_packet)
{
	return piece_search(box, others, count, budget, ret_packet);
}

/* ---- in words ---- */

static const char *const names[DIMS] = {
	[DIM_IIF] = "iif",	   [DIM_OIF] = "oif",	    [DIM_IIFTYPE] = "iiftype",
	[DIM_OIFTYPE] = "oiftype", [DIM_ETHERTYPE] = "type", [DIM_SMAC] = "ether-from",
	[DIM_DMAC] = "ether-to",   [DIM_NEXT_MAC] = "next",  [DIM_SRC] = "from",
	[DIM_DST] = "to",	   [DIM_PROTO] = "proto",    [DIM_FRAG] = "frag",
	[DIM_DEPTH] = "depth",	   [DIM_T0] = "sport",	     [DIM_T2] = "dport",
	[DIM_STATE] = "state",	   [DIM_DIRECTION] = "direction", [DIM_CT_MARK] = "ct-mark",
	[DIM_MARK] = "mark",
};

/* What every packet of interest is, or what goes without saying. */
static bool is_silent(const struct box *box, enum dim dim)
{
	wide first = box->first[dim], last = box->last[dim];

	if (!first && last == dim_most(dim))
		return true;
	switch (dim) {
	case DIM_IIFTYPE:
	case DIM_OIFTYPE:
	case DIM_DEPTH:
		return last == 1;
	case DIM_FRAG:
	case DIM_DIRECTION:
		return !last;
	case DIM_SRC:
	case DIM_DST:
		return !first && (last == UINT32_MAX || last == dim_most(dim));
	case DIM_IIF:
	case DIM_OIF:
		return !last;
	case DIM_ETHERTYPE:
	case DIM_SMAC:
	case DIM_DMAC:
	case DIM_NEXT_MAC:
	case DIM_PROTO:
	case DIM_T0:
	case DIM_T2:
	case DIM_STATE:
	case DIM_CT_MARK:
	case DIM_MARK:
	case DIMS:
		break;
	}
	return false;
}

void box_print(struct buf *buf, const struct box *box)
{
	const char *gap = "";

	for (unsigned i = 0; i < DIMS; i++) {
		enum dim dim = (enum dim)i;

		if (is_silent(box, dim))
			continue;
		buf_printf(buf, "%s%s ", gap, names[i]);
		dim_print(buf, dim, box->first[i], box->first[DIM_ETHERTYPE]);
		if (dim == DIM_IIF || dim == DIM_OIF) { /* in the order of names nobody thinks */
			buf_add_text(buf, box_is_point(box, dim) ? "" : "…");
		} else if (!box_is_point(box, dim)) {
			buf_add_char(buf, '-');
			dim_print(buf, dim, box->last[i], box->first[DIM_ETHERTYPE]);
		}
		gap = " ";
	}
}
