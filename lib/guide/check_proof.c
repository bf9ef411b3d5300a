/* W-PROOF · G6.1-consist (必須): that the kernel admits exactly what is written is proved anew at
 * every change, in five seconds at most (lib/proof). What is exact costs next to nothing, 100,000
 * machines by the port; boxes with ranges between the same two interfaces are each held against
 * the others. Measured with sekishoctl prove (release, 2026-11): 4,096 of them 0.8 s, 6,144 1.8 s,
 * 8,192 3.6 s, so 5 s at about 9,600; 8,192 in four pairs of interfaces 1.2 s. What costs as much as
 * half of 9,600 is told, before it is too late. */
#include <string.h>

#include "base/lang.h"
#include "guide/checks.h"

enum { RANGES_MOST = 5000, MEASURED = 8192, MEASURED_MSEC = 3600 };

struct pair_key {
	const struct zone *from, *to; /* at whose interfaces */
};

struct pair {
	struct pair_key key;
	size_t ranges;
	const struct flow *widest, *second; /* that make most of them */
	size_t widest_ranges, second_ranges;
};

struct pairs {
	struct map by_key;
	vec_of(struct pair *) list;
};

static struct pair *pair_get(struct judge *judge, struct pairs *pairs, const struct permit *box)
{
	struct pair_key key = { zone_port(box->from), zone_port(box->to) };
	struct pair *pair = map_find(&pairs->by_key, &key, sizeof(key));

	if (pair)
		return pair;
	pair = arena_make(judge->arena, struct pair);
	pair->key = key;
	map_add(judge->arena, &pairs->by_key, &pair->key, sizeof(pair->key), pair);
	*vec_add(judge->arena, &pairs->list) = pair;
	return pair;
}

/* A flow's ranges in one pair; a flow of many zones may stand in several. */
static void flow_note(struct pair *pair, const struct flow *flow, size_t ranges)
{
	if (ranges > pair->widest_ranges) {
		if (pair->widest != flow) {
			pair->second = pair->widest;
			pair->second_ranges = pair->widest_ranges;
		}
		pair->widest = flow;
		pair->widest_ranges = ranges;
	} else if (flow != pair->widest && ranges > pair->second_ranges) {
		pair->second = flow;
		pair->second_ranges = ranges;
	}
}

static void flow_count(struct judge *judge, struct pairs *pairs, const struct flow *flow)
{
	struct permit_span boxes = judge_boxes(judge, flow);
	struct pair *pair = NULL;
	size_t ranges = 0;

	for (size_t i = 0; i < boxes.count; i++) {
		struct pair *at;

		if (permit_is_exact(&boxes.items[i]))
			continue;
		at = pair_get(judge, pairs, &boxes.items[i]);
		ranges = at == pair ? ranges + 1 : 1;
		pair = at;
		pair->ranges++;
		flow_note(pair, flow, ranges);
	}
}

static double seconds(size_t ranges)
{
	double share = (double)ranges / MEASURED;

	return share * share * MEASURED_MSEC / 1000; /* with the square */
}

static void pair_tell(struct judge *judge, const struct pair *pair, double in_all_sec)
{
	struct err *err = judge_flow(judge, "W-PROOF", "G6.1-consist", pair->widest, FLOW_F_PORTS);

	judge_warn(judge, err);
	if (pair->second)
		err->also = pair->second->node.at;
	err_say(judge->errs, err,
		_("%1$zu boxes with ranges from \"%2$s\" to \"%3$s\", %4$zu of them by flow %5$s: proving takes about %6$.1f s in all, and is broken off after 5 s"),
		pair->ranges, pair->key.from->interface, pair->key.to->interface,
		pair->widest_ranges, pair->widest->node.id, in_all_sec);
	err_hint(judge->errs, err,
		 _("each network × peer network × range of ports is a box: name fewer and larger networks, or single machines and ports; up to %d are no burden"),
		 RANGES_MOST);
}

void check_proof(struct judge *judge)
{
	const struct pair *most = NULL;
	struct pairs pairs = { 0 };
	double in_all_sec = 0;

	vec_each(flow, &judge->policy->flows)
		flow_count(judge, &pairs, flow);
	vec_each(pair, &pairs.list) {
		in_all_sec += seconds((*pair)->ranges);
		if ((*pair)->key.from && (*pair)->key.to &&
		    (!most || (*pair)->ranges > most->ranges))
			most = *pair;
	}
	if (most && in_all_sec > seconds(RANGES_MOST))
		pair_tell(judge, most, in_all_sec);
}
