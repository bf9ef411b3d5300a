/* Bytes as a dump of conntrack: whatever they are, decoding does not crash, and what came out
 * can be printed and named for removal, with the tuple and the id that were read. */
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>

#include "track/parts.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t count);

static void entry_use(const struct track_entry *entry)
{
	const struct nlattr *attrs[CTA_MAX + 1];
	uint8_t deletion[TRACK_MESSAGE_MOST];
	const struct nlmsghdr *message = track_encode_delete(deletion, 1, entry);
	size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	struct buf buf = { 0 };

	if (message->nlmsg_len > sizeof(deletion))
		abort();
	track_attrs(attrs, CTA_MAX, deletion + head, message->nlmsg_len - head);
	if (!attrs[CTA_TUPLE_ORIG] || !attrs[CTA_ID])
		abort(); /* without them the kernel would remove everything */
	track_tuple_print(&buf, &entry->original);
	track_tuple_print(&buf, &entry->reply);
	(void)track_is_plain(entry);
	buf_done(&buf);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t count)
{
	uint8_t *copy = malloc(count + 1); /* of its own length, so that a byte too far is seen */
	const struct nlmsghdr *message;
	const uint8_t *at = copy;
	struct track_entry entry;
	size_t left = count;

	memcpy(copy, bytes, count);
	while ((message = track_message_next(&at, &left)))
		if (track_decode(message, &entry))
			entry_use(&entry);
	free(copy);
	return 0;
}
