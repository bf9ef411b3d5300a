/* The second pass of the reading: names become objects, and what no single setting can know is
 * checked: that an address lies in its zone, that ports fit the protocol, that a peer has an
 * address or a name. What the guideline says about all this is guide/'s work. */
#include <string.h>

#include "base/lang.h"
#include "conf/reading.h"

struct resolving {
	struct reading *reading;
	const char *section;
	const struct node *node;
};

static struct err *resolve_add(struct resolving *it, enum severity severity, const char *code,
			       unsigned field, const char *key)
{
	struct errs *errs = it->reading->errs;
	struct err *err = errs_add(errs, severity, code, node_at(it->node, field));

	if (it->node->id[0])
		err_path(errs, err, "%s.%s.%s", it->section, it->node->id, key);
	else
		err_path(errs, err, "%s.%s", it->section, key);
	return err;
}

static struct err *resolve_err(struct resolving *it, const char *code, unsigned field,
			       const char *key)
{
	return resolve_add(it, SEVERITY_ERROR, code, field, key);
}

/* The id nearest to a name that does not exist, among all of a map. */
static void nearest_id(const struct map *ids, const char *name, const char **best,
		       unsigned *distance)
{
	for (size_t i = 0; i < ids->room; i++) {
		unsigned d;

		if (!ids->slots[i].key)
			continue;
		d = word_distance(ids->slots[i].key, name);
		if (d < *distance || (d == *distance && *best && strcmp(ids->slots[i].key, *best) < 0)) {
			*distance = d;
			*best = ids->slots[i].key;
		}
	}
}

static void name_unknown(struct resolving *it, unsigned field, const char *key, const char *name,
			 const char *what, const struct map *const *maps, size_t map_count)
{
	unsigned distance = (unsigned)(strlen(name) / 3 + 2);
	const char *best = NULL;
	struct err *err;

	if (map_find_text(&it->reading->lost, name))
		return; /* it stands there, with an error of its own */
	err = resolve_err(it, "C-REF", field, key);
	/* with very many names the search for a near one would cost more than it helps */
	for (size_t i = 0; i < map_count && it->reading->errs->counts[SEVERITY_ERROR] <= 20; i++)
		nearest_id(maps[i], name, &best, &distance);
	err_say(it->reading->errs, err, _("\"%1$s\" is the name of no %2$s"), name, what);
	if (best)
		err_hint(it->reading->errs, err, _("write \"%1$s\", or add \"%2$s\""), best, name);
	else
		err_hint(it->reading->errs, err, _("add it, or write the name of one that exists"));
}

static const struct host *host_get(struct resolving *it, unsigned field, const char *key,
				   const char *name)
{
	const struct map *ids = &it->reading->policy->host_ids;
	const struct host *host;

	if (!name)
		return NULL;
	host = map_find_text(ids, name);
	if (!host)
		name_unknown(it, field, key, name, _("host"), &ids, 1);
	return host;
}

static const struct zone *zone_get(struct resolving *it, unsigned field, const char *key,
				   const char *name)
{
	const struct map *ids = &it->reading->policy->zone_ids;
	const struct zone *zone;

	if (!name)
		return NULL;
	zone = map_find_text(ids, name);
	if (!zone)
		name_unknown(it, field, key, name, _("zone"), &ids, 1);
	return zone;
}

static const struct approval *approval_get(struct resolving *it, unsigned field, const char *key,
					   const char *name)
{
	const struct map *ids = &it->reading->policy->approval_ids;
	const struct approval *approval;

	if (!name)
		return NULL;
	approval = map_find_text(ids, name);
	if (!approval)
		name_unknown(it, field, key, name, _("approval"), &ids, 1);
	return approval;
}

static void parties_get(struct resolving *it, unsigned field, const char *key,
			const struct text_list *names, bool zones, struct party_list *ret)
{
	const struct policy *policy = it->reading->policy;
	const struct map *maps[] = { &policy->host_ids, &policy->endpoint_ids, &policy->zone_ids };

	ret->items = arena_make_many(it->reading->arena, struct party, names->count);
	for (size_t i = 0; i < names->count; i++) {
		struct party party = policy_find_party(policy, names->items[i]);

		if (party.kind == PARTY_ZONE && !zones)
			party.kind = PARTY_NONE;
		if (party.kind == PARTY_NONE)
			name_unknown(it, field, key, names->items[i],
				     zones ? _("host, endpoint or zone") : _("host or endpoint"),
				     maps, zones ? 3 : 2);
		else
			ret->items[ret->count++] = party;
	}
}

/* A setting that means nothing here: whoever wrote it believes otherwise. */
static void ignored(struct resolving *it, unsigned field, const char *key, bool means,
		    const char *hint)
{
	struct err *err;

	if (means || !node_has(it->node, field))
		return;
	err = resolve_add(it, SEVERITY_WARNING, "W-IGNORED", field, key);
	err_say(it->reading->errs, err, _("\"%s\" has no meaning here and is ignored"), key);
	err_hint(it->reading->errs, err, "%s", hint);
}

static void zone_ignored(struct resolving *it, const struct zone *zone)
{
	ignored(it, ZONE_F_SERVES, "serves", zone->class == ZONE_MGMT,
		_("only a zone of class mgmt serves a layer: remove it, or correct the class"));
	ignored(it, ZONE_F_PLAN, "plan", node_has(&zone->node, ZONE_F_IPV6),
		_("write ipv6 = \"planned\" beside it, or remove it"));
}

static void host_ignored(struct resolving *it, const struct host *host)
{
	ignored(it, HOST_RELAYS, "relays", host->role == ROLE_RELAY,
		_("only a host of role relay has it: remove it, or correct the role"));
	ignored(it, HOST_METHOD, "method", host->role == ROLE_SANITIZER,
		_("only a host of role sanitizer has it: remove it, or correct the role"));
}

static void flow_ignored(struct resolving *it, const struct flow *flow)
{
	bool is_screen = flow->class == FLOW_SCREEN || flow->class == FLOW_TELEWORK;
	const char *hint = _("remove it, or correct the class of the flow");

	ignored(it, FLOW_F_PRODUCT, "product", is_screen, hint);
	ignored(it, FLOW_F_REDIRECT, "redirect", is_screen, hint);
	ignored(it, FLOW_F_ANNEX, "annex", is_screen, hint);
	ignored(it, FLOW_F_AGREEMENT, "agreement", flow->class == FLOW_BREAKOUT, hint);
	ignored(it, FLOW_F_ORIGIN, "origin", flow->class == FLOW_BETA_RELAY, hint);
}

/* Read aloud, "LG-GW" is "lg-gw". */
static void aloud_check(struct resolving *it, struct map *seen, const struct node *node)
{
	char *lower = arena_strdup(it->reading->arena, node->id);
	const struct node *first;
	struct err *err;

	for (char *at = lower; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	first = map_find_text(seen, lower);
	if (!first) {
		map_add_text(it->reading->arena, seen, lower, (void *)node);
		return;
	}
	if (strcmp(first->id, node->id) == 0)
		return; /* told as what it is */
	err = errs_add(it->reading->errs, SEVERITY_ERROR, "C-DUP", node->at);
	err->also = first->at;
	err_path(it->reading->errs, err, "%s.%s", it->section, node->id);
	err_say(it->reading->errs, err, _("\"%1$s\" differs from \"%2$s\" by small and capital letters alone"),
		node->id, first->id);
	err_hint(it->reading->errs, err, _("give one of them another name"));
}

/* ---- each kind of object ---- */

static void zone_resolve(struct resolving *it, struct zone *zone)
{
	struct errs *errs = it->reading->errs;
	struct err *err;

	zone->via = zone_get(it, ZONE_F_VIA, "via", zone->via_name);
	if (zone->interface && zone->via_name) {
		err = resolve_err(it, "C-VALUE", ZONE_F_VIA, "via");
		err->also = node_at(&zone->node, ZONE_F_INTERFACE);
		err_say(errs, err, _("a zone has an interface, or is reached via another zone; not both"));
		err_hint(errs, err, _("remove one of the two"));
	} else if (zone->via && zone->via->via_name) {
		err = resolve_err(it, "C-VALUE", ZONE_F_VIA, "via");
		err->also = zone->via->node.at;
		err_say(errs, err, _("\"%s\" is itself reached via another zone"), zone->via_name);
		err_hint(errs, err, _("write via = \"%s\""), zone->via->via_name);
	} else if (!zone->interface && !zone->via_name) {
		err = resolve_err(it, "C-MISSING", ZONE_F_INTERFACE, "interface");
		err_say(errs, err, _("the zone has neither an interface nor via"));
		err_hint(errs, err,
			 _("write interface = \"eth1\"; or via = \"…\"; with the zone whose interface leads there"));
	}
}

/* One interface belongs to one zone; the others on it say via. */
static void interfaces_check(struct resolving *it, const struct zone *zone, struct map *interfaces)
{
	const struct zone *first;
	struct err *err;

	if (!zone->interface)
		return;
	first = map_find_text(interfaces, zone->interface);
	if (!first) {
		map_add_text(it->reading->arena, interfaces, zone->interface, (void *)zone);
		return;
	}
	err = resolve_err(it, "C-DUP", ZONE_F_INTERFACE, "interface");
	err->also = node_at(&first->node, ZONE_F_INTERFACE);
	err_say(it->reading->errs, err, _("interface \"%1$s\" belongs to zone \"%2$s\" already"),
		zone->interface, first->node.id);
	err_hint(it->reading->errs, err, _("write via = \"%s\"; instead of the interface"),
		 first->node.id);
}

static void addr_outside(struct resolving *it, unsigned field, const char *key,
			 const struct addr *addr, const struct zone *zone)
{
	struct errs *errs = it->reading->errs;
	char text[ADDR_TEXT_BYTES];
	struct buf networks = { 0 };
	struct err *err = resolve_err(it, "C-ZONE", field, key);

	for (size_t i = 0; i < zone->networks.count; i++) {
		buf_add_text(&networks, i ? ", " : "");
		prefix_print(&networks, &zone->networks.items[i]);
	}
	err->also = node_at(&zone->node, ZONE_F_NETWORKS);
	err_say(errs, err, _("\"%1$s\" lies outside of zone \"%2$s\""), addr_text(addr, text),
		zone->node.id);
	err_hint(errs, err, _("write an address in %s, or another zone"), buf_text(&networks));
	buf_done(&networks);
}

static void host_resolve(struct resolving *it, struct host *host)
{
	host->zone = zone_get(it, HOST_ZONE, "zone", host->zone_name);
	if (host->zone && host->zone->networks.count && host->ip.family != FAMILY_NONE &&
	    !zone_has_addr(host->zone, &host->ip))
		addr_outside(it, HOST_IP, "ip", &host->ip, host->zone);
}

static void endpoint_resolve(struct resolving *it, struct endpoint *endpoint)
{
	struct errs *errs = it->reading->errs;
	struct err *err;
	bool inside = false;

	endpoint->zone = zone_get(it, END_ZONE, "zone", endpoint->zone_name);
	endpoint->next_hop = host_get(it, END_NEXT_HOP, "next-hop", endpoint->next_hop_name);
	if (!node_has(&endpoint->node, END_FQDN) && !node_has(&endpoint->node, END_IP)) {
		err = resolve_err(it, "C-MISSING", END_IP, "ip");
		err_say(errs, err, _("the endpoint has neither an address nor a name"));
		err_hint(errs, err, _("write ip = \"…\"; or fqdn = \"…\"; with within = [\"…\"];"));
		return;
	}
	if (!endpoint->zone || !endpoint->zone->networks.count)
		return;
	for (size_t i = 0; i < endpoint->within.count; i++) {
		const struct prefix *pin = &endpoint->within.items[i];

		inside = false;
		for (size_t k = 0; k < endpoint->zone->networks.count; k++)
			inside |= prefix_covers(&endpoint->zone->networks.items[k], pin);
		if (!inside)
			addr_outside(it, END_WITHIN, "within", &pin->addr, endpoint->zone);
	}
	if (endpoint->ip.addr.family == FAMILY_NONE)
		return;
	/* a network wider than the zone is the judge's matter (E-TOK-WIDE, E-LBO-CATCH) */
	for (size_t k = 0; k < endpoint->zone->networks.count; k++)
		inside |= prefix_overlaps(&endpoint->zone->networks.items[k], &endpoint->ip);
	if (!inside)
		addr_outside(it, END_IP, "ip", &endpoint->ip.addr, endpoint->zone);
}

static void ports_check(struct resolving *it, const struct flow *flow)
{
	struct errs *errs = it->reading->errs;
	bool written = node_has(&flow->node, FLOW_F_PORTS);
	struct err *err;

	if (!node_has(&flow->node, FLOW_F_PROTO))
		return;
	if (flow->proto == PROTO_ICMP && written) {
		err = resolve_err(it, "C-VALUE", FLOW_F_PORTS, "ports");
		err_say(errs, err, _("icmp has no ports"));
		err_hint(errs, err, _("remove ports; icmp permits the echo request and its answer"));
	} else if (flow->proto != PROTO_ICMP && !written) {
		err = resolve_err(it, "C-MISSING", FLOW_F_PROTO, "ports");
		err_say(errs, err, _("\"%s\" is missing"), "ports");
		err_hint(errs, err, _("add for example: ports = [443];"));
	}
}

static void flow_resolve(struct resolving *it, struct flow *flow)
{
	parties_get(it, FLOW_F_FROM, "from", &flow->from_names, true, &flow->from);
	parties_get(it, FLOW_F_TO, "to", &flow->to_names, true, &flow->to);
	flow->approval = approval_get(it, FLOW_F_APPROVAL, "approval", flow->approval_name);
	ports_check(it, flow);
}

static void exception_resolve(struct resolving *it, struct exception *exception)
{
	const struct policy *policy = it->reading->policy;
	const struct map *maps[] = { &policy->flow_ids, &policy->zone_ids, &policy->host_ids,
				     &policy->endpoint_ids };
	const char *names[] = { exception->flow_name, exception->zone_name, exception->host_name,
				exception->endpoint_name };
	const char *keys[] = { "flow", "zone", "host", "endpoint" };
	const char *whats[] = { _("flow"), _("zone"), _("host"), _("endpoint") };
	struct err *err;

	exception->approval =
		approval_get(it, EXCEPTION_F_APPROVAL, "approval", exception->approval_name);
	for (unsigned i = 0; i < array_count(names); i++) {
		const struct node *found;

		if (!names[i])
			continue;
		found = map_find_text(maps[i], names[i]);
		if (!found)
			name_unknown(it, EXCEPTION_F_FLOW + i, keys[i], names[i], whats[i],
				     &maps[i], 1);
		if (exception->about && found) {
			err = resolve_err(it, "C-VALUE", EXCEPTION_F_FLOW + i, keys[i]);
			err_say(it->reading->errs, err, _("an exception is about one thing"));
			err_hint(it->reading->errs, err, _("write one exception for each"));
		}
		exception->about = found ? found : exception->about;
	}
}

static void timezone_check(struct resolving *it, struct head *head)
{
	static const struct {
		const char *name;
		int offset_sec;
	} zones[] = { { "Asia/Tokyo", 9 * 3600 }, { "UTC", 0 } };
	struct err *err;

	for (size_t i = 0; i < array_count(zones); i++)
		if (strcmp(head->timezone, zones[i].name) == 0) {
			head->offset_sec = zones[i].offset_sec;
			return;
		}
	err = resolve_err(it, "C-VALUE", HEAD_TIMEZONE, "timezone");
	err_say(it->reading->errs, err, _("the time zone \"%s\" is not known here"),
		head->timezone);
	err_hint(it->reading->errs, err, _("write timezone = \"Asia/Tokyo\";"));
}

/* from and to name hosts, endpoints and zones alike: one name, one thing. */
static void names_unique_check(struct resolving *it)
{
	const struct policy *policy = it->reading->policy;

	it->section = "endpoints";
	vec_each(endpoint, &policy->endpoints) {
		const struct host *host = policy_find_host(policy, endpoint->node.id);
		struct err *err;

		if (!host)
			continue;
		err = errs_add(it->reading->errs, SEVERITY_ERROR, "C-DUP", endpoint->node.at);
		err->also = host->node.at;
		err_path(it->reading->errs, err, "endpoints.%s", endpoint->node.id);
		err_say(it->reading->errs, err, _("\"%s\" is the name of a host, too"),
			endpoint->node.id);
		err_hint(it->reading->errs, err, _("flows name both: give one of them another name"));
	}
	vec_each(zone, &policy->zones) {
		const struct host *host = policy_find_host(policy, zone->node.id);
		const struct endpoint *endpoint = policy_find_endpoint(policy, zone->node.id);
		struct err *err;

		if (!host && !endpoint)
			continue;
		err = errs_add(it->reading->errs, SEVERITY_ERROR, "C-DUP", zone->node.at);
		err->also = host ? host->node.at : endpoint->node.at;
		err_path(it->reading->errs, err, "zones.%s", zone->node.id);
		err_say(it->reading->errs, err,
			host ? _("\"%s\" is the name of a host, too")
			     : _("\"%s\" is the name of an endpoint, too"),
			zone->node.id);
		err_hint(it->reading->errs, err, _("flows name both: give one of them another name"));
	}
}

static void gateway_resolve(struct resolving *it)
{
	struct policy *policy = it->reading->policy;
	struct management *management = &policy->management;

	it->section = "management";
	it->node = &management->node;
	parties_get(it, MANAGEMENT_NTP, "ntp", &management->ntp_names, false, &management->ntp);
	parties_get(it, MANAGEMENT_DNS, "dns", &management->dns_names, false, &management->dns);
	parties_get(it, MANAGEMENT_SYSLOG, "syslog", &management->syslog_names, false,
		    &management->syslog);
	it->section = "management.ssh";
	vec_each(service, &management->ssh) {
		it->node = &service->node;
		service->from = host_get(it, SERVICE_FROM, "from", service->from_name);
	}
	it->section = "resolver";
	it->node = &policy->resolver.node;
	parties_get(it, RESOLVER_SERVERS, "servers", &policy->resolver.server_names, false,
		    &policy->resolver.servers);
	it->section = "routes";
	vec_each(route, &policy->routes) {
		it->node = &route->node;
		route->via = host_get(it, ROUTE_VIA, "via", route->via_name);
	}
}

void resolve_names(struct reading *reading)
{
	struct policy *policy = reading->policy;
	struct resolving it = { .reading = reading };
	struct map interfaces = { 0 }, parties = { 0 }, flows = { 0 };
	unsigned index;

	it.section = "policy";
	it.node = &policy->head.node;
	timezone_check(&it, &policy->head);
	it.section = "zones";
	index = 0;
	vec_each(zone, &policy->zones) {
		it.node = &zone->node;
		zone->index = index++;
		zone_resolve(&it, zone);
		zone_ignored(&it, zone);
		aloud_check(&it, &parties, &zone->node);
		interfaces_check(&it, zone, &interfaces);
	}
	it.section = "hosts";
	index = 0;
	vec_each(host, &policy->hosts) {
		it.node = &host->node;
		host->index = index++;
		host_resolve(&it, host);
		host_ignored(&it, host);
		aloud_check(&it, &parties, &host->node);
	}
	it.section = "endpoints";
	index = 0;
	vec_each(endpoint, &policy->endpoints) {
		it.node = &endpoint->node;
		endpoint->index = index++;
		endpoint_resolve(&it, endpoint);
		aloud_check(&it, &parties, &endpoint->node);
	}
	it.section = "flows";
	index = 0;
	vec_each(flow, &policy->flows) {
		it.node = &flow->node;
		flow->index = index++;
		flow_resolve(&it, flow);
		flow_ignored(&it, flow);
		aloud_check(&it, &flows, &flow->node);
	}
	it.section = "exceptions";
	vec_each(exception, &policy->exceptions) {
		it.node = &exception->node;
		exception_resolve(&it, exception);
	}
	gateway_resolve(&it);
	names_unique_check(&it);
}
