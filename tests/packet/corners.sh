#!/bin/bash
# What the city does not have: ranges of ports (the interval maps), echo, flows of whole zones,
# a second network of a zone, logging in to the gateway. The same town with the same questions:
# what is permitted passes, and of 1,000 others nothing does.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
test_begin corners "${1:-build/debug}" corners
TIME=2026-11-24T10:00:00+09:00

is_try() { # WHAT WANTED-RESULT WANTED-COUNTERS COMMANDS…
	local what=$1 wanted=$2 grown=$3
	shift 3
	counters_mark
	is "$what" "$wanted" "$(probe "$@")"
	is "$what: counted" "$grown" "$(counters_grown)"
}

probe_start
load "$TIME" || exit 1
flows_plan "$TIME"
flows_pass "$TIME"
probe "wait 300" >/dev/null
is_try "below a range" "a silent unseen" "refused_a_b 1" "try a a1 tcp 10.20.0.1 10.20.1.1 4999"
is_try "above a range" "a silent unseen" "refused_a_b 1" "try a a1 tcp 10.20.0.1 10.20.1.1 6000"
is_try "a range, by its neighbour" "a silent unseen" "refused_a_b 1" \
	"try a a2 tcp 10.20.0.2 10.20.1.1 5500"
is_try "echo the other way" "a silent unseen" "refused_b_a 1" "try a b1 icmp 10.20.1.1 10.20.0.1 1"
is_try "another question than echo" "a sent unseen" "refused_a_b 1" \
	"frame a a1 proto=icmp dip=10.20.1.1 icmp=13"
is_try "an answer to no echo" "a sent unseen" "refused_invalid 1" \
	"frame a a1 proto=icmp dip=10.20.1.1 icmp=0 sport=7"
is_try "a registered address on another card" "a sent unseen" "refused_unbound 1" \
	"frame a wrong proto=icmp dip=10.20.1.1 icmp=8"
is_try "the terminal logs in" "a answered unseen" "" "serve gateway tcp 10.92.0.254 22" \
	"serve gateway tcp 10.20.0.254 22" "try a m1 tcp 10.92.0.5 10.92.0.254 22"
is_try "nobody else does" "a silent unseen" "refused_input 1" \
	"try a a1 tcp 10.20.0.1 10.20.0.254 22"
others_refused "$TIME" 1000
test_end
