/* See state.h. */
#include "daemon/state.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lang.h"

/* The last line of every file, a comment to whoever reads it as a policy: the SHA-256 of all
 * before it. Half a policy may well parse; it must not be enforced as if it were the whole. */
#define SEAL "# sha256 "

enum {
	STATE_MOST_BYTES = 64 << 20,
	HASH_BYTES = crypto_hash_sha256_BYTES,
	SEAL_BYTES = sizeof(SEAL) - 1 + 2 * HASH_BYTES + 1,
};

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

static void seal_print(char ret_seal[SEAL_BYTES + 1], const char *text, size_t bytes)
{
	unsigned char hash[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1];

	crypto_hash_sha256(hash, (const unsigned char *)text, bytes);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	snprintf(ret_seal, SEAL_BYTES + 1, SEAL "%s\n", hex);
}

/* Takes the seal off. False: the text is not what was written. */
static bool seal_take(struct buf *text)
{
	char seal[SEAL_BYTES + 1];
	size_t bytes = text->count - SEAL_BYTES;

	if (text->count < SEAL_BYTES)
		return false;
	seal_print(seal, text->text, bytes);
	if (memcmp(seal, text->text + bytes, SEAL_BYTES) != 0)
		return false;
	text->count = bytes;
	text->text[bytes] = '\0';
	return true;
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

/* A name of an earlier, unfinished write goes first, whatever it is: what is opened then is ours
 * and new. A link in the place of the file itself is replaced by the rename, not followed. */
static bool file_write(int dir_fd, const char *temporary, const struct buf *text)
{
	_cleanup_(fd_close) int fd = -1;
	char seal[SEAL_BYTES + 1];

	if (unlinkat(dir_fd, temporary, 0) < 0 && errno != ENOENT)
		return false;
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return false;
	seal_print(seal, buf_text(text), text->count);
	return fchmod(fd, 0640) == 0 && bytes_write(fd, buf_text(text), text->count) &&
	       bytes_write(fd, seal, SEAL_BYTES) && fsync(fd) == 0;
}

bool state_write(const char *dir, const char *name, const struct buf *text, struct errs *errs)
{
	const char *message = _("%s/%s could not be written: %s");
	_cleanup_(fd_close) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char temporary[64];
	int failed;

	snprintf(temporary, sizeof(temporary), ".%s.new", name);
	if (dir_fd < 0)
		return state_fail(errs, dir, name, errno, message);
	if (text->count > STATE_MOST_BYTES - SEAL_BYTES) /* it could not be read again */
		return state_fail(errs, dir, name, EFBIG, message);
	if (file_write(dir_fd, temporary, text) &&
	    renameat(dir_fd, temporary, dir_fd, name) == 0 && fsync(dir_fd) == 0)
		return true;
	failed = errno;
	unlinkat(dir_fd, temporary, 0);
	return state_fail(errs, dir, name, failed, message);
}

/* Of a pipe or a device nobody waits for the end. */
static int file_open(int dir_fd, const char *name)
{
	_cleanup_(fd_close) int fd =
		openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat stat;
	int opened;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return -1;
	if (!S_ISREG(stat.st_mode) || stat.st_size > STATE_MOST_BYTES) {
		errno = S_ISREG(stat.st_mode) ? EFBIG : EINVAL;
		return -1;
	}
	opened = fd;
	fd = -1;
	return opened;
}

bool state_read(const char *dir, const char *name, struct buf *ret_text, struct errs *errs)
{
	const char *message = _("%s/%s could not be read: %s");
	_cleanup_(fd_close) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(fd_close) int fd = -1;
	struct buf text = { 0 };
	char bytes[1 << 14];
	ssize_t n;

	fd = dir_fd < 0 ? -1 : file_open(dir_fd, name);
	if (fd < 0)
		return errno == ENOENT ? false : state_fail(errs, dir, name, errno, message);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0 && text.count <= STATE_MOST_BYTES)
		buf_add(&text, bytes, (size_t)n);
	if (n == 0 && seal_take(&text)) {
		*ret_text = text;
		return true;
	}
	if (n == 0)
		state_fail(errs, dir, name, EBADMSG, _("%s/%s is not as it was written"));
	else
		state_fail(errs, dir, name, n < 0 ? errno : EFBIG, message);
	buf_done(&text);
	return false;
}
