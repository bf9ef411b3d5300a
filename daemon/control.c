/* See control.h. */
#define _GNU_SOURCE
#include "daemon/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/handlers.h"

enum {
	READ_BYTES = 4096,
	STRANGER_MOST_BYTES = 4 << 10, /* of a call by who may ask next to nothing */
	OUT_MOST_BYTES = 16 << 20,
	IDLE_USEC = 30 * 1000000,
};

#define ANY_POLICY UINT64_MAX

struct client {
	struct control *control;
	struct client *next, *previous;
	int fd;
	sd_event_source *io, *timer;
	struct wire_inbox inbox;
	struct buf out;
	size_t sent_bytes;
	enum right right;
	client_go_on *go_on; /* with the rest of an answer, from first on, if its policy still is */
	size_t first;
	uint64_t policy;
	json_t *kept;
	uint64_t awaits; /* the number of a look; 0: none */
	void *held;	 /* for an answer that is not out yet */
	void (*held_free)(void *held);
	bool waits; /* for what it holds */
	bool watches, closing;
	bool hungry; /* no whole call is waiting in the inbox */
};

struct control {
	sd_event *event;
	struct gate *gate;
	struct watch *watch;
	int fd;
	sd_event_source *io;
	struct client *clients; /* the last one heard of first */
	size_t count, most, dumps;
	struct door_groups groups;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1]; /* too long stays too long */
	void (*on_change)(void *context);
	void *on_change_context;
};

static void client_link(struct client *client)
{
	struct control *control = client->control;

	client->previous = NULL;
	client->next = control->clients;
	if (client->next)
		client->next->previous = client;
	control->clients = client;
}

static void client_unlink(struct client *client)
{
	if (client->next)
		client->next->previous = client->previous;
	if (client->previous)
		client->previous->next = client->next;
	else
		client->control->clients = client->next;
}

static void client_close(struct client *client)
{
	client_unlink(client);
	if (client->held)
		client->held_free(client->held);
	client->control->count--;
	sd_event_source_disable_unref(client->io);
	sd_event_source_disable_unref(client->timer);
	close(client->fd);
	wire_inbox_done(&client->inbox);
	buf_done(&client->out);
	json_decref(client->kept);
	free(client);
}

/* ---- out ---- */

static bool client_is_owed(const struct client *client)
{
	return client->out.count > client->sent_bytes;
}

/* Who does not read its answers is not read either: it costs one answer, and no more. A call
 * that is here already waits for its turn, and for room for its answer, by EPOLLOUT; not by a
 * deferred source, which sd-event counts as the oldest of all and always serves first. */
static int client_interest(struct client *client)
{
	uint32_t events = client->hungry && !client->closing ? EPOLLIN : EPOLLOUT;

	if ((client->awaits || client->waits) && !client->closing)
		events = 0;
	return sd_event_source_set_io_events(client->io,
					     client_is_owed(client) ? EPOLLOUT : events);
}

static bool client_send(struct client *client)
{
	while (client->sent_bytes < client->out.count) {
		ssize_t n = send(client->fd, client->out.text + client->sent_bytes,
				 client->out.count - client->sent_bytes,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0)
			return false;
		client->sent_bytes += (size_t)n;
	}
	if (!client_is_owed(client)) {
		buf_done(&client->out);
		client->sent_bytes = 0;
		if (client->closing)
			return false;
	}
	return client_interest(client) >= 0;
}

static bool client_has_room(const struct client *client)
{
	return client->out.count - client->sent_bytes < OUT_MOST_BYTES;
}

void client_reply(struct client *client, json_t *parameters, bool continues)
{
	if (client_has_room(client))
		wire_add_reply(&client->out, parameters, continues);
	else
		json_decref(parameters);
}

void client_error(struct client *client, const char *error, json_t *parameters)
{
	wire_add_error(&client->out, error, parameters);
}

/* The how-manieth since the start is in force. */
static uint64_t policy_count(const struct gate *gate)
{
	return gate->reloads - gate->reloads_failed;
}

void client_continue(struct client *client, client_go_on *go_on, size_t first)
{
	client->go_on = go_on;
	client->first = first;
	client->policy = policy_count(client->control->gate);
}

void client_await(struct client *client, client_go_on *go_on)
{
	client->go_on = go_on;
	client->first = 0;
	client->policy = ANY_POLICY;
	client->awaits = watch_look_wanted(client->control->watch);
}

void client_keep(struct client *client, json_t *answer)
{
	json_decref(client->kept);
	client->kept = answer;
}

json_t *client_take(struct client *client)
{
	json_t *answer = client->kept;

	client->kept = NULL;
	return answer;
}

void control_looked(struct control *control, uint64_t number)
{
	for (struct client *client = control->clients; client; client = client->next) {
		if (!client->awaits || client->awaits > number)
			continue;
		client->awaits = 0;
		if (client_interest(client) < 0)
			client->closing = true;
	}
}

/* ---- what an answer holds ---- */

static void client_stir(struct client *client)
{
	if (client_interest(client) < 0)
		client->closing = true;
}

static void client_is_busy(struct client *client)
{
	sd_event_source_set_time_relative(client->timer, IDLE_USEC);
	sd_event_source_set_enabled(client->timer, SD_EVENT_ONESHOT);
}

void client_hold(struct client *client, void *held, void (*held_free)(void *held))
{
	client->held = held;
	client->held_free = held_free;
	client->waits = true;
}

void *client_held(struct client *client)
{
	return client->held;
}

void client_resume(struct client *client, client_go_on *go_on, size_t first)
{
	client->go_on = go_on;
	client->first = first;
	client->policy = ANY_POLICY;
	client->waits = false;
	client_is_busy(client);
	client_stir(client);
}

void client_let_go(struct client *client)
{
	void *held = client->held;

	client->held = NULL;
	client->waits = false;
	client->held_free(held);
	client_stir(client);
}

static void answer_go_on(struct client *client)
{
	client_go_on *go_on = client->go_on;

	client->go_on = NULL;
	if (client->policy == ANY_POLICY || client->policy == policy_count(client->control->gate))
		go_on(client->control, client, client->first);
	else
		client_error(client, WIRE_INTERFACE ".PolicyChanged", NULL);
}

void client_watch(struct client *client)
{
	client->watches = true;
}

void control_tell(struct control *control, json_t *event)
{
	json_object_set_new(event, "at", json_wall(control->gate, wall_now()));
	for (struct client *client = control->clients, *next; client; client = next) {
		next = client->next;
		if (!client->watches || client->closing)
			continue;
		if (client_has_room(client))
			wire_add_reply(&client->out, json_incref(event), true);
		if (!client_has_room(client) || !client_send(client)) {
			/* it does not listen: its loss, nobody's wait. Not freed here: it may be
			 * the one whose call is being answered; its own event does that */
			client->closing = true;
			shutdown(client->fd, SHUT_RDWR);
		}
	}
	json_decref(event);
}

/* ---- in ---- */

static void call_run(struct client *client, const struct wire_call *call)
{
	for (size_t i = 0; i < method_count; i++) {
		if (strcmp(methods[i].name, call->method) != 0)
			continue;
		if (client->right < methods[i].right)
			client_error(client, WIRE_INTERFACE ".NotPermitted",
				     json_pack("{s:s}", "right",
					       methods[i].right == RIGHT_OPERATOR
						       ? "sekisho-operator"
						       : "sekisho-viewer"));
		else
			methods[i].run(client->control, client, call);
		return;
	}
	client_error(client, "org.varlink.service.MethodNotFound",
		     json_pack("{s:s}", "method", call->method));
}

/* One call, if a whole one is here: between two of one client all others have their turn, and
 * whatever enforces goes before either. False: the client is to be closed. */
static bool call_take(struct client *client)
{
	struct wire_call call;
	json_t *json;

	if (client->closing || client_is_owed(client) || client->awaits || client->waits)
		return true;
	if (client->go_on) {
		answer_go_on(client);
		return true;
	}
	switch (wire_inbox_take(&client->inbox, &json)) {
	case WIRE_TAKE_MORE:
		client->hungry = true;
		return true;
	case WIRE_TAKE_WRONG:
		break;
	case WIRE_TAKE_WHOLE:
		if (!wire_call_init(&call, json))
			break;
		client->hungry = false;
		call_run(client, &call);
		wire_call_done(&call);
		return true;
	}
	return false;
}

static bool client_hear(struct client *client)
{
	char bytes[READ_BYTES];
	ssize_t n = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0 || !wire_inbox_add(&client->inbox, bytes, (size_t)n))
		return false;
	client_unlink(client);
	client_link(client);
	client_is_busy(client);
	return call_take(client);
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct client *client = context;
	bool good = true;

	(void)source;
	(void)fd;
	if (events & EPOLLIN)
		good = client_hear(client);
	else if (events & (EPOLLERR | EPOLLHUP))
		good = false;
	else
		good = client_send(client) && call_take(client);
	if (!good || !client_send(client))
		client_close(client);
	return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *context)
{
	struct client *client = context;

	(void)source;
	(void)usec;
	if (client->waits)
		client_is_busy(client);
	else if (!client->watches)
		client_close(client);
	return 0;
}

/* Behind everything that enforces; who may do more goes before who may do less. */
static int64_t right_priority(enum right right)
{
	return SD_EVENT_PRIORITY_IDLE - (int64_t)right;
}

/* Where all places are taken, the one silent the longest of those with the least right goes; so
 * strangers cannot keep an operator out. */
static bool room_make(struct control *control, enum right right)
{
	struct client *least = NULL;

	if (control->count < control->most)
		return true;
	for (struct client *client = control->clients; client; client = client->next)
		if (client->right <= right && (!least || client->right <= least->right))
			least = client;
	if (least)
		client_close(least);
	return least;
}

static bool client_listen(struct client *client)
{
	sd_event *event = client->control->event;

	return sd_event_add_io(event, &client->io, client->fd, EPOLLIN, on_client, client) >= 0 &&
	       sd_event_source_set_priority(client->io, right_priority(client->right)) >= 0 &&
	       sd_event_add_time_relative(event, &client->timer, CLOCK_MONOTONIC, IDLE_USEC, 0,
					  on_idle, client) >= 0;
}

static void client_enter(struct control *control, int fd)
{
	enum right right = door_right(&control->groups, fd);
	struct client *client = room_make(control, right) ? calloc(1, sizeof(*client)) : NULL;

	if (!client) {
		close(fd);
		return;
	}
	client->control = control;
	client->fd = fd;
	client->right = right;
	client->hungry = true;
	wire_inbox_init(&client->inbox,
			right == RIGHT_NONE ? STRANGER_MOST_BYTES : WIRE_CALL_MOST_BYTES);
	client_link(client);
	control->count++;
	if (!client_listen(client))
		client_close(client);
}

/* All that wait, as far as there can be: nobody's turn depends on how many come and go. */
static int on_connect(sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)source;
	(void)events;
	for (int i = 0; i < DOOR_BACKLOG; i++) {
		int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (peer < 0)
			break;
		client_enter(context, peer);
	}
	return 0;
}

struct control *control_new(sd_event *event, struct gate *gate, struct watch *watch,
			    struct errs *errs)
{
	_cleanup_(control_freep) struct control *control = calloc(1, sizeof(*control));
	struct control *made;

	if (!control)
		abort();
	control->event = event;
	control->gate = gate;
	control->watch = watch;
	control->most = door_places();
	door_groups(&control->groups);
	snprintf(control->path, sizeof(control->path), "%s/control", gate->place->run_dir);
	control->fd = door_open(control->path, errs);
	if (control->fd < 0 ||
	    sd_event_add_io(event, &control->io, control->fd, EPOLLIN, on_connect, control) < 0)
		return NULL;
	/* among the operators, not before them: a flood of strangers shall not keep them waiting */
	sd_event_source_set_priority(control->io, right_priority(RIGHT_OPERATOR));
	made = control;
	control = NULL;
	return made;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	while (control->clients)
		client_close(control->clients);
	sd_event_source_disable_unref(control->io);
	if (control->fd >= 0) {
		close(control->fd);
		unlink(control->path);
	}
	free(control);
}

struct gate *control_gate(struct control *control)
{
	return control->gate;
}

struct watch *control_watch(struct control *control)
{
	return control->watch;
}

sd_event *control_event(struct control *control)
{
	return control->event;
}

size_t *control_dumps(struct control *control)
{
	return &control->dumps;
}

void control_on_change(struct control *control, void (*on_change)(void *context), void *context)
{
	control->on_change = on_change;
	control->on_change_context = context;
}

void control_changed(struct control *control)
{
	if (control->on_change)
		control->on_change(control->on_change_context);
}
