/* The connections that stand, held against the policy in force: after every step that may have
 * taken something away, and at each look at the kernel. The ruleset has ended them by then; what
 * remains in conntrack is taken out so that nothing revives it, and what is there without the
 * policy's doing is found. */
#include "base/lang.h"
#include "daemon/gate.h"

enum { CONNECTIONS_TOLD = 10 };

struct telling {
	struct errs *errs;
	size_t count;
};

static void found_tell(void *context, const struct audit_found *found)
{
	struct telling *telling = context;
	struct buf text = { 0 };
	struct err *err;

	if (found->why == AUDIT_CLOSED) /* a moment ago; the timer of windows is about to come */
		return;
	if (telling->count++ >= CONNECTIONS_TOLD)
		return;
	audit_found_print(&text, found);
	err = errs_add(telling->errs, SEVERITY_WARNING, "K-CONNECTION", (struct src){ 0 });
	err_say(telling->errs, err, found->removed ? _("%s; removed") : "%s", buf_text(&text));
	buf_done(&text);
}

static void more_tell(const struct telling *telling)
{
	struct err *err;

	if (telling->count <= CONNECTIONS_TOLD)
		return;
	err = errs_add(telling->errs, SEVERITY_WARNING, "K-CONNECTION", (struct src){ 0 });
	err_say(telling->errs, err, _("and %zu more connections of that kind"),
		telling->count - CONNECTIONS_TOLD);
}

/* What could not be examined is no failure of the step that led here: the ruleset holds. */
static void warnings_copy(struct errs *errs, const struct errs *from)
{
	vec_each(err, &from->list) {
		struct err *told = errs_add(errs, SEVERITY_WARNING, err->code, err->at);

		err_say(errs, told, "%s", err->message);
		if (err->hint)
			err_hint(errs, told, "%s", err->hint);
	}
}

void gate_audit(struct gate *gate, enum audit_cause cause, struct errs *errs)
{
	const struct generation *now = gate->now;
	const struct audit_against against = { .policy = now->policy,
					       .permits = &now->permits,
					       .numbering = &now->numbering,
					       .isolations = &gate->isolations,
					       .at = wall_now() };
	bool remove = cause == CAUSE_CHANGE || now->policy->enforce.repair;
	struct telling telling = { .errs = errs };
	struct errs failures;

	errs_init(&failures);
	/* after a change it is the change that ended them: counted, and nothing to be alarmed at */
	(void)!audit_run(gate->audit, &against, remove,
			 cause == CAUSE_SWEEP ? found_tell : NULL, &telling, &failures);
	gate->audited = audit_last(gate->audit);
	more_tell(&telling);
	warnings_copy(errs, &failures);
	errs_done(&failures);
}
