/* Dumps of rulesets for verbs: out of a file, or of the kernel through the daemon. Each says on
 * standard error what went wrong. */
#pragma once

#include "ctl/command.h"
#include "rule/dump.h"

struct dump {
	struct ruleset *ruleset;
	struct dump_head head;
	struct buf text;
};

/* "-" is standard input. */
_must_check_ bool dump_open(struct dump *dump, const char *path, enum status *ret_status);
/* Of the kernel, now. */
_must_check_ bool dump_ask(struct dump *dump, const struct command *command,
			   enum status *ret_status);
/* As text alone. */
_must_check_ bool dump_receive(struct buf *text, const struct command *command,
			       enum status *ret_status);
void dump_close(struct dump *dump);

struct wall dump_time(const struct dump *dump, struct wall otherwise); /* when it was taken */
