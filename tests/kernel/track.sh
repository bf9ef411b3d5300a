#!/bin/bash
# lib/track and the real kernel: every kind of entry is read as conntrack(8) put it in, one is
# removed by its tuple and id and a new one of the same tuple is not, a mark is removed and no
# other, and 100,000 are read and removed. In namespaces of its own.
#
# usage: track.sh [BUILD_DIR]
# shellcheck disable=SC2016 # what unshare runs is expanded there
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build/debug}

skip() {
	echo "SKIP track: $1"
	exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root for network namespaces"
command -v conntrack >/dev/null || skip "conntrack is not installed"
unshare -n true 2>/dev/null || skip "network namespaces are not permitted here"
make -s FLAVOUR="$(basename "$build")" tools >/dev/null || exit 1
track=$PWD/$build/tools/track_kernel

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0
is() { # WHAT WANTED GOT
	if [ "$2" = "$3" ]; then
		echo "ok   $1"
		passed=$((passed + 1))
	else
		echo "FAIL $1"
		diff <(echo "$2") <(echo "$3") | head -n 20
		failed=$((failed + 1))
	fi
}
in_ns() { unshare -n bash -uc "$1" 2>&1; }
export track work

# Each line twice: as conntrack(8) is told and as it is to be read
cat >"$work/kinds" <<'K'
-p tcp -s 10.1.0.11 -d 10.2.0.11 --sport 40000 --dport 443 --state ESTABLISHED -m 7
-p udp -s 10.1.0.11 -d 10.2.0.11 --sport 40001 --dport 53
-p udp -s 10.1.0.11 -d 10.2.0.11 --sport 40002 --dport 53 -m 9 -w 5
-p udp -s 10.1.0.11 -d 10.2.0.11 --sport 40003 --dport 53 --orig-zone 6
-p udp -s 10.1.0.11 -d 10.2.0.11 --sport 40004 --dport 53 -r 10.3.0.1 -q 10.1.0.11 --reply-port-src 53 --reply-port-dst 40004
-p tcp -s 2001:db8::1 -d 2001:db8::2 --sport 40005 --dport 22 --state SYN_SENT -m 4294967295
-p icmp -s 10.1.0.11 -d 10.2.0.11 --icmp-type 8 --icmp-code 0 --icmp-id 77 -m 3
-p icmpv6 -s 2001:db8::1 -d 2001:db8::2 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78
-p sctp -s 10.1.0.11 -d 10.2.0.11 --orig-port-src 40006 --orig-port-dst 36412 --state ESTABLISHED --orig-vtag 1 --reply-vtag 2
K
cat >"$work/read" <<'K'
icmp 10.1.0.11 → 10.2.0.11 type 8 id 77 | icmp 10.2.0.11 → 10.1.0.11 type 0 id 77 mark 3 zone 0,0
icmpv6 2001:db8::1 → 2001:db8::2 type 128 id 78 | icmpv6 2001:db8::2 → 2001:db8::1 type 129 id 78 mark 0 zone 0,0
proto-132 10.1.0.11:40006 → 10.2.0.11:36412 | proto-132 10.2.0.11:36412 → 10.1.0.11:40006 mark 0 zone 0,0
tcp 10.1.0.11:40000 → 10.2.0.11:443 | tcp 10.2.0.11:443 → 10.1.0.11:40000 mark 7 zone 0,0
tcp [2001:db8::1]:40005 → [2001:db8::2]:22 | tcp [2001:db8::2]:22 → [2001:db8::1]:40005 mark 4294967295 zone 0,0
udp 10.1.0.11:40001 → 10.2.0.11:53 | udp 10.2.0.11:53 → 10.1.0.11:40001 mark 0 zone 0,0
udp 10.1.0.11:40002 → 10.2.0.11:53 | udp 10.2.0.11:53 → 10.1.0.11:40002 mark 9 zone 5,0
udp 10.1.0.11:40003 → 10.2.0.11:53 | udp 10.2.0.11:53 → 10.1.0.11:40003 mark 0 zone 0,6
udp 10.1.0.11:40004 → 10.2.0.11:53 | udp 10.3.0.1:53 → 10.1.0.11:40004 mark 0 zone 0,0 rewritten
K
fill='while read -r kind; do conntrack -I $kind -t 300 >/dev/null 2>&1 || echo "not taken: $kind"
	done <"$work/kinds"'

is "every kind is read" "$(cat "$work/read")" "$(in_ns "$fill; \"\$track\" list | LC_ALL=C sort")"
is "with its start, where the kernel notes it" 9 "$(in_ns "
	sysctl -qw net.netfilter.nf_conntrack_timestamp=1; $fill; \"\$track\" list | grep -c ' start'")"
for port in 40000 40001 40002 40003 40004 40005 40006; do
	is "that of port $port is removed, and no other" \
		"$(printf 'removed\n%s' "$(grep -v ":$port →" "$work/read")")" \
		"$(in_ns "$fill; \"\$track\" delete $port; \"\$track\" list | LC_ALL=C sort")"
done
again='conntrack -I -p udp -s 10.1.0.11 -d 10.2.0.11 --sport 40001 --dport 53 -t 300 -m 1 >/dev/null 2>&1'
ended='conntrack -D -p udp -s 10.1.0.11 -d 10.2.0.11 --sport 40001 --dport 53 >/dev/null 2>&1'
is "one that ended meanwhile is gone" "gone" "$(in_ns "$fill; \"\$track\" between 40001 '$ended'")"
# (An id is made of the tuple and of where the entry lies in memory: somebody else takes the place
# that became free, on this processor first; on a busy machine not at the first try.)
other=${again/40001/40009}
cpu=$(taskset -pc $$ | sed 's/.*: //; s/[,-].*//')
wanted=$(printf 'gone\nudp 10.1.0.11:40001 → 10.2.0.11:53 | udp 10.2.0.11:53 → 10.1.0.11:40001 mark 1 zone 0,0')
for ((tries = 0; tries < 20; tries++)); do
	got=$(in_ns "taskset -pc $cpu \$\$ >/dev/null; $fill
		\"\$track\" between 40001 '$ended; $other; $again'; \"\$track\" list | grep ':40001 →'")
	[ "$got" = "$wanted" ] && break
done
is "a new one of the same tuple is not hit" "$wanted" "$got"
is "a mark is removed, whatever its zone" "$(grep -v 'mark 9 ' "$work/read")" \
	"$(in_ns "$fill; \"\$track\" mark 9; \"\$track\" list | LC_ALL=C sort")"
is "nobody's mark is refused, and nothing removed" \
	"$(printf 'C-TRACK: cannot remove the connections of a mark: Invalid argument\n%s' "$(cat "$work/read")")" \
	"$(in_ns "$fill; \"\$track\" mark 0; \"\$track\" list | LC_ALL=C sort")"
is "without CAP_NET_ADMIN it says what it needs" "C-TRACK: cannot read the connections: Operation not permitted" \
	"$(in_ns 'setpriv --bounding-set=-net_admin "$track" list')"

# As many as stand on a large gateway; conntrack's own limit is the machine's.
most=$(cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null || echo 0)
count=100000
if [ "$most" -lt $((count * 2)) ]; then
	echo "SKIP track: 100,000 entries: nf_conntrack_max is $most here"
else
	awk -v n=$count 'BEGIN { for (i = 0; i < n; i++)
		printf "-I -p udp -s 10.%d.%d.%d -d 10.200.0.1 --sport %d --dport 53 -t 3000 -m %d\n",
			1 + i / 62500, i / 250 % 250, 1 + i % 250, 1024 + i % 50000, 1 + i % 1000 }' >"$work/many"
	in_ns 'conntrack -R "$work/many" >/dev/null 2>&1; "$track" time; "$track" mark 5
		"$track" time; "$track" drain; "$track" time' >"$work/out"
	sed 's/^/     /' "$work/out"
	is "100,000 are read, a mark's 100 removed, the rest drained" \
		"$(printf '%s\n' 100000 99900 99900 0)" "$(sed 's/ .*//' "$work/out")"
	is "in constant memory" yes "$(sed -n '1s/.*ms, \([0-9]*\) kB.*/\1/p' "$work/out" |
		awk '{ print $1 < 16000 ? "yes" : "no" }')"
fi

echo "track: $passed passed, $failed failed"
[ "$failed" = 0 ]
