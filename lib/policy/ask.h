/* One question to a policy: may this packet open a connection at this time, by which flow, and
 * if not, why not and what comes nearest? The answer is in the policy's own objects; words for
 * people are made where they are shown. */
#pragma once

#include "policy/permit.h"

struct question {
	struct addr from;
	bool has_mac;
	struct mac mac;
	struct addr to;             /* FAMILY_NONE when asked by name */
	const struct endpoint *peer; /* asked by name; else NULL */
	enum proto proto;
	uint16_t port;
	struct wall at;
};

enum reason {
	REASON_FLOW,          /* permitted */
	REASON_FLOW_BY_NAME,  /* permitted once the name's address is learnt */
	REASON_WINDOW,        /* refused: the flow is closed at that time */
	REASON_GRANT,         /* refused: the flow is open only while granted */
	REASON_MAC,           /* refused: the machine is bound to another MAC */
	REASON_NAME_UNKNOWN,  /* refused: permitted by name only, and this address is not learnt */
	REASON_PORT,          /* refused: the two may speak, by another port or protocol */
	REASON_DIRECTION,     /* refused: only the other side may begin */
	REASON_SOURCE,        /* refused: nobody registered has that source address */
	REASON_TARGET,        /* refused: the address belongs to nothing in the policy */
	REASON_NO_FLOW,       /* refused: no flow between the two */
};

struct answer {
	bool permit;
	enum reason reason;
	const struct flow *flow;        /* that permits, or would but for the reason; or NULL */
	const struct permit *box;       /* of that flow, or NULL */
	const struct host *host;        /* registered under the source address, or NULL */
	struct mac bound_mac;           /* whom the source address is bound to; zero: nobody */
	const struct flow *nearest;     /* that permits something most like it, or NULL */
};

struct answer policy_ask(const struct policy *policy, const struct permits *permits,
			 const struct question *question);
