/* One question, one answer: each reason for refusing has a case. */
#include <string.h>

#include "policy/ask.h"
#include "unit/suites.h"
#include "unit/town.h"

#define COMMON "class = \"intra\"; data = \"both\"; purpose = \"p\"; clause = [\"c\"]; "

static const char flows[] =
	"flows: {\n"
	"  F1: { " COMMON "from = \"m1\"; to = \"l1\"; proto = \"tcp\"; ports = [22]; window: { days = \"mon-fri\"; from = \"07:00\"; to = \"22:00\"; }; };\n"
	"  F2: { " COMMON "from = \"m2\"; to = \"e2\"; proto = \"tcp\"; ports = [443]; };\n"
	"  F3: { " COMMON "from = \"e1\"; to = \"m1\"; proto = \"icmp\"; };\n"
	"  F4: { " COMMON "from = \"i1\"; to = \"l1\"; proto = \"udp\"; ports = [53]; window: { grant = \"1h\"; }; };\n"
	"  F6: { " COMMON "from = \"l1\"; to = \"e2\"; proto = \"tcp\"; ports = [8443]; window: { days = \"mon-fri\"; from = \"07:00\"; to = \"22:00\"; }; };\n"
	"  F5: { " COMMON "from = \"gst\"; to = \"net\"; proto = \"tcp\"; ports = [443]; };\n"
	"};\n";

#define MONDAY_10 "2026-12-14T10:00:00+09:00"
#define MONDAY_23 "2026-12-14T23:00:00+09:00"

static const struct {
	const char *from, *mac, *to;
	enum proto proto;
	uint16_t port;
	const char *at;
	bool permit;
	enum reason reason;
	const char *flow;
} cases[] = {
	{ "10.1.0.11", "00:00:5e:00:53:11", "10.2.0.11", PROTO_TCP, 22, MONDAY_10, true, REASON_FLOW, "F1" },
	{ "10.1.0.11", NULL, "10.2.0.11", PROTO_TCP, 22, MONDAY_10, true, REASON_FLOW, "F1" },
	{ "10.1.0.11", NULL, "10.2.0.11", PROTO_TCP, 22, MONDAY_23, false, REASON_WINDOW, "F1" },
	{ "10.1.0.11", "00:00:5e:00:53:12", "10.2.0.11", PROTO_TCP, 22, MONDAY_10, false, REASON_MAC, "F1" },
	{ "10.1.0.11", NULL, "10.2.0.11", PROTO_TCP, 23, MONDAY_10, false, REASON_PORT, "F1" },
	{ "10.1.0.11", NULL, "10.2.0.11", PROTO_UDP, 22, MONDAY_10, false, REASON_PORT, "F1" },
	{ "10.2.0.11", NULL, "10.1.0.11", PROTO_TCP, 22, MONDAY_10, false, REASON_DIRECTION, "F1" },
	{ "10.1.0.12", NULL, "e2", PROTO_TCP, 443, MONDAY_10, true, REASON_FLOW_BY_NAME, "F2" },
	{ "10.1.0.12", NULL, "198.51.100.70", PROTO_TCP, 443, MONDAY_10, false, REASON_NAME_UNKNOWN, "F2" },
	{ "10.1.0.12", "00:00:5e:00:53:99", "198.51.100.70", PROTO_TCP, 443, MONDAY_10, false, REASON_MAC, "F2" },
	{ "10.1.0.12", NULL, "198.51.100.70", PROTO_UDP, 443, MONDAY_10, false, REASON_PORT, "F2" },
	{ "10.2.0.11", NULL, "198.51.100.70", PROTO_TCP, 8443, MONDAY_23, false, REASON_WINDOW, "F6" },
	{ "10.2.0.11", NULL, "e2", PROTO_TCP, 8443, MONDAY_23, false, REASON_WINDOW, "F6" },
	{ "10.2.0.11", NULL, "198.51.100.70", PROTO_TCP, 8443, MONDAY_10, false, REASON_NAME_UNKNOWN, "F6" },
	{ "10.1.0.12", NULL, "198.51.100.130", PROTO_TCP, 443, MONDAY_10, false, REASON_NO_FLOW, NULL },
	{ "198.51.100.10", "00:00:5e:00:53:d1", "10.1.0.11", PROTO_ICMP, 0, MONDAY_10, true, REASON_FLOW, "F3" },
	{ "198.51.100.10", "00:00:5e:00:53:d2", "10.1.0.11", PROTO_ICMP, 0, MONDAY_10, false, REASON_MAC, "F3" },
	{ "10.3.0.11", NULL, "10.2.0.11", PROTO_UDP, 53, MONDAY_10, false, REASON_GRANT, "F4" },
	{ "192.168.0.77", "02:00:00:00:00:01", "192.0.2.9", PROTO_TCP, 443, MONDAY_10, true, REASON_FLOW, "F5" },
	{ "10.9.9.9", NULL, "10.2.0.11", PROTO_TCP, 22, MONDAY_10, false, REASON_SOURCE, NULL },
	{ "10.1.0.11", NULL, "10.9.9.9", PROTO_TCP, 22, MONDAY_10, false, REASON_TARGET, NULL },
	{ "10.1.0.11", NULL, "10.3.0.11", PROTO_TCP, 22, MONDAY_10, false, REASON_NO_FLOW, NULL },
};

START_TEST(is_answered)
{
	struct policy *policy = town_get(flows);
	struct question question = { .proto = cases[_i].proto, .port = cases[_i].port };
	struct permits permits;
	struct answer answer;
	struct errs errs;
	int offset;

	errs_init(&errs);
	ck_assert(permits_init(&permits, policy, &errs));
	ck_assert(!addr_parse(cases[_i].from, &question.from));
	if (cases[_i].mac) {
		question.has_mac = true;
		ck_assert(!mac_parse(cases[_i].mac, &question.mac));
	}
	if (addr_parse(cases[_i].to, &question.to) != ADDR_GOOD)
		question.peer = policy_find_endpoint(policy, cases[_i].to);
	ck_assert(wall_parse(cases[_i].at, &question.at, &offset));
	answer = policy_ask(policy, &permits, &question);
	ck_assert_int_eq(answer.permit, cases[_i].permit);
	ck_assert_int_eq(answer.reason, cases[_i].reason);
	if (cases[_i].flow)
		ck_assert_str_eq(answer.flow->node.id, cases[_i].flow);
	else
		ck_assert_ptr_null(answer.flow);
	permits_done(&permits);
	errs_done(&errs);
	policy_free(policy);
}
END_TEST

Suite *suite_ask(void)
{
	Suite *suite = suite_create("ask");
	TCase *tcase = tcase_create("ask");

	tcase_add_loop_test(tcase, is_answered, 0, (int)array_count(cases));
	suite_add_tcase(suite, tcase);
	return suite;
}
