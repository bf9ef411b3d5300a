/* The proof of a policy against rules: what they mean, beside what the policy says (proof/prove.h),
 * as a result that can be kept, told and sent from one process to another. */
#pragma once

#include <jansson.h>

#include "daemon/generation.h"
#include "proof/prove.h"

struct proved {
	bool done; /* false: there was none, or it was of something that is no more */
	enum proof_result result;
	struct wall at;
	int64_t took_us;
	json_t *findings; /* {kind, path, flow, place, text} each; NULL: none yet */
};

void proved_done(struct proved *proved);

/* ours and others together are all that the kernel holds; others may be NULL. */
void prover_run(const struct generation *generation, const struct isolations *isolations,
		const struct ruleset *ours, const struct ruleset *others,
		struct proved *ret_proved);

/* What these rules let pass that the policy does not permit: a list of {path, packets, example, by}. NULL:
 * it would take too long to say. */
json_t *prover_admitted(const struct generation *generation, const struct isolations *isolations,
			const struct ruleset *ruleset);

/* The first of the worst findings, for people; NULL: nothing is to be said. */
const char *proved_worst(const struct proved *proved);
