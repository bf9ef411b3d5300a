/* One connection, one verdict. Built from a policy and the gateway's own addresses, then const.
 * Knows no kernel: entries come as they were read. */
#pragma once

#include "daemon/audit.h"

struct judge;

struct addr_list {
	const struct addr *items;
	size_t count;
};

/* All that is given outlives it. own: the addresses of this machine. */
struct judge *judge_new(const struct audit_against *against, const struct addr_list *own);
void judge_free(struct judge *judge);
CLEANUP_FUNC(struct judge *, judge_free);

/* *ret_claims: as in struct audit_found. */
enum audit_verdict judge_entry(const struct judge *judge, const struct track_entry *entry,
			       const char **ret_claims);
