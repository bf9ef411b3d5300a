/* What is to pass, in packets: boxes that a policy permits on one path, each for a flow, and the
 * ways on which flows exist whose addresses are not known yet. Found fast by what they hold.
 *
 * Filled from a policy by want.c, or by a test; knows no rules. */
#pragma once

#include "base/err.h"
#include "base/map.h"
#include "proof/box.h"

struct claim_flow {
	const char *id;
	struct src src;
};

struct claim;

struct claims {
	struct arena *arena;
	enum path path;
	vec_of(struct claim) list;
	vec_of(struct claim_flow) flows;
	vec_of(wide) names; /* of the interfaces that claims have, or zones */
	struct map by_key;  /* equal boxes */
	struct map by_way;  /* those of one pair of interfaces */
	struct map nameless; /* ways, as by_way, with flows of unknown addresses */
	bool has_discovery; /* of IPv6 neighbours: conntrack does not look at it */
};

/* The dimensions that a claim can bind; every other is free in it. */
extern const enum dim claim_dims[];
extern const size_t claim_dim_count;

void claims_init(struct claims *claims, enum path path);
void claims_done(struct claims *claims);

unsigned claims_add_flow(struct claims *claims, const char *id, struct src src);
/* must: the rules are to let all of it pass, too; next: by a frame to one of these machines. */
void claims_add(struct claims *claims, const struct box *box, unsigned flow, bool must);
/* An interface of a zone, claimed or not. */
void claims_add_interface(struct claims *claims, wide name);
void claims_add_nameless(struct claims *claims, wide iif, wide oif);
bool claims_has_nameless(const struct claims *claims, wide iif, wide oif);

size_t claims_count(const struct claims *claims);
bool claims_must(const struct claims *claims, size_t at);
/* As it was added. */
void claims_box(const struct claims *claims, size_t at, struct box *ret_box);
const struct claim_flow *claims_flow(const struct claims *claims, size_t at);

/* The claim that has the packet; -1: none has. */
long claims_find(const struct claims *claims, const struct packet *packet);
/* A packet of the box such as this town has: one machine's way in, address and MAC, another one's
 * way out and address, a port that somebody uses; the nth of a row that is always the same. */
void claims_try(const struct claims *claims, const struct box *box, uint64_t nth,
		struct packet *ret_packet);
/* A packet of the box that no claim has. */
enum box_search claims_find_outside(const struct claims *claims, const struct box *box,
				    size_t *budget, struct packet *ret_packet);
