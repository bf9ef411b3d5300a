#!/bin/bash
# Forwarded packets per second with the ruleset of 100,000 flows, against a forward chain that only
# accepts established and new: two lanes of the same shape (sender – gateway – receiver, veth), the
# smallest frames, alternating slices on one CPU. A third lane of the plain kind beside the first
# tells how far two equal lanes differ.
#
#   packets.sh [BUILD [FLOWS [ROUNDS]]]    LANES_KEEP=1 leaves the lanes standing and says how to go on
set -euo pipefail
cd "$(dirname "$0")/../.."
b=${1:-build/release} flow_count=${2:-100000} rounds=${3:-101}
slice_ms=25
dir=$(mktemp -d)
id=b$$
lanes=("$id"ours "$id"plain "$id"again)
cleanup() {
	local lane which
	rm -rf "$dir"
	[ -z "${LANES_KEEP-}" ] || return 0
	for lane in "${lanes[@]}"; do
		for which in send gate recv; do
			ip netns del "$lane-$which" 2>/dev/null || true
		done
	done
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
if [ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null; then
	echo "SKIPPED packets: needs root for network namespaces"
	exit 0
fi

# The flows between the first two zones; UDP, because a datagram may be sent again and again, but
# for one: the TCP of a program.
"$b/tools/make_policy" "$flow_count" | sed '/^  F1: /!s/proto = "tcp"/proto = "udp"/' >"$dir/p.conf"
awk -F'"' '/^  h[0-9]+: / { split($1, h, /[ :]+/); zone[h[2]] = $2; ip[h[2]] = $4; mac[h[2]] = $6 }
	/^  F[0-9]+: / && zone[$4] == "z0" && zone[$6] == "z1" {
		match($0, /ports = \[[0-9]+/)
		print mac[$4], ip[$4], mac[$6], ip[$6], substr($0, RSTART + 9, RLENGTH - 9), /"tcp"/ ? "tcp" : ""
	}' "$dir/p.conf" >"$dir/all"
awk '$6 != "tcp"' "$dir/all" >"$dir/flows"
awk '$6 == "tcp"' "$dir/all" >"$dir/program"
"$b/sekishoctl" compile "$dir/p.conf" >"$dir/ours.nft"
cat >"$dir/plain.nft" <<'S'
table inet plain {
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		ct state new accept
	}
}
S
# datagrams that arrived have been counted by the interface; nothing more is to be done with them
cat >"$dir/recv.nft" <<'S'
table netdev sink {
	chain sink {
		type filter hook ingress device "eth0" priority 0; policy accept;
		udp dport 1-65535 drop
	}
}
S

# The gateway's other zones are there, too, so that no rule of it lacks its interface.
lane_up() { # LANE RULESET
	local which mac=02:00:5e:00:00:01 smac sip dmac dip
	read -r smac sip dmac dip _ <"$dir/program"
	for which in send gate recv; do ip netns add "$1-$which"; done
	{
		for ((z = 2; z < 24; z++)); do echo "link add v$z type bridge"; done
		echo "link add v0 index 1000 address $mac type veth peer name eth0 netns $1-send"
		echo "link add v1 index 1001 address $mac type veth peer name eth0 netns $1-recv"
		for ((z = 0; z < 24; z++)); do
			echo "link set v$z addrgenmode none up"
			echo "addr add 10.20.$z.254/24 dev v$z"
		done
		awk '!seen[$4]++ { print "neigh add", $4, "lladdr", $3, "dev v1 nud permanent" }
			!seen[$2]++ { print "neigh add", $2, "lladdr", $1, "dev v0 nud permanent" }' "$dir/all"
	} >"$dir/batch"
	ip -n "$1-gate" -batch "$dir/batch"
	ip netns exec "$1-gate" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.v0.rp_filter=0 net.ipv4.conf.v1.rp_filter=0
	printf '%s\n' "link set eth0 addrgenmode none address $smac up" "addr add $sip/24 dev eth0" \
		"neigh add 10.20.0.254 lladdr $mac dev eth0 nud permanent" \
		"route add default via 10.20.0.254" | ip -n "$1-send" -batch -
	printf '%s\n' "link set eth0 addrgenmode none address $dmac up" "addr add $dip/24 dev eth0" \
		"neigh add 10.20.1.254 lladdr $mac dev eth0 nud permanent" \
		"route add default via 10.20.1.254" | ip -n "$1-recv" -batch -
	ip netns exec "$1-recv" nft -f "$dir/recv.nft"
	ip netns exec "$1-gate" nft -f "$2"
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# (in a subshell: a missed target is remembered in a file)
verdict() { if awk "BEGIN { exit !($1) }"; then echo good; else echo MISSED | tee -a "$dir/missed"; fi; }

# The median of a lane, and of the ratios round by round to another
rate() { awk -v lane="$1" '$2 == lane { print $3 }' "$dir/rates" | median; }
ratio() {
	awk -v a="$1" -v b="$2" '$2 == a { x[$1] = $3 } $2 == b { y[$1] = $3 }
		END { for (i in x) printf "%.4f\n", x[i] / y[i] }' "$dir/rates" | median
}

measure() { # NAME held|fresh|bulk CONNECTIONS [FLOWS]
	local ours plain lost
	"$b/tools/gate_rate" "$2" "$3" "$rounds" "$slice_ms" "${lanes[@]}" <"$dir/${4:-flows}" >"$dir/rates"
	lost=$(awk '{ lost += $4 - $5; sent += $4 } END { printf "%.6f", lost / sent }' "$dir/rates")
	ours=$(rate "${lanes[0]}") plain=$(rate "${lanes[1]}") share=$(ratio "${lanes[0]}" "${lanes[1]}")
	printf '%-26s %10d %10d %8s %8s %8s %8s\n' "$1" "$ours" "$plain" "$share" \
		"$(awk "BEGIN { printf \"%+.0f\", 1e9 / $ours - 1e9 / $plain }")" \
		"$(ratio "${lanes[2]}" "${lanes[1]}")" "$lost"
	# packets that nobody forwarded were no measure of forwarding
	[ "$(verdict "$lost < 0.001")" = good ] || echo "packets were lost: the line above is no measure"
}

lane_up "${lanes[0]}" "$dir/ours.nft"
lane_up "${lanes[1]}" "$dir/plain.nft"
lane_up "${lanes[2]}" "$dir/plain.nft"
printf '%-26s %10s %10s %8s %8s %8s %8s\n' "packets a second" sekisho accept ratio ns/packet equal lost
measure "one held connection" held 1
one=$share
measure "1,000 held connections" held 1000
many=$share
measure "new connections" fresh 20000
# not judged: much of the work is the two ends' here, and some 23 segments pass as one
measure "one TCP connection, bulk" bulk 1 program
printf '%s flows, established packets: at least 0.95 of a chain that only accepts: one connection %s, 1,000 %s\n' \
	"$flow_count" "$(verdict "$one >= 0.95")" "$(verdict "$many >= 0.95")"
[ -z "${LANES_KEEP-}" ] || echo "kept: ${lanes[*]}"
[ ! -e "$dir/missed" ]
