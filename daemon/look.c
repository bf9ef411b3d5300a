/* See look.h. The answer is a head, and behind it six runs of bytes. It is read as what a stranger
 * wrote: every length is checked. */
#include "daemon/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "daemon/child.h"
#include "daemon/others.h"
#include "daemon/posture.h"

enum { ANSWER_MAGIC = 0x5e61540, LOOK_MOST_USEC = 60 * 1000000, ANSWER_MOST_BYTES = 256 << 20 };

enum run { RUN_WHY, RUN_OTHERS, RUN_COUNTS, RUN_CONNECTIONS, RUN_FINDINGS, RUN_OFFLOADS, RUNS };

struct answer {
	uint32_t magic, generation, others_generation;
	bool read, same, others_read;
	int64_t took_us;
	struct audit_last audited;
	struct {
		bool done;
		uint8_t result; /* enum proof_result */
		int64_t at_sec, took_us;
	} proved;
	size_t run_bytes[RUNS]; /* behind it, in this order */
};

struct look {
	struct gate *gate;
	const struct generation *of;
	bool all;
	struct child *child;
	look_on_done *on_done;
	void *context;
};

/* ---- the child ---- */

static void why_add(struct buf *why, const struct errs *errs)
{
	vec_each(err, &errs->list)
		buf_printf(why, "%s%s", why->count ? "; " : "", err->message);
}

/* What the child has read and made of it. */
struct looking {
	struct gate *gate;
	struct answer answer;
	struct buf runs[RUNS];
	struct ruleset *ours, *others;
};

static void ours_look(struct looking *looking)
{
	struct gate *gate = looking->gate;
	struct errs errs;

	errs_init(&errs);
	looking->ours = nft_read(gate->nft, OUR_TABLE, &looking->answer.generation, &errs);
	looking->answer.read = looking->ours;
	if (looking->ours) {
		looking->answer.same = rulesets_same(looking->ours, gate->now->ruleset, NULL);
		traffic_counts(looking->ours, &looking->runs[RUN_COUNTS]);
	}
	why_add(&looking->runs[RUN_WHY], &errs);
	errs_done(&errs);
}

static void others_look_at(struct looking *looking, uint32_t *ret_generation)
{
	struct others_found found = { 0 };
	struct errs errs;

	errs_init(&errs);
	looking->others = nft_read_others(looking->gate->nft, OUR_TABLE, ret_generation, &errs);
	looking->answer.others_read = looking->others;
	looking->answer.others_generation = *ret_generation;
	if (looking->others)
		others_tell(looking->others, posture_guards, looking->gate, &found);
	looking->runs[RUN_OTHERS] = found.json;
	looking->runs[RUN_OFFLOADS] = found.offloads;
	why_add(&looking->runs[RUN_WHY], &errs);
	errs_done(&errs);
}

static void proved_put(struct looking *looking, const struct proved *proved)
{
	struct answer *answer = &looking->answer;
	char *text = json_dumps(proved->findings, JSON_COMPACT);

	answer->proved.done = true;
	answer->proved.result = (uint8_t)proved->result;
	answer->proved.at_sec = proved->at.sec;
	answer->proved.took_us = proved->took_us;
	buf_add_text(&looking->runs[RUN_FINDINGS], text);
	free(text);
}

/* Nothing can be proved of what cannot be read. */
static void unreadable_put(struct looking *looking, const struct errs *errs)
{
	struct proved proved = { .done = true,
				 .result = PROOF_INCONCLUSIVE,
				 .at = wall_now(),
				 .findings = json_array() };
	struct buf why = { 0 };

	why_add(&why, errs);
	json_array_append_new(proved.findings,
			      json_pack("{s:s,s:s,s:s}", "kind",
					proof_kind_word(PROOF_UNFINISHED), "path", "forward", "text",
					why.count ? buf_text(&why) : "?"));
	proved_put(looking, &proved);
	proved_done(&proved);
	buf_done(&why);
}

/* What the tables of others are judged by is read without what their sets hold, which can be much. A
 * proof needs it. NULL: it could not be read, or not at that generation. */
static struct ruleset *whole_read(struct looking *looking)
{
	struct ruleset *all;
	uint32_t generation;
	struct errs errs;

	errs_init(&errs);
	all = nft_read(looking->gate->nft, NULL, &generation, &errs);
	if (!all && !nft_is_race(&errs))
		unreadable_put(looking, &errs);
	errs_done(&errs);
	if (all && generation == looking->answer.generation)
		return all;
	ruleset_free(all);
	return NULL;
}

static bool any_set(const struct ruleset *ruleset)
{
	vec_each(table, &ruleset->tables)
		if ((*table)->sets.count)
			return true;
	return false;
}

/* Of what was there at one moment: two readings with a change between them prove nothing, and the
 * change is looked at again. */
static void meaning_look(struct looking *looking, uint32_t generation)
{
	_cleanup_(ruleset_freep) struct ruleset *all = NULL;
	struct proved proved;

	if (!looking->ours || !looking->others || looking->answer.generation != generation)
		return;
	if (any_set(looking->others)) {
		all = whole_read(looking);
		if (!all)
			return;
	}
	prover_run(looking->gate->now, &looking->gate->isolations, all ? all : looking->ours,
		   all ? NULL : looking->others, &proved);
	proved_put(looking, &proved);
	proved_done(&proved);
}

/* What is found is ended here: the daemon ends this process before it changes the policy. */
static void connections_look(struct looking *looking)
{
	struct gate *gate = looking->gate;
	struct errs errs;

	errs_init(&errs);
	gate->audit = audit_new();
	gate_audit(gate, CAUSE_SWEEP, &errs);
	looking->answer.audited = gate->audited;
	vec_each(err, &errs.list)
		buf_printf(&looking->runs[RUN_CONNECTIONS], "%s\n", err->message);
	errs_done(&errs);
}

static bool look_work(void *context, int fd)
{
	struct look *look = context;
	struct looking looking = { .gate = look->gate, .answer.magic = ANSWER_MAGIC };
	int64_t start = clock_us(CLOCK_MONOTONIC);
	uint32_t generation = 0;
	bool done;

	if (!nft_reopen(look->gate->nft))
		return false;
	if (look->all)
		ours_look(&looking);
	others_look_at(&looking, &generation);
	looking.answer.took_us = clock_us(CLOCK_MONOTONIC) - start;
	if (look->all) {
		meaning_look(&looking, generation);
		connections_look(&looking);
	}
	for (unsigned run = 0; run < RUNS; run++)
		looking.answer.run_bytes[run] = looking.runs[run].count;
	done = child_write(fd, &looking.answer, sizeof(looking.answer));
	for (unsigned run = 0; run < RUNS; run++)
		done = done && child_write(fd, buf_text(&looking.runs[run]),
					   looking.runs[run].count);
	return done;
}

/* ---- the parent ---- */

static void proved_take(struct look_result *result, const struct answer *answer,
			const char *findings, size_t bytes)
{
	json_t *list = json_loadb(findings, bytes, 0, NULL);

	if (!json_is_array(list) || answer->proved.result > PROOF_INCONCLUSIVE) {
		json_decref(list);
		return;
	}
	result->proved = (struct proved){ .done = true,
					  .result = (enum proof_result)answer->proved.result,
					  .at = { answer->proved.at_sec },
					  .took_us = answer->proved.took_us,
					  .findings = list };
}

static bool answer_read(const uint8_t *bytes, size_t count, struct look_result *result,
			struct buf *why)
{
	const uint8_t *runs[RUNS];
	struct answer answer;
	size_t left = count - sizeof(answer);

	if (count < sizeof(answer))
		return false;
	memcpy(&answer, bytes, sizeof(answer));
	if (answer.magic != ANSWER_MAGIC)
		return false;
	bytes += sizeof(answer);
	for (unsigned run = 0; run < RUNS; run++) {
		if (answer.run_bytes[run] > left)
			return false;
		runs[run] = bytes;
		bytes += answer.run_bytes[run];
		left -= answer.run_bytes[run];
	}
	if (left)
		return false;
	buf_add(why, runs[RUN_WHY], answer.run_bytes[RUN_WHY]);
	result->done = true;
	result->read = answer.read;
	result->same = answer.same;
	result->others_read = answer.others_read;
	result->generation = answer.generation;
	result->took_us = answer.took_us;
	result->others = (const char *)runs[RUN_OTHERS];
	result->others_bytes = answer.run_bytes[RUN_OTHERS];
	result->counts = runs[RUN_COUNTS];
	result->counts_bytes = answer.run_bytes[RUN_COUNTS];
	result->connections = (const char *)runs[RUN_CONNECTIONS];
	result->connections_bytes = answer.run_bytes[RUN_CONNECTIONS];
	result->offloads = (const char *)runs[RUN_OFFLOADS];
	result->offloads_bytes = answer.run_bytes[RUN_OFFLOADS];
	result->others_generation = answer.others_generation;
	result->audited = answer.audited;
	if (answer.proved.done)
		proved_take(result, &answer, (const char *)runs[RUN_FINDINGS],
			    answer.run_bytes[RUN_FINDINGS]);
	return true;
}

static void on_answer(void *context, const void *bytes, size_t count, const char *why)
{
	struct look *look = context;
	struct look_result result = { .stale = look->of != look->gate->now };
	struct buf said = { 0 };

	if (!bytes)
		buf_add_text(&said, why);
	else if (!answer_read(bytes, count, &result, &said))
		buf_add_text(&said, _("the process that reads the kernel failed"));
	result.why = said.count ? buf_text(&said) : NULL;
	look->on_done(look->context, &result);
	proved_done(&result.proved);
	buf_done(&said);
}

struct look *look_start(sd_event *event, struct gate *gate, bool all, look_on_done *on_done,
			void *context, struct errs *errs)
{
	struct look *look = calloc(1, sizeof(*look));
	struct child_plan plan = { .name = "sekishod-look",
				   .most_usec = LOOK_MOST_USEC,
				   .most_bytes = ANSWER_MOST_BYTES,
				   .work = look_work,
				   .on_done = on_answer,
				   .context = look };

	if (!look)
		abort();
	*look = (struct look){
		.gate = gate, .of = gate->now, .all = all, .on_done = on_done, .context = context
	};
	nft_settle(gate->nft); /* what only the one who owns the tables may do */
	look->child = child_start(event, &plan, errs);
	if (look->child)
		return look;
	look_free(look);
	return NULL;
}

void look_free(struct look *look)
{
	if (!look)
		return;
	child_free(look->child);
	free(look);
}
