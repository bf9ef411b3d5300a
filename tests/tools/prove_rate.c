/* prove_rate FILE: reads, compiles and proves a policy, and prints how long the proof alone took
 * (the fastest of three), for tests/bench/proof.sh: "SECONDS MIB PIECES RESULT". */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "conf/conf.h"
#include "policy/permit.h"
#include "proof/prove.h"
#include "proof/want.h"
#include "rule/compile.h"

enum { ROUNDS = 3, BUDGET = 200000000, MARGIN_SEC = 2 };

static double now_sec(void)
{
	struct timespec at;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void fail(const struct errs *errs)
{
	vec_each(err, &errs->list)
		fprintf(stderr, "%s:%u %s\n", err->at.file, err->at.line, err->message);
	exit(1);
}

int main(int argc, char **argv)
{
	struct compile_options options = { .has_at = true };
	struct proof_question question = { .own = "sekisho",
					   .families = { true, true },
					   .budget = BUDGET };
	struct ruleset *ruleset;
	struct permits permits;
	struct policy *policy;
	struct rusage usage;
	struct proof proof;
	double best = 1e9;
	struct want want;
	struct errs errs;
	int offset;

	errs_init(&errs);
	policy = conf_read(argc > 1 ? argv[1] : "", &errs);
	if (!policy || !permits_init(&permits, policy, &errs) ||
	    !wall_parse("2026-11-21T12:00:00+09:00", &options.at, &offset))
		fail(&errs);
	ruleset = ruleset_compile(policy, &permits, &options, &errs);
	if (!ruleset)
		fail(&errs);
	question.ruleset = ruleset;
	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now_sec(), took;

		want_init(&want, policy, &permits, NULL, options.at, MARGIN_SEC);
		for (unsigned path = 0; path < PATHS; path++)
			question.claims[path] = &want.claims[path];
		prove(&question, &proof);
		took = now_sec() - start;
		best = took < best ? took : best;
		if (round + 1 < ROUNDS)
			proof_done(&proof);
		want_done(&want);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%.4f %ld %zu %s\n", best, usage.ru_maxrss / 1024, proof.pieces,
	       proof_result_word(proof.result));
	return proof.result != PROOF_PROVED;
}
