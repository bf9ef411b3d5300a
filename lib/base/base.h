/* What every room may lean on: attributes, arrays of known length, and cleanup at scope end.
 * Knows nothing of policies, rules or the kernel. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define array_count(a) (sizeof(a) / sizeof((a)[0]))

#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
#define _must_check_ __attribute__((warn_unused_result))
#define _nonnull_ __attribute__((nonnull))
#define _noreturn_ __attribute__((noreturn))
#define _unused_ __attribute__((unused))
#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* Defines NAMEp(), for _cleanup_(NAMEp), out of NAME(). */
#define CLEANUP_FUNC(type, name)                                                                   \
	static inline void name##p(type *it)                                                       \
	{                                                                                          \
		if (*it)                                                                           \
			name(*it);                                                                 \
	}                                                                                          \
	struct cleanup_##name##_semicolon

static inline size_t size_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline size_t size_max(size_t a, size_t b)
{
	return a > b ? a : b;
}
