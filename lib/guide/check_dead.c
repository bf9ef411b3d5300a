/* W-DEAD · G6.2-perm-review (必須): a permission that no packet can use is one that nobody looks
 * after. What permits nothing at all is told when flows are expanded (W-EMPTY), what is over by
 * check 12; here is what looks alive: a window without a day, a name that nothing asks for, a party
 * that adds nothing to the others. Machines of one network are none of it: behind isolated ports
 * they meet at the gateway. */
#include "base/lang.h"
#include "guide/checks.h"

/* From the reason that explains least to the one that explains most. */
enum dead { DEAD_NOT, DEAD_ITSELF, DEAD_FAMILY, DEAD_TAKEN, DEAD_NOBODY };

enum { PAIRS_MOST = 4096 }; /* of machines, for two parties: with more, one is alive */

struct dying {
	struct judge *judge;
	const struct host **by_zone; /* hosts of zone i: from start[i] to start[i + 1] */
	size_t *start;
};

static struct err *warn(struct judge *judge, const struct flow *flow, enum flow_field field)
{
	struct err *err = judge_flow(judge, "W-DEAD", "G6.2-perm-review", flow, field);

	judge_warn(judge, err);
	return err;
}

/* ---- 1. the window ---- */

static void window_check(struct judge *judge, const struct flow *flow)
{
	const struct window *window = flow->window;
	int offset_sec = judge->policy->head.offset_sec;
	char day[DATE_TEXT_BYTES];
	struct wall change;
	struct err *err;

	/* one that is over is told by check 12 */
	if (!window || window->kind != WINDOW_RECURRING || !window->until.set ||
	    date_is_before(window->until.date, judge->today) ||
	    window_is_open(window, judge->now, offset_sec) ||
	    window_next_change(window, judge->now, offset_sec, &change))
		return;
	err = warn(judge, flow, FLOW_F_WINDOW);
	err->at = node_at(&window->node, WINDOW_F_UNTIL);
	err_say(judge->errs, err,
		_("the window of flow %s does not open any more: none of its days comes until \"%s\""),
		flow->node.id, date_text(window->until.date, day));
	err_hint(judge->errs, err, _("remove the flow, or correct days or until"));
}

/* ---- 2. names ---- */

static const struct party *by_name(const struct party_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].kind == PARTY_ENDPOINT &&
		    list->items[i].endpoint->ip.addr.family == FAMILY_NONE)
			return &list->items[i];
	return NULL;
}

static void name_check(struct judge *judge, const struct flow *flow, enum flow_field field,
		       const struct party_list *list)
{
	const struct party *party = by_name(list);
	struct err *err;

	if (!party || judge->policy->resolver.servers.count)
		return;
	err = warn(judge, flow, field);
	err->also = party->endpoint->node.at;
	err_say(judge->errs, err,
		_("flow %s knows %s by name alone, and no resolver is written that could ask for it"),
		flow->node.id, party_text(judge, party));
	err_hint(judge->errs, err,
		 _("write resolver: { servers = …; dnssec = …; }, or the peer's ip"));
}

/* ---- 3. who cannot meet ---- */

static enum dead hosts_meet(const struct host *a, const struct host *b)
{
	if (addr_compare(&a->ip, &b->ip) == 0)
		return DEAD_ITSELF;
	return a->ip.family != b->ip.family ? DEAD_FAMILY : DEAD_NOT;
}

struct machines {
	const struct host *const *items;
	size_t count;
};

/* The registered machines that a party means; of peers and open networks: none. */
static struct machines machines_of(const struct dying *it, const struct party *party)
{
	size_t zone;

	if (party->kind == PARTY_HOST)
		return (struct machines){ &party->host, 1 };
	if (party->kind != PARTY_ZONE || zone_is_open(party->zone))
		return (struct machines){ 0 };
	zone = party->zone->index;
	return (struct machines){ it->by_zone + it->start[zone],
				  it->start[zone + 1] - it->start[zone] };
}

static bool is_range(const struct party *party)
{
	return party->kind == PARTY_ENDPOINT ||
	       (party->kind == PARTY_ZONE && zone_is_open(party->zone));
}

static enum dead parties_meet(const struct dying *it, const struct party *from,
			      const struct party *to)
{
	struct machines a = machines_of(it, from), b = machines_of(it, to);
	enum dead most = DEAD_NOT;

	if ((!is_range(from) && !a.count) || (!is_range(to) && !b.count))
		return DEAD_NOBODY;
	if (is_range(from) || is_range(to) || a.count * b.count > PAIRS_MOST)
		return DEAD_NOT;
	for (size_t i = 0; i < a.count; i++)
		for (size_t k = 0; k < b.count; k++) {
			enum dead dead = hosts_meet(a.items[i], b.items[k]);

			if (dead == DEAD_NOT)
				return DEAD_NOT;
			most = dead > most ? dead : most;
		}
	return most;
}

/* All addresses of a sender are those of registered machines, whose frames bear other MACs. */
static bool is_taken(const struct dying *it, const struct party *party)
{
	const struct endpoint *endpoint = party->endpoint;
	unsigned host_bits;
	size_t taken = 0;

	if (party->kind != PARTY_ENDPOINT || endpoint->ip.addr.family == FAMILY_NONE)
		return false;
	host_bits = addr_bits(endpoint->ip.addr.family) - endpoint->ip.length_bits;
	if (!host_bits || host_bits > 12)
		return false; /* one address: E-IDENT tells */
	vec_each(host, &it->judge->policy->hosts)
		taken += prefix_has(&endpoint->ip, &host->ip) && host != endpoint->next_hop;
	return taken >= (size_t)1 << host_bits;
}

/* Why a party permits nothing with any of the others; DEAD_NOT: with one of them it does. */
static enum dead party_is_dead(const struct dying *it, const struct party *party,
			       const struct party_list *others, bool from)
{
	enum dead most = DEAD_NOT;

	if (from && is_taken(it, party))
		return DEAD_TAKEN;
	for (size_t i = 0; i < others->count; i++) {
		const struct party *other = &others->items[i];
		enum dead dead = from ? parties_meet(it, party, other)
				      : parties_meet(it, other, party);

		if (dead == DEAD_NOT)
			return DEAD_NOT;
		/* that the other is nobody is the other's fault */
		if (dead == DEAD_NOBODY && (is_range(party) || machines_of(it, party).count))
			continue;
		most = dead > most ? dead : most;
	}
	return most;
}

static const char *dead_text(enum dead dead)
{
	switch (dead) {
	case DEAD_NOT:
		return "";
	case DEAD_ITSELF:
		return _("it stands alone on the other side, too");
	case DEAD_FAMILY:
		return _("nobody on the other side has an address of its family");
	case DEAD_TAKEN:
		return _("all its addresses are those of registered machines");
	case DEAD_NOBODY:
		return _("no machine is registered in it");
	}
	return "";
}

static const char *dead_hint(enum dead dead)
{
	switch (dead) {
	case DEAD_NOBODY:
		return _("register its machines under hosts, or leave it out");
	case DEAD_TAKEN:
		return _("correct the peer's ip, or remove what is registered there");
	case DEAD_NOT:
	case DEAD_ITSELF:
	case DEAD_FAMILY:
		break;
	}
	return _("leave it out");
}

static void side_check(const struct dying *it, const struct flow *flow, enum flow_field field)
{
	bool from = field == FLOW_F_FROM;
	const struct party_list *list = from ? &flow->from : &flow->to;
	const struct party_list *others = from ? &flow->to : &flow->from;

	for (size_t i = 0; i < list->count; i++) {
		enum dead dead = party_is_dead(it, &list->items[i], others, from);
		struct err *err;

		if (dead == DEAD_NOT)
			continue;
		err = warn(it->judge, flow, field);
		if (party_zone(&list->items[i]))
			err->also = party_zone(&list->items[i])->node.at;
		err_say(it->judge->errs, err, _("flow %1$s permits nothing to or from %2$s: %3$s"),
			flow->node.id, party_text(it->judge, &list->items[i]), dead_text(dead));
		err_hint(it->judge->errs, err, "%s", dead_hint(dead));
	}
}

static void hosts_index(struct dying *it)
{
	const struct policy *policy = it->judge->policy;
	size_t *fill = arena_make_many(it->judge->arena, size_t, policy->zones.count + 1);

	it->start = arena_make_many(it->judge->arena, size_t, policy->zones.count + 1);
	it->by_zone = arena_make_many(it->judge->arena, const struct host *,
				      policy->hosts.count + 1);
	vec_each(host, &policy->hosts)
		it->start[host->zone->index + 1]++;
	for (size_t i = 0; i < policy->zones.count; i++) {
		it->start[i + 1] += it->start[i];
		fill[i] = it->start[i];
	}
	vec_each(host, &policy->hosts)
		it->by_zone[fill[host->zone->index]++] = host;
}

void check_dead(struct judge *judge)
{
	struct dying it = { .judge = judge };

	hosts_index(&it);
	vec_each(flow, &judge->policy->flows) {
		size_t before = judge->errs->counts[SEVERITY_WARNING] + errs_errors(judge->errs);

		window_check(judge, flow);
		if (!judge_boxes(judge, flow).count)
			continue; /* told: W-EMPTY, C-FAMILY */
		name_check(judge, flow, FLOW_F_FROM, &flow->from);
		name_check(judge, flow, FLOW_F_TO, &flow->to);
		side_check(&it, flow, FLOW_F_FROM);
		/* where nobody can meet anybody, once is enough */
		if (before == judge->errs->counts[SEVERITY_WARNING] + errs_errors(judge->errs))
			side_check(&it, flow, FLOW_F_TO);
	}
}
