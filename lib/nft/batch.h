/* One transaction: messages in order, each with the setting it comes from, so that the kernel's
 * refusal of a message, or of one element in it, is shown at the user's own line. */
#pragma once

#include "nft/encode.h"
#include "nft/nft.h"

struct batch_node { /* of one message */
	uint8_t kind; /* enum diff_kind */
	bool removes;
	const struct table *table;
	const char *name; /* of the chain, set or object; or NULL */
	bool is_flowtable;
	const struct set *set;
	struct src src;
	uint32_t sequence;
	size_t first_element, elements; /* in batch.elements */
	size_t bytes_at;
};

struct batch {
	struct nft *nft;
	struct arena *arena;
	struct outbox outbox;
	struct errs *errs;
	vec_of(struct batch_node) nodes;
	vec_of(const struct element *) elements;
	vec_of(const struct element *) gone; /* ended by themselves before we could remove them */
	struct element_message open;
	const struct kept *kept; /* chains that wait for their devices, afterwards; or NULL */
	bool is_open, failed;
	uint16_t open_message;
};

void batch_init(struct batch *batch, struct nft *nft, struct errs *errs);
void batch_done(struct batch *batch);
void batch_start(struct batch *batch, uint32_t generation);

/* Each adds a message. The message is NFT_MSG_NEW… or NFT_MSG_DEL…. What cannot be encoded is
 * told at its line, and the batch will not be sent. */
void batch_table(struct batch *batch, unsigned message, const struct table *table);
void batch_chain(struct batch *batch, unsigned message, const struct table *table,
		 const struct chain *chain);
void batch_set(struct batch *batch, unsigned message, const struct table *table,
	       const struct set *set, bool exists);
void batch_object(struct batch *batch, unsigned message, const struct table *table,
		  const struct object *object);
void batch_rule(struct batch *batch, unsigned message, uint16_t flags, const struct table *table,
		const struct chain *chain, const struct rule *rule, struct rule_place place);
/* Joined into one message with what went before, where that fits. */
void batch_element(struct batch *batch, unsigned message, const struct table *table,
		   const struct set *set, const struct element *element);

enum batch_result {
	BATCH_DONE,
	BATCH_REFUSED, /* told in errs */
	BATCH_STALE,   /* somebody changed something: told in errs */
	BATCH_GONE,    /* elements in batch.gone had ended before: leave them out, try again */
};
/* Closes the transaction, sends it and reads every answer. An empty one is done. */
enum batch_result batch_send(struct batch *batch, uint32_t generation,
			     struct nft_applied *applied);
