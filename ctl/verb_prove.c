/* The verb prove: do the rules that a policy compiles to let pass exactly what it permits? */
#include <stdlib.h>

#include "base/lang.h"
#include "ctl/command.h"
#include "proof/prove.h"
#include "proof/want.h"
#include "rule/compile.h"

enum { MARGIN_SEC = 2, BUDGET = 20000000 };

static enum status proof_show(const struct command *command, const struct proof *proof)
{
	(void)command;
	printf("%s\n", proof_result_text(proof->result));
	vec_each(finding, &proof->findings) {
		struct buf text = { 0 };

		proof_finding_print(&text, finding);
		printf("  %s\n", buf_text(&text));
		buf_done(&text);
	}
	if (proof->findings_more)
		printf(_("  and %zu more\n"), proof->findings_more);
	printf(_("looked at: %zu ways to pass, %zu permissions, %zu pieces\n"), proof->leaves,
	       proof->claims, proof->pieces);
	return proof->result == PROOF_PROVED ? STATUS_GOOD : STATUS_REFUSED;
}

static enum status ruleset_prove(const struct command *command, const struct loaded *loaded,
				 const struct ruleset *ruleset)
{
	struct want want;
	struct proof proof;
	enum status status;
	struct proof_question question = { .ruleset = ruleset,
					   .own = "sekisho",
					   .families = { true, true },
					   .budget = BUDGET };

	want_init(&want, loaded->policy, &loaded->permits, NULL, command->at, MARGIN_SEC);
	for (unsigned path = 0; path < PATHS; path++)
		question.claims[path] = &want.claims[path];
	prove(&question, &proof);
	status = proof_show(command, &proof);
	proof_done(&proof);
	want_done(&want);
	return status;
}

enum status verb_prove(const struct command *command)
{
	struct compile_options options = { .has_at = true, .at = command->at };
	struct ruleset *ruleset = NULL;
	struct loaded loaded;
	enum status status = STATUS_REFUSED;

	if (loaded_init(&loaded, command, command->files[0]))
		ruleset = ruleset_compile(loaded.policy, &loaded.permits, &options, &loaded.errs);
	else
		status = loaded_status(&loaded);
	if (ruleset)
		status = ruleset_prove(command, &loaded, ruleset);
	else
		findings_show(stderr, &loaded.errs);
	ruleset_free(ruleset);
	loaded_done(&loaded);
	return status;
}
