#!/bin/bash
# 5,000 attempts that nothing in the policy permits: any machine or peer to any other, to nobody,
# to the gateway; and flows with one thing wrong (port, protocol, direction, either end, hour). Not
# one frame of them may reach anybody, as the receivers themselves see it, and the counters of the
# ruleset account for each one, pair by pair.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
test_begin refused "${1:-build/debug}" aomine
COUNT=5000

probe_start
echo "refused: seed $SEED"
load 2026-11-24T10:00:00+09:00 || exit 1
others_refused 2026-11-24T10:00:00+09:00 $COUNT
# the hours of another day: other flows are the closed ones
load 2026-11-22T03:00:00+09:00 || exit 1
others_refused 2026-11-22T03:00:00+09:00 1000
test_end
