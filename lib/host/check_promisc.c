/* H-PROMISC: a card that listens for others. A macvlan in another namespace cannot be seen from
 * here; that the card listens for its MAC, or for all, can. */
#include "base/lang.h"
#include "host/check.h"

/* Told by other checks: the bridge that it belongs to, what hangs on it, who looks at its frames. */
static bool is_explained(const struct host_judge *judge, const struct host_link *port)
{
	if (port->master)
		return true;
	vec_each(link, &judge->state->links)
		if (link->lower == port->index && !link->lower_elsewhere)
			return true;
	vec_each(packet, &judge->state->packets)
		if (!packet->ifindex || packet->ifindex == port->index)
			return true;
	return false;
}

static bool is_here(const struct host_judge *judge, struct mac mac)
{
	vec_each(link, &judge->state->links)
		if (mac_compare(link->mac, mac) == 0)
			return true;
	return false;
}

void check_host_promisc(struct host_judge *judge)
{
	struct host_finding *finding;

	vec_each(fdb, &judge->state->fdb) {
		const struct host_link *link = host_link_find(judge->state, fdb->ifindex);
		const struct host_port *port = link ? judge_port(judge, link) : NULL;
		char mac[MAC_TEXT_BYTES];

		if (!port || link->master || is_here(judge, fdb->mac))
			continue;
		finding = judge_add(judge, HOST_CRITICAL, link->name, mac_text(fdb->mac, mac));
		finding_say(judge, finding,
			    _("%1$s of zone %2$s also listens for %3$s, which is no card of this machine's namespace"),
			    link->name, port->zone, mac);
		finding_hint(judge, finding,
			     _("a macvlan in a container? find it: ip -all netns exec ip -d link"));
	}
	vec_each(link, &judge->state->links) {
		const struct host_port *port = judge_port(judge, link);

		if (!port || !link->promiscuity || is_explained(judge, link))
			continue;
		finding = judge_add(judge, HOST_CRITICAL, link->name, "promiscuous");
		finding_say(judge, finding,
			    _("%1$s of zone %2$s takes frames that are not for it"), link->name,
			    port->zone);
		finding_hint(judge, finding,
			     _("ip link set %s promisc off; if it stays, find the macvlan: ip -all netns exec ip -d link"),
			     link->name);
	}
}
