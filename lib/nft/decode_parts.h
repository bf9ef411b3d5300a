/* What the parts of the decoder share: attributes, read with all bounds. */
#pragma once

#include <linux/netlink.h>

#include "nft/decode.h"

struct attr {
	const uint8_t *bytes; /* NULL: not there */
	uint16_t count;
};

/* Every attribute up to `most` by its number; of two, the last. False: not well-formed. */
_must_check_ bool attrs_read(struct attr *attrs, unsigned most, const uint8_t *bytes, size_t count);

/* Each attribute of a nest in turn: at starts as the nest's own bytes. */
struct attr_walk {
	const uint8_t *bytes;
	size_t left;
	unsigned type;
	struct attr attr;
	bool torn;
};
bool attr_next(struct attr_walk *walk);

/* Numbers in the kernel's order; false when absent or of another length. */
_must_check_ bool attr_u32(const struct attr *attr, uint32_t *ret_number);
_must_check_ bool attr_u64(const struct attr *attr, uint64_t *ret_number);
_must_check_ bool attr_u16(const struct attr *attr, uint16_t *ret_number);
uint32_t attr_u32_or(const struct attr *attr, uint32_t other);
uint64_t attr_u64_or(const struct attr *attr, uint64_t other);

/* Copied; NULL when absent, empty or not text. */
const char *attr_text(struct arena *arena, const struct attr *attr);
bool attr_text_is(const struct attr *attr, const char *text);

/* The text of that type in user data, copied; NULL: none. */
const char *user_data_text(struct arena *arena, const struct attr *attr, uint8_t type);

/* NFTA_DATA_VALUE in a nest of data. */
_must_check_ bool data_value(const struct attr *data, struct attr *ret_value);
_must_check_ bool data_verdict(struct arena *arena, const struct attr *data,
			       struct verdict *ret_verdict);
/* The first expression of a nest of one or of a list; is it a counter? */
bool has_counter(const struct attr *expr, const struct attr *list);

_must_check_ bool decode_rule(struct decode *decode, struct decode_table *in,
			      const struct attr *attrs);
_must_check_ bool decode_elements(struct decode *decode, struct decode_table *in,
				  const struct attr *attrs);
void intervals_join(struct ruleset *ruleset, struct set *set);
