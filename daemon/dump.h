/* A dump of everything that the kernel holds, ours and of others, made in a process of its own: what
 * others put there can break that one alone, and however much it is, nothing waits for it.
 *
 * The child only reads, and ends with a file in memory: the dump, or in words why there is none. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/gate.h"

struct dump;

/* done false: why is what happened. It may be freed in the call. */
typedef void dump_on_done(void *context, struct dump *dump, bool done, const char *why);

/* NULL with errs: it could not be started. */
struct dump *dump_start(sd_event *event, struct gate *gate, dump_on_done *on_done, void *context,
			struct errs *errs);
/* Ends it if it still goes on. */
void dump_free(struct dump *dump);
CLEANUP_FUNC(struct dump *, dump_free);

/* When it is done: whole lines from there on, at most so many bytes, until *ret_next; a length of 0:
 * that was all. False: a line that is longer. */
_must_check_ bool dump_lines(const struct dump *dump, size_t from, size_t most,
			     const char **ret_text, size_t *ret_count);
size_t dump_bytes(const struct dump *dump);
