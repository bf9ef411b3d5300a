/* See outbox.h. */
#include "nft/outbox.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>

enum { OUTBOX_FIRST_ROOM = 2 * OUTBOX_MESSAGE_MOST };

void outbox_done(struct outbox *outbox)
{
	free(outbox->bytes);
	*outbox = (struct outbox){ 0 };
}

void outbox_clear(struct outbox *outbox)
{
	outbox->count = 0;
	outbox->messages = 0;
}

static struct nlmsghdr *message_open(struct outbox *outbox, uint16_t type, uint8_t family,
				     uint16_t flags, uint16_t resource)
{
	struct nlmsghdr *message;
	struct nfgenmsg *gen;

	if (outbox->room - outbox->count < OUTBOX_MESSAGE_MOST) {
		size_t room = size_max(OUTBOX_FIRST_ROOM, outbox->room * 2);
		uint8_t *bytes = realloc(outbox->bytes, room);

		if (!bytes) { /* as arena_alloc(): there is no half a transaction */
			fprintf(stderr, "sekisho: no memory for %zu bytes\n", room);
			abort();
		}
		outbox->bytes = bytes;
		outbox->room = room;
	}
	message = mnl_nlmsg_put_header(outbox->bytes + outbox->count);
	message->nlmsg_type = type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = outbox->sequence++;
	gen = mnl_nlmsg_put_extra_header(message, sizeof(*gen));
	gen->nfgen_family = family;
	gen->version = NFNETLINK_V0;
	gen->res_id = htons(resource);
	return message;
}

struct nlmsghdr *outbox_open(struct outbox *outbox, unsigned message, uint8_t family,
			     uint16_t flags)
{
	return message_open(outbox, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message), family, flags,
			    0);
}

void outbox_close(struct outbox *outbox, const struct nlmsghdr *message)
{
	outbox->count += NLMSG_ALIGN(message->nlmsg_len);
	outbox->messages++;
}

void outbox_begin(struct outbox *outbox, uint32_t generation)
{
	struct nlmsghdr *message = message_open(outbox, NFNL_MSG_BATCH_BEGIN, AF_UNSPEC, 0,
						NFNL_SUBSYS_NFTABLES);

	if (generation)
		mnl_attr_put_u32(message, NFNL_BATCH_GENID, htonl(generation));
	outbox_close(outbox, message);
}

void outbox_end(struct outbox *outbox)
{
	outbox_close(outbox, message_open(outbox, NFNL_MSG_BATCH_END, AF_UNSPEC, 0,
					  NFNL_SUBSYS_NFTABLES));
}
