/* H-SYSCTL: what the kernel does with packets by itself is as the table in sysctl.c holds it. Put
 * right at once, but never so that something opens while no ruleset stands before it. */
#include <string.h>

#include "base/lang.h"
#include "host/check.h"
#include "host/sysctl.h"

/* port NULL: of all. */
static int wanted_value(const struct host_want *want, const struct host_port *port, int value)
{
	bool v6 = port ? port->v6 : want->any_v6;

	switch (value) {
	case SYSCTL_FORWARD:
		return want->forward;
	case SYSCTL_PLAN:
		return want->forward && v6;
	case SYSCTL_NO_PLAN:
		return !v6;
	case SYSCTL_ON_PLAN:
		return v6 ? 0 : SYSCTL_ANY;
	default:
		return value;
	}
}

static bool opens(int wanted, int value)
{
	return (wanted == SYSCTL_FORWARD || wanted == SYSCTL_PLAN) ? value == 1
	       : wanted == SYSCTL_NO_PLAN || wanted == SYSCTL_ON_PLAN ? value == 0
								   : false;
}

static void value_judge(struct host_judge *judge, const struct sysctl *sysctl,
			const char *interface, const struct host_port *port, int wanted,
			int32_t found)
{
	int value = wanted_value(judge->want, port, wanted);
	struct host_finding *finding;
	const char *path;

	/* below 0 the kernel is stricter still (IPv6 source routes) */
	if (value == SYSCTL_ANY || found == HOST_CONF_ABSENT || found == value ||
	    (found < 0 && value == 0))
		return;
	path = sysctl_path(judge->report->arena, sysctl, interface);
	finding = judge_add(judge, HOST_WARNING,
			    sysctl->scope != SYSCTL_ALONE && strcmp(interface, "all") != 0 &&
					    strcmp(interface, "default") != 0
				    ? interface
				    : NULL,
			    path);
	finding_say(judge, finding, _("net/%1$s is %2$d, to be %3$d: %4$s"), path, found, value,
		    _(sysctl->why));
	if (opens(wanted, value) && !judge->want->may_open) {
		finding_hint(judge, finding,
			     _("it is set once the kernel holds the policy's ruleset"));
		return;
	}
	finding_hint(judge, finding, "sysctl -w net/%s=%d", path, value);
	finding->repair = (struct host_repair){ .kind = HOST_REPAIR_SYSCTL,
						.path = finding->object,
						.value = value };
}

static void link_judge(struct host_judge *judge, const struct sysctl *sysctl,
		       const struct host_link *link)
{
	const struct host_port *port = judge_port(judge, link);
	const int32_t *confs = sysctl->scope == SYSCTL_V6 ? link->v6 : link->v4;

	if (port || strcmp(link->name, "lo") != 0)
		value_judge(judge, sysctl, link->name, port, port ? sysctl->zone : sysctl->other,
			    confs[sysctl->at]);
}

/* Those of all interfaces first: setting one of them may set it on each. */
void check_host_sysctl(struct host_judge *judge)
{
	for (size_t i = 0; i < sysctl_count; i++) {
		const struct sysctl *sysctl = &sysctls[i];
		const char *all = sysctl_path(judge->report->arena, sysctl, "all");
		const char *fresh = sysctl_path(judge->report->arena, sysctl, "default");

		value_judge(judge, sysctl, "all", NULL, sysctl->all,
			    host_value_find(judge->state, all));
		if (sysctl->scope == SYSCTL_ALONE)
			continue;
		value_judge(judge, sysctl, "default", NULL, sysctl->fresh,
			    host_value_find(judge->state, fresh));
		vec_each(link, &judge->state->links)
			link_judge(judge, sysctl, link);
	}
}
