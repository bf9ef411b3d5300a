/* Attributes out of bytes that may be anything. */
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "nft/decode_parts.h"
#include "nft/numbers.h"

const struct nlmsghdr *message_next(const uint8_t **bytes, size_t *left)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)*bytes;
	size_t step;

	if (*left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
	    message->nlmsg_len > *left)
		return NULL;
	step = size_min(((size_t)message->nlmsg_len + NLMSG_ALIGNTO - 1) &
				~((size_t)NLMSG_ALIGNTO - 1),
			*left);
	*bytes += step;
	*left -= step;
	return message;
}

bool attr_next(struct attr_walk *walk)
{
	struct nlattr head;
	size_t step;

	if (walk->left < sizeof(head)) {
		walk->torn |= walk->left != 0;
		return false;
	}
	memcpy(&head, walk->bytes, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > walk->left) {
		walk->torn = true;
		return false;
	}
	walk->type = head.nla_type & (unsigned)NLA_TYPE_MASK;
	walk->attr.bytes = walk->bytes + sizeof(head);
	walk->attr.count = (uint16_t)(head.nla_len - sizeof(head));
	step = size_min((size_t)NLA_ALIGN((int)head.nla_len), walk->left);
	walk->bytes += step;
	walk->left -= step;
	return true;
}

bool attrs_read(struct attr *attrs, unsigned most, const uint8_t *bytes, size_t count)
{
	struct attr_walk walk = { .bytes = bytes, .left = count };

	memset(attrs, 0, (most + 1) * sizeof(*attrs));
	while (attr_next(&walk))
		if (walk.type <= most)
			attrs[walk.type] = walk.attr;
	return !walk.torn;
}

bool attr_u16(const struct attr *attr, uint16_t *ret_number)
{
	uint16_t number;

	if (!attr->bytes || attr->count != sizeof(number))
		return false;
	memcpy(&number, attr->bytes, sizeof(number));
	*ret_number = be16toh(number);
	return true;
}

bool attr_u32(const struct attr *attr, uint32_t *ret_number)
{
	uint32_t number;

	if (!attr->bytes || attr->count != sizeof(number))
		return false;
	memcpy(&number, attr->bytes, sizeof(number));
	*ret_number = be32toh(number);
	return true;
}

bool attr_u64(const struct attr *attr, uint64_t *ret_number)
{
	uint64_t number;

	if (!attr->bytes || attr->count != sizeof(number))
		return false;
	memcpy(&number, attr->bytes, sizeof(number));
	*ret_number = be64toh(number);
	return true;
}

uint32_t attr_u32_or(const struct attr *attr, uint32_t other)
{
	uint32_t number;

	return attr_u32(attr, &number) ? number : other;
}

uint64_t attr_u64_or(const struct attr *attr, uint64_t other)
{
	uint64_t number;

	return attr_u64(attr, &number) ? number : other;
}

const char *attr_text(struct arena *arena, const struct attr *attr)
{
	size_t count = attr->bytes ? strnlen((const char *)attr->bytes, attr->count) : 0;

	return count ? arena_copy(arena, attr->bytes, count) : NULL;
}

bool attr_text_is(const struct attr *attr, const char *text)
{
	size_t count = strlen(text);

	return attr->bytes && strnlen((const char *)attr->bytes, attr->count) == count &&
	       memcmp(attr->bytes, text, count) == 0;
}

const char *user_data_text(struct arena *arena, const struct attr *attr, uint8_t type)
{
	for (size_t at = 0; attr->bytes && at + 2 <= attr->count;) {
		struct attr value = { attr->bytes + at + 2, attr->bytes[at + 1] };

		if (at + 2 + value.count > attr->count)
			return NULL;
		if (attr->bytes[at] == type)
			return attr_text(arena, &value);
		at += 2u + value.count;
	}
	return NULL;
}

bool data_value(const struct attr *data, struct attr *ret_value)
{
	struct attr attrs[NFTA_DATA_MAX + 1];

	if (!data->bytes || !attrs_read(attrs, NFTA_DATA_MAX, data->bytes, data->count) ||
	    !attrs[NFTA_DATA_VALUE].bytes || attrs[NFTA_DATA_VALUE].count > 255)
		return false;
	*ret_value = attrs[NFTA_DATA_VALUE];
	return true;
}

bool data_verdict(struct arena *arena, const struct attr *data, struct verdict *ret_verdict)
{
	struct attr attrs[NFTA_DATA_MAX + 1], parts[NFTA_VERDICT_MAX + 1];
	enum verdict_code code;
	const char *chain;
	uint32_t number;

	if (!data->bytes || !attrs_read(attrs, NFTA_DATA_MAX, data->bytes, data->count) ||
	    !attrs[NFTA_DATA_VERDICT].bytes ||
	    !attrs_read(parts, NFTA_VERDICT_MAX, attrs[NFTA_DATA_VERDICT].bytes,
			attrs[NFTA_DATA_VERDICT].count) ||
	    !attr_u32(&parts[NFTA_VERDICT_CODE], &number))
		return false;
	code = verdict_find((int32_t)number);
	chain = attr_text(arena, &parts[NFTA_VERDICT_CHAIN]);
	if (code == VERDICT_NONE || !chain != (code != VERDICT_JUMP && code != VERDICT_GOTO))
		return false;
	*ret_verdict = (struct verdict){ .chain = chain, .code = (uint8_t)code };
	return true;
}
