/* See proof_json.h. */
#include "ctl/proof_json.h"

#include "rule/field.h"

static const char *const dim_keys[DIMS] = {
	[DIM_IIF] = "iif",
	[DIM_OIF] = "oif",
	[DIM_IIFTYPE] = "iif_type",
	[DIM_OIFTYPE] = "oif_type",
	[DIM_ETHERTYPE] = "ethertype",
	[DIM_SMAC] = "ether_from",
	[DIM_DMAC] = "ether_to",
	[DIM_NEXT_MAC] = "ether_next",
	[DIM_SRC] = "from",
	[DIM_DST] = "to",
	[DIM_PROTO] = "proto",
	[DIM_FRAG] = "fragment",
	[DIM_DEPTH] = "has_transport",
	[DIM_T0] = "transport_0",
	[DIM_T2] = "transport_2",
	[DIM_STATE] = "state",
	[DIM_DIRECTION] = "direction",
	[DIM_CT_MARK] = "ct_mark",
	[DIM_MARK] = "mark",
};

static bool dim_is_word(enum dim dim)
{
	return dim == DIM_IIF || dim == DIM_OIF || dim == DIM_ETHERTYPE || dim == DIM_SMAC ||
	       dim == DIM_DMAC || dim == DIM_NEXT_MAC || dim == DIM_SRC || dim == DIM_DST ||
	       dim == DIM_PROTO || dim == DIM_STATE;
}

static json_t *buf_json(struct buf *buf)
{
	json_t *json = json_told(buf_text(buf));

	buf_done(buf);
	return json;
}

static json_t *dim_json(const struct packet *packet, enum dim dim)
{
	struct buf text = { 0 };

	if (dim == DIM_DEPTH)
		return json_boolean(packet->at[dim]);
	if (!dim_is_word(dim))
		return json_integer((json_int_t)packet->at[dim]);
	if (packet->at[dim] || (dim != DIM_IIF && dim != DIM_OIF))
		dim_print(&text, dim, packet->at[dim], packet->at[DIM_ETHERTYPE]);
	return buf_json(&text);
}

json_t *packet_json(const struct packet *packet)
{
	json_t *json = json_object();

	for (unsigned dim = 0; dim < DIMS; dim++)
		json_object_set_new(json, dim_keys[dim], dim_json(packet, (enum dim)dim));
	return json;
}

void place_json(json_t *json, const struct place *place)
{
	const struct rule *rule = place->rule;
	struct src src = rule		? rule->src
			 : place->chain ? place->chain->src
					: (struct src){ 0 };
	struct buf table = { 0 };

	if (place->table)
		buf_printf(&table, "%s %s", family_words[place->table->family],
			   place->table->name);
	json_object_set_new(json, "table", buf_json(&table));
	json_object_set_new(json, "chain", json_told(place->chain ? place->chain->name : NULL));
	json_object_set_new(json, "handle",
			    rule && rule->handle ? json_integer((json_int_t)rule->handle)
						 : json_null());
	json_object_set_new(json, "file", json_told(src.file));
	json_object_set_new(json, "line", src.line ? json_integer(src.line) : json_null());
}

json_t *element_json(const struct set *set, const struct element *element)
{
	struct buf text = { 0 };

	if (!set || !element)
		return json_null();
	element_print(&text, set, element);
	return buf_json(&text);
}

static const char *path_word(enum path path)
{
	switch (path) {
	case PATH_FORWARD:
		return "forward";
	case PATH_INPUT:
		return "input";
	case PATH_OUTPUT:
		return "output";
	case PATHS:
		break;
	}
	return NULL;
}

static json_t *doubt_json(const struct place *doubt)
{
	json_t *json;

	if (!doubt->table)
		return json_null();
	json = json_object();
	place_json(json, doubt);
	return json;
}

static json_t *finding_json(const struct proof_finding *finding)
{
	json_t *json = json_object();
	struct buf text = { 0 };

	proof_finding_print(&text, finding);
	json_object_set_new(json, "kind", json_string(proof_kind_word(finding->kind)));
	json_object_set_new(json, "path", json_told(path_word(finding->path)));
	json_object_set_new(json, "packet",
			    finding->has_packet ? packet_json(&finding->packet) : json_null());
	place_json(json, &finding->by);
	json_object_set_new(json, "set", json_told(finding->set ? finding->set->name : NULL));
	json_object_set_new(json, "element", element_json(finding->set, finding->element));
	json_object_set_new(json, "flow", json_told(finding->flow));
	json_object_set_new(json, "what", json_told(finding->what));
	json_object_set_new(json, "doubt", doubt_json(&finding->doubt));
	json_object_set_new(json, "text", buf_json(&text));
	return json;
}

json_t *proof_json(const struct proof *proof)
{
	json_t *json = json_object(), *findings = json_array(), *counts = json_object();

	vec_each(finding, &proof->findings)
		json_array_append_new(findings, finding_json(finding));
	json_object_set_new(counts, "ways", json_integer((json_int_t)proof->leaves));
	json_object_set_new(counts, "permissions", json_integer((json_int_t)proof->claims));
	json_object_set_new(counts, "pieces", json_integer((json_int_t)proof->pieces));
	json_object_set_new(counts, "findings_not_shown",
			    json_integer((json_int_t)proof->findings_more));
	json_object_set_new(json, "result", json_string(proof_result_word(proof->result)));
	json_object_set_new(json, "findings", findings);
	json_object_set_new(json, "counts", counts);
	return json;
}
