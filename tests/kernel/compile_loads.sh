#!/bin/bash
# Does the compiled text load, twice over, and do real packets meet what it says? Raises a
# gateway and two machines in namespaces of its own and always takes them down again.
#
# No listener is needed: a permitted connection to a closed port is refused by the far machine,
# so the SYN went there and the RST came back; a forbidden one gets no answer at all.
set -u
cd "$(dirname "$0")/../.."

skip() {
	echo "SKIPPED compile_loads: $1"
	exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root for network namespaces"
command -v nft >/dev/null || skip "nft is not installed"
command -v ip >/dev/null || skip "ip is not installed"

work=$(mktemp -d)
gw=sk-gw-$$ tax=sk-tax-$$ relay=sk-rl-$$
clean() {
	for ns in $gw $tax $relay; do
		ip netns del "$ns" 2>/dev/null
	done
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM
ip netns add "$gw" 2>/dev/null || skip "network namespaces are not permitted here"

passed=0 failed=0
is() { # WHAT COMMAND…
	local what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED compile_loads: $what"
	fi
}
on() { ip netns exec "$@"; }
reaches() { # NAMESPACE ADDRESS PORT
	on "$1" timeout 1 bash -c "exec 3<>/dev/tcp/$2/$3" 2>&1 | grep -q refused
}
silent() { ! reaches "$@"; }
count() { # FAMILY COUNTER
	on "$gw" nft list counter "$1" sekisho "$2" | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}
counts() { # FAMILY COUNTER COMMAND…: the command makes it grow
	local family=$1 counter=$2 before
	shift 2
	before=$(count "$family" "$counter")
	"$@"
	[ "$(count "$family" "$counter")" -gt "$before" ]
}

${CC:-cc} -std=gnu17 -O1 -Ilib -Itests/unit lib/base/*.c lib/policy/*.c lib/rule/*.c \
	tests/unit/test_rule_town.c tests/kernel/town_nft.c -o "$work/town_nft" || exit 1
"$work/town_nft" >"$work/town.nft" || exit 1

ip netns add "$tax"
ip netns add "$relay"
ip -n "$gw" link set lo up
machine() { # NAMESPACE DEVICE ADDRESS/LEN GATEWAY/LEN MAC
	ip -n "$gw" link add "$2" type veth peer name e0 netns "$1"
	ip -n "$1" link set e0 address "$5" up
	ip -n "$1" addr add "$3" dev e0
	ip -n "$gw" addr add "$4" dev "$2"
	ip -n "$gw" link set "$2" up
	ip -n "$1" route add default via "${4%/*}"
}
machine "$tax" eth1 10.10.1.11/24 10.10.1.1/24 00:00:5e:00:53:11
machine "$relay" eth2 10.10.9.4/28 10.10.9.1/28 00:00:5e:00:53:51
for device in eth3 eth4.7 eth5 eth6 eth7; do # older kernels want a device for its chain
	ip -n "$gw" link add "$device" type veth peer name "p-$device"
done
on "$gw" sysctl -qw net.ipv4.ip_forward=1
is "routing works before" reaches "$tax" 10.10.9.4 4444

is "nft accepts it" on "$gw" nft -c -f "$work/town.nft"
is "it loads" on "$gw" nft -f "$work/town.nft"
is "it loads over itself" on "$gw" nft -f "$work/town.nft"

is "a flow passes, there and back" reaches "$tax" 10.10.9.4 22
is "another port does not" counts inet refused_mn-srv_relay silent "$tax" 10.10.9.4 23
is "nor the other direction" counts inet refused_relay_mn-srv silent "$relay" 10.10.1.11 22
is "nothing enters the gateway" counts inet refused_input silent "$tax" 10.10.1.1 22
is "nothing leaves the gateway" counts inet refused_output silent "$gw" 10.10.9.4 22
is "fragments are refused" counts inet refused_fragment \
	on "$tax" bash -c 'head -c 3000 /dev/zero >/dev/udp/10.10.9.4/22'
is "IPv6 is refused where none is planned" counts inet refused_ipv6 \
	on "$tax" bash -c 'for i in 1 2 3 4; do echo >/dev/udp/ff02::1%e0/9; done; true' 2>/dev/null

# a frame to a machine that is not who it should be
ip -n "$gw" neigh replace 10.10.9.4 lladdr 02:00:00:00:00:99 dev eth2 nud permanent
is "no frame to a wrong MAC" counts netdev refused_egress silent "$tax" 10.10.9.4 22
ip -n "$gw" neigh replace 10.10.9.4 lladdr 00:00:5e:00:53:51 dev eth2 nud permanent
is "and again to the right one" reaches "$tax" 10.10.9.4 22

# another address, then another MAC
ip -n "$tax" addr add 10.10.1.12/24 dev e0
ip -n "$tax" route replace default via 10.10.1.1 src 10.10.1.12
is "a stolen address is refused" counts inet refused_unbound silent "$tax" 10.10.9.4 22
ip -n "$tax" route replace default via 10.10.1.1 src 10.10.1.11
router=$(ip -n "$gw" link show eth1 | sed -n 's/.*ether \([0-9a-f:]*\).*/\1/p')
ip -n "$tax" link set e0 address 02:00:00:00:00:11
is "ARP from a wrong MAC is refused" counts arp refused_arp silent "$tax" 10.10.9.4 22
ip -n "$tax" neigh replace 10.10.1.1 lladdr "$router" dev e0 nud permanent
is "a wrong MAC is refused" counts inet refused_unbound silent "$tax" 10.10.9.4 22
ip -n "$tax" link set e0 address 00:00:5e:00:53:11
ip -n "$tax" neigh replace 10.10.1.1 lladdr "$router" dev e0 nud permanent
is "and again the right one" reaches "$tax" 10.10.9.4 22

# the permission itself
on "$gw" nft delete element inet sekisho alive_mn-srv_relay '{ 0x1 }'
is "a dead permission passes nothing" silent "$tax" 10.10.9.4 22

echo "compile_loads: $passed passed, $failed failed"
[ "$failed" = 0 ]
