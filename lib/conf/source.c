/* See source.h. */
#define _GNU_SOURCE
#include "conf/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lang.h"

static bool source_fail(struct errs *errs, struct src at, int sys_errno, const char *message,
			const char *hint)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "C-FILE", at);

	errs_set_unreadable(errs, err);
	err->sys_errno = sys_errno;
	err_say(errs, err, "%s", message);
	if (hint)
		err_hint(errs, err, "%s", hint);
	return false;
}

static bool source_fail_open(struct errs *errs, struct src at, const char *path, int sys_errno)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "C-FILE", at);

	errs_set_unreadable(errs, err);
	err->sys_errno = sys_errno;
	if (sys_errno == ENOENT) {
		err_say(errs, err, _("there is no file \"%s\""), path);
		err_hint(errs, err,
			 _("check the name; an included file lies beside the one that includes it"));
	} else if (sys_errno == EACCES || sys_errno == EPERM) {
		err_say(errs, err, _("no permission to read \"%s\""), path);
		err_hint(errs, err, _("run as a user who may read it; see ls -l"));
	} else {
		err_say(errs, err, _("\"%s\" cannot be read: %s"), path, strerror(sys_errno));
	}
	return false;
}

/* A read lease is granted only while nobody has the file open for writing. Where leases do not
 * exist (some file systems) or are not ours to take, the comparison of size and time before and
 * after the reading is what remains. */
static bool has_writer(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
		fcntl(fd, F_SETLEASE, F_UNLCK);
		return false;
	}
	return errno == EAGAIN;
}

static bool stat_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool bytes_read(int fd, char *text, size_t bytes, size_t *ret_got)
{
	size_t got = 0;

	while (got < bytes) {
		ssize_t n = read(fd, text + got, bytes - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*ret_got = got;
	return true;
}

bool source_read(const char *path, struct src at, size_t room_bytes, struct source *ret_source,
		 struct errs *errs)
{
	/* O_NONBLOCK: a FIFO must not hang the reader; it is refused below */
	_cleanup_(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *again = _("wait until it is written, then try again");
	struct stat before, after;
	size_t got = 0;
	char *text;

	if (fd < 0)
		return source_fail_open(errs, at, path, errno);
	if (fstat(fd, &before) < 0)
		return source_fail_open(errs, at, path, errno);
	if (S_ISDIR(before.st_mode))
		return source_fail(errs, at, EISDIR, _("this is a directory, not a file"),
				   _("name the file in it, such as sekisho.conf"));
	if (!S_ISREG(before.st_mode))
		return source_fail(errs, at, EINVAL, _("this is not a regular file"), NULL);
	if (before.st_size == 0)
		return source_fail(errs, at, 0, _("the file is empty"),
				   _("begin with: version = 1;"));
	if ((uint64_t)before.st_size > room_bytes)
		return source_fail(errs, at, EFBIG,
				   _("the policy is larger than 64 MiB in all its files"), NULL);
	if (has_writer(fd))
		return source_fail(errs, at, EBUSY,
				   _("another program has the file open for writing"), again);
	text = malloc((size_t)before.st_size + 1);
	if (!text)
		return source_fail(errs, at, ENOMEM, _("not enough memory to read the file"), NULL);
	if (!bytes_read(fd, text, (size_t)before.st_size, &got)) {
		free(text);
		return source_fail_open(errs, at, path, errno);
	}
	if (fstat(fd, &after) < 0 || !stat_same(&before, &after) || got != (size_t)before.st_size) {
		free(text);
		return source_fail(errs, at, EBUSY, _("the file changed while it was being read"),
				   again);
	}
	text[got] = '\0';
	*ret_source = (struct source){ text, got, before.st_dev, before.st_ino };
	return true;
}

void source_done(struct source *source)
{
	free(source->text);
	*source = (struct source){ 0 };
}
