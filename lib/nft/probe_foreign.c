/* What the ruleset has no words for, since we never build it, but whose presence matters to who
 * watches: whether somebody could offload connections past the forward chain (flow tables), and
 * whether the kernel tells who stands on a hook. Tried with messages made by hand. */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_hook.h>

#include "nft/probe_foreign.h"
#include "nft/transport.h"

static void flowtable_put(struct outbox *outbox)
{
	struct nlmsghdr *message =
		outbox_open(outbox, NFT_MSG_NEWTABLE, NFPROTO_INET, NLM_F_CREATE);
	struct nlattr *hook, *devices;

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, "probe");
	outbox_close(outbox, message);
	message = outbox_open(outbox, NFT_MSG_NEWFLOWTABLE, NFPROTO_INET,
			      NLM_F_CREATE | NLM_F_ACK);
	mnl_attr_put_strz(message, NFTA_FLOWTABLE_TABLE, "probe");
	mnl_attr_put_strz(message, NFTA_FLOWTABLE_NAME, "f");
	hook = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK);
	mnl_attr_put_u32(message, NFTA_FLOWTABLE_HOOK_NUM, htonl(NF_NETDEV_INGRESS));
	mnl_attr_put_u32(message, NFTA_FLOWTABLE_HOOK_PRIORITY, htonl(0));
	devices = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK_DEVS);
	mnl_attr_put_strz(message, NFTA_DEVICE_NAME, "lo");
	mnl_attr_nest_end(message, devices);
	mnl_attr_nest_end(message, hook);
	outbox_close(outbox, message);
}

/* The kernel has worked the batch off when send returns: one answer, and it is no error. */
bool probe_flowtable(struct nft *nft)
{
	const struct nlmsgerr *error;
	const struct nlmsghdr *answer;
	struct outbox outbox = { .sequence = 1 };
	bool good = false;
	ssize_t count;

	outbox_begin(&outbox, 0);
	flowtable_put(&outbox);
	outbox_end(&outbox);
	if (nft->transport->send(nft->context, outbox.bytes, outbox.count) == 0)
		while ((count = nft->transport->receive(nft->context, nft->inbox,
							INBOX_BYTES)) >= 0) {
			answer = (const struct nlmsghdr *)nft->inbox;
			error = (const struct nlmsgerr *)NLMSG_DATA(answer);
			good = count >= (ssize_t)NLMSG_LENGTH(sizeof(*error)) &&
			       answer->nlmsg_type == NLMSG_ERROR && !error->error;
		}
	outbox_done(&outbox);
	return good;
}

bool probe_hook_dump(struct nft *nft)
{
	struct outbox *outbox = &nft->outbox;
	struct nlmsghdr *question = outbox_open(outbox, 0, NFPROTO_IPV4, NLM_F_DUMP);
	int number;

	question->nlmsg_type = NFNL_SUBSYS_HOOK << 8 | NFNL_MSG_HOOK_GET;
	mnl_attr_put_u32(question, NFNLA_HOOK_HOOKNUM, htonl(NF_INET_FORWARD));
	outbox_close(outbox, question);
	return nft_ask(nft, NULL, NULL, &number) == ANSWER_GOOD;
}
