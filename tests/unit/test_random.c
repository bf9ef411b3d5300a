/* Random policies: print ∘ parse is a fixed point, compiling is deterministic, and for random
 * packets three judges agree: explain (over expanded boxes), a naive evaluator that walks the
 * flows as written, and the elements of the compiled maps. */
#include <stdlib.h>
#include <string.h>

#include "policy/ask.h"
#include "rule/compile.h"
#include "rule/print.h"
#include "unit/suites.h"
#include "unit/town.h"

enum { POLICIES = 40, PACKETS = 2500, ZONES = 6, HOSTS = 24, FLOWS = 40 };

struct dice {
	unsigned seed;
};

static unsigned roll(struct dice *dice, unsigned sides)
{
	return (unsigned)rand_r(&dice->seed) % sides;
}

/* ---- a random policy, as text ---- */

static void party_write(struct buf *text, struct dice *dice)
{
	unsigned kind = roll(dice, 10);

	if (kind == 0)
		buf_printf(text, "[\"z%u\", \"h%u\"]", roll(dice, ZONES), roll(dice, HOSTS));
	else if (kind == 1)
		buf_printf(text, "\"z%u\"", roll(dice, ZONES));
	else if (kind == 2)
		buf_add_text(text, "\"guests\"");
	else if (kind == 3)
		buf_printf(text, "\"e%u\"", roll(dice, 4));
	else
		buf_printf(text, "\"h%u\"", roll(dice, HOSTS));
}

static void window_write(struct buf *text, struct dice *dice)
{
	static const char *const days[] = { "daily", "mon-fri", "sat,sun", "mon,wed", "thu" };

	switch (roll(dice, 5)) {
	case 0:
		buf_printf(text, " window: { days = \"%s\"; from = \"%02u:%02u\"; to = \"%02u:30\"; };",
			   days[roll(dice, 5)], roll(dice, 24), roll(dice, 2) * 15, roll(dice, 24));
		break;
	case 1:
		buf_printf(text, " window: { start = \"2026-12-%02uT%02u:00:00+09:00\"; end = \"2026-12-%02uT%02u:00:00+09:00\"; };",
			   1 + roll(dice, 10), roll(dice, 24), 12 + roll(dice, 10), roll(dice, 24));
		break;
	case 2:
		buf_printf(text, " window: { grant = \"%uh\"; };", 1 + roll(dice, 24));
		break;
	default:
		break;
	}
}

/* Ports are each flow's own, so that no two flows meet. */
static void flow_write(struct buf *text, struct dice *dice, unsigned flow)
{
	static const char *const classes[] = { "intra", "tokutei", "update", "screen" };
	unsigned base = 1000 + 100 * flow;
	bool icmp = flow < 3; /* one each from a machine of its own */

	buf_printf(text, "  F%u: { class = \"%s\"; data = \"both\"; purpose = \"p%u\"; clause = [\"c\"]; ",
		   flow, classes[roll(dice, 4)], flow);
	if (icmp) {
		buf_printf(text, "from = \"h%u\"; to = \"h%u\"; proto = \"icmp\";", flow,
			   10 + roll(dice, HOSTS - 10));
	} else {
		buf_add_text(text, "from = ");
		party_write(text, dice);
		buf_add_text(text, "; to = ");
		party_write(text, dice);
		buf_printf(text, "; proto = \"%s\"; ports = ", roll(dice, 3) ? "tcp" : "udp");
		if (roll(dice, 4))
			buf_printf(text, "[%u, %u];", base, base + 1 + roll(dice, 9));
		else
			buf_printf(text, "( %u, \"%u-%u\" );", base, base + 2,
				   base + 3 + roll(dice, 60));
	}
	window_write(text, dice);
	buf_add_text(text, " };\n");
}

static void policy_write(struct buf *text, struct dice *dice)
{
	buf_add_text(text, "version = 1;\npolicy: { organisation = \"乱数町\"; gateway = \"fw\"; edition = \"R7.3\"; model = \"alpha\"; };\nzones: {\n");
	for (unsigned z = 0; z < ZONES; z++)
		buf_printf(text, "  z%u: { class = \"lgwan\"; %s networks = [\"10.0.%u.0/24\"]; line = \"onprem\"; };\n",
			   z, z == 5 ? "via = \"z0\";" : (char[]){ 'i', 'n', 't', 'e', 'r', 'f', 'a', 'c', 'e', '=', '"', 'v', (char)('0' + z), '"', ';', 0 }, z);
	buf_add_text(text, "  guests: { class = \"guest\"; interface = \"v8\"; networks = [\"192.168.0.0/25\", \"192.168.1.0/24\"]; line = \"internet\"; };\n"
			   "  wan: { class = \"lgwan-wan\"; interface = \"v9\"; networks = [\"198.51.100.0/24\"]; line = \"lgwan\"; };\n};\nhosts: {\n");
	for (unsigned h = 0; h < HOSTS; h++)
		buf_printf(text, "  h%u: { zone = \"z%u\"; ip = \"10.0.%u.%u\"; mac = \"00:00:5e:00:53:%02x\"; role = \"server\"; };\n",
			   h, h % ZONES, h % ZONES, 10 + h, h);
	buf_add_text(text, "  rt: { zone = \"wan\"; ip = \"198.51.100.1\"; mac = \"00:00:5e:00:53:d1\"; role = \"router\"; };\n};\nendpoints: {\n"
			   "  e0: { zone = \"wan\"; kind = \"other\"; next-hop = \"rt\"; ip = \"198.51.100.10\"; };\n"
			   "  e1: { zone = \"wan\"; kind = \"other\"; next-hop = \"rt\"; ip = \"198.51.100.32/28\"; };\n"
			   "  e2: { zone = \"wan\"; kind = \"other\"; next-hop = \"rt\"; fqdn = \"e2.example\"; within = [\"198.51.100.64/26\"]; };\n"
			   "  e3: { zone = \"wan\"; kind = \"other\"; next-hop = \"rt\"; ip = \"198.51.100.11\"; };\n};\nflows: {\n");
	for (unsigned f = 0; f < FLOWS; f++)
		flow_write(text, dice, f);
	buf_add_text(text, "};\n");
}

/* ---- the naive evaluator: from the flows as written ---- */

static bool naive_party(const struct party *party, const struct addr *addr, const struct mac *mac,
			const struct policy *policy)
{
	switch (party->kind) {
	case PARTY_NONE:
		return false;
	case PARTY_HOST:
		return addr_compare(&party->host->ip, addr) == 0 &&
		       (!mac || mac_compare(party->host->mac, *mac) == 0);
	case PARTY_ENDPOINT:
		return party->endpoint->ip.addr.family != FAMILY_NONE &&
		       prefix_has(&party->endpoint->ip, addr) &&
		       (!mac || mac_compare(party->endpoint->next_hop->mac, *mac) == 0);
	case PARTY_ZONE:
		if (party->zone->class == ZONE_GUEST)
			return zone_has_addr(party->zone, addr);
		vec_each(host, &policy->hosts) {
			struct party one = { .kind = PARTY_HOST, .host = host };

			if (host->zone == party->zone && naive_party(&one, addr, mac, policy))
				return true;
		}
		return false;
	}
	return false;
}

static bool naive_open(const struct window *window, struct wall at)
{
	int64_t local = at.sec + 9 * 3600, day = local / 86400, second = local % 86400;
	int weekday = (int)((day + 3) % 7), yesterday = (weekday + 6) % 7;

	if (!window)
		return true;
	if (window->kind == WINDOW_GRANT)
		return false;
	if (window->kind == WINDOW_ABSOLUTE)
		return at.sec >= window->start.sec && at.sec < window->end.sec;
	if (window->from_sec < window->to_sec)
		return window->days >> weekday & 1 && second >= window->from_sec &&
		       second < window->to_sec;
	return (window->days >> weekday & 1 && second >= window->from_sec) ||
	       (window->days >> yesterday & 1 && second < window->to_sec);
}

static const struct flow *naive_judge(const struct policy *policy, const struct question *question)
{
	if (addr_compare(&question->from, &question->to) == 0)
		return NULL;
	vec_each(flow, &policy->flows) {
		bool from = false, to = false, port = flow->proto == PROTO_ICMP;

		if (flow->proto != question->proto || !naive_open(flow->window, question->at))
			continue;
		for (size_t i = 0; i < flow->ports.count; i++)
			port |= flow->ports.items[i].first <= question->port &&
				question->port <= flow->ports.items[i].last;
		for (size_t i = 0; i < flow->from.count; i++)
			from |= naive_party(&flow->from.items[i], &question->from, &question->mac,
					    policy);
		for (size_t i = 0; i < flow->to.count; i++)
			to |= naive_party(&flow->to.items[i], &question->to, NULL, policy);
		if (from && to && port)
			return flow;
	}
	return NULL;
}

/* ---- the compiled maps ---- */


static bool key_matches(const struct set *set, const struct element *element, const uint8_t *packet)
{
	unsigned at = 0;

	for (unsigned i = 0; i < set->key.count; i++) {
		const uint8_t *low = element->key + at;
		const uint8_t *high = element->key_end ? element->key_end + at : low;
		unsigned bytes = set->key.bytes[i];

		if (memcmp(packet + at, low, bytes) < 0 || memcmp(packet + at, high, bytes) > 0)
			return false;
		at += (bytes + 3) / 4 * 4;
	}
	return true;
}

/* The packet as the key of that map, after the map's own layout. */
static bool key_build(const struct set *set, const struct question *question, uint8_t *ret_key)
{
	unsigned at = 0, addresses = 0;

	memset(ret_key, 0, 64);
	for (unsigned i = 0; i < set->key.count; i++) {
		switch ((int)set->key.datums[i]) {
		case DATUM_ETHER:
			memcpy(ret_key + at, question->mac.bytes, 6);
			break;
		case DATUM_IPV4:
			memcpy(ret_key + at,
			       addresses++ ? question->to.bytes : question->from.bytes, 4);
			break;
		case DATUM_PROTO:
			ret_key[at] = question->proto == PROTO_TCP ? 6 : 17;
			break;
		case DATUM_PORT:
			ret_key[at] = (uint8_t)(question->port >> 8);
			ret_key[at + 1] = (uint8_t)question->port;
			break;
		default:
			return false;
		}
		at += (set->key.bytes[i] + 3u) / 4 * 4;
	}
	return true;
}

/* The map of a pair and what lives on its way bear the same two names. */
static bool is_alive(const struct table *table, const struct set *map, uint32_t mark)
{
	const struct set *alive;
	char name[64];

	snprintf(name, sizeof(name), "alive%s", strchr(map->name, '_'));
	alive = table_find_set(table, name);
	ck_assert_ptr_nonnull(alive);
	vec_each(element, &alive->elements)
		if (memcmp(element->key, &mark, 4) == 0)
			return true;
	return false;
}

static bool maps_judge(const struct ruleset *ruleset, const struct question *question)
{
	const struct table *table = ruleset_find_table(ruleset, TABLE_INET, "sekisho");

	vec_each(set, &table->sets) {
		bool echo = strncmp((*set)->name, "echo4_", 6) == 0;
		uint8_t key[64];

		if (strncmp((*set)->name, "flow4_", 6) != 0 &&
		    strncmp((*set)->name, "wide4_", 6) != 0 && !echo)
			continue;
		if (echo != (question->proto == PROTO_ICMP) || !key_build(*set, question, key))
			continue;
		vec_each(element, &(*set)->elements)
			if (key_matches(*set, element, key) && is_alive(table, *set, element->mark))
				return true;
	}
	return false;
}

/* ---- questions near to what is declared ---- */

static void question_roll(struct dice *dice, const struct policy *policy,
			  const struct permits *permits, struct question *question)
{
	const struct permit *box = &permits->list.items[roll(dice, (unsigned)permits->list.count)];
	const struct host *other = &policy->hosts.items[roll(dice, HOSTS)];

	question->has_mac = true;
	question->mac = roll(dice, 8) ? box->mac_first : other->mac;
	question->from = roll(dice, 8) ? box->src_first : other->ip;
	question->to = roll(dice, 8) ? box->dst_last : other->ip;
	if (question->from.family == FAMILY_NONE)
		question->from = other->ip;
	if (question->to.family == FAMILY_NONE)
		question->to = other->ip;
	question->proto = roll(dice, 8) ? (enum proto)box->proto : (enum proto)roll(dice, 3);
	question->port = (uint16_t)(box->port_first + roll(dice, 3) - (roll(dice, 4) == 0));
	if (question->proto == PROTO_ICMP)
		question->port = 0;
	/* around Tokyo's midnights, week-ends and the absolute windows */
	question->at.sec = 1796050800 + (int64_t)roll(dice, 21 * 96) * 900 - roll(dice, 2);
}

static void text_compile(const struct policy *policy, const struct permits *permits,
			 struct wall at, struct buf *ret_text, struct ruleset **ret_ruleset)
{
	const struct compile_options options = { .has_at = true, .at = at };
	struct errs errs;

	errs_init(&errs);
	*ret_ruleset = ruleset_compile(policy, permits, &options, &errs);
	ck_assert_msg(*ret_ruleset != NULL, "%s",
		      errs.list.count ? errs.list.items[0].message : "?");
	ck_assert(ruleset_print_nft(*ret_ruleset, ret_text, NULL, &errs));
	errs_done(&errs);
}

static void packets_judge(struct dice *dice, const struct policy *policy,
			  const struct permits *permits, unsigned *permitted)
{
	for (int group = 0; group < 10; group++) {
		struct question question = { 0 };
		struct buf once = { 0 }, twice = { 0 };
		struct ruleset *ruleset, *again;
		struct wall at;

		question_roll(dice, policy, permits, &question);
		at = question.at;
		text_compile(policy, permits, at, &once, &ruleset);
		text_compile(policy, permits, at, &twice, &again);
		ck_assert_str_eq(buf_text(&once), buf_text(&twice));
		for (int n = 0; n < PACKETS / 10; n++) {
			const struct flow *naive;
			struct answer answer;

			question_roll(dice, policy, permits, &question);
			question.at = at;
			naive = naive_judge(policy, &question);
			answer = policy_ask(policy, permits, &question);
			ck_assert_msg(answer.permit == (naive != NULL), "seed %u: naive %s, ask %d",
				      dice->seed, naive ? naive->node.id : "-", answer.reason);
			ck_assert(!naive || naive == answer.flow);
			ck_assert_msg(maps_judge(ruleset, &question) == answer.permit,
				      "maps disagree: seed %u flow %s", dice->seed,
				      answer.flow ? answer.flow->node.id : "-");
			*permitted += answer.permit;
		}
		ruleset_free(ruleset);
		ruleset_free(again);
		buf_done(&once);
		buf_done(&twice);
	}
}

START_TEST(three_judges_agree)
{
	struct dice dice = { .seed = 20261121u + 7919u * (unsigned)_i };
	struct buf text = { 0 }, printed = { 0 }, again = { 0 };
	struct policy *policy, *second;
	struct permits permits;
	unsigned permitted = 0;
	struct errs errs;

	errs_init(&errs);
	policy_write(&text, &dice);
	policy = conf_read_text("random", buf_text(&text), text.count, &errs);
	ck_assert_msg(policy != NULL, "%s\n%s",
		      errs.list.count ? errs.list.items[0].message : "", buf_text(&text));
	conf_print(policy, &printed);
	second = conf_read_text("printed", buf_text(&printed), printed.count, &errs);
	ck_assert_ptr_nonnull(second);
	conf_print(second, &again);
	ck_assert_str_eq(buf_text(&printed), buf_text(&again));
	ck_assert(permits_init(&permits, policy, &errs));
	packets_judge(&dice, policy, &permits, &permitted);
	/* a test in which nothing is permitted would prove nothing */
	ck_assert_uint_gt(permitted, PACKETS / 20);
	ck_assert_uint_lt(permitted, PACKETS);
	permits_done(&permits);
	policy_free(policy);
	policy_free(second);
	buf_done(&text);
	buf_done(&printed);
	buf_done(&again);
	errs_done(&errs);
}
END_TEST

Suite *suite_random(void)
{
	Suite *suite = suite_create("random");
	TCase *tcase = tcase_create("random");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, three_judges_agree, 0, POLICIES);
	suite_add_tcase(suite, tcase);
	return suite;
}
