/* Links with their sysctls, which the kernel tells along, addresses, neighbours and what else a
 * card listens for. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "host/read.h"

enum { WITHOUT_STATS = 1 << 3 }; /* RTEXT_FILTER_SKIP_STATS */

/* An array of 32-bit numbers; what a kernel does not have yet stays absent. */
static void confs_take(const struct nlattr *attr, int32_t *confs, size_t first, size_t most)
{
	const uint8_t *bytes = mnl_attr_get_payload(attr);
	size_t count = mnl_attr_get_payload_len(attr) / sizeof(int32_t);

	for (size_t i = 0; i < count && i + first < most; i++)
		memcpy(&confs[i + first], bytes + i * sizeof(int32_t), sizeof(int32_t));
}

static void families_take(const struct nlattr *families, struct host_link *link)
{
	const struct nlattr *family, *attr;

	attrs_each_nested(family, families) {
		attrs_each_nested(attr, family) {
			unsigned type = mnl_attr_get_type(attr);

			if (mnl_attr_get_type(family) == AF_INET && type == IFLA_INET_CONF)
				confs_take(attr, link->v4, 1, HOST_V4_CONFS);
			if (mnl_attr_get_type(family) == AF_INET6 && type == IFLA_INET6_CONF)
				confs_take(attr, link->v6, 0, HOST_V6_CONFS);
		}
	}
}

static void xdp_take(const struct nlattr *xdp, struct host_link *link)
{
	const struct nlattr *attr;

	attrs_each_nested(attr, xdp) {
		if (mnl_attr_get_type(attr) == IFLA_XDP_ATTACHED)
			link->xdp_mode = mnl_attr_get_u8(attr);
		if (mnl_attr_get_type(attr) == IFLA_XDP_PROG_ID)
			link->xdp_id = mnl_attr_get_u32(attr);
	}
}

static void kind_take(struct arena *arena, const struct nlattr *info, struct host_link *link)
{
	const struct nlattr *attr;

	attrs_each_nested(attr, info)
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			link->kind = arena_strdup(arena, mnl_attr_get_str(attr));
}

static void link_attr_take(struct arena *arena, const struct nlattr *attr, struct host_link *link)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		link->name = arena_strdup(arena, mnl_attr_get_str(attr));
		break;
	case IFLA_MASTER:
		link->master = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK:
		link->lower = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK_NETNSID:
		link->lower_elsewhere = true;
		break;
	case IFLA_PROMISCUITY:
		link->promiscuity = mnl_attr_get_u32(attr);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == sizeof(link->mac.bytes))
			memcpy(link->mac.bytes, mnl_attr_get_payload(attr), sizeof(link->mac.bytes));
		break;
	case IFLA_LINKINFO:
		kind_take(arena, attr, link);
		break;
	case IFLA_XDP:
		xdp_take(attr, link);
		break;
	case IFLA_AF_SPEC:
		families_take(attr, link);
		break;
	default:
		break;
	}
}

static int on_link(const struct nlmsghdr *message, void *context)
{
	struct host_state *state = ((struct reading *)context)->state;
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct host_link *link = host_state_add_link(state, "", info->ifi_index);
	const struct nlattr *attr;

	link->up = info->ifi_flags & IFF_UP;
	attrs_each(attr, message, sizeof(*info))
		link_attr_take(state->arena, attr, link);
	return MNL_CB_OK;
}

int part_links(struct reading *reading)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };

	reading->state->links.count = 0;
	return rtnl_dump_attr(reading->rtnl, RTM_GETLINK, &header, sizeof(header), IFLA_EXT_MASK,
			      WITHOUT_STATS, on_link, reading);
}

static int on_addr(const struct nlmsghdr *message, void *context)
{
	struct host_state *state = ((struct reading *)context)->state;
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
	struct addr addr = { 0 }, local = { 0 };
	const struct nlattr *attr;
	struct host_addr *one;

	attrs_each(attr, message, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			addr = rtnl_addr(attr);
		if (mnl_attr_get_type(attr) == IFA_LOCAL) /* IFA_ADDRESS is the other end then */
			local = rtnl_addr(attr);
	}
	if (local.family == FAMILY_NONE)
		local = addr;
	if (local.family == FAMILY_NONE)
		return MNL_CB_OK;
	one = vec_add(state->arena, &state->addrs);
	*one = (struct host_addr){ (int)info->ifa_index, local, info->ifa_prefixlen };
	return MNL_CB_OK;
}

int part_addrs(struct reading *reading)
{
	struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };

	reading->state->addrs.count = 0;
	return rtnl_dump(reading->rtnl, RTM_GETADDR, &header, sizeof(header), on_addr, reading);
}

static int on_neighbour(const struct nlmsghdr *message, void *context)
{
	struct host_state *state = ((struct reading *)context)->state;
	const struct ndmsg *info = mnl_nlmsg_get_payload(message);
	struct host_neighbour one = { .ifindex = info->ndm_ifindex,
				      .permanent = info->ndm_state & NUD_PERMANENT,
				      .proxy = info->ndm_flags & NTF_PROXY };
	const struct nlattr *attr;

	attrs_each(attr, message, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == NDA_DST)
			one.ip = rtnl_addr(attr);
		if (mnl_attr_get_type(attr) == NDA_LLADDR &&
		    mnl_attr_get_payload_len(attr) == sizeof(one.mac.bytes))
			memcpy(one.mac.bytes, mnl_attr_get_payload(attr), sizeof(one.mac.bytes));
	}
	/* of the others only what contradicts a pin matters; visitors come by the thousand */
	if (one.ip.family != FAMILY_NONE &&
	    (one.proxy ||
	     host_want_find_pin(((struct reading *)context)->want, &one.ip)))
		*vec_add(state->arena, &state->neighbours) = one;
	return MNL_CB_OK;
}

int part_neighbours(struct reading *reading)
{
	struct ndmsg header = { .ndm_family = AF_UNSPEC }, proxies = { .ndm_flags = NTF_PROXY };
	int fault;

	reading->state->neighbours.count = 0;
	fault = rtnl_dump(reading->rtnl, RTM_GETNEIGH, &header, sizeof(header), on_neighbour,
			  reading);
	if (!fault)
		fault = rtnl_dump(reading->rtnl, RTM_GETNEIGH, &proxies, sizeof(proxies),
				  on_neighbour, reading);
	return fault;
}

static int on_fdb(const struct nlmsghdr *message, void *context)
{
	struct host_state *state = ((struct reading *)context)->state;
	const struct ndmsg *info = mnl_nlmsg_get_payload(message);
	struct host_fdb one = { .ifindex = info->ndm_ifindex };
	const struct nlattr *attr;

	if (!(info->ndm_flags & NTF_SELF)) /* a bridge's: its ports are told of as enslaved */
		return MNL_CB_OK;
	attrs_each(attr, message, sizeof(*info))
		if (mnl_attr_get_type(attr) == NDA_LLADDR &&
		    mnl_attr_get_payload_len(attr) == sizeof(one.mac.bytes))
			memcpy(one.mac.bytes, mnl_attr_get_payload(attr), sizeof(one.mac.bytes));
	if (!(one.mac.bytes[0] & 1) && !mac_is_zero(one.mac))
		*vec_add(state->arena, &state->fdb) = one;
	return MNL_CB_OK;
}

int part_fdb(struct reading *reading)
{
	struct ndmsg header = { .ndm_family = AF_BRIDGE };

	reading->state->fdb.count = 0;
	return rtnl_dump(reading->rtnl, RTM_GETNEIGH, &header, sizeof(header), on_fdb, reading);
}
