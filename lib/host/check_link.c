/* H-LINK: each interface of the policy is there and up. Nothing passes one that is not: a warning.
 * Where a link in nobody's name has the zone's address, it is the same one by another name. */
#include <string.h>

#include "base/lang.h"
#include "host/check.h"

static const struct host_link *renamed_find(const struct host_judge *judge, size_t port)
{
	vec_each(net, &judge->want->nets) {
		if (net->port != port || !net->attached)
			continue;
		vec_each(addr, &judge->state->addrs) {
			const struct host_link *link = host_link_find(judge->state, addr->ifindex);

			if (link && !judge_port(judge, link) &&
			    prefix_has(&net->prefix, &addr->addr))
				return link;
		}
	}
	return NULL;
}

void check_host_link(struct host_judge *judge)
{
	vec_each(port, &judge->want->ports) {
		const struct host_link *link = host_link_find_name(judge->state, port->interface);
		struct host_finding *finding;

		if (link && link->up)
			continue;
		finding = judge_add(judge, HOST_WARNING, port->interface, link ? "down" : "missing");
		if (link) {
			finding_say(judge, finding, _("%1$s of zone %2$s is switched off"),
				    port->interface, port->zone);
			finding_hint(judge, finding, "ip link set %s up", port->interface);
			continue;
		}
		link = renamed_find(judge, (size_t)(port - judge->want->ports.items));
		if (link) {
			finding_say(judge, finding, _("%1$s of zone %2$s is called %3$s now"),
				    port->interface, port->zone, link->name);
			finding_hint(judge, finding, "ip link set %s name %s", link->name,
				     port->interface);
		} else {
			finding_say(judge, finding, _("%1$s of zone %2$s is not there"),
				    port->interface, port->zone);
			finding_hint(judge, finding,
				     _("give the interface that name, or correct the policy"));
		}
	}
}
