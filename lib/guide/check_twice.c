/* W-TWICE · G6.2-least (必須): what a list says twice permits nothing more, and hides what it
 * permits: who removes the machine from the list believes that it is out, and its zone still
 * holds it. */
#include <string.h>

#include "base/lang.h"
#include "guide/checks.h"

static bool is_wide(const struct party *party)
{
	if (party->kind == PARTY_ENDPOINT)
		return party->endpoint->ip.addr.family == FAMILY_NONE ||
		       !prefix_is_host(&party->endpoint->ip);
	return party->kind == PARTY_ZONE;
}

static bool zone_networks_cover(const struct zone *zone, const struct prefix *inner)
{
	for (size_t i = 0; i < zone->networks.count; i++)
		if (prefix_covers(&zone->networks.items[i], inner))
			return true;
	return false;
}

/* Is all of the inner party within the outer one? */
static bool party_holds(const struct party *outer, const struct party *inner)
{
	struct prefix one;

	if (inner->kind == PARTY_HOST && outer->kind == PARTY_ZONE && !zone_is_open(outer->zone))
		return inner->host->zone == outer->zone;
	if (inner->kind != PARTY_ENDPOINT)
		return false;
	one = inner->endpoint->ip;
	if (one.addr.family == FAMILY_NONE)
		return outer->kind == PARTY_ENDPOINT && outer->endpoint->fqdn &&
		       outer->endpoint->ip.addr.family == FAMILY_NONE &&
		       strcmp(inner->endpoint->fqdn, outer->endpoint->fqdn) == 0;
	if (outer->kind == PARTY_ENDPOINT)
		return prefix_covers(&outer->endpoint->ip, &one);
	return outer->kind == PARTY_ZONE && zone_is_open(outer->zone) &&
	       zone_networks_cover(outer->zone, &one);
}

static void twice_tell(struct judge *judge, const struct flow *flow, enum flow_field field,
		       const struct party *inner, const struct party *outer)
{
	struct err *err = judge_flow(judge, "W-TWICE", "G6.2-least", flow, field);

	judge_warn(judge, err);
	err_say(judge->errs, err, _("flow %1$s says %2$s twice: it is part of %3$s"), flow->node.id,
		party_text(judge, inner), party_text(judge, outer));
	err_hint(judge->errs, err,
		 _("write one of the two: the whole, or the machines and peers that are meant"));
}

static void list_check(struct judge *judge, const struct flow *flow, enum flow_field field,
		       const struct party_list *list)
{
	for (size_t o = 0; o < list->count; o++)
		for (size_t i = 0; is_wide(&list->items[o]) && i < list->count; i++)
			if (i != o && party_holds(&list->items[o], &list->items[i]) &&
			    (i > o || !party_holds(&list->items[i], &list->items[o])))
				twice_tell(judge, flow, field, &list->items[i], &list->items[o]);
}

void check_twice(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows) {
		list_check(judge, flow, FLOW_F_FROM, &flow->from);
		list_check(judge, flow, FLOW_F_TO, &flow->to);
	}
}
