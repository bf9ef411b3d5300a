/* H-ADDRESS: the gateway has addresses of a zone's networks on that zone's interface, and no
 * others; none that a machine of the register has; no IPv6 where nobody planned it: the kernel gives such to itself, so those
 * are taken away. */
#include "base/lang.h"
#include "host/check.h"

static bool is_planned(const struct host_judge *judge, size_t port, const struct addr *addr)
{
	vec_each(net, &judge->want->nets)
		if (net->port == port && prefix_has(&net->prefix, addr))
			return true;
	return false;
}

static void addr_judge(struct host_judge *judge, const struct host_port *port,
		       const struct host_addr *addr)
{
	size_t index = (size_t)(port - judge->want->ports.items);
	const struct host_pin *pin = host_want_find_pin(judge->want, &addr->addr);
	bool v6 = addr->addr.family == FAMILY_V6;
	struct host_finding *finding;
	char text[ADDR_TEXT_BYTES];

	if (v6 && port->v6 && addr->addr.bytes[0] == 0xfe)
		return; /* link-local, as IPv6 wants it */
	if (!pin && !(v6 && !port->v6) && is_planned(judge, index, &addr->addr))
		return;
	finding = judge_add(judge, HOST_WARNING, port->interface, addr_text(&addr->addr, text));
	if (pin) {
		finding_say(judge, finding, _("%1$s has %2$s, the address of %3$s"),
			    port->interface, text, pin->host);
	} else if (v6 && !port->v6) {
		finding->clause = "G6.6-v6-suppress";
		finding->repair = (struct host_repair){ .kind = HOST_REPAIR_ADDRESS,
							.ifindex = addr->ifindex,
							.ip = addr->addr,
							.length_bits = addr->length_bits };
		finding_say(judge, finding, _("%1$s has %2$s, and IPv6 is not planned in zone %3$s"),
			    port->interface, text, port->zone);
	} else {
		finding_say(judge, finding,
			    _("%1$s has %2$s, which lies in no network of zone %3$s"),
			    port->interface, text, port->zone);
	}
	finding_hint(judge, finding, "ip addr del %s/%u dev %s", text, addr->length_bits,
		     port->interface);
}

static void port_judge(struct host_judge *judge, const struct host_port *port,
		       const struct host_link *link)
{
	size_t index = (size_t)(port - judge->want->ports.items);
	struct host_finding *finding;
	bool any = false;

	vec_each(addr, &judge->state->addrs) {
		if (addr->ifindex != link->index)
			continue;
		any |= is_planned(judge, index, &addr->addr);
		addr_judge(judge, port, addr);
	}
	if (any)
		return;
	finding = judge_add(judge, HOST_WARNING, port->interface, "none");
	finding_say(judge, finding, _("%1$s has no address in the networks of zone %2$s"),
		    port->interface, port->zone);
	finding_hint(judge, finding, "ip addr add … dev %s", port->interface);
}

void check_host_address(struct host_judge *judge)
{
	vec_each(link, &judge->state->links) {
		const struct host_port *port = judge_port(judge, link);

		if (port)
			port_judge(judge, port, link);
	}
}
