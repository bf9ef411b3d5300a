/* See mdd.h. */
#include "unit/mdd.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

struct edge {
	wide last; /* from behind the one before */
	mdd_set to;
};

struct node {
	unsigned level;
	size_t count;
	struct edge edges[];
};

struct mdd {
	struct arena *arena;
	enum dim dims[DIMS];
	size_t levels;
	vec_of(struct node *) nodes; /* the first two stand for none and all */
	struct map by_edges, by_operation;
};

enum operation { OP_UNION, OP_MEET, OP_WITHOUT };

struct mdd *mdd_new(const enum dim *dims, size_t count)
{
	struct arena *arena = arena_new();
	struct mdd *mdd = arena_make(arena, struct mdd);

	mdd->arena = arena;
	mdd->levels = count;
	memcpy(mdd->dims, dims, count * sizeof(*dims));
	for (unsigned i = 0; i < 2; i++) {
		*vec_add(arena, &mdd->nodes) = arena_make(arena, struct node);
		mdd->nodes.items[i]->level = (unsigned)count;
	}
	return mdd;
}

void mdd_free(struct mdd *mdd)
{
	arena_free(mdd->arena);
}

/* The node with these edges, which are many as yet: neighbours to the same place become one. */
static mdd_set node_get(struct mdd *mdd, unsigned level, const struct edge *edges, size_t count)
{
	size_t bytes;
	struct node *node = arena_alloc(mdd->arena, sizeof(*node) + count * sizeof(*edges));
	void *known;

	node->level = level;
	for (size_t i = 0; i < count; i++) {
		if (node->count && node->edges[node->count - 1].to == edges[i].to)
			node->count--;
		node->edges[node->count].last = edges[i].last;
		node->edges[node->count++].to = edges[i].to;
	}
	if (node->count == 1)
		return node->edges[0].to;
	bytes = sizeof(*node) + node->count * sizeof(*edges);
	known = map_find(&mdd->by_edges, node, bytes);
	if (known)
		return (mdd_set)((uintptr_t)known - 1);
	*vec_add(mdd->arena, &mdd->nodes) = node;
	map_add(mdd->arena, &mdd->by_edges, node, bytes,
		(void *)(uintptr_t)mdd->nodes.count);
	return (mdd_set)mdd->nodes.count - 1;
}

mdd_set mdd_box(struct mdd *mdd, const struct box *box)
{
	mdd_set set = MDD_ALL;

	for (unsigned level = (unsigned)mdd->levels; level-- > 0;) {
		enum dim dim = mdd->dims[level];
		struct edge edges[3];
		size_t count = 0;

		if (box->first[dim])
			edges[count++] = (struct edge){ box->first[dim] - 1, MDD_NONE };
		edges[count++] = (struct edge){ box->last[dim], set };
		if (box->last[dim] != dim_most(dim))
			edges[count++] = (struct edge){ dim_most(dim), MDD_NONE };
		set = node_get(mdd, level, edges, count);
	}
	return set;
}

/* What can be said without looking. */
static bool is_plain(enum operation operation, mdd_set a, mdd_set b, mdd_set *ret_set)
{
	switch (operation) {
	case OP_UNION:
		*ret_set = a == MDD_ALL || b == MDD_ALL ? MDD_ALL : a == MDD_NONE ? b : a;
		return a <= MDD_ALL || b <= MDD_ALL || a == b;
	case OP_MEET:
		*ret_set = a == MDD_NONE || b == MDD_NONE ? MDD_NONE : a == MDD_ALL ? b : a;
		return a <= MDD_ALL || b <= MDD_ALL || a == b;
	case OP_WITHOUT:
		*ret_set = b == MDD_NONE ? a : MDD_NONE;
		return a == MDD_NONE || b <= MDD_ALL || a == b;
	}
	return false;
}

static mdd_set combine(struct mdd *mdd, enum operation operation, mdd_set a, mdd_set b);

/* Where a node has no such level its one edge is everything. */
static const struct edge *edge_at(const struct node *node, unsigned level, size_t at,
				  const struct edge *whole)
{
	return node->level == level ? &node->edges[at] : whole;
}

static mdd_set combine_nodes(struct mdd *mdd, enum operation operation, mdd_set a, mdd_set b)
{
	const struct node *left = mdd->nodes.items[a], *right = mdd->nodes.items[b];
	unsigned level = left->level < right->level ? left->level : right->level;
	struct edge whole_left = { dim_most(mdd->dims[level]), a };
	struct edge whole_right = { dim_most(mdd->dims[level]), b };
	struct edge *edges = malloc((left->count + right->count + 2) * sizeof(*edges));
	size_t count = 0, i = 0, j = 0;
	mdd_set set;

	for (;;) {
		const struct edge *from = edge_at(left, level, i, &whole_left);
		const struct edge *other = edge_at(right, level, j, &whole_right);
		wide last = from->last < other->last ? from->last : other->last;

		edges[count++] =
			(struct edge){ last, combine(mdd, operation, from->to, other->to) };
		if (last == dim_most(mdd->dims[level]))
			break;
		i += from->last == last;
		j += other->last == last;
	}
	set = node_get(mdd, level, edges, count);
	free(edges);
	return set;
}

static mdd_set combine(struct mdd *mdd, enum operation operation, mdd_set a, mdd_set b)
{
	unsigned key[3] = { operation, a, b };
	mdd_set set;
	void *known;

	if (is_plain(operation, a, b, &set))
		return set;
	known = map_find(&mdd->by_operation, key, sizeof(key));
	if (known)
		return (mdd_set)((uintptr_t)known - 1);
	set = combine_nodes(mdd, operation, a, b);
	map_add(mdd->arena, &mdd->by_operation, arena_copy(mdd->arena, key, sizeof(key)),
		sizeof(key), (void *)((uintptr_t)set + 1));
	return set;
}

mdd_set mdd_union(struct mdd *mdd, mdd_set a, mdd_set b)
{
	return combine(mdd, OP_UNION, a, b);
}

mdd_set mdd_meet(struct mdd *mdd, mdd_set a, mdd_set b)
{
	return combine(mdd, OP_MEET, a, b);
}

mdd_set mdd_without(struct mdd *mdd, mdd_set a, mdd_set b)
{
	return combine(mdd, OP_WITHOUT, a, b);
}

bool mdd_has(const struct mdd *mdd, mdd_set set, const struct packet *packet)
{
	while (set > MDD_ALL) {
		const struct node *node = mdd->nodes.items[set];
		size_t at = 0;

		while (node->edges[at].last < packet->at[mdd->dims[node->level]])
			at++;
		set = node->edges[at].to;
	}
	return set == MDD_ALL;
}

/* Values of a dimension; 0 for 2^128, as the whole count is. */
static wide span(enum dim dim)
{
	return dim_most(dim) + 1;
}

wide mdd_count(const struct mdd *mdd, mdd_set set)
{
	wide *counts = calloc(mdd->nodes.count, sizeof(*counts)), all;

	counts[MDD_ALL] = 1;
	/* children were made before their parents */
	for (size_t i = 2; i < mdd->nodes.count; i++) {
		const struct node *node = mdd->nodes.items[i];
		wide first = 0;

		for (size_t e = 0; e < node->count; e++) {
			const struct edge *edge = &node->edges[e];
			wide ways = counts[edge->to] * (edge->last - first + 1);

			for (unsigned level = node->level + 1;
			     level < mdd->nodes.items[edge->to]->level; level++)
				ways *= span(mdd->dims[level]);
			counts[i] += ways;
			first = edge->last + 1;
		}
	}
	all = counts[set];
	for (unsigned level = 0; level < mdd->nodes.items[set]->level; level++)
		all *= span(mdd->dims[level]);
	free(counts);
	return all;
}
