/* See audit_boxes.h. A box's shape says which of its three fields are single values; those are
 * its key, together with the flow. Boxes of one key hang on one list, and of ranges there are few. */
#include "daemon/audit_boxes.h"

#include <string.h>

enum shape { SHAPE_FROM = 1, SHAPE_TO = 2, SHAPE_PORT = 4 };

struct box_key { /* no gaps: hashed and compared as bytes */
	uint32_t flow;
	uint16_t port;
	uint8_t proto, shape;
	struct addr from, to;
	uint8_t zero[2];
};
_Static_assert(sizeof(struct box_key) == 8 + 2 * sizeof(struct addr) + 2, "no gaps");

struct box {
	struct box_key key;
	const struct permit *permit;
	struct box *next;
};

static struct box_key key_make(uint8_t shape, unsigned flow, const struct box_question *question)
{
	struct box_key key;

	memset(&key, 0, sizeof(key));
	key.flow = flow;
	key.proto = question->proto;
	key.shape = shape;
	if (shape & SHAPE_FROM)
		key.from = question->from;
	if (shape & SHAPE_TO)
		key.to = question->to;
	if (shape & SHAPE_PORT)
		key.port = question->port;
	return key;
}

/* ---- which boxes are enforced here ---- */

/* By zone: does its interface, if it has one here, carry IPv6? */
static bool *v6_find(const struct policy *policy, struct arena *scratch)
{
	bool *v6 = arena_make_many(scratch, bool, policy->zones.count + 1);

	vec_each(zone, &policy->zones) {
		const char *interface = zone_interface(zone);

		vec_each(other, &policy->zones) {
			const char *same = zone_interface(other);

			if (interface && same && other->ipv6 == IPV6_PLANNED &&
			    strcmp(interface, same) == 0)
				v6[zone->index] = true;
		}
	}
	return v6;
}

static bool is_enforced(const struct permit *permit, const bool *v6)
{
	bool is_v6 = permit->src_first.family == FAMILY_V6 ||
		     permit->dst_first.family == FAMILY_V6;

	return permit->from && permit->to && zone_interface(permit->from) &&
	       zone_interface(permit->to) &&
	       (!is_v6 || (v6[permit->from->index] && v6[permit->to->index]));
}

/* ---- building ---- */

static bool is_single(const struct addr *first, const struct addr *last)
{
	return first->family != FAMILY_NONE && addr_compare(first, last) == 0;
}

static void box_add(struct boxes *boxes, const struct permit *permit)
{
	const struct box_question corner = { permit->src_first, permit->dst_first,
					     permit->port_first, permit->proto };
	struct box *box = arena_make(boxes->arena, struct box), *known;
	unsigned shape = 0;

	if (is_single(&permit->src_first, &permit->src_last))
		shape |= SHAPE_FROM;
	if (is_single(&permit->dst_first, &permit->dst_last))
		shape |= SHAPE_TO;
	if (permit->port_first == permit->port_last)
		shape |= SHAPE_PORT;
	boxes->shapes[shape] = true;
	box->permit = permit;
	box->key = key_make((uint8_t)shape, permit->flow->index, &corner);
	if (map_add(boxes->arena, &boxes->by_key, &box->key, sizeof(box->key), box))
		return;
	known = map_find(&boxes->by_key, &box->key, sizeof(box->key));
	box->next = known->next;
	known->next = box;
}

void boxes_init(struct boxes *boxes, const struct policy *policy, const struct permits *permits)
{
	const bool *v6;

	*boxes = (struct boxes){ .arena = arena_new() };
	v6 = v6_find(policy, boxes->arena);
	vec_each(permit, &permits->list)
		if (is_enforced(permit, v6))
			box_add(boxes, permit);
}

void boxes_done(struct boxes *boxes)
{
	arena_free(boxes->arena);
	*boxes = (struct boxes){ 0 };
}

/* ---- asking ---- */

static bool is_between(const struct addr *addr, const struct addr *first, const struct addr *last)
{
	return addr->family == first->family && addr_compare(first, addr) <= 0 &&
	       addr_compare(addr, last) <= 0;
}

static enum box_match name_match(const struct endpoint *peer, const struct addr *addr,
				 const struct box_names *names)
{
	if (names->has)
		return names->has(names->context, peer, addr) ? BOX_HIT : BOX_MISS;
	for (size_t i = 0; i < peer->within.count; i++)
		if (prefix_has(&peer->within.items[i], addr))
			return BOX_MAYBE;
	return BOX_MISS;
}

static enum box_match side_match(const struct permit *permit, bool source, const struct addr *addr,
				 const struct box_names *names)
{
	const struct addr *first = source ? &permit->src_first : &permit->dst_first;
	const struct addr *last = source ? &permit->src_last : &permit->dst_last;

	if (permit->by_name && permit->name_is_source == source)
		return name_match(permit->by_name, addr, names);
	return is_between(addr, first, last) ? BOX_HIT : BOX_MISS;
}

static enum box_match permit_match(const struct permit *permit,
				   const struct box_question *question,
				   const struct box_names *names)
{
	enum box_match from, to;

	if (question->port < permit->port_first || question->port > permit->port_last)
		return BOX_MISS;
	from = side_match(permit, true, &question->from, names);
	to = side_match(permit, false, &question->to, names);
	return from < to ? from : to;
}

enum box_match boxes_find(const struct boxes *boxes, unsigned flow,
			  const struct box_question *question, const struct box_names *names,
			  const struct permit **ret_permit)
{
	enum box_match best = BOX_MISS;

	for (unsigned shape = 0; shape < BOX_SHAPES && best != BOX_HIT; shape++) {
		struct box_key key = key_make((uint8_t)shape, flow, question);
		const struct box *box;

		if (!boxes->shapes[shape])
			continue;
		box = map_find(&boxes->by_key, &key, sizeof(key));
		for (; box && best != BOX_HIT; box = box->next) {
			enum box_match match = permit_match(box->permit, question, names);

			if (match <= best)
				continue;
			best = match;
			*ret_permit = box->permit;
		}
	}
	return best;
}
