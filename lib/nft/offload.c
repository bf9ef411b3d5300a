/* Taking away what is not ours (nft.h: nft_remove_offload): by handle and by name, nothing else of
 * the table is touched. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "nft/apply.h"

bool nft_remove_offload(struct nft *nft, const struct offload *offload, uint32_t generation,
			struct nft_applied *ret_applied, struct errs *errs)
{
	const struct table table = { .family = (uint8_t)offload->family, .name = offload->table };
	const struct object flowtable = { .type = OBJECT_FLOWTABLE, .name = offload->flowtable };
	struct nft_applied applied = { .generation = generation };
	enum batch_result result;
	struct batch batch;

	batch_init(&batch, nft, errs);
	batch_start(&batch, generation);
	vec_each(rule, &offload->rules) {
		const struct chain chain = { .name = rule->chain };

		batch_rule(&batch, NFT_MSG_DELRULE, 0, &table, &chain, NULL,
			   (struct rule_place){ .handle = rule->handle });
	}
	batch_object(&batch, NFT_MSG_DELOBJ, &table, &flowtable);
	result = batch_send(&batch, generation, &applied);
	batch_done(&batch);
	if (result != BATCH_DONE)
		return false;
	applied.generation = generation_next(generation);
	*ret_applied = applied;
	return true;
}
