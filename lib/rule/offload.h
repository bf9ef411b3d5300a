/* Flowtables of others that carry connections around the gateway's rules: which stand on an
 * interface that is guarded, and the rules that put connections into them. What is said here is
 * what has to go for them to go, in a form that survives being handed to another process.
 *
 * Pure; what is guarded is for who calls. A flowtable of a dormant table counts: dormancy takes
 * chains off their hooks, not flowtables. */
#pragma once

#include "rule/ruleset.h"

struct offload_rule {
	const char *chain;
	uint64_t handle;
};

struct offload {
	enum table_family family;
	const char *table, *flowtable;
	const char *devices; /* "lan0,lan1": all it has */
	vec_of(struct offload_rule) rules; /* that name it; the kernel removes it after them only */
};

struct offloads {
	struct arena *arena; /* holds it all */
	vec_of(struct offload) list;
};

/* Of an interface's name, or of a prefix of names with a '*' behind it. */
typedef bool offload_guards(const void *context, const char *device);

void offloads_find(const struct ruleset *others, offload_guards *guards, const void *context,
		   struct offloads *ret_offloads);
void offloads_done(struct offloads *offloads);

/* Is this the flowtable itself (rule NULL), or a rule that names it? */
bool offload_has(const struct offload *offload, const struct table *table,
		 const struct chain *chain, const struct rule *rule, const char *name);

/* As bytes and back. Unpacking trusts no byte; false: it is no such thing, and nothing is left. */
void offloads_pack(const struct offloads *offloads, struct buf *buf);
_must_check_ bool offloads_unpack(const char *bytes, size_t count, struct offloads *ret_offloads);

/* "inet fast flowtable f", "inet fast chain c handle 4: flow add @f", in no language */
void offload_print(struct buf *buf, const struct offload *offload);
void offload_rule_print(struct buf *buf, const struct offload *offload,
			const struct offload_rule *rule);
