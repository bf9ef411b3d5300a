/* What meta, ct and payload put into registers, and what their writing forms change. */
#include <string.h>

#include "proof/meaning_parts.h"

enum { DEFRAG_PRIORITY = -400, TRACK_PRIORITY = -200, FRAG_OFFSET = 0x1fff };
enum { NFPROTO_OF_IPV4 = 2, NFPROTO_OF_IPV6 = 10 };

/* `bytes` of the dimension's number, most significant first; its part from `from` on. */
static void cells_dim(struct state *state, unsigned first, enum dim dim, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		state->cells[first + i] = (struct cell){ .dim = (uint8_t)dim,
							 .at = (uint8_t)(bytes - 1 - i),
							 .mask = 0xff };
}

/* A number in the machine's own order. */
static void cells_host(struct state *state, unsigned first, enum dim dim, unsigned bytes)
{
	cells_dim(state, first, dim, bytes);
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		for (unsigned i = 0; i < bytes; i++)
			state->cells[first + i].at = (uint8_t)i;
}

static void cells_zero(struct state *state, unsigned first, unsigned bytes)
{
	memset(&state->cells[first], 0, bytes * sizeof(state->cells[0]));
}

/* A load fills whole slots. */
static void slots_clear(struct state *state, unsigned first, unsigned bytes)
{
	cells_zero(state, first, slots_of_bytes(bytes) * SLOT_BYTES);
}

/* What one register's slot holds becomes a number of the packet; unknown: any. */
static void dim_write(struct state *state, enum dim dim, unsigned first)
{
	uint8_t bytes[4];
	uint32_t number;

	state->covered = false;
	if (!cells_known(state, first, sizeof(bytes), bytes)) {
		state->box.first[dim] = 0;
		state->box.last[dim] = dim_most(dim);
		return;
	}
	memcpy(&number, bytes, sizeof(number));
	box_fix(&state->box, dim, number);
}

/* ---- meta ---- */

static void meta_name(const struct meaning *meaning, struct state *state, unsigned first, bool in)
{
	enum hook hook = (enum hook)state_base(meaning, state)->chain->hook;
	bool there = in ? hook != HOOK_OUTPUT && hook != HOOK_POSTROUTING && hook != HOOK_EGRESS
			: hook != HOOK_PREROUTING && hook != HOOK_INGRESS && hook != HOOK_INPUT;

	/* where there is no such device its name is empty */
	if (there)
		cells_dim(state, first, in ? DIM_IIF : DIM_OIF, 16);
	else
		cells_zero(state, first, 16);
}

/* The type of the device the packet is at (meta iiftype), or of the one it leaves by. */
static enum step meta_type(const struct meaning *meaning, struct state *state, unsigned first,
			   bool in)
{
	enum hook hook = (enum hook)state_base(meaning, state)->chain->hook;
	bool leaves = hook == HOOK_POSTROUTING || hook == HOOK_EGRESS || hook == HOOK_OUTPUT;

	if (!in && (hook == HOOK_PREROUTING || hook == HOOK_INGRESS || hook == HOOK_INPUT))
		return STEP_BREAK;
	cells_host(state, first, in && !leaves ? DIM_IIFTYPE : DIM_OIFTYPE, 2);
	return STEP_NEXT;
}

static void meta_family(struct state *state, unsigned first)
{
	wide ethertype = state->box.first[DIM_ETHERTYPE];
	uint8_t family = ethertype == ETHERTYPE_IPV4   ? NFPROTO_OF_IPV4
			 : ethertype == ETHERTYPE_IPV6 ? NFPROTO_OF_IPV6
						       : 0;

	if (family)
		cells_const(state, first, &family, 1);
	else
		cells_unknown(state, first, 1);
}

static enum step meta_write(struct state *state, const struct expr *expr)
{
	if (expr->meta.key == META_MARK)
		dim_write(state, DIM_MARK, expr->meta.slot * SLOT_BYTES);
	return STEP_NEXT;
}

enum step step_meta(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	unsigned first = expr->meta.slot * SLOT_BYTES, bytes = expr_load_bytes(expr);

	if (expr->meta.set)
		return meta_write(state, expr);
	if (first + slots_of_bytes(bytes) * SLOT_BYTES > CELLS)
		return doubt_take(meaning, state);
	slots_clear(state, first, bytes);
	switch ((enum meta_key)expr->meta.key) {
	case META_NFPROTO:
		meta_family(state, first);
		return STEP_NEXT;
	case META_L4PROTO:
		cells_dim(state, first, DIM_PROTO, 1);
		return STEP_NEXT;
	case META_PROTOCOL:
		cells_dim(state, first, DIM_ETHERTYPE, 2);
		return STEP_NEXT;
	case META_IIFNAME:
	case META_OIFNAME:
		meta_name(meaning, state, first, expr->meta.key == META_IIFNAME);
		return STEP_NEXT;
	case META_IIFTYPE:
	case META_OIFTYPE:
		return meta_type(meaning, state, first, expr->meta.key == META_IIFTYPE);
	case META_MARK:
		cells_host(state, first, DIM_MARK, 4);
		return STEP_NEXT;
	case META_IIF:
	case META_OIF:
	case META_LEN:
	case META_PKTTYPE:
	case META_SKUID:
	case META_SKGID:
	case META_CPU:
	case META_PRIORITY:
	case META_KEYS:
		break;
	}
	cells_unknown(state, first, slots_of_bytes(bytes) * SLOT_BYTES);
	return STEP_NEXT;
}

/* ---- ct ---- */

/* Is there an entry at this hook, for a packet of this state? */
static bool is_tracked(const struct meaning *meaning, const struct state *state)
{
	const struct chain *chain = state_base(meaning, state)->chain;
	bool before = chain->hook == HOOK_INGRESS ||
		      ((chain->hook == HOOK_PREROUTING || chain->hook == HOOK_OUTPUT) &&
		       chain->priority < TRACK_PRIORITY);
	wide is = state->box.first[DIM_STATE];

	return !before && is != CT_INVALID && is != CT_UNTRACKED;
}

static void ct_state(const struct meaning *meaning, struct state *state, unsigned first)
{
	uint32_t invalid = CT_INVALID;

	if (is_tracked(meaning, state))
		cells_host(state, first, DIM_STATE, 4);
	else if (state->box.first[DIM_STATE] == CT_UNTRACKED)
		cells_unknown(state, first, 4); /* notrack may come before or after this hook */
	else
		cells_const(state, first, (uint8_t *)&invalid, sizeof(invalid));
}

enum step step_ct(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	unsigned first = expr->ct.slot * SLOT_BYTES, bytes = expr_load_bytes(expr);
	bool tracked = is_tracked(meaning, state);

	if (expr->ct.set) {
		if (tracked && expr->ct.key == CT_MARK)
			dim_write(state, DIM_CT_MARK, first);
		return STEP_NEXT;
	}
	/* an address of IPv4 may lie in the last slot, and IPv6's length is not there */
	if (first + slots_of_bytes(bytes) * SLOT_BYTES > CELLS) {
		cells_unknown(state, first, CELLS - first);
		return doubt_take(meaning, state);
	}
	slots_clear(state, first, bytes);
	if (expr->ct.key == CT_STATE) {
		ct_state(meaning, state, first);
		return STEP_NEXT;
	}
	if (!tracked)
		return STEP_BREAK;
	if (expr->ct.key == CT_MARK)
		cells_host(state, first, DIM_CT_MARK, 4);
	else if (expr->ct.key == CT_DIRECTION)
		cells_dim(state, first, DIM_DIRECTION, 1);
	else
		cells_unknown(state, first, slots_of_bytes(bytes) * SLOT_BYTES);
	return STEP_NEXT;
}

/* ---- payload ---- */

struct piece { /* bytes of a header that are a dimension */
	unsigned offset, bytes;
	enum dim dim;
};

static const struct piece link_pieces[] = { { 0, 6, DIM_DMAC }, { 6, 6, DIM_SMAC },
					    { 12, 2, DIM_ETHERTYPE } },
			  leaving_pieces[] = { { 0, 6, DIM_NEXT_MAC }, { 12, 2, DIM_ETHERTYPE } },
			  v4_pieces[] = { { 6, 2, DIM_FRAG }, { 9, 1, DIM_PROTO },
					  { 12, 4, DIM_SRC }, { 16, 4, DIM_DST } },
			  v6_pieces[] = { { 8, 16, DIM_SRC }, { 24, 16, DIM_DST } },
			  transport_pieces[] = { { 0, 2, DIM_T0 }, { 2, 2, DIM_T2 } };

static void pieces_load(struct state *state, const struct piece *pieces, size_t count,
			uint32_t offset, uint32_t bytes, unsigned first)
{
	for (uint32_t i = 0; i < bytes; i++) {
		struct cell *cell = &state->cells[first + i];

		*cell = (struct cell){ .unknown = true };
		for (size_t p = 0; p < count; p++) {
			uint32_t in = offset + i - pieces[p].offset;

			if (offset + i >= pieces[p].offset && in < pieces[p].bytes)
				*cell = (struct cell){ .dim = (uint8_t)pieces[p].dim,
						       .at = (uint8_t)(pieces[p].bytes - 1 - in),
						       .mask = 0xff };
		}
	}
}

/* Is there a link header here? Of a frame from a device that is no Ethernet nobody can say. */
static enum step link_load(struct meaning *meaning, struct state *state, const struct expr *expr,
			   unsigned first)
{
	enum hook hook = (enum hook)state_base(meaning, state)->chain->hook;
	enum dim type = hook == HOOK_EGRESS ? DIM_OIFTYPE : DIM_IIFTYPE;

	if (meaning->path == PATH_OUTPUT && hook != HOOK_EGRESS)
		return STEP_BREAK;
	if (state->box.first[type] != IFTYPE_ETHER || state->box.last[type] != IFTYPE_ETHER) {
		cells_unknown(state, first, expr->payload.bytes);
		return doubt_take(meaning, state);
	}
	if (hook == HOOK_EGRESS)
		pieces_load(state, leaving_pieces, array_count(leaving_pieces),
			    expr->payload.offset, expr->payload.bytes, first);
	else
		pieces_load(state, link_pieces, array_count(link_pieces), expr->payload.offset,
			    expr->payload.bytes, first);
	return STEP_NEXT;
}

/* Only of packets that have a transport header here: the others break the rule. */
static enum step transport_load(struct meaning *meaning, struct state *state,
				const struct expr *expr, unsigned first)
{
	uint32_t end = expr->payload.offset + expr->payload.bytes;
	bool short_ones = !state->box.first[DIM_DEPTH];
	bool fragments = (state->box.last[DIM_FRAG] & FRAG_OFFSET) || !box_is_point(&state->box, DIM_FRAG);

	if (!state->box.last[DIM_DEPTH] ||
	    (box_is_point(&state->box, DIM_FRAG) && (state->box.first[DIM_FRAG] & FRAG_OFFSET)))
		return STEP_BREAK;
	pieces_load(state, transport_pieces, array_count(transport_pieces), expr->payload.offset,
		    expr->payload.bytes, first);
	if (fragments || end > 4)
		return doubt_take(meaning, state);
	if (short_ones) {
		struct boxes_of misses = { 0 };
		_cleanup_(arena_freep) struct arena *arena = arena_new();
		struct state hit = *state;

		*vec_add(arena, &misses.list) = state->box;
		box_fix(&misses.list.items[0], DIM_DEPTH, 0);
		box_fix(&hit.box, DIM_DEPTH, 1);
		meaning_go_on(meaning, &hit, STEP_NEXT);
		return state_rest(meaning, state, &misses);
	}
	return STEP_NEXT;
}

static void network_load(struct state *state, const struct expr *expr, unsigned first)
{
	wide ethertype = state->box.first[DIM_ETHERTYPE];

	if (ethertype == ETHERTYPE_IPV4)
		pieces_load(state, v4_pieces, array_count(v4_pieces), expr->payload.offset,
			    expr->payload.bytes, first);
	else if (ethertype == ETHERTYPE_IPV6)
		pieces_load(state, v6_pieces, array_count(v6_pieces), expr->payload.offset,
			    expr->payload.bytes, first);
	else
		cells_unknown(state, first, expr->payload.bytes);
}

/* Somebody rewrites the packet: which bytes does not matter, it is another packet from here on. */
static enum step payload_write(struct meaning *meaning, struct state *state)
{
	static const enum dim rewritten[] = { DIM_SMAC, DIM_DMAC,  DIM_SRC, DIM_DST,
					      DIM_PROTO, DIM_FRAG, DIM_T0,  DIM_T2 };
	wide address_most = state->box.first[DIM_ETHERTYPE] == ETHERTYPE_IPV4
				    ? (wide)UINT32_MAX
				    : dim_most(DIM_SRC);

	state->doubt = (struct place){ state_base(meaning, state)->table, state->chain,
				       &state->chain->rules.items[state->rule_at] };
	state->covered = false;
	for (size_t i = 0; i < array_count(rewritten); i++) {
		state->box.first[rewritten[i]] = 0;
		state->box.last[rewritten[i]] = rewritten[i] == DIM_SRC || rewritten[i] == DIM_DST
							? address_most
							: dim_most(rewritten[i]);
	}
	return STEP_NEXT;
}

enum step step_payload(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	unsigned first = expr->payload.slot * SLOT_BYTES;

	if (expr->payload.set)
		return payload_write(meaning, state);
	if (first + slots_of_bytes(expr->payload.bytes) * SLOT_BYTES > CELLS)
		return doubt_take(meaning, state);
	slots_clear(state, first, expr->payload.bytes);
	switch ((enum payload_base)expr->payload.base) {
	case PAYLOAD_LINK:
		return link_load(meaning, state, expr, first);
	case PAYLOAD_NETWORK:
		network_load(state, expr, first);
		return STEP_NEXT;
	case PAYLOAD_TRANSPORT:
		return transport_load(meaning, state, expr, first);
	case PAYLOAD_INNER:
		break;
	}
	cells_unknown(state, first, expr->payload.bytes);
	return doubt_take(meaning, state);
}
