#!/bin/bash
# What a proof costs, against the number of flows: processor seconds of the proof alone (the fastest
# of three), memory of the whole program, and the exponent from one size to the next. It is to grow
# as the policy does: an exponent of at most 1.2. (A policy as text is at most 64 MiB: 300,000 flows.)
#
#   proof.sh [BUILD [FLOWS...]]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- 1000 10000 100000 300000
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM HUP
missed=0 last_flows=0 last_s=0
printf '%8s %10s %8s %10s %10s  %s\n' flows proof_s MiB pieces exponent result
for flows; do
	"$build/tools/make_policy" "$flows" >"$dir/p.conf"
	read -r s mib pieces result < <("$build/tools/prove_rate" "$dir/p.conf") || true
	exponent=-
	if [ "$last_flows" != 0 ]; then
		exponent=$(awk "BEGIN { printf \"%.2f\", log($s / $last_s) / log($flows / $last_flows) }")
		awk "BEGIN { exit !($exponent <= 1.2) }" || missed=1
	fi
	[ "$result" = proved ] || missed=1
	printf '%8d %10s %8d %10d %10s  %s\n' "$flows" "$s" "$mib" "$pieces" "$exponent" "$result"
	last_flows=$flows last_s=$s
done
echo "the proof grows as the policy does: $([ $missed = 0 ] && echo good || echo MISSED)"
exit $missed
