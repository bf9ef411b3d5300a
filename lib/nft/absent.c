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

/* A view leaves out what was not touched (view.c): what stands neither in what was nor in what is
 * goes on waiting. */
static void unviewed_encode(struct outbox *outbox, const struct kept *kept,
			    const struct table *was, const struct table *is)
{
	vec_each(each, &kept->chains)
		if (is_same(each->table, is) && !table_find_chain(was, each->chain->name) &&
		    !table_find_chain(is, each->chain->name))
			chain_encode(outbox, each->table, each->chain);
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

/* What was kept before stays as it is: only a look at the kernel changes that. */
static void chains_list(struct kept *kept, const struct nft *nft, const struct table *anew)
{
	vec_each(table, &kept->ruleset->tables)
		vec_each(chain, &(*table)->chains) {
			const struct kept_chain *before =
				is_same(*table, anew) ? NULL : kept_find(nft->kept, *table, *chain);

			*vec_add(kept->ruleset->arena, &kept->chains) = (struct kept_chain){
				.table = *table,
				.chain = *chain,
				.index = before ? before->index :
						  if_nametoindex((*chain)->device),
				.held = before && before->held
			};
		}
}

struct kept *kept_make(struct nft *nft, const struct table *was, const struct table *is,
		       bool anew)
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
	if (nft->kept && was && is && !anew)
		unviewed_encode(&outbox, nft->kept, was, is);
	decode_init(&decode, NULL, DECODE_MOST_BYTES);
	if (outbox_decode(&outbox, &decode)) {
		kept = calloc(1, sizeof(*kept));
		if (!kept)
			abort();
		kept->ruleset = decode_end(&decode);
		chains_list(kept, nft, anew ? is : NULL);
	} else {
		decode_drop(&decode);
	}
	outbox_done(&outbox);
	return kept;
}

bool kept_waits(const struct kept *kept, const struct table *table, const struct chain *chain)
{
	const struct kept_chain *found = kept_find(kept, table, chain);

	return found && !found->index && !found->held;
}

/* A new one; or, where the kernel has kept it on no device, instead of that. */
static bool chain_give(struct nft *nft, const struct kept_chain *kept, bool instead)
{
	struct nft_applied applied = { 0 };
	struct nlmsghdr *first;
	struct errs untold;
	struct batch batch;
	bool given;

	errs_init(&untold);
	batch_init(&batch, nft, &untold);
	batch_start(&batch, 0);
	if (instead) {
		batch_rule(&batch, NFT_MSG_DELRULE, 0, kept->table, kept->chain, NULL,
			   (struct rule_place){ 0 });
		batch_chain(&batch, NFT_MSG_DELCHAIN, kept->table, kept->chain);
	}
	batch_chain(&batch, NFT_MSG_NEWCHAIN, kept->table, kept->chain);
	vec_each(rule, &kept->chain->rules)
		batch_rule(&batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, kept->table,
			   kept->chain, rule, (struct rule_place){ 0 });
	first = (struct nlmsghdr *)(batch.outbox.bytes + batch.nodes.items[0].bytes_at);
	if (!instead) /* else its rules would be there twice */
		first->nlmsg_flags |= NLM_F_EXCL;
	given = batch_send(&batch, 0, &applied) == BATCH_DONE;
	batch_done(&batch);
	errs_done(&untold);
	return given;
}

/* A device with another index is another device of that name, and the kernel has taken the chain
 * off together with the first. */
void kept_give(struct nft *nft)
{
	if (!nft->kept)
		return;
	vec_each(each, &nft->kept->chains) {
		unsigned index = if_nametoindex(each->chain->device);

		if (index == each->index)
			continue;
		each->index = index;
		each->held = false;
		if (index && !chain_give(nft, each, false))
			(void)chain_give(nft, each, true);
	}
}

static struct chain *chain_read(const struct ruleset *ruleset, const struct kept_chain *kept)
{
	vec_each(table, &ruleset->tables)
		if (is_same(*table, kept->table))
			vec_each(chain, &(*table)->chains)
				if (strcmp((*chain)->name, kept->chain->name) == 0)
					return *chain;
	return NULL;
}

bool kept_show(struct nft *nft, struct decode *decode)
{
	struct outbox outbox = { 0 };
	bool good;

	if (!nft->kept)
		return true;
	vec_each(each, &nft->kept->chains) {
		struct chain *chain;

		if (each->index || !ruleset_find_table(decode->ruleset, each->table->family,
						       each->table->name))
			continue;
		chain = chain_read(decode->ruleset, each);
		each->held = chain;
		if (!chain)
			chain_encode(&outbox, each->table, each->chain);
		else if (!chain->device)
			chain->device = arena_strdup(decode->ruleset->arena, each->chain->device);
	}
	good = outbox_decode(&outbox, decode);
	outbox_done(&outbox);
	return good;
}
