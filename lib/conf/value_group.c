/* Groups inside of groups: windows, services, attestations. See value.h. */
#include "base/lang.h"
#include "conf/value.h"

static bool is_group(struct reading *reading, const config_setting_t *setting)
{
	if (config_setting_type(setting) == CONFIG_TYPE_GROUP)
		return true;
	reading_refuse(reading, "C-TYPE", setting, _("settings in { }"));
	return false;
}

static bool subgroup_read(struct reading *reading, const struct key *key,
			  const config_setting_t *setting, void *object)
{
	const char *outer = reading->group;
	size_t errors = errs_errors(reading->errs);

	if (!is_group(reading, setting))
		return false;
	reading->group = key->name;
	group_read(reading, key->group, setting, object);
	reading->group = outer;
	return errs_errors(reading->errs) == errors;
}

static bool window_refuse(struct reading *reading, const config_setting_t *setting,
			  const char *message)
{
	struct err *err = reading_err(reading, "C-VALUE", setting);

	err_say(reading->errs, err, "%s", message);
	err_hint(reading->errs, err,
		 _("write days, from and to; or start and end; or grant = \"4h\" alone"));
	return false;
}

/* Which of the three forms a window has, and whether it has the whole of it. */
static bool window_check(struct reading *reading, const config_setting_t *setting,
			 struct window *window)
{
	const struct node *node = &window->node;
	bool days = node_has(node, WINDOW_F_DAYS), from = node_has(node, WINDOW_F_FROM),
	     to = node_has(node, WINDOW_F_TO), until = node_has(node, WINDOW_F_UNTIL),
	     start = node_has(node, WINDOW_F_START), end = node_has(node, WINDOW_F_END),
	     grant = node_has(node, WINDOW_F_GRANT);

	if (days && from && to && !start && !end && !grant) {
		window->kind = WINDOW_RECURRING;
		if (window->from_sec == window->to_sec || window->from_sec == 24 * 3600)
			return window_refuse(reading, setting, _("the window has no length"));
		return true;
	}
	if (start && end && !days && !from && !to && !until && !grant) {
		window->kind = WINDOW_ABSOLUTE;
		if (window->end.sec <= window->start.sec)
			return window_refuse(reading, setting,
					     _("the window ends before it starts"));
		return true;
	}
	if (grant && !days && !from && !to && !until && !start && !end) {
		window->kind = WINDOW_GRANT;
		return true;
	}
	return window_refuse(reading, setting,
			     _("the window is neither recurring nor absolute nor by grant"));
}

bool value_window_read(struct reading *reading, const struct key *key,
		       const config_setting_t *setting, const struct window **ret)
{
	struct window *window = arena_make(reading->arena, struct window);

	if (!subgroup_read(reading, key, setting, window) ||
	    !window_check(reading, setting, window))
		return false;
	*ret = window;
	return true;
}

bool value_services_read(struct reading *reading, const struct key *key,
			 const config_setting_t *setting, void *object)
{
	struct management *management = object;
	size_t length;

	if (config_setting_type(setting) != CONFIG_TYPE_LIST) {
		reading_refuse(reading, "C-TYPE", setting, _("a list in ( )"));
		return false;
	}
	length = (size_t)config_setting_length(setting);
	for (size_t i = 0; i < length; i++)
		if (!subgroup_read(reading, key, config_setting_get_elem(setting, (unsigned)i),
				   vec_add(reading->arena, &management->ssh)))
			return false;
	return true;
}

bool value_group_read(struct reading *reading, const struct key *key,
		      const config_setting_t *setting, void *object)
{
	*FIELD2(bool, object, key) = true;
	return subgroup_read(reading, key, setting, FIELD(void, object, key));
}
