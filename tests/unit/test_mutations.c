/* The proof against thousands of changes. A ruleset that a random policy compiles to is proved;
 * then something in it changes, and packets, one by one, judge what the proof says of it: is there
 * one that passes and no claim has, or one that is claimed and stopped, the proof must not be
 * "proved"; and the packets by which it refutes must do what it says.
 *
 * The judge shares the reading of single packets with the proof (meaning.h at a point), and
 * nothing else: no boxes, no bounds, no search. MUTATIONS=n for more than the short run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proof/prove.h"
#include "unit/judge.h"
#include "unit/suites.h"

enum { SHORT_RUN = 320, BUDGET = 300000, MARGIN_SEC = 2 };

/* What is told as certain must be so, when that packet alone is sent. */
static bool is_confirmed(struct judge *judge, const struct proof_finding *finding)
{
	char fate;

	if (finding->kind != PROOF_ADMITS && finding->kind != PROOF_STOPS)
		return true;
	fate = rules_fate(judge->meanings[finding->path], &finding->packet);
	if (finding->kind == PROOF_STOPS)
		return fate == 'd';
	return fate == 'p' && (finding->packet.at[DIM_STATE] != CT_NEW ||
			       claim_of(&judge->want.claims[finding->path], &finding->packet,
					false) < 0);
}

static void ask(struct judge *judge, struct proof *ret_proof)
{
	struct proof_question question = { .ruleset = judge->ruleset,
					   .own = "sekisho",
					   .families = { true, true },
					   .budget = BUDGET };

	for (unsigned path = 0; path < PATHS; path++)
		question.claims[path] = &judge->want.claims[path];
	prove(&question, ret_proof);
}

static void judge_init(struct judge *judge, uint64_t seed)
{
	struct compile_options options = { .has_at = true };
	int offset;

	*judge = (struct judge){ .dice = { seed * 0x9e3779b97f4a7c15u | 1 } };
	ck_assert(wall_parse("2026-11-21T12:00:00+09:00", &options.at, &offset));
	if (seed % 4 == 0)
		town_build(&judge->town);
	else
		town_random(&judge->town, &judge->dice);
	judge->ruleset = town_compile(&judge->town, &options);
	ck_assert_ptr_nonnull(judge->ruleset);
	want_init(&judge->want, judge->town.policy, &judge->town.permits, NULL, options.at,
		  MARGIN_SEC);
}

static void meanings_make(struct judge *judge)
{
	for (enum path path = 0; path < PATHS; path++)
		judge->meanings[path] = meaning_new(judge->ruleset, path);
}

static void judge_done(struct judge *judge)
{
	for (enum path path = 0; path < PATHS; path++)
		meaning_free(judge->meanings[path]);
	want_done(&judge->want);
	ruleset_free(judge->ruleset);
	town_done(&judge->town);
}

static void findings_tell(const struct proof *proof)
{
	vec_each(finding, &proof->findings) {
		struct buf text = { 0 };

		proof_finding_print(&text, finding);
		fprintf(stderr, "  %s\n", buf_text(&text));
		buf_done(&text);
	}
}

START_TEST(what_is_compiled_is_proved)
{
	for (unsigned seed = 0; seed < 24; seed++) {
		struct judge judge;
		struct proof proof;

		judge_init(&judge, seed);
		meanings_make(&judge);
		ask(&judge, &proof);
		findings_tell(&proof);
		ck_assert_msg(proof.result == PROOF_PROVED, "seed %u: %s", seed,
			      proof_result_word(proof.result));
		ck_assert_msg(!find_wrong(&judge), "seed %u: a packet is wrong", seed);
		proof_done(&proof);
		judge_done(&judge);
	}
}
END_TEST

struct tally {
	unsigned results[4], wrong, wrong_proved, unconfirmed;
};

static void packet_tell(const struct packet *packet)
{
	struct buf text = { 0 };
	struct box box;

	memcpy(box.first, packet->at, sizeof(box.first));
	memcpy(box.last, packet->at, sizeof(box.last));
	box_print(&text, &box);
	fprintf(stderr, "  %s\n", buf_text(&text));
	buf_done(&text);
}

static void mutation_judge(uint64_t seed, struct tally *tally)
{
	const char *did = NULL, *more = "";
	struct judge judge;
	struct proof proof;
	bool wrong;

	judge_init(&judge, seed);
	while (!did)
		did = mutate(judge.ruleset, &judge.dice);
	if (!roll(&judge.dice, 3))
		more = mutate(judge.ruleset, &judge.dice);
	meanings_make(&judge);
	ask(&judge, &proof);
	wrong = find_wrong(&judge);
	tally->results[proof.result]++;
	tally->wrong += wrong;
	if (wrong && proof.result == PROOF_PROVED) {
		tally->wrong_proved++;
		fprintf(stderr, "seed %llu: %s, %s: proved, and wrong on path %u:\n",
			(unsigned long long)seed, did, more ? more : "", judge.wrong_path);
		packet_tell(&judge.wrong);
	}
	vec_each(finding, &proof.findings)
		if (!is_confirmed(&judge, finding)) {
			tally->unconfirmed++;
			fprintf(stderr, "seed %llu: %s, %s: not so:\n", (unsigned long long)seed,
				did, more ? more : "");
			packet_tell(&finding->packet);
			findings_tell(&proof);
			break;
		}
	proof_done(&proof);
	judge_done(&judge);
}

START_TEST(no_change_is_proved_wrongly)
{
	const char *many = getenv("MUTATIONS"), *first = getenv("MUTATION_FIRST");
	unsigned long count = many ? strtoul(many, NULL, 10) : SHORT_RUN;
	uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
	struct tally tally = { 0 };

	for (unsigned long i = 0; i < count; i++)
		mutation_judge(seed + i, &tally);
	printf("mutations: %lu from seed %llu: %u changed what a sampled packet meets; "
	       "%u proved, %u except, %u refuted, %u inconclusive\n",
	       count, (unsigned long long)seed, tally.wrong, tally.results[PROOF_PROVED],
	       tally.results[PROOF_EXCEPT], tally.results[PROOF_REFUTED],
	       tally.results[PROOF_INCONCLUSIVE]);
	ck_assert_uint_eq(tally.wrong_proved, 0);
	ck_assert_uint_eq(tally.unconfirmed, 0);
	if (!many) { /* the run is worth something */
		ck_assert_uint_gt(tally.results[PROOF_REFUTED], count / 5);
		ck_assert_uint_gt(tally.results[PROOF_PROVED], count / 20);
		ck_assert_uint_gt(tally.wrong, count / 5);
	}
}
END_TEST

Suite *suite_mutations(void)
{
	Suite *suite = suite_create("mutations");
	TCase *tcase = tcase_create("mutations");

	tcase_set_timeout(tcase, getenv("MUTATIONS") ? 3600 : 60);
	tcase_add_test(tcase, what_is_compiled_is_proved);
	tcase_add_test(tcase, no_change_is_proved_wrongly);
	suite_add_tcase(suite, tcase);
	return suite;
}
