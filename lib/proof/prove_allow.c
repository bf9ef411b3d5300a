/* What may pass, by the state of the connection: a new one by a claim; an established one with a
 * mark that a new one on the same way, or the way back, is given; a related packet only if it is an
 * error of ICMP; anything else not at all. What the gateway says to itself is claimed as such. */
#include <string.h>

#include "proof/prove_parts.h"

enum { NUMBER_ICMP6 = 58, SOLICITATION = 135, ADVERTISEMENT = 136 };

/* A mark on a way. The way of a path that begins or ends here has one interface. */
struct known_key {
	wide iif, oif;
	uint64_t mark, zero;
};

static struct known_key known_key(const struct box *box, enum path path, uint32_t mark, bool back)
{
	wide iif = path == PATH_OUTPUT ? 0 : box->first[DIM_IIF];
	wide oif = path == PATH_INPUT ? 0 : box->first[DIM_OIF];

	/* what the gateway opened is answered by where it went out, and the other way round */
	if (path != PATH_FORWARD)
		return (struct known_key){ iif | oif, 0, mark, 0 };
	return (struct known_key){ back ? oif : iif, back ? iif : oif, mark, 0 };
}

static bool has_one_way(const struct box *box, enum path path)
{
	return (path == PATH_OUTPUT || box_is_point(box, DIM_IIF)) &&
	       (path == PATH_INPUT || box_is_point(box, DIM_OIF));
}

static void known_add(struct proving *proving, struct known_key key)
{
	if (!map_find(&proving->known, &key, sizeof(key)))
		map_add(proving->arena, &proving->known,
			arena_copy(proving->arena, &key, sizeof(key)), sizeof(key), proving);
}

void new_learn(struct proving *proving, const struct leaf *leaf)
{
	if (!leaf->has_ct_mark || !has_one_way(leaf->box, proving->path))
		return;
	known_add(proving, known_key(leaf->box, proving->path, leaf->ct_mark, false));
	known_add(proving, known_key(leaf->box, proving->path, leaf->ct_mark, true));
}

void no_learn(struct proving *proving, const struct leaf *leaf)
{
	(void)proving;
	(void)leaf;
}

/* What the gateway says to itself; and what nobody says, since nothing that the gateway sent itself
 * is routed on to another interface. */
static bool is_own(const struct proving *proving, const struct box *box)
{
	static const wide lo = (wide)0x6c6f << 112; /* "lo" */
	enum dim dim = proving->path == PATH_OUTPUT ? DIM_OIF : DIM_IIF;

	return box->first[dim] == lo && box->last[dim] == lo;
}

enum box_search new_outside(struct proving *proving, const struct leaf *leaf,
			    struct packet *ret_packet)
{
	if (is_own(proving, leaf->box))
		return BOX_NOTHING;
	return claims_find_outside(proving->claims, leaf->box, &proving->budget, ret_packet);
}

/* What is no part of any connection, and claimed: neighbours of IPv6. */
static bool is_stateless(const struct proving *proving, const struct box *box)
{
	wide type = box->first[DIM_T0] >> 8;

	return proving->path != PATH_FORWARD && proving->claims->has_discovery && proving->ethertype == ETHERTYPE_IPV6 &&
	       box->first[DIM_PROTO] == NUMBER_ICMP6 && box->last[DIM_PROTO] == NUMBER_ICMP6 &&
	       type == box->last[DIM_T0] >> 8 && (type == SOLICITATION || type == ADVERTISEMENT);
}

enum box_search none_outside(struct proving *proving, const struct leaf *leaf,
			     struct packet *ret_packet)
{
	if (is_own(proving, leaf->box) || is_stateless(proving, leaf->box))
		return BOX_NOTHING;
	box_first(leaf->box, ret_packet);
	return box_mend_names(leaf->box, ret_packet) ? BOX_FOUND : BOX_NOTHING;
}

static bool is_known(const struct proving *proving, const struct box *box, uint32_t mark)
{
	struct known_key key = known_key(box, proving->path, mark, false);

	if (map_find(&proving->known, &key, sizeof(key)))
		return true;
	/* flows whose addresses are not known yet have marks, and no element that gives them */
	return mark && claims_has_nameless(proving->claims, box->first[DIM_IIF],
					   box->first[DIM_OIF]);
}

/* By the mark that the packet came with; and by the one that a rule gives its connection, if any. */
enum box_search known_outside(struct proving *proving, const struct leaf *leaf,
			      struct packet *ret_packet)
{
	const struct box *box = leaf->box;

	if (box_is_point(box, DIM_CT_MARK) && leaf->has_ct_mark &&
	    has_one_way(box, proving->path) &&
	    is_known(proving, box, (uint32_t)box->first[DIM_CT_MARK]) &&
	    is_known(proving, box, leaf->ct_mark))
		return BOX_NOTHING;
	return none_outside(proving, leaf, ret_packet);
}

/* Errors about a connection: unreachable, too big, time exceeded, parameter problem. */
static bool is_error(const struct box *box, wide ethertype)
{
	static const struct {
		uint8_t proto, types[4];
	} errors[] = { { 1, { 3, 4, 11, 12 } }, { 58, { 1, 2, 3, 4 } } };
	bool v6 = ethertype == ETHERTYPE_IPV6;

	if (box->first[DIM_PROTO] != errors[v6].proto || box->last[DIM_PROTO] != errors[v6].proto)
		return false;
	for (size_t i = 0; i < array_count(errors[v6].types); i++)
		if (box->first[DIM_T0] >> 8 == errors[v6].types[i] &&
		    box->last[DIM_T0] >> 8 == errors[v6].types[i])
			return true;
	return false;
}

bool error_skip(void *context, const struct box *box)
{
	const struct proving *proving = context;

	return is_error(box, proving->ethertype);
}

enum box_search error_outside(struct proving *proving, const struct leaf *leaf,
			      struct packet *ret_packet)
{
	return is_error(leaf->box, proving->ethertype) ? BOX_NOTHING
						       : none_outside(proving, leaf, ret_packet);
}
