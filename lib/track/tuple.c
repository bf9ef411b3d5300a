/* What a tuple says, without the kernel: its text, and whether an answer is just the way back. */
#include <netinet/in.h>

#include "track/track.h"

/* The type of the answer to a question of ICMP, as conntrack pairs them; 0xff: it pairs none. */
static uint8_t icmp_answer(const struct track_tuple *tuple)
{
	static const uint8_t pairs4[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 } };
	static const uint8_t pairs6[][2] = { { 128, 129 }, { 139, 140 } };
	bool v6 = tuple->proto == IPPROTO_ICMPV6;
	const uint8_t(*pairs)[2] = v6 ? pairs6 : pairs4;
	size_t count = v6 ? array_count(pairs6) : array_count(pairs4);

	for (size_t i = 0; i < count; i++)
		for (unsigned side = 0; side < 2; side++)
			if (pairs[i][side] == tuple->icmp_type)
				return pairs[i][!side];
	return 0xff;
}

bool track_is_plain(const struct track_entry *entry)
{
	const struct track_tuple *there = &entry->original, *back = &entry->reply;

	return !(entry->status & (TRACK_SRC_NAT | TRACK_DST_NAT)) &&
	       there->proto == back->proto && there->kind == back->kind &&
	       addr_compare(&there->src, &back->dst) == 0 &&
	       addr_compare(&there->dst, &back->src) == 0 && there->src_port == back->dst_port &&
	       there->dst_port == back->src_port && there->icmp_id == back->icmp_id &&
	       (there->kind != TRACK_ICMP || (icmp_answer(there) == back->icmp_type &&
					      there->icmp_code == back->icmp_code));
}

static void end_print(struct buf *buf, const struct addr *addr, const uint16_t *port)
{
	bool brackets = port && addr->family == FAMILY_V6;

	if (brackets)
		buf_add_char(buf, '[');
	addr_print(buf, addr);
	if (brackets)
		buf_add_char(buf, ']');
	if (port)
		buf_printf(buf, ":%u", *port);
}

static const char *proto_name(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	default:
		return NULL;
	}
}

void track_tuple_print(struct buf *buf, const struct track_tuple *tuple)
{
	bool ports = tuple->kind == TRACK_PORTS;
	const char *name = proto_name(tuple->proto);

	if (name)
		buf_add_text(buf, name);
	else
		buf_printf(buf, "proto-%u", tuple->proto);
	buf_add_char(buf, ' ');
	end_print(buf, &tuple->src, ports ? &tuple->src_port : NULL);
	buf_add_text(buf, " → ");
	end_print(buf, &tuple->dst, ports ? &tuple->dst_port : NULL);
	if (tuple->kind == TRACK_ICMP)
		buf_printf(buf, " type %u id %u", tuple->icmp_type, tuple->icmp_id);
}
