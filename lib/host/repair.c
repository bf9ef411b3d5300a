/* Putting right what is ours by right: settings, pins, and what was hung on a zone's interface.
 * Each closes or binds; none takes away a path that somebody else's work may rest on. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/parts.h"

static int sysctl_write(const char *path, int value)
{
	char name[256], text[16];
	int fd, length, fault = 0;

	snprintf(name, sizeof(name), "/proc/sys/net/%s", path);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	length = snprintf(text, sizeof(text), "%d\n", value);
	/* from the start of it, as the kernel wants settings, whole */
	if (pwrite(fd, text, (size_t)length, 0) < 0)
		fault = errno;
	close(fd);
	return fault;
}

static int pin_set(struct rtnl *rtnl, const struct host_repair *repair)
{
	struct ndmsg header = { .ndm_family = repair->ip.family == FAMILY_V6 ? AF_INET6 : AF_INET,
				.ndm_ifindex = repair->ifindex,
				.ndm_state = NUD_PERMANENT };
	struct nlmsghdr *message = rtnl_message(rtnl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE,
						&header, sizeof(header));

	mnl_attr_put(message, NDA_DST, addr_bits(repair->ip.family) / 8, repair->ip.bytes);
	mnl_attr_put(message, NDA_LLADDR, sizeof(repair->mac.bytes), repair->mac.bytes);
	return rtnl_change(rtnl, message);
}

static int proxy_remove(struct rtnl *rtnl, const struct host_repair *repair)
{
	struct ndmsg header = { .ndm_family = repair->ip.family == FAMILY_V6 ? AF_INET6 : AF_INET,
				.ndm_ifindex = repair->ifindex,
				.ndm_flags = NTF_PROXY };
	struct nlmsghdr *message = rtnl_message(rtnl, RTM_DELNEIGH, 0, &header, sizeof(header));

	mnl_attr_put(message, NDA_DST, addr_bits(repair->ip.family) / 8, repair->ip.bytes);
	return rtnl_change(rtnl, message);
}

static int address_remove(struct rtnl *rtnl, const struct host_repair *repair)
{
	struct ifaddrmsg header = { .ifa_family = AF_INET6,
				    .ifa_prefixlen = repair->length_bits,
				    .ifa_index = (uint32_t)repair->ifindex };
	struct nlmsghdr *message = rtnl_message(rtnl, RTM_DELADDR, 0, &header, sizeof(header));

	mnl_attr_put(message, IFA_LOCAL, sizeof(repair->ip.bytes), repair->ip.bytes);
	return rtnl_change(rtnl, message);
}

/* The kernel wants to hear in which of the ways it is attached. */
static int xdp_detach(struct rtnl *rtnl, const struct host_repair *repair)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = repair->ifindex };
	uint32_t flags = repair->xdp_mode == XDP_ATTACHED_SKB ? XDP_FLAGS_SKB_MODE
			 : repair->xdp_mode == XDP_ATTACHED_HW ? XDP_FLAGS_HW_MODE
			 : repair->xdp_mode == XDP_ATTACHED_DRV ? XDP_FLAGS_DRV_MODE
								: 0;
	struct nlmsghdr *message =
		rtnl_message(rtnl, RTM_SETLINK, 0, &header, sizeof(header));
	struct nlattr *nest = mnl_attr_nest_start(message, IFLA_XDP);
	int32_t none = -1;

	mnl_attr_put(message, IFLA_XDP_FD, sizeof(none), &none);
	mnl_attr_put_u32(message, IFLA_XDP_FLAGS, flags);
	mnl_attr_nest_end(message, nest);
	return rtnl_change(rtnl, message);
}

static int qdisc_remove(struct rtnl *rtnl, const struct host_repair *repair)
{
	struct tcmsg header = { .tcm_ifindex = repair->ifindex,
				.tcm_handle = repair->handle,
				.tcm_parent = repair->parent };

	return rtnl_change(rtnl, rtnl_message(rtnl, RTM_DELQDISC, 0, &header, sizeof(header)));
}

int host_repair(struct host *host, const struct host_repair *repair)
{
	switch (repair->kind) {
	case HOST_REPAIR_NONE:
		return EOPNOTSUPP;
	case HOST_REPAIR_SYSCTL:
		return sysctl_write(repair->path, repair->value);
	case HOST_REPAIR_PIN:
		return pin_set(host->rtnl, repair);
	case HOST_REPAIR_XDP:
		return xdp_detach(host->rtnl, repair);
	case HOST_REPAIR_QDISC:
		return qdisc_remove(host->rtnl, repair);
	case HOST_REPAIR_PROXY_NEIGHBOUR:
		return proxy_remove(host->rtnl, repair);
	case HOST_REPAIR_ADDRESS:
		return address_remove(host->rtnl, repair);
	}
	return EINVAL;
}
