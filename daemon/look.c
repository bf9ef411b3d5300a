/* See look.h. The answer comes in memory shared by a descriptor: a head, and behind it five runs
 * of bytes. It is read as what a stranger wrote: every length is checked. */
#define _GNU_SOURCE
#include "daemon/look.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lang.h"
#include "daemon/others.h"
#include "daemon/posture.h"

enum { ANSWER_MAGIC = 0x5e61540, LOOK_MOST_USEC = 60 * 1000000, ANSWER_MOST_BYTES = 256 << 20 };

struct answer {
	uint32_t magic, generation, others_generation;
	bool read, same, others_read;
	int64_t took_us;
	struct audit_last audited;
	/* in this order behind it */
	size_t why_bytes, others_bytes, counts_bytes, connections_bytes, offloads_bytes;
};

struct look {
	struct gate *gate;
	const struct generation *of;
	sd_event_source *child, *timer;
	pid_t pid;
	int fd;
	bool too_long;
	int stopped_by; /* a signal, or 0 */
	look_on_done *on_done;
	void *context;
};

/* ---- the child ---- */

static void why_add(struct buf *why, const struct errs *errs)
{
	vec_each(err, &errs->list)
		buf_printf(why, "%s%s", why->count ? "; " : "", err->message);
}

static void ours_look(struct gate *gate, struct answer *answer, struct buf *why, struct buf *counts)
{
	struct ruleset *kernel;
	struct errs errs;

	errs_init(&errs);
	kernel = nft_read(gate->nft, OUR_TABLE, &answer->generation, &errs);
	answer->read = kernel;
	if (kernel) {
		answer->same = rulesets_same(kernel, gate->now->ruleset, NULL);
		traffic_counts(kernel, counts);
	}
	why_add(why, &errs);
	ruleset_free(kernel);
	errs_done(&errs);
}

static void others_look_at(struct gate *gate, struct answer *answer, struct buf *why,
			   struct others_found *found)
{
	struct errs errs;

	errs_init(&errs);
	answer->others_read = others_read(gate->nft, posture_guards, gate, found, &errs);
	answer->others_generation = found->generation;
	why_add(why, &errs);
	errs_done(&errs);
}

/* What is found is ended here: the daemon ends this process before it changes the policy. */
static void connections_look(struct gate *gate, struct answer *answer, struct buf *lines)
{
	struct errs errs;

	errs_init(&errs);
	gate->audit = audit_new();
	gate_audit(gate, CAUSE_SWEEP, &errs);
	answer->audited = gate->audited;
	vec_each(err, &errs.list)
		buf_printf(lines, "%s\n", err->message);
	errs_done(&errs);
}

static bool all_written(int fd, const void *bytes, size_t count)
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

_noreturn_ static void child_run(struct gate *gate, bool all, int fd)
{
	struct buf why = { 0 }, counts = { 0 }, connections = { 0 };
	struct others_found others = { 0 };
	struct answer answer = { .magic = ANSWER_MAGIC };
	int64_t start = clock_us(CLOCK_MONOTONIC);
	bool done;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "sekishod-look");
	close_range(3, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, ~0u, 0);
	if (!nft_reopen(gate->nft))
		_exit(1);
	if (all)
		ours_look(gate, &answer, &why, &counts);
	others_look_at(gate, &answer, &why, &others);
	if (all)
		connections_look(gate, &answer, &connections);
	answer.took_us = clock_us(CLOCK_MONOTONIC) - start;
	answer.why_bytes = why.count;
	answer.others_bytes = others.json.count;
	answer.counts_bytes = counts.count;
	answer.connections_bytes = connections.count;
	answer.offloads_bytes = others.offloads.count;
	done = all_written(fd, &answer, sizeof(answer)) &&
	       all_written(fd, buf_text(&why), why.count) &&
	       all_written(fd, buf_text(&others.json), others.json.count) &&
	       all_written(fd, buf_text(&counts), counts.count) &&
	       all_written(fd, buf_text(&connections), connections.count) &&
	       all_written(fd, buf_text(&others.offloads), others.offloads.count);
	_exit(done ? 0 : 1);
}

/* ---- the parent ---- */

/* The runs fill what is left, no more and no less. */
static bool lengths_fit(const struct answer *answer, size_t left)
{
	const size_t lengths[] = { answer->why_bytes, answer->others_bytes, answer->counts_bytes,
				   answer->connections_bytes, answer->offloads_bytes };

	for (size_t i = 0; i < array_count(lengths); i++) {
		if (lengths[i] > left)
			return false;
		left -= lengths[i];
	}
	return left == 0;
}

static bool answer_read(const uint8_t *bytes, size_t count, struct look_result *result,
			struct buf *why)
{
	struct answer answer;
	size_t left = count - sizeof(answer);

	if (count < sizeof(answer))
		return false;
	memcpy(&answer, bytes, sizeof(answer));
	if (answer.magic != ANSWER_MAGIC || !lengths_fit(&answer, left))
		return false;
	bytes += sizeof(answer);
	buf_add(why, bytes, answer.why_bytes);
	result->done = true;
	result->read = answer.read;
	result->same = answer.same;
	result->others_read = answer.others_read;
	result->generation = answer.generation;
	result->took_us = answer.took_us;
	result->others = (const char *)bytes + answer.why_bytes;
	result->others_bytes = answer.others_bytes;
	result->counts = bytes + answer.why_bytes + answer.others_bytes;
	result->counts_bytes = answer.counts_bytes;
	result->connections = (const char *)result->counts + answer.counts_bytes;
	result->connections_bytes = answer.connections_bytes;
	result->offloads = result->connections + answer.connections_bytes;
	result->offloads_bytes = answer.offloads_bytes;
	result->others_generation = answer.others_generation;
	result->audited = answer.audited;
	return true;
}

static void why_ended(struct buf *why, const struct look *look, const siginfo_t *info)
{
	if (look->too_long)
		buf_printf(why, _("the process that reads the kernel took too long"));
	else if (look->stopped_by)
		buf_printf(why, _("the process that reads the kernel was stopped by signal %d (%s)"),
			   look->stopped_by, strsignal(look->stopped_by));
	else if (info->si_code == CLD_EXITED)
		buf_printf(why, _("the process that reads the kernel failed"));
	else
		buf_printf(why, _("the process that reads the kernel was ended by signal %d (%s)"),
			   info->si_status, strsignal(info->si_status));
}

/* Nobody has a reason to stop it, and whoever does would have nothing verified until the time is
 * up: it ends, which is told in a moment. */
static int child_stopped(struct look *look, sd_event_source *source, int signal_number)
{
	look->stopped_by = signal_number;
	kill(look->pid, SIGKILL);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_child(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct look *look = context;
	struct look_result result = { .stale = look->of != look->gate->now };
	struct buf why = { 0 };
	void *bytes = MAP_FAILED;
	struct stat stat;

	if (info->si_code == CLD_STOPPED)
		return child_stopped(look, source, info->si_status);
	look->pid = 0;
	sd_event_source_set_enabled(look->timer, SD_EVENT_OFF);
	if (info->si_code == CLD_EXITED && info->si_status == 0 && fstat(look->fd, &stat) == 0 &&
	    stat.st_size > 0 && stat.st_size <= ANSWER_MOST_BYTES)
		bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, look->fd, 0);
	if (bytes == MAP_FAILED || !answer_read(bytes, (size_t)stat.st_size, &result, &why))
		why_ended(&why, look, info);
	result.why = why.count ? buf_text(&why) : NULL;
	look->on_done(look->context, &result);
	if (bytes != MAP_FAILED)
		munmap(bytes, (size_t)stat.st_size);
	buf_done(&why);
	return 0;
}

static int on_long(sd_event_source *source, uint64_t usec, void *context)
{
	struct look *look = context;

	(void)source;
	(void)usec;
	look->too_long = true;
	kill(look->pid, SIGKILL);
	return 0;
}

static bool look_fail(struct errs *errs, const char *what)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "S-LOOK", (struct src){ 0 });

	err->sys_errno = errno;
	err_say(errs, err, _("the kernel's tables could not be looked at: %s: %s"), what,
		strerror(errno));
	return false;
}

static bool look_begin(struct look *look, sd_event *event, bool all, struct errs *errs)
{
	look->fd = memfd_create("sekishod-look", MFD_CLOEXEC);
	if (look->fd < 0)
		return look_fail(errs, "memfd_create");
	nft_settle(look->gate->nft); /* what only the one who owns the tables may do */
	look->pid = fork();
	if (look->pid < 0) {
		look->pid = 0;
		return look_fail(errs, "fork");
	}
	if (!look->pid)
		child_run(look->gate, all, look->fd);
	if (sd_event_add_child(event, &look->child, look->pid, WEXITED | WSTOPPED, on_child, look) < 0 ||
	    sd_event_add_time_relative(event, &look->timer, CLOCK_MONOTONIC, LOOK_MOST_USEC, 0,
				       on_long, look) < 0)
		return look_fail(errs, "sd-event");
	return true;
}

struct look *look_start(sd_event *event, struct gate *gate, bool all, look_on_done *on_done,
			void *context, struct errs *errs)
{
	struct look *look = calloc(1, sizeof(*look));

	if (!look)
		abort();
	*look = (struct look){ .gate = gate,
			       .of = gate->now,
			       .fd = -1,
			       .on_done = on_done,
			       .context = context };
	if (look_begin(look, event, all, errs))
		return look;
	look_free(look);
	return NULL;
}

void look_free(struct look *look)
{
	if (!look)
		return;
	sd_event_source_disable_unref(look->child);
	sd_event_source_disable_unref(look->timer);
	if (look->pid > 0) {
		kill(look->pid, SIGKILL);
		waitpid(look->pid, NULL, 0);
	}
	if (look->fd >= 0)
		close(look->fd);
	free(look);
}
