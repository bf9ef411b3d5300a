/* The model of the table: see matrix.h. Knows no format. */
#include "report/matrix.h"

#include <string.h>

#include "base/lang.h"

static enum report_group group_of_class(enum zone_class class)
{
	switch (class) {
	case ZONE_MYNUMBER:
	case ZONE_GOVCLOUD_MYNUMBER:
	case ZONE_RELAY_DMZ:
	case ZONE_CLOUD_UPDATE_DMZ:
		return GROUP_MYNUMBER;
	case ZONE_LGWAN:
	case ZONE_GOVCLOUD_LGWAN:
		return GROUP_LGWAN;
	case ZONE_INTERNET:
		return GROUP_INTERNET;
	case ZONE_LGWAN_WAN:
	case ZONE_TRUSTED_EXTERNAL:
	case ZONE_SECCLOUD:
	case ZONE_INTERNET_DIRECT:
	case ZONE_MAINT:
	case ZONE_GUEST:
		return GROUP_OUTSIDE;
	case ZONE_MGMT:
	case ZONE_CONSOLE:
	case ZONE_DUAL:
		return GROUP_OTHER;
	case ZONE_CLASSES:
		break;
	}
	return GROUP_OUTSIDE;
}

const char *report_group_label(enum report_group group)
{
	switch (group) {
	case GROUP_MYNUMBER:
		return words_label(&words_layer, LAYER_MYNUMBER);
	case GROUP_LGWAN:
		return words_label(&words_layer, LAYER_LGWAN);
	case GROUP_INTERNET:
		return words_label(&words_layer, LAYER_INTERNET);
	case GROUP_OUTSIDE:
		return _("outside");
	case GROUP_OTHER:
		return _("management and others");
	case GROUPS:
		break;
	}
	return "";
}

const char *report_group_word(enum report_group group)
{
	static const char *const words[GROUPS] = { "mynumber", "lgwan", "internet", "outside",
						   "other" };

	return words[group];
}

/* ---- building ---- */

static void add_zones(struct report_matrix *matrix)
{
	const struct policy *policy = matrix->policy;

	matrix->zones = arena_make_many(matrix->arena, struct report_zone, policy->zones.count + 1);
	for (enum report_group group = 0; group < GROUPS; group++)
		vec_each(zone, &policy->zones)
			if (group_of_class(zone->class) == group)
				matrix->zones[matrix->count++] = (struct report_zone){
					.zone = zone,
					.group = group,
					.letters = 1u << letter_of_class(zone->class),
				};
}

/* An excepted peer or an approved cloud makes its zone more than the class of the zone says. */
static void add_endpoint_letters(struct report_matrix *matrix, const size_t *places)
{
	static const struct flow none = { .class = FLOW_INTRA };

	vec_each(endpoint, &matrix->policy->endpoints) {
		struct party peer = { .kind = PARTY_ENDPOINT, .endpoint = endpoint };
		struct party other = { .kind = PARTY_ZONE, .zone = endpoint->zone };
		enum letter letter = party_letter(&peer, false, &other, &none);

		matrix->zones[places[endpoint->zone->index]].letters |= 1u << letter;
	}
}

/* —: within one zone only. M, L and I are layers of many zones, the other letters are not. */
static bool letters_bridge(enum letter from, enum letter to, bool same_zone)
{
	return from == to && !same_zone && from != LETTER_M && from != LETTER_L &&
	       from != LETTER_I;
}

static void cell_add_symbol(struct arena *arena, struct report_cell *cell,
			    const struct symbol *symbol)
{
	vec_each(known, &cell->symbols)
		if (*known == symbol)
			return;
	*vec_add(arena, &cell->symbols) = symbol;
}

/* Adds the model's symbols for one pair of letters to the cell; gives the one that allows the
 * class of flow, or NULL. */
static const struct symbol *cell_add_letters(struct report_matrix *matrix, struct report_cell *cell,
					     enum letter from, enum letter to, bool same_zone,
					     uint32_t class_bit)
{
	char text[MATRIX_CELL_BYTES];
	const char *at = matrix_cell(matrix->policy->head.model, from, to, text);
	const struct symbol *allowing = NULL;

	if (letters_bridge(from, to, same_zone))
		return NULL;
	while (*at) {
		size_t length = strcspn(at, " ");
		const struct symbol *symbol = symbol_find(at, length);

		if (symbol) /* × is no symbol */
			cell_add_symbol(matrix->arena, cell, symbol);
		if (symbol && !allowing && symbol->classes & class_bit)
			allowing = symbol;
		at += length + (at[length] == ' ');
	}
	return allowing;
}

static void add_symbols(struct report_matrix *matrix)
{
	for (size_t i = 0; i < matrix->count * matrix->count; i++) {
		const struct report_zone *from = &matrix->zones[i / matrix->count];
		const struct report_zone *to = &matrix->zones[i % matrix->count];

		for (unsigned f = 0; f < LETTERS; f++)
			for (unsigned t = 0; t < LETTERS; t++)
				if (from->letters & 1u << f && to->letters & 1u << t)
					cell_add_letters(matrix, &matrix->cells[i], f, t,
							 from == to, 0);
	}
}

static void add_pair(struct report_matrix *matrix, const size_t *places, const struct flow *flow,
		     const struct party *from, const struct party *to)
{
	const struct zone *from_zone = party_zone(from), *to_zone = party_zone(to);
	struct report_flow crossing = { .flow = flow };
	struct report_cell *cell;

	if (!from_zone || !to_zone)
		return; /* conf/ leaves no such name, but a policy built by hand may */
	cell = &matrix->cells[places[from_zone->index] * matrix->count + places[to_zone->index]];
	crossing.from = party_letter(from, true, to, flow);
	crossing.to = party_letter(to, false, from, flow);
	crossing.symbol = cell_add_letters(matrix, cell, crossing.from, crossing.to,
					   from_zone == to_zone, 1u << flow->class);
	/* crossings of one flow stand together at the end of the cell */
	for (size_t i = cell->flows.count; i-- && cell->flows.items[i].flow == flow;)
		if (cell->flows.items[i].from == crossing.from &&
		    cell->flows.items[i].to == crossing.to)
			return;
	*vec_add(matrix->arena, &cell->flows) = crossing;
}

void report_matrix_init(struct report_matrix *matrix, const struct policy *policy)
{
	struct arena *arena = arena_new();
	size_t *places = arena_make_many(arena, size_t, policy->zones.count + 1);

	*matrix = (struct report_matrix){ .arena = arena, .policy = policy };
	add_zones(matrix);
	for (size_t i = 0; i < matrix->count; i++)
		places[matrix->zones[i].zone->index] = i;
	add_endpoint_letters(matrix, places);
	matrix->cells = arena_make_many(arena, struct report_cell,
					matrix->count * matrix->count + 1);
	add_symbols(matrix);
	vec_each(flow, &policy->flows)
		for (size_t f = 0; f < flow->from.count; f++)
			for (size_t t = 0; t < flow->to.count; t++)
				add_pair(matrix, places, flow, &flow->from.items[f],
					 &flow->to.items[t]);
}

void report_matrix_done(struct report_matrix *matrix)
{
	arena_free(matrix->arena);
	*matrix = (struct report_matrix){ 0 };
}

/* ---- reading ---- */

const struct report_cell *report_matrix_cell(const struct report_matrix *matrix, size_t from,
					     size_t to)
{
	return &matrix->cells[from * matrix->count + to];
}

bool report_cell_is_refused(const struct report_cell *cell)
{
	vec_each(crossing, &cell->flows)
		if (!crossing->symbol)
			return true;
	return false;
}

bool report_cell_repeats(const struct report_cell *cell, const struct report_flow *at)
{
	return at > cell->flows.items && at[-1].flow == at->flow;
}

size_t report_cell_flow_count(const struct report_cell *cell)
{
	size_t count = 0;

	vec_each(crossing, &cell->flows)
		count += !report_cell_repeats(cell, crossing);
	return count;
}

static bool cell_uses(const struct report_cell *cell, const struct symbol *symbol)
{
	vec_each(crossing, &cell->flows)
		if (crossing->symbol == symbol)
			return true;
	return false;
}

void report_cell_print_symbols(struct buf *buf, const struct report_cell *cell, bool flows_only)
{
	const char *blank = "";

	vec_each(symbol, &cell->symbols) {
		if (flows_only && cell->flows.count && !cell_uses(cell, *symbol))
			continue;
		buf_add_text(buf, blank);
		buf_add_text(buf, (*symbol)->name);
		blank = " ";
	}
	if (!*blank)
		buf_add_text(buf, "×");
}

void report_matrix_symbol_uses(const struct report_matrix *matrix, enum report_use *ret_uses)
{
	for (size_t i = 0; i < matrix_symbols_count; i++)
		ret_uses[i] = SYMBOL_ABSENT;
	for (size_t i = 0; i < matrix->count * matrix->count; i++) {
		vec_each(symbol, &matrix->cells[i].symbols)
			if (ret_uses[*symbol - matrix_symbols] == SYMBOL_ABSENT)
				ret_uses[*symbol - matrix_symbols] = SYMBOL_IN_CELL;
		vec_each(crossing, &matrix->cells[i].flows)
			if (crossing->symbol)
				ret_uses[crossing->symbol - matrix_symbols] = SYMBOL_IN_FLOW;
	}
}

const char *report_exception_about(const struct exception *exception)
{
	return exception->about ? exception->about->id : _("the whole policy");
}
