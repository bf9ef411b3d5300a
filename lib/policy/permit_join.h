/* Many boxes of packets as few lines that say the same: each line is every packet from one of
 * these senders, to one of these targets, by one of these services. The packets of the lines are
 * exactly those of the boxes, and no packet is in two lines. No two lines could be joined without
 * a third: in that sense they are the largest there are.
 *
 * Knows no words: which machine or zone a line is about is for report/ to say. */
#pragma once

#include "policy/permit.h"

/* Who sends or is sent to: a range of addresses or a name; senders with their MAC. */
struct joined_end {
	struct mac mac_first, mac_last; /* targets: zero */
	struct addr first, last;	/* FAMILY_NONE: by name */
	const struct endpoint *by_name;
	bool whole; /* a machine, peer or network as the policy has it; not a part of one */
};

struct joined_service {
	uint8_t proto;
	uint16_t first, last; /* ICMP: 0 to 0 */
};

struct joined_ends { /* ascending by address */
	const struct joined_end *items;
	size_t count;
};

struct joined_services {
	const struct joined_service *items;
	size_t count;
};

struct joined_flows {
	const struct flow **items; /* in the order of the file */
	size_t count;
};

struct joined {
	struct joined_ends from, to;
	struct joined_services services;
	struct joined_flows flows; /* whose packets these are */
	bool not_itself; /* but the packets of a machine to itself, which cross no gateway */
};

struct joined_list {
	struct arena *arena;
	vec_of(struct joined) list; /* in the order of the flows, then by sender and target */
};

/* The boxes may overlap; they are of this policy's flows, and `of` are all of its boxes. */
void joined_init(struct joined_list *list, const struct permit_list *boxes,
		 const struct permits *of);
void joined_done(struct joined_list *list);
