/* See call.h. */
#define _GNU_SOURCE
#include "ctl/call.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/lang.h"

bool call_open(struct call *call, const struct command *command, enum status *ret_status)
{
	const char *path = command->socket ? command->socket : "/run/sekisho/control";
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	wire_inbox_init(&call->inbox, WIRE_REPLY_MOST_BYTES);
	*ret_status = STATUS_UNREACHABLE;
	call->fd = -1;
	if (strlen(path) >= sizeof(address.sun_path)) {
		usage_error(_("--socket \"%s\": the path is too long"), path);
		*ret_status = STATUS_USAGE;
		return false;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	call->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (call->fd >= 0 &&
	    connect(call->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return true;
	usage_error(_("the daemon cannot be reached at %1$s: %2$s"), path, strerror(errno));
	if (errno == EACCES)
		*ret_status = STATUS_NOT_PERMITTED;
	else
		usage_error("%s", _("is it running? systemctl status sekisho"));
	return false;
}

void call_close(struct call *call)
{
	if (call->fd >= 0)
		close(call->fd);
	wire_inbox_done(&call->inbox);
}

static bool call_lost(enum status *ret_status)
{
	usage_error("%s", _("the daemon closed the connection"));
	*ret_status = STATUS_UNREACHABLE;
	return false;
}

bool call_send(struct call *call, const char *method, json_t *parameters, bool more,
	       enum status *ret_status)
{
	struct buf out = { 0 };
	size_t sent = 0;

	wire_add_call(&out, method, parameters, more);
	while (sent < out.count) {
		ssize_t n = send(call->fd, out.text + sent, out.count - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	buf_done(&out);
	return sent == out.count || sent > 0 ? true : call_lost(ret_status);
}

bool call_receive(struct call *call, json_t **ret_parameters, const char **ret_error,
		  bool *ret_continues, enum status *ret_status)
{
	char bytes[1 << 16];
	json_t *json;

	for (;;) {
		ssize_t n;

		switch (wire_inbox_take(&call->inbox, &json)) {
		case WIRE_TAKE_WHOLE:
			*ret_error = json_string_value(json_object_get(json, "error"));
			*ret_continues = json_is_true(json_object_get(json, "continues"));
			*ret_parameters = json_incref(json_object_get(json, "parameters"));
			if (*ret_error)
				json_object_set_new(*ret_parameters, "error",
						    json_string(*ret_error));
			json_decref(json);
			if (*ret_error)
				*ret_error = json_string_value(
					json_object_get(*ret_parameters, "error"));
			return true;
		case WIRE_TAKE_WRONG:
			return call_lost(ret_status);
		case WIRE_TAKE_MORE:
			break;
		}
		n = recv(call->fd, bytes, sizeof(bytes), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || !wire_inbox_add(&call->inbox, bytes, (size_t)n))
			return call_lost(ret_status);
	}
}

static void messages_say(const json_t *findings)
{
	size_t index;
	json_t *one;

	json_array_foreach ((json_t *)findings, index, one)
		usage_error("%s", text_or(one, "message", ""));
}

enum status call_failed(const char *error, const json_t *parameters)
{
	if (strcmp(error, WIRE_INTERFACE ".NotPermitted") == 0) {
		usage_error(_("not permitted: this takes root or the group %s"),
			    json_string_value(json_object_get(parameters, "right")));
		return STATUS_NOT_PERMITTED;
	}
	if (strcmp(error, WIRE_INTERFACE ".DumpFailed") == 0) {
		messages_say(json_object_get(parameters, "findings"));
		return STATUS_SYSTEM;
	}
	if (strcmp(error, WIRE_INTERFACE ".PolicyChanged") == 0) {
		usage_error("%s", _("another policy came into force meanwhile; ask again"));
		return STATUS_SYSTEM;
	}
	if (json_is_true(json_object_get(parameters, "unreadable")))
		return STATUS_USAGE;
	if (strcmp(error, WIRE_INTERFACE ".ReloadRefused") == 0)
		return STATUS_REFUSED;
	if (strcmp(error, WIRE_INTERFACE ".IsolationFailed") == 0)
		return STATUS_REFUSED;
	if (strcmp(error, WIRE_INTERFACE ".VerifyFailed") != 0)
		usage_error(_("the daemon does not know this: %s"), error);
	return STATUS_SYSTEM;
}

json_t *call_ask(const struct command *command, const char *method, json_t *parameters,
		 enum status *ret_status)
{
	_cleanup_(call_close) struct call call;
	json_t *reply = NULL;
	const char *error;
	bool continues;

	if (!call_open(&call, command, ret_status)) {
		json_decref(parameters);
		return NULL;
	}
	if (!call_send(&call, method, parameters, false, ret_status) ||
	    !call_receive(&call, &reply, &error, &continues, ret_status))
		return NULL;
	*ret_status = error ? call_failed(error, reply) : STATUS_GOOD;
	return reply;
}

const char *text_or(const json_t *json, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : otherwise;
}

long long number_of(const json_t *json, const char *key)
{
	return (long long)json_integer_value(json_object_get(json, key));
}
