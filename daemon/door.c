/* See door.h. */
#define _GNU_SOURCE
#include "daemon/door.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/lang.h"

enum {
	GROUPS_MOST = 256,
	PLACES_MOST = 1200,
	FDS_WANTED = 4096,
	FDS_KEPT = 64, /* for what a reload opens */
};

#define NO_GROUP ((gid_t)-1)

int door_open(const char *path, struct errs *errs)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct err *err;
	int failed;

	if (strlen(path) < sizeof(address.sun_path)) {
		memcpy(address.sun_path, path, strlen(path));
		unlink(path);
		if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		    chmod(path, 0666) == 0 && listen(fd, DOOR_BACKLOG) == 0)
			return fd;
	} else {
		errno = ENAMETOOLONG;
	}
	failed = errno;
	err = errs_add(errs, SEVERITY_ERROR, "S-SOCKET", (struct src){ 0 });
	err->sys_errno = failed;
	err_say(errs, err, _("the control socket %s could not be opened: %s"), path,
		strerror(failed));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A client is a descriptor, and a reload must find some left, whatever limit we were given. */
size_t door_places(void)
{
	struct rlimit limit, more;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return PLACES_MOST / 2;
	more = limit;
	more.rlim_cur = limit.rlim_max < FDS_WANTED ? limit.rlim_max : FDS_WANTED;
	if (limit.rlim_cur < more.rlim_cur && setrlimit(RLIMIT_NOFILE, &more) == 0)
		limit = more;
	if (limit.rlim_cur >= PLACES_MOST + FDS_KEPT)
		return PLACES_MOST;
	return limit.rlim_cur > 2 * FDS_KEPT ? limit.rlim_cur - FDS_KEPT : FDS_KEPT;
}

static gid_t group_find(const char *name)
{
	const struct group *group = getgrnam(name);

	return group ? group->gr_gid : NO_GROUP;
}

void door_groups(struct door_groups *ret_groups)
{
	ret_groups->viewer = group_find("sekisho-viewer");
	ret_groups->operator = group_find("sekisho-operator");
}

static bool in_group(const gid_t *groups, size_t count, gid_t wanted)
{
	for (size_t i = 0; wanted != NO_GROUP && i < count; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

enum right door_right(const struct door_groups *known, int fd)
{
	gid_t groups[GROUPS_MOST + 1];
	socklen_t bytes = sizeof(groups) - sizeof(groups[0]);
	struct ucred peer;
	socklen_t peer_bytes = sizeof(peer);
	size_t count;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_bytes) < 0)
		return RIGHT_NONE;
	if (peer.uid == 0)
		return RIGHT_OPERATOR;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) < 0)
		return RIGHT_NONE;
	count = bytes / sizeof(groups[0]);
	groups[count++] = peer.gid;
	if (in_group(groups, count, known->operator))
		return RIGHT_OPERATOR;
	return in_group(groups, count, known->viewer) ? RIGHT_VIEWER : RIGHT_NONE;
}
