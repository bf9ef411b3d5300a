/* A ruleset as text: for nft -f, and as JSON. The same ruleset gives the same bytes.
 *
 * With a sink, text goes out whenever it has grown large, and what remains in buf at the end is
 * the caller's to write. When a print fails, what was written before is unfinished: it lacks
 * its closing braces, and no reader takes it. */
#pragma once

#include "rule/ruleset.h"

struct print_sink {
	bool (*write)(void *context, const char *text, size_t count);
	void *context;
};

/* False with errs where nft's language has no words for something: never left out silently.
 * The sink may be NULL. */
_must_check_ bool ruleset_print_nft(const struct ruleset *ruleset, struct buf *buf,
				    const struct print_sink *sink, struct errs *errs);
_must_check_ bool ruleset_print_json(const struct ruleset *ruleset, struct buf *buf,
				     const struct print_sink *sink);

/* One rule as nft would write it, without its comment. False: it cannot be said, *ret_why. */
_must_check_ bool rule_print_nft(const struct table *table, const struct rule *rule,
				 struct buf *buf, const char **ret_why);

/* Writes out what has grown large; for the printers. */
bool print_flush(struct buf *buf, const struct print_sink *sink, size_t from_bytes);
