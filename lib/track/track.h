/* The connections that the kernel tracks: all of them read, single ones removed. What it opened
 * lives here and not in the ruleset, so whoever ends a permission looks here for what it left.
 *
 * Reading is a stream: nothing is kept, however many there are. Removing names a connection by
 * its tuple and its id, so that a new one of the same tuple is not hit, unless it came to lie at
 * the very place in the kernel's memory that the old one left: more its id does not say. Knows no
 * policy, and not what a mark means; of interfaces and MACs conntrack itself knows nothing. */
#pragma once

#include "base/addr.h"
#include "base/err.h"

enum track_kind {
	TRACK_BARE,  /* neither of the two */
	TRACK_PORTS, /* TCP, UDP, SCTP … */
	TRACK_ICMP,
};

/* One direction of a connection, as its packets say it. */
struct track_tuple {
	struct addr src, dst; /* of one family */
	uint8_t proto;        /* IPPROTO_TCP and so on */
	uint8_t kind;         /* enum track_kind: which of the following there are */
	uint16_t src_port, dst_port;
	uint16_t icmp_id;
	uint8_t icmp_type, icmp_code;
	uint16_t zone; /* of this direction alone; 0: none */
};

enum track_status { /* bits, the kernel's */
	TRACK_EXPECTED = 1 << 0, /* a helper announced it */
	TRACK_SEEN_REPLY = 1 << 1,
	TRACK_ASSURED = 1 << 2,
	TRACK_SRC_NAT = 1 << 4,
	TRACK_DST_NAT = 1 << 5,
};

struct track_entry {
	struct track_tuple original, reply;
	uint32_t id, mark, status, timeout_sec;
	uint16_t zone; /* of both directions; 0: none */
	bool has_start;
	uint64_t start_ns; /* since 1970; where net.netfilter.nf_conntrack_timestamp is on */
};

struct track;

/* NULL with an err (C-TRACK) where the kernel shows its connections to nobody: it lacks
 * nf_conntrack_netlink, or this is not permitted. */
struct track *track_open(struct errs *errs);
void track_close(struct track *track);
CLEANUP_FUNC(struct track *, track_close);

enum track_answer {
	TRACK_WHOLE,  /* whatever stood all the while was told, perhaps twice; the kernel does not
		       * say so if its table is resized meanwhile (nf_conntrack_buckets) */
	TRACK_TORN,   /* the kernel interrupted it or lost a part: ask again */
	TRACK_FAILED, /* errs says why */
};

/* Called for each entry; NULL: one that could not be understood. May remove what it is told. */
typedef void track_take(void *context, const struct track_entry *entry);

_must_check_ enum track_answer track_read(struct track *track, track_take *take, void *context,
					  struct errs *errs);

enum track_removal {
	TRACK_REMOVED,
	TRACK_GONE, /* it had ended, or another one has its tuple now */
	TRACK_KEPT, /* errs says why */
};
_must_check_ enum track_removal track_delete(struct track *track, const struct track_entry *entry,
					     struct errs *errs);

/* All that carry that mark, in one pass of the kernel over its table. Refuses 0, nobody's mark. */
_must_check_ bool track_delete_mark(struct track *track, uint32_t mark, struct errs *errs);

/* How many there are now. */
_must_check_ bool track_count(struct track *track, uint32_t *ret_count, struct errs *errs);

/* Do the answers simply go back where the questions came from? Not so with address translation. */
bool track_is_plain(const struct track_entry *entry);

/* "tcp 10.1.0.11:40000 → 10.2.0.11:22" */
void track_tuple_print(struct buf *buf, const struct track_tuple *tuple);
