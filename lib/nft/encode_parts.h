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

static inline void encode_good(int result)
{
	if (result < 0)
		abort();
}
