/* The value of a key, by its type: each reader puts what it found at the key's place in the
 * object. */
#include "conf/value.h"

bool value_read(struct reading *reading, const struct key *key, const config_setting_t *setting,
		void *object)
{
	switch (key->type) {
	case VALUE_TEXT:
		return value_text_read(reading, setting, FIELD(const char *, object, key));
	case VALUE_BOOL:
		return value_bool_read(reading, setting, FIELD(bool, object, key));
	case VALUE_NUMBER:
		return value_number_read(reading, key, setting, FIELD(int32_t, object, key));
	case VALUE_WORD:
		return value_word_read(reading, key, setting, FIELD(uint8_t, object, key));
	case VALUE_WORD_LIST:
		return value_word_list_read(reading, key, setting,
					    FIELD(struct number_list, object, key));
	case VALUE_TEXT_LIST:
		return value_text_list_read(reading, setting, FIELD(struct text_list, object, key));
	case VALUE_NAME:
		return value_interned_read(reading, setting, FIELD(const char *, object, key));
	case VALUE_NAME_LIST:
		return value_name_list_read(reading, setting, FIELD(struct text_list, object, key));
	case VALUE_ADDR:
		return value_addr_read(reading, setting, FIELD(struct addr, object, key));
	case VALUE_MAC:
		return value_mac_read(reading, setting, FIELD(struct mac, object, key));
	case VALUE_PREFIX:
		return value_prefix_read(reading, setting, FIELD(struct prefix, object, key));
	case VALUE_PREFIX_LIST:
		return value_prefix_list_read(reading, setting,
					      FIELD(struct prefix_list, object, key));
	case VALUE_FQDN:
		return value_fqdn_read(reading, setting, FIELD(const char *, object, key));
	case VALUE_INTERFACE:
		return value_interface_read(reading, setting, FIELD(const char *, object, key));
	case VALUE_DATE:
		return value_date_read(reading, setting, FIELD(struct opt_date, object, key));
	case VALUE_CLOCK:
		return value_clock_read(reading, setting, FIELD(int32_t, object, key));
	case VALUE_WALL:
		return value_wall_read(reading, setting, FIELD(struct wall, object, key),
				       FIELD2(int32_t, object, key));
	case VALUE_DURATION:
		return value_duration_read(reading, setting, FIELD(int32_t, object, key));
	case VALUE_DAYS:
		return value_days_read(reading, setting, FIELD(uint8_t, object, key));
	case VALUE_PORTS:
		return value_ports_read(reading, setting, FIELD(struct port_list, object, key));
	case VALUE_GROUP:
		return value_group_read(reading, key, setting, object);
	case VALUE_WINDOW:
		return value_window_read(reading, key, setting,
					 FIELD(const struct window *, object, key));
	case VALUE_SERVICES:
		return value_services_read(reading, key, setting, object);
	}
	return false;
}
