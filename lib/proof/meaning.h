/* What rules mean: the ruleset executed on whole sets of packets at once. A box goes in at the
 * first base chain of a path; where a rule tells packets of it apart the box is split, and each
 * part ends as a leaf: it passes or it is dropped, by a rule that is named.
 *
 * Two ways to split. MEANING_UPPER keeps for the packets that do not match the whole box: every
 * packet that passes is in a leaf that passes, but such a leaf may hold others as well. It costs
 * next to nothing, and what is within the policy even so needs no second look. MEANING_EXACT cuts
 * out what matched: leaves are disjoint and exact, and can be many.
 *
 * What cannot be known (a limit, another's expression) goes both ways, and the leaf says by which
 * rule (doubt). An element of a set counts as there until the kernel has removed it.
 *
 * Written apart from replay.h, which judges it. Knows no policy and no kernel. */
#pragma once

#include "proof/box.h"
#include "rule/ruleset.h"

struct place {
	const struct table *table; /* NULL: none */
	const struct chain *chain;
	const struct rule *rule; /* NULL: the policy of the chain */
};

struct leaf {
	bool passes;
	bool stolen; /* neither: a rule of somebody else takes it elsewhere (queue, fwd) */
	const struct box *box;	 /* as the packets came in: what rules write to them is not in it */
	bool has_ct_mark;	 /* the connection ends with this mark, all of the box */
	uint32_t ct_mark;
	struct place by;	 /* what decided; of what passes, at the deciding hook */
	const struct set *set;	 /* the last that was asked on the way and had it, or NULL */
	const struct element *element;
	struct place doubt;
};

enum meaning_care { MEANING_UPPER, MEANING_EXACT };
enum meaning_stage {
	MEANING_ALL,	  /* every hook of the path */
	MEANING_DECIDING, /* forward, input or output alone */
};
enum meaning_end { MEANING_WHOLE, MEANING_STOPPED, MEANING_TOO_MUCH };

struct meaning;

/* The ruleset outlives it. Chains of dormant tables are not there. */
struct meaning *meaning_new(const struct ruleset *ruleset, enum path path);
void meaning_free(struct meaning *meaning);
CLEANUP_FUNC(struct meaning *, meaning_free);

/* Do rules of a hook before the deciding one write this number (DIM_MARK or DIM_CT_MARK)? Then what
 * it is there says nothing of what it was when the packet came. */
bool meaning_writes_before(const struct meaning *meaning, enum dim dim);
/* Did a rule of the last run look at the mark that connections came with? */
bool meaning_asked_ct_mark(const struct meaning *meaning);
/* The bits of DIM_FRAG that rules look at. */
uint16_t meaning_frag_bits(const struct meaning *meaning);

/* False: enough has been seen. */
typedef bool meaning_take(void *context, const struct leaf *leaf);

/* True: whatever becomes of these packets is good; they are followed no further. */
typedef bool meaning_skip(void *context, const struct box *box);

struct meaning_run {
	enum meaning_stage stage;
	enum meaning_care care;
	size_t *budget; /* pieces, as for box_find_outside() */
	meaning_take *take;
	meaning_skip *skip; /* asked where a chain calls another; or NULL */
	void *context;
};

/* The box must have one ethertype and one state. */
enum meaning_end meaning_run(struct meaning *meaning, const struct box *box,
			     const struct meaning_run *run);

/* "inet sekisho chain forward handle 12", in no language */
void place_print(struct buf *buf, const struct place *place);
