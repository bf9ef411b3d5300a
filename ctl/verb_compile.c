/* compile: the ruleset of an accepted policy, as nft or JSON reads it. */
#include <errno.h>
#include <string.h>

#include "base/lang.h"
#include "ctl/command.h"
#include "rule/compile.h"
#include "rule/print.h"

static bool stdout_write(void *context, const char *text, size_t count)
{
	(void)context;
	return fwrite(text, 1, count, stdout) == count;
}

static enum status ruleset_show(const struct command *command, const struct ruleset *ruleset,
				struct errs *errs)
{
	const struct print_sink sink = { .write = stdout_write };
	struct buf text = { 0 };
	enum status status;
	bool said;

	if (command->format == FORMAT_JSON)
		said = ruleset_print_json(ruleset, &text, &sink);
	else
		said = ruleset_print_nft(ruleset, &text, &sink, errs);
	status = said ? output_text(&text) : STATUS_SYSTEM;
	if (!said && !errs_errors(errs))
		usage_error(_("the output could not be written: %s"), strerror(errno));
	buf_done(&text);
	return status;
}

enum status verb_compile(const struct command *command)
{
	struct compile_options options = { .has_at = command->has_at, .at = command->at };
	struct ruleset *ruleset = NULL;
	struct loaded loaded;
	enum status status = STATUS_REFUSED;

	if (loaded_init(&loaded, command, command->files[0]))
		ruleset = ruleset_compile(loaded.policy, &loaded.permits, &options, &loaded.errs);
	else
		status = loaded_status(&loaded);
	if (ruleset)
		status = ruleset_show(command, ruleset, &loaded.errs);
	/* warnings and exceptions too: whoever compiles a policy sees what was said of it */
	findings_show(stderr, &loaded.errs);
	ruleset_free(ruleset);
	loaded_done(&loaded);
	return status;
}
