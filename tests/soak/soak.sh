#!/bin/bash
# A long time in short: reloads good and bad, tampering, interfaces that go down and up, addresses
# that come and go, isolations, windows of memory, the clock set forward and back, all at random
# while permitted and forbidden traffic runs. At the end nothing has grown, and the gate enforces.
#
#   soak.sh [BUILD [SECONDS [SEED]]]     (make soak: ten minutes)
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin soak "${1:-build/debug}" aomine
seconds=${2:-600} RANDOM=${3:-$((SRANDOM % 32768))}
echo "soak: seed $RANDOM, $seconds seconds"
daemon_begin
group=/sys/fs/cgroup/soak-$$
soak_clean() {
	daemon_clean
	rmdir "$group" 2>/dev/null
	test_clean
}
trap soak_clean EXIT
evergreen "$policy" | sed 's/own-tables = true/own-tables = false/' >"$work/good.conf"
sed 's/F12:/F12x:/; /^  F02:/,/};$/d' "$work/good.conf" >"$work/other.conf"
sed 's/mac = "00:00:5e:00:53:11"/mac = "not one"/' "$work/good.conf" >"$work/bad.conf"
cp "$work/good.conf" "$work/p.conf"
# the fewest of several counts: a look that goes on has two more
fds() { for _ in 1 2 3 4 5 6 7 8; do find "/proc/$pid/fd" | wc -l; ctl status >/dev/null; done | sort -n | head -n 1; }
rss_kb() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$pid/status"; }
listing() { gateway nft -s list ruleset | tr ',' '\n' | sed 's/^[[:space:]]*//; s/ timeout [0-9a-z]*//; s/0x[0-9a-f]*//g' | sort >"$work/listing"; sha256sum <"$work/listing"; }
becomes() {
	local end=$((SECONDS + $2))
	until [ "$(field .state)" = "$1" ]; do [ $SECONDS -lt $end ] || return 1; done
}
quiet() { # all as at the beginning, and looked at
	cp "$work/good.conf" "$work/p.conf"
	ctl rejoin mn-tax >/dev/null 2>&1
	ctl reload >/dev/null 2>&1
	becomes enforcing 60 && ctl verify >/dev/null 2>&1
}

start || { cat "$work/err"; exit 1; }
if mkdir "$group" 2>/dev/null && [ -w "$group/memory.high" ]; then
	echo "$pid" >"$group/cgroup.procs"
else
	echo "SKIP soak: no control group for memory here: no pressure"
fi
before=$(listing)
traffic_start gc-juki mn-atena 10.10.1.20 443 9999
is "the kept connection is made" up "$(traffic dial)"

counts=()
act() {
	local kind=$((RANDOM % 12)) far=vlan935
	counts[kind]=$((${counts[kind]-0} + 1))
	case $kind in
	0) cp "$work/good.conf" "$work/p.conf" && ctl reload ;;
	1) cp "$work/other.conf" "$work/p.conf" && ctl reload ;;
	2) cp "$work/bad.conf" "$work/p.conf" && ctl reload ;;
	3) gateway nft insert rule inet sekisho forward accept ;;
	4) gateway nft add element inet sekisho bound4 "{ \"vlan110\" . 00:00:5e:00:66:66 . 10.10.1.$((RANDOM % 250)) }" ;;
	5) gateway nft delete table "$(shuf -n 1 -e arp bridge netdev inet)" sekisho ;;
	6) gateway ip link set $far down && gateway ip link set $far up ;;
	7) gateway ip addr add 10.93.8.77/32 dev $far && gateway ip addr del 10.93.8.77/32 dev $far ;;
	8) ctl isolate mn-tax --reason soak && ctl rejoin mn-tax ;;
	9)
		gateway nft add table ip other
		gateway nft add chain ip other c '{ type nat hook postrouting priority 100; }'
		gateway nft add rule ip other c masquerade
		gateway nft delete table ip other
		;;
	10) # three seconds ahead, and back: whoever else runs here hardly notices
		date -s '+3 seconds' && date -s '-3 seconds'
		;;
	11)
		[ -w "$group/memory.high" ] || return
		echo 4M >"$group/memory.high"
		ctl verify
		echo max >"$group/memory.high"
		;;
	esac >/dev/null 2>&1
}
end=$((SECONDS + seconds)) acts=0
half_fds='' half_kb='' highest=0
while [ $SECONDS -lt $end ]; do
	act
	acts=$((acts + 1))
	kill -0 "$pid" 2>/dev/null || break
	kb=$(rss_kb)
	[ "$kb" -gt "$highest" ] && highest=$kb
	if [ -z "$half_fds" ] && [ $SECONDS -ge $((end - seconds / 2)) ]; then
		quiet
		half_fds=$(fds) half_kb=$(rss_kb)
	fi
done
is "after $acts acts (${counts[*]}) the daemon is the same" yes "$(kill -0 "$pid" && echo yes)"
quiet && ok "it ends enforcing, verified" || bad "it ends enforcing" <<<"$(field .state) $(field .why)"
[ "$(listing)" = "$before" ] && ok "the kernel holds what it held" || bad "the kernel holds what it held" <<<"$(listing)"
is "as many descriptors as at half of the time" "$half_fds" "$(fds)"
more=$(($(rss_kb) - half_kb))
[ $more -lt 3072 ] && ok "as much memory ($half_kb kB, $more more; at most $highest kB)" ||
	bad "as much memory" <<<"$half_kb kB, $more more"
is "the kernel's generation is the one that the daemon names" "$(gateway nft -j list tables >/dev/null; field .generation)" "$(ctl verify >/dev/null; field .generation)"
figures 20 arrived >"$work/out"
is "nothing forbidden arrives" "arrived=0" "$(figures 50 arrived)"
echo "     drifts $(field .drift.since_start), events $(field .drift.events), lost $(field .drift.events_lost), reloads $(field .reloads) (refused $(field .reloads_failed))"
stop
test_end
