/* What can reach what over the declared flows, through as many machines as it takes: the graph
 * behind "no direct path", "no way round the sanitiser" and "no telework into 番号系".
 *
 * Vertices are machines (host entries of one asset or one MAC are one machine), endpoints, and
 * zones that stand for their unregistered machines. A zone named in a flow means its registered
 * hosts. An outside server is an end and never a corridor. Knows nothing of clauses: each
 * question says what it counts as start, goal, wall and passable flow. Every question is one
 * breadth-first walk, linear in the size of the policy. */
#pragma once

#include "policy/policy.h"

struct reach {
	const struct policy *policy;
	struct arena *arena;
	uint32_t *machine_of_host; /* by host.index */
	uint32_t machines;
	uint32_t *letters;         /* by machine: bit 1 << enum letter of each entry's zone */
	uint32_t *roles;           /* by machine: bit 1 << enum role */
	const struct host **first; /* by machine: its first entry */
	bool *is_shared;           /* by machine: it has more than one entry */
	uint32_t nodes;            /* machines, endpoints and zones; flows come behind them */
	uint32_t vertices;
	uint32_t *edges_at, *edges;
	uint32_t *parent, *queue;
};

/* About a node (machine, endpoint, zone). */
enum {
	REACH_START = 1,
	REACH_GOAL = 2,
	REACH_WALL = 4, /* as if it were not there */
	REACH_END = 8,  /* can be reached, is no corridor */
};

/* About a flow. */
enum {
	REACH_CLOSED = 0,
	REACH_FORWARD = 1, /* from → to */
	REACH_BACK = 2,    /* to → from: answers carry influence too */
	REACH_BOTH = 3,
	REACH_START_HERE = 4, /* the walk begins on this flow */
};

struct reach_query {
	uint8_t *nodes; /* by node */
	uint8_t *flows; /* by flow.index */
};

struct reach_step {
	const char *name;        /* where we stand */
	const struct flow *flow; /* by which we came; NULL at the start */
};

struct reach_path {
	const struct reach_step *steps;
	size_t count;
	uint32_t start, goal; /* nodes; start may be UINT32_MAX when it began on a flow */
};

void reach_init(struct reach *reach, const struct policy *policy, struct arena *arena);

uint32_t reach_host(const struct reach *reach, const struct host *host);
uint32_t reach_endpoint(const struct reach *reach, const struct endpoint *endpoint);
uint32_t reach_zone(const struct reach *reach, const struct zone *zone);

/* A question with nothing marked. Endpoints are REACH_END already. */
struct reach_query reach_query_new(const struct reach *reach);

/* Walks, and tells every goal that is reached, by a shortest path. Goals are not passed. */
void reach_walk(const struct reach *reach, const struct reach_query *query,
		void (*on_found)(void *context, const struct reach_path *path), void *context);

/* "in-t-koho01 → sh-mfp → lg-file", and the flows "F90, F91". */
char *reach_path_text(const struct reach_path *path, struct arena *arena);
char *reach_flows_text(const struct reach_path *path, struct arena *arena);

const struct flow *reach_first_flow(const struct reach_path *path);
const struct flow *reach_last_flow(const struct reach_path *path);
