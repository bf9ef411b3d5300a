/* What the symbolic execution (proof/meaning.h) says of one packet: executed on a box that is the
 * packet alone it has to come to the kernel's end, or to say which rule it does not understand. For
 * tests/tools/differ.c. */
#pragma once

#include <string.h>

#include "proof/meaning.h"
#include "proof/replay.h"

struct symbol {
	struct meaning *meanings[PATHS];
	unsigned ends[3], mismatches, left_out;
};

struct symbol_leaves {
	bool passes, stops, doubts;
};

static bool symbol_take(void *context, const struct leaf *leaf)
{
	struct symbol_leaves *leaves = context;

	leaves->passes |= leaf->passes;
	leaves->stops |= !leaf->passes;
	leaves->doubts |= leaf->doubt.table || leaf->stolen;
	return true;
}

static void symbol_init(struct symbol *symbol, const struct ruleset *ruleset)
{
	for (unsigned path = 0; path < PATHS; path++)
		symbol->meanings[path] = meaning_new(ruleset, (enum path)path);
}

static void symbol_done(struct symbol *symbol)
{
	for (unsigned path = 0; path < PATHS; path++)
		meaning_free(symbol->meanings[path]);
}

/* A proof is about packets of IP that have a transport header or none: fragments wait elsewhere for
 * the rest of theirs, and one that is cut within its first bytes is in no state of a connection that
 * lets anything pass. */
static bool symbol_is_asked(const struct packet *packet, size_t frame_bytes)
{
	wide type = packet->at[DIM_ETHERTYPE];
	size_t header_end = 14 + (type == ETHERTYPE_IPV6 ? 40 : 20);

	return (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6) &&
	       !(packet->at[DIM_FRAG] & 0x3fff) &&
	       (packet->at[DIM_DEPTH] || frame_bytes <= header_end);
}

static enum replay_end symbol_end(struct symbol *symbol, const struct packet *packet, enum path path,
				  bool *ret_doubts)
{
	struct symbol_leaves leaves = { 0 };
	size_t budget = 1000000;
	struct box box;

	memcpy(box.first, packet->at, sizeof(box.first));
	memcpy(box.last, packet->at, sizeof(box.last));
	if (meaning_run(symbol->meanings[path], &box,
			&(struct meaning_run){ .stage = MEANING_ALL,
					       .care = MEANING_EXACT,
					       .budget = &budget,
					       .take = symbol_take,
					       .context = &leaves }) != MEANING_WHOLE)
		leaves.passes = leaves.stops = leaves.doubts = true;
	*ret_doubts = leaves.doubts;
	if (leaves.passes && leaves.stops)
		return REPLAY_UNKNOWN;
	return leaves.passes ? REPLAY_PASSES : REPLAY_DROPPED;
}
