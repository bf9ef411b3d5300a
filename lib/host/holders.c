/* Which program holds a socket: by the links in /proc/PID/fd. To walk them all takes long where
 * many programs run, so what was found is remembered, and looked at again by one link. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/read.h"

enum { HELD_MOST = 256, COMM_BYTES = 16 };

struct held {
	uint64_t inode;
	int pid, fd;
	bool ours;
	char program[COMM_BYTES];
};

struct holders {
	struct held list[HELD_MOST];
	size_t count, next;
};

struct holders *holders_new(void)
{
	struct holders *holders = calloc(1, sizeof(*holders));

	if (!holders)
		abort();
	return holders;
}

void holders_free(struct holders *holders)
{
	free(holders);
}

static uint64_t link_inode(const char *path)
{
	unsigned long inode;
	char target[64];
	ssize_t count = readlink(path, target, sizeof(target) - 1);

	if (count < 0)
		return 0;
	target[count] = '\0';
	return sscanf(target, "socket:[%lu]", &inode) == 1 ? inode : 0;
}

/* The same of fdinfo, which may be read where fd may not: with CAP_SYS_PTRACE, without the right to
 * read everybody's files. A number that is no socket's must not be taken for one, so a file counts
 * only where it lies beside our own sockets. Kernel 5.14 began to tell. */
static bool fdinfo_read(const char *path, uint64_t *ret_inode, int *ret_mount)
{
	unsigned long inode = 0;
	char line[128];
	int mount = -1;
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		(void)sscanf(line, "mnt_id: %d", &mount);
		(void)sscanf(line, "ino: %lu", &inode);
	}
	fclose(file);
	*ret_inode = inode;
	*ret_mount = mount;
	return inode && mount >= 0;
}

static int socket_mount(void)
{
	static int mount = -1;
	uint64_t inode;
	char path[64];
	int fd;

	if (mount >= 0)
		return mount;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (fd < 0 || !fdinfo_read(path, &inode, &mount))
		mount = -1;
	if (fd >= 0)
		close(fd);
	return mount;
}

static uint64_t socket_inode(int pid, const char *fd)
{
	char path[64];
	uint64_t inode;
	int mount;

	snprintf(path, sizeof(path), "/proc/%d/fd/%.16s", pid, fd);
	inode = link_inode(path);
	if (inode || errno != EACCES)
		return inode;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", pid, fd);
	return fdinfo_read(path, &inode, &mount) && mount == socket_mount() ? inode : 0;
}

static bool held_still(const struct held *held)
{
	char fd[16];

	snprintf(fd, sizeof(fd), "%d", held->fd);
	return socket_inode(held->pid, fd) == held->inode;
}

/* "71 (squid) S 1 …": a program may have blanks and brackets in its name. */
static void process_read(struct held *held)
{
	char path[64], text[256];
	const char *open_bracket, *close_bracket;
	FILE *file;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", held->pid);
	file = fopen(path, "re");
	if (!file)
		return;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	open_bracket = strchr(text, '(');
	close_bracket = strrchr(text, ')');
	if (!open_bracket || !close_bracket || close_bracket < open_bracket)
		return;
	snprintf(held->program, sizeof(held->program), "%.*s",
		 (int)(close_bracket - open_bracket - 1), open_bracket + 1);
	sscanf(close_bracket + 1, " %*c %d", &parent);
	held->ours = held->pid == getpid() || parent == getpid();
}

static const struct held *held_find(const struct holders *holders, uint64_t inode)
{
	for (size_t i = 0; i < holders->count; i++)
		if (holders->list[i].inode == inode)
			return &holders->list[i];
	return NULL;
}

static void held_keep(struct holders *holders, int pid, int fd, uint64_t inode)
{
	struct held *held = &holders->list[holders->next];

	*held = (struct held){ .inode = inode, .pid = pid, .fd = fd };
	process_read(held);
	holders->next = (holders->next + 1) % HELD_MOST;
	holders->count = size_max(holders->count, holders->next ? holders->next : HELD_MOST);
}

struct wanted {
	uint64_t *items;
	size_t count;
};

static void process_walk(struct holders *holders, int pid, const struct wanted *wanted)
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir) {
		snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
		dir = opendir(path);
	}
	if (!dir)
		return; /* gone, or not for us to see: the holder stays unknown, and is told so */
	while ((entry = readdir(dir))) {
		uint64_t inode = entry->d_name[0] == '.' ? 0 : socket_inode(pid, entry->d_name);

		for (size_t i = 0; inode && i < wanted->count; i++)
			if (wanted->items[i] == inode && !held_find(holders, inode))
				held_keep(holders, pid, atoi(entry->d_name), inode);
	}
	closedir(dir);
}

static void processes_walk(struct holders *holders, const struct wanted *wanted)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			process_walk(holders, atoi(entry->d_name), wanted);
	closedir(dir);
}

static void stale_drop(struct holders *holders)
{
	for (size_t i = 0; i < holders->count; i++)
		if (holders->list[i].inode && !held_still(&holders->list[i]))
			holders->list[i].inode = 0;
}

static struct host_holder holder_of(const struct holders *holders, struct arena *arena,
				    uint64_t inode)
{
	const struct held *held = inode ? held_find(holders, inode) : NULL;

	if (!held)
		return (struct host_holder){ 0 };
	return (struct host_holder){ held->pid, arena_strdup(arena, held->program), held->ours };
}

void holders_find(struct holders *holders, struct host_state *state)
{
	struct wanted wanted = { arena_make_many(state->arena, uint64_t,
						 state->sockets.count + state->packets.count + 1),
				 0 };

	stale_drop(holders);
	vec_each(socket, &state->sockets)
		if (socket->inode && !held_find(holders, socket->inode))
			wanted.items[wanted.count++] = socket->inode;
	vec_each(packet, &state->packets)
		if (packet->inode && !held_find(holders, packet->inode))
			wanted.items[wanted.count++] = packet->inode;
	if (wanted.count)
		processes_walk(holders, &wanted);
	vec_each(socket, &state->sockets)
		socket->holder = holder_of(holders, state->arena, socket->inode);
	vec_each(packet, &state->packets)
		packet->holder = holder_of(holders, state->arena, packet->inode);
}
