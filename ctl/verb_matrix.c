/* matrix: who may speak to whom, as a table, a picture or JSON. */
#include "base/lang.h"
#include "ctl/command.h"
#include "report/matrix.h"

static enum status matrix_show(const struct command *command, const struct policy *policy)
{
	struct buf text = { 0 };
	enum status status;

	if (command->json)
		return output_json(report_matrix_json(policy));
	if (command->svg)
		report_matrix_svg(policy, &text);
	else
		report_matrix_text(policy, &text);
	status = output_text(&text);
	buf_done(&text);
	return status;
}

/* A draft with findings is shown, too, and said to be refused: the table is where its author
 * sees which cell a flow should not stand in. */
enum status verb_matrix(const struct command *command)
{
	struct loaded loaded;
	enum status status;

	if (command->json && command->svg) {
		usage_error(_("--json and --svg exclude each other"));
		return STATUS_USAGE;
	}
	loaded_init(&loaded, command, command->files[0]);
	if (loaded_is_shown(&loaded))
		status = matrix_show(command, loaded.policy);
	else
		status = loaded_status(&loaded);
	loaded_done(&loaded);
	return status;
}
