/* check: read a policy, judge it, say everything that is wrong with it. */
#include "base/lang.h"
#include "conf/conf.h"
#include "ctl/command.h"

static enum status check_json(const struct loaded *loaded, const struct command *command)
{
	const struct policy *policy = loaded->policy;
	const struct errs *errs = &loaded->errs;
	enum status status = loaded_status(loaded), written;
	json_t *json = json_object();

	json_object_set_new(json, "file", json_text(loaded->file));
	json_object_set_new(json, "accepted", json_boolean(status == STATUS_GOOD));
	json_object_set_new(json, "at",
			    json_wall(command->at, policy ? policy->head.offset_sec : 9 * 3600));
	json_object_set_new(json, "organisation",
			    json_text(policy ? policy->head.organisation : NULL));
	json_object_set_new(json, "gateway", json_text(policy ? policy->head.gateway : NULL));
	json_object_set_new(json, "model",
			    json_text(policy ? words_word(&words_model, policy->head.model) : NULL));
	json_object_set_new(json, "flows",
			    policy ? json_integer((json_int_t)policy->flows.count) : json_null());
	json_object_set_new(json, "errors", json_integer((json_int_t)errs->counts[SEVERITY_ERROR]));
	json_object_set_new(json, "warnings",
			    json_integer((json_int_t)errs->counts[SEVERITY_WARNING]));
	json_object_set_new(json, "exceptions",
			    json_integer((json_int_t)errs->counts[SEVERITY_EXCEPTION]));
	json_object_set_new(json, "findings", errs_json(errs));
	written = output_json(json);
	return written == STATUS_GOOD ? status : written;
}

static void summary_show(const struct loaded *loaded)
{
	const struct policy *policy = loaded->policy;
	const struct errs *errs = &loaded->errs;

	if (!errs_errors(errs)) {
		printf(_("%1$s: accepted: %2$s, %3$s, %4$s: %5$zu zones, %6$zu hosts, %7$zu endpoints, %8$zu flows"),
		       loaded->file, policy->head.organisation, policy->head.gateway,
		       words_label(&words_model, policy->head.model), policy->zones.count,
		       policy->hosts.count, policy->endpoints.count, policy->flows.count);
	} else {
		printf(_("%1$s: refused: errors %2$zu"), loaded->file, errs->counts[SEVERITY_ERROR]);
	}
	if (errs->counts[SEVERITY_WARNING])
		printf(_(", warnings %zu"), errs->counts[SEVERITY_WARNING]);
	if (errs->counts[SEVERITY_EXCEPTION])
		printf(_(", exceptions in force %zu"), errs->counts[SEVERITY_EXCEPTION]);
	putchar('\n');
}

static enum status check_text(const struct loaded *loaded, const struct command *command)
{
	enum status status = loaded_status(loaded), written;
	struct buf text = { 0 };

	if (command->print && status == STATUS_GOOD) {
		findings_show(stderr, &loaded->errs);
		conf_print(loaded->policy, &text);
	} else {
		/* what is wrong with a policy is what check is asked for; that there is no
		 * policy to read is an error of the asking */
		findings_show(status == STATUS_USAGE ? stderr : stdout, &loaded->errs);
		if (status != STATUS_USAGE)
			summary_show(loaded);
	}
	written = output_text(&text);
	buf_done(&text);
	return written == STATUS_GOOD ? status : written;
}

enum status verb_check(const struct command *command)
{
	struct loaded loaded;
	enum status status;

	loaded_init(&loaded, command, command->files[0]);
	status = command->json ? check_json(&loaded, command) : check_text(&loaded, command);
	loaded_done(&loaded);
	return status;
}
