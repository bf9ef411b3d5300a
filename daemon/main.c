/* sekishod: enforces one policy in the network namespace it is started in, until it is told to
 * stop; what it enforced stays enforced then. One loop, no threads. */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lang.h"
#include "base/version.h"
#include "daemon/control.h"
#include "daemon/probe_file.h"
#include "daemon/posture.h"
#include "daemon/say.h"

enum { BLOCKS_MAPPED_BYTES = 128 << 10 };

struct daemon {
	struct places place;
	struct gate gate;
	sd_event *event;
	sd_event_source *window_timer;
	struct watch *watch;
	struct control *control;
	bool lockdown_only, probe_only;
};

static void state_notify(struct daemon *daemon, const char *first)
{
	const struct gate *gate = &daemon->gate;

	sd_notifyf(0, "%sSTATUS=%s: %s%s%zu flows, policy %.12s, kernel generation %u", first,
		   gate_state_word(gate), gate_why(gate), *gate_why(gate) ? ": " : "",
		   gate->now ? gate->now->policy->flows.count : 0,
		   gate->now ? gate->now->hash : "-", gate->kernel_generation);
}

/* ---- timers ---- */

static void window_arm(void *context);

static int on_window(sd_event_source *source, uint64_t usec, void *context)
{
	struct daemon *daemon = context;
	struct errs errs;

	(void)source;
	(void)usec;
	errs_init(&errs);
	if (!gate_refresh(&daemon->gate, &errs))
		say_errs(&errs);
	errs_done(&errs);
	window_arm(daemon);
	state_notify(daemon, "");
	return 0;
}

/* At the next opening or closing; an hour ahead at the most, so that a clock that was set is
 * noticed. */
static void window_arm(void *context)
{
	struct daemon *daemon = context;
	struct wall now = wall_now(), change = { now.sec + 3600 }, next;

	if (generation_next_change(daemon->gate.now, now, &next) && next.sec < change.sec)
		change = next;
	sd_event_source_set_time(daemon->window_timer, (uint64_t)change.sec * 1000000);
	sd_event_source_set_enabled(daemon->window_timer, SD_EVENT_ONESHOT);
}

/* Another policy has other windows, and wants another machine around it. */
static void on_change(void *context)
{
	struct daemon *daemon = context;

	window_arm(daemon);
	posture_look(daemon->gate.posture);
}

/* ---- signals ---- */

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct daemon *daemon = context;
	struct nft_applied applied;
	struct errs errs;

	(void)source;
	(void)info;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_us(CLOCK_MONOTONIC));
	errs_init(&errs);
	if (!gate_reload(&daemon->gate, &applied, &errs))
		say(SAY_ERROR, "%s", _("the reload was refused; nothing changed"));
	say_errs(&errs);
	errs_done(&errs);
	on_change(daemon);
	state_notify(daemon, "READY=1\n");
	return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	(void)info;
	(void)context;
	sd_notify(0, "STOPPING=1\nSTATUS=stopping; the ruleset goes on enforcing");
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static bool loop_prepare(struct daemon *daemon)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	return sd_event_default(&daemon->event) >= 0 &&
	       sd_event_add_signal(daemon->event, NULL, SIGHUP, on_hangup, daemon) >= 0 &&
	       sd_event_add_signal(daemon->event, NULL, SIGTERM, on_terminate, daemon) >= 0 &&
	       sd_event_add_signal(daemon->event, NULL, SIGINT, on_terminate, daemon) >= 0 &&
	       sd_event_add_time(daemon->event, &daemon->window_timer, CLOCK_REALTIME, 0, 1,
				 on_window, daemon) >= 0;
}

/* ---- the command line ---- */

static void usage(FILE *out)
{
	fprintf(out, "%s\n",
		_("usage: sekishod [-c FILE] [--state DIR] [--run DIR] [--log DIR] [--lockdown | --probe] [--version]"));
}

/* -1: go on. */
static int options_read(struct daemon *daemon, int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "state", required_argument, NULL, 's' },
						 { "run", required_argument, NULL, 'r' },
						 { "log", required_argument, NULL, 'l' },
						 { "lockdown", no_argument, NULL, 'L' },
						 { "probe", no_argument, NULL, 'P' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 { NULL, 0, NULL, 0 } };
	int letter;

	while ((letter = getopt_long(argc, argv, "c:hV", options, NULL)) != -1)
		switch (letter) {
		case 'c':
			daemon->place.policy = optarg;
			break;
		case 's':
			daemon->place.state_dir = optarg;
			break;
		case 'r':
			daemon->place.run_dir = optarg;
			break;
		case 'l':
			daemon->place.log_dir = optarg;
			break;
		case 'L':
			daemon->lockdown_only = true;
			break;
		case 'P':
			daemon->probe_only = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			printf("sekishod %s\n", SEKISHO_VERSION);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	if (optind == argc)
		return -1;
	usage(stderr);
	return 2;
}

/* ---- what the watch tells ---- */

static void on_drift(void *context, const char *event, const json_t *drift)
{
	struct daemon *daemon = context;

	if (daemon->control)
		control_tell(daemon->control,
			     json_pack("{s:s,s:O}", "event", event, "drift", drift));
}

static void on_looked(void *context, uint64_t number)
{
	struct daemon *daemon = context;

	if (daemon->control)
		control_looked(daemon->control, number);
}

static void on_state(void *context)
{
	state_notify(context, "");
}

/* What could let packets by, and what was put right. */
static void on_posture(void *context, const struct host_finding *finding, bool repaired)
{
	const char *object = finding->object      ? finding->object
			     : finding->interface ? finding->interface
						  : "";
	struct daemon *daemon = context;

	if (repaired || finding->severity == HOST_CRITICAL)
		watch_note(daemon->watch, finding->code, object, finding->message, repaired,
			   daemon->gate.posture ? posture_looked_before(daemon->gate.posture)
						: daemon->gate.started);
}

static bool daemon_start(struct daemon *daemon, struct errs *errs)
{
	if (!gate_init(&daemon->gate, &daemon->place, nft_open(errs)) ||
	    !gate_start(&daemon->gate, errs))
		return false;
	/* the daemon before this one may have ended while it was closed */
	if (!daemon->gate.closed && !gate_open(&daemon->gate, errs))
		return false;
	if (!loop_prepare(daemon)) {
		say(SAY_CRITICAL, "%s", _("the event loop could not be set up"));
		return false;
	}
	daemon->watch = watch_new(daemon->event, &daemon->gate,
				  &(struct watch_calls){ on_drift, on_state, on_looked, daemon }, errs);
	if (!daemon->watch)
		return false;
	daemon->control = control_new(daemon->event, &daemon->gate, daemon->watch, errs);
	if (!daemon->control)
		return false;
	daemon->gate.posture = posture_new(
		daemon->event, &daemon->gate, &(struct posture_calls){ on_posture, on_state, daemon }, errs);
	if (!daemon->gate.posture)
		return false;
	posture_tell(daemon->gate.posture, daemon->control);
	control_on_change(daemon->control, on_change, daemon);
	window_arm(daemon);
	return true;
}

/* Before the network is there: closes everything where nothing of ours is in force, and ends. */
static int lockdown_run(struct daemon *daemon)
{
	struct errs errs;
	bool done;

	errs_init(&errs);
	done = gate_init(&daemon->gate, &daemon->place, nft_open(&errs)) &&
	       gate_close_all(&daemon->gate, &errs);
	say_errs(&errs);
	errs_done(&errs);
	gate_done(&daemon->gate);
	return done ? 0 : 5;
}

/* Tries what this kernel can do, for the daemon that may not (probe_file.h), and ends. */
static int probe_run(const struct daemon *daemon)
{
	struct nft_probe probe;
	struct errs errs;
	struct nft *nft;
	bool done = false;

	errs_init(&errs);
	nft = nft_open(&errs);
	if (nft) {
		nft_probe(nft, &probe);
		done = probe_write(daemon->place.run_dir, &probe, &errs);
	}
	say_errs(&errs);
	errs_done(&errs);
	nft_close(nft);
	return done ? 0 : 5;
}

int main(int argc, char **argv)
{
	struct daemon daemon = { .place = { .policy = "/etc/sekisho/sekisho.conf",
					    .state_dir = "/var/lib/sekisho",
					    .run_dir = "/run/sekisho",
					    .log_dir = "/var/log/sekisho" } };
	struct errs errs;
	int status;
	bool started;

	lang_set(lang_of_environment());
	status = options_read(&daemon, argc, argv);
	if (status >= 0)
		return status;
	if (sodium_init() < 0)
		return 5;
	/* blocks of arenas go back to the kernel when they are freed: left alone, malloc would
	 * learn to keep them, and a large reload would hold its memory for good */
	mallopt(M_MMAP_THRESHOLD, BLOCKS_MAPPED_BYTES);
	umask(0027);
	if (daemon.lockdown_only)
		return lockdown_run(&daemon);
	if (daemon.probe_only)
		return probe_run(&daemon);
	errs_init(&errs);
	started = daemon_start(&daemon, &errs);
	say_errs(&errs);
	errs_done(&errs);
	status = 5;
	if (started) {
		state_notify(&daemon, "READY=1\n");
		status = sd_event_loop(daemon.event) < 0 ? 5 : 0;
	}
	posture_free(daemon.gate.posture);
	watch_free(daemon.watch);
	control_free(daemon.control);
	sd_event_source_unref(daemon.window_timer);
	sd_event_unref(daemon.event);
	gate_done(&daemon.gate);
	return status;
}
