/* Host posture: what else on this machine could carry a packet past the tables, or keep them from
 * being what they seem: sysctls, links, addresses, neighbours, routes, tc, XDP, sockets, legacy
 * iptables. One look is a snapshot (host/state.h); the checks (host/check.h) judge it against what
 * is wanted, and host_repair() puts right what is ours by right.
 *
 * Knows no policy, no rule, no nftables and no daemon. What could not be looked at is `unseen`,
 * never good. A repair never opens: see host_want.may_open. */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"

/* ---- what is wanted ---- */
struct host_port { /* an interface of the policy */
	const char *interface, *zone;
	bool v6; /* IPv6 is planned there */
};

struct host_net { /* addresses that lie behind a port */
	struct prefix prefix;
	const char *zone;
	size_t port;
	bool attached; /* on its wire; otherwise behind a router there */
};

struct host_pin { /* a registered machine on a port's wire */
	const char *host;
	struct addr ip;
	struct mac mac;
	size_t port;
};

struct host_route {
	struct prefix to;
	struct addr via;
};

struct host_listener { /* TCP ports on which the gateway itself is managed */
	uint16_t first, last;
};

struct host_want {
	struct arena *arena;
	bool forward;  /* packets are to be forwarded at all */
	bool may_open; /* a ruleset that holds stands before it: forwarding may be switched on */
	bool any_v6;
	vec_of(struct host_port) ports;
	vec_of(struct host_net) nets;
	vec_of(struct host_pin) pins;
	vec_of(struct host_route) routes;
	vec_of(struct host_listener) listeners;
	struct map port_names, pinned; /* by interface; by struct addr */
};

struct host_want *host_want_new(void);
void host_want_free(struct host_want *want);
CLEANUP_FUNC(struct host_want *, host_want_free);
/* Texts are copied. An address that is pinned already stays as it is. */
void host_want_add_port(struct host_want *want, const char *interface, const char *zone, bool v6);
void host_want_add_net(struct host_want *want, const struct host_net *net);
void host_want_add_pin(struct host_want *want, const struct host_pin *pin);
const struct host_port *host_want_find_port(const struct host_want *want, const char *interface);
const struct host_pin *host_want_find_pin(const struct host_want *want, const struct addr *ip);

/* ---- what was found ---- */
enum host_severity {
	HOST_CRITICAL, /* separation can be got round */
	HOST_WARNING,  /* not as it should be */
};

enum host_repair_kind {
	HOST_REPAIR_NONE, /* an instruction to people */
	HOST_REPAIR_SYSCTL,
	HOST_REPAIR_PIN,
	HOST_REPAIR_XDP,
	HOST_REPAIR_QDISC,
	HOST_REPAIR_PROXY_NEIGHBOUR,
	HOST_REPAIR_ADDRESS, /* IPv6 where it is not planned */
};

struct host_repair {
	enum host_repair_kind kind;
	const char *path; /* of the sysctl, below /proc/sys/net */
	int value;
	int ifindex;
	struct addr ip;
	struct mac mac;
	uint8_t length_bits;
	uint32_t handle, parent, xdp_mode;
};

struct host_finding {
	const char *code, *clause; /* "H-XDP"; clause NULL: none applies */
	enum host_severity severity;
	const char *interface; /* or NULL */
	const char *object;    /* what it is about, in no language: a path, an address; or NULL */
	const char *message, *hint;
	struct host_repair repair;
};

enum host_result { HOST_GOOD, HOST_FOUND, HOST_UNSEEN };

struct host_row { /* one check, as it came out */
	const char *code, *clause, *title; /* translated */
	enum host_result result;
	const char *why; /* it is unseen; else NULL */
};

struct host_report {
	struct arena *arena;
	vec_of(struct host_row) rows;
	vec_of(struct host_finding) findings;
	size_t critical, warning, unseen;
};

/* The same trouble as in another report? */
bool host_finding_same(const struct host_finding *a, const struct host_finding *b);
const struct host_finding *host_report_find(const struct host_report *report,
					    const struct host_finding *finding); /* or NULL */
void host_report_free(struct host_report *report);
CLEANUP_FUNC(struct host_report *, host_report_free);

/* ---- looking ---- */
struct host;       /* the sockets to the kernel, and who held which socket last time */
struct host_state; /* one look, const; host/state.h */

struct host *host_open(struct errs *errs); /* NULL with an err */
void host_close(struct host *host);
CLEANUP_FUNC(struct host *, host_close);

/* Never fails: what could not be read is in the state as unseen. */
struct host_state *host_read(struct host *host, const struct host_want *want);
void host_state_free(struct host_state *state);
CLEANUP_FUNC(struct host_state *, host_state_free);

/* Is it an interface of the policy, or does it carry one (the card under a VLAN, of a bond)? */
bool host_carries(const struct host_state *state, const struct host_want *want,
		  const char *interface);

/* Pure: the same state and want give the same report, in the reader's language. */
struct host_report *host_judge(const struct host_state *state, const struct host_want *want);

/* 0, or an errno. Whether it helped only the next look can tell. */
_must_check_ int host_repair(struct host *host, const struct host_repair *repair);

/* ---- hearing ---- */
/* Becomes readable when something of the machine's network changed; -1 with an err. */
int host_listen(struct host *host, struct errs *errs);
/* Takes all that was heard. True: something that the checks judge may have changed. Some lost is
 * counted, and is true. */
bool host_heard(struct host *host, const struct host_want *want);
uint64_t host_lost(const struct host *host);
