/* See drift.h. */
#define _GNU_SOURCE
#include "daemon/drift.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lang.h"
#include "wire/errs_json.h"

#define DRIFT_FILE "drift.jsonl"

enum { TIME_TEXT_BYTES = 40 };

struct drifts {
	char *path;
	json_t *kept; /* the oldest first */
	uint64_t count;
	bool torn; /* the file ends within a line */
};

static json_t *time_json(int64_t us, int offset_sec)
{
	char seconds[WALL_TEXT_BYTES], text[TIME_TEXT_BYTES];
	size_t clock = strlen("2026-11-21T12:00:00");

	if (!us)
		return json_null();
	wall_text((struct wall){ us / 1000000 }, offset_sec, seconds);
	snprintf(text, sizeof(text), "%.*s.%06d%s", (int)clock, seconds, (int)(us % 1000000),
		 seconds + clock);
	return json_string(text);
}

static json_t *drift_json(const struct drift *drift, int offset_sec)
{
	json_t *json = json_object();

	json_object_set_new(json, "id", json_integer((json_int_t)drift->id));
	json_object_set_new(json, "kind", json_told(drift->kind));
	json_object_set_new(json, "object", json_told(drift->object));
	json_object_set_new(json, "found_by", json_told(drift->found_by));
	json_object_set_new(json, "what", json_told(drift->what));
	json_object_set_new(json, "differences", json_integer((json_int_t)drift->differences));
	json_object_set_new(json, "times", json_integer((json_int_t)drift->times));
	json_object_set_new(json, "since", time_json(drift->since_us, offset_sec));
	json_object_set_new(json, "detected_at", time_json(drift->detected_us, offset_sec));
	json_object_set_new(json, "last_detected_at", time_json(drift->again_us, offset_sec));
	json_object_set_new(json, "repaired_at", time_json(drift->repaired_us, offset_sec));
	json_object_set_new(json, "lasted_ms_max",
			    drift->repaired_us
				    ? json_integer((drift->repaired_us - drift->since_us + 999) / 1000)
				    : json_null());
	json_object_set_new(json, "repair_took_ms",
			    drift->repaired_us ? json_real(drift->repair_took_ms) : json_null());
	json_object_set_new(json, "guided", json_boolean(drift->guided));
	json_object_set_new(json, "changer", changer_json(&drift->changer));
	json_object_set_new(json, "admitted",
			    drift->admitted ? json_incref(drift->admitted) : json_null());
	json_object_set_new(json, "forwarded_max",
			    drift->has_forwarded ? json_integer((json_int_t)drift->forwarded_max)
						 : json_null());
	json_object_set_new(json, "connections_removed",
			    drift->connections_removed >= 0
				    ? json_integer(drift->connections_removed)
				    : json_null());
	return json;
}

static bool disk_fail(const struct drifts *drifts, struct errs *errs)
{
	struct err *err = errs_add(errs, SEVERITY_WARNING, "S-DRIFT", (struct src){ 0 });

	err->sys_errno = errno;
	err_say(errs, err, _("%s: the record could not be written: %s"), drifts->path,
		strerror(errno));
	return false;
}

/* In one write, so mostly one line or none; of a full disk a part may be left, which the next line
 * must not be taken for the rest of. */
static bool line_append(struct drifts *drifts, int fd, const struct buf *line)
{
	ssize_t count = write(fd, buf_text(line), line->count);

	if (count > 0)
		drifts->torn = (size_t)count < line->count;
	if (count >= 0 && (size_t)count < line->count)
		errno = ENOSPC;
	return count == (ssize_t)line->count && fdatasync(fd) == 0;
}

static bool line_write(struct drifts *drifts, const json_t *json, struct errs *errs)
{
	int fd = open(drifts->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	char *text = json_dumps(json, JSON_COMPACT);
	struct buf line = { 0 };
	bool done;

	buf_printf(&line, "%s%s\n", drifts->torn ? "\n" : "", text);
	done = fd >= 0 && line_append(drifts, fd, &line);
	if (!done)
		disk_fail(drifts, errs);
	if (fd >= 0)
		close(fd);
	buf_done(&line);
	free(text);
	return done;
}

static size_t kept_find(const struct drifts *drifts, json_int_t id)
{
	size_t at = json_array_size(drifts->kept);

	while (at--)
		if (json_integer_value(json_object_get(json_array_get(drifts->kept, at), "id")) == id)
			return at;
	return json_array_size(drifts->kept);
}

static void kept_put(struct drifts *drifts, json_t *json)
{
	json_int_t id = json_integer_value(json_object_get(json, "id"));
	size_t at = kept_find(drifts, id);

	if (at < json_array_size(drifts->kept)) {
		json_array_set_new(drifts->kept, at, json);
		return;
	}
	json_array_append_new(drifts->kept, json);
	if (json_array_size(drifts->kept) > DRIFTS_KEPT)
		json_array_remove(drifts->kept, 0);
	if ((uint64_t)id > drifts->count)
		drifts->count = (uint64_t)id;
}

static void file_read(struct drifts *drifts, struct errs *errs)
{
	FILE *file = fopen(drifts->path, "re");
	size_t room = 0, torn = 0;
	char *line = NULL;
	ssize_t count;

	if (!file)
		return;
	while ((count = getline(&line, &room, file)) > 0) {
		json_t *json = json_loads(line, 0, NULL);

		drifts->torn = line[count - 1] != '\n';
		if (json_is_object(json) && json_integer_value(json_object_get(json, "id")) > 0) {
			kept_put(drifts, json);
		} else {
			json_decref(json);
			torn++;
		}
	}
	free(line);
	fclose(file);
	if (torn) {
		struct err *err = errs_add(errs, SEVERITY_WARNING, "S-DRIFT", (struct src){ 0 });

		err_say(errs, err, _("%s: %zu lines cannot be read as records"), drifts->path, torn);
	}
}

struct drifts *drifts_open(const char *log_dir, struct errs *errs)
{
	struct drifts *drifts = calloc(1, sizeof(*drifts));

	if (!drifts || asprintf(&drifts->path, "%s/%s", log_dir, DRIFT_FILE) < 0)
		abort();
	drifts->kept = json_array();
	file_read(drifts, errs);
	return drifts;
}

void drifts_close(struct drifts *drifts)
{
	if (!drifts)
		return;
	json_decref(drifts->kept);
	free(drifts->path);
	free(drifts);
}

bool drifts_add(struct drifts *drifts, struct drift *drift, int offset_sec, struct errs *errs)
{
	drift->id = drifts->count + 1;
	return drifts_change(drifts, drift, offset_sec, true, errs);
}

bool drifts_change(struct drifts *drifts, const struct drift *drift, int offset_sec, bool write,
		   struct errs *errs)
{
	json_t *json = drift_json(drift, offset_sec);
	bool done = !write || line_write(drifts, json, errs);

	kept_put(drifts, json);
	return done;
}

const json_t *drifts_admit(struct drifts *drifts, uint64_t id, json_t *admitted, struct errs *errs)
{
	size_t at = kept_find(drifts, (json_int_t)id);
	json_t *json = json_array_get(drifts->kept, at);

	if (!json)
		return NULL;
	json_object_set(json, "admitted", admitted);
	(void)line_write(drifts, json, errs); /* errs says so; it is in memory */
	return json;
}

uint64_t drifts_count(const struct drifts *drifts)
{
	return drifts->count;
}

const json_t *drifts_last(const struct drifts *drifts)
{
	return json_array_get(drifts->kept, json_array_size(drifts->kept) - 1);
}

json_t *drifts_json(const struct drifts *drifts, size_t most)
{
	size_t count = json_array_size(drifts->kept);
	json_t *list = json_array();

	for (size_t i = 0; i < size_min(most, count); i++)
		json_array_append(list, json_array_get(drifts->kept, count - 1 - i));
	return list;
}
