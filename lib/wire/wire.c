/* See wire.h. */
#define _GNU_SOURCE
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

void wire_inbox_init(struct wire_inbox *inbox, size_t most_bytes)
{
	*inbox = (struct wire_inbox){ .most_bytes = most_bytes };
}

void wire_inbox_done(struct wire_inbox *inbox)
{
	buf_done(&inbox->bytes);
}

bool wire_inbox_add(struct wire_inbox *inbox, const void *bytes, size_t count)
{
	const char *nul;
	size_t tail;

	buf_add(&inbox->bytes, bytes, count);
	nul = memrchr(inbox->bytes.text, '\0', inbox->bytes.count);
	tail = nul ? (size_t)(inbox->bytes.text + inbox->bytes.count - nul) - 1
		   : inbox->bytes.count;
	return tail <= inbox->most_bytes;
}

enum wire_take wire_inbox_take(struct wire_inbox *inbox, json_t **ret_json)
{
	const char *text = inbox->bytes.text, *nul;
	size_t length;
	json_t *json;

	nul = inbox->bytes.count ? memchr(text, '\0', inbox->bytes.count) : NULL;
	if (!nul)
		return WIRE_TAKE_MORE;
	length = (size_t)(nul - text);
	json = length <= inbox->most_bytes ? json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL)
					   : NULL;
	inbox->bytes.count -= length + 1;
	memmove(inbox->bytes.text, nul + 1, inbox->bytes.count);
	if (!json_is_object(json)) {
		json_decref(json);
		return WIRE_TAKE_WRONG;
	}
	*ret_json = json;
	return WIRE_TAKE_WHOLE;
}

bool wire_call_init(struct wire_call *call, json_t *json)
{
	const json_t *more = json_object_get(json, "more"), *oneway = json_object_get(json, "oneway");
	json_t *parameters = json_object_get(json, "parameters");

	*call = (struct wire_call){ .json = json };
	call->method = json_string_value(json_object_get(json, "method"));
	if (!parameters) {
		parameters = json_object();
		json_object_set_new(json, "parameters", parameters);
	}
	call->parameters = parameters;
	call->more = json_is_true(more);
	call->oneway = json_is_true(oneway);
	if (call->method && json_is_object(parameters) && (!more || json_is_boolean(more)) &&
	    (!oneway || json_is_boolean(oneway)))
		return true;
	wire_call_done(call);
	return false;
}

void wire_call_done(struct wire_call *call)
{
	json_decref(call->json);
	*call = (struct wire_call){ 0 };
}

static int json_to_buf(const char *bytes, size_t count, void *buf)
{
	buf_add(buf, bytes, count);
	return 0;
}

static void message_add(struct buf *out, json_t *message)
{
	json_dump_callback(message, json_to_buf, out, JSON_COMPACT);
	buf_add_char(out, '\0');
	json_decref(message);
}

void wire_add_call(struct buf *out, const char *method, json_t *parameters, bool more)
{
	json_t *message = json_object();

	json_object_set_new(message, "method", json_string(method));
	json_object_set_new(message, "parameters", parameters ? parameters : json_object());
	if (more)
		json_object_set_new(message, "more", json_true());
	message_add(out, message);
}

void wire_add_reply(struct buf *out, json_t *parameters, bool continues)
{
	json_t *message = json_object();

	json_object_set_new(message, "parameters", parameters ? parameters : json_object());
	if (continues)
		json_object_set_new(message, "continues", json_true());
	message_add(out, message);
}

void wire_add_error(struct buf *out, const char *error, json_t *parameters)
{
	json_t *message = json_object();

	json_object_set_new(message, "error", json_string(error));
	json_object_set_new(message, "parameters", parameters ? parameters : json_object());
	message_add(out, message);
}
