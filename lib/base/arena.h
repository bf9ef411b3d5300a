/* Memory that lives and dies together: one arena per generation (a policy, a ruleset, a report).
 * What is allocated is zeroed, aligned for any object, and freed only whole.
 *
 * Two ways to run out. A cap (arena_new_capped) is for memory that an outsider can make us
 * use: arena_try() then returns NULL and the caller reports it. Everything else uses
 * arena_alloc(), which ends the program when the machine itself has no memory left: there is
 * no state in which half of a policy may go on. */
#pragma once

#include <stdarg.h>

#include "base/base.h"

struct arena;

struct arena *arena_new(void);
struct arena *arena_new_capped(size_t cap_bytes);
void arena_free(struct arena *arena);
CLEANUP_FUNC(struct arena *, arena_free);

void *arena_alloc(struct arena *arena, size_t bytes);
_must_check_ void *arena_try(struct arena *arena, size_t bytes);
size_t arena_used_bytes(const struct arena *arena);

#define arena_make(arena, type) ((type *)arena_alloc(arena, sizeof(type)))
#define arena_make_many(arena, type, count) ((type *)arena_alloc(arena, sizeof(type) * (count)))

char *arena_copy(struct arena *arena, const void *bytes, size_t count); /* and a NUL behind it */
char *arena_strdup(struct arena *arena, const char *text);             /* NULL gives NULL */
char *arena_printf(struct arena *arena, const char *fmt, ...) _printf_(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list args) _printf_(2, 0);

/* A growing array inside an arena: struct { T *items; size_t count, room; }. Outgrown storage
 * stays in the arena until it is freed, at most as much again as the array itself. */
#define vec_of(type)                                                                               \
	struct {                                                                                   \
		type *items;                                                                       \
		size_t count, room;                                                                \
	}

void *arena_vec_grow(struct arena *arena, void *items, size_t count, size_t *room, size_t size);

/* Makes room for one more, zeroed, and gives its address. */
#define vec_add(arena, vec)                                                                        \
	((vec)->count == (vec)->room                                                               \
		 ? (void)((vec)->items = arena_vec_grow(arena, (vec)->items, (vec)->count,         \
							&(vec)->room, sizeof(*(vec)->items)))      \
		 : (void)0,                                                                        \
	 &(vec)->items[(vec)->count++])

#define vec_each(it, vec)                                                                          \
	for (__typeof__((vec)->items + 0) it = (vec)->items;                                       \
	     it && it < (vec)->items + (vec)->count; it++)
