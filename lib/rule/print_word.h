/* nft's words for what a rule loads. Many hold only for a protocol, and where the rule has not
 * asked for it nft would ask by itself; so a word is given only when that much is known. */
#pragma once

#include "rule/ruleset.h"

struct packet_known { /* by what the rule has compared so far */
	int nfproto, l4proto; /* -1: not known */
	bool ether, arp;
};

struct packet_known packet_known_at(const struct table *table); /* before the first expression */

/* What a comparison of that load teaches about the packet. */
void packet_learn(struct packet_known *known, const struct expr *load, const struct expr *cmp);

/* The words for a load and what its value means; else why there are none. */
const char *load_word(const struct packet_known *known, const struct expr *load,
		      const char **ret_text, enum datum *ret_datum);
