/* tamper_loop SECONDS PAUSE_US: puts an accept in front of the forward chain, again and again, as
 * fast as it is told; one program, so that one name stands in the record. Says how often it was
 * done, how often it was refused, and what the last refusal said. */
#define _GNU_SOURCE
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "nft/batch.h"
#include "rule/code.h"

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool accept_put(struct nft *nft, const struct table *table, const struct chain *chain,
		       struct errs *errs)
{
	struct nft_applied applied = { 0 };
	struct batch batch;
	bool done;

	batch_init(&batch, nft, errs);
	batch_start(&batch, 0);
	batch_rule(&batch, NFT_MSG_NEWRULE, NLM_F_CREATE, table, chain, &chain->rules.items[0],
		   (struct rule_place){ 0 });
	done = batch_send(&batch, 0, &applied) == BATCH_DONE;
	batch_done(&batch);
	return done;
}

int main(int argc, char **argv)
{
	struct ruleset *ruleset = ruleset_new();
	struct table *table = ruleset_add_table(ruleset, TABLE_INET, "sekisho", (struct src){ 0 });
	struct chain *chain = table_add_chain(ruleset, table, "forward", (struct src){ 0 });
	struct code code = { .ruleset = ruleset };
	unsigned long done = 0, refused = 0;
	struct errs errs;
	struct nft *nft;
	int64_t end;

	if (argc != 3)
		return 2;
	errs_init(&errs);
	nft = nft_open(&errs);
	if (!nft)
		return 1;
	code_verdict(&code, VERDICT_ACCEPT, NULL);
	code_end(&code, chain, NULL, (struct src){ 0 });
	end = now_us() + atol(argv[1]) * 1000000;
	while (now_us() < end) {
		struct errs attempt;

		errs_init(&attempt);
		if (accept_put(nft, table, chain, &attempt))
			done++;
		else
			refused++;
		errs_done(&attempt);
		if (atol(argv[2]))
			usleep((useconds_t)atol(argv[2]));
	}
	printf("done %lu refused %lu\n", done, refused);
	nft_close(nft);
	ruleset_free(ruleset);
	errs_done(&errs);
	return 0;
}
