/* Routes, rules of policy routing, queueing disciplines and the filters on them. */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/read.h"

static void hops_take(struct host_state *state, const struct nlattr *hops, struct host_hop hop)
{
	const struct rtnexthop *next = mnl_attr_get_payload(hops);
	int left = mnl_attr_get_payload_len(hops);

	while (RTNH_OK(next, left)) {
		const struct nlattr *attr;

		hop.oif = next->rtnh_ifindex;
		hop.via = (struct addr){ 0 };
		attrs_each_in(attr, (const void *)(next + 1), next->rtnh_len - sizeof(*next))
			if (mnl_attr_get_type(attr) == RTA_GATEWAY)
				hop.via = rtnl_addr(attr);
		*vec_add(state->arena, &state->hops) = hop;
		left -= (int)RTNH_ALIGN(next->rtnh_len);
		next = RTNH_NEXT(next);
	}
}

static int on_route(const struct nlmsghdr *message, void *context)
{
	struct host_state *state = ((struct reading *)context)->state;
	const struct rtmsg *info = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr, *several = NULL;
	struct host_hop hop = { .table = info->rtm_table,
				.type = info->rtm_type,
				.protocol = info->rtm_protocol };

	if (info->rtm_flags & RTM_F_CLONED || info->rtm_type == RTN_MULTICAST ||
	    info->rtm_type == RTN_BROADCAST || info->rtm_type == RTN_ANYCAST)
		return MNL_CB_OK;
	hop.to.length_bits = info->rtm_dst_len;
	hop.to.addr.family = info->rtm_family == AF_INET6 ? FAMILY_V6 : FAMILY_V4;
	attrs_each(attr, message, sizeof(*info)) {
		unsigned type = mnl_attr_get_type(attr);

		if (type == RTA_DST)
			hop.to.addr = rtnl_addr(attr);
		else if (type == RTA_OIF)
			hop.oif = (int)mnl_attr_get_u32(attr);
		else if (type == RTA_GATEWAY)
			hop.via = rtnl_addr(attr);
		else if (type == RTA_TABLE)
			hop.table = mnl_attr_get_u32(attr);
		else if (type == RTA_MULTIPATH)
			several = attr;
	}
	if (several)
		hops_take(state, several, hop);
	else
		*vec_add(state->arena, &state->hops) = hop;
	return MNL_CB_OK;
}

/* Both families by name: some others answer with what is no route of ours. */
int part_hops(struct reading *reading)
{
	struct rtmsg v4 = { .rtm_family = AF_INET }, v6 = { .rtm_family = AF_INET6 };
	int fault;

	reading->state->hops.count = 0;
	fault = rtnl_dump(reading->rtnl, RTM_GETROUTE, &v4, sizeof(v4), on_route, reading);
	if (!fault)
		fault = rtnl_dump(reading->rtnl, RTM_GETROUTE, &v6, sizeof(v6), on_route, reading);
	return fault == EOPNOTSUPP || fault == EAFNOSUPPORT ? 0 : fault;
}

static int on_rule(const struct nlmsghdr *message, void *context)
{
	struct host_state *state = ((struct reading *)context)->state;
	const struct fib_rule_hdr *info = mnl_nlmsg_get_payload(message);
	struct host_rule *rule = vec_add(state->arena, &state->rules);
	const struct nlattr *attr;

	rule->family = info->family == AF_INET6 ? FAMILY_V6 : FAMILY_V4;
	rule->table = info->table;
	rule->action = info->action;
	rule->selects = info->src_len || info->dst_len || info->tos ||
			info->flags & FIB_RULE_INVERT;
	attrs_each(attr, message, sizeof(*info)) {
		unsigned type = mnl_attr_get_type(attr);

		if (type == FRA_PRIORITY)
			rule->priority = mnl_attr_get_u32(attr);
		else if (type == FRA_TABLE)
			rule->table = mnl_attr_get_u32(attr);
		else if (type == FRA_IIFNAME || type == FRA_OIFNAME || type == FRA_FWMARK ||
			 type == FRA_L3MDEV || type == FRA_UID_RANGE || type == FRA_IP_PROTO ||
			 type == FRA_SPORT_RANGE || type == FRA_DPORT_RANGE)
			rule->selects = true;
	}
	return MNL_CB_OK;
}

int part_rules(struct reading *reading)
{
	struct fib_rule_hdr v4 = { .family = AF_INET }, v6 = { .family = AF_INET6 };
	int fault;

	reading->state->rules.count = 0;
	fault = rtnl_dump(reading->rtnl, RTM_GETRULE, &v4, sizeof(v4), on_rule, reading);
	if (!fault)
		fault = rtnl_dump(reading->rtnl, RTM_GETRULE, &v6, sizeof(v6), on_rule, reading);
	return fault == EOPNOTSUPP || fault == EAFNOSUPPORT ? 0 : fault;
}

/* ---- tc ---- */

static int on_qdisc(const struct nlmsghdr *message, void *context)
{
	struct host_state *state = ((struct reading *)context)->state;
	const struct tcmsg *info = mnl_nlmsg_get_payload(message);
	struct host_qdisc *qdisc = vec_add(state->arena, &state->qdiscs);
	const struct nlattr *attr;

	*qdisc = (struct host_qdisc){ .ifindex = info->tcm_ifindex,
				      .kind = "",
				      .handle = info->tcm_handle,
				      .parent = info->tcm_parent };
	attrs_each(attr, message, sizeof(*info)) {
		unsigned type = mnl_attr_get_type(attr);

		if (type == TCA_KIND)
			qdisc->kind = arena_strdup(state->arena, mnl_attr_get_str(attr));
		if (type == TCA_INGRESS_BLOCK || type == TCA_EGRESS_BLOCK)
			qdisc->has_block |= mnl_attr_get_u32(attr) != 0;
	}
	return MNL_CB_OK;
}

static int on_filter(const struct nlmsghdr *message, void *context)
{
	(void)message;
	((struct reading *)context)->filters++;
	return MNL_CB_OK;
}

static int filters_count(struct reading *reading, struct host_qdisc *qdisc, uint32_t parent)
{
	struct tcmsg header = { .tcm_ifindex = qdisc->ifindex, .tcm_parent = parent };
	int fault;

	reading->filters = 0;
	fault = rtnl_dump(reading->rtnl, RTM_GETTFILTER, &header, sizeof(header), on_filter,
			  reading);
	qdisc->filters += reading->filters;
	/* a discipline that takes no filters, or that is gone by now */
	return fault == EOPNOTSUPP || fault == EINVAL || fault == ENOENT || fault == ENODEV ? 0
											    : fault;
}

/* What a card without any of tc's doing has. */
static bool is_plain(const char *kind)
{
	static const char *const plain[] = { "noqueue", "mq",	  "pfifo_fast", "pfifo",
					     "bfifo",	"fq_codel", "fq",	  "codel" };

	for (size_t i = 0; i < array_count(plain); i++)
		if (strcmp(plain[i], kind) == 0)
			return true;
	return false;
}

int part_tc(struct reading *reading)
{
	struct tcmsg header = { .tcm_family = AF_UNSPEC };
	struct host_state *state = reading->state;
	int fault;

	state->qdiscs.count = 0;
	fault = rtnl_dump(reading->rtnl, RTM_GETQDISC, &header, sizeof(header), on_qdisc, reading);
	vec_each(qdisc, &state->qdiscs) {
		if (fault || is_plain(qdisc->kind))
			continue;
		if (strcmp(qdisc->kind, "clsact") == 0) {
			fault = filters_count(reading, qdisc,
					      TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
			if (!fault)
				fault = filters_count(reading, qdisc,
						      TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
		} else {
			fault = filters_count(reading, qdisc, qdisc->handle);
		}
	}
	return fault;
}
