/* See offload.h. */
#include "rule/offload.h"

#include <stdlib.h>
#include <string.h>

#include "rule/field.h"

static bool is_guarded(struct arena *arena, const struct object *flowtable, offload_guards *guards,
		       const void *context)
{
	char *at = arena_strdup(arena, flowtable->comment ? flowtable->comment : ""), *name;

	while ((name = strsep(&at, ",")))
		if (*name && guards(context, name))
			return true;
	return false;
}

static bool rule_names(const struct rule *rule, const char *flowtable)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->exprs[i].kind == EXPR_OBJREF &&
		    rule->exprs[i].objref.type == OBJECT_FLOWTABLE &&
		    strcmp(rule->exprs[i].objref.name, flowtable) == 0)
			return true;
	return false;
}

static struct offload *offload_add(struct offloads *offloads, enum table_family family,
				   const char *table, const char *flowtable, const char *devices)
{
	struct offload *offload = vec_add(offloads->arena, &offloads->list);

	*offload = (struct offload){ .family = family,
				     .table = arena_strdup(offloads->arena, table),
				     .flowtable = arena_strdup(offloads->arena, flowtable),
				     .devices = arena_strdup(offloads->arena, devices) };
	return offload;
}

static void rule_add(struct offloads *offloads, struct offload *offload, const char *chain,
		     uint64_t handle)
{
	*vec_add(offloads->arena, &offload->rules) =
		(struct offload_rule){ arena_strdup(offloads->arena, chain), handle };
}

static void flowtable_take(struct offloads *offloads, const struct table *table,
			   const struct object *flowtable)
{
	struct offload *offload = offload_add(offloads, table->family, table->name,
					      flowtable->name, flowtable->comment);

	vec_each(chain, &table->chains)
		vec_each(rule, &(*chain)->rules)
			if (rule_names(rule, flowtable->name))
				rule_add(offloads, offload, (*chain)->name, rule->handle);
}

void offloads_find(const struct ruleset *others, offload_guards *guards, const void *context,
		   struct offloads *ret_offloads)
{
	*ret_offloads = (struct offloads){ .arena = arena_new() };
	vec_each(table, &others->tables)
		vec_each(object, &(*table)->objects)
			if ((*object)->type == OBJECT_FLOWTABLE &&
			    is_guarded(ret_offloads->arena, *object, guards, context))
				flowtable_take(ret_offloads, *table, *object);
}

void offloads_done(struct offloads *offloads)
{
	arena_free(offloads->arena);
	*offloads = (struct offloads){ 0 };
}

bool offload_has(const struct offload *offload, const struct table *table,
		 const struct chain *chain, const struct rule *rule, const char *name)
{
	if (table->family != offload->family || strcmp(table->name, offload->table) != 0)
		return false;
	if (!rule)
		return !chain && strcmp(name, offload->flowtable) == 0;
	vec_each(each, &offload->rules)
		if (each->handle == rule->handle && strcmp(each->chain, chain->name) == 0)
			return true;
	return false;
}

/* ---- as bytes: texts, each with its NUL, which no name in the kernel holds ---- */

static void text_pack(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text) + 1);
}

static void number_pack(struct buf *buf, uint64_t number)
{
	buf_add_unsigned(buf, number);
	buf_add_char(buf, '\0');
}

void offloads_pack(const struct offloads *offloads, struct buf *buf)
{
	vec_each(offload, &offloads->list) {
		number_pack(buf, offload->family);
		text_pack(buf, offload->table);
		text_pack(buf, offload->flowtable);
		text_pack(buf, offload->devices);
		number_pack(buf, offload->rules.count);
		vec_each(rule, &offload->rules) {
			text_pack(buf, rule->chain);
			number_pack(buf, rule->handle);
		}
	}
}

struct unpacking {
	const char *at, *end;
	bool good;
};

static const char *text_unpack(struct unpacking *from)
{
	const char *text = from->at;
	const char *nul = from->at < from->end ? memchr(text, '\0', (size_t)(from->end - text)) : NULL;

	if (!nul) {
		from->good = false;
		return "";
	}
	from->at = nul + 1;
	return text;
}

static uint64_t number_unpack(struct unpacking *from, uint64_t most)
{
	const char *text = text_unpack(from);
	char *end = NULL;
	uint64_t number = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || number > most)
		from->good = false;
	return from->good ? number : 0;
}

static void offload_unpack(struct unpacking *from, struct offloads *offloads)
{
	enum table_family family = (enum table_family)number_unpack(from, TABLE_BRIDGE);
	const char *table = text_unpack(from), *flowtable = text_unpack(from);
	const char *devices = text_unpack(from);
	uint64_t rules = number_unpack(from, UINT64_MAX);
	struct offload *offload = offload_add(offloads, family, table, flowtable, devices);

	for (uint64_t i = 0; from->good && i < rules; i++) {
		const char *chain = text_unpack(from);
		uint64_t handle = number_unpack(from, UINT64_MAX);

		/* 0 would be all rules of the chain */
		from->good &= handle != 0;
		rule_add(offloads, offload, chain, handle);
	}
}

bool offloads_unpack(const char *bytes, size_t count, struct offloads *ret_offloads)
{
	struct unpacking from = { bytes, bytes + count, true };
	struct offloads offloads = { .arena = arena_new() };

	while (from.good && from.at < from.end)
		offload_unpack(&from, &offloads);
	if (!from.good) {
		arena_free(offloads.arena);
		return false;
	}
	*ret_offloads = offloads;
	return true;
}

void offload_print(struct buf *buf, const struct offload *offload)
{
	buf_printf(buf, "%s %s flowtable %s", family_words[offload->family], offload->table,
		   offload->flowtable);
}

void offload_rule_print(struct buf *buf, const struct offload *offload,
			const struct offload_rule *rule)
{
	buf_printf(buf, "%s %s chain %s handle %llu: flow add @%s", family_words[offload->family],
		   offload->table, rule->chain, (unsigned long long)rule->handle,
		   offload->flowtable);
}
