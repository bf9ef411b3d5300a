#!/bin/bash
# The process that looks at the kernel, broken in the middle of its work: it crashes, it is
# stopped, it gets no memory. The daemon says so at once and by name, feeds no watchdog, and all
# is well again after the next look.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
b=${1:-build/debug}
for program in ip jq python3 prlimit; do
	[ "$(id -u)" -eq 0 ] && command -v $program >/dev/null && continue
	echo "SKIP look: needs root and $program"
	echo "look: 0 passed, 0 failed"
	exit 0
done
export LC_ALL=C.UTF-8
ulimit -c 0
FLOWS=${FLOWS:-20000} INTERVAL_SEC=60
ns=skl-$$
dir=$(mktemp -d)
pid='' listener=''
passed=0 failed=0
cleanup() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
	[ -z "$pid" ] || wait "$pid" 2>/dev/null
	[ -z "$listener" ] || kill "$listener" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	[ -z "${KEEP-}" ] || cp "$dir/err" "$KEEP"
	rm -rf "$dir"
}
trap cleanup EXIT
ip netns add "$ns" || exit 1
mkdir "$dir/state" "$dir/run" "$dir/log"
: >"$dir/err"

good() { passed=$((passed + 1)); printf 'ok   %s\n' "$1"; }
bad() { failed=$((failed + 1)); printf 'FAIL %s: %s\n' "$1" "${2-}"; tail -n 5 "$dir/err"; }
is() { if [ "$2" = "$3" ]; then good "$1"; else bad "$1" "\"$2\", not \"$3\""; fi; }
ctl() { timeout 120 "$b/sekishoctl" "$@" --socket "$dir/run/control"; }
field() { ctl status --json 2>/dev/null | jq -r "$1"; }

# All that is said to systemd, a line each.
mkfifo "$dir/ready"
python3 - "$dir/notify" "$dir/notified" "$dir/ready" <<'P' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
out = open(sys.argv[2], "w", buffering=1)
open(sys.argv[3], "w").close()
while True:
    text = s.recv(65536).decode()
    out.write(text if text.endswith("\n") else text + "\n")
P
listener=$!
read -r <"$dir/ready"

until_is() { # WHAT WANTED COMMAND…: asks until it is so, for two minutes at the most
	local what=$1 wanted=$2 end=$((SECONDS + 120)) found=
	shift 2
	while [ $SECONDS -lt $end ]; do
		found=$("$@")
		[ "$found" = "$wanted" ] && break
	done
	is "$what" "$found" "$wanted"
}
begun() { grep -q '^READY=1' "$dir/notified" && echo ready; }

# Has the daemon look, and sends the signal to the process that does as soon as it is there.
look_hit() { # SIGNAL
	ctl verify >"$dir/verify" 2>&1 &
	verify=$!
	python3 - "$pid" "$1" <<'P'
import os, signal, sys, time
pid, number = sys.argv[1], getattr(signal, sys.argv[2])
end = time.monotonic() + 60
while time.monotonic() < end:
    for child in open(f"/proc/{pid}/task/{pid}/children").read().split():
        try:
            if open(f"/proc/{child}/comm").read() == "sekishod-look\n":
                os.kill(int(child), number)
                sys.exit(0)
        except (FileNotFoundError, ProcessLookupError):
            pass
sys.exit(1)
P
}
# What systemd was told since then.
since() { # AWK-PROGRAM REASON
	tail -n +$((told + 1)) "$dir/notified" | awk -v reason="^STATUS=degraded: .*$2" "$1"
}
# shellcheck disable=SC2016 # the $ are awk's
is_told() { since '$0 ~ reason && !n++ { print "told" }' "$1"; }
# The daemon feeds the watchdog and then says its state; a look that failed says only that.
# shellcheck disable=SC2016
fed_for() { since '$0 ~ reason && last == "WATCHDOG=1" { n++ } { last = $0 } END { print n + 0 }' "$1"; }
# shellcheck disable=SC2016
fed_after() { since 'seen && $0 == "WATCHDOG=1" && !n++ { print "fed" } $0 ~ reason { seen = 1 }' "$1"; }

# NAME REASON: the state and the journal say so, and after one more look nothing is left of it.
broken() {
	local name=$1 reason=$2
	until_is "$name: the state is degraded and says why: $reason" told is_told "$reason"
	tail -n +"$said" "$dir/err" | grep -q "^<1>.*$reason" && good "$name: so does the journal" ||
		bad "$name: so does the journal"
	is "$name: the watchdog is not fed for it" "$(fed_for "$reason")" 0
	wait "$verify"
	ctl verify >/dev/null 2>&1
	is "$name: the next look is good" $? 0
	is "$name: and all is well" "$(field .state)" enforcing
	until_is "$name: and the watchdog is fed" fed fed_after "$reason"
}
mark() { told=$(wc -l <"$dir/notified") said=$(($(wc -l <"$dir/err") + 1)) start=$SECONDS; }
in_time() { # NAME
	local took=$((SECONDS - start))
	[ $took -le $INTERVAL_SEC ] && good "$1: all within an interval ($took s)" ||
		bad "$1: all within an interval" "$took s"
}

"$b/tools/make_policy" "$FLOWS" >"$dir/p.conf"
NOTIFY_SOCKET=$dir/notify ip netns exec "$ns" \
	"$b/sekishod" -c "$dir/p.conf" --state "$dir/state" --run "$dir/run" --log "$dir/log" \
	2>>"$dir/err" &
pid=$!
until_is "it starts with $FLOWS flows" ready begun
ctl verify >/dev/null
is "and holds them" $? 0
is "and calls itself enforcing" "$(field .state)" enforcing

for signal in SIGSEGV SIGSTOP; do
	mark
	look_hit $signal && good "$signal: the process that looks is hit" ||
		bad "$signal: the process that looks is hit"
	broken $signal "signal $(kill -l ${signal#SIG})"
	in_time $signal
done

# What the daemon has is enough for itself, not for a child that reads everything.
mark
size=$(awk '/^VmSize/ { print $2 }' "/proc/$pid/status")
prlimit --pid "$pid" --as=$(((size + 4096) * 1024)):unlimited
ctl verify >/dev/null 2>&1
is "no memory: who asked is told that it failed" $? 5
is "no memory: the state" "$(field .state)" degraded
kill -0 "$pid" && good "no memory: the daemon goes on" || bad "no memory: the daemon goes on"
prlimit --pid "$pid" --as=unlimited:unlimited
ctl verify >/dev/null 2>&1 &
verify=$!
broken "no memory" "signal $(kill -l ABRT)"

echo "look: $passed passed, $failed failed"
[ $failed -eq 0 ]
