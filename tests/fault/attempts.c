/* See attempts.h. */
#include "attempts.h"

#include <string.h>

static bool run_start(struct rig *rig, struct errs *errs)
{
	return gate_start(&rig->gate, errs);
}

static bool run_lockdown(struct rig *rig, struct errs *errs)
{
	return gate_close_all(&rig->gate, errs);
}

static bool run_reload(struct rig *rig, struct errs *errs)
{
	struct nft_applied applied;

	return gate_reload(&rig->gate, &applied, errs);
}

static bool run_refresh(struct rig *rig, struct errs *errs)
{
	return gate_refresh(&rig->gate, errs);
}

static bool run_isolate(struct rig *rig, struct errs *errs)
{
	return gate_isolate(&rig->gate, rig_host(rig), "test", errs);
}

static bool run_isolate_all(struct rig *rig, struct errs *errs)
{
	return gate_isolate(&rig->gate, "all", "test", errs);
}

static bool run_rejoin(struct rig *rig, struct errs *errs)
{
	return gate_rejoin(&rig->gate, rig_host(rig), errs);
}

/* By what was heard; where that is not enough, or could not be done before, by everything, as the
 * watch does it. */
static bool run_mend_touched(struct rig *rig, struct errs *errs)
{
	struct mended mended = { 0 };
	struct errs untold;
	bool done;

	errs_init(&untold);
	done = rig_hear(rig) && !rig->failed && !nft_touched(rig->gate.nft).lost &&
	       gate_mend_touched(&rig->gate, rig->heard, true, &mended, &untold);
	rig->guided = done;
	if (!done)
		done = gate_mend(&rig->gate, true, &mended, errs);
	rig->failed = !done;
	mended_done(&mended);
	errs_done(&untold);
	return done;
}

static bool run_mend(struct rig *rig, struct errs *errs)
{
	struct mended mended = { 0 };
	bool done = gate_mend(&rig->gate, true, &mended, errs);

	mended_done(&mended);
	return done;
}

static bool run_close(struct rig *rig, struct errs *errs)
{
	return gate_close(&rig->gate, errs);
}

static bool run_open(struct rig *rig, struct errs *errs)
{
	return gate_open(&rig->gate, errs);
}

const struct attempt attempts[] = {
	{ "start", TOWN, TOWN, .starts = true, .run = run_start, .word = "enforcing" },
	{ "lockdown", TOWN, TOWN, .starts = true, .run = run_lockdown },
	{ "reload wider", TOWN, TOWN_WIDER, .run = run_reload, .word = "enforcing",
	  .word_undone = "enforcing" },
	{ "reload narrower", TOWN, TOWN_NARROWER, .run = run_reload, .word = "enforcing",
	  .word_undone = "enforcing" },
	{ "reload other zones", TOWN, TOWN_ELSEWHERE, .run = run_reload, .word = "enforcing",
	  .word_undone = "enforcing" },
	{ "window opens", TOWN, TOWN, .minute = 10 * 60 + 30, .run = run_refresh,
	  .word = "enforcing", .word_undone = "enforcing" },
	{ "window closes", TOWN, TOWN, .minute_before = 10 * 60 + 30, .minute = 11 * 60 + 30,
	  .run = run_refresh, .word = "enforcing", .word_undone = "enforcing" },
	{ "isolate", TOWN, TOWN, .run = run_isolate, .word = "isolated",
	  .word_undone = "isolated" },
	{ "isolate all", TOWN, TOWN, .run = run_isolate_all, .word = "isolated",
	  .word_undone = "isolated" },
	{ "rejoin", TOWN, TOWN, .isolated = true, .run = run_rejoin, .word = "enforcing",
	  .word_undone = "isolated" },
	{ "mend touched", TOWN, TOWN, .vandalised = true, .guided = true, .run = run_mend_touched,
	  .word = "enforcing", .word_undone = "enforcing" },
	{ "mend", TOWN, TOWN, .vandalised = true, .run = run_mend, .word = "enforcing",
	  .word_undone = "enforcing" },
	{ "close", TOWN, TOWN, .aside = true, .run = run_close, .word = "lockdown", .word_undone = "enforcing" },
	{ "open", TOWN, TOWN, .closed = true, .aside = true, .run = run_open, .word = "enforcing",
	  .word_undone = "lockdown" },
	{ "city start", CITY, CITY, .starts = true, .run = run_start, .word = "enforcing" },
	{ "city reload wider", CITY, CITY_WIDER, .run = run_reload, .word = "enforcing",
	  .word_undone = "enforcing" },
	{ "city reload narrower", CITY, CITY_NARROWER, .run = run_reload, .word = "enforcing",
	  .word_undone = "enforcing" },
	{ "city isolate", CITY, CITY, .run = run_isolate, .word = "isolated",
	  .word_undone = "isolated" },
	{ "city mend touched", CITY, CITY, .vandalised = true, .guided = true, .run = run_mend_touched,
	  .word = "enforcing", .word_undone = "enforcing" },
};
const size_t attempts_count = array_count(attempts);
