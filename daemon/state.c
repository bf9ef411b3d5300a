/* See state.h. */
#include "daemon/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"

enum { STATE_MOST_BYTES = 64 << 20 };

static bool state_fail(struct errs *errs, const char *dir, const char *name, int sys_errno,
		       const char *message)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "S-STATE", (struct src){ 0 });

	err->sys_errno = sys_errno;
	err_say(errs, err, message, dir, name, strerror(sys_errno));
	return false;
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool bytes_write(int fd, const char *bytes, size_t count)
{
	while (count) {
		ssize_t n = write(fd, bytes, count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		count -= (size_t)n;
	}
	return true;
}

bool state_write(const char *dir, const char *name, const struct buf *text, struct errs *errs)
{
	const char *message = _("%s/%s could not be written: %s");
	_cleanup_(fd_close) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(fd_close) int fd = -1;
	char temporary[64];
	int failed;

	snprintf(temporary, sizeof(temporary), ".%s.new", name);
	if (dir_fd < 0)
		return state_fail(errs, dir, name, errno, message);
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return state_fail(errs, dir, name, errno, message);
	if (bytes_write(fd, buf_text(text), text->count) && fsync(fd) == 0 &&
	    renameat(dir_fd, temporary, dir_fd, name) == 0 && fsync(dir_fd) == 0)
		return true;
	failed = errno;
	unlinkat(dir_fd, temporary, 0);
	return state_fail(errs, dir, name, failed, message);
}

bool state_read(const char *dir, const char *name, struct buf *ret_text, struct errs *errs)
{
	const char *message = _("%s/%s could not be read: %s");
	_cleanup_(fd_close) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(fd_close) int fd = -1;
	char bytes[1 << 14];
	ssize_t n;

	fd = dir_fd < 0 ? -1 : openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? false : state_fail(errs, dir, name, errno, message);
	while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return state_fail(errs, dir, name, errno, message);
		buf_add(ret_text, bytes, (size_t)n);
		if (ret_text->count > STATE_MOST_BYTES)
			return state_fail(errs, dir, name, EFBIG, message);
	}
	return true;
}
