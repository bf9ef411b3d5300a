/* See replay.h. The rules of the chains, jumps and verdicts, and the ways where there are two. */
#include <string.h>

#include "proof/replay_parts.h"

enum { BUDGET_EXPRS = 2000000, WAITING_MOST = 4096 };

/* ---- ends ---- */

static struct replay replay_of(const struct walk *walk, const struct stop *stop,
			       const struct rule *rule, enum replay_end end, const char *why)
{
	return (struct replay){ .end = end,
				.table = stop ? stop->table : NULL,
				.chain = stop ? walk->at.chain : NULL,
				.rule = rule,
				.set = rule ? walk->set : NULL,
				.element = rule ? walk->element : NULL,
				.why = why };
}

static void trail_keep(struct run *run, const struct walk *walk)
{
	struct replay_step *steps;
	size_t count = 0;

	for (const struct trace *trace = walk->trace; trace; trace = trace->before)
		count++;
	if (!run->ask->trail || !count)
		return;
	steps = arena_make_many(run->ask->trail, struct replay_step, count);
	run->result.trail = steps;
	run->result.trail_count = count;
	for (const struct trace *trace = walk->trace; trace; trace = trace->before)
		steps[--count] = trace->step;
}

/* The way ends. Where another one ended otherwise, the rule that parted them is the answer. */
static void run_end(struct run *run, const struct walk *walk, const struct replay *replay)
{
	struct replay *result = &run->result;

	if (!run->has_result) {
		*result = *replay;
		run->has_result = true;
		trail_keep(run, walk);
	} else if (replay->end == REPLAY_UNKNOWN || replay->end != result->end) {
		const struct replay *why = replay->end == REPLAY_UNKNOWN ? replay : &walk->unsure_of;
		const struct replay_step *trail = result->trail;
		size_t count = result->trail_count;

		*result = *why;
		result->end = REPLAY_UNKNOWN;
		result->trail = trail;
		result->trail_count = count;
	} else if (!replay->has_marks || result->mark != replay->mark ||
		   result->ct_mark != replay->ct_mark) {
		result->has_marks = false;
	}
	run->is_over = result->end == REPLAY_UNKNOWN;
}

static void trace_add(struct run *run, struct walk *walk, const struct stop *stop,
		      const struct rule *rule, uint8_t verdict)
{
	struct trace *trace;

	if (!run->ask->trail)
		return;
	trace = arena_make(run->arena, struct trace);
	trace->step = (struct replay_step){ stop->table, walk->at.chain, rule, verdict };
	trace->before = walk->trace;
	walk->trace = trace;
}

/* ---- rules ---- */

enum course { COURSE_ON, COURSE_NEXT_BASE, COURSE_ENDED };

static const struct rule *rule_of(const struct walk *walk)
{
	return &walk->at.chain->rules.items[walk->at.rule - 1];
}

static enum course chain_enter(struct run *run, struct walk *walk, const struct stop *stop,
			       const struct verdict *verdict)
{
	const struct chain *chain = table_find_chain(stop->table, verdict->chain);
	struct replay end;

	if (!chain || (verdict->code == VERDICT_JUMP && walk->caller_count == JUMPS_MOST)) {
		end = replay_of(walk, stop, rule_of(walk), REPLAY_UNKNOWN, "jump");
		run_end(run, walk, &end);
		return COURSE_ENDED;
	}
	/* goto leaves nothing to come back to: the called chain returns to its caller's caller */
	if (verdict->code == VERDICT_JUMP)
		walk->callers[walk->caller_count++] = walk->at;
	walk->at = (struct place){ chain, 0 };
	return COURSE_ON;
}

static enum course base_accepts(struct walk *walk, const struct stop *stop, const struct rule *rule)
{
	if (hook_is_deciding(stop->chain->hook))
		walk->passed = replay_of(walk, stop, rule, REPLAY_PASSES, NULL);
	return COURSE_NEXT_BASE;
}

static enum course base_drops(struct run *run, struct walk *walk, const struct stop *stop,
			      const struct rule *rule)
{
	struct replay end = replay_of(walk, stop, rule, REPLAY_DROPPED, NULL);

	run_end(run, walk, &end);
	return COURSE_ENDED;
}

/* Back to who jumped here; from the base chain itself there is its policy. */
static enum course chain_return(struct run *run, struct walk *walk, const struct stop *stop)
{
	if (walk->caller_count) {
		walk->at = walk->callers[--walk->caller_count];
		return COURSE_ON;
	}
	walk->at = (struct place){ stop->chain, 0 };
	trace_add(run, walk, stop, NULL, stop->chain->policy);
	if (stop->chain->policy == VERDICT_DROP)
		return base_drops(run, walk, stop, NULL);
	return base_accepts(walk, stop, NULL);
}

static enum course verdict_take(struct run *run, struct walk *walk, const struct stop *stop,
				const struct verdict *verdict)
{
	struct replay end;

	trace_add(run, walk, stop, rule_of(walk), verdict->code);
	switch ((enum verdict_code)verdict->code) {
	case VERDICT_NONE:
	case VERDICT_CONTINUE:
		return COURSE_ON;
	case VERDICT_ACCEPT:
		return base_accepts(walk, stop, rule_of(walk));
	case VERDICT_DROP:
		return base_drops(run, walk, stop, rule_of(walk));
	case VERDICT_RETURN:
		return chain_return(run, walk, stop);
	case VERDICT_JUMP:
	case VERDICT_GOTO:
		return chain_enter(run, walk, stop, verdict);
	case VERDICT_QUEUE:
		break;
	}
	end = replay_of(walk, stop, rule_of(walk), REPLAY_UNKNOWN, "queue");
	run_end(run, walk, &end);
	return COURSE_ENDED;
}

static void walk_enter_rule(struct walk *walk)
{
	walk->in_doubt = false;
	walk->unsure_why = NULL;
	walk->set = NULL;
	walk->element = NULL;
}

static void walk_parts(struct walk *walk, const struct stop *stop)
{
	if (!walk->unsure_of.chain)
		walk->unsure_of = replay_of(walk, stop, rule_of(walk), REPLAY_UNKNOWN,
					    walk->doubted);
}

static void end_unknown(struct run *run, const struct walk *walk, const struct stop *stop,
			const char *why)
{
	struct replay end = replay_of(walk, stop, rule_of(walk), REPLAY_UNKNOWN, why);

	run_end(run, walk, &end);
}

void run_fork(struct run *run, struct walk *walk, const struct stop *stop,
	      const struct verdict *verdict)
{
	enum course course = COURSE_ON;
	struct walk other;

	walk_parts(walk, stop);
	if (run->waiting.count >= WAITING_MOST)
		end_unknown(run, walk, stop, "budget");
	if (run->is_over)
		return;
	other = *walk;
	if (verdict)
		course = verdict_take(run, &other, stop, verdict);
	if (course == COURSE_ENDED)
		return;
	if (course == COURSE_NEXT_BASE) {
		other.base++;
		other.at.chain = NULL;
	}
	*vec_add(run->arena, &run->waiting) = other;
}

/* The rule may have ended before this: one way without it, and this one with it. */
static void doubt_part(struct run *run, struct walk *walk, const struct stop *stop)
{
	if (walk->in_doubt)
		run_fork(run, walk, stop, NULL);
	walk->in_doubt = false;
}

static enum course rule_run(struct run *run, struct walk *walk, const struct stop *stop)
{
	const struct rule *rule = rule_of(walk);

	walk_enter_rule(walk);
	for (size_t i = 0; i < rule->count; i++) {
		const struct expr *expr = &rule->exprs[i];
		struct verdict verdict = { 0 };

		if (!run->budget) {
			end_unknown(run, walk, stop, "budget");
			return COURSE_ENDED;
		}
		run->budget--;
		if (run->ask->executed)
			run->ask->executed[expr->kind]++;
		if (expr_writes(expr))
			doubt_part(run, walk, stop);
		switch (expr_run(run, walk, stop, expr, &verdict)) {
		case OUTCOME_GOES_ON:
			break;
		case OUTCOME_BREAKS:
			return COURSE_ON;
		case OUTCOME_EFFECT:
			doubt_part(run, walk, stop);
			end_unknown(run, walk, stop, expr_name(expr));
			return COURSE_ENDED;
		case OUTCOME_VERDICT:
			if (verdict.code == VERDICT_CONTINUE) /* of a map: the rule goes on */
				break;
			doubt_part(run, walk, stop);
			return verdict_take(run, walk, stop, &verdict);
		}
	}
	trace_add(run, walk, stop, rule, VERDICT_CONTINUE);
	return COURSE_ON;
}

static enum course base_run(struct run *run, struct walk *walk, const struct stop *stop)
{
	enum course course = COURSE_ON;

	if (!walk->at.chain) {
		walk->at = (struct place){ stop->chain, 0 };
		walk->caller_count = 0;
		walk->unsure = 0;
		memset(walk->registers, 0, sizeof(walk->registers));
	}
	while (course == COURSE_ON) {
		if (walk->at.rule < walk->at.chain->rules.count) {
			walk->at.rule++;
			course = rule_run(run, walk, stop);
		} else {
			course = chain_return(run, walk, stop);
		}
	}
	return course;
}

/* ---- the packet's way ---- */

static void end_held(struct run *run, const struct walk *walk)
{
	run_end(run, walk, &(struct replay){ .end = REPLAY_DROPPED, .why = "fragment" });
}

static void end_passed(struct run *run, struct walk *walk)
{
	struct replay end = walk->passed;

	if (fragment_ends_held(run, walk)) {
		end_held(run, walk);
		return;
	}
	if (!wire_is_ip(run->ask->packet)) {
		run_end(run, walk, &(struct replay){ .end = REPLAY_DROPPED, .why = "ethertype" });
		return;
	}
	end.end = REPLAY_PASSES;
	end.mark = walk->mark;
	end.ct_mark = walk->ct_mark;
	end.has_marks = !walk->mark_unsure && !walk->ct_mark_unsure;
	run_end(run, walk, &end);
}

static void stops_walk(struct run *run, struct walk *walk)
{
	while (walk->base < run->stops.count) {
		const struct stop *stop = &run->stops.items[walk->base];

		/* of what is no connection nothing can be translated */
		if (!walk->at.chain && stop->chain->type == CHAIN_NAT && walk->is_untracked) {
			walk->base++;
			continue;
		}
		if (!walk->at.chain && fragment_is_held(run, walk, stop)) {
			end_held(run, walk);
			return;
		}
		if (run->wire_station != stop->station)
			wire_at(&run->arriving, run->ask, stop->station, &run->wire);
		run->wire_station = stop->station;
		if (base_run(run, walk, stop) == COURSE_ENDED)
			return;
		walk->base++;
		walk->at.chain = NULL;
	}
	end_passed(run, walk);
}

static void run_prepare(struct run *run)
{
	const struct replay_ask *ask = run->ask;
	const struct packet *packet = ask->packet;
	struct walk *first = vec_add(run->arena, &run->waiting);

	wire_arrive(ask, &run->arriving);
	way_find(run);
	*first = (struct walk){ .mark = (uint32_t)packet->at[DIM_MARK],
				.ct_mark = (uint32_t)packet->at[DIM_CT_MARK] };
}

void replay_run(const struct replay_ask *ask, struct replay *ret_replay)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct run run = { .ask = ask, .arena = arena, .budget = BUDGET_EXPRS };

	run_prepare(&run);
	while (run.waiting.count && !run.is_over) {
		struct walk walk = run.waiting.items[--run.waiting.count];

		stops_walk(&run, &walk);
	}
	*ret_replay = run.result;
}
