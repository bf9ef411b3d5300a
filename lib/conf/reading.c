/* What the parts of the reader share (reading.h): complaints with place and path, texts kept once,
 * and the reading of a group by its schema. */
#include <string.h>

#include "base/lang.h"
#include "conf/reading.h"

struct src reading_at(const struct reading *reading, const config_setting_t *setting)
{
	unsigned line = setting ? config_setting_source_line(setting) : 1;

	return (struct src){ reading->file, reading->first_line + (line ? line - 1 : 0) };
}

struct err *reading_err(struct reading *reading, const char *code, const config_setting_t *setting)
{
	struct err *err =
		errs_add(reading->errs, SEVERITY_ERROR, code, reading_at(reading, setting));
	const char *parts[] = { reading->section, reading->id, reading->group,
				reading->key ? reading->key->name : NULL };
	struct buf path = { 0 };

	for (size_t i = 0; i < array_count(parts); i++)
		if (parts[i] && parts[i][0] && (i == 0 || !reading->key ||
						parts[i] != parts[i - 1]))
			buf_printf(&path, "%s%s", path.count ? "." : "", parts[i]);
	err_path(reading->errs, err, "%s", buf_text(&path));
	buf_done(&path);
	return err;
}

const char *reading_quote(struct reading *reading, const config_setting_t *setting)
{
	struct arena *arena = reading->errs->arena;

	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		return arena_printf(arena, "\"%.60s\"", config_setting_get_string(setting));
	case CONFIG_TYPE_INT:
		return arena_printf(arena, "%d", config_setting_get_int(setting));
	case CONFIG_TYPE_BOOL:
		return config_setting_get_bool(setting) ? "true" : "false";
	case CONFIG_TYPE_GROUP:
		return "{ … }";
	case CONFIG_TYPE_ARRAY:
		return "[ … ]";
	case CONFIG_TYPE_LIST:
		return "( … )";
	default:
		return "?";
	}
}

void reading_refuse(struct reading *reading, const char *code, const config_setting_t *setting,
		    const char *what)
{
	struct err *err = reading_err(reading, code, setting);
	const struct key *key = reading->key;

	err_say(reading->errs, err, _("%1$s found where this is wanted: %2$s"),
		reading_quote(reading, setting), what);
	if (key && key->example)
		err_hint(reading->errs, err, _("write for example: %1$s = %2$s;"), key->name,
			 key->example);
	else if (key && key->words)
		err_hint(reading->errs, err, _("write for example: %1$s = \"%2$s\";"), key->name,
			 key->words->items[0].word);
}

const char *reading_intern(struct reading *reading, const char *text)
{
	const char *kept = map_find_text(&reading->interned, text);

	if (!kept) {
		kept = arena_strdup(reading->arena, text);
		map_add_text(reading->arena, &reading->interned, kept, (void *)kept);
	}
	return kept;
}

/* ---- groups ---- */

/* Says so, and gives the key that was probably meant, or NULL. */
static const struct key *key_unknown(struct reading *reading, const struct schema *schema,
				     const config_setting_t *setting)
{
	const char *name = config_setting_name(setting);
	const char *nearest = schema_nearest_key(schema, name);
	struct err *err = reading_err(reading, "C-KEY", setting);

	err_say(reading->errs, err, _("there is no setting \"%s\" here"), name);
	if (nearest) {
		err_hint(reading->errs, err, _("write %s"), nearest);
	} else {
		struct buf all = { 0 };

		for (size_t i = 0; i < schema->count; i++)
			buf_printf(&all, "%s%s", i ? " " : "", schema->keys[i].name);
		err_hint(reading->errs, err, _("the settings here are: %s"), buf_text(&all));
		buf_done(&all);
	}
	return nearest ? schema_find_key(schema, nearest) : NULL;
}

static void key_missing(struct reading *reading, const struct key *key,
			const config_setting_t *setting)
{
	struct err *err = reading_err(reading, "C-MISSING", setting);

	err_say(reading->errs, err, _("\"%s\" is missing"), key->name);
	err_hint(reading->errs, err, _("add for example: %1$s = %2$s%3$s%2$s;"), key->name,
		 key->example ? "" : "\"",
		 key->example ? key->example : key->words->items[0].word);
}

void group_read(struct reading *reading, const struct schema *schema,
		const config_setting_t *setting, void *object)
{
	const struct key *outer = reading->key, *key;
	uint16_t *lines = arena_make_many(reading->arena, uint16_t, schema->count);
	int length = config_setting_length(setting);
	uint32_t misspelt = 0; /* keys that stand there under another name: not missing */
	struct node *node = object;

	node->at = reading_at(reading, setting);
	node->id = node->id ? node->id : "";
	node->field_lines = lines;
	for (int i = 0; i < length; i++) {
		const config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
		unsigned line = reading_at(reading, member).line - node->at.line;

		reading->key = NULL;
		key = schema_find_key(schema, config_setting_name(member));
		if (!key) {
			key = key_unknown(reading, schema, member);
			misspelt |= key ? 1u << key->field : 0;
			continue;
		}
		lines[key->field] = (uint16_t)size_min(line + 1, UINT16_MAX);
		reading->key = key;
		if (!value_read(reading, key, member, object))
			continue; /* told; go on to what else is wrong */
	}
	reading->key = NULL;
	for (key = schema->keys; key < schema->keys + schema->count; key++)
		if (key->required && !lines[key->field] && !(misspelt & 1u << key->field))
			key_missing(reading, key, setting);
	reading->key = outer;
}
