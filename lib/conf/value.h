/* From one libconfig setting to one value of the model. Every refusal says what was found and how
 * such a value is written; false means that an err was added. Inside conf/ only. */
#pragma once

#include "conf/reading.h"

#define FIELD(type, object, key) ((type *)(void *)((char *)(object) + (key)->offset))
#define FIELD2(type, object, key) ((type *)(void *)((char *)(object) + (key)->offset2))

bool value_text_read(struct reading *reading, const config_setting_t *setting, const char **ret);
bool value_interned_read(struct reading *reading, const config_setting_t *setting,
			 const char **ret);
bool value_word_read(struct reading *reading, const struct key *key,
		     const config_setting_t *setting, uint8_t *ret);
bool value_date_read(struct reading *reading, const config_setting_t *setting,
		     struct opt_date *ret);
bool value_clock_read(struct reading *reading, const config_setting_t *setting, int32_t *ret);
bool value_wall_read(struct reading *reading, const config_setting_t *setting, struct wall *ret,
		     int32_t *ret_offset_sec);
bool value_duration_read(struct reading *reading, const config_setting_t *setting, int32_t *ret);
bool value_days_read(struct reading *reading, const config_setting_t *setting, uint8_t *ret);
bool value_number_read(struct reading *reading, const struct key *key,
		       const config_setting_t *setting, int32_t *ret);
bool value_bool_read(struct reading *reading, const config_setting_t *setting, bool *ret);
const char *value_text(struct reading *reading, const config_setting_t *setting);
bool value_prefix_read(struct reading *reading, const config_setting_t *setting,
		       struct prefix *ret);
bool value_addr_read(struct reading *reading, const config_setting_t *setting, struct addr *ret);
bool value_mac_read(struct reading *reading, const config_setting_t *setting, struct mac *ret);
bool value_fqdn_read(struct reading *reading, const config_setting_t *setting, const char **ret);
bool value_interface_read(struct reading *reading, const config_setting_t *setting,
			  const char **ret);
bool value_text_list_read(struct reading *reading, const config_setting_t *setting,
			  struct text_list *ret);
bool value_name_list_read(struct reading *reading, const config_setting_t *setting,
			  struct text_list *ret);
bool value_word_list_read(struct reading *reading, const struct key *key,
			  const config_setting_t *setting, struct number_list *ret);
bool value_prefix_list_read(struct reading *reading, const config_setting_t *setting,
			    struct prefix_list *ret);
bool value_ports_read(struct reading *reading, const config_setting_t *setting,
		      struct port_list *ret);
bool value_group_read(struct reading *reading, const struct key *key,
		      const config_setting_t *setting, void *object);
bool value_window_read(struct reading *reading, const struct key *key,
		       const config_setting_t *setting, const struct window **ret);
bool value_services_read(struct reading *reading, const struct key *key,
			 const config_setting_t *setting, void *object);
