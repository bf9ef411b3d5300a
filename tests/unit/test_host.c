/* The checks of the machine on made-up looks: each finds what it is there for, with its severity
 * and repair, and nothing where all is well. No kernel. */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/check.h"
#include "host/sysctl.h"
#include "unit/suites.h"

enum { LO = 1, ONE, TWO, NEXT };

static struct host_want *want;
static struct host_state *state;
static struct host_report *report;

static struct addr addr(const char *text)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse(text, &addr), ADDR_GOOD);
	return addr;
}

static struct prefix prefix(const char *text)
{
	struct prefix prefix;

	ck_assert_int_eq(prefix_parse(text, &prefix), ADDR_GOOD);
	return prefix;
}

static struct mac mac(const char *text)
{
	struct mac mac;

	ck_assert_int_eq(mac_parse(text, &mac), ADDR_GOOD);
	return mac;
}

/* A link all of whose settings are as they should be. */
static struct host_link *link_add(const char *name, int index)
{
	const struct host_port *port = host_want_find_port(want, name);
	struct host_link *link = host_state_add_link(state, name, index);

	link->up = true;
	link->mac = mac("02:00:00:00:00:01");
	link->mac.bytes[5] = (uint8_t)index;
	for (size_t i = 0; i < sysctl_count; i++) {
		int value = port ? sysctls[i].zone : sysctls[i].other;
		int32_t *confs = sysctls[i].scope == SYSCTL_V6 ? link->v6 : link->v4;

		if (sysctls[i].scope != SYSCTL_ALONE && value != SYSCTL_ANY)
			confs[sysctls[i].at] = value == SYSCTL_FORWARD	 ? want->forward
					       : value == SYSCTL_NO_PLAN ? 1
					       : value == SYSCTL_PLAN	 ? 0
					       : value == SYSCTL_ON_PLAN ? 1
									 : value;
	}
	return link;
}

static void value_set(const char *path, int32_t value)
{
	vec_each(one, &state->values)
		if (strcmp(one->path, path) == 0) {
			one->value = value;
			return;
		}
	*vec_add(state->arena, &state->values) = (struct host_value){ path, value };
}

static void values_add(void)
{
	for (size_t i = 0; i < sysctl_count; i++) {
		int value = sysctls[i].all;

		if (value == SYSCTL_ANY)
			continue;
		value_set(sysctl_path(state->arena, &sysctls[i], "all"),
			  value == SYSCTL_FORWARD ? 1 : value < 0 ? 0 : value);
	}
}

static void hop_add(const char *to, int oif, const char *via)
{
	struct host_hop hop = { .to = to ? prefix(to) : (struct prefix){ .addr.family = FAMILY_V4 },
				.table = RT_TABLE_MAIN,
				.type = RTN_UNICAST,
				.oif = oif };

	if (via)
		hop.via = addr(via);
	*vec_add(state->arena, &state->hops) = hop;
}

static void rule_add(uint32_t priority, uint32_t table)
{
	*vec_add(state->arena, &state->rules) = (struct host_rule){
		.family = FAMILY_V4, .priority = priority, .table = table, .action = FR_ACT_TO_TBL
	};
}

static void addr_add(int ifindex, const char *text)
{
	*vec_add(state->arena, &state->addrs) = (struct host_addr){ ifindex, addr(text), 24 };
}

static void neighbour_add(const char *ip, const char *at, bool permanent)
{
	*vec_add(state->arena, &state->neighbours) =
		(struct host_neighbour){ ONE, addr(ip), mac(at), permanent, false };
}

static void setup(void)
{
	want = host_want_new();
	state = host_state_new();
	report = NULL;
	want->forward = want->may_open = true;
	host_want_add_port(want, "one", "a", false);
	host_want_add_port(want, "two", "b", false);
	host_want_add_net(want, &(struct host_net){ prefix("10.1.0.0/24"), "a", 0, true });
	host_want_add_net(want, &(struct host_net){ prefix("10.2.0.0/24"), "b", 1, true });
	host_want_add_net(want, &(struct host_net){ prefix("10.3.0.0/24"), "c", 1, false });
	host_want_add_pin(want, &(struct host_pin){ "server", addr("10.1.0.10"),
						    mac("00:00:5e:00:53:10"), 0 });
	*vec_add(want->arena, &want->routes) =
		(struct host_route){ prefix("10.3.0.0/24"), addr("10.2.0.2") };
	*vec_add(want->arena, &want->listeners) = (struct host_listener){ 22, 22 };
	link_add("lo", LO);
	link_add("one", ONE);
	link_add("two", TWO);
	values_add();
	addr_add(ONE, "10.1.0.1");
	addr_add(TWO, "10.2.0.1");
	neighbour_add("10.1.0.10", "00:00:5e:00:53:10", true);
	hop_add("10.1.0.0/24", ONE, NULL);
	hop_add("10.2.0.0/24", TWO, NULL);
	hop_add("10.3.0.0/24", TWO, "10.2.0.2");
	rule_add(0, RT_TABLE_LOCAL);
	rule_add(32766, RT_TABLE_MAIN);
	rule_add(32767, RT_TABLE_DEFAULT);
}

static void teardown(void)
{
	host_report_free(report);
	host_state_free(state);
	host_want_free(want);
}

static void judge(void)
{
	host_report_free(report);
	report = host_judge(state, want);
}

static void calm(void)
{
	judge();
	vec_each(finding, &report->findings)
		ck_abort_msg("%s: %s", finding->code, finding->message);
}

/* One finding, of that code. */
static const struct host_finding *only(const char *code, enum host_severity severity,
				       enum host_repair_kind kind)
{
	const struct host_finding *finding;

	judge();
	ck_assert_uint_eq(report->findings.count, 1);
	finding = &report->findings.items[0];
	ck_assert_str_eq(finding->code, code);
	ck_assert_int_eq(finding->severity, severity);
	ck_assert_int_eq(finding->repair.kind, kind);
	ck_assert_ptr_nonnull(finding->message);
	ck_assert_ptr_nonnull(finding->hint);
	ck_assert_uint_eq(severity == HOST_CRITICAL ? report->critical : report->warning, 1);
	return finding;
}

static struct host_link *link_of(int index)
{
	return (struct host_link *)host_link_find(state, index);
}

START_TEST(a_machine_as_it_should_be_has_no_findings)
{
	calm();
	vec_each(row, &report->rows)
		ck_assert_int_eq(row->result,
				 strcmp(row->code, "H-BPF") == 0 ? HOST_UNSEEN : HOST_GOOD);
}
END_TEST

START_TEST(what_was_not_read_is_unseen_and_not_judged)
{
	state->unseen[HOST_TC] = EPERM;
	state->unseen[HOST_NEIGHBOURS] = EPERM;
	state->neighbours.count = 0; /* else: not pinned */
	judge();
	ck_assert_uint_eq(report->unseen, 2 + 1); /* and what nobody can look at */
	ck_assert_uint_eq(report->findings.count, 0);
	vec_each(row, &report->rows)
		if (strcmp(row->code, "H-TC") == 0 || strcmp(row->code, "H-NEIGHBOUR") == 0) {
			ck_assert_int_eq(row->result, HOST_UNSEEN);
			ck_assert_str_eq(row->why, strerror(EPERM));
		} else if (strcmp(row->code, "H-BPF") != 0) {
			ck_assert_int_eq(row->result, HOST_GOOD);
		}
}
END_TEST

/* Each setting of the table, changed on an interface of a zone and of all, is found and would be
 * set to what it was. */
START_TEST(every_setting_is_held)
{
	for (size_t i = 0; i < sysctl_count; i++) {
		const struct sysctl *sysctl = &sysctls[i];
		int32_t *conf = sysctl->scope == SYSCTL_V6 ? &link_of(ONE)->v6[sysctl->at]
							   : &link_of(ONE)->v4[sysctl->at];
		const char *path = sysctl_path(state->arena, sysctl, "all");
		const struct host_finding *finding;
		int32_t before;

		if (sysctl->scope != SYSCTL_ALONE && sysctl->zone != SYSCTL_ANY &&
		    sysctl->zone != SYSCTL_ON_PLAN) {
			before = *conf;
			*conf = before + 1;
			finding = only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
			ck_assert_str_eq(finding->repair.path,
					 sysctl_path(state->arena, sysctl, "one"));
			ck_assert_int_eq(finding->repair.value, before);
			ck_assert_str_eq(finding->interface, "one");
			*conf = before;
		}
		if (sysctl->all != SYSCTL_ANY) {
			before = host_value_find(state, path);
			value_set(path, before + 1);
			finding = only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
			ck_assert_str_eq(finding->repair.path, path);
			ck_assert_int_eq(finding->repair.value, before);
			value_set(path, before);
		}
	}
	calm();
}
END_TEST

START_TEST(a_setting_that_the_kernel_lacks_is_none)
{
	value_set("bridge/bridge-nf-call-iptables", HOST_CONF_ABSENT);
	link_of(ONE)->v6[DEVCONF_DISABLE_IPV6] = HOST_CONF_ABSENT;
	calm();
}
END_TEST

START_TEST(nothing_is_opened_before_the_ruleset_holds)
{
	link_of(ONE)->v4[IPV4_DEVCONF_FORWARDING] = 0;
	only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
	want->may_open = false;
	only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_NONE);
	/* closing is never put off */
	link_of(ONE)->v4[IPV4_DEVCONF_FORWARDING] = 1;
	link_of(ONE)->v4[IPV4_DEVCONF_PROXY_ARP] = 1;
	only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
}
END_TEST

START_TEST(without_a_policy_nothing_is_forwarded)
{
	want->forward = false;
	judge();
	ck_assert_uint_eq(report->findings.count, 3); /* all, one, two; default was not set up */
	vec_each(finding, &report->findings)
		ck_assert_int_eq(finding->repair.value, 0);
}
END_TEST

START_TEST(ipv6_is_on_where_it_is_planned_alone)
{
	want->ports.items[1].v6 = want->any_v6 = true;
	link_of(TWO)->v6[DEVCONF_DISABLE_IPV6] = 0;
	link_of(TWO)->v6[DEVCONF_ADDR_GEN_MODE] = 0;
	link_of(TWO)->v6[DEVCONF_FORWARDING] = 1;
	value_set("ipv6/conf/all/forwarding", 1);
	addr_add(TWO, "fe80::1");
	calm();
	link_of(ONE)->v6[DEVCONF_DISABLE_IPV6] = 0; /* heard and counted, not spoken */
	calm();
	link_of(TWO)->v6[DEVCONF_DISABLE_IPV6] = 1;
	only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
	link_of(TWO)->v6[DEVCONF_DISABLE_IPV6] = 0;
	link_of(ONE)->v6[DEVCONF_ADDR_GEN_MODE] = 0;
	only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
	link_of(ONE)->v6[DEVCONF_ADDR_GEN_MODE] = 1;
	addr_add(ONE, "fe80::1");
	ck_assert_str_eq(only("H-ADDRESS", HOST_WARNING, HOST_REPAIR_ADDRESS)->clause,
			 "G6.6-v6-suppress");
}
END_TEST

START_TEST(an_interface_of_a_zone_is_there_and_up)
{
	link_of(ONE)->up = false;
	ck_assert_str_eq(only("H-LINK", HOST_WARNING, HOST_REPAIR_NONE)->object, "down");
	link_of(ONE)->up = true;
	state->links.count--; /* two, with all that was its own */
	state->addrs.count--;
	state->hops.count = 1;
	ck_assert_str_eq(only("H-LINK", HOST_WARNING, HOST_REPAIR_NONE)->object, "missing");
}
END_TEST

START_TEST(an_interface_by_another_name_is_told_by_both)
{
	bool told = false;

	link_of(TWO)->name = "other";
	judge();
	vec_each(finding, &report->findings)
		told |= strcmp(finding->code, "H-LINK") == 0 && strstr(finding->message, "two") &&
			strstr(finding->message, "other");
	ck_assert(told);
}
END_TEST

START_TEST(an_interface_in_no_policy_has_no_address)
{
	link_add("eth9", NEXT);
	addr_add(NEXT, "fe80::9");
	calm();
	addr_add(NEXT, "192.168.7.1");
	ck_assert_str_eq(only("H-FOREIGN", HOST_WARNING, HOST_REPAIR_NONE)->interface, "eth9");
	link_of(NEXT)->up = false;
	calm();
}
END_TEST

static void enslaved(const char *kind)
{
	struct host_link *master = link_add("m", NEXT);

	master->kind = kind;
	link_of(ONE)->master = NEXT;
	ck_assert_ptr_nonnull(
		strstr(only("H-MASTER", HOST_CRITICAL, HOST_REPAIR_NONE)->message, kind));
	link_of(ONE)->master = 0;
	calm();
}

START_TEST(a_bridge_over_a_zone_is_found)
{
	enslaved("bridge");
}
END_TEST

START_TEST(a_vrf_over_a_zone_is_found)
{
	enslaved("vrf");
}
END_TEST

START_TEST(a_bond_over_a_zone_is_found)
{
	enslaved("bond");
}
END_TEST

START_TEST(a_card_hung_on_a_zone_is_found)
{
	static const struct {
		const char *kind;
		enum host_severity severity;
	} kinds[] = { { "macvlan", HOST_CRITICAL }, { "macvtap", HOST_CRITICAL },
		      { "ipvlan", HOST_CRITICAL },  { "ipvtap", HOST_CRITICAL },
		      { "vlan", HOST_WARNING } };
	struct host_link *child = link_add("evil", NEXT);

	child->lower = ONE;
	for (size_t i = 0; i < array_count(kinds); i++) {
		child->kind = kinds[i].kind;
		ck_assert_str_eq(only("H-CHILD", kinds[i].severity, HOST_REPAIR_NONE)->object,
				 "evil");
	}
	child->kind = "veth"; /* its other end */
	calm();
	child->kind = "macvlan";
	child->lower_elsewhere = true; /* the number means another card */
	calm();
}
END_TEST

START_TEST(a_zone_may_itself_be_a_vlan)
{
	link_add("eth0", NEXT);
	link_of(ONE)->lower = link_of(TWO)->lower = NEXT;
	link_of(ONE)->kind = link_of(TWO)->kind = "vlan";
	calm();
}
END_TEST

START_TEST(a_card_that_listens_for_others_is_found)
{
	link_of(ONE)->promiscuity = 1;
	only("H-PROMISC", HOST_CRITICAL, HOST_REPAIR_NONE);
	link_of(ONE)->promiscuity = 0;
	*vec_add(state->arena, &state->fdb) = (struct host_fdb){ ONE, link_of(ONE)->mac };
	calm();
	*vec_add(state->arena, &state->fdb) = (struct host_fdb){ ONE, mac("02:00:00:00:00:99") };
	ck_assert_str_eq(only("H-PROMISC", HOST_CRITICAL, HOST_REPAIR_NONE)->object,
			 "02:00:00:00:00:99");
}
END_TEST

START_TEST(addresses_are_those_of_the_zone)
{
	addr_add(ONE, "10.9.0.1");
	only("H-ADDRESS", HOST_WARNING, HOST_REPAIR_NONE);
	state->addrs.count--;
	addr_add(ONE, "10.1.0.10");
	ck_assert_ptr_nonnull(strstr(
		only("H-ADDRESS", HOST_WARNING, HOST_REPAIR_NONE)->message, "server"));
	state->addrs.count = 1;
	ck_assert_str_eq(only("H-ADDRESS", HOST_WARNING, HOST_REPAIR_NONE)->interface, "two");
}
END_TEST

START_TEST(a_machine_is_pinned_to_its_mac)
{
	const struct host_finding *finding;

	state->neighbours.count = 0;
	finding = only("H-NEIGHBOUR", HOST_WARNING, HOST_REPAIR_PIN);
	ck_assert_int_eq(finding->repair.ifindex, ONE);
	ck_assert_int_eq(mac_compare(finding->repair.mac, mac("00:00:5e:00:53:10")), 0);
	neighbour_add("10.1.0.10", "00:00:5e:00:53:10", false);
	only("H-NEIGHBOUR", HOST_WARNING, HOST_REPAIR_PIN);
	state->neighbours.count = 0;
	neighbour_add("10.1.0.10", "02:00:00:00:00:66", true);
	ck_assert_ptr_nonnull(strstr(
		only("H-NEIGHBOUR", HOST_WARNING, HOST_REPAIR_PIN)->message, "02:00:00:00:00:66"));
	link_of(ONE)->up = false; /* then there are no neighbours */
	ck_assert_str_eq(only("H-LINK", HOST_WARNING, HOST_REPAIR_NONE)->interface, "one");
}
END_TEST

START_TEST(no_answers_for_others)
{
	*vec_add(state->arena, &state->neighbours) =
		(struct host_neighbour){ ONE, addr("10.2.0.9"), { { 0 } }, false, true };
	only("H-NEIGHBOUR", HOST_WARNING, HOST_REPAIR_PROXY_NEIGHBOUR);
}
END_TEST

START_TEST(routes_lead_to_the_zones)
{
	static const struct {
		const char *to, *via;
		int oif;
		bool good;
	} routes[] = {
		{ "10.1.0.10", NULL, TWO, false },	{ "10.1.0.10", NULL, ONE, true },
		{ "10.0.0.0/8", "10.2.0.2", TWO, false }, { "192.168.0.0/16", NULL, TWO, true },
		{ NULL, "10.2.0.2", TWO, false },	{ "10.3.0.0/25", "10.1.0.2", ONE, false },
		{ "10.3.0.0/25", "10.2.0.2", TWO, true },
	};

	for (size_t i = 0; i < array_count(routes); i++) {
		hop_add(routes[i].to, routes[i].oif, routes[i].via);
		if (routes[i].good)
			calm();
		else
			only("H-ROUTE", HOST_WARNING, HOST_REPAIR_NONE);
		state->hops.count--;
	}
}
END_TEST

START_TEST(a_way_to_everything_may_be_planned)
{
	*vec_add(want->arena, &want->routes) = (struct host_route){
		{ .addr.family = FAMILY_V4 }, addr("10.2.0.2")
	};
	hop_add(NULL, TWO, "10.2.0.2");
	calm();
}
END_TEST

START_TEST(packets_for_others_are_not_taken_in)
{
	hop_add("10.2.0.9", LO, NULL);
	state->hops.items[state->hops.count - 1].type = RTN_LOCAL;
	state->hops.items[state->hops.count - 1].protocol = RTPROT_KERNEL;
	calm();
	state->hops.items[state->hops.count - 1].protocol = RTPROT_BOOT;
	only("H-ROUTE", HOST_WARNING, HOST_REPAIR_NONE);
}
END_TEST

START_TEST(policy_routing_is_found)
{
	rule_add(100, 77);
	only("H-RULE", HOST_WARNING, HOST_REPAIR_NONE);
	state->rules.count--;
	state->rules.items[0].selects = true;
	only("H-RULE", HOST_WARNING, HOST_REPAIR_NONE);
}
END_TEST

START_TEST(an_xdp_program_is_taken_off)
{
	const struct host_finding *finding;

	link_of(ONE)->xdp_mode = XDP_ATTACHED_SKB;
	finding = only("H-XDP", HOST_CRITICAL, HOST_REPAIR_XDP);
	ck_assert_int_eq(finding->repair.ifindex, ONE);
	ck_assert_uint_eq(finding->repair.xdp_mode, XDP_ATTACHED_SKB);
	link_of(ONE)->xdp_mode = 0;
	link_add("eth0", NEXT)->xdp_mode = XDP_ATTACHED_DRV;
	calm(); /* it carries no zone */
	link_of(ONE)->lower = NEXT;
	link_of(ONE)->kind = "vlan";
	ck_assert_str_eq(only("H-XDP", HOST_CRITICAL, HOST_REPAIR_XDP)->interface, "eth0");
}
END_TEST

START_TEST(tc_filters_are_taken_away)
{
	struct host_qdisc *qdisc = vec_add(state->arena, &state->qdiscs);

	*qdisc = (struct host_qdisc){ ONE, "clsact", 0xffff0000, TC_H_INGRESS, 0, false };
	calm(); /* it does nothing yet */
	qdisc->filters = 1;
	ck_assert_uint_eq(only("H-TC", HOST_CRITICAL, HOST_REPAIR_QDISC)->repair.parent,
			  TC_H_INGRESS);
	qdisc->filters = 0;
	qdisc->has_block = true;
	only("H-TC", HOST_CRITICAL, HOST_REPAIR_QDISC);
	*qdisc = (struct host_qdisc){ ONE, "htb", 0x10000, TC_H_ROOT, 2, false };
	only("H-TC", HOST_WARNING, HOST_REPAIR_NONE);
	qdisc->ifindex = LO;
	calm();
}
END_TEST

static struct host_socket *socket_add(uint8_t proto, const char *at, uint16_t port,
				      const char *program)
{
	struct host_socket *socket = vec_add(state->arena, &state->sockets);

	*socket = (struct host_socket){ .proto = proto,
					.addr = addr(at),
					.port = port,
					.holder = { program ? 71 : 0, program, false } };
	return socket;
}

START_TEST(services_are_named_and_proxies_are_critical)
{
	socket_add(6, "0.0.0.0", 22, "sshd");
	socket_add(6, "127.0.0.1", 8080, "squid");
	socket_add(6, "::1", 8080, "squid");
	socket_add(6, "::ffff:7f00:1", 8080, "squid");
	socket_add(17, "0.0.0.0", 68, "dhclient");
	socket_add(6, "0.0.0.0", 99, "sekishod")->holder.ours = true;
	calm();
	socket_add(6, "0.0.0.0", 80, "httpd");
	ck_assert_ptr_nonnull(strstr(only("H-LISTEN", HOST_WARNING, HOST_REPAIR_NONE)->message,
				     "httpd (pid 71)"));
	state->sockets.count--;
	socket_add(6, "::", 3128, "squid");
	only("H-LISTEN", HOST_CRITICAL, HOST_REPAIR_NONE);
	state->sockets.count--;
	socket_add(17, "10.1.0.1", 22, NULL);
	only("H-LISTEN", HOST_WARNING, HOST_REPAIR_NONE);
}
END_TEST

START_TEST(packet_sockets_are_named)
{
	struct host_packet *packet = vec_add(state->arena, &state->packets);

	*packet = (struct host_packet){ .ifindex = ONE, .protocol = 3,
					.holder = { 71, "dhclient", false } };
	calm();
	packet->holder.program = "tcpdump";
	only("H-PACKET", HOST_WARNING, HOST_REPAIR_NONE);
	packet->holder.program = "forwarder";
	only("H-PACKET", HOST_CRITICAL, HOST_REPAIR_NONE);
	packet->ifindex = 0;
	only("H-PACKET", HOST_CRITICAL, HOST_REPAIR_NONE);
	packet->holder = (struct host_holder){ 0 };
	only("H-PACKET", HOST_CRITICAL, HOST_REPAIR_NONE);
	packet->ifindex = LO;
	calm();
}
END_TEST

START_TEST(the_old_iptables_is_found)
{
	struct host_legacy *table = vec_add(state->arena, &state->legacy);

	*table = (struct host_legacy){ "ip", "filter" };
	only("H-LEGACY", HOST_WARNING, HOST_REPAIR_NONE);
	table->name = "nat";
	only("H-LEGACY", HOST_CRITICAL, HOST_REPAIR_NONE);
}
END_TEST

START_TEST(the_same_trouble_is_known_again)
{
	struct host_report *before;

	link_of(ONE)->xdp_mode = XDP_ATTACHED_SKB;
	judge();
	before = report;
	report = NULL;
	link_of(ONE)->xdp_id = 9;
	judge();
	ck_assert_ptr_nonnull(host_report_find(before, &report->findings.items[0]));
	link_of(ONE)->xdp_mode = 0;
	link_of(TWO)->xdp_mode = XDP_ATTACHED_SKB;
	judge();
	ck_assert_ptr_null(host_report_find(before, &report->findings.items[0]));
	host_report_free(before);
}
END_TEST

Suite *suite_host(void)
{
	Suite *suite = suite_create("host");
	TCase *tc = tcase_create("host");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_machine_as_it_should_be_has_no_findings);
	tcase_add_test(tc, what_was_not_read_is_unseen_and_not_judged);
	tcase_add_test(tc, every_setting_is_held);
	tcase_add_test(tc, a_setting_that_the_kernel_lacks_is_none);
	tcase_add_test(tc, nothing_is_opened_before_the_ruleset_holds);
	tcase_add_test(tc, without_a_policy_nothing_is_forwarded);
	tcase_add_test(tc, ipv6_is_on_where_it_is_planned_alone);
	tcase_add_test(tc, an_interface_of_a_zone_is_there_and_up);
	tcase_add_test(tc, an_interface_by_another_name_is_told_by_both);
	tcase_add_test(tc, an_interface_in_no_policy_has_no_address);
	tcase_add_test(tc, a_bridge_over_a_zone_is_found);
	tcase_add_test(tc, a_vrf_over_a_zone_is_found);
	tcase_add_test(tc, a_bond_over_a_zone_is_found);
	tcase_add_test(tc, a_card_hung_on_a_zone_is_found);
	tcase_add_test(tc, a_zone_may_itself_be_a_vlan);
	tcase_add_test(tc, a_card_that_listens_for_others_is_found);
	tcase_add_test(tc, addresses_are_those_of_the_zone);
	tcase_add_test(tc, a_machine_is_pinned_to_its_mac);
	tcase_add_test(tc, no_answers_for_others);
	tcase_add_test(tc, routes_lead_to_the_zones);
	tcase_add_test(tc, a_way_to_everything_may_be_planned);
	tcase_add_test(tc, packets_for_others_are_not_taken_in);
	tcase_add_test(tc, policy_routing_is_found);
	tcase_add_test(tc, an_xdp_program_is_taken_off);
	tcase_add_test(tc, tc_filters_are_taken_away);
	tcase_add_test(tc, services_are_named_and_proxies_are_critical);
	tcase_add_test(tc, packet_sockets_are_named);
	tcase_add_test(tc, the_old_iptables_is_found);
	tcase_add_test(tc, the_same_trouble_is_known_again);
	suite_add_tcase(suite, tc);
	return suite;
}
