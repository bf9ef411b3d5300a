/* What survives: files in the state directory, written whole or not at all (temporary file,
 * fsync, rename, fsync of the directory) and read only as they were written: each ends with a
 * line that is the SHA-256 of the rest. Knows what they are called, not what they mean. */
#pragma once

#include "base/err.h"

#define STATE_POLICY "policy.conf" /* the canonical text of the last policy that was in force */

/* Mode 0640 whatever the umask. When it fails, what was there before is there still (or, if the
 * disk fails at the very last step, the new text): never a part of either. */
_must_check_ bool state_write(const char *dir, const char *name, const struct buf *text,
			      struct errs *errs);
/* False without an err when there is no such file; with one for what is damaged, no plain file,
 * a link, or too big. *ret_text is untouched then. */
bool state_read(const char *dir, const char *name, struct buf *ret_text, struct errs *errs);
