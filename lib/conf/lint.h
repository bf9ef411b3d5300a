/* The first reader of the raw text: finds what libconfig would accept in silence (wrapped and
 * octal integers, tabs and escapes in strings, full-width letters between settings, bytes that
 * are not UTF-8), and cuts the text into settings, each with its line. The second reader,
 * libconfig, gets one setting at a time, so that a mistake in one flow hides no other.
 *
 * Knows the syntax and the nesting, not what any setting means. */
#pragma once

#include "base/err.h"

enum { LINT_DEEPEST = 8 };

/* A setting as it stands in the text: name = value. */
struct setting {
	const char *section; /* the top-level name it stands in, or its own at top level */
	const char *name;
	const char *text; /* from the name to the end of the value; not terminated */
	size_t bytes;
	struct src at;
};

struct lint_hooks {
	void *context;
	/* A section whose members are to come one by one (zones, hosts, …)? */
	bool (*is_collection)(void *context, const char *section);
	/* A setting of a section, or a member of a collection; names live in the arena. */
	void (*on_setting)(void *context, const struct setting *setting);
	/* The section itself, once for each time it is opened as a collection. */
	void (*on_collection)(void *context, const char *section, struct src at);
	/* A setting that has an error inside: it exists, but nobody will see it. */
	void (*on_lost)(void *context, const char *name);
	/* @include "name" between settings (section NULL) or between members. */
	void (*on_include)(void *context, const char *name, struct src at, const char *section);
};

/* text[bytes] is a NUL. section: NULL at top level, else the collection an included file continues. All errors of the
 * text are added; settings with an error inside are not handed on. False when the text broke off
 * (bytes, nesting), so that nothing can be said of what is missing in it. */
bool lint_text(const char *file, const char *text, size_t bytes, const char *section,
	       const struct lint_hooks *hooks, struct arena *arena, struct errs *errs);
