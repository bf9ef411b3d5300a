/* What the parts of the symbolic execution share: meaning_base.c orders base chains, meaning.c walks
 * them, meaning_load.c knows what an expression loads, meaning_cell.c what lies in registers,
 * meaning_match.c splits boxes by it, meaning_set.c asks sets, meaning_doubt.c goes both ways. */
#pragma once

#include <stddef.h>
#include <string.h>

#include "base/map.h"
#include "proof/meaning.h"

enum { CELLS = SLOTS * SLOT_BYTES, STACK_MOST = 16, RANGES_MOST = 256, NESTED_MOST = 1000 };

/* One byte of a register: (byte `at` of the dimension, from its lowest, & mask) ^ flip. A constant
 * has no mask; of what cannot be known the dimension is CELL_UNKNOWN. */
struct cell {
	uint8_t dim, at, mask, flip;
};
enum { CELL_UNKNOWN = DIMS };

/* What rules can write to a packet, and later ones read: it begins as its dimension. */
enum { WRITTEN_CT_MARK, WRITTEN_MARK, WRITTENS, WRITTEN_BYTES = 4 };

struct base { /* a base chain on the path */
	const struct table *table;
	const struct chain *chain;
	const struct map *chains; /* of the table, by name */
	wide device;		  /* of a chain that has one */
};

struct frame {
	const struct chain *chain;
	size_t rule_at;
};

/* One part of what went in, somewhere on its way. The box is what went in, always: what rules
 * write is beside it, or a packet that comes out could not be sent in again. */
struct state {
	struct box box;
	struct cell written[WRITTENS][WRITTEN_BYTES];
	uint32_t ct_state; /* now: notrack changes it */
	bool rewritten;	   /* bytes of the packet: none is known any more */
	bool covered; /* upper: all of the box is on its way to the next rule as it was before this one */
	size_t base_at;
	const struct chain *chain;
	size_t rule_at, expr_at;
	struct place doubt, decided;
	const struct set *set;
	const struct element *element;
	unsigned depth, cells_used; /* of what follows, the part that means something */
	struct frame stack[STACK_MOST];
	struct cell cells[CELLS]; /* of this rule; behind cells_used: unknown */
};

static inline void state_copy(struct state *to, const struct state *from)
{
	memcpy(to, from, offsetof(struct state, stack));
	memcpy(to->stack, from->stack, from->depth * sizeof(from->stack[0]));
	memcpy(to->cells, from->cells, from->cells_used * sizeof(from->cells[0]));
}

struct set_index;

struct meaning {
	struct arena *arena;
	const struct ruleset *ruleset;
	enum path path;
	vec_of(struct base) bases;
	struct map indexes; /* by the set's address */
	bool is_odd;	    /* no kernel takes such rules: nothing is said of them */
	bool before[WRITTENS]; /* written at a hook before the deciding one */
	bool tied[WRITTENS]; /* written and read by chains of which nobody knows the first */
	uint16_t frag_bits;
	/* of the run that goes on */
	struct meaning_run run;
	enum meaning_end end;
	bool asked_ct_mark;
	unsigned nested; /* states on the stack that wait for their parts */
};

enum step {
	STEP_NEXT,  /* the next expression */
	STEP_BREAK, /* the rule does not match */
	STEP_DEAD,  /* all that the state holds has gone on elsewhere */
	STEP_MOVED, /* the state stands somewhere else */
};

static inline const struct base *state_base(const struct meaning *meaning,
					    const struct state *state)
{
	return &meaning->bases.items[state->base_at];
}

/* meaning_base.c: which base chains there are on the path, in which order, and what they do. */
extern const enum hook deciding_hooks[PATHS];
void bases_fill(struct meaning *meaning);

/* meaning.c: goes on with a state after this step of the expression it stands at, to its leaves. */
void meaning_go_on(struct meaning *meaning, struct state *state, enum step step);
enum step verdict_take(struct meaning *meaning, struct state *state, const struct verdict *verdict);
struct place state_place(const struct meaning *meaning, const struct state *state);

/* meaning_doubt.c: from here on the leaf says that this rule was not understood, unless another was before. */
void state_doubt(const struct meaning *meaning, struct state *state);
/* Both ways, by this rule. */
enum step doubt_take(struct meaning *meaning, struct state *state);
/* Can nothing behind the expression that the state stands at break the rule? */
bool is_last_test(const struct state *state);
/* An expression of which only the name is known. */
enum step effect_take(struct meaning *meaning, struct state *state, const struct expr *expr);

/* meaning_cell.c */
struct range {
	wide first, last;
};
/* The matching values of one dimension, ascending and apart. */
struct part {
	enum dim dim;
	struct range ranges[RANGES_MOST + 1]; /* inverted it may be one more */
	size_t count;
};
enum { PARTS_MOST = 4 };
struct match { /* all parts must hold; none: always */
	struct part parts[PARTS_MOST];
	size_t count;
};

static inline struct cell cell_get(const struct state *state, unsigned at)
{
	return at < state->cells_used ? state->cells[at] : (struct cell){ .dim = CELL_UNKNOWN };
}
/* To be written; what is not stays unknown, or what it was. */
struct cell *cells_room(struct state *state, unsigned first, size_t count);
/* The bytes of registers, where each has one value for the whole box. */
bool cells_known(const struct state *state, unsigned first, unsigned count, uint8_t *ret_bytes);
bool cell_list_known(const struct box *box, const struct cell *cells, unsigned count,
		     uint8_t *ret_bytes);
void cells_const(struct state *state, unsigned first, const uint8_t *bytes, size_t count);
void cells_unknown(struct state *state, unsigned first, size_t count);
/* A number of `bytes` that stands there with its most significant byte first, and is the top of one
 * dimension (what is above it is zero throughout the box): its dimension, and how far up it lies. */
bool cells_number(const struct state *state, unsigned first, unsigned bytes, enum dim *ret_dim,
		  unsigned *ret_shift);
/* Likewise with its least significant byte first, and all of the dimension. */
bool cells_reversed(const struct state *state, unsigned first, unsigned bytes, enum dim *ret_dim);
void step_bitwise(struct state *state, const struct expr *expr);
void step_byteorder(struct state *state, const struct expr *expr);

/* meaning_match.c */
enum step step_cmp(struct meaning *meaning, struct state *state, const struct expr *expr);
enum step step_range(struct meaning *meaning, struct state *state, const struct expr *expr);
/* Goes on with what matches elsewhere; the state keeps what does not and breaks. */
enum step match_split(struct meaning *meaning, struct state *state, const struct match *match,
		      bool inverted);
/* Likewise for boxes within the state's, disjoint if exact; `misses` (or NULL) is the rest of them. */
enum step state_rest(struct meaning *meaning, struct state *state, const struct boxes_of *misses);

/* meaning_load.c */
/* Has the packet an entry of a connection at this hook? */
enum tracked { TRACKED_NO, TRACKED_MAYBE, TRACKED_YES };
enum tracked state_tracked(const struct meaning *meaning, const struct state *state);
/* A number of the packet in the machine's own order. */
void cells_host(struct cell *cells, enum dim dim, unsigned bytes);
enum step step_meta(struct meaning *meaning, struct state *state, const struct expr *expr);
enum step step_ct(struct meaning *meaning, struct state *state, const struct expr *expr);
enum step step_payload(struct meaning *meaning, struct state *state, const struct expr *expr);

/* meaning_set.c */
enum step step_lookup(struct meaning *meaning, struct state *state, const struct expr *expr);
