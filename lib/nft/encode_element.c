/* Elements as messages, written straight into them: a policy of 100,000 flows has 300,000, and
 * libnftnl makes four allocations for each. */
#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <libnftnl/udata.h>
#include <string.h>

#include "nft/encode.h"
#include "nft/numbers.h"

/* The kernel wants the exact length of a lone field and the padded one of several. */
static size_t wire_bytes(const struct set *set)
{
	return set->key.count == 1 ? set->key.bytes[0] : set->key_bytes;
}

static void put_value(struct nlmsghdr *message, uint16_t type, const void *bytes, size_t count)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put(message, NFTA_DATA_VALUE, count, bytes);
	mnl_attr_nest_end(message, nest);
}

static void put_data(struct nlmsghdr *message, const struct set *set,
		     const struct element *element)
{
	struct nlattr *nest, *verdict;

	if (set->data == DATUM_OBJECT) {
		if (element->object)
			mnl_attr_put_strz(message, NFTA_SET_ELEM_OBJREF, element->object);
		return;
	}
	if (set->data == DATUM_MARK) {
		put_value(message, NFTA_SET_ELEM_DATA, &element->mark, sizeof(element->mark));
		return;
	}
	if (set->data != DATUM_VERDICT) {
		if (element->bytes)
			put_value(message, NFTA_SET_ELEM_DATA, element->bytes, set->data_bytes);
		return;
	}
	nest = mnl_attr_nest_start(message, NFTA_SET_ELEM_DATA);
	verdict = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(message, NFTA_VERDICT_CODE,
			 htonl((uint32_t)verdict_number(element->verdict.code)));
	if (element->verdict.chain)
		mnl_attr_put_strz(message, NFTA_VERDICT_CHAIN, element->verdict.chain);
	mnl_attr_nest_end(message, verdict);
	mnl_attr_nest_end(message, nest);
}

/* As nft does: type, length, text with its NUL. */
static void put_comment(struct nlmsghdr *message, const char *comment)
{
	size_t count = size_min(strlen(comment), 253);
	uint8_t data[256] = { NFTNL_UDATA_SET_ELEM_COMMENT, (uint8_t)(count + 1) };

	memcpy(data + 2, comment, count);
	mnl_attr_put(message, NFTA_SET_ELEM_USERDATA, count + 3, data);
}

static void put_rest(struct nlmsghdr *message, const struct set *set,
		     const struct element *element)
{
	if (set->is_map)
		put_data(message, set, element);
	if (element->timeout_ms)
		mnl_attr_put_u64(message, NFTA_SET_ELEM_TIMEOUT, htobe64(element->timeout_ms));
	if (element->expires_ms)
		mnl_attr_put_u64(message, NFTA_SET_ELEM_EXPIRATION, htobe64(element->expires_ms));
	if (element->comment)
		put_comment(message, element->comment);
}

/* A lone field's interval is two elements, the second just behind its end; none where the end
 * is the last value of all. */
static void put_interval_end(struct nlmsghdr *message, const struct set *set,
			     const struct element *element)
{
	size_t count = wire_bytes(set), at = count;
	uint8_t behind[SLOTS * SLOT_BYTES];
	struct nlattr *nest;

	memcpy(behind, element->key_end, count);
	while (at && ++behind[at - 1] == 0)
		at--;
	if (!at)
		return;
	nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	mnl_attr_put_u32(message, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	put_value(message, NFTA_SET_ELEM_KEY, behind, count);
	mnl_attr_nest_end(message, nest);
}

void elements_start(struct element_message *at, struct outbox *outbox, unsigned message,
		    uint16_t flags, const struct table *table, const struct set *set)
{
	at->outbox = outbox;
	at->set = set;
	at->message = outbox_open(outbox, message, family_number(table->family), flags);
	mnl_attr_put_strz(at->message, NFTA_SET_ELEM_LIST_TABLE, table->name);
	mnl_attr_put_strz(at->message, NFTA_SET_ELEM_LIST_SET, set->name);
	at->list = mnl_attr_nest_start(at->message, NFTA_SET_ELEM_LIST_ELEMENTS);
}

bool elements_add(struct element_message *at, const struct element *element)
{
	const struct set *set = at->set;
	struct nlmsghdr *message = at->message;
	size_t filled = (size_t)((uint8_t *)mnl_nlmsg_get_payload_tail(message) -
				 (uint8_t *)at->list);
	struct nlattr *nest;

	if (filled > OUTBOX_NEST_MOST)
		return false;
	nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	if (!element->key)
		mnl_attr_put_u32(message, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_CATCHALL));
	else
		put_value(message, NFTA_SET_ELEM_KEY, element->key, wire_bytes(set));
	if (element->key && element->key_end && set->key.count > 1)
		put_value(message, NFTA_SET_ELEM_KEY_END, element->key_end, wire_bytes(set));
	put_rest(message, set, element);
	mnl_attr_nest_end(message, nest);
	if (element->key && element->key_end && set->key.count == 1)
		put_interval_end(message, set, element);
	return true;
}

struct nlmsghdr *elements_stop(struct element_message *at)
{
	mnl_attr_nest_end(at->message, at->list);
	outbox_close(at->outbox, at->message);
	return at->message;
}
