/* What is loaded into registers: of the packet's way, of its connection, of its bytes. */
#include <string.h>

#include "proof/replay_parts.h"

enum { NAME_BYTES = 16, PKTTYPE_HOST = 0, PKTTYPE_BROADCAST = 1, PKTTYPE_MULTICAST = 2 };
enum { NFPROTO_V4 = 2, NFPROTO_NETDEV_NUMBER = 5, NFPROTO_V6 = 10 };
enum { PROTO_TCP = 6, PROTO_UDP = 17, PROTO_SCTP = 132 };

static void store_u8(struct walk *walk, uint8_t slot, wide value)
{
	walk_store(walk, slot, &(uint8_t){ (uint8_t)value }, 1);
}

static void store_host_u32(struct walk *walk, uint8_t slot, uint32_t value)
{
	walk_store(walk, slot, &value, sizeof(value));
}

static void store_host_u16(struct walk *walk, uint8_t slot, wide value)
{
	walk_store(walk, slot, &(uint16_t){ (uint16_t)value }, sizeof(uint16_t));
}

static void store_net(struct walk *walk, uint8_t slot, wide value, unsigned bytes)
{
	uint8_t text[NAME_BYTES];

	for (unsigned i = 0; i < bytes; i++)
		text[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
	walk_store(walk, slot, text, bytes);
}

/* It is there, and may be anything. */
static enum outcome load_unsure(struct walk *walk, const struct expr *expr, uint8_t slot)
{
	walk_store_unsure(walk, slot, expr_load_bytes(expr), expr_name(expr));
	return OUTCOME_GOES_ON;
}

/* Or it is not there, and the rule ends here. */
static enum outcome load_doubt(struct walk *walk, const struct expr *expr, uint8_t slot)
{
	load_unsure(walk, expr, slot);
	walk_doubt(walk, expr_name(expr));
	return OUTCOME_GOES_ON;
}

static bool is_v6(const struct run *run)
{
	return run->ask->packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV6;
}

/* ---- meta ---- */

static enum outcome device_load(struct walk *walk, const struct expr *expr, bool is_seen,
				const struct packet *packet, enum dim name)
{
	uint8_t slot = expr->meta.slot;

	switch ((enum meta_key)expr->meta.key) {
	case META_IIFNAME:
	case META_OIFNAME:
		store_net(walk, slot, is_seen ? packet->at[name] : 0, NAME_BYTES);
		return OUTCOME_GOES_ON;
	case META_OIFTYPE:
		if (!is_seen)
			return OUTCOME_BREAKS;
		store_host_u16(walk, slot, packet->at[DIM_OIFTYPE]);
		return OUTCOME_GOES_ON;
	case META_IIF:
	case META_OIF:
		if (is_seen) /* numbers of interfaces are not the packet's to say */
			return load_unsure(walk, expr, slot);
		store_host_u32(walk, slot, 0);
		return OUTCOME_GOES_ON;
	case META_IIFTYPE:
	case META_NFPROTO:
	case META_L4PROTO:
	case META_PROTOCOL:
	case META_MARK:
	case META_LEN:
	case META_PKTTYPE:
	case META_SKUID:
	case META_SKGID:
	case META_CPU:
	case META_PRIORITY:
	case META_TRACE:
	case META_REALM:
	case META_SECMARK:
	case META_BRIDGE_IIFNAME:
	case META_BRIDGE_OIFNAME:
	case META_IIFGROUP:
	case META_OIFGROUP:
	case META_CGROUP:
	case META_RANDOM:
	case META_SECPATH:
	case META_IIFKIND:
	case META_OIFKIND:
	case META_BRIDGE_PVID:
	case META_BRIDGE_VPROTO:
	case META_TIME:
	case META_DAY:
	case META_HOUR:
	case META_SDIF:
	case META_SDIFNAME:
	case META_BROUTE:
	case META_BRIDGE_HWADDR:
	case META_KEYS:
		break;
	}
	return load_doubt(walk, expr, slot);
}

/* It says iiftype, and means the device that has the packet now: behind routing, where it leaves
 * (since 5.16). */
static enum outcome iiftype_load(struct run *run, struct walk *walk, const struct stop *stop,
				 const struct expr *expr)
{
	if (!stop->station->device_type)
		return OUTCOME_BREAKS;
	store_host_u16(walk, expr->meta.slot, run->ask->packet->at[stop->station->device_type]);
	return OUTCOME_GOES_ON;
}

/* In inet tables the family is the packet's own. */
static uint8_t nfproto(const struct run *run, const struct stop *stop)
{
	return stop->table->family == TABLE_NETDEV ? NFPROTO_NETDEV_NUMBER :
	       is_v6(run)			   ? NFPROTO_V6 :
						     NFPROTO_V4;
}

/* What is routed came to our address, and what is made here says so, too; a group's frame is never
 * forwarded, but chains see it. */
static enum outcome pkttype_load(struct run *run, struct walk *walk, const struct expr *expr)
{
	wide mac = run->ask->path == PATH_OUTPUT ? 0 : run->ask->packet->at[DIM_DMAC];

	store_u8(walk, expr->meta.slot, mac == dim_most(DIM_DMAC) ? PKTTYPE_BROADCAST :
					mac >> 40 & 1		  ? PKTTYPE_MULTICAST :
								    PKTTYPE_HOST);
	return OUTCOME_GOES_ON;
}

enum outcome meta_load(struct run *run, struct walk *walk, const struct stop *stop,
		       const struct expr *expr)
{
	const struct packet *packet = run->ask->packet;
	const struct station *station = stop->station;
	uint8_t slot = expr->meta.slot;

	switch ((enum meta_key)expr->meta.key) {
	case META_NFPROTO:
		store_u8(walk, slot, nfproto(run, stop));
		return OUTCOME_GOES_ON;
	case META_L4PROTO:
		if (!run->wire.has_transport)
			return OUTCOME_BREAKS;
		store_u8(walk, slot, run->wire.proto);
		return OUTCOME_GOES_ON;
	case META_PROTOCOL:
		store_net(walk, slot, packet->at[DIM_ETHERTYPE], 2);
		return OUTCOME_GOES_ON;
	case META_IIFTYPE:
		return iiftype_load(run, walk, stop, expr);
	case META_IIFNAME:
	case META_IIF:
		return device_load(walk, expr, station->sees_in, packet, DIM_IIF);
	case META_OIFNAME:
	case META_OIFTYPE:
	case META_OIF:
		return device_load(walk, expr, station->sees_out, packet, DIM_OIF);
	case META_MARK:
		if (walk->mark_unsure)
			return load_unsure(walk, expr, slot);
		store_host_u32(walk, slot, walk->mark);
		return OUTCOME_GOES_ON;
	case META_LEN: /* on its way out the frame has its link header before it */
		store_host_u32(walk, slot, (uint32_t)(run->wire.count -
						      (station->link_leaving ? 0 : LINK_BYTES)));
		return OUTCOME_GOES_ON;
	case META_PKTTYPE:
		return pkttype_load(run, walk, expr);
	case META_SKUID:
	case META_SKGID: /* what is forwarded has no socket */
		return run->ask->path == PATH_FORWARD ? OUTCOME_BREAKS :
							load_doubt(walk, expr, slot);
	case META_CPU:
	case META_PRIORITY:
		return load_unsure(walk, expr, slot);
	case META_TRACE:
	case META_REALM:
	case META_SECMARK:
	case META_BRIDGE_IIFNAME:
	case META_BRIDGE_OIFNAME:
	case META_IIFGROUP:
	case META_OIFGROUP:
	case META_CGROUP:
	case META_RANDOM:
	case META_SECPATH:
	case META_IIFKIND:
	case META_OIFKIND:
	case META_BRIDGE_PVID:
	case META_BRIDGE_VPROTO:
	case META_TIME:
	case META_DAY:
	case META_HOUR:
	case META_SDIF:
	case META_SDIFNAME:
	case META_BROUTE:
	case META_BRIDGE_HWADDR:
	case META_KEYS:
		break;
	}
	return load_doubt(walk, expr, slot);
}

/* ---- the connection ---- */

static bool packet_has_entry(const struct run *run)
{
	wide state = run->ask->packet->at[DIM_STATE];

	return state == CT_NEW || state == CT_ESTABLISHED || state == CT_RELATED;
}

bool walk_has_entry(const struct run *run, const struct walk *walk, const struct stop *stop,
		    bool *ret_unsure)
{
	*ret_unsure = !walk->is_untracked && stop->tracked == TRACKED_UNSURE;
	return !walk->is_untracked && stop->tracked == TRACKED_DONE && packet_has_entry(run);
}

static uint32_t state_bits(const struct run *run, const struct walk *walk, const struct stop *stop)
{
	if (walk->is_untracked)
		return CT_UNTRACKED;
	if (stop->tracked == TRACKED_NOT_YET)
		return CT_INVALID;
	return (uint32_t)run->ask->packet->at[DIM_STATE];
}

/* A message about a connection (an ICMP error) is not of its addresses. */
static bool tuple_is_known(const struct run *run)
{
	return run->ask->packet->at[DIM_STATE] != CT_RELATED;
}

static enum outcome ct_addr_load(struct run *run, struct walk *walk, const struct expr *expr,
				 bool is_src, unsigned bytes)
{
	const struct packet *packet = run->ask->packet;
	bool is_turned = (expr->ct.side == CT_SIDE_REPLY) != (packet->at[DIM_DIRECTION] == 1);

	if (!tuple_is_known(run) || expr->ct.side == CT_SIDE_NONE)
		return load_unsure(walk, expr, expr->ct.slot);
	store_net(walk, expr->ct.slot, packet->at[is_src != is_turned ? DIM_SRC : DIM_DST], bytes);
	return OUTCOME_GOES_ON;
}

static enum outcome ct_port_load(struct run *run, struct walk *walk, const struct expr *expr,
				 bool is_src)
{
	const struct packet *packet = run->ask->packet;
	bool is_turned = (expr->ct.side == CT_SIDE_REPLY) != (packet->at[DIM_DIRECTION] == 1);
	uint8_t proto = run->wire.proto;

	if (!tuple_is_known(run) || expr->ct.side == CT_SIDE_NONE || !packet->at[DIM_DEPTH] ||
	    (proto != PROTO_TCP && proto != PROTO_UDP && proto != PROTO_SCTP))
		return load_unsure(walk, expr, expr->ct.slot);
	store_net(walk, expr->ct.slot, packet->at[is_src != is_turned ? DIM_T0 : DIM_T2], 2);
	return OUTCOME_GOES_ON;
}

static enum outcome ct_tuple_load(struct run *run, struct walk *walk, const struct expr *expr)
{
	bool v6 = is_v6(run);

	switch ((enum ct_key)expr->ct.key) {
	case CT_SRC:
	case CT_DST:
		return ct_addr_load(run, walk, expr, expr->ct.key == CT_SRC, v6 ? 16 : 4);
	case CT_SRC_IP4:
	case CT_DST_IP4:
		return v6 ? OUTCOME_BREAKS :
			    ct_addr_load(run, walk, expr, expr->ct.key == CT_SRC_IP4, 4);
	case CT_SRC_IP6:
	case CT_DST_IP6:
		return !v6 ? OUTCOME_BREAKS :
			     ct_addr_load(run, walk, expr, expr->ct.key == CT_SRC_IP6, 16);
	case CT_SRC_PORT:
	case CT_DST_PORT:
		return ct_port_load(run, walk, expr, expr->ct.key == CT_SRC_PORT);
	case CT_STATE:
	case CT_DIRECTION:
	case CT_STATUS:
	case CT_MARK:
	case CT_EXPIRATION:
	case CT_HELPER:
	case CT_L3PROTO:
	case CT_PROTO:
	case CT_ZONE:
	case CT_SECMARK:
	case CT_LABELS:
	case CT_PACKETS:
	case CT_BYTES:
	case CT_AVERAGE:
	case CT_EVENTS:
	case CT_ID:
	case CT_KEYS:
		break;
	}
	return load_doubt(walk, expr, expr->ct.slot);
}

enum outcome ct_load(struct run *run, struct walk *walk, const struct stop *stop,
		     const struct expr *expr)
{
	const struct packet *packet = run->ask->packet;
	bool unsure, has_entry = walk_has_entry(run, walk, stop, &unsure);
	uint8_t slot = expr->ct.slot;

	if (unsure)
		return expr->ct.key == CT_STATE ? load_unsure(walk, expr, slot) :
						  load_doubt(walk, expr, slot);
	if (expr->ct.key != CT_STATE && !has_entry)
		return OUTCOME_BREAKS;
	switch ((enum ct_key)expr->ct.key) {
	case CT_STATE:
		store_host_u32(walk, slot, state_bits(run, walk, stop));
		return OUTCOME_GOES_ON;
	case CT_DIRECTION:
		store_u8(walk, slot, packet->at[DIM_DIRECTION]);
		return OUTCOME_GOES_ON;
	case CT_MARK:
		if (walk->ct_mark_unsure)
			return load_unsure(walk, expr, slot);
		store_host_u32(walk, slot, walk->ct_mark);
		return OUTCOME_GOES_ON;
	case CT_L3PROTO:
		store_u8(walk, slot, is_v6(run) ? NFPROTO_V6 : NFPROTO_V4);
		return OUTCOME_GOES_ON;
	case CT_PROTO:
		if (!tuple_is_known(run))
			return load_unsure(walk, expr, slot);
		store_u8(walk, slot, run->wire.proto);
		return OUTCOME_GOES_ON;
	case CT_ZONE: /* who sets another one is not followed */
		store_host_u16(walk, slot, 0);
		return OUTCOME_GOES_ON;
	case CT_STATUS:
	case CT_EXPIRATION:
		return load_unsure(walk, expr, slot);
	case CT_HELPER:
	case CT_SECMARK:
	case CT_LABELS:
	case CT_PACKETS:
	case CT_BYTES:
	case CT_AVERAGE:
	case CT_EVENTS:
	case CT_ID:
	case CT_KEYS:
		break;
	case CT_SRC:
	case CT_DST:
	case CT_SRC_IP4:
	case CT_DST_IP4:
	case CT_SRC_IP6:
	case CT_DST_IP6:
	case CT_SRC_PORT:
	case CT_DST_PORT:
		return ct_tuple_load(run, walk, expr);
	}
	return load_doubt(walk, expr, slot);
}

/* ---- bytes ---- */

/* The kernel has a short cut for whole words and parts of them, and forgets there to ask whether
 * this is a fragment: it takes what lies there for a header. (6.18 still; the long way breaks.) */
static bool load_is_short_cut(const struct expr *expr)
{
	unsigned bytes = expr->payload.bytes;

	return expr->payload.base == PAYLOAD_TRANSPORT && !expr->payload.set &&
	       (bytes == 1 || bytes == 2 || bytes == 4) && expr->payload.offset % bytes == 0;
}

/* False: the rule breaks, for there is no such header. */
static bool payload_place(const struct wire *wire, const struct expr *expr, size_t *ret_at)
{
	switch ((enum payload_base)expr->payload.base) {
	case PAYLOAD_LINK:
		*ret_at = expr->payload.offset;
		return !wire->link_broken;
	case PAYLOAD_NETWORK:
		*ret_at = (size_t)LINK_BYTES + expr->payload.offset;
		return true;
	case PAYLOAD_TRANSPORT:
		*ret_at = wire->transport + expr->payload.offset;
		return wire->has_transport && (!wire->fragment || load_is_short_cut(expr));
	case PAYLOAD_INNER:
		if (!wire->has_transport || wire->fragment)
			return false;
		if (wire->proto == PROTO_UDP) {
			*ret_at = wire->transport + 8 + expr->payload.offset;
			return true;
		}
		if (wire->proto != PROTO_TCP || wire->transport + 20 > wire->count)
			return false;
		*ret_at = wire->transport + (wire->bytes[wire->transport + 12] >> 4) * 4u +
			  expr->payload.offset;
		return true;
	}
	return false;
}

enum outcome payload_load(struct run *run, struct walk *walk, const struct stop *stop _unused_,
			  const struct expr *expr)
{
	const struct wire *wire = &run->wire;
	unsigned count = expr->payload.bytes;
	size_t at;

	if (!payload_place(wire, expr, &at))
		return OUTCOME_BREAKS;
	if (expr->payload.base == PAYLOAD_LINK && wire->link_unsure)
		return load_doubt(walk, expr, expr->payload.slot);
	if (at + count > wire->count)
		return OUTCOME_BREAKS;
	if (expr->payload.set) /* that it would be rewritten is enough */
		return OUTCOME_EFFECT;
	if (expr->payload.base == PAYLOAD_TRANSPORT && wire->fragment)
		walk_doubt(walk, expr_name(expr)); /* kernels without that fault break here */
	walk_store(walk, expr->payload.slot, wire->bytes + at, count);
	if (wire->source_unsure && at < 12 && at + count > 6)
		walk_store_unsure(walk, expr->payload.slot, count, "payload");
	return OUTCOME_GOES_ON;
}
