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

enum { ANSWER_MAGIC = 0x5e61540, LOOK_MOST_USEC = 60 * 1000000, ANSWER_MOST_BYTES = 256 << 20 };

enum run { RUN_WHY, RUN_OTHERS, RUN_COUNTS, RUN_CONNECTIONS, RUN_FINDINGS, RUNS };

struct answer {
	uint32_t magic, generation;
	bool read, same, others_read;
	int64_t took_us;
	struct audit_last audited;
	struct {
		bool done;
		uint8_t result; /* enum proof_result */
		int64_t at_sec, took_us;
	} proved;
	size_t run_bytes[RUNS]; /* behind it, in this order */
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

/* What the child has read and made of it. */
struct looking {
	struct gate *gate;
	struct answer answer;
	struct buf runs[RUNS];
	struct ruleset *ours, *others;
};

static void ours_look(struct looking *looking)
{
	struct gate *gate = looking->gate;
	struct errs errs;

	errs_init(&errs);
	looking->ours = nft_read(gate->nft, OUR_TABLE, &looking->answer.generation, &errs);
	looking->answer.read = looking->ours;
	if (looking->ours) {
		looking->answer.same = rulesets_same(looking->ours, gate->now->ruleset, NULL);
		traffic_counts(looking->ours, &looking->runs[RUN_COUNTS]);
	}
	why_add(&looking->runs[RUN_WHY], &errs);
	errs_done(&errs);
}

static void others_look_at(struct looking *looking, uint32_t *ret_generation)
{
	struct errs errs;

	errs_init(&errs);
	looking->others = nft_read_others(looking->gate->nft, OUR_TABLE, ret_generation, &errs);
	looking->answer.others_read = looking->others;
	if (looking->others)
		others_tell(looking->others, &looking->runs[RUN_OTHERS]);
	why_add(&looking->runs[RUN_WHY], &errs);
	errs_done(&errs);
}

/* Of what was there at one moment: two readings with a change between them prove nothing, and the
 * change is looked at again. */
static void meaning_look(struct looking *looking, uint32_t generation)
{
	struct answer *answer = &looking->answer;
	struct proved proved;
	char *text;

	if (!looking->ours || !looking->others || answer->generation != generation)
		return;
	prover_run(looking->gate->now, &looking->gate->isolations, looking->ours, looking->others,
		   &proved);
	answer->proved.done = true;
	answer->proved.result = (uint8_t)proved.result;
	answer->proved.at_sec = proved.at.sec;
	answer->proved.took_us = proved.took_us;
	text = json_dumps(proved.findings, JSON_COMPACT);
	buf_add_text(&looking->runs[RUN_FINDINGS], text);
	free(text);
	proved_done(&proved);
}

/* What is found is ended here: the daemon ends this process before it changes the policy. */
static void connections_look(struct looking *looking)
{
	struct gate *gate = looking->gate;
	struct errs errs;

	errs_init(&errs);
	gate->audit = audit_new();
	gate_audit(gate, CAUSE_SWEEP, &errs);
	looking->answer.audited = gate->audited;
	vec_each(err, &errs.list)
		buf_printf(&looking->runs[RUN_CONNECTIONS], "%s\n", err->message);
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
	struct looking looking = { .gate = gate, .answer.magic = ANSWER_MAGIC };
	int64_t start = clock_us(CLOCK_MONOTONIC);
	uint32_t generation = 0;
	bool done;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "sekishod-look");
	close_range(3, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, ~0u, 0);
	if (!nft_reopen(gate->nft))
		_exit(1);
	if (all)
		ours_look(&looking);
	others_look_at(&looking, &generation);
	looking.answer.took_us = clock_us(CLOCK_MONOTONIC) - start;
	if (all) {
		meaning_look(&looking, generation);
		connections_look(&looking);
	}
	for (unsigned run = 0; run < RUNS; run++)
		looking.answer.run_bytes[run] = looking.runs[run].count;
	done = all_written(fd, &looking.answer, sizeof(looking.answer));
	for (unsigned run = 0; run < RUNS; run++)
		done = done && all_written(fd, buf_text(&looking.runs[run]),
					   looking.runs[run].count);
	_exit(done ? 0 : 1);
}

/* ---- the parent ---- */

static void proved_take(struct look_result *result, const struct answer *answer,
			const char *findings, size_t bytes)
{
	json_t *list = json_loadb(findings, bytes, 0, NULL);

	if (!json_is_array(list) || answer->proved.result > PROOF_INCONCLUSIVE) {
		json_decref(list);
		return;
	}
	result->proved = (struct proved){ .done = true,
					  .result = (enum proof_result)answer->proved.result,
					  .at = { answer->proved.at_sec },
					  .took_us = answer->proved.took_us,
					  .findings = list };
}

static bool answer_read(const uint8_t *bytes, size_t count, struct look_result *result,
			struct buf *why)
{
	const uint8_t *runs[RUNS];
	struct answer answer;
	size_t left = count - sizeof(answer);

	if (count < sizeof(answer))
		return false;
	memcpy(&answer, bytes, sizeof(answer));
	if (answer.magic != ANSWER_MAGIC)
		return false;
	bytes += sizeof(answer);
	for (unsigned run = 0; run < RUNS; run++) {
		if (answer.run_bytes[run] > left)
			return false;
		runs[run] = bytes;
		bytes += answer.run_bytes[run];
		left -= answer.run_bytes[run];
	}
	if (left)
		return false;
	buf_add(why, runs[RUN_WHY], answer.run_bytes[RUN_WHY]);
	result->done = true;
	result->read = answer.read;
	result->same = answer.same;
	result->others_read = answer.others_read;
	result->generation = answer.generation;
	result->took_us = answer.took_us;
	result->others = (const char *)runs[RUN_OTHERS];
	result->others_bytes = answer.run_bytes[RUN_OTHERS];
	result->counts = runs[RUN_COUNTS];
	result->counts_bytes = answer.run_bytes[RUN_COUNTS];
	result->connections = (const char *)runs[RUN_CONNECTIONS];
	result->connections_bytes = answer.run_bytes[RUN_CONNECTIONS];
	result->audited = answer.audited;
	if (answer.proved.done)
		proved_take(result, &answer, (const char *)runs[RUN_FINDINGS],
			    answer.run_bytes[RUN_FINDINGS]);
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
	proved_done(&result.proved);
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
