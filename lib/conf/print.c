/* The canonical form of a policy: every section and key in the order of the schema, members in
 * the order of the file, one key a line. Only what was written is printed, so that a default
 * stays a default. Reading the output gives the same policy again. */
#include <string.h>

#include "conf/conf.h"
#include "conf/print.h"
#include "conf/schema.h"

#define FIELD(type, object, key) ((const type *)(const void *)((const char *)(object) + (key)->offset))

static void indent(struct buf *buf, unsigned depth)
{
	buf_add_repeated(buf, ' ', 2u * depth);
}

static void text_print(struct buf *buf, const char *text)
{
	buf_add_char(buf, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_char(buf, '\\');
		buf_add_char(buf, *text);
	}
	buf_add_char(buf, '"');
}

static void texts_print(struct buf *buf, const struct text_list *list)
{
	buf_add_char(buf, '[');
	for (size_t i = 0; i < list->count; i++) {
		buf_add_text(buf, i ? ", " : "");
		text_print(buf, list->items[i]);
	}
	buf_add_char(buf, ']');
}

static void names_print(struct buf *buf, const struct text_list *list)
{
	if (list->count == 1)
		text_print(buf, list->items[0]);
	else
		texts_print(buf, list);
}

static void words_print(struct buf *buf, const struct words *words, const struct number_list *list)
{
	buf_add_char(buf, '[');
	for (size_t i = 0; i < list->count; i++)
		buf_printf(buf, "%s\"%s\"", i ? ", " : "", words_word(words, list->items[i]));
	buf_add_char(buf, ']');
}

static void prefixes_print(struct buf *buf, const struct prefix_list *list)
{
	buf_add_char(buf, '[');
	for (size_t i = 0; i < list->count; i++) {
		buf_add_text(buf, i ? ", \"" : "\"");
		prefix_print(buf, &list->items[i]);
		buf_add_char(buf, '"');
	}
	buf_add_char(buf, ']');
}

/* Round brackets where numbers and texts mix, as libconfig wants them. */
static void ports_print(struct buf *buf, const struct port_list *list)
{
	size_t ranges = 0;

	for (size_t i = 0; i < list->count; i++)
		ranges += list->items[i].first != list->items[i].last;
	bool mixed = ranges && ranges < list->count;

	buf_add_text(buf, mixed ? "( " : "[");
	for (size_t i = 0; i < list->count; i++) {
		struct port_range range = list->items[i];

		buf_add_text(buf, i ? ", " : "");
		if (range.first == range.last)
			buf_add_unsigned(buf, range.first);
		else
			buf_printf(buf, "\"%u-%u\"", range.first, range.last);
	}
	buf_add_text(buf, mixed ? " )" : "]");
}

/* Runs of three or more as "mon-wed", the rest one by one. */
static void days_print(struct buf *buf, uint8_t days)
{
	bool first = true;

	if (days == 0x7f) {
		buf_add_text(buf, "\"daily\"");
		return;
	}
	buf_add_char(buf, '"');
	for (unsigned day = 0; day < 7; day++) {
		unsigned last = day;

		if (!(days & 1u << day))
			continue;
		while (last < 6 && days & 1u << (last + 1))
			last++;
		buf_printf(buf, "%s%s", first ? "" : ",", words_word(&words_weekday, day));
		if (last >= day + 2) {
			buf_printf(buf, "-%s", words_word(&words_weekday, last));
			day = last;
		}
		first = false;
	}
	buf_add_char(buf, '"');
}

static void duration_print(struct buf *buf, int32_t sec)
{
	if (sec % 3600)
		buf_printf(buf, "\"%dm\"", sec / 60);
	else
		buf_printf(buf, "\"%dh\"", sec / 3600);
}

static void group_print(struct buf *buf, const struct schema *schema, const void *object,
			unsigned depth);

static void services_print(struct buf *buf, const struct key *key,
			   const struct management *management, unsigned depth)
{
	bool first = true;

	buf_add_text(buf, "(");
	vec_each(service, &management->ssh) {
		buf_add_text(buf, first ? " " : ", ");
		group_print(buf, key->group, service, depth);
		first = false;
	}
	buf_add_text(buf, first ? ")" : " )");
}

/* Addresses and times: texts that need no escaping. */
static void quoted_print(struct buf *buf, const struct key *key, const void *object)
{
	buf_add_char(buf, '"');
	if (key->type == VALUE_ADDR)
		addr_print(buf, FIELD(struct addr, object, key));
	else if (key->type == VALUE_MAC)
		mac_print(buf, *FIELD(struct mac, object, key));
	else if (key->type == VALUE_PREFIX)
		prefix_print(buf, FIELD(struct prefix, object, key));
	else if (key->type == VALUE_DATE)
		date_print(buf, FIELD(struct opt_date, object, key)->date);
	else if (key->type == VALUE_CLOCK)
		clock_print(buf, *FIELD(int32_t, object, key));
	else
		wall_print(buf, *FIELD(struct wall, object, key),
			   *(const int32_t *)(const void *)((const char *)object + key->offset2));
	buf_add_char(buf, '"');
}

static void value_print(struct buf *buf, const struct key *key, const void *object, unsigned depth)
{
	switch (key->type) {
	case VALUE_TEXT:
	case VALUE_NAME:
	case VALUE_FQDN:
	case VALUE_INTERFACE:
		text_print(buf, *FIELD(char *, object, key));
		break;
	case VALUE_BOOL:
		buf_add_text(buf, *FIELD(bool, object, key) ? "true" : "false");
		break;
	case VALUE_NUMBER:
		buf_printf(buf, "%d", *FIELD(int32_t, object, key));
		break;
	case VALUE_WORD:
		buf_printf(buf, "\"%s\"", words_word(key->words, *FIELD(uint8_t, object, key)));
		break;
	case VALUE_WORD_LIST:
		words_print(buf, key->words, FIELD(struct number_list, object, key));
		break;
	case VALUE_TEXT_LIST:
		texts_print(buf, FIELD(struct text_list, object, key));
		break;
	case VALUE_NAME_LIST:
		names_print(buf, FIELD(struct text_list, object, key));
		break;
	case VALUE_PREFIX_LIST:
		prefixes_print(buf, FIELD(struct prefix_list, object, key));
		break;
	case VALUE_ADDR:
	case VALUE_MAC:
	case VALUE_PREFIX:
	case VALUE_DATE:
	case VALUE_CLOCK:
	case VALUE_WALL:
		quoted_print(buf, key, object);
		break;
	case VALUE_DURATION:
		duration_print(buf, *FIELD(int32_t, object, key));
		break;
	case VALUE_DAYS:
		days_print(buf, *FIELD(uint8_t, object, key));
		break;
	case VALUE_PORTS:
		ports_print(buf, FIELD(struct port_list, object, key));
		break;
	case VALUE_GROUP:
		group_print(buf, key->group, FIELD(char, object, key), depth);
		break;
	case VALUE_WINDOW:
		group_print(buf, key->group, *FIELD(struct window *, object, key), depth);
		break;
	case VALUE_SERVICES:
		services_print(buf, key, object, depth);
		break;
	}
}

void conf_print_value(struct buf *buf, const struct key *key, const struct node *object)
{
	value_print(buf, key, object, 0);
}

/* The braces and what is between them, up to the closing one. */
static void group_print(struct buf *buf, const struct schema *schema, const void *object,
			unsigned depth)
{
	const struct node *node = object;

	buf_add_text(buf, "{\n");
	for (size_t i = 0; i < schema->count; i++) {
		const struct key *key = &schema->keys[i];

		if (!node_has(node, key->field))
			continue;
		indent(buf, depth + 1);
		buf_add_text(buf, key->name);
		buf_add_text(buf, key->type == VALUE_GROUP || key->type == VALUE_WINDOW ? ": "
											: " = ");
		value_print(buf, key, object, depth + 1);
		buf_add_text(buf, ";\n");
	}
	indent(buf, depth);
	buf_add_char(buf, '}');
}

#define MEMBERS(title, vec, schema, always)                                                        \
	do {                                                                                       \
		if ((vec)->count || always) {                                                             \
			buf_add_text(buf, "\n" title ": {\n");                                     \
			vec_each(object, vec) {                                                    \
				buf_printf(buf, "  %s: ", object->node.id);                        \
				group_print(buf, &schema, object, 1);                              \
				buf_add_text(buf, ";\n");                                          \
			}                                                                          \
			buf_add_text(buf, "};\n");                                                 \
		}                                                                                  \
	} while (0)

static void section_print(struct buf *buf, const char *title, const struct schema *schema,
			  const void *object)
{
	const struct node *node = object;

	if (!node->field_lines)
		return;
	buf_printf(buf, "\n%s: ", title);
	group_print(buf, schema, object, 0);
	buf_add_text(buf, ";\n");
}

static void routes_print(struct buf *buf, const struct policy *policy)
{
	bool first = true;

	if (!policy->routes.count)
		return;
	buf_add_text(buf, "\nroutes: (\n");
	vec_each(route, &policy->routes) {
		buf_add_text(buf, first ? "  " : ",\n  ");
		group_print(buf, &schema_route, route, 1);
		first = false;
	}
	buf_add_text(buf, "\n);\n");
}

void conf_print(const struct policy *policy, struct buf *buf)
{
	buf_add_text(buf, "version = 1;\n");
	section_print(buf, "policy", &schema_policy, &policy->head);
	MEMBERS("zones", &policy->zones, schema_zone, true);
	MEMBERS("hosts", &policy->hosts, schema_host, false);
	MEMBERS("endpoints", &policy->endpoints, schema_endpoint, false);
	MEMBERS("flows", &policy->flows, schema_flow, false);
	MEMBERS("approvals", &policy->approvals, schema_approval, false);
	MEMBERS("exceptions", &policy->exceptions, schema_exception, false);
	routes_print(buf, policy);
	section_print(buf, "management", &schema_management, &policy->management);
	section_print(buf, "resolver", &schema_resolver, &policy->resolver);
	section_print(buf, "logging", &schema_logging, &policy->logging);
	section_print(buf, "enforce", &schema_enforce, &policy->enforce);
}
