/* H-XDP: a program in front of everything can pass frames on to another card. It is taken off. */
#include "base/lang.h"
#include "host/check.h"

void check_host_xdp(struct host_judge *judge)
{
	vec_each(link, &judge->state->links) {
		const struct host_port *port = link->xdp_mode ? judge_carried(judge, link) : NULL;
		struct host_finding *finding;

		if (!port)
			continue;
		finding = judge_add(judge, HOST_CRITICAL, link->name, "xdp");
		finding_say(judge, finding, _("the XDP program %1$u stands on %2$s before zone %3$s"),
			    link->xdp_id, link->name, port->zone);
		finding_hint(judge, finding,
			     _("ip link set %s xdp off; who loaded it holds it if it stays"),
			     link->name);
		finding->repair = (struct host_repair){ .kind = HOST_REPAIR_XDP,
							.ifindex = link->index,
							.xdp_mode = link->xdp_mode };
	}
}
