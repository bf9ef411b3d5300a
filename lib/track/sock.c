/* The kernel's side of lib/track: a netlink socket that never blocks. */
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "track/parts.h"

static int fd_of(const struct mnl_socket *socket)
{
	return mnl_socket_get_fd(socket);
}

void *track_sock_open(int *ret_errno)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int on = 1;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		*ret_errno = errno;
		if (socket)
			mnl_socket_close(socket);
		return NULL;
	}
	/* refusals without the message refused */
	(void)mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
	return socket;
}

static int sock_send(void *context, const void *bytes, size_t count)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t sent;

	do
		sent = sendto(fd_of(context), bytes, count, 0, (const struct sockaddr *)&kernel,
			      sizeof(kernel));
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? errno : 0;
}

static ssize_t sock_receive(void *context, void *bytes, size_t room)
{
	struct sockaddr_nl from = { 0 };
	struct iovec part = { .iov_base = bytes, .iov_len = room };
	struct msghdr header = { .msg_name = &from, .msg_namelen = sizeof(from),
				 .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t count;

	do
		count = recvmsg(fd_of(context), &header, MSG_DONTWAIT);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	if (from.nl_pid != 0) /* another process may write to us; only the kernel is asked */
		return 0;
	return header.msg_flags & MSG_TRUNC ? -EMSGSIZE : count;
}

static void sock_close(void *context)
{
	mnl_socket_close(context);
}

const struct track_transport track_sock_transport = { sock_send, sock_receive, sock_close };
