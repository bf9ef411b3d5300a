/* A kernel for tests, behind the same calls: it holds a ruleset in memory, takes transactions
 * whole or not at all, dumps, tells of changes, and misbehaves as its script says. It reads what
 * is sent with the decoder and answers with the encoder, so bytes pass in both directions.
 *
 * It judges little of what the kernel judges: what is there twice or not there, what a full set
 * takes, and generations. */
#pragma once

#include "nft/nft.h"

struct fake;

struct fake *fake_new(void);
void fake_free(struct fake *fake);
CLEANUP_FUNC(struct fake *, fake_free);

/* As nft_open(); the fake must outlive it. The second: somebody else's, on the same rules. */
struct nft *fake_open(struct fake *fake);
struct nft *fake_open_other(struct fake *fake, int32_t pid, const char *program);

const struct ruleset *fake_ruleset(const struct fake *fake);
uint32_t fake_generation(const struct fake *fake);

/* Somebody else puts this in the place of everything, tables gone and come anew, and the
 * generation grows. The ruleset is copied. */
void fake_meddle(struct fake *fake, const struct ruleset *ruleset, int32_t pid,
		 const char *program);
void fake_lose_events(struct fake *fake); /* the listener hears ENOBUFS next */

struct fake_script {
	unsigned refuse_at; /* the n-th message of the next transaction (1: the first) … */
	int refuse_errno;   /* … is refused with this: ENOMEM, EPERM, EBUSY, ENFILE … */
	unsigned refuse_more; /* … and of so many that follow and have as many messages */
	unsigned good_dumps;   /* so many dumps go well, then … */
	unsigned torn_dumps;   /* so many dumps are interrupted */
	unsigned meddle_dumps; /* during so many dumps the generation grows by somebody */
	bool lose_answers;     /* of the next transaction: ENOBUFS */
	int send_errno;        /* the next transaction is not taken at all … */
	unsigned send_more;    /* … nor are so many that follow */
	/* Before so many transactions, between what was read and what is sent, this is called. */
	unsigned meddle_transactions;
	void (*meddle)(void *context);
	void *meddle_context;
	bool has[NFT_FEATURES]; /* what a probe finds; all, after fake_new() */
};
struct fake_script *fake_script(struct fake *fake);

struct fake_counts {
	size_t transactions, messages; /* taken; messages without the brackets */
	size_t refused, dumps;
};
struct fake_counts fake_counts(const struct fake *fake);
