/* See judge.h. */
#include "unit/judge.h"

#include <string.h>

enum { PACKETS = 1500 };

/* ---- what is claimed, looked up the long way ---- */

long claim_of(const struct claims *claims, const struct packet *packet, bool must)
{
	for (size_t i = 0; i < claims_count(claims); i++) {
		struct box box;

		claims_box(claims, i, &box);
		box.first[DIM_NEXT_MAC] = 0;
		box.last[DIM_NEXT_MAC] = dim_most(DIM_NEXT_MAC);
		if (box_has(&box, packet) && (!must || claims_must(claims, i)))
			return (long)i;
	}
	return -1;
}

/* As packets of a claim come: liveness speaks of no others. */
static bool is_plain(const struct packet *packet)
{
	return !packet->at[DIM_MARK] && !packet->at[DIM_CT_MARK] && packet->at[DIM_DEPTH] &&
	       packet->at[DIM_IIFTYPE] == IFTYPE_ETHER && packet->at[DIM_OIFTYPE] == IFTYPE_ETHER;
}

static bool is_claimed_live(const struct claims *claims, const struct packet *packet)
{
	for (size_t i = 0; i < claims_count(claims); i++) {
		struct box box;

		claims_box(claims, i, &box);
		if (claims_must(claims, i) && box_has(&box, packet))
			return true;
	}
	return false;
}

/* ---- which marks connections get ---- */

struct learning {
	struct judge *judge;
	const struct packet *packet;
};

static bool learn_take(void *context, const struct leaf *leaf)
{
	struct learning *learning = context;
	struct judge *judge = learning->judge;

	if (leaf->passes && leaf->has_ct_mark &&
	    judge->known_count < sizeof(judge->known) / sizeof(judge->known[0]))
		judge->known[judge->known_count++] =
			(struct known){ learning->packet->at[DIM_IIF],
					learning->packet->at[DIM_OIF], leaf->ct_mark };
	return true;
}

static void learn(struct judge *judge)
{
	judge->known_count = 0;
	for (enum path path = 0; path < PATHS; path++)
		for (size_t i = 0; i < claims_count(&judge->want.claims[path]); i++) {
			struct learning learning = { judge, NULL };
			size_t budget = 10000;
			struct packet packet;
			struct box box;

			claims_box(&judge->want.claims[path], i, &box);
			box_fix(&box, DIM_STATE, CT_NEW);
			box_fix(&box, DIM_IIFTYPE, IFTYPE_ETHER);
			box_fix(&box, DIM_OIFTYPE, IFTYPE_ETHER);
			box_fix(&box, DIM_DEPTH, 1);
			box_first(&box, &packet);
			memcpy(box.last, box.first, sizeof(box.last));
			learning.packet = &packet;
			(void)!meaning_run(judge->meanings[path], &box,
					   &(struct meaning_run){ .care = MEANING_EXACT,
								  .budget = &budget,
								  .take = learn_take,
								  .context = &learning });
		}
}

static bool is_known(const struct judge *judge, const struct packet *packet)
{
	for (size_t i = 0; i < judge->known_count; i++) {
		const struct known *known = &judge->known[i];

		if (known->mark == packet->at[DIM_CT_MARK] &&
		    ((known->iif == packet->at[DIM_IIF] && known->oif == packet->at[DIM_OIF]) ||
		     (known->iif == packet->at[DIM_OIF] && known->oif == packet->at[DIM_IIF])))
			return true;
	}
	return false;
}

/* To itself, or to a neighbour by IPv6. */
static bool is_local(const struct judge *judge, enum path path, const struct packet *packet)
{
	wide type = packet->at[DIM_T0] >> 8;

	if (path == PATH_FORWARD)
		return false;
	return packet->at[path == PATH_INPUT ? DIM_IIF : DIM_OIF] == dim_of_name("lo") ||
	       (judge->want.claims[path].has_discovery &&
		packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV6 && packet->at[DIM_PROTO] == 58 &&
		(type == 135 || type == 136));
}

static bool is_error(const struct packet *packet)
{
	return packet->at[DIM_PROTO] == 1 || packet->at[DIM_PROTO] == 58;
}

/* May it pass? Of what only the proof itself could say (connections to peers by name, errors),
 * it may. */
static bool is_allowed(const struct judge *judge, enum path path, const struct packet *packet)
{
	const struct claims *claims = &judge->want.claims[path];

	switch ((enum ct_state_bit)packet->at[DIM_STATE]) {
	case CT_NEW:
		return claim_of(claims, packet, false) >= 0;
	case CT_ESTABLISHED:
		return is_local(judge, path, packet) || is_known(judge, packet) ||
		       claims_has_nameless(claims, packet->at[DIM_IIF], packet->at[DIM_OIF]);
	case CT_RELATED:
		return is_local(judge, path, packet) || is_error(packet);
	case CT_INVALID:
	case CT_UNTRACKED:
		break;
	}
	return is_local(judge, path, packet);
}

/* ---- packets ---- */

static void corner(struct judge *judge, const struct claims *claims, struct packet *ret_packet)
{
	struct box box;

	box_all(&box);
	if (claims_count(claims))
		claims_box(claims, roll(&judge->dice, (uint32_t)claims_count(claims)), &box);
	for (unsigned dim = 0; dim < DIMS; dim++)
		ret_packet->at[dim] = roll(&judge->dice, 2) ? box.first[dim] : box.last[dim];
	if (box.first[DIM_T0] != box.last[DIM_T0])
		ret_packet->at[DIM_T0] = 40000;
	ret_packet->at[DIM_IIFTYPE] = ret_packet->at[DIM_OIFTYPE] = IFTYPE_ETHER;
	ret_packet->at[DIM_DEPTH] = 1;
	ret_packet->at[DIM_FRAG] = ret_packet->at[DIM_DIRECTION] = 0;
	ret_packet->at[DIM_MARK] = ret_packet->at[DIM_CT_MARK] = 0;
	ret_packet->at[DIM_STATE] = CT_NEW;
}

static wide number_near(struct judge *judge, wide value)
{
	switch (roll(&judge->dice, 4)) {
	case 0:
		return value + 1;
	case 1:
		return value - 1;
	case 2:
		return value ^ (wide)1 << roll(&judge->dice, 32);
	default:
		return roll(&judge->dice, 0xffffffff);
	}
}

static void dim_disturb(struct judge *judge, struct packet *packet, const struct packet *other)
{
	static const uint8_t states[] = { CT_NEW, CT_ESTABLISHED, CT_RELATED, CT_INVALID,
					  CT_UNTRACKED };
	unsigned dim = roll(&judge->dice, DIMS);

	switch ((enum dim)dim) {
	case DIM_STATE:
		packet->at[dim] = states[roll(&judge->dice, sizeof(states))];
		break;
	case DIM_ETHERTYPE: /* of another claim */
		*packet = *other;
		break;
	case DIM_MARK:
	case DIM_CT_MARK:
		packet->at[dim] = roll(&judge->dice, 20);
		break;
	case DIM_PROTO:
		packet->at[dim] = (uint8_t[]){ 1, 6, 17, 58, 200 }[roll(&judge->dice, 5)];
		break;
	case DIM_FRAG:
		packet->at[dim] = (uint16_t[]){ 0, 0x4000, 0x8000 }[roll(&judge->dice, 3)];
		break;
	case DIM_DEPTH:
		packet->at[dim] = roll(&judge->dice, 2);
		break;
	case DIM_IIFTYPE:
	case DIM_OIFTYPE:
		packet->at[dim] = roll(&judge->dice, 4) ? IFTYPE_ETHER : 65534;
		break;
	case DIM_IIF:
	case DIM_OIF:
	case DIM_SMAC:
	case DIM_DMAC:
	case DIM_NEXT_MAC:
	case DIM_SRC:
	case DIM_DST:
	case DIM_T0:
	case DIM_T2:
	case DIM_DIRECTION:
	case DIMS:
		packet->at[dim] = roll(&judge->dice, 2) ? other->at[dim]
							: number_near(judge, packet->at[dim]);
		break;
	}
}

/* At the edges of what is claimed; possible at that path. */
static void packet_make(struct judge *judge, enum path path, struct packet *ret_packet)
{
	const struct claims *claims = &judge->want.claims[path];
	struct packet other;
	wide most;

	corner(judge, claims, ret_packet);
	corner(judge, &judge->want.claims[roll(&judge->dice, PATHS)], &other);
	if (!roll(&judge->dice, 3)) {
		ret_packet->at[DIM_STATE] = roll(&judge->dice, 2) ? CT_ESTABLISHED : CT_NEW;
		ret_packet->at[DIM_CT_MARK] = roll(&judge->dice, 20);
	}
	for (unsigned i = roll(&judge->dice, 4); i > 0; i--)
		dim_disturb(judge, ret_packet, &other);
	if (ret_packet->at[DIM_ETHERTYPE] != ETHERTYPE_IPV6)
		ret_packet->at[DIM_ETHERTYPE] = ETHERTYPE_IPV4;
	else
		ret_packet->at[DIM_FRAG] = 0;
	most = ret_packet->at[DIM_ETHERTYPE] == ETHERTYPE_IPV4 ? UINT32_MAX : dim_most(DIM_SRC);
	for (unsigned dim = 0; dim < DIMS; dim++)
		ret_packet->at[dim] &= dim == DIM_SRC || dim == DIM_DST ? most
									 : dim_most((enum dim)dim);
	if (ret_packet->at[DIM_STATE] == CT_NEW)
		ret_packet->at[DIM_DIRECTION] = 0;
	if (path == PATH_INPUT)
		ret_packet->at[DIM_OIF] = 0;
	if (path == PATH_OUTPUT)
		ret_packet->at[DIM_IIF] = 0;
}

/* ---- judging ---- */

static bool is_wrong(struct judge *judge, enum path path, const struct packet *packet)
{
	char fate = rules_fate(judge->meanings[path], packet);

	if (fate == 'p')
		return !is_allowed(judge, path, packet);
	return fate == 'd' && packet->at[DIM_STATE] == CT_NEW && is_plain(packet) &&
	       is_claimed_live(&judge->want.claims[path], packet);
}

bool find_wrong(struct judge *judge)
{
	learn(judge);
	for (unsigned i = 0; i < PACKETS; i++) {
		enum path path = roll(&judge->dice, 2) ? PATH_FORWARD
						       : (enum path)roll(&judge->dice, PATHS);

		packet_make(judge, path, &judge->wrong);
		judge->wrong_path = path;
		if (is_wrong(judge, path, &judge->wrong))
			return true;
	}
	return false;
}
