/* The verb dump: what the kernel holds now, as a file (lib/rule/dump.h). */
#include "ctl/dump_file.h"

enum status verb_dump(const struct command *command)
{
	struct buf text = { 0 };
	enum status status;

	if (dump_receive(&text, command, &status))
		status = output_text(&text);
	buf_done(&text);
	return status;
}
