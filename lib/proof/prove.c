/* See prove.h. Safety first asks the deciding hook alone, with everything else free: what is within
 * the claims there needs no second look, whatever other chains do, because they can only drop. What
 * is not is tried as single packets on the whole path, and then as a box, exactly. */
#include "proof/prove.h"

#include <string.h>

#include "base/lang.h"
#include "proof/prove_parts.h"

enum { FRAG_FLAGS = 0xc000 }; /* of a packet that is whole: reserved, and do not fragment */

/* ---- findings ---- */

static enum proof_result worse(enum proof_result a, enum proof_result b)
{
	static const uint8_t ranks[] = { [PROOF_PROVED] = 0, [PROOF_EXCEPT] = 1,
					 [PROOF_INCONCLUSIVE] = 2, [PROOF_REFUTED] = 3 };

	return ranks[a] >= ranks[b] ? a : b;
}

static enum proof_result kind_result(enum proof_kind kind)
{
	switch (kind) {
	case PROOF_ADMITS:
	case PROOF_STOPS:
	case PROOF_DISAGREES:
		return PROOF_REFUTED;
	case PROOF_MAY_ADMIT:
	case PROOF_MAY_STOP:
	case PROOF_CARRIES:
		return PROOF_EXCEPT;
	case PROOF_UNFINISHED:
		return PROOF_INCONCLUSIVE;
	}
	return PROOF_INCONCLUSIVE;
}

static bool is_same_place(const struct place *a, const struct place *b)
{
	return a->table == b->table && a->chain == b->chain && a->rule == b->rule;
}

/* One of a kind by the same rule and element is enough. */
static bool is_told(const struct proof *proof, const struct proof_finding *finding)
{
	vec_each(known, &proof->findings)
		if (known->kind == finding->kind && known->path == finding->path &&
		    is_same_place(&known->by, &finding->by) &&
		    known->element == finding->element && known->flow == finding->flow)
			return true;
	return false;
}

void finding_add(struct proving *proving, struct proof_finding finding)
{
	struct proof *proof = proving->proof;

	finding.path = proving->path;
	if (!finding_agrees(proving, &finding))
		finding.kind = PROOF_DISAGREES;
	proof->result = worse(proof->result, kind_result(finding.kind));
	if (is_told(proof, &finding))
		return;
	if (proof->findings.count == PROOF_FINDINGS_MOST) {
		proof->findings_more++;
		return;
	}
	*vec_add(proof->arena, &proof->findings) = finding;
}

/* ---- the packets that a run begins with ---- */

void whole_box(const struct proving *proving, uint32_t state, struct box *ret_box)
{
	wide addr_most = proving->ethertype == ETHERTYPE_IPV4 ? (wide)UINT32_MAX
							      : dim_most(DIM_SRC);

	box_all(ret_box);
	box_fix(ret_box, DIM_ETHERTYPE, proving->ethertype);
	box_fix(ret_box, DIM_STATE, state);
	if (state != CT_UNTRACKED && state != CT_INVALID) /* put together again to be tracked */
		box_fix(ret_box, DIM_FRAG, 0);
	ret_box->last[DIM_SRC] = ret_box->last[DIM_DST] = addr_most;
	if (proving->path == PATH_INPUT)
		box_fix(ret_box, DIM_OIF, 0);
	if (proving->path == PATH_OUTPUT)
		box_fix(ret_box, DIM_IIF, 0);
	if (state == CT_NEW)
		box_fix(ret_box, DIM_DIRECTION, 0);
}

/* ---- one packet on the whole path ---- */

enum meaning_end exact_run(struct proving *proving, const struct box *box,
				  meaning_take *take, void *context)
{
	return meaning_run(proving->meaning, box,
			   &(struct meaning_run){ .stage = MEANING_ALL,
						  .care = MEANING_EXACT,
						  .budget = &proving->budget,
						  .take = take,
						  .context = context });
}

struct tried {
	struct leaf leaf;
	struct box box;
	bool passes, may;
};

static bool try_take(void *context, const struct leaf *leaf)
{
	struct tried *tried = context;

	if (!leaf->passes)
		return true;
	tried->may = true;
	tried->passes |= !leaf->doubt.table;
	tried->leaf = *leaf;
	return true;
}

/* Does it pass in the end, for certain or perhaps? */
static bool packet_passes(struct proving *proving, const struct packet *packet,
			  struct tried *ret_tried)
{
	struct box box;

	*ret_tried = (struct tried){ 0 };
	memcpy(box.first, packet->at, sizeof(box.first));
	memcpy(box.last, packet->at, sizeof(box.last));
	return exact_run(proving, &box, try_take, ret_tried) == MEANING_WHOLE && ret_tried->may;
}

/* ---- safety ---- */

static void admits_add(struct proving *proving, const struct packet *packet,
		       const struct leaf *leaf, const struct box *box)
{
	proving->refuted += !leaf->doubt.table;
	finding_add(proving, (struct proof_finding){
				     .kind = leaf->doubt.table ? PROOF_MAY_ADMIT : PROOF_ADMITS,
				     .has_packet = true,
				     .packet = *packet,
				     .box = *box,
				     .by = leaf->by,
				     .doubt = leaf->doubt,
				     .set = leaf->set,
				     .element = leaf->element });
}

static void unfinished_add(struct proving *proving, const struct leaf *leaf)
{
	finding_add(proving, (struct proof_finding){ .kind = PROOF_UNFINISHED,
						     .by = leaf->by,
						     .set = leaf->set,
						     .element = leaf->element });
}

/* A leaf of the whole path, exact. */
static bool exact_take(void *context, const struct leaf *leaf)
{
	struct proving *proving = context;
	struct packet packet;

	if (!leaf->passes)
		return true;
	switch (proving->outside(proving, leaf, &packet)) {
	case BOX_FOUND:
		admits_add(proving, &packet, leaf, leaf->box);
		return false;
	case BOX_TOO_MUCH:
		unfinished_add(proving, leaf);
		return false;
	case BOX_NOTHING:
		break;
	}
	return true;
}

/* Packets such as there are, before any that there could be: what a reader sees is one of them. */
static bool suspect_try(struct proving *proving, const struct suspect *suspect,
			struct packet *ret_packet, struct leaf *ret_leaf)
{
	for (uint64_t nth = 0; nth < PACKETS_TRIED; nth++) {
		struct box point;
		struct leaf leaf = { .box = &point };
		struct packet found;
		struct tried tried;

		claims_try(proving->claims, &suspect->box, nth, ret_packet);
		if (!box_mend_names(&suspect->box, ret_packet))
			continue;
		memcpy(point.first, ret_packet->at, sizeof(point.first));
		memcpy(point.last, ret_packet->at, sizeof(point.last));
		if (proving->outside(proving, &leaf, &found) != BOX_FOUND ||
		    !packet_passes(proving, ret_packet, &tried))
			continue;
		*ret_leaf = tried.leaf;
		return true;
	}
	return false;
}

/* What it is at the deciding hook, on the whole path; there it may have come as anything, in what
 * rules write on the way. */
static void suspect_judge(struct proving *proving, const struct suspect *suspect)
{
	struct leaf leaf = { .by = suspect->by, .set = suspect->set, .element = suspect->element };
	struct box box = suspect->box;
	struct packet packet;

	if (suspect_try(proving, suspect, &packet, &leaf)) {
		admits_add(proving, &packet, &leaf, &suspect->box);
		return;
	}
	for (enum dim dim = DIM_CT_MARK; dim <= DIM_MARK; dim++)
		if (meaning_writes_before(proving->meaning, dim)) {
			box.first[dim] = 0;
			box.last[dim] = dim_most(dim);
		}
	if (exact_run(proving, &box, exact_take, proving) == MEANING_TOO_MUCH)
		unfinished_add(proving, &leaf);
}

/* A leaf of the deciding hook, an upper bound. */
static bool upper_take(void *context, const struct leaf *leaf)
{
	struct proving *proving = context;
	struct suspect suspect = { .box = *leaf->box,
				   .by = leaf->by,
				   .set = leaf->set,
				   .element = leaf->element };
	struct packet packet;

	if (!leaf->passes)
		return true;
	proving->proof->leaves++;
	proving->learn(proving, leaf);
	if (proving->outside(proving, leaf, &packet) == BOX_NOTHING)
		return true;
	if (proving->suspects.count == SUSPECTS_MOST)
		return false;
	*vec_add(proving->arena, &proving->suspects) = suspect;
	return true;
}

/* False: more than can be looked at one by one. */
static bool upper_check(struct proving *proving, const struct box *box, enum meaning_stage stage)
{
	enum meaning_end end;

	proving->suspects.count = 0;
	end = meaning_run(proving->meaning, box,
			  &(struct meaning_run){ .stage = stage,
						 .care = MEANING_UPPER,
						 .budget = &proving->budget,
						 .take = upper_take,
						 .skip = proving->skip,
						 .context = proving });
	vec_each(suspect, &proving->suspects)
		if (proving->refuted < REFUTED_MOST)
			suspect_judge(proving, suspect);
	return end == MEANING_WHOLE;
}

/* The flags that rules can tell such packets apart by, one after another, from 0. */
bool flags_next(const struct proving *proving, wide *flags)
{
	wide bits = meaning_frag_bits(proving->meaning) & FRAG_FLAGS;

	if (proving->ethertype != ETHERTYPE_IPV4)
		return false;
	*flags = (*flags - bits) & bits;
	return *flags != 0;
}

static void box_check(struct proving *proving, const struct box *box)
{
	/* where the deciding hook lets too much pass, the others may let little come to it */
	if (!upper_check(proving, box, MEANING_DECIDING) && !proving->refuted &&
	    !upper_check(proving, box, MEANING_ALL) && !proving->refuted)
		unfinished_add(proving, &(struct leaf){ 0 });
}

static void safety_check(struct proving *proving, uint32_t state)
{
	struct box box;
	wide flags = 0;

	whole_box(proving, state, &box);
	proving->refuted = 0;
	do {
		if (box_is_point(&box, DIM_FRAG))
			box_fix(&box, DIM_FRAG, flags);
		box_check(proving, &box);
	} while (flags_next(proving, &flags));
}

/* ---- the whole ---- */

static void opening_prove(struct proving *proving)
{
	proving->outside = new_outside;
	proving->learn = new_learn;
	safety_check(proving, CT_NEW);
	if (!proving->question->safety_alone)
		liveness_check(proving);
}

static void standing_prove(struct proving *proving)
{
	proving->learn = no_learn;
	proving->outside = known_outside;
	safety_check(proving, CT_ESTABLISHED);
	proving->outside = error_outside;
	proving->skip = error_skip;
	safety_check(proving, CT_RELATED);
	proving->skip = NULL;
	proving->outside = none_outside;
	safety_check(proving, CT_INVALID);
	safety_check(proving, CT_UNTRACKED);
}

/* Paths whose connections are each other's answers: which marks there are is known when all that
 * can open one has been seen. */
static void paths_prove(struct proving *proving, enum path first, enum path last)
{
	proving->known = (struct map){ 0 };
	for (enum path path = first; path <= last; path++)
		proving->meanings[path] = meaning_new(proving->question->ruleset, path);
	for (unsigned round = 0; round < 2; round++)
		for (enum path path = first; path <= last; path++) {
			proving->claims = proving->question->claims[path];
			if (!proving->claims)
				continue;
			proving->path = path;
			proving->meaning = proving->meanings[path];
			if (round)
				standing_prove(proving);
			else
				opening_prove(proving);
		}
	for (enum path path = first; path <= last; path++)
		meaning_free(proving->meanings[path]);
}

void prove(const struct proof_question *question, struct proof *ret_proof)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct proving proving = { .question = question,
				   .proof = ret_proof,
				   .arena = arena,
				   .budget = question->budget };

	*ret_proof = (struct proof){ .arena = arena_new() };
	others_judge(&proving);
	for (unsigned v6 = 0; v6 < 2; v6++) {
		proving.ethertype = v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
		if (!question->families[v6])
			continue;
		paths_prove(&proving, PATH_FORWARD, PATH_FORWARD);
		paths_prove(&proving, PATH_INPUT, PATH_OUTPUT);
	}
	ret_proof->pieces = question->budget - proving.budget;
}

void proof_done(struct proof *proof)
{
	arena_free(proof->arena);
	*proof = (struct proof){ 0 };
}
