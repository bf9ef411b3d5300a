/* gate_rate held|fresh|bulk CONNECTIONS ROUNDS SLICE_MS LANE…: how many packets a second a gateway
 * forwards. A lane is a sender, a gateway and a receiver of their own (namespaces LANE-send,
 * LANE-gate, LANE-recv; eth0 in the outer two, the gateway's MAC the same on both its sides). The
 * lanes take turns of SLICE_MS each, in alternating order, so that whatever else this machine does
 * falls on all of them alike.
 *
 *   held    CONNECTIONS that were answered once, their packets in turn
 *   fresh   each packet begins a connection; CONNECTIONS at the most in a slice, forgotten after it
 *   bulk    one TCP connection as programs have them, as fast as it goes, in segments of 1,448
 *           bytes; what the kernel carries in one piece is counted by its segments
 *
 * Standard input names what is permitted, one a line: SMAC SIP DMAC DIP PORT (UDP; bulk: TCP, one
 * line, of addresses that the sender and the receiver have). For each slice
 * one line is told: ROUND LANE PACKETS_A_SECOND SENT RECEIVED. Received is what the gateway's driver
 * handed over to the receiver's interface; all work is done on the sender's CPU, the first allowed.
 * Knows nothing of rulesets and judges nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/tools/lab_frame.h"

enum {
	FLOWS_MOST = 4096,
	LANES_MOST = 4,
	BATCH = 64,
	PAYLOAD_BYTES = 18, /* the smallest frame of an Ethernet */
	HEADERS_BYTES = 14 + 20 + 8,
	WIRE_BYTES = HEADERS_BYTES + PAYLOAD_BYTES,
	SPORT_FIRST = 1024,
	SPORTS = 64000,
	DRAIN_MS = 200,
	SEGMENT_BYTES = 1448,
};

struct flow {
	uint8_t forth[WIRE_BYTES], back[WIRE_BYTES]; /* source port: to be filled in */
};

struct lane {
	const char *name;
	int send_fd, recv_fd, counter_fd, conntrack_fd;
	int from_fd, to_fd; /* bulk: the ends of the connection */
	uint64_t next; /* fresh: the number of the next connection */
};

static struct flow flows[FLOWS_MOST];
static size_t flow_count;
static struct lane lanes[LANES_MOST];
static size_t lane_count;
static uint8_t wire[BATCH][WIRE_BYTES];
static const uint8_t gateway_mac[6] = { 0x02, 0, 0x5e, 0, 0, 0x01 };

static _noreturn_ void fail(const char *what, const char *which)
{
	fprintf(stderr, "gate_rate: %s %s: %s\n", what, which, strerror(errno));
	exit(2);
}

static double now_sec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- frames ---- */

static void udp_build(const char *smac, const char *sip, const char *dip, uint8_t *ret_bytes)
{
	static const uint8_t udp_start[] = { 0, 0, 0, 0, 0, 8 + PAYLOAD_BYTES, 0, 0 };
	struct frame frame = { 0 };

	frame_add(&frame, gateway_mac, 6);
	frame_add_mac(&frame, smac, gateway_mac);
	frame_add(&frame, "\x08\0\x45\0", 4);
	frame_add_u16(&frame, WIRE_BYTES - 14);
	frame_add(&frame, "\0\0\x40\0\x40\x11\0\0", 8);
	frame_add_ip(&frame, sip);
	frame_add_ip(&frame, dip);
	frame_put_u16(&frame, 24, frame_sum(frame.bytes + 14, 20, 0));
	frame_add(&frame, udp_start, sizeof(udp_start)); /* checksum 0: none */
	memcpy(ret_bytes, frame.bytes, frame.count);
	memset(ret_bytes + frame.count, 'x', WIRE_BYTES - frame.count);
}

static void port_put(uint8_t *frame, size_t at, unsigned port)
{
	frame[at] = (uint8_t)(port >> 8);
	frame[at + 1] = (uint8_t)port;
}

static void flows_read(void)
{
	char line[256], smac[32], sip[32], dmac[32], dip[32];
	unsigned port;

	while (flow_count < FLOWS_MOST && fgets(line, sizeof(line), stdin)) {
		struct flow *flow = &flows[flow_count];

		if (sscanf(line, "%31s %31s %31s %31s %u", smac, sip, dmac, dip, &port) != 5) {
			errno = EINVAL;
			fail("not a flow:", line);
		}
		udp_build(smac, sip, dip, flow->forth);
		udp_build(dmac, dip, sip, flow->back);
		port_put(flow->forth, 36, port);
		port_put(flow->back, 34, port);
		flow_count++;
	}
	if (!flow_count) {
		errno = ENODATA;
		fail("no flows on", "standard input");
	}
}

/* Connection `number`: of one flow after the other, each time around from another port. */
static void wire_fill(size_t slot, uint64_t number)
{
	memcpy(wire[slot], flows[number % flow_count].forth, WIRE_BYTES);
	port_put(wire[slot], 34, SPORT_FIRST + (unsigned)(number / flow_count % SPORTS));
}

/* ---- lanes ---- */

static int namespace_open(const struct lane *lane, const char *which)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s-%s", lane->name, which);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		fail("cannot enter", path);
	return fd;
}

static int packet_open(const struct lane *lane)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex("eth0") };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1, bytes = 8 << 20;

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		fail("no socket in", lane->name);
	return fd;
}

static void lane_open(struct lane *lane, const char *name)
{
	lane->name = name;
	close(namespace_open(lane, "send"));
	lane->send_fd = packet_open(lane);
	close(namespace_open(lane, "gate"));
	lane->conntrack_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	close(namespace_open(lane, "recv"));
	lane->recv_fd = packet_open(lane);
	/* stays with the namespace it was opened in */
	lane->counter_fd = open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC);
	if (lane->conntrack_fd < 0 || lane->counter_fd < 0)
		fail("no counters in", name);
}

static uint64_t received(const struct lane *lane)
{
	char text[4096];
	ssize_t count = pread(lane->counter_fd, text, sizeof(text) - 1, 0);
	unsigned long long packets;
	const char *at;

	text[count > 0 ? count : 0] = '\0';
	at = strstr(text, "eth0:");
	if (!at || sscanf(at + 5, "%*u %llu", &packets) != 1)
		fail("no counter of", lane->name);
	return packets;
}

/* Forgets all connections: a conntrack deletion without a tuple. */
static void connections_forget(const struct lane *lane)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg family;
	} message = { .header = { .nlmsg_len = sizeof(message),
				  .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
				  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK } };
	char answer[256];

	if (send(lane->conntrack_fd, &message, sizeof(message), 0) < 0 ||
	    recv(lane->conntrack_fd, answer, sizeof(answer), 0) < 0)
		fail("cannot forget the connections of", lane->name);
}

static unsigned batch_send(int fd, struct mmsghdr *messages, unsigned count)
{
	unsigned sent = 0;

	while (sent < count) {
		int now = sendmmsg(fd, messages + sent, count - sent, 0);

		if (now < 0 && errno != ENOBUFS && errno != EAGAIN)
			fail("cannot", "send");
		sent += now > 0 ? (unsigned)now : 0;
	}
	return sent;
}

/* ---- rounds ---- */

static struct iovec pieces[BATCH];
static struct mmsghdr messages[BATCH];

static void messages_prepare(void)
{
	for (size_t i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){ wire[i], WIRE_BYTES };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &pieces[i], .msg_iovlen = 1 };
	}
}

/* What is still queued for another context of this CPU gets its turn. */
static uint64_t drained(const struct lane *lane, uint64_t before, uint64_t sent)
{
	double until = now_sec() + DRAIN_MS / 1e3;
	uint64_t count;

	while ((count = received(lane) - before) < sent && now_sec() < until)
		sched_yield();
	return count;
}

static void slice_run(struct lane *lane, bool fresh, uint64_t connections, int ms, unsigned round)
{
	uint64_t before = received(lane), sent = 0, got, number = fresh ? lane->next : 0;
	double start = now_sec(), end = start + ms / 1e3, took;

	while (now_sec() < end && (!fresh || sent < connections)) {
		for (size_t i = 0; i < BATCH; i++, number++)
			wire_fill(i, fresh ? number : number % connections);
		sent += batch_send(lane->send_fd, messages, BATCH);
	}
	took = now_sec() - start;
	got = drained(lane, before, sent);
	if (got == sent) /* else the wait was for packets that nobody forwards */
		took = now_sec() - start;
	printf("%u %s %.0f %llu %llu\n", round, lane->name, (double)got / took,
	       (unsigned long long)sent, (unsigned long long)got);
	if (fresh) {
		lane->next = number;
		connections_forget(lane);
	}
}

/* Each connection asks once and is answered once. */
static void connections_hold(struct lane *lane, uint64_t connections)
{
	uint8_t back[WIRE_BYTES];

	connections_forget(lane); /* those of an earlier run may carry the mark of another ruleset */
	for (uint64_t i = 0; i < connections; i++) {
		wire_fill(0, i);
		memcpy(back, flows[i % flow_count].back, WIRE_BYTES);
		memcpy(back + 36, wire[0] + 34, 2);
		if (send(lane->send_fd, wire[0], WIRE_BYTES, 0) < 0 ||
		    send(lane->recv_fd, back, WIRE_BYTES, 0) < 0)
			fail("cannot open connections through", lane->name);
	}
}

/* ---- bulk ---- */

static struct sockaddr_in bulk_end(size_t ip_at)
{
	struct sockaddr_in end = { .sin_family = AF_INET };

	memcpy(&end.sin_addr, flows[0].forth + ip_at, 4);
	memcpy(&end.sin_port, flows[0].forth + 36, 2);
	return end;
}

static void bulk_open(struct lane *lane)
{
	struct sockaddr_in to = bulk_end(30);
	int listener, on = 1;

	close(namespace_open(lane, "recv"));
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&to, sizeof(to)) < 0 || listen(listener, 1) < 0)
		fail("cannot listen behind", lane->name);
	close(namespace_open(lane, "send"));
	lane->from_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(lane->from_fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		fail("no connection through", lane->name);
	lane->to_fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	if (lane->to_fd < 0)
		fail("no connection through", lane->name);
}

static void bulk_run(const struct lane *lane, int ms, unsigned round)
{
	static char bytes[1 << 16];
	double start = now_sec(), end = start + ms / 1e3;
	uint64_t sent = 0, got = 0;
	ssize_t count;

	while (now_sec() < end) {
		count = send(lane->from_fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (count < 0 && errno != EAGAIN)
			fail("cannot send through", lane->name);
		sent += count > 0 ? (uint64_t)count : 0;
		while ((count = recv(lane->to_fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
			got += (uint64_t)count;
	}
	/* what is under way is not lost: it is counted in the next slice */
	printf("%u %s %.0f %llu %llu\n", round, lane->name,
	       (double)got / SEGMENT_BYTES / (now_sec() - start),
	       (unsigned long long)got / SEGMENT_BYTES, (unsigned long long)got / SEGMENT_BYTES);
	if (!sent && !got) {
		errno = ETIMEDOUT;
		fail("nothing passes", lane->name);
	}
}

static void cpu_pin(void)
{
	cpu_set_t allowed, one;
	size_t cpu = 0;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	while (!CPU_ISSET(cpu, &allowed))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	(void)!setpriority(PRIO_PROCESS, 0, -20);
}

int main(int argc, char **argv)
{
	bool fresh = argc > 1 && strcmp(argv[1], "fresh") == 0;
	bool bulk = argc > 1 && strcmp(argv[1], "bulk") == 0;
	uint64_t connections;
	unsigned rounds;
	int ms;

	if (argc < 6 || argc > 5 + LANES_MOST) {
		fprintf(stderr, "usage: gate_rate held|fresh|bulk CONNECTIONS ROUNDS SLICE_MS LANE…\n");
		return 2;
	}
	connections = strtoull(argv[2], NULL, 10);
	rounds = (unsigned)strtoul(argv[3], NULL, 10);
	ms = atoi(argv[4]);
	flows_read();
	for (int i = 5; i < argc; i++)
		lane_open(&lanes[lane_count++], argv[i]);
	cpu_pin();
	messages_prepare();
	for (size_t i = 0; i < lane_count; i++) {
		if (bulk)
			bulk_open(&lanes[i]);
		else if (!fresh)
			connections_hold(&lanes[i], connections);
	}
	for (unsigned round = 0; round < rounds; round++)
		for (size_t i = 0; i < lane_count; i++) {
			struct lane *lane = &lanes[round % 2 ? lane_count - 1 - i : i];

			if (bulk)
				bulk_run(lane, ms, round);
			else
				slice_run(lane, fresh, connections, ms, round);
		}
	return 0;
}
