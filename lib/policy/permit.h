/* What a policy permits, in packets: each flow as boxes over (source MAC, source address,
 * destination address, protocol, port or ICMP type). The compiler turns boxes into map
 * elements, explain looks a packet up in them, diff subtracts them from each other, and the
 * check for flows that shadow each other looks for two boxes that meet.
 *
 * A box holds all ranges inclusive. Zones named in a flow mean their registered machines; only
 * open zones (visitors) and peers written as networks make ranges of addresses. A peer known by
 * name alone has no address here (to_by_name), and its box admits nothing until the resolver
 * has learnt one. */
#pragma once

#include "policy/policy.h"

struct permit {
	const struct flow *flow;
	const struct zone *from, *to; /* the zones of the two parties */
	struct mac mac_first, mac_last;
	struct addr src_first, src_last;
	struct addr dst_first, dst_last;     /* FAMILY_NONE while by_name */
	const struct endpoint *by_name;      /* a peer without an address, or NULL */
	bool name_is_source;                 /* by_name stands in src, not in dst */
	uint8_t proto;                       /* enum proto */
	uint16_t port_first, port_last;      /* ICMP: 0 to 0, the echo request alone */
};

enum { PERMITS_MOST = 1000000 };

struct permits {
	struct arena *arena;
	vec_of(struct permit) list; /* in the order of the flows */
};

/* Expands all flows. False with an err (C-SIZE) when more than PERMITS_MOST would come out.
 * Within one flow the boxes are disjoint: what a flow says twice is one box. */
_must_check_ bool permits_init(struct permits *permits, const struct policy *policy,
			       struct errs *errs);
void permits_done(struct permits *permits);

/* Every range a single value (and so fit for a hash set)? */
bool permit_is_exact(const struct permit *permit);

/* Boxes of different flows that meet: found with an index, linear for exact boxes. Calls
 * on_meet once for each pair of flows, with one example of each. */
void permits_find_meeting(const struct permits *permits,
			  void (*on_meet)(void *context, const struct permit *a,
					  const struct permit *b),
			  void *context);

/* a minus b: the pieces of a outside b are appended to the list. True if they met at all. */
struct permit_list {
	struct arena *arena;
	struct permit *items;
	size_t count, room;
};
bool permit_subtract(const struct permit *a, const struct permit *b, struct permit_list *ret_pieces);
bool permit_meets(const struct permit *a, const struct permit *b);

/* Is every packet of these boxes in one of those? Says no where finding out would take too long. */
struct permit_span {
	const struct permit *items;
	size_t count;
};
bool permits_cover(struct permit_span those, struct permit_span these);

/* An exact box as bytes, for a map. Boxes of two policies have equal keys if they are equal. */
struct permit_key {
	struct mac mac;
	uint8_t proto, name_is_source;
	struct addr src, dst;
	uint16_t port;
	uint64_t name_hash;
};
void permit_key(const struct permit *exact, struct permit_key *ret_key);

/* What a permits and b does not, in boxes; and the pairs of flows that permit the same packets
 * at other times. */
struct retimed {
	const struct flow *before, *after;
};

struct permits_difference {
	struct arena *arena;
	struct permit_list only_a;
	vec_of(struct retimed) retimed; /* in the order of a's flows */
	bool moved; /* some packets of both come or leave at another interface */
};

void permits_difference_init(struct permits_difference *difference, const struct permits *a,
			     const struct permits *b);
void permits_difference_done(struct permits_difference *difference);

bool window_equal(const struct window *a, const struct window *b);
