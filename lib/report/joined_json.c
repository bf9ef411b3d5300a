/* Joined packets for programs: every end with its range, and who it is. See joined.h. */
#include "report/joined_parts.h"

static json_t *mac_json(struct mac mac)
{
	char text[MAC_TEXT_BYTES];

	return json_string(mac_text(mac, text));
}

static json_t *addr_json(const struct addr *addr)
{
	char text[ADDR_TEXT_BYTES];

	return addr->family == FAMILY_NONE ? json_null() : json_string(addr_text(addr, text));
}

static json_t *text_json(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *end_json(const struct joined_words *words, const struct joined_end *end, bool from)
{
	struct joined_who who = joined_who(words, end, from);
	json_t *json = json_object();

	json_object_set_new(json, "host", text_json(who.host ? who.host->node.id : NULL));
	json_object_set_new(json, "endpoint",
			    text_json(who.endpoint ? who.endpoint->node.id : NULL));
	json_object_set_new(json, "zone", text_json(who.zone ? who.zone->node.id : NULL));
	if (from) {
		json_object_set_new(json, "mac_first", mac_json(end->mac_first));
		json_object_set_new(json, "mac_last", mac_json(end->mac_last));
	}
	json_object_set_new(json, "first", addr_json(&end->first));
	json_object_set_new(json, "last", addr_json(&end->last));
	json_object_set_new(json, "name", text_json(end->by_name ? end->by_name->fqdn : NULL));
	return json;
}

static json_t *side_json(const struct joined_words *words, const struct joined_ends *ends,
			 bool from)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ends->count; i++)
		json_array_append_new(list, end_json(words, &ends->items[i], from));
	return list;
}

static json_t *services_json(const struct joined_services *services)
{
	json_t *list = json_array();

	for (size_t i = 0; i < services->count; i++) {
		const struct joined_service *it = &services->items[i];
		json_t *json = json_object();

		json_object_set_new(json, "proto", text_json(words_word(&words_proto, it->proto)));
		json_object_set_new(json, "port_first", json_integer(it->first));
		json_object_set_new(json, "port_last", json_integer(it->last));
		json_array_append_new(list, json);
	}
	return list;
}

json_t *joined_json(const struct joined_words *words, const struct joined *line)
{
	json_t *json = json_object(), *flows = json_array();
	struct buf text = { 0 };

	joined_print(&text, words, line);
	for (size_t i = 0; i < line->flows.count; i++)
		json_array_append_new(flows, json_string(line->flows.items[i]->node.id));
	json_object_set_new(json, "text", json_string(buf_text(&text)));
	json_object_set_new(json, "flows", flows);
	json_object_set_new(json, "from", side_json(words, &line->from, true));
	json_object_set_new(json, "to", side_json(words, &line->to, false));
	json_object_set_new(json, "services", services_json(&line->services));
	json_object_set_new(json, "not_itself", json_boolean(line->not_itself));
	buf_done(&text);
	return json;
}
