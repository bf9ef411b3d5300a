/* Calls to the daemon over its control socket; each says on standard error what went wrong. */
#pragma once

#include "ctl/command.h"
#include "wire/wire.h"

struct call {
	int fd;
	struct wire_inbox inbox;
};

_must_check_ bool call_open(struct call *call, const struct command *command,
			    enum status *ret_status);
void call_close(struct call *call);

_must_check_ bool call_send(struct call *call, const char *method, json_t *parameters, bool more,
			    enum status *ret_status);

/* Of an answer: a text, `otherwise` where there is none; a number, 0 where there is none. */
const char *text_or(const json_t *json, const char *key, const char *otherwise);
long long number_of(const json_t *json, const char *key);

/* One record of a drift, in words; and only what its hole let pass. */
void drift_show(const json_t *drift);
void admitted_show(const json_t *drift);

/* The next reply's parameters, the caller's; *ret_error is its error, or NULL. Waits. */
_must_check_ bool call_receive(struct call *call, json_t **ret_parameters, const char **ret_error,
			       bool *ret_continues, enum status *ret_status);

/* What CLI.md says of an error of the daemon, which is said on standard error unless its findings are
 * to be shown. */
enum status call_failed(const char *error, const json_t *parameters);

/* One question, one answer. On an error of the daemon, *ret_status is what CLI.md says of it and
 * the parameters are still returned. */
json_t *call_ask(const struct command *command, const char *method, json_t *parameters,
		 enum status *ret_status);
