/* Registers whose bytes are bytes of the packet: what a comparison says about the packet. */
#include <stdlib.h>
#include <string.h>

#include "proof/meaning_parts.h"

/* ---- reading ---- */

bool cells_known(const struct state *state, unsigned first, unsigned count, uint8_t *ret_bytes)
{
	for (unsigned i = 0; i < count; i++) {
		const struct cell *cell = &state->cells[first + i];
		wide low = state->box.first[cell->dim], high = state->box.last[cell->dim];
		uint8_t value = (uint8_t)(low >> (8 * cell->at)) & cell->mask;

		/* equal in this byte and all above it: the byte is one value throughout */
		if (cell->unknown ||
		    (cell->mask && low >> (8 * cell->at) != high >> (8 * cell->at)))
			return false;
		ret_bytes[i] = value ^ cell->flip;
	}
	return true;
}

void cells_const(struct state *state, unsigned first, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		state->cells[first + i] = (struct cell){ .flip = bytes[i] };
}

void cells_unknown(struct state *state, unsigned first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		state->cells[first + i] = (struct cell){ .unknown = true };
}

bool cells_number(const struct state *state, unsigned first, unsigned bytes, enum dim *ret_dim,
		  unsigned *ret_shift)
{
	const struct cell *cells = &state->cells[first];
	enum dim dim = (enum dim)cells[0].dim;
	unsigned above = cells[0].at + 1U;

	for (unsigned i = 0; i < bytes; i++)
		if (cells[i].unknown || cells[i].mask != 0xff || cells[i].flip ||
		    cells[i].dim != cells[0].dim || cells[i].at + i != cells[0].at)
			return false;
	if (above * 8 < dim_bits(dim) && state->box.last[dim] >> (above * 8))
		return false;
	*ret_dim = dim;
	*ret_shift = 8U * cells[bytes - 1].at;
	return true;
}

/* The same with the least significant byte first: a number of this machine. */
bool cells_reversed(const struct state *state, unsigned first, unsigned bytes, enum dim *ret_dim)
{
	const struct cell *cells = &state->cells[first];
	enum dim dim = (enum dim)cells[0].dim;

	for (unsigned i = 0; i < bytes; i++)
		if (cells[i].unknown || cells[i].mask != 0xff || cells[i].flip ||
		    cells[i].dim != cells[0].dim || cells[i].at != i)
			return false;
	if (bytes * 8 < dim_bits(dim) && state->box.last[dim] >> (bytes * 8))
		return false;
	*ret_dim = dim;
	return true;
}

/* ---- splitting ---- */

enum step state_rest(struct meaning *meaning, struct state *state, const struct boxes_of *misses)
{
	bool covered = state->covered && meaning->run.care == MEANING_UPPER;

	if (!misses)
		return covered ? STEP_DEAD : STEP_BREAK;
	if (!misses->list.count || covered)
		return STEP_DEAD;
	for (size_t i = 1; i < misses->list.count; i++) {
		struct state other = *state;

		other.box = misses->list.items[i];
		meaning_go_on(meaning, &other, STEP_BREAK);
	}
	state->box = misses->list.items[0];
	return STEP_BREAK;
}

static void hit_go(struct meaning *meaning, const struct state *state, const struct box *box)
{
	struct state hit = *state;

	hit.box = *box;
	hit.covered = meaning->run.care == MEANING_UPPER;
	meaning_go_on(meaning, &hit, STEP_NEXT);
}

/* Everything in the box that matches all parts from `at` on. */
static void product(struct arena *arena, const struct box *box, const struct match *match,
		    size_t at, struct boxes_of *ret_hits)
{
	if (at == match->count) {
		*vec_add(arena, &ret_hits->list) = *box;
		return;
	}
	for (size_t i = 0; i < match->parts[at].count; i++) {
		struct box narrowed = *box;

		if (box_narrow(&narrowed, match->parts[at].dim, match->parts[at].ranges[i].first,
			       match->parts[at].ranges[i].last))
			product(arena, &narrowed, match, at + 1, ret_hits);
	}
}

/* What the part leaves out, within the box. */
static void part_invert(const struct box *box, const struct part *part, struct part *ret_others)
{
	wide next = box->first[part->dim], last = box->last[part->dim];

	ret_others->dim = part->dim;
	ret_others->count = 0;
	for (size_t i = 0; i < part->count && next <= last; i++) {
		if (part->ranges[i].last < next)
			continue;
		if (part->ranges[i].first > last)
			break;
		if (part->ranges[i].first > next)
			ret_others->ranges[ret_others->count++] =
				(struct range){ next, part->ranges[i].first - 1 };
		if (part->ranges[i].last >= last)
			return;
		next = part->ranges[i].last + 1;
	}
	if (next <= last && ret_others->count < RANGES_MOST)
		ret_others->ranges[ret_others->count++] = (struct range){ next, last };
}

/* The rest of the box: the first parts match, and the next one does not. */
static void complement(struct arena *arena, const struct box *box, const struct match *match,
		       struct boxes_of *ret_misses)
{
	for (size_t i = 0; i < match->count; i++) {
		struct match *some = arena_make(arena, struct match);

		some->count = i + 1;
		memcpy(some->parts, match->parts, i * sizeof(some->parts[0]));
		part_invert(box, &match->parts[i], &some->parts[i]);
		product(arena, box, some, 0, ret_misses);
	}
}

enum step match_split(struct meaning *meaning, struct state *state, const struct match *match,
		      bool inverted)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct boxes_of in = { 0 }, out = { 0 }, *hits = inverted ? &out : &in;
	bool upper = meaning->run.care == MEANING_UPPER;

	product(arena, &state->box, match, 0, &in);
	if (!in.list.count)
		return inverted ? STEP_NEXT : STEP_BREAK;
	if (in.list.count == 1 && box_equal(&in.list.items[0], &state->box))
		return inverted ? STEP_BREAK : STEP_NEXT;
	if (upper && inverted)
		*vec_add(arena, &out.list) = state->box;
	else if (!upper)
		complement(arena, &state->box, match, &out);
	vec_each(box, &hits->list)
		hit_go(meaning, state, box);
	if (upper && !inverted)
		return state_rest(meaning, state, NULL);
	return state_rest(meaning, state, inverted ? &in : &out);
}

/* ---- comparing ---- */

/* Not on the stack: the rest of the way lies on top of it. */
static struct match *match_new(void)
{
	struct match *match = malloc(sizeof(*match));

	if (!match)
		abort();
	match->count = 0;
	return match;
}

static void match_free(struct match *match)
{
	free(match);
}
CLEANUP_FUNC(struct match *, match_free);

/* Values with these bits: as many ranges as the cared-for bits leave free above their lowest. */
static bool part_fill(struct part *part, enum dim dim, wide care, wide want)
{
	wide most = dim_most(dim), step, ways, free;
	unsigned low = 0;

	part->dim = dim;
	part->count = 0;
	if (want & ~care)
		return true; /* never */
	if (!care) {
		part->ranges[part->count++] = (struct range){ 0, most };
		return true;
	}
	while (!(care >> low & 1))
		low++;
	step = ((wide)1 << low) - 1;
	free = most & ~care & ~step;
	ways = 0;
	/* every subset of the free bits, ascending */
	do {
		if (part->count == RANGES_MOST)
			return false;
		part->ranges[part->count++] =
			(struct range){ want | ways, (want | ways) | step };
		ways = (ways - free) & free;
	} while (ways);
	return true;
}

/* The bits above the highest that any packet of the box has: they are zero, and need not be asked
 * for. Without them an address of IPv4 would be a number of 128 bits of which 96 are free. */
static wide bits_above(const struct box *box, enum dim dim)
{
	wide above = dim_most(dim);

	for (wide most = box->last[dim]; most; most >>= 1)
		above <<= 1;
	return above & dim_most(dim);
}

/* What equality with these bytes demands of each dimension. False: it cannot be said. */
static bool equal_match(const struct state *state, unsigned first, const struct value *value,
			struct match *ret_match, bool *ret_never)
{
	wide care[DIMS] = { 0 }, want[DIMS] = { 0 };

	ret_match->count = 0;
	*ret_never = false;
	for (unsigned i = 0; i < value->count; i++) {
		const struct cell *cell = &state->cells[first + i];
		uint8_t needed = value->bytes[i] ^ cell->flip;

		if (cell->unknown)
			return false;
		*ret_never |= needed & ~cell->mask;
		care[cell->dim] |= (wide)cell->mask << (8 * cell->at);
		want[cell->dim] |= (wide)(needed & cell->mask) << (8 * cell->at);
	}
	for (unsigned dim = 0; dim < DIMS; dim++) {
		if (!care[dim])
			continue;
		care[dim] |= bits_above(&state->box, (enum dim)dim);
		if (ret_match->count == PARTS_MOST ||
		    !part_fill(&ret_match->parts[ret_match->count++], (enum dim)dim,
			       care[dim] & dim_most((enum dim)dim), want[dim]))
			return false;
	}
	return true;
}

static bool is_order(enum cmp_op op, int order)
{
	switch (op) {
	case CMP_EQ:
		return order == 0;
	case CMP_NEQ:
		return order != 0;
	case CMP_LT:
		return order < 0;
	case CMP_LTE:
		return order <= 0;
	case CMP_GT:
		return order > 0;
	case CMP_GTE:
		return order >= 0;
	}
	return false;
}

static wide value_number(const struct value *value)
{
	wide number = 0;

	for (unsigned i = 0; i < value->count; i++)
		number = number << 8 | value->bytes[i];
	return number;
}

/* first to last, of a number that stands there whole; in steps of what lies below it. */
static enum step number_split(struct meaning *meaning, struct state *state, unsigned first,
			      unsigned bytes, struct range range, bool inverted)
{
	_cleanup_(match_freep) struct match *match = match_new();
	enum dim dim;
	unsigned shift;

	if (!cells_number(state, first, bytes, &dim, &shift))
		return doubt_take(meaning, state);
	match->count = 1;
	match->parts[0].dim = dim;
	match->parts[0].count = 1;
	match->parts[0].ranges[0] = (struct range){
		range.first << shift, range.last << shift | (((wide)1 << shift) - 1)
	};
	return match_split(meaning, state, match, inverted);
}

static enum step equal_split(struct meaning *meaning, struct state *state, unsigned first,
			     const struct value *value, bool inverted)
{
	_cleanup_(match_freep) struct match *match = match_new();
	bool never;

	if (!equal_match(state, first, value, match, &never))
		return doubt_take(meaning, state);
	if (never)
		return inverted ? STEP_NEXT : STEP_BREAK;
	return match_split(meaning, state, match, inverted);
}

enum step step_cmp(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	const struct value *value = &expr->cmp.value;
	unsigned first = expr->cmp.slot * SLOT_BYTES;
	enum cmp_op op = (enum cmp_op)expr->cmp.op;
	uint8_t bytes[CELLS];
	wide number = value_number(value);

	if (!value->count || first + value->count > CELLS)
		return doubt_take(meaning, state);
	if (value->count > sizeof(wide) && op != CMP_EQ && op != CMP_NEQ)
		return doubt_take(meaning, state); /* more than a number here holds */
	if (cells_known(state, first, value->count, bytes))
		return is_order(op, memcmp(bytes, value->bytes, value->count)) ? STEP_NEXT
									     : STEP_BREAK;
	switch (op) {
	case CMP_EQ:
	case CMP_NEQ:
		return equal_split(meaning, state, first, value, op == CMP_NEQ);
	case CMP_LT:
		return number_split(meaning, state, first, value->count,
				    (struct range){ number, (wide)-1 >> (128 - 8 * value->count) },
				    true);
	case CMP_LTE:
		return number_split(meaning, state, first, value->count, (struct range){ 0, number },
				    false);
	case CMP_GT:
		return number_split(meaning, state, first, value->count, (struct range){ 0, number },
				    true);
	case CMP_GTE:
		return number_split(meaning, state, first, value->count,
				    (struct range){ number, (wide)-1 >> (128 - 8 * value->count) },
				    false);
	}
	return STEP_BREAK;
}

enum step step_range(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	const struct value *low = &expr->range.first, *high = &expr->range.last;
	unsigned first = expr->range.slot * SLOT_BYTES;
	bool inverted = expr->range.op == CMP_NEQ, inside;
	uint8_t bytes[CELLS];

	if (first + low->count > CELLS || low->count != high->count)
		return doubt_take(meaning, state);
	if (!cells_known(state, first, low->count, bytes))
		return number_split(meaning, state, first, low->count,
				    (struct range){ value_number(low), value_number(high) },
				    inverted);
	inside = memcmp(bytes, low->bytes, low->count) >= 0 &&
		 memcmp(bytes, high->bytes, low->count) <= 0;
	return inside != inverted ? STEP_NEXT : STEP_BREAK;
}

/* ---- changing ---- */

void step_bitwise(struct state *state, const struct expr *expr)
{
	unsigned from = expr->bitwise.slot * SLOT_BYTES, to = expr->bitwise.into * SLOT_BYTES;
	const struct value *mask = &expr->bitwise.mask, *flip = &expr->bitwise.flip;
	unsigned count = slots_of_bytes(expr->bitwise.bytes) * SLOT_BYTES;
	struct cell cells[CELLS];

	if (from + count > CELLS || to + count > CELLS)
		return;
	if (expr->bitwise.op != BITWISE_MASK_XOR || mask->count < expr->bitwise.bytes ||
	    flip->count < expr->bitwise.bytes) {
		cells_unknown(state, to, count);
		return;
	}
	memcpy(cells, &state->cells[from], count * sizeof(cells[0]));
	for (unsigned i = 0; i < count; i++) {
		uint8_t and = i < mask->count ? mask->bytes[i] : 0;
		uint8_t xor = i < flip->count ? flip->bytes[i] : 0;

		cells[i].mask &= and;
		cells[i].flip = (uint8_t)((cells[i].flip & and) ^ xor);
		cells[i].unknown = cells[i].unknown && and;
	}
	memcpy(&state->cells[to], cells, count * sizeof(cells[0]));
}

/* Each unit is turned round (here, where host order is not the network's); a unit of which there is
 * none in `bytes` is none. */
void step_byteorder(struct state *state, const struct expr *expr)
{
	unsigned from = expr->byteorder.slot * SLOT_BYTES, to = expr->byteorder.into * SLOT_BYTES;
	unsigned unit = expr->byteorder.unit_bytes, bytes = expr->byteorder.bytes;
	struct cell cells[CELLS];

	if (!unit || from + bytes > CELLS || to + bytes > CELLS)
		return;
	memcpy(cells, &state->cells[from], bytes * sizeof(cells[0]));
	for (unsigned at = 0; at + unit <= bytes; at += unit)
		for (unsigned i = 0; i < unit; i++)
			state->cells[to + at + i] =
				__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? cells[at + i]
								      : cells[at + unit - 1 - i];
}
