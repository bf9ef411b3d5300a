/* Claims find what is in them and what is not: against the diagram, in worlds where they meet, lie
 * within each other, or have any interface. */
#include <stdlib.h>
#include <string.h>

#include "proof/claims.h"
#include "unit/mdd.h"
#include "unit/mutate.h"
#include "unit/suites.h"

enum { PLENTY = 10000000 };

/* All that a claim can bind but for the next frame's address, which permits nothing. */
static const enum dim dims[] = { DIM_IIF, DIM_OIF, DIM_SMAC, DIM_SRC, DIM_DST,
				 DIM_PROTO, DIM_T0, DIM_T2 };

static wide name_pick(struct dice *dice)
{
	static const char *const names[] = { "eth0", "eth1", "vlan110" };

	return dim_of_name(names[roll(dice, 3)]);
}

static void range_pick(struct dice *dice, struct box *box, enum dim dim, wide start, wide span)
{
	box->first[dim] = start + roll(dice, (uint32_t)span);
	box->last[dim] = box->first[dim];
	if (!roll(dice, 4))
		box->last[dim] += roll(dice, (uint32_t)span);
	if (!roll(dice, 12)) {
		box->first[dim] = 0;
		box->last[dim] = dim_most(dim);
	}
}

static void claim_pick(struct dice *dice, struct box *ret_box)
{
	box_all(ret_box);
	for (enum dim dim = DIM_IIF; dim <= DIM_OIF; dim++)
		if (roll(dice, 8))
			box_fix(ret_box, dim, name_pick(dice));
	box_fix(ret_box, DIM_ETHERTYPE, ETHERTYPE_IPV4);
	range_pick(dice, ret_box, DIM_SMAC, 0x5e0000, 3);
	range_pick(dice, ret_box, DIM_NEXT_MAC, 0x5e0000, 3);
	range_pick(dice, ret_box, DIM_SRC, 0x0a000000, 8);
	range_pick(dice, ret_box, DIM_DST, 0x0a000100, 8);
	box_fix(ret_box, DIM_PROTO, roll(dice, 2) ? 6 : 17);
	range_pick(dice, ret_box, DIM_T2, 440, 4);
}

/* As leaves are: parts of claims, claims, and more than claims. */
static void question_pick(struct dice *dice, const struct claims *claims, struct box *ret_box)
{
	claims_box(claims, roll(dice, (uint32_t)claims_count(claims)), ret_box);
	ret_box->first[DIM_NEXT_MAC] = 0;
	ret_box->last[DIM_NEXT_MAC] = dim_most(DIM_NEXT_MAC);
	for (unsigned i = roll(dice, 4); i > 0; i--) {
		enum dim dim = dims[roll(dice, sizeof(dims) / sizeof(dims[0]))];

		if (dim == DIM_IIF || dim == DIM_OIF) { /* most numbers beside a name are none */
			box_fix(ret_box, dim, name_pick(dice));
			ret_box->last[dim] = roll(dice, 3) ? ret_box->first[dim] : dim_most(dim);
			continue;
		}
		switch (roll(dice, 3)) {
		case 0:
			box_fix(ret_box, dim, ret_box->last[dim]);
			break;
		case 1:
			if (ret_box->last[dim] != dim_most(dim))
				ret_box->last[dim]++;
			break;
		default:
			if (ret_box->first[dim])
				ret_box->first[dim]--;
			break;
		}
	}
}

static void world_check(unsigned seed, unsigned count, unsigned questions, unsigned *ret_found)
{
	struct dice dice = { seed * 0x9e3779b97f4a7c15u | 1 };
	struct mdd *mdd = mdd_new(dims, sizeof(dims) / sizeof(dims[0]));
	mdd_set all = MDD_NONE;
	struct claims claims;

	claims_init(&claims, PATH_FORWARD);
	claims_add_flow(&claims, "F", (struct src){ 0 });
	for (unsigned i = 0; i < count; i++) {
		struct box box, again;

		claim_pick(&dice, &box);
		claims_add(&claims, &box, 0, roll(&dice, 2));
		claims_box(&claims, i, &again);
		ck_assert(box_equal(&box, &again));
		all = mdd_union(mdd, all, mdd_box(mdd, &box));
	}
	for (unsigned i = 0; i < questions; i++) {
		size_t budget = PLENTY;
		struct packet packet, first;
		enum box_search end;
		struct box box;
		mdd_set left;

		question_pick(&dice, &claims, &box);
		box_first(&box, &first);
		ck_assert_msg((claims_find(&claims, &first) >= 0) == mdd_has(mdd, all, &first),
			      "seed %u, question %u", seed, i);
		left = mdd_without(mdd, mdd_box(mdd, &box), all);
		end = claims_find_outside(&claims, &box, &budget, &packet);
		ck_assert_msg(end == (left == MDD_NONE ? BOX_NOTHING : BOX_FOUND),
			      "seed %u, question %u: %d", seed, i, end);
		if (end == BOX_FOUND)
			ck_assert_msg(box_has(&box, &packet) && mdd_has(mdd, left, &packet),
				      "seed %u, question %u", seed, i);
		*ret_found += end == BOX_FOUND;
	}
	claims_done(&claims);
	mdd_free(mdd);
}

START_TEST(small_worlds)
{
	unsigned found = 0;

	for (unsigned seed = 1; seed <= 120; seed++)
		world_check(seed, 1 + seed % 40, 60, &found);
	ck_assert_uint_gt(found, 500);
	ck_assert_uint_lt(found, 120 * 60 - 500);
}
END_TEST

START_TEST(a_large_world)
{
	unsigned found = 0;

	world_check(99, 900, 600, &found);
	ck_assert_uint_gt(found, 20);
	ck_assert_uint_lt(found, 580);
}
END_TEST

/* Between a name and the next there are numbers that no device is called. */
START_TEST(no_device_is_called_so)
{
	wide name = dim_of_name("eth1");
	struct packet packet;
	struct box box;

	box_all(&box);
	box.first[DIM_IIF] = name + 1;
	box.last[DIM_IIF] = dim_of_name("eth2") - 1;
	box_first(&box, &packet);
	ck_assert(box_mend_names(&box, &packet));
	ck_assert(packet.at[DIM_IIF] == dim_of_name("eth10"));
	box.last[DIM_IIF] = name + 255;
	box_first(&box, &packet);
	ck_assert(!box_mend_names(&box, &packet));
}
END_TEST

/* A claim of any interface is none of an interface with an empty name. */
START_TEST(no_name_is_not_any_name)
{
	struct claims claims;
	struct packet packet;
	struct box box;

	claims_init(&claims, PATH_INPUT);
	claims_add_flow(&claims, "F", (struct src){ 0 });
	box_all(&box);
	box_fix(&box, DIM_ETHERTYPE, ETHERTYPE_IPV4);
	box_fix(&box, DIM_IIF, dim_of_name("eth1"));
	box_fix(&box, DIM_OIF, 0);
	claims_add(&claims, &box, 0, true);
	box_first(&box, &packet);
	ck_assert_int_eq(claims_find(&claims, &packet), 0);
	packet.at[DIM_OIF] = dim_of_name("eth2");
	ck_assert_int_eq(claims_find(&claims, &packet), -1);
	claims_done(&claims);
}
END_TEST

START_TEST(ways_of_names)
{
	struct claims claims;
	wide one = dim_of_name("eth1"), two = dim_of_name("eth2");

	claims_init(&claims, PATH_FORWARD);
	ck_assert(!claims_has_nameless(&claims, one, two));
	claims_add_nameless(&claims, one, two);
	ck_assert(claims_has_nameless(&claims, one, two));
	ck_assert(claims_has_nameless(&claims, two, one));
	ck_assert(!claims_has_nameless(&claims, one, one));
	claims_done(&claims);
}
END_TEST

Suite *suite_claims(void)
{
	Suite *suite = suite_create("claims");
	TCase *tcase = tcase_create("claims");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, small_worlds);
	tcase_add_test(tcase, a_large_world);
	tcase_add_test(tcase, no_device_is_called_so);
	tcase_add_test(tcase, no_name_is_not_any_name);
	tcase_add_test(tcase, ways_of_names);
	suite_add_tcase(suite, tcase);
	return suite;
}
