/* The control socket: clients, their messages in and out, and who may ask for what. A client can
 * be slow, stuck or hostile; it costs its own buffers and nothing else: every read and write is
 * small and never blocks, messages are capped, a client's next call waits until it has read the
 * answer of the last and all others had their turn, idle clients are closed.
 *
 * Knows the protocol and permissions; what a method does is in handlers.c. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/watch.h"
#include "daemon/door.h"
#include "wire/wire.h"

struct control;
struct client;

struct method {
	const char *name;
	enum right right;
	/* Answers with client_reply(), client_error(), or keeps the client as a watcher. */
	void (*run)(struct control *control, struct client *client, const struct wire_call *call);
};

extern const struct method methods[]; /* handlers.c */
extern const size_t method_count;

struct control *control_new(sd_event *event, struct gate *gate, struct watch *watch,
			    struct errs *errs);
void control_free(struct control *control);
CLEANUP_FUNC(struct control *, control_free);

struct gate *control_gate(struct control *control);
struct watch *control_watch(struct control *control);
sd_event *control_event(struct control *control);
size_t *control_dumps(struct control *control); /* how many are being made or sent */

void client_reply(struct client *client, json_t *parameters, bool continues);
void client_error(struct client *client, const char *error, json_t *parameters);
/* The answer goes on: go_on is called with first when all that was said is out, before the next
 * call. If the policy is another one by then, the answer ends with an error instead. */
typedef void client_go_on(struct control *control, struct client *client, size_t first);
void client_continue(struct client *client, client_go_on *go_on, size_t first);
/* The answer is for after a whole look at the kernel that begins now or later. */
void client_await(struct client *client, client_go_on *go_on);
/* An answer that waits to be said; whoever takes it owns it. Kept until then, or until the client
 * goes. */
void client_keep(struct client *client, json_t *answer);
json_t *client_take(struct client *client);
void control_looked(struct control *control, uint64_t number);
/* The answer is for later, and needs something of its own until it is out: nothing is taken from the
 * client, and it is not idle, until client_resume(). What it holds is freed with client_let_go(), or
 * with the client. */
void client_hold(struct client *client, void *held, void (*held_free)(void *held));
void *client_held(struct client *client);
/* As client_continue(), whatever policy is in force by then. */
void client_resume(struct client *client, client_go_on *go_on, size_t first);
void client_let_go(struct client *client);
void client_watch(struct client *client);

/* To all watchers. Takes event over. */
void control_tell(struct control *control, json_t *event);

/* Called after a reload, so that the loop can look at its timers. */
void control_on_change(struct control *control, void (*on_change)(void *context), void *context);
void control_changed(struct control *control);
