/* What the kernel dumps, as a ruleset: ours and everybody's. Reads bytes that others put into
 * the kernel, so it trusts no length and no number, does not use libnftnl (which ends the
 * program over an attribute it does not like) and takes no more memory than it is allowed.
 *
 * The differences of the kernel's round trip are evened out here and nowhere else:
 *  - registers: the old number of 16 bytes or the new one of 4, both become a slot
 *  - a byteorder over less than its own unit, which nft adds and which does nothing, is left out
 *  - a log without a group has a level; the default one (warning) is the same as none
 *  - a lone field's interval, two elements in the kernel, is one with key and key_end; the end
 *    at zero that nft puts before the first is left out; in a set of intervals every element
 *    has a key_end
 *  - what the kernel adds to the flags of a set (map, concatenation, expressions, objects)
 *  - what elements carry beside a counter is noted once, of their set
 * Expressions we have no words for, and those that hold a value or an attribute beyond what we
 * know, become EXPR_UNKNOWN with their name and bytes. */
#pragma once

#include "base/map.h"
#include "rule/ruleset.h"

struct nlmsghdr;

struct decode_table {
	struct table *table;
	struct map chains, sets;
};

struct decode {
	struct ruleset *ruleset;
	const char *only; /* tables of that name; NULL: all */
	bool others;      /* all but those */
	size_t most_bytes; /* of memory */
	bool full;         /* that was not enough */
	vec_of(struct decode_table) tables;
	size_t last_table;
	struct map comments; /* of elements: many share one */
};

enum { DECODE_MOST_BYTES = 1 << 30 };

void decode_init(struct decode *decode, const char *only, size_t most_bytes);

/* The next whole message of what is left, or NULL; both move on behind it. (libmnl's own test
 * takes a length of more than INT_MAX for a negative one, and so for fitting.) */
const struct nlmsghdr *message_next(const uint8_t **bytes, size_t *left);

/* One message of a dump (NFT_MSG_NEW…; others are passed over). False: it is not well-formed,
 * names something that was not dumped before, or the memory is full; what was decoded before
 * stays whole. */
_must_check_ bool decode_message(struct decode *decode, const struct nlmsghdr *message);

/* When all is there. The ruleset is the caller's; NULL after decode_drop(). */
struct ruleset *decode_end(struct decode *decode);
void decode_drop(struct decode *decode);
