/* Exceptions after G7.4-exc (必須／望ましい): a declared exception relaxes a finding whose clause
 * merely recommends, when the CISO has approved it, somebody else has applied for it, and it
 * has an end that has not passed. What is 必須 or 必要, or adopted by the policy, stays as it is.
 * A relaxed finding stays in the list: it appears in every output. */
#include <string.h>

#include "base/lang.h"
#include "guide/checks.h"

static const char *const groups[] = { "flows.", "zones.", "hosts.", "endpoints." };

/* A finding about some object, which an exception without one would relax for all of them. */
static bool is_too_much(const struct exception *exception, const struct err *err)
{
	if (exception->about || !err->path || strcmp(err->code, exception->check) != 0)
		return false;
	for (size_t i = 0; i < array_count(groups); i++)
		if (strncmp(err->path, groups[i], strlen(groups[i])) == 0)
			return true;
	return false;
}

/* Is the finding about what the exception names? Findings carry the path of their setting. */
static bool is_about(const struct exception *exception, const struct err *err)
{
	const struct {
		const char *group, *id;
	} scopes[] = {
		{ groups[0], exception->flow_name },
		{ groups[1], exception->zone_name },
		{ groups[2], exception->host_name },
		{ groups[3], exception->endpoint_name },
	};

	if (strcmp(err->code, exception->check) != 0)
		return false;
	for (size_t i = 0; i < array_count(scopes); i++) {
		const char *path = err->path;
		size_t group = strlen(scopes[i].group);
		size_t id = scopes[i].id ? strlen(scopes[i].id) : 0;

		if (!scopes[i].id)
			continue;
		if (!path || strncmp(path, scopes[i].group, group) != 0 ||
		    strncmp(path + group, scopes[i].id, id) != 0 || path[group + id] != '.')
			return false;
	}
	return true;
}

static struct err *refuse(struct judge *judge, const struct exception *exception,
			  enum exception_field field)
{
	return judge_exception(judge, SEVERITY_ERROR, "E-EXCEPTION", "G7.4-exc", exception, field);
}

static bool is_approved_by_ciso(const struct approval *approval)
{
	for (size_t i = 0; i < approval->approvers.count; i++)
		if (approval->approvers.items[i] == PERSON_CISO)
			return true;
	return false;
}

static bool approval_is_good(struct judge *judge, const struct exception *exception)
{
	const struct approval *approval = exception->approval;
	const char *id = exception->node.id;
	struct err *err;

	if (approval && approval->kind == APPROVAL_EXCEPTION && is_approved_by_ciso(approval) &&
	    !(approval->expires.set && date_is_before(approval->expires.date, judge->today)))
		return true;
	err = refuse(judge, exception, EXCEPTION_F_APPROVAL);
	if (approval)
		err->also = approval->node.at;
	if (!approval)
		err_say(judge->errs, err, _("exception %s names no approval"), id);
	else if (approval->kind != APPROVAL_EXCEPTION)
		err_say(judge->errs, err, _("approval %s of exception %s is of kind \"%s\""),
			approval->node.id, id, words_word(&words_approval_kind, approval->kind));
	else if (!is_approved_by_ciso(approval))
		err_say(judge->errs, err, _("approval %s of exception %s lacks %s"),
			approval->node.id, id, words_label(&words_person, PERSON_CISO));
	else
		err_say(judge->errs, err, _("approval %s of exception %s has expired"),
			approval->node.id, id);
	err_hint(judge->errs, err,
		 _("write approval = \"…\": one with kind = \"exception\", by the CISO, in force"));
	return false;
}

static bool end_is_good(struct judge *judge, const struct exception *exception)
{
	char text[DATE_TEXT_BYTES];
	struct err *err;

	if (exception->expires.set && !date_is_before(exception->expires.date, judge->today))
		return true;
	err = refuse(judge, exception, EXCEPTION_F_EXPIRES);
	if (exception->expires.set)
		err_say(judge->errs, err, _("exception %s ended on \"%s\""), exception->node.id,
			date_text(exception->expires.date, text));
	else
		err_say(judge->errs, err, _("exception %s has no end"), exception->node.id);
	err_hint(judge->errs, err, _("write expires = \"YYYY-MM-DD\", or remove the exception"));
	return false;
}

static bool is_good(struct judge *judge, const struct exception *exception)
{
	struct err *err;
	bool approved, ends;

	if (!exception->check || !check_find(exception->check)) {
		err = refuse(judge, exception, EXCEPTION_F_CHECK);
		err_say(judge->errs, err, _("exception %s names the check \"%s\", which does not exist"),
			exception->node.id, exception->check ? exception->check : "");
		err_hint(judge->errs, err, _("write the code of a finding, as in \"E-MNT-PERM\""));
		return false;
	}
	approved = approval_is_good(judge, exception);
	ends = end_is_good(judge, exception);
	return approved && ends;
}

static void binding(struct judge *judge, const struct exception *exception,
		    const struct err *finding)
{
	struct src also = finding->at;
	const char *clause = finding->clause, *strength = finding->strength;
	struct err *err = refuse(judge, exception, EXCEPTION_F_CHECK);

	err->also = also;
	if (clause && judge_adopts(judge, clause))
		err_say(judge->errs, err,
			_("exception %s would relax %s of clause %s, which the policy adopts as binding"),
			exception->node.id, exception->check, clause);
	else
		err_say(judge->errs, err,
			_("exception %s would relax %s, but clause %s is \"%s\" and is never relaxed"),
			exception->node.id, exception->check, clause ? clause : "-",
			strength ? strength : "-");
	err_hint(judge->errs, err, _("mend what was found and remove the exception"));
}

static void nameless(struct judge *judge, const struct exception *exception,
		     const struct err *finding)
{
	struct src also = finding->at; /* the list may move when ours is added */
	struct err *err = refuse(judge, exception, EXCEPTION_F_CHECK);

	err->also = also;
	err_say(judge->errs, err, _("exception %s would relax every %s, now and in future"),
		exception->node.id, exception->check);
	err_hint(judge->errs, err, _("name the one it is about: flow, zone, host or endpoint"));
}

static void apply(struct judge *judge, const struct exception *exception, size_t first,
		  size_t count, bool good)
{
	bool is_used = false, told = false;

	for (size_t i = first; i < count; i++) {
		struct err *finding = &judge->errs->list.items[i];
		const struct clause *clause =
			finding->clause ? clause_find(finding->clause) : NULL;

		if (is_too_much(exception, finding)) {
			if (!told)
				nameless(judge, exception, finding);
			is_used = told = true;
			continue;
		}
		if (!is_about(exception, finding))
			continue;
		is_used = true;
		if (!clause || !clause_is_relaxable(clause) || judge_adopts(judge, clause->id)) {
			if (!told)
				binding(judge, exception, finding);
			told = true;
		} else if (good && finding->severity != SEVERITY_EXCEPTION) {
			errs_relax(judge->errs, finding, exception->node.id);
		}
	}
	if (!is_used && good) {
		struct err *err = judge_exception(judge, SEVERITY_WARNING, "W-EXCEPTION-UNUSED",
						  "G7.4-register", exception, EXCEPTION_F_CHECK);

		err_say(judge->errs, err, _("exception %s relaxes nothing: there is no finding %s"),
			exception->node.id, exception->check);
		err_hint(judge->errs, err, _("remove the exception"));
	}
}

void exceptions_apply(struct judge *judge, size_t first)
{
	size_t count = judge->errs->list.count; /* our own findings are no subject of exceptions */

	vec_each(exception, &judge->policy->exceptions) {
		bool good = is_good(judge, exception);

		if (exception->check)
			apply(judge, exception, first, count, good);
	}
}
