/* The table for a terminal: zones down and across by number, flows counted in the cells, and
 * below it the pairs that speak, flow by flow, with what allows them. No line is wider than 100
 * columns as long as ids and labels are not; many zones are shown in several blocks of columns.
 *
 * Knows nothing of colours: what is a sign here is a letter, so it survives a printer and mail. */
#include <string.h>

#include "base/lang.h"
#include "base/utf8.h"
#include "report/matrix.h"

enum { PAGE_COLUMNS = 100, CELL_COLUMNS_LEAST = 3 };

static void pad_to(struct buf *buf, const char *text, size_t columns)
{
	size_t used = utf8_columns(text);

	buf_add_text(buf, text);
	if (used < columns)
		buf_add_repeated(buf, ' ', columns - used);
}

static void pad_before(struct buf *buf, const char *text, size_t columns)
{
	size_t used = utf8_columns(text);

	if (used < columns)
		buf_add_repeated(buf, ' ', columns - used);
	buf_add_text(buf, text);
}

static size_t digits(size_t number)
{
	return (size_t)snprintf(NULL, 0, "%zu", number);
}

static size_t widest_id(const struct report_matrix *matrix)
{
	size_t widest = 0;

	for (size_t i = 0; i < matrix->count; i++)
		widest = size_max(widest, utf8_columns(matrix->zones[i].zone->node.id));
	return widest;
}

static size_t cell_columns(const struct report_matrix *matrix)
{
	size_t columns = size_max(CELL_COLUMNS_LEAST, digits(matrix->count) + 1);

	for (size_t i = 0; i < matrix->count * matrix->count; i++)
		columns = size_max(columns, digits(report_cell_flow_count(&matrix->cells[i])) + 1 +
						    report_cell_is_refused(&matrix->cells[i]));
	return columns;
}

static void print_cell(struct buf *buf, const struct report_cell *cell, size_t columns)
{
	char number[24];
	const char *sign = cell->symbols.count ? "·" : "×";

	if (cell->flows.count) {
		snprintf(number, sizeof(number), "%zu%s", report_cell_flow_count(cell),
			 report_cell_is_refused(cell) ? "!" : "");
		sign = number;
	}
	pad_before(buf, sign, columns);
}

/* One block: the columns first..last-1 for all rows. */
static void print_block(const struct report_matrix *matrix, struct buf *buf, size_t head,
			size_t columns, size_t first, size_t last)
{
	size_t number_columns = digits(matrix->count);

	buf_add_repeated(buf, ' ', head);
	for (size_t to = first; to < last; to++)
		buf_printf(buf, "%*zu", (int)columns, to + 1);
	buf_add_char(buf, '\n');
	for (size_t from = 0; from < matrix->count; from++) {
		buf_printf(buf, "%*zu ", (int)number_columns, from + 1);
		pad_to(buf, matrix->zones[from].zone->node.id, head - number_columns - 1);
		for (size_t to = first; to < last; to++)
			print_cell(buf, report_matrix_cell(matrix, from, to), columns);
		buf_add_char(buf, '\n');
	}
	buf_add_char(buf, '\n');
}

static void print_table(const struct report_matrix *matrix, struct buf *buf)
{
	size_t head = digits(matrix->count) + 1 + widest_id(matrix);
	size_t columns = cell_columns(matrix);
	size_t room = head + columns < PAGE_COLUMNS ? (PAGE_COLUMNS - head) / columns : 1;

	for (size_t first = 0; first < matrix->count; first += room)
		print_block(matrix, buf, head, columns, first,
			    size_min(first + room, matrix->count));
}

static void print_letters(struct buf *buf, uint32_t letters)
{
	for (unsigned letter = 0; letter < LETTERS; letter++)
		if (letters & 1u << letter)
			buf_add_char(buf, letter_char(letter));
}

static void print_zones(const struct report_matrix *matrix, struct buf *buf)
{
	size_t number_columns = digits(matrix->count), id_columns = widest_id(matrix);
	enum report_group group = GROUPS;

	buf_printf(buf, "%s\n", _("Zones (letter in the model's matrix, class, label):"));
	for (size_t i = 0; i < matrix->count; i++) {
		const struct report_zone *zone = &matrix->zones[i];
		struct buf letters = { 0 };

		if (zone->group != group)
			buf_printf(buf, "  [%s]\n", report_group_label(zone->group));
		group = zone->group;
		print_letters(&letters, zone->letters);
		buf_printf(buf, "  %*zu ", (int)number_columns, i + 1);
		pad_to(buf, zone->zone->node.id, id_columns + 1);
		pad_to(buf, buf_text(&letters), 4);
		buf_printf(buf, "%s", words_label(&words_zone_class, zone->zone->class));
		if (zone->zone->label)
			buf_printf(buf, ", %s", zone->zone->label);
		buf_add_char(buf, '\n');
		buf_done(&letters);
	}
	buf_add_char(buf, '\n');
}

/* ---- the pairs that speak ---- */

/* Adds a word to a line that is `used` columns long, on a new line when it would not fit. */
static void add_wrapped(struct buf *buf, const char *word, size_t indent, size_t *used)
{
	size_t columns = utf8_columns(word);

	if (*used + 1 + columns > PAGE_COLUMNS && *used > indent) {
		buf_add_char(buf, '\n');
		buf_add_repeated(buf, ' ', indent);
		*used = indent;
	} else if (*used > indent) {
		buf_add_char(buf, ' ');
		*used += 1;
	}
	buf_add_text(buf, word);
	*used += columns;
}

static bool crossings_alike(const struct report_flow *a, const struct report_flow *b)
{
	return a->from == b->from && a->to == b->to && a->symbol == b->symbol;
}

/* The flows of a cell that cross alike with the one at `first`: one entry of the list. */
static void print_crossings(struct buf *buf, const struct report_cell *cell, size_t first,
			    const char *pair, size_t pair_columns)
{
	const struct report_flow *sample = &cell->flows.items[first];
	size_t indent = 2 + pair_columns + 2, used = indent;
	struct buf reason = { 0 };

	buf_add_text(buf, "  ");
	pad_to(buf, pair, pair_columns);
	buf_add_text(buf, ": ");
	for (size_t i = first; i < cell->flows.count; i++)
		if (crossings_alike(sample, &cell->flows.items[i]))
			add_wrapped(buf, cell->flows.items[i].flow->node.id, indent, &used);
	buf_printf(&reason, "(%s→%s %s)", letter_label(sample->from), letter_label(sample->to),
		   sample->symbol ? sample->symbol->name : "×");
	add_wrapped(buf, buf_text(&reason), indent, &used);
	buf_add_char(buf, '\n');
	buf_done(&reason);
}

static void print_pair(struct buf *buf, const struct report_cell *cell, const char *pair,
		       size_t pair_columns)
{
	for (size_t i = 0; i < cell->flows.count; i++) {
		bool told = false;

		for (size_t before = 0; before < i && !told; before++)
			told = crossings_alike(&cell->flows.items[before], &cell->flows.items[i]);
		if (!told)
			print_crossings(buf, cell, i, pair, pair_columns);
	}
}

static void pair_text(const struct report_matrix *matrix, size_t at, struct buf *buf)
{
	buf_clear(buf);
	buf_printf(buf, "%s → %s", matrix->zones[at / matrix->count].zone->node.id,
		   matrix->zones[at % matrix->count].zone->node.id);
}

static void print_pairs(const struct report_matrix *matrix, struct buf *buf)
{
	struct buf pair = { 0 };
	size_t widest = 0;

	for (size_t at = 0; at < matrix->count * matrix->count; at++)
		if (matrix->cells[at].flows.count) {
			pair_text(matrix, at, &pair);
			widest = size_max(widest, utf8_columns(buf_text(&pair)));
		}
	buf_printf(buf, "%s\n", widest ? _("Flows:") : _("No flow is declared."));
	for (size_t at = 0; at < matrix->count * matrix->count; at++)
		if (matrix->cells[at].flows.count) {
			pair_text(matrix, at, &pair);
			print_pair(buf, &matrix->cells[at], buf_text(&pair), widest);
		}
	buf_done(&pair);
}

static void print_symbols(const struct report_matrix *matrix, struct buf *buf)
{
	enum report_use *uses =
		arena_make_many(matrix->arena, enum report_use, matrix_symbols_count);
	bool any = false;

	report_matrix_symbol_uses(matrix, uses);
	for (size_t i = 0; i < matrix_symbols_count; i++) {
		if (uses[i] != SYMBOL_IN_FLOW)
			continue;
		if (!any)
			buf_printf(buf, "\n%s\n", _("Symbols of the model in use:"));
		any = true;
		buf_add_text(buf, "  ");
		pad_to(buf, matrix_symbols[i].name, 5);
		buf_printf(buf, "%s\n", symbol_text(&matrix_symbols[i]));
	}
}

static void print_exceptions(const struct report_matrix *matrix, struct buf *buf)
{
	char date[DATE_TEXT_BYTES];

	if (!matrix->policy->exceptions.count)
		return;
	buf_printf(buf, "\n%s\n", _("Exceptions in force:"));
	vec_each(exception, &matrix->policy->exceptions)
		buf_printf(buf, _("  %s: %s for %s until %s: %s\n"), exception->node.id,
			   exception->check, report_exception_about(exception),
			   date_text(exception->expires.date, date), exception->reason);
}

void report_matrix_text(const struct policy *policy, struct buf *buf)
{
	struct report_matrix matrix;

	report_matrix_init(&matrix, policy);
	buf_printf(buf, _("%s, gateway %s: %s, %s"), policy->head.organisation,
		   policy->head.gateway, words_label(&words_model, policy->head.model),
		   words_label(&words_edition, policy->head.edition));
	buf_printf(buf, "\n%s\n%s\n\n",
		   _("The row opens the connection, the column receives it."),
		   _("number: flows declared   ·: closed   ×: the model forbids it   !: declared, but "
		     "forbidden"));
	print_table(&matrix, buf);
	print_zones(&matrix, buf);
	print_pairs(&matrix, buf);
	print_symbols(&matrix, buf);
	print_exceptions(&matrix, buf);
	report_matrix_done(&matrix);
}
