/* The rules that ask the bound sets: by the sender of a frame on the way in, by its receiver on
 * the way out, by the sender named in the body of an ARP message. */
#include "rule/compile_parts.h"

enum { ETHERTYPE_IP4 = 0x0800, ETHERTYPE_IP6 = 0x86dd };

struct place {
	uint8_t base;
	uint32_t offset, bytes;
};

struct frame { /* where a table family finds the three fields */
	struct place mac, addr;
	enum meta_key ifname;
};

static struct frame frame_of(const struct table *table, bool v6, bool out)
{
	struct frame frame = { .ifname = out ? META_OIFNAME : META_IIFNAME };

	if (table->family == TABLE_ARP) {
		frame.mac = (struct place){ PAYLOAD_NETWORK, 8, 6 };
		frame.addr = (struct place){ PAYLOAD_NETWORK, 14, 4 };
		return frame;
	}
	frame.mac = (struct place){ PAYLOAD_LINK, out ? 0 : 6, 6 };
	if (v6)
		frame.addr = (struct place){ PAYLOAD_NETWORK, out ? 24 : 8, 16 };
	else
		frame.addr = (struct place){ PAYLOAD_NETWORK, out ? 16 : 12, 4 };
	return frame;
}

static uint8_t load(struct code *code, const struct place *place, uint8_t slot)
{
	return code_payload(code, place->base, place->offset, place->bytes, slot);
}

/* At egress the kernel knows no interface on the way in; nft's own dependency on the link's
 * type asks skb->dev since 5.16, and holds for forwarded and for local packets alike (tried). */
static void family_match(struct code *code, const struct table *table, bool v6)
{
	uint16_t type = v6 ? ETHERTYPE_IP6 : ETHERTYPE_IP4;
	uint8_t bytes[2] = { (uint8_t)(type >> 8), (uint8_t)type };

	switch ((enum table_family)table->family) {
	case TABLE_ARP:
		return;
	case TABLE_NETDEV:
	case TABLE_BRIDGE:
		code_meta(code, META_PROTOCOL, 0);
		code_cmp(code, CMP_EQ, 0, bytes, sizeof(bytes));
		break;
	case TABLE_INET:
	case TABLE_IP:
	case TABLE_IP6:
		code_match_nfproto(code, v6 ? FAMILY_V6 : FAMILY_V4);
		break;
	}
	code_match_ether(code);
}

/* Looks the three fields up, in the order that the set has them. */
static void bound_lookup(struct code *code, const struct frame *frame, const struct set *set,
			 bool wide)
{
	uint8_t slot = 0;

	if (wide) {
		slot = load(code, &frame->addr, slot);
		slot = load(code, &frame->mac, slot);
		code_meta(code, frame->ifname, slot);
	} else {
		slot = code_meta(code, frame->ifname, slot);
		slot = load(code, &frame->mac, slot);
		load(code, &frame->addr, slot);
	}
	code_lookup(code, set->name, 0, SLOT_NONE);
}

static void bound_rule(struct compile *compile, const struct table *table, struct chain *chain,
		       const struct set *set, bool v6, bool wide, bool out)
{
	struct frame frame = frame_of(table, v6, out);
	struct code *code = &compile->code;

	if (!set)
		return;
	family_match(code, table, v6);
	bound_lookup(code, &frame, set, wide);
	if (table->family == TABLE_ARP) { /* and whose frame is it that says so */
		code_match_ether(code);
		frame.mac = (struct place){ PAYLOAD_LINK, 6, 6 };
		bound_lookup(code, &frame, set, wide);
	}
	code_verdict(code, VERDICT_ACCEPT, NULL);
	code_end(code, chain, out ? "to a bound machine" : "from a bound machine", chain->src);
}

void compile_bound_rules(struct compile *compile, const struct table *table, struct chain *chain,
			 const struct bound_sets *sets, bool out)
{
	bound_rule(compile, table, chain, sets->exact4, false, false, out);
	bound_rule(compile, table, chain, sets->wide4, false, true, out);
	bound_rule(compile, table, chain, sets->exact6, true, false, out);
	bound_rule(compile, table, chain, sets->wide6, true, true, out);
}
