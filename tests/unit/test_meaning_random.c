/* Random rules three times over: on a whole box exactly, on it as an upper bound, and packet by
 * packet. Exact leaves are apart and together the box, and each packet ends in its leaf; what
 * passes is in a leaf of the upper bound that passes. RULESETS=n for more of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/random_rules.h"
#include "unit/suites.h"

enum { SHORT_RUN = 400, PACKETS = 25, PLENTY = 60000, LEAVES_MOST = 4000 };

struct kept_leaf {
	struct box box;
	bool passes, stolen, doubt, has_ct_mark;
	uint32_t ct_mark;
};

struct kept {
	struct arena *arena;
	vec_of(struct kept_leaf) list;
};

static bool keep(void *context, const struct leaf *leaf)
{
	struct kept *kept = context;

	*vec_add(kept->arena, &kept->list) =
		(struct kept_leaf){ *leaf->box,	       leaf->passes,	  leaf->stolen,
				    leaf->doubt.table, leaf->has_ct_mark, leaf->ct_mark };
	return kept->list.count < LEAVES_MOST;
}

static enum meaning_end run(struct meaning *meaning, const struct box *box, enum meaning_care care,
			    size_t budget, struct kept *kept)
{
	kept->list.count = 0;
	return meaning_run(meaning, box,
			   &(struct meaning_run){ .care = care,
						  .budget = &budget,
						  .take = keep,
						  .context = kept });
}

struct world {
	struct made made;
	struct meaning *meaning;
	struct box box;
	struct kept exact, upper, point;
	struct dice dice;
	unsigned seed;
};

static void packet_in(struct world *world, struct packet *ret_packet)
{
	rules_packet(&world->dice, ret_packet);
	for (unsigned dim = 0; dim < DIMS; dim++) {
		if (ret_packet->at[dim] < world->box.first[dim])
			ret_packet->at[dim] = world->box.first[dim];
		if (ret_packet->at[dim] > world->box.last[dim])
			ret_packet->at[dim] = world->box.last[dim];
	}
}

static bool is_certain(const struct kept *kept)
{
	vec_each(leaf, &kept->list)
		if (leaf->doubt || leaf->stolen)
			return false;
	return true;
}

/* Certain leaves are apart; those in doubt lie on top of each other. */
static void apart_check(const struct world *world)
{
	const struct kept *exact = &world->exact;

	for (size_t i = 0; i < exact->list.count && i < 300; i++)
		for (size_t j = i + 1; j < exact->list.count && j < 300; j++)
			if (!exact->list.items[i].doubt && !exact->list.items[j].doubt)
				ck_assert_msg(!box_meets(&exact->list.items[i].box,
							 &exact->list.items[j].box),
					      "seed %u: two leaves meet", world->seed);
}

/* The leaf of the box that has the packet ends as the packet does, alone. */
static void exact_check(const struct world *world, const struct packet *packet)
{
	const struct kept_leaf *alone = &world->point.list.items[0];
	unsigned has = 0, like = 0;

	vec_each(leaf, &world->exact.list) {
		if (!box_has(&leaf->box, packet))
			continue;
		has++;
		like += leaf->passes == alone->passes &&
			(leaf->doubt || !leaf->has_ct_mark || leaf->ct_mark == alone->ct_mark);
	}
	ck_assert_msg(has, "seed %u: a packet is in no leaf", world->seed);
	if (is_certain(&world->point)) {
		ck_assert_msg(world->point.list.count == 1, "seed %u: two ends", world->seed);
		ck_assert_msg(like, "seed %u: a packet ends otherwise", world->seed);
	}
}

static bool has_passing(const struct kept *kept, const struct packet *packet)
{
	vec_each(leaf, &kept->list)
		if (leaf->passes && box_has(&leaf->box, packet))
			return true;
	return false;
}

/* Each way that the packet may pass: somewhere in the bound, and with that mark. */
static void upper_check(const struct world *world, const struct packet *packet)
{
	vec_each(leaf, &world->point.list) {
		bool found = false;

		if (!leaf->passes)
			continue;
		vec_each(bound, &world->upper.list)
			found |= bound->passes && box_has(&bound->box, packet) &&
				 (!bound->has_ct_mark || !leaf->has_ct_mark ||
				  bound->ct_mark == leaf->ct_mark);
		ck_assert_msg(found, "seed %u: a packet passes beside the bound", world->seed);
	}
}

static void packets_check(struct world *world, enum meaning_end exact, enum meaning_end upper,
			  unsigned *ret_passed)
{
	for (unsigned i = 0; i < PACKETS; i++) {
		struct packet packet;
		struct box box;

		packet_in(world, &packet);
		memcpy(box.first, packet.at, sizeof(packet.at));
		memcpy(box.last, packet.at, sizeof(packet.at));
		if (run(world->meaning, &box, MEANING_EXACT, PLENTY, &world->point) !=
		    MEANING_WHOLE)
			continue;
		ck_assert_uint_gt(world->point.list.count, 0);
		*ret_passed += has_passing(&world->point, &packet);
		if (exact == MEANING_WHOLE)
			exact_check(world, &packet);
		if (upper == MEANING_WHOLE)
			upper_check(world, &packet);
	}
}

static void world_check(unsigned seed, unsigned *ret_passed, unsigned *ret_whole)
{
	struct world world = { .dice = { seed * 0x9e3779b97f4a7c15u | 1 }, .seed = seed };
	enum meaning_end exact, upper;

	made_init(&world.made);
	world.exact.arena = world.upper.arena = world.point.arena = world.made.ruleset->arena;
	rules_random(&world.made, &world.dice);
	world.meaning = meaning_new(world.made.ruleset, PATH_FORWARD);
	rules_box(&world.dice, &world.box);
	exact = run(world.meaning, &world.box, MEANING_EXACT, PLENTY, &world.exact);
	upper = run(world.meaning, &world.box, MEANING_UPPER, PLENTY, &world.upper);
	if (exact == MEANING_WHOLE)
		apart_check(&world);
	packets_check(&world, exact, upper, ret_passed);
	*ret_whole += exact == MEANING_WHOLE && upper == MEANING_WHOLE;
	meaning_free(world.meaning);
	made_done(&world.made);
}

START_TEST(box_bound_and_packet_agree)
{
	const char *many = getenv("RULESETS"), *first = getenv("RULESET_FIRST");
	unsigned count = many ? (unsigned)strtoul(many, NULL, 10) : SHORT_RUN;
	unsigned seed = first ? (unsigned)strtoul(first, NULL, 10) : 1, passed = 0, whole = 0;

	for (unsigned i = 0; i < count; i++)
		world_check(seed + i, &passed, &whole);
	printf("meaning: %u rulesets from seed %u, %u run to the end; %u of %u packets passed\n",
	       count, seed, whole, passed, count * PACKETS);
	ck_assert_uint_gt(whole, count * 9 / 10);
	ck_assert_uint_gt(passed, count * PACKETS / 10);
}
END_TEST

/* With a smaller budget: the same, or too much; never something else. */
START_TEST(a_budget_ends_it_and_says_so)
{
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct world world = { .dice = { seed * 0x9e3779b97f4a7c15u | 1 } };
		unsigned leaves;
		size_t budget;

		made_init(&world.made);
		world.exact.arena = world.made.ruleset->arena;
		rules_random(&world.made, &world.dice);
		world.meaning = meaning_new(world.made.ruleset, PATH_FORWARD);
		rules_box(&world.dice, &world.box);
		if (run(world.meaning, &world.box, MEANING_EXACT, PLENTY, &world.exact) ==
		    MEANING_WHOLE) {
			leaves = (unsigned)world.exact.list.count;
			for (budget = 0; budget < 3000; budget += 1 + budget / 8) {
				enum meaning_end end = run(world.meaning, &world.box, MEANING_EXACT,
							   budget, &world.exact);

				if (end == MEANING_WHOLE)
					break;
				ck_assert_int_eq(end, MEANING_TOO_MUCH);
			}
			ck_assert_uint_gt(budget, 0);
			if (budget < 3000)
				ck_assert_uint_eq(world.exact.list.count, leaves);
		}
		meaning_free(world.meaning);
		made_done(&world.made);
	}
}
END_TEST

Suite *suite_meaning_random(void)
{
	Suite *suite = suite_create("meaning_random");
	TCase *tcase = tcase_create("random");

	tcase_set_timeout(tcase, getenv("RULESETS") ? 3600 : 60);
	tcase_add_test(tcase, box_bound_and_packet_agree);
	tcase_add_test(tcase, a_budget_ends_it_and_says_so);
	suite_add_tcase(suite, tcase);
	return suite;
}
