/* A small city for the tests of the judge: one clean policy, and one change at a time. */
#pragma once

#include <check.h>

#include "guide/checks.h"
#include "guide/guide.h"

struct verdict {
	struct errs errs;
	struct policy *policy;
};

/* Judges the clean city with each "old" replaced by "new", pairs ended by NULL, as of
 * 2026-11-21T12:00:00+09:00. The old text has to be there. */
void verdict_init(struct verdict *verdict, const char *const *edits);
void verdict_done(struct verdict *verdict);
const char *city_text(void);

/* The findings, a line each: "E-TOK-MAC flows.F01.from 必須 G3.1-tokutei". */
char *verdict_text(struct verdict *verdict);

#define judge_edits(...) ((const char *const[]){ __VA_ARGS__, NULL })

Suite *suite_guide_clause(void);
Suite *suite_guide_matrix(void);
Suite *suite_guide_reach(void);
Suite *suite_guide_checks(void);
Suite *suite_guide_exceptions(void);
