/* What the halves of the watch share: hearing and repairing (watch.c), looking (watch_look.c). */
#pragma once

#include "base/clock.h"
#include "daemon/fight.h"
#include "daemon/hole.h"
#include "daemon/look.h"
#include "daemon/others.h"
#include "daemon/recorder.h"
#include "daemon/watch.h"

struct watch {
	struct gate *gate;
	struct watch_calls calls;
	struct recorder *recorder;
	struct others *others;
	sd_event_source *events, *sweep, *clock, *calm;
	int clock_fd;
	struct fight fight;
	sd_event *event;
	struct look *look; /* that goes on now */
	bool look_all, look_again, look_failed;
	uint64_t look_number; /* of all whole ones, the last that began */
	struct buf found;     /* by the last, in words */
	int64_t verified_us;  /* of the wall clock, the last whole one */
	unsigned offload_races; /* one after another */
	struct buf offload_why; /* a flowtable of others could not be taken away; empty: none */
	struct changer other_changer;
	int64_t look_began_us;
	unsigned unproved; /* looks in a row that could prove nothing */
	int64_t all_began_us, all_took_us; /* of the last look at everything */
	int64_t other_found_us; /* 0: nothing was heard of others since the last look */
	int64_t quiet_us;       /* of the wall clock: until then nothing was waiting to be heard */
	struct watch_counts counts;
	struct hole *hole; /* whose packets are being worked out */
	uint64_t hole_of;  /* the number of its record */
};

/* For struct mended. */
void on_hole(void *context, const struct ruleset *tampered);


static inline int64_t wall_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

static inline int offset_sec(const struct watch *watch)
{
	return watch->gate->now->policy->head.offset_sec;
}

/* Into the record, and to whoever watches. */
void mended_record(struct watch *watch, const char *found_by, const struct mended *mended,
		   bool repaired, int64_t since_us, int64_t found_us,
		   const struct changer *changer);
/* What could not be mended is a trouble, and so is what may not be. */
void mended_state(struct watch *watch, const struct mended *mended, bool done,
		  const struct errs *errs);

/* After a repair, done or not. */
void fight_judge(struct watch *watch, enum fight_state state, const struct changer *changer);

struct other_finding { /* who was heard to change the tables of others, and when */
	struct watch *watch;
	int64_t since_us, found_us;
	const struct changer *changer;
};
/* Takes away the flowtables of others that a look found to carry connections around us, where the
 * policy wants repair; a bit for each that is gone, or will be at once (others_note). Of one that could not be taken
 * away watch->offload_why says why. */
uint64_t offloads_mend(struct watch *watch, const struct look_result *result,
		       const struct other_finding *finding);

/* One look at a time; `all` false: at the tables of others alone. */
void look_begin(struct watch *watch, bool all);
int on_sweep(sd_event_source *source, uint64_t usec, void *context);
/* Ends a look: it ends connections by the policy it began with. */
void before_change(void *context);
