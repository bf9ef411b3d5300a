#!/bin/bash
# Replay (lib/proof/replay.h) against the kernel: random rulesets in a gateway of the town of aomine,
# random packets through each, and every verdict must be the same. Two of three rulesets are random
# tables alone (make_rules.py), the third stands beside what is compiled from the town's policy; one
# of ten has no connections tracked.
#
#   differ.sh [BUILD [PACKETS [SEED]]]     SEED=… replays a run; RULESET=N: that ruleset of it alone
#   DIFFER_KEEP=DIRECTORY                  the rulesets and results stay there
set -u
cd "$(dirname "$0")/../.." || exit 1
b=${1:-build/debug} packets=${2:-50000} seed=${3:-${SEED:-$((16#$(git rev-parse --short=7 HEAD 2>/dev/null || echo 7)))}}
EACH=600                 # packets of a ruleset
TIME=2026-11-24T10:00:00+09:00
prefix=dif$$
passed=0 failed=0

skip() {
	echo "SKIP differ: $1"
	echo "differ: 0 passed, 0 failed"
	exit 0
}
[ "$(id -u)" = 0 ] || skip "needs root for network namespaces"
for program in nft ip sysctl python3; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
[ -x "$b/tools/differ" ] || skip "$b/tools/differ is not built"
unshare -n true 2>/dev/null || skip "network namespaces are not permitted here"

work=$(mktemp -d)
clean() {
	ip netns del "$prefix-gate" 2>/dev/null
	ip netns del "$prefix-world" 2>/dev/null
	[ -z "${DIFFER_KEEP-}" ] || { mkdir -p "$DIFFER_KEEP" && cp "$work"/* "$DIFFER_KEEP"; }
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM HUP

# Each interface of the gateway has its other end in the world, by the same name. Everybody's MAC is
# known to the gateway, and who is nobody in particular is behind his network's router.
raise() {
	tests/proof/places.bash "$b" >"$work/places" || return 1
	ip netns add "$prefix-world" && ip netns add "$prefix-gate" || return 1
	ip netns exec "$prefix-world" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ip netns exec "$prefix-gate" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 \
		net.netfilter.nf_conntrack_tcp_loose=0 net.netfilter.nf_conntrack_tcp_be_liberal=1 || return 1
	awk -v g="$prefix-gate" -v w="$prefix-world" '
		$1 == "dev" {
			print "link add " $2 " index " 1000 + n++ " netns " g " address " $3 \
				" type veth peer name " $2 " netns " w
			up = up "link set " $2 " addrgenmode none up\n"
		}
		END { printf "%s", up > "'"$work"'/up" }' "$work/places" >"$work/links"
	awk '$1 == "dev" { dev[n++] = $2 }
		$1 == "own" { print "addr add " $2 "/32 dev " dev[own++] }
		$1 == "host" {
			print "route add " $2 "/32 dev " $4
			print "neigh add " $2 " lladdr " $3 " dev " $4 " nud permanent"
		}
		$1 == "net" {
			v6 = $2 ~ /:/
			nets++
			via = (v6 ? "fd00:ffff::" : "169.254.0.") nets
			print "neigh add " via " lladdr " $4 " dev " $3 " nud permanent"
			split($2, part, "/")
			print "route add " prefix($2) " via " via " dev " $3 " onlink"
		}
		function prefix(text,   part, octet, bits, i, size, out) {
			if (text ~ /:/)
				return text
			split(text, part, "/"); split(part[1], octet, "."); bits = part[2]
			for (i = 1; i <= 4; i++) {
				size = bits >= 8 ? 1 : bits <= 0 ? 256 : 2 ^ (8 - bits)
				out = out (i > 1 ? "." : "") octet[i] - octet[i] % size
				bits -= 8
			}
			return out "/" part[2]
		}' "$work/places" >"$work/ways"
	ip -batch "$work/links" && ip -n "$prefix-gate" -batch "$work/up" &&
		ip -n "$prefix-world" -batch "$work/up" &&
		ip -n "$prefix-gate" -batch "$work/ways" &&
		ip -n "$prefix-world" link add marker0 type veth peer name marker1 &&
		ip -n "$prefix-world" link set marker0 up && ip -n "$prefix-world" link set marker1 up
}

# Leaves out the lines that nft does not take, as it names them.
rules_mend() { # FILE
	local tries lines line
	for ((tries = 0; tries < 40; tries++)); do
		ip netns exec "$prefix-gate" nft -c -f - <<<"flush ruleset
include \"$1\"" 2>"$work/refused" && return 0
		lines=$(grep -oE "^$1:[0-9]+:" "$work/refused" | cut -d: -f2 | sort -nu)
		[ -n "$lines" ] || return 1
		for line in $lines; do
			sed -n "${line}p" "$1" | grep -qE '[{}]$|type .* hook|^	set|^table' &&
				! sed -n "${line}p" "$1" | grep -qE 'elements|^		' && return 1
			sed -i "${line}s/.*//" "$1"
			refused=$((refused + 1))
		done
	done
	return 1
}

raise || { echo "FAIL the gateway could not be raised"; echo "differ: 0 passed, 1 failed"; exit 1; }
"$b/sekishoctl" compile --at "$TIME" conf/examples/aomine.conf >"$work/policy.nft" || exit 1
echo "differ: $packets packets, seed $seed"
refused=0 left_out=0
ruleset_try() { # NAME SEED [NO-CT]
	"$b/tools/differ" "$work/places" "$prefix" "$work/$1.nft" "$2" "$EACH" ${3:+no-ct} \
		>"$work/$1.result" 2>&1
	case $? in
	0) passed=$((passed + 1)) ;;
	3) left_out=$((left_out + 1)) && rm "$work/$1.result" ;; # some chains are refused only when loaded
	*)
		failed=$((failed + 1))
		echo "FAIL ruleset $1 of seed $seed: SEED=$seed RULESET=$1 DIFFER_KEEP=/tmp/differ $0 $b $packets"
		grep -v '^count' "$work/$1.result" | head -n 60
		;;
	esac
}
# What random rules seldom say.
for rules in tests/proof/rules/*.nft; do
	name=$(basename "$rules" .nft)
	[ "${RULESET-$name}" = "$name" ] || continue
	cp "$rules" "$work/$name.nft"
	ruleset_try "$name" "$seed"
	# there is nothing in them that cannot be told
	grep -q '^count unknown 0$' "$work/$name.result" ||
		{ echo "FAIL $rules is refused, or not told"; failed=$((failed + 1)); }
done
rounds=$(((packets + EACH - 1) / EACH))
for ((round = 0; round < rounds; round++)); do
	[ -z "${RULESET-}" ] || [ "$RULESET" = "$round" ] || continue
	own=$((seed * 100003 + round)) rules=$work/$round.nft no_ct=
	((round % 10 != 7)) || no_ct=1
	python3 tests/proof/make_rules.py "$own" "$work/places" ${no_ct:+--no-ct} >"$rules" || exit 1
	if ! rules_mend "$rules"; then
		left_out=$((left_out + 1))
		continue
	fi
	((round % 3 != 2)) || [ -n "$no_ct" ] || cat "$work/policy.nft" >>"$rules"
	ruleset_try "$round" "$own" $no_ct
done
[ -n "$(ls "$work"/*.result 2>/dev/null)" ] || { echo "FAIL nothing was tried"; exit 1; }
awk '$1 == "count" { n[$2] += $3 } END { for (what in n) print what, n[what] }' "$work"/*.result |
	sort >"$work/counts"
column -c 100 "$work/counts"
echo "rules that nft refused: $refused; rulesets left out: $left_out"

# A test that reaches nothing must not look good.
at_least() { # WHAT MANY
	local got
	got=$(awk -v what="$1" '$1 == what { print $2 }' "$work/counts")
	if [ "${got:-0}" -ge "$2" ]; then
		echo "ok   at least $2 $1"
		passed=$((passed + 1))
	else
		echo "FAIL at least $2 $1: ${got:-0}"
		failed=$((failed + 1))
	fi
}
if [ -z "${RULESET-}" ] && [ "$packets" -ge 10000 ]; then
	at_least packets $((packets * 9 / 10))
	at_least replay_passes $((packets / 10))
	at_least replay_drops $((packets / 5))
	at_least symbol_passes $((packets / 10))
	at_least symbol_drops $((packets / 5))
	for way in input_passes input_drops output_passes output_drops; do
		at_least "$way" $((packets / 50))
	done
	for kind in meta ct payload cmp bitwise byteorder lookup verdict counter; do
		at_least "run_$kind" $((packets / 50))
	done
	for kind in range immediate limit reject notrack numgen; do
		at_least "run_$kind" $((packets / 1000))
	done
fi
echo "differ: $passed passed, $failed failed"
[ "$failed" = 0 ]
