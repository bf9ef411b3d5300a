/* Questions to conntrack as bytes. A removal without a tuple or a mark means "remove all" to the
 * kernel, so each of the two that are written here begins with what it is about. */
#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include "track/parts.h"

static struct nlmsghdr *message_begin(uint8_t *bytes, uint32_t sequence, unsigned message,
				      uint8_t family, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(bytes);
	struct nfgenmsg *gen;

	header->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | message);
	header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	header->nlmsg_seq = sequence;
	gen = mnl_nlmsg_put_extra_header(header, sizeof(*gen));
	gen->nfgen_family = family;
	gen->version = NFNETLINK_V0;
	return header;
}

struct nlmsghdr *track_encode_dump(uint8_t *bytes, uint32_t sequence)
{
	return message_begin(bytes, sequence, IPCTNL_MSG_CT_GET, AF_UNSPEC, NLM_F_DUMP);
}

struct nlmsghdr *track_encode_count(uint8_t *bytes, uint32_t sequence)
{
	return message_begin(bytes, sequence, IPCTNL_MSG_CT_GET_STATS, AF_UNSPEC, 0);
}

static void put_proto(struct nlmsghdr *header, const struct track_tuple *tuple)
{
	bool v6 = tuple->proto == IPPROTO_ICMPV6;

	mnl_attr_put_u8(header, CTA_PROTO_NUM, tuple->proto);
	switch ((enum track_kind)tuple->kind) {
	case TRACK_BARE:
		break;
	case TRACK_PORTS:
		mnl_attr_put_u16(header, CTA_PROTO_SRC_PORT, htobe16(tuple->src_port));
		mnl_attr_put_u16(header, CTA_PROTO_DST_PORT, htobe16(tuple->dst_port));
		break;
	case TRACK_ICMP:
		mnl_attr_put_u16(header, v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID,
				 htobe16(tuple->icmp_id));
		mnl_attr_put_u8(header, v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE,
				tuple->icmp_type);
		mnl_attr_put_u8(header, v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE,
				tuple->icmp_code);
		break;
	}
}

static void put_tuple(struct nlmsghdr *header, const struct track_tuple *tuple)
{
	bool v6 = tuple->src.family == FAMILY_V6;
	size_t size = v6 ? 16 : 4;
	struct nlattr *whole = mnl_attr_nest_start(header, CTA_TUPLE_ORIG), *part;

	part = mnl_attr_nest_start(header, CTA_TUPLE_IP);
	mnl_attr_put(header, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, size, tuple->src.bytes);
	mnl_attr_put(header, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, size, tuple->dst.bytes);
	mnl_attr_nest_end(header, part);
	part = mnl_attr_nest_start(header, CTA_TUPLE_PROTO);
	put_proto(header, tuple);
	mnl_attr_nest_end(header, part);
	if (tuple->zone)
		mnl_attr_put_u16(header, CTA_TUPLE_ZONE, htobe16(tuple->zone));
	mnl_attr_nest_end(header, whole);
}

struct nlmsghdr *track_encode_delete(uint8_t *bytes, uint32_t sequence,
				     const struct track_entry *entry)
{
	bool v6 = entry->original.src.family == FAMILY_V6;
	struct nlmsghdr *header = message_begin(bytes, sequence, IPCTNL_MSG_CT_DELETE,
						v6 ? AF_INET6 : AF_INET, NLM_F_ACK);

	put_tuple(header, &entry->original);
	mnl_attr_put_u32(header, CTA_ID, htobe32(entry->id));
	if (entry->zone)
		mnl_attr_put_u16(header, CTA_ZONE, htobe16(entry->zone));
	return header;
}

struct nlmsghdr *track_encode_delete_mark(uint8_t *bytes, uint32_t sequence, uint32_t mark)
{
	struct nlmsghdr *header =
		message_begin(bytes, sequence, IPCTNL_MSG_CT_DELETE, AF_UNSPEC, NLM_F_ACK);

	mnl_attr_put_u32(header, CTA_MARK, htobe32(mark));
	mnl_attr_put_u32(header, CTA_MARK_MASK, UINT32_MAX);
	return header;
}
