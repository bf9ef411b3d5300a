/* The checks of the machine on made-up looks: each finds what it is there for, with its severity
 * and repair, and nothing where all is well. No kernel. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/sysctl.h"
#include "unit/made_host.h"
#include "unit/suites.h"

START_TEST(a_machine_as_it_should_be_has_no_findings)
{
	made_calm();
	vec_each(row, &made_report->rows)
		ck_assert_int_eq(row->result,
				 strcmp(row->code, "H-BPF") == 0 ? HOST_UNSEEN : HOST_GOOD);
}
END_TEST

START_TEST(what_was_not_read_is_unseen_and_not_judged)
{
	made_state->unseen[HOST_TC] = EPERM;
	made_state->unseen[HOST_NEIGHBOURS] = EPERM;
	made_state->neighbours.count = 0; /* else: not pinned */
	made_judge();
	ck_assert_uint_eq(made_report->unseen, 2 + 1); /* and what nobody can look at */
	ck_assert_uint_eq(made_report->findings.count, 0);
	vec_each(row, &made_report->rows)
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
		int32_t *conf = sysctl->scope == SYSCTL_V6 ? &made_link_of(ONE)->v6[sysctl->at]
							   : &made_link_of(ONE)->v4[sysctl->at];
		const char *path = sysctl_path(made_state->arena, sysctl, "all");
		const struct host_finding *finding;
		int32_t before;

		if (sysctl->scope != SYSCTL_ALONE && sysctl->zone != SYSCTL_ANY &&
		    sysctl->zone != SYSCTL_ON_PLAN) {
			before = *conf;
			*conf = before + 1;
			finding = made_only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
			ck_assert_str_eq(finding->repair.path,
					 sysctl_path(made_state->arena, sysctl, "one"));
			ck_assert_int_eq(finding->repair.value, before);
			ck_assert_str_eq(finding->interface, "one");
			*conf = before;
		}
		if (sysctl->all != SYSCTL_ANY) {
			before = host_value_find(made_state, path);
			made_value(path, before + 1);
			finding = made_only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
			ck_assert_str_eq(finding->repair.path, path);
			ck_assert_int_eq(finding->repair.value, before);
			made_value(path, before);
		}
	}
	made_calm();
}
END_TEST

START_TEST(a_setting_that_the_kernel_lacks_is_none)
{
	made_value("bridge/bridge-nf-call-iptables", HOST_CONF_ABSENT);
	made_link_of(ONE)->v6[DEVCONF_DISABLE_IPV6] = HOST_CONF_ABSENT;
	made_calm();
}
END_TEST

START_TEST(nothing_is_opened_before_the_ruleset_holds)
{
	made_link_of(ONE)->v4[IPV4_DEVCONF_FORWARDING] = 0;
	made_only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
	made_want->may_open = false;
	made_only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_NONE);
	/* closing is never put off */
	made_link_of(ONE)->v4[IPV4_DEVCONF_FORWARDING] = 1;
	made_link_of(ONE)->v4[IPV4_DEVCONF_PROXY_ARP] = 1;
	made_only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
}
END_TEST

START_TEST(without_a_policy_nothing_is_forwarded)
{
	made_want->forward = false;
	made_judge();
	ck_assert_uint_eq(made_report->findings.count, 3); /* all, one, two; default was not set up */
	vec_each(finding, &made_report->findings)
		ck_assert_int_eq(finding->repair.value, 0);
}
END_TEST

START_TEST(ipv6_is_on_where_it_is_planned_alone)
{
	made_want->ports.items[1].v6 = made_want->any_v6 = true;
	made_link_of(TWO)->v6[DEVCONF_DISABLE_IPV6] = 0;
	made_link_of(TWO)->v6[DEVCONF_ADDR_GEN_MODE] = 0;
	made_link_of(TWO)->v6[DEVCONF_FORWARDING] = 1;
	made_value("ipv6/conf/all/forwarding", 1);
	made_own_addr(TWO, "fe80::1");
	made_calm();
	made_link_of(ONE)->v6[DEVCONF_DISABLE_IPV6] = 0; /* heard and counted, not spoken */
	made_calm();
	made_link_of(TWO)->v6[DEVCONF_DISABLE_IPV6] = 1;
	made_only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
	made_link_of(TWO)->v6[DEVCONF_DISABLE_IPV6] = 0;
	made_link_of(ONE)->v6[DEVCONF_ADDR_GEN_MODE] = 0;
	made_only("H-SYSCTL", HOST_WARNING, HOST_REPAIR_SYSCTL);
	made_link_of(ONE)->v6[DEVCONF_ADDR_GEN_MODE] = 1;
	made_own_addr(ONE, "fe80::1");
	ck_assert_str_eq(made_only("H-ADDRESS", HOST_WARNING, HOST_REPAIR_ADDRESS)->clause,
			 "G6.6-v6-suppress");
}
END_TEST

START_TEST(an_interface_of_a_zone_is_there_and_up)
{
	made_link_of(ONE)->up = false;
	ck_assert_str_eq(made_only("H-LINK", HOST_WARNING, HOST_REPAIR_NONE)->object, "down");
	made_link_of(ONE)->up = true;
	made_state->links.count--; /* two, with all that was its own */
	made_state->addrs.count--;
	made_state->hops.count = 1;
	ck_assert_str_eq(made_only("H-LINK", HOST_WARNING, HOST_REPAIR_NONE)->object, "missing");
}
END_TEST

START_TEST(an_interface_by_another_name_is_told_by_both)
{
	bool told = false;

	made_link_of(TWO)->name = "other";
	made_judge();
	vec_each(finding, &made_report->findings)
		told |= strcmp(finding->code, "H-LINK") == 0 && strstr(finding->message, "two") &&
			strstr(finding->message, "other");
	ck_assert(told);
}
END_TEST

START_TEST(an_interface_in_no_policy_has_no_address)
{
	made_link("eth9", NEXT);
	made_own_addr(NEXT, "fe80::9");
	made_calm();
	made_own_addr(NEXT, "192.168.7.1");
	ck_assert_str_eq(made_only("H-FOREIGN", HOST_WARNING, HOST_REPAIR_NONE)->interface, "eth9");
	made_link_of(NEXT)->up = false;
	made_calm();
}
END_TEST

static void enslaved(const char *kind)
{
	struct host_link *master = made_link("m", NEXT);

	master->kind = kind;
	made_link_of(ONE)->master = NEXT;
	ck_assert_ptr_nonnull(
		strstr(made_only("H-MASTER", HOST_CRITICAL, HOST_REPAIR_NONE)->message, kind));
	made_link_of(ONE)->master = 0;
	made_calm();
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
	struct host_link *child = made_link("evil", NEXT);

	child->lower = ONE;
	for (size_t i = 0; i < array_count(kinds); i++) {
		child->kind = kinds[i].kind;
		ck_assert_str_eq(made_only("H-CHILD", kinds[i].severity, HOST_REPAIR_NONE)->object,
				 "evil");
	}
	child->kind = "veth"; /* its other end */
	made_calm();
	child->kind = "macvlan";
	child->lower_elsewhere = true; /* the number means another card */
	made_calm();
}
END_TEST

START_TEST(a_zone_may_itself_be_a_vlan)
{
	made_link("eth0", NEXT);
	made_link_of(ONE)->lower = made_link_of(TWO)->lower = NEXT;
	made_link_of(ONE)->kind = made_link_of(TWO)->kind = "vlan";
	made_calm();
}
END_TEST

START_TEST(a_card_that_listens_for_others_is_found)
{
	made_link_of(ONE)->promiscuity = 1;
	made_only("H-PROMISC", HOST_CRITICAL, HOST_REPAIR_NONE);
	made_link_of(ONE)->promiscuity = 0;
	*vec_add(made_state->arena, &made_state->fdb) = (struct host_fdb){ ONE, made_link_of(ONE)->mac };
	made_calm();
	*vec_add(made_state->arena, &made_state->fdb) = (struct host_fdb){ ONE, made_mac("02:00:00:00:00:99") };
	ck_assert_str_eq(made_only("H-PROMISC", HOST_CRITICAL, HOST_REPAIR_NONE)->object,
			 "02:00:00:00:00:99");
}
END_TEST

START_TEST(addresses_are_those_of_the_zone)
{
	made_own_addr(ONE, "10.9.0.1");
	made_only("H-ADDRESS", HOST_WARNING, HOST_REPAIR_NONE);
	made_state->addrs.count--;
	made_own_addr(ONE, "10.1.0.10");
	ck_assert_ptr_nonnull(strstr(
		made_only("H-ADDRESS", HOST_WARNING, HOST_REPAIR_NONE)->message, "server"));
	made_state->addrs.count = 1;
	ck_assert_str_eq(made_only("H-ADDRESS", HOST_WARNING, HOST_REPAIR_NONE)->interface, "two");
}
END_TEST

START_TEST(a_machine_is_pinned_to_its_mac)
{
	const struct host_finding *finding;

	made_state->neighbours.count = 0;
	finding = made_only("H-NEIGHBOUR", HOST_WARNING, HOST_REPAIR_PIN);
	ck_assert_int_eq(finding->repair.ifindex, ONE);
	ck_assert_int_eq(mac_compare(finding->repair.mac, made_mac("00:00:5e:00:53:10")), 0);
	made_neighbour("10.1.0.10", "00:00:5e:00:53:10", false);
	made_only("H-NEIGHBOUR", HOST_WARNING, HOST_REPAIR_PIN);
	made_state->neighbours.count = 0;
	made_neighbour("10.1.0.10", "02:00:00:00:00:66", true);
	ck_assert_ptr_nonnull(strstr(
		made_only("H-NEIGHBOUR", HOST_WARNING, HOST_REPAIR_PIN)->message, "02:00:00:00:00:66"));
	made_link_of(ONE)->up = false; /* then there are no neighbours */
	ck_assert_str_eq(made_only("H-LINK", HOST_WARNING, HOST_REPAIR_NONE)->interface, "one");
}
END_TEST

START_TEST(no_answers_for_others)
{
	*vec_add(made_state->arena, &made_state->neighbours) =
		(struct host_neighbour){ ONE, made_addr("10.2.0.9"), { { 0 } }, false, true };
	made_only("H-NEIGHBOUR", HOST_WARNING, HOST_REPAIR_PROXY_NEIGHBOUR);
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
		made_hop(routes[i].to, routes[i].oif, routes[i].via);
		if (routes[i].good)
			made_calm();
		else
			made_only("H-ROUTE", HOST_WARNING, HOST_REPAIR_NONE);
		made_state->hops.count--;
	}
}
END_TEST

START_TEST(a_way_to_everything_may_be_planned)
{
	*vec_add(made_want->arena, &made_want->routes) = (struct host_route){
		{ .addr.family = FAMILY_V4 }, made_addr("10.2.0.2")
	};
	made_hop(NULL, TWO, "10.2.0.2");
	made_calm();
}
END_TEST

START_TEST(packets_for_others_are_not_taken_in)
{
	made_hop("10.2.0.9", LO, NULL);
	made_state->hops.items[made_state->hops.count - 1].type = RTN_LOCAL;
	made_state->hops.items[made_state->hops.count - 1].protocol = RTPROT_KERNEL;
	made_calm();
	made_state->hops.items[made_state->hops.count - 1].protocol = RTPROT_BOOT;
	made_only("H-ROUTE", HOST_WARNING, HOST_REPAIR_NONE);
}
END_TEST

START_TEST(policy_routing_is_found)
{
	made_rule(100, 77);
	made_only("H-RULE", HOST_WARNING, HOST_REPAIR_NONE);
	made_state->rules.count--;
	made_state->rules.items[0].selects = true;
	made_only("H-RULE", HOST_WARNING, HOST_REPAIR_NONE);
}
END_TEST

START_TEST(an_xdp_program_is_taken_off)
{
	const struct host_finding *finding;

	made_link_of(ONE)->xdp_mode = XDP_ATTACHED_SKB;
	finding = made_only("H-XDP", HOST_CRITICAL, HOST_REPAIR_XDP);
	ck_assert_int_eq(finding->repair.ifindex, ONE);
	ck_assert_uint_eq(finding->repair.xdp_mode, XDP_ATTACHED_SKB);
	made_link_of(ONE)->xdp_mode = 0;
	made_link("eth0", NEXT)->xdp_mode = XDP_ATTACHED_DRV;
	made_calm(); /* it carries no zone */
	made_link_of(ONE)->lower = NEXT;
	made_link_of(ONE)->kind = "vlan";
	ck_assert_str_eq(made_only("H-XDP", HOST_CRITICAL, HOST_REPAIR_XDP)->interface, "eth0");
}
END_TEST

START_TEST(a_port_and_what_is_under_it_carry)
{
	made_link("eth0", NEXT);
	ck_assert(host_carries(made_state, made_want, "one"));
	ck_assert(!host_carries(made_state, made_want, "eth0"));
	ck_assert(!host_carries(made_state, made_want, "nowhere"));
	ck_assert(!host_carries(made_state, made_want, "lo"));
	made_link_of(ONE)->lower = NEXT;
	made_link_of(ONE)->kind = "vlan";
	ck_assert(host_carries(made_state, made_want, "eth0"));
	made_link_of(ONE)->kind = "veth"; /* the other end of a cable */
	ck_assert(!host_carries(made_state, made_want, "eth0"));
}
END_TEST

START_TEST(tc_filters_are_taken_away)
{
	struct host_qdisc *qdisc = vec_add(made_state->arena, &made_state->qdiscs);

	*qdisc = (struct host_qdisc){ ONE, "clsact", 0xffff0000, TC_H_INGRESS, 0, false };
	made_calm(); /* it does nothing yet */
	qdisc->filters = 1;
	ck_assert_uint_eq(made_only("H-TC", HOST_CRITICAL, HOST_REPAIR_QDISC)->repair.parent,
			  TC_H_INGRESS);
	qdisc->filters = 0;
	qdisc->has_block = true;
	made_only("H-TC", HOST_CRITICAL, HOST_REPAIR_QDISC);
	*qdisc = (struct host_qdisc){ ONE, "htb", 0x10000, TC_H_ROOT, 2, false };
	made_only("H-TC", HOST_WARNING, HOST_REPAIR_NONE);
	qdisc->ifindex = LO;
	made_calm();
}
END_TEST

static struct host_socket *socket_add(uint8_t proto, const char *at, uint16_t port,
				      const char *program)
{
	struct host_socket *socket = vec_add(made_state->arena, &made_state->sockets);

	*socket = (struct host_socket){ .proto = proto,
					.addr = made_addr(at),
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
	made_calm();
	socket_add(6, "0.0.0.0", 80, "httpd");
	ck_assert_ptr_nonnull(strstr(made_only("H-LISTEN", HOST_WARNING, HOST_REPAIR_NONE)->message,
				     "httpd (pid 71)"));
	made_state->sockets.count--;
	socket_add(6, "::", 3128, "squid");
	made_only("H-LISTEN", HOST_CRITICAL, HOST_REPAIR_NONE);
	made_state->sockets.count--;
	socket_add(17, "10.1.0.1", 22, NULL);
	made_only("H-LISTEN", HOST_WARNING, HOST_REPAIR_NONE);
}
END_TEST

START_TEST(packet_sockets_are_named)
{
	struct host_packet *packet = vec_add(made_state->arena, &made_state->packets);

	*packet = (struct host_packet){ .ifindex = ONE, .protocol = 3,
					.holder = { 71, "dhclient", false } };
	made_calm();
	packet->holder.program = "tcpdump";
	made_only("H-PACKET", HOST_WARNING, HOST_REPAIR_NONE);
	packet->holder.program = "forwarder";
	made_only("H-PACKET", HOST_CRITICAL, HOST_REPAIR_NONE);
	packet->ifindex = 0;
	made_only("H-PACKET", HOST_CRITICAL, HOST_REPAIR_NONE);
	packet->protocol = 0x88cc; /* LLDP */
	made_calm();
	packet->protocol = 3;
	packet->holder = (struct host_holder){ 0 };
	packet->uid = 998;
	made_only("H-PACKET", HOST_WARNING, HOST_REPAIR_NONE);
	packet->uid = 0;
	made_only("H-PACKET", HOST_CRITICAL, HOST_REPAIR_NONE);
	packet->ifindex = LO;
	made_calm();
}
END_TEST

START_TEST(the_old_iptables_is_found)
{
	struct host_legacy *table = vec_add(made_state->arena, &made_state->legacy);

	*table = (struct host_legacy){ "ip", "filter" };
	made_only("H-LEGACY", HOST_WARNING, HOST_REPAIR_NONE);
	table->name = "nat";
	made_only("H-LEGACY", HOST_CRITICAL, HOST_REPAIR_NONE);
}
END_TEST

START_TEST(the_same_trouble_is_known_again)
{
	struct host_report *before;

	made_link_of(ONE)->xdp_mode = XDP_ATTACHED_SKB;
	made_judge();
	before = made_report;
	made_report = NULL;
	made_link_of(ONE)->xdp_id = 9;
	made_judge();
	ck_assert_ptr_nonnull(host_report_find(before, &made_report->findings.items[0]));
	made_link_of(ONE)->xdp_mode = 0;
	made_link_of(TWO)->xdp_mode = XDP_ATTACHED_SKB;
	made_judge();
	ck_assert_ptr_null(host_report_find(before, &made_report->findings.items[0]));
	host_report_free(before);
}
END_TEST

Suite *suite_host(void)
{
	Suite *suite = suite_create("host");
	TCase *tc = tcase_create("host");

	tcase_add_checked_fixture(tc, made_setup, made_teardown);
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
	tcase_add_test(tc, a_port_and_what_is_under_it_carry);
	tcase_add_test(tc, packet_sockets_are_named);
	tcase_add_test(tc, the_old_iptables_is_found);
	tcase_add_test(tc, the_same_trouble_is_known_again);
	suite_add_tcase(suite, tc);
	return suite;
}
