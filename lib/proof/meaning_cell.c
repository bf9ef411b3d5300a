/* Registers whose bytes are bytes of the packet: what lies in them, and what changes it there. */
#include <string.h>

#include "proof/meaning_parts.h"

/* ---- reading ---- */

bool cell_list_known(const struct box *box, const struct cell *cells, unsigned count,
		     uint8_t *ret_bytes)
{
	unsigned dim = CELL_UNKNOWN;
	wide low = 0, high = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct cell *cell = &cells[i];

		ret_bytes[i] = cell->flip;
		if (cell->dim == CELL_UNKNOWN)
			return false;
		if (!cell->mask)
			continue;
		if (cell->dim != dim) { /* mostly it is that of the byte before */
			dim = cell->dim;
			low = box->first[dim];
			high = box->last[dim];
		}
		/* equal in this byte and all above it: the byte is one value throughout */
		if (low != high && low >> (8 * cell->at) != high >> (8 * cell->at))
			return false;
		ret_bytes[i] ^= (uint8_t)((low >> (8 * cell->at)) & cell->mask);
	}
	return true;
}

bool cells_known(const struct state *state, unsigned first, unsigned count, uint8_t *ret_bytes)
{
	return first + count <= state->cells_used &&
	       cell_list_known(&state->box, &state->cells[first], count, ret_bytes);
}

struct cell *cells_room(struct state *state, unsigned first, size_t count)
{
	for (; state->cells_used < first + count; state->cells_used++)
		state->cells[state->cells_used] = (struct cell){ .dim = CELL_UNKNOWN };
	return &state->cells[first];
}

void cells_const(struct state *state, unsigned first, const uint8_t *bytes, size_t count)
{
	struct cell *cells = cells_room(state, first, count);

	for (size_t i = 0; i < count; i++)
		cells[i] = (struct cell){ .flip = bytes[i] };
}

void cells_unknown(struct state *state, unsigned first, size_t count)
{
	struct cell *cells = cells_room(state, first, count);

	for (size_t i = 0; i < count; i++)
		cells[i] = (struct cell){ .dim = CELL_UNKNOWN };
}

bool cells_number(const struct state *state, unsigned first, unsigned bytes, enum dim *ret_dim,
		  unsigned *ret_shift)
{
	const struct cell *cells = &state->cells[first];
	enum dim dim = (enum dim)cells[0].dim;
	unsigned above = cells[0].at + 1U;

	if (first + bytes > state->cells_used || cells[0].dim == CELL_UNKNOWN)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		if (cells[i].mask != 0xff || cells[i].flip || cells[i].dim != cells[0].dim ||
		    cells[i].at + i != cells[0].at)
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

	if (first + bytes > state->cells_used || cells[0].dim == CELL_UNKNOWN)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		if (cells[i].mask != 0xff || cells[i].flip || cells[i].dim != cells[0].dim ||
		    cells[i].at != i)
			return false;
	if (bytes * 8 < dim_bits(dim) && state->box.last[dim] >> (bytes * 8))
		return false;
	*ret_dim = dim;
	return true;
}

/* ---- changing ---- */

void step_bitwise(struct state *state, const struct expr *expr)
{
	unsigned from = expr->bitwise.slot * SLOT_BYTES, to = expr->bitwise.into * SLOT_BYTES;
	const struct value *mask = &expr->bitwise.mask, *flip = &expr->bitwise.flip;
	unsigned count = slots_of_bytes(expr->bitwise.bytes) * SLOT_BYTES;
	struct cell cells[CELLS];

	if (expr->bitwise.op != BITWISE_MASK_XOR || mask->count < expr->bitwise.bytes ||
	    flip->count < expr->bitwise.bytes) {
		cells_unknown(state, to, count);
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		uint8_t and = i < mask->count ? mask->bytes[i] : 0;
		uint8_t xor = i < flip->count ? flip->bytes[i] : 0;

		cells[i] = cell_get(state, from + i);
		cells[i].mask &= and;
		cells[i].flip = (uint8_t)((cells[i].flip & and) ^ xor);
		if (!and) /* known, whatever it was */
			cells[i].dim = 0;
	}
	memcpy(cells_room(state, to, count), cells, count * sizeof(cells[0]));
}

/* Each unit is turned round (here, where host order is not the network's); a unit of which there is
 * none in `bytes` is none. */
void step_byteorder(struct state *state, const struct expr *expr)
{
	unsigned from = expr->byteorder.slot * SLOT_BYTES, to = expr->byteorder.into * SLOT_BYTES;
	unsigned unit = expr->byteorder.unit_bytes, bytes = expr->byteorder.bytes;
	struct cell cells[CELLS], *into;

	if (!unit || !bytes)
		return;
	for (unsigned i = 0; i < bytes; i++)
		cells[i] = cell_get(state, from + i);
	into = cells_room(state, to, bytes);
	for (unsigned at = 0; at + unit <= bytes; at += unit)
		for (unsigned i = 0; i < unit; i++)
			into[at + i] =
				__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? cells[at + i]
								      : cells[at + unit - 1 - i];
}
