/* The machines of a lab as gate_steady holds them, and the frames that it sends from them: each
 * carries the number of its line and the phase it was sent in, so that wherever it arrives it is
 * known whether it may. Knows no connections. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "tests/tools/lab_frame.h"

enum {
	PLACES_MOST = 256,
	LINES_MOST = 256,
	WORDS_MOST = 32,
};

struct place {
	char name[64], ip[16];
	int netns_fd, packet_fd, ifindex;
	uint8_t mac[6], gateway_mac[6];
};

enum kind { KIND_NONE, KIND_STDIN, KIND_CAPTURE, KIND_LISTENER, KIND_ECHO, KIND_TALK };

struct line {
	char *text, *words[WORDS_MOST]; /* words point into text */
	size_t count;
	struct place *from;
	bool frame, complained;
	char phase[8]; /* of an `only` */
	unsigned long serial, sent, arrived, wrong;
};

static struct place places[PLACES_MOST];
static size_t place_count;
static struct line lines[LINES_MOST];
static unsigned line_count;
static int epoll_fd;
static char phase[8] = "-";

static _noreturn_ void fail(const char *what, const char *which)
{
	fprintf(stderr, "gate_steady: %s %s: %s\n", what, which, strerror(errno));
	exit(2);
}

static void complain(struct line *line, const char *what)
{
	if (line->complained)
		return;
	line->complained = true;
	printf("wrong: %s (phase %s):", what, phase);
	for (size_t i = 0; i < line->count; i++)
		printf(" %s", line->words[i]);
	printf("\n");
}

/* ---- places ---- */

static void watch(int fd, uint32_t events, enum kind kind, uint32_t number)
{
	struct epoll_event event = { .events = events,
				     .data.u64 = (uint64_t)kind << 32 | number };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		fail("epoll", "");
}

static void enter(const struct place *place)
{
	if (setns(place->netns_fd, CLONE_NEWNET) < 0)
		fail("cannot enter", place->name);
}

static struct place *place_find(const char *name)
{
	for (size_t i = 0; i < place_count; i++)
		if (strcmp(places[i].name, name) == 0)
			return &places[i];
	errno = ENOENT;
	fail("no such machine:", name);
}

static void capture_open(struct place *place)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int bytes = 4 << 20;

	enter(place);
	place->ifindex = (int)if_nametoindex("eth0");
	place->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	at.sll_ifindex = place->ifindex;
	if (place->packet_fd < 0 ||
	    setsockopt(place->packet_fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
	    bind(place->packet_fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("cannot look at", place->name);
	watch(place->packet_fd, EPOLLIN, KIND_CAPTURE, (uint32_t)(place - places));
}

static size_t split(char *text, char **ret_words)
{
	char *save = NULL;
	size_t count = 0;

	for (char *word = strtok_r(text, " \t\n", &save); word && count < WORDS_MOST;
	     word = strtok_r(NULL, " \t\n", &save))
		ret_words[count++] = word;
	return count;
}

static void plan_read(const char *path, const char *prefix)
{
	char text[512], *words[WORDS_MOST] = { 0 }, name[160];
	FILE *file = fopen(path, "re");

	if (!file)
		fail("cannot read", path);
	while (fgets(text, sizeof(text), file) && place_count < PLACES_MOST) {
		struct place *place = &places[place_count];

		if (split(text, words) < 8 || strcmp(words[0], "host") != 0)
			continue;
		place_count++;
		snprintf(place->name, sizeof(place->name), "%s", words[1]);
		snprintf(place->ip, sizeof(place->ip), "%s", words[3]);
		for (int i = 0; i < 6; i++) {
			place->mac[i] = (uint8_t)strtoul(words[4] + 3 * i, NULL, 16);
			place->gateway_mac[i] = (uint8_t)strtoul(words[6] + 3 * i, NULL, 16);
		}
		snprintf(name, sizeof(name), "/run/netns/%s-%s", prefix, words[1]);
		place->netns_fd = open(name, O_RDONLY | O_CLOEXEC);
		if (place->netns_fd < 0)
			fail("cannot open", name);
		capture_open(place);
	}
	fclose(file);
}

/* ---- frames: each carries the number of its line and the phase it was sent in ---- */

static void frame_speak(struct line *line)
{
	size_t first = line->phase[0] ? 3 : 2;
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = line->from->ifindex,
				  .sll_halen = 6 };
	char mark[48], sport[24], *words[WORDS_MOST + 1] = { sport };
	struct frame frame;

	snprintf(sport, sizeof(sport), "sport=%lu", 20000 + line->serial++ % 20000);
	memcpy(words + 1, line->words + first, (line->count - first) * sizeof(*words));
	snprintf(mark, sizeof(mark), "sekisho-steady %u %s.", (unsigned)(line - lines), phase);
	frame_build(&(struct frame_words){ .items = words, .count = line->count - first + 1,
					   .own_mac = line->from->mac,
					   .gateway_mac = line->from->gateway_mac,
					   .own_ip = line->from->ip, .mark = mark },
		    &frame);
	memcpy(to.sll_addr, frame.bytes, 6);
	if (sendto(line->from->packet_fd, frame.bytes, frame.count, 0, (struct sockaddr *)&to,
		   sizeof(to)) < 0)
		fail("cannot send from", line->from->name);
	if (!line->phase[0] || strcmp(line->phase, phase) == 0)
		line->sent++;
}

static void on_frame(const struct place *place, const uint8_t *bytes, size_t count)
{
	static const char text[] = "sekisho-steady ";
	const char *at = memmem(bytes, count, text, sizeof(text) - 1);
	char then[8] = "";
	unsigned number;
	struct line *line;

	if (!at || sscanf(at + sizeof(text) - 1, "%u %7[^.]", &number, then) != 2 ||
	    number >= line_count || lines[number].from == place)
		return;
	line = &lines[number];
	if (line->phase[0] && strcmp(then, "-") == 0)
		return;
	if (line->phase[0] && strcmp(then, line->phase) == 0) {
		line->arrived++;
		return;
	}
	line->wrong++;
	complain(line, "it passed");
}

static void on_capture(const struct place *place)
{
	uint8_t bytes[FRAME_BYTES + 64];
	struct sockaddr_ll from;
	ssize_t count;

	for (;;) {
		socklen_t length = sizeof(from);

		count = recvfrom(place->packet_fd, bytes, sizeof(bytes) - 1, 0,
				 (struct sockaddr *)&from, &length);
		if (count < 0)
			return;
		bytes[count] = '\0';
		if (from.sll_pkttype != PACKET_OUTGOING)
			on_frame(place, bytes, (size_t)count);
	}
}
