/* The table for programs: keys are stable and documented in sekishoctl(8); what is text for
 * people in it (labels, conditions) is in the reader's language. Everything else is the words
 * of the language, so a program need not know which language that is. */
#include "base/lang.h"
#include "report/matrix.h"

static void set_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, text ? json_string(text) : json_null());
}

static void set_date(json_t *object, const char *key, struct opt_date date)
{
	char text[DATE_TEXT_BYTES];

	set_text(object, key, date.set ? date_text(date.date, text) : NULL);
}

static json_t *letters_json(uint32_t letters)
{
	json_t *list = json_array();

	for (unsigned letter = 0; letter < LETTERS; letter++)
		if (letters & 1u << letter) {
			char text[2] = { letter_char(letter), '\0' };

			json_array_append_new(list, json_string(text));
		}
	return list;
}

static json_t *zones_json(const struct report_matrix *matrix)
{
	json_t *list = json_array();

	for (size_t i = 0; i < matrix->count; i++) {
		const struct report_zone *zone = &matrix->zones[i];
		json_t *object = json_object();

		set_text(object, "id", zone->zone->node.id);
		set_text(object, "class", words_word(&words_zone_class, zone->zone->class));
		set_text(object, "label", zone_label(zone->zone));
		set_text(object, "group", report_group_word(zone->group));
		json_object_set_new(object, "letters", letters_json(zone->letters));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *flows_json(const struct report_cell *cell)
{
	json_t *list = json_array();

	vec_each(crossing, &cell->flows)
		if (!report_cell_repeats(cell, crossing))
			json_array_append_new(list, json_string(crossing->flow->node.id));
	return list;
}

static json_t *cells_json(const struct report_matrix *matrix)
{
	json_t *list = json_array();
	struct buf symbols = { 0 };

	for (size_t i = 0; i < matrix->count * matrix->count; i++) {
		const struct report_cell *cell = &matrix->cells[i];
		json_t *object = json_object();

		buf_clear(&symbols);
		report_cell_print_symbols(&symbols, cell, false);
		set_text(object, "from", matrix->zones[i / matrix->count].zone->node.id);
		set_text(object, "to", matrix->zones[i % matrix->count].zone->node.id);
		set_text(object, "symbol", buf_text(&symbols));
		json_object_set_new(object, "permitted", json_boolean(cell->symbols.count > 0));
		json_object_set_new(object, "flows", flows_json(cell));
		json_array_append_new(list, object);
	}
	buf_done(&symbols);
	return list;
}

static json_t *symbols_json(const struct report_matrix *matrix)
{
	enum report_use *uses =
		arena_make_many(matrix->arena, enum report_use, matrix_symbols_count);
	json_t *list = json_array();

	report_matrix_symbol_uses(matrix, uses);
	for (size_t i = 0; i < matrix_symbols_count; i++) {
		json_t *object;

		if (uses[i] != SYMBOL_IN_FLOW)
			continue;
		object = json_object();
		set_text(object, "symbol", matrix_symbols[i].name);
		set_text(object, "clauses", matrix_symbols[i].clauses);
		set_text(object, "condition", symbol_text(&matrix_symbols[i]));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *exceptions_json(const struct policy *policy)
{
	json_t *list = json_array();

	vec_each(exception, &policy->exceptions) {
		json_t *object = json_object();

		set_text(object, "id", exception->node.id);
		set_text(object, "check", exception->check);
		set_text(object, "about", exception->about ? exception->about->id : NULL);
		set_date(object, "expires", exception->expires);
		set_text(object, "reason", exception->reason);
		json_array_append_new(list, object);
	}
	return list;
}

json_t *report_matrix_json(const struct policy *policy)
{
	struct report_matrix matrix;
	json_t *object = json_object();

	report_matrix_init(&matrix, policy);
	set_text(object, "organisation", policy->head.organisation);
	set_text(object, "gateway", policy->head.gateway);
	set_text(object, "edition", words_word(&words_edition, policy->head.edition));
	set_text(object, "model", words_word(&words_model, policy->head.model));
	json_object_set_new(object, "zones", zones_json(&matrix));
	json_object_set_new(object, "cells", cells_json(&matrix));
	json_object_set_new(object, "symbols", symbols_json(&matrix));
	json_object_set_new(object, "exceptions", exceptions_json(policy));
	report_matrix_done(&matrix);
	return object;
}
