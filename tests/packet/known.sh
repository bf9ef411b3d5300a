#!/bin/bash
# What still gets further than it should, each with the least that shows it. One that is refused
# and counted is ok; one that is not is told as OPEN and counted as nothing, so that the suite says
# every time what is left to do. When one has become ok, it moves to tricks.sh.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
test_begin known "${1:-build/debug}" aomine
open=0

hoped() { # WHAT COMMANDS…; by: the counter, where another one will not do
	local what=$1 results grown
	shift
	counters_mark
	results=$(probe "$@" | grep -vE '^[^ ]+ (sent|silent|unreachable) unseen$')
	grown=$(counters_grown)
	if [ -z "$results" ] && [[ $grown == *${by:-refused_}* ]]; then
		ok "$what: ${grown//$'\n'/, }"
	else
		open=$((open + 1))
		echo "OPEN $what: $(paste -sd, <<<"${results:-reaches nobody}"), ${grown:-not counted}"
	fi
}

# The port from which a connection that stands was opened
own_port() { # PROTO SOURCE DESTINATION
	gateway conntrack -L -p "$1" -s "$2" -d "$3" 2>/dev/null |
		sed -n 's/[^=]*src=[^ ]* dst=[^ ]* sport=\([0-9]*\) .*/\1/p' | head -n 1
}

# An ICMP error belongs to a connection by what it quotes; who sends it, the ruleset does not ask.
icmp_errors() {
	local about=inner=17,10.91.0.11,41000,198.51.100.123,123
	local port turned=inner=17,198.51.100.123,123,10.91.0.11,41000
	is "a question of the time (F30)" "c sent seen" \
		"$(probe "frame c mgm-ntp proto=udp dip=198.51.100.123 dport=123 sport=41000" |
			grep -v ^stray)"
	hoped "a redirect about a connection" \
		"frame a rt-lgwan proto=icmp sip=198.51.100.123 dip=10.91.0.11 icmp=5/1 $about"
	hoped "an error by a peer that is no part of the flow" \
		"frame a rt-lgwan proto=icmp sip=198.51.100.50 dip=10.91.0.11 icmp=3/1 $about"
	hoped "an error to the peer by a neighbour that may not reach it" \
		"frame a mgm-log proto=icmp dip=198.51.100.123 icmp=3/1 $turned"
	is "the gateway's own question" "n answered seen" \
		"$(probe "serve mgm-ntp udp 10.91.0.11 123" \
			"open n gateway udp 10.91.0.254 10.91.0.11 123")"
	port=$(own_port udp 10.91.0.254 10.91.0.11)
	[ -n "$port" ] || return # no conntrack(8) here
	hoped "a redirect to the gateway by another than its peer" \
		"frame a mgm-log proto=icmp dip=10.91.0.254 icmp=5/1 inner=17,10.91.0.254,$port,10.91.0.11,123"
	hoped "a smaller path MTU for the gateway by another than its peer" \
		"frame a mgm-log proto=icmp dip=10.91.0.254 icmp=3/4 inner=17,10.91.0.254,$port,10.91.0.11,123"
}

# A visitors' network is bound whole, and so the gateway's own address in it too.
own_address() {
	hoped "a visitor claims the gateway's address" \
		"frame a visitor type=arp op=2 spa=192.168.203.254 tpa=192.168.203.254"
	hoped "a visitor speaks as the gateway" \
		"frame a visitor sip=192.168.203.254 dip=10.20.1.10 dport=443"
	is "the gateway has learnt nothing of it" "" \
		"$(ip -n "$prefix-gateway" neigh show 192.168.203.254)"
}

# The Internet lies behind one router, and is bound to every MAC there is on that segment.
behind_a_router() {
	local address=192.0.2.82 mark=0x7ffffff0 # a number that no flow has
	hoped "a machine beside the router claims a peer's address" \
		"frame a inet-clone type=arp op=2 spa=$address tpa=203.0.113.78"
	# as the daemon opens a grant, and a name
	gateway nft -f - <<-BATCH
		add element inet sekisho alive_kc_x-sc { $mark }
		add element inet sekisho alive_x-sc_kc { $mark }
		add element inet sekisho flow4_kc_x-sc \
			{ 00:00:5e:00:53:c1 . 10.93.8.5 . $address . tcp . 443 : $mark }
	BATCH
	is "F34 once granted" "f answered seen" "$(probe "serve rt-sc tcp $address 443" \
		"open f kc-term01 tcp 10.93.8.5 $address 443")"
	by=refused_unbound hoped "a machine beside the router speaks in a peer's place" \
		"frame a inet-clone dip=10.30.1.20 dport=80"
	ip -n "$prefix-gateway" neigh replace 203.0.113.65 lladdr 02:00:5e:bb:00:05 dev vlan430
	hoped "a frame for the Internet to another MAC than the router's" \
		"frame a kc-term01 dip=$address dport=443 sport=42001"
}

# What is no packet, or what the kernel throws away before the ruleset sees it: refused, uncounted.
uncounted() {
	hoped "another protocol than IP" "frame a mn-tax type=0x88b5"
	hoped "a frame of another VLAN" "frame a mn-tax vlan=115 dip=10.10.9.4 dport=22"
	hoped "an ARP question whose frame has another MAC than it says" \
		"frame a stranger type=arp smac=02:5e:00:00:00:77 sha=00:00:5e:00:53:11 spa=10.10.1.11 tpa=10.10.1.254"
}

probe_start
load 2026-11-24T10:00:00+09:00 || exit 1
icmp_errors
own_address
behind_a_router
uncounted
[ "$open" = 0 ] || echo "SKIPPED known: $open things get further than they should, or uncounted"
test_end
