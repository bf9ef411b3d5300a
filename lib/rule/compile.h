/* From a policy to the ruleset that the kernel is to hold. The shape and its reasons are those
 * of the design notes: a flow is a mark; one map lookup on the first packet permits it and
 * writes the mark, and every later packet passes only while the mark is alive.
 *
 * Expects permits whose boxes of different flows do not meet (permits_find_meeting() found
 * none): a packet has one flow. Deterministic: the same policy gives the same bytes.
 * Knows nothing of netlink, and of time only what it is told. */
#pragma once

#include "base/wall.h"
#include "rule/ruleset.h"

struct policy;
struct permits;
struct isolations;

enum {
	COMPILE_LOG_GROUP = 7, /* of NFLOG */
	COMPILE_LOG_BYTES = 128,
	COMPILE_LOG_QUEUE = 64,
	COMPILE_LOG_RATE = 500, /* a second and chain; beyond it, only counted */
	COMPILE_NAME_ROOM = 32, /* addresses that a peer known by name may come to have */
};

/* Who has which mark: flows by index first, then the gateway's own services ("@ssh"). */
struct number {
	const char *id;
	uint64_t meaning; /* fingerprint of what it permits, whatever the order of the file */
	uint32_t mark;
};

struct numbering {
	vec_of(struct number) list;
	uint32_t next; /* every mark from here on is new */
};

struct compile_options {
	/* With a time: the permissions open then, those of a window until it closes. Without:
	 * what has a window is closed. */
	bool has_at;
	struct wall at;
	bool own_tables; /* owner and persist: for the codec, plain nft -f cannot use them */

	const struct isolations *isolations; /* cut off for now; or NULL */

	/* NULL: 1 to n in the order of the file. Else what is unchanged, or permits all that it
	 * did and more, keeps its mark; what is new or narrower gets one never used before. */
	const struct numbering *previous;
	const struct permits *previous_permits; /* what those numbers meant; NULL: not known */
	/* Does a connection still carry that mark? NULL: none does. */
	bool (*mark_is_taken)(const void *context, uint32_t mark);
	const void *context;

	struct numbering *ret_numbering; /* or NULL; its memory is the ruleset's */
};

/* NULL with errs when the policy cannot be said as a ruleset. */
_must_check_ struct ruleset *ruleset_compile(const struct policy *policy,
					     const struct permits *permits,
					     const struct compile_options *options,
					     struct errs *errs);
