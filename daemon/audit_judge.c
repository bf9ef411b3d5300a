/* See audit.h for what is good, audit_judge.h for who asks. */
#include "daemon/audit_judge.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/audit_boxes.h"
#include "daemon/audit_own.h"

enum { ECHO_REQUEST4 = 8, ECHO_REQUEST6 = 128 };

/* Addresses behind one interface that are cut off. */
struct cut {
	const struct zone *port;
	struct addr first, last;
};

struct judge {
	const struct audit_against *against;
	struct arena *arena;
	struct map by_mark; /* of a number: itself, in the numbering */
	struct map own;     /* addresses of this machine */
	struct boxes boxes;
	struct own_services services;
	bool *open;      /* by flow */
	bool cut_all;
	bool *cut_zones; /* by zone */
	vec_of(struct cut) cuts;
};

/* ---- who is cut off ---- */

static void cut_add(struct judge *judge, const struct zone *zone, const struct prefix *what)
{
	if (what->addr.family != FAMILY_NONE)
		*vec_add(judge->arena, &judge->cuts) =
			(struct cut){ zone_port(zone), what->addr, prefix_last(what) };
}

static void cut_add_host(struct judge *judge, const struct host *host)
{
	const struct prefix whole = prefix_of_addr(&host->ip);

	cut_add(judge, host->zone, &whole);
}

static bool same_card(const struct host *a, const struct host *b)
{
	return !mac_is_zero(a->mac) && mac_compare(a->mac, b->mac) == 0 &&
	       zone_port(a->zone) == zone_port(b->zone);
}

/* Its address, and all that has its MAC: the machine under another name, or behind it when it is
 * a router (isolations_cut_sender()). */
static void cut_host(struct judge *judge, const struct host *host)
{
	const struct policy *policy = judge->against->policy;

	cut_add_host(judge, host);
	vec_each(other, &policy->hosts)
		if (other != host && same_card(host, other))
			cut_add_host(judge, other);
	vec_each(endpoint, &policy->endpoints) {
		if (!endpoint->next_hop || !same_card(host, endpoint->next_hop))
			continue;
		cut_add(judge, endpoint->zone, &endpoint->ip);
		for (size_t i = 0; i < endpoint->within.count; i++)
			cut_add(judge, endpoint->zone, &endpoint->within.items[i]);
	}
}

static void cuts_find(struct judge *judge)
{
	const struct isolations *isolations = judge->against->isolations;
	const struct policy *policy = judge->against->policy;

	judge->cut_all = isolations_cut_all(isolations);
	judge->cut_zones = arena_make_many(judge->arena, bool, policy->zones.count + 1);
	vec_each(zone, &policy->zones)
		judge->cut_zones[zone->index] = isolations_cut_zone(isolations, zone);
	if (!isolations)
		return;
	vec_each(isolation, &isolations->list) {
		const struct host *host = isolation->kind == ISOLATION_HOST
						  ? policy_find_host(policy, isolation->id)
						  : NULL;

		if (host)
			cut_host(judge, host);
	}
}

static bool is_cut(const struct judge *judge, const struct zone *zone, const struct addr *addr)
{
	if (judge->cut_zones[zone->index])
		return true;
	vec_each(cut, &judge->cuts)
		if (cut->port == zone_port(zone) && addr_compare(&cut->first, addr) <= 0 &&
		    addr_compare(addr, &cut->last) <= 0)
			return true;
	return false;
}

/* ---- building ---- */

static void numbers_find(struct judge *judge)
{
	const struct policy *policy = judge->against->policy;
	int offset_sec = policy->head.offset_sec;

	vec_each(number, &judge->against->numbering->list)
		map_add(judge->arena, &judge->by_mark, &number->mark, sizeof(number->mark), number);
	judge->open = arena_make_many(judge->arena, bool, policy->flows.count + 1);
	vec_each(flow, &policy->flows)
		judge->open[flow->index] =
			window_is_open(flow->window, judge->against->at, offset_sec);
}

struct judge *judge_new(const struct audit_against *against, const struct addr_list *own)
{
	struct judge *judge = calloc(1, sizeof(*judge));

	if (!judge)
		abort();
	judge->against = against;
	judge->arena = arena_new();
	for (size_t i = 0; i < own->count; i++)
		map_add(judge->arena, &judge->own, &own->items[i], sizeof(own->items[i]), judge);
	boxes_init(&judge->boxes, against->policy, against->permits);
	own_services_find(&judge->services, judge->arena, against->policy);
	numbers_find(judge);
	cuts_find(judge);
	return judge;
}

void judge_free(struct judge *judge)
{
	if (!judge)
		return;
	boxes_done(&judge->boxes);
	arena_free(judge->arena);
	free(judge);
}

/* ---- judging ---- */

static bool is_own(const struct judge *judge, const struct addr *addr)
{
	if (addr->family == FAMILY_V4 && addr->bytes[0] == IN_LOOPBACKNET)
		return true;
	return map_find(&judge->own, addr, sizeof(*addr)) != NULL;
}

/* The gateway to itself, over lo; an answer from elsewhere is none. */
static bool is_to_itself(const struct judge *judge, const struct track_entry *entry)
{
	return is_own(judge, &entry->original.src) && is_own(judge, &entry->original.dst) &&
	       is_own(judge, &entry->reply.src) && is_own(judge, &entry->reply.dst);
}

/* What the maps are asked by the first packet; false where no map knows such packets. */
static bool question_make(const struct track_tuple *tuple, struct box_question *ret_question)
{
	struct box_question question = { tuple->src, tuple->dst, tuple->dst_port, PROTO_TCP };

	switch (tuple->proto) {
	case IPPROTO_TCP:
		break;
	case IPPROTO_UDP:
		question.proto = PROTO_UDP;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6: {
		bool v6 = tuple->proto == IPPROTO_ICMPV6;

		if (tuple->icmp_type != (v6 ? ECHO_REQUEST6 : ECHO_REQUEST4) ||
		    (tuple->src.family == FAMILY_V6) != v6)
			return false;
		question.proto = PROTO_ICMP;
		break;
	}
	default:
		return false;
	}
	*ret_question = question;
	return true;
}

static enum audit_verdict judge_flow(const struct judge *judge, unsigned flow,
				     const struct track_tuple *tuple)
{
	const struct box_names names = { judge->against->name_has, judge->against->context };
	const struct permit *permit;
	struct box_question question;
	enum box_match match;

	/* what begins or ends at the gateway was never forwarded */
	if (is_own(judge, &tuple->src) || is_own(judge, &tuple->dst) ||
	    !question_make(tuple, &question))
		return AUDIT_FORBIDDEN;
	match = boxes_find(&judge->boxes, flow, &question, &names, &permit);
	if (match == BOX_MISS)
		return AUDIT_FORBIDDEN;
	if (!judge->open[flow])
		return AUDIT_CLOSED;
	if (judge->cut_all || is_cut(judge, permit->from, &tuple->src) ||
	    is_cut(judge, permit->to, &tuple->dst))
		return AUDIT_ISOLATED;
	return match == BOX_MAYBE ? AUDIT_UNKNOWN : AUDIT_GOOD;
}

/* Isolating everything does not end the gateway's own: somebody has to take it back. */
static enum audit_verdict judge_own(const struct judge *judge, const char *id,
				    const struct track_tuple *tuple)
{
	const struct own_service *service = own_services_match(&judge->services, id, tuple);
	const struct addr *here, *there;

	if (!service)
		return AUDIT_FORBIDDEN;
	here = service->comes_in ? &tuple->dst : &tuple->src;
	there = service->comes_in ? &tuple->src : &tuple->dst;
	if (!is_own(judge, here))
		return AUDIT_FORBIDDEN;
	return is_cut(judge, service->zone, there) ? AUDIT_ISOLATED : AUDIT_GOOD;
}

enum audit_verdict judge_entry(const struct judge *judge, const struct track_entry *entry,
			       const char **ret_claims)
{
	const struct audit_against *against = judge->against;
	const struct number *number =
		map_find(&judge->by_mark, &entry->mark, sizeof(entry->mark));
	size_t index;

	*ret_claims = number ? number->id : NULL;
	if (is_to_itself(judge, entry))
		return AUDIT_GOOD;
	if (!track_is_plain(entry))
		return AUDIT_REWRITTEN;
	if (entry->zone || entry->original.zone || entry->reply.zone)
		return AUDIT_ZONE;
	if (!entry->mark)
		return AUDIT_UNMARKED;
	if (!number)
		return AUDIT_NO_FLOW;
	index = (size_t)(number - against->numbering->list.items);
	if (index < against->policy->flows.count)
		return judge_flow(judge, (unsigned)index, &entry->original);
	return judge_own(judge, number->id, &entry->original);
}
