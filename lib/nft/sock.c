/* The kernel's sockets: one for questions and transactions, kept for life because owned tables
 * belong to it, and one that only listens. */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lang.h"
#include "nft/nft.h"
#include "nft/transport.h"

enum {
	RECEIVE_BYTES = 8 << 20, /* refusals of a whole batch: 1,000 take about 1 MB of it */
	LISTEN_BYTES = 8 << 20,
	SEND_SPARE_BYTES = 1 << 16,
};

struct sock {
	struct mnl_socket *command, *listener;
	size_t send_room;
};

static void option_set(struct mnl_socket *socket, int option, int value)
{
	(void)mnl_socket_setsockopt(socket, option, &value, sizeof(value));
}

static void buffer_grow(struct mnl_socket *socket, int force, int plain, int bytes)
{
	int fd = mnl_socket_get_fd(socket);

	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof(bytes));
}

void *sock_open(struct errs *errs)
{
	struct sock *sock = calloc(1, sizeof(*sock));

	if (sock)
		sock->command = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!sock || !sock->command ||
	    mnl_socket_bind(sock->command, 0, MNL_SOCKET_AUTOPID) < 0) {
		nft_say(errs, errno, _("cannot reach the kernel's packet filter"));
		if (sock && sock->command)
			mnl_socket_close(sock->command);
		free(sock);
		return NULL;
	}
	option_set(sock->command, NETLINK_EXT_ACK, 1);
	option_set(sock->command, NETLINK_CAP_ACK, 1); /* refusals without the whole message */
	buffer_grow(sock->command, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BYTES);
	return sock;
}

/* The whole batch goes in one call, whatever its size: the kernel takes it or leaves it. */
static int sock_send(void *context, const void *bytes, size_t count)
{
	struct sock *sock = context;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (count > INT32_MAX / 2)
		return EMSGSIZE;
	if (count + SEND_SPARE_BYTES > sock->send_room) {
		sock->send_room = count + SEND_SPARE_BYTES;
		buffer_grow(sock->command, SO_SNDBUFFORCE, SO_SNDBUF, (int)sock->send_room);
	}
	if (sendto(mnl_socket_get_fd(sock->command), bytes, count, 0,
		   (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return errno;
	return 0;
}

static ssize_t socket_receive(struct mnl_socket *socket, void *bytes, size_t room)
{
	struct sockaddr_nl from = { 0 };
	struct iovec part = { .iov_base = bytes, .iov_len = room };
	struct msghdr header = { .msg_name = &from, .msg_namelen = sizeof(from),
				 .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t count;

	do
		count = recvmsg(mnl_socket_get_fd(socket), &header, MSG_DONTWAIT);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	if (from.nl_pid != 0) /* not the kernel: somebody writes to our socket */
		return 0;
	return header.msg_flags & MSG_TRUNC ? -EMSGSIZE : count;
}

static ssize_t sock_receive(void *context, void *bytes, size_t room)
{
	return socket_receive(((struct sock *)context)->command, bytes, room);
}

static int sock_listen(void *context)
{
	struct sock *sock = context;
	int group = NFNLGRP_NFTABLES, fd;

	if (sock->listener)
		return mnl_socket_get_fd(sock->listener);
	sock->listener = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!sock->listener)
		return -errno;
	buffer_grow(sock->listener, SO_RCVBUFFORCE, SO_RCVBUF, LISTEN_BYTES);
	if (mnl_socket_bind(sock->listener, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(sock->listener, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0) {
		fd = -errno;
		mnl_socket_close(sock->listener);
		sock->listener = NULL;
		return fd;
	}
	return mnl_socket_get_fd(sock->listener);
}

static ssize_t sock_hear(void *context, void *bytes, size_t room)
{
	struct sock *sock = context;

	return sock->listener ? socket_receive(sock->listener, bytes, room) : -EAGAIN;
}

static uint32_t sock_portid(const void *context)
{
	return mnl_socket_get_portid(((const struct sock *)context)->command);
}

static void sock_close(void *context)
{
	struct sock *sock = context;

	mnl_socket_close(sock->command);
	if (sock->listener)
		mnl_socket_close(sock->listener);
	free(sock);
}

const struct transport sock_transport = { sock_send,   sock_receive, sock_listen,
					  sock_hear,   sock_portid,  sock_close,
					  NULL };
