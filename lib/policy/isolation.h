/* What is cut off for now, whatever the policy permits: one machine, one zone, or all that
 * crosses the gateway. Not part of the policy's file: said in an emergency, kept until it is
 * taken back. Knows no file and no kernel. */
#pragma once

#include "base/wall.h"
#include "policy/policy.h"

enum isolation_kind { ISOLATION_ALL, ISOLATION_ZONE, ISOLATION_HOST };

struct isolation {
	enum isolation_kind kind;
	const char *id; /* "" for all */
	const char *reason;
	struct wall since;
};

struct isolations {
	struct arena *arena;
	vec_of(struct isolation) list;
};

void isolations_init(struct isolations *isolations);
void isolations_done(struct isolations *isolations);

/* Copied. False: it is there already. */
_must_check_ bool isolations_add(struct isolations *isolations, const struct isolation *isolation);
_must_check_ bool isolations_remove(struct isolations *isolations, enum isolation_kind kind,
				    const char *id);

const char *isolation_kind_word(enum isolation_kind kind); /* "host" */
bool isolation_kind_find(const char *word, enum isolation_kind *ret_kind);

/* "all", "zone:x", "host:x", or the bare id of either in this policy. False with an err: there is
 * none, or both a zone and a host have that id. */
_must_check_ bool isolation_parse(const struct policy *policy, const char *text,
				  struct isolation *ret_isolation, struct errs *errs);

bool isolations_cut_all(const struct isolations *isolations);
/* All that speaks in this zone, or through its interface because its zone lies behind it. */
bool isolations_cut_zone(const struct isolations *isolations, const struct zone *zone);
/* Whatever has the MAC of a machine that is cut, on its interface, or its address: a machine may
 * be entered twice, and a router's MAC is that of all behind it. */
bool isolations_cut_sender(const struct isolations *isolations, const struct policy *policy,
			   const struct zone *zone, const struct mac *mac, const struct addr *addr);
