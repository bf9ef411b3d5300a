/* From what was found to the record of it: joins what one writer does again and again while he
 * fights, and says how many packets crossed since the last look. Knows no kernel tables. */
#pragma once

#include "daemon/drift.h"

struct recorder;

struct recorder *recorder_new(const char *log_dir, struct errs *errs);
void recorder_free(struct recorder *recorder);
CLEANUP_FUNC(struct recorder *, recorder_free);

/* As a record of its own, which is said, or as once more of the last one. */
void recorder_add(struct recorder *recorder, struct drift *drift, bool fighting, int offset_sec);
/* What grew goes to the disk; quiet: from here on the packets that cross are counted anew. */
void recorder_flush(struct recorder *recorder, int offset_sec, bool quiet);

/* So many connections that the policy does not permit were found and removed since the last look.
 * False: nothing was recorded since then that they could belong to. */
bool recorder_connections(struct recorder *recorder, int64_t removed, int offset_sec);

/* What the hole of a record let pass, once that is known: the record, or NULL. */
const json_t *recorder_admit(struct recorder *recorder, uint64_t id, json_t *admitted);

/* Is this the last record, and was it left as it is? */
bool recorder_stands(const struct recorder *recorder, const char *what);
struct drifts *recorder_drifts(const struct recorder *recorder);
