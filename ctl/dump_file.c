/* See dump_file.h. */
#include "ctl/dump_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "ctl/call.h"

enum { READ_BYTES = 1 << 16 };

/* False: errno; EFBIG: longer than a dump may be. */
static bool fd_read(int fd, struct buf *text)
{
	char bytes[READ_BYTES];

	for (;;) {
		ssize_t n = read(fd, bytes, sizeof(bytes));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		if (text->count + (size_t)n > DUMP_FILE_MOST_BYTES) {
			errno = EFBIG;
			return false;
		}
		buf_add(text, bytes, (size_t)n);
	}
}

static bool file_read(const char *path, struct buf *text)
{
	bool is_input = strcmp(path, "-") == 0, done;
	int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	done = fd_read(fd, text);
	if (!is_input) {
		int number = errno;

		close(fd);
		errno = number;
	}
	return done;
}

static bool text_open(struct dump *dump, const char *name, enum status *ret_status)
{
	struct errs errs;

	errs_init(&errs);
	dump->ruleset = dump_read(name, buf_text(&dump->text), dump->text.count, &dump->head, &errs);
	if (!dump->ruleset) {
		findings_show(stderr, &errs);
		*ret_status = STATUS_USAGE;
	}
	errs_done(&errs);
	return dump->ruleset;
}

bool dump_open(struct dump *dump, const char *path, enum status *ret_status)
{
	*dump = (struct dump){ 0 };
	if (file_read(path, &dump->text))
		return text_open(dump, path, ret_status);
	usage_error(_("\"%s\" cannot be read: %s"), path, strerror(errno));
	*ret_status = STATUS_USAGE;
	return false;
}

bool dump_ask(struct dump *dump, const struct command *command, enum status *ret_status)
{
	*dump = (struct dump){ 0 };
	return dump_receive(&dump->text, command, ret_status) &&
	       text_open(dump, _("(kernel)"), ret_status);
}

/* Comes in pieces of whole lines. */
bool dump_receive(struct buf *text, const struct command *command, enum status *ret_status)
{
	_cleanup_(call_close) struct call call;
	json_t *parameters = json_pack("{s:s}", "language", lang_get() == LANG_JA ? "ja" : "en");
	bool continues = true;

	if (!call_open(&call, command, ret_status)) {
		json_decref(parameters);
		return false;
	}
	if (!call_send(&call, WIRE_INTERFACE ".Dump", parameters, true, ret_status))
		return false;
	while (continues) {
		const char *error;
		json_t *reply = NULL;

		if (!call_receive(&call, &reply, &error, &continues, ret_status))
			return false;
		if (error) {
			*ret_status = call_failed(error, reply);
			json_decref(reply);
			return false;
		}
		buf_add_text(text, text_or(reply, "text", ""));
		json_decref(reply);
	}
	return true;
}

void dump_close(struct dump *dump)
{
	ruleset_free(dump->ruleset);
	buf_done(&dump->text);
	*dump = (struct dump){ 0 };
}

struct wall dump_time(const struct dump *dump, struct wall otherwise)
{
	return dump->ruleset->at_ms ? (struct wall){ dump->ruleset->at_ms / 1000 } : otherwise;
}
