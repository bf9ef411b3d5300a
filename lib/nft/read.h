/* How much is read of what the kernel holds. */
#pragma once

#include "nft/decode.h"
#include "nft/nft.h"

struct read_scope {
	const char *name; /* tables of that name; NULL: all */
	bool others;      /* all but those */
	/* NULL: the elements of all sets */
	bool (*wants)(const void *context, const struct table *table, const struct set *set);
	const void *context;
};

/* The generation was the same before and after, or it was read again. NULL with errs. */
struct ruleset *read_scope(struct nft *nft, const struct read_scope *scope,
			   uint32_t *ret_generation, struct errs *errs);

/* The rules of the chains in the decoder's tables alone, added to them; all else is as the
 * caller has put it there. */
_must_check_ bool read_rules(struct nft *nft, struct decode *decode, uint32_t *ret_generation,
			     struct errs *errs);
