/* Hearing of changes. What is heard says only that it is worth a look; a flood of what nobody
 * judges (neighbours that come and go on a visitors' network) is not. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/lang.h"
#include "host/parts.h"

enum { HEARD_BYTES = 1 << 20, ROOM_BYTES = 32 << 10 };

static const int groups[] = { RTNLGRP_LINK,	   RTNLGRP_NEIGH,	RTNLGRP_IPV4_IFADDR,
			      RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,	RTNLGRP_IPV6_ROUTE,
			      RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE,	RTNLGRP_IPV4_NETCONF,
			      RTNLGRP_TC,	   RTNLGRP_IPV6_NETCONF, RTNLGRP_NEXTHOP };

static bool groups_join(struct mnl_socket *socket)
{
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return false;
	for (size_t i = 0; i < array_count(groups); i++) {
		int group = groups[i];

		/* an older kernel may not have the last ones */
		if (mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) <
			    0 &&
		    errno != EINVAL)
			return false;
	}
	return true;
}

int host_listen(struct host *host, struct errs *errs)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int bytes = HEARD_BYTES;

	if (!socket || !groups_join(socket)) {
		struct err *err = errs_add(errs, SEVERITY_ERROR, "H-NETLINK", (struct src){ 0 });

		err->sys_errno = errno;
		err_say(errs, err, _("cannot listen to changes of the interfaces: %s"),
			strerror(errno));
		if (socket)
			mnl_socket_close(socket);
		return -1;
	}
	(void)setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
			 sizeof(bytes));
	host->listener = socket;
	return mnl_socket_get_fd(socket);
}

static bool neighbour_matters(const struct nlmsghdr *message, const struct host_want *want)
{
	const struct ndmsg *info = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;
	struct addr ip = { 0 };

	if (info->ndm_family == AF_BRIDGE || info->ndm_flags & NTF_PROXY)
		return true;
	attrs_each(attr, message, sizeof(*info))
		if (mnl_attr_get_type(attr) == NDA_DST)
			ip = rtnl_addr(attr);
	return host_want_find_pin(want, &ip);
}

static bool message_matters(const struct nlmsghdr *message, const struct host_want *want)
{
	if (message->nlmsg_type == RTM_NEWNEIGH || message->nlmsg_type == RTM_DELNEIGH)
		return neighbour_matters(message, want);
	return true;
}

bool host_heard(struct host *host, const struct host_want *want)
{
	char room[ROOM_BYTES] __attribute__((aligned(8)));
	bool matters = false;

	for (;;) {
		ssize_t got = mnl_socket_recvfrom(host->listener, room, sizeof(room));
		const struct nlmsghdr *message = (const struct nlmsghdr *)room;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return matters;
		if (got < 0) { /* ENOBUFS, or nothing better: all is read anew anyway */
			host->lost++;
			matters = true;
			if (errno != ENOBUFS && errno != ENOSPC)
				return true;
			continue;
		}
		for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
			matters |= message_matters(message, want);
	}
}

uint64_t host_lost(const struct host *host)
{
	return host->lost;
}
