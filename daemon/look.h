/* A look at the kernel's tables in a process of its own: reads ours and compares them with what is
 * in force, reads those of others and judges them, and takes the counts along. It takes as long as
 * it takes while the daemon goes on hearing and repairing, and what others have put into the kernel
 * cannot take the daemon along if it breaks the reader.
 *
 * The child only reads; it inherits what should be there by fork() and ends with its answer. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/gate.h"
#include "daemon/prover.h"

struct look_result {
	bool done;            /* it ended with an answer; false: why says what happened */
	bool read, same;      /* our tables could be read; they are as they should be */
	bool others_read;
	uint32_t generation;
	int64_t took_us;
	const char *why;      /* or NULL */
	const char *others;   /* a list as JSON (others.h); valid during the call */
	size_t others_bytes;
	const char *offloads; /* what of them carries connections around us (offloads_unpack) */
	size_t offloads_bytes;
	uint32_t others_generation; /* at which this was so */
	const void *counts;   /* for traffic_note_counts() */
	size_t counts_bytes;
	struct audit_last audited; /* connections; and in lines, those that were found */
	const char *connections;
	size_t connections_bytes;
	struct proved proved; /* may be taken over: then set to nothing */
	bool stale;           /* another policy came into force meanwhile */
};

struct look;
typedef void look_on_done(void *context, struct look_result *result);

/* One at a time. NULL with errs: it could not be started. `all` false: only the tables of others. */
struct look *look_start(sd_event *event, struct gate *gate, bool all, look_on_done *on_done,
			void *context, struct errs *errs);
/* Ends it if it still goes on; also after on_done. */
void look_free(struct look *look);
CLEANUP_FUNC(struct look *, look_free);
