/* The attributes of one expression, each with its bounds. See decode_parts.h. */
#include "nft/decode_parts.h"
#include "nft/numbers.h"

uint32_t take_u32(struct reading *in, unsigned attr)
{
	uint32_t number = 0;

	if (!attr_u32(&in->attrs[attr], &number))
		in->good = false;
	return number;
}

uint8_t take_u8(struct reading *in, unsigned attr)
{
	if (in->attrs[attr].bytes && in->attrs[attr].count == 1)
		return in->attrs[attr].bytes[0];
	in->good = false;
	return 0;
}

uint8_t take_below(struct reading *in, unsigned attr, uint32_t below)
{
	uint32_t number = take_u32(in, attr);

	if (number >= below)
		in->good = false;
	return (uint8_t)number;
}

uint32_t take_flags(struct reading *in, unsigned attr, uint32_t known)
{
	uint32_t flags = in->attrs[attr].bytes ? take_u32(in, attr) : 0;

	if (flags & ~known)
		in->good = false;
	return flags;
}

uint8_t take_slot(struct reading *in, unsigned attr)
{
	uint8_t slot = 0;

	if (!register_find(take_u32(in, attr), &slot) || slot == SLOT_VERDICT)
		in->good = false;
	return slot;
}

uint8_t take_slot_or_none(struct reading *in, unsigned attr)
{
	return in->attrs[attr].bytes ? take_slot(in, attr) : SLOT_NONE;
}

struct value take_value(struct reading *in, unsigned attr)
{
	struct attr value;

	if (!data_value(&in->attrs[attr], &value)) {
		in->good = false;
		return (struct value){ 0 };
	}
	return (struct value){ (const uint8_t *)arena_copy(in->arena, value.bytes, value.count),
			       value.count };
}

const char *take_text(struct reading *in, unsigned attr)
{
	const char *text = attr_text(in->arena, &in->attrs[attr]);

	if (!text)
		in->good = false;
	return text;
}
