/* See check.h. */
#include "base/lang.h"
#include "host/check.h"

#define PART(name) (1u << HOST_##name)

const struct host_check host_checks[] = {
	{ "H-SYSCTL", "G7.2-syscfg", N_("settings of the kernel"), PART(LINKS) | PART(SYSCTLS),
	  check_host_sysctl },
	{ "H-LINK", "G6.1-vnet-map", N_("interfaces of the zones"),
	  PART(LINKS) | PART(ADDRS), check_host_link },
	{ "H-FOREIGN", "G6.1-vnet-map", N_("interfaces that are in no policy"),
	  PART(LINKS) | PART(ADDRS), check_host_foreign },
	{ "H-MASTER", "G6.1-acl", N_("bridges, bonds and VRFs over interfaces of zones"),
	  PART(LINKS), check_host_master },
	{ "H-CHILD", "G6.1-acl", N_("cards hung on interfaces of zones"), PART(LINKS),
	  check_host_child },
	{ "H-PROMISC", "G6.1-acl", N_("interfaces that listen for others"),
	  PART(LINKS) | PART(FDB) | PART(PACKET), check_host_promisc },
	{ "H-ADDRESS", "G6.1-consist", N_("the gateway's own addresses"),
	  PART(LINKS) | PART(ADDRS), check_host_address },
	{ "H-NEIGHBOUR", "G7.2-syscfg", N_("neighbours pinned to their MAC"),
	  PART(LINKS) | PART(NEIGHBOURS), check_host_neighbour },
	{ "H-ROUTE", "G6.1-consist", N_("routes"),
	  PART(LINKS) | PART(ROUTES), check_host_route },
	{ "H-RULE", "G6.1-consist", N_("policy routing"), PART(RULES), check_host_rule },
	{ "H-XDP", "G6.1-acl", N_("XDP programs"), PART(LINKS),
	  check_host_xdp },
	{ "H-TC", "G6.1-acl", N_("tc filters"),
	  PART(LINKS) | PART(TC), check_host_tc },
	{ "H-LISTEN", "G6.5-port", N_("services and proxies on the gateway"), PART(SOCKETS),
	  check_host_listen },
	{ "H-PACKET", "G6.1-acl", N_("programs that take frames past the ruleset"),
	  PART(LINKS) | PART(PACKET), check_host_packet },
	{ "H-LEGACY", "G6.1-consist", N_("tables of the old iptables"), PART(LEGACY),
	  check_host_legacy },
	{ "H-BPF", "G6.1-acl", N_("BPF programs on netfilter hooks and tcx"), 0, NULL },
};
const size_t host_check_count = array_count(host_checks);
