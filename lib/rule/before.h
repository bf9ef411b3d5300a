/* A ruleset as it was before a difference: what somebody made of it, from what it should be and the
 * items that lead from the one to the other. Shares what did not differ with both, which must
 * outlive it. Of sets only the elements that the items name are put back: a difference of views
 * (nft.h) is enough. */
#pragma once

#include "rule/diff.h"

struct ruleset *ruleset_before(const struct ruleset *is, const struct diff *diff);
