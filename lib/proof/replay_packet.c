/* Bytes out of a packet, and where the kernel finds the headers in them. */
#include <string.h>

#include "proof/replay_parts.h"

enum {
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	TTL_AT = 8,
	HOP_LIMIT_AT = 7,
	TTL = 64,
	FRAGMENT_OFFSET = 0x1fff,
	PROTO_TCP = 6,
	TCP_BYTES = 20,
	TCP_SYN = 2,
	TCP_ACK = 16,
	SHORT_BYTES = 8, /* UDP, ICMP; of what else there is, as much */
	SMAC_AT = 6,
};

/* IPv6: what stands between the header and the transport's. */
enum { NEXT_HOP = 0, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_AUTH = 51, NEXT_NONE = 59, NEXT_DEST = 60 };

enum { TYPE_LOOPBACK = 772, TYPE_TUNNEL = 768, TYPE_TUNNEL6 = 769, TYPE_SIT = 776, TYPE_NONE = 65534 };

static void number_put(uint8_t *at, wide value, unsigned bytes)
{
	while (bytes--) {
		at[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

static unsigned number_get(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

bool wire_is_ip(const struct packet *packet)
{
	return packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV4 ||
	       packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV6;
}

/* ---- making ---- */

static void sum_put(uint8_t *header)
{
	uint32_t sum = 0;

	header[10] = header[11] = 0;
	for (unsigned i = 0; i < (header[0] & 15u) * 4; i += 2)
		sum += number_get(header + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	number_put(header + 10, (uint16_t)~sum, 2);
}

static size_t transport_make(const struct packet *packet, uint8_t *at)
{
	bool goes_on = packet->at[DIM_STATE] == CT_ESTABLISHED || packet->at[DIM_STATE] == CT_RELATED;

	if (!packet->at[DIM_DEPTH])
		return 0;
	number_put(at, packet->at[DIM_T0], 2);
	number_put(at + 2, packet->at[DIM_T2], 2);
	if (packet->at[DIM_PROTO] != PROTO_TCP) {
		if (packet->at[DIM_PROTO] == 17)
			number_put(at + 4, SHORT_BYTES, 2);
		return SHORT_BYTES;
	}
	number_put(at + 4, 1, 4);
	number_put(at + 8, goes_on, 4);
	at[12] = TCP_BYTES / 4 << 4;
	at[13] = goes_on ? TCP_ACK : TCP_SYN;
	number_put(at + 14, 8192, 2);
	return TCP_BYTES;
}

static size_t ipv4_make(const struct packet *packet, uint8_t *at)
{
	size_t count = IPV4_BYTES + transport_make(packet, at + IPV4_BYTES);

	at[0] = 0x45;
	number_put(at + 2, count, 2);
	number_put(at + 6, packet->at[DIM_FRAG], 2);
	at[TTL_AT] = TTL;
	at[9] = (uint8_t)packet->at[DIM_PROTO];
	number_put(at + 12, packet->at[DIM_SRC], 4);
	number_put(at + 16, packet->at[DIM_DST], 4);
	sum_put(at);
	return count;
}

static size_t ipv6_make(const struct packet *packet, uint8_t *at)
{
	size_t count = transport_make(packet, at + IPV6_BYTES);

	at[0] = 0x60;
	number_put(at + 4, count, 2);
	at[6] = (uint8_t)packet->at[DIM_PROTO];
	at[HOP_LIMIT_AT] = TTL;
	number_put(at + 8, packet->at[DIM_SRC], 16);
	number_put(at + 24, packet->at[DIM_DST], 16);
	return IPV6_BYTES + count;
}

size_t replay_frame(const struct packet *packet, uint8_t ret_frame[static REPLAY_FRAME_BYTES])
{
	memset(ret_frame, 0, REPLAY_FRAME_BYTES);
	number_put(ret_frame, packet->at[DIM_DMAC], 6);
	number_put(ret_frame + SMAC_AT, packet->at[DIM_SMAC], 6);
	number_put(ret_frame + 12, packet->at[DIM_ETHERTYPE], 2);
	if (packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV4)
		return LINK_BYTES + ipv4_make(packet, ret_frame + LINK_BYTES);
	if (packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV6)
		return LINK_BYTES + ipv6_make(packet, ret_frame + LINK_BYTES);
	return LINK_BYTES;
}

void wire_arrive(const struct replay_ask *ask, struct wire *ret_wire)
{
	*ret_wire = (struct wire){ 0 };
	if (ask->frame && ask->frame_bytes >= LINK_BYTES) {
		ret_wire->count = size_min(ask->frame_bytes, FRAME_MOST);
		memcpy(ret_wire->bytes, ask->frame, ret_wire->count);
	} else {
		ret_wire->count = replay_frame(ask->packet, ret_wire->bytes);
	}
}

/* ---- finding ---- */

/* The kernel refuses to look further into a header that contradicts itself. */
static void ipv4_find(struct wire *wire, bool is_routed)
{
	const uint8_t *header = wire->bytes + LINK_BYTES;
	size_t left = wire->count - LINK_BYTES, total, bytes;

	if (left < IPV4_BYTES || header[0] >> 4 != 4 || (header[0] & 15) < IPV4_BYTES / 4)
		return;
	total = number_get(header + 2);
	bytes = (header[0] & 15u) * 4;
	if (left < total || total < bytes)
		return;
	wire->has_transport = true;
	wire->proto = header[9];
	wire->fragment = (uint16_t)(number_get(header + 6) & FRAGMENT_OFFSET);
	wire->transport = LINK_BYTES + bytes;
	if (is_routed) /* padding of the link is cut off on the way in */
		wire->count = LINK_BYTES + total;
}

static bool is_extension(uint8_t next)
{
	return next == NEXT_HOP || next == NEXT_ROUTING || next == NEXT_FRAGMENT ||
	       next == NEXT_AUTH || next == NEXT_DEST || next == NEXT_NONE;
}

/* As ipv6_find_hdr() walks when it is asked for the last header: a header that is not all there
 * leaves the packet without any transport. */
static void ipv6_find(struct wire *wire, bool is_routed)
{
	const uint8_t *header = wire->bytes + LINK_BYTES;
	size_t left = wire->count - LINK_BYTES, at = LINK_BYTES + IPV6_BYTES, total;
	uint16_t fragment = 0;
	uint8_t next;

	if (left < IPV6_BYTES || header[0] >> 4 != 6)
		return;
	total = number_get(header + 4) + (size_t)IPV6_BYTES;
	if (left < total)
		return;
	if (is_routed)
		wire->count = LINK_BYTES + total;
	for (next = header[6]; is_extension(next) && next != NEXT_NONE;) {
		const uint8_t *extension = wire->bytes + at;

		if (at + 2 > wire->count || (next == NEXT_FRAGMENT && at + 4 > wire->count))
			return;
		if (next == NEXT_FRAGMENT)
			fragment = (uint16_t)(number_get(extension + 2) & ~7u);
		at += next == NEXT_FRAGMENT ? 8u :
		      next == NEXT_AUTH	    ? (extension[1] + 2u) * 4 :
					      (extension[1] + 1u) * 8;
		next = extension[0];
		if (fragment)
			break;
	}
	if (fragment && is_extension(next) && next != NEXT_NONE)
		return;
	wire->has_transport = true;
	wire->proto = next;
	wire->fragment = fragment;
	wire->transport = at;
}

/* Which links have a header of Ethernet before the packet, as far as their type tells. */
static void link_judge(struct wire *wire, unsigned type)
{
	switch (type) {
	case IFTYPE_ETHER:
	case TYPE_LOOPBACK:
		break;
	case TYPE_TUNNEL:
	case TYPE_TUNNEL6:
	case TYPE_SIT:
	case TYPE_NONE:
		wire->link_broken = true;
		break;
	default:
		wire->link_unsure = true;
	}
}

static void link_at(struct wire *wire, const struct replay_ask *ask, const struct station *station)
{
	const struct packet *packet = ask->packet;

	if (!station->has_link) {
		wire->link_broken = true;
		return;
	}
	link_judge(wire, (unsigned)packet->at[station->link_leaving ? DIM_OIFTYPE : DIM_IIFTYPE]);
	if (!station->link_leaving)
		return;
	number_put(wire->bytes, packet->at[DIM_NEXT_MAC], 6);
	wire->source_unsure = true;
}

/* Forwarding takes one from the TTL before the forward hook sees the packet. */
static void hop_count(struct wire *wire, bool is_v6)
{
	uint8_t *header = wire->bytes + LINK_BYTES;

	if (is_v6) {
		header[HOP_LIMIT_AT]--;
		return;
	}
	header[TTL_AT]--;
	sum_put(header);
}

void wire_at(const struct wire *arriving, const struct replay_ask *ask,
	     const struct station *station, struct wire *ret_wire)
{
	bool is_v6 = ask->packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV6;
	struct wire *wire = ret_wire;

	memcpy(wire->bytes, arriving->bytes, arriving->count);
	memset(&wire->count, 0, sizeof(*wire) - offsetof(struct wire, count));
	wire->count = arriving->count;
	link_at(wire, ask, station);
	if (!wire_is_ip(ask->packet))
		return;
	if (is_v6)
		ipv6_find(wire, station->is_routed);
	else
		ipv4_find(wire, station->is_routed);
	if (ask->path == PATH_FORWARD && station->hook != HOOK_INGRESS &&
	    station->hook != HOOK_PREROUTING)
		hop_count(wire, is_v6);
}
