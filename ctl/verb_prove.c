/* The verb prove: do these rules let pass exactly what a policy permits? The rules are those of a
 * dump, or those that the policy compiles to. */
#include "base/clock.h"
#include "base/lang.h"
#include "ctl/dump_file.h"
#include "ctl/proof_json.h"
#include "proof/want.h"
#include "rule/compile.h"

enum { MARGIN_SEC = 2, BUDGET = 20000000 };

struct proving {
	const struct command *command; /* as of the time of the rules */
	const struct loaded *loaded;
	const struct ruleset *ruleset;
	const struct dump *dump; /* where they are from, or NULL */
	struct proof proof;
	int64_t took_us;
};

/* ---- as text ---- */

static void dump_say(struct buf *buf, const struct proving *proving)
{
	const struct dump_head *head = &proving->dump->head;
	int offset_sec = proving->loaded->policy->head.offset_sec;
	char text[WALL_TEXT_BYTES];

	buf_printf(buf, _("ruleset of %1$s, generation %2$u, kernel %3$s, taken at %4$s\n"),
		   head->gateway ? head->gateway : "-", head->generation,
		   head->kernel ? head->kernel : "-",
		   wall_text(dump_time(proving->dump, proving->command->at), offset_sec, text));
}

static enum status proof_text(const struct proving *proving)
{
	const struct proof *proof = &proving->proof;
	struct buf buf = { 0 };
	enum status status;

	buf_printf(&buf, "%s\n", proof_result_text(proof->result));
	vec_each(finding, &proof->findings) {
		buf_add_text(&buf, "  ");
		proof_finding_print(&buf, finding);
		buf_add_char(&buf, '\n');
	}
	if (proof->findings_more)
		buf_printf(&buf, _("  and %zu more\n"), proof->findings_more);
	if (proving->dump)
		dump_say(&buf, proving);
	buf_printf(&buf, _("looked at: %zu ways to pass, %zu permissions, %zu pieces\n"),
		   proof->leaves, proof->claims, proof->pieces);
	status = output_text(&buf);
	buf_done(&buf);
	return status;
}

/* ---- as JSON ---- */

static json_t *dump_json(const struct proving *proving)
{
	const struct dump_head *head = &proving->dump->head;
	json_t *json = json_object();

	json_object_set_new(json, "ruleset_file", json_told(proving->command->ruleset));
	json_object_set_new(json, "gateway", json_told(head->gateway));
	json_object_set_new(json, "kernel", json_told(head->kernel));
	json_object_set_new(json, "generation", json_integer(head->generation));
	json_object_set_new(json, "taken_at",
			    json_wall(dump_time(proving->dump, proving->command->at),
				      proving->loaded->policy->head.offset_sec));
	return json;
}

static enum status proof_output_json(const struct proving *proving)
{
	json_t *json = proof_json(&proving->proof);

	json_object_set_new(json, "policy_file", json_told(proving->loaded->file));
	json_object_set_new(json, "ruleset", proving->dump ? dump_json(proving) : json_null());
	json_object_set_new(json, "at",
			    json_wall(proving->command->at, proving->loaded->policy->head.offset_sec));
	json_object_set_new(json, "took_ms", json_real((double)proving->took_us / 1000));
	return output_json(json);
}

/* ---- the proof ---- */

static enum status ruleset_prove(struct proving *proving)
{
	const struct loaded *loaded = proving->loaded;
	struct proof_question question = { .ruleset = proving->ruleset,
					   .own = "sekisho",
					   .families = { true, true },
					   .budget = BUDGET };
	int64_t start = clock_us(CLOCK_MONOTONIC);
	enum status status;
	struct want want;

	want_init(&want, loaded->policy, &loaded->permits, NULL, proving->command->at, MARGIN_SEC);
	for (unsigned path = 0; path < PATHS; path++)
		question.claims[path] = &want.claims[path];
	prove(&question, &proving->proof);
	proving->took_us = clock_us(CLOCK_MONOTONIC) - start;
	status = proving->command->json ? proof_output_json(proving) : proof_text(proving);
	/* what is named may be a hole: nothing short of the whole is good */
	if (status == STATUS_GOOD && proving->proof.result != PROOF_PROVED)
		status = STATUS_REFUSED;
	proof_done(&proving->proof);
	want_done(&want);
	return status;
}

static enum status policy_prove(const struct command *command, const struct dump *dump)
{
	struct compile_options options = { .has_at = true, .at = command->at };
	struct ruleset *compiled = NULL;
	struct loaded loaded;
	struct proving proving = { .command = command, .loaded = &loaded, .dump = dump };
	enum status status = STATUS_REFUSED;

	if (!loaded_init(&loaded, command, command->files[0]))
		status = loaded_status(&loaded);
	else if (dump)
		proving.ruleset = dump->ruleset;
	else
		proving.ruleset = compiled = ruleset_compile(loaded.policy, &loaded.permits,
							     &options, &loaded.errs);
	if (proving.ruleset)
		status = ruleset_prove(&proving);
	else
		findings_show(stderr, &loaded.errs);
	ruleset_free(compiled);
	loaded_done(&loaded);
	return status;
}

enum status verb_prove(const struct command *command)
{
	struct command then = *command;
	enum status status;
	struct dump dump;

	if (!command->ruleset)
		return policy_prove(command, NULL);
	if (dump_open(&dump, command->ruleset, &status)) {
		if (!command->has_at)
			then.at = dump_time(&dump, command->at);
		status = policy_prove(&then, &dump);
	}
	dump_close(&dump);
	return status;
}
