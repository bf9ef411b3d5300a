/* What mutate.c (rules, chains, tables) and mutate_set.c share. */
#pragma once

#include "unit/mutate.h"

struct set *set_pick(struct ruleset *ruleset, struct dice *dice); /* with elements; or NULL */

const char *element_change(struct ruleset *ruleset, struct dice *dice);
const char *element_more(struct ruleset *ruleset, struct dice *dice);
const char *element_less(struct ruleset *ruleset, struct dice *dice);
const char *set_change(struct ruleset *ruleset, struct dice *dice);
