/* The diff sees every field that a field table names, and the field tables name every one. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rule/code.h"
#include "rule/diff.h"
#include "rule/field.h"
#include "test_rule_town.h"

Suite *suite_rule_diff(void);

static const uint8_t one_byte[1] = { 7 }, other_byte[1] = { 8 };
static const struct expr one_limit = { .kind = EXPR_LIMIT, .limit.rate = 3 };
static const struct src here = { "x.conf", 5 };

/* A ruleset with one of everything; each expression kind is a rule of its own. */
static struct ruleset *sample_build(void)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "t", here);
	struct set *set = table_add_set(ruleset, table, "s", here);
	struct chain *chain = table_add_chain(ruleset, table, "c", here);
	struct element *element;

	table_add_object(ruleset, table, OBJECT_COUNTER, "o", here);
	set->is_map = true;
	set->data = DATUM_MARK;
	set->flags = SET_INTERVAL;
	set_add_key(set, DATUM_PORT, 0);
	element = set_add_element(ruleset, set, true);
	element_key(element)[1] = 1;
	element_key(element)[5] = 9;
	for (unsigned kind = 0; kind < EXPR_KINDS; kind++) {
		struct expr *expr = arena_make(ruleset->arena, struct expr);
		struct rule *rule = vec_add(ruleset->arena, &chain->rules);

		expr->kind = (uint8_t)kind;
		*rule = (struct rule){ .exprs = expr, .count = 1, .src = here };
	}
	return ruleset;
}

/* The field, changed to something else that is allowed there. */
static void mutate(const struct field *field, void *object)
{
	void *at = (char *)object + field->offset;
	struct element *element = object;

	switch ((enum field_type)field->type) {
	case FIELD_BOOL:
		*(bool *)at = !*(bool *)at;
		break;
	case FIELD_WORD:
	case FIELD_SLOT:
	case FIELD_U8:
		*(uint8_t *)at = (uint8_t)(*(uint8_t *)at + 1);
		break;
	case FIELD_U32:
	case FIELD_S32:
	case FIELD_BITS:
		*(uint32_t *)at ^= 2;
		break;
	case FIELD_U64:
		*(uint64_t *)at += 1;
		break;
	case FIELD_TEXT:
		*(const char **)at = *(const char **)at ? "another" : "some";
		break;
	case FIELD_VALUE:
		*(struct value *)at = (struct value){ one_byte, 1 };
		break;
	case FIELD_KEY:
		((struct key *)at)->datums[0] = DATUM_MARK;
		break;
	case FIELD_EXPRS:
		*(struct exprs *)at = (struct exprs){ &one_limit, 1 };
		break;
	case FIELD_ELEMENT_KEY:
	case FIELD_ELEMENT_END:
		element_key(element)[field->type == FIELD_ELEMENT_KEY ? 0 : 4] ^= 1;
		break;
	case FIELD_ELEMENT_DATA:
		element->mark++;
		break;
	}
}

static size_t differences(const struct ruleset *was, const struct ruleset *is, const char *field)
{
	struct diff diff;
	bool named = false;
	size_t count;

	ruleset_diff(was, is, 0, &diff);
	count = diff.count;
	vec_each(item, &diff.items)
		named |= item->op == DIFF_CHANGE && strcmp(item->field, field) == 0;
	if (count == 1)
		ck_assert_msg(named, "the difference is not of %s", field);
	diff_done(&diff);
	return count;
}

/* What of the sample the fields describe. */
static void *object_of(struct ruleset *ruleset, const struct fields *fields)
{
	struct table *table = ruleset->tables.items[0];

	if (fields == &fields_table)
		return table;
	if (fields == &fields_chain)
		return table->chains.items[0];
	if (fields == &fields_rule)
		return &table->chains.items[0]->rules.items[0];
	if (fields == &fields_set)
		return table->sets.items[0];
	if (fields == &fields_element)
		return &table->sets.items[0]->elements.items[0];
	if (fields == &fields_object)
		return table->objects.items[0];
	return (void *)(uintptr_t)table->chains.items[0]
		->rules.items[fields - fields_expr]
		.exprs;
}

static void fields_check(const struct fields *fields)
{
	ck_assert_ptr_nonnull(fields->what);
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];
		struct ruleset *was = sample_build(), *is = sample_build();
		size_t count;

		ck_assert_uint_eq(differences(was, is, ""), 0);
		mutate(field, object_of(is, fields));
		count = differences(was, is, field->name);
		if (field->is_state)
			ck_assert_msg(count == 0, "%s %s", fields->what, field->name);
		else if (field->is_key && fields != &fields_object)
			ck_assert_msg(count >= 2, "%s %s: %zu", fields->what, field->name, count);
		else if (!field->is_key && fields != &fields_set) /* its elements differ with it */
			ck_assert_msg(count == 1, "%s %s: %zu", fields->what, field->name, count);
		else
			ck_assert_msg(count >= 1, "%s %s: %zu", fields->what, field->name, count);
		ruleset_free(was);
		ruleset_free(is);
	}
}

START_TEST(test_every_field)
{
	static const struct fields *const all[] = { &fields_table, &fields_chain,   &fields_rule,
						    &fields_set,   &fields_element, &fields_object };

	for (size_t i = 0; i < array_count(all); i++)
		fields_check(all[i]);
	for (size_t i = 0; i < EXPR_KINDS; i++)
		fields_check(&fields_expr[i]);
}
END_TEST

static size_t field_bytes(const struct field *field)
{
	switch ((enum field_type)field->type) {
	case FIELD_BOOL:
	case FIELD_WORD:
	case FIELD_SLOT:
	case FIELD_U8:
		return 1;
	case FIELD_U32:
	case FIELD_S32:
	case FIELD_BITS:
		return 4;
	case FIELD_U64:
	case FIELD_TEXT:
		return 8;
	case FIELD_VALUE:
		return sizeof(struct value);
	case FIELD_EXPRS:
		return sizeof(struct exprs);
	case FIELD_KEY:
		return sizeof(struct key);
	case FIELD_ELEMENT_KEY:
	case FIELD_ELEMENT_END:
		return 8;
	case FIELD_ELEMENT_DATA:
		return sizeof(struct verdict);
	}
	return 0;
}

static size_t field_align(const struct field *field)
{
	return size_min(field_bytes(field), field->type == FIELD_KEY ? 1 : 8);
}

static size_t aligned(size_t at, size_t align)
{
	return (at + align - 1) / align * align;
}

/* The fields, by their places, lie without a gap but for alignment, from the first to the end:
 * what is added to a struct and to no table leaves a gap (unless alignment hides it). */
static void check_no_gap(const struct fields *fields, size_t start, size_t end)
{
	size_t at = start;

	for (size_t seen = 0; seen < fields->count; seen++) {
		const struct field *next = NULL;

		for (size_t i = 0; i < fields->count; i++)
			if (fields->items[i].offset >= at &&
			    (!next || fields->items[i].offset < next->offset))
				next = &fields->items[i];
		ck_assert_msg(next && next->offset == aligned(at, field_align(next)),
			      "a gap in %s before %s", fields->what, next ? next->name : "its end");
		at = next->offset + field_bytes(next);
	}
	ck_assert_msg(aligned(at, 8) >= end, "%s has more than its fields", fields->what);
}

START_TEST(test_no_field_is_left_out)
{
#define whole(of, member)                                                                          \
	check_no_gap(&fields_expr[of], offsetof(struct expr, member),                              \
		     offsetof(struct expr, member) + sizeof(((struct expr *)NULL)->member))
	whole(EXPR_META, meta);
	whole(EXPR_CT, ct);
	whole(EXPR_PAYLOAD, payload);
	whole(EXPR_CMP, cmp);
	whole(EXPR_BITWISE, bitwise);
	whole(EXPR_BYTEORDER, byteorder);
	whole(EXPR_RANGE, range);
	whole(EXPR_LOOKUP, lookup);
	whole(EXPR_IMMEDIATE, immediate);
	whole(EXPR_VERDICT, verdict);
	whole(EXPR_COUNTER, counter);
	whole(EXPR_OBJREF, objref);
	whole(EXPR_LOG, log);
	whole(EXPR_LIMIT, limit);
	whole(EXPR_REJECT, reject);
	whole(EXPR_FIB, fib);
	whole(EXPR_EXTHDR, exthdr);
	whole(EXPR_QUOTA, quota);
	whole(EXPR_NUMGEN, numgen);
	whole(EXPR_HASH, hash);
	whole(EXPR_SOCKET, socket);
	whole(EXPR_RT, rt);
	whole(EXPR_DYNSET, dynset);
	whole(EXPR_NAT, nat);
	whole(EXPR_QUEUE, queue);
	whole(EXPR_CARRY, carry);
	whole(EXPR_CONNLIMIT, connlimit);
	whole(EXPR_LAST, last);
	whole(EXPR_UNKNOWN, unknown);
#undef whole
	check_no_gap(&fields_table, 0, offsetof(struct table, chains));
	check_no_gap(&fields_chain, 0, offsetof(struct chain, rules));
	check_no_gap(&fields_set, 0, offsetof(struct set, key_bytes));
	check_no_gap(&fields_element, 0, offsetof(struct element, src));
	check_no_gap(&fields_object, 0, offsetof(struct object, src));
}
END_TEST

START_TEST(test_rule_put_between)
{
	struct ruleset *was = sample_build(), *is = sample_build();
	struct chain *chain = is->tables.items[0]->chains.items[0];
	struct rule *rules = chain->rules.items;
	struct expr *expr = arena_make(is->arena, struct expr);
	struct diff diff;

	expr->kind = EXPR_COUNTER;
	vec_add(is->arena, &chain->rules);
	rules = chain->rules.items;
	memmove(rules + 4, rules + 3, (chain->rules.count - 4) * sizeof(*rules));
	rules[3] = (struct rule){ .exprs = expr, .count = 1, .comment = "new", .src = here };
	ruleset_diff(was, is, 0, &diff);
	ck_assert_uint_eq(diff.count, 1);
	ck_assert_int_eq(diff.items.items[0].op, DIFF_ADD);
	ck_assert_int_eq(diff.items.items[0].kind, DIFF_RULE);
	ck_assert_uint_eq(diff.items.items[0].at_is, 3);
	ck_assert_uint_eq(diff.items.items[0].src_is.line, 5);
	diff_done(&diff);
	ruleset_free(was);
	ruleset_free(is);
}
END_TEST

START_TEST(test_verdict_data)
{
	struct ruleset *was = sample_build(), *is = sample_build();

	for (int i = 0; i < 2; i++) {
		struct set *set = (i ? is : was)->tables.items[0]->sets.items[0];

		set->data = DATUM_VERDICT;
		set->elements.items[0].verdict =
			(struct verdict){ i ? "a" : "b", VERDICT_GOTO };
	}
	ck_assert_uint_eq(differences(was, is, "data"), 1);
	is->tables.items[0]->sets.items[0]->elements.items[0].verdict.chain = "b";
	ck_assert_uint_eq(differences(was, is, "data"), 0);
	for (int i = 0; i < 2; i++) {
		struct set *set = (i ? is : was)->tables.items[0]->sets.items[0];

		set->data = DATUM_PROTO;
		set->data_bytes = 1;
		set->elements.items[0].bytes = i ? one_byte : other_byte;
	}
	ck_assert_uint_eq(differences(was, is, "data"), 1);
	ruleset_free(was);
	ruleset_free(is);
}
END_TEST

/* One port of one flow of the town: one element goes, one comes, and nothing else. */
START_TEST(test_town_one_flow)
{
	struct town town, later;
	struct ruleset *was, *is;
	struct buf text = { 0 };
	struct diff diff;

	town_build(&town);
	was = town_compile(&town, NULL);
	town_build(&later);
	later.policy->flows.items[0].ports.items[0] = (struct port_range){ 23, 23 };
	permits_done(&later.permits);
	ck_assert(permits_init(&later.permits, later.policy, &later.errs));
	is = town_compile(&later, NULL);
	ruleset_diff(was, is, 0, &diff);
	ck_assert_uint_eq(diff.count, 2);
	diff_item_print(&text, &diff.items.items[0]);
	ck_assert_str_eq(buf_text(&text), "- inet sekisho map flow4_mn-srv_relay element "
					  "00:00:5e:00:53:11 . 10.10.1.11 . 10.10.9.4 . tcp . 22");
	ck_assert_int_eq(diff.items.items[1].op, DIFF_ADD);
	ck_assert_uint_eq(diff.items.items[1].src_is.line,
			  later.policy->flows.items[0].node.at.line);
	diff_done(&diff);
	ruleset_diff(was, is, 1, &diff);
	ck_assert_uint_eq(diff.count, 2);
	ck_assert_uint_eq(diff.items.count, 1);
	diff_done(&diff);
	buf_done(&text);
	ruleset_free(was);
	ruleset_free(is);
	town_done(&town);
	town_done(&later);
}
END_TEST

/* One element with a time to live, as of a moment. */
static struct ruleset *timed_build(int64_t at_ms, uint64_t timeout_ms, uint64_t expires_ms)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "t", here);
	struct set *set = table_add_set(ruleset, table, "s", here);
	struct element *element;

	ruleset->at_ms = at_ms;
	set->flags = SET_TIMEOUT;
	set_add_key(set, DATUM_PORT, 0);
	element = set_add_element(ruleset, set, false);
	element->timeout_ms = timeout_ms;
	element->expires_ms = expires_ms;
	return ruleset;
}

static size_t timed_count(const struct ruleset *was, int64_t at_ms, uint64_t timeout_ms,
			  uint64_t expires_ms)
{
	struct ruleset *is = timed_build(at_ms, timeout_ms, expires_ms);
	struct diff diff;
	size_t count;

	ruleset_diff(was, is, 0, &diff);
	count = diff.count;
	diff_done(&diff);
	ruleset_free(is);
	return count;
}

/* Somebody who begins an element anew moves its end; time that passes does not. */
START_TEST(test_deadlines)
{
	const int64_t now = 1000000000, hour = 3600000;
	struct ruleset *was = timed_build(now, (uint64_t)hour, 0);
	struct ruleset *unknown = timed_build(0, (uint64_t)hour, 0);

	ck_assert_uint_eq(timed_count(was, now, (uint64_t)hour, 0), 0);
	ck_assert_uint_eq(timed_count(was, now + 60000, (uint64_t)hour, (uint64_t)hour - 60000), 0);
	ck_assert_uint_eq(timed_count(was, now + DEADLINE_SLACK_MS, (uint64_t)hour, 0), 0);
	ck_assert_uint_eq(timed_count(was, now + DEADLINE_SLACK_MS + 1, (uint64_t)hour, 0), 1);
	ck_assert_uint_eq(timed_count(was, now - DEADLINE_SLACK_MS, (uint64_t)hour, 0), 0);
	ck_assert_uint_eq(timed_count(was, now - DEADLINE_SLACK_MS - 1, (uint64_t)hour, 0), 1);
	ck_assert_uint_eq(timed_count(was, now, (uint64_t)hour, (uint64_t)hour / 2), 1);
	ck_assert_uint_ge(timed_count(was, now, 2 * (uint64_t)hour, (uint64_t)hour), 1);
	ck_assert_uint_eq(timed_count(was, 0, (uint64_t)hour, 5), 0); /* of no known moment */
	ck_assert_uint_eq(timed_count(unknown, now, (uint64_t)hour, 5), 0);
	ruleset_free(was);
	ruleset_free(unknown);
}
END_TEST

Suite *suite_rule_diff(void)
{
	Suite *suite = suite_create("rule/diff");
	TCase *tests = tcase_create("fields");

	tcase_add_test(tests, test_every_field);
	tcase_add_test(tests, test_no_field_is_left_out);
	tcase_add_test(tests, test_rule_put_between);
	tcase_add_test(tests, test_verdict_data);
	tcase_add_test(tests, test_town_one_flow);
	tcase_add_test(tests, test_deadlines);
	suite_add_tcase(suite, tests);
	return suite;
}
