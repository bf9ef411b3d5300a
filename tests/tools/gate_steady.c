/* gate_steady PLAN PREFIX: traffic that does not stop while a gateway is being changed, through the
 * machines of a lab. One process, one loop; every TICK_MS everybody speaks. It reads from standard
 * input, one a line:
 *
 *   hold  NS SIP DIP PORT NS2          a TCP connection that lives on, echoed by NS2; each byte is
 *                                      compared
 *   ask   NS tcp|udp SIP DIP PORT NS2  one new connection (or question) after the other
 *   never NS KEY=VALUE…                a frame (lab_frame.h) that nobody may receive
 *   only  WORD NS KEY=VALUE…           a frame that arrives in phase WORD and in no other
 *   phase WORD                         the phase begins, all speak in it, "phase WORD" is told;
 *                                      "phase -": in between, no `only` is judged
 *   stop                               tells what came of it, one line a kind, and ends
 *
 * Knows no policies. What is wrong is told once for each line of input and counted. */
#define _GNU_SOURCE
#include <linux/tcp.h>
#include <time.h>
#include <unistd.h>

#include "tests/tools/gate_steady.h"

enum {
	TALKS_MOST = 4096, /* questions that are still out, and held connections */
	TICK_MS = 5,
	LATE_MS = 3000,   /* no answer until then: broken */
	BLOCK_BYTES = 32,
	PHASE_TICKS = 2,  /* what a phase lasts at least */
};

/* One socket that asks and compares: a held connection, or one question of an `ask`. */
struct talk {
	int fd;
	unsigned line;
	bool held, connected, waiting;
	uint32_t serial;
	int64_t since_us;
	size_t got;
	uint8_t block[BLOCK_BYTES];
};

static struct talk talks[TALKS_MOST];
static unsigned phase_ticks;
static bool phase_told = true, stopping;

static struct tally {
	unsigned long count, failed, retransmitted, lost;
	int64_t slowest_us;
} held, asked_tcp, asked_udp;
static unsigned long unseen;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- who answers ---- */

static struct sockaddr_in sockaddr_of(const char *ip, unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = frame_ip(ip),
				     .sin_port = htons((uint16_t)port) };
}

static void serve(const struct place *place, bool tcp, const char *ip, const char *port)
{
	struct sockaddr_in at = sockaddr_of(ip, (unsigned)atoi(port));
	int fd, on = 1;

	enter(place);
	fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || (tcp && listen(fd, 1000) < 0)) {
		if (errno != EADDRINUSE)
			fail("cannot serve at", ip);
		close(fd); /* another line has the same server */
		return;
	}
	watch(fd, EPOLLIN, tcp ? KIND_LISTENER : KIND_ECHO, (uint32_t)fd);
}

static void on_listener(int fd)
{
	int served;

	while ((served = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		watch(served, EPOLLIN, KIND_ECHO, (uint32_t)served);
}

static void on_echo(int fd)
{
	uint8_t bytes[4096];
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	ssize_t count = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length);

	if (count > 0)
		sendto(fd, bytes, (size_t)count, MSG_NOSIGNAL,
		       length ? (struct sockaddr *)&from : NULL, length);
	else if (count == 0 || (errno != EAGAIN && errno != ECONNREFUSED))
		close(fd);
}

/* ---- who asks ---- */

static struct tally *tally_of(const struct talk *talk)
{
	if (talk->held)
		return &held;
	return strcmp(lines[talk->line].words[2], "tcp") == 0 ? &asked_tcp : &asked_udp;
}

/* Segments that were sent twice, without those of which the other side says it had them. */
static void segments_count(const struct talk *talk, struct tally *tally)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	if (getsockopt(talk->fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
		return;
	tally->retransmitted += info.tcpi_total_retrans;
	if (info.tcpi_total_retrans <= info.tcpi_dsack_dups)
		return;
	tally->lost += info.tcpi_total_retrans - info.tcpi_dsack_dups;
	complain(&lines[talk->line], "a segment was lost");
}

static void talk_end(struct talk *talk, const char *broken)
{
	struct linger at_once = { .l_onoff = 1 };
	struct tally *tally = tally_of(talk);

	if (tally != &asked_udp)
		segments_count(talk, tally);
	if (broken) {
		tally->failed++;
		complain(&lines[talk->line], broken);
	}
	setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(talk->fd);
	talk->fd = 0;
}

static void block_send(struct talk *talk)
{
	talk->serial++;
	for (size_t i = 0; i < BLOCK_BYTES; i++)
		talk->block[i] = (uint8_t)(talk->serial * 31 + i * 7 + talk->line);
	talk->got = 0;
	talk->waiting = true;
	if (talk->held)
		talk->since_us = now_us();
	if (send(talk->fd, talk->block, BLOCK_BYTES, MSG_NOSIGNAL) != BLOCK_BYTES)
		talk_end(talk, strerror(errno));
}

static void talk_begin(unsigned number)
{
	struct line *line = &lines[number];
	bool holds = strcmp(line->words[0], "hold") == 0;
	size_t at = holds ? 2 : 3; /* of the source address */
	bool tcp = holds || strcmp(line->words[2], "tcp") == 0;
	struct sockaddr_in from = sockaddr_of(line->words[at], 0);
	struct sockaddr_in to = sockaddr_of(line->words[at + 1], (unsigned)atoi(line->words[at + 2]));
	struct talk *talk = talks;

	while (talk < talks + TALKS_MOST && talk->fd)
		talk++;
	if (talk == talks + TALKS_MOST)
		return; /* all are waiting: they will be told as too late */
	enter(line->from);
	*talk = (struct talk){ .line = number, .held = holds, .since_us = now_us() };
	talk->fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (talk->fd < 0 || bind(talk->fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		fail("cannot speak as", line->from->name);
	tally_of(talk)->count++;
	watch(talk->fd, EPOLLIN | EPOLLOUT | EPOLLET, KIND_TALK, (uint32_t)(talk - talks));
	if (connect(talk->fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		talk_end(talk, strerror(errno));
}

static void block_read(struct talk *talk)
{
	uint8_t bytes[BLOCK_BYTES];
	struct tally *tally = tally_of(talk);
	ssize_t count = recv(talk->fd, bytes, BLOCK_BYTES - talk->got, 0);

	if (count < 0 && errno == EAGAIN)
		return;
	if (count <= 0) {
		talk_end(talk, count ? strerror(errno) : "closed");
		return;
	}
	if (memcmp(bytes, talk->block + talk->got, (size_t)count) != 0) {
		talk_end(talk, "other bytes came back");
		return;
	}
	talk->got += (size_t)count;
	if (talk->got < BLOCK_BYTES)
		return;
	talk->waiting = false;
	if (now_us() - talk->since_us > tally->slowest_us)
		tally->slowest_us = now_us() - talk->since_us;
	if (!talk->held)
		talk_end(talk, NULL);
}

static void on_talk(struct talk *talk, uint32_t events)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (!talk->fd)
		return;
	getsockopt(talk->fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error) {
		talk_end(talk, strerror(error));
		return;
	}
	if (!talk->connected && (events & EPOLLOUT)) {
		talk->connected = true;
		block_send(talk);
	} else if (talk->waiting && (events & EPOLLIN)) {
		block_read(talk);
	}
}

/* ---- time ---- */

static void tick(void)
{
	int64_t late = now_us() - LATE_MS * 1000LL;

	for (struct talk *talk = talks; talk < talks + TALKS_MOST; talk++) {
		if (!talk->fd)
			continue;
		if ((talk->waiting || !talk->connected) && talk->since_us < late)
			talk_end(talk, "no answer");
		else if (talk->held && talk->connected && !talk->waiting && !stopping)
			block_send(talk);
	}
	if (stopping)
		return;
	for (unsigned i = 0; i < line_count; i++) {
		if (lines[i].frame)
			frame_speak(&lines[i]);
		else if (strcmp(lines[i].words[0], "ask") == 0)
			talk_begin(i);
	}
	if (++phase_ticks >= PHASE_TICKS && !phase_told) {
		phase_told = true;
		printf("phase %s\n", phase);
		fflush(stdout);
	}
}

/* ---- commands ---- */

static void frame_words_check(const struct line *line)
{
	if (line->from->ifindex && line->count >= 3)
		return;
	errno = EINVAL;
	fail("not a frame:", line->words[0]);
}

static void line_add(const char *text)
{
	struct line *line = &lines[line_count];
	bool only, holds;

	if (line_count == LINES_MOST)
		fail("too many", "lines");
	line->text = strdup(text);
	line->count = split(line->text, line->words);
	only = line->count > 2 && strcmp(line->words[0], "only") == 0;
	holds = line->count == 6 && strcmp(line->words[0], "hold") == 0;
	if (only || (line->count > 2 && strcmp(line->words[0], "never") == 0)) {
		line->frame = true;
		line->from = place_find(line->words[only ? 2 : 1]);
		snprintf(line->phase, sizeof(line->phase), "%s", only ? line->words[1] : "");
		frame_words_check(line);
	} else if (holds || (line->count == 7 && strcmp(line->words[0], "ask") == 0)) {
		line->from = place_find(line->words[1]);
		serve(place_find(line->words[line->count - 1]),
		      holds || strcmp(line->words[2], "tcp") == 0, line->words[line->count - 3],
		      line->words[line->count - 2]);
	} else {
		errno = EINVAL;
		fail("not a command:", text);
	}
	line_count++;
	if (holds)
		talk_begin(line_count - 1);
}

static void on_command(char *text)
{
	if (strncmp(text, "stop", 4) == 0) {
		stopping = true;
	} else if (strncmp(text, "phase ", 6) == 0) {
		snprintf(phase, sizeof(phase), "%.*s", (int)strcspn(text + 6, "\n"), text + 6);
		phase_ticks = 0;
		phase_told = false;
	} else {
		line_add(text);
	}
}

/* Not buffered by stdio, which would hide from epoll what it has read ahead. */
static void on_stdin(void)
{
	static char text[8192];
	static size_t have;
	ssize_t count = read(STDIN_FILENO, text + have, sizeof(text) - have - 1);
	char *end;

	if (count <= 0) {
		stopping = true;
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
		return;
	}
	have += (size_t)count;
	text[have] = '\0';
	while ((end = strchr(text, '\n'))) {
		*end = '\0';
		if (*text)
			on_command(text);
		have -= (size_t)(end + 1 - text);
		memmove(text, end + 1, have + 1);
	}
}

/* ---- the end ---- */

static bool asking(void)
{
	for (const struct talk *talk = talks; talk < talks + TALKS_MOST; talk++)
		if (talk->fd && (!talk->held || talk->waiting))
			return true;
	return false;
}

static void tally_tell(const char *name, const struct tally *tally)
{
	printf("%s count=%lu failed=%lu retransmitted=%lu lost=%lu slowest_ms=%.1f\n", name,
	       tally->count, tally->failed, tally->retransmitted, tally->lost,
	       (double)tally->slowest_us / 1e3);
}

static void frames_tell(void)
{
	unsigned long never = 0, passed = 0, only = 0, missing = 0, wrong = 0;

	for (struct line *line = lines; line < lines + line_count; line++) {
		if (line->frame && !line->phase[0]) {
			never += line->sent;
			passed += line->wrong;
		} else if (line->frame) {
			only += line->sent;
			wrong += line->wrong;
			if (line->sent > line->arrived) {
				missing += line->sent - line->arrived;
				complain(line, "it did not always arrive");
			} else if (line->sent < line->arrived) {
				complain(line, "it arrived more often than it was sent");
			}
		}
	}
	printf("never sent=%lu passed=%lu\n", never, passed);
	printf("only sent=%lu missing=%lu wrong=%lu\n", only, missing, wrong);
}

static void tell(void)
{
	for (struct talk *talk = talks; talk < talks + TALKS_MOST; talk++)
		if (talk->fd)
			talk_end(talk, NULL);
	for (const struct place *place = places; place < places + place_count; place++) {
		struct tpacket_stats stats = { 0 };
		socklen_t length = sizeof(stats);

		if (getsockopt(place->packet_fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0)
			unseen += stats.tp_drops;
	}
	tally_tell("held", &held);
	tally_tell("tcp", &asked_tcp);
	tally_tell("udp", &asked_udp);
	frames_tell();
	printf("unseen %lu\n", unseen); /* frames that could not be looked at */
}

static void events_take(int timeout_ms)
{
	struct epoll_event events[128];
	int count = epoll_wait(epoll_fd, events, (int)array_count(events), timeout_ms);

	for (int i = 0; i < count; i++) {
		uint32_t number = (uint32_t)events[i].data.u64;

		switch ((enum kind)(events[i].data.u64 >> 32)) {
		case KIND_NONE:
			break;
		case KIND_STDIN:
			on_stdin();
			break;
		case KIND_CAPTURE:
			on_capture(&places[number]);
			break;
		case KIND_LISTENER:
			on_listener((int)number);
			break;
		case KIND_ECHO:
			on_echo((int)number);
			break;
		case KIND_TALK:
			on_talk(&talks[number], events[i].events);
			break;
		}
	}
}

int main(int argc, char **argv)
{
	int64_t next = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: gate_steady PLAN PREFIX\n");
		return 2;
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	watch(STDIN_FILENO, EPOLLIN, KIND_STDIN, 0);
	plan_read(argv[1], argv[2]);
	while (!stopping || asking()) {
		events_take(1);
		if (now_us() < next)
			continue;
		tick();
		next = now_us() + TICK_MS * 1000;
	}
	tell();
	return 0;
}
