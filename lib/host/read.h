/* The parts of one look. Each fills its lists anew and returns 0 or an errno; EINTR: the machine
 * changed meanwhile, ask again. */
#pragma once

#include "host/rtnl.h"
#include "host/state.h"

struct reading {
	struct rtnl *rtnl;
	struct rtnl *diag; /* NULL: this kernel has none */
	struct host_state *state;
	const struct host_want *want;
	struct holders *holders;
	const struct host_qdisc *qdisc; /* whose filters are being counted */
	size_t filters;
};

int part_links(struct reading *reading);
int part_addrs(struct reading *reading);
int part_neighbours(struct reading *reading);
int part_fdb(struct reading *reading);
int part_hops(struct reading *reading);
int part_rules(struct reading *reading);
int part_tc(struct reading *reading);
int part_sysctls(struct reading *reading);
int part_sockets(struct reading *reading);
int part_packets(struct reading *reading);
int part_legacy(struct reading *reading);

/* TCP sockets that listen, added to the others. An errno where the kernel cannot be asked. */
_must_check_ int diag_listeners(struct reading *reading);

/* Calls for each line behind the first `skip`. 0 or an errno. */
_must_check_ int proc_lines(const char *path, unsigned skip,
			    void (*line)(struct reading *reading, const char *text, unsigned tag),
			    struct reading *reading, unsigned tag);

/* ---- who holds a socket ---- */
struct holders *holders_new(void);
void holders_free(struct holders *holders);
/* For the sockets of a state; walks /proc only when there is one it has not seen before. */
void holders_find(struct holders *holders, struct host_state *state);
