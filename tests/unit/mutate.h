/* One random change of a ruleset, such as a mistake, an attacker or another program makes. */
#pragma once

#include "rule/ruleset.h"

struct dice {
	uint64_t seed; /* never 0 */
};

uint32_t roll(struct dice *dice, uint32_t sides);

/* In place; what it did, in words. NULL: nothing was there to change. */
const char *mutate(struct ruleset *ruleset, struct dice *dice);
