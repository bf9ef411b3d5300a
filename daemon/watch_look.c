/* The looking half of the watch: when a look at the kernel begins, and what follows from its answer
 * about our tables, the tables of others, and the connections that stand. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/lang.h"
#include "daemon/say.h"
#include "daemon/watch_parts.h"

enum { REST = 10 }; /* of the time, a look at everything that others cause takes a tenth */
enum { UNPROVED_MOST = 5 };
enum { SOON_FIGHT_USEC = 1000000 }; /* between looks while somebody fights */

/* One record for each thing that was not there before; it is theirs, so it is not undone. */
static void on_other(void *context, const char *kind, const char *object, const char *what)
{
	const struct other_finding *finding = context;
	struct mended mended = { .differences = 1 };

	snprintf(mended.kind, sizeof(mended.kind), "other-%s", kind);
	snprintf(mended.object, sizeof(mended.object), "%s", object);
	buf_add_text(&mended.what, what);
	mended_record(finding->watch, "tables", &mended, false, finding->since_us,
		      finding->found_us, finding->changer);
	mended_done(&mended);
}

static void others_judge(struct watch *watch, const struct look_result *result)
{
	struct changer nobody = changer_unknown();
	struct other_finding finding = { watch, watch->verified_us,
					 watch->other_found_us ? watch->other_found_us
							       : clock_us(CLOCK_MONOTONIC),
					 watch->other_found_us ? &watch->other_changer : &nobody };

	uint64_t gone = offloads_mend(watch, result, &finding);

	if (!result->others_read ||
	    !others_note(watch->others, result->others, result->others_bytes, gone, on_other,
			 &finding))
		gate_trouble(watch->gate, TROUBLE_BYPASS,
			     _("the tables of others could not be read"));
	else
		gate_trouble(watch->gate, TROUBLE_BYPASS,
			     watch->offload_why.count ? buf_text(&watch->offload_why)
						      : others_worst(watch->others));
	/* otherwise what was heard is still to be seen, or to be taken away */
	if (watch->look_began_us >= watch->other_found_us && !watch->offload_races)
		watch->other_found_us = 0;
}

/* As often as the policy wants, and often enough for the watchdog, whatever the policy wants. */
static uint64_t sweep_usec(const struct watch *watch)
{
	uint64_t usec =
		(uint64_t)watch->gate->now->policy->enforce.full_verify_interval_sec * 1000000;
	uint64_t watchdog_usec;

	if (sd_watchdog_enabled(0, &watchdog_usec) > 0 && watchdog_usec / 3 < usec)
		usec = watchdog_usec / 3;
	return usec;
}

static void sweep_arm(struct watch *watch, uint64_t usec)
{
	sd_event_source_set_time_relative(watch->sweep, usec);
	sd_event_source_set_enabled(watch->sweep, SD_EVENT_ONESHOT);
}

void watch_soon(struct watch *watch)
{
	sweep_arm(watch, watch->fight.on ? SOON_FIGHT_USEC : 0);
}

/* Others changed their tables: what all tables mean together is to be proved anew, but not by as
 * many looks as they like. */
static void watch_others_changed(struct watch *watch)
{
	int64_t now_us = clock_us(CLOCK_MONOTONIC);
	int64_t next_us = watch->all_began_us + REST * watch->all_took_us;
	uint64_t usec = next_us > now_us ? (uint64_t)(next_us - now_us) : 0;

	sweep_arm(watch, usec < sweep_usec(watch) ? usec : sweep_usec(watch));
}

/* Without an event: it was missed, or there was none to hear. */
static void drift_found(struct watch *watch, int64_t found_us)
{
	bool repair = watch->gate->now->policy->enforce.repair, known;
	struct changer nobody = changer_unknown();
	struct mended mended = { .on_hole = on_hole, .context = watch };
	struct errs errs;
	bool done;

	errs_init(&errs);
	done = gate_mend(watch->gate, repair, &mended, &errs);
	/* what may not be repaired is found at every look, and recorded at the first */
	known = !repair && recorder_stands(watch->recorder, buf_text(&mended.what));
	if (mended.differences && !known)
		mended_record(watch, "sweep", &mended, done && repair, watch->verified_us, found_us,
			      &nobody);
	buf_add_text(&watch->found, buf_text(&mended.what));
	mended_state(watch, &mended, done, &errs);
	mended_done(&mended);
	errs_done(&errs);
}

/* Systemd's watchdog is fed by a completed verification and by nothing else: a daemon that cannot
 * look at the kernel is not alive. */
static void ours_judge(struct watch *watch, const struct look_result *result)
{
	struct gate *gate = watch->gate;

	gate_looked(gate, result->same, result->generation, result->took_us);
	if (!traffic_note_counts(gate->traffic, result->counts, result->counts_bytes, wall_now()))
		say(SAY_ERROR, "%s", _("the counts could not be read"));
	if (!result->same)
		drift_found(watch, clock_us(CLOCK_MONOTONIC));
	watch->verified_us = wall_us();
	sd_notify(0, "WATCHDOG=1");
}

/* What was looked at is not what is there now: another policy, or a change that an event told of
 * and that was undone meanwhile. */
static bool is_overtaken(const struct watch *watch, const struct look_result *result)
{
	return result->stale ||
	       (!result->same && result->generation != watch->gate->kernel_generation);
}

/* What was opened through a hole belongs to the record of the hole; without one it was forged. */
static void connections_judge(struct watch *watch, const struct look_result *result)
{
	const struct audit_counts *counts = &result->audited.counts;
	struct changer nobody = changer_unknown();
	struct mended mended = { .kind = "connection-found" };

	watch->gate->audited = result->audited;
	if (!result->audited.done)
		return;
	if (recorder_connections(watch->recorder, (int64_t)counts->removed, offset_sec(watch)) ||
	    !counts->illegitimate || !result->connections_bytes)
		return;
	mended.differences = counts->illegitimate;
	buf_add(&mended.what, result->connections, result->connections_bytes);
	if (!recorder_stands(watch->recorder, buf_text(&mended.what))) {
		mended_record(watch, "sweep", &mended, counts->removed > 0, watch->verified_us,
			      clock_us(CLOCK_MONOTONIC), &nobody);
		recorder_connections(watch->recorder, (int64_t)counts->removed, offset_sec(watch));
	}
	mended_done(&mended);
}

void before_change(void *context)
{
	struct watch *watch = context;

	if (!watch->look)
		return;
	look_free(watch->look);
	watch->look = NULL;
	watch_soon(watch);
}

/* What differed in shape was just repaired, and is looked at again; where nothing is repaired it is
 * judged as it is. What means something else and is the same in shape, others have brought about. */
static void meaning_judge(struct watch *watch, struct look_result *result)
{
	struct gate *gate = watch->gate;
	enum proof_result before = gate->proved.result;
	bool had = gate->proved.done;

	if (!result->proved.done) { /* somebody came between; a few times, at once again */
		proved_done(&gate->proved);
		watch->look_again |= watch->unproved++ < UNPROVED_MOST;
		return;
	}
	watch->unproved = 0;
	if (!result->same && gate->now->policy->enforce.repair) {
		watch->look_again = true;
		return;
	}
	gate_proved(gate, &result->proved);
	if (had && before == gate->proved.result)
		return;
	if (gate->troubles[TROUBLE_PROOF].count)
		say(SAY_CRITICAL, "%s: %s", proof_result_word(gate->proved.result), gate_why(gate));
	else if (had)
		say(SAY_NOTICE, "%s", proof_result_word(gate->proved.result));
}

static void on_looked(void *context, struct look_result *result)
{
	struct watch *watch = context;
	bool all = watch->look_all;

	look_free(watch->look);
	watch->look = NULL;
	watch->counts.sweeps += all;
	buf_clear(&watch->found);
	watch->look_failed = !result->done || (all && !result->read);
	if (watch->look_failed) {
		gate_trouble(watch->gate, TROUBLE_VERIFY, result->why);
		say(SAY_ALERT, "%s: %s", _("the kernel's ruleset could not be read"), result->why);
	} else if (all && is_overtaken(watch, result)) {
		watch->look_again = true;
	} else if (all) {
		ours_judge(watch, result);
		meaning_judge(watch, result);
		connections_judge(watch, result);
	}
	if (result->done)
		others_judge(watch, result);
	if (all)
		watch->all_took_us = clock_us(CLOCK_MONOTONIC) - watch->all_began_us;
	else if (result->done)
		watch_others_changed(watch);
	recorder_flush(watch->recorder, offset_sec(watch), !watch->fight.on);
	if (watch->look_again)
		watch_soon(watch);
	if (all && !watch->look_again)
		watch->calls.on_looked(watch->calls.context, watch->look_number);
	watch->look_again = false;
	watch->calls.on_state(watch->calls.context);
}

void look_begin(struct watch *watch, bool all)
{
	struct errs errs;

	if (watch->look) { /* what it reads may be older than what is asked for */
		watch->look_again = true;
		return;
	}
	errs_init(&errs);
	watch->look_all = all;
	watch->look_number += all;
	watch->look_began_us = clock_us(CLOCK_MONOTONIC);
	if (all)
		watch->all_began_us = watch->look_began_us;
	watch->look = look_start(watch->event, watch->gate, all, on_looked, watch, &errs);
	if (!watch->look)
		gate_trouble(watch->gate, TROUBLE_VERIFY,
			     _("the kernel's tables cannot be looked at"));
	say_errs(&errs);
	errs_done(&errs);
}

uint64_t watch_look_wanted(struct watch *watch)
{
	watch_soon(watch);
	return watch->look_number + 1;
}

bool watch_is_fighting(const struct watch *watch)
{
	return watch->fight.on;
}

const char *watch_found(const struct watch *watch, bool *ret_failed)
{
	*ret_failed = watch->look_failed;
	return buf_text(&watch->found);
}

int on_sweep(sd_event_source *source, uint64_t usec, void *context)
{
	struct watch *watch = context;

	(void)source;
	(void)usec;
	look_begin(watch, true);
	sweep_arm(watch, sweep_usec(watch));
	return 0;
}
