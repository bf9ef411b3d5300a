/* See map.h. Keys come from files that an attacker may have had a hand in, but one who can write
 * the policy needs no slow hash; a multiply-and-fold over words is enough. */
#include "base/map.h"

#include <string.h>

static uint64_t hash_fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t map_hash(const void *key, size_t key_bytes)
{
	const unsigned char *at = key;
	uint64_t hash = 0x9e3779b97f4a7c15u ^ key_bytes;

	for (; key_bytes >= 8; at += 8, key_bytes -= 8) {
		uint64_t word;

		memcpy(&word, at, 8);
		hash = hash_fold(hash ^ word, 0xa0761d6478bd642fu);
	}
	if (key_bytes) {
		uint64_t word = 0;

		memcpy(&word, at, key_bytes);
		hash = hash_fold(hash ^ word, 0xe7037ed1a0b428dbu);
	}
	return hash ^ hash >> 32;
}

static struct map_slot *slot_find(const struct map *map, const void *key, size_t key_bytes,
				  uint64_t hash)
{
	size_t at = hash & (map->room - 1);

	for (;; at = (at + 1) & (map->room - 1)) {
		struct map_slot *slot = &map->slots[at];

		if (!slot->key)
			return slot;
		if (slot->hash == hash && slot->key_bytes == key_bytes &&
		    memcmp(slot->key, key, key_bytes) == 0)
			return slot;
	}
}

void *map_find(const struct map *map, const void *key, size_t key_bytes)
{
	if (!map->room)
		return NULL;
	return slot_find(map, key, key_bytes, map_hash(key, key_bytes))->value;
}

void *map_find_text(const struct map *map, const char *key)
{
	return map_find(map, key, strlen(key));
}

static void map_grow(struct arena *arena, struct map *map)
{
	struct map old = *map;

	map->room = old.room ? old.room * 4 : 16;
	map->slots = arena_make_many(arena, struct map_slot, map->room);
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].key)
			*slot_find(map, old.slots[i].key, old.slots[i].key_bytes,
				   old.slots[i].hash) = old.slots[i];
}

bool map_add(struct arena *arena, struct map *map, const void *key, size_t key_bytes, void *value)
{
	uint64_t hash = map_hash(key, key_bytes);
	struct map_slot *slot;

	if (map->count * 3 >= map->room * 2)
		map_grow(arena, map);
	slot = slot_find(map, key, key_bytes, hash);
	if (slot->key)
		return false;
	*slot = (struct map_slot){ key, key_bytes, hash, value };
	map->count++;
	return true;
}

bool map_add_text(struct arena *arena, struct map *map, const char *key, void *value)
{
	return map_add(arena, map, key, strlen(key), value);
}
