/* TCP sockets that listen, asked for by themselves: /proc/net/tcp walks the table of all
 * connections for them, which takes milliseconds even when there are none. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>

#include "host/read.h"

enum { TCP_LISTENS = 10 };

static int on_listener(const struct nlmsghdr *message, void *context)
{
	struct host_state *state = ((struct reading *)context)->state;
	const struct inet_diag_msg *info = mnl_nlmsg_get_payload(message);
	struct host_socket one = { .proto = IPPROTO_TCP,
				   .port = ntohs(info->id.idiag_sport),
				   .uid = info->idiag_uid,
				   .inode = info->idiag_inode };
	bool v6 = info->idiag_family == AF_INET6;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
		return MNL_CB_OK;
	one.addr.family = v6 ? FAMILY_V6 : FAMILY_V4;
	memcpy(one.addr.bytes, info->id.idiag_src, v6 ? 16 : 4);
	*vec_add(state->arena, &state->sockets) = one;
	return MNL_CB_OK;
}

int diag_listeners(struct reading *reading)
{
	struct inet_diag_req_v2 header = { .sdiag_protocol = IPPROTO_TCP,
					   .idiag_states = 1u << TCP_LISTENS };
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	int fault = reading->diag ? 0 : EPROTONOSUPPORT;

	for (size_t i = 0; i < array_count(families) && !fault; i++) {
		header.sdiag_family = families[i];
		fault = rtnl_dump(reading->diag, SOCK_DIAG_BY_FAMILY, &header, sizeof(header),
				  on_listener, reading);
		if (fault == ENOENT && families[i] == AF_INET6)
			fault = 0; /* a kernel without IPv6 */
	}
	return fault;
}
