/* See touched.h. */
#include "nft/touched.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "nft/decode_parts.h"
#include "nft/numbers.h"

enum { ATTRS_MOST = 32, TOUCHED_MOST_BYTES = 64 << 20, PLACE_BYTES = 256 };

void touched_clear(struct touched *touched)
{
	if (touched->arena) {
		decode_drop(&touched->decode);
		arena_free(touched->arena);
	}
	*touched = (struct touched){ .known = touched->known, .name = touched->name };
}

static size_t place_make(char place[PLACE_BYTES], enum table_family family, const void *name,
			 size_t count)
{
	size_t bytes = size_min(count, PLACE_BYTES - 1);

	place[0] = (char)family;
	memcpy(place + 1, name, bytes);
	return bytes + 1;
}

const struct touched_set *touched_find(const struct touched *touched, const struct table *table,
				       const char *set)
{
	char place[PLACE_BYTES];

	return map_find(&touched->by_place, place,
			place_make(place, table->family, set, strlen(set)));
}

const struct element *touched_element(const struct touched_set *set, const struct touch *touch)
{
	return touch->removed ? NULL : &set->told->elements.items[touch->at];
}

static struct decode_table *told_table(struct touched *touched, const struct table *known)
{
	struct decode *decode = &touched->decode;
	struct decode_table *in;

	vec_each(there, &decode->tables)
		if (there->table->family == known->family)
			return there;
	in = vec_add(decode->ruleset->arena, &decode->tables);
	in->table = ruleset_add_table(decode->ruleset, known->family, known->name,
				      (struct src){ 0 });
	return in;
}

/* The layout of the elements is that of the set we know. */
static struct touched_set *set_add(struct touched *touched, const struct table *table,
				   const struct set *known)
{
	struct decode_table *in = told_table(touched, table);
	struct touched_set *set = arena_make(touched->arena, struct touched_set);
	char place[PLACE_BYTES];
	size_t bytes = place_make(place, table->family, known->name, strlen(known->name));

	set->table = table;
	set->set = known;
	set->told = table_add_set_like(touched->decode.ruleset, in->table, known);
	map_add_text(touched->decode.ruleset->arena, &in->sets, known->name, set->told);
	/* two halves of an interval are told apart only beside all others */
	set->whole = known->flags & SET_INTERVAL && known->key.count == 1;
	*vec_add(touched->arena, &touched->sets) = set;
	map_add(touched->arena, &touched->by_place, arena_copy(touched->arena, place, bytes),
		bytes, set);
	return set;
}

static struct touched_set *set_of(struct touched *touched, enum table_family family,
				  const struct attr *name)
{
	size_t count = strnlen((const char *)name->bytes, name->count);
	char place[PLACE_BYTES];
	size_t bytes = place_make(place, family, name->bytes, count);
	struct touched_set *set = map_find(&touched->by_place, place, bytes);
	const struct table *table = ruleset_find_table(touched->known, family, touched->name);

	if (set || !table)
		return set;
	vec_each(known, &table->sets)
		if (strlen((*known)->name) == count && memcmp((*known)->name, name->bytes, count) == 0)
			return set_add(touched, table, *known);
	return NULL;
}

/* A set whose elements went out of sight: what it holds now is for the kernel to say. */
static void elements_forget(struct touched_set *set)
{
	set->whole = true;
	set->told->elements.count = 0;
	set->touches.count = 0;
}

/* What was said of a key before is overtaken. */
static void touch_add(struct touched *touched, struct touched_set *set, size_t at, bool removed)
{
	const struct element *elements = set->told->elements.items;
	unsigned bytes = set->told->key_bytes;

	vec_each(touch, &set->touches) {
		const struct element *a = &elements[touch->at], *b = &elements[at];

		if (!a->key != !b->key || (a->key && memcmp(a->key, b->key, bytes) != 0) ||
		    (a->key_end && b->key_end && memcmp(a->key_end, b->key_end, bytes) != 0))
			continue;
		*touch = (struct touch){ at, removed };
		return;
	}
	*vec_add(touched->arena, &set->touches) = (struct touch){ at, removed };
}

static void elements_take(struct touched *touched, enum table_family family,
			  const struct attr *attrs, bool removed)
{
	struct touched_set *set;
	struct decode_table *in;
	size_t first;

	if (!attrs[NFTA_SET_ELEM_LIST_SET].bytes) {
		touched->shape = touched->all = true;
		return;
	}
	set = set_of(touched, family, &attrs[NFTA_SET_ELEM_LIST_SET]);
	if (!set || set->whole)
		return; /* one of theirs, within a shape that is read anyway; or known already */
	in = told_table(touched, set->table);
	first = set->told->elements.count;
	if (!decode_elements(&touched->decode, in, attrs) ||
	    arena_used_bytes(touched->decode.ruleset->arena) > TOUCHED_MOST_BYTES) {
		elements_forget(set);
		return;
	}
	for (size_t at = first; at < set->told->elements.count; at++)
		touch_add(touched, set, at, removed);
	if (set->touches.count > TOUCHED_KEYS_MOST)
		elements_forget(set);
}

static void rules_take(struct touched *touched, enum table_family family, const struct attr *name)
{
	const struct table *table = ruleset_find_table(touched->known, family, touched->name);

	vec_each(chain, &touched->chains)
		if (chain->table == table && attr_text_is(name, chain->chain->name))
			return;
	if (table)
		vec_each(chain, &table->chains)
			if (attr_text_is(name, (*chain)->name)) {
				*vec_add(touched->arena, &touched->chains) =
					(struct touched_chain){ table, *chain };
				return;
			}
	touched->shape = true; /* not one of ours */
}

static void touched_start(struct touched *touched)
{
	if (touched->arena)
		return;
	touched->arena = arena_new();
	decode_init(&touched->decode, touched->name, TOUCHED_MOST_BYTES);
}

void touched_take(struct touched *touched, const struct nlmsghdr *message)
{
	unsigned what = NFNL_MSG_TYPE(message->nlmsg_type);
	struct attr attrs[ATTRS_MOST + 1];
	struct touched_set *set;
	enum table_family family;
	struct nfgenmsg gen;

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(gen)))
		return;
	memcpy(&gen, NLMSG_DATA(message), sizeof(gen));
	if (!attrs_read(attrs, ATTRS_MOST,
			(const uint8_t *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(gen)),
			message->nlmsg_len - NLMSG_LENGTH(sizeof(gen))) ||
	    !family_find(gen.nfgen_family, &family)) {
		touched->shape = touched->all = touched->others = true;
		return;
	}
	if (!touched->name || !attr_text_is(&attrs[1], touched->name)) {
		touched->others = true;
		return;
	}
	touched_start(touched);
	if (!touched->known) {
		touched->shape = touched->all = true;
		return;
	}
	if (what == NFT_MSG_NEWSETELEM || what == NFT_MSG_DELSETELEM) {
		elements_take(touched, family, attrs, what == NFT_MSG_DELSETELEM);
		return;
	}
	if (what == NFT_MSG_NEWRULE || what == NFT_MSG_DELRULE) {
		rules_take(touched, family, &attrs[NFTA_RULE_CHAIN]);
		return;
	}
	touched->shape = true;
	if (what == NFT_MSG_DELTABLE)
		touched->all = true;
	if (what == NFT_MSG_DELSET && attrs[NFTA_SET_NAME].bytes) {
		set = set_of(touched, family, &attrs[NFTA_SET_NAME]);
		if (set)
			elements_forget(set);
	}
}
