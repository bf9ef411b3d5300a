/* Two policies in the user's own words: what was added, removed and changed, setting by setting.
 * Order and comments do not count. What it means in packets is policy/permit.h's work. */
#pragma once

#include "policy/policy.h"

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };

struct change {
	enum change_kind kind;
	const char *section;        /* "flows" */
	const char *id;             /* "F05", or "" */
	const char *key;            /* of a change; "window" stands for the whole of it */
	const char *before, *after; /* as the canonical form prints them; NULL: not written */
	struct src at_before, at_after;
};

struct changes {
	struct arena *arena;
	vec_of(struct change) list; /* in the order of the sections, then of the ids */
};

void changes_init(struct changes *changes, const struct policy *before,
		  const struct policy *after);
void changes_done(struct changes *changes);
