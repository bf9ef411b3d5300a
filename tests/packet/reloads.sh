#!/bin/bash
# Reloads under traffic that does not stop: the daemon in the town's gateway goes back and forth
# between two policies that differ by two ports, two flows and a machine. Meanwhile connections are
# held and each byte compared, new ones begin all the time, and what neither policy permits is
# tried in every way; what one of them permits passes under that one, always, and under the other
# never.
#
#   reloads.sh [BUILD [COUNT]]
#
# RELOADS_BREAK, a sed script for the second policy: so that the test can be seen to fail.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
test_begin reloads "${1:-build/debug}" aomine
count=${2:-60}
daemon=
end() {
	[ -z "$daemon" ] || { kill -9 "$daemon" && wait "$daemon"; } 2>/dev/null
	[ -z "${steady_PID-}" ] || kill "$steady_PID" 2>/dev/null
	test_clean
}
trap end EXIT
command -v jq python3 >/dev/null || skip "needs jq and python3"
mkdir "$work/state" "$work/run" "$work/log"

# The city on any day: without the maintenance whose night is over, and with approvals that do not
# end; and a second policy, with two other ports, without a flow, and without a machine and its flow.
sed '/F13:/,/};.*};/d; s/\(expires\|review-by\|until\) = "[0-9-]*"/\1 = "2099-03-31"/g' "$policy" >"$work/A"
sed -e 's/ports = \[9100\]/ports = [9101]/; s/ports = \[8080\]/ports = [8081]/' -e '/^  F22:/,/};$/d' \
	-e '/^  F32:/,/};$/d; /^  mgl-radius:/d' -e "${RELOADS_BREAK-}" "$work/A" >"$work/B"
for which in A B; do
	"$LAB_BUILD/sekishoctl" check "$work/$which" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
done

ctl() { timeout 120 "$LAB_BUILD/sekishoctl" "$@" --socket "$work/run/control"; }

# Starts the daemon and waits for its READY=1.
start() {
	local waiter
	mkfifo "$work/pid"
	python3 - "$work/notify" "$work/pid" <<'P' &
import os, select, socket, sys
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(sys.argv[1])
ended = os.pidfd_open(int(open(sys.argv[2]).read()))
while True:
    readable = select.select([notify, ended], [], [], 60)[0]
    if notify in readable and b"READY=1" in notify.recv(4096):
        sys.exit(0)
    if ended in readable or not readable:
        sys.exit(1)
P
	waiter=$!
	until [ -S "$work/notify" ]; do :; done
	NOTIFY_SOCKET=$work/notify ip netns exec "$prefix-gateway" "$LAB_BUILD/sekishod" \
		-c "$work/p.conf" --state "$work/state" --run "$work/run" --log "$work/log" 2>"$work/err" &
	daemon=$!
	echo $daemon >"$work/pid"
	wait "$waiter"
}

# What both policies permit at any hour, held and begun again and again
steady_lines() {
	"$LAB_BUILD/tools/lab_plan" flows "$policy" 2026-11-24T10:00:00+09:00 |
		awk -v held="F02 F12 F18 F19 F21 F25 F26 F28 F29" -v asked="F02 F18 F19 F21 F25 F28 F29 F30" '
		NR == FNR { if ($8 == "host") ns[$4] = $2; if ($1 == "addr") ns[$3] = $2; next }
		(" " held " ") ~ " " $1 " " { print "hold", $3, $5, $6, $7, ns[$6] }
		(" " asked " ") ~ " " $1 " " { print "ask", $3, $4, $5, $6, $7, ns[$6] }
		' "$LAB_RUN/$prefix.plan" -
}

# What neither permits: other ports, protocols, directions, MACs, addresses, interfaces, zones,
# segments of no connection, fragments, IPv6, and errors about nothing
never_lines() {
	local f02="dip=198.51.100.40 dport=443"
	cat <<-LINES
		never mn-chukan dip=198.51.100.40 dport=444
		never mn-chukan proto=udp $f02
		never mn-chukan $f02 flags=PA
		never mn-chukan $f02 frag=0+
		never mn-chukan type=ip6 nh=6 dport=443
		never mn-chukan proto=icmp dip=198.51.100.40 icmp=8
		never mn-tax sip=10.10.1.21 $f02
		never mn-tax $f02
		never wrong-mac sip=10.10.1.21 $f02
		never wrong-zone sip=10.10.1.21 $f02
		never rt-lgwan sip=198.51.100.40 dip=10.10.1.21 dport=443
		never rt-lgwan sip=198.51.100.70 dip=10.10.1.21 dport=25
		never rt-sc sip=198.51.100.70 dip=10.20.1.20 dport=25
		never stranger proto=udp dip=198.51.100.123 dport=123
		never visitor dip=10.20.1.20 dport=25
		never in-muga1 dip=10.10.1.21 dport=443
		never mn-chukan proto=icmp dip=198.51.100.40 icmp=3/4 inner=6,198.51.100.40,443,10.10.1.21,4
	LINES
}

# What one of them permits
only_lines() {
	cat <<-LINES
		only A mn-t-shimin01 dip=10.10.16.200 dport=9100
		only B mn-t-shimin01 dip=10.10.16.200 dport=9101
		only A in-proxy dip=203.0.113.66 dport=8080
		only B in-proxy dip=203.0.113.66 dport=8081
		only A in-muga1 dip=10.20.9.4 dport=443
		only A mgl-wlc proto=udp dip=10.92.0.31 dport=1812
	LINES
}

steady() { printf '%s\n' "$@" >&"$steady_in"; }
phase() { # WORD: all speak in it
	local line
	steady "phase $1"
	while IFS= read -r line <&"$steady_out"; do
		[ "$line" = "phase $1" ] && return 0
		echo "$line" >>"$work/wrong"
	done
	echo "lost gate_steady" >>"$work/wrong"
	return 1
}
field() { sed -n "s/^$1 .*\b$2=\([0-9.]*\).*/\1/p" "$work/told"; }

cp "$work/A" "$work/p.conf"
start || { cat "$work/err"; exit 1; }
is "the daemon enforces" enforcing "$(ctl status --json | jq -r .state)"
: >"$work/wrong"
coproc steady { exec "$LAB_BUILD/tools/gate_steady" "$LAB_RUN/$prefix.plan" "$prefix"; }
exec {steady_in}>&"${steady[1]}" {steady_out}<&"${steady[0]}"
mapfile -t lines < <(steady_lines; never_lines; only_lines)
steady "${lines[@]}"
phase A

reloaded=0 which=A
began=$EPOCHREALTIME
for ((i = 0; i < count; i++)); do
	[ $which = A ] && which=B || which=A
	phase - || break
	cp "$work/$which" "$work/p.conf"
	if ctl reload >"$work/out" 2>&1; then
		reloaded=$((reloaded + 1))
	else
		cat "$work/out" >>"$work/wrong"
	fi
	phase $which || break
done
ended=$EPOCHREALTIME
steady stop
exec {steady_in}>&-
cat <&"$steady_out" >"$work/told"
grep '^wrong' "$work/told" >>"$work/wrong"

is "$count reloads were good" "$count" "$reloaded"
is "no held connection broke" "9 0" "$(field held count) $(field held failed)"
is "and none lost a segment" 0 "$(field held lost)"
is "no new TCP connection failed" 0 "$(field tcp failed)"
is "and none lost a segment" 0 "$(field tcp lost)"
is "no UDP question was without an answer" 0 "$(field udp failed)"
is "nothing forbidden passed" 0 "$(field never passed)"
is "what one policy permits never passed under the other" 0 "$(field only wrong)"
is "and always under its own" 0 "$(field only missing)"
is "every frame was looked at" "unseen 0" "$(grep '^unseen' "$work/told")"
# little traffic would prove little
for kind in tcp udp never only; do
	most=$(field $kind count)$(field $kind sent)
	if [ "${most:-0}" -ge $((2 * count)) ]; then
		ok "enough traffic: $kind, $most"
	else
		bad "enough traffic: $kind" <<<"${most:-none}, in $count reloads"
	fi
done
[ ! -s "$work/wrong" ] || sed 's/^/     /' "$work/wrong" | head -n 40
ctl verify >/dev/null
is "and the kernel holds the policy's ruleset" 0 $?
printf '     %s reloads in %.1f s; ' "$reloaded" "$(awk "BEGIN { print $ended - $began }")"
printf 'slowest answer: held %s ms, new TCP %s ms, UDP %s ms; sent twice though not lost: %s\n' \
	"$(field held slowest_ms)" "$(field tcp slowest_ms)" "$(field udp slowest_ms)" \
	$(($(field held retransmitted) + $(field tcp retransmitted)))
grep -E '^(held|tcp|udp|never|only)' "$work/told" | sed 's/^/     /'
test_end
