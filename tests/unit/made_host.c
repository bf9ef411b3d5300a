/* See made_host.h. */
#include "unit/made_host.h"

#include <check.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/sysctl.h"

struct host_want *made_want;
struct host_state *made_state;
struct host_report *made_report;

struct addr made_addr(const char *text)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse(text, &addr), ADDR_GOOD);
	return addr;
}

struct prefix made_prefix(const char *text)
{
	struct prefix prefix;

	ck_assert_int_eq(prefix_parse(text, &prefix), ADDR_GOOD);
	return prefix;
}

struct mac made_mac(const char *text)
{
	struct mac mac;

	ck_assert_int_eq(mac_parse(text, &mac), ADDR_GOOD);
	return mac;
}

/* A link all of whose settings are as they should be. */
struct host_link *made_link(const char *name, int index)
{
	const struct host_port *port = host_want_find_port(made_want, name);
	struct host_link *link = host_state_add_link(made_state, name, index);

	link->up = true;
	link->mac = made_mac("02:00:00:00:00:01");
	link->mac.bytes[5] = (uint8_t)index;
	for (size_t i = 0; i < sysctl_count; i++) {
		int value = port ? sysctls[i].zone : sysctls[i].other;
		int32_t *confs = sysctls[i].scope == SYSCTL_V6 ? link->v6 : link->v4;

		if (sysctls[i].scope != SYSCTL_ALONE && value != SYSCTL_ANY)
			confs[sysctls[i].at] = value == SYSCTL_FORWARD	 ? made_want->forward
					       : value == SYSCTL_NO_PLAN ? 1
					       : value == SYSCTL_PLAN	 ? 0
					       : value == SYSCTL_ON_PLAN ? 1
									 : value;
	}
	return link;
}

void made_value(const char *path, int32_t value)
{
	vec_each(one, &made_state->values)
		if (strcmp(one->path, path) == 0) {
			one->value = value;
			return;
		}
	*vec_add(made_state->arena, &made_state->values) = (struct host_value){ path, value };
}

void made_values(void)
{
	for (size_t i = 0; i < sysctl_count; i++) {
		int value = sysctls[i].all;

		if (value == SYSCTL_ANY)
			continue;
		made_value(sysctl_path(made_state->arena, &sysctls[i], "all"),
			  value == SYSCTL_FORWARD ? 1 : value < 0 ? 0 : value);
	}
}

void made_hop(const char *to, int oif, const char *via)
{
	struct host_hop hop = { .to = to ? made_prefix(to) : (struct prefix){ .addr.family = FAMILY_V4 },
				.table = RT_TABLE_MAIN,
				.type = RTN_UNICAST,
				.oif = oif };

	if (via)
		hop.via = made_addr(via);
	*vec_add(made_state->arena, &made_state->hops) = hop;
}

void made_rule(uint32_t priority, uint32_t table)
{
	*vec_add(made_state->arena, &made_state->rules) = (struct host_rule){
		.family = FAMILY_V4, .priority = priority, .table = table, .action = FR_ACT_TO_TBL
	};
}

void made_own_addr(int ifindex, const char *text)
{
	*vec_add(made_state->arena, &made_state->addrs) = (struct host_addr){ ifindex, made_addr(text), 24 };
}

void made_neighbour(const char *ip, const char *at, bool permanent)
{
	*vec_add(made_state->arena, &made_state->neighbours) =
		(struct host_neighbour){ ONE, made_addr(ip), made_mac(at), permanent, false };
}

void made_setup(void)
{
	made_want = host_want_new();
	made_state = host_state_new();
	made_report = NULL;
	made_want->forward = made_want->may_open = true;
	host_want_add_port(made_want, "one", "a", false);
	host_want_add_port(made_want, "two", "b", false);
	host_want_add_net(made_want, &(struct host_net){ made_prefix("10.1.0.0/24"), "a", 0, true });
	host_want_add_net(made_want, &(struct host_net){ made_prefix("10.2.0.0/24"), "b", 1, true });
	host_want_add_net(made_want, &(struct host_net){ made_prefix("10.3.0.0/24"), "c", 1, false });
	host_want_add_pin(made_want, &(struct host_pin){ "server", made_addr("10.1.0.10"),
						    made_mac("00:00:5e:00:53:10"), 0 });
	*vec_add(made_want->arena, &made_want->routes) =
		(struct host_route){ made_prefix("10.3.0.0/24"), made_addr("10.2.0.2") };
	*vec_add(made_want->arena, &made_want->listeners) = (struct host_listener){ 22, 22 };
	made_link("lo", LO);
	made_link("one", ONE);
	made_link("two", TWO);
	made_values();
	made_own_addr(ONE, "10.1.0.1");
	made_own_addr(TWO, "10.2.0.1");
	made_neighbour("10.1.0.10", "00:00:5e:00:53:10", true);
	made_hop("10.1.0.0/24", ONE, NULL);
	made_hop("10.2.0.0/24", TWO, NULL);
	made_hop("10.3.0.0/24", TWO, "10.2.0.2");
	made_rule(0, RT_TABLE_LOCAL);
	made_rule(32766, RT_TABLE_MAIN);
	made_rule(32767, RT_TABLE_DEFAULT);
}

void made_teardown(void)
{
	host_report_free(made_report);
	host_state_free(made_state);
	host_want_free(made_want);
}

void made_judge(void)
{
	host_report_free(made_report);
	made_report = host_judge(made_state, made_want);
}

void made_calm(void)
{
	made_judge();
	vec_each(finding, &made_report->findings)
		ck_abort_msg("%s: %s", finding->code, finding->message);
}

/* One finding, of that code. */
const struct host_finding *made_only(const char *code, enum host_severity severity,
				       enum host_repair_kind kind)
{
	const struct host_finding *finding;

	made_judge();
	ck_assert_uint_eq(made_report->findings.count, 1);
	finding = &made_report->findings.items[0];
	ck_assert_str_eq(finding->code, code);
	ck_assert_int_eq(finding->severity, severity);
	ck_assert_int_eq(finding->repair.kind, kind);
	ck_assert_ptr_nonnull(finding->message);
	ck_assert_ptr_nonnull(finding->hint);
	ck_assert_uint_eq(severity == HOST_CRITICAL ? made_report->critical : made_report->warning, 1);
	return finding;
}

struct host_link *made_link_of(int index)
{
	return (struct host_link *)host_link_find(made_state, index);
}
