/* 12 · E-MNT-PERM · G3.1-maint-time (考えられる), G6.2-perm-review (必須): maintenance is open
 * only while somebody maintains, by a ticket, and for a month at most. The clause calls that
 * conceivable; we refuse by default and relax only by a declared exception. A permission that
 * has ended has to be taken out, and that is required. */
#include "base/lang.h"
#include "guide/checks.h"

enum { DAY_SEC = 86400, DAYS_MOST = 30 };

static struct err *refuse(struct judge *judge, const char *clause, const struct flow *flow,
			  enum flow_field field)
{
	return judge_flow(judge, "E-MNT-PERM", clause, flow, field);
}

static void at_window(struct err *err, const struct flow *flow, enum window_field field)
{
	err->at = node_at(&flow->window->node, field);
}

/* A temporary permission of any class that is over. */
static bool ended_check(struct judge *judge, const struct flow *flow)
{
	const struct window *window = flow->window;
	char day[DATE_TEXT_BYTES], moment[WALL_TEXT_BYTES];
	const char *ended = NULL;
	struct err *err;

	if (window->kind == WINDOW_ABSOLUTE && window->end.sec <= judge->now.sec)
		ended = wall_text(window->end, window->end_offset_sec, moment);
	else if (window->kind == WINDOW_RECURRING && window->until.set &&
		 date_is_before(window->until.date, judge->today))
		ended = date_text(window->until.date, day);
	if (!ended)
		return false;
	err = refuse(judge, "G6.2-perm-review", flow, FLOW_F_WINDOW);
	at_window(err, flow,
		  window->kind == WINDOW_ABSOLUTE ? WINDOW_F_END : WINDOW_F_UNTIL);
	err_say(judge->errs, err, _("the permission of flow %s ended on \"%s\""), flow->node.id,
		ended);
	err_hint(judge->errs, err, _("remove the flow, or have it approved anew with a new window"));
	if (flow->class != FLOW_MAINTENANCE) {
		judge->refused[flow->index] &= ~(1u << judge->check);
		judge_warn(judge, err);
	}
	return true;
}

static void window_check(struct judge *judge, const struct flow *flow)
{
	const struct window *window = flow->window;
	struct err *err;
	int64_t days;

	if (!window || window->kind == WINDOW_ALWAYS || window->kind == WINDOW_RECURRING) {
		err = refuse(judge, "G3.1-maint-time", flow, FLOW_F_WINDOW);
		err_say(judge->errs, err,
			window && window->kind == WINDOW_RECURRING
				? _("maintenance flow %s opens again and again")
				: _("maintenance flow %s is always open"),
			flow->node.id);
		err_hint(judge->errs, err,
			 _("write window: { start = \"…\"; end = \"…\"; } or { grant = \"2h\"; }"));
		return;
	}
	if (window->kind == WINDOW_GRANT)
		days = window->grant_sec / DAY_SEC;
	else
		days = (window->end.sec - window->start.sec) / DAY_SEC;
	if (days < DAYS_MOST || (window->kind == WINDOW_ABSOLUTE &&
				 window->end.sec - window->start.sec <= DAYS_MOST * DAY_SEC))
		return;
	err = refuse(judge, "G3.1-maint-time", flow, FLOW_F_WINDOW);
	at_window(err, flow,
		  window->kind == WINDOW_ABSOLUTE ? WINDOW_F_END : WINDOW_F_GRANT);
	err_say(judge->errs, err, _("the window of maintenance flow %s is open for more than %d days"),
		flow->node.id, DAYS_MOST);
	err_hint(judge->errs, err, _("write one window for each piece of work"));
}

void check_12_mnt_perm(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows) {
		bool has_ended = flow->window && ended_check(judge, flow);
		struct err *err;

		if (flow->class != FLOW_MAINTENANCE)
			continue;
		if (!has_ended)
			window_check(judge, flow);
		if (flow->ticket)
			continue;
		err = refuse(judge, "G3.1-maint-time", flow, FLOW_F_TICKET);
		err_say(judge->errs, err, _("maintenance flow %s has no ticket"), flow->node.id);
		err_hint(judge->errs, err, _("write ticket = \"…\": the number of the work order"));
	}
}
