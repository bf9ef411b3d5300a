/* The proof: do these rules let pass exactly what is claimed? For packets that open a connection
 * both ways: nothing else passes (safety), and all of it does (liveness). For packets of
 * connections that exist: only with a mark that the rules give to such a packet, on its way or
 * back. For the rest: errors of ICMP about connections, and nothing.
 *
 * What is refuted comes with a packet. What depends on a rule of somebody else that cannot be
 * understood, or may be rewritten by one, is told with that rule. What would take too long is
 * inconclusive, which is never a pass.
 *
 * Fed by decoded rules and claims alone. */
#pragma once

#include "proof/claims.h"
#include "proof/meaning.h"

enum proof_result { PROOF_PROVED, PROOF_EXCEPT, PROOF_REFUTED, PROOF_INCONCLUSIVE };

enum proof_kind {
	PROOF_ADMITS,	   /* passes, and nothing claims it */
	PROOF_MAY_ADMIT,   /* may pass: a rule is not understood */
	PROOF_STOPS,	   /* claimed, and dropped */
	PROOF_MAY_STOP,
	PROOF_CARRIES,	   /* a rule of others does to packets what no proof here can follow */
	PROOF_UNFINISHED,  /* too much */
	PROOF_DISAGREES,   /* our own two readings of the rules differ: a defect of this program */
};

struct proof_finding {
	enum proof_kind kind;
	enum path path;
	bool has_packet;
	struct packet packet;
	struct box box;		/* with has_packet: all that passes or is stopped with it, and perhaps more */
	struct place by;	/* that lets it pass, or stops it */
	struct place doubt;
	const struct set *set;
	const struct element *element;
	const char *flow;	/* of the claim it concerns, or NULL */
	const char *what;	/* PROOF_CARRIES: the expression's name */
};

enum { PROOF_FINDINGS_MOST = 50 };

struct proof {
	struct arena *arena;
	enum proof_result result;
	vec_of(struct proof_finding) findings; /* the worst kinds first come first served */
	size_t findings_more;		       /* not kept */
	size_t leaves, claims;		       /* looked at */
	size_t pieces;			       /* of the budget */
};

struct proof_question {
	const struct ruleset *ruleset; /* all tables: ours and of others */
	const char *own;	       /* the name of our tables */
	const struct claims *claims[PATHS];
	bool safety_alone;	       /* nothing is asked but what passes */
	bool families[2];	       /* IPv4, IPv6: both in ordinary life */
	size_t budget;
};

/* Points into the question's ruleset and claims, which outlive it. */
void prove(const struct proof_question *question, struct proof *ret_proof);
void proof_done(struct proof *proof);

const char *proof_result_word(enum proof_result result); /* "proved" */
/* In words for people: of a result, and of a result's word. */
const char *proof_result_text(enum proof_result result);
const char *proof_result_word_text(const char *word);
const char *proof_kind_word(enum proof_kind kind);	 /* "admits" */
/* An element by its key, as nft writes it, or by its bytes. */
void element_print(struct buf *buf, const struct set *set, const struct element *element);
/* ", by element … of …": what a set had to do with it; nothing without an element. */
void element_say(struct buf *buf, const struct set *set, const struct element *element);
/* One finding in words for people. */
void proof_finding_print(struct buf *buf, const struct proof_finding *finding);
