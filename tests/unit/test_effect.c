/* What an expression can do: by kind, by name, by what its table's sets say; and an upper bound
 * of the registers it writes. */
#include <string.h>

#include "rule/effect.h"
#include "rule/field.h"
#include "unit/suites.h"

static struct ruleset *ruleset;
static struct table *table;

static void setup(void)
{
	ruleset = ruleset_new();
	table = ruleset_add_table(ruleset, TABLE_INET, "t", (struct src){ 0 });
}

static void teardown(void)
{
	ruleset_free(ruleset);
}

static void is(const struct expr *expr, uint32_t bits, unsigned slot, unsigned slots)
{
	struct effect effect = expr_effect(table, expr);

	ck_assert_msg(effect.bits == bits, "%s: %x", fields_expr[expr->kind].what, effect.bits);
	ck_assert_msg(effect.slot == slot && effect.slots == slots, "%s: %u+%u",
		      fields_expr[expr->kind].what, effect.slot, effect.slots);
}

START_TEST(test_registers)
{
	is(&(struct expr){ .kind = EXPR_META, .meta = { META_OIFNAME, 8, false } }, EFFECT_BREAK, 8,
	   4);
	is(&(struct expr){ .kind = EXPR_CT, .ct = { .key = CT_MARK, .slot = 3 } }, EFFECT_BREAK, 3,
	   1);
	is(&(struct expr){ .kind = EXPR_PAYLOAD, .payload = { .slot = 1, .bytes = 6 } },
	   EFFECT_BREAK, 1, 2);
	is(&(struct expr){ .kind = EXPR_PAYLOAD, .payload = { .slot = 14, .bytes = 16 } },
	   EFFECT_BREAK, 14, 2); /* no further than there are registers */
	is(&(struct expr){ .kind = EXPR_FIB, .fib = { FIB_OIFNAME, 4, FIB_SADDR } },
	   EFFECT_BREAK | EFFECT_DROP, 4, 4);
	is(&(struct expr){ .kind = EXPR_FIB, .fib = { FIB_OIFNAME, 4, FIB_PRESENT } },
	   EFFECT_BREAK | EFFECT_DROP, 4, 1);
	is(&(struct expr){ .kind = EXPR_NUMGEN, .numgen.slot = 5 }, 0, 5, 1);
	is(&(struct expr){ .kind = EXPR_BITWISE, .bitwise = { .into = 2, .bytes = 16 } }, 0, 2, 4);
}
END_TEST

START_TEST(test_changes)
{
	is(&(struct expr){ .kind = EXPR_META, .meta = { META_MARK, 0, true } }, EFFECT_MARK, 0, 0);
	is(&(struct expr){ .kind = EXPR_META, .meta = { META_PKTTYPE, 0, true } }, EFFECT_TYPE, 0,
	   0);
	is(&(struct expr){ .kind = EXPR_META, .meta = { META_TRACE, 0, true } }, EFFECT_META, 0, 0);
	is(&(struct expr){ .kind = EXPR_CT, .ct = { .key = CT_MARK, .set = true } }, EFFECT_CT, 0,
	   0);
	is(&(struct expr){ .kind = EXPR_EXTHDR, .exthdr.op = EXTHDR_STRIP },
	   EFFECT_BREAK | EFFECT_DROP | EFFECT_PACKET, 0, 0);
	is(&(struct expr){ .kind = EXPR_NAT }, EFFECT_ACCEPT | EFFECT_DROP | EFFECT_PACKET, 0, 0);
	is(&(struct expr){ .kind = EXPR_REJECT }, EFFECT_DROP, 0, 0);
	is(&(struct expr){ .kind = EXPR_COUNTER }, 0, 0, 0);
}
END_TEST

static const struct expr limit = { .kind = EXPR_LIMIT };

/* A set whose elements carry a limit may break the rule of a packet that it holds; a map says how
 * long its data is and what its objects do. */
START_TEST(test_sets)
{
	struct set *set = table_add_set(ruleset, table, "s", (struct src){ 0 });
	struct expr lookup = { .kind = EXPR_LOOKUP, .lookup = { 0, SLOT_NONE, false, "s" } };
	struct expr objref = { .kind = EXPR_OBJREF, .objref = { .set = "s" } };

	is(&lookup, EFFECT_BREAK, 0, 0);
	set->is_map = true;
	set->data = DATUM_IPV6;
	set->data_bytes = 16;
	lookup.lookup.into = 4;
	is(&lookup, EFFECT_BREAK, 4, 4);
	lookup.lookup.set = "elsewhere";
	is(&lookup, EFFECT_BREAK, 4, 12);
	set->data = DATUM_OBJECT;
	set->object = OBJECT_COUNTER;
	is(&objref, EFFECT_BREAK, 0, 0);
	set->object = OBJECT_CT_HELPER;
	ck_assert(expr_effect(table, &objref).bits & EFFECT_CT);
	objref.objref.set = "elsewhere";
	ck_assert(expr_effect(table, &objref).bits & EFFECT_ANY);
	is(&(struct expr){ .kind = EXPR_DYNSET, .dynset.exprs = { &limit, 1 } },
	   EFFECT_BREAK | EFFECT_SET, 0, 0);
}
END_TEST

START_TEST(test_unknown)
{
	struct expr expr = { .kind = EXPR_UNKNOWN, .unknown = { .name = "xfrm", .into = 4 } };

	is(&expr, EFFECT_BREAK, 4, 12);
	expr.unknown.into = SLOT_NONE;
	is(&expr, EFFECT_BREAK, 0, 16);
	expr.unknown.name = "match";
	is(&expr, EFFECT_BREAK | EFFECT_DROP, 0, 0);
	expr.unknown.name = "synproxy";
	is(&expr, EFFECT_BREAK | EFFECT_DROP | EFFECT_DIVERT, 0, 0);
	expr.unknown.name = "what-comes-next";
	is(&expr, EFFECT_ANY, 0, 16);
}
END_TEST

Suite *suite_effect(void)
{
	Suite *suite = suite_create("effect");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_registers);
	tcase_add_test(tcase, test_changes);
	tcase_add_test(tcase, test_sets);
	tcase_add_test(tcase, test_unknown);
	suite_add_tcase(suite, tcase);
	return suite;
}
