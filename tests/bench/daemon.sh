#!/bin/bash
# The daemon's own figures: from start to READY, its memory, a reload that changes one flow, and
# what of that is the kernel's; beside `nft -f` of the same ruleset, in fresh namespaces and in
# alternating rounds.
#
#   daemon.sh [BUILD [FLOWS]]
set -euo pipefail
cd "$(dirname "$0")/../.."
b=${1:-build/release} flow_count=${2:-100000}
dir=$(mktemp -d)
ns=bd$$
pid=
cleanup() {
	stop
	ip netns del "$ns" 2>/dev/null || true
	rm -rf "$dir"
}
stop() {
	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null || true
	# not our child, but python's: gone when its directory in /proc is
	tail --pid="$pid" -s 0.02 -f /dev/null
	pid=
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
if [ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null; then
	echo "SKIPPED daemon: needs root for network namespaces"
	exit 0
fi

# timed.py ready|done COMMAND…: milliseconds until it says READY=1, or until it ends; and its pid
cat >"$dir/timed.py" <<'P'
import os, select, socket, subprocess, sys, time
how, command = sys.argv[1], sys.argv[2:]
path = os.path.join(os.path.dirname(sys.argv[0]), "notify")
if os.path.exists(path):
    os.unlink(path)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(path)
start = time.monotonic()
child = subprocess.Popen(command, env=dict(os.environ, NOTIFY_SOCKET=path), stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, start_new_session=True)
if how == "done":
    status = child.wait()
else:
    status, ended = None, os.pidfd_open(child.pid)
    while status is None:
        readable = select.select([notify, ended], [], [], 300)[0]
        if notify in readable:
            if b"READY=1" in notify.recv(4096):
                status = 0
        else:
            status = 1
print("%.2f %d" % ((time.monotonic() - start) * 1e3, child.pid))
child.returncode = 0  # it goes on without us
sys.exit(status)
P

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# (in a subshell: a missed target is remembered in a file)
verdict() { if awk "BEGIN { exit !($1) }"; then echo good; else echo MISSED | tee -a "$dir/missed"; fi; }
divided() { awk "BEGIN { printf \"%.$3f\", $1 / $2 }"; }
row() { # WHAT OURS THEIRS RATIO TARGET VERDICT
	printf '%-42s %12s %12s %9s  %-18s %s\n' "$@"
}

fresh() {
	ip netns del "$ns" 2>/dev/null || true
	ip netns add "$ns"
	rm -rf "$dir/state" "$dir/run" "$dir/log"
	mkdir "$dir/state" "$dir/run" "$dir/log"
}

# Starts the daemon in a fresh namespace with $dir/p.conf; sets pid and ms.
start() {
	fresh
	read -r ms pid < <(python3 "$dir/timed.py" ready ip netns exec "$ns" "$b/sekishod" \
		-c "$dir/p.conf" --state "$dir/state" --run "$dir/run" --log "$dir/log" 2>"$dir/err") ||
		{ cat "$dir/err" >&2; exit 1; }
	[ "$("$b/sekishoctl" status --json --socket "$dir/run/control" | jq -r .state)" = enforcing ] ||
		{ cat "$dir/err" >&2; exit 1; }
}

# Milliseconds of nft -f in a fresh namespace
nft_whole() {
	fresh
	python3 "$dir/timed.py" "done" ip netns exec "$ns" nft -f "$dir/p.nft" | cut -d' ' -f1
}

mib() { awk -v key="$1:" '$1 == key { printf "%.1f", $2 / 1024 }' "/proc/$pid/status"; }

use() { # POLICY
	cp "$1" "$dir/p.conf"
	"$b/sekishoctl" compile "$dir/p.conf" >"$dir/p.nft"
}

# The reference city on any day: without the maintenance whose night is over, and with approvals
# that do not end.
sed '/F13:/,/};.*};/d; s/\(expires\|review-by\|until\) = "[0-9-]*"/\1 = "2099-03-31"/g' \
	conf/examples/aomine.conf >"$dir/city.conf"
"$b/tools/make_policy" "$flow_count" >"$dir/large.conf"
sed '/^  F7: /s/ports = \[[0-9]*\]/ports = [65000]/' "$dir/large.conf" >"$dir/changed.conf"

row "milliseconds, medians" sekisho "nft -f" ratio target ""

use "$dir/city.conf"
for ((i = 0; i < 9; i++)); do
	start
	echo "$ms" >>"$dir/ours"
	rss=$(mib VmRSS)
	stop
	nft_whole >>"$dir/theirs"
done
ours=$(median <"$dir/ours") theirs=$(median <"$dir/theirs")
row "aomine.conf: start to READY" "$ours" "$theirs" "$(divided "$ours" "$theirs" 2)" "at most 4" \
	"$(verdict "$ours <= 4 * $theirs")"
row "aomine.conf: resident, MiB" "$rss" "" "" "under 30" "$(verdict "$rss < 30")"

use "$dir/large.conf"
for ((i = 0; i < 3; i++)); do nft_whole; done >"$dir/theirs"
start
row "$flow_count flows: start to READY" "$ms" "$(median <"$dir/theirs")" \
	"$(divided "$ms" "$(median <"$dir/theirs")" 2)" "" ""
row "$flow_count flows: resident, MiB" "$(mib VmRSS)" "" "" "under 250" \
	"$(verdict "$(mib VmRSS) < 250")"
: >"$dir/ours"
for policy in changed large changed; do
	cp "$dir/$policy.conf" "$dir/p.conf"
	python3 "$dir/timed.py" "done" "$b/sekishoctl" reload --socket "$dir/run/control" |
		cut -d' ' -f1 >>"$dir/ours"
done
row "$flow_count flows: resident after reloads, MiB" "$(mib VmRSS)" "" "" "under 250" \
	"$(verdict "$(mib VmRSS) < 250")"
row "$flow_count flows: peak while reloading, MiB" "$(mib VmHWM)" "" "" "" ""
stop
for ((i = 0; i < 2; i++)); do nft_whole; done >>"$dir/theirs"
ours=$(median <"$dir/ours") theirs=$(median <"$dir/theirs")
row "$flow_count flows: reload, one changed" "$ours" "$theirs" "$(divided "$ours" "$theirs" 2)" \
	"at most 1" "$(verdict "$ours <= $theirs")"

# of that the kernel's: the difference sent and acknowledged
: >"$dir/ours"
for ((i = 0; i < 3; i++)); do
	unshare -n "$b/tools/nft_load" "$dir/large.conf" --again "$dir/changed.conf" >"$dir/out" ||
		{ cat "$dir/out" >&2; exit 1; }
	sed -n 's/.* apply_ms=\([0-9.]*\) messages=\([0-9]*\).*/\1 \2/p' "$dir/out" | sed -n 2p >>"$dir/ours"
done
ours=$(cut -d' ' -f1 "$dir/ours" | median)
row "$flow_count flows: one changed, the kernel's part" "$ours" "$theirs" \
	"1/$(divided "$theirs" "($ours > 0 ? $ours : 0.05)" 0)" "at most 1/1000" \
	"$(verdict "$ours * 1000 <= $theirs")"
printf '%s messages for one changed flow\n' "$(cut -d' ' -f2 "$dir/ours" | median)"
[ ! -e "$dir/missed" ]
