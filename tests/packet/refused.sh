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
SEED=${SEED:-$((16#$(git rev-parse --short=7 HEAD 2>/dev/null || echo 7)))}

# all of them at TIME; the attempts are the same ones for the same SEED
refuse_all() { # TIME COUNT
	local refused
	"$LAB_BUILD/tools/lab_plan" others "$policy" "$1" "$SEED" "$2" >"$work/others"
	mapfile -t commands <"$work/others"
	is "$1 there are $2 attempts" "$2" "${#commands[@]}"
	counters_mark
	probe "${commands[@]}" >"$work/results"
	counters_grown >"$work/grown"
	refused=$(grep -c '^x[0-9]* silent unseen$' "$work/results")
	is "$1 each is silent, and seen by nobody" "$2" "$refused"
	grep -v ' silent unseen$' "$work/results" | head -n 10 | tee "$work/others.bad" |
		sed 's/^/     /'
	while read -r id _; do
		grep "^try $id " "$work/others" | sed 's/^/     /'
	done <"$work/others.bad"
	is "$1 each was counted where it belongs" \
		"$(awk '{ n[$8]++ } END { for (c in n) print c, n[c] }' "$work/others" | sort)" \
		"$(cat "$work/grown")"
}

probe_start
echo "refused: seed $SEED"
load 2026-11-24T10:00:00+09:00 || exit 1
refuse_all 2026-11-24T10:00:00+09:00 $COUNT
# the hours of another day: other flows are the closed ones
load 2026-11-22T03:00:00+09:00 || exit 1
refuse_all 2026-11-22T03:00:00+09:00 1000
test_end
