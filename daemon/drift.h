/* The record of what was found changed: in memory the last thousand, on disk all of them, a line
 * of JSON each (log directory, drift.jsonl). A record that grows (a writer that does the same
 * again and again is one record with a count) is written anew; the last line of an id counts.
 *
 * Knows how a drift is kept and shown, not how it is found or mended. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "base/wall.h"
#include "daemon/changer.h"

enum { DRIFTS_KEPT = 1000 };

struct drift {
	uint64_t id; /* given by drifts_add() */
	const char *found_by; /* "event", "sweep", "start", "tables", "posture" */
	char kind[32], object[192];
	const char *what;     /* in words, lines */
	size_t differences;
	uint64_t times;
	int64_t since_us;     /* of the wall clock: at the earliest; detected, repaired (0: not) */
	int64_t detected_us, repaired_us;
	int64_t again_us;     /* when it was detected for the last time of several; 0: once */
	double repair_took_ms;
	bool guided;
	struct changer changer;
	bool has_forwarded;
	uint64_t forwarded_max; /* packets that crossed meanwhile, permitted ones included */
	int64_t connections_removed; /* -1: not looked at */
	json_t *admitted; /* what the hole let pass, a list (hole.h); NULL: not worked out */
};

struct drifts;

/* Reads what is on disk; a line that cannot be read is a warning, and the rest is taken. */
struct drifts *drifts_open(const char *log_dir, struct errs *errs);
void drifts_close(struct drifts *drifts);
CLEANUP_FUNC(struct drifts *, drifts_close);

/* Gives it its number and writes it down; false with errs: it is in memory alone. */
bool drifts_add(struct drifts *drifts, struct drift *drift, int offset_sec, struct errs *errs);
/* The same record, grown; on disk only if `write`. */
bool drifts_change(struct drifts *drifts, const struct drift *drift, int offset_sec, bool write,
		   struct errs *errs);

/* What a hole let pass, to a record of before. NULL: it is no longer kept. Else the record. */
const json_t *drifts_admit(struct drifts *drifts, uint64_t id, json_t *admitted, struct errs *errs);

uint64_t drifts_count(const struct drifts *drifts);        /* of all time */
const json_t *drifts_last(const struct drifts *drifts);    /* NULL: none */
json_t *drifts_json(const struct drifts *drifts, size_t most); /* the newest first */
