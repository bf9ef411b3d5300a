#!/bin/bash
# The machine around the tables, tampered with for real in the reference city: settings, bridges,
# macvlans here and in another namespace, interfaces renamed, moved, down, foreign ones, addresses,
# routes, rules, neighbours, tc, XDP, listeners, proxies, packet sockets, the old iptables. Each is
# put right or named, degrades the gate where it is critical, and is gone when undone. How long it
# took until the daemon told is printed behind each. What this kernel cannot do is SKIPPED.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin posture "${1:-build/debug}" aomine
daemon_begin
extra_ns=${prefix}-outside
helpers=()
posture_clean() {
	local helper
	for helper in "${helpers[@]}"; do kill "$helper" 2>/dev/null; done
	ip netns del "$extra_ns" 2>/dev/null
	daemon_clean
	test_clean
}
trap posture_clean EXIT
evergreen "$policy" >"$work/p.conf"

# ---- what is seen ----

sysctl_of() { gateway cat "/proc/sys/net/$1"; }
posture_json() { ctl posture --json; }

# The daemon's events, as they come: one reader for all of the test.
watch_start() {
	local line
	coproc watch { exec "$B/sekishoctl" watch --json --socket "$work/run/control" 2>/dev/null; }
	# shellcheck disable=SC2154 # set by coproc
	exec {watch_out}<&"${watch[0]}"
	# shellcheck disable=SC2154
	helpers+=("$watch_PID")
	IFS= read -r -t 60 line <&"$watch_out" && [[ $line == *watching* ]]
}

# WHAT CODE PATTERN: waits for the event; $took: milliseconds since $began
wait_told() {
	local line end=$((SECONDS + 20))
	took=
	while [ $SECONDS -lt $end ] && IFS= read -r -t 20 line <&"$watch_out"; do
		[[ $line == *"\"what\":\"$1\""*"\"code\":\"$2\""* && $line =~ $3 ]] || continue
		took=$(((${EPOCHREALTIME/./} - began) / 1000))
		return 0
	done
	return 1
}
begin() { began=${EPOCHREALTIME/./}; }

# By event: long before the look that comes every ten seconds anyway. `late` as fifth: by that one.
told() { # TEXT WHAT CODE PATTERN [late]
	if wait_told "$2" "$3" "$4" && { [ "${5-}" ] || [ "$took" -lt 5000 ]; }; then
		ok "$1 (${took} ms)"
	elif [ -n "${took-}" ] && [ "$took" -ge 5000 ]; then
		bad "$1" <<<"by no event: it took $took ms"
	else
		bad "$1" <<<"no event: $2 $3 $4"
		ctl posture | sed 's/^/     /'
	fi
}

state_is() { # TEXT STATE [PATTERN OF WHY]
	local state why
	state=$(field .state) why=$(field .why)
	if [ "$state" = "$2" ] && [[ $why =~ ${3-} ]]; then
		ok "$1"
	else
		bad "$1" <<<"$state: $why"
	fi
}

# A critical finding, told and gone by event unless `late`: TEXT CODE PATTERN [late]; do_it and
# undo_it are functions
critical() {
	begin
	do_it
	told "$1: found" found "$2" "$3" "${4-}"
	state_is "$1: degraded, and says why" degraded "^$2"
	ctl posture >"$work/out"
	is "$1: posture has status 1" 1 $?
	begin
	undo_it
	told "$1: undone, and told" gone "$2" "$3" "${4-}"
	state_is "$1: enforcing again" enforcing
}

warning() { # TEXT CODE PATTERN
	begin
	do_it
	told "$1: found" found "$2" "$3"
	state_is "$1: a warning, no degradation" enforcing
	begin
	undo_it
	told "$1: undone, and told" gone "$2" "$3"
}

# Settings: TEXT PATH VALUE WANTED
held() {
	is "$1 is set at the start" "$4" "$(sysctl_of "$2")"
	begin
	gateway sysctl -qw "net/$2=$3" 2>/dev/null || gateway sh -c "echo $3 >/proc/sys/net/$2"
	told "$1 is put right" repaired H-SYSCTL "net.?/$2 "
	is "$1 is as before" "$4" "$(sysctl_of "$2")"
}

start || { cat "$work/err"; exit 1; }
watch_start || { bad "the events are told" <"$work/err"; test_end; exit 1; }
is "an untouched machine has nothing critical, and no warning" "0 0 1" \
	"$(posture_json | jq -r '"\(.critical) \(.warning) \(.unseen)"')"
is "what cannot be looked at is unseen, not good" H-BPF \
	"$(posture_json | jq -r '.checks[] | select(.result == "unseen") | .code')"
state_is "the gate enforces" enforcing

# ---- settings: those with an event, and (slower) those without ----
held "forwarding of a zone" ipv4/conf/vlan110/forwarding 0 1
held "rp_filter of a zone" ipv4/conf/vlan210/rp_filter 0 1
# last: it takes that of each interface along, and each is told
held "forwarding of all" ipv4/conf/all/forwarding 0 1
slow=(ipv4/conf/vlan110/accept_redirects=1=0 ipv4/conf/vlan110/proxy_arp=1=0
	ipv4/conf/all/send_redirects=1=0 ipv4/conf/vlan310/arp_ignore=0=1
	ipv4/conf/vlan310/accept_source_route=1=0 ipv4/conf/default/arp_announce=0=2
	ipv6/conf/vlan110/proxy_ndp=1=0 ipv6/conf/vlan110/addr_gen_mode=0=1 ipv6/conf/vlan110/accept_ra=1=0
	netfilter/nf_conntrack_tcp_loose=1=0
	netfilter/nf_conntrack_tcp_be_liberal=1=0)
if gateway test -e /proc/sys/net/bridge/bridge-nf-call-iptables; then
	slow+=(bridge/bridge-nf-call-iptables=0=1)
else
	echo "SKIPPED posture: bridge-nf-call: this kernel has no br_netfilter"
fi
begin
for one in "${slow[@]}"; do
	IFS== read -r path value wanted <<<"$one"
	is "$path is set at the start" "$wanted" "$(sysctl_of "$path")"
	gateway sh -c "echo $value >/proc/sys/net/$path"
done
for one in "${slow[@]}"; do
	IFS== read -r path value wanted <<<"$one"
	for ((tries = 0; tries < 200; tries++)); do
		[ "$(sysctl_of "$path")" = "$wanted" ] && break
		# whatever raises no event is seen when somebody asks, or after ten seconds
		ctl posture >/dev/null
	done
	is "$path is put right" "$wanted" "$(sysctl_of "$path")"
done
begin
gateway sh -c 'echo 1 >/proc/sys/net/ipv4/conf/vlan110/secure_redirects'
told "what raises no event is seen without anybody asking" repaired H-SYSCTL vlan110/secure_redirects late

# ---- links ----
do_it() { gateway ip link add evil type bridge && gateway ip link set vlan110 master evil; }
undo_it() { gateway ip link del evil; }
critical "a bridge over a zone's interface" H-MASTER vlan110

do_it() { gateway ip link add evil link vlan110 type macvlan mode bridge && gateway ip link set evil up; }
undo_it() { gateway ip link del evil; }
if gateway ip link add probe link vlan110 type macvlan 2>/dev/null; then
	gateway ip link del probe
	critical "a macvlan on a zone's interface" H-CHILD evil
	ip netns add "$extra_ns"
	do_it() {
		gateway ip link add evil link vlan111 type macvlan mode bridge &&
			gateway ip link set evil netns "$extra_ns" && ip -n "$extra_ns" link set evil up
	}
	undo_it() { ip -n "$extra_ns" link del evil; }
	# what a card listens for changes without an event
	critical "a macvlan in another namespace" H-PROMISC vlan111 late
else
	echo "SKIPPED posture: macvlan: this kernel has none"
fi
for kind in vrf bond ipvlan; do
	gateway ip link add probe type $kind 2>/dev/null && gateway ip link del probe && continue
	[ $kind = ipvlan ] && gateway ip link add probe link vlan110 type ipvlan 2>/dev/null &&
		gateway ip link del probe && continue
	echo "SKIPPED posture: $kind: this kernel has none; judged by the unit tests alone"
done

do_it() { gateway ip link set vlan115 promisc on; }
undo_it() { gateway ip link set vlan115 promisc off; }
critical "a card that takes all frames" H-PROMISC vlan115

do_it() { gateway ip link add foreign type veth peer name foreign1 && gateway ip addr add 172.30.0.1/24 dev foreign && gateway ip link set foreign up; }
undo_it() { gateway ip link del foreign; }
warning "an interface that is in no policy" H-FOREIGN foreign

do_it() { gateway ip addr add 10.99.0.1/24 dev vlan110; }
undo_it() { gateway ip addr del 10.99.0.1/24 dev vlan110; }
warning "an address that lies in no network of the zone" H-ADDRESS 10.99.0.1
do_it() { gateway ip addr add 10.10.1.11/32 dev vlan110; }
undo_it() { gateway ip addr del 10.10.1.11/32 dev vlan110; }
warning "the address of a registered machine" H-ADDRESS mn-tax

begin
gateway ip addr add 2001:db8::1/64 dev vlan110 nodad
told "IPv6 where nobody planned it is taken away" repaired H-ADDRESS 2001:db8::1
is "and there is none" "" "$(gateway ip -6 addr show dev vlan110)"

# down and up: the kernel forgets the pins, and they are set again
begin
gateway ip link set vlan110 down
told "an interface that is down is told" found H-LINK vlan110
begin
gateway ip link set vlan110 up
told "up again: told" gone H-LINK vlan110
for ((tries = 0; tries < 100; tries++)); do
	gateway ip neigh show 10.10.1.11 dev vlan110 | grep -q PERMANENT && break
done
is "up again: its machines are pinned anew" "10.10.1.11 lladdr 00:00:5e:00:53:11 PERMANENT" \
	"$(gateway ip neigh show 10.10.1.11 dev vlan110 | tr -s ' ' | sed 's/ *$//')"

# by another name, and back
begin
gateway ip link set vlan930 down
gateway ip link set vlan930 name other
gateway ip link set other up
told "an interface by another name is told by both names" found H-LINK 'vlan930.*other'
is "and does not forward" 0 "$(sysctl_of ipv4/conf/other/forwarding)"
begin
gateway ip link set other down
gateway ip link set other name vlan930
gateway ip link set vlan930 up
told "by its name again" gone H-LINK vlan930
ctl posture >/dev/null
is "and forwards" 1 "$(sysctl_of ipv4/conf/vlan930/forwarding)"

# to another namespace, and back
ip netns add "$extra_ns" 2>/dev/null
address=$(gateway ip -o -4 addr show dev vlan920 | awk '{ print $4 }')
begin
gateway ip link set vlan920 netns "$extra_ns"
told "an interface in another namespace is missing" found H-LINK 'vlan920'
begin
ip -n "$extra_ns" link set vlan920 netns "$prefix-gateway"
gateway ip link set vlan920 addrgenmode none up
gateway ip addr add "$address" dev vlan920
told "and there again" gone H-LINK vlan920
ctl posture >"$work/out"
is "with its settings, its pins and its address" "0 0" \
	"$(posture_json | jq -r '"\(.critical) \(.warning)"')"

# ---- neighbours, routes, rules ----
begin
gateway ip neigh replace 10.10.1.11 lladdr 02:00:5e:bb:00:01 dev vlan110 nud permanent
told "a machine with another's MAC is put right" repaired H-NEIGHBOUR 02:00:5e:bb:00:01
is "and pinned to its own" "10.10.1.11 lladdr 00:00:5e:00:53:11 PERMANENT" \
	"$(gateway ip neigh show 10.10.1.11 dev vlan110 | tr -s ' ' | sed 's/ *$//')"
begin
gateway ip neigh flush dev vlan110 nud permanent
told "a pin that was flushed is set again" repaired H-NEIGHBOUR 'mn-'
begin
gateway ip neigh add proxy 10.20.1.20 dev vlan110
# nor does this raise one
told "an answer for others is taken back" repaired H-NEIGHBOUR 10.20.1.20 late
is "and is gone" "" "$(gateway ip neigh show proxy)"

do_it() { gateway ip route add 10.10.1.11/32 dev vlan310; }
undo_it() { gateway ip route del 10.10.1.11/32 dev vlan310; }
warning "a route that leads a machine elsewhere" H-ROUTE '10.10.1.11'
do_it() { gateway ip route add default via 203.0.113.65; }
undo_it() { gateway ip route del default; }
warning "a way to everything that is not in the policy" H-ROUTE default
do_it() { gateway ip route add local 10.20.1.20 dev lo table 77; }
undo_it() { gateway ip route del local 10.20.1.20 dev lo table 77; }
warning "a route that takes others' packets in" H-ROUTE 10.20.1.20
do_it() { gateway ip rule add from 10.10.1.0/24 table 77 priority 100; }
undo_it() { gateway ip rule del priority 100; }
warning "policy routing" H-RULE 'priority 100'

# ---- tc and XDP ----
begin
gateway tc qdisc add dev vlan110 clsact
if gateway tc filter add dev vlan110 ingress protocol all u32 match u32 0 0 \
	action mirred egress redirect dev vlan310 2>"$work/out"; then
	told "tc that sends a zone's frames elsewhere is taken away" repaired H-TC vlan110
	is "and there is none left" "" "$(gateway tc qdisc show dev vlan110 | grep clsact)"
else
	echo "SKIPPED posture: tc filters: $(head -n 1 "$work/out")"
	gateway tc qdisc del dev vlan110 clsact
fi
begin
gateway tc qdisc add dev vlan110 ingress
if gateway tc filter add dev vlan110 parent ffff: protocol ip u32 match u32 0 0 \
	action mirred egress mirror dev vlan310 2>"$work/out"; then
	told "a filter at ingress, too" repaired H-TC vlan110
else
	echo "SKIPPED posture: a filter at ingress: $(head -n 1 "$work/out")"
	gateway tc qdisc del dev vlan110 ingress
fi
cat >"$work/xdp.c" <<'C'
__attribute__((section("xdp"), used)) int pass(void *frame) { return 2; }
__attribute__((section("license"), used)) char _license[] = "GPL";
C
if clang -O2 -target bpf -c "$work/xdp.c" -o "$work/xdp.o" 2>"$work/out" && begin &&
	gateway ip link set vlan110 xdpgeneric obj "$work/xdp.o" sec xdp 2>"$work/out"; then
	told "an XDP program is taken off" repaired H-XDP vlan110
	is "and is off" "" "$(gateway ip link show dev vlan110 | grep -o 'xdp.*')"
else
	echo "SKIPPED posture: XDP: $(head -n 1 "$work/out")"
fi

# ---- programs ----
python=$(python3 -c 'import sys; print(sys.executable)')
ln -s "$python" "$work/squid"
ln -s "$python" "$work/mapper"
ln -s "$python" "$work/forwarder"

# PROGRAM CODE: runs it in the gateway until release
hold() {
	rm -f "$work/held"
	mkfifo "$work/held"
	ip netns exec "$prefix-gateway" "$work/$1" -c "import signal, socket, sys
$2
print(1, flush=True)
signal.pause()" >"$work/held" 2>"$work/held.err" &
	held_pid=$!
	helpers+=("$held_pid")
	read -r _ <"$work/held" || bad "$1 holds its socket" <"$work/held.err"
}
release() {
	kill "$held_pid"
	wait "$held_pid" 2>/dev/null
}
asked() { # TEXT CODE PATTERN SEVERITY: sockets raise no event: found when asked, or after 10 s
	local got
	got=$(posture_json | jq -r ".findings[] | select(.code == \"$2\") | .severity + \" \" + .message")
	if [[ $got =~ ^$4.*$3 ]]; then ok "$1"; else bad "$1" <<<"$got"; fi
}
hold mapper 's = socket.create_server(("0.0.0.0", 8080))'
asked "a service that a zone could reach is named with its pid" H-LISTEN "mapper \(pid $held_pid\).*tcp/8080" warning
state_is "which is a warning" enforcing
release
hold squid 's = socket.create_server(("0.0.0.0", 3128))'
begin
asked "a proxy is named with its pid" H-LISTEN "squid \(pid $held_pid\).*tcp/3128" critical
state_is "and is critical" degraded '^H-LISTEN.*squid'
release
ctl posture >/dev/null
is "gone with its program" 0 $?
state_is "enforcing again" enforcing
hold mapper 's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 5353))'
asked "a UDP service, too" H-LISTEN "mapper.*udp/5353" warning
release
hold mapper 's = socket.create_server(("127.0.0.1", 8081))'
is "one for the gateway alone is none" 0 "$(posture_json | jq '.findings | length')"
release
hold forwarder 's = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); s.bind(("vlan110", 3))'
asked "a packet socket is named with its pid" H-PACKET "forwarder \(pid $held_pid\).*vlan110" critical
release
hold mapper 's = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))'
begin
told "one on every interface is seen without anybody asking" found H-PACKET "every interface" late
release
ctl posture >/dev/null
state_is "and gone with its program" enforcing

# ---- the old iptables: once loaded, its tables stay as long as the namespace ----
if command -v iptables-legacy >/dev/null &&
	gateway iptables-legacy -t nat -A PREROUTING -d 10.10.1.11 -j ACCEPT 2>"$work/out"; then
	begin
	asked "a table of the old iptables is named" H-LEGACY "ip nat" critical
	state_is "and is critical" degraded '^H-LEGACY'
else
	echo "SKIPPED posture: the old iptables: $(head -n 1 "$work/out")"
fi

# ---- with no more capabilities than a unit gives ----
nobodys='import ctypes, os
os.setresuid(65534, 65534, 65534)
ctypes.CDLL(None).prctl(4, 1)
s = socket.create_server(("0.0.0.0", 8082))'
stop TERM
WRAP="setpriv --bounding-set=-all,+net_admin,+sys_ptrace" start
hold mapper "$nobodys"
asked "with CAP_SYS_PTRACE another user's program is named, too" H-LISTEN "mapper \(pid $held_pid\).*8082" warning
begin
gateway sh -c 'echo 0 >/proc/sys/net/ipv4/conf/vlan110/rp_filter'
ctl posture >/dev/null
is "and with CAP_NET_ADMIN settings are put right" 1 "$(sysctl_of ipv4/conf/vlan110/rp_filter)"
stop TERM
WRAP="setpriv --bounding-set=-all,+net_admin" start
asked "without it the service is told with its user alone" H-LISTEN "user 65534.*8082" warning
release

stop TERM
start
state_is "a daemon that finds it so at its start says so at once" "$(gateway grep -q nat /proc/net/ip_tables_names 2>/dev/null && echo degraded || echo enforcing)"
LANG=ja_JP.UTF-8 LC_ALL= ctl posture >"$work/out"
if grep -q '未確認' "$work/out"; then ok "posture speaks Japanese"; else bad "posture speaks Japanese" <"$work/out"; fi
test_end
