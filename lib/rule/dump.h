/* Rulesets as a file: everything that a kernel holds, written as text, one object a line, and read
 * back without a loss. It is what the daemon hands out, what a proof is asked about elsewhere and
 * later, and what an auditor keeps.
 *
 *	sekisho-dump 1
 *	head kernel="6.18.5" generation=42 at_ms=1797210000000 gateway="gw-1"
 *	table family=inet name="sekisho" flags=owner
 *	set name="alive" key=ifname:16 data=integer flags=constant
 *	element key=766c616e313130000000000000000000
 *	chain name="forward" is_base=true type=filter hook=forward policy=drop
 *	rule comment="F01" handle=12
 *	meta key=iifname slot=4
 *	lookup set="alive" slot=4 into=255
 *	verdict code=accept
 *	end tables=1 chains=1 rules=1 exprs=3 sets=1 elements=1
 *
 * A line belongs to the table, chain, rule or set last begun above it. Its fields are those of the
 * tables in field.h in their order; what is 0, false or not there is left out. The last line counts
 * all others, so that half a file is none.
 *
 * There is one way to write a ruleset: a file that is read is, written again, the same to the byte.
 * Knows no kernel; what is read may be anybody's, and is checked as far as a kernel would. */
#pragma once

#include "rule/ruleset.h"

struct dump_head {
	const char *kernel;  /* its release, or NULL */
	const char *gateway; /* the policy's name of it, or NULL */
	uint32_t generation;
};

enum { DUMP_FILE_MOST_BYTES = 256 << 20, DUMP_MEMORY_MOST_BYTES = 1 << 30 };

void dump_write(struct buf *buf, const struct ruleset *ruleset, const struct dump_head *head);

/* NULL with one err that says what is wrong in which line. Places in the file become the src of
 * what is read; all of it, `file` and the head's texts too, is copied into the ruleset's arena. */
struct ruleset *dump_read(const char *file, const char *text, size_t count,
			  struct dump_head *ret_head, struct errs *errs);
