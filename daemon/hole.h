/* What a hole let through: the rules as somebody made them, beside the policy, in packets. Worked out
 * in a process of its own after the hole was closed, so that it costs the repair nothing. */
#pragma once

#include <jansson.h>
#include <systemd/sd-event.h>

#include "daemon/generation.h"

struct hole;

/* A list of {path, packets, example, by}: what passed and is not permitted; empty: nothing. NULL: it could
 * not be worked out. */
typedef void hole_on_done(void *context, json_t *admitted);

/* tampered need not outlive the call. NULL with errs. */
struct hole *hole_start(sd_event *event, const struct generation *generation,
			const struct isolations *isolations, const struct ruleset *tampered,
			hole_on_done *on_done, void *context, struct errs *errs);
void hole_free(struct hole *hole);
