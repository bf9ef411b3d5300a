/* See errs_json.h. */
#include "wire/errs_json.h"

json_t *json_text(const char *text)
{
	/* a file name need not be UTF-8; JSON must be */
	json_t *json = text ? json_string(text) : NULL;

	return json ? json : text ? json_string("?") : json_null();
}

json_t *json_told(const char *text)
{
	json_t *json = text && *text ? json_string(text) : NULL;

	return json ? json : json_null();
}

static json_t *json_line(struct src at)
{
	return at.file && at.line ? json_integer(at.line) : json_null();
}

static json_t *finding_json(const struct err *err)
{
	static const char *const severities[] = { "error", "warning", "exception" };
	json_t *json = json_object();

	json_object_set_new(json, "code", json_text(err->code));
	json_object_set_new(json, "severity", json_text(severities[err->severity]));
	json_object_set_new(json, "strength", json_text(err->strength));
	json_object_set_new(json, "clause", json_text(err->clause));
	json_object_set_new(json, "file", json_text(err->at.file));
	json_object_set_new(json, "line", json_line(err->at));
	json_object_set_new(json, "also_file", json_text(err->also.file));
	json_object_set_new(json, "also_line", json_line(err->also));
	json_object_set_new(json, "path", json_text(err->path));
	json_object_set_new(json, "message", json_text(err->message));
	json_object_set_new(json, "hint", json_text(err->hint));
	json_object_set_new(json, "exception", json_text(err->exception));
	return json;
}

json_t *errs_json(const struct errs *errs)
{
	json_t *list = json_array();

	vec_each(err, &errs->list)
		json_array_append_new(list, finding_json(err));
	return list;
}
