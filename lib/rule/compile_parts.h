/* What the parts of the compiler share. Only compile*.c includes this. */
#pragma once

#include "policy/isolation.h"
#include "policy/permit.h"
#include "rule/code.h"
#include "rule/compile.h"

/* An interface that carries zones. */
struct port {
	const char *interface;
	const struct zone *zone; /* the first that names it; names in the ruleset come from it */
	unsigned index;
	bool v6; /* one of its zones plans IPv6 */
};

enum pair_kind {
	PAIR_FLOW4, /* all single values: a hash */
	PAIR_WIDE4, /* ranges: an interval map */
	PAIR_ECHO4, /* ICMP echo requests: what stands at dport there is a checksum */
	PAIR_WECHO4,
	PAIR_FLOW6,
	PAIR_WIDE6,
	PAIR_ECHO6,
	PAIR_WECHO6,
	PAIR_KINDS
};

/* From one interface to one interface, perhaps the same. */
struct pair {
	const struct port *from, *to;
	size_t elements[PAIR_KINDS], names[PAIR_KINDS];
	struct set *sets[PAIR_KINDS];
	const char *chain;
	struct src src; /* of the first flow that needs it */
};

/* One direction between two interfaces in which packets of some flow travel. */
struct way {
	const struct port *from, *to;
	size_t flows;
	struct set *alive; /* the numbers that may travel so now */
	const char *chain;
};

/* Who may speak on an interface, as a frame shows it. */
struct binding {
	const struct port *port;
	const struct zone *zone;
	struct mac mac_first, mac_last;
	struct addr first, last;
	const char *id;
	struct src src;
	bool on_link; /* speaks for itself, not through a next hop */
};

/* Who may send an error about a connection; see compile_error.c. */
struct error_sets {
	const struct set *types, *parties, *routers, *crowds;
};

enum own_service { OWN_SSH, OWN_NTP, OWN_DNS, OWN_SYSLOG, OWN_SERVICES };

struct compile {
	const struct policy *policy;
	const struct permits *permits;
	const struct compile_options *options;
	struct errs *errs;
	struct arena *scratch;
	struct ruleset *ruleset;
	struct table *inet;
	struct code code;

	vec_of(struct port) ports;
	const struct port **zone_ports; /* by zone index; NULL: not on this gateway */
	bool any_v6;
	struct pair **pair_at; /* by from.index * ports.count + to.index */
	struct way **way_at;    /* likewise */
	struct numbering numbering;
	vec_of(struct binding) bindings;
	size_t names; /* peers known by name alone */
	struct error_sets errors[2]; /* of IPv4 and IPv6 */
};

/* Those that are there, by interface. */
#define each_way(way, compile)                                                                     \
	for (size_t at_##way = 0;                                                                  \
	     at_##way < (compile)->ports.count * (compile)->ports.count; at_##way++)               \
		for (struct way *way = (compile)->way_at[at_##way]; way; way = NULL)

/* compile_name.c: valid and unique for nft, whatever the user's ids look like. */
const char *name_of(struct compile *compile, const char *prefix, const char *a, const char *b);
const char *log_prefix(struct compile *compile, const char *reason, const char *a, const char *b);

/* compile_number.c */
void compile_numbers(struct compile *compile);
uint32_t flow_mark(const struct compile *compile, const struct flow *flow);
uint32_t own_mark(const struct compile *compile, enum own_service service);

/* compile_bound.c */
void compile_bindings(struct compile *compile);
/* The sets "bound4" and so on of one table; a NULL set where there is nothing of its kind. */
struct bound_sets {
	const struct set *exact4, *wide4, *exact6, *wide6;
};
struct bound_sets compile_bound_sets(struct compile *compile, struct table *table,
				     bool on_link_only);
/* Rules that accept what is bound, `out` by destination and else by source; IPv4 of an arp
 * table by the sender its body names. */
void compile_bound_rules(struct compile *compile, const struct table *table, struct chain *chain,
			 const struct bound_sets *sets, bool out);

/* compile_forward.c, compile_pair.c, compile_guard.c, compile_gateway.c, compile_link.c */
void compile_alive(struct compile *compile);
void compile_pairs(struct compile *compile);
void compile_pair_chain(struct compile *compile, struct pair *pair);
void compile_forward(struct compile *compile);
void compile_guard(struct compile *compile);
void compile_gateway(struct compile *compile);
void compile_links(struct compile *compile);

/* compile_error.c: what becomes of packets that are related to a connection, on their way through
 * or to the gateway itself (own). */
void compile_errors(struct compile *compile);
void compile_error_rules(struct compile *compile, struct chain *chain, bool own);

/* compile_guard.c: accepts IPv6 neighbour discovery, from bound MACs when by_sender */
void compile_discovery(struct compile *compile, const struct table *table, struct chain *chain,
		       bool by_sender);

/* compile.c: used by all parts */
struct chain *base_chain(struct compile *compile, struct table *table, const char *name,
			 enum hook hook, int32_t priority, struct src src);
/* Adds the chain "refuse_<reason>": counts, logs within a rate, drops. Its name is returned. */
const char *refusal_add(struct compile *compile, struct table *table, const char *reason);
void refusal_rules(struct compile *compile, struct table *table, struct chain *chain,
		   const char *counter, const char *prefix, struct src src);
void key_put_ifname(uint8_t *at, const char *name);
enum pair_kind permit_kind(const struct permit *permit);
const struct port *party_port(const struct compile *compile, const struct zone *zone);
uint32_t set_size_for(size_t elements);

enum { FRAGMENTS_PRIORITY = -450, LAST_PRIORITY = INT32_MAX };
