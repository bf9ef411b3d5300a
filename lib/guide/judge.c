/* See judge.h: findings, and small questions that several checks ask. */
#include "guide/judge.h"

#include <string.h>

#include "base/lang.h"

static const char *const flow_names[] = {
	"class", "from", "to", "proto", "ports", "crypto", "data", "purpose", "clause", "window",
	"approval", "ticket", "line", "annex", "product", "redirect", "agreement", "inspect",
	"origin", "persons", "mfa", "vendor", "system",
};
static const char *const zone_names[] = {
	"class", "label", "interface", "via", "networks", "line", "wireless", "ipv6", "plan",
	"serves", "dns-gate",
};
static const char *const host_names[] = {
	"zone", "ip", "mac", "role", "label", "owner", "relays", "asset", "system", "method",
	"resident-data", "scope",
};
static const char *const endpoint_names[] = {
	"zone", "kind", "label", "next-hop", "fqdn", "ip", "within", "internet-connected",
	"attested-by", "attested-on", "review-by", "asp-registration", "ismap", "tenant",
	"download", "no-admin-docs", "server-cert",
};
static const char *const approval_names[] = {
	"kind", "applicant", "approvers", "expires", "document", "date",
};
static const char *const exception_names[] = {
	"check", "flow", "zone", "host", "endpoint", "reason", "approval", "expires",
};

/* What expanding has to say, its caller has been told (ctl/load.c). */
static void permits_get(struct judge *judge)
{
	size_t flow = 0, count = judge->policy->flows.count;
	struct errs told;

	errs_init(&told);
	if (!permits_init(&judge->permits, judge->policy, &told)) {
		permits_done(&judge->permits);
		judge->permits = (struct permits){ .arena = arena_new() };
	}
	errs_done(&told);
	judge->flow_boxes = arena_make_many(judge->arena, size_t, count + 1);
	for (size_t i = 0; i < judge->permits.list.count; i++)
		while (flow <= judge->permits.list.items[i].flow->index)
			judge->flow_boxes[flow++] = i;
	while (flow <= count)
		judge->flow_boxes[flow++] = judge->permits.list.count;
}

struct permit_span judge_boxes(const struct judge *judge, const struct flow *flow)
{
	size_t first = judge->flow_boxes[flow->index];

	return (struct permit_span){ judge->permits.list.items + first,
				     judge->flow_boxes[flow->index + 1] - first };
}

void judge_init(struct judge *judge, const struct policy *policy, struct wall now,
		struct errs *errs)
{
	size_t parties = policy->hosts.count + policy->endpoints.count + 1;

	*judge = (struct judge){ .policy = policy, .now = now, .errs = errs };
	judge->arena = arena_new();
	judge->today = wall_date(now, policy->head.offset_sec);
	judge->refused = arena_make_many(judge->arena, uint32_t, policy->flows.count + 1);
	judge->reported = arena_make_many(judge->arena, uint64_t, parties);
	judge->exempt = arena_make_many(judge->arena, const struct endpoint *,
					policy->endpoints.count + 1);
	vec_each(endpoint, &policy->endpoints)
		if (kind_is_exempt(endpoint->kind))
			judge->exempt[judge->exempt_count++] = endpoint;
	matrix_init(&judge->matrix, policy->head.model);
	reach_init(&judge->reach, policy, judge->arena);
	permits_get(judge);
}

void judge_done(struct judge *judge)
{
	permits_done(&judge->permits);
	arena_free(judge->arena);
}

bool judge_adopts(const struct judge *judge, const char *clause)
{
	const struct text_list *adopt = &judge->policy->head.adopt;

	for (size_t i = 0; i < adopt->count; i++)
		if (strcmp(adopt->items[i], clause) == 0)
			return true;
	return false;
}

struct err *judge_node(struct judge *judge, enum severity severity, const char *code,
		       const char *clause, const struct node *node, unsigned field,
		       const char *path)
{
	const struct clause *found = clause ? clause_find(clause) : NULL;
	struct src at = node_at(node, field);
	struct err *err;

	if (!at.file) /* a group that was not written: the file as a whole is at fault */
		at = judge->policy->head.node.at;
	if (!at.file)
		at.file = judge->policy->file;
	err = errs_add(judge->errs, severity, code, at);
	err->clause = found ? found->id : clause;
	err->strength = found ? found->strength : NULL;
	err->path = path ? arena_strdup(judge->errs->arena, path) : NULL;
	return err;
}

static struct err *object_add(struct judge *judge, enum severity severity, const char *code,
			      const char *clause, const struct node *node, unsigned field,
			      const char *group, const char *name)
{
	struct err *err = judge_node(judge, severity, code, clause, node, field, NULL);

	err_path(judge->errs, err, "%s.%s.%s", group, node->id, name);
	return err;
}

struct err *judge_flow(struct judge *judge, const char *code, const char *clause,
		       const struct flow *flow, enum flow_field field)
{
	judge->refused[flow->index] |= 1u << judge->check;
	return object_add(judge, SEVERITY_ERROR, code, clause, &flow->node, field, "flows",
			  flow_names[field]);
}

struct err *judge_zone(struct judge *judge, const char *code, const char *clause,
		       const struct zone *zone, enum zone_field field)
{
	return object_add(judge, SEVERITY_ERROR, code, clause, &zone->node, field, "zones",
			  zone_names[field]);
}

struct err *judge_host(struct judge *judge, const char *code, const char *clause,
		       const struct host *host, enum host_field field)
{
	return object_add(judge, SEVERITY_ERROR, code, clause, &host->node, field, "hosts",
			  host_names[field]);
}

struct err *judge_endpoint(struct judge *judge, const char *code, const char *clause,
			   const struct endpoint *endpoint, enum endpoint_field field)
{
	return object_add(judge, SEVERITY_ERROR, code, clause, &endpoint->node, field,
			  "endpoints", endpoint_names[field]);
}

struct err *judge_approval(struct judge *judge, const char *code, const char *clause,
			   const struct approval *approval, enum approval_field field)
{
	return object_add(judge, SEVERITY_ERROR, code, clause, &approval->node, field,
			  "approvals", approval_names[field]);
}

struct err *judge_exception(struct judge *judge, enum severity severity, const char *code,
			    const char *clause, const struct exception *exception,
			    enum exception_field field)
{
	return object_add(judge, severity, code, clause, &exception->node, field, "exceptions",
			  exception_names[field]);
}

void judge_warn(struct judge *judge, struct err *err)
{
	if (err->severity != SEVERITY_ERROR || (err->clause && judge_adopts(judge, err->clause)))
		return;
	judge->errs->counts[SEVERITY_ERROR]--;
	judge->errs->counts[SEVERITY_WARNING]++;
	err->severity = SEVERITY_WARNING;
}

bool judge_refused(const struct judge *judge, const struct flow *flow, uint32_t checks)
{
	return (judge->refused[flow->index] & checks) != 0;
}

bool date_is_before(struct date a, struct date b)
{
	return a.days < b.days;
}

enum side zone_side(const struct zone *zone)
{
	switch (letter_of_class(zone->class)) {
	case LETTER_M:
	case LETTER_R:
	case LETTER_D:
		return SIDE_MYNUMBER;
	case LETTER_L:
		return SIDE_LGWAN;
	case LETTER_I:
	case LETTER_S:
	case LETTER_N:
	case LETTER_C:
	case LETTER_G:
		return SIDE_INTERNET;
	case LETTER_O:
		if (!node_has(&zone->node, ZONE_F_SERVES))
			return SIDE_NONE;
		return zone->serves == LAYER_MYNUMBER ? SIDE_MYNUMBER
		       : zone->serves == LAYER_LGWAN  ? SIDE_LGWAN
						      : SIDE_INTERNET;
	case LETTER_W:
	case LETTER_X:
	case LETTER_T:
	case LETTER_V:
	case LETTER_K:
	case LETTER_Q:
	case LETTER_J:
	case LETTERS:
		break;
	}
	return SIDE_NONE;
}

const char *side_label(enum side side)
{
	switch (side) {
	case SIDE_MYNUMBER:
		return words_label(&words_zone_class, ZONE_MYNUMBER);
	case SIDE_LGWAN:
		return words_label(&words_zone_class, ZONE_LGWAN);
	case SIDE_INTERNET:
		return words_label(&words_zone_class, ZONE_INTERNET);
	case SIDE_NONE:
		break;
	}
	return _("no layer");
}

bool fqdn_is_full(const char *fqdn)
{
	const char *dot = fqdn ? strchr(fqdn, '.') : NULL;
	const char *last = fqdn ? strrchr(fqdn, '.') : NULL;

	/* a last label of digits makes it an address, in one of the forms that resolvers take */
	return dot && dot != fqdn && last[1] && !strchr(fqdn, '*') &&
	       strspn(last + 1, "0123456789") != strlen(last + 1);
}

bool zone_is_outside(const struct zone *zone)
{
	return zone->class == ZONE_LGWAN_WAN || zone->class == ZONE_TRUSTED_EXTERNAL ||
	       zone->class == ZONE_SECCLOUD || zone->class == ZONE_INTERNET_DIRECT ||
	       zone->class == ZONE_MAINT;
}

bool party_has_mac(const struct party *party)
{
	switch (party->kind) {
	case PARTY_HOST:
		return !mac_is_zero(party->host->mac);
	case PARTY_ENDPOINT:
		return party->endpoint->next_hop && !mac_is_zero(party->endpoint->next_hop->mac);
	case PARTY_NONE:
	case PARTY_ZONE:
		break;
	}
	return false;
}

bool ports_are_within(const struct port_list *ports, const uint16_t *allowed, size_t count)
{
	for (size_t i = 0; i < ports->count; i++) {
		bool found = false;

		for (size_t k = 0; k < count && !found; k++)
			found = ports->items[i].first == allowed[k] &&
				ports->items[i].last == allowed[k];
		if (!found)
			return false;
	}
	return ports->count > 0;
}

static const uint16_t rdp_ports[] = { 3389 };
static const uint16_t ica_ports[] = { 1494, 2598 };
static const uint16_t pcoip_ports[] = { 4172 };
static const uint16_t blast_ports[] = { 8443, 22443 };

bool screen_ports_fit(const struct flow *flow)
{
	switch ((enum screen_product)flow->product) {
	case SCREEN_RDP:
		return ports_are_within(&flow->ports, rdp_ports, array_count(rdp_ports));
	case SCREEN_ICA:
		return ports_are_within(&flow->ports, ica_ports, array_count(ica_ports));
	case SCREEN_PCOIP:
		return ports_are_within(&flow->ports, pcoip_ports, array_count(pcoip_ports));
	case SCREEN_BLAST:
		return ports_are_within(&flow->ports, blast_ports, array_count(blast_ports));
	}
	return false;
}

bool flow_is_pixels(const struct flow *flow)
{
	return (flow->class == FLOW_SCREEN || flow->class == FLOW_TELEWORK) &&
	       flow->proto != PROTO_ICMP && flow->data == DATA_SCREEN && !flow->redirect &&
	       screen_ports_fit(flow);
}

const struct party *parties_find_zone(const struct party_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].kind == PARTY_ZONE)
			return &list->items[i];
	return NULL;
}

enum { PORTS_SHOWN = 8 };

void ports_print(struct buf *buf, const struct port_list *ports)
{
	for (size_t i = 0; i < ports->count && i < PORTS_SHOWN; i++) {
		const struct port_range *range = &ports->items[i];

		buf_printf(buf, "%s%u", i ? ", " : "", range->first);
		if (range->last != range->first)
			buf_printf(buf, "-%u", range->last);
	}
	if (ports->count > PORTS_SHOWN)
		buf_add_text(buf, ", …");
}

char *ports_text(struct judge *judge, const struct port_list *ports)
{
	struct buf buf = { 0 };
	char *text;

	ports_print(&buf, ports);
	text = arena_strdup(judge->arena, buf_text(&buf));
	buf_done(&buf);
	return text;
}

const char *party_text(struct judge *judge, const struct party *party)
{
	const char *label = party_label(party);

	if (!label || strcmp(label, party->name) == 0)
		return party->name;
	return arena_printf(judge->arena, "%s (%s)", label, party->name);
}
