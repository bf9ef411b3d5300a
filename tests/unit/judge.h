/* Judges a proof packet by packet: is there one that passes and no claim has, or one that is claimed
 * and stopped? It shares the reading of single packets with the proof (meaning.h at a point), and
 * nothing else: no boxes, no bounds, no search. */
#pragma once

#include "proof/want.h"
#include "unit/made_rules.h"
#include "unit/mutate.h"
#include "unit/random_town.h"

struct judge {
	struct dice dice;
	struct town town;
	struct want want;
	struct ruleset *ruleset;
	struct meaning *meanings[PATHS];
	struct known {
		wide iif, oif;
		uint32_t mark;
	} known[4096];
	size_t known_count;
	struct packet wrong;
	enum path wrong_path;
};

/* The claim that has the packet; -1: none has. must: only those that are to pass. */
long claim_of(const struct claims *claims, const struct packet *packet, bool must);
/* Tries many packets at the edges of what is claimed; the wrong one is in the judge. */
bool find_wrong(struct judge *judge);
