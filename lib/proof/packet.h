/* One packet at the gateway, as far as a ruleset can tell packets apart: a number for each dimension.
 * A packet set (space.h) is made of ranges of these numbers, a counterexample is one packet, and
 * replay.h makes bytes of it again.
 *
 * A dimension is what lies at a place, not what it means there: the transport header's first four
 * bytes are two of 16 bits, ports for TCP and UDP, type and code and checksum for ICMP.
 * Each is a number whose most significant byte is the first on the wire, so that a prefix
 * is a range, of an interface's name as well ("vlan" of sixteen bytes, padded with zeros).
 *
 * Knows no rules and no policy. */
#pragma once

#include "base/addr.h"
#include "base/buf.h"

__extension__ typedef unsigned __int128 wide;

enum dim {
	DIM_IIF, /* names, sixteen bytes; 0: none */
	DIM_OIF,
	DIM_IIFTYPE, /* 1: Ethernet */
	DIM_OIFTYPE,
	DIM_ETHERTYPE, /* 0x0800 and 0x86dd have all that is below */
	DIM_SMAC,	 /* of the frame that arrived */
	DIM_DMAC,
	DIM_NEXT_MAC, /* the destination of the frame that leaves */
	DIM_SRC,	/* IPv4 in the low 32 bits */
	DIM_DST,
	DIM_PROTO,
	DIM_FRAG,  /* IPv4: flags and offset; IPv6: 0 */
	DIM_DEPTH, /* 0: the packet ends before the transport header; 1: it does not */
	DIM_T0,    /* the transport header's bytes 0 and 1 */
	DIM_T2,    /* and 2 and 3 */
	DIM_STATE, /* one of enum ct_state_bit */
	DIM_DIRECTION, /* of the connection: 0 as it was opened, 1 the answer */
	DIM_CT_MARK,
	DIM_MARK,
	DIMS
};

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd, IFTYPE_ETHER = 1 };

/* The way of a packet through the hooks. */
enum path {
	PATH_FORWARD, /* ingress, prerouting, forward, postrouting, egress */
	PATH_INPUT,   /* ingress, prerouting, input */
	PATH_OUTPUT,  /* output, postrouting, egress */
	PATHS
};

struct packet {
	wide at[DIMS];
};

unsigned dim_bits(enum dim dim);
wide dim_most(enum dim dim); /* the greatest value */

wide dim_of_name(const char *name);
wide dim_of_mac(struct mac mac);
wide dim_of_addr(struct addr addr);

/* In one line, as an administrator would say it: "vlan110 → vlan410 10.10.1.20 → 10.41.0.5 tcp/443 …". */
void packet_print(struct buf *buf, const struct packet *packet);
/* One value in words ("02:00:…", "10.0.0.1", "vlan110"); family by ethertype. */
void dim_print(struct buf *buf, enum dim dim, wide value, wide ethertype);
