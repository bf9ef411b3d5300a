/* Frames for the gateway, and the same as packets of lib/proof: made so that it is known beforehand
 * how connection tracking takes each of them, and that no two belong to one connection. */
#pragma once

#include "tests/proof/pools.h"

enum { WIRE_MOST = 256, TUPLES = 1 << 18 };

struct probe {
	struct packet packet;
	uint8_t frame[WIRE_MOST];
	size_t count;
	unsigned device; /* it arrives at, if it does */
	uint8_t path;	 /* enum path */
	unsigned id;
	bool passed, astray;
};

static uint64_t tuples[TUPLES];

static inline void put(uint8_t *at, wide value, unsigned bytes)
{
	while (bytes--) {
		at[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

static inline uint32_t sum_add(const uint8_t *bytes, size_t count, uint32_t sum)
{
	for (size_t i = 0; i < count; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static inline uint16_t sum_end(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* What the headers are to say; what is not said is 0. */
struct form {
	bool v6, is_short, bad_sum, has_options;
	wide src, dst, smac;
	uint8_t path, proto, tos, flags; /* flags of TCP */
	unsigned device, sport, dport, fragment, id, padding;
	uint32_t seq, ack;
	unsigned type, code, echo; /* of ICMP */
	size_t cut;		   /* is_short: bytes of the transport header that are left */
	const uint8_t *quoted;	   /* an ICMP error's */
	size_t quoted_bytes;
};

static inline bool is_icmp(uint8_t proto)
{
	return proto == 1 || proto == 58;
}

static inline size_t transport_put(const struct form *form, uint8_t *at)
{
	if (is_icmp(form->proto)) {
		at[0] = (uint8_t)form->type;
		at[1] = (uint8_t)form->code;
		put(at + 4, form->echo, 2);
		put(at + 6, 1, 2);
		if (form->quoted_bytes) {
			put(at + 4, 0, 4);
			memcpy(at + 8, form->quoted, form->quoted_bytes);
		}
		return 8 + form->quoted_bytes;
	}
	put(at, form->sport, 2);
	put(at + 2, form->dport, 2);
	if (form->proto != 6) {
		put(at + 4, form->proto == 17 ? 12 : 0, 2);
		return 12;
	}
	put(at + 4, form->seq, 4);
	put(at + 8, form->ack, 4);
	at[12] = 0x50;
	at[13] = form->flags;
	put(at + 14, 8192, 2);
	return 20;
}

static inline void transport_sum(const struct form *form, uint8_t *at, size_t count)
{
	size_t where = form->proto == 6 ? 16 : form->proto == 17 ? 6 : is_icmp(form->proto) ? 2 : 0;
	uint8_t pseudo[36] = { 0 };
	uint32_t sum = 0;

	if (!where || count < where + 2)
		return;
	if (form->proto != 1) { /* the sum does not mind the width of its fields */
		put(pseudo, form->src, 16);
		put(pseudo + 16, form->dst, 16);
		put(pseudo + 32, form->proto, 2);
		put(pseudo + 34, count, 2);
		sum = sum_add(pseudo, sizeof(pseudo), 0);
	}
	put(at + where, 0, 2);
	put(at + where, sum_end(sum_add(at, count, sum)), 2);
	if (form->bad_sum)
		at[where] ^= 0x55;
}

static inline size_t network_put(const struct form *form, uint8_t *at, size_t *ret_transport)
{
	size_t header = form->v6 ? (form->has_options ? 48 : 40) : (form->has_options ? 24 : 20);
	size_t count = transport_put(form, at + header);

	transport_sum(form, at + header, count);
	if (form->is_short && form->cut < count)
		count = form->cut;
	*ret_transport = header;
	if (form->v6) {
		put(at, (wide)6 << 28 | (wide)form->tos << 20 | form->id, 4);
		put(at + 4, header - 40 + count, 2);
		at[6] = form->has_options ? 60 : form->proto;
		at[7] = 64;
		put(at + 8, form->src, 16);
		put(at + 24, form->dst, 16);
		if (form->has_options)
			memcpy(at + 40, (uint8_t[]){ form->proto, 0, 1, 4, 0, 0, 0, 0 }, 8);
		return header + count;
	}
	at[0] = (uint8_t)(0x40 + header / 4);
	at[1] = form->tos;
	put(at + 2, header + count, 2);
	put(at + 4, form->id, 2);
	put(at + 6, form->fragment, 2);
	at[8] = 64;
	at[9] = form->proto;
	put(at + 10, 0, 2);
	put(at + 12, form->src, 4);
	put(at + 16, form->dst, 4);
	if (form->has_options)
		memcpy(at + 20, (uint8_t[]){ 1, 1, 1, 0 }, 4);
	put(at + 10, sum_end(sum_add(at, header, 0)), 2);
	return header + count;
}

/* Where it comes from and goes to, as far as its path has such. */
static inline void ways_put(const struct form *form, wide *at)
{
	const struct spot *route = place_route(form->dst, form->v6);

	if (form->path != PATH_OUTPUT) {
		at[DIM_IIF] = dim_of_name(devices[form->device].name);
		at[DIM_IIFTYPE] = IFTYPE_ETHER;
		at[DIM_SMAC] = form->smac;
		at[DIM_DMAC] = devices[form->device].mac;
	}
	if (form->path != PATH_INPUT) {
		at[DIM_OIF] = dim_of_name(devices[route->device].name);
		at[DIM_OIFTYPE] = IFTYPE_ETHER;
		at[DIM_NEXT_MAC] = route->mac;
	}
}

/* The frame, and what it says as a packet; its state and marks are the caller's. */
static inline void probe_build(const struct form *form, struct probe *ret_probe)
{
	struct probe *probe = ret_probe;
	wide *at = probe->packet.at;
	size_t transport, count;
	const uint8_t *bytes;

	*probe = (struct probe){ .device = form->device, .path = form->path,
				  .id = form->id };
	put(probe->frame, devices[form->device].mac, 6);
	put(probe->frame + 6, form->smac, 6);
	put(probe->frame + 12, form->v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, 2);
	count = network_put(form, probe->frame + 14, &transport);
	probe->count = 14 + count + form->padding;
	bytes = probe->frame + 14 + transport;
	ways_put(form, at);
	at[DIM_ETHERTYPE] = form->v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	at[DIM_SRC] = form->src;
	at[DIM_DST] = form->dst;
	at[DIM_PROTO] = form->proto;
	at[DIM_FRAG] = form->fragment;
	at[DIM_DEPTH] = count - transport >= 4;
	if (at[DIM_DEPTH]) {
		at[DIM_T0] = bytes_number(bytes, 2);
		at[DIM_T2] = bytes_number(bytes + 2, 2);
	}
}

/* ---- what connection tracking makes of them ---- */

static inline uint64_t tuple_hash(const struct form *form, bool turned)
{
	bool has_ports = form->proto == 6 || form->proto == 17;
	struct {
		wide src, dst;
		uint32_t ports, proto;
	} tuple = { turned ? form->dst : form->src, turned ? form->src : form->dst,
		    !has_ports ? (is_icmp(form->proto) ? form->echo : 0) :
		    turned     ? form->dport << 16 | form->sport :
				 form->sport << 16 | form->dport,
		    form->proto };
	uint64_t hash = 0xcbf29ce484222325u;
	const uint8_t *bytes = (const uint8_t *)&tuple;

	for (size_t i = 0; i < sizeof(tuple); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash | 1;
}

static inline bool tuple_add(uint64_t hash)
{
	for (size_t slot = hash % TUPLES;; slot = (slot + 1) % TUPLES) {
		if (tuples[slot] == hash)
			return false;
		if (!tuples[slot]) {
			tuples[slot] = hash;
			return true;
		}
	}
}

/* Nobody else's connection, in either direction. */
static inline bool tuple_is_new(const struct form *form)
{
	uint64_t turned = tuple_hash(form, true);

	return tuple_add(tuple_hash(form, false)) &&
	       (tuple_add(turned) || turned == tuple_hash(form, false));
}

static inline unsigned icmp4_state(unsigned type)
{
	return type == 8 || type == 13 || type == 15 || type == 17 ? CT_NEW : CT_INVALID;
}

static inline unsigned icmp6_state(unsigned type)
{
	if ((type >= 130 && type <= 136) || type == 143)
		return CT_UNTRACKED;
	return type == 128 || type == 139 ? CT_NEW : CT_INVALID;
}

/* tcp_loose is 0, nf_conntrack_checksum 1 */
static inline unsigned fresh_state(const struct form *form)
{
	size_t whole = form->proto == 6 ? 20 : form->proto == 17 || is_icmp(form->proto) ? 8 : 0;

	if (form->is_short && form->cut < whole)
		return CT_INVALID;
	if (form->is_short && form->proto == 17) /* the length it tells is not there */
		return CT_INVALID;
	if (form->bad_sum && whole && form->path != PATH_OUTPUT) /* what is made here is believed */
		return CT_INVALID;
	if (form->proto == 6)
		return form->flags == 2 ? CT_NEW : CT_INVALID;
	if (form->proto == 1)
		return form->v6 ? CT_NEW : icmp4_state(form->type);
	if (form->proto == 58)
		return form->v6 ? icmp6_state(form->type) : CT_NEW;
	return CT_NEW;
}
