/* Connections out of bytes and questions into bytes, without a kernel: whole entries and every
 * way to be none, torn and lost dumps, refusals; and never a removal that names nothing. */
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "track/parts.h"
#include "unit/suites.h"

/* ---- a kernel out of a script ---- */

enum { STEPS_MOST = 16 };

struct script {
	struct {
		int number; /* an errno instead of bytes */
		uint8_t bytes[4096];
		size_t count;
	} steps[STEPS_MOST];
	size_t count, at;
	uint8_t sent[TRACK_MESSAGE_MOST];
	size_t sent_bytes, sends;
	int send_errno;
};

static struct script reader, remover;
static struct track *track;
static struct errs errs;

static int script_send(void *context, const void *bytes, size_t count)
{
	struct script *script = context;

	memcpy(script->sent, bytes, count);
	script->sent_bytes = count;
	script->sends++;
	return script->send_errno;
}

static ssize_t script_receive(void *context, void *bytes, size_t room)
{
	struct script *script = context;
	size_t at = script->at++;

	if (at >= script->count)
		return -EAGAIN;
	if (script->steps[at].number)
		return -script->steps[at].number;
	ck_assert_uint_le(script->steps[at].count, room);
	memcpy(bytes, script->steps[at].bytes, script->steps[at].count);
	return (ssize_t)script->steps[at].count;
}

static void script_close(void *context)
{
	(void)context;
}

static const struct track_transport script_transport = { script_send, script_receive,
							  script_close };

static void setup(void)
{
	memset(&reader, 0, sizeof(reader));
	memset(&remover, 0, sizeof(remover));
	track = track_new(&script_transport, &reader, &remover);
	errs_init(&errs);
}

static void teardown(void)
{
	track_close(track);
	errs_done(&errs);
}

static void *script_step(struct script *script, size_t count)
{
	ck_assert_uint_lt(script->count, STEPS_MOST);
	script->steps[script->count].count += count;
	return script->steps[script->count].bytes + script->steps[script->count].count - count;
}

static void script_errno(struct script *script, int number)
{
	script->steps[script->count++].number = number;
}

/* The first question of a track has the number 1. */
static void script_end(struct script *script, uint16_t type, int number, uint16_t flags)
{
	uint8_t *bytes = script_step(script, MNL_NLMSG_HDRLEN + sizeof(int));
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);

	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	message->nlmsg_seq = 1;
	*(int *)mnl_nlmsg_put_extra_header(message, sizeof(int)) = -number;
	script->count++;
}

/* ---- entries as the kernel writes them ---- */

struct made {
	bool v6;
	uint8_t proto;
	uint16_t src_port, dst_port; /* ICMP: type and id */
	uint32_t mark;
	bool start, reply_elsewhere;
};

static void put_made_tuple(struct nlmsghdr *message, uint16_t type, const struct made *made,
			   bool back)
{
	bool icmp = made->proto == IPPROTO_ICMP || made->proto == IPPROTO_ICMPV6;
	struct nlattr *whole = mnl_attr_nest_start(message, type), *part;
	uint8_t a[16] = { 10, 1, 0, 11 }, b[16] = { 10, 2, 0, 11 };
	unsigned first = made->v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC;

	if (back && made->reply_elsewhere)
		b[3] = 99;
	part = mnl_attr_nest_start(message, CTA_TUPLE_IP);
	mnl_attr_put(message, (uint16_t)first, made->v6 ? 16 : 4, back ? b : a);
	mnl_attr_put(message, (uint16_t)(first + 1), made->v6 ? 16 : 4, back ? a : b);
	mnl_attr_nest_end(message, part);
	part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(message, CTA_PROTO_NUM, made->proto);
	if (icmp) {
		unsigned id = made->v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID;
		uint8_t asked = (uint8_t)made->src_port;

		mnl_attr_put_u16(message, (uint16_t)id, htobe16(made->dst_port));
		mnl_attr_put_u8(message, (uint16_t)(id + 1),
				!back ? asked : made->v6 ? (uint8_t)(asked + 1) : 0);
		mnl_attr_put_u8(message, (uint16_t)(id + 2), 0);
	} else if (made->src_port) {
		mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT,
				 htobe16(back ? made->dst_port : made->src_port));
		mnl_attr_put_u16(message, CTA_PROTO_DST_PORT,
				 htobe16(back ? made->src_port : made->dst_port));
	}
	mnl_attr_nest_end(message, part);
	mnl_attr_nest_end(message, whole);
}

static struct nlmsghdr *entry_make(uint8_t *bytes, const struct made *made)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
	struct nfgenmsg *gen;

	message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
	message->nlmsg_flags = NLM_F_MULTI;
	message->nlmsg_seq = 1;
	gen = mnl_nlmsg_put_extra_header(message, sizeof(*gen));
	gen->nfgen_family = made->v6 ? AF_INET6 : AF_INET;
	put_made_tuple(message, CTA_TUPLE_ORIG, made, false);
	put_made_tuple(message, CTA_TUPLE_REPLY, made, true);
	mnl_attr_put_u32(message, CTA_STATUS, htobe32(TRACK_SEEN_REPLY | TRACK_ASSURED));
	mnl_attr_put_u32(message, CTA_TIMEOUT, htobe32(431999));
	mnl_attr_put_u32(message, CTA_MARK, htobe32(made->mark));
	mnl_attr_put_u32(message, CTA_ID, htobe32(0xfeedf00d));
	mnl_attr_put_u16(message, CTA_ZONE, htobe16(3));
	if (made->start) {
		struct nlattr *nest = mnl_attr_nest_start(message, CTA_TIMESTAMP);

		mnl_attr_put_u64(message, CTA_TIMESTAMP_START, htobe64(1764000000123456789u));
		mnl_attr_nest_end(message, nest);
	}
	return message;
}

static void script_entry(struct script *script, const struct made *made)
{
	uint8_t bytes[1024];
	const struct nlmsghdr *message = entry_make(bytes, made);

	memcpy(script_step(script, message->nlmsg_len), message, message->nlmsg_len);
}

static const struct made https = { false, IPPROTO_TCP, 40000, 443, 7, true, false };

static const struct {
	struct made made;
	const char *text;
	bool plain;
} kinds[] = {
	{ { false, IPPROTO_TCP, 40000, 443, 7, true, false }, "tcp 10.1.0.11:40000 → 10.2.0.11:443", true },
	{ { false, IPPROTO_UDP, 5353, 53, 0, false, false }, "udp 10.1.0.11:5353 → 10.2.0.11:53", true },
	{ { false, IPPROTO_UDP, 5353, 53, 0, false, true }, "udp 10.1.0.11:5353 → 10.2.0.11:53", false },
	{ { false, IPPROTO_ICMP, 8, 77, 9, false, false }, "icmp 10.1.0.11 → 10.2.0.11 type 8 id 77", true },
	{ { true, IPPROTO_ICMPV6, 128, 77, 9, false, false }, "icmpv6 a01:b:: → a02:b:: type 128 id 77", true },
	{ { true, IPPROTO_TCP, 40000, 22, 1, true, false }, "tcp [a01:b::]:40000 → [a02:b::]:22", true },
	{ { false, IPPROTO_SCTP, 40000, 22, 1, false, false }, "proto-132 10.1.0.11:40000 → 10.2.0.11:22", true },
	{ { false, IPPROTO_GRE, 0, 0, 1, false, false }, "proto-47 10.1.0.11 → 10.2.0.11", true },
};

START_TEST(is_read)
{
	const struct made *made = &kinds[_i].made;
	struct track_entry entry, again;
	uint8_t bytes[1024], deletion[TRACK_MESSAGE_MOST];
	struct nlmsghdr *message = entry_make(bytes, made);
	struct buf buf = { 0 };

	ck_assert(track_decode(message, &entry));
	track_tuple_print(&buf, &entry.original);
	ck_assert_str_eq(buf_text(&buf), kinds[_i].text);
	ck_assert_int_eq(track_is_plain(&entry), kinds[_i].plain);
	ck_assert_uint_eq(entry.mark, made->mark);
	ck_assert_uint_eq(entry.id, 0xfeedf00d);
	ck_assert_uint_eq(entry.status, TRACK_SEEN_REPLY | TRACK_ASSURED);
	ck_assert_uint_eq(entry.timeout_sec, 431999);
	ck_assert_uint_eq(entry.zone, 3);
	ck_assert_int_eq(entry.has_start, made->start);
	ck_assert_uint_eq(entry.start_ns, made->start ? 1764000000123456789u : 0);
	/* what is to be removed names the same tuple, id and zone */
	message = track_encode_delete(deletion, 1, &entry);
	ck_assert_uint_eq(message->nlmsg_type, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE);
	message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
	ck_assert(!track_decode(message, &again)); /* no reply tuple */
	put_made_tuple(message, CTA_TUPLE_REPLY, made, true);
	ck_assert(track_decode(message, &again));
	ck_assert_int_eq(memcmp(&again.original, &entry.original, sizeof(again.original)), 0);
	ck_assert_uint_eq(again.id, entry.id);
	ck_assert_uint_eq(again.zone, entry.zone);
	buf_done(&buf);
}
END_TEST

/* Cut off anywhere, or with any one length changed, it is read whole or not at all. */
START_TEST(no_length_is_trusted)
{
	struct track_entry entry, unset, copy;
	uint8_t bytes[1024];
	struct nlmsghdr *message = entry_make(bytes, &kinds[_i].made);
	size_t whole = message->nlmsg_len;

	memset(&unset, 0x55, sizeof(unset));
	for (size_t count = sizeof(*message); count < whole; count++) {
		uint8_t *exact = malloc(count); /* a byte too far is seen by ASan */

		memcpy(exact, bytes, count);
		((struct nlmsghdr *)exact)->nlmsg_len = (uint32_t)count;
		entry = unset;
		if (!track_decode((struct nlmsghdr *)exact, &entry))
			ck_assert_int_eq(memcmp(&entry, &unset, sizeof(entry)), 0);
		free(exact);
	}
	ck_assert(track_decode(message, &copy));
	for (size_t at = MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg); at + 4 <= whole; at += 4)
		for (unsigned length = 0; length < 70000; length += length < 40 ? 1 : 9999) {
			uint16_t kept = *(uint16_t *)(bytes + at);

			*(uint16_t *)(bytes + at) = (uint16_t)length;
			(void)!track_decode(message, &entry);
			*(uint16_t *)(bytes + at) = kept;
		}
}
END_TEST

START_TEST(something_else_is_no_entry)
{
	struct track_entry entry;
	uint8_t bytes[1024];
	struct nlmsghdr *message = entry_make(bytes, &https);

	message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | IPCTNL_MSG_CT_NEW;
	ck_assert(!track_decode(message, &entry));
}
END_TEST

/* ---- dumps ---- */

static struct {
	size_t entries, unreadable;
} told;

static void tell(void *context, const struct track_entry *entry)
{
	(void)context;
	entry ? told.entries++ : told.unreadable++;
}

static enum track_answer dump(void)
{
	memset(&told, 0, sizeof(told));
	return track_read(track, tell, NULL, &errs);
}

START_TEST(a_dump_is_told)
{
	script_entry(&reader, &https);
	script_entry(&reader, &kinds[3].made);
	reader.count++;
	script_entry(&reader, &kinds[5].made);
	script_end(&reader, NLMSG_DONE, 0, NLM_F_MULTI);
	ck_assert_int_eq(dump(), TRACK_WHOLE);
	ck_assert_uint_eq(told.entries, 3);
	ck_assert_uint_eq(told.unreadable, 0);
}
END_TEST

START_TEST(an_unreadable_entry_is_told_as_such)
{
	struct nlmsghdr *message;

	script_entry(&reader, &https);
	message = (struct nlmsghdr *)reader.steps[0].bytes;
	message->nlmsg_len -= 40; /* whole as a message, and cut as an entry */
	reader.steps[0].count -= 40;
	((struct nlattr *)((uint8_t *)message + 20))->nla_len = 8;
	script_end(&reader, NLMSG_DONE, 0, NLM_F_MULTI);
	ck_assert_int_eq(dump(), TRACK_WHOLE);
	ck_assert_uint_eq(told.entries, 0);
	ck_assert_uint_eq(told.unreadable, 1);
}
END_TEST

START_TEST(a_torn_dump_is_no_whole)
{
	script_entry(&reader, &https);
	switch (_i) {
	case 0: /* it says so itself */
		script_end(&reader, NLMSG_DONE, 0, NLM_F_MULTI | NLM_F_DUMP_INTR);
		break;
	case 1:
		script_end(&reader, NLMSG_ERROR, EINTR, 0);
		break;
	case 2: /* a part did not fit, the end came */
		reader.count++;
		script_errno(&reader, ENOBUFS);
		script_end(&reader, NLMSG_DONE, 0, NLM_F_MULTI);
		break;
	case 3: /* nor did the end */
		reader.count++;
		script_errno(&reader, ENOBUFS);
		break;
	}
	ck_assert_int_eq(dump(), TRACK_TORN);
	ck_assert_uint_eq(errs_errors(&errs), 0);
}
END_TEST

START_TEST(a_dump_that_breaks_off_failed)
{
	script_entry(&reader, &https);
	reader.count++;
	ck_assert_int_eq(dump(), TRACK_FAILED);
	ck_assert_uint_eq(told.entries, 1);
	ck_assert_uint_eq(errs_errors(&errs), 1);
}
END_TEST

START_TEST(a_refused_dump_says_why)
{
	script_end(&reader, NLMSG_ERROR, _i ? EPERM : EINVAL, 0);
	ck_assert_int_eq(dump(), TRACK_FAILED);
	ck_assert_str_eq(errs.list.items[0].code, "C-TRACK");
	ck_assert_ptr_nonnull(strstr(errs.list.items[0].hint,
				     _i ? "CAP_NET_ADMIN" : "nf_conntrack_netlink"));
}
END_TEST

/* A message that says to be longer than what came, by a little or by gigabytes, is no message. */
START_TEST(a_message_longer_than_its_datagram_is_passed_over)
{
	static const uint32_t lengths[] = { 0, 15, 5000, INT32_MAX, 0x80000010, UINT32_MAX };

	script_entry(&reader, &https);
	((struct nlmsghdr *)reader.steps[0].bytes)->nlmsg_len = lengths[_i];
	reader.count++;
	script_end(&reader, NLMSG_DONE, 0, NLM_F_MULTI);
	ck_assert_int_eq(dump(), TRACK_WHOLE);
	ck_assert_uint_eq(told.entries + told.unreadable, 0);
}
END_TEST

START_TEST(late_answers_are_passed_over)
{
	script_entry(&reader, &https);
	((struct nlmsghdr *)reader.steps[0].bytes)->nlmsg_seq = 77;
	script_end(&reader, NLMSG_DONE, 0, NLM_F_MULTI);
	ck_assert_int_eq(dump(), TRACK_WHOLE);
	ck_assert_uint_eq(told.entries, 0);
}
END_TEST

/* ---- removals ---- */

static const struct {
	int number;
	enum track_removal removal;
} removals[] = {
	{ 0, TRACK_REMOVED },
	{ ENOENT, TRACK_GONE },
	{ EPERM, TRACK_KEPT },
};

START_TEST(a_removal_is_answered)
{
	struct track_entry entry;
	uint8_t bytes[1024];

	ck_assert(track_decode(entry_make(bytes, &https), &entry));
	script_end(&remover, NLMSG_ERROR, removals[_i].number, 0);
	ck_assert_int_eq(track_delete(track, &entry, &errs), removals[_i].removal);
	ck_assert_uint_eq(errs_errors(&errs), removals[_i].removal == TRACK_KEPT);
	ck_assert_uint_eq(reader.sends, 0); /* a dump may be under way there */
}
END_TEST

START_TEST(a_lost_answer_is_no_removal)
{
	struct track_entry entry;
	uint8_t bytes[1024];

	ck_assert(track_decode(entry_make(bytes, &https), &entry));
	script_errno(&remover, ENOBUFS);
	ck_assert_int_eq(track_delete(track, &entry, &errs), TRACK_KEPT);
}
END_TEST

START_TEST(a_mark_is_removed)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)remover.sent;
	const struct nlattr *attrs[CTA_MAX + 1];
	size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));

	script_end(&remover, NLMSG_ERROR, 0, 0);
	ck_assert(track_delete_mark(track, 7, &errs));
	track_attrs(attrs, CTA_MAX, remover.sent + head, message->nlmsg_len - head);
	ck_assert_uint_eq(be32toh(mnl_attr_get_u32(attrs[CTA_MARK])), 7);
	ck_assert_uint_eq(mnl_attr_get_u32(attrs[CTA_MARK_MASK]), UINT32_MAX);
}
END_TEST

START_TEST(nobodys_mark_is_not)
{
	ck_assert(!track_delete_mark(track, 0, &errs));
	ck_assert_uint_eq(remover.sends, 0);
	ck_assert_uint_eq(errs_errors(&errs), 1);
}
END_TEST

Suite *suite_track(void)
{
	Suite *suite = suite_create("track");
	TCase *tcase = tcase_create("track");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, is_read, 0, (int)array_count(kinds));
	tcase_add_loop_test(tcase, no_length_is_trusted, 0, (int)array_count(kinds));
	tcase_add_test(tcase, something_else_is_no_entry);
	tcase_add_test(tcase, a_dump_is_told);
	tcase_add_test(tcase, an_unreadable_entry_is_told_as_such);
	tcase_add_loop_test(tcase, a_torn_dump_is_no_whole, 0, 4);
	tcase_add_test(tcase, a_dump_that_breaks_off_failed);
	tcase_add_loop_test(tcase, a_refused_dump_says_why, 0, 2);
	tcase_add_loop_test(tcase, a_message_longer_than_its_datagram_is_passed_over, 0, 6);
	tcase_add_test(tcase, late_answers_are_passed_over);
	tcase_add_loop_test(tcase, a_removal_is_answered, 0, (int)array_count(removals));
	tcase_add_test(tcase, a_lost_answer_is_no_removal);
	tcase_add_test(tcase, a_mark_is_removed);
	tcase_add_test(tcase, nobodys_mark_is_not);
	suite_add_tcase(suite, tcase);
	return suite;
}
