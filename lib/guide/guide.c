/* See guide.h: all checks in the order of their table, then the exceptions. */
#include "guide/guide.h"

#include "guide/checks.h"

void guide_check(const struct policy *policy, struct wall now, struct errs *errs)
{
	size_t first = errs->list.count;
	struct judge judge;

	judge_init(&judge, policy, now, errs);
	for (size_t i = 0; i < checks_count; i++) {
		judge.check = (unsigned)i + 1;
		checks[i].judge(&judge);
	}
	judge.check = 0;
	exceptions_apply(&judge, first);
	judge_done(&judge);
}
