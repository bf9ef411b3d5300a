/* See compare.h. Values are compared as the canonical form prints them, so that nothing the
 * language can say is forgotten here. */
#include "conf/compare.h"

#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/print.h"
#include "conf/schema.h"

struct member {
	const struct node *node;
};

struct comparing {
	struct changes *changes;
	struct arena *scratch;
	const char *section;
	const struct schema *schema;
};

static const char *value_text(struct comparing *it, const struct key *key, const struct node *node)
{
	struct buf buf = { 0 };
	const char *text;

	if (!node_has(node, key->field))
		return NULL;
	conf_print_value(&buf, key, node);
	text = arena_strdup(it->changes->arena, buf_text(&buf));
	buf_done(&buf);
	return text;
}

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static struct change *change_add(struct comparing *it, enum change_kind kind,
				 const struct node *before, const struct node *after)
{
	struct change *change = vec_add(it->changes->arena, &it->changes->list);

	change->kind = kind;
	change->section = it->section;
	change->id = arena_strdup(it->changes->arena, before ? before->id : after->id);
	change->at_before = before ? before->at : (struct src){ 0 };
	change->at_after = after ? after->at : (struct src){ 0 };
	return change;
}

static void nodes_compare(struct comparing *it, const struct node *before,
			  const struct node *after)
{
	for (size_t i = 0; i < it->schema->count; i++) {
		const struct key *key = &it->schema->keys[i];
		const char *old = value_text(it, key, before), *new = value_text(it, key, after);
		struct change *change;

		if (text_equal(old, new))
			continue;
		change = change_add(it, CHANGE_CHANGED, before, after);
		change->key = key->name;
		change->before = old;
		change->after = new;
		change->at_before = node_at(before, key->field);
		change->at_after = node_at(after, key->field);
	}
}

static int member_compare(const void *a_ptr, const void *b_ptr)
{
	const struct member *a = a_ptr, *b = b_ptr;

	return strcmp(a->node->id, b->node->id);
}

/* Both sides sorted by id, walked side by side. */
static void members_compare(struct comparing *it, struct member *before, size_t before_count,
			    struct member *after, size_t after_count)
{
	size_t b = 0, a = 0;

	qsort(before, before_count, sizeof(*before), member_compare);
	qsort(after, after_count, sizeof(*after), member_compare);
	while (b < before_count || a < after_count) {
		int order = b == before_count ? 1
			    : a == after_count ? -1
					       : member_compare(&before[b], &after[a]);

		if (order < 0)
			change_add(it, CHANGE_REMOVED, before[b++].node, NULL);
		else if (order > 0)
			change_add(it, CHANGE_ADDED, NULL, after[a++].node);
		else
			nodes_compare(it, before[b++].node, after[a++].node);
	}
}

#define MEMBERS(title, collection, its_schema)                                                     \
	do {                                                                                       \
		struct member *b = arena_make_many(it.scratch, struct member,                      \
						   before->collection.count + 1);                  \
		struct member *a =                                                                 \
			arena_make_many(it.scratch, struct member, after->collection.count + 1);   \
		size_t bn = 0, an = 0;                                                             \
		vec_each(object, &before->collection)                                              \
			b[bn++].node = &object->node;                                              \
		vec_each(object, &after->collection)                                               \
			a[an++].node = &object->node;                                              \
		it.section = title;                                                                \
		it.schema = &its_schema;                                                           \
		members_compare(&it, b, bn, a, an);                                                \
	} while (0)

static void section_compare(struct comparing *it, const char *section, const struct schema *schema,
			    const struct node *before, const struct node *after)
{
	it->section = section;
	it->schema = schema;
	if (before->field_lines && after->field_lines)
		nodes_compare(it, before, after);
	else if (before->field_lines)
		change_add(it, CHANGE_REMOVED, before, NULL);
	else if (after->field_lines)
		change_add(it, CHANGE_ADDED, NULL, after);
}

/* Routes have no names: what they say is their name. */
static void routes_compare(struct comparing *it, const struct policy *before,
			   const struct policy *after)
{
	const struct policy *sides[2] = { before, after };

	it->section = "routes";
	for (int side = 0; side < 2; side++)
		vec_each(route, &sides[side]->routes) {
			struct change *change;
			bool found = false;

			vec_each(other, &sides[!side]->routes)
				found |= memcmp(&route->to, &other->to, sizeof(route->to)) == 0 &&
					 strcmp(route->via_name, other->via_name) == 0;
			if (found)
				continue;
			change = change_add(it, side ? CHANGE_ADDED : CHANGE_REMOVED,
					    side ? NULL : &route->node, side ? &route->node : NULL);
			char text[PREFIX_TEXT_BYTES];

			change->id = arena_printf(it->changes->arena, "%s via %s",
						  prefix_text(&route->to, text), route->via_name);
		}
}

void changes_init(struct changes *changes, const struct policy *before,
		  const struct policy *after)
{
	_cleanup_(arena_freep) struct arena *scratch = arena_new();
	struct comparing it = { .changes = changes, .scratch = scratch };

	*changes = (struct changes){ .arena = arena_new() };
	section_compare(&it, "policy", &schema_policy, &before->head.node, &after->head.node);
	MEMBERS("zones", zones, schema_zone);
	MEMBERS("hosts", hosts, schema_host);
	MEMBERS("endpoints", endpoints, schema_endpoint);
	MEMBERS("flows", flows, schema_flow);
	MEMBERS("approvals", approvals, schema_approval);
	MEMBERS("exceptions", exceptions, schema_exception);
	routes_compare(&it, before, after);
	section_compare(&it, "management", &schema_management, &before->management.node,
			&after->management.node);
	section_compare(&it, "resolver", &schema_resolver, &before->resolver.node,
			&after->resolver.node);
	section_compare(&it, "logging", &schema_logging, &before->logging.node,
			&after->logging.node);
	section_compare(&it, "enforce", &schema_enforce, &before->enforce.node,
			&after->enforce.node);
}

void changes_done(struct changes *changes)
{
	arena_free(changes->arena);
	*changes = (struct changes){ 0 };
}
