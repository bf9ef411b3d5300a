/* Sets of packets as multi-valued decision diagrams over intervals: the same sets as boxes, kept in
 * another way. A level for each dimension; a node's edges are intervals, ascending, apart and
 * together everything; equal nodes are one node. So two sets are equal when their numbers are.
 *
 * An oracle for lib/proof/box.h and claims.h: written apart from them, slow, and in tests only. */
#pragma once

#include "proof/box.h"

struct mdd;

struct mdd *mdd_new(const enum dim *dims, size_t count); /* these alone tell packets apart */
void mdd_free(struct mdd *mdd);

typedef unsigned mdd_set;
enum { MDD_NONE, MDD_ALL };

mdd_set mdd_box(struct mdd *mdd, const struct box *box);
mdd_set mdd_union(struct mdd *mdd, mdd_set a, mdd_set b);
mdd_set mdd_meet(struct mdd *mdd, mdd_set a, mdd_set b);
mdd_set mdd_without(struct mdd *mdd, mdd_set a, mdd_set b);
bool mdd_has(const struct mdd *mdd, mdd_set set, const struct packet *packet);
/* Of these dimensions alone; modulo 2^128. */
wide mdd_count(const struct mdd *mdd, mdd_set set);
