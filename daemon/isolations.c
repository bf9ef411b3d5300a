/* See isolations.h. */
#include "daemon/isolations.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/lang.h"
#include "daemon/state.h"

#define STATE_ISOLATIONS "isolations.json"

enum { TOKYO_SEC = 9 * 3600 };

static bool isolation_take(struct isolations *isolations, const json_t *json)
{
	const char *kind = json_string_value(json_object_get(json, "kind"));
	const char *since = json_string_value(json_object_get(json, "since"));
	struct isolation isolation = {
		.id = json_string_value(json_object_get(json, "id")),
		.reason = json_string_value(json_object_get(json, "reason")),
	};
	int offset_sec;

	return kind && since && isolation.id && isolation.reason &&
	       isolation_kind_find(kind, &isolation.kind) &&
	       wall_parse(since, &isolation.since, &offset_sec) &&
	       isolations_add(isolations, &isolation);
}

static bool text_take(struct isolations *isolations, const struct buf *text)
{
	json_t *json = json_loadb(buf_text(text), text->count, JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(json, "isolations"), *one;
	bool good = json_is_array(list);
	size_t at;

	json_array_foreach ((json_t *)list, at, one)
		good &= isolation_take(isolations, one);
	json_decref(json);
	return good;
}

static void all_cut(struct isolations *isolations)
{
	const struct isolation all = { .kind = ISOLATION_ALL,
				       .id = "",
				       .reason = _("the record of what was isolated cannot be read"),
				       .since = wall_now() };

	if (!isolations_add(isolations, &all))
		return; /* it was cut before */
}

void isolations_read(struct isolations *isolations, const char *state_dir, struct errs *errs)
{
	size_t before = errs_errors(errs);
	struct buf text = { 0 };

	if (state_read(state_dir, STATE_ISOLATIONS, &text, errs)) {
		if (!text_take(isolations, &text)) {
			struct err *err = errs_add(errs, SEVERITY_ERROR, "S-STATE",
						   (struct src){ 0 });

			err_say(errs, err, _("%s/%s says nothing that can be understood"),
				state_dir, STATE_ISOLATIONS);
		}
	}
	if (errs_errors(errs) > before)
		all_cut(isolations);
	buf_done(&text);
}

bool isolations_write(const struct isolations *isolations, const char *state_dir,
		      struct errs *errs)
{
	json_t *list = json_array(), *json;
	struct buf text = { 0 };
	bool written;
	char *dump;

	vec_each(isolation, &isolations->list) {
		char since[WALL_TEXT_BYTES];

		json_array_append_new(
			list, json_pack("{s:s,s:s,s:s,s:s}", "kind",
					isolation_kind_word(isolation->kind), "id", isolation->id,
					"reason", isolation->reason, "since",
					wall_text(isolation->since, TOKYO_SEC, since)));
	}
	json = json_pack("{s:o}", "isolations", list);
	dump = json_dumps(json, JSON_INDENT(1));
	if (!dump)
		abort();
	buf_add_text(&text, dump);
	buf_add_char(&text, '\n');
	written = state_write(state_dir, STATE_ISOLATIONS, &text, errs);
	free(dump);
	json_decref(json);
	buf_done(&text);
	return written;
}
