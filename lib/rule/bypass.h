/* What the tables of others could do to packets that cross: rewrite them, mark them, hide them
 * from tracking, carry them around us, or refuse what the policy permits. Judged rule by rule,
 * from what is written there alone; whether a packet ever reaches it is not asked, and an
 * expression we have no words for is taken for the worst that its name allows.
 *
 * Pure; knows no policy. A filter that only accepts or drops can at most refuse more than we do. */
#pragma once

#include "rule/ruleset.h"

enum bypass_kind {
	BYPASS_REWRITE, /* addresses, ports or other bytes of packets */
	BYPASS_CARRY,   /* to another interface, past the forward hook: fwd, dup, flowtables */
	BYPASS_DIVERT,  /* to a program on this machine: queue, tproxy, synproxy */
	BYPASS_MARK,    /* the mark or another field of a connection, by which we know its permission */
	BYPASS_UNTRACK, /* connections from being tracked */
	BYPASS_UNKNOWN, /* nobody here can say what it does */
	BYPASS_REFUSE,  /* nothing but refusing: less may pass than the policy permits */
};

struct bypass {
	enum bypass_kind kind;
	bool critical;
	const struct table *table;
	const struct chain *chain; /* NULL: of the table itself (a flowtable) */
	const struct rule *rule;   /* NULL: of the chain itself (its policy) */
	const char *what;          /* the expression's name: "masq" */
};

struct bypasses {
	struct arena *arena;
	vec_of(struct bypass) list;
};

/* Points into others, which must outlive it. */
void bypass_find(const struct ruleset *others, struct bypasses *ret_bypasses);
void bypasses_done(struct bypasses *bypasses);

const char *bypass_word(enum bypass_kind kind); /* "rewrite" */
enum bypass_kind bypass_kind_find(const char *word); /* BYPASS_UNKNOWN: no such word */
/* "ip nat chain postrouting rule 4: masq", in no language */
void bypass_place_print(struct buf *buf, const struct bypass *bypass);
/* What it means, for people. */
const char *bypass_meaning(enum bypass_kind kind);
