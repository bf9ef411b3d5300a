/* Boxes: expansion of flows, meeting, subtraction (against brute force on a small universe). */
#include <stdlib.h>
#include <string.h>

#include "policy/permit.h"
#include "unit/suites.h"
#include "unit/town.h"

#define FLOW(id, settings)                                                                         \
	id ": { class = \"intra\"; data = \"both\"; purpose = \"p\"; clause = [\"c\"]; " settings " };\n"

static struct permits expand(const struct policy *policy, struct errs *errs)
{
	struct permits permits;

	errs_init(errs);
	ck_assert(permits_init(&permits, policy, errs));
	return permits;
}

START_TEST(a_zone_means_its_registered_machines)
{
	struct policy *policy = town_get("flows: {\n" FLOW("F1", "from = \"mn\"; to = [\"l1\", \"lg\"]; proto = \"tcp\"; ports = [22, 443];") "};\n");
	struct errs errs;
	struct permits permits = expand(policy, &errs);

	ck_assert_uint_eq(permits.list.count, 4); /* m1, m2 × l1 once × 2 ports */
	vec_each(box, &permits.list)
		ck_assert(permit_is_exact(box));
	permits_done(&permits);
	errs_done(&errs);
	policy_free(policy);
}
END_TEST

START_TEST(short_ranges_are_unrolled_long_ones_are_not)
{
	struct policy *policy = town_get("flows: {\n" FLOW("F1", "from = \"m1\"; to = \"m2\"; proto = \"tcp\"; ports = ( \"10-25\", \"100-199\", 7 );") "};\n");
	struct errs errs;
	struct permits permits = expand(policy, &errs);

	ck_assert_uint_eq(permits.list.count, 18);
	ck_assert(!permit_is_exact(&permits.list.items[17]));
	permits_done(&permits);
	errs_done(&errs);
	policy_free(policy);
}
END_TEST

START_TEST(names_visitors_and_next_hops)
{
	struct policy *policy = town_get("flows: {\n" FLOW("F1", "from = \"m1\"; to = \"e2\"; proto = \"tcp\"; ports = [443];")
					 FLOW("F2", "from = \"e1\"; to = \"m1\"; proto = \"icmp\";")
					 FLOW("F3", "from = \"gst\"; to = \"net\"; proto = \"udp\"; ports = [53];") "};\n");
	const struct host *router = policy_find_host(policy, "rt");
	struct errs errs;
	struct permits permits = expand(policy, &errs);
	const struct permit *box = permits.list.items;

	ck_assert_uint_eq(permits.list.count, 3);
	ck_assert_ptr_eq(box[0].by_name, policy_find_endpoint(policy, "e2"));
	ck_assert(!box[0].name_is_source);
	ck_assert_int_eq(mac_compare(box[1].mac_first, router->mac), 0);
	ck_assert_int_eq(box[2].src_last.bytes[3], 255);
	ck_assert_int_eq(box[2].mac_last.bytes[0], 255);
	ck_assert(!permit_is_exact(&box[2]));
	permits_done(&permits);
	errs_done(&errs);
	policy_free(policy);
}
END_TEST

/* The town with 80 more machines in 番号系: 82 × 81 pairs × 200 ports is over a million. */
START_TEST(too_many_is_an_error)
{
	const char *hosts = strstr(town_head, "hosts: {\n") + strlen("hosts: {\n");
	struct buf text = { 0 };
	struct policy *policy;
	struct permits permits;
	struct errs errs;

	buf_add(&text, town_head, (size_t)(hosts - town_head));
	for (int i = 0; i < 80; i++)
		buf_printf(&text, "x%d: { zone = \"mn\"; ip = \"10.1.0.%d\"; role = \"server\"; };\n", i,
			   100 + i);
	buf_add_text(&text, hosts);
	buf_add_text(&text, "flows: { F1: { class = \"intra\"; data = \"both\"; purpose = \"p\"; clause = [\"c\"]; from = \"mn\"; to = \"mn\"; proto = \"tcp\"; ports = [1");
	for (int port = 3; port < 400; port += 2)
		buf_printf(&text, ",%d", port);
	buf_add_text(&text, "]; }; };\n");
	errs_init(&errs);
	policy = conf_read_text("t", buf_text(&text), text.count, &errs);
	ck_assert_ptr_nonnull(policy);
	ck_assert(!permits_init(&permits, policy, &errs));
	ck_assert_ptr_nonnull(errs_find(&errs, "C-SIZE", 0));
	permits_done(&permits);
	errs_done(&errs);
	policy_free(policy);
	buf_done(&text);
}
END_TEST

static void count_pair(void *context, const struct permit *a, const struct permit *b)
{
	ck_assert(a->flow->index < b->flow->index);
	(*(int *)context)++;
}

START_TEST(flows_that_meet_are_found_once)
{
	struct policy *policy = town_get("flows: {\n" FLOW("F1", "from = \"mn\"; to = \"lg\"; proto = \"tcp\"; ports = [22, 23];")
					 FLOW("F2", "from = \"m1\"; to = \"l1\"; proto = \"tcp\"; ports = [\"1-100\"];")
					 FLOW("F3", "from = \"m2\"; to = \"l1\"; proto = \"tcp\"; ports = [23];")
					 FLOW("F4", "from = \"m2\"; to = \"l1\"; proto = \"udp\"; ports = [23];")
					 FLOW("F5", "from = \"m1\"; to = \"e2\"; proto = \"tcp\"; ports = [443];")
					 FLOW("F6", "from = \"mn\"; to = \"e2\"; proto = \"tcp\"; ports = [443];") "};\n");
	struct errs errs;
	struct permits permits = expand(policy, &errs);
	int pairs = 0;

	permits_find_meeting(&permits, count_pair, &pairs);
	ck_assert_int_eq(pairs, 3); /* F1-F2, F1-F3, F5-F6 */
	permits_done(&permits);
	errs_done(&errs);
	policy_free(policy);
}
END_TEST

/* A universe of 4 × 8 × 8 × 8 points. */
static struct permit random_box(unsigned *seed)
{
	struct permit box = { .src_first.family = FAMILY_V4, .src_last.family = FAMILY_V4,
			      .dst_first.family = FAMILY_V4, .dst_last.family = FAMILY_V4 };
	uint8_t a[4], b[4];

	for (int i = 0; i < 4; i++) {
		uint8_t x = (uint8_t)(rand_r(seed) % (i ? 8 : 4)), y = (uint8_t)(rand_r(seed) % (i ? 8 : 4));

		a[i] = x < y ? x : y;
		b[i] = x < y ? y : x;
	}
	box.mac_first.bytes[5] = a[0];
	box.mac_last.bytes[5] = b[0];
	box.src_first.bytes[3] = a[1];
	box.src_last.bytes[3] = b[1];
	box.dst_first.bytes[3] = a[2];
	box.dst_last.bytes[3] = b[2];
	box.port_first = a[3];
	box.port_last = b[3];
	return box;
}

static bool box_has(const struct permit *box, const int *point)
{
	return box->mac_first.bytes[5] <= point[0] && point[0] <= box->mac_last.bytes[5] &&
	       box->src_first.bytes[3] <= point[1] && point[1] <= box->src_last.bytes[3] &&
	       box->dst_first.bytes[3] <= point[2] && point[2] <= box->dst_last.bytes[3] &&
	       box->port_first <= point[3] && point[3] <= box->port_last;
}

START_TEST(subtraction_agrees_with_brute_force)
{
	unsigned seed = 20261121;

	for (int round = 0; round < 200; round++) {
		struct permit a = random_box(&seed), b = random_box(&seed);
		struct permit_list pieces = { .arena = arena_new() };
		bool met = permit_subtract(&a, &b, &pieces);

		ck_assert_int_eq(met, permit_meets(&a, &b));
		for (int n = 0; n < 4 * 8 * 8 * 8; n++) {
			int point[4] = { n & 3, n >> 2 & 7, n >> 5 & 7, n >> 8 & 7 }, holders = 0;

			vec_each(piece, &pieces)
				holders += box_has(piece, point);
			ck_assert_int_eq(holders, box_has(&a, point) && !box_has(&b, point));
		}
		arena_free(pieces.arena);
	}
}
END_TEST

START_TEST(the_difference_of_two_policies_in_packets)
{
	struct policy *a = town_get("flows: {\n" FLOW("F1", "from = \"m1\"; to = \"l1\"; proto = \"tcp\"; ports = [22];")
				    FLOW("F2", "from = \"m2\"; to = \"e2\"; proto = \"tcp\"; ports = [443];")
				    FLOW("F3", "from = \"m2\"; to = \"l1\"; proto = \"tcp\"; ports = [\"100-199\"];") "};\n");
	struct policy *b = town_get("flows: {\n" FLOW("G1", "from = \"m1\"; to = \"l1\"; proto = \"tcp\"; ports = [22]; window: { grant = \"1h\"; };")
				    FLOW("G2", "from = \"m2\"; to = \"e2\"; proto = \"tcp\"; ports = [443];")
				    FLOW("G3", "from = \"m2\"; to = \"l1\"; proto = \"tcp\"; ports = [\"150-249\"];") "};\n");
	struct errs errs_a, errs_b;
	struct permits pa = expand(a, &errs_a), pb = expand(b, &errs_b);
	struct permits_difference closed, opened;

	permits_difference_init(&closed, &pa, &pb);
	permits_difference_init(&opened, &pb, &pa);
	ck_assert_uint_eq(closed.only_a.count, 1);
	ck_assert_uint_eq(closed.only_a.items[0].port_first, 100);
	ck_assert_uint_eq(closed.only_a.items[0].port_last, 149);
	ck_assert_uint_eq(opened.only_a.count, 1);
	ck_assert_uint_eq(opened.only_a.items[0].port_first, 200);
	ck_assert_uint_eq(closed.retimed.count, 1);
	ck_assert_str_eq(closed.retimed.items[0].after->node.id, "G1");
	permits_difference_done(&closed);
	permits_difference_done(&opened);
	permits_done(&pa);
	permits_done(&pb);
	errs_done(&errs_a);
	errs_done(&errs_b);
	policy_free(a);
	policy_free(b);
}
END_TEST

Suite *suite_permit(void)
{
	Suite *suite = suite_create("permit");
	TCase *tcase = tcase_create("permit");

	tcase_add_test(tcase, a_zone_means_its_registered_machines);
	tcase_add_test(tcase, short_ranges_are_unrolled_long_ones_are_not);
	tcase_add_test(tcase, names_visitors_and_next_hops);
	tcase_add_test(tcase, too_many_is_an_error);
	tcase_add_test(tcase, flows_that_meet_are_found_once);
	tcase_add_test(tcase, subtraction_agrees_with_brute_force);
	tcase_add_test(tcase, the_difference_of_two_policies_in_packets);
	suite_add_tcase(suite, tcase);
	return suite;
}
