/* 23 · E-LOG-POL · G6.1-log-policy (必須), G6.1-log-1y (望ましい): four things are laid down about
 * logs: what is recorded, how long it is kept, how it is handled, and what is done when it
 * cannot be recorded. A year is desirable; adopted, it binds. */
#include "base/lang.h"
#include "guide/checks.h"

enum { YEAR_DAYS = 365 };

static void missing(struct judge *judge, enum logging_field field, const char *path,
		    const char *hint)
{
	struct err *err = judge_node(judge, SEVERITY_ERROR, "E-LOG-POL", "G6.1-log-policy",
				     &judge->policy->logging.node, field, path);

	err_say(judge->errs, err, _("%s is not laid down"), path);
	err_hint(judge->errs, err, "%s", hint);
}

void check_23_log_pol(struct judge *judge)
{
	const struct logging *logging = &judge->policy->logging;
	struct err *err;

	if (!logging->items.count)
		missing(judge, LOGGING_ITEMS, "logging.items",
			_("write items = [\"deny\", \"conn-new\", …]: what is recorded"));
	if (!node_has(&logging->node, LOGGING_RETENTION_DAYS))
		missing(judge, LOGGING_RETENTION_DAYS, "logging.retention-days",
			_("write retention-days = 400: how long it is kept"));
	if (!logging->handling)
		missing(judge, LOGGING_HANDLING, "logging.handling",
			_("write handling = \"自治体機密性3\": how it is handled"));
	if (!node_has(&logging->node, LOGGING_ON_FAILURE))
		missing(judge, LOGGING_ON_FAILURE, "logging.on-failure",
			_("write on-failure = \"alert\", \"alert+local-ring\" or \"block-new\""));
	if (!node_has(&logging->node, LOGGING_RETENTION_DAYS) ||
	    logging->retention_days >= YEAR_DAYS)
		return;
	err = judge_node(judge, SEVERITY_ERROR, "E-LOG-POL", "G6.1-log-1y", &logging->node,
			 LOGGING_RETENTION_DAYS, "logging.retention-days");
	judge_warn(judge, err);
	if (err->severity == SEVERITY_ERROR)
		err->also = node_at(&judge->policy->head.node, HEAD_ADOPT);
	err_say(judge->errs, err, _("logs are kept for %d days, less than a year"),
		(int)logging->retention_days);
	err_hint(judge->errs, err, _("write retention-days = 400: how long it is kept"));
}
