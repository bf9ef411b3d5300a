/* The marks of flows. A connection carries its flow's mark for life, so a mark must never come
 * to mean less, or something else, while a connection may still carry it: what permits all the
 * packets that it did before keeps its mark, everything else gets one that nobody had. */
#include "rule/compile_parts.h"

#include <string.h>

/* Marks beyond stay free for others; long before, the search starts again from below. */
static const uint32_t MARK_LAST = 0x7fffffff;

static const char *const own_ids[OWN_SERVICES] = { "@ssh", "@ntp", "@dns", "@syslog" };

static uint64_t text_hash(const char *text)
{
	return text ? map_hash(text, strlen(text)) : 0;
}

/* Everything that decides which packets the box admits, and where. */
static uint64_t permit_hash(const struct compile *compile, const struct permit *permit)
{
	const struct port *from = party_port(compile, permit->from);
	const struct port *to = party_port(compile, permit->to);
	struct {
		uint64_t from, to, name;
		struct mac mac_first, mac_last;
		uint8_t proto, name_is_source, families[2];
		uint16_t port_first, port_last;
		uint8_t src_first[16], src_last[16], dst_first[16], dst_last[16];
	} all;

	memset(&all, 0, sizeof(all));
	all.from = text_hash(from ? from->interface : NULL);
	all.to = text_hash(to ? to->interface : NULL);
	all.name = text_hash(permit->by_name ? permit->by_name->node.id : NULL);
	all.mac_first = permit->mac_first;
	all.mac_last = permit->mac_last;
	all.proto = permit->proto;
	all.name_is_source = permit->name_is_source;
	all.families[0] = permit->src_first.family;
	all.families[1] = permit->dst_first.family;
	all.port_first = permit->port_first;
	all.port_last = permit->port_last;
	memcpy(all.src_first, permit->src_first.bytes, 16);
	memcpy(all.src_last, permit->src_last.bytes, 16);
	memcpy(all.dst_first, permit->dst_first.bytes, 16);
	memcpy(all.dst_last, permit->dst_last.bytes, 16);
	return map_hash(&all, sizeof(all));
}

static uint64_t parties_hash(const struct party_list *parties)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < parties->count; i++)
		sum += text_hash(parties->items[i].name);
	return sum;
}

static uint64_t own_meaning(const struct policy *policy, enum own_service service)
{
	const struct management *management = &policy->management;
	uint64_t sum = 0;

	switch (service) {
	case OWN_SSH:
		vec_each(line, &management->ssh) {
			sum += text_hash(line->from_name);
			for (size_t i = 0; i < line->ports.count; i++)
				sum += map_hash(&line->ports.items[i],
						sizeof(line->ports.items[i]));
		}
		break;
	case OWN_NTP:
		sum = parties_hash(&management->ntp);
		break;
	case OWN_DNS:
		sum = parties_hash(&management->dns) + parties_hash(&policy->resolver.servers);
		break;
	case OWN_SYSLOG:
		sum = parties_hash(&management->syslog);
		break;
	case OWN_SERVICES:
		break;
	}
	return sum;
}

static void numbers_list(struct compile *compile)
{
	struct numbering *numbering = &compile->numbering;
	struct arena *arena = compile->ruleset->arena;

	numbering->list.room = compile->policy->flows.count + OWN_SERVICES;
	numbering->list.items = arena_make_many(arena, struct number, numbering->list.room);
	/* sums, so that the order in which a flow names its ports does not matter: its boxes
	 * are disjoint */
	vec_each(flow, &compile->policy->flows)
		vec_add(arena, &numbering->list)->id = arena_strdup(arena, flow->node.id);
	vec_each(permit, &compile->permits->list)
		numbering->list.items[permit->flow->index].meaning += permit_hash(compile, permit);
	for (unsigned i = 0; i < OWN_SERVICES; i++) {
		struct number *number = vec_add(arena, &numbering->list);

		number->id = own_ids[i];
		number->meaning = own_meaning(compile->policy, i);
	}
}

struct mark_search {
	const struct compile_options *options;
	struct map taken; /* marks of the previous numbering, as keys */
	uint32_t next;
};

static uint32_t mark_new(struct mark_search *search)
{
	const struct compile_options *options = search->options;

	for (;;) {
		uint32_t mark = search->next;

		search->next = mark >= MARK_LAST ? 1 : mark + 1;
		if (map_find(&search->taken, &mark, sizeof(mark)))
			continue;
		if (options->mark_is_taken && options->mark_is_taken(options->context, mark))
			continue;
		return mark;
	}
}

/* ---- what permits more than before ---- */

/* The boxes of each flow, by its index. */
static struct permit_span *spans_make(struct arena *arena, const struct permits *permits,
				      size_t flows)
{
	struct permit_span *spans = arena_make_many(arena, struct permit_span, flows + 1);

	vec_each(permit, &permits->list) {
		struct permit_span *span = &spans[permit->flow->index];

		if (!span->count++)
			span->items = permit;
	}
	return spans;
}

static bool same_interface(const struct zone *a, const struct zone *b)
{
	const char *first = zone_interface(a), *second = zone_interface(b);

	return first && second && strcmp(first, second) == 0;
}

/* A mark lives between interfaces; a name's addresses are not ours to compare. */
static bool spans_comparable(struct permit_span is, struct permit_span was)
{
	if (!is.count || !was.count)
		return false;
	for (size_t i = 0; i < was.count; i++)
		if (was.items[i].by_name ||
		    !same_interface(was.items[i].from, is.items[0].from) ||
		    !same_interface(was.items[i].to, is.items[0].to))
			return false;
	for (size_t i = 0; i < is.count; i++)
		if (!same_interface(is.items[i].from, is.items[0].from) ||
		    !same_interface(is.items[i].to, is.items[0].to))
			return false;
	return true;
}

struct widening {
	struct permit_span *was, *is;
	struct map was_index; /* of a flow's id: its index plus one */
};

static void widening_init(struct compile *compile, struct widening *widening)
{
	const struct permits *before = compile->options->previous_permits;
	size_t flows = 0;

	*widening = (struct widening){ 0 };
	if (!before)
		return;
	vec_each(permit, &before->list) {
		const struct flow *flow = permit->flow;

		flows = size_max(flows, flow->index + 1u);
		map_add_text(compile->scratch, &widening->was_index, flow->node.id,
			     (void *)((uintptr_t)flow->index + 1));
	}
	widening->was = spans_make(compile->scratch, before, flows);
	widening->is = spans_make(compile->scratch, compile->permits,
				  compile->policy->flows.count);
}

static bool is_wider(const struct widening *widening, const struct number *number, size_t index)
{
	uintptr_t was = (uintptr_t)map_find_text(&widening->was_index, number->id);
	struct permit_span before, now;

	if (!was)
		return false;
	before = widening->was[was - 1];
	now = widening->is[index];
	return spans_comparable(now, before) && permits_cover(now, before);
}

/* ---- all of them ---- */

static bool mark_is_kept(const struct compile *compile, const struct widening *widening,
			 const struct number *old, const struct number *number)
{
	size_t index = (size_t)(number - compile->numbering.list.items);

	if (!old)
		return false;
	if (old->meaning == number->meaning)
		return true;
	return index < compile->policy->flows.count && is_wider(widening, number, index);
}

void compile_numbers(struct compile *compile)
{
	const struct numbering *previous = compile->options->previous;
	struct mark_search search = { .options = compile->options, .next = 1 };
	struct widening widening;
	struct map by_id = { 0 };

	widening_init(compile, &widening);
	numbers_list(compile);
	if (previous) {
		search.next = previous->next ? previous->next : 1;
		vec_each(number, &previous->list) {
			map_add_text(compile->scratch, &by_id, number->id, number);
			map_add(compile->scratch, &search.taken, &number->mark,
				sizeof(number->mark), number);
		}
	}
	vec_each(number, &compile->numbering.list) {
		const struct number *old = map_find_text(&by_id, number->id);

		number->mark = mark_is_kept(compile, &widening, old, number) ? old->mark
									     : mark_new(&search);
	}
	compile->numbering.next = search.next;
}

uint32_t flow_mark(const struct compile *compile, const struct flow *flow)
{
	return compile->numbering.list.items[flow->index].mark;
}

uint32_t own_mark(const struct compile *compile, enum own_service service)
{
	return compile->numbering.list.items[compile->policy->flows.count + service].mark;
}
