/* A made-up machine, all as it should be: two ports, one machine pinned, one network behind a
 * router; for the tests of the checks, which change one thing and look. */
#pragma once

#include "host/check.h"

enum { LO = 1, ONE, TWO, NEXT }; /* the links, and the index of one more */

extern struct host_want *made_want;
extern struct host_state *made_state;
extern struct host_report *made_report; /* of the last made_judge() */

void made_setup(void);
void made_teardown(void);

struct addr made_addr(const char *text);
struct prefix made_prefix(const char *text);
struct mac made_mac(const char *text);

struct host_link *made_link(const char *name, int index); /* one more, with good settings */
struct host_link *made_link_of(int index);
void made_value(const char *path, int32_t value);
void made_values(void);
void made_hop(const char *to, int oif, const char *via); /* NULL: to everything; no router */
void made_rule(uint32_t priority, uint32_t table);
void made_own_addr(int ifindex, const char *text);
void made_neighbour(const char *ip, const char *at, bool permanent);

void made_judge(void);
void made_calm(void); /* no findings */
/* One finding, of that code. */
const struct host_finding *made_only(const char *code, enum host_severity severity,
				     enum host_repair_kind kind);
