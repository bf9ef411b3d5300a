/* See audit.h. One pass over conntrack's table: read, judged and removed as a stream, so that
 * many connections take time and no memory. */
#include "daemon/audit.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "daemon/audit_judge.h"

enum { READ_TRIES = 3 };

struct audit {
	struct track *track; /* NULL: the kernel shows nothing, as far as is known */
	bool told;           /* that it does not */
	struct audit_last last;
};

struct audit *audit_new(void)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (!audit)
		abort();
	return audit;
}

struct audit *audit_new_over(struct track *track)
{
	struct audit *audit = audit_new();

	audit->track = track;
	return audit;
}

void audit_free(struct audit *audit)
{
	if (!audit)
		return;
	track_close(audit->track);
	free(audit);
}

struct audit_last audit_last(const struct audit *audit)
{
	return audit->last;
}

/* ---- what is needed ---- */

/* A warning: what is enforced is enforced by the ruleset, without this as well. */
static void impossible_say(const struct errs *why, struct errs *errs)
{
	const struct err *first = why->list.items;
	struct err *err = errs_add(errs, SEVERITY_WARNING, "W-TRACK", (struct src){ 0 });

	err_say(errs, err, _("connections that stand cannot be examined (%s): the ruleset alone ends them"),
		first->message);
	if (first->hint)
		err_hint(errs, err, "%s", first->hint);
}

/* A module that is missing may come yet: asked each time, and complained of once. */
static bool track_ready(struct audit *audit, struct errs *errs)
{
	struct errs attempt;

	if (audit->track)
		return true;
	errs_init(&attempt);
	audit->track = track_open(&attempt);
	if (!audit->track && !audit->told)
		impossible_say(&attempt, errs);
	audit->last.possible = audit->track != NULL;
	audit->told = !audit->track;
	errs_done(&attempt);
	return audit->track != NULL;
}

static bool addr_of_socket(const struct sockaddr *socket, struct addr *ret_addr)
{
	struct addr addr = { 0 };

	if (socket && socket->sa_family == AF_INET) {
		addr.family = FAMILY_V4;
		memcpy(addr.bytes, &((const struct sockaddr_in *)socket)->sin_addr, 4);
	} else if (socket && socket->sa_family == AF_INET6) {
		addr.family = FAMILY_V6;
		memcpy(addr.bytes, &((const struct sockaddr_in6 *)socket)->sin6_addr, 16);
	} else {
		return false;
	}
	*ret_addr = addr;
	return true;
}

/* The addresses of this machine; the arena has them. */
static bool own_read(struct arena *arena, struct addr_list *ret_own, struct errs *errs)
{
	vec_of(struct addr) list = { 0 };
	struct ifaddrs *all;
	struct addr addr;

	if (getifaddrs(&all) < 0) {
		struct err *err = errs_add(errs, SEVERITY_ERROR, "C-TRACK", (struct src){ 0 });

		err_say(errs, err, "%s", _("cannot read the addresses of this machine"));
		return false;
	}
	for (const struct ifaddrs *at = all; at; at = at->ifa_next)
		if (addr_of_socket(at->ifa_addr, &addr))
			*vec_add(arena, &list) = addr;
	freeifaddrs(all);
	*ret_own = (struct addr_list){ list.items, list.count };
	return true;
}

/* ---- the run ---- */

struct run {
	struct track *track;
	const struct judge *judge;
	bool remove, kept; /* kept: one that was to be removed could not */
	audit_tell *tell;
	void *context;
	struct audit_counts counts;
	struct errs *errs;
};

static bool entry_remove(struct run *run, const struct track_entry *entry)
{
	struct errs attempt;
	bool removed = false;

	errs_init(&attempt);
	switch (track_delete(run->track, entry, &attempt)) {
	case TRACK_REMOVED:
		removed = true;
		run->counts.removed++;
		break;
	case TRACK_GONE:
		break;
	case TRACK_KEPT:
		if (!run->kept) /* once is enough */
			errs_copy(run->errs, &attempt);
		run->kept = true;
		break;
	}
	errs_done(&attempt);
	return removed;
}

static void entry_take(void *context, const struct track_entry *entry)
{
	struct audit_found found = { .entry = entry, .why = AUDIT_UNKNOWN };
	struct run *run = context;

	run->counts.seen++;
	if (entry)
		found.why = judge_entry(run->judge, entry, &found.claims);
	if (found.why == AUDIT_GOOD)
		return;
	if (found.why == AUDIT_UNKNOWN) {
		run->counts.not_judged++;
		return;
	}
	run->counts.illegitimate++;
	if (run->remove)
		found.removed = entry_remove(run, entry);
	if (run->tell)
		run->tell(run->context, &found);
}

/* A torn reading is taken again; what it removed counts on. */
static bool run_all(struct run *run)
{
	for (int tries = 0; tries < READ_TRIES; tries++) {
		struct err *err;

		run->counts = (struct audit_counts){ .removed = run->counts.removed,
						     .illegitimate = run->counts.removed };
		switch (track_read(run->track, entry_take, run, run->errs)) {
		case TRACK_WHOLE:
			return !run->kept;
		case TRACK_FAILED:
			return false;
		case TRACK_TORN:
			break;
		}
		if (tries < READ_TRIES - 1)
			continue;
		err = errs_add(run->errs, SEVERITY_ERROR, "C-TRACK", (struct src){ 0 });
		err_say(run->errs, err, "%s",
			_("the connections change too fast to be read to the end"));
	}
	return false;
}

bool audit_run(struct audit *audit, const struct audit_against *against, bool remove,
	       audit_tell *tell, void *context, struct errs *errs)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	_cleanup_(judge_freep) struct judge *judge = NULL;
	struct run run = { .remove = remove, .tell = tell, .context = context, .errs = errs };
	struct addr_list own;
	int64_t start = clock_us(CLOCK_MONOTONIC);

	if (!track_ready(audit, errs) || !own_read(scratch, &own, errs))
		return false;
	judge = judge_new(against, &own);
	run.track = audit->track;
	run.judge = judge;
	if (!run_all(&run)) {
		audit->last.done = false;
		return false;
	}
	audit->last = (struct audit_last){ .possible = true,
					   .done = true,
					   .at = wall_now(),
					   .took_us = clock_us(CLOCK_MONOTONIC) - start,
					   .counts = run.counts };
	return true;
}

/* ---- in words ---- */

void audit_found_print(struct buf *buf, const struct audit_found *found)
{
	static const char *const why[] = {
		[AUDIT_GOOD] = N_("the policy permits it"),
		[AUDIT_UNKNOWN] = N_("whether the policy permits it cannot be told"),
		[AUDIT_REWRITTEN] = N_("its addresses or ports are translated, which no policy says"),
		[AUDIT_ZONE] = N_("it stands in a zone of connection tracking, which no policy says"),
		[AUDIT_UNMARKED] = N_("no flow let it begin"),
		[AUDIT_NO_FLOW] = N_("its mark is the number of no flow"),
		[AUDIT_FORBIDDEN] = N_("it carries the mark of %s, which does not permit it"),
		[AUDIT_CLOSED] = N_("flow %s is closed at this time"),
		[AUDIT_ISOLATED] = N_("one of its sides is isolated"),
	};

	track_tuple_print(buf, &found->entry->original);
	buf_printf(buf, _(" (mark %u): "), found->entry->mark);
	buf_printf(buf, _(why[found->why]), found->claims ? found->claims : "");
}
