/* See numbers.h. */
#include "nft/numbers.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_arp.h>

/* Names of these in userland headers are nft's own; the kernel only keeps the numbers. */
static const struct {
	uint8_t number, bytes;
	bool host_order;
} datums[DATUMS] = {
	[DATUM_INTEGER] = { 4, 0, false },     [DATUM_VERDICT] = { 1, 16, false },
	[DATUM_MARK] = { 19, 4, true },        [DATUM_IFNAME] = { 41, 16, true },
	[DATUM_ETHER] = { 9, 6, false },       [DATUM_IPV4] = { 7, 4, false },
	[DATUM_IPV6] = { 8, 16, false },       [DATUM_PROTO] = { 12, 1, false },
	[DATUM_PORT] = { 13, 2, false },       [DATUM_ICMP_TYPE] = { 14, 1, false },
	[DATUM_ICMPV6_TYPE] = { 29, 1, false }, [DATUM_CT_STATE] = { 26, 4, true },
	[DATUM_CT_DIRECTION] = { 27, 1, false }, [DATUM_ETHERTYPE] = { 10, 2, false },
	[DATUM_NFPROTO] = { 2, 1, true },      [DATUM_IFINDEX] = { 20, 4, true },
	[DATUM_IFTYPE] = { 21, 2, true },
};

/* What else nft may put side by side in a key. */
static const uint8_t other_bytes[] = {
	[6] = 8,   /* lladdr */
	[11] = 2,  /* arp operation */
	[15] = 1,  /* tcp flag */
	[16] = 1,  [17] = 1, [18] = 8, /* dccp, mh, time */
	[22] = 4,  [23] = 4, [24] = 4, [25] = 4, /* realm, class, uid, gid */
	[28] = 4,  [30] = 16, [31] = 1, /* ct status, label; packet type */
	[32] = 1,  [33] = 1, [34] = 1, /* icmp codes */
	[35] = 4,  [36] = 1, [37] = 1, [38] = 4, [39] = 1, [40] = 4,
	[42] = 1,  [43] = 8, [44] = 4, [45] = 1, [46] = 8,
};

static const uint8_t families[] = {
	[TABLE_INET] = NFPROTO_INET, [TABLE_IP] = NFPROTO_IPV4,
	[TABLE_IP6] = NFPROTO_IPV6,  [TABLE_ARP] = NFPROTO_ARP,
	[TABLE_NETDEV] = NFPROTO_NETDEV, [TABLE_BRIDGE] = NFPROTO_BRIDGE,
};

static const uint8_t metas[META_KEYS] = {
	[META_NFPROTO] = NFT_META_NFPROTO,   [META_L4PROTO] = NFT_META_L4PROTO,
	[META_PROTOCOL] = NFT_META_PROTOCOL, [META_IIFNAME] = NFT_META_IIFNAME,
	[META_OIFNAME] = NFT_META_OIFNAME,   [META_IIF] = NFT_META_IIF,
	[META_OIF] = NFT_META_OIF,           [META_IIFTYPE] = NFT_META_IIFTYPE,
	[META_OIFTYPE] = NFT_META_OIFTYPE,   [META_MARK] = NFT_META_MARK,
	[META_LEN] = NFT_META_LEN,           [META_PKTTYPE] = NFT_META_PKTTYPE,
	[META_SKUID] = NFT_META_SKUID,       [META_SKGID] = NFT_META_SKGID,
	[META_CPU] = NFT_META_CPU,           [META_PRIORITY] = NFT_META_PRIORITY,
	[META_TRACE] = NFT_META_NFTRACE,     [META_REALM] = NFT_META_RTCLASSID,
	[META_SECMARK] = NFT_META_SECMARK,   [META_BRIDGE_IIFNAME] = NFT_META_BRI_IIFNAME,
	[META_BRIDGE_OIFNAME] = NFT_META_BRI_OIFNAME, [META_IIFGROUP] = NFT_META_IIFGROUP,
	[META_OIFGROUP] = NFT_META_OIFGROUP, [META_CGROUP] = NFT_META_CGROUP,
	[META_RANDOM] = NFT_META_PRANDOM,    [META_SECPATH] = NFT_META_SECPATH,
	[META_IIFKIND] = NFT_META_IIFKIND,   [META_OIFKIND] = NFT_META_OIFKIND,
	[META_BRIDGE_PVID] = NFT_META_BRI_IIFPVID,
	[META_BRIDGE_VPROTO] = NFT_META_BRI_IIFVPROTO,
	[META_TIME] = NFT_META_TIME_NS,      [META_DAY] = NFT_META_TIME_DAY,
	[META_HOUR] = NFT_META_TIME_HOUR,    [META_SDIF] = NFT_META_SDIF,
	[META_SDIFNAME] = NFT_META_SDIFNAME,
	/* younger than Debian 12's headers: 6.6 and 6.18 */
	[META_BROUTE] = NFT_META_SDIFNAME + 1, [META_BRIDGE_HWADDR] = NFT_META_SDIFNAME + 2,
};

static const uint8_t cts[CT_KEYS] = {
	[CT_STATE] = NFT_CT_STATE,       [CT_DIRECTION] = NFT_CT_DIRECTION,
	[CT_STATUS] = NFT_CT_STATUS,     [CT_MARK] = NFT_CT_MARK,
	[CT_EXPIRATION] = NFT_CT_EXPIRATION, [CT_HELPER] = NFT_CT_HELPER,
	[CT_L3PROTO] = NFT_CT_L3PROTOCOL, [CT_PROTO] = NFT_CT_PROTOCOL,
	[CT_SRC] = NFT_CT_SRC,           [CT_DST] = NFT_CT_DST,
	[CT_SRC_IP4] = NFT_CT_SRC_IP,    [CT_DST_IP4] = NFT_CT_DST_IP,
	[CT_SRC_IP6] = NFT_CT_SRC_IP6,   [CT_DST_IP6] = NFT_CT_DST_IP6,
	[CT_SRC_PORT] = NFT_CT_PROTO_SRC, [CT_DST_PORT] = NFT_CT_PROTO_DST,
	[CT_ZONE] = NFT_CT_ZONE,         [CT_SECMARK] = NFT_CT_SECMARK,
	[CT_LABELS] = NFT_CT_LABELS,     [CT_PACKETS] = NFT_CT_PKTS,
	[CT_BYTES] = NFT_CT_BYTES,       [CT_AVERAGE] = NFT_CT_AVGPKT,
	[CT_EVENTS] = NFT_CT_EVENTMASK,  [CT_ID] = NFT_CT_ID,
};

uint8_t family_number(enum table_family family)
{
	return families[family];
}

bool family_find(uint8_t number, enum table_family *ret_family)
{
	for (unsigned i = 0; i < array_count(families); i++)
		if (families[i] == number) {
			*ret_family = (enum table_family)i;
			return true;
		}
	return false;
}

uint32_t datum_number(enum datum datum)
{
	return datum == DATUM_VERDICT ? (uint32_t)NFT_DATA_VERDICT : datums[datum].number;
}

enum datum datum_find(uint32_t number)
{
	if (number == (uint32_t)NFT_DATA_VERDICT)
		return DATUM_VERDICT;
	for (unsigned i = 0; i < DATUMS; i++)
		if (i != DATUM_VERDICT && datums[i].number == number)
			return (enum datum)i;
	return DATUM_INTEGER;
}

unsigned datum_number_bytes(uint32_t number)
{
	enum datum datum = datum_find(number);

	if (datum != DATUM_INTEGER)
		return datums[datum].bytes;
	return number < array_count(other_bytes) ? other_bytes[number] : 0;
}

bool datum_is_host_order(enum datum datum)
{
	return datums[datum].host_order;
}

uint32_t meta_number(enum meta_key key)
{
	return metas[key];
}

static bool number_find(const uint8_t *numbers, unsigned count, uint32_t number, uint8_t *ret_key)
{
	for (unsigned i = 0; i < count; i++)
		if (numbers[i] == number) {
			*ret_key = (uint8_t)i;
			return true;
		}
	return false;
}

bool meta_find(uint32_t number, uint8_t *ret_key)
{
	return number_find(metas, META_KEYS, number, ret_key);
}

uint32_t ct_number(enum ct_key key)
{
	return cts[key];
}

bool ct_find(uint32_t number, uint8_t *ret_key)
{
	return number_find(cts, CT_KEYS, number, ret_key);
}

uint32_t hook_number(enum table_family family, enum hook hook)
{
	if (family == TABLE_NETDEV)
		return hook == HOOK_INGRESS ? NF_NETDEV_INGRESS :
		       hook == HOOK_EGRESS  ? NF_NETDEV_INGRESS + 1 :
					      NUMBER_NONE;
	if (family == TABLE_ARP)
		return hook == HOOK_INPUT   ? NF_ARP_IN :
		       hook == HOOK_OUTPUT  ? NF_ARP_OUT :
		       hook == HOOK_FORWARD ? NF_ARP_FORWARD :
					      NUMBER_NONE;
	switch (hook) {
	case HOOK_PREROUTING:
		return NF_INET_PRE_ROUTING;
	case HOOK_INPUT:
		return NF_INET_LOCAL_IN;
	case HOOK_FORWARD:
		return NF_INET_FORWARD;
	case HOOK_OUTPUT:
		return NF_INET_LOCAL_OUT;
	case HOOK_POSTROUTING:
		return NF_INET_POST_ROUTING;
	case HOOK_INGRESS:
		return family == TABLE_INET ? NF_INET_POST_ROUTING + 1 : NUMBER_NONE;
	case HOOK_EGRESS:
		break;
	}
	return NUMBER_NONE;
}

bool hook_find(enum table_family family, uint32_t number, uint8_t *ret_hook)
{
	for (unsigned hook = HOOK_PREROUTING; hook <= HOOK_EGRESS; hook++)
		if (hook_number(family, (enum hook)hook) == number && number != NUMBER_NONE) {
			*ret_hook = (uint8_t)hook;
			return true;
		}
	return false;
}

int32_t verdict_number(enum verdict_code code)
{
	switch (code) {
	case VERDICT_ACCEPT:
		return NF_ACCEPT;
	case VERDICT_DROP:
		return NF_DROP;
	case VERDICT_RETURN:
		return NFT_RETURN;
	case VERDICT_JUMP:
		return NFT_JUMP;
	case VERDICT_GOTO:
		return NFT_GOTO;
	case VERDICT_QUEUE:
		return NF_QUEUE;
	case VERDICT_CONTINUE:
	case VERDICT_NONE:
		break;
	}
	return NFT_CONTINUE;
}

enum verdict_code verdict_find(int32_t number)
{
	for (int code = VERDICT_ACCEPT; code <= VERDICT_QUEUE; code++)
		if (verdict_number((enum verdict_code)code) == number)
			return (enum verdict_code)code;
	return VERDICT_NONE;
}

uint32_t register_number(uint8_t slot)
{
	if (slot == SLOT_VERDICT)
		return NFT_REG_VERDICT;
	return slot % 4 == 0 ? NFT_REG_1 + slot / 4u : NFT_REG32_00 + (uint32_t)slot;
}

bool register_find(uint32_t number, uint8_t *ret_slot)
{
	if (number == NFT_REG_VERDICT)
		*ret_slot = SLOT_VERDICT;
	else if (number <= NFT_REG_4)
		*ret_slot = (uint8_t)((number - NFT_REG_1) * 4);
	else if (number >= NFT_REG32_00 && number < NFT_REG32_00 + SLOTS)
		*ret_slot = (uint8_t)(number - NFT_REG32_00);
	else
		return false;
	return true;
}

static const uint8_t objects[] = {
	[OBJECT_NONE] = NFT_OBJECT_UNSPEC,	    [OBJECT_COUNTER] = NFT_OBJECT_COUNTER,
	[OBJECT_QUOTA] = NFT_OBJECT_QUOTA,	    [OBJECT_LIMIT] = NFT_OBJECT_LIMIT,
	[OBJECT_CONNLIMIT] = NFT_OBJECT_CONNLIMIT,  [OBJECT_CT_HELPER] = NFT_OBJECT_CT_HELPER,
	[OBJECT_CT_TIMEOUT] = NFT_OBJECT_CT_TIMEOUT, [OBJECT_CT_EXPECT] = NFT_OBJECT_CT_EXPECT,
	[OBJECT_TUNNEL] = NFT_OBJECT_TUNNEL,	    [OBJECT_SECMARK] = NFT_OBJECT_SECMARK,
	[OBJECT_SYNPROXY] = NFT_OBJECT_SYNPROXY,
};

uint32_t object_number(enum object_type type)
{
	return (unsigned)type < array_count(objects) ? objects[type] : (uint32_t)NFT_OBJECT_UNSPEC;
}

enum object_type object_find(uint32_t number)
{
	for (unsigned i = 0; i < array_count(objects); i++)
		if (objects[i] == number)
			return (enum object_type)i;
	return OBJECT_OTHER;
}
