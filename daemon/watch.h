/* Watching: hears every change of the kernel's tables, has the gate mend ours at once, writes
 * the record, and reads everything anew at intervals, whatever was heard. Also decides when a
 * writer is fighting us, and closes the gateway when it wins.
 *
 * Systemd's watchdog is fed here, by a completed verification and by nothing else. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/drift.h"
#include "daemon/gate.h"

struct watch;

struct watch_calls {
	/* "drift", and "admitted" when it is known what its hole let pass. */
	void (*on_drift)(void *context, const char *event, const json_t *drift);
	void (*on_state)(void *context); /* the state may be another one now */
	void (*on_looked)(void *context, uint64_t number); /* a whole look ended (watch_look_wanted) */
	void *context;
};

/* Listens from now on and compares everything once more, so that nothing is missed between the
 * gate's start and the first event. NULL with errs. */
struct watch *watch_new(sd_event *event, struct gate *gate, const struct watch_calls *calls,
			struct errs *errs);
void watch_free(struct watch *watch);
CLEANUP_FUNC(struct watch *, watch_free);

/* Something beside the tables was changed (posture), after `since`: into the same record. */
void watch_note(struct watch *watch, const char *kind, const char *object, const char *what,
		bool repaired, struct wall since);

/* A whole look at the kernel as soon as the loop is free; _wanted: the number of the first that
 * begins after now. */
void watch_soon(struct watch *watch);
uint64_t watch_look_wanted(struct watch *watch);
/* Somebody keeps changing our tables: looks come to nothing until he stops. */
bool watch_is_fighting(const struct watch *watch);
/* What the last whole look found to differ, in words; "": nothing. */
const char *watch_found(const struct watch *watch, bool *ret_failed);

/* Of the records; NULL: none yet. */
struct drifts *watch_drifts(struct watch *watch);

/* What tables of others could do to packets: a list of {place, kind, critical, what}. */
const json_t *watch_others(const struct watch *watch);

struct watch_counts {
	uint64_t events, foreign, lost, sweeps;
};
struct watch_counts watch_counts(const struct watch *watch);
