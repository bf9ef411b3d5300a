#!/bin/bash
# The same work by others, in the same run, each in a namespace of its own: 100,000 permissions by
# ipset, rules by iptables-restore, and a reload of firewalld with as many rich rules as sekishod has
# flows, under traffic that all of them permit. What is not installed is skipped aloud. Figures, not
# targets: none of them binds a permission to a MAC address, or reads back what the kernel holds.
#
#   peers.sh [BUILD [FLOWS [RULES]]]
set -euo pipefail
cd "$(dirname "$0")/../.."
b=${1:-build/release} flow_count=${2:-100000} rule_count=${3:-1000}
reloads=5
dir=$(mktemp -d)
id=p$$
jobs_started=()
steady_pid=
cleanup() {
	jobs_end
	for which in a gateway b; do ip netns del "$id-$which" 2>/dev/null || true; done
	rm -rf "$dir"
}
jobs_end() {
	local job
	for job in "${jobs_started[@]}" $steady_pid; do
		kill -9 "$job" 2>/dev/null || true
		wait "$job" 2>/dev/null || true
	done
	jobs_started=() steady_pid=
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
if [ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null; then
	echo "SKIPPED peers: needs root for network namespaces"
	exit 0
fi
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
row() { printf '%-58s %10s\n' "$1" "$2"; }
skipped() { echo "SKIPPED $1: $2"; }
lacks() { # WHAT COMMAND…: the first that is not there
	local command
	for command in "${@:2}"; do
		command -v "$command" >/dev/null || { skipped "$1" "$command is not installed"; return 0; }
	done
	return 1
}

# Median milliseconds of three times COMMAND in a fresh namespace
ms_of() {
	local start i
	for ((i = 0; i < 3; i++)); do
		start=$(date +%s%N)
		unshare -n "$@" >/dev/null 2>"$dir/err" || { cat "$dir/err" >&2; return 1; }
		echo $((($(date +%s%N) - start) / 1000000))
	done | median
}

# ---- filling: SMAC SIP DMAC DIP PORT of each flow ----
"$b/tools/make_policy" "$flow_count" >"$dir/p.conf"
awk -F'"' '/^  h[0-9]+: / { split($1, h, /[ :]+/); ip[h[2]] = $4; mac[h[2]] = $6 }
	/^  F[0-9]+: / { match($0, /ports = \[[0-9]+/)
		print mac[$4], ip[$4], mac[$6], ip[$6], substr($0, RSTART + 9, RLENGTH - 9) }
	' "$dir/p.conf" >"$dir/flows"
row "filling an empty kernel" milliseconds
row "sekisho, $flow_count flows with their MAC (the transaction)" "$(for i in 1 2 3; do
	unshare -n "$b/tools/nft_load" "$dir/p.conf" | sed -n 's/.*apply_ms=\([0-9]*\).*/\1/p'
done | median)"
"$b/sekishoctl" compile "$dir/p.conf" >"$dir/p.nft"
row "nft -f of the same" "$(ms_of nft -f "$dir/p.nft")"
if ! lacks ipset ipset iptables-restore; then
	{
		echo "create flows hash:ip,port,ip hashsize 131072 maxelem 262144"
		awk '{ print "add flows " $2 ",tcp:" $5 "," $4 }' "$dir/flows"
	} >"$dir/ipset"
	cat >"$dir/set.rules" <<-'S'
		*filter
		:FORWARD DROP
		-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
		-A FORWARD -m conntrack --ctstate NEW -m set --match-set flows src,dst,dst -j ACCEPT
		COMMIT
	S
	# shellcheck disable=SC2016 # the inner shell expands
	row "ipset restore, $flow_count entries, and iptables-restore" \
		"$(ms_of bash -c 'ipset restore <"$1" && iptables-restore <"$2"' - "$dir/ipset" "$dir/set.rules")"
fi
{
	printf '*filter\n:FORWARD DROP\n-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n'
	awk 'NR <= 10000 { print "-A FORWARD -s " $2 " -d " $4 " -p tcp --dport " $5 \
		" -m mac --mac-source " $1 " -j ACCEPT" }' "$dir/flows"
	echo COMMIT
} >"$dir/rules"
for restore in iptables-nft-restore iptables-legacy-restore; do
	lacks $restore $restore || row "$restore, 10,000 rules with their MAC" "$(ms_of $restore "$dir/rules")"
done

# ---- reloading under traffic: a – gateway – b, one permitted flow, asked again every 5 ms ----
"$b/tools/make_policy" "$rule_count" >"$dir/p.conf"
sed '/^  F7: /s/ports = \[[0-9]*\]/ports = [65000]/' "$dir/p.conf" >"$dir/q.conf"
head -n "$rule_count" "$dir/flows" >"$dir/some"
read -r smac sip dmac dip port <"$dir/some"
town_up() {
	local which z
	for which in a gateway b; do
		ip netns del "$id-$which" 2>/dev/null || true
		ip netns add "$id-$which"
	done
	{
		echo "link add v0 index 1000 address 02:00:5e:00:00:01 type veth peer name eth0 address $smac netns $id-a"
		echo "link add v1 index 1001 address 02:00:5e:00:00:02 type veth peer name eth0 address $dmac netns $id-b"
		for z in 0 1; do
			echo "link set v$z addrgenmode none up"
			echo "addr add 10.20.$z.254/24 dev v$z"
		done
	} | ip -n "$id-gateway" -batch -
	ip netns exec "$id-gateway" sysctl -qw net.ipv4.ip_forward=1
	printf '%s\n' "link set eth0 addrgenmode none up" "addr add $sip/24 dev eth0" \
		"route add default via 10.20.0.254" | ip -n "$id-a" -batch -
	printf '%s\n' "link set eth0 addrgenmode none up" "addr add $dip/24 dev eth0" \
		"route add default via 10.20.1.254" | ip -n "$id-b" -batch -
	printf 'host %s\n' "a 0 $sip $smac 10.20.0.254 02:00:5e:00:00:01 host" \
		"b 1 $dip $dmac 10.20.1.254 02:00:5e:00:00:02 host" >"$dir/plan"
}

# What reloads cost the traffic: RELOAD is called several times, each with its number.
under_traffic() { # WHAT RELOAD
	local i start word
	coproc steady { exec "$b/tools/gate_steady" "$dir/plan" "$id"; }
	# shellcheck disable=SC2154 # coproc sets it
	steady_pid=$steady_PID
	exec {to}>&"${steady[1]}" {from}<&"${steady[0]}"
	printf '%s\n' "hold a $sip $dip $port b" "ask a tcp $sip $dip $port b" "phase x" >&"$to"
	: >"$dir/ms"
	for ((i = 1; i <= reloads; i++)); do
		until read -r word <&"$from" && [ "$word" = "phase x" ]; do :; done
		start=$(date +%s%N)
		"$2" "$i" >"$dir/out" 2>&1 || { cat "$dir/out"; return 1; }
		echo $((($(date +%s%N) - start) / 1000000)) >>"$dir/ms"
		echo "phase x" >&"$to"
	done
	until read -r word <&"$from" && [ "$word" = "phase x" ]; do :; done
	echo stop >&"$to"
	exec {to}>&-
	cat <&"$from" >"$dir/told"
	wait "$steady_pid" 2>/dev/null || true
	steady_pid=
	awk -v what="$1" -v ms="$(median <"$dir/ms")" -v reloads=$reloads '
		{ for (i = 2; i <= NF; i++) { split($i, kv, "="); v[$1, kv[1]] = kv[2] } }
		END { printf "%-34s %9d %9d %12.1f %12.0f %12s\n", what, ms, v["tcp", "count"],
			(v["tcp", "retransmitted"] + v["tcp", "failed"]) / reloads, v["tcp", "slowest_ms"],
			v["held", "retransmitted"] + v["held", "failed"] }' "$dir/told"
}

wait_until() { # SECONDS COMMAND…
	local until=$((SECONDS + $1))
	until "${@:2}" >/dev/null 2>&1; do [ $SECONDS -lt $until ] || return 1; done
}

sekisho_ctl() { "$b/sekishoctl" "$1" --socket "$dir/run/control"; }
sekisho_reload() {
	if (($1 % 2)); then cp "$dir/q.conf" "$dir/now.conf"; else cp "$dir/p.conf" "$dir/now.conf"; fi
	sekisho_ctl reload
}
sekisho_run() {
	town_up
	mkdir "$dir/run" "$dir/state" "$dir/log"
	cp "$dir/p.conf" "$dir/now.conf"
	ip netns exec "$id-gateway" "$b/sekishod" -c "$dir/now.conf" --state "$dir/state" \
		--run "$dir/run" --log "$dir/log" 2>"$dir/err" &
	jobs_started+=($!)
	wait_until 60 sekisho_ctl status || { cat "$dir/err"; return 1; }
	under_traffic "sekishoctl reload" sekisho_reload
	jobs_end
}

firewall() { DBUS_SYSTEM_BUS_ADDRESS=unix:path=$dir/bus firewall-cmd "$@"; }
firewalld_reload() { firewall --reload; }
# One zone for each interface, and a policy of rich rules from the first to the second
firewalld_run() {
	town_up
	mkdir -p "$dir/fw/zones" "$dir/fw/policies"
	printf 'DefaultZone=drop\nFirewallBackend=nftables\nCleanupOnExit=no\n' >"$dir/fw/firewalld.conf"
	for z in 0 1; do
		echo "<zone target=\"DROP\"><short>z$z</short><interface name=\"v$z\"/></zone>" >"$dir/fw/zones/z$z.xml"
	done
	{
		echo '<policy target="DROP"><ingress-zone name="z0"/><egress-zone name="z1"/>'
		awk '{ printf "<rule family=\"ipv4\"><source address=\"%s\"/><destination address=\"%s\"/><port port=\"%s\" protocol=\"tcp\"/><accept/></rule>\n", $2, $4, $5 }' "$dir/some"
		echo '</policy>'
	} >"$dir/fw/policies/flows.xml"
	cat >"$dir/bus.conf" <<-S
		<busconfig><type>system</type><listen>unix:path=$dir/bus</listen>
		<policy context="default"><allow own="*"/><allow send_destination="*"/>
		<allow receive_sender="*"/><allow user="*"/></policy></busconfig>
	S
	dbus-daemon --config-file="$dir/bus.conf" --nofork 2>/dev/null &
	jobs_started+=($!)
	wait_until 10 test -S "$dir/bus" || { skipped firewalld "dbus-daemon does not come up"; return 0; }
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$dir/bus ip netns exec "$id-gateway" firewalld --nofork --nopid \
		--log-target console --system-config "$dir/fw" >"$dir/fw.log" 2>&1 &
	jobs_started+=($!)
	if ! wait_until 120 firewall --state || ! firewall --info-policy=flows >/dev/null 2>&1; then
		skipped firewalld "it does not come up here: $(tail -n 1 "$dir/fw.log")"
	else
		under_traffic "firewall-cmd --reload" firewalld_reload
	fi
	jobs_end
}

printf '\n%s rules, one permitted flow asked again every 5 ms, %s reloads\n' "$rule_count" "$reloads"
printf '%-34s %9s %9s %12s %12s %12s\n' "" "ms each" "asked" "lost each" "slowest, ms" "held, lost"
sekisho_run
lacks firewalld firewalld firewall-cmd dbus-daemon || firewalld_run
