/* What meta, ct and payload put into registers, and what their writing forms change. */
#include <string.h>

#include "proof/meaning_parts.h"

enum { TRACK_PRIORITY = -200, FRAG_OFFSET = 0x1fff };
enum { NFPROTO_OF_IPV4 = 2, NFPROTO_OF_NETDEV = 5, NFPROTO_OF_IPV6 = 10 };
enum { LINK_BYTES = 14, IPV4_BYTES = 20, IPV6_BYTES = 40, TRANSPORT_BYTES = 4,
       OFFSET_MOST = UINT16_MAX };

/* Does conntrack know a connection of it (once it has been asked)? */
static bool is_connected(const struct state *state)
{
	return state->ct_state != CT_INVALID && state->ct_state != CT_UNTRACKED;
}

/* `bytes` of the dimension's number, most significant first. */
static void cells_network(struct cell *cells, enum dim dim, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		cells[i] = (struct cell){ .dim = (uint8_t)dim,
					  .at = (uint8_t)(bytes - 1 - i),
					  .mask = 0xff };
}

void cells_host(struct cell *cells, enum dim dim, unsigned bytes)
{
	cells_network(cells, dim, bytes);
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		for (unsigned i = 0; i < bytes; i++)
			cells[i].at = (uint8_t)i;
}

/* A load fills whole slots. */
static struct cell *slots_clear(struct state *state, unsigned first, unsigned bytes)
{
	unsigned count = slots_of_bytes(bytes) * SLOT_BYTES;

	return memset(cells_room(state, first, count), 0, count * sizeof(struct cell));
}

/* What a register holds becomes a number of the packet, whatever it is: other rules read it there. */
static void number_write(struct state *state, unsigned written, unsigned first)
{
	state->covered = false;
	for (unsigned i = 0; i < WRITTEN_BYTES; i++)
		state->written[written][i] = cell_get(state, first + i);
}

static void number_unknown(struct state *state, unsigned written)
{
	state->covered = false;
	for (unsigned i = 0; i < WRITTEN_BYTES; i++)
		state->written[written][i] = (struct cell){ .dim = CELL_UNKNOWN };
}

static void number_load(struct meaning *meaning, struct state *state, unsigned written,
			unsigned first)
{
	for (unsigned i = 0; i < WRITTEN_BYTES; i++)
		meaning->asked_ct_mark |= state->written[written][i].dim == DIM_CT_MARK;
	if (meaning->tied[written])
		cells_unknown(state, first, WRITTEN_BYTES);
	else
		memcpy(cells_room(state, first, WRITTEN_BYTES), state->written[written],
		       sizeof(state->written[written]));
}

/* ---- meta ---- */

/* Where there is no such device its name is empty. After routing the one it came by is still told
 * (since Linux 5.7); of what the gateway sends itself the box says that there is none. */
static void meta_name(enum hook hook, struct cell *cells, bool in)
{
	bool there = in ? hook != HOOK_OUTPUT && hook != HOOK_EGRESS
			: hook != HOOK_PREROUTING && hook != HOOK_INGRESS && hook != HOOK_INPUT;

	if (there)
		cells_network(cells, in ? DIM_IIF : DIM_OIF, 16);
}

/* Of the device the packet is at (meta iiftype), or of the one it leaves by. What was just made
 * here is at none. */
static enum step meta_type(enum hook hook, struct cell *cells, bool in)
{
	bool leaves = hook == HOOK_POSTROUTING || hook == HOOK_EGRESS;

	if (in ? hook == HOOK_OUTPUT
	       : hook == HOOK_PREROUTING || hook == HOOK_INGRESS || hook == HOOK_INPUT)
		return STEP_BREAK;
	cells_host(cells, in && !leaves ? DIM_IIFTYPE : DIM_OIFTYPE, 2);
	return STEP_NEXT;
}

static void meta_family(const struct meaning *meaning, struct state *state, unsigned first)
{
	wide ethertype = state->box.first[DIM_ETHERTYPE];
	uint8_t family = ethertype == ETHERTYPE_IPV4 ? NFPROTO_OF_IPV4 : NFPROTO_OF_IPV6;

	if (state_base(meaning, state)->table->family == TABLE_NETDEV)
		family = NFPROTO_OF_NETDEV; /* of the hook, not of the packet */
	cells_const(state, first, &family, 1);
}

/* There is none where the headers of IPv6 lead to no transport header; conntrack does not know such
 * a packet. */
static enum step meta_proto(struct meaning *meaning, struct state *state, struct cell *cells)
{
	cells_network(cells, DIM_PROTO, 1);
	if (state->box.first[DIM_ETHERTYPE] == ETHERTYPE_IPV6 && !is_connected(state))
		return doubt_take(meaning, state);
	return STEP_NEXT;
}

enum step step_meta(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	unsigned first = expr->meta.slot * SLOT_BYTES, bytes = expr_load_bytes(expr);
	enum hook hook = (enum hook)state_base(meaning, state)->chain->hook;
	struct cell *cells;

	if (expr->meta.set) {
		if (expr->meta.key == META_MARK)
			number_write(state, WRITTEN_MARK, first);
		return STEP_NEXT;
	}
	cells = slots_clear(state, first, bytes);
	switch ((enum meta_key)expr->meta.key) {
	case META_NFPROTO:
		meta_family(meaning, state, first);
		return STEP_NEXT;
	case META_L4PROTO:
		return meta_proto(meaning, state, cells);
	case META_PROTOCOL:
		cells_network(cells, DIM_ETHERTYPE, 2);
		return STEP_NEXT;
	case META_IIFNAME:
	case META_OIFNAME:
		meta_name(hook, cells, expr->meta.key == META_IIFNAME);
		return STEP_NEXT;
	case META_IIFTYPE:
	case META_OIFTYPE:
		return meta_type(hook, cells, expr->meta.key == META_IIFTYPE);
	case META_MARK:
		number_load(meaning, state, WRITTEN_MARK, first);
		return STEP_NEXT;
	case META_IIF: /* some value, for every packet */
	case META_OIF:
	case META_LEN:
	case META_PKTTYPE:
	case META_CPU:
	case META_PRIORITY:
	case META_RANDOM:
	case META_TIME:
	case META_DAY:
	case META_HOUR:
		cells_unknown(state, first, slots_of_bytes(bytes) * SLOT_BYTES);
		return STEP_NEXT;
	case META_SKUID: /* of what has no socket, no bridge, no such device, there is none */
	case META_SKGID:
	case META_TRACE:
	case META_REALM:
	case META_SECMARK:
	case META_BRIDGE_IIFNAME:
	case META_BRIDGE_OIFNAME:
	case META_IIFGROUP:
	case META_OIFGROUP:
	case META_CGROUP:
	case META_SECPATH:
	case META_IIFKIND:
	case META_OIFKIND:
	case META_BRIDGE_PVID:
	case META_BRIDGE_VPROTO:
	case META_SDIF:
	case META_SDIFNAME:
	case META_BROUTE:
	case META_BRIDGE_HWADDR:
	case META_KEYS:
		break;
	}
	cells_unknown(state, first, slots_of_bytes(bytes) * SLOT_BYTES);
	return doubt_take(meaning, state);
}

/* ---- ct ---- */

/* Has conntrack seen the packet when this hook does? At its own priority nobody knows. */
static enum tracked hook_tracked(const struct meaning *meaning, const struct state *state)
{
	const struct chain *chain = state_base(meaning, state)->chain;

	if (chain->hook == HOOK_INGRESS)
		return TRACKED_NO;
	if (chain->hook != HOOK_PREROUTING && chain->hook != HOOK_OUTPUT)
		return TRACKED_YES;
	return chain->priority < TRACK_PRIORITY	   ? TRACKED_NO
	       : chain->priority == TRACK_PRIORITY ? TRACKED_MAYBE
						   : TRACKED_YES;
}

enum tracked state_tracked(const struct meaning *meaning, const struct state *state)
{
	return is_connected(state) ? hook_tracked(meaning, state) : TRACKED_NO;
}

static void ct_state(const struct meaning *meaning, struct state *state, unsigned first)
{
	enum tracked tracked = hook_tracked(meaning, state);
	uint32_t now = tracked == TRACKED_YES ? state->ct_state : CT_INVALID;

	/* (notrack may come before or after this hook) */
	if (state->ct_state != CT_INVALID &&
	    (tracked == TRACKED_MAYBE ||
	     (tracked == TRACKED_NO && state->ct_state == CT_UNTRACKED)))
		cells_unknown(state, first, sizeof(now));
	else
		cells_const(state, first, (uint8_t *)&now, sizeof(now));
}

static void ct_write(const struct meaning *meaning, struct state *state, const struct expr *expr)
{
	enum tracked tracked = state_tracked(meaning, state);

	if (tracked == TRACKED_NO || expr->ct.key != CT_MARK)
		return; /* without an entry nothing is written */
	if (tracked == TRACKED_YES)
		number_write(state, WRITTEN_CT_MARK, expr->ct.slot * SLOT_BYTES);
	else
		number_unknown(state, WRITTEN_CT_MARK);
}

enum step step_ct(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	unsigned first = expr->ct.slot * SLOT_BYTES, bytes = expr_load_bytes(expr);
	enum tracked tracked = state_tracked(meaning, state);
	struct cell *cells;

	if (expr->ct.set) {
		ct_write(meaning, state, expr);
		return STEP_NEXT;
	}
	cells = slots_clear(state, first, bytes);
	if (expr->ct.key == CT_STATE) {
		ct_state(meaning, state, first);
		return STEP_NEXT;
	}
	if (tracked == TRACKED_NO)
		return STEP_BREAK;
	if (expr->ct.key == CT_MARK)
		number_load(meaning, state, WRITTEN_CT_MARK, first);
	else if (expr->ct.key == CT_DIRECTION)
		cells_network(cells, DIM_DIRECTION, 1);
	else /* it may not have one, too (a helper) */
		cells_unknown(state, first, slots_of_bytes(bytes) * SLOT_BYTES);
	return tracked == TRACKED_MAYBE || (expr->ct.key != CT_MARK && expr->ct.key != CT_DIRECTION)
		       ? doubt_take(meaning, state)
		       : STEP_NEXT;
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
			const struct expr *expr)
{
	uint32_t offset = expr->payload.offset, bytes = expr->payload.bytes;
	struct cell *cells = cells_room(state, expr->payload.slot * SLOT_BYTES, bytes);

	for (uint32_t i = 0; i < bytes; i++) {
		cells[i] = (struct cell){ .dim = CELL_UNKNOWN };
		for (size_t p = 0; p < count; p++) {
			uint32_t in = offset + i - pieces[p].offset;

			if (offset + i >= pieces[p].offset && in < pieces[p].bytes)
				cells[i] = (struct cell){ .dim = (uint8_t)pieces[p].dim,
							  .at = (uint8_t)(pieces[p].bytes - 1 - in),
							  .mask = 0xff };
		}
	}
}

/* Is there a link header here? Of a frame from a device that is no Ethernet nobody can say. */
static enum step link_load(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	enum hook hook = (enum hook)state_base(meaning, state)->chain->hook;
	enum dim type = hook == HOOK_EGRESS ? DIM_OIFTYPE : DIM_IIFTYPE;

	if (meaning->path == PATH_OUTPUT && hook != HOOK_EGRESS)
		return STEP_BREAK;
	if (state->box.first[type] != IFTYPE_ETHER || state->box.last[type] != IFTYPE_ETHER) {
		pieces_load(state, NULL, 0, expr);
		return doubt_take(meaning, state);
	}
	if (hook == HOOK_EGRESS)
		pieces_load(state, leaving_pieces, array_count(leaving_pieces), expr);
	else
		pieces_load(state, link_pieces, array_count(link_pieces), expr);
	return expr->payload.offset + expr->payload.bytes > LINK_BYTES ? doubt_take(meaning, state)
								       : STEP_NEXT;
}

/* Could a packet of a header cut short still have these bytes? Where conntrack knows the protocol
 * it has refused such a packet. */
static bool is_stub(const struct state *state, uint32_t end)
{
	static const uint8_t checked[] = { 1, 6, 17, 33, 47, 58, 132, 136 };
	const struct box *box = &state->box;

	if (end > 2)
		return false;
	for (size_t i = 0; i < array_count(checked); i++)
		if (box_is_point(box, DIM_PROTO) && box->first[DIM_PROTO] == checked[i])
			return !is_connected(state);
	return true;
}

/* Only of packets that have a transport header here: the others break the rule. */
static enum step transport_load(struct meaning *meaning, struct state *state,
				const struct expr *expr)
{
	uint32_t end = expr->payload.offset + expr->payload.bytes;
	const struct box *box = &state->box;
	struct state hit;

	if (box_is_point(box, DIM_FRAG) && (box->first[DIM_FRAG] & FRAG_OFFSET))
		return STEP_BREAK;
	if (!box->last[DIM_DEPTH] && !is_stub(state, end))
		return STEP_BREAK;
	pieces_load(state, transport_pieces, array_count(transport_pieces), expr);
	if (!box_is_point(box, DIM_FRAG) || end > TRANSPORT_BYTES || !box->last[DIM_DEPTH])
		return doubt_take(meaning, state);
	if (box->first[DIM_DEPTH])
		return STEP_NEXT;
	state_copy(&hit, state);
	box_fix(&hit.box, DIM_DEPTH, 1);
	meaning_go_on(meaning, &hit, STEP_NEXT);
	box_fix(&state->box, DIM_DEPTH, 0);
	return is_stub(state, end) ? doubt_take(meaning, state)
				   : state_rest(meaning, state, NULL);
}

/* Behind the header that every packet has there are options, or nothing. */
static enum step network_load(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	bool v4 = state->box.first[DIM_ETHERTYPE] == ETHERTYPE_IPV4;
	uint32_t end = expr->payload.offset + expr->payload.bytes;

	if (v4)
		pieces_load(state, v4_pieces, array_count(v4_pieces), expr);
	else
		pieces_load(state, v6_pieces, array_count(v6_pieces), expr);
	return end > (v4 ? IPV4_BYTES : IPV6_BYTES) ? doubt_take(meaning, state) : STEP_NEXT;
}

/* Somebody rewrites the packet: which bytes does not matter, none is known from here on. */
static enum step payload_write(const struct meaning *meaning, struct state *state)
{
	state_doubt(meaning, state);
	state->rewritten = true;
	state->covered = false;
	return STEP_NEXT;
}

enum step step_payload(struct meaning *meaning, struct state *state, const struct expr *expr)
{
	if (expr->payload.set)
		return payload_write(meaning, state);
	slots_clear(state, expr->payload.slot * SLOT_BYTES, expr->payload.bytes);
	if (!state->rewritten && expr->payload.offset <= OFFSET_MOST)
		switch ((enum payload_base)expr->payload.base) {
		case PAYLOAD_LINK:
			return link_load(meaning, state, expr);
		case PAYLOAD_NETWORK:
			return network_load(meaning, state, expr);
		case PAYLOAD_TRANSPORT:
			return transport_load(meaning, state, expr);
		case PAYLOAD_INNER:
			break;
		}
	pieces_load(state, NULL, 0, expr);
	return doubt_take(meaning, state);
}
