/* One look at the machine, as the kernel told it; for the reader, the checks and their tests.
 * Says nothing of whether that is good. */
#pragma once

#include "host/host.h"

enum host_part {
	HOST_LINKS,
	HOST_ADDRS,
	HOST_NEIGHBOURS,
	HOST_FDB,
	HOST_ROUTES,
	HOST_RULES,
	HOST_TC,
	HOST_SYSCTLS,
	HOST_SOCKETS,
	HOST_PACKET,
	HOST_LEGACY,
	HOST_PARTS,
};

enum { HOST_V4_CONFS = 40, HOST_V6_CONFS = 64, HOST_CONF_ABSENT = INT32_MIN };

struct host_link {
	int index;
	const char *name, *kind; /* "bridge", "macvlan"; "" where the kernel says none */
	int master, lower;       /* 0: none */
	bool lower_elsewhere;    /* the index is one of another namespace */
	bool up;
	uint32_t promiscuity;
	struct mac mac;
	uint32_t xdp_mode, xdp_id; /* mode 0: none */
	/* of linux/ip.h from 1 and linux/ipv6.h from 0; HOST_CONF_ABSENT */
	int32_t v4[HOST_V4_CONFS], v6[HOST_V6_CONFS];
};

struct host_addr {
	int ifindex;
	struct addr addr;
	uint8_t length_bits;
};

struct host_neighbour {
	int ifindex;
	struct addr ip;
	struct mac mac;
	bool permanent, proxy;
};

struct host_fdb { /* a MAC for which a card listens besides its own */
	int ifindex;
	struct mac mac;
};

struct host_hop { /* a route; one with several next hops is several of these */
	struct prefix to;
	uint32_t table;
	uint8_t type, protocol; /* RTN_, RTPROT_ */
	int oif;
	struct addr via; /* FAMILY_NONE: none */
};

struct host_rule {
	enum family family;
	uint32_t priority, table;
	uint8_t action; /* FR_ACT_ */
	bool selects;   /* not for all packets */
};

struct host_qdisc {
	int ifindex;
	const char *kind;
	uint32_t handle, parent;
	size_t filters; /* attached to it */
	bool has_block; /* filters of a shared block, which are not counted */
};

struct host_holder { /* of a socket */
	int pid;             /* 0: nobody was found */
	const char *program; /* as the kernel has it, up to 15 bytes */
	bool ours;           /* this program or a child of it */
};

struct host_socket { /* that waits for others */
	uint8_t proto;   /* 6, 17 */
	struct addr addr;
	uint16_t port;
	uint32_t uid;
	uint64_t inode;
	struct host_holder holder;
};

struct host_packet { /* AF_PACKET */
	int ifindex;         /* 0: all */
	uint16_t protocol;   /* ETH_P_ */
	uint32_t uid;
	uint64_t inode;
	struct host_holder holder;
};

struct host_value { /* of a sysctl */
	const char *path; /* below /proc/sys/net */
	int32_t value;    /* HOST_CONF_ABSENT: this kernel has no such */
};

struct host_legacy { /* a table of the old iptables */
	const char *family, *name; /* "ip6", "nat" */
};

struct host_state {
	struct arena *arena;
	int unseen[HOST_PARTS]; /* errno; 0: was read */
	vec_of(struct host_link) links;
	vec_of(struct host_addr) addrs;
	vec_of(struct host_neighbour) neighbours;
	vec_of(struct host_fdb) fdb;
	vec_of(struct host_hop) hops;
	vec_of(struct host_rule) rules;
	vec_of(struct host_qdisc) qdiscs;
	vec_of(struct host_value) values;
	vec_of(struct host_socket) sockets;
	vec_of(struct host_packet) packets;
	vec_of(struct host_legacy) legacy;
};

struct host_state *host_state_new(void); /* nothing read, nothing unseen */
struct host_link *host_state_add_link(struct host_state *state, const char *name, int index);
const struct host_link *host_link_find(const struct host_state *state, int index); /* or NULL */
const struct host_link *host_link_find_name(const struct host_state *state, const char *name);
int32_t host_value_find(const struct host_state *state, const char *path);
