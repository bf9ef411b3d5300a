/* The clauses of the guideline: 431 ids with strength, place and a short paraphrase of ours, as
 * one sorted table of static text. Knows which of them merely recommend; what a clause means
 * for a policy is in check_NN_*.c. */
#pragma once

#include "base/base.h"

struct clause {
	const char *id;          /* "G3.1-tokutei" */
	const char *strength;    /* in the guideline's word: "必須" */
	const char *strength_en; /* "required" */
	bool recommends;         /* merely recommends: 推奨事項, 望ましい, 考えられる */
	const char *location;    /* "編3第2章3(1)①例文・解説" */
	const char *ja, *en;     /* what it demands, in one line */
};

extern const struct clause clauses[];
extern const size_t clauses_count;

const struct clause *clause_find(const char *id); /* or NULL */

/* May a declared exception relax what it asks for? Never when the words 必須 or 必要 are in it
 * (G7.4-exc speaks of exceptions, but not to a prohibition of the Ministry). */
bool clause_is_relaxable(const struct clause *clause);

const char *clause_strength(const struct clause *clause); /* in the reader's language */
const char *clause_text(const struct clause *clause);     /* likewise */
