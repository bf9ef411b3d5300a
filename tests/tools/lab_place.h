/* The machines of a lab, for a program that stands in all of their namespaces at once: by name,
 * with a packet socket each, in one epoll. Knows what neither is used for. */
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

#include "base/base.h"

enum { PLACES_MOST = 256, CAPTURE_BYTES = 4 << 20 };

struct place {
	char name[64], ip[16];
	int netns_fd, packet_fd, ifindex;
	uint8_t mac[6], gateway_mac[6];
};

static struct place places[PLACES_MOST];
static size_t place_count;
static int epoll_fd;

static _noreturn_ void fail(const char *what, const char *which)
{
	fprintf(stderr, "%s: %s %s: %s\n", program_invocation_short_name, what, which,
		strerror(errno));
	exit(2);
}

/* kind: an enum of the program's own, and a number within it. */
static void watch(int fd, uint32_t events, unsigned kind, uint32_t number)
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

static void capture_open(struct place *place, unsigned kind)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int bytes = CAPTURE_BYTES;

	enter(place);
	place->ifindex = (int)if_nametoindex("eth0");
	place->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	at.sll_ifindex = place->ifindex;
	if (place->packet_fd < 0 ||
	    setsockopt(place->packet_fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
	    bind(place->packet_fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("cannot look at", place->name);
	watch(place->packet_fd, EPOLLIN, kind, (uint32_t)(place - places));
}

/* The next place: the machine of that name in the lab of that prefix. */
static struct place *place_open(const char *prefix, const char *name)
{
	struct place *place = &places[place_count++];
	char path[160];

	*place = (struct place){ .packet_fd = -1 };
	snprintf(place->name, sizeof(place->name), "%s", name);
	snprintf(path, sizeof(path), "/run/netns/%s-%s", prefix, name);
	place->netns_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (place->netns_fd < 0)
		fail("cannot open", path);
	return place;
}

/* Its addresses out of a line of the plan, "host NAME ZONE IP MAC … GATEWAY-MAC", and its packets. */
static void place_address(struct place *place, char **words, unsigned kind)
{
	snprintf(place->ip, sizeof(place->ip), "%s", words[3]);
	for (int i = 0; i < 6; i++) {
		place->mac[i] = (uint8_t)strtoul(words[4] + 3 * i, NULL, 16);
		place->gateway_mac[i] = (uint8_t)strtoul(words[6] + 3 * i, NULL, 16);
	}
	capture_open(place, kind);
}
