/* From a look to a report: every check in its turn; what could not be seen is told as that. */
#include <errno.h>
#include <string.h>

#include "base/lang.h"
#include "host/check.h"

enum { LOWER_MOST = 8 }; /* a VLAN on a bond on cards, and room */

static bool texts_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool host_finding_same(const struct host_finding *a, const struct host_finding *b)
{
	return texts_same(a->code, b->code) && texts_same(a->interface, b->interface) &&
	       texts_same(a->object, b->object);
}

const struct host_finding *host_report_find(const struct host_report *report,
					    const struct host_finding *finding)
{
	vec_each(one, &report->findings)
		if (host_finding_same(one, finding))
			return one;
	return NULL;
}

void host_report_free(struct host_report *report)
{
	if (report)
		arena_free(report->arena);
}

struct host_finding *judge_add(struct host_judge *judge, enum host_severity severity,
			       const char *interface, const char *object)
{
	struct host_report *report = judge->report;
	struct host_finding *finding = vec_add(report->arena, &report->findings);

	*finding = (struct host_finding){
		.code = judge->check->code,
		.clause = judge->check->clause,
		.severity = severity,
		.interface = arena_strdup(report->arena, interface),
		.object = arena_strdup(report->arena, object),
	};
	if (severity == HOST_CRITICAL)
		report->critical++;
	else
		report->warning++;
	return finding;
}

void finding_say(struct host_judge *judge, struct host_finding *finding, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	finding->message = arena_vprintf(judge->report->arena, fmt, args);
	va_end(args);
}

void finding_hint(struct host_judge *judge, struct host_finding *finding, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	finding->hint = arena_vprintf(judge->report->arena, fmt, args);
	va_end(args);
}

const struct host_port *judge_port(const struct host_judge *judge, const struct host_link *link)
{
	return host_want_find_port(judge->want, link->name);
}

/* What stands under a port: the card of a VLAN, the cards of a bond. A veth's other end is not. */
static bool port_stands_on(const struct host_judge *judge, const struct host_port *port,
			   const struct host_link *link)
{
	const struct host_link *at = host_link_find_name(judge->state, port->interface);

	for (int i = 0; at && i < LOWER_MOST; i++) {
		if (at == link || (link->master && link->master == at->index))
			return true;
		at = at->lower && !at->lower_elsewhere && strcmp(at->kind, "veth") != 0
			     ? host_link_find(judge->state, at->lower)
			     : NULL;
	}
	return false;
}

const struct host_port *judge_carried(const struct host_judge *judge, const struct host_link *link)
{
	const struct host_port *own = judge_port(judge, link);

	if (own)
		return own;
	vec_each(port, &judge->want->ports)
		if (port_stands_on(judge, port, link))
			return port;
	return NULL;
}

bool host_carries(const struct host_state *state, const struct host_want *want,
		  const char *interface)
{
	const struct host_judge judge = { .state = state, .want = want };
	const struct host_link *link = host_link_find_name(state, interface);

	return link && judge_carried(&judge, link);
}

const char *judge_link_name(const struct host_judge *judge, int ifindex)
{
	const struct host_link *link = host_link_find(judge->state, ifindex);

	return link ? link->name : "?";
}

const char *judge_holder(struct host_judge *judge, const struct host_holder *holder, uint32_t uid)
{
	struct arena *arena = judge->report->arena;

	if (holder->pid)
		return arena_printf(arena, "%s (pid %d)", holder->program, holder->pid);
	return arena_printf(arena, _("a program that could not be named (user %u)"), uid);
}

/* Why the check saw nothing; NULL: it can judge. */
static const char *unseen_why(struct host_judge *judge)
{
	if (!judge->check->judge)
		return _("this version does not look at it");
	for (int i = 0; i < HOST_PARTS; i++)
		if (judge->check->parts & 1u << i && judge->state->unseen[i])
			return arena_strdup(judge->report->arena,
					    strerror(judge->state->unseen[i]));
	return NULL;
}

struct host_report *host_judge(const struct host_state *state, const struct host_want *want)
{
	struct arena *arena = arena_new();
	struct host_report *report = arena_make(arena, struct host_report);

	report->arena = arena;
	for (size_t i = 0; i < host_check_count; i++) {
		struct host_judge judge = { state, want, &host_checks[i], report };
		struct host_row *row = vec_add(arena, &report->rows);
		size_t before = report->findings.count;

		*row = (struct host_row){ .code = judge.check->code,
					  .clause = judge.check->clause,
					  .title = _(judge.check->title),
					  .why = unseen_why(&judge) };
		if (!row->why)
			judge.check->judge(&judge);
		row->result = row->why				       ? HOST_UNSEEN
			      : report->findings.count != before ? HOST_FOUND
								       : HOST_GOOD;
		report->unseen += row->result == HOST_UNSEEN;
	}
	return report;
}
