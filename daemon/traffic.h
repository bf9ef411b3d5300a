/* What has passed: packets and bytes of each flow and of each registered machine, as the kernel
 * counts them, and when a count was last seen to grow. Fed with what was read back anyway.
 *
 * A time here is that of a look, not of a packet: the packet came between that look and the one
 * before. Knows counters only; what they permit is not asked here. */
#pragma once

#include "base/wall.h"
#include "policy/policy.h"
#include "rule/ruleset.h"

struct traffic;

struct passed {
	uint64_t packets, bytes;
	bool has_seen; /* grew while we looked */
	struct wall seen;
};

struct traffic *traffic_new(void);
void traffic_free(struct traffic *traffic);
CLEANUP_FUNC(struct traffic *, traffic_free);

/* The counts of a kernel's ruleset as bytes, for another process to note. */
void traffic_counts(const struct ruleset *kernel, struct buf *ret_bytes);
/* Of a ruleset that was read at that time. False: they are no counts. */
_must_check_ bool traffic_note_counts(struct traffic *traffic, const void *bytes, size_t count,
				      struct wall at);
void traffic_note(struct traffic *traffic, const struct ruleset *kernel, struct wall at);

/* Zeroes where nothing has passed. */
struct passed traffic_of_mark(const struct traffic *traffic, uint32_t mark);
struct passed traffic_of_host(const struct traffic *traffic, const struct host *host);
