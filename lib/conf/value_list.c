/* Lists: of texts, names, words, networks and ports. See value.h. */
#include <string.h>

#include "base/lang.h"
#include "conf/value.h"

/* Longer lists are a mistake, or want a zone or a range; and what follows is quadratic. */
enum { LIST_LONGEST = 1024 };

static size_t list_length(struct reading *reading, const config_setting_t *setting)
{
	int type = config_setting_type(setting);
	struct err *err;
	int length;

	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
		reading_refuse(reading, "C-TYPE", setting, _("a list in [ ]"));
		return 0;
	}
	length = config_setting_length(setting);
	if (length <= 0) {
		reading_refuse(reading, "C-VALUE", setting, _("a list that is not empty"));
		return 0;
	}
	if (length > LIST_LONGEST) {
		err = reading_err(reading, "C-RANGE", setting);
		err_say(reading->errs, err, _("the list has %1$d members, more than %2$d"), length,
			LIST_LONGEST);
		err_hint(reading->errs, err,
			 _("name a zone instead of its hosts, a range instead of its ports"));
		return 0;
	}
	return (size_t)length;
}

static const config_setting_t *list_item(const config_setting_t *setting, size_t i)
{
	return config_setting_get_elem(setting, (unsigned)i);
}

static bool text_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

bool value_text_list_read(struct reading *reading, const config_setting_t *setting,
			  struct text_list *ret)
{
	size_t length = list_length(reading, setting);
	struct text_list list = { arena_make_many(reading->arena, const char *, length), 0 };

	for (size_t i = 0; i < length; i++) {
		const char *text;

		if (!value_interned_read(reading, list_item(setting, i), &text))
			return false;
		if (text_list_has(&list, text)) {
			reading_refuse(reading, "C-DUP", list_item(setting, i),
				       _("each name once"));
			return false;
		}
		list.items[list.count++] = text;
	}
	*ret = list;
	return length > 0;
}

/* One name may stand without brackets. */
bool value_name_list_read(struct reading *reading, const config_setting_t *setting,
			  struct text_list *ret)
{
	const char *one;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING)
		return value_text_list_read(reading, setting, ret);
	if (!value_interned_read(reading, setting, &one))
		return false;
	ret->items = arena_make_many(reading->arena, const char *, 1);
	ret->items[0] = one;
	ret->count = 1;
	return true;
}

bool value_word_list_read(struct reading *reading, const struct key *key,
			  const config_setting_t *setting, struct number_list *ret)
{
	size_t length = list_length(reading, setting);
	uint8_t *items = arena_make_many(reading->arena, uint8_t, length);

	for (size_t i = 0; i < length; i++) {
		if (!value_word_read(reading, key, list_item(setting, i), &items[i]))
			return false;
		if (memchr(items, items[i], i)) {
			reading_refuse(reading, "C-DUP", list_item(setting, i),
				       _("each word once"));
			return false;
		}
	}
	*ret = (struct number_list) { items, length };
	return length > 0;
}

bool value_prefix_list_read(struct reading *reading, const config_setting_t *setting,
			    struct prefix_list *ret)
{
	size_t length = list_length(reading, setting);
	struct prefix *items = arena_make_many(reading->arena, struct prefix, length);

	for (size_t i = 0; i < length; i++) {
		if (!value_prefix_read(reading, list_item(setting, i), &items[i]))
			return false;
		for (size_t k = 0; k < i; k++)
			if (prefix_overlaps(&items[k], &items[i])) {
				reading_refuse(reading, "C-DUP", list_item(setting, i),
					       _("networks that do not overlap"));
				return false;
			}
	}
	*ret = (struct prefix_list) { items, length };
	return length > 0;
}

static bool port_text_parse(const char *text, struct port_range *ret)
{
	unsigned values[2] = { 0, 0 };

	for (size_t i = 0; i < 2; i++) {
		const char *digits = text;

		for (; *text >= '0' && *text <= '9' && values[i] <= 65535; text++)
			values[i] = values[i] * 10 + (unsigned)(*text - '0');
		if (text == digits || *digits == '0' || values[i] > 65535)
			return false;
		if (*text++ != (i ? '\0' : '-'))
			return false;
	}
	*ret = (struct port_range) { (uint16_t)values[0], (uint16_t)values[1] };
	return values[0] < values[1];
}

static bool port_read(struct reading *reading, const config_setting_t *setting,
		      struct port_range *ret)
{
	const char *text;
	long value;

	if (config_setting_type(setting) == CONFIG_TYPE_INT) {
		value = config_setting_get_int(setting);
		if (value >= 1 && value <= 65535) {
			*ret = (struct port_range) { (uint16_t)value, (uint16_t)value };
			return true;
		}
		reading_refuse(reading, "C-RANGE", setting, _("a port number, 1 to 65535"));
		return false;
	}
	text = config_setting_get_string(setting);
	if (text && port_text_parse(text, ret))
		return true;
	reading_refuse(reading, text ? "C-RANGE" : "C-TYPE", setting,
		       _("a port number, 1 to 65535, or a range \"8000-8010\""));
	return false;
}

bool value_ports_read(struct reading *reading, const config_setting_t *setting,
		      struct port_list *ret)
{
	size_t length = list_length(reading, setting);
	struct port_range *items = arena_make_many(reading->arena, struct port_range, length);

	for (size_t i = 0; i < length; i++) {
		if (!port_read(reading, list_item(setting, i), &items[i]))
			return false;
		for (size_t k = 0; k < i; k++)
			if (items[k].first <= items[i].last && items[i].first <= items[k].last) {
				reading_refuse(reading, "C-DUP", list_item(setting, i),
					       _("each port once"));
				return false;
			}
	}
	*ret = (struct port_list) { items, length };
	return length > 0;
}
