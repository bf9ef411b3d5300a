/* Packets that were joined into lines (policy/permit_join.h), in words: machines, zones and peers
 * by their labels, all machines of a zone by the zone's, addresses and MACs only where the label
 * does not say which: where the other policy means another machine by it, or a part is meant.
 *
 * Knows policies and nothing of what made the lines. */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "policy/permit_join.h"

struct joined_words {
	struct arena *arena;
	const struct policy *policy, *other;
	struct map hosts;     /* by address */
	struct map endpoints; /* by range of addresses */
	struct map networks;  /* of open zones, likewise → the zone */
	struct map labels;    /* → whose it is; nobody's when it is of several */
	size_t *machines;     /* by zone: how many have an address that is theirs alone */
};

/* Of a policy's packets, for people who compare it with the other. Points into both. */
void joined_words_init(struct joined_words *words, const struct policy *policy,
		       const struct policy *other);
void joined_words_done(struct joined_words *words);

/* "税務サーバ, 税務端末1 → eLTAX tcp/443,8443  [F31]"; a side of many is cut short. */
void joined_print(struct buf *buf, const struct joined_words *words, const struct joined *line);
json_t *joined_json(const struct joined_words *words, const struct joined *line);
