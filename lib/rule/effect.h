/* What an expression can do beside letting the rule go on: end it, write registers, end the
 * packet's way, change what the packet carries or what its connection is known by. One table for
 * the kinds we decode and one by name for those we do not, so that whoever judges rules (bypass,
 * proof) asks here and keeps no list of names.
 *
 * An upper bound: what is not said here it cannot do; what is said it may do or leave. A name
 * that nobody has heard of may do anything. */
#pragma once

#include "rule/ruleset.h"

enum effect_bit {
	/* how the rule may end there */
	EFFECT_BREAK = 1 << 0,  /* without a verdict: it has not matched */
	EFFECT_ACCEPT = 1 << 1, /* the packet goes on behind this hook */
	EFFECT_DROP = 1 << 2,   /* it is gone: refused, answered, or no memory was left */
	EFFECT_BRANCH = 1 << 3, /* to another chain, back, or to the next rule */
	EFFECT_DIVERT = 1 << 4, /* to a program on this machine; or it goes on, for a program later */
	EFFECT_CARRY = 1 << 5,  /* to another interface, past the hooks; or what follows it does */
	/* what may be otherwise from there on */
	EFFECT_COPY = 1 << 6,     /* a copy goes to another interface */
	EFFECT_PACKET = 1 << 7,   /* its bytes or addresses, now or where it leaves */
	EFFECT_MARK = 1 << 8,     /* its mark */
	EFFECT_META = 1 << 9,     /* what else is noted of it: priority, realm, trace */
	EFFECT_TYPE = 1 << 10,    /* a frame for another machine is one for us */
	EFFECT_CT = 1 << 11,      /* the mark or another field of its connection, its zone */
	EFFECT_UNTRACK = 1 << 12, /* connection tracking does not see it */
	EFFECT_SET = 1 << 13,     /* the elements of a set */
	EFFECT_ANY = 1 << 14,     /* nobody here can say: all of the above */
};

struct effect {
	uint32_t bits;
	uint8_t slot, slots; /* the registers it may write; none if slots is 0 */
};

/* In a rule of that table, whose sets and maps are asked for what they hold. */
struct effect expr_effect(const struct table *table, const struct expr *expr);
