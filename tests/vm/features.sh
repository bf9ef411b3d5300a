#!/bin/bash
# What sekishod says that this kernel can do, against the versions that its own table gives: a
# feature is there from its version on, and not before, but for what a distribution is known to
# have carried back (below). Then, where tables cannot be owned for good: none is, `status` says
# so, and a change by somebody else is undone and named, or where the policy forbids that, told.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
b=${1:-build/debug}
if [ "$(id -u)" -ne 0 ] || ! command -v ip >/dev/null; then
	echo "SKIP features: needs root and ip(8) for a namespace of its own"
	echo "features: 0 passed, 0 failed"
	exit 0
fi
# FEATURE RELEASE-PREFIX: there although the version is older, or (with -) not there although the
# kernel is new enough, since it was built without
known="-hook-dump 6.1.0-
-flowtable 6.18.44-fc
-hook-dump 6.18.44-fc"
ns=skf-$$
dir=$(mktemp -d)
pid=
passed=0 failed=0
cleanup() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
ip netns add "$ns" || exit 1
mkdir "$dir/state" "$dir/run" "$dir/log"

good() { passed=$((passed + 1)); printf 'ok   %s\n' "$1"; }
bad() { failed=$((failed + 1)); printf 'FAIL %s: %s\n' "$1" "${2-}"; tail -n 5 "$dir/err"; }
is() { if [ "$2" = "$3" ]; then good "$1"; else bad "$1" "\"$2\", not \"$3\""; fi; }
ctl() { timeout 60 "$b/sekishoctl" "$@" --socket "$dir/run/control"; }
field() { ctl status --json 2>/dev/null | jq -r "$1"; }
nft_in() { ip netns exec "$ns" nft "$@"; }
# Waits for its READY=1, as systemd does: a shell that asks again and again takes the daemon's own
# time where there is one processor, and an emulated one.
start() {
	local ended='' waiter
	rm -f "$dir/run/control" "$dir/notify"
	mkfifo "$dir/said"
	python3 tests/lab/demo/ready.py "$dir/notify" >"$dir/said" &
	waiter=$!
	read -r _ <"$dir/said"
	rm "$dir/said"
	NOTIFY_SOCKET=$dir/notify ip netns exec "$ns" "$b/sekishod" -c "$dir/p.conf" \
		--state "$dir/state" --run "$dir/run" --log "$dir/log" 2>>"$dir/err" &
	pid=$!
	wait -n -p ended "$waiter" "$pid" && [ "$ended" = "$waiter" ] &&
		ctl status --json >"$dir/status" 2>/dev/null
}

sed '/F13:/,/};.*};/d; s/\(expires\|review-by\|until\) = "[0-9-]*"/\1 = "2099-03-31"/g' \
	conf/examples/aomine.conf >"$dir/p.conf"
start || { bad "sekishod starts"; echo "features: $passed passed, $failed failed"; exit 1; }
is "it enforces" "$(field .state)" enforcing
release=$(uname -r)
is "status has the release" "$(field .kernel.release)" "$release"

at_least() { printf '%s\n%s\n' "$1" "$2" | sort -CV; } # $1 <= $2
while read -r name present since; do
	wanted=false
	at_least "${since%% *}" "${release%%-*}" && wanted=true
	why="since ${since%% *}"
	while read -r feature prefix; do
		case $release in "$prefix"*)
			[ "$feature" != "$name" ] || { wanted=true why="carried back"; }
			[ "$feature" != "-$name" ] || { wanted=false why="built without"; }
			;;
		esac
	done <<<"$known"
	is "$name: $present ($why)" "$present" "$wanted"
	echo "FEATURE $release $name $present since ${since}"
done < <(jq -r '.kernel.features | to_entries[] |
	"\(.key) \(.value.present) \(.value.since)"' "$dir/status")
is "the features are listed" "$(jq '.kernel.features | length > 8' "$dir/status")" true

# ---- who owns the tables ----
owned=$(nft_in list tables | wc -l)
is "the tables are there" "$([ "$owned" -ge 4 ] && echo yes)" yes
flags=$(nft_in -a list table inet sekisho | grep -c 'flags.*owner')
if [ "$(field .kernel.features.persist.present)" = true ]; then
	is "the table is owned" "$flags" 1
	nft_in add table inet sekisho '{ comment "mine"; }' 2>/dev/null
	nft_in delete table inet sekisho 2>"$dir/out"
	is "and nobody else takes it away" "$(nft_in list chain inet sekisho forward | grep -c 'policy drop')" 1
else
	is "without persist the table is not owned: it would die with the daemon" "$flags" 0
	is "and status says that the kernel lacks it" "$(ctl status | grep -c 'persist (6.9')" 1
fi

# ---- without ownership, on every kernel: found, undone and named ----
kill -TERM "$pid"; wait "$pid" 2>/dev/null
nft_in flush ruleset
ip netns del "$ns" && ip netns add "$ns"
sed -i 's/own-tables = true/own-tables = false/' "$dir/p.conf"
start || bad "sekishod starts without owning"
is "it enforces without owning" "$(field .state)" enforcing
recorded() { # COUNT: until a drift more than that is in the record
	timeout 60 bash -c "until [ \"\$('$b/sekishoctl' status --json --socket '$dir/run/control' |
		jq .drift.count)\" -gt $1 ]; do :; done"
}
changed() { # WHAT NFT-COMMAND…
	ctl verify >/dev/null 2>&1
	is "$1: nothing was changed before" $? 0
	nft_in "${@:2}" || bad "$1: the change"
}
tamper() { # WHAT NFT-COMMAND…
	local what=$1 count
	count=$(field .drift.count)
	changed "$@"
	recorded "$count"
	is "$what is recorded" $? 0
	is "$what: undone, and who did it" "$(ctl drift 1 --json |
		jq -r '.drifts[0] | "\(.repaired_at != null) \(.changer.program)"')" "true nft"
	is "$what: all is as before" "$(ctl verify >/dev/null 2>&1; echo $?) $(field .state)" "0 enforcing"
	is "$what: and the look that says so found nothing else" "$(field .drift.count)" $((count + 1))
}
tamper "a rule that accepts" insert rule inet sekisho forward accept
tamper "an element of a map" add element inet sekisho alive_lg-term_in-vdi '{ 0x99 }'
tamper "a chain without its policy" chain inet sekisho forward '{ policy accept; }'
tamper "a table that is gone" delete table inet sekisho
tamper "the egress table gone" delete table netdev sekisho

# ---- where the policy forbids repair ----
sed -i 's/repair = true/repair = false/' "$dir/p.conf"
ctl reload >/dev/null 2>&1
is "a policy that forbids repair" "$? $(field .state)" "0 enforcing"
left() { # WHAT NFT-COMMAND…
	local what=$1
	changed "$@"
	ctl verify >"$dir/out" 2>&1
	is "$what is found" $? 1
	is "$what: and said" "$(field .state)" degraded
	ctl reload >/dev/null 2>&1
	is "$what: a reload puts it right" "$(field .state)" enforcing
}
left "a rule, unrepaired," insert rule inet sekisho forward accept
left "a table, unrepaired," delete table inet sekisho
sed -i 's/repair = false/repair = true/' "$dir/p.conf"
ctl reload >/dev/null 2>&1
is "a policy that wants it again" "$? $(field .state)" "0 enforcing"

# ---- devices that come and go ----
egress() { nft_in list chain netdev sekisho egress_mn-srv 2>/dev/null | grep -cE 'vlan110|accept|goto'; }
same() { # WHAT: nothing differs
	ctl verify >"$dir/out" 2>&1
	is "$1" $? 0
}
same "no device is there, and no difference"
ip -n "$ns" link add vlan110 type bridge
same "a device comes"
lines=$(egress)
is "and its chain with it" "$([ "$lines" -ge 4 ] && echo yes)" yes
ip -n "$ns" link del vlan110
same "it goes"
ip -n "$ns" link add vlan110 type bridge
same "another of that name comes"
is "and the chain again" "$(egress)" "$lines"
ip -n "$ns" link del vlan110
ip -n "$ns" link add vlan110 type bridge
same "one goes and another comes between two looks"
is "and the chain again" "$(egress)" "$lines"
ctl reload >"$dir/out" 2>&1
is "a reload of the same file sends nothing" "$(grep -c ' 0 messages' "$dir/out")" 1
tamper "its chain without rules" flush chain netdev sekisho egress_mn-srv
kill -KILL "$pid"; wait "$pid" 2>/dev/null
start || bad "sekishod starts with a device there"
is "after kill -9, with one device there" "$(field .state)" enforcing
is "its chain is there" "$(egress)" "$lines"
kill -TERM "$pid"; wait "$pid" 2>/dev/null; pid=
is "a stop leaves the rules" "$(nft_in list chain inet sekisho forward | grep -c 'policy drop')" 1
echo "features: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
