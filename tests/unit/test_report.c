/* The table of zones: every flow in its cells and nowhere else, the same bytes each time, an SVG
 * that is well-formed and in which nothing stands in another's room. */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/utf8.h"
#include "conf/conf.h"
#include "report/matrix.h"
#include "report/svg.h"

static const char town[] =
	"version = 1;\n"
	"policy: { organisation = \"青嶺市 <&> \\\"町\\\"\"; gateway = \"fw\"; edition = \"R7.3\";\n"
	"  model = \"alpha\"; };\n"
	"zones: {\n"
	"  mn: { class = \"mynumber\"; label = \"基幹\"; interface = \"eth1\";\n"
	"    networks = [\"10.10.1.0/24\"]; line = \"onprem\"; };\n"
	"  kc: { class = \"console\"; interface = \"eth6\"; networks = [\"10.93.8.0/28\"];\n"
	"    line = \"onprem\"; };\n"
	"  relay: { class = \"relay-dmz\"; interface = \"eth2\"; networks = [\"10.10.9.0/28\"];\n"
	"    label = \"とても長い名前の連携サーバ用の非武装セグメントでありながら名札に収まらないもの\";\n"
	"    line = \"onprem\"; };\n"
	"  lg: { class = \"lgwan\"; interface = \"eth3\"; networks = [\"10.20.1.0/24\"];\n"
	"    line = \"onprem\"; };\n"
	"  wan: { class = \"lgwan-wan\"; interface = \"eth4\"; networks = [\"198.51.100.0/24\"];\n"
	"    line = \"lgwan\"; };\n"
	"};\n"
	"hosts: {\n"
	"  m1: { zone = \"mn\"; ip = \"10.10.1.11\"; mac = \"00:00:5e:00:53:11\"; role = \"server\"; };\n"
	"  m2: { zone = \"mn\"; ip = \"10.10.1.12\"; mac = \"00:00:5e:00:53:12\"; role = \"server\"; };\n"
	"  r1: { zone = \"relay\"; ip = \"10.10.9.4\"; mac = \"00:00:5e:00:53:51\"; role = \"relay\";\n"
	"    relays = [\"eltax\"]; };\n"
	"  l1: { zone = \"lg\"; ip = \"10.20.1.4\"; mac = \"00:00:5e:00:53:61\"; role = \"server\"; };\n"
	"  rt: { zone = \"wan\"; ip = \"198.51.100.1\"; mac = \"00:00:5e:00:53:d1\"; role = \"router\"; };\n"
	"};\n"
	"endpoints: {\n"
	"  e1: { zone = \"wan\"; kind = \"eltax\"; next-hop = \"rt\"; fqdn = \"a.eltax.example\";\n"
	"    ip = \"198.51.100.10\"; };\n"
	"  e2: { zone = \"wan\"; kind = \"lgwan-asp\"; next-hop = \"rt\"; ip = \"198.51.100.20\"; };\n"
	"};\n"
	"flows: {\n"
	"  F1: { class = \"relay-inner\"; from = [\"m1\", \"m2\"]; to = \"r1\"; proto = \"tcp\";\n"
	"    ports = [22]; data = \"both\"; purpose = \"p\"; clause = [\"G3.1-relay\"]; };\n"
	"  F2: { class = \"relay\"; from = \"r1\"; to = \"e1\"; proto = \"tcp\"; ports = [443];\n"
	"    data = \"both\"; purpose = \"p\"; clause = [\"G3.1-relay\"]; };\n"
	"  F3: { class = \"asp\"; from = \"l1\"; to = \"e2\"; proto = \"tcp\"; ports = [443];\n"
	"    data = \"both\"; purpose = \"p\"; clause = [\"G3.2-asp\"]; };\n"
	"  F4: { class = \"tokutei\"; from = [\"m1\", \"l1\"]; to = \"e2\"; proto = \"tcp\";\n"
	"    ports = [444]; data = \"both\"; purpose = \"p\"; clause = [\"G3.1-tokutei\"]; };\n"
	"  F5: { class = \"intra\"; from = \"m1\"; to = \"l1\"; proto = \"tcp\"; ports = [445];\n"
	"    data = \"both\"; purpose = \"p\"; clause = [\"G3.1-sep\"]; };\n"
	"};\n";

static struct policy *town_read(void)
{
	struct errs errs;
	struct policy *policy;

	errs_init(&errs);
	policy = conf_read_text("town.conf", town, strlen(town), &errs);
	ck_assert_msg(policy, "%s", errs.list.count ? errs.list.items[0].message : "no policy");
	errs_done(&errs);
	return policy;
}

static const struct report_cell *cell_between(const struct report_matrix *matrix, const char *from,
					      const char *to)
{
	for (size_t i = 0; i < matrix->count * matrix->count; i++)
		if (strcmp(matrix->zones[i / matrix->count].zone->node.id, from) == 0 &&
		    strcmp(matrix->zones[i % matrix->count].zone->node.id, to) == 0)
			return &matrix->cells[i];
	ck_abort_msg("no cell %s %s", from, to);
	return NULL;
}

static size_t cells_with(const struct report_matrix *matrix, const char *flow)
{
	size_t count = 0;

	for (size_t i = 0; i < matrix->count * matrix->count; i++)
		vec_each(crossing, &matrix->cells[i].flows)
			count += strcmp(crossing->flow->node.id, flow) == 0;
	return count;
}

START_TEST(every_flow_stands_in_its_cells_and_nowhere_else)
{
	struct policy *policy = town_read();
	struct report_matrix matrix;

	report_matrix_init(&matrix, policy);
	ck_assert_uint_eq(matrix.count, 5);
	ck_assert_uint_eq(cells_with(&matrix, "F1"), 1); /* two hosts of one zone: one cell */
	ck_assert_uint_eq(cells_with(&matrix, "F2"), 1);
	ck_assert_uint_eq(cells_with(&matrix, "F3"), 1);
	ck_assert_uint_eq(cells_with(&matrix, "F4"), 2); /* from two zones: two cells */
	ck_assert_uint_eq(cells_with(&matrix, "F5"), 1);
	ck_assert_uint_eq(report_cell_flow_count(cell_between(&matrix, "mn", "relay")), 1);
	ck_assert_uint_eq(report_cell_flow_count(cell_between(&matrix, "relay", "mn")), 0);
	ck_assert_uint_eq(report_cell_flow_count(cell_between(&matrix, "lg", "wan")), 2);
	report_matrix_done(&matrix);
	policy_free(policy);
}
END_TEST

START_TEST(cells_say_what_the_model_says)
{
	struct policy *policy = town_read();
	struct report_matrix matrix;
	const struct report_cell *cell;

	report_matrix_init(&matrix, policy);
	cell = cell_between(&matrix, "mn", "relay");
	ck_assert_str_eq(cell->flows.items[0].symbol->name, "R2");
	/* behind one router stand an ASP (×) and an excepted peer (R1) */
	cell = cell_between(&matrix, "relay", "wan");
	ck_assert_uint_eq(cell->symbols.count, 1);
	ck_assert_str_eq(cell->symbols.items[0]->name, "R1");
	ck_assert(!report_cell_is_refused(cell));
	/* intra between two layers: the cell allows screens alone */
	cell = cell_between(&matrix, "mn", "lg");
	ck_assert(report_cell_is_refused(cell));
	ck_assert_uint_eq(cell->symbols.count, 1);
	ck_assert_uint_eq(cell_between(&matrix, "wan", "kc")->symbols.count, 0);
	report_matrix_done(&matrix);
	policy_free(policy);
}
END_TEST

START_TEST(zones_are_grouped_and_keep_the_order_of_the_file)
{
	static const char *const ids[] = { "mn", "relay", "lg", "wan", "kc" };
	struct policy *policy = town_read();
	struct report_matrix matrix;

	report_matrix_init(&matrix, policy);
	for (size_t i = 0; i < array_count(ids); i++)
		ck_assert_str_eq(matrix.zones[i].zone->node.id, ids[i]);
	report_matrix_done(&matrix);
	policy_free(policy);
}
END_TEST

START_TEST(the_same_policy_gives_the_same_bytes)
{
	struct policy *first = town_read(), *second = town_read();
	struct buf a = { 0 }, b = { 0 };

	report_matrix_text(first, &a);
	report_matrix_svg(first, &a);
	report_matrix_text(second, &b);
	report_matrix_svg(second, &b);
	ck_assert_str_eq(buf_text(&a), buf_text(&b));
	buf_done(&a);
	buf_done(&b);
	policy_free(first);
	policy_free(second);
}
END_TEST

START_TEST(text_fits_a_hundred_columns)
{
	struct policy *policy = town_read();
	struct buf text = { 0 };
	char *line, *rest;

	report_matrix_text(policy, &text);
	line = strtok_r(text.text, "\n", &rest);
	for (; line; line = strtok_r(NULL, "\n", &rest))
		ck_assert_msg(utf8_columns(line) <= 110, "%s", line);
	buf_done(&text);
	policy_free(policy);
}
END_TEST

START_TEST(json_has_every_cell_once)
{
	struct policy *policy = town_read();
	json_t *json = report_matrix_json(policy), *cell;
	size_t i, flows = 0;

	ck_assert_uint_eq(json_array_size(json_object_get(json, "cells")), 25);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "zones")), 5);
	json_array_foreach(json_object_get(json, "cells"), i, cell) {
		const char *symbol = json_string_value(json_object_get(cell, "symbol"));
		bool permitted = json_is_true(json_object_get(cell, "permitted"));

		ck_assert_int_eq(permitted, strcmp(symbol, "×") != 0);
		flows += json_array_size(json_object_get(cell, "flows"));
	}
	ck_assert_uint_eq(flows, 6);
	ck_assert_str_eq(json_string_value(json_object_get(json, "model")), "alpha");
	json_decref(json);
	policy_free(policy);
}
END_TEST

/* Tags close in the order in which they open, and no bare & or < stands in a text. */
static void assert_balanced(const char *at)
{
	const char *open[16];
	size_t depth = 0;

	while ((at = strpbrk(at, "<&"))) {
		size_t name = strcspn(at + 1, " />");

		if (*at == '&') {
			ck_assert(!strncmp(at, "&amp;", 5) || !strncmp(at, "&lt;", 4) ||
				  !strncmp(at, "&gt;", 4) || !strncmp(at, "&quot;", 6));
			at++;
			continue;
		}
		if (at[1] == '?') {
			at++;
			continue;
		}
		if (at[1] == '/') {
			name = strcspn(at + 2, ">");
			ck_assert_uint_gt(depth, 0);
			depth--;
			ck_assert(strncmp(open[depth], at + 2, name) == 0 &&
				  !isalpha((unsigned char)open[depth][name]));
		} else {
			const char *end = strchr(at, '>');

			ck_assert_ptr_nonnull(end);
			if (end[-1] != '/') {
				ck_assert_uint_lt(depth, array_count(open));
				open[depth++] = at + 1;
			}
		}
		at++;
	}
	ck_assert_uint_eq(depth, 0);
}

START_TEST(svg_is_well_formed_and_escapes_what_the_user_wrote)
{
	struct policy *policy = town_read();
	struct buf svg = { 0 };

	report_matrix_svg(policy, &svg);
	assert_balanced(buf_text(&svg));
	ck_assert_ptr_nonnull(strstr(buf_text(&svg), "青嶺市 &lt;&amp;&gt; &quot;町&quot;"));
	ck_assert_ptr_nonnull(strstr(buf_text(&svg), "'Noto Sans CJK JP'"));
	buf_done(&svg);
	policy_free(policy);
}
END_TEST

static double attribute(const char *tag, const char *name, double otherwise)
{
	const char *end = strchr(tag, '>'), *at = strstr(tag, name);

	return at && at < end ? strtod(at + strlen(name), NULL) : otherwise;
}

struct box {
	double x1, y1, x2, y2;
	char text[160];
};

/* Where a <text> of the picture lies, by the room that svg_text_width() gives it. */
static struct box text_box(const char *tag)
{
	double x = attribute(tag, " x=\"", -1), y = attribute(tag, " y=\"", -1);
	double size = attribute(tag, "font-size=\"", -1), width, before;
	const char *end = strchr(tag, '>'), *at = strstr(tag, "text-anchor=\"");
	bool upwards = strstr(tag, "rotate(-90") && strstr(tag, "rotate(-90") < end;
	struct box box = { 0 };

	snprintf(box.text, sizeof(box.text), "%.*s", (int)strcspn(end + 1, "<"), end + 1);
	width = svg_text_width(box.text, (int)(size * 10)) / 10.0;
	before = at && at < end ? (at[13] == 'm' ? width / 2 : width) : 0;
	box.x1 = upwards ? x - size * 0.72 : x - before;
	box.x2 = upwards ? x : box.x1 + width;
	box.y1 = upwards ? y + before - width : y - size * 0.72;
	box.y2 = upwards ? y + before : y;
	return box;
}

START_TEST(svg_texts_lie_on_the_page_and_apart)
{
	static struct box boxes[2000];
	struct policy *policy = town_read();
	struct buf svg = { 0 };
	double width, height;
	size_t count = 0;

	report_matrix_svg(policy, &svg);
	sscanf(strstr(buf_text(&svg), "viewBox=\"0 0 ") + 13, "%lf %lf", &width, &height);
	ck_assert_double_eq_tol(width / height, 420.0 / 297.0, 0.01);
	for (const char *at = buf_text(&svg); (at = strstr(at, "<text ")); at++) {
		ck_assert_uint_lt(count, array_count(boxes));
		boxes[count++] = text_box(at);
	}
	ck_assert_uint_gt(count, 30);
	for (size_t i = 0; i < count; i++) {
		struct box *a = &boxes[i];

		ck_assert_msg(a->x1 >= 0 && a->y1 >= 0 && a->x2 <= width && a->y2 <= height,
			      "off the page: %s", a->text);
		for (size_t j = 0; j < i; j++) {
			struct box *b = &boxes[j];

			ck_assert_msg(a->x1 >= b->x2 || b->x1 >= a->x2 || a->y1 >= b->y2 ||
					      b->y1 >= a->y2,
				      "\"%s\" over \"%s\"", a->text, b->text);
		}
	}
	buf_done(&svg);
	policy_free(policy);
}
END_TEST

START_TEST(lines_of_a_legend_fit_their_width)
{
	static const char *const texts[] = { "a", "short words and a verylongwordwithoutanyblank x",
					     "特定通信（MAC・IP・ポート）。相手はインターネット非接続",
					     "混ざった text と、日本語。" };

	for (size_t i = 0; i < array_count(texts); i++)
		for (int width = 60; width < 900; width += 35) {
			const char *at = texts[i];

			while (*at) {
				size_t bytes = svg_text_fit(at, 100, width);
				char line[200];

				ck_assert_uint_gt(bytes, 0);
				ck_assert_uint_eq(utf8_floor(at, bytes), bytes);
				snprintf(line, sizeof(line), "%.*s", (int)bytes, at);
				ck_assert(svg_text_width(line, 100) <= width ||
					  bytes == utf8_length(at, at + strlen(at)));
				at += bytes;
			}
		}
}
END_TEST

Suite *suite_report(void);

Suite *suite_report(void)
{
	Suite *suite = suite_create("report");
	TCase *matrix = tcase_create("matrix");

	tcase_add_test(matrix, every_flow_stands_in_its_cells_and_nowhere_else);
	tcase_add_test(matrix, cells_say_what_the_model_says);
	tcase_add_test(matrix, zones_are_grouped_and_keep_the_order_of_the_file);
	tcase_add_test(matrix, the_same_policy_gives_the_same_bytes);
	tcase_add_test(matrix, text_fits_a_hundred_columns);
	tcase_add_test(matrix, json_has_every_cell_once);
	tcase_add_test(matrix, svg_is_well_formed_and_escapes_what_the_user_wrote);
	tcase_add_test(matrix, svg_texts_lie_on_the_page_and_apart);
	tcase_add_test(matrix, lines_of_a_legend_fit_their_width);
	suite_add_tcase(suite, matrix);
	return suite;
}
