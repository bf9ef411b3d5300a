/* What the transactions of others touched of our tables, out of the contents of the events that
 * announce them: which elements, and whether anything beside elements. A repair that knows this
 * needs no dump of what was not touched.
 *
 * It believes the events only as far as they go: what they say too much of, or what cannot be
 * read, is marked to be read from the kernel. */
#pragma once

#include "nft/decode.h"

enum { TOUCHED_KEYS_MOST = 64 }; /* of one set; beyond it the set is read whole */

struct touch {
	size_t at; /* in the elements of touched_set.told */
	bool removed;
};

struct touched_set {
	const struct table *table; /* of the known ruleset */
	const struct set *set;
	struct set *told; /* as set, with the elements that events named */
	vec_of(struct touch) touches;
	bool whole;
};

struct touched_chain { /* whose rules changed */
	const struct table *table;
	const struct chain *chain;
};

struct touched {
	const struct ruleset *known; /* ours, as they should be; NULL: nothing is known yet */
	const char *name;            /* of our tables */
	struct arena *arena;         /* NULL: nothing was touched yet */
	struct decode decode;
	vec_of(struct touched_set *) sets;
	struct map by_place; /* family, and name of the set → struct touched_set */
	vec_of(struct touched_chain) chains;
	bool shape; /* more than elements and rules of known chains */
	bool all, others;
};

void touched_clear(struct touched *touched);
/* One message of an event: NFT_MSG_NEW… or NFT_MSG_DEL…. */
void touched_take(struct touched *touched, const struct nlmsghdr *message);
const struct touched_set *touched_find(const struct touched *touched, const struct table *table,
				       const char *set);
/* The last word of the events about a key: the element; NULL: removed. */
const struct element *touched_element(const struct touched_set *set, const struct touch *touch);
