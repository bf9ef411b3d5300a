/* Netlink messages on their way out, one behind another in one run of memory, numbered. Every
 * open message has room for the largest that libnftnl can write, which checks no bounds.
 * Knows nothing of what the messages say. */
#pragma once

#include <libmnl/libmnl.h>

#include "base/base.h"

enum { OUTBOX_MESSAGE_MOST = 128 * 1024, OUTBOX_NEST_MOST = 48 * 1024 };

struct outbox {
	uint8_t *bytes;
	size_t count, room, messages;
	uint32_t sequence; /* of the next message */
};

void outbox_done(struct outbox *outbox);
void outbox_clear(struct outbox *outbox); /* forgets the messages, keeps room and numbering */

/* A message of nf_tables with its header; valid until the next one is opened. */
struct nlmsghdr *outbox_open(struct outbox *outbox, unsigned message, uint8_t family,
			     uint16_t flags);
void outbox_close(struct outbox *outbox, const struct nlmsghdr *message);

/* The brackets of a transaction; a generation of 0: whatever it is. */
void outbox_begin(struct outbox *outbox, uint32_t generation);
void outbox_end(struct outbox *outbox);
