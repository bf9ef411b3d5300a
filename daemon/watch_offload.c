/* The one thing of others that the watch takes away: a flowtable on an interface of a zone, with the
 * rules that put connections into it. It carries what was permitted once, whatever the policy says
 * by now; without it the packets take their way through our chains again.
 *
 * What there is to take away comes from a look, a process that reads what others wrote: what it
 * says is unpacked with care, and names nothing but rules and flowtables of tables not ours. */
#include <string.h>

#include "base/lang.h"
#include "base/utf8.h"
#include "daemon/say.h"
#include "daemon/watch_parts.h"

enum { RACES_UNTOLD = 3 }; /* one after another */

/* In words, lines; and the first of them as what it is about. */
static void offload_tell(struct mended *mended, const struct offload *offload)
{
	struct buf object = { 0 };

	offload_print(&object, offload);
	utf8_hide_faults(object.text, object.count);
	snprintf(mended->kind, sizeof(mended->kind), "flowtable-added");
	snprintf(mended->object, sizeof(mended->object), "%s", buf_text(&object));
	mended->differences = 1 + offload->rules.count;
	buf_printf(&mended->what, "+ %s on %s\n", buf_text(&object), offload->devices);
	buf_clear(&object);
	vec_each(rule, &offload->rules) {
		offload_rule_print(&object, offload, rule);
		buf_printf(&mended->what, "+ %s\n", buf_text(&object));
		buf_clear(&object);
	}
	buf_printf(&mended->what, "  %s\n",
		   _("it carried connections of zones around the gateway's rules: taken away, with the rules that name it"));
	utf8_hide_faults(mended->what.text, mended->what.count);
	buf_done(&object);
}

static void offload_gone(struct watch *watch, const struct offload *offload,
			 const struct other_finding *finding)
{
	int64_t now_us = clock_us(CLOCK_MONOTONIC);
	struct mended mended = { 0 };

	offload_tell(&mended, offload);
	mended_record(watch, "tables", &mended, true, finding->since_us, finding->found_us,
		      finding->changer);
	fight_judge(watch, fight_add(&watch->fight, finding->found_us, now_us, true),
		    finding->changer);
	mended_done(&mended);
}

static void offload_stays(struct buf *why, const struct offload *offload, const struct errs *errs)
{
	const struct err *err = errs->list.items; /* the first */
	struct buf object = { 0 };

	if (why->count)
		return; /* one is told */
	offload_print(&object, offload);
	buf_printf(why, _("a flowtable of somebody else carries connections of zones around the gateway's rules and could not be taken away: %s: %s"),
		   buf_text(&object), err->sys_errno ? strerror(err->sys_errno) : err->message);
	if (err->hint)
		buf_printf(why, " → %s", err->hint);
	utf8_hide_faults(why->text, why->count);
	buf_done(&object);
}

/* Somebody came between, and the next look follows at once: what that one takes away is told once,
 * as taken away. Where it goes on like this, it is told as found. */
static uint64_t offloads_race(struct watch *watch)
{
	watch->look_again = true;
	return watch->offload_races++ < RACES_UNTOLD ? UINT64_MAX : 0;
}

static uint64_t offloads_remove(struct watch *watch, const struct offloads *offloads,
				uint32_t generation, const struct other_finding *finding,
				struct buf *why)
{
	uint64_t gone = 0;

	for (size_t i = 0; i < offloads->list.count && i < OTHERS_GONE_MOST; i++) {
		const struct offload *offload = &offloads->list.items[i];
		struct errs errs;

		errs_init(&errs);
		if (gate_remove_offload(watch->gate, offload, &generation, &errs)) {
			gone |= (uint64_t)1 << i;
			offload_gone(watch, offload, finding);
		} else if (nft_is_race(&errs)) {
			errs_done(&errs);
			return gone | offloads_race(watch); /* the rest may be otherwise by now */
		} else {
			offload_stays(why, offload, &errs);
		}
		errs_done(&errs);
	}
	watch->offload_races = 0;
	return gone;
}

/* Said when it is new; the trouble stands as long as it does. */
static void why_keep(struct watch *watch, const struct buf *why)
{
	if (why->count && strcmp(buf_text(why), buf_text(&watch->offload_why)) != 0)
		say(SAY_CRITICAL, "%s", buf_text(why));
	buf_clear(&watch->offload_why);
	buf_add_text(&watch->offload_why, buf_text(why));
}

uint64_t offloads_mend(struct watch *watch, const struct look_result *result,
		       const struct other_finding *finding)
{
	const struct gate *gate = watch->gate;
	struct buf why = { 0 };
	struct offloads offloads;
	uint64_t gone = 0;

	if (!result->others_read || result->stale || !result->offloads_bytes ||
	    !gate->now->policy->enforce.repair) {
		watch->offload_races = 0;
		why_keep(watch, &why);
		return 0;
	}
	if (!offloads_unpack(result->offloads, result->offloads_bytes, &offloads)) {
		buf_add_text(&why, _("the tables of others could not be read"));
	} else {
		/* what came in between is still to be heard, and may be ours to mend */
		if (result->others_generation == gate->kernel_generation)
			gone = offloads_remove(watch, &offloads, result->others_generation,
					       finding, &why);
		else
			gone = offloads_race(watch);
		/* that they are gone, and those beyond the first, is for the next look to find */
		watch->look_again |= gone != 0;
		offloads_done(&offloads);
	}
	why_keep(watch, &why);
	buf_done(&why);
	return gone;
}
