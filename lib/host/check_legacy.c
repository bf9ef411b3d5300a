/* H-LEGACY: tables of the old iptables change packets beside ours, and their rules are not ours to
 * read. One that only filters can but refuse. */
#include <string.h>

#include "base/lang.h"
#include "host/check.h"

void check_host_legacy(struct host_judge *judge)
{
	vec_each(table, &judge->state->legacy) {
		bool filters = strcmp(table->name, "filter") == 0;
		const char *object = arena_printf(judge->report->arena, "%s %s", table->family,
						  table->name);
		struct host_finding *finding =
			judge_add(judge, filters ? HOST_WARNING : HOST_CRITICAL, NULL, object);

		finding_say(judge, finding,
			    filters ? _("a table of the old iptables is loaded: %s")
				    : _("a table of the old iptables that can change packets is loaded: %s"),
			    object);
		finding_hint(judge, finding,
			     _("empty it and unload its module: rmmod %1$stable_%2$s"),
			     table->family, table->name);
	}
}
