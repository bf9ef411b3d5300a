/* What the files of replay.h share: the way of one packet, as far as it has come. */
#pragma once

#include "proof/replay.h"

enum {
	LINK_BYTES = 14, /* of an Ethernet header */
	REGISTER_BYTES = SLOTS * SLOT_BYTES,
	JUMPS_MOST = 16, /* the kernel's own bound */
	FRAME_MOST = 2048,
};

/* Is there an entry of connection tracking? Chains of the very priority of tracking stand before
 * or behind it, depending on who came first. */
enum tracked { TRACKED_NOT_YET, TRACKED_UNSURE, TRACKED_DONE };

/* One hook as a packet passes it: what is known there. */
struct station {
	uint8_t hook; /* enum hook */
	bool sees_in, sees_out;
	bool has_link;	   /* the arriving frame's header */
	bool link_leaving; /* the leaving frame's: its source address is not the packet's to say */
	bool is_routed;	   /* behind the TTL's decrement and the trimming of padding */
	uint8_t device_type; /* of the device that has the packet: DIM_IIFTYPE or so; 0: none has */
};

/* The packet's bytes at a station, and where its headers are. */
struct wire {
	uint8_t bytes[FRAME_MOST]; /* the network header at LINK_BYTES, whatever the link is */
	size_t count;
	bool link_broken, link_unsure; /* there is no link header; nobody knows */
	bool source_unsure;	       /* the sender's MAC is not known */
	bool has_transport;	       /* its protocol is known */
	uint8_t proto;
	uint16_t fragment; /* its offset; not 0: what follows is no header */
	size_t transport;
};

/* A place to go on from: the next rule of a chain. */
struct place {
	const struct chain *chain;
	size_t rule;
};

struct trace {
	struct replay_step step;
	const struct trace *before;
};

/* One way of the packet; copied where it may go on in two. */
struct walk {
	size_t base; /* the base chain it is in, by its number in the plan */
	struct place at;
	struct place callers[JUMPS_MOST];
	unsigned caller_count;
	uint8_t registers[REGISTER_BYTES];
	uint32_t unsure; /* a bit for each slot whose content is not known */
	const char *unsure_why; /* the expression that last brought such */
	uint32_t mark, ct_mark;
	bool mark_unsure, ct_mark_unsure;
	bool is_untracked;
	bool in_doubt;		   /* the rule may have ended before here */
	const char *doubted;	   /* the expression that is why */
	const struct set *set;	   /* of the rule's last lookup */
	const struct element *element;
	struct replay passed;	   /* who accepted, at the hook that counts */
	struct replay unsure_of;   /* the first rule that made two ways of one */
	const struct trace *trace;
};

/* A base chain on the way, with the table it is in. */
struct stop {
	const struct table *table;
	const struct chain *chain;
	const struct station *station;
	int32_t order, within; /* its priority, and among those of NAT, which share one */
	enum tracked tracked;
};

struct run {
	const struct replay_ask *ask;
	struct arena *arena;
	vec_of(struct stop) stops;
	vec_of(struct walk) waiting;
	struct wire wire;
	const struct station *wire_station; /* that the wire was made for */
	struct wire arriving;
	unsigned budget;
	struct replay result;
	bool has_result, is_over;
	bool keeps_fragments; /* the family's packets are put together, since they are tracked */
};

/* ---- replay_packet.c ---- */
void wire_arrive(const struct replay_ask *ask, struct wire *ret_wire);
void wire_at(const struct wire *arriving, const struct replay_ask *ask,
	     const struct station *station, struct wire *ret_wire);
bool wire_is_ip(const struct packet *packet);

/* ---- replay_expr.c ---- */
enum outcome {
	OUTCOME_GOES_ON,
	OUTCOME_BREAKS,	 /* the rule ends here, without a match */
	OUTCOME_VERDICT, /* in *ret_verdict */
	OUTCOME_EFFECT,	 /* it does what is not followed here */
};

/* Does it change what outlives the rule (a mark)? */
bool expr_writes(const struct expr *expr);
enum outcome expr_run(struct run *run, struct walk *walk, const struct stop *stop,
		      const struct expr *expr, struct verdict *ret_verdict);

/* What an expression is called, as nft's own developers do. */
const char *expr_name(const struct expr *expr);

void walk_doubt(struct walk *walk, const char *why);
/* The bits of the slots that so many bytes from this slot on take; all of them if they do not fit. */
uint32_t slots_bits(uint8_t slot, unsigned bytes);
bool walk_is_unsure(const struct walk *walk, uint8_t slot, unsigned bytes);
/* As registers are written: whole slots, padded with zeros. */
void walk_store(struct walk *walk, uint8_t slot, const void *bytes, unsigned count);
/* why: the expression, or NULL where it only hands on what is not known. */
void walk_store_unsure(struct walk *walk, uint8_t slot, unsigned count, const char *why);

/* ---- replay_load.c ---- */
enum outcome meta_load(struct run *run, struct walk *walk, const struct stop *stop,
		       const struct expr *expr);
enum outcome ct_load(struct run *run, struct walk *walk, const struct stop *stop,
		     const struct expr *expr);
enum outcome payload_load(struct run *run, struct walk *walk, const struct stop *stop,
			  const struct expr *expr);
bool walk_has_entry(const struct run *run, const struct walk *walk, const struct stop *stop,
		    bool *ret_unsure);

/* ---- replay_lookup.c ---- */
enum outcome lookup_run(struct run *run, struct walk *walk, const struct stop *stop,
			const struct expr *expr, struct verdict *ret_verdict);

/* ---- replay_way.c ---- */
/* The base chains on the packet's way, in their order. */
void way_find(struct run *run);
bool hook_is_deciding(uint8_t hook);
/* Put together before this stop, so that this fragment goes no further? */
bool fragment_is_held(const struct run *run, const struct walk *walk, const struct stop *stop);
bool fragment_ends_held(const struct run *run, const struct walk *walk);

/* ---- replay.c ---- */
/* Another way, that goes on from here with this verdict; NULL: with the next rule. */
void run_fork(struct run *run, struct walk *walk, const struct stop *stop,
	      const struct verdict *verdict);
