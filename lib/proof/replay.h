/* One packet, run through the rules as the kernel runs them: concretely. Bytes are made of the
 * packet, registers are sixteen slots of four bytes, and expression follows expression, chain
 * follows chain in the order of the hooks. It is the second opinion to the symbolic execution of
 * the same rules and shares nothing with it; where the two disagree, one of them is wrong.
 *
 * Written from the kernel's own semantics (nft_do_chain() and each expression's eval function, up
 * to 6.18), and held against a kernel by tests/proof.
 *
 * What cannot be told from the packet (a limit, a time, a routing lookup, a field that the packet
 * does not have) may come out either way; both ways are gone, and where they end alike, the answer
 * is definite. What rewrites, carries or diverts packets is not followed: its rule is the answer.
 *
 * Judges the rules and what netfilter does between them (defragmentation where connections are
 * tracked); not routing, TTL, checksums or whether the frame was for this machine. */
#pragma once

#include "proof/packet.h"
#include "rule/ruleset.h"

enum replay_end { REPLAY_PASSES, REPLAY_DROPPED, REPLAY_UNKNOWN };

/* What the packet met, in order: rules that matched to their end, and ends of chains. */
struct replay_step {
	const struct table *table;
	const struct chain *chain;
	const struct rule *rule; /* NULL: the end of the chain (of a base chain: its policy) */
	uint8_t verdict;	 /* enum verdict_code; VERDICT_CONTINUE: the rule gave none */
};

struct replay {
	enum replay_end end;
	/* Who decided. PASSES: the last base chain of the forward, input or output hook, and its
	 * accepting rule. UNKNOWN: the rule that is not understood. NULL: no chain is there, or it
	 * was not the rules (why says what). */
	const struct table *table;
	const struct chain *chain;
	const struct rule *rule; /* NULL: the policy */
	/* Of the deciding rule's last lookup, where one hit. */
	const struct set *set;
	const struct element *element;
	/* UNKNOWN: the expression ("limit", "masq"), or "budget". DROPPED by nobody's rule:
	 * "fragment" (held until all of it is there, and then it is another packet) or "ethertype"
	 * (neither IPv4 nor IPv6, nobody routes it). Else NULL. In no language. */
	const char *why;
	uint32_t mark, ct_mark; /* PASSES: as they are behind the last chain, where has_marks */
	bool has_marks;
	const struct replay_step *trail; /* of the first way gone, where asked for */
	size_t trail_count;
};

struct replay_ask {
	const struct ruleset *ruleset; /* all tables, of everybody */
	const struct packet *packet;
	enum path path;
	int64_t now_ms; /* of the wall clock: whose time has ended is not there; 0: as dumped */
	/* The bytes as they arrive, link header first, instead of ones made of the packet; they must
	 * say what the packet says. NULL: made. */
	const uint8_t *frame;
	size_t frame_bytes;
	struct arena *trail; /* where the trail lies; NULL: none is kept */
	uint64_t *executed;  /* counts the expressions that were run, by kind; or NULL */
};

void replay_run(const struct replay_ask *ask, struct replay *ret_replay);

/* The frame that replay_run() makes of a packet: correct lengths and checksum of the header, TTL
 * 64, a TCP segment that opens (SYN) or goes on (ACK) as its state says. Returns its length. */
enum { REPLAY_FRAME_BYTES = 128 };
size_t replay_frame(const struct packet *packet, uint8_t ret_frame[static REPLAY_FRAME_BYTES]);
