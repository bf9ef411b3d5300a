/* See check.h. */
#include "base/lang.h"
#include "host/check.h"

#define PART(name) (1u << HOST_##name)

const struct host_check host_checks[] = {
	{ "H-SYSCTL", "G7.2-syscfg", N_("settings of the kernel"), PART(LINKS) | PART(SYSCTLS),
	  check_host_sysctl },
	{ "H-LINK", "G6.1-vnet-map", N_("the interfaces of the zones are there"),
	  PART(LINKS) | PART(ADDRS), check_host_link },
	{ "H-FOREIGN", "G6.1-vnet-map", N_("no other interface has an address"),
	  PART(LINKS) | PART(ADDRS), check_host_foreign },
	{ "H-MASTER", "G6.1-acl", N_("no interface of a zone belongs to a bridge, a bond or a VRF"),
	  PART(LINKS), check_host_master },
	{ "H-CHILD", "G6.1-acl", N_("nothing is hung on an interface of a zone"), PART(LINKS),
	  check_host_child },
	{ "H-PROMISC", "G6.1-acl", N_("no interface of a zone listens for others"),
	  PART(LINKS) | PART(FDB) | PART(PACKET), check_host_promisc },
	{ "H-ADDRESS", "G6.1-consist", N_("the gateway's addresses are those of the zones"),
	  PART(LINKS) | PART(ADDRS), check_host_address },
	{ "H-NEIGHBOUR", "G7.2-syscfg", N_("registered machines are pinned to their MAC"),
	  PART(LINKS) | PART(NEIGHBOURS), check_host_neighbour },
	{ "H-ROUTE", "G6.1-consist", N_("routes lead where the zones are"),
	  PART(LINKS) | PART(ROUTES), check_host_route },
	{ "H-RULE", "G6.1-consist", N_("no policy routing"), PART(RULES), check_host_rule },
	{ "H-XDP", "G6.1-acl", N_("no XDP program on the way of a zone's packets"), PART(LINKS),
	  check_host_xdp },
	{ "H-TC", "G6.1-acl", N_("no tc filter on the way of a zone's packets"),
	  PART(LINKS) | PART(TC), check_host_tc },
	{ "H-LISTEN", "G6.5-port", N_("no service that a zone could reach"), PART(SOCKETS),
	  check_host_listen },
	{ "H-PACKET", "G6.1-acl", N_("no program that takes frames past the ruleset"),
	  PART(LINKS) | PART(PACKET), check_host_packet },
	{ "H-LEGACY", "G6.1-consist", N_("no table of the old iptables"), PART(LEGACY),
	  check_host_legacy },
	{ "H-BPF", "G6.1-acl", N_("no BPF program on netfilter hooks or tcx"), PART(HOOKS), NULL },
};
const size_t host_check_count = array_count(host_checks);
