/* See decode.h. Tables, chains, sets and objects; and which message is what. */
#include "nft/decode.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <libnftnl/udata.h>
#include <stdio.h>
#include <string.h>

#include "nft/decode_parts.h"
#include "nft/numbers.h"

enum { ATTRS_MOST = 32, TYPE_BITS = 6, TYPE_MASK = 0x3f };

void decode_init(struct decode *decode, const char *only, size_t most_bytes)
{
	*decode = (struct decode){ .ruleset = ruleset_new(),
				   .only = only,
				   .most_bytes = most_bytes };
}

static struct decode_table *table_find(struct decode *decode, enum table_family family,
				       const struct attr *name)
{
	for (size_t i = 0; i < decode->tables.count; i++) {
		size_t at = (decode->last_table + i) % decode->tables.count;
		struct decode_table *table = &decode->tables.items[at];

		if (table->table->family == family && attr_text_is(name, table->table->name)) {
			decode->last_table = at;
			return table;
		}
	}
	return NULL;
}

static bool table_read(struct decode *decode, enum table_family family, const struct attr *attrs)
{
	struct arena *arena = decode->ruleset->arena;
	const char *name = attr_text(arena, &attrs[NFTA_TABLE_NAME]);
	struct decode_table *in;

	if (!name || table_find(decode, family, &attrs[NFTA_TABLE_NAME]))
		return false;
	in = vec_add(arena, &decode->tables);
	in->table = ruleset_add_table(decode->ruleset, family, name, (struct src){ 0 });
	in->table->flags = attr_u32_or(&attrs[NFTA_TABLE_FLAGS], 0);
	in->table->comment = user_data_text(arena, &attrs[NFTA_TABLE_USERDATA],
					    NFTNL_UDATA_TABLE_COMMENT);
	return true;
}

/* Several devices are joined with commas: none of ours has more than one. */
static const char *names_read(struct arena *arena, const struct attr *devices)
{
	struct attr_walk walk = { .bytes = devices->bytes, .left = devices->count };
	const char *all = NULL;

	if (!walk.bytes)
		return NULL;
	while (attr_next(&walk)) {
		const char *name = attr_text(arena, &walk.attr);

		if (name && walk.type != NFTA_DEVICE_NAME)
			name = arena_printf(arena, "%s*", name); /* a prefix, from 6.18 on */
		if (name)
			all = all ? arena_printf(arena, "%s,%s", all, name) : name;
	}
	return all;
}

static const char *devices_read(struct arena *arena, const struct attr *hook)
{
	return hook[NFTA_HOOK_DEVS].bytes ? names_read(arena, &hook[NFTA_HOOK_DEVS])
					  : attr_text(arena, &hook[NFTA_HOOK_DEV]);
}

static bool hook_read(struct decode *decode, const struct table *table, struct chain *chain,
		      const struct attr *attr)
{
	struct attr hook[NFTA_HOOK_MAX + 1];
	uint32_t number, priority;

	if (!attrs_read(hook, NFTA_HOOK_MAX, attr->bytes, attr->count) ||
	    !attr_u32(&hook[NFTA_HOOK_HOOKNUM], &number) ||
	    !attr_u32(&hook[NFTA_HOOK_PRIORITY], &priority) ||
	    !hook_find(table->family, number, &chain->hook))
		return false;
	chain->is_base = true;
	chain->priority = (int32_t)priority;
	chain->device = devices_read(decode->ruleset->arena, hook);
	return true;
}

static bool chain_read(struct decode *decode, struct decode_table *in, const struct attr *attrs)
{
	static const char *const types[] = { "filter", "nat", "route" };
	struct arena *arena = decode->ruleset->arena;
	const char *name = attr_text(arena, &attrs[NFTA_CHAIN_NAME]);
	struct chain *chain;
	uint32_t policy;

	if (!name || map_find_text(&in->chains, name))
		return false;
	chain = table_add_chain(decode->ruleset, in->table, name, (struct src){ 0 });
	if (attrs[NFTA_CHAIN_HOOK].bytes &&
	    !hook_read(decode, in->table, chain, &attrs[NFTA_CHAIN_HOOK])) {
		in->table->chains.count--;
		return false;
	}
	for (unsigned i = 0; i < array_count(types); i++)
		if (attr_text_is(&attrs[NFTA_CHAIN_TYPE], types[i]))
			chain->type = (uint8_t)i;
	if (attr_u32(&attrs[NFTA_CHAIN_POLICY], &policy))
		chain->policy = policy == NF_DROP ? VERDICT_DROP : VERDICT_ACCEPT;
	chain->comment = user_data_text(arena, &attrs[NFTA_CHAIN_USERDATA],
					NFTNL_UDATA_CHAIN_COMMENT);
	map_add_text(arena, &in->chains, chain->name, chain);
	return true;
}

/* The lengths of the fields: as the set says, else as nft's types have them; together the key's. */
static void key_lay(struct set *set, uint32_t type, unsigned key_bytes, const struct attr *concat)
{
	struct attr_walk walk = { .bytes = concat->bytes, .left = concat->count };
	uint32_t types[SLOTS];
	unsigned count = 0, sum = 0, lengths[SLOTS];

	for (uint32_t rest = type; rest && count < SLOTS; rest >>= TYPE_BITS)
		count++;
	for (unsigned i = 0; i < count; i++) {
		types[i] = type >> (TYPE_BITS * (count - 1 - i)) & TYPE_MASK;
		lengths[i] = count == 1 ? key_bytes : datum_number_bytes(types[i]);
	}
	for (unsigned i = 0; concat->bytes && attr_next(&walk) && i < count; i++) {
		struct attr field[NFTA_SET_FIELD_MAX + 1];

		if (attrs_read(field, NFTA_SET_FIELD_MAX, walk.attr.bytes, walk.attr.count))
			lengths[i] = attr_u32_or(&field[NFTA_SET_FIELD_LEN], lengths[i]);
	}
	for (unsigned i = 0; i < count; i++) {
		sum += lengths[i] && lengths[i] <= 64 ? slots_of_bytes(lengths[i]) : 1000;
		if (count == 1 && datum_bytes(datum_find(types[0])) != key_bytes)
			types[0] = datum_number(DATUM_INTEGER);
	}
	if (!count || sum != slots_of_bytes(key_bytes)) {
		set_add_key(set, DATUM_INTEGER, key_bytes); /* a type we cannot take apart */
		return;
	}
	for (unsigned i = 0; i < count; i++)
		set_add_key(set, datum_find(types[i]), lengths[i]);
}

static uint32_t set_flags_read(uint32_t kernel)
{
	return (kernel & NFT_SET_CONSTANT ? SET_CONSTANT : 0u) |
	       (kernel & NFT_SET_INTERVAL ? SET_INTERVAL : 0u) |
	       (kernel & NFT_SET_TIMEOUT ? SET_TIMEOUT : 0u) |
	       (kernel & NFT_SET_EVAL ? SET_DYNAMIC : 0u) |
	       (kernel & NFT_SET_ANONYMOUS ? SET_ANONYMOUS : 0u);
}

static void set_data_read(struct set *set, uint32_t flags, const struct attr *attrs)
{
	uint32_t bytes = attr_u32_or(&attrs[NFTA_SET_DATA_LEN], 0);

	set->is_map = flags & (NFT_SET_MAP | NFT_SET_OBJECT);
	if (flags & NFT_SET_OBJECT) {
		set->data = DATUM_OBJECT;
		set->object = (uint8_t)object_find(attr_u32_or(&attrs[NFTA_SET_OBJ_TYPE], 0));
		return;
	}
	if (!set->is_map)
		return;
	set->data = (uint8_t)datum_find(attr_u32_or(&attrs[NFTA_SET_DATA_TYPE], 0));
	if (set->data == DATUM_VERDICT)
		return;
	if (set->data == DATUM_MARK && bytes == 4)
		return;
	if (set->data == DATUM_MARK || datum_bytes(set->data) != bytes)
		set->data = DATUM_INTEGER;
	set->data_bytes = bytes <= 64 ? (uint8_t)bytes : 0;
}

static bool set_read(struct decode *decode, struct decode_table *in, const struct attr *attrs)
{
	struct arena *arena = decode->ruleset->arena;
	const char *name = attr_text(arena, &attrs[NFTA_SET_NAME]);
	uint32_t flags = attr_u32_or(&attrs[NFTA_SET_FLAGS], 0), key_bytes;
	struct attr desc[NFTA_SET_DESC_MAX + 1] = { 0 };
	struct set *set;

	if (!name || map_find_text(&in->sets, name) ||
	    !attr_u32(&attrs[NFTA_SET_KEY_LEN], &key_bytes) || !key_bytes || key_bytes > 64 ||
	    (attrs[NFTA_SET_DESC].bytes &&
	     !attrs_read(desc, NFTA_SET_DESC_MAX, attrs[NFTA_SET_DESC].bytes,
			 attrs[NFTA_SET_DESC].count)))
		return false;
	set = table_add_set(decode->ruleset, in->table, name, (struct src){ 0 });
	key_lay(set, attr_u32_or(&attrs[NFTA_SET_KEY_TYPE], 0), key_bytes,
		&desc[NFTA_SET_DESC_CONCAT]);
	set_data_read(set, flags, attrs);
	set->flags = set_flags_read(flags);
	set->size = attr_u32_or(&desc[NFTA_SET_DESC_SIZE], 0);
	set->timeout_ms = attr_u64_or(&attrs[NFTA_SET_TIMEOUT], 0);
	set->gc_ms = attr_u32_or(&attrs[NFTA_SET_GC_INTERVAL], 0);
	if (!carried_read(arena, set, &attrs[NFTA_SET_EXPR], &attrs[NFTA_SET_EXPRESSIONS]))
		return false;
	set->comment = user_data_text(arena, &attrs[NFTA_SET_USERDATA], NFTNL_UDATA_SET_COMMENT);
	map_add_text(arena, &in->sets, set->name, set);
	return true;
}

static bool object_read(struct decode *decode, struct decode_table *in, const struct attr *attrs)
{
	struct arena *arena = decode->ruleset->arena;
	const char *name = attr_text(arena, &attrs[NFTA_OBJ_NAME]);
	struct attr data[NFTA_COUNTER_MAX + 1];
	struct object *object;
	uint32_t type;

	if (!name || !attr_u32(&attrs[NFTA_OBJ_TYPE], &type))
		return false;
	object = table_add_object(decode->ruleset, in->table, object_find(type), name,
				  (struct src){ 0 });
	if (object->type == OBJECT_OTHER)
		object->number = type;
	object->comment = user_data_text(arena, &attrs[NFTA_OBJ_USERDATA],
					 NFTNL_UDATA_OBJ_COMMENT);
	if (object->type == OBJECT_COUNTER && attrs[NFTA_OBJ_DATA].bytes &&
	    attrs_read(data, NFTA_COUNTER_MAX, attrs[NFTA_OBJ_DATA].bytes,
		       attrs[NFTA_OBJ_DATA].count)) {
		object->packets = attr_u64_or(&data[NFTA_COUNTER_PACKETS], 0);
		object->bytes = attr_u64_or(&data[NFTA_COUNTER_BYTES], 0);
	}
	return true;
}

/* As an object whose comment is its devices: none is ours, so nothing more is asked of it. */
static bool flowtable_read(struct decode *decode, struct decode_table *in, const struct attr *attrs)
{
	struct arena *arena = decode->ruleset->arena;
	const char *name = attr_text(arena, &attrs[NFTA_FLOWTABLE_NAME]);
	struct attr hook[NFTA_FLOWTABLE_HOOK_MAX + 1];
	struct object *object;

	if (!name)
		return false;
	object = table_add_object(decode->ruleset, in->table, OBJECT_FLOWTABLE, name,
				  (struct src){ 0 });
	if (attrs[NFTA_FLOWTABLE_HOOK].bytes &&
	    attrs_read(hook, NFTA_FLOWTABLE_HOOK_MAX, attrs[NFTA_FLOWTABLE_HOOK].bytes,
		       attrs[NFTA_FLOWTABLE_HOOK].count))
		object->comment = names_read(arena, &hook[NFTA_FLOWTABLE_HOOK_DEVS]);
	return true;
}

_Static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 &&
		       NFTA_SET_TABLE == 1 && NFTA_SET_ELEM_LIST_TABLE == 1 && NFTA_OBJ_TABLE == 1 &&
		       NFTA_FLOWTABLE_TABLE == 1,
	       "the table's name stands in the first attribute of every message");

bool decode_message(struct decode *decode, const struct nlmsghdr *message)
{
	struct attr attrs[ATTRS_MOST + 1];
	struct nfgenmsg gen;
	enum table_family family;
	struct decode_table *in;
	unsigned what = NFNL_MSG_TYPE(message->nlmsg_type);

	if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
		return true;
	if (arena_used_bytes(decode->ruleset->arena) > decode->most_bytes) {
		decode->full = true;
		return false;
	}
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(gen)))
		return false;
	memcpy(&gen, NLMSG_DATA(message), sizeof(gen));
	if (!attrs_read(attrs, ATTRS_MOST,
			(const uint8_t *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(gen)),
			message->nlmsg_len - NLMSG_LENGTH(sizeof(gen))))
		return false;
	if (!family_find(gen.nfgen_family, &family))
		return true; /* DECnet and the like, from before our time */
	if (decode->only && attr_text_is(&attrs[1], decode->only) == decode->others)
		return true;
	if (what == NFT_MSG_NEWTABLE)
		return table_read(decode, family, attrs);
	if (what != NFT_MSG_NEWCHAIN && what != NFT_MSG_NEWRULE && what != NFT_MSG_NEWSET &&
	    what != NFT_MSG_NEWSETELEM && what != NFT_MSG_NEWOBJ && what != NFT_MSG_NEWFLOWTABLE)
		return true;
	in = table_find(decode, family, &attrs[1]);
	if (!in)
		return false;
	return what == NFT_MSG_NEWCHAIN	  ? chain_read(decode, in, attrs) :
	       what == NFT_MSG_NEWRULE	  ? decode_rule(decode, in, attrs) :
	       what == NFT_MSG_NEWSET	  ? set_read(decode, in, attrs) :
	       what == NFT_MSG_NEWSETELEM ? decode_elements(decode, in, attrs) :
	       what == NFT_MSG_NEWOBJ	  ? object_read(decode, in, attrs) :
					    flowtable_read(decode, in, attrs);
}

struct ruleset *decode_end(struct decode *decode)
{
	struct ruleset *ruleset = decode->ruleset;

	vec_each(in, &decode->tables)
		vec_each(set, &in->table->sets)
			if ((*set)->flags & SET_INTERVAL && (*set)->key.count == 1)
				intervals_join(ruleset, *set);
	decode->ruleset = NULL;
	return ruleset;
}

void decode_drop(struct decode *decode)
{
	ruleset_free(decode->ruleset);
	decode->ruleset = NULL;
}
