/* One policy on its way into the kernel, or there: what was read, what it permits, and the
 * ruleset made of it. Built whole or not at all; const once it is in force; freed whole. */
#pragma once

#include "policy/isolation.h"
#include "policy/permit.h"
#include "rule/compile.h"

enum { HASH_TEXT_BYTES = 65 };

struct generation {
	struct policy *policy;
	struct permits permits;
	struct ruleset *ruleset;
	struct numbering numbering;
	struct wall at;    /* the time the ruleset was compiled for: timeouts count from it */
	struct buf canonical;
	char hash[HASH_TEXT_BYTES]; /* SHA-256 of the canonical text */
};

struct generation_options {
	bool judge;                       /* by the guideline; not for what was accepted before */
	bool own_tables;                  /* the kernel can, and the policy does not forbid it */
	struct wall now;
	const struct isolations *isolations; /* cut off for now */
	const struct generation *before;  /* whose marks and deadlines are kept, or NULL */
	const struct numbering *numbers;  /* the marks of a time before ours, where before is NULL */
};

/* NULL with errs. From a file, or from text for what is built in or was kept. */
struct generation *generation_new(const char *file, const struct generation_options *options,
				  struct errs *errs);
struct generation *generation_new_text(const char *name, const char *text, size_t bytes,
				       const struct generation_options *options,
				       struct errs *errs);
void generation_free(struct generation *generation);

/* Of one that came to nothing: what errs says of it stays readable as long as errs lives. */
void generation_discard(struct generation *generation, struct errs *errs);
CLEANUP_FUNC(struct generation *, generation_free);

/* The same policy as of another time, or with others cut off; of the options only now,
 * own_tables and isolations count. */
_must_check_ bool generation_refresh(struct generation *generation,
				     const struct generation_options *options,
				     struct ruleset **ret_before, struct errs *errs);

/* Says its times left as of now, and leaves out what has ended. */
void generation_age(struct generation *generation, int64_t now_ms);

/* When a window next opens or closes; false: never. */
bool generation_next_change(const struct generation *generation, struct wall now,
			    struct wall *ret_change);

/* Closes everything: a policy without zones. */
extern const char lockdown_policy[];
