/* The tables of others, as the last look found them: what in them could rewrite, carry, divert or
 * refuse packets (rule/bypass.h), and what of it is new. They are not ours to change, but for
 * flowtables that carry connections of zones around us (rule/offload.h): which these are is read
 * along with the rest, and taking them away is for who notes it. */
#pragma once

#include <jansson.h>

#include "nft/nft.h"
#include "rule/offload.h"

struct others;

struct others *others_new(void);
void others_free(struct others *others);

/* Each thing that the last look did not find: "rewrite", "ip nat chain postrouting", in words. */
typedef void others_on_new(void *context, const char *kind, const char *object, const char *what);

struct others_found {
	struct buf json;     /* the list */
	struct buf offloads; /* offloads_pack() */
};

/* For another process to note. The buffers are the caller's. */
void others_tell(const struct ruleset *others, offload_guards *guards, const void *context,
		 struct others_found *ret_found);
/* False: it is no such list. `gone`: a bit for each of the first 64 offloads that was taken away
 * meanwhile; what was found of these is no longer so. */
enum { OTHERS_GONE_MOST = 64 };
_must_check_ bool others_note(struct others *others, const char *json, size_t count, uint64_t gone,
			      others_on_new *on_new, void *context);

const char *others_worst(const struct others *others); /* the first critical; NULL: none */
const json_t *others_json(const struct others *others); /* {place, kind, critical, what} each */
