/* See absent.h. A chain is copied by encoding and decoding it, as a kernel would. */
#include "nft/absent.h"

#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "nft/batch.h"
#include "nft/transport.h"

void kept_free(struct kept *kept)
{
	if (!kept)
		return;
	ruleset_free(kept->ruleset);
	free(kept);
}

static bool kernel_keeps(struct nft *nft)
{
	struct nft_probe probe;

	if (nft->absent_device < 0)
		nft_probe(nft, &probe);
	return nft->absent_device;
}

static bool is_same(const struct table *one, const struct table *other)
{
	return one && other && one->family == other->family &&
	       strcmp(one->name, other->name) == 0;
}

static void chain_encode(struct outbox *outbox, const struct table *table,
			 const struct chain *chain)
{
	const char *why;

	if (!encode_chain(outbox, NFT_MSG_NEWCHAIN, 0, table, chain, &why))
		return;
	vec_each(rule, &chain->rules)
		(void)encode_rule(outbox, NFT_MSG_NEWRULE, 0, table, chain, rule,
				  (struct rule_place){ 0 }, &why);
}

static void table_encode(struct outbox *outbox, const struct table *table)
{
	encode_table(outbox, NFT_MSG_NEWTABLE, 0, table);
	vec_each(chain, &table->chains)
		if ((*chain)->device)
			chain_encode(outbox, table, *chain);
}

static bool outbox_decode(const struct outbox *outbox, struct decode *decode)
{
	const struct nlmsghdr *message;
	const uint8_t *at = outbox->bytes;
	size_t left = outbox->count;

	while ((message = message_next(&at, &left)))
		if (!decode_message(decode, message))
			return false;
	return true;
}

static const struct kept_chain *kept_find(const struct kept *kept, const struct table *table,
					  const struct chain *chain)
{
	if (kept)
		vec_each(each, &kept->chains)
			if (is_same(each->table, table) &&
			    strcmp(each->chain->name, chain->name) == 0)
				return each;
	return NULL;
}

/* Of other tables as it was; of this one by whether the device is there now. */
static void chains_list(struct kept *kept, const struct nft *nft, const struct table *is)
{
	vec_each(table, &kept->ruleset->tables)
		vec_each(chain, &(*table)->chains) {
			const struct kept_chain *before = kept_find(nft->kept, *table, *chain);

			*vec_add(kept->ruleset->arena, &kept->chains) = (struct kept_chain){
				.table = *table,
				.chain = *chain,
				.index = before && !is_same(*table, is) ?
						 before->index :
						 if_nametoindex((*chain)->device)
			};
		}
}

struct kept *kept_make(struct nft *nft, const struct table *was, const struct table *is)
{
	const struct table *changed = is ? is : was;
	struct outbox outbox = { 0 };
	struct decode decode;
	struct kept *kept = NULL;

	if (changed->family != TABLE_NETDEV || kernel_keeps(nft))
		return NULL;
	if (nft->kept)
		vec_each(table, &nft->kept->ruleset->tables)
			if (!is_same(*table, changed))
				table_encode(&outbox, *table);
	if (is)
		table_encode(&outbox, is);
	decode_init(&decode, NULL, DECODE_MOST_BYTES);
	if (outbox_decode(&outbox, &decode)) {
		kept = calloc(1, sizeof(*kept));
		if (!kept)
			abort();
		kept->ruleset = decode_end(&decode);
		chains_list(kept, nft, is);
	} else {
		decode_drop(&decode);
	}
	outbox_done(&outbox);
	return kept;
}

bool kept_waits(const struct kept *kept, const struct table *table, const struct chain *chain)
{
	const struct kept_chain *found = kept_find(kept, table, chain);

	return found && !found->index;
}

static void chain_give(struct nft *nft, const struct kept_chain *kept)
{
	struct nft_applied applied = { 0 };
	struct errs untold;
	struct batch batch;

	errs_init(&untold);
	batch_init(&batch, nft, &untold);
	batch_start(&batch, 0);
	batch_chain(&batch, NFT_MSG_NEWCHAIN, kept->table, kept->chain);
	vec_each(rule, &kept->chain->rules)
		batch_rule(&batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, kept->table,
			   kept->chain, rule, (struct rule_place){ 0 });
	(void)batch_send(&batch, 0, &applied);
	batch_done(&batch);
	errs_done(&untold);
}

/* A device with another index is another device of that name, and the kernel has forgotten the
 * chain together with the first. */
void kept_give(struct nft *nft)
{
	if (!nft->kept)
		return;
	vec_each(each, &nft->kept->chains) {
		unsigned index = if_nametoindex(each->chain->device);

		if (index == each->index)
			continue;
		each->index = index;
		if (index)
			chain_give(nft, each);
	}
}

bool kept_show(struct nft *nft, struct decode *decode)
{
	struct outbox outbox = { 0 };
	bool good;

	if (!nft->kept)
		return true;
	vec_each(each, &nft->kept->chains) {
		const struct table *table = ruleset_find_table(
			decode->ruleset, each->table->family, each->table->name);

		if (!each->index && table && !table_find_chain(table, each->chain->name))
			chain_encode(&outbox, each->table, each->chain);
	}
	good = outbox_decode(&outbox, decode);
	outbox_done(&outbox);
	return good;
}
