/* Which settings of the kernel are held, and at what: one table, for the reader, the check and
 * people. */
#pragma once

#include "host/state.h"

enum sysctl_scope {
	SYSCTL_V4,    /* ipv4/conf/INTERFACE/LEAF */
	SYSCTL_V6,    /* ipv6/conf/INTERFACE/LEAF */
	SYSCTL_ALONE, /* leaf is the path below /proc/sys/net */
};

/* What it is to be, besides plain numbers from 0. */
enum {
	SYSCTL_ANY = -1,     /* not ours to say */
	SYSCTL_FORWARD = -2, /* 1 where packets are to be forwarded */
	SYSCTL_PLAN = -3,    /* 1 where IPv6 is planned and packets are to be forwarded */
	SYSCTL_NO_PLAN = -4, /* 1 where IPv6 is not planned */
	SYSCTL_ON_PLAN = -5, /* 0 where IPv6 is planned; any where not */
};

struct sysctl {
	const char *leaf;
	enum sysctl_scope scope;
	unsigned at; /* in host_link.v4 or .v6 */
	/* for conf/all, conf/default, an interface of the policy, another one; `all` alone for
	 * SYSCTL_ALONE */
	int all, fresh, zone, other;
	const char *why; /* N_(): what comes of another value */
};

extern const struct sysctl sysctls[];
extern const size_t sysctl_count;

/* "ipv4/conf/vlan110/rp_filter" */
const char *sysctl_path(struct arena *arena, const struct sysctl *sysctl, const char *interface);
