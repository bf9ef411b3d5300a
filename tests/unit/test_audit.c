/* One connection, one verdict: each reason to end one has a case, and so has each reason not to. */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/audit_judge.h"
#include "track/parts.h"
#include "unit/suites.h"
#include "unit/town.h"

#define COMMON "class = \"intra\"; data = \"both\"; purpose = \"p\"; clause = [\"c\"]; "

static const char flows[] =
	"flows: {\n"
	"  F1: { " COMMON "from = \"m1\"; to = \"l1\"; proto = \"tcp\"; ports = [22]; window: { days = \"mon-fri\"; from = \"07:00\"; to = \"22:00\"; }; };\n"
	"  F2: { " COMMON "from = \"m2\"; to = \"e2\"; proto = \"tcp\"; ports = [443]; };\n"
	"  F3: { " COMMON "from = \"e1\"; to = \"m1\"; proto = \"icmp\"; };\n"
	"  F4: { " COMMON "from = \"i1\"; to = \"l1\"; proto = \"udp\"; ports = [53]; window: { grant = \"1h\"; }; };\n"
	"  F5: { " COMMON "from = \"gst\"; to = \"net\"; proto = \"tcp\"; ports = ( 443, \"6000-6999\" ); };\n"
	"  F6: { " COMMON "from = \"l1\"; to = \"e1\"; proto = \"udp\"; ports = [53]; };\n"
	"};\n"
	"management: { ssh = ( { from = \"m2\"; ports = [22]; } ); ntp = [\"l1\"]; dns = [\"e1\"]; };\n";

/* Marks by the order of the file; @ssh is 7, @ntp 8, @dns 9, @syslog 10. */
static const char *const own_texts[] = { "127.0.0.1", "10.1.0.254", "10.2.0.254", "192.168.0.254" };

enum { ALIEN = 1000, REPLY_ELSEWHERE = 1, ZONED = 2, NATTED = 4 };

static const struct {
	const char *from;
	uint16_t from_port;
	const char *to;
	uint16_t port; /* ICMP: the type */
	uint8_t proto;
	uint32_t mark;
	unsigned oddity;
	enum audit_verdict verdict;
	const char *claims;
} cases[] = {
	/* flows */
	{ "10.1.0.11", 40000, "10.2.0.11", 22, IPPROTO_TCP, 1, 0, AUDIT_GOOD, "F1" },
	{ "10.1.0.11", 40000, "10.2.0.11", 23, IPPROTO_TCP, 1, 0, AUDIT_FORBIDDEN, "F1" },
	{ "10.1.0.11", 40000, "10.2.0.11", 22, IPPROTO_UDP, 1, 0, AUDIT_FORBIDDEN, "F1" },
	{ "10.1.0.12", 40000, "10.2.0.11", 22, IPPROTO_TCP, 1, 0, AUDIT_FORBIDDEN, "F1" },
	{ "10.2.0.11", 22, "10.1.0.11", 40000, IPPROTO_TCP, 1, 0, AUDIT_FORBIDDEN, "F1" },
	{ "10.1.0.11", 40000, "10.2.0.11", 22, IPPROTO_TCP, 3, 0, AUDIT_FORBIDDEN, "F3" },
	{ "10.1.0.11", 40000, "10.2.0.11", 22, IPPROTO_TCP, 0, 0, AUDIT_UNMARKED, NULL },
	{ "10.1.0.11", 40000, "10.2.0.11", 22, IPPROTO_TCP, ALIEN, 0, AUDIT_NO_FLOW, NULL },
	{ "10.1.0.11", 40000, "10.2.0.11", 22, IPPROTO_TCP, 1, REPLY_ELSEWHERE, AUDIT_REWRITTEN, "F1" },
	{ "10.1.0.11", 40000, "10.2.0.11", 22, IPPROTO_TCP, 1, NATTED, AUDIT_REWRITTEN, "F1" },
	{ "10.1.0.11", 40000, "10.2.0.11", 22, IPPROTO_TCP, 1, ZONED, AUDIT_ZONE, "F1" },
	{ "10.1.0.11", 0, "10.2.0.11", 0, IPPROTO_GRE, 1, 0, AUDIT_FORBIDDEN, "F1" },
	{ "10.1.0.11", 40000, "10.2.0.11", 22, IPPROTO_SCTP, 1, 0, AUDIT_FORBIDDEN, "F1" },
	{ "198.51.100.10", 0, "10.1.0.11", 8, IPPROTO_ICMP, 3, 0, AUDIT_GOOD, "F3" },
	{ "198.51.100.10", 0, "10.1.0.11", 13, IPPROTO_ICMP, 3, 0, AUDIT_FORBIDDEN, "F3" },
	{ "10.3.0.11", 40000, "10.2.0.11", 53, IPPROTO_UDP, 4, 0, AUDIT_CLOSED, "F4" },
	/* ranges */
	{ "192.168.0.77", 40000, "192.0.2.9", 443, IPPROTO_TCP, 5, 0, AUDIT_GOOD, "F5" },
	{ "192.168.0.77", 40000, "192.0.2.9", 6999, IPPROTO_TCP, 5, 0, AUDIT_GOOD, "F5" },
	{ "192.168.0.77", 40000, "192.0.2.9", 7000, IPPROTO_TCP, 5, 0, AUDIT_FORBIDDEN, "F5" },
	{ "192.168.1.77", 40000, "192.0.2.9", 443, IPPROTO_TCP, 5, 0, AUDIT_FORBIDDEN, "F5" },
	{ "192.168.0.254", 40000, "192.0.2.9", 443, IPPROTO_TCP, 5, 0, AUDIT_FORBIDDEN, "F5" },
	/* a peer known by name */
	{ "10.1.0.12", 40000, "198.51.100.70", 443, IPPROTO_TCP, 2, 0, AUDIT_UNKNOWN, "F2" },
	{ "10.1.0.12", 40000, "198.51.100.130", 443, IPPROTO_TCP, 2, 0, AUDIT_FORBIDDEN, "F2" },
	{ "10.1.0.12", 40000, "198.51.100.70", 444, IPPROTO_TCP, 2, 0, AUDIT_FORBIDDEN, "F2" },
	/* the gateway's own */
	{ "10.1.0.12", 40000, "10.1.0.254", 22, IPPROTO_TCP, 7, 0, AUDIT_GOOD, "@ssh" },
	{ "10.1.0.11", 40000, "10.1.0.254", 22, IPPROTO_TCP, 7, 0, AUDIT_FORBIDDEN, "@ssh" },
	{ "10.1.0.12", 40000, "10.1.0.254", 23, IPPROTO_TCP, 7, 0, AUDIT_FORBIDDEN, "@ssh" },
	{ "10.1.0.12", 40000, "10.2.0.11", 22, IPPROTO_TCP, 7, 0, AUDIT_FORBIDDEN, "@ssh" },
	{ "10.1.0.12", 40000, "10.1.0.254", 22, IPPROTO_TCP, 0, 0, AUDIT_UNMARKED, NULL },
	{ "10.2.0.254", 40000, "10.2.0.11", 123, IPPROTO_UDP, 8, 0, AUDIT_GOOD, "@ntp" },
	{ "10.2.0.254", 40000, "10.2.0.11", 123, IPPROTO_TCP, 8, 0, AUDIT_FORBIDDEN, "@ntp" },
	{ "10.1.0.12", 40000, "10.2.0.11", 123, IPPROTO_UDP, 8, 0, AUDIT_FORBIDDEN, "@ntp" },
	{ "10.2.0.254", 40000, "198.51.100.10", 53, IPPROTO_TCP, 9, 0, AUDIT_GOOD, "@dns" },
	{ "10.2.0.254", 40000, "198.51.100.10", 53, IPPROTO_TCP, 8, 0, AUDIT_FORBIDDEN, "@ntp" },
	{ "10.2.0.254", 40000, "10.2.0.11", 6514, IPPROTO_TCP, 10, 0, AUDIT_FORBIDDEN, "@syslog" },
	/* to itself */
	{ "127.0.0.1", 40000, "127.0.0.53", 53, IPPROTO_UDP, 0, 0, AUDIT_GOOD, NULL },
	{ "10.1.0.254", 40000, "10.2.0.254", 22, IPPROTO_TCP, 0, 0, AUDIT_GOOD, NULL },
	{ "127.0.0.1", 40000, "127.0.0.53", 53, IPPROTO_UDP, 0, REPLY_ELSEWHERE, AUDIT_REWRITTEN, NULL },
};

static struct policy *policy;
static struct permits permits;
static struct isolations isolations;
static struct numbering numbering;
static struct ruleset *ruleset;
static struct audit_against against;
static struct addr own_addrs[array_count(own_texts)];
static const struct addr_list own = { own_addrs, array_count(own_texts) };
static struct errs errs;

static struct wall wall(const char *text)
{
	struct wall at;
	int offset;

	ck_assert(wall_parse(text, &at, &offset));
	return at;
}

static void setup(void)
{
	struct compile_options options = { .has_at = true, .ret_numbering = &numbering };

	errs_init(&errs);
	policy = town_get(flows);
	ck_assert(permits_init(&permits, policy, &errs));
	isolations_init(&isolations);
	options.at = wall("2026-12-14T10:00:00+09:00"); /* a Monday */
	ruleset = ruleset_compile(policy, &permits, &options, &errs);
	ck_assert_ptr_nonnull(ruleset);
	for (size_t i = 0; i < array_count(own_texts); i++)
		ck_assert(!addr_parse(own_texts[i], &own_addrs[i]));
	against = (struct audit_against){ policy, &permits, &numbering, &isolations, options.at,
					  NULL, NULL };
}

static void teardown(void)
{
	ruleset_free(ruleset);
	isolations_done(&isolations);
	permits_done(&permits);
	policy_free(policy);
	errs_done(&errs);
}

static struct track_entry entry_make(int at)
{
	bool icmp = cases[at].proto == IPPROTO_ICMP, ports = cases[at].from_port != 0;
	struct track_entry entry = { .mark = cases[at].mark };
	struct track_tuple *there = &entry.original, *back = &entry.reply;

	ck_assert(!addr_parse(cases[at].from, &there->src));
	ck_assert(!addr_parse(cases[at].to, &there->dst));
	there->proto = cases[at].proto;
	there->kind = icmp ? TRACK_ICMP : ports ? TRACK_PORTS : TRACK_BARE;
	*back = *there;
	back->src = there->dst;
	back->dst = there->src;
	if (icmp) {
		there->icmp_type = (uint8_t)cases[at].port;
		back->icmp_type = cases[at].port == 8 ? 0 : 14;
	} else {
		there->src_port = back->dst_port = cases[at].from_port;
		there->dst_port = back->src_port = cases[at].port;
	}
	if (cases[at].oddity & REPLY_ELSEWHERE)
		ck_assert(!addr_parse("10.9.9.9", &back->src));
	if (cases[at].oddity & ZONED)
		entry.zone = 1;
	if (cases[at].oddity & NATTED)
		entry.status = TRACK_DST_NAT;
	return entry;
}

static enum audit_verdict judged(int at, const char **ret_claims)
{
	struct track_entry entry = entry_make(at);
	struct judge *judge = judge_new(&against, &own);
	enum audit_verdict verdict = judge_entry(judge, &entry, ret_claims);

	judge_free(judge);
	return verdict;
}

START_TEST(is_judged)
{
	const char *claims;

	ck_assert_int_eq(judged(_i, &claims), cases[_i].verdict);
	if (cases[_i].claims)
		ck_assert_str_eq(claims, cases[_i].claims);
	else
		ck_assert_ptr_null(claims);
}
END_TEST

START_TEST(a_window_closes)
{
	const char *claims;

	against.at = wall("2026-12-14T22:00:00+09:00");
	ck_assert_int_eq(judged(0, &claims), AUDIT_CLOSED);
}
END_TEST

static const struct endpoint *asked_peer;

static bool name_has(const void *context, const struct endpoint *peer, const struct addr *addr)
{
	asked_peer = peer;
	return addr_compare(addr, context) == 0;
}

static int case_of(const char *to, uint16_t port)
{
	for (size_t i = 0; i < array_count(cases); i++)
		if (strcmp(cases[i].to, to) == 0 && cases[i].port == port)
			return (int)i;
	ck_abort();
}

START_TEST(a_name_is_asked)
{
	struct addr known;
	const char *claims;

	against.name_has = name_has;
	against.context = &known;
	ck_assert(!addr_parse("198.51.100.70", &known));
	ck_assert_int_eq(judged(case_of("198.51.100.70", 443), &claims), AUDIT_GOOD);
	ck_assert_str_eq(asked_peer->node.id, "e2");
	ck_assert(!addr_parse("198.51.100.71", &known));
	ck_assert_int_eq(judged(case_of("198.51.100.70", 443), &claims), AUDIT_FORBIDDEN);
}
END_TEST

/* Who is cut off, and which of the good ones of the table end with it. */
static const struct {
	const char *what;
	unsigned goods; /* that stay */
} cuts[] = {
	{ "m1", 7 },      /* not F1, nor F3 to it */
	{ "zone:mn", 6 }, /* nor the ssh of m2 */
	{ "l1", 7 },      /* not F1, nor the time it tells */
	{ "rt", 7 },      /* whose MAC is that of all behind it: not F3, nor the names' server; F5 has any MAC */
	{ "gst", 7 },
	{ "wan", 5 },     /* likewise, and F5, which leads through its interface */
	{ "all", 5 },     /* the gateway's own go on */
};

START_TEST(who_is_isolated_ends)
{
	struct isolation isolation;
	const char *claims;
	unsigned goods = 0, was = 0;

	for (int i = 0; i < (int)array_count(cases); i++)
		was += judged(i, &claims) == AUDIT_GOOD;
	ck_assert_uint_eq(was, 9);
	ck_assert(isolation_parse(policy, cuts[_i].what, &isolation, &errs));
	isolation.reason = "r";
	ck_assert(isolations_add(&isolations, &isolation));
	for (int i = 0; i < (int)array_count(cases); i++) {
		enum audit_verdict verdict = judged(i, &claims);

		goods += verdict == AUDIT_GOOD;
		if (cases[i].verdict != AUDIT_GOOD && cases[i].verdict != AUDIT_UNKNOWN)
			ck_assert_int_eq(verdict, cases[i].verdict);
	}
	ck_assert_uint_eq(goods, cuts[_i].goods);
}
END_TEST

START_TEST(a_found_one_is_said)
{
	struct track_entry entry = entry_make(1);
	struct audit_found found = { .entry = &entry, .why = judged(1, &found.claims) };
	struct buf buf = { 0 };

	audit_found_print(&buf, &found);
	ck_assert_str_eq(buf_text(&buf), "tcp 10.1.0.11:40000 → 10.2.0.11:23 (mark 1): it carries the mark of F1, which does not permit it");
	buf_done(&buf);
}
END_TEST

/* ---- a run over a kernel out of a script ---- */

/* One connection of nothing, told in each dump; so many dumps are torn. */
struct conntrack {
	unsigned dumps, torn, deletions, datagrams;
	uint32_t sequence;
	int removal_errno; /* from the second on they are gone */
	bool deleting;
};

static int conntrack_send(void *context, const void *bytes, size_t count)
{
	const struct nlmsghdr *message = bytes;
	struct conntrack *conntrack = context;

	(void)count;
	conntrack->sequence = message->nlmsg_seq;
	conntrack->deleting = (message->nlmsg_type & 0xff) == IPCTNL_MSG_CT_DELETE;
	conntrack->datagrams = 0;
	conntrack->deletions += conntrack->deleting;
	conntrack->dumps += !conntrack->deleting;
	return 0;
}

static struct nlmsghdr *message_put(uint8_t *bytes, uint16_t type, uint32_t sequence)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);

	message->nlmsg_type = type;
	message->nlmsg_seq = sequence;
	return message;
}

static ssize_t end_put(uint8_t *bytes, const struct conntrack *conntrack, int number, bool torn)
{
	uint16_t type = conntrack->deleting ? NLMSG_ERROR : NLMSG_DONE;
	struct nlmsghdr *message = message_put(bytes, type, conntrack->sequence);

	message->nlmsg_flags = torn ? NLM_F_DUMP_INTR : 0;
	*(int *)mnl_nlmsg_put_extra_header(message, sizeof(int)) = -number;
	return message->nlmsg_len;
}

static ssize_t entry_put(uint8_t *bytes, uint32_t sequence)
{
	struct nlmsghdr *message =
		message_put(bytes, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, sequence);

	mnl_nlmsg_put_extra_header(message, sizeof(struct nfgenmsg));
	for (uint16_t back = 0; back < 2; back++) {
		struct nlattr *tuple = mnl_attr_nest_start(message, CTA_TUPLE_ORIG + back), *part;

		part = mnl_attr_nest_start(message, CTA_TUPLE_IP);
		mnl_attr_put_u32(message, CTA_IP_V4_SRC + back, htonl(0x0a01000b));
		mnl_attr_put_u32(message, CTA_IP_V4_DST - back, htonl(0x0a02000b));
		mnl_attr_nest_end(message, part);
		part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
		mnl_attr_put_u8(message, CTA_PROTO_NUM, IPPROTO_GRE);
		mnl_attr_nest_end(message, part);
		mnl_attr_nest_end(message, tuple);
	}
	mnl_attr_put_u32(message, CTA_ID, htonl(1));
	return message->nlmsg_len;
}

static ssize_t conntrack_receive(void *context, void *bytes, size_t room)
{
	struct conntrack *conntrack = context;
	unsigned at = conntrack->datagrams++;

	(void)room;
	if (conntrack->deleting && at == 0)
		return end_put(bytes, conntrack,
			       conntrack->deletions > 1 ? ENOENT : conntrack->removal_errno, false);
	if (!conntrack->deleting && at == 0)
		return entry_put(bytes, conntrack->sequence);
	if (!conntrack->deleting && at == 1)
		return end_put(bytes, conntrack, 0, conntrack->dumps <= conntrack->torn);
	return -EAGAIN;
}

static void conntrack_close(void *context)
{
	(void)context;
}

static const struct track_transport conntrack_transport = { conntrack_send, conntrack_receive,
							     conntrack_close };

static void count_told(void *context, const struct audit_found *found)
{
	ck_assert_int_eq(found->why, AUDIT_UNMARKED);
	*(unsigned *)context += found->removed;
}

static const struct {
	unsigned torn;
	int removal_errno;
	bool remove, done;
	unsigned dumps, deletions, removed;
} runs[] = {
	{ 0, 0, true, true, 1, 1, 1 },
	{ 0, 0, false, true, 1, 0, 0 },
	{ 0, ENOENT, true, true, 1, 1, 0 }, /* it ended by itself */
	{ 0, EPERM, true, false, 1, 1, 0 },
	{ 1, 0, true, true, 2, 2, 1 },      /* torn once: removed once, in all */
	{ 2, 0, false, true, 3, 0, 0 },
	{ 3, 0, true, false, 3, 3, 1 },     /* never whole: that is no audit */
};

START_TEST(a_run_is_whole_or_says_so)
{
	struct conntrack reader = { .torn = runs[_i].torn };
	struct conntrack remover = { .removal_errno = runs[_i].removal_errno };
	struct audit *audit =
		audit_new_over(track_new(&conntrack_transport, &reader, &remover));
	struct audit_last last;
	unsigned removed = 0;

	ck_assert_int_eq(audit_run(audit, &against, runs[_i].remove, count_told, &removed, &errs),
			 runs[_i].done);
	last = audit_last(audit);
	ck_assert_int_eq(last.done, runs[_i].done);
	ck_assert_uint_eq(errs_errors(&errs), !runs[_i].done);
	ck_assert_uint_eq(reader.dumps, runs[_i].dumps);
	ck_assert_uint_eq(remover.deletions, runs[_i].deletions);
	ck_assert_uint_eq(removed, runs[_i].removed);
	if (last.done) {
		ck_assert_uint_eq(last.counts.seen, 1);
		ck_assert_uint_eq(last.counts.removed, runs[_i].removed);
	}
	audit_free(audit);
}
END_TEST

Suite *suite_audit(void)
{
	Suite *suite = suite_create("audit");
	TCase *tcase = tcase_create("audit");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, is_judged, 0, (int)array_count(cases));
	tcase_add_test(tcase, a_window_closes);
	tcase_add_test(tcase, a_name_is_asked);
	tcase_add_loop_test(tcase, who_is_isolated_ends, 0, (int)array_count(cuts));
	tcase_add_test(tcase, a_found_one_is_said);
	tcase_add_loop_test(tcase, a_run_is_whole_or_says_so, 0, (int)array_count(runs));
	suite_add_tcase(suite, tcase);
	return suite;
}
