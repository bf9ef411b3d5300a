/* Reachability: over shared machines, zones and answers, and linear in the size of the policy. */
#include "unit/test_guide.h"

#include <string.h>

static void on_found(void *context, const struct reach_path *path)
{
	struct buf *buf = context;
	struct arena *arena = arena_new();

	buf_printf(buf, "%s%s (%s)", buf->count ? "; " : "", reach_path_text(path, arena),
		   reach_flows_text(path, arena));
	arena_free(arena);
}

#define MORE "/*MORE*/"
#define F(id, from, to)                                                                            \
	"  " id ": { class = \"intra\"; from = " from "; to = " to "; proto = \"tcp\"; ports = [99]; data = " \
	"\"both\"; purpose = \"x\"; clause = [\"G6.2-least\"]; };\n"
#define SHARED "53:26\"; role", "53:26\"; asset = \"mfp\"; role", "53:16\"; role", "53:16\"; asset = \"mfp\"; role"

static const struct {
	const char *edits[7];
	const char *from, *to;
	uint8_t ways;
	const char *found;
} cases[] = {
	{ { MORE, F("A", "\"i1\"", "\"l1\"") }, "i1", "l1", REACH_FORWARD, "i1 → l1 (A)" },
	{ { MORE, F("A", "\"i1\"", "\"l1\"") }, "l1", "i1", REACH_FORWARD, "" },
	{ { MORE, F("A", "\"i1\"", "\"l1\"") }, "l1", "i1", REACH_BOTH, "l1 → i1 (A)" },
	{ { SHARED, MORE, F("A", "\"i1\"", "\"ip\"") F("B", "\"lp\"", "\"l1\"") }, "i1", "l1",
	  REACH_FORWARD, "i1 → mfp → l1 (A, B)" },
	{ { MORE, F("A", "\"i1\"", "\"ip\"") F("B", "\"lp\"", "\"l1\"") }, "i1", "l1", REACH_FORWARD,
	  "" },
	{ { MORE, F("A", "\"in\"", "\"l1\"") }, "i2", "l1", REACH_FORWARD, "i2 → l1 (A)" },
	{ { MORE, F("A", "\"i1\"", "\"lg\"") F("B", "\"l2\"", "\"o1\"") }, "i1", "o1", REACH_FORWARD,
	  "i1 → l2 → o1 (A, B)" },
	/* two who speak to one server do not speak to each other, unless it answers on */
	{ { MORE, F("A", "[\"i1\", \"i2\"]", "\"l1\"") }, "i1", "i2", REACH_FORWARD, "" },
	{ { MORE, F("A", "[\"i1\", \"i2\"]", "\"l1\"") }, "i1", "i2", REACH_BOTH, "i1 → l1 → i2 (A, A)" },
	/* an outside server is no corridor */
	{ { MORE, F("A", "\"i1\"", "\"e-sc\"") F("B", "\"l1\"", "\"e-sc\"") }, "i1", "l1", REACH_BOTH,
	  "" },
};

START_TEST(test_path)
{
	struct verdict verdict;
	struct reach reach;
	struct reach_query query;
	struct buf buf = { 0 };

	verdict_init(&verdict, cases[_i].edits);
	reach_init(&reach, verdict.policy, verdict.errs.arena);
	query = reach_query_new(&reach);
	query.nodes[reach_host(&reach, policy_find_host(verdict.policy, cases[_i].from))] |=
		REACH_START;
	query.nodes[reach_host(&reach, policy_find_host(verdict.policy, cases[_i].to))] |= REACH_GOAL;
	vec_each(flow, &verdict.policy->flows)
		if (strlen(flow->node.id) == 1)
			query.flows[flow->index] = cases[_i].ways;
	reach_walk(&reach, &query, on_found, &buf);
	ck_assert_str_eq(buf_text(&buf), cases[_i].found);
	buf_done(&buf);
	verdict_done(&verdict);
}
END_TEST

/* A wall in the middle, and an end that may be reached but not passed. */
START_TEST(test_wall)
{
	static const struct {
		uint8_t mark;
		const char *found;
	} marks[] = { { 0, "i1 → i2 → l1 (A, B)" }, { REACH_WALL, "" }, { REACH_END, "" } };

	for (size_t i = 0; i < array_count(marks); i++) {
		struct verdict verdict;
		struct reach reach;
		struct reach_query query;
		struct buf buf = { 0 };

		verdict_init(&verdict, judge_edits(MORE, F("A", "\"i1\"", "\"i2\"")
							 F("B", "\"i2\"", "\"l1\"")));
		reach_init(&reach, verdict.policy, verdict.errs.arena);
		query = reach_query_new(&reach);
		query.nodes[reach_host(&reach, policy_find_host(verdict.policy, "i1"))] = REACH_START;
		query.nodes[reach_host(&reach, policy_find_host(verdict.policy, "i2"))] = marks[i].mark;
		query.nodes[reach_host(&reach, policy_find_host(verdict.policy, "l1"))] = REACH_GOAL;
		vec_each(flow, &verdict.policy->flows)
			if (strlen(flow->node.id) == 1)
				query.flows[flow->index] = REACH_BOTH;
		reach_walk(&reach, &query, on_found, &buf);
		ck_assert_str_eq(buf_text(&buf), marks[i].found);
		buf_done(&buf);
		verdict_done(&verdict);
	}
}
END_TEST

Suite *suite_guide_reach(void)
{
	Suite *suite = suite_create("guide/reach");
	TCase *tcase = tcase_create("paths");

	tcase_add_loop_test(tcase, test_path, 0, (int)array_count(cases));
	tcase_add_test(tcase, test_wall);
	suite_add_tcase(suite, tcase);
	return suite;
}
