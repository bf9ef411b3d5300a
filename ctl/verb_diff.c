/* diff: what changes from one policy to another, in the user's words and in packets. */
#include <string.h>

#include "base/lang.h"
#include "conf/compare.h"
#include "ctl/command.h"

enum { BOXES_SHOWN = 20 };

struct difference {
	struct changes changes;
	struct permits_difference closed, opened; /* A without B, B without A */
};

/* How the packets of a flow that stands in both changed: by the boxes of it that are in one
 * policy only. */
static const char *flow_change(const struct difference *difference, const char *id)
{
	bool closed = false, opened = false;

	vec_each(box, &difference->closed.only_a)
		closed |= strcmp(box->flow->node.id, id) == 0;
	vec_each(box, &difference->opened.only_a)
		opened |= strcmp(box->flow->node.id, id) == 0;
	if (closed && opened)
		return _("moved");
	if (closed)
		return _("narrowed");
	if (opened)
		return _("widened");
	return _("changed");
}

/* One line: a value of several lines is told by its first word alone. */
static void value_say(struct buf *buf, const char *value)
{
	if (!value)
		value = _("(not written)");
	for (; *value; value++) {
		if (*value != '\n') {
			buf_add_char(buf, *value);
			continue;
		}
		while (value[1] == ' ')
			value++;
		buf_add_char(buf, ' ');
	}
}

static void change_say(struct buf *buf, const struct difference *difference,
		       const struct change *change)
{
	bool flow = strcmp(change->section, "flows") == 0;

	switch (change->kind) {
	case CHANGE_ADDED:
		buf_printf(buf, "+ %s%s%s  (%s, %s:%u)\n", change->section, change->id[0] ? "." : "",
			   change->id, flow ? _("opened") : _("added"), change->at_after.file,
			   change->at_after.line);
		break;
	case CHANGE_REMOVED:
		buf_printf(buf, "- %s%s%s  (%s, %s:%u)\n", change->section, change->id[0] ? "." : "",
			   change->id, flow ? _("closed") : _("removed"), change->at_before.file,
			   change->at_before.line);
		break;
	case CHANGE_CHANGED:
		buf_printf(buf, "~ %s%s%s.%s  (%s): ", change->section, change->id[0] ? "." : "",
			   change->id, change->key,
			   flow ? flow_change(difference, change->id) : _("changed"));
		value_say(buf, change->before);
		buf_add_text(buf, " → ");
		value_say(buf, change->after);
		buf_add_char(buf, '\n');
		break;
	}
}

static void range_say(struct buf *buf, const struct addr *first, const struct addr *last)
{
	addr_print(buf, first);
	if (addr_compare(first, last) != 0) {
		buf_add_char(buf, '-');
		addr_print(buf, last);
	}
}

static void box_say(struct buf *buf, const struct permit *box)
{
	const char *name = box->by_name ? box->by_name->fqdn : NULL;

	if (name && box->name_is_source)
		buf_add_text(buf, name);
	else
		range_say(buf, &box->src_first, &box->src_last);
	buf_add_text(buf, " (");
	if (mac_compare(box->mac_first, box->mac_last) == 0)
		mac_print(buf, box->mac_first);
	else
		buf_add_text(buf, _("any MAC"));
	buf_add_text(buf, ") → ");
	if (name && !box->name_is_source)
		buf_add_text(buf, name);
	else
		range_say(buf, &box->dst_first, &box->dst_last);
	buf_printf(buf, " %s", words_word(&words_proto, box->proto));
	if (box->proto != PROTO_ICMP) {
		buf_printf(buf, "/%u", box->port_first);
		if (box->port_first != box->port_last)
			buf_printf(buf, "-%u", box->port_last);
	}
	buf_printf(buf, "  [%s]", box->flow->node.id);
}

static void boxes_say(struct buf *buf, const char *title, const struct permit_list *boxes)
{
	size_t shown = 0;

	if (!boxes->count)
		return;
	buf_printf(buf, "%s\n", title);
	vec_each(box, boxes) {
		if (shown++ == BOXES_SHOWN)
			break;
		buf_add_text(buf, "    ");
		box_say(buf, box);
		buf_add_char(buf, '\n');
	}
	if (boxes->count > BOXES_SHOWN)
		buf_printf(buf, _("    and %zu more\n"), boxes->count - BOXES_SHOWN);
}

static bool has_changed(const struct changes *changes, const char *section, const char *key)
{
	vec_each(change, &changes->list)
		if (change->kind == CHANGE_CHANGED && strcmp(change->section, section) == 0 &&
		    strcmp(change->key, key) == 0)
			return true;
	return false;
}

/* What addresses and ports do not show. Returns whether there was any. */
static bool notes_say(struct buf *buf, const struct changes *changes)
{
	bool moved = has_changed(changes, "zones", "interface") ||
		     has_changed(changes, "zones", "via");
	bool named = has_changed(changes, "endpoints", "within");

	if (moved)
		buf_printf(buf, "%s\n",
			   _("packets of a zone whose interface changes are permitted at the new one alone"));
	if (named)
		buf_printf(buf, "%s\n", _("names may stand for other addresses than before (within)"));
	return moved || named;
}

static void difference_text(struct buf *buf, const struct difference *difference)
{
	vec_each(change, &difference->changes.list)
		change_say(buf, difference, change);
	if (!difference->changes.list.count)
		buf_printf(buf, "%s\n", _("the two policies say the same"));
	boxes_say(buf, _("packets that become refused:"), &difference->closed.only_a);
	boxes_say(buf, _("packets that become permitted:"), &difference->opened.only_a);
	vec_each(retimed, &difference->closed.retimed) {
		buf_printf(buf, _("permitted at other times: %1$s → %2$s: "),
			   retimed->before->node.id, retimed->after->node.id);
		window_print(buf, retimed->before->window);
		buf_add_text(buf, " → ");
		window_print(buf, retimed->after->window);
		buf_add_char(buf, '\n');
	}
	if (!notes_say(buf, &difference->changes) && !difference->closed.only_a.count &&
	    !difference->opened.only_a.count && !difference->closed.retimed.count)
		buf_printf(buf, "%s\n", _("no packet changes its fate"));
}

/* ---- JSON ---- */

static json_t *json_addr(const struct addr *addr)
{
	char text[ADDR_TEXT_BYTES];

	return addr->family == FAMILY_NONE ? json_null() : json_string(addr_text(addr, text));
}

static json_t *json_mac(struct mac mac)
{
	char text[MAC_TEXT_BYTES];

	return json_string(mac_text(mac, text));
}

static json_t *box_json(const struct permit *box)
{
	json_t *json = json_object();

	json_object_set_new(json, "flow", json_text(box->flow->node.id));
	json_object_set_new(json, "mac_first", json_mac(box->mac_first));
	json_object_set_new(json, "mac_last", json_mac(box->mac_last));
	json_object_set_new(json, "from_first", json_addr(&box->src_first));
	json_object_set_new(json, "from_last", json_addr(&box->src_last));
	json_object_set_new(json, "to_first", json_addr(&box->dst_first));
	json_object_set_new(json, "to_last", json_addr(&box->dst_last));
	json_object_set_new(json, "name", json_text(box->by_name ? box->by_name->fqdn : NULL));
	json_object_set_new(json, "proto", json_text(words_word(&words_proto, box->proto)));
	json_object_set_new(json, "port_first", json_integer(box->port_first));
	json_object_set_new(json, "port_last", json_integer(box->port_last));
	return json;
}

static json_t *boxes_json(const struct permit_list *boxes)
{
	json_t *list = json_array();

	vec_each(box, boxes)
		json_array_append_new(list, box_json(box));
	return list;
}

static json_t *difference_json(const struct difference *difference)
{
	static const char *const kinds[] = { "added", "removed", "changed" };
	json_t *json = json_object(), *changes = json_array(), *retimed = json_array();

	vec_each(change, &difference->changes.list) {
		json_t *one = json_object();

		json_object_set_new(one, "change", json_text(kinds[change->kind]));
		json_object_set_new(one, "section", json_text(change->section));
		json_object_set_new(one, "id", json_text(change->id));
		json_object_set_new(one, "key", json_text(change->key));
		json_object_set_new(one, "before", json_text(change->before));
		json_object_set_new(one, "after", json_text(change->after));
		json_array_append_new(changes, one);
	}
	vec_each(pair, &difference->closed.retimed)
		json_array_append_new(retimed, json_pack("{s:s,s:s}", "before",
							 pair->before->node.id, "after",
							 pair->after->node.id));
	json_object_set_new(json, "changes", changes);
	json_object_set_new(json, "refused", boxes_json(&difference->closed.only_a));
	json_object_set_new(json, "permitted", boxes_json(&difference->opened.only_a));
	json_object_set_new(json, "retimed", retimed);
	return json;
}

static enum status difference_run(const struct command *command, const struct loaded *a,
				  const struct loaded *b)
{
	struct difference difference;
	struct buf text = { 0 };
	enum status status;
	bool differs;

	changes_init(&difference.changes, a->policy, b->policy);
	permits_difference_init(&difference.closed, &a->permits, &b->permits);
	permits_difference_init(&difference.opened, &b->permits, &a->permits);
	differs = difference.changes.list.count > 0;
	if (command->json) {
		status = output_json(difference_json(&difference));
	} else {
		difference_text(&text, &difference);
		status = output_text(&text);
		buf_done(&text);
	}
	permits_difference_done(&difference.opened);
	permits_difference_done(&difference.closed);
	changes_done(&difference.changes);
	return status != STATUS_GOOD ? status : differs ? STATUS_REFUSED : STATUS_GOOD;
}

enum status verb_diff(const struct command *command)
{
	struct loaded a, b;
	enum status status = STATUS_USAGE;
	bool both;

	if (command->file_count != 2) {
		usage_error(_("diff wants two files"));
		return STATUS_USAGE;
	}
	loaded_init(&a, command, command->files[0]);
	loaded_init(&b, command, command->files[1]);
	both = loaded_is_shown(&a);
	both &= loaded_is_shown(&b);
	if (both)
		status = difference_run(command, &a, &b);
	else if (!a.errs.unreadable && !b.errs.unreadable)
		status = STATUS_REFUSED;
	loaded_done(&b);
	loaded_done(&a);
	return status;
}
