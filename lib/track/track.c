/* See track.h. Each question is numbered and its answer read to the end: what would stay in the
 * socket would be taken for the answer to the next one. */
#include "track/track.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "track/parts.h"

enum { READ_BYTES = 1 << 16 }; /* the kernel fills at most half of it at a time */

struct line { /* one socket */
	void *context;
	uint8_t *inbox;
	uint32_t sequence;
};

struct track {
	const struct track_transport *transport;
	struct line reader, remover;
};

static struct line line_make(void *context)
{
	struct line line = { .context = context, .inbox = malloc(READ_BYTES) };

	if (!line.inbox)
		abort();
	return line;
}

struct track *track_new(const struct track_transport *transport, void *reader, void *remover)
{
	struct track *track = calloc(1, sizeof(*track));

	if (!track)
		abort();
	track->transport = transport;
	track->reader = line_make(reader);
	track->remover = line_make(remover);
	return track;
}

void track_close(struct track *track)
{
	if (!track)
		return;
	track->transport->close(track->reader.context);
	track->transport->close(track->remover.context);
	free(track->reader.inbox);
	free(track->remover.inbox);
	free(track);
}

static void say(struct errs *errs, int number, const char *what)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "C-TRACK", (struct src){ 0 });

	err->sys_errno = number;
	err_say(errs, err, "%s: %s", what, strerror(number));
	if (number == EPERM)
		err_hint(errs, err, _("this needs CAP_NET_ADMIN"));
	else if (number == EINVAL || number == EOPNOTSUPP)
		err_hint(errs, err, _("does the kernel have nf_conntrack_netlink?"));
}

struct asking {
	void (*take)(void *context, const struct nlmsghdr *message);
	void *context;
	uint32_t sequence;
	int number; /* the errno of the answer */
	bool dump, torn, done;
};

static int message_errno(const struct nlmsghdr *message)
{
	int number = 0;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(number)))
		return EBADMSG;
	memcpy(&number, NLMSG_DATA(message), sizeof(number));
	return number < 0 ? -number : 0;
}

static void message_take(struct asking *asking, const struct nlmsghdr *message)
{
	if (message->nlmsg_seq != asking->sequence)
		return; /* late, of a question that was given up */
	asking->torn |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
		asking->number = message_errno(message);
		asking->done = true;
		return;
	}
	if (asking->take)
		asking->take(asking->context, message);
	asking->done |= !asking->dump;
}

static void bytes_take(struct asking *asking, const uint8_t *bytes, size_t count)
{
	const struct nlmsghdr *message;

	while (!asking->done && (message = track_message_next(&bytes, &count)))
		message_take(asking, message);
}

/* Sends the question and reads its answer. True: it was answered, *asking says how. */
static bool ask(struct track *track, struct line *line, const struct nlmsghdr *question,
		struct asking *asking)
{
	asking->sequence = question->nlmsg_seq;
	asking->dump = (question->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	asking->number = track->transport->send(line->context, question, question->nlmsg_len);
	if (asking->number)
		return false;
	while (!asking->done) {
		ssize_t count =
			track->transport->receive(line->context, line->inbox, READ_BYTES);

		if (count == -ENOBUFS) { /* a part is lost, perhaps the end */
			asking->torn = true;
			continue;
		}
		if (count < 0) { /* the kernel answers at once: nothing there is the end */
			asking->number = (int)-count;
			return false;
		}
		bytes_take(asking, line->inbox, (size_t)count);
	}
	return true;
}

/* ---- reading ---- */

struct reading {
	track_take *take;
	void *context;
};

static void entry_take(void *context, const struct nlmsghdr *message)
{
	const struct reading *reading = context;
	struct track_entry entry;

	reading->take(reading->context, track_decode(message, &entry) ? &entry : NULL);
}

enum track_answer track_read(struct track *track, track_take *take, void *context,
			     struct errs *errs)
{
	struct reading reading = { take, context };
	struct asking asking = { .take = entry_take, .context = &reading };
	uint8_t bytes[TRACK_MESSAGE_MOST];
	bool answered = ask(track, &track->reader,
			    track_encode_dump(bytes, ++track->reader.sequence), &asking);

	if (asking.torn && (answered || asking.number == EAGAIN))
		return TRACK_TORN;
	if (answered && asking.number == EINTR)
		return TRACK_TORN;
	if (!asking.number)
		return TRACK_WHOLE;
	say(errs, asking.number, _("cannot read the connections"));
	return TRACK_FAILED;
}

static void count_take(void *context, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[CTA_STATS_GLOBAL_MAX + 1], *entries;
	size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	uint32_t *count = context;

	if (message->nlmsg_len < head)
		return;
	track_attrs(attrs, CTA_STATS_GLOBAL_MAX, (const uint8_t *)message + head,
		    message->nlmsg_len - head);
	entries = attrs[CTA_STATS_GLOBAL_ENTRIES];
	if (entries && mnl_attr_get_payload_len(entries) == sizeof(*count))
		*count = be32toh(mnl_attr_get_u32(entries));
}

bool track_count(struct track *track, uint32_t *ret_count, struct errs *errs)
{
	uint8_t bytes[TRACK_MESSAGE_MOST];
	uint32_t count = 0;
	struct asking asking = { .take = count_take, .context = &count };

	if (!ask(track, &track->remover, track_encode_count(bytes, ++track->remover.sequence),
		 &asking) ||
	    asking.number) {
		say(errs, asking.number, _("cannot read the connections"));
		return false;
	}
	*ret_count = count;
	return true;
}

/* ---- removing ---- */

enum track_removal track_delete(struct track *track, const struct track_entry *entry,
				struct errs *errs)
{
	struct asking asking = { 0 };
	uint8_t bytes[TRACK_MESSAGE_MOST];

	if (ask(track, &track->remover,
		track_encode_delete(bytes, ++track->remover.sequence, entry), &asking) &&
	    !asking.number)
		return TRACK_REMOVED;
	if (asking.number == ENOENT)
		return TRACK_GONE;
	say(errs, asking.number, _("cannot remove a connection"));
	return TRACK_KEPT;
}

bool track_delete_mark(struct track *track, uint32_t mark, struct errs *errs)
{
	struct asking asking = { .number = EINVAL };
	uint8_t bytes[TRACK_MESSAGE_MOST];

	if (mark && ask(track, &track->remover,
			track_encode_delete_mark(bytes, ++track->remover.sequence, mark),
			&asking) &&
	    !asking.number)
		return true;
	say(errs, asking.number, _("cannot remove the connections of a mark"));
	return false;
}

/* ---- the whole ---- */

struct track *track_open(struct errs *errs)
{
	void *reader, *remover;
	struct track *track;
	uint32_t count;
	int number = 0;

	reader = track_sock_open(&number);
	remover = reader ? track_sock_open(&number) : NULL;
	if (!remover) {
		if (reader)
			track_sock_transport.close(reader);
		say(errs, number, _("cannot read the connections"));
		return NULL;
	}
	track = track_new(&track_sock_transport, reader, remover);
	if (track_count(track, &count, errs)) /* asked for by a kernel that lacks it: refused */
		return track;
	track_close(track);
	return NULL;
}
