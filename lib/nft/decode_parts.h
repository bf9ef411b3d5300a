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
/* An expression being read: whoever takes what is not there or out of its range makes it bad,
 * and it becomes unknown. */
struct reading {
	struct arena *arena;
	const struct attr *attrs;
	bool nested; /* within another one, where none holds a third */
	bool good;
};
uint32_t take_u32(struct reading *in, unsigned attr);
uint8_t take_u8(struct reading *in, unsigned attr);
uint8_t take_below(struct reading *in, unsigned attr, uint32_t below);
uint32_t take_flags(struct reading *in, unsigned attr, uint32_t known); /* absent: 0 */
uint8_t take_slot(struct reading *in, unsigned attr);
uint8_t take_slot_or_none(struct reading *in, unsigned attr);
struct value take_value(struct reading *in, unsigned attr);
const char *take_text(struct reading *in, unsigned attr);

/* Those that only others use (decode_other.c); NULL: there is none of that name. */
struct expr_reader {
	const char *name;
	void (*read)(struct reading *in, struct expr *expr);
	unsigned known; /* the highest attribute we know; one above it may change all the rest */
};
const struct expr_reader *other_reader_find(const struct attr *name);

/* One expression out of its nest; a list of them. Nested: in another one or in an element. */
_must_check_ bool decode_expr(struct arena *arena, const struct attr *nest, bool nested,
			      struct expr *expr);
_must_check_ bool decode_exprs(struct arena *arena, const struct attr *list, bool nested,
			       struct exprs *ret_exprs);

_must_check_ bool decode_rule(struct decode *decode, struct decode_table *in,
			      const struct attr *attrs);
_must_check_ bool decode_elements(struct decode *decode, struct decode_table *in,
				  const struct attr *attrs);
/* What a set says that its elements carry, or what one of them does: one expression or a list. */
_must_check_ bool carried_read(struct arena *arena, struct set *set, const struct attr *expr,
			       const struct attr *list);
void intervals_join(struct ruleset *ruleset, struct set *set);
