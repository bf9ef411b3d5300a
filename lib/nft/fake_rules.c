/* The scripted kernel's transactions: worked on a copy of the ruleset, which takes the place of
 * the old one when nothing was refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nft/decode_parts.h"
#include "nft/encode.h"
#include "nft/fake_parts.h"
#include "nft/numbers.h"

enum { FAKE_ATTRS = 32 };

/* Through bytes and back: a copy that shares nothing. */
struct ruleset *fake_copy(struct fake *fake, const struct ruleset *ruleset)
{
	struct outbox out = { 0 };
	struct decode decode;
	struct ruleset *copy;

	fake_all_put(&out, ruleset);
	decode_init(&decode, NULL, DECODE_MOST_BYTES);
	for (size_t at = 0; at < out.count;) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)(out.bytes + at);

		if (!decode_message(&decode, message))
			abort();
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	copy = decode_end(&decode);
	outbox_done(&out);
	vec_each(table, &copy->tables)
		vec_each(chain, &(*table)->chains)
			vec_each(rule, &(*chain)->rules)
				if (!rule->handle)
					rule->handle = fake->handles++;
	return copy;
}

/* ---- one transaction ---- */

struct transaction {
	struct fake *fake;
	struct decode decode; /* of the copy, still being worked on */
	struct attr attrs[FAKE_ATTRS + 1];
	enum table_family family;
	struct decode_table *in;
	struct outbox told; /* what its event will say */
};

static struct decode_table *in_find(struct transaction *at, const struct attr *name)
{
	vec_each(in, &at->decode.tables)
		if (in->table->family == at->family && attr_text_is(name, in->table->name))
			return in;
	return NULL;
}

#define vec_remove(vec, index)                                                                     \
	do {                                                                                       \
		memmove(&(vec)->items[index], &(vec)->items[(index) + 1],                          \
			((vec)->count - (index) - 1) * sizeof(*(vec)->items));                     \
		(vec)->count--;                                                                    \
		memset(&(vec)->items[(vec)->count], 0, sizeof(*(vec)->items));                     \
	} while (0)

#define named_remove(vec, attr, map)                                                               \
	for (size_t i_ = 0; i_ < (vec)->count; i_++)                                               \
		if (attr_text_is(attr, (vec)->items[i_]->name)) {                                  \
			vec_remove(vec, i_);                                                       \
			maps_rebuild(at);                                                          \
			return 0;                                                                  \
		}

/* Maps know no removal: they are made anew. */
static void maps_rebuild(struct transaction *at)
{
	struct arena *arena = at->decode.ruleset->arena;

	vec_each(in, &at->decode.tables) {
		in->chains = in->sets = (struct map){ 0 };
		vec_each(chain, &in->table->chains)
			map_add_text(arena, &in->chains, (*chain)->name, *chain);
		vec_each(set, &in->table->sets)
			map_add_text(arena, &in->sets, (*set)->name, *set);
	}
}

static int table_remove(struct transaction *at)
{
	for (size_t i = 0; i < at->decode.tables.count; i++)
		if (&at->decode.tables.items[i] == at->in) {
			tell_table_gone(&at->told, at->in->table);
			vec_remove(&at->decode.tables, i);
			vec_remove(&at->decode.ruleset->tables, i);
			at->decode.last_table = 0;
			return 0;
		}
	return ENOENT;
}

static struct chain *chain_named(struct transaction *at)
{
	vec_each(chain, &at->in->table->chains)
		if (attr_text_is(&at->attrs[NFTA_RULE_CHAIN], (*chain)->name))
			return *chain;
	return NULL;
}

static struct rule *rule_find(struct chain *chain, uint64_t handle)
{
	vec_each(rule, &chain->rules)
		if (rule->handle == handle)
			return rule;
	return NULL;
}

static int rule_remove(struct transaction *at)
{
	struct chain *chain = chain_named(at);
	uint64_t handle = attr_u64_or(&at->attrs[NFTA_RULE_HANDLE], 0);
	struct rule *rule;

	if (!chain)
		return ENOENT;
	if (!handle) {
		vec_each(each, &chain->rules)
			tell_rule(&at->told, true, at->in->table, chain, each);
		chain->rules.count = 0;
		return 0;
	}
	rule = rule_find(chain, handle);
	if (!rule)
		return ENOENT;
	tell_rule(&at->told, true, at->in->table, chain, rule);
	vec_remove(&chain->rules, (size_t)(rule - chain->rules.items));
	return 0;
}

/* The decoder puts it at the end; from there it goes to its place. */
static int rule_add(struct transaction *at, uint16_t flags)
{
	uint64_t position = attr_u64_or(&at->attrs[NFTA_RULE_POSITION], 0);
	uint64_t handle = attr_u64_or(&at->attrs[NFTA_RULE_HANDLE], 0);
	struct chain *chain = chain_named(at);
	struct rule added, *there;
	size_t index;

	if (!chain || (flags & NLM_F_REPLACE && !rule_find(chain, handle)) ||
	    (position && !rule_find(chain, position)))
		return ENOENT;
	if (!decode_rule(&at->decode, at->in, at->attrs))
		return EINVAL;
	added = chain->rules.items[chain->rules.count - 1];
	added.handle = at->fake->handles++;
	chain->rules.items[chain->rules.count - 1].handle = added.handle;
	tell_rule(&at->told, false, at->in->table, chain, &added);
	if (flags & NLM_F_REPLACE) {
		there = rule_find(chain, handle);
		tell_rule(&at->told, true, at->in->table, chain, there);
		*there = added;
		chain->rules.count--;
		return 0;
	}
	there = position ? rule_find(chain, position) : NULL;
	if (!there && flags & NLM_F_APPEND)
		return 0;
	index = there ? (size_t)(there - chain->rules.items) + !!(flags & NLM_F_APPEND) : 0;
	memmove(&chain->rules.items[index + 1], &chain->rules.items[index],
		(chain->rules.count - 1 - index) * sizeof(added));
	chain->rules.items[index] = added;
	return 0;
}

static struct set *set_named(struct transaction *at, unsigned attr)
{
	vec_each(set, &at->in->table->sets)
		if (attr_text_is(&at->attrs[attr], (*set)->name))
			return *set;
	return NULL;
}

static bool element_is(const struct set *set, const struct element *a, const struct element *b)
{
	if (!a->key || !b->key)
		return !a->key && !b->key;
	return memcmp(a->key, b->key, set->key_bytes) == 0 &&
	       (!(set->flags & SET_INTERVAL) || set->key.count == 1 ||
		memcmp(a->key_end, b->key_end, set->key_bytes) == 0);
}

/* What the message names goes behind what is there; joined by itself, as halves of its own. */
static bool elements_append(struct transaction *at, struct set *set)
{
	struct set there = *set, asked;
	bool good;

	set->elements.items = NULL;
	set->elements.count = set->elements.room = 0;
	good = decode_elements(&at->decode, at->in, at->attrs);
	if (good && set->flags & SET_INTERVAL && set->key.count == 1)
		intervals_join(at->decode.ruleset, set);
	asked = *set;
	set->elements = there.elements;
	vec_each(element, &asked.elements)
		*vec_add(at->decode.ruleset->arena, &set->elements) = *element;
	return good;
}

static int elements_change(struct transaction *at, bool remove)
{
	struct set *set = set_named(at, NFTA_SET_ELEM_LIST_SET);
	size_t before = set ? set->elements.count : 0, behind;
	int number = 0;

	if (!set)
		return ENOENT;
	if (!elements_append(at, set))
		return EINVAL;
	behind = set->elements.count;
	for (size_t i = before; i < behind && !number; i++) {
		const struct element *element = &set->elements.items[i];
		size_t same = 0;

		while (same < before && !element_is(set, &set->elements.items[same], element))
			same++;
		if (remove ? same == before : same < before)
			number = remove ? ENOENT : EEXIST;
		if (!number && remove) {
			set->elements.items[same] = set->elements.items[--before];
			set->elements.items[before] = *element;
		}
		if (!number && !remove && set->size && i >= set->size)
			number = ENFILE;
		if (!number)
			tell_element(&at->told, remove, at->in->table, set,
				     &set->elements.items[remove ? before : i]);
	}
	if (remove)
		set->elements.count = before;
	return number;
}

/* Not while a rule puts connections into it. */
static int flowtable_remove(struct transaction *at)
{
	struct table *table = at->in->table;
	const struct attr *name = &at->attrs[NFTA_FLOWTABLE_NAME];

	vec_each(chain, &table->chains)
		vec_each(rule, &(*chain)->rules)
			for (size_t i = 0; i < rule->count; i++)
				if (rule->exprs[i].kind == EXPR_OBJREF &&
				    rule->exprs[i].objref.type == OBJECT_FLOWTABLE &&
				    attr_text_is(name, rule->exprs[i].objref.name))
					return EBUSY;
	named_remove(&table->objects, name, objects);
	return ENOENT;
}

static int set_add(struct transaction *at, const struct nlmsghdr *message)
{
	struct set *there = set_named(at, NFTA_SET_NAME);
	struct attr desc[NFTA_SET_DESC_MAX + 1];

	if (!there)
		return decode_message(&at->decode, message) ? 0 : EINVAL;
	if (message->nlmsg_flags & NLM_F_EXCL)
		return EEXIST;
	if (at->fake->script.has[NFT_SET_RESIZE] && at->attrs[NFTA_SET_DESC].bytes &&
	    attrs_read(desc, NFTA_SET_DESC_MAX, at->attrs[NFTA_SET_DESC].bytes,
		       at->attrs[NFTA_SET_DESC].count))
		there->size = attr_u32_or(&desc[NFTA_SET_DESC_SIZE], there->size);
	return 0;
}

static int chain_add(struct transaction *at, const struct nlmsghdr *message)
{
	uint32_t policy;

	vec_each(chain, &at->in->table->chains)
		if (attr_text_is(&at->attrs[NFTA_CHAIN_NAME], (*chain)->name)) {
			if (attr_u32(&at->attrs[NFTA_CHAIN_POLICY], &policy))
				(*chain)->policy = policy == NF_DROP ? VERDICT_DROP :
								       VERDICT_ACCEPT;
			return 0;
		}
	return decode_message(&at->decode, message) ? 0 : EINVAL;
}

static int table_add(struct transaction *at, const struct nlmsghdr *message)
{
	if (!at->in)
		return decode_message(&at->decode, message) ? 0 : EINVAL;
	at->in->table->flags = attr_u32_or(&at->attrs[NFTA_TABLE_FLAGS], 0);
	return 0;
}

static int message_do(struct transaction *at, const struct nlmsghdr *message)
{
	struct table *table;

	if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE))
		return table_add(at, message);
	if (!at->in)
		return ENOENT;
	table = at->in->table;
	switch (NFNL_MSG_TYPE(message->nlmsg_type)) {
	case NFT_MSG_DELTABLE:
		return table_remove(at);
	case NFT_MSG_NEWCHAIN:
		return chain_add(at, message);
	case NFT_MSG_DELCHAIN:
		named_remove(&table->chains, &at->attrs[NFTA_CHAIN_NAME], chains);
		return ENOENT;
	case NFT_MSG_NEWRULE:
		return rule_add(at, message->nlmsg_flags);
	case NFT_MSG_DELRULE:
		return rule_remove(at);
	case NFT_MSG_NEWSET:
		return set_add(at, message);
	case NFT_MSG_DELSET:
		named_remove(&table->sets, &at->attrs[NFTA_SET_NAME], sets);
		return ENOENT;
	case NFT_MSG_NEWSETELEM:
	case NFT_MSG_DELSETELEM:
		return elements_change(at, NFNL_MSG_TYPE(message->nlmsg_type) ==
						   NFT_MSG_DELSETELEM);
	case NFT_MSG_DELFLOWTABLE:
		return flowtable_remove(at);
	case NFT_MSG_NEWOBJ:
	case NFT_MSG_NEWFLOWTABLE:
		return decode_message(&at->decode, message) ? 0 : EINVAL;
	case NFT_MSG_DELOBJ:
		named_remove(&table->objects, &at->attrs[NFTA_OBJ_NAME], objects);
		return ENOENT;
	default:
		return EOPNOTSUPP;
	}
}

/* Rules, elements and a table that goes are told where they are done. */
static bool is_told_itself(unsigned kind)
{
	return kind == NFT_MSG_NEWRULE || kind == NFT_MSG_DELRULE || kind == NFT_MSG_NEWSETELEM ||
	       kind == NFT_MSG_DELSETELEM || kind == NFT_MSG_DELTABLE;
}

static int message_take(struct transaction *at, const struct nlmsghdr *message)
{
	const struct nfgenmsg *gen = NLMSG_DATA(message);
	int number;

	if (!attrs_read(at->attrs, FAKE_ATTRS, (const uint8_t *)gen + sizeof(*gen),
			message->nlmsg_len - NLMSG_LENGTH(sizeof(*gen))) ||
	    !family_find(gen->nfgen_family, &at->family))
		return EINVAL;
	at->in = in_find(at, &at->attrs[1]);
	number = message_do(at, message);
	if (!number && !is_told_itself(NFNL_MSG_TYPE(message->nlmsg_type)))
		tell_message(&at->told, message);
	return number;
}

static void error_put(struct fake *fake, const struct nlmsghdr *message, int number)
{
	struct outbox *out = &fake->answers;
	struct nlmsghdr *answer = outbox_open(out, 0, 0, 0);
	struct nlmsgerr error = { .error = -number, .msg = *message };

	answer->nlmsg_type = NLMSG_ERROR;
	answer->nlmsg_flags = 0;
	answer->nlmsg_seq = message->nlmsg_seq;
	answer->nlmsg_len = NLMSG_LENGTH(sizeof(error));
	memcpy(NLMSG_DATA(answer), &error, sizeof(error));
	outbox_close(out, answer);
}

static bool is_stale(const struct fake *fake, const struct nlmsghdr *begin)
{
	struct attr attrs[NFNL_BATCH_MAX + 1];
	uint32_t wanted;

	return attrs_read(attrs, NFNL_BATCH_MAX,
			  (const uint8_t *)NLMSG_DATA(begin) + sizeof(struct nfgenmsg),
			  begin->nlmsg_len - NLMSG_LENGTH(sizeof(struct nfgenmsg))) &&
	       attr_u32(&attrs[NFNL_BATCH_GENID], &wanted) && wanted != fake->generation;
}

/* The decoder goes on where the copy stands. */
static void transaction_start(struct transaction *at, struct fake *fake)
{
	struct ruleset *copy = fake_copy(fake, fake->ruleset);

	*at = (struct transaction){ .fake = fake,
				    .decode = { .ruleset = copy,
						.most_bytes = DECODE_MOST_BYTES } };
	vec_each(table, &copy->tables)
		vec_add(copy->arena, &at->decode.tables)->table = *table;
	maps_rebuild(at);
}

static void transaction_end(struct transaction *at, const struct fake_peer *peer, bool good)
{
	struct fake *fake = at->fake;

	if (good) {
		ruleset_free(fake->ruleset);
		fake->ruleset = at->decode.ruleset;
		fake->generation++;
		fake->counts.transactions++;
		fake_announce(fake, peer, &at->told);
	} else {
		fake->counts.refused++;
		decode_drop(&at->decode);
	}
	outbox_done(&at->told);
}

/* The script's number for this message of a transaction; else its own. */
static int script_refusal(struct fake *fake, unsigned index, int number)
{
	struct fake_script *script = &fake->script;

	if (fake->meddling || !script->refuse_at || index != script->refuse_at)
		return number;
	if (script->refuse_more)
		script->refuse_more--;
	else
		script->refuse_at = 0;
	return script->refuse_errno;
}

/* What the script does to a transaction before a message of it is read; 0: goes on. */
static int script_before(struct fake *fake)
{
	struct fake_script *script = &fake->script;
	int number = script->send_errno;

	if (fake->meddling)
		return 0;
	if (script->meddle_transactions) {
		script->meddle_transactions--;
		fake->meddling = true;
		script->meddle(script->meddle_context);
		fake->meddling = false;
	}
	if (script->send_more)
		script->send_more--;
	else
		script->send_errno = 0;
	return number;
}

static void answers_lose(struct fake *fake)
{
	if (fake->meddling || !fake->script.lose_answers)
		return;
	fake->script.lose_answers = false;
	fake->answers_lost = true;
	outbox_clear(&fake->answers);
}

int fake_transact(struct fake *fake, const struct fake_peer *peer, const void *bytes,
		  size_t count)
{
	const struct nlmsghdr *message = bytes;
	struct transaction at;
	unsigned index = 0;
	bool good = true;
	int left = (int)count, number = script_before(fake);

	if (number)
		return number;
	if (is_stale(fake, message)) {
		fake->counts.refused++;
		error_put(fake, message, ERESTART);
		answers_lose(fake);
		return 0;
	}
	transaction_start(&at, fake);
	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_type < NLMSG_MIN_TYPE + 2)
			continue; /* the brackets */
		number = script_refusal(fake, ++index, message_take(&at, message));
		good &= !number;
		fake->counts.messages++;
		if (number || message->nlmsg_flags & NLM_F_ACK)
			error_put(fake, message, number);
	}
	transaction_end(&at, peer, good);
	answers_lose(fake);
	return 0;
}
