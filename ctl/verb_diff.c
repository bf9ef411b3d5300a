/* diff: what changes from one policy to another, in the user's words and in packets. */
#include <string.h>

#include "base/lang.h"
#include "conf/compare.h"
#include "ctl/command.h"
#include "report/joined.h"

enum { CHANGES_SHOWN = 40, LINES_SHOWN = 20 };

/* One way: packets that the one policy permits and the other does not. */
struct one_way {
	struct permits_difference packets;
	struct joined_list lines;
	struct joined_words words;
	bool *has; /* by flow of the one: some of these packets are its */
};

struct difference {
	struct changes changes;
	const struct policy *a, *b;
	struct one_way closed, opened; /* A without B, B without A */
};

static void one_way_init(struct one_way *way, const struct loaded *a, const struct loaded *b)
{
	permits_difference_init(&way->packets, &a->permits, &b->permits);
	joined_init(&way->lines, &way->packets.only_a, &a->permits);
	joined_words_init(&way->words, a->policy, b->policy);
	way->has = arena_make_many(way->packets.arena, bool, a->policy->flows.count + 1);
	vec_each(box, &way->packets.only_a)
		way->has[box->flow->index] = true;
}

static void one_way_done(struct one_way *way)
{
	joined_words_done(&way->words);
	joined_done(&way->lines);
	permits_difference_done(&way->packets);
}

/* How the packets of a flow that stands in both changed: by those of it that are in one policy
 * only. */
static const char *flow_change(const struct difference *difference, const char *id)
{
	const struct flow *before = policy_find_flow(difference->a, id);
	const struct flow *after = policy_find_flow(difference->b, id);
	bool closed = before && difference->closed.has[before->index];
	bool opened = after && difference->opened.has[after->index];

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

static void more_say(struct buf *buf, size_t count)
{
	buf_printf(buf, _("    and %zu more (all with --json)\n"), count);
}

static void lines_say(struct buf *buf, const char *title, const struct one_way *way)
{
	size_t shown = 0;

	if (!way->lines.list.count)
		return;
	buf_printf(buf, "%s\n", title);
	vec_each(line, &way->lines.list) {
		if (shown++ == LINES_SHOWN)
			break;
		buf_add_text(buf, "    ");
		joined_print(buf, &way->words, line);
		buf_add_char(buf, '\n');
	}
	if (way->lines.list.count > LINES_SHOWN)
		more_say(buf, way->lines.list.count - LINES_SHOWN);
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
static bool notes_say(struct buf *buf, const struct difference *difference)
{
	bool moved = difference->closed.packets.moved;
	bool named = has_changed(&difference->changes, "endpoints", "within");

	if (moved)
		buf_printf(buf, "%s\n",
			   _("packets of a zone whose interface changes are permitted at the new one alone"));
	if (named)
		buf_printf(buf, "%s\n", _("names may stand for other addresses than before (within)"));
	return moved || named;
}

static void difference_text(struct buf *buf, const struct difference *difference)
{
	const struct permits_difference *closed = &difference->closed.packets;
	const struct changes *changes = &difference->changes;

	for (size_t i = 0; i < size_min(changes->list.count, CHANGES_SHOWN); i++)
		change_say(buf, difference, &changes->list.items[i]);
	if (changes->list.count > CHANGES_SHOWN)
		more_say(buf, changes->list.count - CHANGES_SHOWN);
	if (!changes->list.count)
		buf_printf(buf, "%s\n", _("the two policies say the same"));
	lines_say(buf, _("packets that become refused:"), &difference->closed);
	lines_say(buf, _("packets that become permitted:"), &difference->opened);
	vec_each(retimed, &closed->retimed) {
		buf_printf(buf, _("permitted at other times: %1$s → %2$s: "),
			   retimed->before->node.id, retimed->after->node.id);
		window_print(buf, retimed->before->window);
		buf_add_text(buf, " → ");
		window_print(buf, retimed->after->window);
		buf_add_char(buf, '\n');
	}
	if (!notes_say(buf, difference) && !closed->only_a.count && !closed->retimed.count &&
	    !difference->opened.packets.only_a.count)
		buf_printf(buf, "%s\n", _("no packet changes its fate"));
}

/* ---- JSON ---- */

static json_t *lines_json(const struct one_way *way)
{
	json_t *list = json_array();

	vec_each(line, &way->lines.list)
		json_array_append_new(list, joined_json(&way->words, line));
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
	vec_each(pair, &difference->closed.packets.retimed)
		json_array_append_new(retimed, json_pack("{s:s,s:s}", "before",
							 pair->before->node.id, "after",
							 pair->after->node.id));
	json_object_set_new(json, "changes", changes);
	json_object_set_new(json, "refused", lines_json(&difference->closed));
	json_object_set_new(json, "permitted", lines_json(&difference->opened));
	json_object_set_new(json, "retimed", retimed);
	return json;
}

static enum status difference_run(const struct command *command, const struct loaded *a,
				  const struct loaded *b)
{
	struct difference difference = { .a = a->policy, .b = b->policy };
	struct buf text = { 0 };
	enum status status;
	bool differs;

	changes_init(&difference.changes, a->policy, b->policy);
	one_way_init(&difference.closed, a, b);
	one_way_init(&difference.opened, b, a);
	differs = difference.changes.list.count > 0;
	if (command->json) {
		status = output_json(difference_json(&difference));
	} else {
		difference_text(&text, &difference);
		status = output_text(&text);
		buf_done(&text);
	}
	one_way_done(&difference.opened);
	one_way_done(&difference.closed);
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
