/* See prover.h. */
#include "daemon/prover.h"

#include <string.h>

#include "base/clock.h"
#include "daemon/gate.h"
#include "proof/want.h"

enum { MARGIN_SEC = 3, BUDGET = 20000000 };

void proved_done(struct proved *proved)
{
	json_decref(proved->findings);
	*proved = (struct proved){ 0 };
}

static const char *const paths[PATHS] = { "forward", "input", "output" };

static json_t *finding_json(const struct proof_finding *finding)
{
	struct buf text = { 0 }, place = { 0 };
	json_t *json;

	proof_finding_print(&text, finding);
	if (finding->by.table)
		place_print(&place, &finding->by);
	json = json_pack("{s:s,s:s,s:s?,s:s?,s:s}", "kind", proof_kind_word(finding->kind), "path",
			 paths[finding->path], "flow", finding->flow, "place",
			 place.count ? buf_text(&place) : NULL, "text", buf_text(&text));
	buf_done(&text);
	buf_done(&place);
	return json ? json : json_object(); /* a name in no UTF-8 */
}

/* What refutes stands first: it is what is told where one line is told. */
static json_t *findings_json(const struct proof *proof)
{
	static const enum proof_kind order[] = { PROOF_DISAGREES, PROOF_ADMITS,	   PROOF_STOPS,
						 PROOF_UNFINISHED, PROOF_MAY_ADMIT, PROOF_CARRIES,
						 PROOF_MAY_STOP };
	json_t *list = json_array();

	for (size_t i = 0; i < array_count(order); i++)
		vec_each(finding, &proof->findings)
			if (finding->kind == order[i])
				json_array_append_new(list, finding_json(finding));
	return list;
}

/* Both as one, for as long as it is looked at. */
static void join(const struct ruleset *ours, const struct ruleset *others, struct arena *arena,
		 struct ruleset *ret_all)
{
	*ret_all = (struct ruleset){ .arena = arena, .at_ms = ours->at_ms };
	vec_each(table, &ours->tables)
		*vec_add(arena, &ret_all->tables) = *table;
	if (others)
		vec_each(table, &others->tables)
			*vec_add(arena, &ret_all->tables) = *table;
}

static void proof_make(const struct generation *generation, const struct isolations *isolations,
		       const struct ruleset *all, struct wall at, bool safety_alone,
		       struct want *want, struct proof *ret_proof)
{
	struct proof_question question = { .ruleset = all,
					   .own = OUR_TABLE,
					   .families = { true, true },
					   .safety_alone = safety_alone,
					   .budget = BUDGET };

	want_init(want, generation->policy, &generation->permits, isolations, at, MARGIN_SEC);
	for (unsigned path = 0; path < PATHS; path++)
		question.claims[path] = &want->claims[path];
	prove(&question, ret_proof);
}

void prover_run(const struct generation *generation, const struct isolations *isolations,
		const struct ruleset *ours, const struct ruleset *others, struct proved *ret_proved)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	int64_t start = clock_us(CLOCK_MONOTONIC);
	struct ruleset all;
	struct want want;
	struct proof proof;

	join(ours, others, arena, &all);
	*ret_proved = (struct proved){ .done = true, .at = wall_now() };
	proof_make(generation, isolations, &all, ret_proved->at, false, &want, &proof);
	ret_proved->result = proof.result;
	ret_proved->findings = findings_json(&proof);
	proof_done(&proof);
	want_done(&want);
	ret_proved->took_us = clock_us(CLOCK_MONOTONIC) - start;
}

static json_t *admitted_json(const struct proof_finding *finding)
{
	struct buf packets = { 0 }, example = { 0 }, by = { 0 };
	json_t *json;

	box_print(&packets, &finding->box);
	packet_print(&example, &finding->packet);
	if (finding->by.table)
		place_print(&by, &finding->by);
	json = json_pack("{s:s,s:s,s:s,s:s}", "path", paths[finding->path], "packets",
			 buf_text(&packets), "example",
			 buf_text(&example), "by", buf_text(&by));
	buf_done(&packets);
	buf_done(&example);
	buf_done(&by);
	return json ? json : json_object(); /* a name in no UTF-8 */
}

json_t *prover_admitted(const struct generation *generation, const struct isolations *isolations,
			const struct ruleset *ruleset)
{
	struct want want;
	struct proof proof;
	json_t *list = json_array();

	proof_make(generation, isolations, ruleset, wall_now(), true, &want, &proof);
	vec_each(finding, &proof.findings)
		if (finding->kind == PROOF_ADMITS || finding->kind == PROOF_MAY_ADMIT)
			json_array_append_new(list, admitted_json(finding));
	if (!json_array_size(list) && proof.result == PROOF_INCONCLUSIVE) {
		json_decref(list);
		list = NULL;
	}
	proof_done(&proof);
	want_done(&want);
	return list;
}

const char *proved_worst(const struct proved *proved)
{
	const json_t *first = json_array_get(proved->findings, 0);

	return proved->done && first ? json_string_value(json_object_get(first, "text")) : NULL;
}
