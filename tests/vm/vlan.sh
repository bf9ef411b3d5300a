#!/bin/bash
# The city over one trunk: every interface of the gateway a real 802.1Q sub-interface, as in a
# town hall, and not a cable of its own as in the lab. What is permitted passes, of 300 others
# nothing does, and no frame gets into a zone by another tag than the zone's: not by another
# zone's, by none, by two, nor by one that nobody has.
#
# The trunk has the MAC of the zone that is tried, so that a frame without its tag is for the
# gateway all the same and only the ruleset is in its way.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
TIME=2026-11-24T10:00:00+09:00
ZONE=vlan910 # of mgm-ntp, which may ask 198.51.100.123 for the time (F30)

unshare -n sh -c 'ip link add t0 type veth peer name t1 && ip link add link t0 name t0.1 type vlan id 1' \
	2>/dev/null || { test_name=vlan; skip "this kernel has no 802.1Q (or we are not root)"; }
test_begin vlan "${1:-build/debug}" aomine

# The zones' cables are taken away; tagged frames on one take their place.
trunk() {
	local mac
	mac=$(awk -v zone=$ZONE '$1 == "zone" && $4 == zone { print $6 }' "$LAB_RUN/$prefix.plan")
	ip link add trunk0 index 1900 netns "$prefix-gateway" address "$mac" \
		type veth peer name trunk1 netns "$prefix-lan" || return 1
	awk -v gateway="$work/gateway" -v lan="$work/lan" '
	BEGIN {
		print "link set trunk0 addrgenmode none up" >gateway
		print "link set trunk1 addrgenmode none up" >lan
	}
	$1 == "zone" {
		id = substr($4, 5)
		print "link del " $4 >gateway
		print "link add link trunk0 name " $4 " address " $6 " type vlan id " id >gateway
		print "link set " $4 " addrgenmode none up" >gateway
		print "addr add " $5 " dev " $4 >gateway
		print "link add link trunk1 name g" $3 " type vlan id " id >lan
		print "link set g" $3 " addrgenmode none master b" $3 " up" >lan
	}
	$1 == "route" { $1 = ""; print "route add" $0 >gateway }' "$LAB_RUN/$prefix.plan"
	ip -n "$prefix-gateway" -batch "$work/gateway" && ip -n "$prefix-lan" -batch "$work/lan"
}

# A question of the time, from mgm-ntp as it is, put on the trunk with these tags: TYPE:TCI …
frame() {
	ip netns exec "$prefix-lan" python3 - "$(awk '$2 == "mgm-ntp" && $1 == "host" {
		print $5, $7 }' "$LAB_RUN/$prefix.plan")" "$@" <<'P'
import socket, struct, sys
mac = lambda text: bytes.fromhex(text.replace(":", ""))
source, gateway = map(mac, sys.argv[1].split())
tags = b"".join(struct.pack("!HH", *(int(part, 0) for part in tag.split(":"))) for tag in sys.argv[2:])
udp = struct.pack("!HHHH", 41000, 123, 16, 0) + b"question"
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                 socket.inet_aton("10.91.0.11"), socket.inet_aton("198.51.100.123"))
total = sum(struct.unpack("!10H", ip))
while total >> 16:
    total = (total & 0xffff) + (total >> 16)
ip = ip[:10] + struct.pack("!H", ~total & 0xffff) + ip[12:]
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(("trunk1", 0))
out.send(gateway + source + tags + b"\x08\x00" + ip + udp)
P
}

# What came of a frame: who saw it, and which counters grew. The question that passes after it
# goes the same way, so that when it is answered the frame is through, too.
tagged() { # WHAT WANTED-COUNTERS SEEN-BY TAGS…
	local what=$1 counted=$2 seen=$3 results
	shift 3
	counters_mark
	frame "$@" || bad "$what: cannot be sent" </dev/null
	results=$(probe "try p mgm-ntp udp 10.91.0.11 198.51.100.123 123")
	is "$what" "p answered seen${seen:+ $seen}" \
		"$(sed 's/^stray \([^ ]*\).*/\1/' <<<"$results" | sort -u | sed 's/^p /\t&/' |
			sort | tr -d '\t' | paste -sd' ')"
	is "$what: counted" "$counted" "$(counters_grown | paste -sd,)"
}

trunk || exit 1
load "$TIME" || exit 1
probe_start
is "the interfaces of all zones are 802.1Q" "$(grep -c '^zone' "$LAB_RUN/$prefix.plan")" \
	"$(gateway ip -d link show type vlan | grep -c 'vlan protocol 802.1Q')"
flows_plan "$TIME"
flows_pass "$TIME"
probe "wait 300" >/dev/null
others_refused "$TIME" 300
id=${ZONE#vlan} answered="mgm-ntp rt-lgwan" # the question there, the answer here
tagged "the zone's own tag" "" "$answered" 0x8100:"$id"
tagged "the same with a priority" "" "$answered" 0x8100:$((id | 0xe000))
tagged "another zone's tag" "refused_unbound 1" "" 0x8100:110
tagged "the tag of where it wants to" "refused_unbound 1" "" 0x8100:410
tagged "no tag" "refused_unbound 1" ""
tagged "a priority without a VLAN" "refused_unbound 1" "" 0x8100:0
tagged "a tag that nobody has" "" "" 0x8100:999
tagged "two tags, the outer its own" "" "" 0x8100:"$id" 0x8100:410
tagged "two tags, the inner its own" "" "" 0x8100:110 0x8100:"$id"
tagged "a provider's tag (802.1ad)" "" "" 0x88a8:"$id"
test_end
