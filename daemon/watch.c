/* See watch.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/lang.h"
#include "daemon/say.h"
#include "daemon/watch_parts.h"

enum {
	MEND_TRIES = 5,
	/* so that whoever asks is answered however many changes there are */
	TURN_USEC = 50 * 1000,
	TURN_MOST = 40,
	JUST_NOW_USEC = 1000000,
	CHANGERS_MOST = 8, /* told apart in one go */
	HEARD_MOST = 64,   /* transactions in one go */
	FAR_SEC = 10 * 366 * 86400,
};

struct heard { /* of one go through the events */
	struct changer changers[CHANGERS_MOST];
	size_t changer_count;
	uint32_t generation; /* of the last change by others */
	bool foreign;
};

/* ---- hearing ---- */

static void changer_add(struct heard *heard, const struct nft_event *event)
{
	for (size_t i = 0; i < heard->changer_count; i++)
		if (heard->changers[i].pid == event->pid)
			return;
	if (heard->changer_count < CHANGERS_MOST)
		heard->changers[heard->changer_count++] = changer_read(event->pid, event->program);
}

/* What can be heard now, but no more than is good before something is done; false: nothing. */
static bool hear(struct watch *watch, struct heard *heard)
{
	struct nft_event event;
	bool any = false;

	for (int i = 0; i < HEARD_MOST && nft_event_take(watch->gate->nft, &event); i++) {
		any = true;
		watch->counts.events++;
		if (event.lost) {
			watch->counts.lost++;
			continue;
		}
		if (nft_is_older(watch->gate->kernel_generation, event.generation))
			watch->gate->kernel_generation = event.generation;
		if (!event.ours) {
			watch->counts.foreign++;
			heard->foreign = true;
			heard->generation = event.generation;
			changer_add(heard, &event);
		}
	}
	return any;
}

/* ---- repair ---- */

/* By what was heard; where that is not enough, by reading everything. False where somebody was
 * quicker each time: to read everything would take longer still. */
static bool mend(struct watch *watch, struct heard *heard, struct mended *mended, struct errs *errs)
{
	struct gate *gate = watch->gate;
	bool repair = gate->now->policy->enforce.repair, race = false;

	/* our last transaction was refused if anything had come before it that we did not know */
	if (heard->foreign && !nft_touched(gate->nft).lost &&
	    nft_is_older(heard->generation, gate->own_generation))
		return true;
	for (int tries = 0; tries < MEND_TRIES; tries++) {
		struct errs attempt;
		bool done;

		if (!heard->foreign || nft_touched(gate->nft).lost)
			break;
		errs_init(&attempt);
		done = gate_mend_touched(gate, heard->generation, repair, mended, &attempt);
		race = nft_is_race(&attempt);
		if (race && tries == MEND_TRIES - 1)
			errs_copy(errs, &attempt);
		errs_done(&attempt);
		if (done)
			return true;
		if (!race)
			break; /* it cannot be done this way */
		hear(watch, heard);
	}
	if (race)
		return false;
	return gate_mend(gate, repair, mended, errs);
}

void fight_judge(struct watch *watch, enum fight_state state, const struct changer *changer)
{
	struct buf who = { 0 }, why = { 0 };
	struct errs errs;

	changer_print(&who, changer);
	if (state == FIGHT_ON && !watch->gate->troubles[TROUBLE_FIGHT].count) {
		buf_printf(&why, _("somebody keeps changing the gateway's tables: %s"),
			   buf_text(&who));
		gate_trouble(watch->gate, TROUBLE_FIGHT, buf_text(&why));
		say(SAY_ALERT, "%s", buf_text(&why));
	}
	if (state == FIGHT_LOST && !watch->gate->closed) {
		errs_init(&errs);
		if (gate_close(watch->gate, &errs)) {
			buf_printf(
				&why,
				_("closed: somebody changes the gateway's tables faster than they can be repaired: %s"),
				buf_text(&who));
		} else {
			buf_printf(&why, _("somebody keeps changing the gateway's tables: %s"),
				   buf_text(&who));
			say(SAY_ALERT, "%s", _("the gateway could not be closed"));
		}
		gate_trouble(watch->gate, TROUBLE_FIGHT, buf_text(&why));
		say(SAY_ALERT, "%s", buf_text(&why));
		say_errs(&errs);
		errs_done(&errs);
	}
	if (state != FIGHT_NONE) {
		sd_event_source_set_time_relative(watch->calm, FIGHT_SPAN_US + 1);
		sd_event_source_set_enabled(watch->calm, SD_EVENT_ONESHOT);
	}
	buf_done(&who);
	buf_done(&why);
}

void mended_record(struct watch *watch, const char *found_by, const struct mended *mended,
		   bool repaired, int64_t since_us, int64_t found_us, const struct changer *changer)
{
	int64_t now_us = clock_us(CLOCK_MONOTONIC);
	int64_t done_us = mended->done_us ? mended->done_us : now_us;
	struct drift drift = {
		.found_by = found_by,
		.what = buf_text(&mended->what),
		.differences = mended->differences,
		.times = 1,
		.detected_us = wall_us() - (now_us - found_us),
		.repaired_us = repaired ? wall_us() - (now_us - done_us) : 0,
		.repair_took_ms = (double)(done_us - found_us) / 1000,
		.guided = mended->guided,
		.changer = *changer,
		.connections_removed = -1,
	};

	/* it cannot have happened before its author was there */
	drift.since_us = changer->seen && drift.detected_us - changer->age_ms * 1000 > since_us
				 ? drift.detected_us - changer->age_ms * 1000
				 : since_us;
	snprintf(drift.kind, sizeof(drift.kind), "%s",
		 mended->differences ? mended->kind : "undone");
	snprintf(drift.object, sizeof(drift.object), "%s", mended->object);
	watch->gate->drifts++;
	recorder_add(watch->recorder, &drift, watch->fight.on, offset_sec(watch));
	watch->calls.on_drift(watch->calls.context, "drift",
			      drifts_last(recorder_drifts(watch->recorder)));
}

void mended_state(struct watch *watch, const struct mended *mended, bool done,
		  const struct errs *errs)
{
	struct gate *gate = watch->gate;

	if (!done)
		gate_trouble(gate, TROUBLE_DRIFT,
			     _("a change of the gateway's tables could not be undone"));
	else if (mended->differences && !gate->now->policy->enforce.repair)
		gate_trouble(
			gate, TROUBLE_DRIFT,
			_("somebody changed the gateway's tables, and the policy forbids repair"));
	say_errs(errs);
}

/* What the last hole let pass is known. */
static void on_admitted(void *context, json_t *admitted)
{
	struct watch *watch = context;
	const json_t *record = NULL;

	hole_free(watch->hole);
	watch->hole = NULL;
	if (admitted)
		record = recorder_admit(watch->recorder, watch->hole_of, admitted);
	if (record)
		watch->calls.on_drift(watch->calls.context, "admitted", record);
}

/* One at a time, and none while somebody fights: what he lets through then is counted in packets. */
void on_hole(void *context, const struct ruleset *tampered)
{
	struct watch *watch = context;
	struct errs errs;

	if (watch->hole || watch->fight.on)
		return;
	errs_init(&errs);
	watch->hole = hole_start(watch->event, watch->gate->now, &watch->gate->isolations, tampered,
				 on_admitted, watch, &errs);
	watch->hole_of = drifts_count(recorder_drifts(watch->recorder)) + 1; /* recorded next */
	say_errs(&errs);
	errs_done(&errs);
}

static void ours_touched(struct watch *watch, struct heard *heard, int64_t found_us)
{
	bool repair = watch->gate->now->policy->enforce.repair;
	struct changer unknown = changer_unknown();
	struct mended mended = { .on_hole = on_hole, .context = watch };
	const struct changer *changer;
	struct errs errs;
	bool done;

	errs_init(&errs);
	done = mend(watch, heard, &mended, &errs);
	changer = heard->changer_count ? &heard->changers[heard->changer_count - 1] : &unknown;
	/* what a repair of just now undid already is in its record */
	if (mended.differences || !done ||
	    (heard->foreign && found_us - watch->fight.last_us > JUST_NOW_USEC))
		mended_record(watch, "event", &mended, done && repair, watch->quiet_us, found_us,
			      changer);
	mended_state(watch, &mended, done, &errs);
	if (repair && (mended.differences || !done))
		fight_judge(watch,
			    fight_add(&watch->fight, found_us, clock_us(CLOCK_MONOTONIC), done),
			    changer);
	mended_done(&mended);
	errs_done(&errs);
	watch_soon(watch);
}

/* Nothing crosses, whatever is done to our tables; they are made anew when it is calm. What must
 * stand is the table that closes. */
static void closed_touched(struct watch *watch, const struct nft_touched *touched, int64_t found_us)
{
	struct errs errs;

	if (touched->ours || touched->lost) {
		watch->gate->drifts++;
		watch->fight.last_us = found_us;
	}
	if (!touched->others && !touched->lost)
		return;
	errs_init(&errs);
	if (!gate_close(watch->gate, &errs))
		say(SAY_ALERT, "%s", _("the gateway could not be closed"));
	say_errs(&errs);
	errs_done(&errs);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	int64_t found_us = clock_us(CLOCK_MONOTONIC);
	struct watch *watch = context;
	struct heard heard = { 0 };
	struct nft_touched touched;

	(void)source;
	(void)fd;
	(void)revents;
	if (!hear(watch, &heard))
		return 0;
	touched = nft_touched(watch->gate->nft);
	if (watch->gate->closed)
		closed_touched(watch, &touched, found_us);
	else if (touched.ours || touched.lost)
		ours_touched(watch, &heard, found_us);
	if (touched.others && heard.changer_count) {
		watch->other_changer = heard.changers[heard.changer_count - 1];
		watch->other_found_us = found_us;
		look_begin(watch, false);
	}
	nft_touched_clear(watch->gate->nft);
	watch->quiet_us = wall_us();
	watch->calls.on_state(watch->calls.context);
	return 0;
}

void watch_note(struct watch *watch, const char *kind, const char *object, const char *what,
		bool repaired, struct wall since)
{
	struct changer nobody = changer_unknown(); /* the kernel says it of tables alone */
	struct mended mended = { .differences = 1 };

	snprintf(mended.kind, sizeof(mended.kind), "%s", kind);
	snprintf(mended.object, sizeof(mended.object), "%s", object);
	buf_printf(&mended.what, "~ %s\n", what);
	mended_record(watch, "posture", &mended, repaired, since.sec * 1000000,
		      clock_us(CLOCK_MONOTONIC), &nobody);
	mended_done(&mended);
}

/* ---- the clock was set, or the machine slept ---- */

static bool clock_arm(struct watch *watch)
{
	struct itimerspec far = { .it_value = { .tv_sec = time(NULL) + FAR_SEC } };

	return timerfd_settime(watch->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far,
			       NULL) == 0;
}

static int on_clock(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct watch *watch = context;
	uint64_t times;

	(void)source;
	(void)revents;
	if (read(fd, &times, sizeof(times)) < 0 && errno == EAGAIN)
		return 0;
	say(SAY_NOTICE, "%s",
	    _("the clock was set or the machine slept; everything is verified anew"));
	if (!clock_arm(watch))
		return -errno;
	watch_soon(watch);
	watch->calls.on_state(watch->calls.context);
	return 0;
}

/* ---- calm after a fight ---- */

static int on_calm(sd_event_source *source, uint64_t usec, void *context)
{
	struct watch *watch = context;
	struct gate *gate = watch->gate;
	bool over = fight_is_over(&watch->fight, clock_us(CLOCK_MONOTONIC));
	struct errs errs;

	(void)usec;
	if (watch->fight.on && !over) {
		sd_event_source_set_time_relative(source, FIGHT_SPAN_US / 10);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
		return 0;
	}
	errs_init(&errs);
	if (gate->closed && gate->verified.same && !gate_open(gate, &errs))
		say_errs(&errs);
	errs_done(&errs);
	if (!gate->closed)
		gate_trouble(gate, TROUBLE_FIGHT, NULL);
	watch_soon(watch);
	if (gate->closed) {
		sd_event_source_set_time_relative(source, FIGHT_SPAN_US);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	}
	watch->calls.on_state(watch->calls.context);
	return 0;
}

/* ---- beginning and end ---- */

static bool sources_add(struct watch *watch, sd_event *event, int fd)
{
	watch->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	return watch->clock_fd >= 0 && clock_arm(watch) &&
	       sd_event_add_io(event, &watch->events, fd, EPOLLIN, on_events, watch) >= 0 &&
	       sd_event_source_set_priority(watch->events, SD_EVENT_PRIORITY_IMPORTANT) >= 0 &&
	       sd_event_source_set_ratelimit(watch->events, TURN_USEC, TURN_MOST) >= 0 &&
	       sd_event_add_io(event, &watch->clock, watch->clock_fd, EPOLLIN, on_clock, watch) >=
		       0 &&
	       sd_event_add_time_relative(event, &watch->sweep, CLOCK_BOOTTIME, 0, 0, on_sweep,
					  watch) >= 0 &&
	       sd_event_add_time_relative(event, &watch->calm, CLOCK_BOOTTIME, FIGHT_SPAN_US, 0,
					  on_calm, watch) >= 0 &&
	       sd_event_source_set_enabled(watch->calm, watch->gate->closed ? SD_EVENT_ONESHOT
									    : SD_EVENT_OFF) >= 0;
}

struct watch *watch_new(sd_event *event, struct gate *gate, const struct watch_calls *calls,
			struct errs *errs)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int fd = nft_event_fd(gate->nft, errs);

	if (!watch)
		abort();
	watch->gate = gate;
	watch->event = event;
	watch->verified_us = wall_us();
	watch->calls = *calls;
	watch->clock_fd = -1;
	watch->quiet_us = wall_us();
	gate->before_change = before_change;
	gate->before_context = watch;
	watch->others = others_new();
	watch->recorder = recorder_new(gate->place->log_dir, errs);
	if (fd < 0 || !sources_add(watch, event, fd)) {
		watch_free(watch);
		return NULL;
	}
	return watch;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	sd_event_source_unref(watch->events);
	sd_event_source_unref(watch->sweep);
	sd_event_source_unref(watch->clock);
	sd_event_source_unref(watch->calm);
	if (watch->clock_fd >= 0)
		close(watch->clock_fd);
	if (watch->recorder)
		recorder_flush(watch->recorder, offset_sec(watch), false);
	recorder_free(watch->recorder);
	others_free(watch->others);
	look_free(watch->look);
	hole_free(watch->hole);
	buf_done(&watch->found);
	buf_done(&watch->offload_why);
	free(watch);
}

struct drifts *watch_drifts(struct watch *watch)
{
	return recorder_drifts(watch->recorder);
}

const json_t *watch_others(const struct watch *watch)
{
	return others_json(watch->others);
}

struct watch_counts watch_counts(const struct watch *watch)
{
	return watch->counts;
}
