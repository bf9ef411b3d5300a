/* The table as a picture that stands alone on an A3 page: zones grouped and coloured by 系統,
 * flows counted in the cells over the symbol that allows them, forbidden cells hatched, and a
 * legend of what is on the page.
 *
 * Nothing overlaps because nothing is placed by taste: every room is computed from the text that
 * goes into it, and the page is the smallest one in A3's shape that holds the whole. Units are
 * tenths, see svg.h. */
#include <string.h>

#include "base/lang.h"
#include "report/matrix.h"
#include "report/svg.h"

enum {
	PAGE_LONG_MM = 420,
	PAGE_SHORT_MM = 297,
	MARGIN = 300,
	TITLE_HEIGHT = 760,
	BAND = 240, /* of the group's name */
	CELL = 340,
	LABEL_SIZE = 125,
	ID_SIZE = 105,
	COUNT_SIZE = 130,
	SYMBOL_SIZE = 88,
	LABEL_MOST = 3000, /* a longer label is cut, its id never */
	GAP = 120,
	LEGEND_WIDTH = 4700,
	LEGEND_SIZE = 112,
	LEGEND_LINE = 165,
	LEGEND_KEY = 620,
};

static const struct colours {
	const char *band, *tint;
} group_colours[GROUPS] = {
	[GROUP_MYNUMBER] = { "#b3261e", "#f9dedc" }, [GROUP_LGWAN] = { "#1f5fa8", "#d6e6f7" },
	[GROUP_INTERNET] = { "#2e7d32", "#d9efda" }, [GROUP_OUTSIDE] = { "#6a4c93", "#e8e0f2" },
	[GROUP_OTHER] = { "#7a5c00", "#f5eac8" },
};

struct page {
	struct buf *buf;
	const struct report_matrix *matrix;
	int label_width, id_width;   /* of the heads, without gaps */
	int left, top;               /* of the first cell */
	int width, height;
	int legend_x;
};

/* ---- heads ---- */

/* The label, cut to LABEL_MOST with an ellipsis. */
static const char *head_label(const struct page *page, size_t at)
{
	const struct zone *zone = page->matrix->zones[at].zone;
	const char *label = zone->label ? zone->label : "";
	size_t bytes;

	if (svg_text_width(label, LABEL_SIZE) <= LABEL_MOST)
		return label;
	bytes = svg_text_fit(label, LABEL_SIZE, LABEL_MOST - LABEL_SIZE);
	return arena_printf(page->matrix->arena, "%.*s…", (int)bytes, label);
}

static void measure(struct page *page, int legend_height)
{
	int side = (int)page->matrix->count * CELL, long_side, short_side;

	for (size_t i = 0; i < page->matrix->count; i++) {
		int label = svg_text_width(head_label(page, i), LABEL_SIZE);
		int id = svg_text_width(page->matrix->zones[i].zone->node.id, ID_SIZE);

		page->label_width = label > page->label_width ? label : page->label_width;
		page->id_width = id > page->id_width ? id : page->id_width;
	}
	page->left = MARGIN + BAND + GAP + page->label_width + GAP + page->id_width + GAP;
	page->top = TITLE_HEIGHT + MARGIN + BAND + GAP + page->label_width + GAP + page->id_width +
		    GAP;
	page->legend_x = page->left + side + MARGIN;
	long_side = page->legend_x + LEGEND_WIDTH + MARGIN;
	short_side = page->top + side;
	if (short_side < MARGIN + TITLE_HEIGHT + legend_height)
		short_side = MARGIN + TITLE_HEIGHT + legend_height;
	short_side += MARGIN;
	/* the smallest A3 that holds both */
	if (long_side * PAGE_SHORT_MM < short_side * PAGE_LONG_MM)
		long_side = (short_side * PAGE_LONG_MM + PAGE_SHORT_MM - 1) / PAGE_SHORT_MM;
	else
		short_side = (long_side * PAGE_SHORT_MM + PAGE_LONG_MM - 1) / PAGE_LONG_MM;
	page->width = long_side;
	page->height = short_side;
}

static void draw_title(const struct page *page)
{
	const struct head *head = &page->matrix->policy->head;
	struct svg_style big = { .size = 260, .fill = "#111111", .bold = true };
	struct svg_style small = { .size = 140, .fill = "#444444" };
	struct buf text = { 0 };
	int room = page->width - 2 * MARGIN;

	buf_printf(&text, _("%s: which zone may speak to which"), head->organisation);
	while (big.size > 60 && svg_text_width(buf_text(&text), big.size) > room)
		big.size -= 10;
	svg_text(page->buf, MARGIN, MARGIN + 260, big, false, buf_text(&text));
	buf_clear(&text);
	buf_printf(&text, _("gateway %s · %s · guideline %s (%s) · zones %zu · flows %zu"),
		   head->gateway, words_label(&words_model, head->model),
		   words_word(&words_edition, head->edition),
		   words_label(&words_edition, head->edition), page->matrix->count,
		   page->matrix->policy->flows.count);
	while (small.size > 60 && svg_text_width(buf_text(&text), small.size) > room)
		small.size -= 10;
	svg_text(page->buf, MARGIN, MARGIN + 520, small, false, buf_text(&text));
	buf_done(&text);
}

static void draw_row_head(const struct page *page, size_t at)
{
	const struct report_zone *zone = &page->matrix->zones[at];
	int y = page->top + (int)at * CELL, x = MARGIN + BAND;
	struct svg_style label = { .size = LABEL_SIZE, .fill = "#111111", .anchor = SVG_END };
	struct svg_style id = { .size = ID_SIZE, .fill = "#555555" };

	svg_rect(page->buf, x, y, page->left - x, CELL, group_colours[zone->group].tint, "#ffffff");
	svg_text(page->buf, x + GAP + page->label_width, y + CELL / 2 + LABEL_SIZE * 36 / 100, label,
		 false, head_label(page, at));
	svg_text(page->buf, x + GAP + page->label_width + GAP, y + CELL / 2 + ID_SIZE * 36 / 100, id,
		 false, zone->zone->node.id);
}

static void draw_column_head(const struct page *page, size_t at)
{
	const struct report_zone *zone = &page->matrix->zones[at];
	int x = page->left + (int)at * CELL, y = MARGIN + TITLE_HEIGHT + BAND;
	struct svg_style label = { .size = LABEL_SIZE, .fill = "#111111" };
	struct svg_style id = { .size = ID_SIZE, .fill = "#555555" };

	svg_rect(page->buf, x, y, CELL, page->top - y, group_colours[zone->group].tint, "#ffffff");
	svg_text(page->buf, x + CELL / 2 + ID_SIZE * 36 / 100, page->top - GAP, id, true,
		 zone->zone->node.id);
	svg_text(page->buf, x + CELL / 2 + LABEL_SIZE * 36 / 100,
		 page->top - GAP - page->id_width - GAP, label, true, head_label(page, at));
}

/* The band beside the rows or over the columns first..last-1. The name is left out where it has
 * no room: the legend has the colour. */
static void draw_band(const struct page *page, size_t first, size_t last, bool rows)
{
	enum report_group group = page->matrix->zones[first].group;
	struct svg_style style = { .size = 130, .fill = "#ffffff", .bold = true,
				   .anchor = SVG_MIDDLE };
	const char *name = report_group_label(group);
	int start = (rows ? page->top : page->left) + (int)first * CELL;
	int length = (int)(last - first) * CELL, middle = start + length / 2;
	int y = MARGIN + TITLE_HEIGHT;

	if (rows)
		svg_rect(page->buf, MARGIN, start, BAND, length, group_colours[group].band,
			 "#ffffff");
	else
		svg_rect(page->buf, start, y, length, BAND, group_colours[group].band, "#ffffff");
	while (style.size > 90 && svg_text_width(name, style.size) > length - 40)
		style.size -= 5;
	if (svg_text_width(name, style.size) > length - 40)
		return;
	if (rows)
		svg_text(page->buf, MARGIN + BAND / 2 + style.size * 36 / 100, middle, style, true,
			 name);
	else
		svg_text(page->buf, middle, y + BAND / 2 + style.size * 36 / 100, style, false,
			 name);
}

static void draw_heads(const struct page *page)
{
	struct svg_style corner = { .size = 120, .fill = "#444444", .anchor = SVG_END };
	size_t first = 0;

	for (size_t i = 0; i < page->matrix->count; i++) {
		draw_row_head(page, i);
		draw_column_head(page, i);
		if (i + 1 < page->matrix->count &&
		    page->matrix->zones[i + 1].group == page->matrix->zones[first].group)
			continue;
		draw_band(page, first, i + 1, true);
		draw_band(page, first, i + 1, false);
		first = i + 1;
	}
	/* in two lines, in the corner that both heads leave free */
	svg_text(page->buf, page->left - GAP, page->top - GAP - 180, corner, false,
		 _("opens to →"));
	svg_text(page->buf, page->left - GAP, page->top - GAP, corner, false, _("opened by ↓"));
}

/* ---- cells ---- */

static void draw_cell_symbols(const struct page *page, const struct report_cell *cell, int x, int y)
{
	bool used = cell->flows.count > 0;
	struct svg_style style = { .size = SYMBOL_SIZE, .fill = used ? "#222222" : "#a0a0a0",
				   .anchor = SVG_MIDDLE };
	struct buf text = { 0 };
	int room = CELL - 20;

	report_cell_print_symbols(&text, cell, true);
	/* counts stand above their symbol; a symbol alone takes the middle */
	y += used ? CELL - 60 : CELL / 2 + 30;
	if (svg_text_width(buf_text(&text), style.size) > room) {
		size_t first = svg_text_fit(buf_text(&text), style.size, room);
		int above = y - (used ? 0 : SYMBOL_SIZE / 2), rest_y = above + SYMBOL_SIZE + 2;

		while (style.size > 50 &&
		       svg_text_width(buf_text(&text) + first, style.size) > room)
			style.size -= 5;
		if (used) {
			above -= 55;
			rest_y = above + style.size + 2;
		}
		svg_text(page->buf, x + CELL / 2, rest_y, style, false, buf_text(&text) + first);
		text.text[first] = '\0';
		y = above;
	}
	svg_text(page->buf, x + CELL / 2, y, style, false, buf_text(&text));
	buf_done(&text);
}

static void draw_cell(const struct page *page, size_t from, size_t to)
{
	const struct report_cell *cell = report_matrix_cell(page->matrix, from, to);
	int x = page->left + (int)to * CELL, y = page->top + (int)from * CELL;
	struct svg_style count = { .size = COUNT_SIZE, .fill = "#111111", .bold = true,
				   .anchor = SVG_MIDDLE };
	const char *fill = "#ffffff";
	char number[24];

	if (cell->flows.count)
		fill = report_cell_is_refused(cell)
			       ? "#ff8a80"
			       : group_colours[page->matrix->zones[from].group].tint;
	else if (!cell->symbols.count)
		fill = "url(#hatch)";
	buf_add_text(page->buf, "<g>");
	if (cell->flows.count) { /* shown by a reader that has a pointer */
		buf_add_text(page->buf, "<title>");
		vec_each(crossing, &cell->flows)
			if (!report_cell_repeats(cell, crossing)) {
				svg_escape(page->buf, crossing->flow->node.id);
				buf_add_char(page->buf, ' ');
			}
		buf_add_text(page->buf, "</title>");
	}
	svg_rect(page->buf, x, y, CELL, CELL, fill, "#bdbdbd");
	if (cell->flows.count) {
		snprintf(number, sizeof(number), "%zu", report_cell_flow_count(cell));
		while (count.size > 60 && svg_text_width(number, count.size) > CELL - 20)
			count.size -= 5;
		svg_text(page->buf, x + CELL / 2, y + 145, count, false, number);
	}
	if (cell->symbols.count || cell->flows.count)
		draw_cell_symbols(page, cell, x, y);
	buf_add_text(page->buf, "</g>\n");
}

static void draw_cells(const struct page *page)
{
	int side = (int)page->matrix->count * CELL;

	for (size_t from = 0; from < page->matrix->count; from++)
		for (size_t to = 0; to < page->matrix->count; to++)
			draw_cell(page, from, to);
	for (size_t i = 0; i <= page->matrix->count; i++) {
		int at = (int)i * CELL;

		if (i && i < page->matrix->count &&
		    page->matrix->zones[i].group == page->matrix->zones[i - 1].group)
			continue;
		svg_line(page->buf, page->left, page->top + at, page->left + side, page->top + at,
			 16, "#444444");
		svg_line(page->buf, page->left + at, page->top, page->left + at, page->top + side,
			 16, "#444444");
	}
}

/* ---- legend: drawn twice, first with buf NULL to learn its height ---- */

static int legend_heading(struct buf *buf, int x, int y, const char *text)
{
	struct svg_style style = { .size = 135, .fill = "#111111", .bold = true };

	y = svg_text_wrapped(buf, x, y + 135, LEGEND_WIDTH, 180, style, text);
	return y - 135 + 40;
}

static int legend_text(struct buf *buf, int x, int y, const char *text)
{
	struct svg_style style = { .size = LEGEND_SIZE, .fill = "#333333" };

	y = svg_text_wrapped(buf, x + LEGEND_KEY, y + LEGEND_SIZE, LEGEND_WIDTH - LEGEND_KEY,
			     LEGEND_LINE, style, text);
	return y - LEGEND_SIZE + 45;
}

static int legend_colour(struct buf *buf, int x, int y, const char *fill, const char *sign,
			 const char *text)
{
	struct svg_style style = { .size = 100, .fill = "#222222", .anchor = SVG_MIDDLE };

	if (buf) {
		svg_rect(buf, x, y, LEGEND_KEY - 200, 150, fill, "#bdbdbd");
		svg_text(buf, x + (LEGEND_KEY - 200) / 2, y + 112, style, false, sign);
	}
	return legend_text(buf, x, y, text);
}

static int legend_symbols(const struct page *page, struct buf *buf, int x, int y,
			  enum report_use use, const char *heading)
{
	struct svg_style name = { .size = LEGEND_SIZE, .fill = "#111111", .bold = true };
	enum report_use *uses =
		arena_make_many(page->matrix->arena, enum report_use, matrix_symbols_count);
	bool any = false;

	report_matrix_symbol_uses(page->matrix, uses);
	for (size_t i = 0; i < matrix_symbols_count; i++) {
		if (uses[i] != use)
			continue;
		if (!any)
			y = legend_heading(buf, x, y + 120, heading);
		any = true;
		if (buf)
			svg_text(buf, x, y + LEGEND_SIZE, name, false, matrix_symbols[i].name);
		y = legend_text(buf, x, y, symbol_text(&matrix_symbols[i]));
	}
	return y;
}

static int legend_exceptions(const struct page *page, struct buf *buf, int x, int y)
{
	const struct policy *policy = page->matrix->policy;
	char date[DATE_TEXT_BYTES];

	if (policy->exceptions.count)
		y = legend_heading(buf, x, y + 120, _("Exceptions in force"));
	vec_each(exception, &policy->exceptions)
		y = legend_text(buf, x - LEGEND_KEY + 1, y,
				arena_printf(page->matrix->arena, _("%s: %s for %s until %s: %s"),
					     exception->node.id, exception->check,
					     report_exception_about(exception),
					     date_text(exception->expires.date, date),
					     exception->reason));
	return y;
}

static int draw_legend(const struct page *page, struct buf *buf, int x, int y)
{
	uint32_t groups = 0;

	for (size_t i = 0; i < page->matrix->count; i++)
		groups |= 1u << page->matrix->zones[i].group;
	y = legend_heading(buf, x, y, _("Zones"));
	for (enum report_group group = 0; group < GROUPS; group++)
		if (groups & 1u << group)
			y = legend_colour(buf, x, y, group_colours[group].band, "",
					  report_group_label(group));
	y = legend_heading(buf, x, y + 120, _("Cells"));
	y = legend_text(buf, x - LEGEND_KEY, y,
			_("The row opens the connection, the column receives it."));
	y = legend_colour(buf, x, y, group_colours[GROUP_LGWAN].tint, "2",
			  _("flows declared, and the symbol that allows them"));
	y = legend_colour(buf, x, y, "#ffffff", "A",
			  _("closed: the model would allow this, no flow is declared"));
	y = legend_colour(buf, x, y, "url(#hatch)", "", _("closed: the model forbids it (×)"));
	y = legend_colour(buf, x, y, "#ff8a80", "×", _("declared, but the model forbids it"));
	y = legend_symbols(page, buf, x, y, SYMBOL_IN_FLOW, _("Symbols that flows stand on"));
	y = legend_symbols(page, buf, x, y, SYMBOL_IN_CELL,
			   _("Symbols of the model without a flow"));
	return legend_exceptions(page, buf, x, y);
}

void report_matrix_svg(const struct policy *policy, struct buf *buf)
{
	struct report_matrix matrix;
	struct page page = { .buf = buf, .matrix = &matrix };

	report_matrix_init(&matrix, policy);
	measure(&page, draw_legend(&page, NULL, 0, 0));
	svg_open(buf, page.width, page.height, PAGE_LONG_MM, PAGE_SHORT_MM);
	draw_title(&page);
	draw_heads(&page);
	draw_cells(&page);
	draw_legend(&page, buf, page.legend_x, MARGIN + TITLE_HEIGHT);
	svg_close(buf);
	report_matrix_done(&matrix);
}
