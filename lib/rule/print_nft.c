/* See print.h. Tables, chains, sets and their elements; rules are print_rule.c's. */
#include "rule/print.h"

#include <string.h>

#include "base/lang.h"
#include "rule/field.h"
#include "rule/value.h"

enum { FLUSH_BYTES = 256 * 1024, NAME_MOST = 127, COMMENT_MOST = 128 };

struct printing {
	struct buf *buf;
	const struct print_sink *sink;
	struct errs *errs;
	const struct table *table;
};

bool print_flush(struct buf *buf, const struct print_sink *sink, size_t from_bytes)
{
	if (!sink || buf->count < from_bytes)
		return true;
	if (!sink->write(sink->context, buf->text, buf->count))
		return false;
	buf_clear(buf);
	return true;
}

static bool unsayable(struct printing *printing, struct src src, const char *what,
		      const char *name, const char *why)
{
	struct err *err = errs_add(printing->errs, SEVERITY_ERROR, "C-NFT", src);

	err_say(printing->errs, err, _("%s \"%s\" cannot be written in nft's language: %s"),
		lang_tr(what),
		name ? name : "", lang_tr(why));
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_identifier(const char *name)
{
	if (!is_letter(name[0]) || strlen(name) > NAME_MOST)
		return false;
	for (const char *at = name; *at; at++)
		if (!is_letter(*at) && !(*at >= '0' && *at <= '9') && *at != '-' && *at != '.')
			return false;
	return true;
}

static bool name_check(struct printing *printing, struct src src, const char *what,
		       const char *name)
{
	if (is_identifier(name))
		return true;
	return unsayable(printing, src, what, name, N_("not a name"));
}

/* ` comment "x"`, or nothing. */
static bool comment_print(struct printing *printing, const char *comment, struct src src)
{
	if (!comment)
		return true;
	if (!text_is_quotable(comment) || strlen(comment) > COMMENT_MOST)
		return unsayable(printing, src, N_("comment"), comment, N_("quotes, or too long"));
	buf_add_text(printing->buf, " comment \"");
	buf_add_text(printing->buf, comment);
	buf_add_char(printing->buf, '"');
	return true;
}

static void duration_print(struct buf *buf, uint64_t ms)
{
	if (ms >= 1000 || !ms) {
		buf_add_unsigned(buf, ms / 1000);
		buf_add_char(buf, 's');
	}
	if (ms % 1000) {
		buf_add_unsigned(buf, ms % 1000);
		buf_add(buf, "ms", 2);
	}
}

static bool data_print(struct buf *buf, const struct set *set, const struct element *element)
{
	buf_add(buf, " : ", 3);
	if (set->data == DATUM_MARK) {
		mark_print(buf, element->mark);
		return true;
	}
	if (set->data == DATUM_VERDICT)
		return verdict_print(buf, &element->verdict);
	return element->bytes && value_print(buf, set->data, element->bytes, set->data_bytes);
}

static bool element_print(struct printing *printing, const struct set *set,
			  const struct element *element)
{
	struct buf *buf = printing->buf;

	if (!element->key)
		buf_add_char(buf, '*');
	else if (!key_print(buf, &set->key, element->key, element->key_end))
		return unsayable(printing, element->src, N_("element"), element->comment,
				 N_("a key without words"));
	if (element->timeout_ms) {
		buf_add_text(buf, " timeout ");
		duration_print(buf, element->timeout_ms);
	}
	if (!comment_print(printing, element->comment, element->src))
		return false;
	if (set->is_map && !data_print(buf, set, element))
		return unsayable(printing, element->src, N_("element"), element->comment,
				 N_("data without words"));
	return true;
}

static bool elements_print(struct printing *printing, const struct set *set)
{
	bool first = true;

	if (!set->elements.count)
		return true;
	buf_add_text(printing->buf, "\t\telements = {");
	vec_each(element, &set->elements) {
		buf_add_text(printing->buf, first ? "\n\t\t\t" : ",\n\t\t\t");
		first = false;
		if (!element_print(printing, set, element) ||
		    !print_flush(printing->buf, printing->sink, FLUSH_BYTES))
			return false;
	}
	buf_add_text(printing->buf, "\n\t\t}\n");
	return true;
}

static void set_flags_print(struct buf *buf, uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *word;
	} words[] = { { SET_CONSTANT, "constant" }, { SET_DYNAMIC, "dynamic" },
		      { SET_INTERVAL, "interval" }, { SET_TIMEOUT, "timeout" } };
	const char *before = "\t\tflags ";

	for (size_t i = 0; i < array_count(words); i++) {
		if (!(flags & words[i].flag))
			continue;
		buf_add_text(buf, before);
		buf_add_text(buf, words[i].word);
		before = ",";
	}
	if (*before == ',')
		buf_add_char(buf, '\n');
}

static bool set_print(struct printing *printing, const struct set *set)
{
	struct buf *buf = printing->buf;

	if (!name_check(printing, set->src, N_("set"), set->name))
		return false;
	if (set->flags & SET_ANONYMOUS)
		return unsayable(printing, set->src, N_("set"), set->name, N_("it is anonymous"));
	buf_printf(buf, "\t%s %s {\n\t\ttype ", set->is_map ? "map" : "set", set->name);
	key_type_print(buf, &set->key);
	if (set->is_map)
		buf_printf(buf, " : %s", datum_words[set->data]);
	buf_add_char(buf, '\n');
	if (set->size)
		buf_printf(buf, "\t\tsize %u\n", set->size);
	set_flags_print(buf, set->flags);
	if (set->timeout_ms) {
		buf_add_text(buf, "\t\ttimeout ");
		duration_print(buf, set->timeout_ms);
		buf_add_char(buf, '\n');
	}
	if (set->gc_ms) {
		buf_add_text(buf, "\t\tgc-interval ");
		duration_print(buf, set->gc_ms);
		buf_add_char(buf, '\n');
	}
	if (set->counts)
		buf_add_text(buf, "\t\tcounter\n");
	if (set->comment) {
		buf_add_char(buf, '\t');
		if (!comment_print(printing, set->comment, set->src))
			return false;
		buf_add_char(buf, '\n');
	}
	if (!elements_print(printing, set))
		return false;
	buf_add_text(buf, "\t}\n");
	return true;
}

static bool object_print(struct printing *printing, const struct object *object)
{
	if (object->type != OBJECT_COUNTER)
		return unsayable(printing, object->src, N_("object"), object->name,
				 N_("not a counter"));
	if (!name_check(printing, object->src, N_("counter"), object->name))
		return false;
	buf_printf(printing->buf, "\tcounter %s {\n", object->name);
	if (object->comment) {
		buf_add_char(printing->buf, '\t');
		if (!comment_print(printing, object->comment, object->src))
			return false;
		buf_add_char(printing->buf, '\n');
	}
	buf_add_text(printing->buf, "\t}\n");
	return true;
}

static bool base_print(struct printing *printing, const struct chain *chain)
{
	struct buf *buf = printing->buf;

	if (chain->policy != VERDICT_ACCEPT && chain->policy != VERDICT_DROP)
		return unsayable(printing, chain->src, N_("chain"), chain->name, N_("its policy"));
	buf_printf(buf, "\t\ttype %s hook %s", chain_type_words[chain->type],
		   hook_words[chain->hook]);
	if (chain->device) {
		if (!text_is_quotable(chain->device))
			return unsayable(printing, chain->src, N_("chain"), chain->name,
					 N_("its device"));
		buf_printf(buf, " device \"%s\"", chain->device);
	}
	buf_printf(buf, " priority %d; policy %s;\n", chain->priority,
		   verdict_words[chain->policy]);
	return true;
}

static bool chain_print(struct printing *printing, const struct chain *chain)
{
	struct buf *buf = printing->buf;
	const char *why;

	if (!name_check(printing, chain->src, N_("chain"), chain->name))
		return false;
	buf_printf(buf, "\tchain %s {\n", chain->name);
	if (chain->comment) {
		buf_add_char(buf, '\t');
		if (!comment_print(printing, chain->comment, chain->src))
			return false;
		buf_add_char(buf, '\n');
	}
	if (chain->is_base && !base_print(printing, chain))
		return false;
	vec_each(rule, &chain->rules) {
		buf_add(buf, "\t\t", 2);
		if (!rule_print_nft(printing->table, rule, buf, &why))
			return unsayable(printing, rule->src, N_("rule"),
					 rule->comment ? rule->comment : chain->name, why);
		if (!comment_print(printing, rule->comment, rule->src))
			return false;
		buf_add_char(buf, '\n');
	}
	buf_add_text(buf, "\t}\n");
	return print_flush(buf, printing->sink, FLUSH_BYTES);
}

static bool table_print(struct printing *printing, const struct table *table)
{
	struct buf *buf = printing->buf;
	const char *before = "\tflags ";

	printing->table = table;
	if (!name_check(printing, table->src, N_("table"), table->name))
		return false;
	buf_printf(buf, "\ntable %s %s {\n", family_words[table->family], table->name);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const words[] = { "dormant", "owner", "persist" };

		if (!(table->flags >> i & 1))
			continue;
		buf_add_text(buf, before);
		buf_add_text(buf, words[i]);
		before = ",";
	}
	if (*before == ',')
		buf_add_char(buf, '\n');
	if (table->comment) {
		if (!comment_print(printing, table->comment, table->src))
			return false;
		buf_add_char(buf, '\n');
	}
	vec_each(object, &table->objects)
		if (!object_print(printing, *object))
			return false;
	vec_each(set, &table->sets) {
		buf_add_char(buf, '\n');
		if (!set_print(printing, *set))
			return false;
	}
	vec_each(chain, &table->chains) {
		buf_add_char(buf, '\n');
		if (!chain_print(printing, *chain))
			return false;
	}
	buf_add_text(buf, "}\n");
	return true;
}

static void note_print(struct buf *buf, const struct note *note)
{
	buf_add_text(buf, "# ");
	for (const char *at = note->text; *at; at++)
		buf_add_char(buf, *at == '\n' || *at == '\\' ? ' ' : *at);
	buf_add_char(buf, '\n');
}

bool ruleset_print_nft(const struct ruleset *ruleset, struct buf *buf,
		       const struct print_sink *sink, struct errs *errs)
{
	struct printing printing = { .buf = buf, .sink = sink, .errs = errs };

	buf_add_text(buf, "#!/usr/sbin/nft -f\n");
	vec_each(note, &ruleset->notes)
		note_print(buf, note);
	/* one transaction: what stood there is gone in the moment in which this stands */
	vec_each(table, &ruleset->tables)
		buf_printf(buf, "table %1$s %2$s\ndelete table %1$s %2$s\n",
			   family_words[(*table)->family], (*table)->name);
	vec_each(table, &ruleset->tables)
		if (!table_print(&printing, *table))
			return false;
	return true;
}
