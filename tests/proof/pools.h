/* The values that a ruleset speaks of, as pools to draw from, and the numbers to draw with: the same
 * ones everywhere for the same seed. */
#pragma once

#include "rule/ruleset.h"
#include "tests/proof/places.h"

enum { POOL_MOST = 4096 };

struct pool {
	wide values[POOL_MOST];
	unsigned count;
};

static struct pool pool_ports, pool_v4, pool_v6, pool_macs, pool_protos, pool_marks;
static uint64_t random_state;

/* splitmix64: the same numbers everywhere */
static inline uint64_t random_next(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline unsigned below(unsigned most)
{
	return (unsigned)(random_next() % most);
}

static inline bool in_hundred(unsigned percent)
{
	return below(100) < percent;
}

/* ---- what the rules speak of ---- */

static inline void pool_add(struct pool *pool, wide value)
{
	if (pool->count < POOL_MOST)
		pool->values[pool->count++] = value;
	else
		pool->values[below(POOL_MOST)] = value;
}

static inline wide bytes_number(const uint8_t *bytes, unsigned count)
{
	wide value = 0;

	while (count--)
		value = value << 8 | *bytes++;
	return value;
}

static inline void pool_take(const uint8_t *bytes, unsigned count)
{
	wide value;
	uint32_t mark;

	if (!bytes || count > 16)
		return;
	value = bytes_number(bytes, count);
	switch (count) {
	case 1:
		pool_add(&pool_protos, value);
		break;
	case 2:
		pool_add(&pool_ports, value);
		break;
	case 4:
		memcpy(&mark, bytes, sizeof(mark));
		pool_add(&pool_marks, mark);
		if (place_is_routed(value, false))
			pool_add(&pool_v4, value);
		break;
	case 6:
		pool_add(&pool_macs, value);
		break;
	case 16:
		if (place_is_routed(value, true))
			pool_add(&pool_v6, value);
		break;
	default:
		break;
	}
}

static inline void pool_rule(const struct rule *rule)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct expr *expr = &rule->exprs[i];

		if (expr->kind == EXPR_CMP)
			pool_take(expr->cmp.value.bytes, expr->cmp.value.count);
		if (expr->kind == EXPR_RANGE) {
			pool_take(expr->range.first.bytes, expr->range.first.count);
			pool_take(expr->range.last.bytes, expr->range.last.count);
		}
	}
}

static inline void pool_set(const struct set *set)
{
	vec_each(element, &set->elements) {
		unsigned at = 0;

		for (unsigned i = 0; element->key && i < set->key.count; i++) {
			pool_take(element->key + at, set->key.bytes[i]);
			if (element->key_end)
				pool_take(element->key_end + at, set->key.bytes[i]);
			at += slots_of_bytes(set->key.bytes[i]) * SLOT_BYTES;
		}
		if (set->is_map && set->data == DATUM_MARK)
			pool_add(&pool_marks, element->mark);
	}
}

static inline int element_compare(const void *a, const void *b, void *set)
{
	const struct element *x = a, *y = b;

	if (!x->key || !y->key)
		return !y->key - !x->key;
	return memcmp(x->key, y->key, ((const struct set *)set)->key_bytes);
}

/* The kernel tells the elements of a hash in another order every time; packets must not depend on it. */
static inline void elements_sort(struct ruleset *ruleset)
{
	vec_each(table, &ruleset->tables)
		vec_each(set, &(*table)->sets)
			if ((*set)->elements.count)
				qsort_r((*set)->elements.items, (*set)->elements.count,
					sizeof(struct element), element_compare, *set);
}

static inline void pools_fill(const struct ruleset *ruleset)
{
	static const uint16_t ports[] = { 0, 1, 22, 53, 80, 443, 1024, 40000, 65535 };

	for (unsigned i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		pool_add(&pool_ports, ports[i]);
	for (unsigned i = 0; i < host_count; i++) {
		pool_add(&pool_v4, dim_of_addr(hosts[i].prefix.addr));
		pool_add(&pool_macs, hosts[i].mac);
	}
	for (unsigned i = 0; i < 24; i++)
		pool_add(&pool_v6, (wide)0xfd00 << 112 | (wide)i << 96 | 1 << i % 3);
	pool_add(&pool_marks, 1);
	vec_each(table, &ruleset->tables) {
		vec_each(chain, &(*table)->chains)
			vec_each(rule, &(*chain)->rules)
				pool_rule(rule);
		vec_each(set, &(*table)->sets)
			pool_set(*set);
	}
}

/* A value of the pool, or its neighbour. */
static inline wide pool_pick(const struct pool *pool, wide most)
{
	wide value = pool->values[below(pool->count)];

	if (in_hundred(25))
		value += in_hundred(50) ? 1 : most;
	return value & most;
}

static inline wide addr_pick(bool v6)
{
	wide addr;

	do
		addr = pool_pick(v6 ? &pool_v6 : &pool_v4, v6 ? ~(wide)0 : 0xffffffff);
	while (!place_is_routed(addr, v6));
	return addr;
}
