/* See reach.h. The vertices, in this order: machines, endpoints, zones; then for each zone a
 * door out and a door in, through which its hosts take part in flows that name the zone; then
 * for each flow its way forth and its way back. A flow costs as many edges as it names parties,
 * never their product, so the whole stays linear. */
#include "guide/reach.h"

#include <string.h>

#include "guide/matrix.h"

enum { NOWHERE = UINT32_MAX };

/* ---- 1. machines: entries of one asset or one MAC ---- */

static uint32_t root_of(uint32_t *parents, uint32_t at)
{
	while (parents[at] != at) {
		parents[at] = parents[parents[at]];
		at = parents[at];
	}
	return at;
}

static void machines_join(struct reach *reach)
{
	const struct policy *policy = reach->policy;
	size_t count = policy->hosts.count;
	uint32_t *parents = arena_make_many(reach->arena, uint32_t, count + 1);
	uint32_t *numbers = arena_make_many(reach->arena, uint32_t, count + 1);
	struct map assets = { 0 }, macs = { 0 };

	for (uint32_t i = 0; i < count; i++)
		parents[i] = numbers[i] = i;
	for (uint32_t i = 0; i < count; i++) {
		const struct host *host = &policy->hosts.items[i];
		struct {
			struct map *map;
			const void *key;
			size_t bytes;
		} keys[] = {
			{ &assets, host->asset, host->asset ? strlen(host->asset) : 0 },
			{ &macs, &host->mac, mac_is_zero(host->mac) ? 0 : sizeof(host->mac) },
		};

		for (size_t k = 0; k < array_count(keys); k++) {
			const uint32_t *other;

			if (!keys[k].bytes)
				continue;
			other = map_find(keys[k].map, keys[k].key, keys[k].bytes);
			if (other)
				parents[root_of(parents, i)] = root_of(parents, *other);
			else
				map_add(reach->arena, keys[k].map, keys[k].key, keys[k].bytes,
					&numbers[i]);
		}
	}
	for (uint32_t i = 0; i < count; i++)
		reach->machine_of_host[i] = root_of(parents, i);
}

static void machines_number(struct reach *reach)
{
	const struct policy *policy = reach->policy;
	size_t count = policy->hosts.count;
	uint32_t *number = arena_make_many(reach->arena, uint32_t, count + 1); /* plus one */

	reach->letters = arena_make_many(reach->arena, uint32_t, count + 1);
	reach->roles = arena_make_many(reach->arena, uint32_t, count + 1);
	reach->is_shared = arena_make_many(reach->arena, bool, count + 1);
	reach->first = arena_make_many(reach->arena, const struct host *, count + 1);
	for (uint32_t i = 0; i < count; i++) {
		const struct host *host = &policy->hosts.items[i];
		uint32_t root = reach->machine_of_host[i];
		uint32_t machine;

		if (!number[root])
			number[root] = ++reach->machines;
		machine = number[root] - 1;
		reach->machine_of_host[i] = machine;
		reach->letters[machine] |= 1u << letter_of_class(host->zone->class);
		reach->roles[machine] |= 1u << host->role;
		reach->is_shared[machine] = reach->first[machine] != NULL;
		if (!reach->first[machine])
			reach->first[machine] = host;
	}
}

/* ---- 2. vertices ---- */

uint32_t reach_host(const struct reach *reach, const struct host *host)
{
	return reach->machine_of_host[host->index];
}

uint32_t reach_endpoint(const struct reach *reach, const struct endpoint *endpoint)
{
	return reach->machines + endpoint->index;
}

uint32_t reach_zone(const struct reach *reach, const struct zone *zone)
{
	return reach->machines + (uint32_t)reach->policy->endpoints.count + zone->index;
}

static uint32_t door_out(const struct reach *reach, const struct zone *zone)
{
	return reach->nodes + 2 * zone->index;
}

static uint32_t door_in(const struct reach *reach, const struct zone *zone)
{
	return door_out(reach, zone) + 1;
}

static uint32_t flows_at(const struct reach *reach)
{
	return reach->nodes + 2 * (uint32_t)reach->policy->zones.count;
}

static uint32_t way_forth(const struct reach *reach, const struct flow *flow)
{
	return flows_at(reach) + 2 * flow->index;
}

static uint32_t way_back(const struct reach *reach, const struct flow *flow)
{
	return way_forth(reach, flow) + 1;
}

static uint32_t party_vertex(const struct reach *reach, const struct party *party, bool departs)
{
	switch (party->kind) {
	case PARTY_HOST:
		return reach_host(reach, party->host);
	case PARTY_ENDPOINT:
		return reach_endpoint(reach, party->endpoint);
	case PARTY_ZONE:
		return departs ? door_out(reach, party->zone) : door_in(reach, party->zone);
	case PARTY_NONE:
		break;
	}
	return NOWHERE;
}

/* ---- 3. edges, counted first and placed second ---- */

struct edges {
	struct reach *reach;
	uint32_t *cursor; /* NULL while counting */
};

static void edge_add(struct edges *edges, uint32_t from, uint32_t to)
{
	if (from == NOWHERE || to == NOWHERE)
		return;
	if (edges->cursor)
		edges->reach->edges[edges->cursor[from]++] = to;
	else
		edges->reach->edges_at[from + 1]++;
}

static void flow_edges(struct edges *edges, const struct flow *flow)
{
	const struct reach *reach = edges->reach;

	for (size_t i = 0; i < flow->from.count; i++) {
		const struct party *party = &flow->from.items[i];

		edge_add(edges, party_vertex(reach, party, true), way_forth(reach, flow));
		edge_add(edges, way_back(reach, flow), party_vertex(reach, party, false));
	}
	for (size_t i = 0; i < flow->to.count; i++) {
		const struct party *party = &flow->to.items[i];

		edge_add(edges, way_forth(reach, flow), party_vertex(reach, party, false));
		if (party->kind != PARTY_ENDPOINT) /* an end: it starts nothing by answering */
			edge_add(edges, party_vertex(reach, party, true), way_back(reach, flow));
	}
}

static void zone_edges(struct edges *edges, const struct zone *zone, bool has_hosts)
{
	const struct reach *reach = edges->reach;

	if (has_hosts && !zone_is_open(zone))
		return;
	edge_add(edges, reach_zone(reach, zone), door_out(reach, zone));
	edge_add(edges, door_in(reach, zone), reach_zone(reach, zone));
}

static void all_edges(struct edges *edges, const bool *has_hosts)
{
	const struct policy *policy = edges->reach->policy;

	vec_each(zone, &policy->zones)
		zone_edges(edges, zone, has_hosts[zone->index]);
	vec_each(host, &policy->hosts) {
		uint32_t machine = reach_host(edges->reach, host);

		edge_add(edges, machine, door_out(edges->reach, host->zone));
		edge_add(edges, door_in(edges->reach, host->zone), machine);
	}
	vec_each(flow, &policy->flows)
		flow_edges(edges, flow);
}

void reach_init(struct reach *reach, const struct policy *policy, struct arena *arena)
{
	struct edges edges = { .reach = reach };
	bool *has_hosts = arena_make_many(arena, bool, policy->zones.count + 1);

	*reach = (struct reach){ .policy = policy, .arena = arena };
	reach->machine_of_host = arena_make_many(arena, uint32_t, policy->hosts.count + 1);
	machines_join(reach);
	machines_number(reach);
	vec_each(host, &policy->hosts)
		has_hosts[host->zone->index] = true;
	reach->nodes = reach->machines + (uint32_t)(policy->endpoints.count + policy->zones.count);
	reach->vertices = flows_at(reach) + 2 * (uint32_t)policy->flows.count;

	reach->edges_at = arena_make_many(arena, uint32_t, reach->vertices + 2);
	all_edges(&edges, has_hosts);
	for (uint32_t i = 0; i < reach->vertices; i++)
		reach->edges_at[i + 1] += reach->edges_at[i];
	reach->edges = arena_make_many(arena, uint32_t, reach->edges_at[reach->vertices] + 1);
	edges.cursor = arena_make_many(arena, uint32_t, reach->vertices + 1);
	memcpy(edges.cursor, reach->edges_at, reach->vertices * sizeof(uint32_t));
	all_edges(&edges, has_hosts);
	reach->parent = arena_make_many(arena, uint32_t, reach->vertices + 1);
	reach->queue = arena_make_many(arena, uint32_t, reach->vertices + 1);
}

/* ---- 4. the walk ---- */

struct reach_query reach_query_new(const struct reach *reach)
{
	struct reach_query query = {
		.nodes = arena_make_many(reach->arena, uint8_t, reach->nodes + 1),
		.flows = arena_make_many(reach->arena, uint8_t, reach->policy->flows.count + 1),
	};

	memset(query.nodes + reach->machines, REACH_END, reach->policy->endpoints.count);
	return query;
}

static const struct flow *vertex_flow(const struct reach *reach, uint32_t vertex)
{
	if (vertex < flows_at(reach))
		return NULL;
	return &reach->policy->flows.items[(vertex - flows_at(reach)) / 2];
}

static const char *node_name(const struct reach *reach, uint32_t node)
{
	const struct policy *policy = reach->policy;

	if (node < reach->machines) {
		const struct host *host = reach->first[node];

		return reach->is_shared[node] && host->asset ? host->asset : host->node.id;
	}
	node -= reach->machines;
	if (node < policy->endpoints.count)
		return policy->endpoints.items[node].node.id;
	return policy->zones.items[node - policy->endpoints.count].node.id;
}

static bool vertex_is_open(const struct reach *reach, const struct reach_query *query,
			   uint32_t vertex)
{
	uint32_t flows = flows_at(reach);

	if (vertex < reach->nodes)
		return !(query->nodes[vertex] & REACH_WALL);
	if (vertex < flows)
		return true;
	return (query->flows[(vertex - flows) / 2] &
		((vertex - flows) % 2 ? REACH_BACK : REACH_FORWARD)) != 0;
}

/* Kept plus one, so that 0 says unseen; NOWHERE stays NOWHERE: the walk began here. */
static uint32_t parent_of(const struct reach *reach, uint32_t vertex)
{
	uint32_t kept = reach->parent[vertex];

	return kept == NOWHERE ? NOWHERE : kept - 1;
}

static void path_tell(const struct reach *reach, uint32_t goal,
		      void (*on_found)(void *context, const struct reach_path *path), void *context)
{
	struct reach_path path = { .goal = goal, .start = NOWHERE };
	struct reach_step *steps;
	size_t count = 0;

	for (uint32_t at = goal; at != NOWHERE; at = parent_of(reach, at)) {
		count += at < reach->nodes;
		if (at < reach->nodes)
			path.start = at;
		else if (parent_of(reach, at) == NOWHERE)
			path.start = NOWHERE; /* began on a flow */
	}
	steps = arena_make_many(reach->arena, struct reach_step, count);
	path.steps = steps;
	path.count = count;
	for (uint32_t at = goal; at != NOWHERE; at = parent_of(reach, at)) {
		if (at < reach->nodes)
			steps[--count].name = node_name(reach, at);
		else if (vertex_flow(reach, at))
			steps[count].flow = vertex_flow(reach, at);
	}
	on_found(context, &path);
}

static uint32_t walk_start(const struct reach *reach, const struct reach_query *query)
{
	uint32_t queued = 0;

	memset(reach->parent, 0, reach->vertices * sizeof(uint32_t));
	for (uint32_t i = 0; i < reach->nodes; i++)
		if ((query->nodes[i] & (REACH_START | REACH_WALL)) == REACH_START) {
			reach->parent[i] = NOWHERE;
			reach->queue[queued++] = i;
		}
	vec_each(flow, &reach->policy->flows)
		if (query->flows[flow->index] & REACH_START_HERE) {
			reach->parent[way_forth(reach, flow)] = NOWHERE;
			reach->queue[queued++] = way_forth(reach, flow);
		}
	return queued;
}

void reach_walk(const struct reach *reach, const struct reach_query *query,
		void (*on_found)(void *context, const struct reach_path *path), void *context)
{
	uint32_t queued = walk_start(reach, query);

	for (uint32_t done = 0; done < queued; done++) {
		uint32_t at = reach->queue[done];
		bool is_node = at < reach->nodes;

		if (is_node && (query->nodes[at] & REACH_GOAL) && reach->parent[at] != NOWHERE) {
			path_tell(reach, at, on_found, context);
			continue;
		}
		if (is_node && (query->nodes[at] & REACH_END) && reach->parent[at] != NOWHERE)
			continue;
		for (uint32_t e = reach->edges_at[at]; e < reach->edges_at[at + 1]; e++) {
			uint32_t next = reach->edges[e];

			if (reach->parent[next] || !vertex_is_open(reach, query, next))
				continue;
			reach->parent[next] = at + 1;
			reach->queue[queued++] = next;
		}
	}
}

/* ---- 5. in words ---- */

char *reach_path_text(const struct reach_path *path, struct arena *arena)
{
	struct buf buf = { 0 };
	char *text;

	for (size_t i = 0; i < path->count; i++)
		buf_printf(&buf, "%s%s", i ? " → " : "", path->steps[i].name);
	text = arena_strdup(arena, buf_text(&buf));
	buf_done(&buf);
	return text;
}

char *reach_flows_text(const struct reach_path *path, struct arena *arena)
{
	struct buf buf = { 0 };
	char *text;

	for (size_t i = 0; i < path->count; i++)
		if (path->steps[i].flow)
			buf_printf(&buf, "%s%s", buf.count ? ", " : "",
				   path->steps[i].flow->node.id);
	text = arena_strdup(arena, buf_text(&buf));
	buf_done(&buf);
	return text;
}

const struct flow *reach_first_flow(const struct reach_path *path)
{
	for (size_t i = 0; i < path->count; i++)
		if (path->steps[i].flow)
			return path->steps[i].flow;
	return NULL;
}

const struct flow *reach_last_flow(const struct reach_path *path)
{
	for (size_t i = path->count; i > 0; i--)
		if (path->steps[i - 1].flow)
			return path->steps[i - 1].flow;
	return NULL;
}
