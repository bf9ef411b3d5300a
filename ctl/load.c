/* A policy for a verb: read, judged, expanded. */
#include "base/lang.h"
#include "conf/conf.h"
#include "ctl/command.h"
#include "guide/guide.h"

bool loaded_init(struct loaded *loaded, const struct command *command, const char *file)
{
	*loaded = (struct loaded){ .file = file ? file : "/etc/sekisho/sekisho.conf" };
	errs_init(&loaded->errs);
	loaded->policy = conf_read(loaded->file, &loaded->errs);
	if (!loaded->policy)
		return false;
	if (!permits_init(&loaded->permits, loaded->policy, &loaded->errs))
		return false;
	guide_check(loaded->policy, command->at, &loaded->errs);
	loaded->judged = true;
	errs_sort(&loaded->errs);
	return errs_errors(&loaded->errs) == 0;
}

void loaded_done(struct loaded *loaded)
{
	errs_done(&loaded->errs); /* points into the policy: first */
	permits_done(&loaded->permits);
	policy_free(loaded->policy);
}

bool loaded_is_shown(const struct loaded *loaded)
{
	if (!loaded->judged) {
		findings_show(stderr, &loaded->errs);
		return false;
	}
	if (errs_errors(&loaded->errs))
		usage_error(_("note: %1$s is refused by check with %2$zu errors"), loaded->file,
			    errs_errors(&loaded->errs));
	return true;
}

enum status loaded_status(const struct loaded *loaded)
{
	if (!errs_errors(&loaded->errs))
		return STATUS_GOOD;
	return loaded->errs.unreadable ? STATUS_USAGE : STATUS_REFUSED;
}
