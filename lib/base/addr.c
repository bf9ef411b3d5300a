/* See addr.h. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/lang.h"

static bool has_foreign_letter(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return true;
	return false;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum addr_fault mac_parse(const char *text, struct mac *ret_mac)
{
	struct mac mac;

	if (!text[0])
		return ADDR_EMPTY;
	if (has_foreign_letter(text))
		return ADDR_NOT_ASCII;
	if (strlen(text) != MAC_TEXT_BYTES - 1)
		return ADDR_SYNTAX;
	for (size_t i = 0; i < 6; i++) {
		int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);

		if (high < 0 || low < 0 || text[3 * i + 2] != (i < 5 ? ':' : '\0'))
			return ADDR_SYNTAX;
		mac.bytes[i] = (uint8_t)(high << 4 | low);
	}
	if (mac_is_zero(mac))
		return ADDR_ZERO;
	if (mac.bytes[0] & 1)
		return ADDR_MULTICAST;
	*ret_mac = mac;
	return ADDR_GOOD;
}

/* A decimal number without leading zeros, up to and including largest. */
static enum addr_fault number_parse(const char **at, unsigned largest, unsigned *ret_value)
{
	const char *digits = *at;
	unsigned value = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++) {
		if (*at > digits && *digits == '0')
			return ADDR_LEADING_ZERO;
		value = value * 10 + (unsigned)(**at - '0');
		if (value > largest)
			return ADDR_RANGE;
	}
	if (*at == digits)
		return ADDR_SYNTAX;
	*ret_value = value;
	return ADDR_GOOD;
}

static enum addr_fault v4_parse(const char *text, struct addr *ret_addr)
{
	struct addr addr = { .family = FAMILY_V4 };

	for (size_t i = 0; i < 4; i++) {
		unsigned octet;
		enum addr_fault fault = number_parse(&text, 255, &octet);

		if (fault)
			return fault;
		if (*text != (i < 3 ? '.' : '\0'))
			return ADDR_SYNTAX;
		text++;
		addr.bytes[i] = (uint8_t)octet;
	}
	*ret_addr = addr;
	return ADDR_GOOD;
}

enum addr_fault addr_parse(const char *text, struct addr *ret_addr)
{
	struct addr addr = { .family = FAMILY_V6 };

	if (!text[0])
		return ADDR_EMPTY;
	if (has_foreign_letter(text))
		return ADDR_NOT_ASCII;
	if (!strchr(text, ':'))
		return v4_parse(text, ret_addr);
	if (strchr(text, '.') || inet_pton(AF_INET6, text, addr.bytes) != 1)
		return ADDR_SYNTAX; /* mapped forms hide an IPv4 address: refused */
	*ret_addr = addr;
	return ADDR_GOOD;
}

/* All bits after the first `bits` set to one or to zero. */
static void bits_fill(struct addr *addr, unsigned bits, bool one)
{
	for (unsigned i = 0; i < addr_bits(addr->family) / 8; i++) {
		unsigned kept = bits > i * 8 ? bits - i * 8 : 0;
		unsigned rest = kept >= 8 ? 0 : 0xffu >> kept, byte = addr->bytes[i];

		addr->bytes[i] = (uint8_t)(one ? byte | rest : byte & ~rest);
	}
}

enum addr_fault prefix_parse(const char *text, struct prefix *ret_prefix)
{
	const char *slash = strchr(text, '/');
	char head[ADDR_TEXT_BYTES];
	struct prefix prefix;
	struct addr network;
	enum addr_fault fault;
	unsigned length;

	if (!slash) {
		fault = addr_parse(text, &prefix.addr);
		if (fault)
			return fault;
		*ret_prefix = prefix_of_addr(&prefix.addr);
		return ADDR_GOOD;
	}
	if ((size_t)(slash - text) >= sizeof(head))
		return has_foreign_letter(text) ? ADDR_NOT_ASCII : ADDR_SYNTAX;
	memcpy(head, text, (size_t)(slash - text));
	head[slash - text] = '\0';
	fault = addr_parse(head, &prefix.addr);
	if (fault)
		return fault;
	text = slash + 1;
	if (has_foreign_letter(text))
		return ADDR_NOT_ASCII;
	fault = number_parse(&text, addr_bits(prefix.addr.family), &length);
	if (fault)
		return fault;
	if (*text)
		return ADDR_SYNTAX;
	prefix.length_bits = (uint8_t)length;
	network = prefix.addr;
	bits_fill(&network, length, false);
	if (addr_compare(&network, &prefix.addr) != 0)
		return ADDR_HOST_BITS;
	*ret_prefix = prefix;
	return ADDR_GOOD;
}

const char *addr_fault_text(enum addr_fault fault)
{
	switch (fault) {
	case ADDR_GOOD:
		return "";
	case ADDR_EMPTY:
		return _("it is empty");
	case ADDR_NOT_ASCII:
		return _("it has full-width or other letters; write half-width digits");
	case ADDR_SYNTAX:
		return _("it is not written as an address");
	case ADDR_RANGE:
		return _("a number in it is too large");
	case ADDR_LEADING_ZERO:
		return _("a number in it has a leading zero, which some programs read as octal");
	case ADDR_HOST_BITS:
		return _("bits after the prefix length are not zero");
	case ADDR_MULTICAST:
		return _("it is a multicast address, which no single machine has");
	case ADDR_ZERO:
		return _("it is all zeros, which no machine has");
	}
	return "";
}

const char *mac_text(struct mac mac, char text[static MAC_TEXT_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 6; i++) {
		text[3 * i] = digits[mac.bytes[i] >> 4];
		text[3 * i + 1] = digits[mac.bytes[i] & 15];
		text[3 * i + 2] = i < 5 ? ':' : '\0';
	}
	return text;
}

const char *addr_text(const struct addr *addr, char text[static ADDR_TEXT_BYTES])
{
	switch ((enum family)addr->family) {
	case FAMILY_NONE:
		text[0] = '\0';
		break;
	case FAMILY_V4: {
		char *at = text;

		for (size_t i = 0; i < 4; i++) {
			unsigned octet = addr->bytes[i];

			if (octet >= 100)
				*at++ = (char)('0' + octet / 100);
			if (octet >= 10)
				*at++ = (char)('0' + octet / 10 % 10);
			*at++ = (char)('0' + octet % 10);
			*at++ = i < 3 ? '.' : '\0';
		}
		break;
	}
	case FAMILY_V6:
		inet_ntop(AF_INET6, addr->bytes, text, ADDR_TEXT_BYTES);
		break;
	}
	return text;
}

const char *prefix_text(const struct prefix *prefix, char text[static PREFIX_TEXT_BYTES])
{
	addr_text(&prefix->addr, text);
	if (!prefix_is_host(prefix)) {
		size_t end = strlen(text);

		snprintf(text + end, PREFIX_TEXT_BYTES - end, "/%u", prefix->length_bits);
	}
	return text;
}

void mac_print(struct buf *buf, struct mac mac)
{
	char text[MAC_TEXT_BYTES];

	buf_add(buf, mac_text(mac, text), MAC_TEXT_BYTES - 1);
}

void addr_print(struct buf *buf, const struct addr *addr)
{
	char text[ADDR_TEXT_BYTES];

	buf_add_text(buf, addr_text(addr, text));
}

void prefix_print(struct buf *buf, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_BYTES];

	buf_add_text(buf, prefix_text(prefix, text));
}

int mac_compare(struct mac a, struct mac b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool mac_is_zero(struct mac mac)
{
	static const struct mac zero;

	return mac_compare(mac, zero) == 0;
}

struct prefix prefix_of_addr(const struct addr *addr)
{
	return (struct prefix){ *addr, (uint8_t)addr_bits(addr->family) };
}

bool prefix_is_host(const struct prefix *prefix)
{
	return prefix->length_bits == addr_bits(prefix->addr.family);
}

bool prefix_has(const struct prefix *prefix, const struct addr *addr)
{
	struct addr network = *addr;

	if (addr->family != prefix->addr.family)
		return false;
	bits_fill(&network, prefix->length_bits, false);
	return addr_compare(&network, &prefix->addr) == 0;
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return inner->length_bits >= outer->length_bits && prefix_has(outer, &inner->addr);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return prefix_covers(a, b) || prefix_covers(b, a);
}

struct addr prefix_last(const struct prefix *prefix)
{
	struct addr last = prefix->addr;

	bits_fill(&last, prefix->length_bits, true);
	return last;
}

bool addr_next(const struct addr *addr, struct addr *ret_next)
{
	struct addr next = *addr;

	for (unsigned i = addr_bits(addr->family) / 8; i-- > 0;)
		if (++next.bytes[i] != 0) {
			*ret_next = next;
			return true;
		}
	return false;
}

bool addr_previous(const struct addr *addr, struct addr *ret_previous)
{
	struct addr previous = *addr;

	for (unsigned i = addr_bits(addr->family) / 8; i-- > 0;)
		if (previous.bytes[i]-- != 0) {
			*ret_previous = previous;
			return true;
		}
	return false;
}
