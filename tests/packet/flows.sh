#!/bin/bash
# Every flow of the city that is open passes, a question there and its answer back, and nothing is
# refused meanwhile; every flow that is closed, not granted or known by name alone is refused, by
# the counter of its pair. At times that together open every window there is.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
test_begin flows "${1:-build/debug}" aomine
closed_refused() { # TIME
	local id state seen
	counters_mark
	mapfile -t commands < <(echo "wait 300"; flows_try 0)
	while read -r id state seen; do
		is "$1 $id ($(awk -v id="$id" '$1 == id { print $2 }' "$work/flows")) is refused" \
			"silent unseen" "$state $seen"
	done < <(probe "${commands[@]}")
	is "$1 each was counted where it belongs" \
		"$(awk '$2 != "open" { n[$8]++ } END { for (c in n) print c, n[c] }' "$work/flows" | sort)" \
		"$(counters_grown)"
}

probe_start
# a working day; the night of updates; the night of the maintenance ticket
for time in 2026-11-24T10:00:00+09:00 2026-11-22T03:00:00+09:00 2026-12-12T23:00:00+09:00; do
	load "$time" || exit 1
	flows_plan "$time"
	flows_pass "$time"
	closed_refused "$time"
done

never=$(awk '$2 != "grant" && $2 != "name" { print $1 }' "$work/flows" | sort -u |
	while read -r id; do [ -n "${opened[$id]-}" ] || echo "$id"; done)
is "every flow with a window and an address was open once" "" "$never"
test_end
