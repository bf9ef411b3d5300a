/* Whom the gateway itself may speak to, as the compiler puts it into the maps of input and
 * output: management comes in, questions of time and names and the logs go out. */
#pragma once

#include "policy/policy.h"
#include "track/track.h"

struct own_service {
	const char *id; /* as in the numbering: "@ssh" */
	bool comes_in;
	uint8_t proto; /* IPPROTO_* */
	struct addr peer;
	const struct zone *zone; /* the peer's */
	uint16_t port_first, port_last;
};

struct own_services {
	vec_of(struct own_service) list;
};

void own_services_find(struct own_services *services, struct arena *arena,
		       const struct policy *policy);

/* The one of that id that such a connection belongs to, whatever the gateway's own address; NULL:
 * none. */
const struct own_service *own_services_match(const struct own_services *services, const char *id,
					     const struct track_tuple *tuple);
