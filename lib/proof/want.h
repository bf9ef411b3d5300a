/* From a policy to what is claimed of the rules: what may cross between zones, and what may reach
 * and leave the gateway itself, as of a time and with who is cut off left out.
 *
 * The only place of the proof that knows policies; it does not know how they are compiled. */
#pragma once

#include "base/wall.h"
#include "proof/claims.h"

struct policy;
struct permits;
struct isolations;

struct want {
	struct claims claims[PATHS];
};

/* isolations may be NULL. A flow that opens or closes within the margin may pass, and need not: what
 * is in the kernel was not put there and read in one moment. */
void want_init(struct want *want, const struct policy *policy, const struct permits *permits,
	       const struct isolations *isolations, struct wall at, int64_t margin_sec);
void want_done(struct want *want);
