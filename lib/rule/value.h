/* The text of values, after their datum, as nft reads and writes them. Written by hand and not
 * with printf: a ruleset of 100,000 flows holds a million of them. */
#pragma once

#include "rule/ruleset.h"

/* False, and nothing added, when nft's language has no words for it: a name with a quote or a
 * star in it, which nft would take for a pattern. */
_must_check_ bool value_print(struct buf *buf, enum datum datum, const uint8_t *bytes,
			      unsigned count);

/* "a . b-c . d"; key_end may be NULL. */
_must_check_ bool key_print(struct buf *buf, const struct key *key, const uint8_t *bytes,
			    const uint8_t *bytes_end);
void key_type_print(struct buf *buf, const struct key *key); /* "mark . ifname" */

void hex_print(struct buf *buf, const uint8_t *bytes, unsigned count); /* 0x0a01 */
void mark_print(struct buf *buf, uint32_t mark);                       /* 0x0000002a */
bool verdict_print(struct buf *buf, const struct verdict *verdict);    /* "goto x" */
bool text_is_quotable(const char *text); /* fit for nft's double quotes, which know no escapes */
