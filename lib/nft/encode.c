/* See encode.h. Tables, chains, sets and objects. */
#include "nft/encode.h"

#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/object.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/lang.h"
#include "nft/encode_parts.h"
#include "nft/numbers.h"

struct user_data user_data_make(uint8_t type, const char *comment)
{
	struct user_data data = { .count = 0 };

	if (comment)
		user_data_add(&data, type, comment, (uint8_t)(size_min(strlen(comment), 200) + 1));
	return data;
}

void user_data_add(struct user_data *data, uint8_t type, const void *bytes, uint8_t count)
{
	data->bytes[data->count] = type;
	data->bytes[data->count + 1] = count;
	memcpy(data->bytes + data->count + 2, bytes, count);
	data->count += count + 2u;
}

struct nlmsghdr *encode_table(struct outbox *outbox, unsigned message, uint16_t flags,
			      const struct table *table)
{
	struct nlmsghdr *nlh = outbox_open(outbox, message, family_number(table->family), flags);
	struct nftnl_table *it = encode_must(nftnl_table_alloc());

	encode_good(nftnl_table_set_str(it, NFTNL_TABLE_NAME, table->name));
	if (message == NFT_MSG_NEWTABLE) {
		struct user_data data =
			user_data_make(NFTNL_UDATA_TABLE_COMMENT, table->comment);

		/* libnftnl 1.2.4 has no name for persist, but passes any number */
		nftnl_table_set_u32(it, NFTNL_TABLE_FLAGS, table->flags);
		if (data.count)
			encode_good(nftnl_table_set_data(it, NFTNL_TABLE_USERDATA, data.bytes,
							 data.count));
	}
	nftnl_table_nlmsg_build_payload(nlh, it);
	nftnl_table_free(it);
	outbox_close(outbox, nlh);
	return nlh;
}

static bool base_put(struct nftnl_chain *it, const struct table *table, const struct chain *chain)
{
	static const char *const types[] = { "filter", "nat", "route" };
	uint32_t hook = hook_number(table->family, chain->hook);

	if (hook == NUMBER_NONE || chain->type >= array_count(types))
		return false;
	nftnl_chain_set_u32(it, NFTNL_CHAIN_HOOKNUM, hook);
	nftnl_chain_set_s32(it, NFTNL_CHAIN_PRIO, chain->priority);
	nftnl_chain_set_u32(it, NFTNL_CHAIN_POLICY,
			    (uint32_t)verdict_number(chain->policy));
	encode_good(nftnl_chain_set_str(it, NFTNL_CHAIN_TYPE, types[chain->type]));
	if (chain->device)
		encode_good(nftnl_chain_set_str(it, NFTNL_CHAIN_DEV, chain->device));
	return true;
}

struct nlmsghdr *encode_chain(struct outbox *outbox, unsigned message, uint16_t flags,
			      const struct table *table, const struct chain *chain,
			      const char **ret_why)
{
	struct nftnl_chain *it = encode_must(nftnl_chain_alloc());
	struct nlmsghdr *nlh;

	encode_good(nftnl_chain_set_str(it, NFTNL_CHAIN_TABLE, table->name));
	encode_good(nftnl_chain_set_str(it, NFTNL_CHAIN_NAME, chain->name));
	if (message == NFT_MSG_NEWCHAIN) {
		struct user_data data =
			user_data_make(NFTNL_UDATA_CHAIN_COMMENT, chain->comment);

		if (chain->is_base && !base_put(it, table, chain)) {
			nftnl_chain_free(it);
			*ret_why = _("this family has no such hook");
			return NULL;
		}
		if (data.count)
			encode_good(nftnl_chain_set_data(it, NFTNL_CHAIN_USERDATA, data.bytes,
							 data.count));
	}
	nlh = outbox_open(outbox, message, family_number(table->family), flags);
	nftnl_chain_nlmsg_build_payload(nlh, it);
	nftnl_chain_free(it);
	outbox_close(outbox, nlh);
	return nlh;
}

static uint32_t set_flags(const struct set *set)
{
	static const struct {
		uint32_t ours, kernel;
	} flags[] = { { SET_CONSTANT, NFT_SET_CONSTANT },   { SET_INTERVAL, NFT_SET_INTERVAL },
		      { SET_TIMEOUT, NFT_SET_TIMEOUT },     { SET_DYNAMIC, NFT_SET_EVAL },
		      { SET_ANONYMOUS, NFT_SET_ANONYMOUS } };
	uint32_t all = 0;

	for (unsigned i = 0; i < array_count(flags); i++)
		if (set->flags & flags[i].ours)
			all |= flags[i].kernel;
	if (set->is_map)
		all |= set->data == DATUM_OBJECT ? NFT_SET_OBJECT : NFT_SET_MAP;
	if (set->key.count > 1)
		all |= NFT_SET_CONCAT;
	return all;
}

static void set_key_put(struct nftnl_set *it, const struct set *set)
{
	uint32_t type = 0;

	for (unsigned i = 0; i < set->key.count; i++)
		type = type << 6 | (datum_number(set->key.datums[i]) & 0x3f);
	nftnl_set_set_u32(it, NFTNL_SET_KEY_TYPE, type);
	nftnl_set_set_u32(it, NFTNL_SET_KEY_LEN,
			  set->key.count == 1 ? set->key.bytes[0] : set->key_bytes);
	if (set->key.count > 1)
		encode_good(nftnl_set_set_data(it, NFTNL_SET_DESC_CONCAT, set->key.bytes,
					       set->key.count));
}

static void set_data_put(struct nftnl_set *it, const struct set *set)
{
	if (set->data == DATUM_OBJECT) {
		nftnl_set_set_u32(it, NFTNL_SET_OBJ_TYPE, object_number(set->object));
		return;
	}
	nftnl_set_set_u32(it, NFTNL_SET_DATA_TYPE, datum_number(set->data));
	nftnl_set_set_u32(it, NFTNL_SET_DATA_LEN,
			  set->data == DATUM_VERDICT ? 16 :
			  set->data == DATUM_MARK    ? 4 :
						       set->data_bytes);
}

/* nft needs the byte order of the fields to show them; the kernel does not look at it. */
static void set_user_data_put(struct nftnl_set *it, const struct set *set)
{
	struct user_data data = { .count = 0 };
	uint32_t order = set->key.count > 1 ? 0 : datum_is_host_order(set->key.datums[0]) ? 1 : 2;

	user_data_add(&data, NFTNL_UDATA_SET_KEYBYTEORDER, &order, sizeof(order));
	if (set->is_map && set->data != DATUM_VERDICT && set->data != DATUM_OBJECT) {
		order = datum_is_host_order(set->data) ? 1 : 2;
		user_data_add(&data, NFTNL_UDATA_SET_DATABYTEORDER, &order, sizeof(order));
	}
	if (set->comment)
		user_data_add(&data, NFTNL_UDATA_SET_COMMENT, set->comment,
			      (uint8_t)(size_min(strlen(set->comment), 200) + 1));
	encode_good(nftnl_set_set_data(it, NFTNL_SET_USERDATA, data.bytes, data.count));
}

/* None of ours has one; what cannot be said is left out. */
static void set_exprs_put(struct nftnl_set *it, const struct set *set)
{
	const char *why;

	for (size_t i = 0; i < set->exprs.count; i++) {
		struct nftnl_expr *part = encode_expr(&set->exprs.items[i], &why);

		if (part)
			nftnl_set_add_expr(it, part);
	}
}

struct nlmsghdr *encode_set(struct outbox *outbox, unsigned message, uint16_t flags,
			    const struct table *table, const struct set *set)
{
	struct nlmsghdr *nlh = outbox_open(outbox, message, family_number(table->family), flags);
	struct nftnl_set *it = encode_must(nftnl_set_alloc());

	encode_good(nftnl_set_set_str(it, NFTNL_SET_TABLE, table->name));
	encode_good(nftnl_set_set_str(it, NFTNL_SET_NAME, set->name));
	if (message == NFT_MSG_NEWSET) {
		nftnl_set_set_u32(it, NFTNL_SET_FLAGS, set_flags(set));
		nftnl_set_set_u32(it, NFTNL_SET_ID, 1); /* asked for, used by anonymous sets only */
		set_key_put(it, set);
		if (set->is_map)
			set_data_put(it, set);
		if (set->size)
			nftnl_set_set_u32(it, NFTNL_SET_DESC_SIZE, set->size);
		if (set->timeout_ms)
			nftnl_set_set_u64(it, NFTNL_SET_TIMEOUT, set->timeout_ms);
		if (set->gc_ms)
			nftnl_set_set_u32(it, NFTNL_SET_GC_INTERVAL, (uint32_t)set->gc_ms);
		if (set->counts)
			nftnl_set_add_expr(it, encode_must(nftnl_expr_alloc("counter")));
		set_exprs_put(it, set);
		set_user_data_put(it, set);
	}
	nftnl_set_nlmsg_build_payload(nlh, it);
	nftnl_set_free(it);
	outbox_close(outbox, nlh);
	return nlh;
}

static struct nlmsghdr *flowtable_remove(struct outbox *outbox, uint16_t flags,
					 const struct table *table, const struct object *object)
{
	struct nlmsghdr *nlh = outbox_open(outbox, NFT_MSG_DELFLOWTABLE,
					   family_number(table->family), flags);

	mnl_attr_put_strz(nlh, NFTA_FLOWTABLE_TABLE, table->name);
	mnl_attr_put_strz(nlh, NFTA_FLOWTABLE_NAME, object->name);
	outbox_close(outbox, nlh);
	return nlh;
}

struct nlmsghdr *encode_object(struct outbox *outbox, unsigned message, uint16_t flags,
			       const struct table *table, const struct object *object,
			       const char **ret_why)
{
	struct nftnl_obj *it;
	struct nlmsghdr *nlh;

	if (message == NFT_MSG_NEWOBJ && object->type != OBJECT_COUNTER) {
		*ret_why = _("only counters are made by us");
		return NULL;
	}
	if (object->type == OBJECT_FLOWTABLE)
		return flowtable_remove(outbox, flags, table, object);
	it = encode_must(nftnl_obj_alloc());
	nftnl_obj_set_str(it, NFTNL_OBJ_TABLE, table->name);
	nftnl_obj_set_str(it, NFTNL_OBJ_NAME, object->name);
	nftnl_obj_set_u32(it, NFTNL_OBJ_TYPE, object->type == OBJECT_OTHER
							     ? object->number
							     : object_number(object->type));
	if (message == NFT_MSG_NEWOBJ) {
		struct user_data data = user_data_make(NFTNL_UDATA_OBJ_COMMENT, object->comment);

		if (object->packets || object->bytes) {
			nftnl_obj_set_u64(it, NFTNL_OBJ_CTR_PKTS, object->packets);
			nftnl_obj_set_u64(it, NFTNL_OBJ_CTR_BYTES, object->bytes);
		}
		if (data.count)
			nftnl_obj_set_data(it, NFTNL_OBJ_USERDATA, data.bytes, data.count);
	}
	nlh = outbox_open(outbox, message, family_number(table->family), flags);
	nftnl_obj_nlmsg_build_payload(nlh, it);
	nftnl_obj_free(it);
	outbox_close(outbox, nlh);
	return nlh;
}
