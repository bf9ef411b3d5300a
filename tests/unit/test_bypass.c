/* What each kind of expression in a table of others could do to packets, and that what does
 * nothing of it is not told. */
#include <string.h>

#include "rule/bypass.h"
#include "unit/suites.h"

static struct ruleset *ruleset;
static struct table *table;
static struct chain *chain;
static struct bypasses found;

static void setup(void)
{
	ruleset = ruleset_new();
	table = ruleset_add_table(ruleset, TABLE_INET, "theirs", (struct src){ 0 });
	chain = table_add_chain(ruleset, table, "c", (struct src){ 0 });
	found = (struct bypasses){ 0 };
}

static void teardown(void)
{
	if (found.arena)
		bypasses_done(&found);
	ruleset_free(ruleset);
}

static void rule_put(const struct expr *expr)
{
	*vec_add(ruleset->arena, &chain->rules) =
		(struct rule){ .exprs = expr, .count = 1, .handle = 7 };
}

static void find(void)
{
	if (found.arena)
		bypasses_done(&found);
	bypass_find(ruleset, &found);
}

static void only(enum bypass_kind kind, bool critical, const char *what)
{
	find();
	ck_assert_msg(found.list.count == 1, "%s: %zu", what, found.list.count);
	ck_assert_msg(found.list.items[0].kind == kind, "%s: %s", what,
		      bypass_word(found.list.items[0].kind));
	ck_assert_msg(found.list.items[0].critical == critical, "%s", what);
	ck_assert_str_eq(found.list.items[0].what, what);
	ck_assert_str_ne(bypass_meaning(kind), "");
}

static void expr_is(const struct expr *expr, enum bypass_kind kind, bool critical, const char *what)
{
	chain->rules.count = 0;
	rule_put(expr);
	only(kind, critical, what);
}

START_TEST(test_by_name)
{
	static const struct {
		const char *name;
		enum bypass_kind kind;
		bool critical;
	} names[] = {
		{ "nat", BYPASS_REWRITE, true },	 { "masq", BYPASS_REWRITE, true },
		{ "redir", BYPASS_REWRITE, true },	 { "fwd", BYPASS_CARRY, true },
		{ "dup", BYPASS_CARRY, true },		 { "flow_offload", BYPASS_CARRY, true },
		{ "queue", BYPASS_DIVERT, true },	 { "tproxy", BYPASS_DIVERT, true },
		{ "synproxy", BYPASS_DIVERT, true },	 { "notrack", BYPASS_UNTRACK, false },
		{ "target", BYPASS_UNKNOWN, true },	 { "exthdr", BYPASS_UNKNOWN, true },
		{ "payload", BYPASS_UNKNOWN, true },	 { "ct", BYPASS_UNKNOWN, true },
		{ "what-comes-next", BYPASS_UNKNOWN, true }, { "reject", BYPASS_REFUSE, false },
	};

	for (size_t i = 0; i < array_count(names); i++) {
		struct expr expr = { .kind = EXPR_UNKNOWN, .unknown.name = names[i].name };

		expr_is(&expr, names[i].kind, names[i].critical, names[i].name);
	}
}
END_TEST

START_TEST(test_by_expression)
{
	expr_is(&(struct expr){ .kind = EXPR_PAYLOAD, .payload.set = true }, BYPASS_REWRITE, true,
		"payload set");
	expr_is(&(struct expr){ .kind = EXPR_CT, .ct = { .key = CT_MARK, .set = true } },
		BYPASS_MARK, true, "ct set");
	expr_is(&(struct expr){ .kind = EXPR_META, .meta = { .key = META_PKTTYPE, .set = true } },
		BYPASS_REWRITE, true, "meta pkttype set");
	expr_is(&(struct expr){ .kind = EXPR_OBJREF, .objref = { OBJECT_CT_HELPER, "h" } },
		BYPASS_MARK, true, "objref");
	expr_is(&(struct expr){ .kind = EXPR_OBJREF, .objref = { .set = "not-there" } },
		BYPASS_UNKNOWN, true, "objref");
	expr_is(&(struct expr){ .kind = EXPR_OBJREF, .objref = { OBJECT_FLOWTABLE, "fast" } },
		BYPASS_CARRY, true, "flow_offload");
	expr_is(&(struct expr){ .kind = EXPR_VERDICT, .verdict.code = VERDICT_QUEUE },
		BYPASS_DIVERT, true, "queue");
	expr_is(&(struct expr){ .kind = EXPR_VERDICT, .verdict.code = VERDICT_DROP },
		BYPASS_REFUSE, false, "drop");
}
END_TEST

/* Looking at a packet, counting it, going on with it or letting it pass. */
START_TEST(test_harmless)
{
	static const char *const names[] = { "limit", "quota",	"numgen", "hash",  "connlimit",
					     "fib",   "rt",	"socket", "osf",   "match", "last",	"dynset", "xfrm",  "tunnel",
					     "inner" };
	static const struct expr exprs[] = {
		{ .kind = EXPR_META },	   { .kind = EXPR_CT },	       { .kind = EXPR_PAYLOAD },
		{ .kind = EXPR_CMP },	   { .kind = EXPR_BITWISE },   { .kind = EXPR_BYTEORDER },
		{ .kind = EXPR_RANGE },	   { .kind = EXPR_LOOKUP },    { .kind = EXPR_IMMEDIATE },
		{ .kind = EXPR_COUNTER },  { .kind = EXPR_LOG },       { .kind = EXPR_LIMIT },
		{ .kind = EXPR_META, .meta = { .key = META_MARK, .set = true } },
		{ .kind = EXPR_OBJREF, .objref = { OBJECT_COUNTER, "count" } },
		{ .kind = EXPR_VERDICT, .verdict.code = VERDICT_ACCEPT },
	};
	struct expr unknown[array_count(names)];

	for (size_t i = 0; i < array_count(names); i++) {
		unknown[i] = (struct expr){ .kind = EXPR_UNKNOWN, .unknown.name = names[i] };
		rule_put(&unknown[i]);
	}
	for (size_t i = 0; i < array_count(exprs); i++)
		rule_put(&exprs[i]);
	find();
	ck_assert_msg(found.list.count == 0, "%s", found.list.items[0].what);
}
END_TEST

START_TEST(test_chain_and_table)
{
	struct buf place = { 0 };

	chain->is_base = true;
	chain->policy = VERDICT_DROP;
	only(BYPASS_REFUSE, false, "policy drop");
	bypass_place_print(&place, &found.list.items[0]);
	ck_assert_str_eq(buf_text(&place), "inet theirs chain c: policy drop");
	buf_done(&place);
	chain->policy = VERDICT_ACCEPT;
	table_add_object(ruleset, table, OBJECT_FLOWTABLE, "fast", (struct src){ 0 });
	only(BYPASS_CARRY, true, "fast");
	chain->policy = VERDICT_DROP;
	table->flags = TABLE_DORMANT;
	only(BYPASS_CARRY, true, "fast"); /* chains sleep, flowtables do not */
}
END_TEST

Suite *suite_bypass(void)
{
	Suite *suite = suite_create("bypass");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_by_name);
	tcase_add_test(tcase, test_by_expression);
	tcase_add_test(tcase, test_harmless);
	tcase_add_test(tcase, test_chain_and_table);
	suite_add_tcase(suite, tcase);
	return suite;
}
