/* See control.h. */
#define _GNU_SOURCE
#include "daemon/control.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/lang.h"

enum {
	CLIENTS_MOST = 1200,
	READ_BYTES = 4096,
	OUT_MOST_BYTES = 16 << 20,
	IDLE_USEC = 30 * 1000000,
	GROUPS_MOST = 256,
};

struct client {
	struct control *control;
	struct client *next, *previous;
	int fd;
	sd_event_source *io, *timer;
	struct wire_inbox inbox;
	struct buf out;
	size_t sent_bytes;
	enum right right;
	bool watches, closing;
};

struct control {
	sd_event *event;
	struct gate *gate;
	int fd;
	sd_event_source *io;
	struct client *clients;
	size_t count;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	void (*on_change)(void *context);
	void *on_change_context;
};

static void client_close(struct client *client)
{
	struct control *control = client->control;

	if (client->next)
		client->next->previous = client->previous;
	if (client->previous)
		client->previous->next = client->next;
	else
		control->clients = client->next;
	control->count--;
	sd_event_source_disable_unref(client->io);
	sd_event_source_disable_unref(client->timer);
	close(client->fd);
	wire_inbox_done(&client->inbox);
	buf_done(&client->out);
	free(client);
}

/* ---- who they are ---- */

static bool in_group(const gid_t *groups, size_t count, const char *name)
{
	const struct group *group = getgrnam(name);

	for (size_t i = 0; group && i < count; i++)
		if (groups[i] == group->gr_gid)
			return true;
	return false;
}

/* The groups the peer had when it connected, from the kernel: no look-up of the user, whose
 * name service may hang. */
static enum right client_right(int fd)
{
	gid_t groups[GROUPS_MOST + 1];
	socklen_t bytes = sizeof(groups) - sizeof(groups[0]);
	struct ucred peer;
	socklen_t peer_bytes = sizeof(peer);
	size_t count;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_bytes) < 0)
		return RIGHT_NONE;
	if (peer.uid == 0)
		return RIGHT_OPERATOR;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) < 0)
		return RIGHT_NONE;
	count = bytes / sizeof(groups[0]);
	groups[count++] = peer.gid;
	if (in_group(groups, count, "sekisho-operator"))
		return RIGHT_OPERATOR;
	return in_group(groups, count, "sekisho-viewer") ? RIGHT_VIEWER : RIGHT_NONE;
}

/* ---- out ---- */

static int client_interest(struct client *client)
{
	uint32_t events = client->closing ? 0 : EPOLLIN;

	if (client->out.count > client->sent_bytes)
		events |= EPOLLOUT;
	return sd_event_source_set_io_events(client->io, events);
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
	if (client->sent_bytes == client->out.count) {
		buf_clear(&client->out);
		client->sent_bytes = 0;
		if (client->closing)
			return false;
	}
	return client_interest(client) >= 0;
}

bool client_has_room(const struct client *client)
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

void client_watch(struct client *client)
{
	client->watches = true;
}

void control_tell(struct control *control, json_t *event)
{
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

/* False: the client is to be closed. */
static bool messages_take(struct client *client)
{
	json_t *json;

	while (!client->closing) {
		struct wire_call call;

		switch (wire_inbox_take(&client->inbox, &json)) {
		case WIRE_TAKE_MORE:
			return true;
		case WIRE_TAKE_WRONG:
			return false;
		case WIRE_TAKE_WHOLE:
			if (!wire_call_init(&call, json))
				return false;
			call_run(client, &call);
			wire_call_done(&call);
			if (!client_has_room(client))
				return true; /* answers first, then more questions */
			break;
		}
	}
	return true;
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct client *client = context;
	char bytes[READ_BYTES];
	bool good = true;

	(void)source;
	if (events & EPOLLIN) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			good = false;
		else if (n > 0)
			good = wire_inbox_add(&client->inbox, bytes, (size_t)n) &&
			       messages_take(client);
		if (n > 0 && client->timer)
			sd_event_source_set_time_relative(client->timer, IDLE_USEC);
	} else if (events & (EPOLLERR | EPOLLHUP)) {
		good = false;
	}
	if (good && events & EPOLLOUT)
		good = client_send(client) && messages_take(client);
	if (!good || !client_send(client))
		client_close(client);
	return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *context)
{
	struct client *client = context;

	(void)source;
	(void)usec;
	if (!client->watches)
		client_close(client);
	return 0;
}

static int on_connect(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct control *control = context;
	struct client *client;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)events;
	if (peer < 0)
		return 0;
	if (control->count >= CLIENTS_MOST) {
		close(peer);
		return 0;
	}
	client = calloc(1, sizeof(*client));
	if (!client) {
		close(peer);
		return 0;
	}
	client->control = control;
	client->fd = peer;
	client->right = client_right(peer);
	wire_inbox_init(&client->inbox, WIRE_CALL_MOST_BYTES);
	client->next = control->clients;
	if (client->next)
		client->next->previous = client;
	control->clients = client;
	control->count++;
	if (sd_event_add_io(control->event, &client->io, peer, EPOLLIN, on_client, client) < 0 ||
	    sd_event_add_time_relative(control->event, &client->timer, CLOCK_MONOTONIC, IDLE_USEC, 0,
				       on_idle, client) < 0 ||
	    sd_event_source_set_enabled(client->timer, SD_EVENT_ON) < 0) {
		client_close(client);
		return 0;
	}
	/* behind everything that enforces */
	sd_event_source_set_priority(client->io, SD_EVENT_PRIORITY_IDLE);
	return 0;
}

/* ---- the socket ---- */

static bool socket_open(struct control *control, struct errs *errs)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct err *err;

	memcpy(address.sun_path, control->path, sizeof(address.sun_path));
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd >= 0) {
		unlink(control->path);
		if (bind(control->fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		    chmod(control->path, 0666) == 0 && listen(control->fd, 1024) == 0)
			return true;
	}
	err = errs_add(errs, SEVERITY_ERROR, "S-SOCKET", (struct src){ 0 });
	err->sys_errno = errno;
	err_say(errs, err, _("the control socket %s could not be opened: %s"), control->path,
		strerror(errno));
	return false;
}

struct control *control_new(sd_event *event, struct gate *gate, struct errs *errs)
{
	_cleanup_(control_freep) struct control *control = calloc(1, sizeof(*control));
	struct control *made;

	if (!control)
		abort();
	control->fd = -1;
	control->event = event;
	control->gate = gate;
	snprintf(control->path, sizeof(control->path), "%s/control", gate->place->run_dir);
	if (!socket_open(control, errs) ||
	    sd_event_add_io(event, &control->io, control->fd, EPOLLIN, on_connect, control) < 0)
		return NULL;
	sd_event_source_set_priority(control->io, SD_EVENT_PRIORITY_IDLE);
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
