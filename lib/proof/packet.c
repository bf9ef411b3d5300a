/* See packet.h. */
#include "proof/packet.h"

#include <string.h>

#include "base/lang.h"

enum { NAME_BYTES = 16 };

static const uint8_t bits[DIMS] = {
	[DIM_IIF] = 128,    [DIM_OIF] = 128,     [DIM_IIFTYPE] = 16, [DIM_OIFTYPE] = 16,
	[DIM_ETHERTYPE] = 16, [DIM_SMAC] = 48,   [DIM_DMAC] = 48,    [DIM_NEXT_MAC] = 48,
	[DIM_SRC] = 128,    [DIM_DST] = 128,     [DIM_PROTO] = 8,    [DIM_FRAG] = 16,
	[DIM_DEPTH] = 1,    [DIM_T0] = 16,	     [DIM_T2] = 16,	   [DIM_STATE] = 7,
	[DIM_DIRECTION] = 1, [DIM_CT_MARK] = 32, [DIM_MARK] = 32,
};

unsigned dim_bits(enum dim dim)
{
	return bits[dim];
}

wide dim_most(enum dim dim)
{
	return ~(wide)0 >> (128 - bits[dim]);
}

static wide bytes_wide(const void *bytes, size_t count)
{
	const uint8_t *at = bytes;
	wide value = 0;

	while (count--)
		value = value << 8 | *at++;
	return value;
}

static void wide_bytes(wide value, uint8_t *ret_bytes, size_t count)
{
	while (count--) {
		ret_bytes[count] = (uint8_t)value;
		value >>= 8;
	}
}

wide dim_of_name(const char *name)
{
	uint8_t bytes[NAME_BYTES] = { 0 };
	size_t count = strlen(name);

	memcpy(bytes, name, count < NAME_BYTES ? count : NAME_BYTES);
	return bytes_wide(bytes, NAME_BYTES);
}

wide dim_of_mac(struct mac mac)
{
	return bytes_wide(mac.bytes, sizeof(mac.bytes));
}

wide dim_of_addr(struct addr addr)
{
	return bytes_wide(addr.bytes, addr_bits(addr.family) / 8);
}

/* ---- in words ---- */

static void name_print(struct buf *buf, wide value)
{
	uint8_t bytes[NAME_BYTES];

	wide_bytes(value, bytes, NAME_BYTES);
	if (!*bytes)
		buf_add_char(buf, '-');
	for (size_t i = 0; i < NAME_BYTES && bytes[i]; i++)
		if (bytes[i] > ' ' && bytes[i] < 0x7f)
			buf_add_char(buf, (char)bytes[i]);
		else
			buf_printf(buf, "\\x%02x", bytes[i]);
}

static void mac_value_print(struct buf *buf, wide value)
{
	struct mac mac;

	wide_bytes(value, mac.bytes, sizeof(mac.bytes));
	mac_print(buf, mac);
}

static void addr_value_print(struct buf *buf, wide value, wide ethertype)
{
	struct addr addr = { .family = ethertype == ETHERTYPE_IPV6 ? FAMILY_V6 : FAMILY_V4 };

	wide_bytes(value, addr.bytes, addr_bits(addr.family) / 8);
	addr_print(buf, &addr);
}

static const struct word {
	unsigned value;
	const char *word;
} protos[] = { { 1, "icmp" }, { 6, "tcp" }, { 17, "udp" }, { 58, "icmpv6" }, { 132, "sctp" } },
  states[] = { { 1, "invalid" }, { 2, "established" }, { 4, "related" }, { 8, "new" },
	       { 64, "untracked" } },
  ethertypes[] = { { ETHERTYPE_IPV4, "ip" }, { ETHERTYPE_IPV6, "ip6" }, { 0x0806, "arp" } };

static void word_print(struct buf *buf, const struct word *words, size_t count, wide value)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].value == value) {
			buf_add_text(buf, words[i].word);
			return;
		}
	buf_printf(buf, "%u", (unsigned)value);
}

void dim_print(struct buf *buf, enum dim dim, wide value, wide ethertype)
{
	switch (dim) {
	case DIM_IIF:
	case DIM_OIF:
		name_print(buf, value);
		return;
	case DIM_SMAC:
	case DIM_DMAC:
	case DIM_NEXT_MAC:
		mac_value_print(buf, value);
		return;
	case DIM_SRC:
	case DIM_DST:
		addr_value_print(buf, value, ethertype);
		return;
	case DIM_PROTO:
		word_print(buf, protos, array_count(protos), value);
		return;
	case DIM_STATE:
		word_print(buf, states, array_count(states), value);
		return;
	case DIM_ETHERTYPE:
		word_print(buf, ethertypes, array_count(ethertypes), value);
		return;
	case DIM_CT_MARK:
	case DIM_MARK:
	case DIM_FRAG:
		buf_printf(buf, "%#x", (unsigned)value);
		return;
	case DIM_IIFTYPE:
	case DIM_OIFTYPE:
	case DIM_DEPTH:
	case DIM_T0:
	case DIM_T2:
	case DIM_DIRECTION:
	case DIMS:
		buf_printf(buf, "%u", (unsigned)value);
		return;
	}
}

static void ports_print(struct buf *buf, const struct packet *packet)
{
	unsigned first = (unsigned)packet->at[DIM_T0], second = (unsigned)packet->at[DIM_T2];

	if (!packet->at[DIM_DEPTH])
		return;
	if (packet->at[DIM_PROTO] == 1 || packet->at[DIM_PROTO] == 58)
		buf_printf(buf, _(" type %u code %u"), first >> 8, first & 0xff);
	else
		buf_printf(buf, "/%u", second);
}

void packet_print(struct buf *buf, const struct packet *packet)
{
	wide ethertype = packet->at[DIM_ETHERTYPE];

	name_print(buf, packet->at[DIM_IIF]);
	buf_add_text(buf, " → ");
	name_print(buf, packet->at[DIM_OIF]);
	buf_add_text(buf, ": ");
	mac_value_print(buf, packet->at[DIM_SMAC]);
	buf_add_char(buf, ' ');
	if (ethertype != ETHERTYPE_IPV4 && ethertype != ETHERTYPE_IPV6) {
		dim_print(buf, DIM_ETHERTYPE, ethertype, ethertype);
		return;
	}
	addr_value_print(buf, packet->at[DIM_SRC], ethertype);
	buf_add_text(buf, " → ");
	addr_value_print(buf, packet->at[DIM_DST], ethertype);
	buf_add_char(buf, ' ');
	dim_print(buf, DIM_PROTO, packet->at[DIM_PROTO], ethertype);
	ports_print(buf, packet);
	buf_add_text(buf, ", ");
	dim_print(buf, DIM_STATE, packet->at[DIM_STATE], ethertype);
	if (packet->at[DIM_CT_MARK])
		buf_printf(buf, " mark %#x", (unsigned)packet->at[DIM_CT_MARK]);
	if (packet->at[DIM_FRAG] & 0x3fff)
		buf_printf(buf, _(", fragment %#x"), (unsigned)packet->at[DIM_FRAG]);
}
