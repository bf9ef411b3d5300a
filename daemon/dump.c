/* See dump.h. */
#define _GNU_SOURCE
#include "daemon/dump.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lang.h"
#include "rule/dump.h"

enum { DUMP_MOST_USEC = 60 * 1000000, NICE = 5, WHY_MOST_BYTES = 4096 };
enum child_end { CHILD_DONE, CHILD_FAILED, CHILD_REFUSED }; /* refused: the file says why */

struct dump {
	struct gate *gate;
	sd_event_source *child, *timer;
	pid_t pid;
	int fd;
	bool too_long;
	const char *text; /* the child's file, mapped */
	size_t count;
	dump_on_done *on_done;
	void *context;
};

/* ---- the child ---- */

static bool all_written(int fd, const char *at, size_t count)
{
	while (count) {
		ssize_t n = write(fd, at, count);

		if (n <= 0)
			return false;
		at += n;
		count -= (size_t)n;
	}
	return true;
}

/* The tables of others with their elements, too: what their sets hold decides what they let pass,
 * and all of it is of one generation. */
static bool text_make(struct gate *gate, struct buf *text)
{
	struct dump_head head = { .kernel = gate->probe.release,
				  .gateway = gate->now ? gate->now->policy->head.gateway : NULL };
	struct ruleset *ruleset;
	struct errs errs;

	errs_init(&errs);
	ruleset = nft_read(gate->nft, NULL, &head.generation, &errs);
	if (ruleset)
		dump_write(text, ruleset, &head);
	else
		vec_each(err, &errs.list)
			buf_printf(text, "%s%s", text->count ? "; " : "", err->message);
	if (ruleset && text->count > DUMP_FILE_MOST_BYTES) {
		buf_clear(text);
		buf_add_text(text, _("the kernel holds more than a dump may"));
		return false;
	}
	return ruleset;
}

_noreturn_ static void child_run(struct gate *gate, int fd)
{
	struct buf text = { 0 };
	bool made;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "sekishod-dump");
	/* whoever enforces goes first; where the unit forbids it, the kernel shares out evenly */
	setpriority(PRIO_PROCESS, 0, NICE);
	close_range(3, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, ~0u, 0);
	if (!nft_reopen(gate->nft))
		_exit(CHILD_FAILED);
	made = text_make(gate, &text);
	if (!all_written(fd, buf_text(&text), text.count))
		_exit(CHILD_FAILED);
	_exit(made ? CHILD_DONE : CHILD_REFUSED);
}

/* ---- the parent ---- */

static bool file_map(struct dump *dump)
{
	struct stat stat;
	void *bytes;

	if (fstat(dump->fd, &stat) != 0 || stat.st_size <= 0 ||
	    stat.st_size > DUMP_FILE_MOST_BYTES)
		return false;
	bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, dump->fd, 0);
	if (bytes == MAP_FAILED)
		return false;
	dump->text = bytes;
	dump->count = (size_t)stat.st_size;
	return true;
}

static void why_say(struct buf *why, const struct dump *dump, const siginfo_t *info)
{
	if (dump->too_long)
		buf_printf(why, _("the process that reads the kernel took too long"));
	else if (info->si_code == CLD_EXITED && info->si_status == CHILD_REFUSED && dump->text)
		buf_add(why, dump->text, size_min(dump->count, WHY_MOST_BYTES));
	else if (info->si_code == CLD_EXITED)
		buf_printf(why, _("the process that reads the kernel failed"));
	else
		buf_printf(why, _("the process that reads the kernel was ended by signal %d (%s)"),
			   info->si_status, strsignal(info->si_status));
}

static int on_child(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct dump *dump = context;
	struct buf why = { 0 };
	bool done;

	(void)source;
	dump->pid = 0;
	sd_event_source_set_enabled(dump->timer, SD_EVENT_OFF);
	done = file_map(dump) && info->si_code == CLD_EXITED && info->si_status == CHILD_DONE;
	if (!done)
		why_say(&why, dump, info);
	dump->on_done(dump->context, dump, done, buf_text(&why));
	buf_done(&why);
	return 0;
}

static int on_long(sd_event_source *source, uint64_t usec, void *context)
{
	struct dump *dump = context;

	(void)source;
	(void)usec;
	dump->too_long = true;
	kill(dump->pid, SIGKILL);
	return 0;
}

static bool dump_fail(struct errs *errs, const char *what)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "S-DUMP", (struct src){ 0 });

	err->sys_errno = errno;
	err_say(errs, err, _("the kernel's tables could not be looked at: %s: %s"), what,
		strerror(errno));
	return false;
}

/* Behind everything that enforces, and behind whoever asks for less. */
static bool dump_listen(struct dump *dump, sd_event *event)
{
	return sd_event_add_child(event, &dump->child, dump->pid, WEXITED, on_child, dump) >= 0 &&
	       sd_event_source_set_priority(dump->child, SD_EVENT_PRIORITY_IDLE) >= 0 &&
	       sd_event_add_time_relative(event, &dump->timer, CLOCK_MONOTONIC, DUMP_MOST_USEC, 0,
					  on_long, dump) >= 0;
}

static bool dump_begin(struct dump *dump, sd_event *event, struct errs *errs)
{
	dump->fd = memfd_create("sekishod-dump", MFD_CLOEXEC);
	if (dump->fd < 0)
		return dump_fail(errs, "memfd_create");
	dump->pid = fork();
	if (dump->pid < 0) {
		dump->pid = 0;
		return dump_fail(errs, "fork");
	}
	if (!dump->pid)
		child_run(dump->gate, dump->fd);
	return dump_listen(dump, event) || dump_fail(errs, "sd-event");
}

struct dump *dump_start(sd_event *event, struct gate *gate, dump_on_done *on_done, void *context,
			struct errs *errs)
{
	struct dump *dump = calloc(1, sizeof(*dump));

	if (!dump)
		abort();
	*dump = (struct dump){ .gate = gate, .fd = -1, .on_done = on_done, .context = context };
	if (dump_begin(dump, event, errs))
		return dump;
	dump_free(dump);
	return NULL;
}

void dump_free(struct dump *dump)
{
	if (!dump)
		return;
	sd_event_source_disable_unref(dump->child);
	sd_event_source_disable_unref(dump->timer);
	if (dump->pid > 0) {
		kill(dump->pid, SIGKILL);
		waitpid(dump->pid, NULL, 0);
	}
	if (dump->text)
		munmap((void *)(uintptr_t)dump->text, dump->count);
	if (dump->fd >= 0)
		close(dump->fd);
	free(dump);
}

bool dump_lines(const struct dump *dump, size_t from, size_t most, const char **ret_text,
		size_t *ret_count)
{
	size_t left = dump->count - size_min(from, dump->count), count = size_min(left, most);
	const char *text = dump->text + from, *end;

	if (count) {
		end = memrchr(text, '\n', count);
		if (!end)
			return false;
		count = (size_t)(end - text) + 1;
	}
	*ret_text = text;
	*ret_count = count;
	return true;
}

size_t dump_bytes(const struct dump *dump)
{
	return dump->count;
}
