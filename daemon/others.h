/* The tables of others, as the last look found them: what in them could rewrite, carry, divert or
 * refuse packets (rule/bypass.h), and what of it is new. They are not ours to change. */
#pragma once

#include <jansson.h>

#include "nft/nft.h"

struct others;

struct others *others_new(void);
void others_free(struct others *others);

/* Each thing that the last look did not find: "rewrite", "ip nat chain postrouting", in words. */
typedef void others_on_new(void *context, const char *kind, const char *object, const char *what);

/* As JSON, for another process to note. */
void others_tell(const struct ruleset *others, struct buf *ret_json);
/* False: it is no such list. */
_must_check_ bool others_note(struct others *others, const char *json, size_t count,
			      others_on_new *on_new, void *context);

const char *others_worst(const struct others *others); /* the first critical; NULL: none */
const json_t *others_json(const struct others *others); /* {place, kind, critical, what} each */
