/* See print_word.h. */
#include "rule/print_word.h"

#include <string.h>

#include "base/lang.h"

struct packet_known packet_known_at(const struct table *table)
{
	struct packet_known known = { .nfproto = -1, .l4proto = -1 };

	if (table->family == TABLE_IP)
		known.nfproto = 2;
	if (table->family == TABLE_IP6)
		known.nfproto = 10;
	known.ether = table->family == TABLE_BRIDGE;
	known.arp = table->family == TABLE_ARP;
	return known;
}

void packet_learn(struct packet_known *known, const struct expr *load, const struct expr *cmp)
{
	const uint8_t *bytes = cmp->cmp.value.bytes;
	uint16_t type;

	if (cmp->cmp.op != CMP_EQ || load->kind != EXPR_META || !cmp->cmp.value.count)
		return;
	if (load->meta.key == META_NFPROTO)
		known->nfproto = bytes[0];
	if (load->meta.key == META_L4PROTO)
		known->l4proto = bytes[0];
	if (load->meta.key == META_PROTOCOL && bytes[0] == 0x08 && bytes[1] == 0x00)
		known->nfproto = 2;
	if (load->meta.key == META_PROTOCOL && bytes[0] == 0x86 && bytes[1] == 0xdd)
		known->nfproto = 10;
	if (load->meta.key == META_IIFTYPE) {
		memcpy(&type, bytes, sizeof(type));
		known->ether = type == 1;
	}
}

enum need { NEED_NOTHING, NEED_ETHER, NEED_IP4, NEED_IP6, NEED_ICMP, NEED_ICMP6, NEED_ARP };

static const struct payload_word {
	const char *text;
	uint8_t base, offset, bytes, need, datum;
} payload_words[] = {
	{ "ether daddr", PAYLOAD_LINK, 0, 6, NEED_ETHER, DATUM_ETHER },
	{ "ether saddr", PAYLOAD_LINK, 6, 6, NEED_ETHER, DATUM_ETHER },
	{ "ip frag-off", PAYLOAD_NETWORK, 6, 2, NEED_IP4, DATUM_INTEGER },
	{ "ip saddr", PAYLOAD_NETWORK, 12, 4, NEED_IP4, DATUM_IPV4 },
	{ "ip daddr", PAYLOAD_NETWORK, 16, 4, NEED_IP4, DATUM_IPV4 },
	{ "ip6 saddr", PAYLOAD_NETWORK, 8, 16, NEED_IP6, DATUM_IPV6 },
	{ "ip6 daddr", PAYLOAD_NETWORK, 24, 16, NEED_IP6, DATUM_IPV6 },
	{ "arp saddr ether", PAYLOAD_NETWORK, 8, 6, NEED_ARP, DATUM_ETHER },
	{ "arp saddr ip", PAYLOAD_NETWORK, 14, 4, NEED_ARP, DATUM_IPV4 },
	{ "icmp type", PAYLOAD_TRANSPORT, 0, 1, NEED_ICMP, DATUM_ICMP_TYPE },
	{ "icmpv6 type", PAYLOAD_TRANSPORT, 0, 1, NEED_ICMP6, DATUM_ICMPV6_TYPE },
	{ "th sport", PAYLOAD_TRANSPORT, 0, 2, NEED_NOTHING, DATUM_PORT },
	{ "th dport", PAYLOAD_TRANSPORT, 2, 2, NEED_NOTHING, DATUM_PORT },
};

static bool need_is_met(const struct packet_known *known, enum need need)
{
	switch (need) {
	case NEED_NOTHING:
		return true;
	case NEED_ETHER:
		return known->ether;
	case NEED_IP4:
		return known->nfproto == 2;
	case NEED_IP6:
		return known->nfproto == 10;
	case NEED_ICMP:
		return known->nfproto == 2 && known->l4proto == 1;
	case NEED_ICMP6:
		return known->nfproto == 10 && known->l4proto == 58;
	case NEED_ARP:
		return known->arp;
	}
	return false;
}

static const struct payload_word *payload_word_find(const struct packet_known *known,
						    const struct expr *load)
{
	for (size_t i = 0; i < array_count(payload_words); i++) {
		const struct payload_word *word = &payload_words[i];

		if (word->base == load->payload.base && word->offset == load->payload.offset &&
		    word->bytes == load->payload.bytes && need_is_met(known, word->need))
			return word;
	}
	return NULL;
}

static const struct {
	const char *text;
	uint8_t datum;
} meta_words[META_KEYS] = {
	[META_NFPROTO] = { "meta nfproto", DATUM_NFPROTO },
	[META_L4PROTO] = { "meta l4proto", DATUM_PROTO },
	[META_PROTOCOL] = { "meta protocol", DATUM_ETHERTYPE },
	[META_IIFNAME] = { "iifname", DATUM_IFNAME },
	[META_OIFNAME] = { "oifname", DATUM_IFNAME },
	[META_IIFTYPE] = { "meta iiftype", DATUM_IFTYPE },
	[META_OIFTYPE] = { "meta oiftype", DATUM_IFTYPE },
	[META_MARK] = { "meta mark", DATUM_MARK },
}, ct_words[CT_KEYS] = {
	[CT_STATE] = { "ct state", DATUM_CT_STATE },
	[CT_DIRECTION] = { "ct direction", DATUM_CT_DIRECTION },
	[CT_MARK] = { "ct mark", DATUM_MARK },
}, ct_original_words[CT_KEYS] = {
	[CT_SRC_IP4] = { "ct original ip saddr", DATUM_IPV4 },
	[CT_DST_IP4] = { "ct original ip daddr", DATUM_IPV4 },
	[CT_SRC_IP6] = { "ct original ip6 saddr", DATUM_IPV6 },
	[CT_DST_IP6] = { "ct original ip6 daddr", DATUM_IPV6 },
};

const char *load_word(const struct packet_known *known, const struct expr *load,
		      const char **ret_text, enum datum *ret_datum)
{
	const struct payload_word *word;

	if (load->kind == EXPR_META && meta_words[load->meta.key].text) {
		*ret_text = meta_words[load->meta.key].text;
		*ret_datum = meta_words[load->meta.key].datum;
		return NULL;
	}
	if (load->kind == EXPR_CT && ct_words[load->ct.key].text &&
	    load->ct.side == CT_SIDE_NONE) {
		*ret_text = ct_words[load->ct.key].text;
		*ret_datum = ct_words[load->ct.key].datum;
		return NULL;
	}
	if (load->kind == EXPR_CT && ct_original_words[load->ct.key].text &&
	    load->ct.side == CT_SIDE_ORIGINAL) {
		*ret_text = ct_original_words[load->ct.key].text;
		*ret_datum = ct_original_words[load->ct.key].datum;
		return NULL;
	}
	if (load->kind != EXPR_PAYLOAD)
		return N_("a load without words");
	word = payload_word_find(known, load);
	if (!word)
		return N_("a payload without words, or before its protocol");
	*ret_text = word->text;
	*ret_datum = word->datum;
	return NULL;
}
