/* Every suite of the unit tests, by name; main.c runs them, tests/lint/suites.sh holds the list
 * against the files. */
#pragma once

#include <check.h>

#define SUITES(X)                                                                                  \
	X(base)                                                                                    \
	X(addr)                                                                                    \
	X(wall)                                                                                    \
	X(lint)                                                                                    \
	X(conf)                                                                                    \
	X(policy)                                                                                  \
	X(permit)                                                                                  \
	X(join)                                                                                    \
	X(ask)                                                                                     \
	X(random) \
	X(guide_clause) \
	X(guide_matrix) \
	X(guide_reach) \
	X(guide_checks) \
	X(guide_exceptions) \
	X(rule_compile) \
	X(rule_print) \
	X(rule_diff) \
	X(rule_dump) \
	X(nft_codec) \
	X(nft_apply) \
	X(nft_view) \
	X(bypass) \
	X(effect) \
	X(changer) \
	X(drift) \
	X(fight) \
	X(offload) \
	X(others) \
	X(box) \
	X(claims) \
	X(meaning) \
	X(meaning_random) \
	X(prove) \
	X(mutations) \
	X(traffic) \
	X(replay) \
	X(replay_expr) \
	X(report) \
	X(state) \
	X(host) \
	X(track) \
	X(audit) \
	X(wire)

#define DECLARE(name) Suite *suite_##name(void);
SUITES(DECLARE)
#undef DECLARE
