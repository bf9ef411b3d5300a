/* Sending a batch and reading what the kernel says to it. Success is silent but for the one
 * message that asked for an answer, the last; every refusal is told by itself. */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "nft/apply.h"
#include "nft/decode_parts.h"
#include "nft/transport.h"
#include "rule/field.h"

enum { REFUSALS_TOLD = 50 };

struct sending {
	struct batch *batch;
	uint32_t first, last; /* sequence of the begin, and of the message that asked */
	unsigned refusals;
	bool acked, lost, stale, real;
	int whole; /* errno for the batch as a whole */
};

struct refusal {
	const struct batch_node *node;
	const struct element *element;
	const char *text; /* the kernel's own, or NULL */
	int number;
};

static const struct batch_node *node_find(const struct batch *batch, uint32_t sequence)
{
	size_t low = 0, high = batch->nodes.count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (batch->nodes.items[middle].sequence < sequence)
			low = middle + 1;
		else
			high = middle;
	}
	return low < batch->nodes.count && batch->nodes.items[low].sequence == sequence ?
		       &batch->nodes.items[low] :
		       NULL;
}

/* Which element of the message lies at that offset. An interval of one field is two in the
 * message; both are the one. */
static const struct element *element_at(const struct batch *batch, const struct batch_node *node,
					uint32_t offset)
{
	const uint8_t *message = batch->outbox.bytes + node->bytes_at;
	const struct nlmsghdr *head = (const struct nlmsghdr *)message;
	size_t before = NLMSG_LENGTH(sizeof(struct nfgenmsg)), index = 0;
	struct attr attrs[NFTA_SET_ELEM_LIST_MAX + 1], parts[NFTA_SET_ELEM_MAX + 1];
	struct attr_walk walk;

	if (!attrs_read(attrs, NFTA_SET_ELEM_LIST_MAX, message + before,
			head->nlmsg_len - before))
		return NULL;
	walk = (struct attr_walk){ .bytes = attrs[NFTA_SET_ELEM_LIST_ELEMENTS].bytes,
				   .left = attrs[NFTA_SET_ELEM_LIST_ELEMENTS].count };
	while (walk.bytes && attr_next(&walk)) {
		bool is_end = attrs_read(parts, NFTA_SET_ELEM_MAX, walk.attr.bytes,
					 walk.attr.count) &&
			      attr_u32_or(&parts[NFTA_SET_ELEM_FLAGS], 0) &
				      NFT_SET_ELEM_INTERVAL_END;

		index += !is_end;
		if (walk.attr.bytes + walk.attr.count > message + offset)
			break;
	}
	return index && index <= node->elements ?
		       batch->elements.items[node->first_element + index - 1] :
		       NULL;
}

static void path_print(struct buf *buf, const struct refusal *refusal)
{
	const struct batch_node *node = refusal->node;

	buf_printf(buf, "%s %s", family_words[node->table->family], node->table->name);
	if (node->kind == DIFF_CHAIN || node->kind == DIFF_RULE)
		buf_add_text(buf, " chain");
	if (node->kind == DIFF_OBJECT)
		buf_add_text(buf, node->is_flowtable ? " flowtable" : " counter");
	if (node->set)
		buf_add_text(buf, node->set->is_map ? " map" : " set");
	else if (node->kind == DIFF_SET)
		buf_add_text(buf, " set");
	if (node->name)
		buf_printf(buf, " %s", node->name);
	if (node->kind == DIFF_RULE)
		buf_add_text(buf, " rule");
	if (refusal->element && refusal->element->key) {
		buf_add_text(buf, " element ");
		field_print(buf, &fields_element.items[0], refusal->element, node->set);
	}
}

static const char *refusal_hint(const struct refusal *refusal)
{
	switch (refusal->number) {
	case ENFILE:
		return _("the set is full: its size was declared too small");
	case EEXIST:
		return _("it is there already, or overlaps with one that is");
	case EPERM:
		return _("the table belongs to another program, or CAP_NET_ADMIN is missing");
	case EBUSY:
		return _("something else still uses it");
	case EOPNOTSUPP:
		return _("this kernel cannot do it");
	default:
		return NULL;
	}
}

static void refusal_say(struct sending *sending, const struct refusal *refusal)
{
	struct errs *errs = sending->batch->errs;
	const struct batch_node *node = refusal->node;
	struct src src = refusal->element && refusal->element->src.line ? refusal->element->src :
									  node->src;
	struct buf path = { 0 };
	struct err *err;
	const char *hint = refusal_hint(refusal);

	if (sending->refusals++ >= REFUSALS_TOLD)
		return;
	path_print(&path, refusal);
	err = errs_add(errs, SEVERITY_ERROR, "C-KERNEL", src);
	err->sys_errno = refusal->number;
	err_path(errs, err, "%s", buf_text(&path));
	if (node->removes)
		err_say(errs, err, _("the kernel refuses to remove \"%s\": %s%s%s"),
			buf_text(&path), strerror(refusal->number), refusal->text ? ": " : "",
			refusal->text ? refusal->text : "");
	else
		err_say(errs, err, _("the kernel refuses \"%s\": %s%s%s"), buf_text(&path),
			strerror(refusal->number), refusal->text ? ": " : "",
			refusal->text ? refusal->text : "");
	if (hint)
		err_hint(errs, err, "%s", hint);
	buf_done(&path);
}

/* The extended part of an answer: with NETLINK_CAP_ACK it stands right behind the header. */
static void extension_read(struct arena *arena, const struct nlmsghdr *answer,
			   const char **ret_text, uint32_t *ret_offset)
{
	size_t before = NLMSG_LENGTH(sizeof(struct nlmsgerr));
	struct attr_walk walk = { .bytes = (const uint8_t *)answer + before,
				  .left = answer->nlmsg_len - before };

	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	while (attr_next(&walk)) {
		if (walk.type == NLMSGERR_ATTR_MSG)
			*ret_text = attr_text(arena, &walk.attr);
		if (walk.type == NLMSGERR_ATTR_OFFS && walk.attr.count == sizeof(*ret_offset))
			memcpy(ret_offset, walk.attr.bytes, sizeof(*ret_offset));
	}
}

static void answer_read(struct sending *sending, const struct nlmsghdr *answer)
{
	struct batch *batch = sending->batch;
	struct refusal refusal = { 0 };
	struct nlmsgerr error;
	uint32_t offset = 0;

	if (answer->nlmsg_type != NLMSG_ERROR || answer->nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return;
	memcpy(&error, NLMSG_DATA(answer), sizeof(error));
	if (answer->nlmsg_seq < sending->first || answer->nlmsg_seq > sending->last + 1)
		return;
	if (!error.error) {
		sending->acked |= answer->nlmsg_seq == sending->last;
		return;
	}
	refusal.number = -error.error;
	refusal.node = node_find(batch, answer->nlmsg_seq);
	if (!refusal.node) { /* of the begin: the whole batch */
		sending->stale |= refusal.number == ERESTART;
		sending->whole = refusal.number;
		return;
	}
	extension_read(batch->arena, answer, &refusal.text, &offset);
	if (refusal.node->kind == DIFF_ELEMENT)
		refusal.element = refusal.node->elements == 1 ?
					  batch->elements.items[refusal.node->first_element] :
				  offset ? element_at(batch, refusal.node, offset) :
					   NULL;
	if (refusal.number == ENOENT && refusal.node->removes && refusal.element &&
	    (refusal.element->expires_ms || refusal.element->timeout_ms)) {
		*vec_add(batch->arena, &batch->gone) = refusal.element;
		return;
	}
	refusal_say(sending, &refusal);
}

/* The kernel has worked the batch off when send returns: nothing there is the end. */
static void answers_read(struct sending *sending)
{
	struct nft *nft = sending->batch->nft;

	for (;;) {
		ssize_t count = nft->transport->receive(nft->context, nft->inbox, INBOX_BYTES);
		const struct nlmsghdr *answer;
		const uint8_t *at = nft->inbox;
		size_t left = count > 0 ? (size_t)count : 0;

		if (count == -ENOBUFS) { /* some are gone; go on, the rest is still there */
			sending->lost = true;
			continue;
		}
		if (count < 0)
			return;
		while ((answer = message_next(&at, &left)))
			answer_read(sending, answer);
	}
}

static enum batch_result stale_say(struct batch *batch)
{
	struct err *err = errs_add(batch->errs, SEVERITY_ERROR, "C-KERNEL", (struct src){ 0 });

	err->sys_errno = ERESTART;
	err_say(batch->errs, err,
		_("somebody changed the kernel's rulesets in between; nothing was applied"));
	return BATCH_STALE;
}

/* No answer came through: the generation says whether it was done. */
static enum batch_result silence_judge(struct sending *sending, uint32_t generation,
				       struct nft_applied *applied)
{
	struct batch *batch = sending->batch;
	uint32_t now = 0;
	int number = ENOBUFS;

	if (ask_generation(batch->nft, &now, &number) && generation &&
	    now == generation_next(generation)) {
		applied->unheard = true;
		return BATCH_DONE;
	}
	nft_say(batch->errs, number ? number : ENOBUFS,
		_("the kernel's answer to a transaction was lost"));
	return BATCH_REFUSED;
}

enum batch_result batch_send(struct batch *batch, uint32_t generation, struct nft_applied *applied)
{
	struct sending sending = { .batch = batch };
	struct nlmsghdr *last;
	int number;

	if (batch->is_open)
		elements_stop(&batch->open);
	batch->is_open = false;
	if (batch->failed)
		return BATCH_REFUSED;
	if (!batch->nodes.count)
		return BATCH_DONE;
	last = (struct nlmsghdr *)(batch->outbox.bytes +
				   batch->nodes.items[batch->nodes.count - 1].bytes_at);
	last->nlmsg_flags |= NLM_F_ACK;
	sending.last = last->nlmsg_seq;
	sending.first = ((const struct nlmsghdr *)batch->outbox.bytes)->nlmsg_seq;
	outbox_end(&batch->outbox);
	applied->messages += batch->outbox.messages;
	applied->bytes += batch->outbox.count;
	number = batch->nft->transport->send(batch->nft->context, batch->outbox.bytes,
					     batch->outbox.count);
	if (number) {
		nft_say(batch->errs, number, _("cannot send a transaction to the kernel"));
		return BATCH_REFUSED;
	}
	answers_read(&sending);
	if (sending.stale)
		return stale_say(batch);
	if (sending.whole && !sending.refusals)
		nft_say(batch->errs, sending.whole, _("the kernel refuses the transaction"));
	if (sending.whole || sending.refusals)
		return BATCH_REFUSED;
	if (batch->gone.count)
		return BATCH_GONE;
	if (sending.lost || !sending.acked)
		return silence_judge(&sending, generation, applied);
	applied->transactions++;
	return BATCH_DONE;
}
