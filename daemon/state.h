/* What survives: files in the state directory, written whole or not at all (temporary file,
 * fsync, rename, fsync of the directory). Knows what they are called, not what they mean. */
#pragma once

#include "base/err.h"

#define STATE_POLICY "policy.conf" /* the canonical text of the last policy that was in force */

_must_check_ bool state_write(const char *dir, const char *name, const struct buf *text,
			      struct errs *errs);
/* False without an err when there is no such file. */
bool state_read(const char *dir, const char *name, struct buf *ret_text, struct errs *errs);
