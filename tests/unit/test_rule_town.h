/* A small town, built by hand, for the tests of lib/rule. */
#pragma once

#include "policy/permit.h"
#include "rule/compile.h"

struct town {
	struct policy *policy;
	struct permits permits;
	struct errs errs;
	unsigned line;
	const char *file;
};

void town_init(struct town *town, size_t hosts_most, size_t flows_most);
void town_done(struct town *town);
struct zone *town_zone(struct town *town, const char *id, const char *interface,
		       const char *network);
struct host *town_host(struct town *town, const char *id, struct zone *zone, const char *ip,
		       const char *mac);
struct endpoint *town_endpoint(struct town *town, const char *id, struct zone *zone,
			       const struct host *next_hop, const char *ip); /* NULL: by name */
/* ports "443", "1000-2000", or NULL for icmp */
struct flow *town_flow(struct town *town, const char *id, struct party from, struct party to,
		       enum proto proto, const char *ports);
struct party party_host(const struct host *host);
struct party party_endpoint(const struct endpoint *endpoint);
struct party party_of_zone(const struct zone *zone);

/* Everything that the compiler has a case for: hosts, a hairpin, ranges, ICMP, a peer by name,
 * visitors, IPv6, a window, a zone that is elsewhere, strange ids, management. */
void town_build(struct town *town);
struct ruleset *town_compile(struct town *town, const struct compile_options *options);
