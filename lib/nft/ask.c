/* A question to the kernel and its answer, which is always read to its end: what would remain
 * in the socket would be taken for the answer to the next question. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "nft/absent.h"
#include "nft/decode_parts.h"
#include "nft/nft.h"
#include "nft/transport.h"

struct nft *nft_new(const struct transport *transport, void *context)
{
	struct nft *nft = calloc(1, sizeof(*nft));

	if (!nft)
		abort();
	*nft = (struct nft){ .transport = transport,
			     .context = context,
			     .outbox = { .sequence = 1 },
			     .inbox = malloc(INBOX_BYTES),
			     .event_fd = -1,
			     .ours_pid = (uint32_t)getpid(),
			     .set_update = -1,
			     .absent_device = -1 };
	if (!nft->inbox)
		abort();
	return nft;
}

struct nft *nft_open(struct errs *errs)
{
	void *sock = sock_open(errs);

	return sock ? nft_new(&sock_transport, sock) : NULL;
}

bool nft_reopen(struct nft *nft)
{
	struct errs errs;

	errs_init(&errs);
	nft->context = sock_open(&errs);
	nft->transport = &sock_transport;
	nft->event_fd = -1;
	nft->reads_only = true;
	errs_done(&errs);
	return nft->context;
}

void nft_settle(struct nft *nft)
{
	kept_give(nft);
}

void nft_close(struct nft *nft)
{
	if (!nft)
		return;
	nft->transport->close(nft->context);
	kept_free(nft->kept);
	touched_clear(&nft->touched);
	outbox_done(&nft->outbox);
	free(nft->inbox);
	free(nft->heard.bytes);
	free(nft);
}

void nft_say(struct errs *errs, int number, const char *what)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "C-KERNEL", (struct src){ 0 });

	err->sys_errno = number;
	err_say(errs, err, "%s: %s", what, strerror(number));
	if (number == EPERM)
		err_hint(errs, err, _("this needs CAP_NET_ADMIN"));
}

bool nft_is_race(const struct errs *errs)
{
	vec_each(err, &errs->list)
		if (err->sys_errno == ERESTART || err->sys_errno == EINTR)
			return true;
	return false;
}

/* The errno of an error or of the end of a dump. */
static int message_errno(const struct nlmsghdr *message)
{
	int number = 0;

	if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(number)))
		memcpy(&number, NLMSG_DATA(message), sizeof(number));
	return number < 0 ? -number : 0;
}

struct asking {
	bool (*take)(void *context, const struct nlmsghdr *message);
	void *context;
	uint32_t sequence;
	int number;
	bool torn, done, dump;
};

static void answer_take(struct asking *asking, const struct nlmsghdr *message)
{
	if (message->nlmsg_seq != asking->sequence)
		return; /* late, of a question that was given up */
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		asking->torn = true;
	if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
		asking->done = true;
		if (!asking->number)
			asking->number = message_errno(message);
		return;
	}
	if (!asking->number && !asking->torn && asking->take &&
	    !asking->take(asking->context, message))
		asking->number = EPROTO;
	if (!asking->dump)
		asking->done = true;
}

enum answer nft_ask(struct nft *nft, bool (*take)(void *context, const struct nlmsghdr *message),
		    void *context, int *ret_errno)
{
	const struct nlmsghdr *question = (const struct nlmsghdr *)nft->outbox.bytes;
	struct asking asking = { .take = take,
				 .context = context,
				 .sequence = question->nlmsg_seq,
				 .dump = question->nlmsg_flags & NLM_F_DUMP };

	asking.number = nft->transport->send(nft->context, nft->outbox.bytes, nft->outbox.count);
	outbox_clear(&nft->outbox);
	if (asking.number)
		asking.done = true;
	while (!asking.done) {
		ssize_t count = nft->transport->receive(nft->context, nft->inbox, INBOX_BYTES);
		const struct nlmsghdr *message;
		const uint8_t *at = nft->inbox;
		size_t left = count > 0 ? (size_t)count : 0;

		if (count == -ENOBUFS) { /* lost answers: what we have is no whole */
			asking.torn = true;
			continue;
		}
		if (count < 0) { /* the kernel answers at once: nothing there is the end */
			asking.number = asking.torn && count == -EAGAIN ? 0 : (int)-count;
			break;
		}
		while ((message = message_next(&at, &left)))
			answer_take(&asking, message);
	}
	if (asking.number == EINTR || asking.number == ENOENT)
		asking.torn = true;
	else if (asking.number) {
		*ret_errno = asking.number;
		return ANSWER_FAILED;
	}
	*ret_errno = asking.number;
	return asking.torn ? ANSWER_AGAIN : ANSWER_GOOD;
}

static bool generation_take(void *context, const struct nlmsghdr *message)
{
	struct attr attrs[NFTA_GEN_MAX + 1];
	uint32_t *ret_generation = context;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(struct nfgenmsg)))
		return false;
	return attrs_read(attrs, NFTA_GEN_MAX,
			  (const uint8_t *)NLMSG_DATA(message) + sizeof(struct nfgenmsg),
			  message->nlmsg_len - NLMSG_LENGTH(sizeof(struct nfgenmsg))) &&
	       attr_u32(&attrs[NFTA_GEN_ID], ret_generation);
}

bool ask_generation(struct nft *nft, uint32_t *ret_generation, int *ret_errno)
{
	outbox_close(&nft->outbox, outbox_open(&nft->outbox, NFT_MSG_GETGEN, AF_UNSPEC, 0));
	return nft_ask(nft, generation_take, ret_generation, ret_errno) == ANSWER_GOOD;
}

bool nft_generation(struct nft *nft, uint32_t *ret_generation, struct errs *errs)
{
	uint32_t generation = 0;
	int number;

	if (!ask_generation(nft, &generation, &number)) {
		nft_say(errs, number, _("cannot ask the kernel for its generation"));
		return false;
	}
	*ret_generation = generation;
	return true;
}
