/* See claims.h. A claim is stored by what it binds alone; those of a pair of interfaces are found
 * together, and one that is equal to a box by its hash. */
#include "proof/claims.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR_MOST = 1000, TRIES = 256, DRAWS = 64 };

const enum dim claim_dims[] = { DIM_IIF, DIM_OIF, DIM_ETHERTYPE, DIM_SMAC, DIM_NEXT_MAC, DIM_SRC,
				DIM_DST, DIM_PROTO, DIM_T0, DIM_T2 };
const size_t claim_dim_count = array_count(claim_dims);

struct claim {
	wide src_first, src_last, dst_first, dst_last;
	uint64_t smac_first, smac_last, next_first, next_last;
	uint32_t flow;
	uint16_t iif, oif; /* in names; ANY_NAME: any */
	uint16_t ethertype, t0_first, t0_last, t2_first, t2_last;
	uint8_t proto_first, proto_last;
	bool must;
	uint32_t next_of_key, next_of_way; /* chains of equal ones, from 1; 0: the end */
};

enum { ANY_NAME = UINT16_MAX };

struct key { /* no gaps: what a claim binds but for next */
	wide src_first, src_last, dst_first, dst_last;
	uint64_t smac_first, smac_last;
	uint16_t iif, oif, ethertype, t0_first, t0_last, t2_first, t2_last;
	uint8_t proto_first, proto_last;
};
_Static_assert(sizeof(struct key) == 64 + 16 + 16, "no gaps");

struct way_key {
	wide iif, oif; /* 0 and 0: any */
};

struct chain_of {
	uint32_t first; /* from 1 */
};

void claims_init(struct claims *claims, enum path path)
{
	*claims = (struct claims){ .arena = arena_new(), .path = path };
}

void claims_done(struct claims *claims)
{
	arena_free(claims->arena);
	*claims = (struct claims){ 0 };
}

unsigned claims_add_flow(struct claims *claims, const char *id, struct src src)
{
	*vec_add(claims->arena, &claims->flows) =
		(struct claim_flow){ arena_strdup(claims->arena, id), src };
	return (unsigned)claims->flows.count - 1;
}

static long name_find(const struct claims *claims, wide name)
{
	for (size_t i = 0; i < claims->names.count; i++)
		if (claims->names.items[i] == name)
			return (long)i;
	return -1;
}

void claims_add_interface(struct claims *claims, wide name)
{
	if (name_find(claims, name) < 0)
		*vec_add(claims->arena, &claims->names) = name;
}

static void key_fill(struct key *key, const struct claim *claim)
{
	memset(key, 0, sizeof(*key));
	key->src_first = claim->src_first;
	key->src_last = claim->src_last;
	key->dst_first = claim->dst_first;
	key->dst_last = claim->dst_last;
	key->smac_first = claim->smac_first;
	key->smac_last = claim->smac_last;
	key->iif = claim->iif;
	key->oif = claim->oif;
	key->ethertype = claim->ethertype;
	key->t0_first = claim->t0_first;
	key->t0_last = claim->t0_last;
	key->t2_first = claim->t2_first;
	key->t2_last = claim->t2_last;
	key->proto_first = claim->proto_first;
	key->proto_last = claim->proto_last;
}

/* What of the box a claim can bind. False: it has an interface that no claim has. */
static bool claim_of(const struct claims *claims, const struct box *box, struct claim *ret_claim)
{
	long iif = box_is_point(box, DIM_IIF) ? name_find(claims, box->first[DIM_IIF]) : ANY_NAME;
	long oif = box_is_point(box, DIM_OIF) ? name_find(claims, box->first[DIM_OIF]) : ANY_NAME;

	if (iif < 0 || oif < 0)
		return false;
	*ret_claim = (struct claim){
		.src_first = box->first[DIM_SRC],
		.src_last = box->last[DIM_SRC],
		.dst_first = box->first[DIM_DST],
		.dst_last = box->last[DIM_DST],
		.smac_first = (uint64_t)box->first[DIM_SMAC],
		.smac_last = (uint64_t)box->last[DIM_SMAC],
		.next_first = (uint64_t)box->first[DIM_NEXT_MAC],
		.next_last = (uint64_t)box->last[DIM_NEXT_MAC],
		.iif = (uint16_t)iif,
		.oif = (uint16_t)oif,
		.ethertype = (uint16_t)box->first[DIM_ETHERTYPE],
		.t0_first = (uint16_t)box->first[DIM_T0],
		.t0_last = (uint16_t)box->last[DIM_T0],
		.t2_first = (uint16_t)box->first[DIM_T2],
		.t2_last = (uint16_t)box->last[DIM_T2],
		.proto_first = (uint8_t)box->first[DIM_PROTO],
		.proto_last = (uint8_t)box->last[DIM_PROTO],
	};
	return true;
}

static void chain_add(struct arena *arena, struct map *map, const void *key, size_t key_bytes,
		      uint32_t number, uint32_t *ret_next)
{
	struct chain_of *chain = map_find(map, key, key_bytes);

	if (!chain) {
		chain = arena_make(arena, struct chain_of);
		map_add(arena, map, arena_copy(arena, key, key_bytes), key_bytes, chain);
	}
	*ret_next = chain->first;
	chain->first = number;
}

void claims_add(struct claims *claims, const struct box *box, unsigned flow, bool must)
{
	struct claim *claim;
	struct way_key way;
	struct key key;

	for (enum dim dim = DIM_IIF; dim <= DIM_OIF; dim++)
		if (box_is_point(box, dim))
			claims_add_interface(claims, box->first[dim]);
	claim = vec_add(claims->arena, &claims->list);
	if (!claim_of(claims, box, claim))
		abort(); /* its names were just added */
	claim->flow = flow;
	claim->must = must;
	key_fill(&key, claim);
	way = (struct way_key){ claim->iif == ANY_NAME ? 0 : box->first[DIM_IIF],
				claim->oif == ANY_NAME ? 0 : box->first[DIM_OIF] };
	chain_add(claims->arena, &claims->by_key, &key, sizeof(key), (uint32_t)claims->list.count,
		  &claim->next_of_key);
	chain_add(claims->arena, &claims->by_way, &way, sizeof(way), (uint32_t)claims->list.count,
		  &claim->next_of_way);
}

void claims_add_nameless(struct claims *claims, wide iif, wide oif)
{
	struct way_key way = { iif, oif };

	if (!map_find(&claims->nameless, &way, sizeof(way)))
		map_add(claims->arena, &claims->nameless,
			arena_copy(claims->arena, &way, sizeof(way)), sizeof(way), claims);
}

bool claims_has_nameless(const struct claims *claims, wide iif, wide oif)
{
	struct way_key there = { iif, oif }, back = { oif, iif };

	return map_find(&claims->nameless, &there, sizeof(there)) ||
	       map_find(&claims->nameless, &back, sizeof(back));
}

size_t claims_count(const struct claims *claims)
{
	return claims->list.count;
}

bool claims_must(const struct claims *claims, size_t at)
{
	return claims->list.items[at].must;
}

static void range_set(struct box *box, enum dim dim, wide first, wide last)
{
	box->first[dim] = first;
	box->last[dim] = last;
}

void claims_box(const struct claims *claims, size_t at, struct box *ret_box)
{
	const struct claim *claim = &claims->list.items[at];

	box_all(ret_box);
	if (claim->iif != ANY_NAME)
		box_fix(ret_box, DIM_IIF, claims->names.items[claim->iif]);
	if (claim->oif != ANY_NAME)
		box_fix(ret_box, DIM_OIF, claims->names.items[claim->oif]);
	box_fix(ret_box, DIM_ETHERTYPE, claim->ethertype);
	range_set(ret_box, DIM_SMAC, claim->smac_first, claim->smac_last);
	range_set(ret_box, DIM_NEXT_MAC, claim->next_first, claim->next_last);
	range_set(ret_box, DIM_SRC, claim->src_first, claim->src_last);
	range_set(ret_box, DIM_DST, claim->dst_first, claim->dst_last);
	range_set(ret_box, DIM_PROTO, claim->proto_first, claim->proto_last);
	range_set(ret_box, DIM_T0, claim->t0_first, claim->t0_last);
	range_set(ret_box, DIM_T2, claim->t2_first, claim->t2_last);
}

const struct claim_flow *claims_flow(const struct claims *claims, size_t at)
{
	return &claims->flows.items[claims->list.items[at].flow];
}

/* The claim as a set of packets: by what frame they leave is nothing that permits them. */
static void claim_permits(const struct claims *claims, size_t at, struct box *ret_box)
{
	claims_box(claims, at, ret_box);
	range_set(ret_box, DIM_NEXT_MAC, 0, dim_most(DIM_NEXT_MAC));
}

/* ---- finding ---- */

/* The ways that a box may be on, as chains of claims. */
struct walk {
	const struct claims *claims;
	const struct box *box;
	size_t slot;
	uint32_t at;
};

static bool way_meets(const struct box *box, const struct way_key *way)
{
	return (!way->iif || (way->iif >= box->first[DIM_IIF] && way->iif <= box->last[DIM_IIF])) &&
	       (!way->oif || (way->oif >= box->first[DIM_OIF] && way->oif <= box->last[DIM_OIF]));
}

/* The next claim on such a way; -1: no more. */
static long walk_next(struct walk *walk)
{
	const struct map *ways = &walk->claims->by_way;

	while (!walk->at) {
		const struct map_slot *slot;

		if (walk->slot == ways->room)
			return -1;
		slot = &ways->slots[walk->slot++];
		if (slot->key && way_meets(walk->box, slot->key))
			walk->at = ((const struct chain_of *)slot->value)->first;
	}
	walk->at--;
	{
		long found = (long)walk->at;

		walk->at = walk->claims->list.items[found].next_of_way;
		return found;
	}
}

static bool claim_meets(const struct claim *claim, const struct box *box)
{
	return claim->src_first <= box->last[DIM_SRC] && claim->src_last >= box->first[DIM_SRC] &&
	       claim->dst_first <= box->last[DIM_DST] && claim->dst_last >= box->first[DIM_DST] &&
	       claim->t2_first <= box->last[DIM_T2] && claim->t2_last >= box->first[DIM_T2] &&
	       claim->t0_first <= box->last[DIM_T0] && claim->t0_last >= box->first[DIM_T0] &&
	       claim->proto_first <= box->last[DIM_PROTO] &&
	       claim->proto_last >= box->first[DIM_PROTO] &&
	       claim->smac_first <= box->last[DIM_SMAC] &&
	       claim->smac_last >= box->first[DIM_SMAC] &&
	       claim->ethertype >= box->first[DIM_ETHERTYPE] &&
	       claim->ethertype <= box->last[DIM_ETHERTYPE];
}

static bool claim_covers(const struct claim *claim, const struct box *box)
{
	return claim->src_first <= box->first[DIM_SRC] && claim->src_last >= box->last[DIM_SRC] &&
	       claim->dst_first <= box->first[DIM_DST] && claim->dst_last >= box->last[DIM_DST] &&
	       claim->t2_first <= box->first[DIM_T2] && claim->t2_last >= box->last[DIM_T2] &&
	       claim->t0_first <= box->first[DIM_T0] && claim->t0_last >= box->last[DIM_T0] &&
	       claim->proto_first <= box->first[DIM_PROTO] &&
	       claim->proto_last >= box->last[DIM_PROTO] &&
	       claim->smac_first <= box->first[DIM_SMAC] &&
	       claim->smac_last >= box->last[DIM_SMAC] &&
	       claim->ethertype == box->first[DIM_ETHERTYPE] &&
	       claim->ethertype == box->last[DIM_ETHERTYPE];
}

/* Its ways are points that the box must have as such, or any. */
static bool way_covers(const struct claims *claims, const struct claim *claim, const struct box *box)
{
	return (claim->iif == ANY_NAME ||
		(box_is_point(box, DIM_IIF) &&
		 claims->names.items[claim->iif] == box->first[DIM_IIF])) &&
	       (claim->oif == ANY_NAME ||
		(box_is_point(box, DIM_OIF) &&
		 claims->names.items[claim->oif] == box->first[DIM_OIF]));
}

/* One that is equal to the box in all that claims bind; -1: none. */
static long equal_find(const struct claims *claims, const struct box *box)
{
	const struct chain_of *chain;
	struct claim claim;
	struct key key;

	if (!claim_of(claims, box, &claim))
		return -1;
	key_fill(&key, &claim);
	chain = map_find(&claims->by_key, &key, sizeof(key));
	return chain && box_is_point(box, DIM_ETHERTYPE) ? (long)chain->first - 1 : -1;
}

static void point_box(const struct packet *packet, struct box *ret_box)
{
	memcpy(ret_box->first, packet->at, sizeof(packet->at));
	memcpy(ret_box->last, packet->at, sizeof(packet->at));
}

static long cover_find(const struct claims *claims, const struct box *box)
{
	struct walk walk = { .claims = claims, .box = box };

	for (long at = walk_next(&walk); at >= 0; at = walk_next(&walk))
		if (claim_covers(&claims->list.items[at], box) &&
		    way_covers(claims, &claims->list.items[at], box))
			return at;
	return -1;
}

long claims_find(const struct claims *claims, const struct packet *packet)
{
	struct box box;
	long at;

	point_box(packet, &box);
	/* most claims have any source port */
	range_set(&box, DIM_T0, 0, dim_most(DIM_T0));
	at = equal_find(claims, &box);
	if (at >= 0)
		return at;
	point_box(packet, &box);
	return cover_find(claims, &box);
}

/* ---- a packet outside ---- */

/* xorshift; the same for the same ruleset, so that a report can be had again */
static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static bool is_in(const struct box *box, enum dim dim, wide value)
{
	return value >= box->first[dim] && value <= box->last[dim];
}

/* The box allows it, or its own first value. */
static void value_take(const struct box *box, enum dim dim, wide value, struct packet *packet)
{
	if (is_in(box, dim, value))
		packet->at[dim] = value;
}

/* A claim of one who is on this interface, and may send or receive in the box. */
static void claim_draw(const struct claims *claims, const struct box *box, unsigned part,
		       uint64_t *seed, struct box *ret_claim)
{
	enum dim way = part == 0 ? DIM_IIF : DIM_OIF, addr = part == 0 ? DIM_SRC : DIM_DST;

	for (unsigned i = 0; i < DRAWS; i++) {
		claims_box(claims, random_next(seed) % claims->list.count, ret_claim);
		if (part > 1 || (is_in(box, way, ret_claim->first[way]) &&
				 is_in(box, addr, ret_claim->first[addr])))
			return;
	}
}

/* Who sends, who receives and what: each of a claim, and mostly not of the same. */
void claims_try(const struct claims *claims, const struct box *box, uint64_t nth,
		struct packet *ret_packet)
{
	static const struct {
		enum dim dim;
		uint8_t part;
	} parts[] = { { DIM_IIF, 0 }, { DIM_SMAC, 0 }, { DIM_SRC, 0 }, { DIM_OIF, 1 },
		      { DIM_DST, 1 }, { DIM_NEXT_MAC, 1 }, { DIM_PROTO, 2 }, { DIM_T2, 2 },
		      { DIM_T0, 2 } };
	static const struct {
		enum dim dim;
		wide value;
	} usual[] = { { DIM_IIFTYPE, IFTYPE_ETHER }, { DIM_OIFTYPE, IFTYPE_ETHER },
		      { DIM_DEPTH, 1 }, { DIM_PROTO, 6 }, { DIM_T0, 40000 } };
	uint64_t seed = (nth + 1) * 0x9e3779b97f4a7c15;
	struct box of[3];

	box_first(box, ret_packet);
	for (size_t i = 0; i < array_count(usual); i++)
		value_take(box, usual[i].dim, usual[i].value, ret_packet);
	if (claims->list.count) {
		for (unsigned part = 0; part < array_count(of); part++)
			claim_draw(claims, box, part, &seed, &of[part]);
		for (size_t i = 0; i < array_count(parts); i++)
			if (of[parts[i].part].first[parts[i].dim] || parts[i].dim != DIM_T0)
				value_take(box, parts[i].dim,
					   of[parts[i].part].first[parts[i].dim], ret_packet);
	}
	if (nth % 4 == 3)
		value_take(box, DIM_T2, random_next(&seed) & 0xffff, ret_packet);
}

static bool try_outside(const struct claims *claims, const struct box *box,
			struct packet *ret_packet)
{
	for (uint64_t nth = 0; nth < TRIES; nth++) {
		struct packet packet;

		claims_try(claims, box, nth, &packet);
		if (!box_mend_names(box, &packet) || claims_find(claims, &packet) >= 0)
			continue;
		*ret_packet = packet;
		return true;
	}
	return false;
}

enum box_search claims_find_outside(const struct claims *claims, const struct box *box,
				    size_t *budget, struct packet *ret_packet)
{
	struct walk walk = { .claims = claims, .box = box };
	_cleanup_(arena_freep) struct arena *arena = NULL;
	vec_of(const struct box *) near = { 0 };
	long equal = equal_find(claims, box);

	if (equal >= 0 || cover_find(claims, box) >= 0)
		return BOX_NOTHING;
	if (try_outside(claims, box, ret_packet))
		return BOX_FOUND;
	arena = arena_new();
	for (long at = walk_next(&walk); at >= 0; at = walk_next(&walk)) {
		struct box *permits;

		if (!claim_meets(&claims->list.items[at], box))
			continue;
		if (near.count == NEAR_MOST)
			return BOX_TOO_MUCH;
		permits = arena_make(arena, struct box);
		claim_permits(claims, (size_t)at, permits);
		*vec_add(arena, &near) = permits;
	}
	return box_find_outside(box, near.items, near.count, budget, ret_packet);
}
