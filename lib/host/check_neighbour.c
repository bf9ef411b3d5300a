/* H-NEIGHBOUR: every registered machine on a zone's wire is pinned to its MAC, so that nobody can
 * take its address in the gateway's eyes. The kernel forgets pins when an interface goes down or
 * changes; they are set again. */
#include "base/lang.h"
#include "host/check.h"

static void pin_judge(struct host_judge *judge, const struct host_pin *pin,
		      const struct host_link *link, const struct host_neighbour *found)
{
	char ip[ADDR_TEXT_BYTES], mac[MAC_TEXT_BYTES], other[MAC_TEXT_BYTES];
	struct host_finding *finding;

	if (found && found->permanent && mac_compare(found->mac, pin->mac) == 0)
		return;
	finding = judge_add(judge, HOST_WARNING, link->name, addr_text(&pin->ip, ip));
	mac_text(pin->mac, mac);
	if (found && !mac_is_zero(found->mac) && mac_compare(found->mac, pin->mac) != 0)
		finding_say(judge, finding, _("%1$s (%2$s) is taken to be %3$s, and is %4$s"),
			    pin->host, ip, mac_text(found->mac, other), mac);
	else
		finding_say(judge, finding, _("%1$s (%2$s) is not pinned to %3$s"), pin->host, ip,
			    mac);
	finding_hint(judge, finding, "ip neigh replace %s lladdr %s dev %s nud permanent", ip, mac,
		     link->name);
	finding->repair = (struct host_repair){ .kind = HOST_REPAIR_PIN,
						.ifindex = link->index,
						.ip = pin->ip,
						.mac = pin->mac };
}

static void proxy_judge(struct host_judge *judge, const struct host_neighbour *proxy)
{
	const struct host_link *link = host_link_find(judge->state, proxy->ifindex);
	struct host_finding *finding;
	char ip[ADDR_TEXT_BYTES];

	if (!link || !judge_port(judge, link))
		return;
	finding = judge_add(judge, HOST_WARNING, link->name, addr_text(&proxy->ip, ip));
	finding_say(judge, finding, _("the gateway answers on %1$s for %2$s"), link->name, ip);
	finding_hint(judge, finding, "ip neigh del proxy %s dev %s", ip, link->name);
	finding->repair = (struct host_repair){ .kind = HOST_REPAIR_PROXY_NEIGHBOUR,
						.ifindex = link->index,
						.ip = proxy->ip };
}

void check_host_neighbour(struct host_judge *judge)
{
	const struct host_want *want = judge->want;
	const struct host_link **links = arena_make_many(
		judge->report->arena, const struct host_link *, want->ports.count + 1);
	const struct host_neighbour **found = arena_make_many(
		judge->report->arena, const struct host_neighbour *, want->pins.count + 1);

	for (size_t i = 0; i < want->ports.count; i++)
		links[i] = host_link_find_name(judge->state, want->ports.items[i].interface);
	vec_each(neighbour, &judge->state->neighbours) {
		const struct host_pin *pin = host_want_find_pin(want, &neighbour->ip);

		if (neighbour->proxy)
			proxy_judge(judge, neighbour);
		else if (pin && links[pin->port] && links[pin->port]->index == neighbour->ifindex)
			found[pin - want->pins.items] = neighbour;
	}
	/* on an interface that is down there are none */
	for (size_t i = 0; i < want->pins.count; i++) {
		const struct host_link *link = links[want->pins.items[i].port];

		if (link && link->up)
			pin_judge(judge, &want->pins.items[i], link, found[i]);
	}
}
