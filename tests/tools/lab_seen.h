/* The machines of a lab as lab_probe holds them, what it attempts, and what arrives where: every
 * frame that reaches a machine belongs to an attempt, is an answer to one, or is told as a stray. */
#pragma once

#include <time.h>

#include "tests/tools/lab_frame.h"
#include "tests/tools/lab_place.h"

enum {
	ATTEMPTS_MOST = 65536,
	SLOTS = 1 << 18,
	STRAYS_SHOWN = 20,
};

enum kind { KIND_CAPTURE, KIND_LISTENER, KIND_SERVED, KIND_ECHO, KIND_ATTEMPT };

struct tuple {
	uint32_t sip, dip;
	uint16_t sport, dport;
	uint8_t proto, pad[3];
};

enum state { WAITING, CONNECTING, ASKED, ANSWERED, RESET, UNREACHABLE, SILENT, SENT };
static const char *const state_names[] = { "waiting", "silent",	    "silent", "answered",
					   "reset",   "unreachable", "silent", "sent" };

struct attempt {
	char id[32];
	struct place *from;
	struct tuple tuple;
	int fd;
	enum state state;
	bool seen, keep, queued;
	int64_t until_ms;
};

static struct attempt *attempts;
static uint32_t attempt_count, run_start;
static struct {
	struct tuple tuple;
	uint32_t attempt; /* plus one */
} *slots;
static int wait_ms = 300;
static unsigned strays, lost;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- tuples ---- */

static uint32_t *tuple_slot(const struct tuple *tuple)
{
	uint64_t hash = 0xcbf29ce484222325u;
	const uint8_t *bytes = (const uint8_t *)tuple;

	for (size_t i = 0; i < sizeof(*tuple); i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	for (size_t slot = hash % SLOTS;; slot = (slot + 1) % SLOTS)
		if (!slots[slot].attempt ||
		    memcmp(&slots[slot].tuple, tuple, sizeof(*tuple)) == 0) {
			slots[slot].tuple = *tuple;
			return &slots[slot].attempt;
		}
}

static struct attempt *tuple_find(struct tuple tuple, bool turned)
{
	uint32_t found;

	if (turned)
		tuple = (struct tuple){ .sip = tuple.dip, .dip = tuple.sip, .proto = tuple.proto,
					.sport = tuple.proto == IPPROTO_ICMP ? tuple.sport :
									       tuple.dport,
					.dport = tuple.proto == IPPROTO_ICMP ? tuple.dport :
									       tuple.sport };
	found = *tuple_slot(&tuple);
	return found ? &attempts[found - 1] : NULL;
}

/* ---- what arrives ---- */

static void stray_tell(const struct place *place, const uint8_t *frame, ssize_t count,
		       const struct tuple *tuple)
{
	char sip[16], dip[16];

	if (strays++ >= STRAYS_SHOWN)
		return;
	if (!tuple) {
		printf("stray %s type=%02x%02x %zd bytes\n", place->name, frame[12], frame[13],
		       count);
		return;
	}
	inet_ntop(AF_INET, &tuple->sip, sip, sizeof(sip));
	inet_ntop(AF_INET, &tuple->dip, dip, sizeof(dip));
	printf("stray %s proto=%u %s %u %s %u\n", place->name, tuple->proto, sip,
	       ntohs(tuple->sport), dip, ntohs(tuple->dport));
}

static struct tuple tuple_read(const uint8_t *ip, ssize_t count)
{
	struct tuple tuple = { .proto = ip[9] };
	ssize_t header = (ip[0] & 15) * 4;

	memcpy(&tuple.sip, ip + 12, 4);
	memcpy(&tuple.dip, ip + 16, 4);
	if (count >= header + 8 && tuple.proto == IPPROTO_ICMP) {
		memcpy(&tuple.sport, ip + header + 4, 2);
		memcpy(&tuple.dport, ip + header + 6, 2);
	} else if (count >= header + 4 && !(ip[6] & 0x1f) && !ip[7]) {
		memcpy(&tuple.sport, ip + header, 2);
		memcpy(&tuple.dport, ip + header + 2, 2);
	}
	return tuple;
}

/* Frames of our own making carry "sekisho-lab-NUMBER." somewhere. */
static struct attempt *marked(const uint8_t *frame, ssize_t count)
{
	static const char text[] = "sekisho-lab-";
	const char *at = memmem(frame, (size_t)count, text, sizeof(text) - 1);
	unsigned long number;

	if (!at)
		return NULL;
	number = strtoul(at + sizeof(text) - 1, NULL, 10);
	return number < attempt_count ? &attempts[number] : NULL;
}

static void on_frame(struct place *place, uint8_t *frame, ssize_t count)
{
	struct tuple tuple;
	struct attempt *attempt;

	frame[count] = '\0';
	attempt = marked(frame, count);
	if (attempt && attempt->from != place) {
		attempt->seen = true;
		return;
	}
	if (frame[12] == 0x08 && frame[13] == 0x06 && count >= 42 && frame[21] == 1)
		return; /* the gateway asks for somebody's MAC */
	if (frame[12] != 0x08 || frame[13] != 0 || count < 34) {
		stray_tell(place, frame, count, NULL);
		return;
	}
	tuple = tuple_read(frame + 14, count - 14);
	attempt = tuple_find(tuple, false);
	if (attempt)
		attempt->seen |= attempt->from != place;
	else if (!tuple_find(tuple, true))
		stray_tell(place, frame, count, &tuple);
}

static void on_capture(struct place *place)
{
	uint8_t frame[FRAME_BYTES + 64];
	struct sockaddr_ll from;
	ssize_t count;

	for (;;) {
		socklen_t length = sizeof(from);

		count = recvfrom(place->packet_fd, frame, sizeof(frame) - 1, 0,
				 (struct sockaddr *)&from, &length);
		if (count < 0)
			return;
		if (from.sll_pkttype != PACKET_OUTGOING && count >= 14)
			on_frame(place, frame, count);
	}
}

static void losses_count(void)
{
	for (size_t i = 0; i < place_count; i++) {
		struct tpacket_stats stats = { 0 };
		socklen_t length = sizeof(stats);

		if (places[i].packet_fd >= 0 &&
		    getsockopt(places[i].packet_fd, SOL_PACKET, PACKET_STATISTICS, &stats,
			       &length) == 0)
			lost += stats.tp_drops;
	}
}
