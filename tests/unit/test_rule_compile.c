/* What the compiler makes of a town: see each case of test_rule_town.c in the ruleset. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rule/print.h"
#include "test_rule_town.h"

Suite *suite_rule_compile(void);

static const struct table *inet_of(const struct ruleset *ruleset)
{
	const struct table *table = ruleset_find_table(ruleset, TABLE_INET, "sekisho");

	ck_assert_ptr_nonnull(table);
	return table;
}

static const struct set *set_of(const struct ruleset *ruleset, const char *name)
{
	const struct set *set = table_find_set(inet_of(ruleset), name);

	ck_assert_msg(set != NULL, "no set %s", name);
	return set;
}

static size_t count_comment(const struct set *set, const char *comment)
{
	size_t count = 0;

	vec_each(element, &set->elements)
		count += element->comment && strcmp(element->comment, comment) == 0;
	return count;
}

START_TEST(test_deterministic)
{
	struct buf texts[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		struct town town;
		struct ruleset *ruleset;

		town_build(&town);
		ruleset = town_compile(&town, NULL);
		ck_assert_ptr_nonnull(ruleset);
		ck_assert(ruleset_print_nft(ruleset, &texts[i], NULL, &town.errs));
		ck_assert(ruleset_print_json(ruleset, &texts[i], NULL));
		ruleset_free(ruleset);
		town_done(&town);
	}
	ck_assert_str_eq(texts[0].text, texts[1].text);
	buf_done(&texts[0]);
	buf_done(&texts[1]);
}
END_TEST

/* Of all ways. */
static size_t count_alive(const struct ruleset *ruleset, const char *id)
{
	size_t count = 0;

	vec_each(set, &inet_of(ruleset)->sets)
		if (strncmp((*set)->name, "alive_", 6) == 0)
			count += count_comment(*set, id);
	return count;
}

START_TEST(test_hairpin_has_one_alive)
{
	struct town town;
	struct ruleset *ruleset;

	town_build(&town);
	ruleset = town_compile(&town, NULL);
	ck_assert_uint_eq(count_alive(ruleset, "F04"), 1);
	ck_assert_uint_eq(count_alive(ruleset, "F01"), 2);
	ck_assert_uint_eq(set_of(ruleset, "flow4_mn-srv_mn-srv")->elements.count, 1);
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

START_TEST(test_peer_by_name_is_empty)
{
	struct town town;
	struct ruleset *ruleset;
	const struct set *set;

	town_build(&town);
	ruleset = town_compile(&town, NULL);
	set = set_of(ruleset, "flow4_relay_x-lgwan");
	ck_assert_uint_eq(set->elements.count, 0);
	ck_assert_uint_ge(set->size, COMPILE_NAME_ROOM);
	ck_assert_uint_eq(count_comment(set_of(ruleset, "bound4"), "e-eltax"), 0);
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

START_TEST(test_icmp_is_apart)
{
	struct town town;
	struct ruleset *ruleset;

	town_build(&town);
	ruleset = town_compile(&town, NULL);
	ck_assert_uint_eq(set_of(ruleset, "echo4_mgmt_mn-srv")->elements.count, 1);
	ck_assert_ptr_null(table_find_set(inet_of(ruleset), "flow4_mgmt_mn-srv"));
	ck_assert_uint_eq(set_of(ruleset, "wecho4_guest_guest")->elements.count, 1);
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

START_TEST(test_windows)
{
	struct town town;
	struct compile_options options = { .has_at = true };
	struct ruleset *ruleset;
	const struct set *alive;
	int offset_sec;

	town_build(&town);
	ruleset = town_compile(&town, NULL); /* no time: closed, but known */
	ck_assert_uint_eq(count_alive(ruleset, "F07"), 0);
	ck_assert_uint_eq(count_comment(set_of(ruleset, "wide4_relay_mn-srv"), "F07"), 1);
	ruleset_free(ruleset);
	ck_assert(wall_parse("2026-12-14T21:59:30+09:00", &options.at, &offset_sec));
	ruleset = town_compile(&town, &options); /* thirty seconds before it closes */
	ck_assert_uint_eq(count_alive(ruleset, "F07"), 2);
	alive = set_of(ruleset, "alive_relay_mn-srv");
	ck_assert_uint_eq(count_comment(alive, "F07"), 1);
	vec_each(element, &alive->elements)
		ck_assert_uint_eq(element->timeout_ms,
				  strcmp(element->comment, "F07") == 0 ? 30000 : 0);
	ruleset_free(ruleset);
	ck_assert(wall_parse("2026-12-14T22:00:00+09:00", &options.at, &offset_sec));
	ruleset = town_compile(&town, &options);
	ck_assert_uint_eq(count_alive(ruleset, "F07"), 0);
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

/* Visitors may have any address but the one of the printer that stands among them. */
START_TEST(test_open_zone_spares_registered)
{
	static const uint8_t printer[4] = { 10, 99, 0, 5 };
	struct town town;
	struct ruleset *ruleset;
	const struct set *set;

	town_build(&town);
	ruleset = town_compile(&town, NULL);
	set = set_of(ruleset, "boundw4");
	ck_assert_uint_eq(count_comment(set, "guest"), 2);
	vec_each(element, &set->elements)
		ck_assert(memcmp(element->key, printer, 4) > 0 ||
			  memcmp(element->key_end, printer, 4) < 0);
	ck_assert_uint_eq(count_comment(set_of(ruleset, "bound4"), "guest-prn"), 1);
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

START_TEST(test_zone_elsewhere_is_a_note)
{
	struct town town;
	struct ruleset *ruleset;

	town_build(&town);
	ruleset = town_compile(&town, NULL);
	ck_assert_uint_eq(ruleset->notes.count, 1);
	ck_assert_ptr_nonnull(strstr(ruleset->notes.items[0].text, "F08"));
	ck_assert_uint_eq(count_alive(ruleset, "F08"), 0);
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

static void names_check(const char *name, const char *seen[], size_t *count)
{
	ck_assert_uint_le(strlen(name), 127);
	for (size_t i = 0; i < *count; i++)
		ck_assert_str_ne(name, seen[i]);
	seen[(*count)++] = name;
}

/* "a" to "b_c" is not "a_b" to "c"; ids of any length fit. */
START_TEST(test_names_are_unique)
{
	static const char *const ids[] = { "a", "b_c", "a_b", "c", "fwd", "-.9" };
	char longest[2][128];
	struct zone *zones[8];
	struct host *hosts[8];
	struct town town;
	struct ruleset *ruleset;
	const char *seen[1024];
	size_t count = 0;

	town_init(&town, 64, 128);
	memset(longest, 'z', sizeof(longest));
	longest[0][126] = '0';
	longest[0][127] = longest[1][127] = '\0';
	for (int i = 0; i < 8; i++) {
		const char *id = i < 6 ? ids[i] : longest[i - 6];
		char text[32];

		snprintf(text, sizeof(text), "10.0.%d.0/24", i);
		zones[i] = town_zone(&town, id, arena_printf(town.policy->arena, "e%d", i), text);
		snprintf(text, sizeof(text), "10.0.%d.1", i);
		hosts[i] = town_host(&town, id, zones[i], text, "02:00:00:00:00:01");
	}
	for (int i = 0; i < 64; i++)
		town_flow(&town, arena_printf(town.policy->arena, "F%d", i),
			  party_host(hosts[i / 8]), party_host(hosts[i % 8]), PROTO_TCP, "1");
	ck_assert(permits_init(&town.permits, town.policy, &town.errs));
	ruleset = town_compile(&town, NULL);
	vec_each(set, &inet_of(ruleset)->sets)
		names_check((*set)->name, seen, &count);
	count = 0;
	vec_each(chain, &inet_of(ruleset)->chains)
		names_check((*chain)->name, seen, &count);
	count = 0;
	vec_each(object, &inet_of(ruleset)->objects)
		names_check((*object)->name, seen, &count);
	ck_assert_uint_eq(set_of(ruleset, "pairs")->elements.count,
			  64 - 8); /* nobody crosses the gateway to itself */
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

static uint32_t mark_of(const struct numbering *numbering, const char *id)
{
	vec_each(number, &numbering->list)
		if (strcmp(number->id, id) == 0)
			return number->mark;
	return 0;
}

static bool mark_is_taken(const void *context, uint32_t mark)
{
	return mark == *(const uint32_t *)context;
}

START_TEST(test_numbering)
{
	struct town town, later;
	struct numbering first, second;
	struct compile_options options = { .ret_numbering = &first };
	struct ruleset *ruleset, *again;
	uint32_t taken;

	town_build(&town);
	ruleset = town_compile(&town, &options);
	ck_assert_uint_eq(mark_of(&first, "F01"), 1);
	ck_assert_uint_eq(mark_of(&first, "F12"), 12);
	taken = first.next;

	town_build(&later);
	later.policy->flows.items[0].ports.items[0] = (struct port_range){ 23, 23 };
	later.policy->flows.items[2].node.id = "F99";
	permits_done(&later.permits);
	ck_assert(permits_init(&later.permits, later.policy, &later.errs));
	options = (struct compile_options){ .ret_numbering = &second,
					    .previous = &first,
					    .mark_is_taken = mark_is_taken,
					    .context = &taken };
	again = town_compile(&later, &options);
	ck_assert_uint_eq(mark_of(&second, "F02"), mark_of(&first, "F02"));
	ck_assert_uint_eq(mark_of(&second, "@ssh"), mark_of(&first, "@ssh"));
	ck_assert_uint_eq(mark_of(&second, "F01"), taken + 1); /* another port: another flow */
	ck_assert_uint_eq(mark_of(&second, "F99"), taken + 2);
	ck_assert_uint_eq(second.next, taken + 3);
	ruleset_free(ruleset);
	ruleset_free(again);
	town_done(&town);
	town_done(&later);
}
END_TEST

/* Compiles the town after F01's first port became this range; its mark, and the next free one. */
static uint32_t mark_after(struct numbering *numbering, struct town *before,
			   struct port_range ports, bool knows_before)
{
	struct compile_options options = { .ret_numbering = numbering };
	struct numbering previous;
	struct ruleset *first, *again;
	struct town town;
	uint32_t mark;

	options.ret_numbering = &previous;
	first = town_compile(before, &options);
	town_build(&town);
	town.policy->flows.items[0].ports.items[0] = ports;
	permits_done(&town.permits);
	ck_assert(permits_init(&town.permits, town.policy, &town.errs));
	options = (struct compile_options){ .ret_numbering = numbering,
					    .previous = &previous,
					    .previous_permits =
						    knows_before ? &before->permits : NULL };
	again = town_compile(&town, &options);
	mark = mark_of(numbering, "F01");
	ruleset_free(first);
	ruleset_free(again);
	town_done(&town);
	return mark;
}

/* A connection that is still permitted lives on; one that no longer is does not. */
START_TEST(test_wider_keeps_its_mark)
{
	struct numbering numbering;
	struct town town;
	uint16_t port;

	town_build(&town);
	port = town.policy->flows.items[0].ports.items[0].first;
	ck_assert_uint_eq(mark_after(&numbering, &town, (struct port_range){ port, port }, true), 1);
	ck_assert_uint_eq(mark_after(&numbering, &town,
				     (struct port_range){ port, (uint16_t)(port + 1) }, true), 1);
	ck_assert_uint_eq(mark_after(&numbering, &town,
				     (struct port_range){ port, (uint16_t)(port + 99) }, true), 1);
	ck_assert_uint_gt(mark_after(&numbering, &town,
				     (struct port_range){ port, (uint16_t)(port + 1) }, false), 1);
	ck_assert_uint_gt(mark_after(&numbering, &town,
				     (struct port_range){ (uint16_t)(port + 1),
							  (uint16_t)(port + 99) }, true), 1);
	town.policy->flows.items[0].ports.items[0].last = (uint16_t)(port + 9);
	permits_done(&town.permits);
	ck_assert(permits_init(&town.permits, town.policy, &town.errs));
	ck_assert_uint_gt(mark_after(&numbering, &town,
				     (struct port_range){ port, (uint16_t)(port + 8) }, true), 1);
	town_done(&town);
}
END_TEST

START_TEST(test_own_tables)
{
	struct compile_options options = { .own_tables = true };
	struct town town;
	struct ruleset *ruleset;

	town_build(&town);
	ruleset = town_compile(&town, &options);
	ck_assert_uint_eq(ruleset->tables.count, 4);
	vec_each(table, &ruleset->tables)
		ck_assert_uint_eq((*table)->flags, TABLE_OWNER | TABLE_PERSIST);
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

/* Every node knows the line it stems from, and every base chain of ours refuses by policy. */
START_TEST(test_src_and_policy)
{
	struct town town;
	struct ruleset *ruleset;

	town_build(&town);
	ruleset = town_compile(&town, NULL);
	vec_each(table, &ruleset->tables) {
		ck_assert_uint_ne((*table)->src.line, 0);
		vec_each(chain, &(*table)->chains) {
			ck_assert_uint_ne((*chain)->src.line, 0);
			if ((*chain)->is_base && (*table)->family != TABLE_BRIDGE)
				ck_assert_int_eq((*chain)->policy, VERDICT_DROP);
			vec_each(rule, &(*chain)->rules) {
				ck_assert_uint_ne(rule->src.line, 0);
				ck_assert_ptr_nonnull(rule->comment);
			}
		}
		vec_each(set, &(*table)->sets)
			vec_each(element, &(*set)->elements) {
				ck_assert_uint_ne(element->src.line, 0);
				ck_assert_ptr_nonnull(element->key);
			}
	}
	ruleset_free(ruleset);
	town_done(&town);
}
END_TEST

Suite *suite_rule_compile(void)
{
	Suite *suite = suite_create("rule/compile");
	TCase *tests = tcase_create("town");

	tcase_add_test(tests, test_deterministic);
	tcase_add_test(tests, test_hairpin_has_one_alive);
	tcase_add_test(tests, test_peer_by_name_is_empty);
	tcase_add_test(tests, test_icmp_is_apart);
	tcase_add_test(tests, test_windows);
	tcase_add_test(tests, test_open_zone_spares_registered);
	tcase_add_test(tests, test_zone_elsewhere_is_a_note);
	tcase_add_test(tests, test_names_are_unique);
	tcase_add_test(tests, test_numbering);
	tcase_add_test(tests, test_wider_keeps_its_mark);
	tcase_add_test(tests, test_own_tables);
	tcase_add_test(tests, test_src_and_policy);
	suite_add_tcase(suite, tests);
	return suite;
}
