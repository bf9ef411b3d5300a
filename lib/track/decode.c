/* Entries out of bytes that may be anything: every length is checked, what is missing or of the
 * wrong size makes the entry unreadable, what is unknown is passed over. */
#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>

#include "track/parts.h"

/* (mnl_nlmsg_ok() takes a length for signed, and one beyond 2 GiB for good.) */
const struct nlmsghdr *track_message_next(const uint8_t **bytes, size_t *left)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)*bytes;
	size_t step;

	if (*left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
	    message->nlmsg_len > *left)
		return NULL;
	step = size_min((size_t)NLMSG_ALIGN((uint64_t)message->nlmsg_len), *left);
	*bytes += step;
	*left -= step;
	return message;
}

void track_attrs(const struct nlattr **table, unsigned most, const void *bytes, size_t count)
{
	const uint8_t *at = bytes;

	memset(table, 0, (most + 1) * sizeof(*table));
	while (mnl_attr_ok((const struct nlattr *)at, (int)count)) {
		const struct nlattr *attr = (const struct nlattr *)at;
		size_t step = size_min(MNL_ALIGN(attr->nla_len), count);

		if (mnl_attr_get_type(attr) <= most)
			table[mnl_attr_get_type(attr)] = attr;
		at += step;
		count -= step;
	}
}

static bool nest_sort(const struct nlattr **table, unsigned most, const struct nlattr *nest)
{
	if (!nest)
		return false;
	track_attrs(table, most, mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest));
	return true;
}

/* False where it is not there or has another size. */
static bool take(const struct nlattr *attr, void *ret_bytes, size_t count)
{
	if (!attr || mnl_attr_get_payload_len(attr) != count)
		return false;
	memcpy(ret_bytes, mnl_attr_get_payload(attr), count);
	return true;
}

static bool take_u16(const struct nlattr *attr, uint16_t *ret_number)
{
	uint16_t number;

	if (!take(attr, &number, sizeof(number)))
		return false;
	*ret_number = be16toh(number);
	return true;
}

static bool take_u32(const struct nlattr *attr, uint32_t *ret_number)
{
	uint32_t number;

	if (!take(attr, &number, sizeof(number)))
		return false;
	*ret_number = be32toh(number);
	return true;
}

static bool decode_addrs(const struct nlattr *nest, struct track_tuple *tuple)
{
	const struct nlattr *attrs[CTA_IP_MAX + 1];

	if (!nest_sort(attrs, CTA_IP_MAX, nest))
		return false;
	if (take(attrs[CTA_IP_V4_SRC], tuple->src.bytes, 4) &&
	    take(attrs[CTA_IP_V4_DST], tuple->dst.bytes, 4))
		tuple->src.family = tuple->dst.family = FAMILY_V4;
	else if (take(attrs[CTA_IP_V6_SRC], tuple->src.bytes, 16) &&
		 take(attrs[CTA_IP_V6_DST], tuple->dst.bytes, 16))
		tuple->src.family = tuple->dst.family = FAMILY_V6;
	return tuple->src.family != FAMILY_NONE;
}

static bool decode_icmp(const struct nlattr *const *attrs, bool v6, struct track_tuple *tuple)
{
	return take_u16(attrs[v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID], &tuple->icmp_id) &&
	       take(attrs[v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE], &tuple->icmp_type, 1) &&
	       take(attrs[v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE], &tuple->icmp_code, 1);
}

static bool decode_proto(const struct nlattr *nest, struct track_tuple *tuple)
{
	const struct nlattr *attrs[CTA_PROTO_MAX + 1];

	if (!nest_sort(attrs, CTA_PROTO_MAX, nest) ||
	    !take(attrs[CTA_PROTO_NUM], &tuple->proto, sizeof(tuple->proto)))
		return false;
	if (tuple->proto == IPPROTO_ICMP || tuple->proto == IPPROTO_ICMPV6) {
		tuple->kind = TRACK_ICMP;
		return decode_icmp(attrs, tuple->proto == IPPROTO_ICMPV6, tuple);
	}
	if (!attrs[CTA_PROTO_SRC_PORT] && !attrs[CTA_PROTO_DST_PORT])
		return true;
	tuple->kind = TRACK_PORTS;
	return take_u16(attrs[CTA_PROTO_SRC_PORT], &tuple->src_port) &&
	       take_u16(attrs[CTA_PROTO_DST_PORT], &tuple->dst_port);
}

static bool decode_tuple(const struct nlattr *nest, struct track_tuple *tuple)
{
	const struct nlattr *attrs[CTA_TUPLE_MAX + 1];

	return nest_sort(attrs, CTA_TUPLE_MAX, nest) &&
	       decode_addrs(attrs[CTA_TUPLE_IP], tuple) &&
	       decode_proto(attrs[CTA_TUPLE_PROTO], tuple) &&
	       (!attrs[CTA_TUPLE_ZONE] || take_u16(attrs[CTA_TUPLE_ZONE], &tuple->zone));
}

static bool decode_start(const struct nlattr *nest, struct track_entry *entry)
{
	const struct nlattr *attrs[CTA_TIMESTAMP_MAX + 1];
	uint64_t start;

	if (!nest_sort(attrs, CTA_TIMESTAMP_MAX, nest))
		return true; /* it is off: net.netfilter.nf_conntrack_timestamp */
	if (!take(attrs[CTA_TIMESTAMP_START], &start, sizeof(start)))
		return false;
	entry->has_start = true;
	entry->start_ns = be64toh(start);
	return true;
}

/* What the kernel leaves out is 0: a mark or a status of none, the timeout of an entry that is
 * offloaded. Without an id it could not be removed, and no kernel leaves that out. */
static bool decode_rest(const struct nlattr *const *attrs, struct track_entry *entry)
{
	return take_u32(attrs[CTA_ID], &entry->id) &&
	       (!attrs[CTA_MARK] || take_u32(attrs[CTA_MARK], &entry->mark)) &&
	       (!attrs[CTA_STATUS] || take_u32(attrs[CTA_STATUS], &entry->status)) &&
	       (!attrs[CTA_TIMEOUT] || take_u32(attrs[CTA_TIMEOUT], &entry->timeout_sec)) &&
	       (!attrs[CTA_ZONE] || take_u16(attrs[CTA_ZONE], &entry->zone)) &&
	       decode_start(attrs[CTA_TIMESTAMP], entry);
}

bool track_decode(const struct nlmsghdr *message, struct track_entry *ret_entry)
{
	const struct nlattr *attrs[CTA_MAX + 1];
	struct track_entry entry = { 0 };
	size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));

	if (message->nlmsg_len < head ||
	    message->nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW))
		return false;
	track_attrs(attrs, CTA_MAX, (const uint8_t *)message + head, message->nlmsg_len - head);
	if (!decode_tuple(attrs[CTA_TUPLE_ORIG], &entry.original) ||
	    !decode_tuple(attrs[CTA_TUPLE_REPLY], &entry.reply) || !decode_rest(attrs, &entry))
		return false;
	*ret_entry = entry;
	return true;
}
