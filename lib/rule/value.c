/* See value.h. */
#include "rule/value.h"

#include <string.h>

#include "rule/field.h"

static const char digits[] = "0123456789abcdef";

void hex_print(struct buf *buf, const uint8_t *bytes, unsigned count)
{
	buf_add(buf, "0x", 2);
	for (unsigned i = 0; i < count; i++) {
		char pair[2] = { digits[bytes[i] >> 4], digits[bytes[i] & 15] };

		buf_add(buf, pair, 2);
	}
}

void mark_print(struct buf *buf, uint32_t mark)
{
	char text[10] = "0x";

	for (unsigned i = 0; i < 8; i++)
		text[2 + i] = digits[mark >> (28 - 4 * i) & 15];
	buf_add(buf, text, sizeof(text));
}

bool verdict_print(struct buf *buf, const struct verdict *verdict)
{
	if (verdict->code == VERDICT_NONE || verdict->code > VERDICT_QUEUE)
		return false;
	buf_add_text(buf, verdict_words[verdict->code]);
	if (verdict->code == VERDICT_JUMP || verdict->code == VERDICT_GOTO) {
		if (!verdict->chain)
			return false;
		buf_add_char(buf, ' ');
		buf_add_text(buf, verdict->chain);
	}
	return true;
}

bool text_is_quotable(const char *text)
{
	for (; *text; text++)
		if (*text == '"' || *text == '\\' || *text == '\n')
			return false;
	return true;
}

static bool ifname_print(struct buf *buf, const uint8_t *bytes, unsigned count)
{
	char name[17] = { 0 };

	memcpy(name, bytes, size_min(count, 16));
	if (!text_is_quotable(name) || strchr(name, '*'))
		return false;
	buf_add_char(buf, '"');
	buf_add_text(buf, name);
	buf_add_char(buf, '"');
	return true;
}

static void addr_print_bytes(struct buf *buf, enum family family, const uint8_t *bytes)
{
	struct addr addr = { .family = (uint8_t)family };

	memcpy(addr.bytes, bytes, addr_bits(family) / 8);
	addr_print(buf, &addr);
}

static void ct_state_print(struct buf *buf, uint32_t state)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} words[] = {
		{ CT_INVALID, "invalid" }, { CT_ESTABLISHED, "established" },
		{ CT_RELATED, "related" }, { CT_NEW, "new" },
		{ CT_UNTRACKED, "untracked" },
	};
	bool first = true;

	for (size_t i = 0; i < array_count(words); i++) {
		if (!(state & words[i].bit))
			continue;
		if (!first)
			buf_add_char(buf, ',');
		buf_add_text(buf, words[i].word);
		first = false;
	}
}

struct number_word {
	unsigned number;
	const char *word;
};

/* The word for a number that has one in nft, else the number itself. */
static void number_print(struct buf *buf, unsigned number, const struct number_word *words)
{
	for (; words->word; words++)
		if (words->number == number) {
			buf_add_text(buf, words->word);
			return;
		}
	buf_add_unsigned(buf, number);
}

static const struct number_word no_words[] = { { 0, NULL } };
static const struct number_word proto_names[] = {
	{ 1, "icmp" }, { 6, "tcp" }, { 17, "udp" }, { 58, "ipv6-icmp" }, { 0, NULL },
};
static const struct number_word icmp_names[] = {
	{ 0, "echo-reply" }, { 3, "destination-unreachable" }, { 8, "echo-request" },
	{ 11, "time-exceeded" }, { 0, NULL },
};
static const struct number_word icmpv6_names[] = {
	{ 1, "destination-unreachable" }, { 2, "packet-too-big" },
	{ 3, "time-exceeded" },           { 128, "echo-request" },
	{ 129, "echo-reply" },            { 135, "nd-neighbor-solicit" },
	{ 136, "nd-neighbor-advert" },    { 0, NULL },
};
static const struct number_word direction_names[] = { { 0, "original" }, { 1, "reply" },
						      { 0, NULL } };
static const struct number_word ethertype_names[] = { { 0x0800, "ip" }, { 0x0806, "arp" },
						      { 0x86dd, "ip6" }, { 0, NULL } };
static const struct number_word nfproto_names[] = { { 2, "ipv4" }, { 10, "ipv6" }, { 0, NULL } };
static const struct number_word iftype_names[] = { { 1, "ether" }, { 772, "loopback" },
						   { 0, NULL } };

static uint32_t host_u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static unsigned host_u16(const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static unsigned net_u16(const uint8_t *bytes)
{
	return (unsigned)bytes[0] << 8 | bytes[1];
}

bool value_print(struct buf *buf, enum datum datum, const uint8_t *bytes, unsigned count)
{
	struct mac mac;

	if (count < datum_bytes(datum) && datum != DATUM_IFNAME)
		return false;
	switch (datum) {
	case DATUM_INTEGER:
		hex_print(buf, bytes, count);
		return true;
	case DATUM_MARK:
		mark_print(buf, host_u32(bytes));
		return true;
	case DATUM_IFNAME:
		return ifname_print(buf, bytes, count);
	case DATUM_ETHER:
		memcpy(mac.bytes, bytes, sizeof(mac.bytes));
		mac_print(buf, mac);
		return true;
	case DATUM_IPV4:
		addr_print_bytes(buf, FAMILY_V4, bytes);
		return true;
	case DATUM_IPV6:
		addr_print_bytes(buf, FAMILY_V6, bytes);
		return true;
	case DATUM_PROTO:
		number_print(buf, bytes[0], proto_names);
		return true;
	case DATUM_PORT:
		buf_add_unsigned(buf, net_u16(bytes));
		return true;
	case DATUM_ICMP_TYPE:
		number_print(buf, bytes[0], icmp_names);
		return true;
	case DATUM_ICMPV6_TYPE:
		number_print(buf, bytes[0], icmpv6_names);
		return true;
	case DATUM_CT_STATE:
		ct_state_print(buf, host_u32(bytes));
		return true;
	case DATUM_CT_DIRECTION:
		number_print(buf, bytes[0], direction_names);
		return true;
	case DATUM_ETHERTYPE:
		number_print(buf, net_u16(bytes), ethertype_names);
		return true;
	case DATUM_NFPROTO:
		number_print(buf, bytes[0], nfproto_names);
		return true;
	case DATUM_IFINDEX:
		number_print(buf, host_u32(bytes), no_words);
		return true;
	case DATUM_IFTYPE:
		number_print(buf, host_u16(bytes), iftype_names);
		return true;
	case DATUM_VERDICT:
	case DATUM_OBJECT:
	case DATUMS:
		break;
	}
	return false;
}

bool key_print(struct buf *buf, const struct key *key, const uint8_t *bytes,
	       const uint8_t *bytes_end)
{
	for (unsigned i = 0, at = 0; i < key->count; i++) {
		unsigned count = key->bytes[i];

		if (i)
			buf_add(buf, " . ", 3);
		if (!value_print(buf, key->datums[i], bytes + at, count))
			return false;
		if (bytes_end && memcmp(bytes + at, bytes_end + at, count) != 0) {
			buf_add_char(buf, '-');
			if (!value_print(buf, key->datums[i], bytes_end + at, count))
				return false;
		}
		at += slots_of_bytes(count) * SLOT_BYTES;
	}
	return true;
}

void key_type_print(struct buf *buf, const struct key *key)
{
	for (unsigned i = 0; i < key->count; i++) {
		if (i)
			buf_add(buf, " . ", 3);
		buf_add_text(buf, datum_words[key->datums[i]]);
	}
}
