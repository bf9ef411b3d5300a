/* Who is cut off, on disk: it survives restarts and reboots until it is taken back. A file that
 * cannot be read cuts all: what it said is not known, and must not be undone by damage. */
#pragma once

#include "base/err.h"
#include "policy/isolation.h"

/* Adds what is on disk; errs says what was wrong with it. */
void isolations_read(struct isolations *isolations, const char *state_dir, struct errs *errs);
_must_check_ bool isolations_write(const struct isolations *isolations, const char *state_dir,
				   struct errs *errs);
