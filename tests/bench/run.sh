#!/bin/bash
# Speed and memory of reading, judging and compiling, against nft -c -f on the same output.
# Medians of alternating runs in one go, as ratios: the machine is noisy, the ratio is not. Then the
# parts beside this file: the daemon, packets, reloads, others at the same work.
set -euo pipefail
cd "$(dirname "$0")/../.."
ctl=build/release/sekishoctl
make_policy=build/release/tools/make_policy
at=2026-11-21T12:00:00+09:00
dir=$(mktemp -d)
ns=sekisho-bench-$$
cleanup() {
	ip netns del "$ns" 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT
ip netns add "$ns"

# seconds COMMAND...: wall-clock seconds of one run
seconds() {
	local start=$EPOCHREALTIME
	/usr/bin/time -o "$dir/time" -f '%M' "$@" >/dev/null 2>"$dir/err" ||
		{ cat "$dir/err" >&2; exit 1; }
	took=$(awk "BEGIN { printf \"%.4f\", $EPOCHREALTIME - $start }")
	read -r kib <"$dir/time"
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# (in a subshell: a missed target is remembered in a file)
verdict() { if awk "BEGIN { exit !($1) }"; then echo good; else echo MISSED | tee -a "$dir/missed"; fi; }

printf '%8s %12s %12s %8s %10s\n' flows sekisho_s nft_c_s ratio MiB
: >"$dir/points"
for flows in 1000 10000 100000; do
	$make_policy $flows >"$dir/p.conf"
	$ctl compile --at $at "$dir/p.conf" >"$dir/p.nft"
	: >"$dir/ours" && : >"$dir/theirs"
	rounds=5
	[ $flows -lt 100000 ] || rounds=3
	for ((i = 0; i < rounds; i++)); do
		seconds $ctl compile --at $at "$dir/p.conf"
		echo "$took" >>"$dir/ours"
		mem=$kib
		seconds ip netns exec "$ns" nft -c -f "$dir/p.nft"
		echo "$took" >>"$dir/theirs"
	done
	ours=$(median <"$dir/ours") theirs=$(median <"$dir/theirs")
	echo "$flows $ours" >>"$dir/points"
	printf '%8d %12s %12s %8s %10s\n' $flows "$ours" "$theirs" \
		"$(awk "BEGIN { printf \"%.3f\", $ours / $theirs }")" $((mem / 1024))
done
printf '100,000 flows: at most half of nft -c -f: %s; under 200 MiB: %s\n' \
	"$(verdict "$ours <= $theirs / 2")" "$(verdict "$mem < 200 * 1024")"
awk '{ x[NR] = log($1); y[NR] = log($2) } END {
	printf "exponent from 1,000 to 100,000 flows: %.2f (from 10,000: %.2f)\n",
		(y[3] - y[1]) / (x[3] - x[1]), (y[3] - y[2]) / (x[3] - x[2]) }' "$dir/points"

# ---- into the kernel: the codec applies what nft -f loads, each in a fresh namespace ----
load=build/release/tools/nft_load
: >"$dir/ours" && : >"$dir/theirs"
for ((i = 0; i < 3; i++)); do
	unshare -n $load "$dir/p.conf" | sed -n 's/.*apply_ms=\([0-9]*\).*/\1/p' >>"$dir/ours"
	seconds unshare -n nft -f "$dir/p.nft"
	awk "BEGIN { print $took * 1000 }" >>"$dir/theirs"
done
ours=$(median <"$dir/ours") theirs=$(median <"$dir/theirs")
printf 'applying 100,000 flows: %s ms, nft -f %.0f ms, ratio %s: at most a quarter: %s\n' "$ours" \
	"$theirs" "$(awk "BEGIN { printf \"%.3f\", $ours / $theirs }")" \
	"$(verdict "$ours * 4 <= $theirs")"

$ctl compile --at $at conf/examples/aomine.conf >"$dir/a.nft"
ms() {
	local start end
	start=$(date +%s%N)
	for ((k = 0; k < 20; k++)); do "$@" >/dev/null; done
	end=$(date +%s%N)
	echo $(((end - start) / 20000))
}
cat >"$dir/check.sh" <<'S'
for ((k = 0; k < 20; k++)); do nft -c -f "$1"; done
S
: >"$dir/ours" && : >"$dir/theirs"
for ((i = 0; i < 5; i++)); do
	ms $ctl compile --at $at conf/examples/aomine.conf >>"$dir/ours"
	start=$(date +%s%N)
	ip netns exec "$ns" bash "$dir/check.sh" "$dir/a.nft"
	echo $((($(date +%s%N) - start) / 20000)) >>"$dir/theirs"
done
ours=$(median <"$dir/ours") theirs=$(median <"$dir/theirs")
printf 'aomine.conf: %s µs, nft -c -f of its output %s µs, ratio %s: no longer: %s\n' "$ours" \
	"$theirs" "$(awk "BEGIN { printf \"%.3f\", $ours / $theirs }")" \
	"$(verdict "$ours <= $theirs")"

# ---- the gate: the daemon's figures, packets, reloads under traffic, and others at the same work ----
for part in tests/bench/daemon.sh tests/bench/packets.sh "tests/packet/reloads.sh build/release 1000" \
	tests/bench/proof.sh tests/bench/peers.sh "tests/bench/tamper.sh build/release 100000 50" tests/bench/idle.sh; do
	printf '\n== %s\n' "$part"
	# shellcheck disable=SC2086 # a command and its words
	$part || echo "$part" >>"$dir/missed"
done
if [ -e "$dir/missed" ]; then
	printf '\nmissed: %s of the compiler and the codec; parts that missed theirs: %s\n' \
		"$(grep -c '^MISSED$' "$dir/missed")" "$(grep -v '^MISSED$' "$dir/missed" | paste -sd';')"
	exit 1
fi
