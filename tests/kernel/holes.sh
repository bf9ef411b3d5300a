#!/bin/bash
# What a hole could have let through: the record of a change of the tables says which packets could
# have passed that the policy does not permit, worked out from the rules as somebody made them; or
# that none could. And what all tables mean together, those of others too, is proved at each look.
#
#   holes.sh [BUILD]
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin holes "${1:-build/debug}" aomine
daemon_begin
evergreen "$policy" | sed 's/own-tables = true/own-tables = false/' >"$work/p.conf"
start || { cat "$work/err"; exit 1; }
proof() { field ".proof.$1"; }
is "verify proves it" 0 "$(ctl verify >"$work/out"; echo $?)"
is "and says so" 1 "$(grep -c '^proved: ' "$work/out")"
is "status has the result" proved "$(proof result)"

# ---- holes in our own tables ----
# The last record's list, when it has one: a look at the record is worked out after the repair.
admitted() {
	local end=$((SECONDS + 20)) json
	until json=$(ctl drift 1 --json | jq -c '.drifts[0] | select(.admitted != null)') && [ -n "$json" ] &&
		[ "$(jq .id <<<"$json")" -gt "$last" ]; do
		[ $SECONDS -lt $end ] || { echo none; return; }
	done
	jq -r '.admitted | if length == 0 then "nothing" else map("\(.path) \(.packets) | \(.example)") | .[] end' <<<"$json"
}
last=0
hole() { # NAME PATTERN COMMAND...
	local name=$1 pattern=$2 found
	shift 2
	last=$(field .drift.count)
	gateway nft "$@" 2>"$work/out" || { bad "$name: nft $*" <"$work/out"; return; }
	found=$(admitted)
	if grep -qE -- "$pattern" <<<"$found"; then ok "$name"; else bad "$name" <<<"$found"; fi
}
hole "an accept in front of all: everything between any two zones" '^forward type ip state new \| vlan[0-9]+ → vlan[0-9]+: .*, new$' \
	insert rule inet sekisho forward accept
hole "one behind the last refusal: nothing reaches it" '^nothing$' \
	add rule inet sekisho forward iifname vlan110 tcp dport 22 accept
hole "one of two interfaces and a state" '^forward iif vlan311 oif vlan110 type ip .*state established' \
	insert rule inet sekisho forward iifname vlan311 oifname vlan110 ct state established accept
hole "a port of the gateway itself" '^input .*proto tcp dport 23 state new' \
	insert rule inet sekisho input tcp dport 23 accept
hole "a permission that no flow has" 'iif vlan110 oif vlan115 type ip .*state established ct-mark 0x77' \
	add element inet sekisho alive_mn-srv_relay '{ 0x77 }'
hole "a chain that nothing calls" '^nothing$' add chain inet sekisho spare
hole "a permission too few" '^nothing$' flush set inet sekisho alive_mn-srv_mn-term
hole "the guard opened: still no flow lets it cross" '^(nothing|input|output|forward .*type ip6 state established)' \
	insert rule inet sekisho guard accept
hole "the table gone" '^forward type ip state new' delete table inet sekisho
hole "everything flushed" '^forward type ip state new' flush ruleset
hole "no policy" '^forward type ip' add chain inet sekisho forward '{ policy accept; }; flush chain inet sekisho forward'
is "in the end verified and proved" "0 proved" "$(ctl verify >/dev/null; echo $?) $(proof result)"
is "people read what could have passed" yes "$(LANGUAGE=ja LC_ALL=ja_JP.UTF-8 ctl drift 20 | grep -q '許可されたもの以外に、通り得たもの' && echo yes)"

# ---- tables of others ----
becomes() { # RESULT
	local end=$((SECONDS + 20))
	until [ "$(proof result)" = "$1" ]; do [ $SECONDS -lt $end ] || return 1; done
}
other() { # NAME RESULT PATTERN RULES
	gateway nft -f - <<<"$4" 2>"$work/out" || { bad "$1: $4" <"$work/out"; return; }
	becomes "$2" && ok "$1: $2" || bad "$1: $2" <<<"$(proof result)"
	if [ "$(field '.proof.findings[].text' | grep -cE -- "$3")" != 0 ]; then ok "$1: named"; else bad "$1: named" <<<"$(field .proof.findings)"; fi
	gateway nft delete table ip other
	becomes proved && ok "$1: proved again when it is gone" || bad "$1: proved again" <<<"$(proof result)"
}
other "a table that drops what is permitted" refuted 'is stopped \(flow F[0-9]+\): .*ip other chain f handle' \
	'table ip other { chain f { type filter hook forward priority 5; tcp dport 443 drop; }; }'
other "one that drops by a set" refuted 'is stopped \(flow F[0-9]+\): .*ip other chain f handle' \
	'table ip other { set s { type inet_service; elements = { 443 }; }; chain f { type filter hook forward priority 5; tcp dport @s drop; }; }'
other "one that drops at a rate" proved-except 'may be stopped .*not understood: ip other chain f handle' \
	'table ip other { chain f { type filter hook forward priority 5; limit rate over 10/second drop; }; }'
other "one that rewrites" proved-except 'ip other chain p handle [0-9]+: masq' \
	'table ip other { chain p { type nat hook postrouting priority 100; masquerade; }; }'
gateway nft -f - <<<'table ip other { chain f { type filter hook forward priority 5; ct state new tcp dport 4444 drop; accept; }; }'
is "one that only drops what nobody may: proved" "0 proved" "$(ctl verify >/dev/null; echo $?) $(proof result)"
gateway nft delete table ip other
stop
test_end
