/* What the checks share while one policy is judged: the policy, the day, where findings go, and
 * which flows were already refused by which check, so that one mistake is told once. Lives only
 * inside guide_check(). */
#pragma once

#include "guide/clause.h"
#include "guide/matrix.h"
#include "guide/reach.h"
#include "policy/permit.h"

struct judge {
	const struct policy *policy;
	struct wall now;
	struct date today; /* in the policy's time zone */
	struct errs *errs;
	struct arena *arena;     /* ours, freed with the judge */
	unsigned check;          /* number of the check at work, 1 to 26; 0: none */
	uint32_t *refused;       /* by flow: bit 1 << check that refused it */
	uint64_t *reported;      /* by host or endpoint: scratch of the check at work */
	const struct endpoint **exempt; /* the excepted peers */
	size_t exempt_count;
	struct matrix matrix;
	struct reach reach;
	struct permits permits;  /* what the flows permit; none if that is too much (C-SIZE) */
	size_t *flow_boxes;      /* by flow, and one more: where its boxes begin */
};

enum { CHECK_MATRIX = 27, CHECK_CLAUSES = 28, CHECK_DEAD = 29, CHECK_TWICE = 30, CHECK_PROOF = 31 };

void judge_init(struct judge *judge, const struct policy *policy, struct wall now,
		struct errs *errs);
void judge_done(struct judge *judge);

/* Adds a finding about a setting; strength and line are filled in, message and hint are for
 * the caller. A warning about a clause that the policy adopts becomes an error. */
struct err *judge_flow(struct judge *judge, const char *code, const char *clause,
		       const struct flow *flow, enum flow_field field);
struct err *judge_zone(struct judge *judge, const char *code, const char *clause,
		       const struct zone *zone, enum zone_field field);
struct err *judge_host(struct judge *judge, const char *code, const char *clause,
		       const struct host *host, enum host_field field);
struct err *judge_endpoint(struct judge *judge, const char *code, const char *clause,
			   const struct endpoint *endpoint, enum endpoint_field field);
struct err *judge_approval(struct judge *judge, const char *code, const char *clause,
			   const struct approval *approval, enum approval_field field);
struct err *judge_exception(struct judge *judge, enum severity severity, const char *code,
			    const char *clause, const struct exception *exception,
			    enum exception_field field);
/* Anything else: the path in full. */
struct err *judge_node(struct judge *judge, enum severity severity, const char *code,
		       const char *clause, const struct node *node, unsigned field,
		       const char *path);

/* Moves the finding to a warning, unless the policy adopts its clause (P-recommend-optin). */
void judge_warn(struct judge *judge, struct err *err);

/* The boxes of one flow. */
struct permit_span judge_boxes(const struct judge *judge, const struct flow *flow);

bool judge_adopts(const struct judge *judge, const char *clause);
bool judge_refused(const struct judge *judge, const struct flow *flow, uint32_t checks);
bool date_is_before(struct date a, struct date b);

/* The three layers, as far as a zone belongs to one. */
enum side { SIDE_NONE, SIDE_MYNUMBER, SIDE_LGWAN, SIDE_INTERNET };
enum side zone_side(const struct zone *zone);
const char *side_label(enum side side);

bool fqdn_is_full(const char *fqdn); /* two labels or more, no wildcard, not an address */
bool zone_is_outside(const struct zone *zone); /* 外部ネットワーク: not ours */
bool party_has_mac(const struct party *party);
bool flow_is_pixels(const struct flow *flow); /* a screen product's ports, screens alone */
bool screen_ports_fit(const struct flow *flow);
bool ports_are_within(const struct port_list *ports, const uint16_t *allowed, size_t count);

/* A zone in the flow, the first one; or NULL. */
const struct party *parties_find_zone(const struct party_list *list);

void ports_print(struct buf *buf, const struct port_list *ports);
char *ports_text(struct judge *judge, const struct port_list *ports);

/* "eLTAX連携サーバ (rl-eltax)": its label and its id. */
const char *party_text(struct judge *judge, const struct party *party);
