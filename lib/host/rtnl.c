/* See rtnl.h. */
#include "host/rtnl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/lang.h"

enum { ROOM_BYTES = 64 << 10, RECEIVE_BYTES = 1 << 20 };

struct rtnl {
	struct mnl_socket *socket;
	uint32_t seq;
	char room[ROOM_BYTES];
};

struct rtnl *rtnl_open(int protocol, struct errs *errs)
{
	struct rtnl *rtnl = calloc(1, sizeof(*rtnl));
	int bytes = RECEIVE_BYTES;

	if (!rtnl)
		abort();
	rtnl->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!rtnl->socket || mnl_socket_bind(rtnl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		struct err *err = errs_add(errs, SEVERITY_ERROR, "H-NETLINK", (struct src){ 0 });

		err->sys_errno = errno;
		err_say(errs, err, _("cannot ask the kernel for its interfaces: %s"),
			strerror(errno));
		rtnl_close(rtnl);
		return NULL;
	}
	(void)setsockopt(mnl_socket_get_fd(rtnl->socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
			 sizeof(bytes));
	return rtnl;
}

void rtnl_close(struct rtnl *rtnl)
{
	if (!rtnl)
		return;
	if (rtnl->socket)
		mnl_socket_close(rtnl->socket);
	free(rtnl);
}

struct nlmsghdr *rtnl_message(struct rtnl *rtnl, uint16_t type, uint16_t flags, const void *header,
			      size_t header_bytes)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(rtnl->room);

	message->nlmsg_type = type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = ++rtnl->seq;
	memcpy(mnl_nlmsg_put_extra_header(message, header_bytes), header, header_bytes);
	return message;
}

/* All answers to the last message: until the kernel says that it was the last one. */
static int answers_take(struct rtnl *rtnl, mnl_cb_t each, void *context)
{
	uint32_t portid = mnl_socket_get_portid(rtnl->socket);
	int status = MNL_CB_OK, fault = 0;

	while (status > MNL_CB_STOP) {
		ssize_t count = mnl_socket_recvfrom(rtnl->socket, rtnl->room, sizeof(rtnl->room));

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return errno;
		/* an answer to an earlier question that was given up is not ours */
		if (((struct nlmsghdr *)rtnl->room)->nlmsg_seq != rtnl->seq)
			continue;
		status = mnl_cb_run(rtnl->room, (size_t)count, rtnl->seq, portid, each, context);
		if (status < 0) {
			fault = errno;
			break;
		}
	}
	return fault;
}

static int ask(struct rtnl *rtnl, const struct nlmsghdr *message, mnl_cb_t each, void *context)
{
	if (mnl_socket_sendto(rtnl->socket, message, message->nlmsg_len) < 0)
		return errno;
	return answers_take(rtnl, each, context);
}

int rtnl_dump(struct rtnl *rtnl, uint16_t type, const void *header, size_t header_bytes,
	      mnl_cb_t each, void *context)
{
	return ask(rtnl, rtnl_message(rtnl, type, NLM_F_DUMP, header, header_bytes), each, context);
}

int rtnl_dump_attr(struct rtnl *rtnl, uint16_t type, const void *header, size_t header_bytes,
		   uint16_t attr, uint32_t value, mnl_cb_t each, void *context)
{
	struct nlmsghdr *message = rtnl_message(rtnl, type, NLM_F_DUMP, header, header_bytes);

	mnl_attr_put_u32(message, attr, value);
	return ask(rtnl, message, each, context);
}

int rtnl_change(struct rtnl *rtnl, struct nlmsghdr *message)
{
	message->nlmsg_flags |= NLM_F_ACK;
	return ask(rtnl, message, NULL, NULL);
}

struct addr rtnl_addr(const struct nlattr *attr)
{
	struct addr addr = { 0 };
	size_t bytes = attr ? mnl_attr_get_payload_len(attr) : 0;

	if (bytes != 4 && bytes != 16)
		return addr;
	addr.family = bytes == 4 ? FAMILY_V4 : FAMILY_V6;
	memcpy(addr.bytes, mnl_attr_get_payload(attr), bytes);
	return addr;
}
