/* See ruleset.h. */
#include "rule/ruleset.h"

#include <string.h>

unsigned datum_bytes(enum datum datum)
{
	switch (datum) {
	case DATUM_INTEGER:
		return 0;
	case DATUM_VERDICT:
	case DATUM_OBJECT:
		return 16;
	case DATUM_MARK:
	case DATUM_IPV4:
	case DATUM_CT_STATE:
	case DATUM_IFINDEX:
		return 4;
	case DATUM_IFNAME:
	case DATUM_IPV6:
		return 16;
	case DATUM_ETHER:
		return 6;
	case DATUM_PROTO:
	case DATUM_ICMP_TYPE:
	case DATUM_ICMPV6_TYPE:
	case DATUM_CT_DIRECTION:
	case DATUM_NFPROTO:
		return 1;
	case DATUM_PORT:
	case DATUM_ETHERTYPE:
	case DATUM_IFTYPE:
		return 2;
	case DATUMS:
		break;
	}
	return 0;
}

unsigned slots_of_bytes(unsigned bytes)
{
	return (bytes + SLOT_BYTES - 1) / SLOT_BYTES;
}

static unsigned ct_load_bytes(enum ct_key key)
{
	switch (key) {
	case CT_DIRECTION:
	case CT_L3PROTO:
	case CT_PROTO:
		return 1;
	case CT_SRC_PORT:
	case CT_DST_PORT:
	case CT_ZONE:
		return 2;
	case CT_HELPER:
	case CT_SRC: /* as long as its family's; the longest */
	case CT_DST:
	case CT_SRC_IP6:
	case CT_DST_IP6:
	case CT_LABELS:
		return 16;
	case CT_PACKETS:
	case CT_BYTES:
	case CT_AVERAGE:
		return 8;
	case CT_STATE:
	case CT_STATUS:
	case CT_MARK:
	case CT_EXPIRATION:
	case CT_SRC_IP4:
	case CT_DST_IP4:
	case CT_SECMARK:
	case CT_EVENTS:
	case CT_ID:
	case CT_KEYS:
		break;
	}
	return 4;
}

static unsigned meta_load_bytes(enum meta_key key)
{
	switch (key) {
	case META_IIFNAME:
	case META_OIFNAME:
	case META_BRIDGE_IIFNAME:
	case META_BRIDGE_OIFNAME:
	case META_IIFKIND:
	case META_OIFKIND:
	case META_SDIFNAME:
		return 16;
	case META_TIME:
		return 8;
	case META_BRIDGE_HWADDR:
		return 6;
	case META_NFPROTO:
	case META_L4PROTO:
	case META_PKTTYPE:
	case META_TRACE:
	case META_SECPATH:
	case META_DAY:
	case META_BROUTE:
		return 1;
	case META_PROTOCOL:
	case META_IIFTYPE:
	case META_OIFTYPE:
	case META_BRIDGE_PVID:
	case META_BRIDGE_VPROTO:
		return 2;
	case META_IIF:
	case META_OIF:
	case META_MARK:
	case META_LEN:
	case META_SKUID:
	case META_SKGID:
	case META_CPU:
	case META_PRIORITY:
	case META_REALM:
	case META_SECMARK:
	case META_IIFGROUP:
	case META_OIFGROUP:
	case META_CGROUP:
	case META_RANDOM:
	case META_HOUR:
	case META_SDIF:
	case META_KEYS:
		break;
	}
	return 4;
}

unsigned expr_load_bytes(const struct expr *expr)
{
	if (expr->kind == EXPR_META)
		return meta_load_bytes(expr->meta.key);
	if (expr->kind == EXPR_CT)
		return ct_load_bytes(expr->ct.key);
	if (expr->kind == EXPR_PAYLOAD)
		return expr->payload.bytes;
	return 0;
}

struct ruleset *ruleset_new(void)
{
	struct arena *arena = arena_new();
	struct ruleset *ruleset = arena_make(arena, struct ruleset);

	ruleset->arena = arena;
	return ruleset;
}

void ruleset_free(struct ruleset *ruleset)
{
	if (ruleset)
		arena_free(ruleset->arena);
}

struct table *ruleset_add_table(struct ruleset *ruleset, enum table_family family,
				const char *name, struct src src)
{
	struct table *table = arena_make(ruleset->arena, struct table);

	table->family = (uint8_t)family;
	table->name = arena_strdup(ruleset->arena, name);
	table->src = src;
	*vec_add(ruleset->arena, &ruleset->tables) = table;
	return table;
}

void ruleset_add_note(struct ruleset *ruleset, struct src src, const char *fmt, ...)
{
	struct note *note = vec_add(ruleset->arena, &ruleset->notes);
	va_list args;

	va_start(args, fmt);
	note->text = arena_vprintf(ruleset->arena, fmt, args);
	va_end(args);
	note->src = src;
}

struct chain *table_add_chain(struct ruleset *ruleset, struct table *table, const char *name,
			      struct src src)
{
	struct chain *chain = arena_make(ruleset->arena, struct chain);

	chain->name = arena_strdup(ruleset->arena, name);
	chain->policy = VERDICT_ACCEPT;
	chain->src = src;
	*vec_add(ruleset->arena, &table->chains) = chain;
	return chain;
}

struct set *table_add_set(struct ruleset *ruleset, struct table *table, const char *name,
			  struct src src)
{
	struct set *set = arena_make(ruleset->arena, struct set);

	set->name = arena_strdup(ruleset->arena, name);
	set->src = src;
	*vec_add(ruleset->arena, &table->sets) = set;
	return set;
}

struct set *table_add_set_like(struct ruleset *ruleset, struct table *table, const struct set *like)
{
	struct set *set = table_add_set(ruleset, table, like->name, like->src);

	*set = *like;
	set->elements.items = NULL;
	set->elements.count = set->elements.room = 0;
	set->key_room = NULL;
	set->key_room_bytes = 0;
	return set;
}

struct object *table_add_object(struct ruleset *ruleset, struct table *table,
				enum object_type type, const char *name, struct src src)
{
	struct object *object = arena_make(ruleset->arena, struct object);

	object->name = arena_strdup(ruleset->arena, name);
	object->type = (uint8_t)type;
	object->src = src;
	*vec_add(ruleset->arena, &table->objects) = object;
	return object;
}

void set_add_key(struct set *set, enum datum datum, unsigned bytes)
{
	if (!bytes)
		bytes = datum_bytes(datum);
	set->key.datums[set->key.count] = (uint8_t)datum;
	set->key.bytes[set->key.count++] = (uint8_t)bytes;
	set->key_bytes += slots_of_bytes(bytes) * SLOT_BYTES;
}

void set_reserve(struct ruleset *ruleset, struct set *set, size_t count)
{
	size_t keys = count * set->key_bytes * (set->flags & SET_INTERVAL ? 2 : 1);
	struct element *items;

	if (set->elements.room - set->elements.count < count) {
		items = arena_make_many(ruleset->arena, struct element,
					set->elements.count + count);
		if (set->elements.count)
			memcpy(items, set->elements.items, set->elements.count * sizeof(*items));
		set->elements.items = items;
		set->elements.room = set->elements.count + count;
	}
	if (set->key_room_bytes < keys) {
		set->key_room = arena_alloc(ruleset->arena, keys);
		set->key_room_bytes = keys;
	}
}

struct element *set_add_element(struct ruleset *ruleset, struct set *set, bool has_end)
{
	size_t need = set->key_bytes * (has_end ? 2u : 1u);
	struct element *element;

	if (set->key_room_bytes < need) {
		set->key_room_bytes = size_max(need * 4, size_min(need * set->elements.count,
								  1 << 16));
		set->key_room = arena_alloc(ruleset->arena, set->key_room_bytes);
	}
	element = vec_add(ruleset->arena, &set->elements);
	element->key = set->key_room;
	if (has_end)
		element->key_end = set->key_room + set->key_bytes;
	set->key_room += need;
	set->key_room_bytes -= need;
	return element;
}

uint8_t *element_key(const struct element *element)
{
	return (uint8_t *)(uintptr_t)element->key;
}

const struct table *ruleset_find_table(const struct ruleset *ruleset, enum table_family family,
				       const char *name)
{
	vec_each(table, &ruleset->tables)
		if ((*table)->family == family && strcmp((*table)->name, name) == 0)
			return *table;
	return NULL;
}

const struct chain *table_find_chain(const struct table *table, const char *name)
{
	vec_each(chain, &table->chains)
		if (strcmp((*chain)->name, name) == 0)
			return *chain;
	return NULL;
}

const struct set *table_find_set(const struct table *table, const char *name)
{
	vec_each(set, &table->sets)
		if (strcmp((*set)->name, name) == 0)
			return *set;
	return NULL;
}

const struct object *table_find_object(const struct table *table, enum object_type type,
				       const char *name)
{
	vec_each(object, &table->objects)
		if ((*object)->type == type && strcmp((*object)->name, name) == 0)
			return *object;
	return NULL;
}

const struct element *set_find_element(const struct set *set, const void *key, const void *key_end)
{
	vec_each(element, &set->elements) {
		if (!element->key || memcmp(element->key, key, set->key_bytes) != 0)
			continue;
		if (!key_end != !element->key_end)
			continue;
		if (!key_end || memcmp(element->key_end, key_end, set->key_bytes) == 0)
			return element;
	}
	return NULL;
}

int64_t element_ends_ms(const struct element *element, int64_t at_ms)
{
	return at_ms + (int64_t)(element->expires_ms ? element->expires_ms : element->timeout_ms);
}

bool element_age(struct element *element, int64_t at_ms, int64_t now_ms)
{
	int64_t left_ms = element_ends_ms(element, at_ms) - now_ms;

	if (!element->timeout_ms)
		return true;
	if (left_ms <= 0)
		return false;
	element->expires_ms = (uint64_t)left_ms < element->timeout_ms ? (uint64_t)left_ms
								      : element->timeout_ms;
	return true;
}
