/* The difference of two policies, joined into lines: the lines hold exactly the packets of the
 * difference, each once, and are few. Against brute force: every packet of a small universe, and
 * packets at the edges of random policies. */
#include <stdlib.h>
#include <string.h>

#include "policy/permit_join.h"
#include "unit/suites.h"
#include "unit/town.h"

enum { MACS = 4, ADDRS = 8, PORTS = 8, POINTS = MACS * ADDRS * ADDRS * PORTS * 2, FLOWS = 12 };

struct point {
	struct mac mac;
	struct addr src, dst;
	const char *name; /* sent to by name */
	uint8_t proto;
	uint16_t port;
};

static unsigned roll(unsigned *seed, unsigned sides)
{
	return (unsigned)rand_r(seed) % sides;
}

static bool mac_is_within(struct mac mac, struct mac first, struct mac last)
{
	return mac_compare(first, mac) <= 0 && mac_compare(mac, last) <= 0;
}

static bool addr_is_within(const struct addr *addr, const struct addr *first,
			   const struct addr *last)
{
	return addr->family == first->family && addr_compare(first, addr) <= 0 &&
	       addr_compare(addr, last) <= 0;
}

static bool box_has(const struct permit *box, const struct point *point)
{
	if (box->proto != point->proto || point->port < box->port_first ||
	    point->port > box->port_last ||
	    !mac_is_within(point->mac, box->mac_first, box->mac_last) ||
	    !addr_is_within(&point->src, &box->src_first, &box->src_last))
		return false;
	if (box->by_name || point->name)
		return box->by_name && point->name && !box->name_is_source &&
		       strcmp(box->by_name->fqdn, point->name) == 0;
	return addr_is_within(&point->dst, &box->dst_first, &box->dst_last);
}

static bool permits_have(const struct permits *permits, const struct point *point)
{
	vec_each(box, &permits->list)
		if (box_has(box, point))
			return true;
	return false;
}

static bool line_has(const struct joined *line, const struct point *point)
{
	bool from = false, to = false, service = false;

	for (size_t i = 0; i < line->from.count; i++) {
		const struct joined_end *end = &line->from.items[i];

		from |= mac_is_within(point->mac, end->mac_first, end->mac_last) &&
			addr_is_within(&point->src, &end->first, &end->last);
	}
	for (size_t i = 0; i < line->to.count; i++) {
		const struct joined_end *end = &line->to.items[i];

		if (end->by_name || point->name)
			to |= end->by_name && point->name &&
			      strcmp(end->by_name->fqdn, point->name) == 0;
		else
			to |= addr_is_within(&point->dst, &end->first, &end->last);
	}
	for (size_t i = 0; i < line->services.count; i++) {
		const struct joined_service *it = &line->services.items[i];

		service |= it->proto == point->proto && it->first <= point->port &&
			   point->port <= it->last;
	}
	if (line->not_itself && !point->name && addr_compare(&point->src, &point->dst) == 0)
		return false;
	return from && to && service;
}

/* In no line where the difference does not have it, and in one where it does. */
static bool point_holds(const struct permits *a, const struct permits *b,
			const struct joined_list *lines, const struct point *point)
{
	bool wanted = permits_have(a, point) && !permits_have(b, point);
	unsigned holders = 0;

	vec_each(line, &lines->list)
		holders += line_has(line, point);
	ck_assert_msg(holders == wanted, "in %u lines, not %d: mac %02x src .%u dst .%u port %u",
		      holders, wanted, point->mac.bytes[5], point->src.bytes[3],
		      point->dst.bytes[3], point->port);
	return wanted;
}

static void difference_join(const struct permits *a, const struct permits *b,
			    struct permits_difference *ret_difference,
			    struct joined_list *ret_lines)
{
	permits_difference_init(ret_difference, a, b);
	joined_init(ret_lines, &ret_difference->only_a, a);
}

/* ---- a small universe, all of it ---- */

static const struct zone somewhere = { .interface = "eth0" };
static struct flow flows[FLOWS];

static struct permit box_make(unsigned flow, uint8_t src, uint8_t dst, uint16_t port)
{
	struct permit box = { .flow = &flows[flow], .from = &somewhere, .to = &somewhere,
			      .src_first.family = FAMILY_V4, .dst_first.family = FAMILY_V4,
			      .port_first = port, .port_last = port };

	/* as machines have them: an address of its own, a MAC of its own */
	box.mac_first.bytes[5] = src % MACS;
	box.mac_last = box.mac_first;
	box.src_first.bytes[3] = src;
	box.dst_first.bytes[3] = dst;
	box.src_last = box.src_first;
	box.dst_last = box.dst_first;
	return box;
}

static void byte_stretch(unsigned *seed, uint8_t *first, uint8_t *last, unsigned most)
{
	*first = (uint8_t)roll(seed, most);
	*last = (uint8_t)(*first + roll(seed, most - *first));
}

static void permits_roll(unsigned *seed, struct permits *permits)
{
	unsigned wide = roll(seed, 4), exact = roll(seed, 12), cliques = roll(seed, 3);

	*permits = (struct permits){ .arena = arena_new() };
	for (unsigned i = 0; i < exact; i++)
		*vec_add(permits->arena, &permits->list) =
			box_make(roll(seed, FLOWS), (uint8_t)roll(seed, ADDRS),
				 (uint8_t)roll(seed, ADDRS), (uint16_t)roll(seed, PORTS));
	for (unsigned i = 0; i < wide; i++) {
		struct permit box = box_make(roll(seed, FLOWS), 0, 0, 0);
		uint8_t first, last;

		byte_stretch(seed, &box.mac_first.bytes[5], &box.mac_last.bytes[5], MACS);
		byte_stretch(seed, &box.src_first.bytes[3], &box.src_last.bytes[3], ADDRS);
		byte_stretch(seed, &box.dst_first.bytes[3], &box.dst_last.bytes[3], ADDRS);
		byte_stretch(seed, &first, &last, PORTS);
		box.port_first = first;
		box.port_last = last;
		box.proto = (uint8_t)roll(seed, 2);
		*vec_add(permits->arena, &permits->list) = box;
	}
	for (unsigned i = 0; i < cliques; i++) {
		unsigned flow = roll(seed, FLOWS), few = 2 + roll(seed, 4), at = roll(seed, PORTS);

		for (unsigned pair = 0; pair < few * few; pair++)
			if (pair / few != pair % few || roll(seed, 8) == 0)
				*vec_add(permits->arena, &permits->list) = box_make(
					flow, (uint8_t)(pair / few), (uint8_t)(pair % few),
					(uint16_t)at);
	}
}

static struct point point_at(unsigned n)
{
	struct point point = { .src.family = FAMILY_V4, .dst.family = FAMILY_V4 };

	point.mac.bytes[5] = (uint8_t)(n % MACS);
	point.src.bytes[3] = (uint8_t)(n / MACS % ADDRS);
	point.dst.bytes[3] = (uint8_t)(n / MACS / ADDRS % ADDRS);
	point.port = (uint16_t)(n / MACS / ADDRS / ADDRS % PORTS);
	point.proto = (uint8_t)(n / MACS / ADDRS / ADDRS / PORTS);
	return point;
}

START_TEST(every_packet_of_a_small_universe)
{
	unsigned seed = 20261121u + (unsigned)_i;
	size_t boxes = 0, lines = 0, fewer = 0, found = 0;

	for (unsigned i = 0; i < FLOWS; i++)
		flows[i].index = i;
	for (int round = 0; round < 40; round++) {
		struct permits_difference difference;
		struct joined_list joined;
		struct permits a, b;

		permits_roll(&seed, &a);
		permits_roll(&seed, &b);
		difference_join(&a, &b, &difference, &joined);
		for (unsigned n = 0; n < POINTS; n++) {
			struct point point = point_at(n);

			found += point_holds(&a, &b, &joined, &point);
		}
		boxes += difference.only_a.count;
		lines += joined.list.count;
		vec_each(line, &joined.list)
			fewer += line->not_itself;
		joined_done(&joined);
		permits_difference_done(&difference);
		permits_done(&a);
		permits_done(&b);
	}
	/* nothing found, or nothing joined, would prove nothing */
	ck_assert_uint_gt(found, 1000);
	ck_assert_uint_lt(lines, boxes);
	ck_assert_uint_gt(fewer, 0);
}
END_TEST

/* ---- random policies, at their edges ---- */

static void party_write(struct buf *text, unsigned *seed)
{
	static const char *const names[] = { "m1", "m2", "m3", "l1", "l2", "e1", "e2", "e3", "e4",
					     "mn", "lg", "gst", "net", "[\"mn\", \"l1\"]",
					     "[\"m1\", \"l2\", \"e1\"]" };
	const char *name = names[roll(seed, array_count(names))];

	buf_printf(text, name[0] == '[' ? "%s" : "\"%s\"", name);
}

static void policy_write(struct buf *text, unsigned *seed)
{
	unsigned mac = 0x21 + roll(seed, 2), bound = roll(seed, 2);

	buf_add_text(text,
		     "version = 1;\npolicy: { organisation = \"乱数町\"; gateway = \"fw\"; edition = \"R7.3\"; model = \"alpha\"; };\nzones: {\n"
		     " mn: { class = \"mynumber\"; interface = \"eth1\"; networks = [\"10.1.0.0/24\"]; line = \"onprem\"; };\n"
		     " lg: { class = \"lgwan\"; interface = \"eth2\"; networks = [\"10.2.0.0/24\"]; line = \"onprem\"; };\n"
		     " wan: { class = \"lgwan-wan\"; interface = \"eth4\"; networks = [\"198.51.100.0/24\"]; line = \"lgwan\"; };\n"
		     " gst: { class = \"guest\"; interface = \"eth5\"; networks = [\"192.168.0.0/29\", \"192.168.0.8/30\"]; line = \"internet\"; };\n"
		     " net: { class = \"internet-direct\"; via = \"wan\"; networks = [\"192.0.2.0/29\"]; line = \"internet\"; };\n};\nhosts: {\n");
	for (unsigned m = 1; m <= 3; m++)
		buf_printf(text, " m%u: { zone = \"mn\"; ip = \"10.1.0.%u\"; mac = \"00:00:5e:00:53:%02x\"; role = \"server\"; };\n",
			   m, 10 + m, 0x10 + m);
	buf_printf(text, " l1: { zone = \"lg\"; ip = \"10.2.0.11\"; mac = \"00:00:5e:00:53:%02x\"; role = \"terminal\"; };\n",
		   mac);
	buf_printf(text, " l2: { zone = \"lg\"; ip = \"10.2.0.12\"; %s role = \"terminal\"; };\n",
		   bound ? "mac = \"00:00:5e:00:53:30\";" : "");
	buf_printf(text, " rt: { zone = \"wan\"; ip = \"198.51.100.1\"; mac = \"00:00:5e:00:53:d1\"; role = \"router\"; };\n};\nendpoints: {\n"
			 " e1: { zone = \"wan\"; kind = \"other\"; next-hop = \"rt\"; ip = \"198.51.100.8/%u\"; };\n"
			 " e2: { zone = \"wan\"; kind = \"other\"; next-hop = \"rt\"; ip = \"198.51.100.9\"; };\n"
			 " e3: { zone = \"wan\"; kind = \"other\"; next-hop = \"rt\"; fqdn = \"e3.example\"; within = [\"198.51.100.64/26\"]; };\n"
			 " e4: { zone = \"wan\"; kind = \"other\"; next-hop = \"rt\"; ip = \"198.51.100.12/30\"; };\n};\nflows: {\n",
		   29 + roll(seed, 2));
	for (unsigned flow = 0; flow < 3 + roll(seed, 6); flow++) {
		buf_printf(text, " F%u: { class = \"intra\"; data = \"both\"; purpose = \"p\"; clause = [\"c\"]; from = ", flow);
		party_write(text, seed);
		buf_add_text(text, "; to = ");
		party_write(text, seed);
		buf_printf(text, "; proto = \"%s\"; ports = ", roll(seed, 4) ? "tcp" : "udp");
		if (roll(seed, 3))
			buf_printf(text, "[%u, %u, %u]; };\n", 20 + roll(seed, 4), 24 + roll(seed, 3), 40);
		else
			buf_printf(text, "( \"%u-%u\" ); };\n", 15 + roll(seed, 8), 35 + roll(seed, 8));
	}
	buf_add_text(text, "};\n");
}

static struct policy *policy_roll(unsigned *seed, struct permits *ret_permits)
{
	struct buf text = { 0 };
	struct policy *policy;
	struct errs errs;

	errs_init(&errs);
	policy_write(&text, seed);
	policy = conf_read_text("random", buf_text(&text), text.count, &errs);
	ck_assert_msg(policy != NULL, "%s\n%s",
		      errs.list.count ? errs.list.items[0].message : "", buf_text(&text));
	ck_assert(permits_init(ret_permits, policy, &errs));
	errs_done(&errs);
	buf_done(&text);
	return policy;
}

static struct mac mac_near(unsigned *seed, struct mac mac)
{
	mac.bytes[5] = (uint8_t)(mac.bytes[5] + roll(seed, 3) - 1);
	return mac;
}

static struct addr addr_near(unsigned *seed, struct addr addr)
{
	if (addr.family != FAMILY_NONE)
		addr.bytes[3] = (uint8_t)(addr.bytes[3] + roll(seed, 3) - 1);
	return addr;
}

/* Corners of boxes of one policy or of both, or next to them. */
static struct point point_roll(unsigned *seed, const struct permits *a, const struct permits *b)
{
	const struct permit *boxes[4];
	struct point point;

	for (int i = 0; i < 4; i++) {
		const struct permits *of = roll(seed, 2) && b->list.count ? b : a;

		boxes[i] = &of->list.items[roll(seed, (unsigned)of->list.count)];
		if (i && roll(seed, 4))
			boxes[i] = boxes[0];
	}
	point = (struct point){
		.mac = roll(seed, 2) ? boxes[0]->mac_first : boxes[0]->mac_last,
		.src = roll(seed, 2) ? boxes[1]->src_first : boxes[1]->src_last,
		.dst = roll(seed, 2) ? boxes[2]->dst_first : boxes[2]->dst_last,
		.proto = boxes[3]->proto,
		.port = roll(seed, 2) ? boxes[3]->port_first : boxes[3]->port_last,
	};
	if (boxes[2]->by_name && !boxes[2]->name_is_source)
		point.name = boxes[2]->by_name->fqdn;
	if (roll(seed, 2))
		point.mac = mac_near(seed, point.mac);
	if (roll(seed, 3) == 0)
		point.src = addr_near(seed, point.src);
	if (roll(seed, 3) == 0)
		point.dst = addr_near(seed, point.dst);
	if (roll(seed, 3) == 0)
		point.port = (uint16_t)(point.port + roll(seed, 3) - 1);
	return point;
}

START_TEST(packets_at_the_edges_of_random_policies)
{
	unsigned seed = 7919u * (unsigned)(_i + 1);
	struct permits_difference difference;
	struct joined_list joined;
	struct permits a, b;
	struct policy *before = policy_roll(&seed, &a), *after = policy_roll(&seed, &b);
	size_t found = 0;

	if (a.list.count) {
		difference_join(&a, &b, &difference, &joined);
		for (int n = 0; n < 5000; n++) {
			struct point point = point_roll(&seed, &a, &b);

			if (point.src.family != FAMILY_NONE)
				found += point_holds(&a, &b, &joined, &point);
		}
		ck_assert(found || !joined.list.count || joined.list.items[0].from.items[0].by_name);
		joined_done(&joined);
		permits_difference_done(&difference);
	}
	permits_done(&a);
	permits_done(&b);
	policy_free(before);
	policy_free(after);
}
END_TEST

/* ---- how few ---- */

#define FLOW(id, settings)                                                                         \
	id ": { class = \"intra\"; data = \"both\"; purpose = \"p\"; clause = [\"c\"]; " settings " };\n"

static size_t lines_of(const char *tail, size_t *ret_boxes)
{
	struct policy *policy = town_get(tail);
	const struct permits none = { 0 };
	struct permits_difference difference;
	struct joined_list joined;
	struct permits permits;
	struct errs errs;
	size_t count;

	errs_init(&errs);
	ck_assert(permits_init(&permits, policy, &errs));
	difference_join(&permits, &none, &difference, &joined);
	*ret_boxes = difference.only_a.count;
	count = joined.list.count;
	joined_done(&joined);
	permits_difference_done(&difference);
	permits_done(&permits);
	errs_done(&errs);
	policy_free(policy);
	return count;
}

START_TEST(one_flow_is_one_line)
{
	size_t boxes;

	ck_assert_uint_eq(lines_of("flows: {\n" FLOW("F1", "from = [\"mn\", \"i1\"]; to = [\"lg\", \"e1\", \"e2\"]; proto = \"tcp\"; ports = ( 22, \"80-89\", \"1000-2000\" );") "};\n",
				   &boxes), 1);
	ck_assert_uint_eq(boxes, 3 * 3 * 12);
	ck_assert_uint_eq(lines_of("flows: {\n" FLOW("F1", "from = [\"mn\", \"lg\", \"i1\"]; to = [\"mn\", \"lg\", \"i1\"]; proto = \"tcp\"; ports = [22];") "};\n",
				   &boxes), 1);
	ck_assert_uint_eq(boxes, 4 * 3);
}
END_TEST

START_TEST(flows_with_the_same_rest_are_one_line)
{
	size_t boxes;

	ck_assert_uint_eq(lines_of("flows: {\n" FLOW("F1", "from = \"m1\"; to = \"l1\"; proto = \"tcp\"; ports = [22];")
				   FLOW("F2", "from = \"m2\"; to = \"l1\"; proto = \"tcp\"; ports = [22];")
				   FLOW("F3", "from = \"mn\"; to = \"l1\"; proto = \"udp\"; ports = [23];")
				   FLOW("F4", "from = \"mn\"; to = \"i1\"; proto = \"udp\"; ports = [23];") "};\n",
				   &boxes), 2);
	ck_assert_uint_eq(boxes, 6);
}
END_TEST

Suite *suite_join(void)
{
	Suite *suite = suite_create("join");
	TCase *tcase = tcase_create("join");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, every_packet_of_a_small_universe, 0, 10);
	tcase_add_loop_test(tcase, packets_at_the_edges_of_random_policies, 0, 100);
	tcase_add_test(tcase, one_flow_is_one_line);
	tcase_add_test(tcase, flows_with_the_same_rest_are_one_line);
	suite_add_tcase(suite, tcase);
	return suite;
}
