/* Which packets a flow permits, to be asked 100,000 times a second: the boxes of a policy found
 * by what they fix (source, destination, port), so that a question costs a few lookups however
 * many flows there are. Only what this gateway enforces: both zones have an interface here.
 * Knows no time and nobody who is cut off. */
#pragma once

#include "base/map.h"
#include "policy/permit.h"

enum { BOX_SHAPES = 8 };

struct boxes {
	struct arena *arena;
	struct map by_key;
	bool shapes[BOX_SHAPES]; /* those that any box has */
};

/* One packet that opens a connection. */
struct box_question {
	struct addr from, to;
	uint16_t port; /* ICMP: 0 */
	uint8_t proto; /* enum proto */
};

enum box_match {
	BOX_MISS,
	BOX_MAYBE, /* permitted if the peer, known by name, has that address */
	BOX_HIT,
};

struct box_names { /* audit.h */
	bool (*has)(const void *context, const struct endpoint *peer, const struct addr *addr);
	const void *context;
};

/* permits outlives it. */
void boxes_init(struct boxes *boxes, const struct policy *policy, const struct permits *permits);
void boxes_done(struct boxes *boxes);

/* By that flow alone; *ret_permit is set unless it is a miss. */
enum box_match boxes_find(const struct boxes *boxes, unsigned flow,
			  const struct box_question *question, const struct box_names *names,
			  const struct permit **ret_permit);
