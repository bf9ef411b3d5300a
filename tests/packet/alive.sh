#!/bin/bash
# A permission ends, and with it what it had permitted: the element of `alive` removed, or its time
# over. The established connection says no more from that moment on, the other flow between the same
# two machines goes on, and nothing new begins.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
test_begin alive "${1:-build/debug}" aomine

# The commands that add or delete what keeps a flow alive, on each of its ways, in one batch
alive() { # VERB FLOW [WORDS]
	awk -v verb="$1" -v flow="\"$2\"" -v words="${3-}" '
		$1 == "set" { set = $2 }
		set ~ /^alive_/ && $1 ~ /^0x/ && index($0, "comment " flow) {
			print verb " element inet sekisho " set " { " $1 " " words " }"
		}' "$work/ruleset.nft"
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# F18 and F19 join the same two machines, one each way
two_flows() {
	is "both flows open a connection" "$(printf '%s\n' "a answered seen" "b answered seen")" \
		"$(probe "serve rt-lgwan tcp 198.51.100.70 25" "serve lg-mail tcp 10.20.1.20 25" \
			"open a lg-mail tcp 10.20.1.20 198.51.100.70 25" \
			"open b rt-lgwan tcp 198.51.100.70 10.20.1.20 25")"
	is "and both go on" "$(printf '%s\n' "a answered seen" "b answered seen")" \
		"$(probe "say a" "say b")"
	counters_mark
	alive delete F18 | gateway nft -f -
	is "the first ends at once" "a silent unseen" "$(probe "say a")"
	is "and is counted so" "refused_ended" "$(counters_grown | cut -d' ' -f1)"
	is "the other goes on" "b answered seen" "$(probe "say b")"
	counters_mark
	is "nothing new begins" "c silent unseen" \
		"$(probe "try c lg-mail tcp 10.20.1.20 198.51.100.70 25")"
	is "and is counted by its pair" "refused_lg-srv_x-lgwan 1" \
		"$(counters_grown | grep -v refused_ended)"
	is "the other way a new one begins" "d answered seen" \
		"$(probe "try d rt-lgwan tcp 198.51.100.70 10.20.1.20 25")"
}

# The answers alone are cut off when only their direction ends.
one_direction() {
	is "a connection of F26" "e answered seen" "$(probe "serve lg-gw tcp 10.20.1.10 443" \
		"open e ja-recv tcp 192.168.60.2 10.20.1.10 443")"
	alive delete F26 | grep alive_lg-srv_ | gateway nft -f -
	counters_mark
	is "its question arrives, no answer does" "e silent seen" "$(probe "say e")"
	is "the answer is counted" "refused_ended" "$(counters_grown | cut -d' ' -f1)"
}

udp() {
	is "a question of the time" "f answered seen" \
		"$(probe "serve rt-lgwan udp 198.51.100.123 123" \
			"open f mgm-ntp udp 10.91.0.11 198.51.100.123 123")"
	counters_mark
	alive delete F30 | gateway nft -f -
	is "UDP ends as well" "f silent unseen" "$(probe "say f")"
	is "and is counted" "refused_ended" "$(counters_grown | cut -d' ' -f1)"
}

# F21 for one second: it ends by itself, with nobody to remove it
timeout_ends() {
	local start asked last=0
	is "a connection of F21" "g answered seen" \
		"$(probe "open g in-mailtxt tcp 10.30.9.5 10.20.1.20 25")"
	{ alive delete F21 && alive add F21 "timeout 1s"; } | gateway nft -f -
	start=$(now_ms)
	counters_mark
	while asked=$(now_ms) && [ $((asked - start)) -lt 3000 ] &&
		[ "$(probe "say g")" = "g answered seen" ]; do
		last=$asked
	done
	is "its time in force: it goes on" yes "$([ $((last - start)) -ge 700 ] && echo yes)"
	is "its time over: it ends" yes "$([ $((asked - start)) -le 1200 ] && echo yes)"
	is "counted as ended" "refused_ended" "$(counters_grown | cut -d' ' -f1)"
	is "the other flows go on" "b answered seen" "$(probe "say b")"
}

probe_start
load 2026-11-24T10:00:00+09:00 || exit 1
two_flows
one_direction
udp
timeout_ends
test_end
