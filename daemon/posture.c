/* See posture.h. */
#include "daemon/posture.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "daemon/control.h"
#include "daemon/say.h"

enum {
	LOOK_AGAIN_USEC = 20 * 1000,         /* events in a row are answered once in so long */
	LOOK_ALWAYS_USEC = 10 * 1000 * 1000, /* for what raises no event */
	LOOK_SPREAD_USEC = 500 * 1000,       /* so that the machine may wake for several things at once */
	TELL_USEC = 10 * 1000 * 1000,
	TELL_MOST = 100, /* repairs in that time, each; whoever keeps changing things fills no disk */
	ROUNDS = 3, /* a repair may bring up the next: settings of all change those of each */
};

struct posture {
	sd_event *event;
	struct gate *gate;
	struct host *host;
	sd_event_source *heard, *timer;
	struct host_want *want;
	char want_hash[HASH_TEXT_BYTES];
	struct host_state *state;   /* of the last look */
	struct host_report *report; /* of the last look */
	struct control *control;
	struct posture_calls calls;
	uint64_t looked_usec; /* of the event loop's clock */
	struct wall looked_at, looked_before; /* the last look, and the one before it */
	int64_t took_us;
	struct {
		int64_t since_us;
		unsigned count;
	} told; /* repairs, within TELL_USEC */
	size_t set; /* by a look that does not tell of it */
};

/* ---- telling ---- */

enum told { TOLD_FOUND, TOLD_REPAIRED, TOLD_GONE };

static void finding_tell(struct posture *posture, const struct host_finding *finding,
			 enum told told)
{
	static const char *const words[] = { "found", "repaired", "gone" };
	static const char *const suffixes[] = { "", N_(" (put right)"), N_(" (no longer so)") };
	bool found = told == TOLD_FOUND;

	say(!found				     ? SAY_NOTICE
	    : finding->severity == HOST_CRITICAL ? SAY_CRITICAL
						     : SAY_WARNING,
	    "%s: %s%s%s%s", finding->code, finding->message, found ? "" : _(suffixes[told]),
	    found && finding->hint ? " → " : "", found && finding->hint ? finding->hint : "");
	if (posture->control) {
		json_t *event = json_pack("{s:s,s:s,s:s,s:s,s:s?,s:s?}", "event", "posture", "what",
					  words[told], "code", finding->code, "severity",
					  finding->severity == HOST_CRITICAL ? "critical"
									     : "warning",
					  "interface", finding->interface, "message",
					  finding->message);

		if (event) /* an interface may be named in no UTF-8: then the journal alone has it */
			control_tell(posture->control, event);
	}
	if (posture->calls.on_posture && told != TOLD_GONE)
		posture->calls.on_posture(posture->calls.context, finding, told == TOLD_REPAIRED);
}

static void repair_tell(struct posture *posture, const struct host_finding *finding)
{
	int64_t now = clock_us(CLOCK_MONOTONIC);

	if (now - posture->told.since_us > TELL_USEC) {
		posture->told.since_us = now;
		posture->told.count = 0;
	}
	if (posture->told.count++ < TELL_MOST)
		finding_tell(posture, finding, TOLD_REPAIRED);
	else if (posture->told.count == TELL_MOST + 1)
		say(SAY_WARNING, "%s",
		    _("somebody keeps changing the machine; repairs go on and are not told for a while"));
}

/* What is new and what is gone since the last look. */
static void report_compare(struct posture *posture, const struct host_report *before,
			   const struct host_report *now)
{
	vec_each(finding, &now->findings)
		if (!before || !host_report_find(before, finding))
			finding_tell(posture, finding, TOLD_FOUND);
	if (before)
		vec_each(finding, &before->findings)
			if (!host_report_find(now, finding))
				finding_tell(posture, finding, TOLD_GONE);
}

/* ---- the state of the gate ---- */

/* The gate's own word for it; whatever else is wrong with the gate stays said. */
static void gate_follow(struct posture *posture)
{
	const struct buf *before = &posture->gate->troubles[TROUBLE_POSTURE];
	const struct host_finding *worst = NULL;
	struct buf why = { 0 };

	vec_each(finding, &posture->report->findings)
		if (finding->severity == HOST_CRITICAL && !worst)
			worst = finding;
	if (worst)
		buf_printf(&why, "%s: %s", worst->code, worst->message);
	if (strcmp(buf_text(&why), buf_text(before)) != 0) {
		gate_trouble(posture->gate, TROUBLE_POSTURE, buf_text(&why));
		if (posture->calls.on_state)
			posture->calls.on_state(posture->calls.context);
	}
	buf_done(&why);
}

/* ---- looking ---- */

/* True: it is another policy's, so what is set for it is no repair. */
static bool want_renew(struct posture *posture)
{
	const struct gate *gate = posture->gate;
	bool fresh = !posture->want || strcmp(posture->want_hash, gate->now->hash) != 0;

	if (fresh) {
		host_want_free(posture->want);
		posture->want = posture_want_new(gate);
		snprintf(posture->want_hash, sizeof(posture->want_hash), "%s", gate->now->hash);
	}
	posture->want->forward = posture_forwards(gate);
	posture->want->may_open = gate->verified.done && gate->verified.same;
	return fresh;
}

/* True: something was changed, and another look must tell whether it helped. */
static bool findings_repair(struct posture *posture, const struct host_report *report, bool quiet)
{
	bool any = false;

	/* at a start the machine is set up whatever the policy wants done later */
	if (!quiet && !posture->gate->now->policy->enforce.repair)
		return false;
	vec_each(finding, &report->findings) {
		if (finding->repair.kind == HOST_REPAIR_NONE ||
		    host_repair(posture->host, &finding->repair) != 0)
			continue;
		any = true;
		if (quiet)
			posture->set++;
		else
			repair_tell(posture, finding);
	}
	return any;
}

static void timer_arm(struct posture *posture, uint64_t usec, uint64_t spread_usec)
{
	sd_event_source_set_time_accuracy(posture->timer, spread_usec);
	sd_event_source_set_time_relative(posture->timer, usec);
	sd_event_source_set_enabled(posture->timer, SD_EVENT_ONESHOT);
}

void posture_look(struct posture *posture)
{
	struct host_report *before = posture->report;
	bool quiet = want_renew(posture), again = true;
	int64_t start = clock_us(CLOCK_MONOTONIC);

	posture->looked_before = posture->looked_at;
	posture->looked_at = wall_now();
	posture->report = NULL;
	posture->set = 0;
	for (int round = 0; again; round++) {
		host_state_free(posture->state);
		host_report_free(posture->report);
		posture->state = host_read(posture->host, posture->want);
		posture->report = host_judge(posture->state, posture->want);
		again = round < ROUNDS && findings_repair(posture, posture->report, quiet);
	}
	posture->took_us = clock_us(CLOCK_MONOTONIC) - start;
	sd_event_now(posture->event, CLOCK_MONOTONIC, &posture->looked_usec);
	if (posture->set)
		say(SAY_NOTICE, _("%zu settings and pins of the machine were set"), posture->set);
	report_compare(posture, before, posture->report);
	host_report_free(before);
	gate_follow(posture);
	timer_arm(posture, LOOK_ALWAYS_USEC, LOOK_SPREAD_USEC);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *context)
{
	(void)source;
	(void)usec;
	posture_look(context);
	return 0;
}

/* At once when it was quiet; in a flood, once in a while. */
static int on_heard(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct posture *posture = context;
	uint64_t now = 0;

	(void)source;
	(void)fd;
	(void)events;
	if (!host_heard(posture->host, posture->want))
		return 0;
	sd_event_now(posture->event, CLOCK_MONOTONIC, &now);
	if (now >= posture->looked_usec + LOOK_AGAIN_USEC)
		posture_look(posture);
	else
		timer_arm(posture, posture->looked_usec + LOOK_AGAIN_USEC - now, 1);
	return 0;
}

static bool posture_listen(struct posture *posture, struct errs *errs)
{
	int fd = host_listen(posture->host, errs);

	return fd >= 0 &&
	       sd_event_add_io(posture->event, &posture->heard, fd, EPOLLIN, on_heard, posture) >=
		       0 &&
	       sd_event_add_time_relative(posture->event, &posture->timer, CLOCK_MONOTONIC,
					  LOOK_ALWAYS_USEC, LOOK_SPREAD_USEC, on_timer,
					  posture) >= 0;
}

struct posture *posture_new(sd_event *event, struct gate *gate, const struct posture_calls *calls,
			    struct errs *errs)
{
	struct posture *posture = calloc(1, sizeof(*posture));

	if (!posture)
		abort();
	posture->event = event;
	posture->gate = gate;
	posture->calls = *calls;
	posture->host = host_open(errs);
	if (!posture->host || !posture_listen(posture, errs)) {
		posture_free(posture);
		return NULL;
	}
	posture_look(posture);
	return posture;
}

void posture_free(struct posture *posture)
{
	if (!posture)
		return;
	sd_event_source_unref(posture->heard);
	sd_event_source_unref(posture->timer);
	host_report_free(posture->report);
	host_state_free(posture->state);
	host_want_free(posture->want);
	if (posture->host)
		host_close(posture->host);
	free(posture);
}

/* ---- for others ---- */

struct host_report *posture_report(const struct posture *posture)
{
	return host_judge(posture->state, posture->want);
}

void posture_counts(const struct posture *posture, size_t *ret_critical, size_t *ret_warning)
{
	*ret_critical = posture->report->critical;
	*ret_warning = posture->report->warning;
}

int64_t posture_took_us(const struct posture *posture)
{
	return posture->took_us;
}

uint64_t posture_lost(const struct posture *posture)
{
	return host_lost(posture->host);
}

struct wall posture_looked_before(const struct posture *posture)
{
	return posture->looked_before;
}

struct wall posture_looked_at(const struct posture *posture)
{
	return posture->looked_at;
}

bool posture_guards(const void *context, const char *device)
{
	const struct gate *gate = context;
	const struct posture *posture = gate->posture;
	size_t count = strlen(device);
	bool is_prefix = device[count - 1] == '*';

	vec_each(zone, &gate->now->policy->zones)
		if (zone->interface && (is_prefix ? strncmp(zone->interface, device, count - 1)
						  : strcmp(zone->interface, device)) == 0)
			return true;
	return posture && host_carries(posture->state, posture->want, device);
}

void posture_tell(struct posture *posture, struct control *control)
{
	posture->control = control;
}
