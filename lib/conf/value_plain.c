/* Texts, words, numbers and the times of the calendar. See value.h. */
#include <string.h>

#include "base/lang.h"
#include "conf/value.h"

const char *value_text(struct reading *reading, const config_setting_t *setting)
{
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		return config_setting_get_string(setting);
	reading_refuse(reading, "C-TYPE", setting, _("a text in quotes"));
	return NULL;
}

/* U+3000, a blank as wide as a letter. */
static bool begins_wide(const char *text)
{
	return strncmp(text, "\u3000", 3) == 0;
}

/* Names and other texts that must be plain: no blanks around, nothing but ASCII where said. */
bool value_text_read(struct reading *reading, const config_setting_t *setting, const char **ret)
{
	const char *text = value_text(reading, setting);
	size_t length;

	if (!text)
		return false;
	length = strlen(text);
	if (!length || text[0] == ' ' || text[length - 1] == ' ' || begins_wide(text) ||
	    (length >= 3 && begins_wide(text + length - 3))) {
		reading_refuse(reading, "C-VALUE", setting,
			       length ? _("a text without blanks around it")
				      : _("a text that is not empty"));
		return false;
	}
	*ret = arena_copy(reading->arena, text, length);
	return true;
}

bool value_interned_read(struct reading *reading, const config_setting_t *setting, const char **ret)
{
	const char *text = value_text(reading, setting);

	if (!text)
		return false;
	if (!text[0]) {
		reading_refuse(reading, "C-VALUE", setting, _("a text that is not empty"));
		return false;
	}
	*ret = reading_intern(reading, text);
	return true;
}

bool value_word_read(struct reading *reading, const struct key *key,
		     const config_setting_t *setting, uint8_t *ret)
{
	const char *text = value_text(reading, setting), *nearest;
	struct err *err;
	unsigned value;

	if (!text)
		return false;
	if (words_find(key->words, text, &value)) {
		*ret = (uint8_t)value;
		return true;
	}
	err = reading_err(reading, "C-VALUE", setting);
	err_say(reading->errs, err, _("%s is no %s"), reading_quote(reading, setting),
		_(key->words->what));
	nearest = words_nearest(key->words, text);
	if (nearest) {
		err_hint(reading->errs, err, _("write \"%s\""), nearest);
	} else {
		struct buf all = { 0 };

		for (size_t i = 0; i < key->words->count; i++)
			buf_printf(&all, "%s%s", i ? " " : "", key->words->items[i].word);
		err_hint(reading->errs, err, _("write one of: %s"), buf_text(&all));
		buf_done(&all);
	}
	return false;
}

bool value_number_read(struct reading *reading, const struct key *key,
		       const config_setting_t *setting, int32_t *ret)
{
	struct err *err;

	if (config_setting_type(setting) != CONFIG_TYPE_INT) {
		reading_refuse(reading, "C-TYPE", setting, _("a number without quotes"));
		return false;
	}
	*ret = config_setting_get_int(setting);
	if (*ret >= key->min && *ret <= key->max)
		return true;
	err = reading_err(reading, "C-RANGE", setting);
	err_say(reading->errs, err, _("%1$d is out of range"), *ret);
	err_hint(reading->errs, err, _("write a number from %1$d to %2$d"), key->min, key->max);
	return false;
}

bool value_bool_read(struct reading *reading, const config_setting_t *setting, bool *ret)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
		reading_refuse(reading, "C-TYPE", setting, _("true or false, without quotes"));
		return false;
	}
	*ret = config_setting_get_bool(setting) != 0;
	return true;
}

/* ---- times ---- */

bool value_date_read(struct reading *reading, const config_setting_t *setting, struct opt_date *ret)
{
	const char *text = value_text(reading, setting);

	if (!text)
		return false;
	if (!date_parse(text, &ret->date)) {
		reading_refuse(reading, "C-VALUE", setting, _("a date of the calendar"));
		return false;
	}
	ret->set = true;
	return true;
}

bool value_clock_read(struct reading *reading, const config_setting_t *setting, int32_t *ret)
{
	const char *text = value_text(reading, setting);

	if (!text)
		return false;
	if (clock_parse(text, ret))
		return true;
	reading_refuse(reading, "C-VALUE", setting, _("a time of day, 00:00 to 24:00"));
	return false;
}

bool value_wall_read(struct reading *reading, const config_setting_t *setting, struct wall *ret,
		     int32_t *ret_offset_sec)
{
	const char *text = value_text(reading, setting);

	if (!text)
		return false;
	if (wall_parse(text, ret, ret_offset_sec))
		return true;
	reading_refuse(reading, "C-VALUE", setting,
		       _("a date and time with its offset from UTC (RFC 3339)"));
	return false;
}

bool value_duration_read(struct reading *reading, const config_setting_t *setting, int32_t *ret)
{
	const char *text = value_text(reading, setting), *at;
	int32_t value = 0;

	if (!text)
		return false;
	for (at = text; *at >= '0' && *at <= '9' && value < 10000; at++)
		value = value * 10 + (*at - '0');
	if (at > text && value > 0 && (*at == 'h' || *at == 'm') && !at[1]) {
		value *= *at == 'h' ? 3600 : 60;
		if (value <= 24 * 3600) {
			*ret = value;
			return true;
		}
	}
	reading_refuse(reading, "C-VALUE", setting, _("a duration up to 24 hours"));
	return false;
}

/* "mon", "mon-fri", "sat,sun", "daily". */
static bool days_parse(const char *text, uint8_t *ret_days)
{
	unsigned days = 0;

	if (strcmp(text, "daily") == 0) {
		*ret_days = 0x7f;
		return true;
	}
	for (;;) {
		char word[4] = { 0 };
		unsigned first, last;

		if (strlen(text) < 3)
			return false;
		memcpy(word, text, 3);
		text += 3;
		if (!words_find(&words_weekday, word, &first))
			return false;
		last = first;
		if (*text == '-') {
			if (strlen(++text) < 3)
				return false;
			memcpy(word, text, 3);
			text += 3;
			if (!words_find(&words_weekday, word, &last) || last <= first)
				return false;
		}
		for (unsigned day = first; day <= last; day++)
			days |= 1u << day;
		if (!*text)
			break;
		if (*text != ',')
			return false;
		text += text[1] == ' ' ? 2 : 1;
	}
	*ret_days = (uint8_t)days;
	return true;
}

bool value_days_read(struct reading *reading, const config_setting_t *setting, uint8_t *ret)
{
	const char *text = value_text(reading, setting);

	if (!text)
		return false;
	if (days_parse(text, ret))
		return true;
	reading_refuse(reading, "C-VALUE", setting,
		       _("days: mon to sun, \"mon-fri\", \"sat,sun\" or \"daily\""));
	return false;
}
