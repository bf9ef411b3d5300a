/* What prove.c (the course of the proof) and prove_allow.c (what may pass in each state of a
 * connection) share. */
#pragma once

#include "proof/prove.h"

enum { PACKETS_TRIED = 32, SUSPECTS_MOST = 1000, REFUTED_MOST = 10 };

/* Passes at the deciding hook, and is not within the claims. */
struct suspect {
	struct box box;
	struct place by;
	const struct set *set;
	const struct element *element;
};

struct proving {
	const struct proof_question *question;
	struct proof *proof;
	struct arena *arena;
	struct meaning *meaning;
	struct meaning *meanings[PATHS]; /* those whose connections are looked at together */
	enum path path;
	wide ethertype;
	const struct claims *claims;
	size_t budget;

	/* of the state of connections that is looked at */
	enum box_search (*outside)(struct proving *proving, const struct leaf *leaf,
				   struct packet *ret_packet);
	meaning_skip *skip;
	void (*learn)(struct proving *proving, const struct leaf *leaf);
	vec_of(struct suspect) suspects;
	size_t refuted; /* packets found, of this state */

	struct map known; /* marks that a new connection can get, by way */
};

/* prove.c */
/* prove_judge.c: does a second reading of the rules come to the same end? */
bool finding_agrees(const struct proving *proving, const struct proof_finding *finding);

void finding_add(struct proving *proving, struct proof_finding finding);
void whole_box(const struct proving *proving, uint32_t state, struct box *ret_box);
bool flags_next(const struct proving *proving, wide *flags);
enum meaning_end exact_run(struct proving *proving, const struct box *box, meaning_take *take,
			   void *context);

/* prove_live.c: does all that is claimed pass, and the connections that it opens? */
void liveness_check(struct proving *proving);

/* prove_others.c: what no box algebra follows. */
void others_judge(struct proving *proving);

/* prove_allow.c */
void new_learn(struct proving *proving, const struct leaf *leaf);
void no_learn(struct proving *proving, const struct leaf *leaf);
enum box_search new_outside(struct proving *proving, const struct leaf *leaf,
			    struct packet *ret_packet);
enum box_search known_outside(struct proving *proving, const struct leaf *leaf,
			      struct packet *ret_packet);
enum box_search error_outside(struct proving *proving, const struct leaf *leaf,
			      struct packet *ret_packet);
bool error_skip(void *context, const struct box *box);
enum box_search none_outside(struct proving *proving, const struct leaf *leaf,
			     struct packet *ret_packet);
