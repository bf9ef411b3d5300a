/* Posture: the machine around the tables, looked at when the kernel says that something changed,
 * every ten seconds for what raises no event, and when somebody asks. What is ours is put right at
 * once, the rest is told, and as long as something critical stands the gate is degraded.
 *
 * Knows what lib/host finds, not what it means; changes no table. */
#pragma once

#include <jansson.h>
#include <systemd/sd-event.h>

#include "daemon/gate.h"
#include "host/host.h"

struct posture;
struct control;

struct posture_calls { /* each may be NULL */
	/* Every finding that is new, and every one that was put right; not what was set because
	 * the daemon started or the policy is another one. */
	void (*on_posture)(void *context, const struct host_finding *finding, bool repaired);
	void (*on_state)(void *context); /* the state may be another one now */
	void *context;
};

/* Listens, looks and puts right a first time. NULL with an err where the kernel cannot be asked. */
struct posture *posture_new(sd_event *event, struct gate *gate, const struct posture_calls *calls,
			    struct errs *errs);
void posture_free(struct posture *posture);
CLEANUP_FUNC(struct posture *, posture_free);

/* Now, with all that follows from it. */
void posture_look(struct posture *posture);

/* The last look, as it is told in the reader's language of now. */
struct host_report *posture_report(const struct posture *posture);
void posture_counts(const struct posture *posture, size_t *ret_critical, size_t *ret_warning);
int64_t posture_took_us(const struct posture *posture);
uint64_t posture_lost(const struct posture *posture); /* how often events were */
struct wall posture_looked_at(const struct posture *posture);
/* When it was not so yet: for a finding that is told. */
struct wall posture_looked_before(const struct posture *posture);

/* Whether a device of somebody's flowtable (rule/offload.h) is an interface of a zone or carries
 * one; asks the policy in force, and the last look for what carries. */
bool posture_guards(const void *gate, const char *device);

/* Whoever watches is told. */
void posture_tell(struct posture *posture, struct control *control);

/* What the policy in force wants of the machine. */
struct host_want *posture_want_new(const struct gate *gate);
bool posture_forwards(const struct gate *gate);
