/* The difference in shape between two rulesets, by the field tables: what is only in one, and
 * which fields of what is in both differ. It becomes the delta that is sent to the kernel, and
 * the report of what somebody did to it.
 *
 * Tables, chains, sets, objects and elements are the same by their key (name, or key bytes);
 * rules by their place, after what is equal before and behind has been matched, so that a rule
 * put in between is one addition. Handles and counters are state, not shape. Time left is, too;
 * but where both rulesets say when it was true, an element that would end at another moment
 * differs, though it has the same timeout: somebody may have begun it anew. */
#pragma once

#include "rule/ruleset.h"

enum { DEADLINE_SLACK_MS = 10000 }; /* as long as the largest transaction may take */

enum diff_op { DIFF_ADD, DIFF_REMOVE, DIFF_CHANGE };
enum diff_kind { DIFF_TABLE, DIFF_CHAIN, DIFF_RULE, DIFF_SET, DIFF_ELEMENT, DIFF_OBJECT };

struct diff_item {
	uint8_t op, kind;
	const char *path;      /* "inet sekisho chain forward rule 3 expr 2 cmp" */
	const char *field;     /* of a change; else NULL */
	const char *was, *is;  /* its values as text; else NULL */
	struct src src_was, src_is;

	/* for the codec; NULL on the side that has none */
	const struct table *table_was, *table_is;
	const struct chain *chain_was, *chain_is; /* of a chain or a rule */
	const struct set *set_was, *set_is;       /* of a set or an element */
	const void *was_object, *is_object;       /* the table, chain, rule, set, … itself */
	size_t at_was, at_is;                     /* of a rule: its place in its chain */
};

struct diff {
	struct arena *arena;
	vec_of(struct diff_item) items; /* at most `most` */
	size_t count;                   /* all of them */
};

/* From `was` to `is`; most 0: no limit. An added table or chain is one item for itself and one
 * for each thing in it. Points into both rulesets, which must outlive it. */
void ruleset_diff(const struct ruleset *was, const struct ruleset *is, size_t most,
		  struct diff *ret_diff);
void diff_done(struct diff *diff);

/* One line: "~ inet sekisho set alive size: 16 → 32". */
void diff_item_print(struct buf *buf, const struct diff_item *item);
