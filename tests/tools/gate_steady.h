/* The machines of a lab as gate_steady holds them, and the frames that it sends from them: each
 * carries the number of its line and the phase it was sent in, so that wherever it arrives it is
 * known whether it may. Knows no connections. */
#pragma once

#include "tests/tools/lab_frame.h"
#include "tests/tools/lab_place.h"

enum {
	LINES_MOST = 256,
	WORDS_MOST = 32,
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

static struct line lines[LINES_MOST];
static unsigned line_count;
static char phase[8] = "-";

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
	char text[512], *words[WORDS_MOST] = { 0 };
	FILE *file = fopen(path, "re");

	if (!file)
		fail("cannot read", path);
	while (fgets(text, sizeof(text), file) && place_count < PLACES_MOST)
		if (split(text, words) >= 8 && strcmp(words[0], "host") == 0)
			place_address(place_open(prefix, words[1]), words, KIND_CAPTURE);
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
