/* The language as one table: every group, every key, its type, where it goes in the model, and
 * an example of how to write it. The reader, the printer and the messages all walk this table,
 * so that nothing can be readable and not printable, or the reverse. */
#pragma once

#include "policy/policy.h"

enum value_type {
	VALUE_TEXT,        /* const char * */
	VALUE_BOOL,        /* bool */
	VALUE_NUMBER,      /* int32_t, min to max */
	VALUE_WORD,        /* uint8_t, of words */
	VALUE_WORD_LIST,   /* struct number_list, of words */
	VALUE_TEXT_LIST,   /* struct text_list */
	VALUE_NAME,        /* const char *: the id of something; resolved later */
	VALUE_NAME_LIST,   /* struct text_list: one name, or a list of them */
	VALUE_ADDR,        /* struct addr */
	VALUE_MAC,         /* struct mac */
	VALUE_PREFIX,      /* struct prefix: an address or a network */
	VALUE_PREFIX_LIST, /* struct prefix_list */
	VALUE_FQDN,        /* const char * */
	VALUE_INTERFACE,   /* const char * */
	VALUE_DATE,        /* struct opt_date */
	VALUE_CLOCK,       /* int32_t: seconds since midnight */
	VALUE_WALL,        /* struct wall, and the offset as written in the int32_t at offset2 */
	VALUE_DURATION,    /* int32_t: "4h", "30m" */
	VALUE_DAYS,        /* uint8_t: a bit a weekday */
	VALUE_PORTS,       /* struct port_list */
	VALUE_GROUP,       /* a struct that begins with a node; a bool at offset2 says it is set */
	VALUE_WINDOW,      /* const struct window * */
	VALUE_SERVICES,    /* vec_of(struct service) */
};

struct schema;

struct key {
	const char *name;
	enum value_type type;
	uint8_t field; /* in node.field_lines */
	bool required;
	uint16_t offset, offset2;
	const struct words *words;
	const struct schema *group;
	int32_t min, max;
	const char *example;
};

struct schema {
	const char *section;
	const struct key *keys;
	size_t count;
};

extern const struct schema schema_policy, schema_zone, schema_host, schema_endpoint, schema_flow,
	schema_approval, schema_exception, schema_route, schema_management, schema_resolver,
	schema_logging, schema_enforce, schema_window, schema_service, schema_external_check,
	schema_external_audit, schema_wireless;

const struct key *schema_find_key(const struct schema *schema, const char *name);
const char *schema_nearest_key(const struct schema *schema, const char *misspelt); /* or NULL */

/* The top-level sections, in the order in which they are printed. */
extern const char *const schema_sections[];
extern const size_t schema_section_count;
