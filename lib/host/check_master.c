/* H-MASTER: what an interface of a zone belongs to takes its frames before the ruleset sees them.
 * The bridge is somebody's work: it is told, not taken apart. */
#include <string.h>

#include "base/lang.h"
#include "host/check.h"

void check_host_master(struct host_judge *judge)
{
	vec_each(link, &judge->state->links) {
		const struct host_port *port = judge_port(judge, link);
		const struct host_link *master =
			link->master ? host_link_find(judge->state, link->master) : NULL;
		struct host_finding *finding;

		if (!port || !link->master)
			continue;
		finding = judge_add(judge, HOST_CRITICAL, link->name, master ? master->name : "?");
		finding_say(judge, finding, _("%1$s of zone %2$s belongs to %3$s (%4$s)"),
			    link->name, port->zone, master ? master->name : "?",
			    master && *master->kind ? master->kind : "?");
		finding_hint(judge, finding, "ip link set %s nomaster", link->name);
	}
}
