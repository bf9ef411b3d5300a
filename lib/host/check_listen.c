/* H-LISTEN: what waits for connections on the gateway, besides its management. The ruleset refuses
 * them, so an open port is a warning; a program that is made to pass on from one side to the other
 * is critical. Programs are known by name: a lie is possible, the socket is told either way. */
#include <string.h>

#include "base/lang.h"
#include "host/check.h"

enum { NUMBER_TCP = 6, NUMBER_UDP = 17, PORT_DHCP_CLIENT = 68, PORT_DHCP6_CLIENT = 546 };

static bool is_loopback(const struct addr *addr)
{
	static const uint8_t one[16] = { [15] = 1 };
	static const uint8_t mapped[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };

	if (addr->family == FAMILY_V4)
		return addr->bytes[0] == 127;
	return memcmp(addr->bytes, one, 16) == 0 || memcmp(addr->bytes, mapped, 13) == 0;
}

static bool is_permitted(const struct host_judge *judge, const struct host_socket *socket)
{
	if (socket->holder.ours || is_loopback(&socket->addr))
		return true;
	if (socket->proto == NUMBER_UDP)
		return socket->port == PORT_DHCP_CLIENT || socket->port == PORT_DHCP6_CLIENT;
	vec_each(listener, &judge->want->listeners)
		if (socket->port >= listener->first && socket->port <= listener->last)
			return true;
	return false;
}

static bool is_proxy(const char *program)
{
	static const char *const proxies[] = {
		"squid",      "haproxy", "nginx",  "socat",    "ncat",	    "nc",	"tinyproxy",
		"3proxy",     "sockd",	 "danted", "redsocks", "privoxy",   "envoy",	"traefik",
		"microsocks", "rinetd",	 "gost",   "stunnel4", "stunnel",   "trojan",	"apache2",
		"varnishd",   "caddy",	 "frpc",   "frps",     "chisel",    "ssh",	"v2ray",
		"xray",	      "clash",	 "polipo", "openvpn",  "sslh",	    "balance",	"mitmproxy",
	};

	for (size_t i = 0; program && i < array_count(proxies); i++)
		if (strcmp(proxies[i], program) == 0)
			return true;
	return false;
}

void check_host_listen(struct host_judge *judge)
{
	vec_each(socket, &judge->state->sockets) {
		bool proxy = is_proxy(socket->holder.program);
		const char *proto = socket->proto == NUMBER_TCP ? "tcp" : "udp";
		struct host_finding *finding;
		char addr[ADDR_TEXT_BYTES];
		const char *who;

		if (is_permitted(judge, socket))
			continue;
		who = judge_holder(judge, &socket->holder, socket->uid);
		finding = judge_add(judge, proxy ? HOST_CRITICAL : HOST_WARNING, NULL,
				    arena_printf(judge->report->arena, "%s/%u %s", proto,
						 socket->port, addr_text(&socket->addr, addr)));
		finding_say(judge, finding,
			    proxy ? _("%1$s, a program that passes on what it is given, waits at %2$s/%3$u")
				  : _("%1$s waits at %2$s/%3$u"),
			    who, proto, socket->port);
		if (socket->holder.pid)
			finding_hint(judge, finding,
				     _("stop it: systemctl status %d tells its unit"),
				     socket->holder.pid);
		else
			finding_hint(judge, finding, "ss -lnp 'sport = :%u'", socket->port);
	}
}
