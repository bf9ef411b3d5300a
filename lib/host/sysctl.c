/* See sysctl.h. */
#include "host/sysctl.h"

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "base/lang.h"

#define ANY SYSCTL_ANY
#define FORWARD SYSCTL_FORWARD
#define PLAN SYSCTL_PLAN
#define NO_PLAN SYSCTL_NO_PLAN
#define ON_PLAN SYSCTL_ON_PLAN
#define V4(name) SYSCTL_V4, IPV4_DEVCONF_##name
#define V6(name) SYSCTL_V6, DEVCONF_##name
#define ALONE SYSCTL_ALONE, 0

/* Strict rp_filter refuses nothing that the ruleset lets pass: a machine is bound to the interface
 * of its zone both ways, so whoever comes in by another one is refused either way. Of all and the
 * interface the kernel takes the greater (2 is the weaker one), so both are held. IPv6 has no such
 * thing.
 *
 * Where IPv6 is not planned the gateway has no address of it and forwards none. It is not switched
 * off with disable_ipv6: then the kernel drops it before the ruleset can count it and tell who
 * sent it (G6.6-v6-monitor, G6.6-v6-identify).
 *
 * conf/default forwards with the rest, as the kernel itself has it: an interface of the policy that
 * is made anew while no daemon runs goes on; one that is in no policy is switched off when seen,
 * and the ruleset refuses it meanwhile. */
const struct sysctl sysctls[] = {
	/* leaf, where the kernel tells it, all, default, zone, other */
	{ "forwarding", V4(FORWARDING), FORWARD, FORWARD, FORWARD, 0,
	  N_("packets are forwarded where none should be, or none where they should") },
	{ "rp_filter", V4(RP_FILTER), 1, 1, 1, ANY,
	  N_("senders may use addresses that lie behind another interface") },
	{ "accept_redirects", V4(ACCEPT_REDIRECTS), 0, 0, 0, 0,
	  N_("a machine may change the gateway's routes") },
	{ "secure_redirects", V4(SECURE_REDIRECTS), 0, 0, 0, 0,
	  N_("a router may change the gateway's routes") },
	{ "send_redirects", V4(SEND_REDIRECTS), 0, 0, 0, ANY,
	  N_("the gateway tells machines ways round itself") },
	{ "accept_source_route", V4(ACCEPT_SOURCE_ROUTE), 0, 0, 0, 0,
	  N_("senders may choose the way of their packets") },
	{ "proxy_arp", V4(PROXY_ARP), 0, 0, 0, 0,
	  N_("the gateway answers for machines of other zones") },
	{ "arp_ignore", V4(ARP_IGNORE), 1, 1, 1, ANY,
	  N_("the gateway tells a zone its addresses in the others") },
	{ "arp_announce", V4(ARP_ANNOUNCE), 2, 2, 2, ANY,
	  N_("the gateway asks a zone with its addresses in the others") },
	{ "route_localnet", V4(ROUTE_LOCALNET), 0, 0, 0, 0,
	  N_("services that listen for the gateway alone can be reached") },
	{ "accept_local", V4(ACCEPT_LOCAL), 0, 0, 0, 0,
	  N_("others may send with the gateway's own addresses") },
	{ "forwarding", V6(FORWARDING), PLAN, 0, PLAN, 0,
	  N_("IPv6 is forwarded where nobody planned it, or not where it was planned") },
	{ "disable_ipv6", V6(DISABLE_IPV6), ANY, ANY, ON_PLAN, ANY,
	  N_("the gateway does not speak IPv6 where it was planned") },
	{ "addr_gen_mode", V6(ADDR_GEN_MODE), ANY, NO_PLAN, NO_PLAN, ANY,
	  N_("the gateway speaks IPv6 where nobody planned it, or not where it was planned") },
	{ "autoconf", V6(AUTOCONF), ANY, 0, 0, ANY,
	  N_("a machine may give the gateway addresses and routes") },
	{ "accept_ra", V6(ACCEPT_RA), ANY, 0, 0, ANY,
	  N_("a machine may give the gateway addresses and routes") },
	{ "accept_redirects", V6(ACCEPT_REDIRECTS), 0, 0, 0, 0,
	  N_("a machine may change the gateway's routes") },
	{ "accept_source_route", V6(ACCEPT_SOURCE_ROUTE), 0, 0, 0, ANY,
	  N_("senders may choose the way of their packets") },
	{ "proxy_ndp", V6(PROXY_NDP), 0, 0, 0, 0,
	  N_("the gateway answers for machines of other zones") },
	{ "ipv4/ip_nonlocal_bind", ALONE, 0, ANY, ANY, ANY,
	  N_("programs may speak with addresses that are not the gateway's") },
	{ "netfilter/nf_conntrack_tcp_loose", ALONE, 0, ANY, ANY, ANY,
	  N_("a connection that was cut is taken up again in its middle") },
	{ "netfilter/nf_conntrack_tcp_be_liberal", ALONE, 0, ANY, ANY, ANY,
	  N_("packets outside of a connection's window count as its own") },
	{ "netfilter/nf_conntrack_helper", ALONE, 0, ANY, ANY, ANY,
	  N_("what a connection says opens others") },
	{ "bridge/bridge-nf-call-iptables", ALONE, 1, ANY, ANY, ANY,
	  N_("what a bridge passes on is not shown to the ruleset") },
	{ "bridge/bridge-nf-call-ip6tables", ALONE, 1, ANY, ANY, ANY,
	  N_("what a bridge passes on is not shown to the ruleset") },
	{ "bridge/bridge-nf-call-arptables", ALONE, 1, ANY, ANY, ANY,
	  N_("what a bridge passes on is not shown to the ruleset") },
};
const size_t sysctl_count = array_count(sysctls);

const char *sysctl_path(struct arena *arena, const struct sysctl *sysctl, const char *interface)
{
	if (sysctl->scope == SYSCTL_ALONE)
		return sysctl->leaf;
	return arena_printf(arena, "ipv%d/conf/%s/%s", sysctl->scope == SYSCTL_V6 ? 6 : 4,
			    interface, sysctl->leaf);
}
