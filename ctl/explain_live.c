/* See explain_live.h. */
#include "ctl/explain_live.h"

#include <string.h>

#include "base/lang.h"
#include "ctl/proof_json.h"

enum { BUDGET = 200000, NUMBER_ICMP = 1, NUMBER_TCP = 6, NUMBER_UDP = 17, NUMBER_ICMP6 = 58 };
enum { ECHO_REQUEST = 8, ECHO_REQUEST6 = 128 };

bool live_open(struct live *live, const struct command *command, enum status *ret_status)
{
	*live = (struct live){ .arena = arena_new() };
	return dump_ask(&live->dump, command, ret_status);
}

void live_close(struct live *live)
{
	dump_close(&live->dump);
	arena_free(live->arena);
}

/* ---- the packets of a question ---- */

static const struct zone *zone_of(const struct policy *policy, const struct addr *addr)
{
	vec_each(host, &policy->hosts)
		if (addr_compare(&host->ip, addr) == 0)
			return host->zone;
	vec_each(endpoint, &policy->endpoints)
		if (endpoint->ip.addr.family != FAMILY_NONE && prefix_has(&endpoint->ip, addr))
			return endpoint->zone;
	vec_each(zone, &policy->zones)
		if (zone_has_addr(zone, addr))
			return zone;
	return NULL;
}

static bool is_on(const struct zone *zone, const char *interface)
{
	return zone && zone_interface(zone) && strcmp(zone_interface(zone), interface) == 0;
}

/* Whose frames carry it on that interface: its own, a next hop's, a router's; zero: nobody says. */
static struct mac neighbour_mac(const struct policy *policy, const struct zone *zone,
				const struct addr *addr)
{
	const char *interface = zone_interface(zone);

	vec_each(host, &policy->hosts)
		if (addr_compare(&host->ip, addr) == 0 && is_on(host->zone, interface))
			return host->mac;
	vec_each(endpoint, &policy->endpoints)
		if (endpoint->zone == zone && endpoint->next_hop &&
		    endpoint->ip.addr.family != FAMILY_NONE && prefix_has(&endpoint->ip, addr))
			return endpoint->next_hop->mac;
	for (size_t i = 0; i < zone->networks.count; i++)
		if (prefix_has(&zone->networks.items[i], addr))
			return zone_router(policy, zone, &zone->networks.items[i]);
	return (struct mac){ 0 };
}

static void mac_fix(struct box *box, enum dim dim, struct mac mac)
{
	if (!mac_is_zero(mac))
		box_fix(box, dim, dim_of_mac(mac));
}

/* What nobody says stays open: then the answer is for all that it could be. */
static void side_fix(const struct policy *policy, const struct addr *addr, enum dim interface,
		     enum dim mac, struct box *box)
{
	const struct zone *zone = zone_of(policy, addr);

	if (!zone || !zone_interface(zone))
		return;
	box_fix(box, interface, dim_of_name(zone_interface(zone)));
	mac_fix(box, mac, neighbour_mac(policy, zone, addr));
}

static void transport_fix(const struct question *question, struct box *box)
{
	bool v6 = question->from.family == FAMILY_V6;

	box_fix(box, DIM_DEPTH, 1);
	if (question->proto == PROTO_ICMP) {
		box_fix(box, DIM_PROTO, v6 ? NUMBER_ICMP6 : NUMBER_ICMP);
		box_fix(box, DIM_T0, (wide)(v6 ? ECHO_REQUEST6 : ECHO_REQUEST) << 8);
		return;
	}
	box_fix(box, DIM_PROTO, question->proto == PROTO_UDP ? NUMBER_UDP : NUMBER_TCP);
	box_fix(box, DIM_T2, question->port);
}

/* As it comes: the first of its connection, unmarked, whole, over Ethernet. */
static void question_box(const struct policy *policy, const struct question *question,
			 const struct answer *answer, struct box *ret_box)
{
	static const enum dim zeros[] = { DIM_FRAG, DIM_DIRECTION, DIM_CT_MARK, DIM_MARK };

	box_all(ret_box);
	for (size_t i = 0; i < array_count(zeros); i++)
		box_fix(ret_box, zeros[i], 0);
	box_fix(ret_box, DIM_STATE, CT_NEW);
	box_fix(ret_box, DIM_IIFTYPE, IFTYPE_ETHER);
	box_fix(ret_box, DIM_OIFTYPE, IFTYPE_ETHER);
	box_fix(ret_box, DIM_ETHERTYPE,
		question->from.family == FAMILY_V6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	box_fix(ret_box, DIM_SRC, dim_of_addr(question->from));
	box_fix(ret_box, DIM_DST, dim_of_addr(question->to));
	side_fix(policy, &question->from, DIM_IIF, DIM_SMAC, ret_box);
	side_fix(policy, &question->to, DIM_OIF, DIM_NEXT_MAC, ret_box);
	mac_fix(ret_box, DIM_SMAC, answer->bound_mac);
	if (question->has_mac)
		box_fix(ret_box, DIM_SMAC, dim_of_mac(question->mac));
	transport_fix(question, ret_box);
}

/* ---- following them ---- */

static bool is_known(const struct live *live, const struct leaf *leaf)
{
	vec_each(way, &live->ways)
		if (way->passes == leaf->passes && way->by.chain == leaf->by.chain &&
		    way->by.rule == leaf->by.rule && way->element == leaf->element &&
		    way->doubt.rule == leaf->doubt.rule)
			return true;
	return false;
}

static bool way_take(void *context, const struct leaf *leaf)
{
	struct live *live = context;
	struct live_way *way;

	if (is_known(live, leaf))
		return true;
	if (live->ways.count == LIVE_WAYS_MOST) {
		live->too_much = true;
		return false;
	}
	way = vec_add(live->arena, &live->ways);
	*way = (struct live_way){ .passes = leaf->passes,
				  .stolen = leaf->stolen,
				  .by = leaf->by,
				  .doubt = leaf->doubt,
				  .set = leaf->set,
				  .element = leaf->element };
	box_first(leaf->box, &way->packet);
	return true;
}

static enum live_verdict verdict_find(const struct live *live)
{
	bool passes = false, drops = false;

	vec_each(way, &live->ways) {
		if (way->doubt.table || way->stolen)
			return LIVE_DEPENDS;
		passes |= way->passes;
		drops |= !way->passes;
	}
	if (live->too_much || passes == drops)
		return LIVE_DEPENDS;
	return passes ? LIVE_PASSES : LIVE_DROPPED;
}

/* Of an address that a name may have, the policy itself does not know. */
static bool agreement(enum live_verdict verdict, const struct answer *answer)
{
	switch (verdict) {
	case LIVE_PASSES:
		return answer->permit || answer->reason == REASON_NAME_UNKNOWN;
	case LIVE_DROPPED:
		return !answer->permit;
	case LIVE_DEPENDS:
		break;
	}
	return false;
}

void live_follow(struct live *live, const struct policy *policy, const struct question *question,
		 const struct answer *answer)
{
	_cleanup_(meaning_freep) struct meaning *meaning =
		meaning_new(live->dump.ruleset, PATH_FORWARD);
	size_t budget = BUDGET;
	struct box box;

	question_box(policy, question, answer, &box);
	live->too_much = meaning_run(meaning, &box,
				     &(struct meaning_run){ .stage = MEANING_ALL,
							    .care = MEANING_EXACT,
							    .budget = &budget,
							    .take = way_take,
							    .context = live }) != MEANING_WHOLE;
	live->verdict = verdict_find(live);
	live->agrees = agreement(live->verdict, answer);
}

/* ---- in words ---- */

static const char *way_label(const struct live_way *way)
{
	if (way->stolen)
		return _("taken elsewhere");
	return way->passes ? _("passes") : _("is dropped");
}

static void way_say(struct buf *buf, const struct live_way *way, bool alone)
{
	buf_printf(buf, "  %s: %s", _("kernel"), way_label(way));
	if (way->by.table) {
		buf_add_text(buf, _("; by "));
		place_print(buf, &way->by);
	}
	element_say(buf, way->set, way->element);
	if (way->doubt.table) {
		buf_add_text(buf, _("; not understood: "));
		place_print(buf, &way->doubt);
	}
	if (!alone) {
		buf_add_text(buf, "; ");
		packet_print(buf, &way->packet);
	}
	buf_add_char(buf, '\n');
}

static const char *conclusion(const struct live *live, bool permit)
{
	if (live->agrees)
		return _("kernel and policy agree");
	switch (live->verdict) {
	case LIVE_PASSES:
		return _("THE KERNEL LETS PASS WHAT THE POLICY REFUSES");
	case LIVE_DROPPED:
		return _("THE KERNEL DROPS WHAT THE POLICY PERMITS");
	case LIVE_DEPENDS:
		break;
	}
	return permit ? _("the kernel does not let all of it pass for certain, and the policy permits it")
		      : _("the kernel does not drop all of it for certain, and the policy refuses it");
}

void live_print(struct buf *buf, const struct live *live, bool permit)
{
	vec_each(way, &live->ways)
		way_say(buf, way, live->ways.count == 1);
	if (live->too_much)
		buf_printf(buf, "  %s: %s\n", _("kernel"),
			   _("too much to be followed to the end: nothing is said of it"));
	buf_printf(buf, "  %s (%s %u)\n", conclusion(live, permit), _("generation"),
		   live->dump.head.generation);
}

/* ---- as JSON ---- */

static const char *verdict_word(enum live_verdict verdict)
{
	switch (verdict) {
	case LIVE_PASSES:
		return "passes";
	case LIVE_DROPPED:
		return "dropped";
	case LIVE_DEPENDS:
		break;
	}
	return "depends";
}

static json_t *way_json(const struct live_way *way)
{
	json_t *json = json_object(), *doubt = json_null();

	if (way->doubt.table)
		place_json(doubt = json_object(), &way->doubt);
	json_object_set_new(json, "verdict", json_string(way->stolen   ? "taken"
							 : way->passes ? "passes"
								       : "dropped"));
	place_json(json, &way->by);
	json_object_set_new(json, "set", json_told(way->set ? way->set->name : NULL));
	json_object_set_new(json, "element", element_json(way->set, way->element));
	json_object_set_new(json, "doubt", doubt);
	json_object_set_new(json, "packet", packet_json(&way->packet));
	return json;
}

json_t *live_json(const struct live *live, int offset_sec)
{
	json_t *json = json_object(), *ways = json_array();

	vec_each(way, &live->ways)
		json_array_append_new(ways, way_json(way));
	json_object_set_new(json, "verdict", json_string(verdict_word(live->verdict)));
	json_object_set_new(json, "agrees", json_boolean(live->agrees));
	json_object_set_new(json, "ways", ways);
	json_object_set_new(json, "generation", json_integer(live->dump.head.generation));
	json_object_set_new(json, "taken_at",
			    json_wall(dump_time(&live->dump, (struct wall){ 0 }), offset_sec));
	return json;
}
