/* H-RULE: which routes count is not made to depend on who asks. The kernel's own three rules are
 * all there are. */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "base/lang.h"
#include "host/check.h"

static bool is_own(const struct host_rule *rule)
{
	static const struct {
		uint32_t priority, table;
	} own[] = { { 0, RT_TABLE_LOCAL }, { 32766, RT_TABLE_MAIN }, { 32767, RT_TABLE_DEFAULT } };

	for (size_t i = 0; i < array_count(own); i++)
		if (rule->priority == own[i].priority && rule->table == own[i].table &&
		    rule->action == FR_ACT_TO_TBL && !rule->selects)
			return true;
	return false;
}

void check_host_rule(struct host_judge *judge)
{
	vec_each(rule, &judge->state->rules) {
		struct host_finding *finding;
		const char *object;

		if (is_own(rule))
			continue;
		object = arena_printf(judge->report->arena, "ipv%d %u table %u",
				      rule->family == FAMILY_V6 ? 6 : 4, rule->priority,
				      rule->table);
		finding = judge_add(judge, HOST_WARNING, NULL, object);
		finding_say(judge, finding,
			    _("a rule of policy routing: IPv%1$d, priority %2$u, table %3$u"),
			    rule->family == FAMILY_V6 ? 6 : 4, rule->priority, rule->table);
		finding_hint(judge, finding, "ip -%d rule del priority %u",
			     rule->family == FAMILY_V6 ? 6 : 4, rule->priority);
	}
}
