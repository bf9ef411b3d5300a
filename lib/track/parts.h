/* What the parts of lib/track share: messages to and from bytes, and the transport under them,
 * which is the kernel's sockets (sock.c) or a test's script. */
#pragma once

#include <libmnl/libmnl.h>
#include <sys/types.h>

#include "track/track.h"

/* Bytes in, bytes out; failures are errno values. */
struct track_transport {
	/* 0 or an errno */
	int (*send)(void *context, const void *bytes, size_t count);
	/* What fits of one datagram: its length, or a negative errno; -EAGAIN: nothing there */
	ssize_t (*receive)(void *context, void *bytes, size_t room);
	void (*close)(void *context);
};

extern const struct track_transport track_sock_transport;
void *track_sock_open(int *ret_errno); /* NULL with an errno */

/* Takes over two contexts: dumps come through the one, so that meanwhile the other can remove. */
struct track *track_new(const struct track_transport *transport, void *reader, void *remover);

/* False for anything that is not a whole entry; *ret_entry is untouched then. */
_must_check_ bool track_decode(const struct nlmsghdr *message, struct track_entry *ret_entry);

/* The next message that lies whole within the bytes, which move behind it; NULL: none. */
const struct nlmsghdr *track_message_next(const uint8_t **bytes, size_t *left);

/* The last attribute of each type up to most that lies whole within the bytes; NULL: none. */
void track_attrs(const struct nlattr **table, unsigned most, const void *bytes, size_t count);

enum { TRACK_MESSAGE_MOST = 1024 }; /* all that is written below fits well */

struct nlmsghdr *track_encode_dump(uint8_t *bytes, uint32_t sequence);
struct nlmsghdr *track_encode_count(uint8_t *bytes, uint32_t sequence);
struct nlmsghdr *track_encode_delete(uint8_t *bytes, uint32_t sequence,
				     const struct track_entry *entry);
struct nlmsghdr *track_encode_delete_mark(uint8_t *bytes, uint32_t sequence, uint32_t mark);
