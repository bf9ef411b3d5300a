/* The text of one file, read whole and only if it is a file somebody finished writing: regular,
 * of bearable size, the same before and after, and open for writing by nobody. Knows nothing of
 * what is in it. */
#pragma once

#include "base/err.h"

enum { SOURCE_MOST_BYTES = 64 << 20 }; /* of all files of one policy together */

struct source {
	char *text; /* NUL behind it; freed by source_done() */
	size_t bytes;
	uint64_t device, inode; /* who it is, to find include loops */
};

/* room_bytes: how much of SOURCE_MOST_BYTES is left. On failure an err at `at` (the include, or
 * the file itself) with kind ERR_UNREADABLE. */
_must_check_ bool source_read(const char *path, struct src at, size_t room_bytes,
			      struct source *ret_source, struct errs *errs);
void source_done(struct source *source);
