#!/bin/bash
# A town in network namespaces, raised from its policy: the gateway with its interfaces named as
# in the policy, each machine with its own address and MAC, and the peers outside behind their
# routers. Everything is called PREFIX-…; nothing else on this machine is touched.
#
#   lab.sh up     TOWN [PREFIX]        raise tests/lab/towns/TOWN (PREFIX: the town's name)
#   lab.sh load   TOWN [PREFIX [TIME]] compile the policy and load it in the gateway
#   lab.sh status TOWN [PREFIX]
#   lab.sh exec   TOWN PREFIX HOST COMMAND…
#   lab.sh down   TOWN [PREFIX]
#   lab.sh enter  TOWN                 up, load, say how to go in, wait for Enter, down
#
# The machines of a zone hang on one bridge (all bridges live in PREFIX-lan) whose ports are
# isolated, as private VLANs do it: what a machine says to its neighbour passes the gateway, so
# that flows within a zone are the gateway's to judge. No packet filter is loaded by `up`.
set -u
cd "$(dirname "$0")/../.." || exit 1

BUILD=${LAB_BUILD:-build/debug}
RUN=${LAB_RUN:-/run/sekisho-lab}

die() {
	echo "lab: $1" >&2
	exit "${2:-1}"
}

town_file() { echo "tests/lab/towns/$town/town"; }
town_policy() { sed -n 's/^policy[[:space:]]*//p' "$(town_file)"; }

# The batches for ip(8), out of the plan: one for the links, one for each namespace. The indices
# keep the two ends of a pair apart: of equal ones the kernel believes that the link is a physical
# one, and looks at its carrier only once a second.
batches() {
	awk -v p="$prefix-" -v d="$1" '
	function say(ns, line) { print line >(d "/ns/" ns); seen[ns] = 1 }
	function name(ns) { if (!(ns in seen)) say(ns, "link set lo up") }
	BEGIN { links = d "/links"; name("lan"); name("gateway") }
	$1 == "zone" {
		print "link add " $4 " index " 1000 + $3 " netns " p "gateway address " $6 \
			" type veth peer name g" $3 " netns " p "lan" >links
		say("lan", "link add b" $3 " type bridge mcast_snooping 0")
		say("lan", "link set b" $3 " addrgenmode none up")
		say("lan", "link set g" $3 " addrgenmode none master b" $3 " up")
		say("gateway", "link set " $4 " addrgenmode none up")
		say("gateway", "addr add " $5 " dev " $4)
	}
	$1 == "route" { $1 = ""; say("gateway", "route add" $0) }
	$1 == "host" {
		port = "h" ++hosts
		name($2)
		print "link add eth0 index 1000 netns " p $2 " address " $5 \
			" type veth peer name " port " netns " p "lan" >links
		say("lan", "link set " port " addrgenmode none master b" $3 " up")
		say("lan", "link set " port " type bridge_slave isolated on" \
			($8 == "host" ? "" : " learning off"))
		say($2, "link set eth0 addrgenmode none" ($8 == "host" ? "" : " arp off") " up")
		say($2, "addr add " $4 "/32 dev eth0")
		say($2, "route add " $6 " dev eth0")
		say($2, "route add default via " $6 " dev eth0")
		say($2, "neigh add " $6 " lladdr " $7 " dev eth0 nud permanent")
		if ($8 == "v6")
			say($2, "addr add 2001:db8::66/64 dev eth0 nodad")
	}
	$1 == "addr" { say($2, "addr add " $3 "/32 dev lo") }
	END { for (ns in seen) print "netns add " p ns >(d "/add") }
	' "$RUN/$prefix.plan"
}

# Before the first interface: the gateway forwards, leaves it to the ruleset to refuse spoofed
# sources, and picks up no connection in its middle; redirects would be its own traffic. The
# bridges speak no IPv6.
sysctls() {
	ip netns exec "$prefix-gateway" sysctl -qe -w net.ipv4.ip_forward=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 \
		net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2 \
		net.netfilter.nf_conntrack_tcp_loose=0
	ip netns exec "$prefix-lan" sysctl -qe -w net.ipv6.conf.default.disable_ipv6=1
}

namespaces() {
	local file
	for file in /run/netns/"$prefix"-*; do
		[ -e "$file" ] && echo "${file##*/}"
	done
}

down() {
	namespaces | sed 's/^/netns del /' | ip -batch - 2>/dev/null
	rm -f "$RUN/$prefix.plan"
	rmdir "$RUN" 2>/dev/null
	[ -z "$(namespaces)" ]
}

raise() {
	local work=$1 file
	mkdir "$work/ns"
	# another town that goes down may take the empty directory away between the two
	for file in 1 2 3 4 5; do
		mkdir -p "$RUN" && : 2>/dev/null >"$RUN/$prefix.plan" && break
	done
	"$BUILD/tools/lab_plan" plan "$(town_policy)" "$(town_file)" >"$RUN/$prefix.plan" &&
		batches "$work" && ip -batch "$work/add" && sysctls &&
		ip -batch "$work/links" || return 1
	# the bridges last: a port whose other end is up forwards at once
	for file in "$work"/ns/*; do
		[ "${file##*/}" = lan ] || ip -n "$prefix-${file##*/}" -batch "$file" || return 1
	done
	ip -n "$prefix-lan" -batch "$work/ns/lan"
}

up() {
	local work
	[ "$(id -u)" = 0 ] || die "needs root for network namespaces" 77
	[ -x "$BUILD/tools/lab_plan" ] || die "$BUILD/tools/lab_plan is not built: make tools"
	[ -z "$(namespaces)" ] || die "$prefix is up already"
	work=$(mktemp -d)
	trap 'down; rm -rf "$work"; exit 130' INT TERM HUP
	if ! raise "$work"; then
		down
		rm -rf "$work"
		die "could not raise $town"
	fi
	rm -rf "$work"
	trap - INT TERM HUP
}

load() {
	local text
	text=$("$BUILD/sekishoctl" compile ${1:+--at "$1"} "$(town_policy)") || return 1
	ip netns exec "$prefix-gateway" nft -f - <<<"$text"
}

status() {
	[ -f "$RUN/$prefix.plan" ] || die "$prefix is not up"
	awk -v p="$prefix" '
	$1 == "zone" { zone[$3] = $2; printf "%-12s %-8s %s\n", $2, $4, $5 }
	$1 == "host" { printf "%-24s %-12s %-16s %s%s\n", p "-" $2, zone[$3], $4, $5,
		$8 == "host" ? "" : "  (not in the policy)" }
	$1 == "addr" { printf "%-24s %-12s %-16s %s\n", p "-" $2, "", $3, $4 }
	' "$RUN/$prefix.plan"
}

enter() {
	trap down EXIT
	trap 'exit 130' INT TERM HUP
	up
	trap 'exit 130' INT TERM HUP
	load || die "the ruleset does not load"
	status
	cat <<-TEXT

		The gateway:   ip netns exec $prefix-gateway bash
		A machine:     ip netns exec $prefix-HOST bash
		The ruleset:   ip netns exec $prefix-gateway nft list ruleset
		What it stops: ip netns exec $prefix-gateway nft list counters

	TEXT
	read -rp "Enter takes $town down. "
}

[ $# -ge 2 ] || die "usage: lab.sh up|load|status|exec|down|enter TOWN [PREFIX]" 2
verb=$1 town=$2 prefix=${3:-$2}
[ -f "$(town_file)" ] || die "no such town: $town" 2
[[ $prefix =~ ^[a-z][a-z0-9]*$ ]] || die "not a prefix: $prefix" 2
case $verb in
up | down | status | enter) "$verb" ;;
load) load "${4-}" ;;
exec)
	[ $# -ge 5 ] || die "usage: lab.sh exec TOWN PREFIX HOST COMMAND…" 2
	shift 3
	ns=$prefix-$1
	shift
	exec ip netns exec "$ns" "$@"
	;;
*) die "unknown verb: $verb" 2 ;;
esac
