/* The judge: the 26 checks of the guideline and the model matrices, over a policy.
 *
 * Each check is a file of its own (check_NN_*.c, numbered as in the guideline research §3.7) and
 * a row of one table; each reads like its clause. Knows nothing of syntax, packets or kernels.
 * Findings name the code, the clause and its strength, the line, the line it collides with, and
 * what to write instead. */
#pragma once

#include "policy/policy.h"

/* Judges the whole policy as of `now` (approvals and windows end). Findings are added to errs,
 * the declared exceptions applied to them; what a 必須 clause demands is never relaxed. */
void guide_check(const struct policy *policy, struct wall now, struct errs *errs);
