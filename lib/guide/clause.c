/* See clause.h. The table is generated from the project's clause research by clauses_make.py. */
#include "guide/clause.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"

const struct clause clauses[] = {
#include "guide/clauses.inc"
};

const size_t clauses_count = array_count(clauses);

static int clause_compare(const void *id, const void *clause)
{
	return strcmp(id, ((const struct clause *)clause)->id);
}

const struct clause *clause_find(const char *id)
{
	return bsearch(id, clauses, clauses_count, sizeof(clauses[0]), clause_compare);
}

bool clause_is_relaxable(const struct clause *clause)
{
	return clause->recommends;
}

const char *clause_strength(const struct clause *clause)
{
	return lang_get() == LANG_JA ? clause->strength : clause->strength_en;
}

const char *clause_text(const struct clause *clause)
{
	return lang_get() == LANG_JA ? clause->ja : clause->en;
}
