/* H-TC: filters before and behind the ruleset can send frames out of another card. Those at clsact
 * and ingress are taken away with it; those that sort traffic into a queue are told. */
#include <string.h>

#include "base/lang.h"
#include "host/check.h"

void check_host_tc(struct host_judge *judge)
{
	vec_each(qdisc, &judge->state->qdiscs) {
		const struct host_link *link = host_link_find(judge->state, qdisc->ifindex);
		bool past = strcmp(qdisc->kind, "clsact") == 0 || strcmp(qdisc->kind, "ingress") == 0;
		const struct host_port *port;
		struct host_finding *finding;

		if (!link || (!qdisc->filters && !qdisc->has_block))
			continue;
		port = judge_carried(judge, link);
		if (!port)
			continue;
		finding = judge_add(judge, past ? HOST_CRITICAL : HOST_WARNING, link->name,
				    qdisc->kind);
		if (qdisc->has_block)
			finding_say(judge, finding,
				    _("a shared block of tc filters stands at %1$s of %2$s before zone %3$s"),
				    qdisc->kind, link->name, port->zone);
		else
			finding_say(judge, finding,
				    _("%1$zu tc filters stand at %2$s of %3$s before zone %4$s"),
				    qdisc->filters, qdisc->kind, link->name, port->zone);
		finding_hint(judge, finding, past ? "tc qdisc del dev %s %s" : "tc filter del dev %s",
			     link->name, qdisc->kind);
		if (past)
			finding->repair = (struct host_repair){ .kind = HOST_REPAIR_QDISC,
								.ifindex = link->index,
								.handle = qdisc->handle,
								.parent = qdisc->parent };
	}
}
