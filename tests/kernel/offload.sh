#!/bin/bash
# A flowtable of somebody else over two interfaces of zones, with a rule that puts connections into
# it: a connection in it goes on when its permission has ended, and that is seen first. Where the
# policy wants repair, the rule and the flowtable are taken away, by event and by look, with the
# author on record; the chain's other rules stay, the connection meets our chains again, and with its
# permission it ends. Where the policy forbids repair, on other interfaces, and in a table that
# belongs to its maker it is an alarm. Kernels from 4.16 on, where they are built with flowtables.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
if ! unshare -n nft add table inet t '{ flowtable f { hook ingress priority 0; devices = { lo }; }; }' \
	2>/dev/null; then
	echo "SKIP offload: this kernel has no flowtables (or we are not root)"
	echo "offload: 0 passed, 0 failed"
	exit 0
fi
test_begin offload "${1:-build/debug}" aomine
daemon_begin

F12="gc-juki tcp 10.10.128.10 10.10.1.20 443"
alarm="it carries packets to another interface without the gateway's rules"
device() { gateway ip -o route get "$1" | sed 's/.* dev \([^ ]*\).*/\1/'; }
client=$(device 10.10.128.10) server=$(device 10.10.1.20)

policy_is() { # REPAIR: and without owning, so that the test can end a permission by hand
	evergreen "$policy" | sed "s/own-tables = true/own-tables = false/
		s/repair = true/repair = $1/" >"$work/p.conf"
}
fast() { # DEVICES [FLAGS]: as lines of nft, each of which it takes alone, too
	printf 'add table inet fast { %s }\n' "${2:+flags $2;}"
	printf 'add counter inet fast passed\n'
	printf 'add flowtable inet fast f { hook ingress priority 0; devices = { %s }; }\n' "$1"
	printf 'add chain inet fast c { type filter hook forward priority 20; policy accept; }\n'
	printf 'add rule inet fast c %s\n' 'counter name passed' 'ip protocol tcp flow add @f' \
		'ip saddr 192.0.2.1 accept'
}
put() { fast "$@" | gateway nft -f -; }
is_there() { gateway nft list flowtables | grep -c 'flowtable f'; }
passed_by() { gateway nft list counter inet fast passed | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
rules() { gateway nft list chain inet fast c | grep -cE 'counter name|flow add|saddr'; }
said() { probe "say a"; }
grows() { # by a word there and its answer: yes or no
	local before
	before=$(passed_by)
	said >"$work/said"
	[ "$(passed_by)" -gt "$before" ] && echo yes || echo no
}
# As by its own time: the elements go, and nobody is there to put them back.
permission_end() {
	gateway nft flush set inet sekisho alive_gc-mn_mn-srv
	gateway nft flush set inet sekisho alive_mn-srv_gc-mn
}
record() { ctl drift 1 --json | jq -r ".drifts[0] | $1"; }
recorded() { # COUNT: until a drift more than that is in the record
	timeout 60 bash -c "until [ \"\$('$B/sekishoctl' status --json --socket '$work/run/control' |
		jq .drift.count)\" -gt $1 ]; do :; done"
}
becomes() { # STATE
	local end=$((SECONDS + 60))
	until [ "$(field .state)" = "$1" ]; do [ $SECONDS -lt $end ] || break; done
	field .state
}
look() { ctl verify >/dev/null 2>&1; }

policy_is false
start || { cat "$work/err"; exit 1; }
probe_start
is "a connection stands" "a answered seen" "$(probe "serve mn-atena tcp 10.10.1.20 443" "open a $F12")"

# ---- the policy forbids repair: the danger, and the alarm ----
put "$client, $server" || bad "the flowtable is put over $client and $server" </dev/null
said >/dev/null
said >/dev/null
is "the connection is carried around the chains" "no a answered seen" "$(grows) $(cat "$work/said")"
is "it is an alarm" degraded "$(becomes degraded)"
is "that says what it is" yes "$([[ $(field .why) == *"inet fast"*"$alarm"* ]] && echo yes)"
look
is "and nothing is taken away" "1 3" "$(is_there) $(rules)"
permission_end
is "its permission ends" 0 $?
is "and it goes on all the same" "a answered seen" "$(said)"
gateway nft add table inet fast '{ flags dormant; }'
is "in a dormant table, too" "a answered seen" "$(said)"
look
is "which is an alarm as before" yes "$(ctl posture --json | grep -q '"inet fast: f"' && echo yes)"
gateway nft add table inet fast

# ---- the policy wants repair: what stands is found by the look ----
count=$(field .drift.count)
policy_is true
ctl reload >"$work/out" 2>&1
is "a policy that wants repair" 0 $?
look
is "the flowtable is gone, its rule with it, and the others stay" "0 2" "$(is_there) $(rules)"
is "it is on record, with nobody's name" "true null" "$(ctl drift --json | jq -r --argjson n "$count" \
	'[.drifts[] | select(.id > $n and .kind == "flowtable-added")][0] | "\(.repaired_at != null) \(.changer.program)"')"
is "all is as it should be" enforcing "$(becomes enforcing)"
grows >"$work/grew"
is "the connection meets the chains again" "yes a answered seen" "$(cat "$work/grew" "$work/said" | paste -sd' ')"
stop
permission_end
is "with its permission it ends" "a silent unseen" "$(said)"
start

# ---- what somebody does is undone when it is heard ----
count=$(field .drift.count)
is "another connection stands" "b answered seen" "$(probe "open b $F12")"
gateway nft delete table inet fast
put "$client, $server"
recorded "$count"
is "taken away again, and who did it" "flowtable-added inet fast flowtable f tables 2 true nft" \
	"$(record '"\(.kind) \(.object) \(.found_by) \(.differences) \(.repaired_at != null) \(.changer.program)"')"
is "with how long it was there" yes "$(record 'if .lasted_ms_max > 0 and .repair_took_ms > 0 then "yes" else . end')"
is "its devices and its rule" "2" "$(record .what | grep -cE "flowtable f on ($client,$server|$server,$client)|chain c handle [0-9]+: flow add @f")"
is "and nothing else is" "0 2" "$(is_there) $(rules)"
look
is "one record for all of it" $((count + 1)) "$(field .drift.count)"
is "and all is well" enforcing "$(becomes enforcing)"
is "the daemon says so" yes "$(grep -q 'taken away, with the rules that name it' "$work/err" && echo yes)"
is "the connection is not in it" "b answered seen" "$(probe "say b")"

# ---- a dormant table, whose flowtable carries on ----
count=$(field .drift.count)
gateway nft delete table inet fast
put "$client, $server" dormant
recorded "$count"
is "of a dormant table, too" "0 2" "$(is_there) $(rules)"

# ---- somebody who does not stop ----
count=$(field .drift.count)
for ((i = 0; i < 25; i++)); do
	gateway nft delete table inet fast
	put "$client, $server"
done
becomes enforcing >/dev/null
look
is "put again and again, it is gone in the end" "0 2" "$(is_there) $(rules)"
is "and all is well" enforcing "$(becomes enforcing)"
times=$(ctl drift 500 --json | jq --argjson n "$count" '[.drifts[] |
	select(.id > $n and .kind == "flowtable-added") | .times] | add')
is "on record, no more often than it was done" yes "$([ "$times" -ge 1 ] && [ "$times" -le 25 ] && echo yes)"

# ---- what is not a zone's ----
gateway nft delete table inet fast
put lo
is "on no interface of a zone it is an alarm" degraded "$(becomes degraded)"
look
is "and stays" "1 3" "$(is_there) $(rules)"
gateway nft delete table inet fast
is "as long as it is there" enforcing "$(becomes enforcing)"

# ---- a table that belongs to its maker, who lives ----
mkfifo "$work/maker"
ip netns exec "$prefix-gateway" nft -i <"$work/maker" >"$work/out" 2>&1 &
maker=$!
exec {tell}>"$work/maker"
fast "$client, $server" owner >&$tell
is "one in a table that nobody else may change" degraded "$(becomes degraded)"
look
is "stays" 1 "$(is_there)"
is "and it is said why" yes "$([[ $(field .why) == *"could not be taken away: inet fast flowtable f"*"Operation not permitted"* ]] && echo yes)"
is "once" 1 "$(grep -c '^<2>.*could not be taken away' "$work/err")"
kill $maker && wait $maker 2>/dev/null
exec {tell}>&-
look # the kernel says nothing of it
is "until it goes with its maker" enforcing "$(becomes enforcing)"
stop
test_end
