/* See batch.h. Filling a batch; sending it is batch_send.c's. */
#include "nft/batch.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "base/lang.h"
#include "nft/absent.h"
#include "nft/transport.h"

void batch_init(struct batch *batch, struct nft *nft, struct errs *errs)
{
	*batch = (struct batch){ .nft = nft,
				 .arena = arena_new(),
				 .errs = errs,
				 .outbox = { .sequence = 1u << 31 } };
}

void batch_done(struct batch *batch)
{
	outbox_done(&batch->outbox);
	arena_free(batch->arena);
}

void batch_start(struct batch *batch, uint32_t generation)
{
	outbox_clear(&batch->outbox);
	batch->nodes.count = batch->elements.count = batch->gone.count = 0;
	batch->is_open = batch->failed = false;
	outbox_begin(&batch->outbox, generation);
}

static void open_close(struct batch *batch)
{
	if (batch->is_open)
		elements_stop(&batch->open);
	batch->is_open = false;
}

static struct batch_node *node_add(struct batch *batch, enum diff_kind kind, bool removes,
				   const struct table *table, const char *name, struct src src)
{
	struct batch_node *node;

	open_close(batch);
	node = vec_add(batch->arena, &batch->nodes);
	*node = (struct batch_node){ .kind = (uint8_t)kind,
				     .removes = removes,
				     .table = table,
				     .name = name,
				     .src = src,
				     .sequence = batch->outbox.sequence,
				     .bytes_at = batch->outbox.count };
	return node;
}

/* What could not be encoded takes no place among the messages. */
static void node_check(struct batch *batch, const struct nlmsghdr *message, const char *why)
{
	const struct batch_node *node = &batch->nodes.items[batch->nodes.count - 1];
	struct err *err;

	if (message)
		return;
	err = errs_add(batch->errs, SEVERITY_ERROR, "C-KERNEL", node->src);
	err_say(batch->errs, err, _("\"%s\" cannot be given to the kernel: %s"), node->name, why);
	batch->nodes.count--;
	batch->failed = true;
}

static uint16_t flags_of(unsigned message, unsigned create)
{
	return message == create ? NLM_F_CREATE : 0;
}

void batch_table(struct batch *batch, unsigned message, const struct table *table)
{
	node_add(batch, DIFF_TABLE, message == NFT_MSG_DELTABLE, table, NULL, table->src);
	encode_table(&batch->outbox, message, flags_of(message, NFT_MSG_NEWTABLE), table);
}

/* Not for the kernel: it waits for its device, or did so until now (absent.h). */
static bool waits(const struct batch *batch, bool removes, const struct table *table,
		  const struct chain *chain)
{
	return kept_waits(removes ? batch->nft->kept : batch->kept, table, chain);
}

void batch_chain(struct batch *batch, unsigned message, const struct table *table,
		 const struct chain *chain)
{
	const char *why = NULL;

	if (waits(batch, message == NFT_MSG_DELCHAIN, table, chain))
		return;
	node_add(batch, DIFF_CHAIN, message == NFT_MSG_DELCHAIN, table, chain->name, chain->src);
	node_check(batch, encode_chain(&batch->outbox, message,
				       flags_of(message, NFT_MSG_NEWCHAIN), table, chain, &why),
		   why);
}

void batch_set(struct batch *batch, unsigned message, const struct table *table,
	       const struct set *set, bool exists)
{
	uint16_t flags = flags_of(message, NFT_MSG_NEWSET);

	if (message == NFT_MSG_NEWSET && !exists)
		flags |= NLM_F_EXCL;
	node_add(batch, DIFF_SET, message == NFT_MSG_DELSET, table, set->name, set->src);
	encode_set(&batch->outbox, message, flags, table, set);
}

void batch_object(struct batch *batch, unsigned message, const struct table *table,
		  const struct object *object)
{
	const char *why = NULL;

	node_add(batch, DIFF_OBJECT, message == NFT_MSG_DELOBJ, table, object->name, object->src)
		->is_flowtable = object->type == OBJECT_FLOWTABLE;
	node_check(batch, encode_object(&batch->outbox, message,
					flags_of(message, NFT_MSG_NEWOBJ), table, object, &why),
		   why);
}

void batch_rule(struct batch *batch, unsigned message, uint16_t flags, const struct table *table,
		const struct chain *chain, const struct rule *rule, struct rule_place place)
{
	const char *why = NULL;

	if (waits(batch, message == NFT_MSG_DELRULE, table, chain))
		return;
	node_add(batch, DIFF_RULE, message == NFT_MSG_DELRULE, table, chain->name,
		 rule ? rule->src : chain->src);
	node_check(batch, encode_rule(&batch->outbox, message, flags, table, chain, rule, place,
				      &why),
		   why);
}

/* An element that may end at any moment is removed in a message of its own: the kernel names
 * only the first it misses in each. */
static bool may_end(const struct element *element)
{
	return element->expires_ms || element->timeout_ms;
}

void batch_element(struct batch *batch, unsigned message, const struct table *table,
		   const struct set *set, const struct element *element)
{
	bool removes = message == NFT_MSG_DELSETELEM;
	bool alone = removes && may_end(element);
	struct batch_node *node;

	if (batch->is_open && (alone || batch->open.set != set || batch->open_message != message))
		open_close(batch);
	if (!batch->is_open || !elements_add(&batch->open, element)) {
		uint16_t flags = removes ? 0 : NLM_F_CREATE | NLM_F_EXCL;

		node = node_add(batch, DIFF_ELEMENT, removes, table, set->name, element->src);
		node->set = set;
		node->first_element = batch->elements.count;
		elements_start(&batch->open, &batch->outbox, message, flags, table, set);
		batch->is_open = elements_add(&batch->open, element);
		batch->open_message = (uint16_t)message;
	}
	*vec_add(batch->arena, &batch->elements) = element;
	batch->nodes.items[batch->nodes.count - 1].elements++;
	if (alone)
		open_close(batch);
}
