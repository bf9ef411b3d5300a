/* What the parts of the reader share: where in the file they are, and how they complain. Inside
 * conf/ only. */
#pragma once

#include <libconfig.h>

#include "conf/lint.h"
#include "conf/schema.h"

struct reading {
	struct policy *policy;
	struct arena *arena; /* the policy's */
	struct errs *errs;
	struct map interned; /* texts that come again and again: names, clauses */

	struct map lost;     /* names of settings that stand there but could not be read */

	/* the setting at hand */
	const char *file;
	unsigned first_line;   /* of the setting in its file; libconfig counts from 1 */
	const char *section;   /* "flows" */
	const char *id;        /* "F05", or "" */
	const char *group;     /* "window", or NULL */
	const struct key *key; /* or NULL: the object itself */
};

struct src reading_at(const struct reading *reading, const config_setting_t *setting);

/* An error at the setting, its path filled in; kind ERR_REFUSED. */
struct err *reading_err(struct reading *reading, const char *code,
			const config_setting_t *setting);

/* "expected, found": the commonest of all, with the key's example as the hint. */
void reading_refuse(struct reading *reading, const char *code, const config_setting_t *setting,
		    const char *what);

const char *reading_intern(struct reading *reading, const char *text);

/* The value as the user wrote it, quoted for a message; lives in the errs' arena. */
const char *reading_quote(struct reading *reading, const config_setting_t *setting);

/* Reads one value into the object after the key's type. False: an err was added. */
_must_check_ bool value_read(struct reading *reading, const struct key *key,
			     const config_setting_t *setting, void *object);

/* Reads all keys of a group into an object that begins with a struct node. */
void group_read(struct reading *reading, const struct schema *schema,
		const config_setting_t *setting, void *object);

/* A member of a collection; a section that stands once. */
void member_read(struct reading *reading, const struct setting *setting,
		 const config_setting_t *value);
void section_read(struct reading *reading, const char *section, const config_setting_t *value);

/* The second pass: names to objects, and what can only be said of the whole. */
void resolve_names(struct reading *reading);
