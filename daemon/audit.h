/* Is every connection that stands one that the policy would open now? What a permission opened
 * outlives it in conntrack, what came in through a hole stays, and a mark or a whole entry can be
 * forged: the ruleset looks at the mark alone, this looks at what the mark claims.
 *
 * A connection is good when its first packet's addresses, protocol and port are permitted by the
 * very flow whose number it carries, the flow is open, neither side is isolated and nothing was
 * rewritten; the gateway's own when a service of its management has that peer; and whatever the
 * gateway says to itself.
 *
 * What this cannot see: conntrack knows no interfaces and no MACs, so a connection counts by its
 * addresses alone, whoever spoke for them (the ruleset binds those at every packet). A permitted
 * connection that was opened through a hole and carries its flow's mark looks, and is, like any
 * other. Nor can it see what conntrack does not: packets that carry no entry at all. */
#pragma once

#include "policy/isolation.h"
#include "policy/permit.h"
#include "rule/compile.h"
#include "track/track.h"

enum audit_verdict {
	AUDIT_GOOD,
	AUDIT_UNKNOWN,   /* not to be told: a peer known by name, or an entry that is unreadable */
	AUDIT_REWRITTEN, /* an address or a port was translated; no policy says that */
	AUDIT_ZONE,      /* in a zone of conntrack; likewise */
	AUDIT_UNMARKED,  /* nothing of ours let it begin */
	AUDIT_NO_FLOW,   /* its mark is the number of nothing (any more) */
	AUDIT_FORBIDDEN, /* it is none of those that its flow permits */
	AUDIT_CLOSED,    /* its flow is closed at this time */
	AUDIT_ISOLATED,  /* one of its sides is cut off */
};

/* What is held against. Its numbers are those of its policy. */
struct audit_against {
	const struct policy *policy;
	const struct permits *permits;
	const struct numbering *numbering;
	const struct isolations *isolations; /* or NULL */
	struct wall at;
	/* Does the peer's name have that address? NULL: nobody knows, and such connections are
	 * judged only where the address cannot be the peer's (outside its `within`). */
	bool (*name_has)(const void *context, const struct endpoint *peer,
			 const struct addr *addr);
	const void *context;
};

struct audit_found {
	const struct track_entry *entry;
	const char *claims; /* the flow, or "@ssh" and the like, whose number it carries; or NULL */
	enum audit_verdict why;
	bool removed;
};
typedef void audit_tell(void *context, const struct audit_found *found);

/* "tcp 10.1.0.11:40000 → 10.2.0.11:443 (mark 7): …", in the language of the reader. */
void audit_found_print(struct buf *buf, const struct audit_found *found);

struct audit_counts {
	uint64_t seen, illegitimate;
	uint64_t removed;    /* of the illegitimate; others may have ended by themselves */
	uint64_t not_judged; /* AUDIT_UNKNOWN */
};

struct audit_last {
	bool possible; /* the kernel shows its connections */
	bool done;     /* the last run came to its end; the rest is of the last that did */
	struct wall at;
	int64_t took_us;
	struct audit_counts counts;
};

/* The way to conntrack, and what was found last. Never NULL: where the kernel shows nothing, an
 * audit fails; so much is said once, and asked again each time. */
struct audit *audit_new(void);
struct audit *audit_new_over(struct track *track); /* takes it over; for tests */
void audit_free(struct audit *audit);
CLEANUP_FUNC(struct audit *, audit_free);

/* Judges all there are; with `remove` the illegitimate ones end. Each of those is told, an entry
 * perhaps twice. False: it could not be done, or not to its end; errs says why, or nothing where
 * it was said before. What was removed until then stays removed. */
_must_check_ bool audit_run(struct audit *audit, const struct audit_against *against, bool remove,
			    audit_tell *tell, void *context, struct errs *errs);

struct audit_last audit_last(const struct audit *audit);
