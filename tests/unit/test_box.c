/* Boxes against counting by hand in small worlds, and against a decision diagram in large ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/mdd.h"
#include "unit/mutate.h"
#include "unit/suites.h"

enum { ROUNDS = 400, SMALL = 5, PLENTY = 10000000 };

/* A small world: three dimensions of a few values, the others one value each. */
static const enum dim small_dims[] = { DIM_SRC, DIM_T2, DIM_PROTO };
enum { SMALL_DIMS = sizeof(small_dims) / sizeof(small_dims[0]) };

static void small_all(struct box *ret_box)
{
	memset(ret_box, 0, sizeof(*ret_box));
	for (unsigned i = 0; i < SMALL_DIMS; i++)
		ret_box->last[small_dims[i]] = SMALL - 1;
}

static void small_box(struct dice *dice, struct box *ret_box)
{
	small_all(ret_box);
	for (unsigned i = 0; i < SMALL_DIMS; i++) {
		wide a = roll(dice, SMALL), b = roll(dice, SMALL);

		ret_box->first[small_dims[i]] = a < b ? a : b;
		ret_box->last[small_dims[i]] = a < b ? b : a;
	}
}

/* Each packet of the small world, once. */
static bool small_next(struct packet *packet)
{
	for (unsigned i = 0; i < SMALL_DIMS; i++) {
		if (++packet->at[small_dims[i]] < SMALL)
			return true;
		packet->at[small_dims[i]] = 0;
	}
	return false;
}

#define small_each(packet)                                                                         \
	for (bool more_ = (memset(&(packet), 0, sizeof(packet)), true); more_;                     \
	     more_ = small_next(&(packet)))

START_TEST(meeting_covering_and_without)
{
	for (unsigned seed = 1; seed <= ROUNDS; seed++) {
		struct dice dice = { seed * 0x9e3779b97f4a7c15u | 1 };
		struct arena *arena = arena_new();
		bool meets = false, covers = true;
		struct boxes_of pieces = { 0 };
		struct box a, b, both;
		struct packet packet;

		small_box(&dice, &a);
		small_box(&dice, &b);
		ck_assert_int_eq(box_subtract(arena, &a, &b, &pieces), box_meets(&a, &b));
		ck_assert_int_eq(box_meet(&a, &b, &both), box_meets(&a, &b));
		small_each(packet) {
			bool in_a = box_has(&a, &packet), in_b = box_has(&b, &packet);
			unsigned in = 0;

			meets |= in_a && in_b;
			covers &= in_a || !in_b;
			vec_each(piece, &pieces.list)
				in += box_has(piece, &packet);
			ck_assert_msg(in == (in_a && !in_b), "seed %u", seed);
			if (box_meets(&a, &b))
				ck_assert_int_eq(box_has(&both, &packet), in_a && in_b);
		}
		ck_assert_msg(meets == box_meets(&a, &b), "seed %u", seed);
		ck_assert_msg(covers == box_covers(&a, &b), "seed %u", seed);
		arena_free(arena);
	}
}
END_TEST

START_TEST(a_packet_outside_in_a_small_world)
{
	unsigned found = 0;

	for (unsigned seed = 1; seed <= ROUNDS; seed++) {
		struct dice dice = { seed * 0x9e3779b97f4a7c15u | 1 };
		size_t count = roll(&dice, 14), budget = PLENTY;
		const struct box *others[14];
		struct box boxes[14], box;
		struct packet packet, any;
		bool outside = false;
		enum box_search end;

		small_box(&dice, &box);
		for (size_t i = 0; i < count; i++) {
			small_box(&dice, &boxes[i]);
			others[i] = &boxes[i];
		}
		small_each(any) {
			bool in = false;

			for (size_t i = 0; i < count; i++)
				in |= box_has(&boxes[i], &any);
			outside |= box_has(&box, &any) && !in;
		}
		end = box_find_outside(&box, others, count, &budget, &packet);
		ck_assert_msg(end == (outside ? BOX_FOUND : BOX_NOTHING), "seed %u", seed);
		found += outside;
		if (!outside)
			continue;
		ck_assert_msg(box_has(&box, &packet), "seed %u", seed);
		for (size_t i = 0; i < count; i++)
			ck_assert_msg(!box_has(&boxes[i], &packet), "seed %u", seed);
	}
	ck_assert_uint_gt(found, ROUNDS / 10);
	ck_assert_uint_lt(found, ROUNDS - ROUNDS / 10);
}
END_TEST

START_TEST(no_budget_is_no_answer)
{
	struct dice dice = { 77 };
	const struct box *others[8];
	struct box box, boxes[8];
	struct packet packet;
	size_t budget = 0;

	small_all(&box);
	for (unsigned i = 0; i < 8; i++) {
		small_box(&dice, &boxes[i]);
		others[i] = &boxes[i];
	}
	ck_assert_int_eq(box_find_outside(&box, others, 8, &budget, &packet), BOX_TOO_MUCH);
	budget = 1;
	ck_assert_int_eq(box_find_outside(&box, others, 8, &budget, &packet), BOX_TOO_MUCH);
}
END_TEST

/* ---- against the diagram ---- */

static const enum dim large_dims[] = { DIM_IIF, DIM_SRC, DIM_DST, DIM_PROTO, DIM_T2 };
enum { LARGE_DIMS = sizeof(large_dims) / sizeof(large_dims[0]) };

/* Prefixes and ranges such as policies have, of few different edges, so that they meet. */
static void large_box(struct dice *dice, struct box *ret_box)
{
	memset(ret_box, 0, sizeof(*ret_box));
	for (unsigned i = 0; i < LARGE_DIMS; i++) {
		enum dim dim = large_dims[i];
		unsigned bits = dim_bits(dim), fixed = roll(dice, 5) * 2;
		wide start = ((wide)roll(dice, 1u << fixed)) << (bits - 8);

		if (bits == 8)
			start = roll(dice, 12);
		ret_box->first[dim] = start;
		ret_box->last[dim] = roll(dice, 3) ? start
						   : start | (((wide)1 << roll(dice, bits)) - 1);
	}
}

static void large_all(struct box *ret_box)
{
	memset(ret_box, 0, sizeof(*ret_box));
	for (unsigned i = 0; i < LARGE_DIMS; i++)
		ret_box->last[large_dims[i]] = dim_most(large_dims[i]);
}

static wide box_count(const struct box *box)
{
	wide count = 1;

	for (unsigned i = 0; i < LARGE_DIMS; i++)
		count *= box->last[large_dims[i]] - box->first[large_dims[i]] + 1;
	return count;
}

/* What is left of one box without thousands: pieces are apart, and the diagram's set. */
START_TEST(what_is_left_is_what_the_diagram_leaves)
{
	enum { OTHERS = 300 };

	for (unsigned seed = 1; seed <= 6; seed++) {
		struct dice dice = { seed * 0x9e3779b97f4a7c15u | 1 };
		struct mdd *mdd = mdd_new(large_dims, LARGE_DIMS);
		struct arena *arena = arena_new();
		struct boxes_of left = { 0 };
		mdd_set set, again = MDD_NONE;
		wide count = 0;
		struct box box;

		large_all(&box);
		*vec_add(arena, &left.list) = box;
		set = mdd_box(mdd, &box);
		for (unsigned i = 0; i < OTHERS && left.list.count < 3000; i++) {
			struct arena *fresh = arena_new();
			struct boxes_of next = { 0 };

			large_box(&dice, &box);
			vec_each(piece, &left.list)
				box_subtract(fresh, piece, &box, &next);
			left = next;
			arena_free(arena);
			arena = fresh;
			set = mdd_without(mdd, set, mdd_box(mdd, &box));
		}
		vec_each(piece, &left.list) {
			count += box_count(piece);
			again = mdd_union(mdd, again, mdd_box(mdd, piece));
		}
		ck_assert_msg(again == set, "seed %u: another set", seed);
		ck_assert_msg(count == mdd_count(mdd, set), "seed %u: pieces meet", seed);
		arena_free(arena);
		mdd_free(mdd);
	}
}
END_TEST

/* Thousands of others, and a box that they cover or nearly cover. */
START_TEST(a_packet_outside_of_thousands)
{
	enum { OTHERS = 3000 };
	unsigned found = 0, rounds = 300;
	struct dice dice = { 4711 };
	struct mdd *mdd = mdd_new(large_dims, LARGE_DIMS);
	struct box *boxes = calloc(OTHERS, sizeof(*boxes));
	const struct box **others = calloc(OTHERS, sizeof(*others));
	mdd_set all = MDD_NONE;

	for (unsigned i = 0; i < OTHERS; i++) {
		large_box(&dice, &boxes[i]);
		others[i] = &boxes[i];
		all = mdd_union(mdd, all, mdd_box(mdd, &boxes[i]));
	}
	for (unsigned i = 0; i < rounds; i++) {
		size_t budget = PLENTY;
		struct packet packet;
		enum box_search end;
		struct box box;
		mdd_set left;

		/* one of them; one that is wider by a little; or anything */
		box = boxes[roll(&dice, OTHERS)];
		if (i % 3 == 1)
			box.last[DIM_SRC] |= 0xff;
		else if (i % 3 == 2)
			large_box(&dice, &box);
		left = mdd_without(mdd, mdd_box(mdd, &box), all);
		end = box_find_outside(&box, others, OTHERS, &budget, &packet);
		ck_assert_int_eq(end, left == MDD_NONE ? BOX_NOTHING : BOX_FOUND);
		if (left != MDD_NONE)
			ck_assert(mdd_has(mdd, left, &packet));
		found += left != MDD_NONE;
	}
	ck_assert_uint_gt(found, 10);
	ck_assert_uint_lt(found, rounds - 10);
	free(others);
	free(boxes);
	mdd_free(mdd);
}
END_TEST

/* The oracle itself, counted by hand. */
START_TEST(the_diagram_counts)
{
	for (unsigned seed = 1; seed <= 50; seed++) {
		struct dice dice = { seed * 0x9e3779b97f4a7c15u | 1 };
		struct mdd *mdd = mdd_new(small_dims, SMALL_DIMS);
		struct box a, b;
		mdd_set left, right, meet, all;
		wide count[3] = { 0 };
		struct packet packet;

		small_box(&dice, &a);
		small_box(&dice, &b);
		left = mdd_box(mdd, &a);
		right = mdd_box(mdd, &b);
		meet = mdd_meet(mdd, left, right);
		all = mdd_union(mdd, left, right);
		small_each(packet) {
			bool in_a = box_has(&a, &packet), in_b = box_has(&b, &packet);

			ck_assert_int_eq(mdd_has(mdd, meet, &packet), in_a && in_b);
			ck_assert_int_eq(mdd_has(mdd, all, &packet), in_a || in_b);
			count[0] += in_a && in_b;
			count[1] += in_a || in_b;
			count[2] += in_a && !in_b;
		}
		ck_assert(mdd_count(mdd, meet) == count[0] && mdd_count(mdd, all) == count[1]);
		ck_assert(mdd_count(mdd, mdd_without(mdd, left, right)) == count[2]);
		ck_assert_uint_eq(mdd_union(mdd, meet, mdd_without(mdd, left, right)), left);
		mdd_free(mdd);
	}
}
END_TEST

Suite *suite_box(void)
{
	Suite *suite = suite_create("box");
	TCase *small = tcase_create("small worlds"), *large = tcase_create("the diagram");

	tcase_add_test(small, meeting_covering_and_without);
	tcase_add_test(small, a_packet_outside_in_a_small_world);
	tcase_add_test(small, no_budget_is_no_answer);
	tcase_set_timeout(large, 60);
	tcase_add_test(large, the_diagram_counts);
	tcase_add_test(large, what_is_left_is_what_the_diagram_leaves);
	tcase_add_test(large, a_packet_outside_of_thousands);
	suite_add_tcase(suite, small);
	suite_add_tcase(suite, large);
	return suite;
}
