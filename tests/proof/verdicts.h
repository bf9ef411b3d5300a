/* The kernel's verdict on frames: sent into the gateway's interfaces from outside (the namespace
 * PREFIX-world, where each of them has its other end, of the same name), and seen to come out of one
 * of them again, or not. What is for the gateway itself is seen by a raw socket there, behind the
 * input hook, and what comes from it is sent by one. A frame is known by its IPv4 identification or
 * its IPv6 flow label.
 *
 * Nothing sleeps: all is done on one CPU, whose queue of frames is in order, so that what was sent
 * before has come out, or never will, when a marker has passed the same queue twice. */
#pragma once

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/proof/packets.h"

enum { BATCH = 200, MARKER_TYPE = 0x88b5, MARKER_WAIT_MS = 10000 };

static struct world {
	int fd;
	int ends[PLACES_MOST]; /* of each device */
	int marker_out, marker_in;
	int local_fds[8], output_fd; /* in the gateway */
	unsigned strays;
} world;

static inline void namespace_enter(const char *prefix, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s-%s", prefix, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		places_fail("cannot enter", path);
	close(fd);
}

/* Stays in that namespace. */
static inline void world_open(const char *prefix)
{
	int on = 1, bytes = 32 << 20;
	cpu_set_t cpus, one;

	CPU_ZERO(&one);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &cpus))
			CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	namespace_enter(prefix, "world");
	world.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	if (world.fd < 0 ||
	    setsockopt(world.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    setsockopt(world.fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0 ||
	    setsockopt(world.fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
	    setsockopt(world.fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		places_fail("no socket in the world of", prefix);
	for (unsigned i = 0; i < device_count; i++)
		world.ends[i] = (int)if_nametoindex(devices[i].name);
	world.marker_out = (int)if_nametoindex("marker0");
	world.marker_in = (int)if_nametoindex("marker1");
}

/* In the gateway's namespace: who hears what is for it. */
static inline void world_listen(void)
{
	static const uint8_t protos[] = { 1, 6, 17, 50, 89, 253 };
	int bytes = 8 << 20;

	for (unsigned i = 0; i < sizeof(protos); i++) {
		int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protos[i]);

		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
			places_fail("no raw socket", "in the gateway");
		world.local_fds[i] = fd;
	}
	world.output_fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (world.output_fd < 0)
		places_fail("no raw socket", "in the gateway");
}

/* From the gateway: a drop is told as EPERM, which is what we want to know in the end, but here. */
static inline void gateway_send(const struct probe *probe)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	memcpy(&to.sin_addr, probe->frame + 30, 4);
	while (sendto(world.output_fd, probe->frame + 14, probe->count - 14, 0,
		      (struct sockaddr *)&to, sizeof(to)) < 0)
		if (errno != ENOBUFS && errno != EINTR)
			break;
}

static inline void world_send(int ifindex, const uint8_t *frame, size_t count)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };

	while (sendto(world.fd, frame, count, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			places_fail("cannot send:", strerror(errno));
}

static inline void marker_send(void)
{
	uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9 };

	put(frame + 12, MARKER_TYPE, 2);
	world_send(world.marker_out, frame, sizeof(frame));
}

/* Which frame of ours it is: its number, and the addresses too, for the gateway says things itself. */
static inline void frame_judge(const uint8_t *frame, size_t count, int ifindex, struct probe *probes,
			       unsigned first, unsigned end)
{
	bool v6 = count >= 54 && frame[12] == 0x86 && frame[13] == 0xdd;
	size_t addrs = v6 ? 22 : 26, bytes = v6 ? 32 : 8;
	unsigned id;

	if (!v6 && (count < 34 || frame[12] != 8 || frame[13]))
		return;
	id = v6 ? (unsigned)bytes_number(frame + 14, 4) & 0xfffff :
		  (unsigned)bytes_number(frame + 18, 2);
	for (unsigned i = first; i < end; i++) {
		struct probe *probe = &probes[i];
		const wide *at = probe->packet.at;
		const struct spot *route;

		if (probe->id != id || probe->path == PATH_INPUT || memcmp(frame + 12, probe->frame + 12, 2) != 0 ||
		    memcmp(frame + addrs, probe->frame + addrs, bytes) != 0)
			continue;
		route = place_route(at[DIM_DST], v6);
		probe->passed = true;
		probe->astray = ifindex != world.ends[route->device] ||
				bytes_number(frame, 6) != at[DIM_NEXT_MAC];
		return;
	}
	world.strays++;
}

static inline void locals_judge(struct probe *probes, unsigned first, unsigned end)
{
	uint8_t packet[2048];

	for (unsigned i = 0; i < sizeof(world.local_fds) / sizeof(int); i++)
		while (world.local_fds[i] && recv(world.local_fds[i], packet, sizeof(packet), 0) >= 20)
			for (unsigned j = first; j < end; j++)
				if (probes[j].path == PATH_INPUT &&
				    probes[j].id == bytes_number(packet + 4, 2) &&
				    memcmp(packet + 12, probes[j].frame + 26, 8) == 0)
					probes[j].passed = true;
}

/* Sends these and waits until each has come out or never will. */
static inline void batch_judge(struct probe *probes, unsigned first, unsigned end)
{
	unsigned markers = 0;

	for (unsigned i = first; i < end; i++)
		if (probes[i].path == PATH_OUTPUT)
			gateway_send(&probes[i]);
		else
			world_send(world.ends[probes[i].device], probes[i].frame, probes[i].count);
	marker_send();
	while (markers < 2) {
		struct sockaddr_ll from;
		socklen_t length = sizeof(from);
		struct pollfd waiting = { .fd = world.fd, .events = POLLIN };
		uint8_t frame[2048];
		ssize_t count;

		if (poll(&waiting, 1, MARKER_WAIT_MS) <= 0)
			places_fail("lost", "the marker");
		count = recvfrom(world.fd, frame, sizeof(frame), 0, (struct sockaddr *)&from, &length);
		if (count < 14)
			continue;
		if (from.sll_ifindex == world.marker_in && frame[12] == MARKER_TYPE >> 8 &&
		    frame[13] == (MARKER_TYPE & 0xff)) {
			if (++markers == 1)
				marker_send();
		} else {
			frame_judge(frame, (size_t)count, from.sll_ifindex, probes, first, end);
		}
	}
	locals_judge(probes, first, end);
}

static inline void world_judge(struct probe *probes, unsigned count)
{
	for (unsigned first = 0; first < count; first += BATCH)
		batch_judge(probes, first, first + BATCH < count ? first + BATCH : count);
}
