#!/bin/bash
# Somebody with root who does not stop: an accept in front of all rules, again and again, while
# forbidden and permitted traffic runs. The gate repairs each, names him, counts what crossed, takes
# no harm, and is as before when he stops. One who is faster than any repair closes the gateway until
# he stops. And kill -9 at any moment of it: whoever starts it again finds it enforcing.
#
#   fight.sh [BUILD [SECONDS [KILLS]]]     (make check-fight: 60 seconds, 200 kills)
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin fight "${1:-build/debug}" aomine
seconds=${2:-2} kills=${3:-6}
daemon_begin
mkfifo "$work/never"
# in the background its pid is the program's own
loop() { exec ip netns exec "$prefix-gateway" "$B/tools/tamper_loop" "$@"; }
evergreen "$policy" | sed 's/own-tables = true/own-tables = false/' >"$work/p.conf"
listing() { gateway nft -s list ruleset | tr ',' '\n' | sed 's/^[[:space:]]*//; s/ timeout [0-9a-z]*//' | sort >"$work/listing"; sha256sum <"$work/listing"; }
# the fewest of several counts: a look that goes on has two more
fds() { for _ in 1 2 3 4 5 6 7 8; do find "/proc/$pid/fd" | wc -l; ctl status >/dev/null; done | sort -n | head -n 1; }
rss_kb() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$pid/status"; }
becomes() { # STATE SECONDS
	local end=$((SECONDS + $2))
	until [ "$(field .state)" = "$1" ]; do [ $SECONDS -lt $end ] || return 1; done
}
verified() { ctl verify >"$work/out" 2>&1; echo $?; }

start || { cat "$work/err"; exit 1; }
before=$(listing)
cp "$work/listing" "$work/before"
same() { # WHAT
	if [ "$(listing)" = "$before" ]; then ok "$1"; else bad "$1" < <(diff "$work/before" "$work/listing"); fi
}
traffic_start gc-juki mn-atena 10.10.1.20 443 9999
is "the kept connection is made" up "$(traffic dial)"
figures 50 arrived >"$work/out"

# ---- one who changes it as often as 200 times a second ----
(loop 1 5000) >"$work/out" # the heap finds its size
becomes enforcing 40 || bad "calm after the first second" <<<"$(field .why)"
is "verified" 0 "$(verified)"
quiet_fds=$(fds) quiet_kb=$(rss_kb) quiet_count=$(field .drift.count)
"$B/sekishoctl" watch --json --socket "$work/run/control" >"$work/watched" &
watcher=$!
loop "$seconds" 4000 >"$work/loop" &
looper=$!
is "while he goes on, he is named" 0 "$(becomes degraded 20; echo $?)"
[[ $(field .why) == *tamper_loop* ]] && ok "by his program" || bad "by his program" <<<"$(field .why)"
wait $looper
read -r _ changes _ refused <"$work/loop"
is "none of his changes was refused by the kernel" 0 "$refused"
is "the daemon is the same" yes "$(kill -0 "$pid" && echo yes)"
becomes enforcing 40 && ok "$changes changes in $seconds seconds, and it ends enforcing" ||
	bad "it ends enforcing" <<<"$(field .state) $(field .why)"
is "verified" 0 "$(verified)"
same "the kernel holds what it held"
recorded=$(jq -s "map({key: (.id | tostring), value: .}) | from_entries | [.[] | select(.id > $quiet_count and .changer.program == \"tamper_loop\") | .times] | add" "$work/log/drift.jsonl")
# several changes that were heard at once are undone at once, as one
[ "${recorded:-0}" -gt 0 ] && [ "$recorded" -le "$changes" ] && ok "the record counts $recorded repairs of $changes changes" ||
	bad "the record counts them" <<<"$recorded of $changes"
kill $watcher && wait $watcher 2>/dev/null
told=$(jq -c '.. | objects | select(.changer?.program? == "tamper_loop") | [.id, .times]' "$work/watched" | sort -u | wc -l)
is "and who watches is told each" "$recorded" "$told"
crossed=$(jq -s "map({key: (.id | tostring), value: .}) | from_entries | [.[] | select(.id > $quiet_count) | .forwarded_max] | add" "$work/log/drift.jsonl")
now=$(figures 20 arrived)
arrived=${now#arrived=}
[ "${crossed:-0}" -ge "$arrived" ] && ok "the exposure is told: at most $crossed packets crossed, of them forbidden (seen at the receiver): $arrived" ||
	bad "the exposure is told" <<<"$crossed, but $arrived arrived"
is "when he has stopped, nothing forbidden arrives" "arrived=0" "$(figures 50 arrived)"
is "and the permitted connection stands" "broken=0" "$(figures 20 broken)"
is "no descriptor was left" "$quiet_fds" "$(fds)"
more=$(($(rss_kb) - quiet_kb))
[ $more -lt 4096 ] && ok "nor memory ($quiet_kb kB, $more more)" || bad "nor memory" <<<"$quiet_kb kB, $more more"
bytes=$(stat -c %s "$work/log/drift.jsonl")
[ "$bytes" -lt $((1000 * 1000)) ] && ok "the record is $bytes bytes" || bad "the record is small" <<<"$bytes bytes"

# ---- one who does nothing else ----
for i in 1 2 3 4; do loop "$((seconds + 8))" 0 >"$work/loop$i" & done
if becomes lockdown 15; then
	ok "four who do nothing else win, and the gateway closes"
	[[ $(field .why) == *tamper_loop* ]] && ok "naming one" || bad "naming one" <<<"$(field .why)"
	figures 5 arrived >"$work/out"
	is "closed, nothing forbidden arrives whatever they do" "arrived=0" "$(figures 50 arrived)"
else
	# on a machine where repair always wins there is nothing to close
	echo "SKIP fight: even four did not win: state $(field .state)"
fi
wait $(jobs -p | grep -vx -e "$pid" -e "${traffic_pid-0}") 2>/dev/null
becomes enforcing 60 && ok "when they have stopped, it opens again" || bad "it opens again" <<<"$(field .state) $(field .why)"
is "verified" 0 "$(verified)"
same "the kernel holds what it held, and no closed table"
# what was tried while it was closed is given up one by one
for ((i = 0; i < 20; i++)); do now=$(figures 50 lost); [ "$now" = lost=0 ] && break; done
is "permitted traffic goes on" lost=0 "$now"

# ---- kill -9 at any moment ----
loop $((kills + 60)) 3000 >"$work/loop" &
looper=$!
lost=0
for ((i = 0; i < kills; i++)); do
	stop KILL
	start || lost=$((lost + 1))
	# anywhere within start, hearing, repair, looking
	read -r -t "0.0$((RANDOM % 100))" _ <>"$work/never"
done
kill $looper
wait $looper 2>/dev/null
is "killed $kills times in the middle of it, and started as often" 0 "$lost"
becomes enforcing 60 && ok "it ends enforcing" || bad "it ends enforcing" <<<"$(field .state) $(field .why)"
is "verified" 0 "$(verified)"
same "the kernel holds what it held"
is "and no record was torn" "" "$(grep -c 'cannot be read as records' "$work/err" | grep -vx 0)"
stop
test_end
