/* Asking a set: with a key that is one value by hash, with a key that is a range of packets by each
 * element that meets it. */
#include <string.h>

#include "proof/meaning_parts.h"

enum { EXACT_HITS_MOST = 4000 }; /* more are not cut out of one box one by one */

struct set_index {
	const struct set *set;
	struct slot {
		const uint8_t *key; /* the element's; NULL: empty */
		const struct element *element;
	} *slots; /* single keys, by hash */
	size_t room;
	vec_of(const struct element *) ranges;
	const struct element *rest; /* the catch-all */
};

static bool is_single(const struct set *set, const struct element *element)
{
	return !element->key_end || memcmp(element->key, element->key_end, set->key_bytes) == 0;
}

static struct slot *slot_of(const struct set_index *index, const uint8_t *key)
{
	unsigned bytes = index->set->key_bytes;
	size_t at = map_hash(key, bytes) & (index->room - 1);

	while (index->slots[at].key && memcmp(index->slots[at].key, key, bytes) != 0)
		at = (at + 1) & (index->room - 1);
	return &index->slots[at];
}

static struct set_index *index_make(struct meaning *meaning, const struct set *set)
{
	struct set_index *index = arena_make(meaning->arena, struct set_index);

	index->set = set;
	for (index->room = 8; index->room < 2 * set->elements.count; index->room *= 2)
		;
	index->slots = arena_make_many(meaning->arena, struct slot, index->room);
	vec_each(element, &set->elements) {
		if (!element->key)
			index->rest = element;
		else if (is_single(set, element))
			*slot_of(index, element->key) = (struct slot){ element->key, element };
		else
			*vec_add(meaning->arena, &index->ranges) = element;
	}
	return index;
}

static const struct set_index *index_get(struct meaning *meaning, const struct table *table,
					 const char *name)
{
	struct set_key {
		const struct table *table;
		const char *name;
	} *key, asked = { table, name };
	struct set_index *index = map_find(&meaning->indexes, &asked, sizeof(asked));
	const struct set *set;

	if (index)
		return index;
	set = table_find_set(table, name);
	if (!set)
		return NULL;
	key = arena_make(meaning->arena, struct set_key);
	*key = asked; /* of one rule: its text is where it was */
	index = index_make(meaning, set);
	map_add(meaning->arena, &meaning->indexes, key, sizeof(*key), index);
	return index;
}

/* ---- a key of one value ---- */

static bool range_has(const struct set *set, const struct element *element, const uint8_t *key)
{
	unsigned at = 0;

	for (unsigned i = 0; i < set->key.count; i++) {
		unsigned bytes = set->key.bytes[i];

		if (memcmp(key + at, element->key + at, bytes) < 0 ||
		    memcmp(key + at, element->key_end + at, bytes) > 0)
			return false;
		at += slots_of_bytes(bytes) * SLOT_BYTES;
	}
	return true;
}

static const struct element *index_find(const struct set_index *index, const uint8_t *key)
{
	const struct element *element = slot_of(index, key)->element;

	if (element)
		return element;
	vec_each(range, &index->ranges)
		if (range_has(index->set, *range, key))
			return *range;
	return index->rest;
}

/* What a hit does, to a state that is all hit. */
static enum step hit_take(struct meaning *meaning, struct state *state, const struct set *set,
			  const struct element *element, const struct expr *expr)
{
	unsigned into = expr->lookup.into * SLOT_BYTES;

	state->set = set;
	state->element = element;
	if (expr->lookup.into == SLOT_NONE || !set->is_map)
		return STEP_NEXT;
	if (set->data == DATUM_VERDICT)
		return verdict_take(meaning, state, &element->verdict);
	if (set->data == DATUM_MARK)
		cells_const(state, into, (const uint8_t *)&element->mark, sizeof(element->mark));
	else
		cells_const(state, into, element->bytes, set->data_bytes);
	return STEP_NEXT;
}

/* ---- a key of many values ---- */

struct column { /* one field of the key */
	bool is_known, is_reversed; /* ... its least significant byte first: equal, but not ordered */
	unsigned at, bytes;
	enum dim dim;
	unsigned shift;
};

struct columns {
	struct column list[SLOTS];
	size_t count;
	uint8_t known[CELLS];
};

/* False: what lies in the key cannot be compared with elements. */
static bool columns_read(const struct state *state, const struct set *set, unsigned first,
			 struct columns *ret_columns)
{
	unsigned at = 0;

	ret_columns->count = set->key.count;
	for (unsigned i = 0; i < set->key.count; i++) {
		struct column *column = &ret_columns->list[i];

		*column = (struct column){ .at = at, .bytes = set->key.bytes[i] };
		column->is_known = cells_known(state, first + at, column->bytes,
					       ret_columns->known + at);
		if (!column->is_known &&
		    !cells_number(state, first + at, column->bytes, &column->dim,
				  &column->shift)) {
			column->is_reversed = true;
			if (set->flags & SET_INTERVAL ||
			    !cells_reversed(state, first + at, column->bytes, &column->dim))
				return false;
		}
		at += slots_of_bytes(column->bytes) * SLOT_BYTES;
	}
	return true;
}

static wide number_read(const uint8_t *bytes, const struct column *column)
{
	wide number = 0;

	for (unsigned i = 0; i < column->bytes; i++)
		number = number << 8 | bytes[column->is_reversed ? column->bytes - 1 - i : i];
	return number << column->shift;
}

/* The element's part of the box; false: they do not meet. */
static bool element_narrow(const struct columns *columns, const struct element *element,
			   struct box *box)
{
	const uint8_t *end = element->key_end ? element->key_end : element->key;

	for (size_t i = 0; i < columns->count; i++) {
		const struct column *column = &columns->list[i];
		const uint8_t *low = element->key + column->at, *high = end + column->at;

		if (column->is_known) {
			if (memcmp(columns->known + column->at, low, column->bytes) < 0 ||
			    memcmp(columns->known + column->at, high, column->bytes) > 0)
				return false;
		} else {
			wide below = ((wide)1 << column->shift) - 1;

			if (!box_narrow(box, column->dim, number_read(low, column),
					number_read(high, column) | below))
				return false;
		}
	}
	return true;
}

static void hit_go(struct meaning *meaning, const struct state *state, const struct set *set,
		   const struct element *element, const struct box *box, bool covered,
		   const struct expr *expr)
{
	struct state hit;

	state_copy(&hit, state);
	hit.box = *box;
	hit.covered = covered;
	meaning_go_on(meaning, &hit, hit_take(meaning, &hit, set, element, expr));
}

/* Everything in none of the hits. */
static void misses_cut(struct arena *arena, const struct box *box, const struct boxes_of *hits,
		       struct boxes_of *ret_misses)
{
	struct boxes_of left = { 0 };

	*vec_add(arena, &left.list) = *box;
	vec_each(hit, &hits->list) {
		struct boxes_of next = { 0 };

		vec_each(piece, &left.list)
			box_subtract(arena, piece, hit, &next);
		left = next;
	}
	*ret_misses = left;
}

struct asking {
	struct meaning *meaning;
	struct arena *arena;
	const struct set *set;
	const struct expr *expr;
	struct boxes_of hits;
	bool whole; /* one element has all of the box */
	bool keep;  /* the hits are wanted as boxes */
	bool covered; /* what fails behind a hit is on its way already */
};

/* Each element that meets the box goes on with its part (not of an inverted lookup). */
static void elements_ask(struct asking *asking, const struct state *state,
			 const struct columns *columns)
{
	vec_each(element, &asking->set->elements) {
		struct box box = state->box;

		if (!element->key || !element_narrow(columns, element, &box))
			continue;
		asking->whole |= box_equal(&box, &state->box);
		if (asking->keep)
			*vec_add(asking->arena, &asking->hits.list) = box;
		if (!asking->expr->lookup.inverted)
			hit_go(asking->meaning, state, asking->set, element, &box,
			       asking->covered, asking->expr);
		if (asking->meaning->end != MEANING_WHOLE)
			return;
	}
}

/* Every element but these: all of it goes on (upper), or what none has (exact). */
static enum step inverted_take(struct asking *asking, struct state *state)
{
	struct meaning *meaning = asking->meaning;
	bool upper = meaning->run.care == MEANING_UPPER, last = is_last_test(state);
	struct boxes_of misses = { 0 };

	if (upper)
		*vec_add(asking->arena, &misses.list) = state->box;
	else
		misses_cut(asking->arena, &state->box, &asking->hits, &misses);
	vec_each(box, &misses.list) {
		struct state miss;

		state_copy(&miss, state);
		miss.box = *box;
		miss.covered = state->covered || (upper && !last);
		meaning_go_on(meaning, &miss, STEP_NEXT);
	}
	return state_rest(meaning, state, upper && !last ? NULL : &asking->hits);
}

/* What no element has: the catch-all's, or nobody's. */
static enum step misses_take(struct asking *asking, struct state *state,
			     const struct set_index *index)
{
	struct meaning *meaning = asking->meaning;
	bool upper = meaning->run.care == MEANING_UPPER, inverted = asking->expr->lookup.inverted;
	struct boxes_of misses = { 0 };

	if (asking->whole && !inverted) /* what breaks later in the rule is not on its way yet */
		return upper && !index->rest ? state_rest(meaning, state, NULL) : STEP_DEAD;
	if (inverted && (asking->whole || index->rest))
		return STEP_BREAK;
	if (inverted)
		return inverted_take(asking, state);
	if (upper)
		*vec_add(asking->arena, &misses.list) = state->box;
	else
		misses_cut(asking->arena, &state->box, &asking->hits, &misses);
	if (!index->rest)
		return state_rest(meaning, state, upper ? NULL : &misses);
	vec_each(box, &misses.list)
		hit_go(meaning, state, asking->set, index->rest, box, state->covered,
		       asking->expr);
	return STEP_DEAD;
}

/* Nobody can say whether the key is there: what an element would do, each; and nothing. */
static enum step lookup_doubt(struct meaning *meaning, struct state *state, const struct set *set,
			      const struct expr *expr)
{
	if (expr->lookup.into == SLOT_VERDICT && set) {
		state_doubt(meaning, state);
		vec_each(element, &set->elements)
			hit_go(meaning, state, set, element, &state->box,
			       meaning->run.care == MEANING_UPPER, expr);
		return state_rest(meaning, state, NULL);
	}
	if (expr->lookup.into < SLOTS) /* and all behind it: nobody knows how much it brings */
		state->cells_used = (unsigned)size_min(state->cells_used,
						       (size_t)expr->lookup.into * SLOT_BYTES);
	return doubt_take(meaning, state);
}

static enum step many_ask(struct meaning *meaning, struct state *state,
			  const struct set_index *index, const struct expr *expr)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	bool upper = meaning->run.care == MEANING_UPPER;
	struct asking asking = { .meaning = meaning,
				 .arena = arena,
				 .set = index->set,
				 .expr = expr,
				 .keep = !upper || expr->lookup.inverted,
				 /* with a catch-all nothing is a miss: each carries its own on */
				 .covered = index->rest ? state->covered : upper };
	struct columns *columns = arena_make(arena, struct columns);

	if (!columns_read(state, index->set, expr->lookup.slot * SLOT_BYTES, columns))
		return lookup_doubt(meaning, state, index->set, expr);
	elements_ask(&asking, state, columns);
	if (asking.hits.list.count > EXACT_HITS_MOST)
		meaning->end = MEANING_TOO_MUCH;
	if (meaning->end != MEANING_WHOLE)
		return STEP_DEAD;
	return misses_take(&asking, state, index);
}

/* No kernel takes another. */
static bool lookup_fits(const struct expr *expr, const struct set *set)
{
	unsigned bytes = set->is_map && set->data == DATUM_MARK ? WRITTEN_BYTES : set->data_bytes;

	if (expr->lookup.slot >= SLOTS ||
	    expr->lookup.slot * SLOT_BYTES + set->key_bytes > CELLS)
		return false;
	if (expr->lookup.into == SLOT_NONE)
		return true;
	if (expr->lookup.into == SLOT_VERDICT)
		return set->is_map && set->data == DATUM_VERDICT;
	return set->is_map && set->data != DATUM_VERDICT && expr->lookup.into < SLOTS &&
	       expr->lookup.into * SLOT_BYTES + bytes <= CELLS;
}

enum step step_lookup(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	const struct set_index *index =
		index_get(meaning, state_base(meaning, state)->table, expr->lookup.set);
	const struct element *element;
	uint8_t key[CELLS];

	/* what packets put in and time takes out is not known from here; nor whether an element that
	 * carries a limit of its own lets it be */
	if (!index || index->set->flags & SET_DYNAMIC || index->set->exprs.count)
		return lookup_doubt(meaning, state, index ? index->set : NULL, expr);
	if (!lookup_fits(expr, index->set)) {
		meaning->end = MEANING_TOO_MUCH;
		return STEP_DEAD;
	}
	if (!cells_known(state, expr->lookup.slot * SLOT_BYTES, index->set->key_bytes, key))
		return many_ask(meaning, state, index, expr);
	element = index_find(index, key);
	if (!element)
		return expr->lookup.inverted ? STEP_NEXT : STEP_BREAK;
	return expr->lookup.inverted ? STEP_BREAK
				     : hit_take(meaning, state, index->set, element, expr);
}
