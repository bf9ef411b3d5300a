/* For the tests of replay.h: one table, a base chain that drops, one packet, and rules written as
 * the kernel has them. */
#pragma once

#include "proof/replay.h"
#include "unit/suites.h"

extern struct ruleset *rig_ruleset;
extern struct table *rig_table;	 /* inet "t" */
extern struct chain *rig_chain;	 /* its base chain "forward", policy drop */
extern struct packet rig_packet; /* eth0 → eth1, 10.0.0.1 → 10.0.1.2, tcp 40000 → 443, new */

void rig_setup(void);
void rig_teardown(void);

struct chain *rig_base(struct table *table, const char *name, enum hook hook, int32_t priority,
		       enum verdict_code policy);
struct chain *rig_called(struct table *table, const char *name);
void rig_rule(struct chain *chain, const struct expr *exprs, size_t count);
struct set *rig_set(const char *name, enum datum datum, uint32_t flags);
/* Key and, where not NULL, its end; as long as the set's key. */
struct element *rig_element(struct set *set, const void *key, const void *end);

struct replay rig_run(enum path path);
enum replay_end rig_end(void); /* forwarded */
/* One rule of these in the base chain, with accept behind them: what becomes of the packet? */
enum replay_end rig_end_of(const struct expr *exprs, size_t count);

#define EXPRS(...) (struct expr[]){ __VA_ARGS__ }, array_count(((struct expr[]){ __VA_ARGS__ }))
#define RULE(chain, ...) rig_rule(chain, EXPRS(__VA_ARGS__))
#define END_OF(...) rig_end_of(EXPRS(__VA_ARGS__))
#define MATCHES(...) ck_assert_int_eq(END_OF(__VA_ARGS__), REPLAY_PASSES)
#define BREAKS(...) ck_assert_int_eq(END_OF(__VA_ARGS__), REPLAY_DROPPED)
#define UNSURE(...) ck_assert_int_eq(END_OF(__VA_ARGS__), REPLAY_UNKNOWN)

#define V(...) { (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }) }
#define META(k, s) { .kind = EXPR_META, .meta = { .key = k, .slot = s } }
#define META_SET(k, s) { .kind = EXPR_META, .meta = { .key = k, .slot = s, .set = true } }
#define CT(k, s) { .kind = EXPR_CT, .ct = { .key = k, .slot = s } }
#define CT_SIDE(k, s, d) { .kind = EXPR_CT, .ct = { .key = k, .slot = s, .side = d } }
#define CT_SET(k, s) { .kind = EXPR_CT, .ct = { .key = k, .slot = s, .set = true } }
#define LOAD(b, o, n, s)                                                                           \
	{ .kind = EXPR_PAYLOAD, .payload = { .base = b, .offset = o, .bytes = n, .slot = s } }
#define CMP(o, s, ...) { .kind = EXPR_CMP, .cmp = { .op = o, .slot = s, .value = V(__VA_ARGS__) } }
#define CMP_TEXT(o, s, text, n)                                                                    \
	{ .kind = EXPR_CMP, .cmp = { .op = o, .slot = s, .value = { (const uint8_t *)(text), n } } }
#define IMM(s, ...) { .kind = EXPR_IMMEDIATE, .immediate = { .slot = s, .value = V(__VA_ARGS__) } }
#define ORDER(s, d, n, u)                                                                          \
	{ .kind = EXPR_BYTEORDER,                                                                  \
	  .byteorder = { .slot = s, .into = d, .bytes = n, .unit_bytes = u } }
#define LOOKUP(name, s)                                                                            \
	{ .kind = EXPR_LOOKUP, .lookup = { .set = name, .slot = s, .into = SLOT_NONE } }
#define LOOKUP_NOT(name, s)                                                                        \
	{ .kind = EXPR_LOOKUP,                                                                     \
	  .lookup = { .set = name, .slot = s, .into = SLOT_NONE, .inverted = true } }
#define MAP(name, s, d) { .kind = EXPR_LOOKUP, .lookup = { .set = name, .slot = s, .into = d } }
#define VERDICT(c, name) { .kind = EXPR_VERDICT, .verdict = { .code = c, .chain = name } }
#define ACCEPT VERDICT(VERDICT_ACCEPT, NULL)
#define DROP VERDICT(VERDICT_DROP, NULL)
#define NAMED(text) { .kind = EXPR_UNKNOWN, .unknown.name = text }
#define OF_KIND(k) { .kind = k }
/* 1 as the machine has it: marks and states are of its own order */
#define HOST32(n) (uint8_t)(n), (uint8_t)((n) >> 8), (uint8_t)((n) >> 16), (uint8_t)((unsigned)(n) >> 24)
