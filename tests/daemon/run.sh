#!/bin/bash
# The daemon on a real kernel, in a namespace of its own: start, status, reload good and bad,
# tampering seen, stop and kill that leave the rules, restarts that adopt them, broken files,
# and clients that misbehave.
set -uo pipefail
cd "$(dirname "$0")/../.."
b=${1:-build/debug}
if [ "$(id -u)" -ne 0 ] || ! command -v ip >/dev/null; then
	echo "SKIP daemon: needs root and ip(8) for a namespace of its own"
	echo "daemon: 0 passed, 0 failed"
	exit 0
fi
export LC_ALL=C.UTF-8
ns=skd-$$
dir=$(mktemp -d)
pid=
passed=0 failed=0
cleanup() {
	[ -z "${KEEP-}" ] || cp "$dir/err" "$KEEP"
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
ip netns add "$ns" || exit 1
mkdir "$dir/state" "$dir/run" "$dir/log"

good() { passed=$((passed + 1)); printf 'ok   %s\n' "$1"; }
bad() { failed=$((failed + 1)); printf 'FAIL %s: %s\n' "$1" "${2-}"; tail -n 5 "$dir/err"; }
is() { if [ "$2" = "$3" ]; then good "$1"; else bad "$1" "\"$2\", not \"$3\""; fi; }

ctl() { timeout 60 "$b/sekishoctl" "$@" --socket "$dir/run/control"; }
nft_in() { ip netns exec "$ns" nft "$@"; }
field() { ctl status --json 2>/dev/null | jq -r "$1"; }

# Starts the daemon and waits for its READY=1, as systemd would, or for its end.
start() {
	local waiter
	rm -f "$dir/notify" "$dir/pid"
	mkfifo "$dir/pid"
	python3 tests/daemon/ready.py "$dir/notify" "$dir/pid" &
	waiter=$!
	until [ -S "$dir/notify" ]; do :; done
	NOTIFY_SOCKET=$dir/notify ip netns exec "$ns" "$b/sekishod" -c "$dir/p.conf" \
		--state "$dir/state" --run "$dir/run" --log "$dir/log" 2>>"$dir/err" &
	pid=$!
	echo $pid >"$dir/pid"
	wait "$waiter"
}
stop() { kill "-${1:-TERM}" "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; pid=; }

# The reference city on any day: without the maintenance whose night is over, and with approvals
# that do not end.
sed '/F13:/,/};.*};/d; s/\(expires\|review-by\|until\) = "[0-9-]*"/\1 = "2099-03-31"/g' conf/examples/aomine.conf >"$dir/p.conf"
"$b/sekishoctl" check "$dir/p.conf" >"$dir/out" 2>&1 || { cat "$dir/out"; exit 1; }

# ---- before the daemon ----
ip netns exec "$ns" "$b/sekishod" --lockdown --state "$dir/none" --run "$dir/none"
is "lockdown before the daemon needs no state" $? 0
nft_in list table inet sekisho | grep >/dev/null 'hook forward.*policy drop' && good "and closes the forward chain" ||
	bad "and closes the forward chain"
ip netns exec "$ns" "$b/sekishod" --lockdown
is "a second time it does nothing" $? 0

# ---- start ----
if start; then good "it starts and is ready"; else bad "it starts and is ready"; fi
is "the state is enforcing" "$(field .state)" enforcing
is "the kernel was read back and is the same" "$(field .proof.shape)" true
ctl status >/dev/null
is "status has status 0" $? 0
is "it enforces all flows" "$(field .flows)" "$("$b/sekishoctl" check --json "$dir/p.conf" | jq .flows)"
ctl verify >/dev/null
is "verify finds no difference" $? 0
is "flows are listed" "$(ctl flows --json | jq '.flows | length')" "$(field .flows)"
is "a flow to a name without an address is not called open" \
	"$(ctl flows --json | jq -c '.flows[] | select(.flow == "F04") | [.open, .waits_for_name]')" "[false,true]"
is "hosts are listed" "$(ctl hosts --json | jq '.hosts | length')" 43
LANG=ja_JP.UTF-8 LC_ALL= ctl status | grep >/dev/null '設定どおり強制中' && good "status speaks Japanese" ||
	bad "status speaks Japanese"

# ---- reload ----
hash=$(field .policy_hash)
ctl reload >"$dir/out" 2>&1
is "a reload of the same file is good" $? 0
grep -q ' 0 messages' "$dir/out" && good "and sends nothing" || bad "and sends nothing" "$(cat "$dir/out")"
sed 's/ports = \[9443\]/ports = [9444]/' "$dir/p.conf" >"$dir/q.conf" && cp "$dir/q.conf" "$dir/p.conf"
ctl reload >"$dir/out" 2>&1
is "a reload with one flow changed is good" $? 0
messages=$(grep -oE '[0-9]+ messages' "$dir/out" | cut -d' ' -f1)
[ "${messages:-999}" -le 30 ] && good "and sends a handful of messages ($messages)" ||
	bad "and sends a handful of messages" "$messages"
nft_in list map inet sekisho flow4_mn-srv_x-juki | grep >/dev/null '9444' && good "and the kernel has it" ||
	bad "and the kernel has it"
[ "$(field .policy_hash)" != "$hash" ] && good "and the hash is another" || bad "and the hash is another"
hash=$(field .policy_hash)
echo 'broken' >>"$dir/p.conf"
ctl reload >"$dir/out" 2>&1
is "a broken file is refused with status 2" $? 2
grep -q 'p.conf:' "$dir/out" && good "with its line" || bad "with its line" "$(cat "$dir/out")"
is "and the hash stays" "$(field .policy_hash)" "$hash"
cp conf/examples/refused/10-E-MUGA-BYPASS.conf "$dir/p.conf"
ctl reload >"$dir/out" 2>&1
is "a file the judge refuses is refused with status 1" $? 1
grep -q E-MUGA-BYPASS "$dir/out" && good "with its code" || bad "with its code"
ctl verify >/dev/null
is "and nothing changed in the kernel" $? 0
is "and the state is enforcing still" "$(field .state)" enforcing
cp "$dir/q.conf" "$dir/p.conf"
kill -HUP "$pid"
for ((i = 0; i < 200; i++)); do [ "$(field .reloads)" = 5 ] && break; done
is "SIGHUP reloads" "$(field .reloads)" 5

# ---- others at the tables ----
if [ "$(field .kernel.features.persist.present)" = true ]; then
	nft_in add element inet sekisho alive_lg-term_in-vdi '{ 0x99 }' 2>"$dir/out"
	grep -q 'not permitted' "$dir/out" && good "nobody else may change an owned table" ||
		bad "nobody else may change an owned table" "$(cat "$dir/out")"
	nft_in flush ruleset 2>/dev/null
	ctl verify >/dev/null
	is "a foreign flush of everything leaves it" $? 0
fi

# ---- stop, kill, start again ----
stop TERM
nft_in list table inet sekisho 2>/dev/null | grep >/dev/null 'F02' && good "after a stop the rules are there" ||
	bad "after a stop the rules are there"
nft_in add rule inet sekisho forward accept 2>/dev/null
start
is "a start after tampering enforces" "$(field .state)" enforcing
nft_in list chain inet sekisho forward | grep >/dev/null -E '^[[:space:]]+accept$' && bad "and the foreign rule is gone" ||
	good "and the foreign rule is gone"
stop KILL
nft_in list table inet sekisho 2>/dev/null | grep >/dev/null 'F02' && good "after kill -9 the rules are there" ||
	bad "after kill -9 the rules are there"
start
is "and it starts again" "$(field .state)" enforcing
stop TERM
echo 'broken' >"$dir/p.conf"
start
is "with a broken file the last policy is enforced, degraded" "$(field .state)" degraded
is "and it is that policy" "$(field .policy_hash)" "$hash"
ctl status >/dev/null
is "and status has status 1" $? 1
cp "$dir/q.conf" "$dir/p.conf"
ctl reload >/dev/null 2>&1
is "until the file is mended" "$(field .state)" enforcing
stop TERM
rm -rf "$dir/state" && mkdir "$dir/state"
echo 'broken' >"$dir/p.conf"
start
is "with neither file nor state everything is closed" "$(field .state)" lockdown
cp "$dir/q.conf" "$dir/p.conf"
ctl reload >/dev/null 2>&1
is "and a reload opens what the policy says" "$(field .state)" enforcing

# ---- clients ----
timeout 60 python3 - "$dir/run/control" <<'P'
import os, socket, sys, time
path = sys.argv[1]
stuck = []
for i in range(1000):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(5)
    kind = i % 8
    try:
        if kind == 0:
            s.send(b'{"method": "jp.sekisho')           # half a message, then silence
        elif kind == 1:
            s.send(b'\0' * 10)                          # empty messages
        elif kind == 2:
            s.send(b'{"method": 5}\0')                  # a wrong type
        elif kind == 3:
            for _ in range(64):                         # one that never ends
                s.send(b'x' * 65536)
        elif kind == 4:
            s.send(b'{"method": "no.such.Method"}\0')
            s.close()                                   # gone before the answer
            continue
        elif kind == 5:
            for _ in range(50):                         # asks and never reads
                s.send(b'{"method": "jp.sekisho.Gateway.Flows", "more": true}\0')
    except OSError:
        pass
    stuck.append(s)
start = time.monotonic()
s = socket.socket(socket.AF_UNIX)
s.connect(path)
s.send(b'{"method": "jp.sekisho.Gateway.Status"}\0')
answer = b''
while not answer.endswith(b'\0'):
    answer += s.recv(65536)
took = time.monotonic() - start
print('answered in %.3f s among 1,000 others' % took)
sys.exit(0 if took < 1 and b'enforcing' in answer else 1)
P
is "1,000 clients, most of them hostile, delay nobody" $? 0
ctl verify >/dev/null
is "and harm nothing" $? 0
rss=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
# a sanitizer keeps what was freed for a while
[ "$rss" -lt $([ "${b##*/}" = asan ] && echo 1500000 || echo 120000) ] && good "and are forgotten ($((rss / 1024)) MiB)" || bad "and are forgotten" "$rss kB"

# ---- who may ---
if command -v setpriv >/dev/null; then
	chmod 755 "$dir" "$dir/run"
	install -m 755 "$b/sekishoctl" "$dir/sekishoctl"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/sekishoctl" status \
		--socket "$dir/run/control" >/dev/null 2>&1
	is "a stranger is not permitted" $? 4
fi
stop TERM
"$b/sekishoctl" status --socket "$dir/run/control" >/dev/null 2>&1
is "without a daemon the status is 3" $? 3
echo "daemon: $passed passed, $failed failed"
[ $failed -eq 0 ]
