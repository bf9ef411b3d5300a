/* Drives the reading: files and includes through lint, each setting through libconfig and the
 * schema into the model, then names to objects. See conf.h.
 *
 * libconfig looks for duplicates with a linear search, so 100,000 flows in one group would take
 * 10^10 comparisons; one flow at a time keeps the reading linear (measured: 4.5 µs a flow). */
#include <string.h>

#include "base/lang.h"
#include "conf/conf.h"
#include "conf/lint.h"
#include "conf/reading.h"
#include "conf/source.h"

enum { INCLUDES_DEEPEST = 8 };

struct open_file {
	const struct open_file *outer;
	const char *path;
	uint64_t device, inode;
	unsigned depth;
};

struct driver {
	struct reading reading;
	const struct open_file *file;
	bool may_include;
	size_t errors_before; /* the list may hold others already */
	size_t room_bytes;
	bool broken;      /* parts of the text are missing: nothing is said of what is not there */
	struct map once;  /* top-level names seen, to where */
	struct buf slice; /* the setting at hand, with a NUL behind it, for libconfig */
};

/* ---- what lint finds ---- */

static bool is_collection(void *context, const char *section)
{
	static const char *const names[] = { "flows",	  "hosts",     "zones",
					     "endpoints", "approvals", "exceptions" };

	(void)context;
	for (size_t i = 0; i < array_count(names); i++)
		if (strcmp(names[i], section) == 0)
			return true;
	return false;
}

/* Top-level names stand once; unknown ones are told with the nearest known. */
static bool section_begin(struct driver *driver, const char *section, struct src at)
{
	struct reading *reading = &driver->reading;
	struct src *first = map_find_text(&driver->once, section);
	const char *nearest = NULL;
	unsigned best = 4;
	struct err *err;

	if (first) {
		err = errs_add(reading->errs, SEVERITY_ERROR, "C-DUP", at);
		err->also = *first;
		err_path(reading->errs, err, "%s", section);
		err_say(reading->errs, err, _("\"%s\" stands here a second time"), section);
		err_hint(reading->errs, err, _("put the settings of both into one"));
		return false;
	}
	first = arena_make(reading->arena, struct src);
	*first = at;
	map_add_text(reading->arena, &driver->once, section, first);
	for (size_t i = 0; i < schema_section_count; i++) {
		unsigned distance = word_distance(schema_sections[i], section);

		if (distance == 0)
			return true;
		if (distance < best) {
			best = distance;
			nearest = schema_sections[i];
		}
	}
	err = errs_add(reading->errs, SEVERITY_ERROR, "C-KEY", at);
	err_path(reading->errs, err, "%s", section);
	err_say(reading->errs, err, _("there is no section \"%s\""), section);
	if (nearest)
		err_hint(reading->errs, err, _("write %s"), nearest);
	else
		err_hint(reading->errs, err,
			 _("the sections are: %s"),
			 "version policy zones hosts endpoints flows approvals exceptions routes management resolver logging enforce");
	return false;
}

static void on_collection(void *context, const char *section, struct src at)
{
	section_begin(context, section, at);
}

/* libconfig's own words are few; say what they mostly mean. */
static void syntax_tell(struct reading *reading, const config_t *config)
{
	const char *text = config_error_text(config);
	int line = config_error_line(config);
	struct err *err = reading_err(reading, "C-SYNTAX", NULL);

	errs_set_unreadable(reading->errs, err);
	err->at.line = reading->first_line + (line > 0 ? (unsigned)line - 1 : 0);
	if (text && strcmp(text, "duplicate setting name") == 0) {
		err->code = "C-DUP";
		err_say(reading->errs, err, _("a setting stands twice in this group"));
		err_hint(reading->errs, err, _("remove one of the two"));
	} else if (text && strstr(text, "array")) {
		err_say(reading->errs, err, _("[ ] holds values of different kinds"));
		err_hint(reading->errs, err,
			 _("a list that mixes numbers and texts stands in ( ): ports = ( 22, \"8000-8010\" )"));
	} else {
		err_say(reading->errs, err, _("the syntax is not that of a setting (%s)"),
			text ? text : "?");
		err_hint(reading->errs, err,
			 _("each setting is: name = value;  look for a missing = , \" or bracket on this line or the one before"));
	}
}

static void on_lost(void *context, const char *name)
{
	struct reading *reading = &((struct driver *)context)->reading;

	map_add_text(reading->arena, &reading->lost, name, reading);
}

static void on_setting(void *context, const struct setting *setting)
{
	struct driver *driver = context;
	struct reading *reading = &driver->reading;
	bool top = setting->section == setting->name;
	const config_setting_t *value;
	config_t config;

	if (top && !section_begin(driver, setting->name, setting->at))
		return;
	reading->file = setting->at.file;
	reading->first_line = setting->at.line;
	reading->section = setting->section;
	reading->id = top ? "" : setting->name;
	reading->key = NULL;
	reading->group = NULL;
	buf_clear(&driver->slice);
	buf_add(&driver->slice, setting->text, setting->bytes);
	buf_add_char(&driver->slice, ';');
	config_init(&config);
	if (!config_read_string(&config, buf_text(&driver->slice))) {
		syntax_tell(reading, &config);
		on_lost(driver, setting->name);
	} else {
		value = config_setting_get_elem(config_root_setting(&config), 0);
		if (top)
			section_read(reading, setting->name, value);
		else
			member_read(reading, setting, value);
	}
	config_destroy(&config);
}

static void file_read(struct driver *driver, const char *path, struct src at, const char *section);

static struct err *include_refuse(struct driver *driver, struct src at, const char *hint)
{
	struct errs *errs = driver->reading.errs;
	struct err *err = errs_add(errs, SEVERITY_ERROR, "C-INCLUDE", at);

	errs_set_unreadable(errs, err);
	err_hint(errs, err, "%s", hint);
	return err;
}

static void on_include(void *context, const char *name, struct src at, const char *section)
{
	struct driver *driver = context;
	struct reading *reading = &driver->reading;
	const char *slash = strrchr(at.file, '/');
	struct err *err;

	if (!driver->may_include) {
		err = include_refuse(driver, at, _("write the settings themselves"));
		err_say(reading->errs, err, _("@include \"%s\" in a text that is no file"), name);
		return;
	}
	if (!name[0] || name[0] == '/' || strncmp(name, "../", 3) == 0 || strstr(name, "/../")) {
		err = include_refuse(driver, at,
				     _("included files lie beside the file, or in a folder below it"));
		err_say(reading->errs, err, _("@include \"%s\" leaves the folder of the policy"),
			name);
		return;
	}
	if (slash)
		name = arena_printf(reading->arena, "%.*s/%s", (int)(slash - at.file), at.file,
				    name);
	file_read(driver, name, at, section);
}

/* ---- files ---- */

static bool include_is_sound(struct driver *driver, const struct open_file *file, struct src at)
{
	struct errs *errs = driver->reading.errs;
	struct err *err;

	for (const struct open_file *outer = file->outer; outer; outer = outer->outer)
		if (outer->device == file->device && outer->inode == file->inode) {
			err = include_refuse(driver, at, _("remove one of the includes"));
			err_say(errs, err, _("\"%s\" includes itself"), file->path);
			return false;
		}
	if (file->depth <= INCLUDES_DEEPEST)
		return true;
	err = include_refuse(driver, at, _("include all files from the first one"));
	err_say(errs, err, _("includes nested more than %d deep"), INCLUDES_DEEPEST);
	return false;
}

static void text_take(struct driver *driver, const char *path, const char *text, size_t bytes,
		      const char *section)
{
	const struct lint_hooks hooks = { .context = driver,
					  .is_collection = is_collection,
					  .on_setting = on_setting,
					  .on_collection = on_collection,
					  .on_lost = on_lost,
					  .on_include = on_include };

	if (!lint_text(path, text, bytes, section, &hooks, driver->reading.arena,
		       driver->reading.errs))
		driver->broken = true;
}

static void file_read(struct driver *driver, const char *path, struct src at, const char *section)
{
	_cleanup_(source_done) struct source source = { 0 };
	struct open_file file = { .outer = driver->file, .path = path };

	if (!source_read(path, at, driver->room_bytes, &source, driver->reading.errs)) {
		driver->broken = true;
		return;
	}
	driver->room_bytes -= source.bytes;
	file.device = source.device;
	file.inode = source.inode;
	file.depth = driver->file ? driver->file->depth + 1 : 0;
	if (!include_is_sound(driver, &file, at)) {
		driver->broken = true;
		return;
	}
	driver->file = &file;
	text_take(driver, path, source.text, source.bytes, section);
	driver->file = file.outer;
}

/* ---- the whole ---- */

static void defaults_set(struct policy *policy)
{
	policy->head.node.id = "";
	policy->head.timezone = "Asia/Tokyo";
	policy->head.offset_sec = 9 * 3600;
	policy->enforce = (struct enforce){ .node = { .id = "" },
					    .repair = true,
					    .own_tables = true,
					    .full_verify_interval_sec = 60 };
}

/* Enters an object under its id, or says where the first of that name stands. */
static void id_add(struct reading *reading, struct map *ids, void *object)
{
	struct node *node = object, *first = map_find_text(ids, node->id);
	struct err *err;

	if (!first) {
		map_add_text(reading->arena, ids, node->id, object);
		return;
	}
	err = errs_add(reading->errs, SEVERITY_ERROR, "C-DUP", node->at);
	err->also = first->at;
	err_path(reading->errs, err, "%s.%s", reading->section, node->id);
	err_say(reading->errs, err, _("\"%s\" stands here a second time"), node->id);
	err_hint(reading->errs, err, _("give it another name, or remove one of the two"));
}

#define IDS_ADD(name, vec, ids)                                                                    \
	do {                                                                                       \
		reading->section = name;                                                           \
		vec_each(object, vec)                                                              \
			id_add(reading, ids, object);                                              \
	} while (0)

static void ids_add(struct reading *reading)
{
	struct policy *policy = reading->policy;
	struct map exception_ids = { 0 };

	IDS_ADD("zones", &policy->zones, &policy->zone_ids);
	IDS_ADD("hosts", &policy->hosts, &policy->host_ids);
	IDS_ADD("endpoints", &policy->endpoints, &policy->endpoint_ids);
	IDS_ADD("flows", &policy->flows, &policy->flow_ids);
	IDS_ADD("approvals", &policy->approvals, &policy->approval_ids);
	IDS_ADD("exceptions", &policy->exceptions, &exception_ids);
}

static void sections_demand(struct driver *driver, const char *path)
{
	static const char *const wanted[] = { "version", "policy", "zones" };
	struct errs *errs = driver->reading.errs;

	for (size_t i = 0; i < array_count(wanted); i++) {
		struct err *err;

		if (map_find_text(&driver->once, wanted[i]) ||
		    map_find_text(&driver->reading.lost, wanted[i]))
			continue;
		err = errs_add(errs, SEVERITY_ERROR, "C-MISSING", (struct src){ path, 0 });
		err_path(errs, err, "%s", wanted[i]);
		err_say(errs, err, _("the section \"%s\" is missing"), wanted[i]);
		err_hint(errs, err, i ? _("add %s: { … };") : _("begin with: version = 1;"),
			 wanted[i]);
	}
}

static struct policy *reading_finish(struct driver *driver, const char *path)
{
	struct reading *reading = &driver->reading;
	struct policy *policy = reading->policy;

	ids_add(reading);
	if (!driver->broken) {
		sections_demand(driver, path);
		resolve_names(reading);
	}
	buf_done(&driver->slice);
	errs_sort(reading->errs);
	if (errs_errors(reading->errs) > driver->errors_before) {
		errs_keep(reading->errs, policy->arena);
		return NULL;
	}
	return policy;
}

static struct driver driver_start(const char *path, struct errs *errs)
{
	struct policy *policy = policy_new();

	policy->file = arena_strdup(policy->arena, path);
	defaults_set(policy);
	return (struct driver){
		.reading = { .policy = policy, .arena = policy->arena, .errs = errs },
		.room_bytes = SOURCE_MOST_BYTES,
		.errors_before = errs_errors(errs),
	};
}

struct policy *conf_read(const char *path, struct errs *errs)
{
	struct driver driver = driver_start(path, errs);

	driver.may_include = true;
	path = driver.reading.policy->file;
	file_read(&driver, path, (struct src){ path, 0 }, NULL);
	return reading_finish(&driver, path);
}

struct policy *conf_read_text(const char *name, const char *text, size_t bytes, struct errs *errs)
{
	struct driver driver = driver_start(name, errs);
	struct buf copy = { 0 };

	name = driver.reading.policy->file;
	buf_add(&copy, text, bytes); /* lint looks for a NUL behind it */
	text_take(&driver, name, buf_text(&copy), bytes, NULL);
	buf_done(&copy);
	return reading_finish(&driver, name);
}
