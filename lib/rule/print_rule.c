/* One rule in nft's words, out of what the kernel runs: we remember what each register slot
 * holds, and say it where it is used.
 *
 * Strict on purpose. nft adds the dependencies of a word by itself (`ip saddr` asks for IPv4
 * first); we say such a word only where the rule has asked already, so that nft adds nothing
 * and the text compiles to these very expressions. What is loaded and never used, or has no
 * words, makes the rule unsayable. */
#include "base/lang.h"
#include "rule/print.h"
#include "rule/print_word.h"
#include "rule/value.h"

struct held { /* in a slot: the load that begins there, masked perhaps */
	const struct expr *load, *mask, *immediate;
	const struct set *map; /* what was looked up in it lies here; its key is in map_key */
	bool used;
};

struct saying {
	const struct table *table;
	struct buf *buf;
	struct buf map_key;
	struct held slots[SLOTS];
	struct packet_known known;
	const char *why;
};

static bool give_up(struct saying *saying, const char *why)
{
	saying->why = why;
	return false;
}

static bool load_say(struct saying *saying, const struct expr *load, const char **ret_text,
		     enum datum *ret_datum)
{
	const char *why = load_word(&saying->known, load, ret_text, ret_datum);

	return why ? give_up(saying, why) : true;
}

static struct held *slot_use(struct saying *saying, uint8_t slot)
{
	struct held *held = slot < SLOTS ? &saying->slots[slot] : NULL;

	if (!held || (!held->load && !held->immediate && !held->map)) {
		saying->why = N_("a register that nothing was loaded into");
		return NULL;
	}
	held->used = true;
	return held;
}

/* Takes the slots for something new. False if what was there was never used. */
static struct held *slot_fill(struct saying *saying, uint8_t slot, unsigned bytes)
{
	for (unsigned i = slot; i < slot + slots_of_bytes(bytes); i++) {
		struct held *held = i < SLOTS ? &saying->slots[i] : NULL;

		if (!held || ((held->load || held->map || held->immediate) && !held->used)) {
			saying->why = N_("a register overwritten before its use");
			return NULL;
		}
		*held = (struct held){ 0 };
	}
	return &saying->slots[slot];
}

static void word_add(struct saying *saying, const char *word)
{
	if (saying->buf->count && saying->buf->text[saying->buf->count - 1] != '\t')
		buf_add_char(saying->buf, ' ');
	buf_add_text(saying->buf, word);
}

static bool value_is_zero(const struct value *value)
{
	for (unsigned i = 0; i < value->count; i++)
		if (value->bytes[i])
			return false;
	return true;
}

static bool cmp_say(struct saying *saying, const struct expr *expr)
{
	static const char *const ops[] = { "", "!= ", "< ", "<= ", "> ", ">= " };
	struct held *held = slot_use(saying, expr->cmp.slot);
	const struct value *value = &expr->cmp.value;
	enum datum datum;
	const char *text;

	if (!held || !held->load || !load_say(saying, held->load, &text, &datum))
		return saying->why ? false : give_up(saying, N_("a comparison of no load"));
	word_add(saying, text);
	buf_add_char(saying->buf, ' ');
	if (datum == DATUM_CT_STATE) {
		if (!held->mask || expr->cmp.op != CMP_NEQ || !value_is_zero(value))
			return give_up(saying, N_("a connection state that is no bit test"));
		value = &held->mask->bitwise.mask;
	} else {
		if (value->count != expr_load_bytes(held->load))
			return give_up(saying, N_("a comparison of another length"));
		if (held->mask) {
			buf_add(saying->buf, "& ", 2);
			hex_print(saying->buf, held->mask->bitwise.mask.bytes,
				  held->mask->bitwise.mask.count);
			buf_add_char(saying->buf, ' ');
		}
		if (expr->cmp.op > CMP_NEQ && datum != DATUM_PORT && datum != DATUM_INTEGER)
			return give_up(saying, N_("an order where there is none"));
		buf_add_text(saying->buf, ops[expr->cmp.op]);
	}
	if (!value_print(saying->buf, datum, value->bytes, value->count))
		return give_up(saying, N_("a value without words"));
	packet_learn(&saying->known, held->load, expr);
	return true;
}

static bool bitwise_say(struct saying *saying, const struct expr *expr)
{
	struct held *held = slot_use(saying, expr->bitwise.slot);

	if (!held)
		return false;
	if (!held->load || held->mask || expr->bitwise.op != BITWISE_MASK_XOR ||
	    expr->bitwise.into != expr->bitwise.slot || !value_is_zero(&expr->bitwise.flip))
		return give_up(saying, N_("arithmetic without words"));
	held->mask = expr;
	held->used = false;
	return true;
}

static bool range_say(struct saying *saying, const struct expr *expr)
{
	struct held *held = slot_use(saying, expr->range.slot);
	enum datum datum;
	const char *text;

	if (!held || !held->load || held->mask || !load_say(saying, held->load, &text, &datum))
		return saying->why ? false : give_up(saying, N_("a range of no load"));
	word_add(saying, text);
	buf_add_text(saying->buf, expr->range.op == CMP_NEQ ? " != " : " ");
	if (!value_print(saying->buf, datum, expr->range.first.bytes, expr->range.first.count))
		return give_up(saying, N_("a value without words"));
	buf_add_char(saying->buf, '-');
	if (!value_print(saying->buf, datum, expr->range.last.bytes, expr->range.last.count))
		return give_up(saying, N_("a value without words"));
	return true;
}

/* The loads that make up the set's key, each of the type that the set has there. */
static bool key_say(struct saying *saying, const struct set *set, uint8_t slot, struct buf *buf)
{
	for (unsigned i = 0; i < set->key.count; i++) {
		struct held *held = slot_use(saying, slot);
		enum datum datum;
		const char *text;

		if (!held || !held->load || held->mask ||
		    !load_say(saying, held->load, &text, &datum))
			return saying->why ? false : give_up(saying, N_("a key of no load"));
		if (datum != set->key.datums[i])
			return give_up(saying, N_("a key of another type than its set's"));
		if (i)
			buf_add(buf, " . ", 3);
		buf_add_text(buf, text);
		slot = (uint8_t)(slot + slots_of_bytes(set->key.bytes[i]));
	}
	return true;
}

static bool lookup_say(struct saying *saying, const struct expr *expr)
{
	const struct set *set = table_find_set(saying->table, expr->lookup.set);
	struct held *held;

	if (!set)
		return give_up(saying, N_("a set that is not in its table"));
	if (expr->lookup.into != SLOT_NONE && expr->lookup.into != SLOT_VERDICT) {
		buf_clear(&saying->map_key);
		if (!key_say(saying, set, expr->lookup.slot, &saying->map_key))
			return false;
		held = slot_fill(saying, expr->lookup.into, SLOT_BYTES);
		if (!held)
			return false;
		held->map = set;
		return !expr->lookup.inverted;
	}
	word_add(saying, "");
	if (!key_say(saying, set, expr->lookup.slot, saying->buf))
		return false;
	if (expr->lookup.into == SLOT_VERDICT)
		buf_add_text(saying->buf, " vmap");
	else if (expr->lookup.inverted)
		buf_add_text(saying->buf, " !=");
	buf_add_text(saying->buf, " @");
	buf_add_text(saying->buf, set->name);
	return true;
}

static bool assign_say(struct saying *saying, const char *what, uint8_t slot)
{
	struct held *held = slot_use(saying, slot);

	if (!held)
		return false;
	word_add(saying, what);
	buf_add_text(saying->buf, " set ");
	if (held->map) {
		buf_add_text(saying->buf, buf_text(&saying->map_key));
		buf_add_text(saying->buf, " map @");
		buf_add_text(saying->buf, held->map->name);
		return true;
	}
	if (held->immediate && value_print(saying->buf, DATUM_MARK,
					   held->immediate->immediate.value.bytes,
					   held->immediate->immediate.value.count))
		return true;
	return give_up(saying, N_("an assignment without words"));
}

static bool load_hold(struct saying *saying, const struct expr *expr, uint8_t slot)
{
	struct held *held = slot_fill(saying, slot, expr_load_bytes(expr));

	if (!held)
		return false;
	held->load = expr;
	return true;
}

static bool immediate_hold(struct saying *saying, const struct expr *expr)
{
	struct held *held =
		slot_fill(saying, expr->immediate.slot, expr->immediate.value.count);

	if (!held)
		return false;
	held->immediate = expr;
	return true;
}

static bool log_say(struct saying *saying, const struct expr *expr)
{
	static const char *const levels[] = { "emerg", "alert", "crit", "err",
					      "warn", "notice", "info", "debug" };

	word_add(saying, "log");
	if (expr->log.prefix) {
		if (!text_is_quotable(expr->log.prefix))
			return give_up(saying, N_("a quote in a prefix"));
		buf_printf(saying->buf, " prefix \"%s\"", expr->log.prefix);
	}
	if (expr->log.flags || (expr->log.has_level && expr->log.level >= array_count(levels)))
		return give_up(saying, N_("flags of a log"));
	if (expr->log.has_level)
		buf_printf(saying->buf, " level %s", levels[expr->log.level]);
	if (expr->log.has_group)
		buf_printf(saying->buf, " group %u", expr->log.group);
	if (expr->log.snaplen)
		buf_printf(saying->buf, " snaplen %u", expr->log.snaplen);
	if (expr->log.qthreshold)
		buf_printf(saying->buf, " queue-threshold %u", expr->log.qthreshold);
	return true;
}

static bool objref_say(struct saying *saying, const struct expr *expr)
{
	bool counts = expr->objref.type == OBJECT_COUNTER;

	if (!counts && expr->objref.type != OBJECT_FLOWTABLE)
		return false;
	word_add(saying, counts ? "counter name \"" : "flow add @");
	buf_add_text(saying->buf, expr->objref.name);
	if (counts)
		buf_add_char(saying->buf, '"');
	return true;
}

static bool limit_say(struct saying *saying, const struct expr *expr)
{
	static const struct {
		uint64_t sec;
		const char *word;
	} units[] = { { 1, "second" }, { 60, "minute" }, { 3600, "hour" },
		      { 86400, "day" }, { 604800, "week" } };
	bool bytes = expr->limit.unit == LIMIT_BYTES;

	for (size_t i = 0; i < array_count(units); i++) {
		if (units[i].sec != expr->limit.per_sec)
			continue;
		word_add(saying, "limit rate ");
		if (expr->limit.over)
			buf_add_text(saying->buf, "over ");
		buf_add_unsigned(saying->buf, expr->limit.rate);
		buf_printf(saying->buf, "%s/%s burst %u %s", bytes ? " bytes" : "", units[i].word,
			   expr->limit.burst, bytes ? "bytes" : "packets");
		return true;
	}
	return give_up(saying, N_("a rate per an odd time"));
}

static bool expr_say(struct saying *saying, const struct expr *expr)
{
	switch ((enum expr_kind)expr->kind) {
	case EXPR_META:
		if (!expr->meta.set)
			return load_hold(saying, expr, expr->meta.slot);
		if (expr->meta.key == META_MARK)
			return assign_say(saying, "meta mark", expr->meta.slot);
		break;
	case EXPR_CT:
		if (!expr->ct.set)
			return load_hold(saying, expr, expr->ct.slot);
		if (expr->ct.key == CT_MARK)
			return assign_say(saying, "ct mark", expr->ct.slot);
		break;
	case EXPR_PAYLOAD:
		if (!expr->payload.set)
			return load_hold(saying, expr, expr->payload.slot);
		break;
	case EXPR_CMP:
		return cmp_say(saying, expr);
	case EXPR_BITWISE:
		return bitwise_say(saying, expr);
	case EXPR_RANGE:
		return range_say(saying, expr);
	case EXPR_LOOKUP:
		return lookup_say(saying, expr);
	case EXPR_IMMEDIATE:
		return immediate_hold(saying, expr);
	case EXPR_VERDICT:
		word_add(saying, "");
		return verdict_print(saying->buf, &expr->verdict) ||
		       give_up(saying, N_("an odd verdict"));
	case EXPR_COUNTER:
		word_add(saying, "counter");
		return true;
	case EXPR_OBJREF:
		if (objref_say(saying, expr))
			return true;
		break;
	case EXPR_LOG:
		return log_say(saying, expr);
	case EXPR_LIMIT:
		return limit_say(saying, expr);
	case EXPR_BYTEORDER:
	case EXPR_REJECT:
	case EXPR_FIB:
	case EXPR_EXTHDR:
	case EXPR_QUOTA:
	case EXPR_NUMGEN:
	case EXPR_HASH:
	case EXPR_SOCKET:
	case EXPR_RT:
	case EXPR_DYNSET:
	case EXPR_NAT:
	case EXPR_NOTRACK:
	case EXPR_QUEUE:
	case EXPR_CARRY:
	case EXPR_CONNLIMIT:
	case EXPR_LAST:
	case EXPR_UNKNOWN:
	case EXPR_KINDS:
		break;
	}
	return give_up(saying, N_("an expression without words"));
}

bool rule_print_nft(const struct table *table, const struct rule *rule, struct buf *buf,
		    const char **ret_why)
{
	struct saying saying = { .table = table, .buf = buf, .known = packet_known_at(table) };
	bool good = true;

	for (size_t i = 0; i < rule->count && good; i++)
		good = expr_say(&saying, &rule->exprs[i]);
	for (size_t i = 0; i < SLOTS && good; i++) {
		const struct held *held = &saying.slots[i];

		if ((held->load || held->map || held->immediate) && !held->used)
			good = give_up(&saying, N_("a load that nothing uses"));
	}
	buf_done(&saying.map_key);
	if (!good)
		*ret_why = saying.why ? saying.why : N_("an inverted map");
	return good;
}
