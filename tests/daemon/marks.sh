#!/bin/bash
# A connection keeps its permission's mark for life: through a reload that leaves its flow alone or
# widens it, and through a restart of the daemon after any number of reloads. It ends with a flow
# that no longer permits it, and its number comes to mean nothing else.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin marks "${1:-build/debug}" aomine
daemon_begin

F12="gc-juki tcp 10.10.128.10 10.10.1.20 443"
F18="lg-mail tcp 10.20.1.20 198.51.100.70 25"

mark() { ctl flows --json | jq ".flows[] | select(.flow == \"$1\") | .mark"; }
edit() { # SED
	sed -i "$1" "$work/p.conf"
	ctl reload >"$work/out" 2>&1 || bad "the reload of $1" <"$work/out"
}
goes_on() { is "$1" "$(printf '%s\n' "a answered seen" "b answered seen")" "$(probe "say a" "say b" | sort)"; }

evergreen "$policy" >"$work/p.conf"
probe_start
start || exit 1
is "both connections stand" "$(printf '%s\n' "a answered seen" "b answered seen")" \
	"$(probe "serve mn-atena tcp 10.10.1.20 443" "serve rt-lgwan tcp 198.51.100.70 25" \
		"open a $F12" "open b $F18")"
a=$(mark F12) b=$(mark F18)

edit '/^  F12:/,/};$/s/ports = \[443\]/ports = [443, 444]/'
goes_on "a wider flow keeps its connections"
is "and its mark" "$a" "$(mark F12)"
edit '/^  F02:/,/};$/d'
goes_on "flows before it gone, both go on"
stop KILL
start
goes_on "and after a restart"
is "with the marks they had" "$a $b" "$(mark F12) $(mark F18)"
edit '/^  F18:/,/};$/s/ports = \[25\]/ports = [26]/'
is "a flow that no longer permits it ends its connection" \
	"$(printf '%s\n' "a answered seen" "b silent unseen")" "$(probe "say a" "say b" | sort)"
after=$(mark F18)
is "its mark is a new one" yes "$([ "$after" -gt "$b" ] && [ "$after" -gt "$a" ] && echo yes)"

stop
rm "$work/state/marks"
start
is "without the record nothing old is used again" yes \
	"$([ "$(mark F12)" -gt "$after" ] && echo yes)"
is "so that no connection is taken for another's" "b silent unseen" "$(probe "say b")"
stop
echo damaged >"$work/state/marks"
last=$(gateway nft -j list table inet sekisho | jq '[.. | .elem? | objects | .val | numbers] | max')
start
is "nor with a damaged one" yes "$([ "$(mark F12)" -gt "$last" ] && echo yes)"
test_end
