#!/bin/bash
# What watching costs when nothing changes: processor seconds an hour and wake-ups a minute of the
# daemon, with the reference city in a town of namespaces, its looks included.
#
#   idle.sh [BUILD [SECONDS]]
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin idle "${1:-build/release}" aomine
seconds=${2:-120}
daemon_begin
evergreen "$policy" >"$work/p.conf"
start || { cat "$work/err"; exit 1; }
# ticks of itself and of its children, which are its looks; and how often it was woken
ticks() { awk '{ print $14 + $15 + $16 + $17 }' "/proc/$pid/stat"; }
wakes() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$pid/status"; }
ctl verify >/dev/null
before=$(ticks) woken=$(wakes) start=${EPOCHREALTIME/./}
read -r -t "$seconds" _ < <(sleep $((seconds + 5))) # nothing ever comes
now=$(ticks) passed_us=$((${EPOCHREALTIME/./} - start))
awk -v ticks=$((now - before)) -v hz="$(getconf CLK_TCK)" -v us="$passed_us" -v wakes=$(($(wakes) - woken)) 'BEGIN {
	printf "idle for %.0f s: %.2f processor seconds an hour, %.1f wake-ups a minute\n",
		us / 1e6, ticks / hz * 3600e6 / us, wakes * 60e6 / us }'
stop
