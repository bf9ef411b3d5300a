/* Rules out of a dump, expression by expression. What cannot be read as what its name says is
 * unknown under that name, so that a newer kernel's additions are seen and never misread. */
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <libnftnl/udata.h>
#include <string.h>

#include "nft/decode_parts.h"
#include "nft/numbers.h"

enum { EXPR_ATTRS_MOST = 16, LOG_LEVEL_DEFAULT = 4, RULE_EXPRS_MOST = 1024 };

/* Of two registers exactly one: loads have a destination, sets a source. */
static uint8_t take_load_or_set(struct reading *in, unsigned load, unsigned set, bool *ret_set)
{
	*ret_set = in->attrs[set].bytes;
	if (!in->attrs[load].bytes == !in->attrs[set].bytes)
		in->good = false;
	return take_slot(in, *ret_set ? set : load);
}

static void meta_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_META;
	if (!meta_find(take_u32(in, NFTA_META_KEY), &expr->meta.key))
		in->good = false;
	expr->meta.slot = take_load_or_set(in, NFTA_META_DREG, NFTA_META_SREG, &expr->meta.set);
}

static void ct_read(struct reading *in, struct expr *expr)
{
	const struct attr *side = &in->attrs[NFTA_CT_DIRECTION];

	expr->kind = EXPR_CT;
	if (!ct_find(take_u32(in, NFTA_CT_KEY), &expr->ct.key))
		in->good = false;
	expr->ct.slot = take_load_or_set(in, NFTA_CT_DREG, NFTA_CT_SREG, &expr->ct.set);
	if (side->bytes && (side->count != 1 || side->bytes[0] > 1))
		in->good = false;
	else if (side->bytes)
		expr->ct.side = side->bytes[0] ? CT_SIDE_REPLY : CT_SIDE_ORIGINAL;
}

static void payload_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_PAYLOAD;
	expr->payload.base = take_below(in, NFTA_PAYLOAD_BASE, PAYLOAD_INNER + 1);
	expr->payload.offset = take_u32(in, NFTA_PAYLOAD_OFFSET);
	expr->payload.bytes = take_u32(in, NFTA_PAYLOAD_LEN);
	expr->payload.slot = take_load_or_set(in, NFTA_PAYLOAD_DREG, NFTA_PAYLOAD_SREG,
					      &expr->payload.set);
	if (expr->payload.bytes > SLOTS * SLOT_BYTES)
		in->good = false;
	if (!expr->payload.set)
		return;
	expr->payload.csum_type = attr_u32_or(&in->attrs[NFTA_PAYLOAD_CSUM_TYPE], 0);
	expr->payload.csum_offset = attr_u32_or(&in->attrs[NFTA_PAYLOAD_CSUM_OFFSET], 0);
	expr->payload.csum_flags = attr_u32_or(&in->attrs[NFTA_PAYLOAD_CSUM_FLAGS], 0);
}

static void cmp_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_CMP;
	expr->cmp.slot = take_slot(in, NFTA_CMP_SREG);
	expr->cmp.op = take_below(in, NFTA_CMP_OP, CMP_GTE + 1);
	expr->cmp.value = take_value(in, NFTA_CMP_DATA);
}

static void bitwise_read(struct reading *in, struct expr *expr)
{
	struct value shift;

	expr->kind = EXPR_BITWISE;
	expr->bitwise.slot = take_slot(in, NFTA_BITWISE_SREG);
	expr->bitwise.into = take_slot(in, NFTA_BITWISE_DREG);
	expr->bitwise.bytes = take_u32(in, NFTA_BITWISE_LEN);
	if (in->attrs[NFTA_BITWISE_OP].bytes) /* older kernels know one and do not say it */
		expr->bitwise.op = take_below(in, NFTA_BITWISE_OP, BITWISE_RIGHT + 1);
	if (expr->bitwise.op == BITWISE_MASK_XOR) {
		expr->bitwise.mask = take_value(in, NFTA_BITWISE_MASK);
		expr->bitwise.flip = take_value(in, NFTA_BITWISE_XOR);
		return;
	}
	shift = take_value(in, NFTA_BITWISE_DATA);
	if (shift.count == sizeof(expr->bitwise.shift))
		memcpy(&expr->bitwise.shift, shift.bytes, shift.count);
	else
		in->good = false;
}

static void byteorder_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_BYTEORDER;
	expr->byteorder.slot = take_slot(in, NFTA_BYTEORDER_SREG);
	expr->byteorder.into = take_slot(in, NFTA_BYTEORDER_DREG);
	expr->byteorder.op = take_below(in, NFTA_BYTEORDER_OP, BYTEORDER_HTON + 1);
	expr->byteorder.bytes = take_u32(in, NFTA_BYTEORDER_LEN);
	expr->byteorder.unit_bytes = take_u32(in, NFTA_BYTEORDER_SIZE);
}

static void range_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_RANGE;
	expr->range.slot = take_slot(in, NFTA_RANGE_SREG);
	expr->range.op = take_below(in, NFTA_RANGE_OP, CMP_NEQ + 1);
	expr->range.first = take_value(in, NFTA_RANGE_FROM_DATA);
	expr->range.last = take_value(in, NFTA_RANGE_TO_DATA);
}

static void lookup_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_LOOKUP;
	expr->lookup.set = take_text(in, NFTA_LOOKUP_SET);
	expr->lookup.slot = take_slot(in, NFTA_LOOKUP_SREG);
	expr->lookup.into = SLOT_NONE;
	if (in->attrs[NFTA_LOOKUP_DREG].bytes &&
	    !register_find(take_u32(in, NFTA_LOOKUP_DREG), &expr->lookup.into))
		in->good = false;
	expr->lookup.inverted = take_flags(in, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

static void immediate_read(struct reading *in, struct expr *expr)
{
	uint8_t slot = 0;

	if (!register_find(take_u32(in, NFTA_IMMEDIATE_DREG), &slot))
		in->good = false;
	if (slot == SLOT_VERDICT) {
		expr->kind = EXPR_VERDICT;
		if (!data_verdict(in->arena, &in->attrs[NFTA_IMMEDIATE_DATA], &expr->verdict))
			in->good = false;
		return;
	}
	expr->kind = EXPR_IMMEDIATE;
	expr->immediate.slot = slot;
	expr->immediate.value = take_value(in, NFTA_IMMEDIATE_DATA);
}

static void counter_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_COUNTER;
	expr->counter.packets = attr_u64_or(&in->attrs[NFTA_COUNTER_PACKETS], 0);
	expr->counter.bytes = attr_u64_or(&in->attrs[NFTA_COUNTER_BYTES], 0);
}

static void objref_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_OBJREF;
	if (in->attrs[NFTA_OBJREF_SET_NAME].bytes) {
		expr->objref.set = take_text(in, NFTA_OBJREF_SET_NAME);
		expr->objref.slot = take_slot(in, NFTA_OBJREF_SET_SREG);
		return;
	}
	expr->objref.type = (uint8_t)object_find(take_u32(in, NFTA_OBJREF_IMM_TYPE));
	expr->objref.name = take_text(in, NFTA_OBJREF_IMM_NAME);
	if (expr->objref.type == OBJECT_OTHER) /* its number would be lost */
		in->good = false;
}

static void flow_offload_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_OBJREF;
	expr->objref.type = OBJECT_FLOWTABLE;
	expr->objref.name = attr_text(in->arena, &in->attrs[NFTA_FLOW_TABLE_NAME]);
	if (!expr->objref.name)
		in->good = false;
}

static void log_read(struct reading *in, struct expr *expr)
{
	uint16_t number;

	expr->kind = EXPR_LOG;
	expr->log.prefix = attr_text(in->arena, &in->attrs[NFTA_LOG_PREFIX]);
	if (attr_u16(&in->attrs[NFTA_LOG_GROUP], &number)) {
		expr->log.has_group = true;
		expr->log.group = number;
	}
	expr->log.snaplen = attr_u32_or(&in->attrs[NFTA_LOG_SNAPLEN], 0);
	if (attr_u16(&in->attrs[NFTA_LOG_QTHRESHOLD], &number))
		expr->log.qthreshold = number;
	expr->log.level = attr_u32_or(&in->attrs[NFTA_LOG_LEVEL], LOG_LEVEL_DEFAULT);
	expr->log.has_level = expr->log.level != LOG_LEVEL_DEFAULT;
	if (!expr->log.has_level)
		expr->log.level = 0;
	expr->log.flags = attr_u32_or(&in->attrs[NFTA_LOG_FLAGS], 0);
}

static void limit_read(struct reading *in, struct expr *expr)
{
	expr->kind = EXPR_LIMIT;
	if (!attr_u64(&in->attrs[NFTA_LIMIT_RATE], &expr->limit.rate) ||
	    !attr_u64(&in->attrs[NFTA_LIMIT_UNIT], &expr->limit.per_sec))
		in->good = false;
	expr->limit.burst = attr_u32_or(&in->attrs[NFTA_LIMIT_BURST], 0);
	expr->limit.unit = attr_u32_or(&in->attrs[NFTA_LIMIT_TYPE], 0) == NFT_LIMIT_PKT_BYTES ?
				   LIMIT_BYTES :
				   LIMIT_PACKETS;
	expr->limit.over = take_flags(in, NFTA_LIMIT_FLAGS, NFT_LIMIT_F_INV);
}

static const struct expr_reader readers[] = {
	{ "meta", meta_read, NFTA_META_SREG },
	{ "ct", ct_read, NFTA_CT_SREG },
	{ "payload", payload_read, NFTA_PAYLOAD_CSUM_FLAGS },
	{ "cmp", cmp_read, NFTA_CMP_DATA },
	{ "bitwise", bitwise_read, NFTA_BITWISE_DATA },
	{ "byteorder", byteorder_read, NFTA_BYTEORDER_SIZE },
	{ "range", range_read, NFTA_RANGE_TO_DATA },
	{ "lookup", lookup_read, NFTA_LOOKUP_FLAGS },
	{ "immediate", immediate_read, NFTA_IMMEDIATE_DATA },
	{ "counter", counter_read, NFTA_COUNTER_PAD },
	{ "objref", objref_read, NFTA_OBJREF_SET_ID },
	{ "flow_offload", flow_offload_read, NFTA_FLOW_TABLE_NAME },
	{ "log", log_read, NFTA_LOG_FLAGS },
	{ "limit", limit_read, NFTA_LIMIT_PAD },
};

static const struct expr_reader *reader_find(const struct attr *name)
{
	for (size_t i = 0; i < array_count(readers); i++)
		if (attr_text_is(name, readers[i].name))
			return &readers[i];
	return other_reader_find(name);
}

static bool all_known(const struct attr *data, unsigned known)
{
	struct attr_walk walk = { .bytes = data->bytes, .left = data->count };

	while (data->bytes && attr_next(&walk))
		if (walk.type > known)
			return false;
	return true;
}

/* Where an expression that we cannot read puts what it finds, if its place is where it was. */
static uint8_t unknown_into(const struct attr *name, const struct attr *parts)
{
	static const struct {
		const char *name;
		unsigned attr;
	} places[] = {
		{ "bitwise", NFTA_BITWISE_DREG }, { "byteorder", NFTA_BYTEORDER_DREG },
		{ "exthdr", NFTA_EXTHDR_DREG },	  { "fib", NFTA_FIB_DREG },
		{ "hash", NFTA_HASH_DREG },	  { "numgen", NFTA_NG_DREG },
		{ "osf", NFTA_OSF_DREG },	  { "rt", NFTA_RT_DREG },
		{ "socket", NFTA_SOCKET_DREG },	  { "tunnel", NFTA_TUNNEL_DREG },
		{ "xfrm", NFTA_XFRM_DREG },
	};
	uint32_t number;
	uint8_t slot;

	for (size_t i = 0; i < array_count(places); i++)
		if (attr_text_is(name, places[i].name) &&
		    attr_u32(&parts[places[i].attr], &number) && register_find(number, &slot))
			return slot;
	return SLOT_NONE;
}

bool decode_expr(struct arena *arena, const struct attr *nest, bool nested, struct expr *expr)
{
	struct attr attrs[NFTA_EXPR_MAX + 1], parts[EXPR_ATTRS_MOST + 1];
	const struct attr *data = &attrs[NFTA_EXPR_DATA], *name = &attrs[NFTA_EXPR_NAME];
	struct reading in = { .arena = arena, .attrs = parts, .nested = nested };
	const struct expr_reader *reader;

	if (!attrs_read(attrs, NFTA_EXPR_MAX, nest->bytes, nest->count) || !name->bytes)
		return false;
	reader = reader_find(name);
	in.good = attrs_read(parts, EXPR_ATTRS_MOST, data->bytes, data->count) && reader &&
		  all_known(data, reader->known);
	*expr = (struct expr){ 0 };
	if (in.good)
		reader->read(&in, expr);
	if (in.good)
		return true;
	*expr = (struct expr){ .kind = EXPR_UNKNOWN };
	expr->unknown.name = attr_text(arena, name);
	expr->unknown.into = unknown_into(name, parts);
	if (data->bytes && data->count)
		expr->unknown.raw = (struct value){
			(const uint8_t *)arena_copy(arena, data->bytes, data->count), data->count
		};
	return expr->unknown.name;
}

static bool is_idle(const struct expr *expr)
{
	return expr->kind == EXPR_BYTEORDER && expr->byteorder.bytes < expr->byteorder.unit_bytes &&
	       expr->byteorder.slot == expr->byteorder.into;
}

bool decode_exprs(struct arena *arena, const struct attr *list, bool nested,
		  struct exprs *ret_exprs)
{
	struct attr_walk walk = { .bytes = list->bytes, .left = list->count };
	struct expr *exprs;
	size_t count = 0, kept = 0;

	while (list->bytes && attr_next(&walk))
		count++;
	if (walk.torn || count > RULE_EXPRS_MOST)
		return false;
	exprs = arena_make_many(arena, struct expr, count + 1);
	walk = (struct attr_walk){ .bytes = list->bytes, .left = list->count };
	while (list->bytes && attr_next(&walk)) {
		if (!decode_expr(arena, &walk.attr, nested, &exprs[kept]))
			return false;
		kept += !is_idle(&exprs[kept]);
	}
	*ret_exprs = (struct exprs){ exprs, kept };
	return true;
}

bool decode_rule(struct decode *decode, struct decode_table *in, const struct attr *attrs)
{
	struct arena *arena = decode->ruleset->arena;
	const struct attr *name = &attrs[NFTA_RULE_CHAIN];
	struct rule rule = { 0 };
	struct exprs exprs;
	struct chain *chain;

	if (!name->bytes)
		return false;
	chain = map_find(&in->chains, name->bytes, strnlen((const char *)name->bytes, name->count));
	if (!chain || !decode_exprs(arena, &attrs[NFTA_RULE_EXPRESSIONS], false, &exprs))
		return false;
	rule.exprs = exprs.items;
	rule.count = exprs.count;
	rule.handle = attr_u64_or(&attrs[NFTA_RULE_HANDLE], 0);
	rule.comment = user_data_text(arena, &attrs[NFTA_RULE_USERDATA], NFTNL_UDATA_RULE_COMMENT);
	*vec_add(arena, &chain->rules) = rule;
	return true;
}
