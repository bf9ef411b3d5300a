/* See fake.h. The socket half: questions answered, dumps, events, and the script. */
#include "nft/fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "nft/decode_parts.h"
#include "nft/encode.h"
#include "nft/fake_parts.h"
#include "nft/numbers.h"

struct fake *fake_new(void)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	if (!fake)
		abort();
	fake->ruleset = ruleset_new();
	fake->generation = 1;
	fake->event_fd = -1;
	fake->handles = 1;
	for (unsigned i = 0; i < NFT_FEATURES; i++)
		fake->script.has[i] = true;
	return fake;
}

void fake_free(struct fake *fake)
{
	if (!fake)
		return;
	ruleset_free(fake->ruleset);
	outbox_done(&fake->answers);
	outbox_done(&fake->events);
	if (fake->event_fd >= 0)
		close(fake->event_fd);
	free(fake);
}

const struct ruleset *fake_ruleset(const struct fake *fake)
{
	return fake->ruleset;
}

uint32_t fake_generation(const struct fake *fake)
{
	return fake->generation;
}

struct fake_script *fake_script(struct fake *fake)
{
	return &fake->script;
}

struct fake_counts fake_counts(const struct fake *fake)
{
	return fake->counts;
}

/* ---- events ---- */

void fake_meddle(struct fake *fake, const struct ruleset *ruleset, int32_t pid,
		 const char *program)
{
	const struct fake_peer somebody = { fake, 0, pid, program };
	struct ruleset *copy = fake_copy(fake, ruleset);
	struct outbox told = { 0 };

	vec_each(table, &fake->ruleset->tables)
		tell_table_gone(&told, *table);
	fake_all_put(&told, copy);
	ruleset_free(fake->ruleset);
	fake->ruleset = copy;
	fake->generation++;
	fake_announce(fake, &somebody, &told);
	outbox_done(&told);
}

void fake_lose_events(struct fake *fake)
{
	fake->events_lost = true;
	fake_ring(fake);
}

static int fake_listen(void *context)
{
	struct fake *fake = ((const struct fake_peer *)context)->fake;

	if (fake->event_fd < 0)
		fake->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return fake->event_fd < 0 ? -errno : fake->event_fd;
}

static ssize_t take_all(struct outbox *outbox, void *bytes, size_t room)
{
	size_t count = 0;

	/* whole messages only, as a datagram has them */
	while (outbox->count > count) {
		const struct nlmsghdr *message =
			(const struct nlmsghdr *)(outbox->bytes + count);
		size_t step = NLMSG_ALIGN(message->nlmsg_len);

		if (count + step > room)
			break;
		count += step;
	}
	if (!count)
		return -EAGAIN;
	memcpy(bytes, outbox->bytes, count);
	memmove(outbox->bytes, outbox->bytes + count, outbox->count - count);
	outbox->count -= count;
	return (ssize_t)count;
}

static ssize_t fake_hear(void *context, void *bytes, size_t room)
{
	struct fake *fake = ((const struct fake_peer *)context)->fake;
	uint64_t rung;
	ssize_t count;

	if (fake->events_lost) {
		fake->events_lost = false;
		outbox_clear(&fake->events);
		return -ENOBUFS;
	}
	count = take_all(&fake->events, bytes, room);
	if (count == -EAGAIN && read(fake->event_fd, &rung, sizeof(rung)) < 0 && errno != EAGAIN)
		abort();
	return count;
}

/* ---- questions ---- */

static void done_put(struct fake *fake, const struct nlmsghdr *question, uint16_t flags)
{
	struct nlmsghdr *done = outbox_open(&fake->answers, 0, 0, 0);

	done->nlmsg_type = NLMSG_DONE;
	done->nlmsg_flags = (uint16_t)(NLM_F_MULTI | flags);
	done->nlmsg_seq = question->nlmsg_seq;
	outbox_close(&fake->answers, done);
}

static void rules_put(struct outbox *out, const struct table *table, const struct attr *name)
{
	const char *why;

	vec_each(chain, &table->chains)
		if (!name->bytes || attr_text_is(name, (*chain)->name))
			vec_each(rule, &(*chain)->rules)
				encode_rule(out, NFT_MSG_NEWRULE, 0, table, *chain, rule,
					    (struct rule_place){ .handle = rule->handle }, &why);
}

/* Everything of a kind in a table; of rules and elements, what was asked for. */
static void kind_put(struct fake *fake, unsigned kind, const struct table *table,
		     const struct attr *attrs)
{
	struct outbox *out = &fake->answers;
	const char *why;

	if (kind == NFT_MSG_GETTABLE)
		encode_table(out, NFT_MSG_NEWTABLE, 0, table);
	if (kind == NFT_MSG_GETCHAIN)
		vec_each(chain, &table->chains)
			encode_chain(out, NFT_MSG_NEWCHAIN, 0, table, *chain, &why);
	if (kind == NFT_MSG_GETSET)
		vec_each(set, &table->sets)
			encode_set(out, NFT_MSG_NEWSET, 0, table, *set);
	if (kind == NFT_MSG_GETOBJ)
		vec_each(object, &table->objects)
			encode_object(out, NFT_MSG_NEWOBJ, 0, table, *object, &why);
	if (kind == NFT_MSG_GETFLOWTABLE)
		fake_flowtables_put(out, table);
	if (kind == NFT_MSG_GETRULE)
		rules_put(out, table, &attrs[NFTA_RULE_CHAIN]);
	if (kind == NFT_MSG_GETSETELEM)
		vec_each(set, &table->sets)
			if (attr_text_is(&attrs[NFTA_SET_ELEM_LIST_SET], (*set)->name))
				fake_elements_put(out, table, *set);
}

static void dump_put(struct fake *fake, const struct nlmsghdr *question, unsigned kind,
		     const struct attr *attrs)
{
	uint8_t family = ((const struct nfgenmsg *)NLMSG_DATA(question))->nfgen_family;
	size_t from = fake->answers.count;
	uint16_t torn = 0;

	fake->counts.dumps++;
	if (fake->script.good_dumps) {
		fake->script.good_dumps--;
	} else if (fake->script.torn_dumps) {
		fake->script.torn_dumps--;
		torn = NLM_F_DUMP_INTR;
	} else if (fake->script.meddle_dumps) {
		fake->script.meddle_dumps--;
		fake->generation++;
	}
	vec_each(table, &fake->ruleset->tables)
		if ((!family || family == family_number((*table)->family)) &&
		    (!attrs[1].bytes || attr_text_is(&attrs[1], (*table)->name)))
			kind_put(fake, kind, *table, attrs);
	for (size_t at = from; at < fake->answers.count;) {
		struct nlmsghdr *message = (struct nlmsghdr *)(fake->answers.bytes + at);

		message->nlmsg_seq = question->nlmsg_seq;
		message->nlmsg_flags = (uint16_t)(NLM_F_MULTI | torn);
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	done_put(fake, question, torn);
}

static void generation_put(struct fake *fake, const struct nlmsghdr *question)
{
	struct nlmsghdr *message = outbox_open(&fake->answers, NFT_MSG_NEWGEN, AF_UNSPEC, 0);

	message->nlmsg_seq = question->nlmsg_seq;
	mnl_attr_put_u32(message, NFTA_GEN_ID, htonl(fake->generation));
	outbox_close(&fake->answers, message);
}

static int fake_send(void *context, const void *bytes, size_t count)
{
	const struct nlmsghdr *message = bytes;
	struct attr attrs[8] = { { 0 } };
	struct fake *fake = ((const struct fake_peer *)context)->fake;
	unsigned kind = NFNL_MSG_TYPE(message->nlmsg_type);

	if (message->nlmsg_type == NFNL_MSG_BATCH_BEGIN)
		return fake_transact(fake, context, bytes, count);
	if (!attrs_read(attrs, array_count(attrs) - 1,
			(const uint8_t *)NLMSG_DATA(message) + sizeof(struct nfgenmsg),
			message->nlmsg_len - NLMSG_LENGTH(sizeof(struct nfgenmsg))))
		return EINVAL;
	if (kind == NFT_MSG_GETGEN)
		generation_put(fake, message);
	else
		dump_put(fake, message, kind, attrs);
	return 0;
}

static ssize_t fake_receive(void *context, void *bytes, size_t room)
{
	struct fake *fake = ((const struct fake_peer *)context)->fake;

	if (fake->answers_lost) {
		fake->answers_lost = false;
		return -ENOBUFS;
	}
	return take_all(&fake->answers, bytes, room);
}

static uint32_t fake_portid(const void *context)
{
	return ((const struct fake_peer *)context)->portid;
}

static void fake_close(void *context)
{
	(void)context; /* the test's own */
}

static bool fake_has(const void *context, unsigned feature)
{
	return ((const struct fake_peer *)context)->fake->script.has[feature];
}

struct nft *fake_open_other(struct fake *fake, int32_t pid, const char *program)
{
	static const struct transport transport = { fake_send,	 fake_receive, fake_listen,
						    fake_hear,	 fake_portid,  fake_close,
						    fake_has };
	struct fake_peer *peer = &fake->peers[fake->peer_count % FAKE_PEERS];

	*peer = (struct fake_peer){ fake, FAKE_PORTID + (uint32_t)fake->peer_count++, pid,
				    program };
	return nft_new(&transport, peer);
}

struct nft *fake_open(struct fake *fake)
{
	return fake_open_other(fake, (int32_t)getpid(), "test");
}
