/* Which zone may open a connection to which, as one table: for each ordered pair of zones what
 * the model's matrix allows there and the flows that the policy declares there. One model, three
 * pictures of it: text for a terminal, JSON for programs, SVG for the wall and the audit file.
 *
 * Knows policies and the guideline's matrices; knows no syntax, no packets and no time: the same
 * policy gives the same bytes in the same language on every day. */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "guide/matrix.h"
#include "policy/policy.h"

/* Zones stand together by where they belong, in this order. */
enum report_group {
	GROUP_MYNUMBER, /* 番号系, with its relays, its cloud and the cloud's update DMZ */
	GROUP_LGWAN,
	GROUP_INTERNET,
	GROUP_OUTSIDE, /* not ours: WAN, peers, the security cloud, vendors, visitors */
	GROUP_OTHER,   /* 管理網, consoles, J-ALERT */
	GROUPS
};

struct report_zone {
	const struct zone *zone;
	enum report_group group;
	uint32_t letters; /* bit 1 << enum letter: the zone's own, and those of its endpoints */
};

/* A flow as it crosses from one zone to another. */
struct report_flow {
	const struct flow *flow;
	enum letter from, to;
	const struct symbol *symbol; /* what allows it, or NULL: the model does not */
};

struct report_cell {
	vec_of(const struct symbol *) symbols; /* none: the model forbids (×) */
	vec_of(struct report_flow) flows;      /* in the order of the file */
};

struct report_matrix {
	struct arena *arena;
	const struct policy *policy;
	struct report_zone *zones; /* grouped; within a group in the order of the file */
	size_t count;
	struct report_cell *cells; /* count × count, by rows: the row opens the connection */
};

void report_matrix_init(struct report_matrix *matrix, const struct policy *policy);
void report_matrix_done(struct report_matrix *matrix);
const struct report_cell *report_matrix_cell(const struct report_matrix *matrix, size_t from,
					     size_t to);
bool report_cell_is_refused(const struct report_cell *cell); /* a flow that no symbol allows */

/* A flow may cross at one cell with two pairs of letters (an excepted peer and an ASP behind one
 * router), and so stand there twice; people want to count it once. */
size_t report_cell_flow_count(const struct report_cell *cell);
bool report_cell_repeats(const struct report_cell *cell, const struct report_flow *at);

const char *report_group_label(enum report_group group); /* in the reader's language */
const char *report_group_word(enum report_group group);  /* for programs: "mynumber" */

/* Symbols with blanks between, "×" for none. For a cell with flows: of those flows only. */
void report_cell_print_symbols(struct buf *buf, const struct report_cell *cell, bool flows_only);

/* For each of matrix_symbols: does no cell have it, some cell, or some flow stand on it? */
enum report_use { SYMBOL_ABSENT, SYMBOL_IN_CELL, SYMBOL_IN_FLOW };
void report_matrix_symbol_uses(const struct report_matrix *matrix, enum report_use *ret_uses);

/* What an exception is about: "F13", or the translated "the whole policy". */
const char *report_exception_about(const struct exception *exception);

void report_matrix_text(const struct policy *policy, struct buf *buf);
void report_matrix_svg(const struct policy *policy, struct buf *buf);
json_t *report_matrix_json(const struct policy *policy); /* the caller's reference */
