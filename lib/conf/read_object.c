/* Members of collections and whole sections, from libconfig's tree into the policy. */
#include <string.h>

#include "base/lang.h"
#include "conf/reading.h"

/* The maps point into vectors that move while they grow: ids are added after the reading. */
#define COLLECTION(vec, schema_name)                                                               \
	do {                                                                                       \
		__typeof__((vec)->items + 0) object = vec_add(reading->arena, vec);                \
		object->node.id = setting->name;                                                   \
		group_read(reading, &schema_name, value, object);                                  \
	} while (0)

void member_read(struct reading *reading, const struct setting *setting,
		 const config_setting_t *value)
{
	struct policy *policy = reading->policy;

	if (config_setting_type(value) != CONFIG_TYPE_GROUP)
		reading_refuse(reading, "C-TYPE", value, _("settings in { }"));
	else if (strcmp(setting->section, "flows") == 0)
		COLLECTION(&policy->flows, schema_flow);
	else if (strcmp(setting->section, "hosts") == 0)
		COLLECTION(&policy->hosts, schema_host);
	else if (strcmp(setting->section, "zones") == 0)
		COLLECTION(&policy->zones, schema_zone);
	else if (strcmp(setting->section, "endpoints") == 0)
		COLLECTION(&policy->endpoints, schema_endpoint);
	else if (strcmp(setting->section, "approvals") == 0)
		COLLECTION(&policy->approvals, schema_approval);
	else if (strcmp(setting->section, "exceptions") == 0)
		COLLECTION(&policy->exceptions, schema_exception);
}

static void routes_read(struct reading *reading, const config_setting_t *value)
{
	int length = config_setting_length(value);

	if (config_setting_type(value) != CONFIG_TYPE_LIST) {
		reading_refuse(reading, "C-TYPE", value, _("a list in ( )"));
		return;
	}
	for (int i = 0; i < length; i++) {
		const config_setting_t *item = config_setting_get_elem(value, (unsigned)i);

		if (config_setting_type(item) != CONFIG_TYPE_GROUP)
			reading_refuse(reading, "C-TYPE", item, _("settings in { }"));
		else
			group_read(reading, &schema_route, item,
				   vec_add(reading->arena, &reading->policy->routes));
	}
}

static void version_read(struct reading *reading, const config_setting_t *value)
{
	struct err *err;

	if (config_setting_type(value) == CONFIG_TYPE_INT && config_setting_get_int(value) == 1)
		return;
	err = reading_err(reading, "C-VALUE", value);
	err_say(reading->errs, err, _("version %s of the language is not known here"),
		reading_quote(reading, value));
	err_hint(reading->errs, err, _("write version = 1;"));
}

void section_read(struct reading *reading, const char *section, const config_setting_t *value)
{
	struct policy *policy = reading->policy;
	struct {
		const char *section;
		const struct schema *schema;
		void *object;
		bool *set;
	} groups[] = {
		{ "policy", &schema_policy, &policy->head, NULL },
		{ "management", &schema_management, &policy->management, &policy->management.set },
		{ "resolver", &schema_resolver, &policy->resolver, &policy->resolver.set },
		{ "logging", &schema_logging, &policy->logging, &policy->logging.set },
		{ "enforce", &schema_enforce, &policy->enforce, NULL },
	};

	if (strcmp(section, "version") == 0) {
		version_read(reading, value);
		return;
	}
	if (strcmp(section, "routes") == 0) {
		routes_read(reading, value);
		return;
	}
	for (size_t i = 0; i < array_count(groups); i++)
		if (strcmp(section, groups[i].section) == 0) {
			if (config_setting_type(value) != CONFIG_TYPE_GROUP) {
				reading_refuse(reading, "C-TYPE", value, _("settings in { }"));
				return;
			}
			if (groups[i].set)
				*groups[i].set = true;
			group_read(reading, groups[i].schema, value, groups[i].object);
			return;
		}
	/* a collection written as something else than a group */
	reading_refuse(reading, "C-TYPE", value, _("settings in { }"));
}
