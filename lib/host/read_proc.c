/* What the kernel tells in /proc alone: the sysctls that no link carries, sockets that wait for
 * others, sockets that see frames, and tables of the old iptables. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/read.h"
#include "host/sysctl.h"

enum { TCP_LISTENS = 10, UDP_WAITS = 7, NUMBER_TCP = 6, NUMBER_UDP = 17 };

int proc_lines(const char *path, unsigned skip,
	       void (*line)(struct reading *reading, const char *text, unsigned tag),
	       struct reading *reading, unsigned tag)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	int fault;

	if (!file)
		return errno;
	while (getline(&text, &room, file) >= 0)
		if (skip)
			skip--;
		else
			line(reading, text, tag);
	fault = ferror(file) ? EIO : 0;
	free(text);
	fclose(file);
	return fault;
}

/* ---- sysctls ---- */

static int value_read(struct reading *reading, const char *path)
{
	struct host_value value = { .path = path, .value = HOST_CONF_ABSENT };
	char name[256], text[32];
	ssize_t count;
	int fd;

	snprintf(name, sizeof(name), "/proc/sys/net/%s", path);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return errno;
	if (fd >= 0) {
		count = read(fd, text, sizeof(text) - 1);
		close(fd);
		if (count <= 0)
			return EIO;
		text[count] = '\0';
		value.value = (int32_t)strtol(text, NULL, 10);
	}
	*vec_add(reading->state->arena, &reading->state->values) = value;
	return 0;
}

int part_sysctls(struct reading *reading)
{
	struct arena *arena = reading->state->arena;
	int fault = access("/proc/sys/net/ipv4", R_OK) < 0 ? errno : 0;

	reading->state->values.count = 0;
	for (size_t i = 0; i < sysctl_count && !fault; i++) {
		const struct sysctl *sysctl = &sysctls[i];

		if (sysctl->all != SYSCTL_ANY)
			fault = value_read(reading, sysctl_path(arena, sysctl, "all"));
		if (!fault && sysctl->fresh != SYSCTL_ANY)
			fault = value_read(reading, sysctl_path(arena, sysctl, "default"));
	}
	return fault;
}

/* ---- sockets ---- */

/* The kernel prints each 32 bits of an address as a number of this machine. */
static bool addr_take(const char *hex, struct addr *ret_addr)
{
	size_t digits = strlen(hex);
	struct addr addr = { .family = digits == 8 ? FAMILY_V4 : FAMILY_V6 };

	if (digits != 8 && digits != 32)
		return false;
	for (size_t i = 0; i < digits / 8; i++) {
		char part[9] = { 0 };
		uint32_t word;

		memcpy(part, hex + 8 * i, 8);
		word = (uint32_t)strtoul(part, NULL, 16);
		memcpy(addr.bytes + 4 * i, &word, sizeof(word));
	}
	*ret_addr = addr;
	return true;
}

static void on_socket(struct reading *reading, const char *text, unsigned proto)
{
	unsigned port, state, wanted = proto == NUMBER_TCP ? TCP_LISTENS : UDP_WAITS;
	struct host_socket one = { .proto = (uint8_t)proto };
	char hex[33];
	unsigned long inode;

	if (sscanf(text, " %*d: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %u %*d %lu",
		   hex, &port, &state, &one.uid, &inode) != 5 ||
	    state != wanted || !port || !addr_take(hex, &one.addr))
		return;
	one.port = (uint16_t)port;
	one.inode = inode;
	*vec_add(reading->state->arena, &reading->state->sockets) = one;
}

int part_sockets(struct reading *reading)
{
	static const struct {
		const char *path;
		unsigned proto;
	} lists[] = { { "/proc/net/udp", NUMBER_UDP },
		      { "/proc/net/udp6", NUMBER_UDP },
		      { "/proc/net/tcp", NUMBER_TCP },
		      { "/proc/net/tcp6", NUMBER_TCP } };
	struct host_state *state = reading->state;
	size_t count = array_count(lists);

	state->sockets.count = 0;
	if (diag_listeners(reading) == 0)
		count -= 2; /* TCP is told */
	else
		state->sockets.count = 0;
	for (size_t i = 0; i < count; i++) {
		int fault = proc_lines(lists[i].path, 1, on_socket, reading, lists[i].proto);

		/* without IPv6 there is no such list */
		if (fault && !(fault == ENOENT && strchr(lists[i].path, '6')))
			return fault;
	}
	return 0;
}

static void on_packet(struct reading *reading, const char *text, unsigned tag)
{
	struct host_packet one = { 0 };
	unsigned protocol;
	unsigned long inode;

	(void)tag;
	if (sscanf(text, "%*s %*d %*d %x %d %*d %*u %u %lu", &protocol, &one.ifindex, &one.uid,
		   &inode) != 4)
		return;
	one.protocol = (uint16_t)protocol;
	one.inode = inode;
	*vec_add(reading->state->arena, &reading->state->packets) = one;
}

int part_packets(struct reading *reading)
{
	int fault;

	reading->state->packets.count = 0;
	fault = proc_lines("/proc/net/packet", 1, on_packet, reading, 0);
	return fault == ENOENT ? 0 : fault; /* a kernel without AF_PACKET */
}

/* ---- the old iptables ---- */

static const char *const legacy_families[] = { "ip", "ip6", "arp" };

static void on_legacy(struct reading *reading, const char *text, unsigned family)
{
	struct host_state *state = reading->state;
	struct host_legacy *one = vec_add(state->arena, &state->legacy);

	one->family = legacy_families[family];
	one->name = arena_copy(state->arena, text, strcspn(text, "\n"));
}

/* Where the modules are not loaded there is no list, and no table. */
int part_legacy(struct reading *reading)
{
	reading->state->legacy.count = 0;
	for (unsigned i = 0; i < array_count(legacy_families); i++) {
		char path[64];
		int fault;

		snprintf(path, sizeof(path), "/proc/net/%s_tables_names", legacy_families[i]);
		fault = proc_lines(path, 0, on_legacy, reading, i);
		if (fault && fault != ENOENT)
			return fault;
	}
	return 0;
}
