/* See others.h. */
#include "daemon/others.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/utf8.h"
#include "daemon/gate.h"
#include "rule/bypass.h"
#include "rule/print.h"

enum { OTHERS_TOLD = 200 };

struct others {
	json_t *list;
	struct buf worst;
};

struct others *others_new(void)
{
	struct others *others = calloc(1, sizeof(*others));

	if (!others)
		abort();
	others->list = json_array();
	return others;
}

void others_free(struct others *others)
{
	if (!others)
		return;
	json_decref(others->list);
	buf_done(&others->worst);
	free(others);
}

/* The rule as nft would show it, where it can be said. */
static void rule_text(struct buf *text, const struct bypass *bypass)
{
	const char *why;
	size_t before = text->count;

	if (!bypass->rule)
		return;
	buf_add_char(text, ' ');
	if (rule_print_nft(bypass->table, bypass->rule, text, &why))
		return;
	text->count = before;
	text->text[before] = '\0';
}

static void offload_note(json_t *json, const struct bypass *bypass,
			 const struct offloads *offloads)
{
	for (size_t i = 0; i < offloads->list.count; i++)
		if (offload_has(&offloads->list.items[i], bypass->table, bypass->chain,
				bypass->rule, bypass->what))
			json_object_set_new(json, "offload", json_integer((json_int_t)i));
}

static json_t *bypass_json(const struct bypass *bypass, const struct offloads *offloads)
{
	struct buf place = { 0 }, what = { 0 };
	json_t *json;

	bypass_place_print(&place, bypass);
	buf_printf(&what, "%s", bypass_meaning(bypass->kind));
	rule_text(&place, bypass);
	utf8_hide_faults(place.text, place.count); /* names of others are any bytes */
	json = json_pack("{s:s,s:s,s:b,s:s}", "place", buf_text(&place), "kind",
			 bypass_word(bypass->kind), "critical", (int)bypass->critical, "what",
			 buf_text(&what));
	offload_note(json, bypass, offloads);
	buf_done(&place);
	buf_done(&what);
	return json;
}

static bool is_known(const json_t *list, const json_t *one)
{
	size_t at;
	json_t *known;

	json_array_foreach ((json_t *)list, at, known)
		if (json_equal(known, one))
			return true;
	return false;
}

static const char *text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "?";
}

static void new_tell(const json_t *one, others_on_new *on_new, void *context)
{
	struct buf what = { 0 }, object = { 0 };
	const char *place = text_of(one, "place"), *end = strstr(place, ": ");

	buf_add(&object, place, end ? (size_t)(end - place) : strlen(place));
	buf_printf(&what, "+ %s\n  %s\n", place, text_of(one, "what"));
	on_new(context, text_of(one, "kind"), buf_text(&object), buf_text(&what));
	buf_done(&what);
	buf_done(&object);
}

static void worst_note(struct others *others)
{
	size_t at;
	json_t *one;

	buf_clear(&others->worst);
	json_array_foreach (others->list, at, one)
		if (json_is_true(json_object_get(one, "critical"))) {
			buf_printf(&others->worst, _("a table of somebody else: %s: %s"),
				   text_of(one, "place"), text_of(one, "what"));
			return;
		}
}

static void list_add(json_t *list, const struct bypasses *bypasses, bool critical,
		     const struct offloads *offloads)
{
	vec_each(bypass, &bypasses->list) {
		if (json_array_size(list) == OTHERS_TOLD)
			return;
		/* our own closing table is no finding */
		if (bypass->critical == critical && strcmp(bypass->table->name, CLOSED_TABLE) != 0)
			json_array_append_new(list, bypass_json(bypass, offloads));
	}
}

/* The critical ones first: a heap of harmless rules must not push them out. */
static json_t *list_make(const struct bypasses *bypasses, const struct offloads *offloads)
{
	json_t *list = json_array();

	list_add(list, bypasses, true, offloads);
	list_add(list, bypasses, false, offloads);
	return list;
}

void others_tell(const struct ruleset *others, offload_guards *guards, const void *context,
		 struct others_found *ret_found)
{
	struct bypasses bypasses;
	struct offloads offloads;
	json_t *list;
	char *text;

	bypass_find(others, &bypasses);
	offloads_find(others, guards, context, &offloads);
	list = list_make(&bypasses, &offloads);
	text = json_dumps(list, JSON_COMPACT);
	buf_add_text(&ret_found->json, text);
	offloads_pack(&offloads, &ret_found->offloads);
	free(text);
	json_decref(list);
	offloads_done(&offloads);
	bypasses_done(&bypasses);
}

/* What is gone is found no longer; for the rest it no longer matters. */
static void gone_drop(json_t *list, uint64_t gone)
{
	for (size_t at = json_array_size(list); at-- > 0;) {
		json_t *one = json_array_get(list, at), *number = json_object_get(one, "offload");
		json_int_t offload = json_is_integer(number) ? json_integer_value(number) : -1;

		if (offload >= 0 && offload < OTHERS_GONE_MOST && gone >> offload & 1)
			json_array_remove(list, at);
		else
			json_object_del(one, "offload");
	}
}

bool others_note(struct others *others, const char *json, size_t count, uint64_t gone,
		 others_on_new *on_new, void *context)
{
	json_t *before = others->list, *list = json_loadb(json, count, 0, NULL);

	if (!json_is_array(list)) {
		json_decref(list);
		return false;
	}
	gone_drop(list, gone);
	others->list = list;
	for (size_t at = 0; at < json_array_size(list); at++)
		if (!is_known(before, json_array_get(list, at)))
			new_tell(json_array_get(list, at), on_new, context);
	json_decref(before);
	worst_note(others);
	return true;
}

const char *others_worst(const struct others *others)
{
	return others->worst.count ? buf_text(&others->worst) : NULL;
}

const json_t *others_json(const struct others *others)
{
	return others->list;
}
