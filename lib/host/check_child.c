/* H-CHILD: a card hung on an interface of a zone (macvlan and its like) has the zone's wire to
 * itself, past the ruleset. */
#include <string.h>

#include "base/lang.h"
#include "host/check.h"

static bool is_one_of(const char *kind, const char *const *kinds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

void check_host_child(struct host_judge *judge)
{
	static const char *const kinds[] = { "macvlan", "macvtap", "ipvlan", "ipvtap" };

	vec_each(link, &judge->state->links) {
		const struct host_link *lower =
			link->lower && !link->lower_elsewhere
				? host_link_find(judge->state, link->lower)
				: NULL;
		const struct host_port *port = lower ? judge_port(judge, lower) : NULL;
		bool past = is_one_of(link->kind, kinds, array_count(kinds));
		struct host_finding *finding;

		if (!port || judge_port(judge, link) || (!past && strcmp(link->kind, "vlan") != 0))
			continue;
		finding = judge_add(judge, past ? HOST_CRITICAL : HOST_WARNING, lower->name,
				    link->name);
		finding_say(judge, finding, _("%1$s (%2$s) hangs on %3$s of zone %4$s"), link->name,
			    link->kind, lower->name, port->zone);
		finding_hint(judge, finding, "ip link del %s", link->name);
	}
}
