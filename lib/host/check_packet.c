/* H-PACKET: a program with a packet socket sees and sends frames past the ruleset. DHCP and LLDP
 * live by it; one that captures is a warning; of any other nobody knows what it passes on. Where
 * the program cannot be named, root is believed to do the worst. */
#include <linux/if_ether.h>
#include <string.h>

#include "base/lang.h"
#include "host/check.h"

static bool is_one_of(const char *program, const char *const *names)
{
	for (; program && *names; names++)
		if (strcmp(*names, program) == 0)
			return true;
	return false;
}

/* Frames that end at the next machine by their kind. */
static bool is_for_the_link(uint16_t protocol)
{
	return protocol == ETH_P_LLDP || protocol == ETH_P_PAE;
}

void check_host_packet(struct host_judge *judge)
{
	static const char *const known[] = { "dhclient", "dhcpcd",	   "udhcpc",
					     "lldpd",	 "systemd-network", "NetworkManager",
					     NULL };
	static const char *const captures[] = { "tcpdump", "dumpcap", "tshark", "arping", NULL };

	vec_each(packet, &judge->state->packets) {
		const struct host_link *link =
			packet->ifindex ? host_link_find(judge->state, packet->ifindex) : NULL;
		const char *where = link ? link->name : NULL, *who;
		struct host_finding *finding;
		bool harmless;

		if (packet->holder.ours || is_one_of(packet->holder.program, known) ||
		    is_for_the_link(packet->protocol) ||
		    (link && !judge_carried(judge, link)))
			continue;
		/* without a protocol it is given no frame that it could pass on */
		harmless = !packet->protocol || is_one_of(packet->holder.program, captures) ||
			   (!packet->holder.pid && packet->uid);
		who = judge_holder(judge, &packet->holder, packet->uid);
		finding = judge_add(judge, harmless ? HOST_WARNING : HOST_CRITICAL, where, who);
		if (where)
			finding_say(judge, finding, _("%1$s takes frames from %2$s"), who, where);
		else
			finding_say(judge, finding, _("%s takes frames from every interface"), who);
		finding_hint(judge, finding,
			     _("stop it if it is not yours: ss -0lnp tells all packet sockets"));
	}
}
