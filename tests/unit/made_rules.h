/* Rules written by hand for the tests of lib/proof: one ruleset at a time, with short words for
 * what the tests of several files need. */
#pragma once

#include "proof/meaning.h"
#include "rule/code.h"

struct made {
	struct ruleset *ruleset;
	struct table *table; /* the last that was made, and so on */
	struct chain *chain;
	struct code code;
};

void made_init(struct made *made);
void made_done(struct made *made);
void made_table(struct made *made, enum table_family family, const char *name);
/* A base chain of type filter; or, with made_chain(), one that is called. */
void made_base(struct made *made, const char *name, enum hook hook, int32_t priority,
	       enum verdict_code policy);
void made_chain(struct made *made, const char *name);
void made_end(struct made *made); /* of the rule */

/* Whole rules and matches. */
void made_verdict(struct made *made, enum verdict_code verdict);
void made_src(struct made *made, enum cmp_op op, const char *addr);
void made_dport(struct made *made, enum cmp_op op, uint16_t port);
void made_ct_mark(struct made *made, enum cmp_op op, uint32_t mark);
void made_mark(struct made *made, enum cmp_op op, uint32_t mark);
void made_set_ct_mark(struct made *made, uint32_t mark);
void made_set_mark(struct made *made, uint32_t mark);
struct expr *made_unknown(struct made *made, const char *name);

/* A set (of marks, addresses, ...) of single keys. */
struct set *made_set(struct made *made, const char *name, enum datum datum);
struct element *made_element(struct made *made, struct set *set, const void *key);
struct element *made_range(struct made *made, struct set *set, const void *first,
			   const void *last);
struct element *made_catch_all(struct made *made, struct set *set);

/* A packet of IPv4, TCP, new, over Ethernet. */
void made_packet(struct packet *ret_packet, const char *iif, const char *oif, const char *src,
		 const char *dst, uint16_t dport);

/* What becomes of one packet, read exactly: 'p' passes, 'd' is dropped, '?' nobody can say. */
char made_fate(const struct made *made, enum path path, const struct packet *packet);
char rules_fate(struct meaning *meaning, const struct packet *packet);
