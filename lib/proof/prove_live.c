/* Liveness: what is claimed passes on the whole path, exactly. Then the connection that it opened:
 * the same packet again, what follows it, and the answers, with the mark that the rules gave it. */
#include "proof/prove_parts.h"

enum { NUMBER_ICMP = 1, NUMBER_ICMP6 = 58 };

struct opened { /* what of a claim came through */
	struct box box;
	bool has_mark;
	uint32_t mark;
	struct place by;
};

struct living {
	struct proving *proving;
	const struct claim_flow *flow; /* of the claim that is looked at, and so on */
	bool opens;		       /* not of a connection that is open already */
	bool asked_mark; /* what came again with its mark could meet another end */
	vec_of(struct opened) opened;
	enum path path; /* of the packets that are looked at */
	bool stopped;
};

static void stops_add(struct living *living, enum proof_kind kind, const struct box *box,
		      struct place by, struct place doubt)
{
	struct proving *proving = living->proving;
	enum path path = proving->path;
	struct proof_finding finding = { .kind = kind,
					 .has_packet = true,
					 .by = by,
					 .doubt = doubt,
					 .flow = living->flow->id };

	living->stopped = true;
	box_first(box, &finding.packet);
	proving->path = living->path;
	finding_add(proving, finding);
	proving->path = path;
}

static bool live_take(void *context, const struct leaf *leaf)
{
	struct living *living = context;
	enum proof_kind kind = leaf->doubt.table || leaf->stolen ? PROOF_MAY_STOP : PROOF_STOPS;

	if (!leaf->passes) {
		stops_add(living, kind, leaf->box, leaf->by, leaf->doubt);
		return false;
	}
	if (living->opens)
		*vec_add(living->proving->arena, &living->opened) = (struct opened){
			*leaf->box, leaf->has_ct_mark, leaf->ct_mark, leaf->by
		};
	return true;
}

/* False: no budget is left. */
static bool live_run(struct living *living, enum path path, const struct box *box)
{
	struct proving *proving = living->proving;
	struct meaning *meaning = proving->meaning;
	bool good;

	living->path = path;
	proving->meaning = proving->meanings[path];
	good = exact_run(proving, box, live_take, living) != MEANING_TOO_MUCH;
	proving->meaning = meaning;
	if (!good)
		finding_add(proving, (struct proof_finding){ .kind = PROOF_UNFINISHED,
							     .flow = living->flow->id });
	return good;
}

/* ---- the connection ---- */

static void dim_move(struct box *to, enum dim dim, const struct box *from, enum dim from_dim)
{
	to->first[dim] = from->first[from_dim];
	to->last[dim] = from->last[from_dim];
}

/* The answer to a request is of another type, with the same code. False: nothing answers it. */
static bool type_answer(struct box *back)
{
	bool v6 = back->first[DIM_PROTO] == NUMBER_ICMP6;
	wide request = v6 ? 128 : 8, reply = v6 ? 129 : 0;

	if (back->first[DIM_T0] >> 8 != request || back->last[DIM_T0] >> 8 != request)
		return false;
	back->first[DIM_T0] = reply << 8 | (back->first[DIM_T0] & 0xff);
	back->last[DIM_T0] = reply << 8 | (back->last[DIM_T0] & 0xff);
	return true;
}

/* The answers to the packets of a box. False: they cannot be told. */
static bool box_answer(enum path path, const struct box *there, struct box *ret_back)
{
	bool icmp = there->first[DIM_PROTO] == NUMBER_ICMP ||
		    there->first[DIM_PROTO] == NUMBER_ICMP6;

	/* from whom the answer comes is to whom the question went */
	if ((path != PATH_INPUT && !box_is_point(there, DIM_NEXT_MAC)) ||
	    !box_is_point(there, DIM_PROTO))
		return false;
	*ret_back = *there;
	dim_move(ret_back, DIM_IIF, there, DIM_OIF);
	dim_move(ret_back, DIM_OIF, there, DIM_IIF);
	dim_move(ret_back, DIM_SRC, there, DIM_DST);
	dim_move(ret_back, DIM_DST, there, DIM_SRC);
	dim_move(ret_back, DIM_SMAC, there, DIM_NEXT_MAC);
	dim_move(ret_back, DIM_NEXT_MAC, there, DIM_SMAC);
	ret_back->first[DIM_DMAC] = 0;
	ret_back->last[DIM_DMAC] = dim_most(DIM_DMAC);
	box_fix(ret_back, DIM_DIRECTION, 1);
	if (icmp)
		return type_answer(ret_back);
	dim_move(ret_back, DIM_T0, there, DIM_T2);
	dim_move(ret_back, DIM_T2, there, DIM_T0);
	return true;
}

static bool connection_check(struct living *living, const struct opened *opened)
{
	static const enum path backs[PATHS] = { [PATH_FORWARD] = PATH_FORWARD,
						[PATH_INPUT] = PATH_OUTPUT,
						[PATH_OUTPUT] = PATH_INPUT };
	enum path path = living->proving->path;
	struct box box = opened->box, back;

	if (!opened->has_mark) {
		living->path = path;
		stops_add(living, PROOF_MAY_STOP, &box, opened->by, (struct place){ NULL });
		return true;
	}
	box_fix(&box, DIM_CT_MARK, opened->mark);
	if (living->asked_mark && !live_run(living, path, &box))
		return false;
	box_fix(&box, DIM_STATE, CT_ESTABLISHED);
	if (!live_run(living, path, &box))
		return false;
	return !box_answer(path, &box, &back) || live_run(living, backs[path], &back);
}

/* ---- the claims ---- */

/* The packets of a claim, as they come: Ethernet, unmarked, with a transport header. */
static void claim_begin(const struct proving *proving, size_t at, struct box *ret_box)
{
	claims_box(proving->claims, at, ret_box);
	box_fix(ret_box, DIM_STATE, CT_NEW);
	box_fix(ret_box, DIM_FRAG, 0);
	box_fix(ret_box, DIM_DEPTH, 1);
	box_fix(ret_box, DIM_DIRECTION, 0);
	box_fix(ret_box, DIM_CT_MARK, 0);
	box_fix(ret_box, DIM_MARK, 0);
	box_fix(ret_box, DIM_IIFTYPE, IFTYPE_ETHER);
	box_fix(ret_box, DIM_OIFTYPE, IFTYPE_ETHER);
}

/* False: no budget is left. */
static bool claim_check(struct living *living, const struct box *box)
{
	living->opened.count = 0;
	living->stopped = false;
	living->opens = true;
	if (!live_run(living, living->proving->path, box))
		return false;
	living->opens = false;
	living->asked_mark = meaning_asked_ct_mark(living->proving->meaning);
	for (size_t i = 0; i < living->opened.count && !living->stopped; i++)
		if (!connection_check(living, &living->opened.items[i]))
			return false;
	return true;
}

void liveness_check(struct proving *proving)
{
	struct living living = { .proving = proving };

	for (size_t at = 0; at < claims_count(proving->claims); at++) {
		wide flags = 0;
		struct box box;

		if (!claims_must(proving->claims, at))
			continue;
		claim_begin(proving, at, &box);
		if (box.first[DIM_ETHERTYPE] != proving->ethertype)
			continue;
		proving->proof->claims++;
		living.flow = claims_flow(proving->claims, at);
		do {
			box_fix(&box, DIM_FRAG, flags);
			if (!claim_check(&living, &box))
				return;
		} while (flags_next(proving, &flags));
	}
}
