/* The one table of all checks of the machine, and what a check judges with. */
#pragma once

#include "host/state.h"

struct host_judge;

struct host_check {
	const char *code, *clause;
	const char *title; /* N_(): what is looked at */
	uint32_t parts;    /* bits of enum host_part: without one of them it saw nothing */
	void (*judge)(struct host_judge *judge); /* NULL: nothing asked here shows it; unseen */
};

extern const struct host_check host_checks[];
extern const size_t host_check_count;

struct host_judge {
	const struct host_state *state;
	const struct host_want *want;
	const struct host_check *check;
	struct host_report *report;
};

/* Texts of objects are copied. Valid until the next one is added. */
struct host_finding *judge_add(struct host_judge *judge, enum host_severity severity,
			       const char *interface, const char *object);
void finding_say(struct host_judge *judge, struct host_finding *finding, const char *fmt, ...)
	_printf_(3, 4);
void finding_hint(struct host_judge *judge, struct host_finding *finding, const char *fmt, ...)
	_printf_(3, 4);

/* The interface of the policy that a link is, or one that it carries (a card under VLANs); NULL:
 * it has nothing to do with the zones. */
const struct host_port *judge_port(const struct host_judge *judge, const struct host_link *link);
const struct host_port *judge_carried(const struct host_judge *judge, const struct host_link *link);
const char *judge_link_name(const struct host_judge *judge, int ifindex); /* "?" where unknown */
/* "squid (pid 71)", for people. */
const char *judge_holder(struct host_judge *judge, const struct host_holder *holder, uint32_t uid);

void check_host_sysctl(struct host_judge *judge);
void check_host_link(struct host_judge *judge);
void check_host_foreign(struct host_judge *judge);
void check_host_master(struct host_judge *judge);
void check_host_child(struct host_judge *judge);
void check_host_promisc(struct host_judge *judge);
void check_host_address(struct host_judge *judge);
void check_host_neighbour(struct host_judge *judge);
void check_host_route(struct host_judge *judge);
void check_host_rule(struct host_judge *judge);
void check_host_xdp(struct host_judge *judge);
void check_host_tc(struct host_judge *judge);
void check_host_listen(struct host_judge *judge);
void check_host_packet(struct host_judge *judge);
void check_host_legacy(struct host_judge *judge);
