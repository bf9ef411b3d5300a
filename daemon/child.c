/* See child.h. */
#define _GNU_SOURCE
#include "daemon/child.h"

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

enum { NICE = 5 };

struct child {
	struct child_plan plan;
	sd_event_source *exit, *timer;
	pid_t pid;
	int fd;
	bool too_long;
	int stopped_by; /* a signal, or 0 */
	void *kept;
	size_t kept_bytes;
};

bool child_write(int fd, const void *bytes, size_t count)
{
	const char *at = bytes;

	while (count) {
		ssize_t n = write(fd, at, count);

		if (n <= 0)
			return false;
		at += n;
		count -= (size_t)n;
	}
	return true;
}

_noreturn_ static void child_run(const struct child *child)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, child->plan.name);
	if (child->plan.patient) /* where the unit forbids it, the kernel shares out evenly */
		setpriority(PRIO_PROCESS, 0, NICE);
	close_range(3, (unsigned)child->fd - 1, 0);
	close_range((unsigned)child->fd + 1, ~0u, 0);
	_exit(child->plan.work(child->plan.context, child->fd) ? 0 : 1);
}

static void why_ended(struct buf *why, const struct child *child, const siginfo_t *info)
{
	if (child->too_long)
		buf_printf(why, _("the process that reads the kernel took too long"));
	else if (child->stopped_by)
		buf_printf(why, _("the process that reads the kernel was stopped by signal %d (%s)"),
			   child->stopped_by, strsignal(child->stopped_by));
	else if (info->si_code == CLD_EXITED)
		buf_printf(why, _("the process that reads the kernel failed"));
	else
		buf_printf(why, _("the process that reads the kernel was ended by signal %d (%s)"),
			   info->si_status, strsignal(info->si_status));
}

/* Nobody has a reason to stop it, and whoever does would have nothing verified until the time is
 * up: it ends, which is told in a moment. */
static int child_stopped(struct child *child, sd_event_source *source, int signal_number)
{
	child->stopped_by = signal_number;
	kill(child->pid, SIGKILL);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_exit_of(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct child *child = context;
	bool keeps = child->plan.keeps;
	struct buf why = { 0 };
	void *bytes = MAP_FAILED;
	struct stat stat = { 0 };

	if (info->si_code == CLD_STOPPED)
		return child_stopped(child, source, info->si_status);
	child->pid = 0;
	sd_event_source_set_enabled(child->timer, SD_EVENT_OFF);
	if (info->si_code == CLD_EXITED && info->si_status == 0 && fstat(child->fd, &stat) == 0 &&
	    stat.st_size > 0 && (size_t)stat.st_size <= child->plan.most_bytes)
		bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, child->fd, 0);
	if (bytes == MAP_FAILED) {
		why_ended(&why, child, info);
		child->plan.on_done(child->plan.context, NULL, 0, buf_text(&why));
	} else {
		if (keeps) {
			child->kept = bytes;
			child->kept_bytes = (size_t)stat.st_size;
		}
		child->plan.on_done(child->plan.context, bytes, (size_t)stat.st_size, NULL);
		if (!keeps) /* and the child may be gone */
			munmap(bytes, (size_t)stat.st_size);
	}
	buf_done(&why);
	return 0;
}

static int on_long(sd_event_source *source, uint64_t usec, void *context)
{
	struct child *child = context;

	(void)source;
	(void)usec;
	child->too_long = true;
	kill(child->pid, SIGKILL);
	return 0;
}

static bool start_fail(struct errs *errs, const char *what)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "S-LOOK", (struct src){ 0 });

	err->sys_errno = errno;
	err_say(errs, err, _("the kernel's tables could not be looked at: %s: %s"), what,
		strerror(errno));
	return false;
}

static bool child_begin(struct child *child, sd_event *event, struct errs *errs)
{
	child->fd = memfd_create(child->plan.name, MFD_CLOEXEC);
	if (child->fd < 0)
		return start_fail(errs, "memfd_create");
	child->pid = fork();
	if (child->pid < 0) {
		child->pid = 0;
		return start_fail(errs, "fork");
	}
	if (!child->pid)
		child_run(child);
	if (sd_event_add_child(event, &child->exit, child->pid, WEXITED | WSTOPPED, on_exit_of,
			       child) < 0 ||
	    (child->plan.patient &&
	     sd_event_source_set_priority(child->exit, SD_EVENT_PRIORITY_IDLE) < 0) ||
	    sd_event_add_time_relative(event, &child->timer, CLOCK_MONOTONIC, child->plan.most_usec,
				       0, on_long, child) < 0)
		return start_fail(errs, "sd-event");
	return true;
}

struct child *child_start(sd_event *event, const struct child_plan *plan, struct errs *errs)
{
	struct child *child = calloc(1, sizeof(*child));

	if (!child)
		abort();
	*child = (struct child){ .plan = *plan, .fd = -1 };
	if (child_begin(child, event, errs))
		return child;
	child_free(child);
	return NULL;
}

void child_free(struct child *child)
{
	if (!child)
		return;
	sd_event_source_disable_unref(child->exit);
	sd_event_source_disable_unref(child->timer);
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
	if (child->kept)
		munmap(child->kept, child->kept_bytes);
	if (child->fd >= 0)
		close(child->fd);
	free(child);
}
