/* The second opinion on a counterexample: the packet that the symbolic execution found is run through
 * the same rules by replay.h, which shares nothing with it. Where the two disagree for certain one of
 * them is wrong, and that is said louder than what was found. */
#include "proof/prove_parts.h"
#include "proof/replay.h"

bool finding_agrees(const struct proving *proving, const struct proof_finding *finding)
{
	const struct replay_ask ask = { .ruleset = proving->question->ruleset,
					.packet = &finding->packet,
					.path = proving->path };
	struct replay replay;

	if (!finding->has_packet ||
	    (finding->kind != PROOF_ADMITS && finding->kind != PROOF_STOPS))
		return true;
	replay_run(&ask, &replay);
	return replay.end == REPLAY_UNKNOWN ||
	       (replay.end == REPLAY_PASSES) == (finding->kind == PROOF_ADMITS);
}
