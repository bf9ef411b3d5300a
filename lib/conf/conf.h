/* The one way in: from a file an administrator wrote to a policy, or to the list of everything
 * that is wrong with it. Nothing is half accepted: a policy comes back only when the whole of
 * it was read without an error. Judging it is guide/'s work. */
#pragma once

#include "policy/policy.h"

/* NULL if anything was wrong; errs then has why (err.kind tells unreadable from refused). */
struct policy *conf_read(const char *path, struct errs *errs);

/* The same from memory, for tests and the fuzzer; includes are refused. */
struct policy *conf_read_text(const char *name, const char *text, size_t bytes, struct errs *errs);

/* The canonical form: the same policy, one way of writing it, without comments or includes.
 * Reading it gives an equal policy; printing that gives the same bytes. */
void conf_print(const struct policy *policy, struct buf *ret_text);
