/* See permit_join.h. Every box becomes a line of three sets with one member each; then lines that
 * differ in one set alone are made one line with the union of it, side after side, until nothing
 * changes: first those of one flow, then of all. What is joined that way is a product as before: no
 * packet is invented. */
#include "policy/permit_join.h"

#include <stdlib.h>
#include <string.h>

#include "policy/permit_join_parts.h"

struct row {
	const struct join_set *sets[SIDES];
	const struct flow **flows; /* ascending */
	size_t flow_count;
	bool not_itself;
};

struct rows {
	vec_of(struct row) list;
};

struct joining {
	struct arena *arena;
	struct join_sets sets;
	struct map names; /* fqdn → the endpoint that stands for it */
	struct map ends;  /* every end of the boxes, as bytes → itself */
	struct map by_addr; /* machines among the senders: address → struct joined_end */
	bool across; /* lines of different flows, too */
	struct rows rows;
};

/* Lines that are one but for one side. */
struct group {
	vec_of(const struct row *) rows;
};

struct group_key {
	const struct join_set *sets[SIDES]; /* NULL: the side that may differ */
	const struct flow *flow;	    /* NULL: any */
	uint64_t not_itself;
};

/* ---- 1. one line each ---- */

static const struct endpoint *name_of(struct joining *it, const struct permit *box, bool source)
{
	const struct endpoint *known;

	if (!box->by_name || box->name_is_source != source)
		return NULL;
	known = map_find_text(&it->names, box->by_name->fqdn);
	if (known)
		return known;
	map_add_text(it->arena, &it->names, box->by_name->fqdn, (void *)box->by_name);
	return box->by_name;
}

/* Padding too is zero: ends are found as bytes. */
static void end_of(struct joining *it, const struct permit *box, enum side side,
		   struct joined_end *ret_end)
{
	memset(ret_end, 0, sizeof(*ret_end));
	ret_end->by_name = name_of(it, box, side == SIDE_FROM);
	if (side == SIDE_FROM) {
		ret_end->mac_first = box->mac_first;
		ret_end->mac_last = box->mac_last;
		ret_end->first = box->src_first;
		ret_end->last = box->src_last;
	} else {
		ret_end->first = box->dst_first;
		ret_end->last = box->dst_last;
	}
}

static void ends_note(struct joining *it, const struct permit_list *boxes)
{
	vec_each(box, boxes)
		for (enum side side = SIDE_FROM; side <= SIDE_TO; side++) {
			struct joined_end end, *known;

			end_of(it, box, side, &end);
			if (map_find(&it->ends, &end, sizeof(end)))
				continue;
			known = arena_make(it->arena, struct joined_end);
			memcpy(known, &end, sizeof(end));
			/* the key is the end as it was noted: `whole` changes beside it */
			map_add(it->arena, &it->ends, arena_copy(it->arena, &end, sizeof(end)),
				sizeof(end), known);
		}
}

/* Ends that stand so in the policy; the others were cut off of something. */
static void ends_know(struct joining *it, const struct permits *of)
{
	vec_each(box, &of->list)
		for (enum side side = SIDE_FROM; side <= SIDE_TO; side++) {
			struct joined_end end, *known;

			end_of(it, box, side, &end);
			known = map_find(&it->ends, &end, sizeof(end));
			if (known)
				known->whole = true;
		}
}

static bool end_is_machine(const struct joined_end *end)
{
	return !end->by_name && addr_compare(&end->first, &end->last) == 0;
}

/* Two senders with one address: that address stands for none of them. */
static void machine_note(struct joining *it, struct joined_end *end)
{
	struct joined_end **slot;

	if (!end_is_machine(end))
		return;
	slot = map_find(&it->by_addr, &end->first, sizeof(end->first));
	if (slot) {
		if (*slot != end)
			*slot = NULL;
		return;
	}
	slot = arena_make(it->arena, struct joined_end *);
	*slot = end;
	map_add(it->arena, &it->by_addr, &end->first, sizeof(end->first), slot);
}

static const struct join_set *end_set(struct joining *it, const struct permit *box,
				      enum side side)
{
	struct joined_end end, *known;

	end_of(it, box, side, &end);
	known = map_find(&it->ends, &end, sizeof(end));
	if (side == SIDE_FROM)
		machine_note(it, known);
	memcpy(&end, known, sizeof(end));
	return join_set_get(&it->sets, side, &end, 1);
}

static void row_add(struct joining *it, const struct permit *box)
{
	struct row *row = vec_add(it->arena, &it->rows.list);
	struct joined_service service;

	memset(&service, 0, sizeof(service));
	service.proto = box->proto;
	service.first = box->port_first;
	service.last = box->port_last;
	row->sets[SIDE_FROM] = end_set(it, box, SIDE_FROM);
	row->sets[SIDE_TO] = end_set(it, box, SIDE_TO);
	row->sets[SIDE_SERVICE] = join_set_get(&it->sets, SIDE_SERVICE, &service, 1);
	row->flows = arena_make(it->arena, const struct flow *);
	row->flows[0] = box->flow;
	row->flow_count = 1;
}

/* ---- 2. lines that differ on one side ---- */

static struct group *group_get(struct joining *it, struct map *groups, const struct group_key *key)
{
	struct group *group = map_find(groups, key, sizeof(*key));

	if (group)
		return group;
	group = arena_make(it->arena, struct group);
	map_add(it->arena, groups, arena_copy(it->arena, key, sizeof(*key)), sizeof(*key), group);
	return group;
}

static const struct join_set *group_set(struct joining *it, const struct group *group,
					enum side side)
{
	size_t count = 0, bytes = side_bytes(side);
	char *items;

	vec_each(row, &group->rows)
		count += (*row)->sets[side]->count;
	items = arena_alloc(it->arena, count * bytes);
	count = 0;
	vec_each(row, &group->rows) {
		const struct join_set *set = (*row)->sets[side];

		memcpy(items + count * bytes, set->items, set->count * bytes);
		count += set->count;
	}
	return join_set_get(&it->sets, side, items, count);
}

static int flows_compare(const void *a, const void *b)
{
	unsigned x = (*(const struct flow *const *)a)->index;
	unsigned y = (*(const struct flow *const *)b)->index;

	return (x > y) - (x < y);
}

static void group_flows(struct joining *it, const struct group *group, struct row *row)
{
	size_t count = 0, once = 0;

	vec_each(member, &group->rows)
		count += (*member)->flow_count;
	row->flows = arena_make_many(it->arena, const struct flow *, count);
	count = 0;
	vec_each(member, &group->rows)
		for (size_t i = 0; i < (*member)->flow_count; i++)
			row->flows[count++] = (*member)->flows[i];
	qsort(row->flows, count, sizeof(*row->flows), flows_compare);
	for (size_t i = 0; i < count; i++)
		if (!once || row->flows[once - 1] != row->flows[i])
			row->flows[once++] = row->flows[i];
	row->flow_count = once;
}

/* One line for each group, at the place of its first; with this side's union. */
static bool rows_join(struct joining *it, enum side side)
{
	struct group **of = arena_make_many(it->arena, struct group *, it->rows.list.count + 1);
	struct rows before = it->rows, after = { 0 };
	struct map groups = { 0 };

	vec_each(row, &before.list) {
		struct group_key key = { .flow = it->across ? NULL : row->flows[0],
					 .not_itself = row->not_itself };
		size_t at = (size_t)(row - before.list.items);

		memcpy(key.sets, row->sets, sizeof(key.sets));
		key.sets[side] = NULL;
		of[at] = group_get(it, &groups, &key);
		*vec_add(it->arena, &of[at]->rows) = row;
	}
	vec_each(row, &before.list) {
		const struct group *group = of[row - before.list.items];
		struct row *joined;

		if (group->rows.items[0] != row)
			continue;
		joined = vec_add(it->arena, &after.list);
		*joined = *row;
		if (group->rows.count == 1)
			continue;
		joined->sets[side] = group_set(it, group, side);
		group_flows(it, group, joined);
	}
	it->rows = after;
	return after.list.count < before.list.count;
}

static void rows_join_all(struct joining *it)
{
	bool changed = true;

	while (changed) {
		changed = rows_join(it, SIDE_TO);
		changed |= rows_join(it, SIDE_SERVICE);
		changed |= rows_join(it, SIDE_FROM);
	}
}

/* ---- 3. machines among themselves ---- */

/* All of a zone to all of it is, packet by packet, from all others to each. With the target itself
 * among the senders, which sends nothing to itself here, these lines have the same senders; NULL:
 * this is no such line. */
static const struct join_set *senders_filled(struct joining *it, const struct row *row)
{
	const struct join_set *from = row->sets[SIDE_FROM], *to = row->sets[SIDE_TO];
	const struct joined_end *ends = from->items, *target = to->items;
	struct joined_end **itself, *items;

	if (row->not_itself || to->count != 1 || !end_is_machine(target))
		return NULL;
	itself = map_find(&it->by_addr, &target->first, sizeof(target->first));
	if (!itself || !*itself)
		return NULL;
	for (size_t i = 0; i < from->count; i++)
		if (!end_is_machine(&ends[i]) || addr_compare(&ends[i].first, &target->first) == 0)
			return NULL;
	items = arena_make_many(it->arena, struct joined_end, from->count + 1);
	memcpy(items, ends, from->count * sizeof(*items));
	memcpy(&items[from->count], *itself, sizeof(*items));
	return join_set_get(&it->sets, SIDE_FROM, items, from->count + 1);
}

static void rows_fill(struct joining *it)
{
	size_t count = it->rows.list.count;
	struct group **of = arena_make_many(it->arena, struct group *, count + 1);
	const struct join_set **filled = arena_make_many(it->arena, const struct join_set *,
							 count + 1);
	struct map groups = { 0 };

	for (size_t i = 0; i < count; i++) {
		const struct row *row = &it->rows.list.items[i];
		struct group_key key = { 0 };

		filled[i] = senders_filled(it, row);
		if (!filled[i])
			continue;
		key.sets[SIDE_FROM] = filled[i];
		key.sets[SIDE_SERVICE] = row->sets[SIDE_SERVICE];
		key.flow = row->flows[0];
		of[i] = group_get(it, &groups, &key);
		*vec_add(it->arena, &of[i]->rows) = row;
	}
	for (size_t i = 0; i < count; i++)
		if (of[i] && of[i]->rows.count > 1) {
			it->rows.list.items[i].sets[SIDE_FROM] = filled[i];
			it->rows.list.items[i].not_itself = true;
		}
}

/* ---- 4. in order ---- */

/* By the first items in which they differ. */
static int sets_compare(enum side side, const struct join_set *a, const struct join_set *b)
{
	int (*compare)(const void *, const void *) =
		side == SIDE_SERVICE ? services_compare : ends_compare;
	size_t bytes = side_bytes(side);

	for (size_t i = 0; i < a->count && i < b->count; i++) {
		int order = compare((const char *)a->items + i * bytes,
				    (const char *)b->items + i * bytes);

		if (order)
			return order;
	}
	return (a->count > b->count) - (a->count < b->count);
}

static int row_compare(const void *a_ptr, const void *b_ptr)
{
	const struct row *a = a_ptr, *b = b_ptr;
	int order;

	if (a->flows[0] != b->flows[0])
		return flows_compare(a->flows, b->flows);
	for (enum side side = SIDE_FROM; side < SIDES; side++) {
		order = sets_compare(side, a->sets[side], b->sets[side]);
		if (order)
			return order;
	}
	return (a->not_itself > b->not_itself) - (a->not_itself < b->not_itself);
}

static void row_keep(struct joined_list *list, const struct row *row)
{
	*vec_add(list->arena, &list->list) = (struct joined){
		.from = { row->sets[SIDE_FROM]->items, row->sets[SIDE_FROM]->count },
		.to = { row->sets[SIDE_TO]->items, row->sets[SIDE_TO]->count },
		.services = { row->sets[SIDE_SERVICE]->items, row->sets[SIDE_SERVICE]->count },
		.flows = { row->flows, row->flow_count },
		.not_itself = row->not_itself,
	};
}

void joined_init(struct joined_list *list, const struct permit_list *boxes,
		 const struct permits *of)
{
	struct arena *arena = arena_new();
	struct joining it = { .arena = arena, .sets.arena = arena };
	struct permit_list apart = { .arena = arena };

	*list = (struct joined_list){ .arena = arena };
	permits_part(boxes, &apart);
	ends_note(&it, &apart);
	ends_know(&it, of);
	vec_each(box, &apart)
		row_add(&it, box);
	/* what one flow says is one line before it is torn to join parts of it with other flows */
	rows_join(&it, SIDE_SERVICE);
	rows_join(&it, SIDE_FROM);
	rows_fill(&it);
	rows_join_all(&it);
	it.across = true;
	rows_join_all(&it);
	if (it.rows.list.count)
		qsort(it.rows.list.items, it.rows.list.count, sizeof(struct row), row_compare);
	vec_each(row, &it.rows.list)
		row_keep(list, row);
}

void joined_done(struct joined_list *list)
{
	arena_free(list->arena);
	*list = (struct joined_list){ 0 };
}
