/* lab_probe PLAN PREFIX: traffic between the machines of a lab, and the truth about where it
 * arrived. One process with sockets in all namespaces: it asks, it answers, and it looks at every
 * frame that reaches a machine. Commands are read from standard input, one a line:
 *
 *   serve NS tcp|udp ADDRESS PORT     somebody answers there
 *   try ID NS tcp|udp|icmp SOURCE DESTINATION PORT …
 *   open ID NS tcp SOURCE DESTINATION PORT …     as try, and the connection is kept
 *   say ID                            a question on a connection that was opened
 *   frame ID NS KEY=VALUE…            any frame (lab_frame.h)
 *   wait MS                           how long an answer may take from now on
 *   run                               does all that was said, tells what came of it, "done"
 *
 * and told are, one a line:
 *   ID answered|reset|unreachable|silent|sent seen|unseen     seen: another machine received it
 *   stray NS WHAT                     received, and no part of anything asked for
 *   lost N                            frames that could not be looked at */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/lab_seen.h"

enum { FLIGHT_MOST = 800, WORDS_MOST = 32, SETTLE_MS = 30 };

/* ---- who answers ---- */

static struct sockaddr_in sockaddr_of(uint32_t ip, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = ip,
				     .sin_port = port };
}

static void serve(char **words)
{
	bool tcp = strcmp(words[2], "tcp") == 0;
	struct sockaddr_in at = sockaddr_of(frame_ip(words[3]),
					    htons((uint16_t)atoi(words[4])));
	int fd, on = 1;

	enter(place_find(words[1]));
	fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || (tcp && listen(fd, 100) < 0)) {
		if (errno != EADDRINUSE)
			fail("cannot serve", words[3]);
		close(fd); /* another flow has the same server */
		return;
	}
	watch(fd, EPOLLIN, tcp ? KIND_LISTENER : KIND_ECHO, (uint32_t)fd);
}

static void on_listener(int fd)
{
	int served = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (served >= 0)
		watch(served, EPOLLIN, KIND_SERVED, (uint32_t)served);
}

/* Says back what it hears. */
static void on_served(int fd)
{
	char text[256];
	ssize_t count = recv(fd, text, sizeof(text), 0);

	if (count > 0)
		(void)!send(fd, text, (size_t)count, MSG_NOSIGNAL);
	else if (count == 0 || errno != EAGAIN)
		close(fd);
}

static void on_echo(int fd)
{
	char text[256];
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	ssize_t count = recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&from, &length);

	if (count >= 0)
		sendto(fd, text, (size_t)count, 0, (struct sockaddr *)&from, length);
}

/* ---- who asks ---- */

static void finish(struct attempt *attempt, enum state state)
{
	struct linger now = { .l_onoff = 1 };

	attempt->state = state;
	if (attempt->fd < 0 || (attempt->keep && state == ANSWERED))
		return;
	setsockopt(attempt->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(attempt->fd);
	attempt->fd = -1;
}

static void finish_by_errno(struct attempt *attempt, int error)
{
	finish(attempt, error == ECONNREFUSED || error == ECONNRESET ? RESET : UNREACHABLE);
}

static void question_send(struct attempt *attempt)
{
	uint8_t echo[16] = { 8 };
	size_t count = sizeof(echo);

	if (attempt->tuple.proto == IPPROTO_ICMP) {
		memcpy(echo + 4, &attempt->tuple.sport, 2);
		memcpy(echo + 6, &attempt->tuple.dport, 2);
		*(uint16_t *)(void *)(echo + 2) = htons(frame_sum(echo, count, 0));
	}
	attempt->state = ASKED;
	if (send(attempt->fd, echo, count, MSG_NOSIGNAL) < 0)
		finish_by_errno(attempt, errno);
}

static void attempt_start(struct attempt *attempt)
{
	static const int types[] = { [IPPROTO_TCP] = SOCK_STREAM, [IPPROTO_UDP] = SOCK_DGRAM,
				     [IPPROTO_ICMP] = SOCK_RAW };
	struct tuple *tuple = &attempt->tuple;
	struct sockaddr_in from = sockaddr_of(tuple->sip, 0);
	struct sockaddr_in to = sockaddr_of(tuple->dip, tuple->dport);
	socklen_t length = sizeof(from);
	int status;

	enter(attempt->from);
	attempt->until_ms = now_ms() + wait_ms;
	attempt->state = CONNECTING;
	attempt->fd = socket(AF_INET, types[tuple->proto] | SOCK_NONBLOCK | SOCK_CLOEXEC,
			     tuple->proto);
	if (attempt->fd < 0 || bind(attempt->fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		fail("cannot speak as", attempt->from->name);
	getsockname(attempt->fd, (struct sockaddr *)&from, &length);
	if (tuple->proto == IPPROTO_ICMP)
		tuple->sport = htons((uint16_t)(attempt - attempts));
	else
		tuple->sport = from.sin_port;
	*tuple_slot(tuple) = (uint32_t)(attempt - attempts) + 1;
	status = connect(attempt->fd, (struct sockaddr *)&to, sizeof(to));
	if (status < 0 && errno != EINPROGRESS) {
		finish_by_errno(attempt, errno);
		return;
	}
	watch(attempt->fd, EPOLLIN | EPOLLOUT | EPOLLET, KIND_ATTEMPT,
	      (uint32_t)(attempt - attempts));
	if (tuple->proto != IPPROTO_TCP)
		question_send(attempt);
}

static void answer_read(struct attempt *attempt)
{
	uint8_t text[256];
	ssize_t count = recv(attempt->fd, text, sizeof(text), 0);
	int on = 1;

	if (count < 0) {
		if (errno != EAGAIN)
			finish_by_errno(attempt, errno);
		return;
	}
	if (count == 0 && attempt->tuple.proto == IPPROTO_TCP) {
		finish(attempt, RESET);
		return;
	}
	/* acknowledged now, in this run, and not 40 ms later in another one */
	if (attempt->tuple.proto == IPPROTO_TCP)
		setsockopt(attempt->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
	if (attempt->tuple.proto == IPPROTO_ICMP &&
	    (count < 28 || text[20] != 0 || memcmp(text + 24, &attempt->tuple.sport, 2) != 0))
		return;
	finish(attempt, ANSWERED);
}

static void on_attempt(struct attempt *attempt, uint32_t events)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (attempt->fd < 0)
		return;
	if (attempt->state == CONNECTING) {
		getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &length);
		if (error)
			finish_by_errno(attempt, error);
		else if ((events & EPOLLOUT) && !(events & EPOLLHUP))
			question_send(attempt);
		return;
	}
	if (attempt->state == ASKED)
		answer_read(attempt);
}

/* ---- commands ---- */

static struct attempt *attempt_add(const char *id, struct place *from)
{
	struct attempt *attempt = &attempts[attempt_count];

	if (attempt_count + 1 >= ATTEMPTS_MOST) {
		errno = E2BIG;
		fail("too many", "attempts");
	}
	*attempt = (struct attempt){ .from = from, .fd = -1 };
	snprintf(attempt->id, sizeof(attempt->id), "%s", id);
	attempt_count++;
	return attempt;
}

static void try_add(char **words, bool keep)
{
	struct attempt *attempt = attempt_add(words[1], place_find(words[2]));

	attempt->keep = keep;
	attempt->tuple.proto = (uint8_t)frame_proto(words[3]);
	attempt->tuple.sip = frame_ip(words[4]);
	attempt->tuple.dip = frame_ip(words[5]);
	attempt->tuple.dport = htons((uint16_t)atoi(words[6]));
}

static void say(const char *id)
{
	for (uint32_t i = attempt_count; i-- > 0;) {
		struct attempt *kept = &attempts[i];

		if (strcmp(kept->id, id) != 0 || !kept->keep)
			continue;
		kept->queued = true;
		kept->until_ms = now_ms() + wait_ms;
		if (kept->fd < 0)
			kept->state = RESET;
		else
			question_send(kept);
		return;
	}
	errno = ENOENT;
	fail("never opened", id);
}

static void frame_send(char **words, size_t count)
{
	struct place *place = place_find(words[2]);
	struct attempt *attempt = attempt_add(words[1], place);
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = place->ifindex,
				  .sll_halen = 6 };
	struct frame frame;
	char mark[32];

	snprintf(mark, sizeof(mark), "sekisho-lab-%u.", attempt_count - 1);
	frame_build(&(struct frame_words){ .items = words + 3, .count = count - 3,
					   .own_mac = place->mac,
					   .gateway_mac = place->gateway_mac,
					   .own_ip = place->ip, .mark = mark },
		    &frame);
	memcpy(&to.sll_addr, frame.bytes, 6);
	attempt->state = SENT;
	attempt->tuple = (struct tuple){ .sip = frame.sip, .dip = frame.dip,
					 .sport = htons(frame.sport),
					 .dport = htons(frame.dport), .proto = frame.proto };
	if (frame.proto)
		*tuple_slot(&attempt->tuple) = attempt_count;
	if (sendto(place->packet_fd, frame.bytes, frame.count, 0, (struct sockaddr *)&to,
		   sizeof(to)) < 0)
		fail("cannot send from", place->name);
}

static bool events_take(int timeout_ms)
{
	struct epoll_event events[64];
	int count = epoll_wait(epoll_fd, events, (int)array_count(events), timeout_ms);

	for (int i = 0; i < count; i++) {
		uint32_t number = (uint32_t)events[i].data.u64;

		switch ((enum kind)(events[i].data.u64 >> 32)) {
		case KIND_CAPTURE:
			on_capture(&places[number]);
			break;
		case KIND_LISTENER:
			on_listener((int)number);
			break;
		case KIND_SERVED:
			on_served((int)number);
			break;
		case KIND_ECHO:
			on_echo((int)number);
			break;
		case KIND_ATTEMPT:
			on_attempt(&attempts[number], events[i].events);
			break;
		}
	}
	return count > 0;
}

static bool is_pending(const struct attempt *attempt)
{
	return attempt->state == CONNECTING || attempt->state == ASKED;
}

/* Those that are still out, after giving up on those whose time is over. */
static unsigned pending_count(uint32_t from, uint32_t to)
{
	int64_t now = now_ms();
	unsigned count = 0;

	for (uint32_t i = from; i < to; i++) {
		struct attempt *attempt = &attempts[i];

		if (!is_pending(attempt))
			continue;
		if (now < attempt->until_ms)
			count++;
		else if (attempt->keep)
			attempt->state = SILENT; /* the connection stays, only nobody answers */
		else
			finish(attempt, SILENT);
	}
	return count;
}

static void run(void)
{
	int64_t settled;
	uint32_t first = run_start;

	while (first < attempt_count) { /* a flight at a time */
		uint32_t last = (uint32_t)size_min(attempt_count, first + FLIGHT_MOST);

		for (uint32_t i = first; i < last; i++) {
			if (attempts[i].state == WAITING)
				attempt_start(&attempts[i]);
			if (i % 32 == 0)
				events_take(0);
		}
		while (pending_count(first, last))
			events_take(10);
		first = last;
	}
	while (pending_count(0, run_start))
		events_take(5);
	settled = now_ms() + SETTLE_MS;
	while (events_take(5) || now_ms() < settled)
		;
	losses_count();
	for (uint32_t i = 0; i < attempt_count; i++) {
		struct attempt *attempt = &attempts[i];

		if (i < run_start && !attempt->queued)
			continue;
		attempt->queued = false;
		printf("%s %s %s\n", attempt->id, state_names[attempt->state],
		       attempt->seen ? "seen" : "unseen");
		attempt->seen = false;
	}
	if (strays > STRAYS_SHOWN)
		printf("stray more %u\n", strays);
	if (lost)
		printf("lost %u\n", lost);
	printf("done\n");
	fflush(stdout);
	run_start = attempt_count;
	strays = lost = 0;
}

static size_t split(char *line, char **ret_words)
{
	char *save = NULL;
	size_t count = 0;

	line[strcspn(line, "#\n")] = '\0';
	for (char *word = strtok_r(line, " \t", &save); word && count < WORDS_MOST;
	     word = strtok_r(NULL, " \t", &save))
		ret_words[count++] = word;
	return count;
}

static void command(char *line)
{
	char *words[WORDS_MOST];
	size_t count = split(line, words);

	if (!count)
		return;
	if (strcmp(words[0], "run") == 0)
		run();
	else if (strcmp(words[0], "say") == 0 && count == 2)
		say(words[1]);
	else if (strcmp(words[0], "wait") == 0 && count == 2)
		wait_ms = atoi(words[1]);
	else if (strcmp(words[0], "serve") == 0 && count == 5)
		serve(words);
	else if (strcmp(words[0], "frame") == 0 && count >= 3)
		frame_send(words, count);
	else if ((strcmp(words[0], "try") == 0 || strcmp(words[0], "open") == 0) && count >= 7)
		try_add(words, words[0][0] == 'o');
	else
		fail("not a command:", words[0]);
}

static void place_add(const char *prefix, char **words)
{
	struct place *place = place_open(prefix, words[1]);

	if (words[2])
		place_address(place, words, KIND_CAPTURE);
}

static void plan_read(const char *path, const char *prefix)
{
	char line[512], *words[WORDS_MOST] = { 0 }, gateway[] = "gateway";
	FILE *file = fopen(path, "re");

	if (!file)
		fail("cannot read", path);
	place_add(prefix, (char *[]){ NULL, gateway, NULL });
	while (fgets(line, sizeof(line), file))
		if (split(line, words) >= 8 && strcmp(words[0], "host") == 0 &&
		    place_count < PLACES_MOST)
			place_add(prefix, words);
	fclose(file);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 8192, 8192 };
	char line[1024];

	if (argc != 3) {
		fprintf(stderr, "usage: lab_probe PLAN PREFIX\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	attempts = calloc(ATTEMPTS_MOST, sizeof(*attempts));
	slots = calloc(SLOTS, sizeof(*slots));
	if (epoll_fd < 0 || !attempts || !slots)
		fail("cannot begin", "");
	plan_read(argv[1], argv[2]);
	while (fgets(line, sizeof(line), stdin))
		command(line);
	free(attempts);
	free(slots);
	return 0;
}
