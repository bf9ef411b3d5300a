/* A map from names to things, in an arena: open addressing, no removal (generations are built
 * once). Keys are not copied; they live as long as the map. Binary keys have their own length. */
#pragma once

#include "base/arena.h"

struct map_slot {
	const void *key;
	size_t key_bytes;
	uint64_t hash;
	void *value;
};

struct map {
	struct map_slot *slots;
	size_t count, room;
};

void *map_find(const struct map *map, const void *key, size_t key_bytes); /* or NULL */
void *map_find_text(const struct map *map, const char *key);             /* or NULL */

/* False, and the map unchanged, when the key is there already. */
bool map_add(struct arena *arena, struct map *map, const void *key, size_t key_bytes, void *value);
bool map_add_text(struct arena *arena, struct map *map, const char *key, void *value);

/* In no order. */
#define map_each(slot, map)                                                                        \
	for (const struct map_slot *slot = (map)->slots; slot < (map)->slots + (map)->room; slot++) \
		if (slot->key)

uint64_t map_hash(const void *key, size_t key_bytes);
