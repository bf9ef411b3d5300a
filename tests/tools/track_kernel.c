/* track_kernel COMMAND: lib/track against the kernel of this namespace, a throwaway one.
 *
 *   list                  every entry, one a line: tuple, answer's tuple, mark, zone, whether it
 *                         has a start; sorted by nothing
 *   delete SPORT          the one whose source port that is: "removed" or "gone"
 *   between SPORT SHELL   the same, but first runs SHELL between reading and removing
 *   mark NUMBER           removes all of that mark
 *   drain                 removes each entry as it is told, during the dump
 *   time                  how many there are, and how long reading them took */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "track/track.h"

static struct track *track;
static struct errs errs;

static int fail(void)
{
	vec_each(err, &errs.list)
		printf("%s: %s\n", err->code, err->message);
	return 1;
}

static void print(void *context, const struct track_entry *entry)
{
	struct buf buf = { 0 };

	(void)context;
	if (!entry) {
		puts("unreadable");
		return;
	}
	track_tuple_print(&buf, &entry->original);
	buf_add_text(&buf, " | ");
	track_tuple_print(&buf, &entry->reply);
	printf("%s mark %u zone %u,%u%s%s%s\n", buf_text(&buf), entry->mark, entry->zone,
	       entry->original.zone, entry->has_start ? " start" : "",
	       entry->timeout_sec ? "" : " over", track_is_plain(entry) ? "" : " rewritten");
	buf_done(&buf);
}

struct search {
	uint16_t port;
	bool found;
	struct track_entry entry;
};

static void search_take(void *context, const struct track_entry *entry)
{
	struct search *search = context;

	if (!entry || entry->original.src_port != search->port)
		return;
	search->found = true;
	search->entry = *entry;
}

static int delete_one(const char *port, const char *shell)
{
	struct search search = { .port = (uint16_t)atoi(port) };

	if (track_read(track, search_take, &search, &errs) != TRACK_WHOLE)
		return fail();
	if (!search.found) {
		puts("not there");
		return 1;
	}
	if (shell && system(shell) != 0)
		return 1;
	switch (track_delete(track, &search.entry, &errs)) {
	case TRACK_REMOVED:
		puts("removed");
		return 0;
	case TRACK_GONE:
		puts("gone");
		return 0;
	case TRACK_KEPT:
		break;
	}
	return fail();
}

struct drain {
	size_t removed, gone;
	bool failed;
};

static void drain_take(void *context, const struct track_entry *entry)
{
	struct drain *drain = context;

	switch (entry ? track_delete(track, entry, &errs) : TRACK_KEPT) {
	case TRACK_REMOVED:
		drain->removed++;
		break;
	case TRACK_GONE:
		drain->gone++;
		break;
	case TRACK_KEPT:
		drain->failed = true;
		break;
	}
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void count_take(void *context, const struct track_entry *entry)
{
	*(size_t *)context += entry != NULL;
}

static int time_all(void)
{
	int64_t start = now_us();
	struct rusage usage;
	size_t count = 0;

	if (track_read(track, count_take, &count, &errs) != TRACK_WHOLE)
		return fail();
	getrusage(RUSAGE_SELF, &usage);
	printf("%zu entries in %lld ms, %ld kB of memory\n", count,
	       (long long)(now_us() - start) / 1000, usage.ru_maxrss);
	return 0;
}

static int drain_all(void)
{
	int64_t start = now_us();
	struct drain drain = { 0 };
	enum track_answer answer = track_read(track, drain_take, &drain, &errs);

	if (answer == TRACK_FAILED || drain.failed)
		return fail();
	printf("%zu removed, %zu gone, in %lld ms\n", drain.removed, drain.gone,
	       (long long)(now_us() - start) / 1000);
	return answer != TRACK_WHOLE;
}

static int run(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "list") == 0)
		return track_read(track, print, NULL, &errs) == TRACK_WHOLE ? 0 : fail();
	if (strcmp(verb, "delete") == 0 && argc == 3)
		return delete_one(argv[2], NULL);
	if (strcmp(verb, "between") == 0 && argc == 4)
		return delete_one(argv[2], argv[3]);
	if (strcmp(verb, "mark") == 0 && argc == 3)
		return track_delete_mark(track, (uint32_t)strtoul(argv[2], NULL, 0), &errs)
			       ? 0
			       : fail();
	if (strcmp(verb, "drain") == 0)
		return drain_all();
	if (strcmp(verb, "time") == 0)
		return time_all();
	return 2;
}

int main(int argc, char **argv)
{
	int status;

	errs_init(&errs);
	track = track_open(&errs);
	status = track ? run(argc, argv) : fail();
	track_close(track);
	errs_done(&errs);
	return status;
}
