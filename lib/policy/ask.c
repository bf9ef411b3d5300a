/* See ask.h. Each box is held against the question field by field; the box that misses least
 * says why the packet is refused. */
#include <string.h>

#include "policy/ask.h"

enum miss {
	MISS_MAC = 1,
	MISS_SRC = 2,
	MISS_DST = 4,
	MISS_PORT = 8,
	MISS_PROTO = 16,
	MISS_NAME = 32, /* the peer is known by name, and the address asked for may be its own */
};

static bool addr_between(const struct addr *addr, const struct addr *first, const struct addr *last)
{
	return addr->family != FAMILY_NONE && addr_compare(first, addr) <= 0 &&
	       addr_compare(addr, last) <= 0;
}

static bool endpoint_may_have(const struct endpoint *endpoint, const struct addr *addr)
{
	for (size_t i = 0; i < endpoint->within.count; i++)
		if (prefix_has(&endpoint->within.items[i], addr))
			return true;
	return false;
}

/* What of the question lies outside of the box. */
static unsigned box_miss(const struct permit *box, const struct question *question)
{
	bool src_by_name = box->by_name && box->name_is_source;
	bool dst_by_name = box->by_name && !box->name_is_source;
	unsigned miss = 0;

	if (box->proto != question->proto)
		miss |= MISS_PROTO;
	else if (question->proto != PROTO_ICMP &&
		 (question->port < box->port_first || question->port > box->port_last))
		miss |= MISS_PORT;
	if (question->has_mac && (mac_compare(question->mac, box->mac_first) < 0 ||
				  mac_compare(question->mac, box->mac_last) > 0))
		miss |= MISS_MAC;
	if (src_by_name)
		miss |= endpoint_may_have(box->by_name, &question->from) ? MISS_NAME : MISS_SRC;
	else if (!addr_between(&question->from, &box->src_first, &box->src_last))
		miss |= MISS_SRC;
	if (dst_by_name && question->peer)
		miss |= question->peer == box->by_name ? 0 : MISS_DST;
	else if (dst_by_name)
		miss |= endpoint_may_have(box->by_name, &question->to) ? MISS_NAME : MISS_DST;
	else if (!addr_between(&question->to, &box->dst_first, &box->dst_last))
		miss |= MISS_DST;
	return miss;
}

/* How far a box is: the smaller, the more useful to a reader. UINT_MAX: not worth naming. */
static unsigned miss_distance(unsigned miss)
{
	if (miss == MISS_NAME)
		return 1;
	if (miss == MISS_MAC || miss == (MISS_MAC | MISS_NAME))
		return 2;
	if (!(miss & (MISS_SRC | MISS_DST)))
		return miss & MISS_PROTO ? 4 : 3;
	if (!(miss & MISS_SRC))
		return miss & (MISS_PORT | MISS_PROTO) ? 6 : 5; /* the same machine elsewhere */
	if (!(miss & MISS_DST))
		return miss & (MISS_PORT | MISS_PROTO) ? 8 : 7; /* another machine there */
	return UINT32_MAX;
}

/* Would a box permit the question with its two sides exchanged? */
static bool box_is_reverse(const struct permit *box, const struct question *question)
{
	if (box->by_name)
		return question->peer ? box->name_is_source && question->peer == box->by_name : false;
	return addr_between(&question->to, &box->src_first, &box->src_last) &&
	       addr_between(&question->from, &box->dst_first, &box->dst_last);
}

static void source_find(const struct policy *policy, const struct question *question,
			struct answer *answer)
{
	vec_each(host, &policy->hosts)
		if (addr_compare(&host->ip, &question->from) == 0) {
			answer->host = host;
			answer->bound_mac = host->mac;
			return;
		}
	vec_each(endpoint, &policy->endpoints)
		if (endpoint->next_hop && prefix_has(&endpoint->ip, &question->from)) {
			answer->bound_mac = endpoint->next_hop->mac;
			return;
		}
}

static bool source_is_known(const struct policy *policy, const struct question *question,
			    const struct answer *answer)
{
	if (answer->host)
		return true;
	vec_each(endpoint, &policy->endpoints)
		if (prefix_has(&endpoint->ip, &question->from) ||
		    endpoint_may_have(endpoint, &question->from))
			return true;
	vec_each(zone, &policy->zones)
		if (zone_is_open(zone) && zone_has_addr(zone, &question->from))
			return true;
	return false;
}

static bool target_is_known(const struct policy *policy, const struct question *question)
{
	if (question->peer)
		return true;
	vec_each(zone, &policy->zones)
		if (zone_has_addr(zone, &question->to))
			return true;
	return false;
}

/* Why a box that would fit refuses at that time; where its window is open, the reason given. */
static enum reason closed_reason(const struct policy *policy, const struct question *question,
				 const struct permit *box, enum reason open)
{
	const struct window *window = box->flow->window;

	if (window_is_open(window, question->at, policy->head.offset_sec))
		return open;
	return window->kind == WINDOW_GRANT ? REASON_GRANT : REASON_WINDOW;
}

static void answer_refuse(const struct policy *policy, const struct question *question,
			  const struct permit *nearest, unsigned miss, const struct permit *reverse,
			  struct answer *answer)
{
	answer->nearest = nearest ? nearest->flow : NULL;
	if (nearest && miss == MISS_NAME) {
		answer->reason = closed_reason(policy, question, nearest, REASON_NAME_UNKNOWN);
	} else if (nearest && (miss & ~(unsigned)MISS_NAME) == MISS_MAC) {
		answer->reason = REASON_MAC;
		answer->bound_mac = nearest->mac_first;
	} else if (nearest && !(miss & (MISS_SRC | MISS_DST | MISS_MAC))) {
		answer->reason = REASON_PORT;
	} else if (!source_is_known(policy, question, answer)) {
		answer->reason = REASON_SOURCE;
		return;
	} else if (!target_is_known(policy, question)) {
		answer->reason = REASON_TARGET;
		return;
	} else if (reverse) {
		answer->reason = REASON_DIRECTION;
		answer->nearest = reverse->flow;
		answer->flow = reverse->flow;
		return;
	} else {
		answer->reason = REASON_NO_FLOW;
		return;
	}
	answer->flow = nearest->flow;
	answer->box = nearest;
}

struct answer policy_ask(const struct policy *policy, const struct permits *permits,
			 const struct question *question)
{
	struct answer answer = { .reason = REASON_NO_FLOW };
	const struct permit *nearest = NULL, *reverse = NULL;
	unsigned distance = UINT32_MAX, nearest_miss = 0;

	source_find(policy, question, &answer);
	vec_each(box, &permits->list) {
		unsigned miss = box_miss(box, question), far;

		if (!miss) {
			enum reason good = box->by_name ? REASON_FLOW_BY_NAME : REASON_FLOW;

			answer.flow = box->flow;
			answer.box = box;
			answer.reason = closed_reason(policy, question, box, good);
			answer.permit = answer.reason == good;
			if (answer.permit)
				return answer;
			continue;
		}
		far = miss_distance(miss);
		if (far < distance) {
			distance = far;
			nearest = box;
			nearest_miss = miss;
		}
		if (!reverse && box_is_reverse(box, question))
			reverse = box;
	}
	if (!answer.flow)
		answer_refuse(policy, question, nearest, nearest_miss, reverse, &answer);
	return answer;
}
