/* What the parts of the encoder share: user data, and libnftnl's way to say "no memory". */
#pragma once

#include <stdlib.h>

#include "base/base.h"

/* Type, length, value, one behind another, as nft writes and shows comments. */
struct user_data {
	uint32_t count;
	uint8_t bytes[256];
};
struct user_data user_data_make(uint8_t type, const char *comment); /* NULL: empty */
void user_data_add(struct user_data *data, uint8_t type, const void *bytes, uint8_t count);

/* Out of memory ends the program, as in arena_alloc(). */
static inline void *encode_must(void *it)
{
	if (!it)
		abort();
	return it;
}

struct expr;
struct nftnl_expr;

/* One expression for libnftnl. NULL and *ret_why (translated): it cannot be said. */
struct nftnl_expr *encode_expr(const struct expr *expr, const char **ret_why);
/* Of those that no rule of ours has (encode_other.c); the name: NULL for the others. */
const char *other_name(const struct expr *expr);
_must_check_ bool other_put(struct nftnl_expr *it, const struct expr *expr);

void encode_slot(struct nftnl_expr *it, uint16_t attr, uint8_t slot); /* SLOT_NONE: nothing */

static inline void encode_good(int result)
{
	if (result < 0)
		abort();
}
