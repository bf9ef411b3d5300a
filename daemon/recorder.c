/* See recorder.h. */
#define _GNU_SOURCE
#include "daemon/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/say.h"

/* So many of a fight are told apart; then a writer who thinks up something new each time is one
 * record, too, and the disk is not his to fill. */
enum { FIGHT_RECORDS = 100 };

struct recorder {
	struct drifts *drifts;
	struct drift last; /* for growing it */
	struct buf last_what;
	bool last_grew;
	bool unlooked; /* the connections were not looked at since the last record */
	unsigned in_fight;  /* records of their own since the fight began */
	uint64_t forwarded; /* at the last look */
	bool has_forwarded;
};

/* Packets forwarded in this namespace, whatever let them through. The second line of "Ip:" has
 * the numbers of the names in the first; ForwDatagrams is the sixth. */
static bool forwarded_read(uint64_t *ret_count)
{
	FILE *file = fopen("/proc/self/net/snmp", "re");
	unsigned long long count;
	char line[1024];
	bool found;

	if (!file)
		return false;
	found = fgets(line, sizeof(line), file) && fgets(line, sizeof(line), file) &&
		sscanf(line, "Ip: %*u %*u %*u %*u %*u %llu", &count) == 1;
	fclose(file);
	if (found)
		*ret_count = count;
	return found;
}

/* How many since the last look. */
static bool forwarded_since(struct recorder *recorder, uint64_t *ret_count)
{
	uint64_t before = recorder->forwarded;
	bool had = recorder->has_forwarded;

	recorder->has_forwarded = forwarded_read(&recorder->forwarded);
	if (!had || !recorder->has_forwarded)
		return false;
	*ret_count = recorder->forwarded - before;
	return true;
}

static bool is_same_again(const struct recorder *recorder, const struct drift *drift)
{
	const struct drift *last = &recorder->last;

	return last->id && !last->repaired_us == !drift->repaired_us &&
	       strcmp(last->changer.program, drift->changer.program) == 0 &&
	       (recorder->in_fight > FIGHT_RECORDS ||
		strcmp(buf_text(&recorder->last_what), drift->what) == 0);
}

static void last_flush(struct recorder *recorder, int offset_sec, struct errs *errs)
{
	if (recorder->last_grew)
		drifts_change(recorder->drifts, &recorder->last, offset_sec, true, errs);
	recorder->last_grew = false;
}

static void last_keep(struct recorder *recorder, const struct drift *drift)
{
	json_decref(recorder->last.admitted);
	recorder->last = *drift;
	buf_clear(&recorder->last_what);
	buf_add_text(&recorder->last_what, drift->what);
	recorder->last.what = buf_text(&recorder->last_what);
}

/* Once more what was there already: one record for all. */
static void last_grow(struct recorder *recorder, const struct drift *drift, int offset_sec,
		      struct errs *errs)
{
	struct drift *last = &recorder->last;

	last->times++;
	last->again_us = drift->detected_us;
	last->repaired_us = drift->repaired_us;
	last->changer = drift->changer;
	last->forwarded_max += drift->forwarded_max;
	last->repair_took_ms = drift->repair_took_ms;
	recorder->last_grew = true;
	drifts_change(recorder->drifts, last, offset_sec, false, errs);
}

void recorder_add(struct recorder *recorder, struct drift *drift, bool fighting, int offset_sec)
{
	bool grown = fighting && is_same_again(recorder, drift);
	struct errs errs;

	errs_init(&errs);
	if (!fighting)
		recorder->in_fight = 0;
	recorder->unlooked = true;
	drift->has_forwarded = forwarded_since(recorder, &drift->forwarded_max);
	if (grown) {
		last_grow(recorder, drift, offset_sec, &errs);
	} else {
		recorder->in_fight++;
		changer_name_users(&drift->changer);
		last_flush(recorder, offset_sec, &errs);
		drifts_add(recorder->drifts, drift, offset_sec, &errs);
		last_keep(recorder, drift);
		say_drift(drift);
	}
	say_errs(&errs);
	errs_done(&errs);
}

void recorder_flush(struct recorder *recorder, int offset_sec, bool quiet)
{
	struct errs errs;

	errs_init(&errs);
	last_flush(recorder, offset_sec, &errs);
	say_errs(&errs);
	errs_done(&errs);
	if (quiet)
		forwarded_since(recorder, &(uint64_t){ 0 });
}

bool recorder_connections(struct recorder *recorder, int64_t removed, int offset_sec)
{
	struct drift *last = &recorder->last;
	struct errs errs;

	if (!recorder->unlooked)
		return false;
	errs_init(&errs);
	last->connections_removed =
		(last->connections_removed < 0 ? 0 : last->connections_removed) + removed;
	drifts_change(recorder->drifts, last, offset_sec, true, &errs);
	recorder->last_grew = recorder->unlooked = false;
	say_errs(&errs);
	errs_done(&errs);
	return true;
}

const json_t *recorder_admit(struct recorder *recorder, uint64_t id, json_t *admitted)
{
	const json_t *record;
	struct errs errs;

	errs_init(&errs);
	record = drifts_admit(recorder->drifts, id, admitted, &errs);
	if (recorder->last.id == id) {
		json_decref(recorder->last.admitted);
		recorder->last.admitted = json_incref(admitted);
	}
	say_errs(&errs);
	errs_done(&errs);
	return record;
}

bool recorder_stands(const struct recorder *recorder, const char *what)
{
	return recorder->last.id && !recorder->last.repaired_us &&
	       strcmp(buf_text(&recorder->last_what), what) == 0;
}

struct recorder *recorder_new(const char *log_dir, struct errs *errs)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder)
		abort();
	recorder->drifts = drifts_open(log_dir, errs);
	forwarded_since(recorder, &(uint64_t){ 0 });
	return recorder;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	drifts_close(recorder->drifts);
	buf_done(&recorder->last_what);
	json_decref(recorder->last.admitted);
	free(recorder);
}

struct drifts *recorder_drifts(const struct recorder *recorder)
{
	return recorder->drifts;
}
