/* A process of our own that works something out and answers in memory shared by a descriptor. It
 * inherits what it works on by fork() and ends with its answer; what breaks it does not break us,
 * and we go on meanwhile. Its time and its answer are bounded. */
#pragma once

#include <systemd/sd-event.h>

#include "base/err.h"

struct child;

struct child_plan {
	const char *name; /* of the process, at most 15 bytes */
	bool patient;	  /* whatever enforces goes before it, here and on the processor */
	bool keeps;	  /* the answer stays until child_free(), and not for the call alone */
	uint64_t most_usec;
	size_t most_bytes;
	/* In the child, with no other descriptor than 0 to 2 and fd; false: it failed. */
	bool (*work)(void *context, int fd);
	/* Once, in the parent. bytes NULL: there is no answer, and why says what happened. */
	void (*on_done)(void *context, const void *bytes, size_t count, const char *why);
	void *context;
};

/* NULL with errs: it could not be started. */
struct child *child_start(sd_event *event, const struct child_plan *plan, struct errs *errs);
/* Ends it if it still goes on; also after on_done. */
void child_free(struct child *child);
CLEANUP_FUNC(struct child *, child_free);

_must_check_ bool child_write(int fd, const void *bytes, size_t count);
