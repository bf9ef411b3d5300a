/* Messages between the daemon and its clients: one JSON object ended by NUL, in the form of the
 * Varlink protocol (interface jp.sekisho.Gateway). Framing, calls and replies; knows no verbs,
 * no sockets and no daemon. What comes from the other side is capped before it is parsed. */
#pragma once

#include <jansson.h>

#include "base/buf.h"

#define WIRE_INTERFACE "jp.sekisho.Gateway"

enum {
	WIRE_CALL_MOST_BYTES = 64 << 10,   /* of a call: it names things, it carries no data */
	WIRE_REPLY_MOST_BYTES = 8 << 20,   /* of one reply; long lists come in several */
};

/* What came in and is not yet a whole message. */
struct wire_inbox {
	struct buf bytes;
	size_t most_bytes; /* of one message */
};

enum wire_take {
	WIRE_TAKE_MORE,  /* no whole message yet */
	WIRE_TAKE_WHOLE, /* *ret_json, the caller's */
	WIRE_TAKE_WRONG, /* too long, or no JSON object: nothing more is worth reading */
};

void wire_inbox_init(struct wire_inbox *inbox, size_t most_bytes);
void wire_inbox_done(struct wire_inbox *inbox);
/* False when a message grows beyond its cap. */
_must_check_ bool wire_inbox_add(struct wire_inbox *inbox, const void *bytes, size_t count);
enum wire_take wire_inbox_take(struct wire_inbox *inbox, json_t **ret_json);

/* A call, as the server sees it; the texts live as long as json. */
struct wire_call {
	json_t *json;
	const char *method;  /* "jp.sekisho.Gateway.Status" */
	json_t *parameters;  /* an object, perhaps empty; borrowed */
	bool more, oneway;
};

/* Takes json over. False: it is no call (json is freed). */
_must_check_ bool wire_call_init(struct wire_call *call, json_t *json);
void wire_call_done(struct wire_call *call);

/* Append one message with its NUL. parameters is taken over; NULL stands for {}. */
void wire_add_call(struct buf *out, const char *method, json_t *parameters, bool more);
void wire_add_reply(struct buf *out, json_t *parameters, bool continues);
void wire_add_error(struct buf *out, const char *error, json_t *parameters);
