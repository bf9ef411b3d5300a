/* Which flow has which mark, on disk: a connection outlives the daemon, and its mark must mean
 * after a restart what it meant before. Without the record, numbers begin behind every one that
 * the kernel still holds. */
#pragma once

#include "base/err.h"
#include "rule/compile.h"

_must_check_ bool marks_write(const struct numbering *numbering, const char *state_dir,
			      struct errs *errs);

/* What was written; where that is gone or damaged (errs says so), an empty list whose next number
 * is behind those of the kernel's ruleset. Its memory is the arena's. */
void marks_read(struct numbering *ret_numbering, struct arena *arena, const char *state_dir,
		const struct ruleset *kernel, struct errs *errs);
