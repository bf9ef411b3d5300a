/* Cutting off and letting back in: the record on disk, the ruleset without those who are cut off,
 * and what holds when one of the two fails: whoever may be cut off stays so. */
#include <string.h>

#include "base/lang.h"
#include "daemon/gate.h"

static bool isolate_fail(struct errs *errs, const char *message, const char *what)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "S-ISOLATE", (struct src){ 0 });

	err_say(errs, err, message, what);
	return false;
}

bool gate_isolate(struct gate *gate, const char *what, const char *reason, struct errs *errs)
{
	struct isolation isolation;
	bool held, kept;

	if (!isolation_parse(gate->now->policy, what, &isolation, errs))
		return false;
	isolation.reason = reason;
	isolation.since = wall_now();
	if (!isolations_add(&gate->isolations, &isolation) && !gate->isolations_owed)
		return isolate_fail(errs, _("\"%s\" is isolated already"), what);
	held = gate_renew(gate, _("an isolation could not be put into the kernel"), errs);
	kept = isolations_write(&gate->isolations, gate->place->state_dir, errs);
	gate->isolations_owed = !held || !kept;
	return held && kept;
}

/* What is isolated, by the words it was isolated with; the policy may have forgotten it. */
static const struct isolation *isolation_said(const struct isolations *isolations,
					      const char *what)
{
	vec_each(isolation, &isolations->list) {
		const char *kind = isolation_kind_word(isolation->kind);
		size_t bytes = strlen(kind);

		if (isolation->kind == ISOLATION_ALL ? strcmp(what, kind) == 0
						     : strcmp(what, isolation->id) == 0)
			return isolation;
		if (strncmp(what, kind, bytes) == 0 && what[bytes] == ':' &&
		    strcmp(what + bytes + 1, isolation->id) == 0)
			return isolation;
	}
	return NULL;
}

static void cut_again(struct gate *gate, const struct isolation *isolation, const char *why,
		      struct errs *errs)
{
	if (!isolations_add(&gate->isolations, isolation) || !gate_renew(gate, why, errs))
		gate_trouble(gate, TROUBLE_APPLY, why);
}

bool gate_rejoin(struct gate *gate, const char *what, struct errs *errs)
{
	const struct isolation *said = isolation_said(&gate->isolations, what);
	const char *cut = _("an isolation could not be put into the kernel");
	struct isolation taken;
	struct errs record;

	if (!said)
		return isolate_fail(errs, _("\"%s\" is not isolated"), what);
	taken = *said; /* its texts live as long as the arena */
	if (!isolations_remove(&gate->isolations, taken.kind, taken.id))
		return false;
	if (!gate_renew(gate, cut, errs)) {
		cut_again(gate, &taken, cut, errs);
		return false;
	}
	errs_init(&record);
	if (!isolations_write(&gate->isolations, gate->place->state_dir, &record))
		vec_each(err, &record.list) {
			struct err *told = errs_add(errs, SEVERITY_WARNING, err->code, err->at);

			err_say(errs, told, "%s", err->message);
			err_hint(errs, told, "%s", _("after a reboot it would be isolated again"));
		}
	errs_done(&record);
	return true;
}
