/* Names in the ruleset, made of the user's ids. An id may hold anything of [A-Za-z0-9_.-] and
 * be as long as the file allows; a name of nft begins with a letter, knows reserved words and
 * ends at 127 bytes. So every name has a prefix, and one that would be too long, or ambiguous
 * because an id itself holds the "_" that joins them ("a_b" to "c", "a" to "b_c"), ends in a
 * fingerprint of the ids. A plain name has two joints, a fingerprinted one more: they differ. */
#include "rule/compile_parts.h"

#include <string.h>

enum { ID_PLAIN_MOST = 50, ID_CUT = 40, LOG_PREFIX_MOST = 126 };

static uint64_t ids_fingerprint(const char *a, const char *b)
{
	uint64_t parts[2] = { map_hash(a, strlen(a)), b ? map_hash(b, strlen(b)) : 0 };

	return map_hash(parts, sizeof(parts));
}

static bool is_plain(const char *id)
{
	return strlen(id) <= ID_PLAIN_MOST && !strchr(id, '_');
}

const char *name_of(struct compile *compile, const char *prefix, const char *a, const char *b)
{
	struct arena *arena = compile->ruleset->arena;

	if (is_plain(a) && (!b || is_plain(b)))
		return b ? arena_printf(arena, "%s_%s_%s", prefix, a, b)
			 : arena_printf(arena, "%s_%s", prefix, a);
	if (!b)
		return arena_printf(arena, "%s_%.*s_x_%016llx", prefix, ID_CUT, a,
				    (unsigned long long)ids_fingerprint(a, NULL));
	return arena_printf(arena, "%s_%.*s_%.*s_x_%016llx", prefix, ID_CUT, a, ID_CUT, b,
			    (unsigned long long)ids_fingerprint(a, b));
}

const char *log_prefix(struct compile *compile, const char *reason, const char *a, const char *b)
{
	if (!a)
		return arena_printf(compile->ruleset->arena, "sekisho %s", reason);
	return arena_printf(compile->ruleset->arena, "sekisho %s %.*s %.*s", reason,
			    LOG_PREFIX_MOST / 3, a, LOG_PREFIX_MOST / 3, b);
}
