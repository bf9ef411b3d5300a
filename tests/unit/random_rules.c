/* See random_rules.h. */
#include "unit/random_rules.h"

#include <stdio.h>
#include <string.h>

enum { TABLES = 2, CALLED = 3, RULES = 4, SETS = 7 };

static const char *const names[] = { "eth0", "eth1", "" };

static void bytes_of(wide value, uint8_t *ret_bytes, unsigned count)
{
	while (count--) {
		ret_bytes[count] = (uint8_t)value;
		value >>= 8;
	}
}

static wide value_roll(struct dice *dice, enum dim dim)
{
	static const uint8_t protos[] = { 1, 6, 17, 200 };

	switch (dim) {
	case DIM_IIF:
	case DIM_OIF:
		return dim_of_name(names[roll(dice, 3)]);
	case DIM_IIFTYPE:
	case DIM_OIFTYPE:
		return roll(dice, 3) ? IFTYPE_ETHER : 772;
	case DIM_SRC:
	case DIM_DST:
		return 0x0a000000 + roll(dice, 6);
	case DIM_PROTO:
		return protos[roll(dice, 4)];
	case DIM_FRAG:
		return roll(dice, 6) ? 0 : (wide[]){ 0x4000, 0x2000, 0x0001, 0x8000 }[roll(dice, 4)];
	case DIM_DEPTH:
	case DIM_DIRECTION:
		return roll(dice, 2);
	case DIM_STATE:
		return (wide[]){ CT_NEW, CT_ESTABLISHED, CT_RELATED, CT_INVALID,
				 CT_UNTRACKED }[roll(dice, 5)];
	case DIM_ETHERTYPE:
		return roll(dice, 4) ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
	case DIM_SMAC:
	case DIM_DMAC:
	case DIM_NEXT_MAC:
	case DIM_T0:
	case DIM_T2:
	case DIM_CT_MARK:
	case DIM_MARK:
	case DIMS:
		break;
	}
	return roll(dice, 5);
}

void rules_packet(struct dice *dice, struct packet *ret_packet)
{
	for (unsigned dim = 0; dim < DIMS; dim++)
		ret_packet->at[dim] = value_roll(dice, (enum dim)dim);
}

void rules_box(struct dice *dice, struct box *ret_box)
{
	struct packet a, b;

	rules_packet(dice, &a);
	rules_packet(dice, &b);
	for (unsigned dim = 0; dim < DIMS; dim++) {
		ret_box->first[dim] = a.at[dim] < b.at[dim] ? a.at[dim] : b.at[dim];
		ret_box->last[dim] = a.at[dim] < b.at[dim] ? b.at[dim] : a.at[dim];
		if (roll(dice, 2))
			continue;
		ret_box->first[dim] = 0;
		ret_box->last[dim] = dim == DIM_SRC || dim == DIM_DST ? UINT32_MAX
								      : dim_most((enum dim)dim);
	}
	box_fix(ret_box, DIM_STATE, a.at[DIM_STATE]);
	box_fix(ret_box, DIM_ETHERTYPE, a.at[DIM_ETHERTYPE]);
	if (roll(dice, 4))
		box_fix(ret_box, DIM_FRAG, a.at[DIM_FRAG]);
}

/* ---- loads ---- */

struct field {
	enum dim dim;
	enum datum datum;
	uint8_t bytes;
	bool host; /* its least significant byte first */
};

static const struct field fields[] = {
	{ DIM_IIF, DATUM_IFNAME, 16, false },	 { DIM_OIF, DATUM_IFNAME, 16, false },
	{ DIM_SRC, DATUM_IPV4, 4, false },	 { DIM_DST, DATUM_IPV4, 4, false },
	{ DIM_PROTO, DATUM_PROTO, 1, false },	 { DIM_T0, DATUM_PORT, 2, false },
	{ DIM_T2, DATUM_PORT, 2, false },	 { DIM_SMAC, DATUM_ETHER, 6, false },
	{ DIM_MARK, DATUM_MARK, 4, true },	 { DIM_CT_MARK, DATUM_MARK, 4, true },
	{ DIM_STATE, DATUM_CT_STATE, 4, true },	 { DIM_DIRECTION, DATUM_CT_DIRECTION, 1, false },
	{ DIM_IIFTYPE, DATUM_IFTYPE, 2, true },	 { DIM_FRAG, DATUM_INTEGER, 2, false },
};
enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static uint8_t field_load(struct code *code, const struct field *field, uint8_t slot)
{
	switch (field->dim) {
	case DIM_IIF:
		return code_meta(code, META_IIFNAME, slot);
	case DIM_OIF:
		return code_meta(code, META_OIFNAME, slot);
	case DIM_SRC:
		return code_payload(code, PAYLOAD_NETWORK, 12, 4, slot);
	case DIM_DST:
		return code_payload(code, PAYLOAD_NETWORK, 16, 4, slot);
	case DIM_PROTO:
		return code_meta(code, META_L4PROTO, slot);
	case DIM_T0:
		return code_payload(code, PAYLOAD_TRANSPORT, 0, 2, slot);
	case DIM_T2:
		return code_payload(code, PAYLOAD_TRANSPORT, 2, 2, slot);
	case DIM_SMAC:
		return code_payload(code, PAYLOAD_LINK, 6, 6, slot);
	case DIM_MARK:
		return code_meta(code, META_MARK, slot);
	case DIM_CT_MARK:
		return code_ct(code, CT_MARK, slot);
	case DIM_STATE:
		return code_ct(code, CT_STATE, slot);
	case DIM_DIRECTION:
		return code_ct(code, CT_DIRECTION, slot);
	case DIM_IIFTYPE:
		return code_meta(code, META_IIFTYPE, slot);
	case DIM_FRAG:
		return code_payload(code, PAYLOAD_NETWORK, 6, 2, slot);
	case DIM_OIFTYPE:
	case DIM_ETHERTYPE:
	case DIM_DMAC:
	case DIM_NEXT_MAC:
	case DIM_DEPTH:
	case DIMS:
		break;
	}
	return slot;
}

static void field_bytes(struct dice *dice, const struct field *field, uint8_t *ret_bytes)
{
	wide value = value_roll(dice, field->dim);

	bytes_of(value, ret_bytes, field->bytes);
	if (field->host)
		for (unsigned i = 0; i < field->bytes; i++)
			ret_bytes[i] = (uint8_t)(value >> (8 * i));
}

/* ---- sets: each of one, two or three fields ---- */

struct layout {
	const struct field *fields[3];
	unsigned count;
	bool interval;
};

static void key_roll(struct dice *dice, const struct layout *layout, uint8_t *key, uint8_t *end)
{
	for (unsigned i = 0; i < layout->count; i++) {
		const struct field *field = layout->fields[i];
		uint8_t a[16], b[16];
		unsigned room = slots_of_bytes(field->bytes) * SLOT_BYTES;

		field_bytes(dice, field, a);
		memcpy(b, a, sizeof(b));
		if (layout->interval && roll(dice, 2))
			field_bytes(dice, field, b);
		memcpy(key, memcmp(a, b, field->bytes) < 0 ? a : b, field->bytes);
		memcpy(end, memcmp(a, b, field->bytes) < 0 ? b : a, field->bytes);
		key += room;
		end += room;
	}
}

/* As a kernel has it: no two elements meet. */
static bool key_meets(const struct set *set, const uint8_t *key, const uint8_t *end)
{
	vec_each(element, &set->elements) {
		const uint8_t *last = element->key_end ? element->key_end : element->key;
		bool apart = false;
		unsigned at = 0;

		if (!element->key)
			continue;
		for (unsigned i = 0; i < set->key.count; i++) {
			apart |= memcmp(last + at, key + at, set->key.bytes[i]) < 0 ||
				 memcmp(end + at, element->key + at, set->key.bytes[i]) < 0;
			at += slots_of_bytes(set->key.bytes[i]) * SLOT_BYTES;
		}
		if (!apart)
			return true;
	}
	return false;
}

static void data_roll(struct made *made, struct dice *dice, const struct set *set,
		      struct element *element)
{
	static const uint8_t codes[] = { VERDICT_ACCEPT, VERDICT_DROP, VERDICT_RETURN,
					 VERDICT_CONTINUE, VERDICT_JUMP, VERDICT_GOTO };
	char name[8];

	if (set->data != DATUM_VERDICT) {
		element->mark = roll(dice, 5);
		return;
	}
	snprintf(name, sizeof(name), "c%u", CALLED - 1); /* calls nothing itself */
	element->verdict.code = codes[roll(dice, sizeof(codes))];
	if (element->verdict.code >= VERDICT_JUMP)
		element->verdict.chain = arena_strdup(made->ruleset->arena, name);
}

static void set_roll(struct made *made, struct dice *dice, const char *name, struct layout *layout)
{
	struct set *set = table_add_set(made->ruleset, made->table, name, (struct src){ 0 });
	uint8_t key[64], end[64];

	layout->interval = roll(dice, 2);
	layout->count = 1 + roll(dice, 3);
	for (unsigned i = 0; i < layout->count; i++) {
		do
			layout->fields[i] = &fields[roll(dice, FIELDS)];
		while (layout->interval && layout->fields[i]->host);
		set_add_key(set, layout->fields[i]->datum, layout->fields[i]->bytes);
	}
	set->flags = layout->interval ? SET_INTERVAL : 0;
	set->is_map = roll(dice, 3);
	set->data = roll(dice, 2) ? DATUM_VERDICT : DATUM_MARK;
	for (unsigned i = roll(dice, 6); i > 0; i--) {
		struct element *element;

		memset(key, 0, sizeof(key));
		memset(end, 0, sizeof(end));
		key_roll(dice, layout, key, end);
		if (key_meets(set, key, end))
			continue;
		element = layout->interval ? made_range(made, set, key, end)
					   : made_element(made, set, key);
		data_roll(made, dice, set, element);
	}
	if (!roll(dice, 3))
		data_roll(made, dice, set, made_catch_all(made, set));
}

static void lookup_put(struct made *made, struct dice *dice, const struct layout *layouts)
{
	unsigned which = roll(dice, SETS);
	const struct set *set = made->table->sets.items[which];
	uint8_t slot = 4, into = SLOT_NONE;

	for (unsigned i = 0; i < layouts[which].count; i++)
		slot = field_load(&made->code, layouts[which].fields[i], slot);
	if (set->is_map)
		into = set->data == DATUM_VERDICT ? SLOT_VERDICT : 0;
	code_lookup(&made->code, set->name, 4, into);
	if (into == SLOT_NONE)
		made->code.exprs[made->code.count - 1].lookup.inverted = !roll(dice, 3);
	if (into == 0 && roll(dice, 2)) {
		uint32_t mark = roll(dice, 5);

		code_cmp(&made->code, roll(dice, 2) ? CMP_EQ : CMP_NEQ, 0, &mark, 4);
	} else if (into == 0) {
		code_ct_set(&made->code, CT_MARK, 0);
	}
}

/* ---- rules ---- */

static void compare_put(struct made *made, struct dice *dice)
{
	const struct field *field = &fields[roll(dice, FIELDS)];
	uint8_t low[16], high[16];
	struct expr *expr;

	field_load(&made->code, field, 0);
	field_bytes(dice, field, low);
	field_bytes(dice, field, high);
	if (field->bytes > 1 && field->dim != DIM_IIF && field->dim != DIM_OIF && !roll(dice, 4)) {
		uint8_t mask[16];

		memset(mask, 0xff, sizeof(mask));
		mask[roll(dice, field->bytes)] = (uint8_t)roll(dice, 256);
		code_mask(&made->code, 0, mask, field->bytes);
	}
	if (field->host && field->bytes == 4 && roll(dice, 2)) {
		expr = &made->code.exprs[made->code.count++];
		*expr = (struct expr){ .kind = EXPR_BYTEORDER };
		expr->byteorder.op = BYTEORDER_HTON;
		expr->byteorder.bytes = expr->byteorder.unit_bytes = 4;
	}
	if (roll(dice, 4)) {
		code_cmp(&made->code, (enum cmp_op)roll(dice, CMP_GTE + 1), 0, low, field->bytes);
		return;
	}
	code_cmp(&made->code, CMP_EQ, 0, low, field->bytes);
	expr = &made->code.exprs[made->code.count - 1];
	*expr = (struct expr){ .kind = EXPR_RANGE };
	expr->range.op = roll(dice, 3) ? CMP_EQ : CMP_NEQ;
	expr->range.first.bytes = (uint8_t *)arena_copy(made->ruleset->arena, low, 16);
	expr->range.last.bytes = (uint8_t *)arena_copy(made->ruleset->arena, high, 16);
	expr->range.first.count = expr->range.last.count = field->bytes;
}

static void rule_put(struct made *made, struct dice *dice, const struct layout *layouts,
		     unsigned called)
{
	char name[8];

	for (unsigned i = roll(dice, 3); i > 0; i--)
		compare_put(made, dice);
	if (roll(dice, 2))
		lookup_put(made, dice, layouts);
	if (roll(dice, 2))
		compare_put(made, dice);
	if (!roll(dice, 5))
		made_set_mark(made, roll(dice, 5));
	if (!roll(dice, 6))
		made_set_ct_mark(made, roll(dice, 5));
	if (!roll(dice, 16))
		made_unknown(made, roll(dice, 2) ? "notrack" : "fib");
	if (!roll(dice, 16))
		code_limit(&made->code, 10, 5);
	if (called + 1 < CALLED && !roll(dice, 3)) {
		snprintf(name, sizeof(name), "c%u", called + 1 + roll(dice, CALLED - called - 1));
		code_verdict(&made->code, roll(dice, 2) ? VERDICT_JUMP : VERDICT_GOTO,
			     arena_strdup(made->ruleset->arena, name));
	} else if (roll(dice, 6)) {
		code_verdict(&made->code,
			     (enum verdict_code)(VERDICT_ACCEPT + roll(dice, 4)), NULL);
	}
	made_end(made);
}

static void base_roll(struct made *made, struct dice *dice, unsigned number)
{
	static const uint8_t hooks[] = { HOOK_PREROUTING, HOOK_FORWARD, HOOK_FORWARD,
					 HOOK_POSTROUTING };
	char name[8];

	snprintf(name, sizeof(name), "b%u", number);
	made_base(made, name, (enum hook)hooks[roll(dice, 4)], (int32_t)roll(dice, 7) * 100 - 300,
		  roll(dice, 3) ? VERDICT_ACCEPT : VERDICT_DROP);
	if (made->table->family == TABLE_NETDEV) {
		made->chain->hook = roll(dice, 2) ? HOOK_INGRESS : HOOK_EGRESS;
		made->chain->device = names[roll(dice, 2)];
	}
}

void rules_random(struct made *made, struct dice *dice)
{
	static const uint8_t families[] = { TABLE_INET, TABLE_INET, TABLE_IP, TABLE_IP6,
					    TABLE_NETDEV };

	for (unsigned t = 0; t < TABLES; t++) {
		struct layout layouts[SETS];
		char name[8];

		snprintf(name, sizeof(name), "t%u", t);
		made_table(made, (enum table_family)families[roll(dice, 5)], name);
		for (unsigned i = 0; i < SETS; i++) {
			snprintf(name, sizeof(name), "s%u", i);
			set_roll(made, dice, arena_strdup(made->ruleset->arena, name), &layouts[i]);
		}
		for (unsigned i = 0; i < CALLED; i++) {
			snprintf(name, sizeof(name), "c%u", i);
			made_chain(made, name);
			for (unsigned r = roll(dice, RULES); r > 0; r--)
				rule_put(made, dice, layouts, i);
		}
		for (unsigned i = 0; i < 2; i++) {
			base_roll(made, dice, i);
			for (unsigned r = 1 + roll(dice, RULES); r > 0; r--)
				rule_put(made, dice, layouts, UINT32_MAX);
		}
	}
}
