/* H-FOREIGN: an interface that is in no policy has no address. What comes in by it is refused by
 * the ruleset and not forwarded by the kernel (H-SYSCTL); that it is there at all is for people. */
#include <string.h>

#include "base/lang.h"
#include "host/check.h"

static bool is_link_local(const struct addr *addr)
{
	return addr->family == FAMILY_V6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

void check_host_foreign(struct host_judge *judge)
{
	vec_each(addr, &judge->state->addrs) {
		const struct host_link *link = host_link_find(judge->state, addr->ifindex);
		struct host_finding *finding;
		char text[ADDR_TEXT_BYTES];

		if (!link || !link->up || strcmp(link->name, "lo") == 0 ||
		    judge_port(judge, link) || is_link_local(&addr->addr))
			continue;
		finding = judge_add(judge, HOST_WARNING, link->name, addr_text(&addr->addr, text));
		finding_say(judge, finding, _("%1$s is in no policy and has the address %2$s"),
			    link->name, text);
		finding_hint(judge, finding,
			     _("put it into the policy as a zone, or take it away: ip link set %s down"),
			     link->name);
	}
}
