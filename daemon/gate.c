/* See gate.h. */
#include "daemon/gate.h"

#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "daemon/marks.h"
#include "daemon/probe_file.h"
#include "daemon/state.h"

enum { DIFFERENCES_TOLD = 100, APPLY_TRIES = 3, SWITCH_TRIES = 5 };

static bool is_troubled(const struct gate *gate)
{
	for (unsigned i = 0; i < TROUBLES; i++)
		if (gate->troubles[i].count)
			return true;
	return false;
}

const char *gate_state_word(const struct gate *gate)
{
	if (gate->closed)
		return "lockdown";
	switch (gate->state) {
	case GATE_STARTING:
		return "starting";
	case GATE_ENFORCING:
		if (is_troubled(gate))
			return "degraded";
		return gate->isolations.list.count ? "isolated" : "enforcing";
	case GATE_DEGRADED:
		return "degraded";
	case GATE_LOCKDOWN:
		return "lockdown";
	}
	return "";
}

const char *gate_why(const struct gate *gate)
{
	if (gate->state != GATE_ENFORCING && gate->why.count)
		return buf_text(&gate->why);
	for (unsigned i = 0; i < TROUBLES; i++)
		if (gate->troubles[i].count)
			return buf_text(&gate->troubles[i]);
	return buf_text(&gate->why);
}

void gate_trouble(struct gate *gate, enum gate_trouble trouble, const char *why)
{
	buf_clear(&gate->troubles[trouble]);
	buf_add_text(&gate->troubles[trouble], why ? why : "");
}

void gate_enter(struct gate *gate, enum gate_state state, const char *why)
{
	gate->state = state;
	buf_clear(&gate->why);
	buf_add_text(&gate->why, why ? why : "");
}

bool gate_init(struct gate *gate, const struct places *place, struct nft *nft)
{
	*gate = (struct gate){ .place = place, .nft = nft, .started = wall_now() };
	if (!nft)
		return false;
	if (probe_read(place->run_dir, &gate->probe))
		nft_probe_take(gate->nft, &gate->probe);
	else
		nft_probe(gate->nft, &gate->probe);
	gate->traffic = traffic_new();
	gate->audit = audit_new();
	isolations_init(&gate->isolations);
	gate->numbers_arena = arena_new();
	return true;
}

void gate_done(struct gate *gate)
{
	generation_free(gate->now);
	traffic_free(gate->traffic);
	audit_free(gate->audit);
	proved_done(&gate->proved);
	isolations_done(&gate->isolations);
	arena_free(gate->numbers_arena);
	nft_close(gate->nft);
	buf_done(&gate->why);
	for (unsigned i = 0; i < TROUBLES; i++)
		buf_done(&gate->troubles[i]);
}

static bool gate_owns(const struct gate *gate)
{
	/* owner without persist would take the table away with us (RULESET.md) */
	return gate->probe.has[NFT_OWNER] && gate->probe.has[NFT_PERSIST];
}

/* An element whose time is up is gone from the kernel before we look: no difference. */
static bool item_is_expiry(const struct diff_item *item, int64_t at_ms)
{
	const struct element *element = item->is_object;

	return item->kind == DIFF_ELEMENT && item->op == DIFF_ADD && element->timeout_ms &&
	       element_ends_ms(element, at_ms) <= (wall_now().sec + 1) * 1000;
}

/* kernel against wanted; what differs goes to ret_differences in words. */
bool rulesets_same(const struct ruleset *kernel, const struct ruleset *wanted,
		   struct buf *ret_differences)
{
	struct diff diff;
	size_t real = 0;

	ruleset_diff(kernel, wanted, 0, &diff);
	vec_each(item, &diff.items) {
		if (item_is_expiry(item, wanted->at_ms))
			continue;
		if (ret_differences && real < DIFFERENCES_TOLD) {
			diff_item_print(ret_differences, item);
			buf_add_char(ret_differences, '\n');
		}
		real++;
	}
	diff_done(&diff);
	return real == 0;
}

/* Reads the kernel's own copy and makes it what is wanted; again when somebody came between. */
bool gate_make(struct gate *gate, const struct ruleset *wanted, struct nft_applied *ret_applied,
	       struct errs *errs)
{
	for (int tries = 0; tries < APPLY_TRIES; tries++) {
		struct ruleset *kernel;
		struct errs attempt;
		struct diff diff;
		uint32_t generation;
		bool done = false;

		errs_init(&attempt);
		kernel = nft_read(gate->nft, OUR_TABLE, &generation, &attempt);
		if (kernel) {
			ruleset_diff(kernel, wanted, 0, &diff);
			if (diff.count)
				done = nft_apply(gate->nft, &diff, generation, ret_applied,
						 &attempt) &&
				       (!ret_applied->unheard || tries == APPLY_TRIES - 1);
			else
				*ret_applied = (struct nft_applied){ .generation = generation };
			done |= !diff.count;
			diff_done(&diff);
			ruleset_free(kernel);
		}
		if (done) {
			gate->own_generation = ret_applied->generation;
			errs_done(&attempt);
			return true;
		}
		if (tries == APPLY_TRIES - 1)
			errs_copy(errs, &attempt);
		errs_done(&attempt);
	}
	return false;
}

void gate_looked(struct gate *gate, bool same, uint32_t generation, int64_t took_us)
{
	/* what was looked at may be older than what was heard of since */
	if (nft_is_older(gate->kernel_generation, generation))
		gate->kernel_generation = generation;
	gate->verified.done = true;
	gate->verified.same = same;
	gate->verified.at = wall_now();
	gate->verified.took_us = took_us;
	if (same) {
		gate_trouble(gate, TROUBLE_APPLY, NULL);
		gate_trouble(gate, TROUBLE_DRIFT, NULL);
	}
	gate_trouble(gate, TROUBLE_VERIFY, NULL);
}

void gate_proved(struct gate *gate, struct proved *proved)
{
	bool bad = proved->result == PROOF_REFUTED || proved->result == PROOF_INCONCLUSIVE;

	proved_done(&gate->proved);
	gate->proved = *proved;
	*proved = (struct proved){ 0 };
	gate_trouble(gate, TROUBLE_PROOF, bad ? proved_worst(&gate->proved) : NULL);
}

bool gate_holds(struct gate *gate, const struct generation *generation,
		struct buf *ret_differences, struct errs *errs)
{
	int64_t start = clock_us(CLOCK_MONOTONIC);
	uint32_t kernel_generation;
	struct ruleset *kernel = nft_read(gate->nft, OUR_TABLE, &kernel_generation, errs);
	bool same;

	if (!kernel) {
		gate_trouble(gate, TROUBLE_VERIFY, _("the kernel's ruleset could not be read"));
		return false;
	}
	same = rulesets_same(kernel, generation->ruleset, ret_differences);
	traffic_note(gate->traffic, kernel, wall_now());
	ruleset_free(kernel);
	gate_looked(gate, same, kernel_generation, clock_us(CLOCK_MONOTONIC) - start);
	return same;
}

bool gate_put(struct gate *gate, const struct generation *generation,
	      struct nft_applied *ret_applied, struct errs *errs)
{
	struct buf differences = { 0 };
	bool done = gate_make(gate, generation->ruleset, ret_applied, errs) &&
		    gate_holds(gate, generation, &differences, errs);

	if (!done && differences.count) {
		struct err *err = errs_add(errs, SEVERITY_ERROR, "K-READBACK", (struct src){ 0 });

		err_say(errs, err, _("the kernel does not hold what it was given:\n%s"),
			buf_text(&differences));
	}
	buf_done(&differences);
	return done;
}

/* Somebody changed the tables while we read or wrote them, or between; it is not the ruleset that
 * is wrong. */
static bool is_interference(const struct gate *gate, const struct nft_applied *applied,
			    const struct errs *errs)
{
	if (nft_is_race(errs))
		return true;
	vec_each(err, &errs->list)
		if (strcmp(err->code, "K-READBACK") == 0)
			return gate->kernel_generation != applied->generation;
	return false;
}

static void change_announce(const struct gate *gate)
{
	if (gate->before_change)
		gate->before_change(gate->before_context);
}

static void gate_take(struct gate *gate, struct generation *next)
{
	generation_free(gate->now);
	gate->now = next;
	nft_event_know(gate->nft, next->ruleset, OUR_TABLE);
}

/* It took so long that the times left were no longer true when the kernel had them. Put again,
 * only those are sent. */
static bool is_late(const struct generation *generation)
{
	return wall_now().sec * 1000 - generation->ruleset->at_ms > DEADLINE_SLACK_MS / 2;
}

/* A few times where somebody interferes or the machine is slow; on failure the kernel is brought
 * back to what is in force. Takes the generation over only on success. */
static bool gate_switch(struct gate *gate, struct generation *next, struct nft_applied *ret_applied,
			struct errs *errs)
{
	struct nft_applied back;
	bool done = false, again = true;

	change_announce(gate);
	for (int tries = 0; !done && again && tries < SWITCH_TRIES; tries++) {
		struct errs attempt;

		errs_init(&attempt);
		generation_age(next, wall_now().sec * 1000);
		done = gate_put(gate, next, ret_applied, &attempt);
		gate->interfered = !done && is_interference(gate, ret_applied, &attempt);
		again = gate->interfered || is_late(next);
		if (!done && (!again || tries == SWITCH_TRIES - 1))
			errs_copy(errs, &attempt);
		errs_done(&attempt);
	}
	if (done) {
		gate_take(gate, next);
		gate_audit(gate, CAUSE_CHANGE, errs);
	} else if (gate->now && !gate_make(gate, gate->now->ruleset, &back, errs)) {
		gate_trouble(gate, TROUBLE_APPLY,
			     _("the policy in force could not be loaded again"));
	}
	return done;
}

static struct generation_options options_make(const struct gate *gate, bool judge)
{
	return (struct generation_options){ .judge = judge,
					    .own_tables = gate_owns(gate),
					    .now = wall_now(),
					    .isolations = &gate->isolations,
					    .numbers = &gate->numbers,
					    .before = gate->now };
}

/* The policy that goes into force must be on disk before, so that a reboot finds it; and its
 * marks, so that a restart does. */
static bool gate_remember(struct gate *gate, const struct generation *generation,
			  struct errs *errs)
{
	return marks_write(&generation->numbering, gate->place->state_dir, errs) &&
	       state_write(gate->place->state_dir, STATE_POLICY, &generation->canonical, errs);
}

/* Marks of connections that may still stand. */
static void numbers_recall(struct gate *gate, struct errs *errs)
{
	uint32_t generation;
	struct ruleset *kernel = nft_read(gate->nft, OUR_TABLE, &generation, errs);

	if (!kernel)
		return; /* nor will anything be put into it */
	marks_read(&gate->numbers, gate->numbers_arena, gate->place->state_dir, kernel, errs);
	ruleset_free(kernel);
}

/* Somebody keeps the tables from being made: nothing crosses until they are, and the watch makes
 * them when it can. */
static bool start_closed(struct gate *gate, struct generation *next, struct errs *errs)
{
	if (!gate->interfered || !gate_close(gate, errs))
		return false;
	gate_trouble(gate, TROUBLE_FIGHT,
		     _("closed: somebody keeps changing the gateway's tables while it starts"));
	gate_take(gate, next);
	return true;
}

static bool start_file(struct gate *gate, struct errs *errs)
{
	struct generation_options options = options_make(gate, true);
	struct generation *next = generation_new(gate->place->policy, &options, errs);
	struct nft_applied applied;

	if (!next)
		return false;
	if (!gate_switch(gate, next, &applied, errs) && !start_closed(gate, next, errs)) {
		generation_discard(next, errs);
		return false;
	}
	gate_enter(gate, GATE_ENFORCING, NULL);
	if (!gate_remember(gate, gate->now, errs))
		gate_enter(gate, GATE_DEGRADED, _("the policy in force could not be kept on disk"));
	return true;
}

static bool start_text(struct gate *gate, const char *name, const struct buf *text,
		       const struct generation_options *options, struct errs *errs)
{
	struct generation *next =
		generation_new_text(name, buf_text(text), text->count, options, errs);
	struct nft_applied applied;

	if (!next)
		return false;
	if (gate_switch(gate, next, &applied, errs))
		return true;
	generation_discard(next, errs);
	return false;
}

static bool start_lockdown(struct gate *gate, struct errs *errs)
{
	struct generation_options options = options_make(gate, false);
	struct buf text = { 0 };
	bool started;

	options.isolations = NULL; /* it names nobody, and closes to all */
	buf_add_text(&text, lockdown_policy);
	started = start_text(gate, "lockdown", &text, &options, errs);
	if (started)
		gate_enter(gate, GATE_LOCKDOWN,
			   _("no policy could be read; everything is closed"));
	buf_done(&text);
	return started;
}

bool gate_close_all(struct gate *gate, struct errs *errs)
{
	uint32_t generation;
	struct ruleset *kernel = nft_read(gate->nft, OUR_TABLE, &generation, errs);
	bool there = kernel && kernel->tables.count;

	ruleset_free(kernel);
	if (!kernel)
		return false;
	return there || start_lockdown(gate, errs);
}

bool gate_start(struct gate *gate, struct errs *errs)
{
	struct generation_options options;
	struct buf text = { 0 };
	bool started;

	isolations_read(&gate->isolations, gate->place->state_dir, errs);
	numbers_recall(gate, errs);
	options = options_make(gate, false);
	if (start_file(gate, errs))
		return true;
	if (state_read(gate->place->state_dir, STATE_POLICY, &text, errs) &&
	    start_text(gate, STATE_POLICY, &text, &options, errs)) {
		gate_enter(gate, GATE_DEGRADED,
			   _("the policy file was refused; the last policy that was in force is enforced"));
		buf_done(&text);
		return true;
	}
	started = start_lockdown(gate, errs);
	buf_done(&text);
	return started;
}

bool gate_reload(struct gate *gate, struct nft_applied *ret_applied, struct errs *errs)
{
	struct generation_options options = options_make(gate, true);
	struct generation *next = generation_new(gate->place->policy, &options, errs);

	gate->reloads++;
	if (!next || !gate_remember(gate, next, errs) ||
	    !gate_switch(gate, next, ret_applied, errs)) {
		if (next && gate->now && gate->state != GATE_LOCKDOWN)
			(void)gate_remember(gate, gate->now, errs);
		generation_discard(next, errs);
		gate->reloads_failed++;
		return false;
	}
	gate_enter(gate, GATE_ENFORCING, NULL);
	return true;
}

bool gate_renew(struct gate *gate, const char *why, struct errs *errs)
{
	struct generation_options options = options_make(gate, false);
	struct nft_applied applied;
	struct ruleset *before;
	bool done;

	change_announce(gate);
	if (!generation_refresh(gate->now, &options, &before, errs)) {
		if (gate->state != GATE_LOCKDOWN)
			gate_enter(gate, GATE_DEGRADED, why); /* no look at the kernel mends that */
		return false;
	}
	nft_event_know(gate->nft, gate->now->ruleset, OUR_TABLE);
	done = gate_put(gate, gate->now, &applied, errs);
	if (!done)
		gate_trouble(gate, TROUBLE_APPLY, why);
	ruleset_free(before);
	gate_audit(gate, CAUSE_CHANGE, errs); /* of one that failed, what it could end */
	return done;
}

bool gate_refresh(struct gate *gate, struct errs *errs)
{
	return gate_renew(gate, _("a window could not be opened or closed"), errs);
}
