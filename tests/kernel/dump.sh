#!/bin/bash
# The kernel's own bytes as a file and what is proved of them: the daemon on a real kernel in a
# namespace of its own, told not to repair, so that what somebody else puts there stays. Dumps of it
# are proved against the policy; a rule that opens something is found with a packet and by its handle,
# and explain --live says the same of that packet in both languages.
set -uo pipefail
cd "$(dirname "$0")/../.."
b=${1:-build/debug}
skip() {
	echo "SKIP dump: $1"
	echo "dump: 0 passed, 0 failed"
	exit 0
}
[ "$(id -u)" -eq 0 ] || skip "needs root for a namespace of its own"
for program in ip nft jq python3; do
	command -v $program >/dev/null || skip "$program is not installed"
done
export LC_ALL=C.UTF-8
ns=skdump-$$
dir=$(mktemp -d)
pid=
passed=0 failed=0
cleanup() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
ip netns add "$ns" || exit 1
mkdir "$dir/state" "$dir/run" "$dir/log"

good() { passed=$((passed + 1)); printf 'ok   %s\n' "$1"; }
bad() { failed=$((failed + 1)); printf 'FAIL %s: %s\n' "$1" "${2-}"; }
is() { if [ "$2" = "$3" ]; then good "$1"; else bad "$1" "\"$2\", not \"$3\""; fi; }
has() { # WHAT TEXT FILE
	if grep -qF -- "$2" "$3"; then good "$1"; else bad "$1" "no \"$2\" in: $(head -n 5 "$3")"; fi
}

ctl() { timeout 60 "$b/sekishoctl" "$@" --socket "$dir/run/control"; }
nft_in() { ip netns exec "$ns" nft "$@"; }
prove() { timeout 120 "$b/sekishoctl" prove "$dir/p.conf" --ruleset "$@"; }

shape() { sed '2d; s/ expires_ms=[0-9]*//' "$1"; } # without what time changes

start() { # until READY=1
	local waiter
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

sed '/F13:/,/};.*};/d; s/\(expires\|review-by\|until\) = "[0-9-]*"/\1 = "2099-03-31"/g
	s/own-tables = true/own-tables = false/; s/repair = true/repair = false/' \
	conf/examples/aomine.conf >"$dir/p.conf"
grep -q 'repair = false' "$dir/p.conf" && grep -q 'own-tables = false' "$dir/p.conf" ||
	{ echo "FAIL the example has no repair and own-tables to change"; exit 1; }
start || { cat "$dir/err"; bad "the daemon starts"; echo "dump: $passed passed, $failed failed"; exit 1; }

# ---- as the daemon made it ----
ctl dump >"$dir/1.dump"
is "a dump is written" $? 0
is "it begins like one" "$(head -n 1 "$dir/1.dump")" "sekisho-dump 1"
has "it says of which gateway" " gateway=" "$dir/1.dump"
is "and of which generation" "$(sed -n '2s/.* generation=\([0-9]*\) .*/\1/p' "$dir/1.dump")" \
	"$(ctl status --json | jq .generation)"
is "its last line counts the rules" \
	"$(sed -n '$s/.* rules=\([0-9]*\) .*/\1/p' "$dir/1.dump")" "$(grep -c '^rule' "$dir/1.dump")"
is "and they are those that nft lists" "$(sed -n 's/^rule.* handle=\([0-9]*\)$/\1/p' "$dir/1.dump" | sort)" \
	"$(nft_in -j list ruleset | jq -r '.nftables[].rule.handle // empty' | sort)"

prove "$dir/1.dump" >"$dir/out" 2>&1
is "it is proved" $? 0
has "and says so" "proved: exactly what the policy permits passes" "$dir/out"
has "of which ruleset" "generation" "$dir/out"
ctl dump | prove - --json >"$dir/json"
is "through a pipe, as JSON" "$? $(jq -r '.result, (.findings | length), .ruleset.ruleset_file' "$dir/json" | tr '\n' ' ')" \
	"0 proved 0 - "
head -n -1 "$dir/1.dump" >"$dir/torn.dump"
prove "$dir/torn.dump" >"$dir/out" 2>&1
is "without its last line it is none" $? 2
has "and why is said with the line" "torn.dump:$(wc -l <"$dir/torn.dump"): error C-DUMP: the dump ends too early" "$dir/out"

# A flow of the example that is open at all times: text of mails, from the Internet's side.
text_mail() { ctl explain "$dir/p.conf" --from in-mailtxt --to lg-mail --proto tcp --port 25 --live "$@"; }
# Between two who may speak, but not by this port.
ask() { ctl explain "$dir/p.conf" --from 10.10.1.11 --to 10.10.9.4 --proto tcp --port "$1" --live "${@:2}"; }
text_mail >"$dir/out" 2>&1
is "what the policy permits passes" $? 0
has "and the kernel says by which rule" "kernel: passes; by inet sekisho chain" "$dir/out"
has "by which element" ", by element " "$dir/out"
has "kernel and policy agree" "kernel and policy agree" "$dir/out"
ask 4444 >"$dir/out" 2>&1
is "what no flow permits is dropped" $? 1
has "by a place that is named" "kernel: is dropped; by " "$dir/out"
has "kernel and policy agree on it" "kernel and policy agree" "$dir/out"
ask 22 --at 2026-12-14T10:00:00+09:00 >/dev/null 2>&1
is "--live and --at do not go together" $? 2

# ---- somebody opens something ----
nft_in insert rule inet sekisho forward ip saddr 10.10.1.11 ip daddr 10.10.9.4 tcp dport 4444 accept
handle=$(nft_in -a list chain inet sekisho forward | sed -n 's/.*dport 4444.* handle \([0-9]*\)$/\1/p')
ctl dump >"$dir/2.dump"
has "the dump has the rule with its handle" "rule handle=$handle" "$dir/2.dump"
prove "$dir/2.dump" >"$dir/out" 2>&1
is "it is refuted" $? 1
has "with the rule" "by inet sekisho chain forward handle $handle" "$dir/out"
prove "$dir/2.dump" --json >"$dir/json"
is "and with a packet, as JSON" \
	"$(jq -r '.result, (.findings[] | select(.kind == "admits" and .packet.state == "new") | .path, .table, .chain, .handle,
		.packet.from, .packet.to, .packet.proto, .packet.transport_2)' "$dir/json" | head -n 9 | tr '\n' ' ')" \
	"refuted forward inet sekisho forward $handle 10.10.1.11 10.10.9.4 tcp 4444 "
is "the line of the dump is that rule" \
	"$(sed -n "$(jq -r '[.findings[] | select(.kind == "admits")][0].line' "$dir/json")p" "$dir/2.dump")" \
	"rule handle=$handle"
ask 4444 >"$dir/out" 2>&1
is "explain --live finds it too" $? 1
has "by the same rule" "kernel: passes; by inet sekisho chain forward handle $handle" "$dir/out"
has "and says plainly that they differ" "THE KERNEL LETS PASS WHAT THE POLICY REFUSES" "$dir/out"
env LC_ALL=ja_JP.UTF-8 "$b/sekishoctl" explain "$dir/p.conf" --from 10.10.1.11 --to 10.10.9.4 --proto tcp \
	--port 4444 --live --socket "$dir/run/control" >"$dir/out" 2>&1
has "in Japanese, too" "ポリシーが許可しないものをカーネルが通している" "$dir/out"
is "and as JSON" "$(ask 4444 --json 2>/dev/null | jq -r '.verdict, .live.verdict, .live.agrees, .live.ways[0].handle' | tr '\n' ' ')" \
	"refuse passes false $handle "
env LC_ALL=ja_JP.UTF-8 "$b/sekishoctl" prove "$dir/p.conf" --ruleset "$dir/2.dump" >"$dir/out" 2>&1
has "a refutation speaks Japanese" "反証: ポリシーと異なる" "$dir/out"
nft_in delete rule inet sekisho forward handle "$handle"
ctl dump | prove - >/dev/null
is "when it is gone, it is proved again" $? 0

lg_mail=$(sed -n 's/.*lg-mail: .* ip = "\([0-9.]*\)".*/\1/p' "$dir/p.conf")
# ---- others, with what is in their sets ----
{
	printf '%s\n' 'table inet other {' 'set blocked {' 'type ipv4_addr; flags interval' \
		"elements = { $lg_mail }" '}' 'set many {' 'type ipv4_addr' 'elements = {'
	for ((i = 0; i < 8000; i++)); do echo "10.200.$((i / 250)).$((i % 250)),"; done
	printf '%s\n' '}' '}' 'chain f {' 'type filter hook forward priority 10' \
		'ip daddr @blocked drop' '}' '}'
} | nft_in -f -
ctl dump >"$dir/3.dump"
is "a long dump is whole" "$(grep -c '^element key=0ac8' "$dir/3.dump")" 8000
prove "$dir/3.dump" --json >"$dir/json"
is "a table of others that stops a flow is found" "$? $(jq -r '.result, ([.findings[] | select(.kind == "stops")][0] | .table, .chain)' "$dir/json" | tr '\n' ' ')" \
	"1 refuted inet other f "
text_mail >"$dir/out" 2>&1
is "and by explain --live" $? 1
has "which names the table" "kernel: is dropped; by inet other chain f handle " "$dir/out"
has "and says that they differ" "THE KERNEL DROPS WHAT THE POLICY PERMITS" "$dir/out"
ctl dump >"$dir/a" & a=$!
ctl dump >"$dir/b" & c=$!
ctl status >/dev/null 2>&1
wait $a && wait $c && cmp -s <(shape "$dir/a") <(shape "$dir/b")
is "two at a time, the same" $? 0
for _ in 1 2 3 4 5; do
	"$b/sekishoctl" dump --socket "$dir/run/control" >/dev/null 2>&1 &
	kill -9 $! && wait $! 2>/dev/null
done
end=$((SECONDS + 20))
until ctl dump >"$dir/a" 2>/dev/null || [ $SECONDS -ge $end ]; do :; done
is "who goes away takes no dump along" "$(head -n 1 "$dir/a")" "sekisho-dump 1"
runuser -u nobody -- true 2>/dev/null && {
	chmod 711 "$dir" "$dir/run"
	cp "$b/sekishoctl" "$dir/ctl"
	runuser -u nobody -- "$dir/ctl" dump --socket "$dir/run/control" >/dev/null 2>"$dir/out"
	is "who may not, gets none" $? 4
}
kill -TERM "$pid" && wait "$pid"
pid=
timeout 20 "$b/sekishoctl" dump --socket "$dir/run/control" >/dev/null 2>&1
is "without a daemon there is none" $? 3

echo "dump: $passed passed, $failed failed"
[ $failed -eq 0 ]
