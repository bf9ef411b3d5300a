/* See arena.h. Blocks double up to a mebibyte, so that a small policy stays small and a large
 * one needs few calls; an object larger than a block gets one of its own. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_FIRST_BYTES = 4096, BLOCK_LARGEST_BYTES = 1 << 20, ALIGN_BYTES = 16 };

struct block {
	struct block *next;
	size_t room_bytes;
	_Alignas(ALIGN_BYTES) unsigned char bytes[];
};

struct arena {
	struct block *blocks; /* the one that is being filled first */
	size_t filled_bytes;  /* of that one */
	size_t used_bytes;    /* of all, room included */
	size_t cap_bytes;     /* 0: none */
};

static _noreturn_ void no_memory(size_t bytes)
{
	fprintf(stderr, "sekisho: out of memory (%zu bytes wanted)\n", bytes);
	abort();
}

struct arena *arena_new_capped(size_t cap_bytes)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		no_memory(sizeof(*arena));
	arena->cap_bytes = cap_bytes;
	return arena;
}

struct arena *arena_new(void)
{
	return arena_new_capped(0);
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

static bool block_add(struct arena *arena, size_t bytes)
{
	size_t room = arena->blocks ? size_min(arena->blocks->room_bytes * 2, BLOCK_LARGEST_BYTES)
				    : BLOCK_FIRST_BYTES;
	struct block *block;

	room = size_max(room, bytes);
	if (arena->cap_bytes && arena->used_bytes + room > arena->cap_bytes) {
		room = bytes;
		if (arena->used_bytes + room > arena->cap_bytes)
			return false;
	}
	block = calloc(1, sizeof(*block) + room);
	if (!block)
		return false;
	block->room_bytes = room;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->filled_bytes = 0;
	arena->used_bytes += room;
	return true;
}

void *arena_try(struct arena *arena, size_t bytes)
{
	void *it;

	if (bytes > SIZE_MAX / 4)
		return NULL;
	bytes = (bytes + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
	if (!arena->blocks || arena->blocks->room_bytes - arena->filled_bytes < bytes)
		if (!block_add(arena, bytes))
			return NULL;
	it = arena->blocks->bytes + arena->filled_bytes;
	arena->filled_bytes += bytes;
	return it;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	void *it = arena_try(arena, bytes);

	if (!it)
		no_memory(bytes);
	return it;
}

size_t arena_used_bytes(const struct arena *arena)
{
	return arena->used_bytes;
}

char *arena_copy(struct arena *arena, const void *bytes, size_t count)
{
	char *copy = arena_alloc(arena, count + 1);

	if (count)
		memcpy(copy, bytes, count);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (length < 0)
		return arena_strdup(arena, fmt);
	text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, fmt, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = arena_vprintf(arena, fmt, args);
	va_end(args);
	return text;
}

void *arena_vec_grow(struct arena *arena, void *items, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 4;
	void *grown;

	if (more > SIZE_MAX / 2 / size)
		no_memory(SIZE_MAX);
	grown = arena_alloc(arena, more * size);
	if (count)
		memcpy(grown, items, count * size);
	*room = more;
	return grown;
}
