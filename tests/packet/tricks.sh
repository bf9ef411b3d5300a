#!/bin/bash
# What somebody would try who wants through: another's MAC or address, fragments, IPv6, ICMP, ARP,
# source routes, a bridge, another zone. Each is refused, seen by no other machine, answered by
# nobody, and counted by exactly the counter that says why. Each kind of frame begins with one
# that passes, so that a refusal is not owed to a frame that is wrong in itself.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
test_begin tricks "${1:-build/debug}" aomine

# WHAT COUNTERS COMMANDS…: COUNTERS as "NAME PACKETS[, …]", or "" for what never gets that far
refused() {
	local what=$1 wanted=$2 results
	shift 2
	counters_mark
	results=$(probe "$@" | grep -vE '^[^ ]+ (sent|silent|unreachable) unseen$')
	is "$what: nobody sees or hears of it" "" "$results"
	is "$what: counted" "$wanted" "$(counters_grown | paste -sd, | sed 's/,/, /g')"
}

passes() { # WHAT RESULT COMMANDS…: and nothing is counted
	local what=$1 wanted=$2
	shift 2
	counters_mark
	is "$what: passes" "$wanted" "$(probe "$@" | grep -v '^stray')"
	is "$what: no refusal is counted" "" "$(counters_grown)"
}

# mn-tax may open tcp/22 at rl-eltax (F05), mgm-ntp udp/123 at e-ntp (F30)
F05="dip=10.10.9.4 dport=22"
F30="proto=udp dip=198.51.100.123 dport=123"

mac_and_address() {
	passes "a frame as it should be" "c sent seen" "frame c mn-tax $F05 sport=41000"
	refused "an unknown MAC" "refused_unbound 1" \
		"frame a stranger smac=02:5e:00:00:00:09 sip=10.10.1.11 $F05"
	refused "a neighbour's MAC" "refused_unbound 1" \
		"frame a stranger smac=00:00:5e:00:53:10 sip=10.10.1.11 $F05"
	refused "a registered MAC with another address" "refused_unbound 1" "frame a wrong-ip $F05"
	refused "a registered address on another card" "refused_unbound 1" "frame a wrong-mac $F05"
	refused "a machine in no register" "refused_unbound 1" "frame a stranger $F05"
	refused "a second address" "refused_unbound 1" \
		"try a mn-print udp 10.10.1.41 10.10.9.4 22"
	refused "a registered machine moved to another zone" "refused_unbound 2" \
		"frame a wrong-zone $F05" "try b wrong-zone udp 10.10.1.11 10.10.9.4 22"
	refused "an outside peer's address by another router" "refused_unbound 1" \
		"frame a rt-sc sip=198.51.100.50 dip=10.10.1.22 dport=443"
	refused "an outside peer's address by another MAC" "refused_unbound 1" \
		"frame a rt-lgwan smac=02:5e:00:00:00:09 sip=198.51.100.50 dip=10.10.1.22 dport=443"
	for address in 10.10.1.254 10.10.9.4 127.0.0.1 0.0.0.0 255.255.255.255 224.0.0.1; do
		refused "from $address" "refused_unbound 1" "frame a mn-tax sip=$address $F05"
	done
}

port_and_direction() {
	refused "another port" "refused_mn-srv_relay 2" "frame a mn-tax dip=10.10.9.4 dport=23" \
		"frame b mn-tax dip=10.10.9.4 dport=5632"
	refused "another protocol" "refused_mn-srv_relay 1" "frame a mn-tax proto=udp $F05"
	refused "SCTP, half of it" "refused_invalid 1" "frame a mn-tax proto=132 $F05"
	refused "the other direction" "refused_unplanned 1" \
		"frame a rl-eltax dip=10.10.1.11 dport=22"
	refused "an answer to no question" "refused_invalid 1" \
		"frame a rl-eltax dip=10.10.1.11 sport=22 dport=41234 flags=SA"
	refused "a segment of no connection" "refused_invalid 2" \
		"frame a mn-tax $F05 sport=41235 flags=A" \
		"frame b mn-tax $F05 sport=41236 flags=PA"
	refused "impossible flags" "refused_invalid 3" "frame a mn-tax $F05 sport=41237 flags=SF" \
		"frame b mn-tax $F05 sport=41238 flags=FPU" "frame c mn-tax $F05 sport=41239 flags="
	refused "tunnels" "refused_mn-srv_relay 5" "frame a mn-tax $F05 proto=4" \
		"frame b mn-tax $F05 proto=41" "frame c mn-tax $F05 proto=47" \
		"frame d mn-tax $F05 proto=50" "frame e mn-tax $F05 proto=51"
	refused "its time to live ends here" "refused_output 1" \
		"frame a mn-tax $F05 sport=41240 ttl=1"
	refused "a visitor" "refused_input 2, refused_unplanned 1" \
		"try a visitor udp 192.168.200.50 10.20.1.10 443" \
		"try b visitor udp 192.168.200.50 192.168.203.254 53" \
		"try c visitor tcp 192.168.200.50 10.20.1.254 22"
}

fragments() {
	passes "a datagram" "c sent seen" "frame c mgm-ntp $F30 sport=41000"
	refused "the first fragment of a flow" "refused_fragment 1" "frame a mgm-ntp $F30 frag=0+"
	refused "a fragment in the middle" "refused_fragment 1" "frame a mgm-ntp $F30 frag=185+"
	refused "the last fragment" "refused_fragment 1" "frame a mgm-ntp $F30 frag=185"
	refused "a tiny offset" "refused_fragment 1" "frame a mn-tax $F05 frag=1"
	refused "fragments for the gateway" "refused_fragment 2" \
		"frame a mgm-ntp proto=udp dip=10.91.0.254 dport=123 frag=0+" \
		"frame b mgm-ntp proto=udp dip=10.91.0.254 dport=123 frag=2"
}

ipv6() {
	local all=dmac=33:33:00:00:00:01 type n=0
	local -a kinds
	for type in 128 129 130 131 132 133 134 135 136 137 143 1 2 3 4; do
		kinds+=("frame i$((n++)) mn-tax type=ip6 icmp6=$type $all")
	done
	refused "ICMPv6 of every kind" "refused_ipv6 $n" "${kinds[@]}"
	refused "IPv6 to the gateway's MAC" "refused_ipv6 4" \
		"frame a mn-tax type=ip6 nh=6 s6=2001:db8::1 d6=2001:db8:1::1 dport=22" \
		"frame b mn-tax type=ip6 nh=17 s6=fe80::1 d6=2001:db8:1::1 dport=123" \
		"frame c six type=ip6 s6=2001:db8::66 d6=2001:db8:1::1 icmp6=128" \
		"frame d six type=ip6 nh=6 s6=::ffff:10.20.1.10 d6=::ffff:10.10.1.11 dport=22"
	refused "a hop-by-hop header of nonsense, by the kernel itself" "" \
		"frame a mn-tax type=ip6 nh=0 $all"
	refused "extension headers" "refused_ipv6 4" "frame b mn-tax type=ip6 nh=43" "frame c mn-tax type=ip6 nh=44" \
		"frame d mn-tax type=ip6 nh=59" "frame e mn-tax type=ip6 nh=60"
}

icmp() {
	refused "echo where a flow is TCP" "refused_mn-srv_relay 1" \
		"frame a mn-tax proto=icmp dip=10.10.9.4 icmp=8"
	refused "timestamps" "refused_mn-srv_relay 1" \
		"frame a mn-tax proto=icmp dip=10.10.9.4 icmp=13"
	refused "errors and answers about nothing" "refused_invalid 5, refused_redirect 1" \
		"frame a mn-tax proto=icmp dip=10.10.9.4 icmp=0" \
		"frame b mn-tax proto=icmp dip=10.10.9.4 icmp=3/1 inner=6,10.10.9.4,22,10.10.1.11,4" \
		"frame c mn-tax proto=icmp dip=10.10.9.4 icmp=5/1 inner=6,10.10.9.4,22,10.10.1.11,4" \
		"frame d mn-tax proto=icmp dip=10.10.9.4 icmp=11 inner=6,10.10.9.4,22,10.10.1.11,4" \
		"frame e mn-tax proto=icmp dip=10.10.9.4 icmp=9" \
		"frame f mn-tax proto=icmp dip=10.10.9.4 icmp=42"
	refused "ICMP to the gateway" "refused_input 5, refused_redirect 1" \
		"frame a mn-tax proto=icmp dip=10.10.1.254 icmp=8" \
		"frame b mn-tax proto=icmp dip=10.10.1.254 icmp=13" \
		"frame c mn-tax proto=icmp dip=10.10.1.254 icmp=5/1 inner=6,10.10.9.4,22,10.10.1.11,4" \
		"frame d mn-tax proto=icmp dip=10.10.1.254 icmp=3/4 inner=6,10.10.9.4,22,10.10.1.11,4" \
		"frame e mn-tax proto=icmp dip=10.10.9.14 icmp=8" \
		"frame f mn-tax proto=icmp dip=10.10.1.254 icmp=10"
}

# An error about a connection that lives may pass (path MTU): from either end of it.
# The port from which a connection that stands was opened
own_port() { # PROTO SOURCE DESTINATION
	gateway conntrack -L -p "$1" -s "$2" -d "$3" 2>/dev/null |
		sed -n 's/[^=]*src=[^ ]* dst=[^ ]* sport=\([0-9]*\) .*/\1/p' | head -n 1
}

# An ICMP error belongs to a connection by what it quotes: here it must also come from a party of
# that connection or a router beside the gateway, and go to a party.
icmp_errors() {
	local about=inner=17,10.91.0.11,41000,198.51.100.123,123
	local turned=inner=17,198.51.100.123,123,10.91.0.11,41000
	passes "fragmentation needed, about a connection" "e sent seen" \
		"frame e rt-lgwan proto=icmp sip=198.51.100.123 dip=10.91.0.11 icmp=3/4 $about"
	refused "the same about another port" "refused_invalid 1" \
		"frame a rt-lgwan proto=icmp sip=198.51.100.123 dip=10.91.0.11 icmp=3/4 ${about/41000/41001}"
	refused "the same to another machine" "refused_invalid 1" \
		"frame a rt-lgwan proto=icmp sip=198.51.100.123 dip=10.91.0.10 icmp=3/4 $about"
	refused "the same from another zone" "refused_error 1" \
		"frame a lg-gw proto=icmp dip=10.91.0.11 icmp=3/4 $about"
	passes "an error to the peer, by its other party" "e sent seen" \
		"frame e mgm-ntp proto=icmp dip=198.51.100.123 icmp=3/3 $turned"
	passes "an error by the router in between" "e sent seen" \
		"frame e rt-lgwan proto=icmp sip=198.51.100.1 dip=10.91.0.11 icmp=11 $about"
	refused "an error to a neighbour of the party" "refused_invalid 1" \
		"frame a rt-lgwan proto=icmp sip=198.51.100.123 dip=10.91.0.12 icmp=3/1 $about"
	refused "an error to a neighbour of the peer" "refused_invalid 1" \
		"frame a mgm-ntp proto=icmp dip=198.51.100.50 icmp=3/3 $turned"
	refused "a redirect about a connection" "refused_redirect 1" \
		"frame a rt-lgwan proto=icmp sip=198.51.100.123 dip=10.91.0.11 icmp=5/1 $about"
	refused "source quench, a parameter problem of nobody" "refused_error 1, refused_invalid 1" \
		"frame a rt-lgwan proto=icmp sip=198.51.100.123 dip=10.91.0.11 icmp=4 $about" \
		"frame b rt-lgwan proto=icmp sip=198.51.100.123 dip=10.91.0.11 icmp=12 ${about/41000/4}"
	refused "an error by a peer that is no part of the flow" "refused_error 1" \
		"frame a rt-lgwan proto=icmp sip=198.51.100.50 dip=10.91.0.11 icmp=3/1 $about"
	refused "an error to the peer by a neighbour that may not reach it" "refused_error 1" \
		"frame a mgm-log proto=icmp dip=198.51.100.123 icmp=3/1 $turned"
}

errors_to_the_gateway() {
	local port quoted
	passes "the gateway's own question, open" "n answered seen" \
		"serve mgm-ntp udp 10.91.0.11 123" "open n gateway udp 10.91.0.254 10.91.0.11 123"
	port=$(own_port udp 10.91.0.254 10.91.0.11)
	if [ -z "$port" ]; then
		echo "SKIPPED errors to the gateway: no conntrack(8) to learn its port from"
		return
	fi
	quoted=inner=17,10.91.0.254,$port,10.91.0.11,123
	refused "a redirect to the gateway" "refused_redirect 1" \
		"frame a mgm-log proto=icmp dip=10.91.0.254 icmp=5/1 $quoted"
	refused "a smaller path MTU for the gateway by another than its peer" "refused_error 1" \
		"frame a mgm-log proto=icmp dip=10.91.0.254 icmp=3/4 $quoted"
	refused "by its peer it is taken" "" \
		"frame a mgm-ntp proto=icmp dip=10.91.0.254 icmp=3/4 $quoted"
}

# A visitors' network is bound whole, and so the gateway's own address in it: the kernel itself
# throws such a packet away (it would be from us), before anything could count it.
own_address() {
	refused "a visitor claims the gateway's address" "" \
		"frame a visitor type=arp op=2 spa=192.168.203.254 tpa=192.168.203.254"
	refused "a visitor speaks as the gateway" "" \
		"frame a visitor sip=192.168.203.254 dip=10.20.1.10 dport=443"
	is "the gateway has learnt nothing of it" "" \
		"$(ip -n "$prefix-gateway" neigh show 192.168.203.254)"
}

# The Internet lies behind one router, and is bound to every MAC there is on that segment.
behind_a_router() {
	local address=192.0.2.82 mark=0x7ffffff0 # a number that no flow has
	refused "a machine beside the router claims a peer's address" "refused_arp 1" \
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
	refused "a machine beside the router speaks in a peer's place" "refused_unbound 1" \
		"frame a inet-clone dip=10.30.1.20 dport=80"
	ip -n "$prefix-gateway" neigh replace 203.0.113.65 lladdr 02:00:5e:bb:00:05 dev vlan430
	refused "a frame for the Internet to another MAC than the router's" "refused_egress 1" \
		"frame a kc-term01 dip=$address dport=443 sport=42001"
}

arp() {
	is "the gateway answers a registered machine" "a sent unseen" \
		"$(probe "frame a mn-tax type=arp op=1 tpa=10.10.1.254 dmac=ff:ff:ff:ff:ff:ff" |
			grep -v '^stray mn-tax type=0806')"
	refused "a question by an unknown MAC" "refused_arp 1" \
		"frame a stranger type=arp op=1 tpa=10.10.1.254 dmac=ff:ff:ff:ff:ff:ff"
	refused "claiming the gateway's address" "refused_arp 2" \
		"frame a mn-tax type=arp op=2 spa=10.10.1.254 tpa=10.10.1.254" \
		"frame b stranger type=arp op=1 spa=10.10.1.254 tpa=10.10.1.254"
	refused "claiming a neighbour's address" "refused_arp 2" \
		"frame a mn-tax type=arp op=2 spa=10.10.1.10 tpa=10.10.1.254" \
		"frame b stranger type=arp op=2 spa=10.10.1.11 tpa=10.10.1.254"
	refused "a question whose frame has another MAC than it says" "refused_arp 1" \
		"frame a stranger type=arp smac=02:5e:00:00:00:77 sha=00:00:5e:00:53:11 spa=10.10.1.11 tpa=10.10.1.254"
	refused "gratuitous, for another" "refused_arp 2" \
		"frame a stranger type=arp op=1 spa=10.10.1.11 tpa=10.10.1.11 dmac=ff:ff:ff:ff:ff:ff" \
		"frame b stranger type=arp op=2 spa=10.10.1.11 tpa=10.10.1.11 dmac=ff:ff:ff:ff:ff:ff"
	refused "claiming an address of another zone" "refused_arp 1" \
		"frame a mn-tax type=arp op=2 spa=10.10.9.4 tpa=10.10.1.254"
	refused "a registered pair in another zone" "refused_arp 1" \
		"frame a wrong-zone type=arp op=1 tpa=10.30.19.254"
	refused "asking for the gateway's address of another zone" "" \
		"frame a mn-tax type=arp op=1 tpa=10.10.9.14"
	is "the gateway has learnt no wrong neighbour" "" \
		"$(ip -n "$prefix-gateway" neigh | grep -E '02:(00:5e:bb|5e)')"
}

# An option of loose source routing: to the gateway, and on to 10.10.9.4
source_route() {
	local route="dip=10.10.1.254 dport=22 options=8307040a0a0904"
	refused "a source route, as the kernel is set" "" "frame a mn-tax $route"
	gateway sysctl -qw net.ipv4.conf.all.accept_source_route=1 \
		net.ipv4.conf.vlan110.accept_source_route=1
	refused "a source route, where the kernel would take it" "refused_mn-srv_relay 1" \
		"frame a mn-tax $route"
	gateway sysctl -qw net.ipv4.conf.all.accept_source_route=0
}

# Frames that are no packets for the gateway at all: nothing carries them on.
other_frames() {
	refused "another protocol than IP" "" "frame a mn-tax type=0x88b5" \
		"frame b mn-tax type=0x88cc dmac=01:80:c2:00:00:0e" "frame c mn-tax type=0x8863"
	refused "a frame of another VLAN" "" "frame a mn-tax vlan=115 $F05"
	refused "priority-tagged, another port" "refused_mn-srv_relay 1" \
		"frame a mn-tax vlan=0 dip=10.10.9.4 dport=23"
	refused "for everybody, to one address" "" "frame a mn-tax dmac=ff:ff:ff:ff:ff:ff $F05"
	refused "a broadcast into another zone" "refused_input 1" \
		"frame a mn-tax proto=udp dip=10.10.9.15 dport=22"
	refused "broadcast and multicast to the gateway" "refused_input 2" \
		"frame a mn-tax proto=udp dip=255.255.255.255 dport=67 dmac=ff:ff:ff:ff:ff:ff" \
		"frame b mn-tax proto=udp dip=224.0.0.1 dport=5353 dmac=01:00:5e:00:00:01"
}

gateway_itself() {
	passes "its own question of the time" "n answered seen" "serve mgm-ntp udp 10.91.0.11 123" \
		"try n gateway udp 10.91.0.254 10.91.0.11 123"
	refused "the gateway itself opens nothing else" "refused_output 2" \
		"try a gateway udp 10.91.0.254 10.91.0.11 124" \
		"try b gateway tcp 10.10.9.14 10.10.9.4 22"
}

# What leaves carries the MAC of whom it is for, whatever the gateway believes of its neighbours.
egress() {
	ip -n "$prefix-gateway" neigh replace 10.10.9.4 lladdr 00:00:5e:00:53:52 dev vlan115
	refused "a frame to a neighbour's MAC" "refused_egress 1" \
		"frame a mn-tax $F05 sport=41300"
	ip -n "$prefix-gateway" neigh replace 10.10.9.4 lladdr 00:00:5e:00:53:51 dev vlan115
	passes "and again to the right one" "c sent seen" "frame c mn-tax $F05 sport=41301"
}

# A bridge over two zones, beside the routing, whose packets the kernel shows to nobody else
bridged() {
	# (the new bridge would greet its neighbours over IPv6, and be refused and counted)
	gateway sysctl -qe -w net.ipv6.conf.default.disable_ipv6=1 net.bridge.bridge-nf-call-iptables=0 \
		net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0
	ip -n "$prefix-gateway" -batch - <<-BATCH
		link add cheat type bridge mcast_snooping 0
		link set cheat addrgenmode none up
		link set vlan110 master cheat
		link set vlan115 master cheat
	BATCH
	refused "a bridge over two zones" "refused_bridged 4" \
		"frame a mn-tax dmac=00:00:5e:00:53:51 $F05" \
		"frame b mn-tax dmac=00:00:5e:00:53:51 type=0x88b5" \
		"frame c mn-tax dmac=00:00:5e:00:53:51 type=ip6 nh=6 dport=22" \
		"frame d mn-tax dmac=00:00:5e:00:53:51 type=arp op=2 spa=10.10.9.14"
	ip -n "$prefix-gateway" link del cheat
	passes "and without it again" "c sent seen" "frame c mn-tax $F05 sport=41400"
}

probe_start
load 2026-11-24T10:00:00+09:00 || exit 1
probe "wait 200" >/dev/null
mac_and_address
port_and_direction
fragments
ipv6
icmp
icmp_errors
errors_to_the_gateway
own_address
arp
source_route
other_frames
gateway_itself
egress
behind_a_router
bridged
test_end
