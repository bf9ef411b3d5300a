/* A dump holds everything that a field table names, is read back to the same, and is refused when
 * it is torn, of another hand, or of no kernel's making. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rule/code.h"
#include "rule/diff.h"
#include "rule/dump.h"
#include "rule/field.h"
#include "test_rule_town.h"

Suite *suite_rule_dump(void);

static const struct src here = { "x.conf", 5 };
static const struct dump_head head = { .kernel = "6.18.5", .gateway = "gw-1", .generation = 42 };
static const uint8_t bytes[4] = { 1, 2, 3, 4 }, others[2] = { 9, 8 };

static void rule_add(struct ruleset *ruleset, struct chain *chain, struct expr expr)
{
	struct expr *kept = arena_make(ruleset->arena, struct expr);
	struct rule *rule = vec_add(ruleset->arena, &chain->rules);

	*kept = expr;
	*rule = (struct rule){ .exprs = kept, .count = 1, .src = here };
}

/* One of everything; each kind of expression is a rule of its own, in order. */
static struct ruleset *sample_build(void)
{
	const struct value value = { bytes, sizeof(bytes) };
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "t", here);
	struct set *set = table_add_set(ruleset, table, "s", here);
	struct set *asked = table_add_set(ruleset, table, "l", here);
	struct set *other = table_add_set(ruleset, table, "m", here);
	struct chain *chain = table_add_chain(ruleset, table, "c", here);
	struct element *element;

	ruleset->at_ms = 1797210000000;
	ruleset_add_note(ruleset, here, "read me");
	table_add_object(ruleset, table, OBJECT_COUNTER, "o", here);
	set->is_map = asked->is_map = other->is_map = true;
	set->data = asked->data = other->data = DATUM_MARK;
	set->flags = SET_INTERVAL;
	set_add_key(set, DATUM_PORT, 0);
	set_add_key(asked, DATUM_PORT, 0);
	set_add_key(other, DATUM_PORT, 0);
	element = set_add_element(ruleset, set, true);
	element_key(element)[1] = 1;
	element_key(element)[5] = 9;
	for (unsigned kind = 0; kind < EXPR_KINDS; kind++)
		rule_add(ruleset, chain, (struct expr){ .kind = (uint8_t)kind });
#define EXPR_OF(number) ((struct expr *)(uintptr_t)chain->rules.items[number].exprs)
	EXPR_OF(EXPR_CMP)->cmp.value = value;
	EXPR_OF(EXPR_RANGE)->range.first = EXPR_OF(EXPR_RANGE)->range.last = value;
	EXPR_OF(EXPR_IMMEDIATE)->immediate.value = value;
	EXPR_OF(EXPR_LOOKUP)->lookup.set = "l";
	EXPR_OF(EXPR_OBJREF)->objref.name = "o";
	EXPR_OF(EXPR_UNKNOWN)->unknown.name = "numgen";
#undef EXPR_OF
	return ruleset;
}

/* What elements may carry, one within quotes of its own. */
static const struct expr two_exprs[] = {
	{ .kind = EXPR_LIMIT, .limit = { .burst = 5, .rate = 7, .per_sec = 1 } },
	{ .kind = EXPR_OBJREF, .objref = { .type = OBJECT_COUNTER, .name = "a \"b\" \\ c" } },
};

static void mutate(const struct field *field, void *object)
{
	void *at = (char *)object + field->offset;
	struct element *element = object;
	const char *text;

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
		text = *(const char **)at;
		*(const char **)at = text && strcmp(text, "l") == 0 ? "m" : "another";
		break;
	case FIELD_VALUE:
		*(struct value *)at = (struct value){ others, sizeof(others) };
		break;
	case FIELD_KEY:
		((struct key *)at)->datums[0] = DATUM_MARK;
		break;
	case FIELD_EXPRS:
		*(struct exprs *)at = (struct exprs){ two_exprs, array_count(two_exprs) };
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

static struct ruleset *text_read(const char *text, size_t count, struct errs *errs)
{
	struct dump_head ret_head;
	char *copy = malloc(count + 1); /* of its own length: a byte too far is seen */
	struct ruleset *ruleset;

	memcpy(copy, text, count);
	errs_init(errs);
	ruleset = dump_read("x.dump", copy, count, &ret_head, errs);
	ck_assert_int_eq(!ruleset, errs_errors(errs) == 1);
	free(copy);
	return ruleset;
}

static struct ruleset *good_read(const struct buf *text)
{
	struct buf again = { 0 };
	struct dump_head ret_head;
	struct ruleset *ruleset;
	struct errs errs;

	errs_init(&errs);
	ruleset = dump_read("x.dump", text->text, text->count, &ret_head, &errs);
	ck_assert_msg(ruleset != NULL, "%u: %s\n%s", ruleset ? 0 : errs.list.items[0].at.line,
		      ruleset ? "" : errs.list.items[0].message, text->text);
	dump_write(&again, ruleset, &ret_head);
	ck_assert_str_eq(again.text, text->text);
	ck_assert_uint_eq(again.count, text->count);
	buf_done(&again);
	errs_done(&errs);
	return ruleset;
}

static void fields_check(const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];
		struct ruleset *was = sample_build(), *is = sample_build(), *read;
		struct buf before = { 0 }, after = { 0 };

		mutate(field, object_of(is, fields));
		dump_write(&before, was, &head);
		dump_write(&after, is, &head);
		ck_assert_msg(strcmp(before.text, after.text) != 0, "%s %s is not written",
			      fields->what, field->name);
		ruleset_free(good_read(&before));
		read = good_read(&after);
		ck_assert_msg(field_is_same(field, object_of(is, fields), is->tables.items[0]->sets.items[0],
					    object_of(read, fields),
					    read->tables.items[0]->sets.items[0]),
			      "%s %s is not read", fields->what, field->name);
		ruleset_free(read);
		ruleset_free(was);
		ruleset_free(is);
		buf_done(&before);
		buf_done(&after);
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

START_TEST(test_head)
{
	struct ruleset *ruleset = ruleset_new(), *read;
	struct dump_head got;
	struct buf text = { 0 };
	struct errs errs;

	errs_init(&errs);
	ruleset->at_ms = 1797210000123;
	dump_write(&text, ruleset, &head);
	ck_assert_str_eq(text.text, "sekisho-dump 1\nhead kernel=\"6.18.5\" generation=42 "
				    "at_ms=1797210000123 gateway=\"gw-1\"\nend\n");
	read = dump_read("x", text.text, text.count, &got, &errs);
	ck_assert_ptr_nonnull(read);
	ck_assert_int_eq(read->at_ms, 1797210000123);
	ck_assert_str_eq(got.kernel, "6.18.5");
	ck_assert_str_eq(got.gateway, "gw-1");
	ck_assert_uint_eq(got.generation, 42);
	ruleset_free(read);
	ruleset_free(ruleset);
	errs_done(&errs);
	buf_done(&text);
}
END_TEST

/* What the compiler makes, and what a kernel adds to it. */
START_TEST(test_town)
{
	struct town town;
	struct ruleset *ruleset, *read;
	struct buf text = { 0 };
	struct diff diff;
	uint64_t handle = 1;

	town_build(&town);
	ruleset = town_compile(&town, NULL);
	vec_each(table, &ruleset->tables)
		vec_each(chain, &(*table)->chains)
			vec_each(rule, &(*chain)->rules)
				rule->handle = handle++;
	dump_write(&text, ruleset, &head);
	read = good_read(&text);
	ruleset_diff(ruleset, read, 0, &diff);
	ck_assert_uint_eq(diff.count, 0);
	diff_done(&diff);
	ck_assert_str_eq(read->tables.items[0]->src.file, "x.dump");
	ck_assert_uint_ge(read->tables.items[0]->src.line, 3);
	ruleset_free(read);
	ruleset_free(ruleset);
	buf_done(&text);
	town_done(&town);
}
END_TEST

/* Names and comments of others are any bytes. */
START_TEST(test_texts)
{
	static const struct {
		const char *text, *written;
	} cases[] = {
		{ "", "\"\"" },
		{ "a b=c", "\"a b=c\"" },
		{ "say \"no\" \\ x", "\"say \\\"no\\\" \\\\ x\"" },
		{ "line\nend\ttab\x7f", "\"line\\x0aend\\x09tab\\x7f\"" },
		{ "関所", "\"関所\"" },
		{ "\xe9\x96", "\"\\xe9\\x96\"" },			     /* torn */
		{ "\xe2\x80\xae" "evil", "\"\\xe2\\x80\\xaeevil\"" }, /* right to left */
		{ "\" key_end=\"", "\"\\\" key_end=\\\"\"" },
	};

	for (size_t i = 0; i < array_count(cases); i++) {
		struct ruleset *ruleset = sample_build(), *read;
		struct element *element =
			&ruleset->tables.items[0]->sets.items[0]->elements.items[0];
		struct buf text = { 0 };

		element->comment = cases[i].text;
		ruleset->tables.items[0]->comment = cases[i].text;
		dump_write(&text, ruleset, &head);
		ck_assert_msg(strstr(text.text, cases[i].written) != NULL, "%s in\n%s",
			      cases[i].written, text.text);
		read = good_read(&text);
		ck_assert_str_eq(read->tables.items[0]->comment, cases[i].text);
		ck_assert_str_eq(read->tables.items[0]->sets.items[0]->elements.items[0].comment,
				 cases[i].text);
		ruleset_free(read);
		ruleset_free(ruleset);
		buf_done(&text);
	}
}
END_TEST

/* The sample's text with one piece of it changed for another. */
static void replaced(const char *was, const char *is, struct buf *ret_text)
{
	struct ruleset *ruleset = sample_build();
	struct buf text = { 0 };
	char *at;

	dump_write(&text, ruleset, &head);
	at = strstr(text.text, was);
	ck_assert_msg(at != NULL, "no %s in\n%s", was, text.text);
	buf_add(ret_text, text.text, (size_t)(at - text.text));
	buf_add_text(ret_text, is);
	buf_add_text(ret_text, at + strlen(was));
	buf_done(&text);
	ruleset_free(ruleset);
}

START_TEST(test_refused)
{
	static const struct {
		const char *was, *is, *message;
		unsigned line;
	} cases[] = {
		{ "sekisho-dump 1", "sekisho-dump 2", "this is no dump", 1 },
		{ "generation=42", "generation=042", "a dump would say this differently", 2 },
		{ "generation=42", "generation=4294967296", "this value cannot be read", 2 },
		{ "generation=42 ", "generation=42  ", "this is not known here", 2 },
		{ "at_ms=1797210000000", "at_ms=18446744073709551615", "no such time", 2 },
		{ "table family=inet name=", "table name=", "differently", 4 },
		{ "table family=inet", "table family=decnet", "cannot be read", 4 },
		{ "table family=inet name=\"t\"", "table family=inet", "name is missing", 4 },
		{ "table family=inet name=\"t\"\n", "", "a table must come before", 4 },
		{ "object name=\"o\" type=counter\n",
		  "object name=\"o\" type=counter\nelement key=00\n", "a set must come before", 6 },
		{ "chain name=\"c\"", "rule\nchain name=\"c\"", "a chain must come before", 10 },
		{ "chain name=\"c\" type=filter hook=prerouting policy=accept\n",
		  "chain name=\"c\" type=filter hook=prerouting policy=accept\ncounter\n",
		  "a rule must come before", 11 },
		{ "policy=accept", "policy=queue", "accept or drop", 10 },
		{ "set name=\"m\"", "set name=\"s\"", "two of the name", 9 },
		{ "key=inet_service:2", "key=inet_service:65", "cannot be read", 6 },
		{ "key=inet_service:2", "key=ports:2", "cannot be read", 6 },
		{ "flags=interval", "flags=interval,constant", "differently", 6 },
		{ "flags=interval", "flags=always", "cannot be read", 6 },
		{ "key=00010000 ", "key=000100 ", "cannot be read", 7 },
		{ "key=00010000 ", "key=000100gg ", "cannot be read", 7 },
		{ "data=00000000", "data=0000", "cannot be read", 7 },
		{ " data=00000000", "", "differently", 7 },
		{ "meta key=nfproto slot=0", "meta key=nfproto slot=16", "no kernel", 12 },
		{ "meta key=nfproto slot=0", "meta key=iifname slot=13", "no kernel", 12 },
		{ "slot=0 op=== value=01020304", "slot=15 op=== value=0102030405", "no kernel", 18 },
		{ "slot=0 op=== value=01020304", "slot=0 op===", "no kernel", 18 },
		{ "byteorder op=ntoh slot=0 into=0", "byteorder op=ntoh slot=0 into=0 bytes=4294967280",
		  "no kernel", 22 },
		{ "lookup set=\"l\"", "lookup set=\"gone\"", "no set", 26 },
		{ "lookup set=\"l\" slot=0 into=0", "lookup set=\"l\" slot=0 into=254", "no kernel", 26 },
		{ "verdict code=none", "verdict code=jump chain=\"gone\"", "no chain", 30 },
		{ "unknown name=\"numgen\"", "unknown", "name is missing", 70 },
		{ "end tables=1", "bang tables=1", "no line of a dump begins", 71 },
		{ "end tables=1", "end tables=2", "counts of the last line", 71 },
		{ "notes=1\n", "notes=1\n\n", "something follows", 72 },
		{ "notes=1\n", "notes=1", "too early", 71 },
	};

	for (size_t i = 0; i < array_count(cases); i++) {
		struct buf text = { 0 };
		struct errs errs;

		replaced(cases[i].was, cases[i].is, &text);
		ck_assert_ptr_null(text_read(text.text, text.count, &errs));
		ck_assert_msg(strstr(errs.list.items[0].message, cases[i].message) &&
				      errs.list.items[0].at.line == cases[i].line,
			      "%s: %u: %s", cases[i].is, errs.list.items[0].at.line,
			      errs.list.items[0].message);
		ck_assert_str_eq(errs.list.items[0].at.file, "x.dump");
		ck_assert(errs.unreadable);
		errs_done(&errs);
		buf_done(&text);
	}
}
END_TEST

/* Half a file is no dump, wherever it ends; and of a changed byte nothing is passed over. */
START_TEST(test_torn)
{
	struct ruleset *ruleset = sample_build(), *read;
	struct buf text = { 0 }, again = { 0 };
	struct errs errs;

	dump_write(&text, ruleset, &head);
	for (size_t count = 0; count < text.count; count++) {
		ck_assert_ptr_null(text_read(text.text, count, &errs));
		errs_done(&errs);
	}
	for (size_t at = 0; at < text.count; at++) {
		struct dump_head got;

		text.text[at] ^= 1;
		errs_init(&errs);
		read = dump_read("x", text.text, text.count, &got, &errs);
		if (read) {
			buf_clear(&again);
			dump_write(&again, read, &got);
			ck_assert_str_eq(again.text, text.text);
		}
		text.text[at] ^= 1;
		ruleset_free(read);
		errs_done(&errs);
	}
	buf_done(&again);
	buf_done(&text);
	ruleset_free(ruleset);
}
END_TEST

static void circle_check(const char *rule_of_b, bool good)
{
	struct buf text = { 0 };
	struct errs errs;
	struct ruleset *read;

	buf_printf(&text,
		   "sekisho-dump 1\nhead\ntable family=inet name=\"t\"\n"
		   "chain name=\"a\" is_base=true type=filter hook=input policy=drop\n"
		   "rule\nverdict code=jump chain=\"b\"\n"
		   "chain name=\"b\" type=filter hook=prerouting policy=accept\n"
		   "rule\nverdict code=%s\nend tables=1 chains=2 rules=2 exprs=2\n", rule_of_b);
	read = text_read(text.text, text.count, &errs);
	ck_assert_msg(!read == !good, "%s: %s", rule_of_b,
		      read ? "" : errs.list.items[0].message);
	if (!read)
		ck_assert_ptr_nonnull(strstr(errs.list.items[0].message, "in a circle"));
	ruleset_free(read);
	errs_done(&errs);
	buf_done(&text);
}

START_TEST(test_circles)
{
	circle_check("accept", true);
	circle_check("goto chain=\"b\"", false);
	circle_check("jump chain=\"b\"", false);
	circle_check("jump chain=\"a\"", false);
}
END_TEST

START_TEST(test_verdict_map)
{
	static const char text[] =
		"sekisho-dump 1\nhead\ntable family=ip name=\"t\"\n"
		"set name=\"m\" is_map=true key=inet_proto:1 data=verdict\n"
		"element key=06000000 data=goto:\"b \\\"x\\\"\" packets=7 bytes_passed=70\n"
		"element data=drop\n"
		"set name=\"o\" is_map=true key=inet_proto:1,ipv4_addr:4 data=integer\n"
		"element key=060000000a000001\n"
		"chain name=\"b \\\"x\\\"\" type=filter hook=prerouting policy=accept\n"
		"end tables=1 chains=1 sets=2 elements=3\n";
	struct errs errs;
	struct ruleset *read = text_read(text, sizeof(text) - 1, &errs);
	const struct element *element;

	ck_assert_msg(read != NULL, "%s", read ? "" : errs.list.items[0].message);
	element = read->tables.items[0]->sets.items[0]->elements.items;
	ck_assert_int_eq(element[0].verdict.code, VERDICT_GOTO);
	ck_assert_str_eq(element[0].verdict.chain, "b \"x\"");
	ck_assert_uint_eq(element[0].bytes_passed, 70);
	ck_assert_ptr_null(element[1].key);
	ck_assert_int_eq(element[1].verdict.code, VERDICT_DROP);
	ruleset_free(read);
	errs_done(&errs);
}
END_TEST

Suite *suite_rule_dump(void)
{
	Suite *suite = suite_create("rule/dump");
	TCase *tests = tcase_create("dump");

	tcase_add_test(tests, test_every_field);
	tcase_add_test(tests, test_head);
	tcase_add_test(tests, test_town);
	tcase_add_test(tests, test_texts);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_torn);
	tcase_add_test(tests, test_circles);
	tcase_add_test(tests, test_verdict_map);
	suite_add_tcase(suite, tests);
	return suite;
}
