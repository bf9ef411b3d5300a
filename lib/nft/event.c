/* Hearing of changes: NEWGEN ends every transaction of anybody in this namespace and says who
 * it was. What changed comes before it, and is remembered where it was not us (touched.h).
 * Losing some is a state, not an error: it is told, and all is read anew. */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "nft/decode_parts.h"
#include "nft/nft.h"
#include "nft/transport.h"

int nft_event_fd(struct nft *nft, struct errs *errs)
{
	if (nft->event_fd >= 0)
		return nft->event_fd;
	nft->event_fd = nft->transport->listen(nft->context);
	if (nft->event_fd < 0) {
		nft_say(errs, -nft->event_fd, _("cannot listen to changes of the rulesets"));
		nft->event_fd = -1;
		return -1;
	}
	nft->heard.bytes = malloc(INBOX_BYTES);
	if (!nft->heard.bytes)
		abort();
	return nft->event_fd;
}

static bool is_ours(const struct nft *nft, const struct nlmsghdr *message)
{
	return message->nlmsg_pid == nft->transport->portid(nft->context);
}

static bool event_read(const struct nft *nft, const struct nlmsghdr *message,
		       struct nft_event *event)
{
	size_t before = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	struct attr attrs[NFTA_GEN_MAX + 1];

	if (message->nlmsg_len < before ||
	    !attrs_read(attrs, NFTA_GEN_MAX, (const uint8_t *)message + before,
			message->nlmsg_len - before))
		return false;
	*event = (struct nft_event){
		.generation = attr_u32_or(&attrs[NFTA_GEN_ID], 0),
		.pid = (int32_t)attr_u32_or(&attrs[NFTA_GEN_PROC_PID], 0),
		.ours = is_ours(nft, message),
	};
	if (attrs[NFTA_GEN_PROC_NAME].bytes)
		memcpy(event->program, attrs[NFTA_GEN_PROC_NAME].bytes,
		       size_min(attrs[NFTA_GEN_PROC_NAME].count, sizeof(event->program) - 1));
	return true;
}

static bool heard_take(struct nft *nft, struct nft_event *event)
{
	const uint8_t *at = nft->heard.bytes + nft->heard.at;
	size_t left = nft->heard.count - nft->heard.at;
	const struct nlmsghdr *message;

	while ((message = message_next(&at, &left))) {
		nft->heard.at = nft->heard.count - left;
		if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
			continue;
		if (NFNL_MSG_TYPE(message->nlmsg_type) != NFT_MSG_NEWGEN) {
			if (!is_ours(nft, message))
				touched_take(&nft->touched, message);
		} else if (event_read(nft, message, event)) {
			return true;
		}
	}
	nft->heard.at = nft->heard.count = 0;
	return false;
}

bool nft_event_take(struct nft *nft, struct nft_event *ret_event)
{
	struct nft_event event = { 0 };

	if (nft->event_fd < 0)
		return false;
	while (!heard_take(nft, &event)) {
		ssize_t count = nft->transport->hear(nft->context, nft->heard.bytes, INBOX_BYTES);

		if (count == -EAGAIN)
			return false;
		if (count < 0) { /* ENOBUFS, or nothing better */
			event = (struct nft_event){ .lost = true };
			nft->touched_lost = true;
			break;
		}
		nft->heard.count = (size_t)count;
		nft->heard.at = 0;
	}
	*ret_event = event;
	return true;
}

void nft_event_know(struct nft *nft, const struct ruleset *known, const char *table_name)
{
	touched_clear(&nft->touched);
	nft->touched_lost = false;
	nft->touched.known = known;
	nft->touched.name = table_name;
}

struct nft_touched nft_touched(const struct nft *nft)
{
	const struct touched *touched = &nft->touched;

	return (struct nft_touched){ .ours = touched->shape || touched->sets.count ||
					     touched->chains.count,
				     .others = touched->others,
				     .shape = touched->shape || touched->chains.count,
				     .lost = nft->touched_lost };
}

void nft_touched_clear(struct nft *nft)
{
	touched_clear(&nft->touched);
	nft->touched_lost = false;
}
