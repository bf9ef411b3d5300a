#!/bin/bash
# The codec and the real kernel: what is applied is read back without a difference, the same
# policy loaded by nft reads the same, a change of one flow is a handful of messages, refusals
# stand at the user's line. In namespaces of its own. (Everybody's rules: tests/proof/corpus.sh.)
#
# usage: nft_codec.sh [BUILD_DIR]
set -u
cd "$(dirname "$0")/../.."
build=${1:-build/debug}

skip() {
	echo "SKIP nft_codec: $1"
	exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root for network namespaces"
command -v nft >/dev/null || skip "nft is not installed"
unshare -n true 2>/dev/null || skip "network namespaces are not permitted here"
make -s FLAVOUR="$(basename "$build")" tools >/dev/null || exit 1
load=$PWD/$build/tools/nft_load make_policy=$PWD/$build/tools/make_policy
kernel=$PWD/$build/tools/nft_kernel

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0
is() { # WHAT COMMAND…
	local what=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok   $what"
		passed=$((passed + 1))
	else
		echo "FAIL $what"
		tail -n 20 "$work/out"
		failed=$((failed + 1))
	fi
}
in_ns() { unshare -n bash -euc "$1"; }
# nft gives the kernel all it is told; before 6.16 that wants a device for every chain
devices='devices() { sed -n "s/.*hook egress device \"*\([^\" ;]*\).*/\1/p" "$1" |
	while read -r device; do
		ip link show "$device" >/dev/null 2>&1 || ip link add "$device" type bridge
	done; }'
conf=$PWD/conf/examples/aomine.conf
in_ns "'$kernel'" >"$work/features" 2>&1
is_where() { # FEATURE WHAT COMMAND…
	if grep -q "lacks $1 " "$work/features"; then
		echo "SKIP nft_codec: $2: this kernel lacks $1"
	else
		is "${@:2}"
	fi
}
own=--own
! grep -q 'lacks persist ' "$work/features" || own=
is_owned() { is_where persist "$@"; }

is "applied and read back" in_ns "'$load' '$conf'"
is "applied over itself: nothing to do" in_ns "$devices; '$load' --nft '$conf' >'$work/nft'
	devices '$work/nft'
	'$load' '$conf' && '$load' '$conf' | grep -q 'items=0 .*messages=0 '"
is_owned "owned and persistent tables" in_ns "'$load' --own '$conf'"
is "what nft made of our text reads the same" \
	in_ns "$devices; '$load' --nft '$conf' >'$work/nft' && devices '$work/nft' &&
		nft -f '$work/nft' && '$load' --read-only '$conf'"
is "every example, each over what nft made of the one before: applied, read back; and by nft" in_ns "$devices
	for file in conf/examples/*.conf; do
		'$load' \$file
		nft flush ruleset
		'$load' --nft \$file >'$work/nft'
		devices '$work/nft'
		nft -f '$work/nft'
		'$load' --read-only \$file
	done"
is_owned "an orphan is adopted" in_ns "$devices; '$load' --nft '$conf' >'$work/nft'
	devices '$work/nft' # or their chains are among the items, too
	'$load' --own '$conf'; nft list table inet sekisho >/dev/null
	nft add rule inet sekisho forward accept
	'$load' --own '$conf' | grep -q 'items=5 .*transactions=2'"
is_owned "a plain table becomes an owned one" in_ns "'$load' '$conf'; '$load' --own '$conf'"
is "comments are shown by nft" in_ns "'$load' '$conf' >/dev/null
	nft list ruleset | grep -q 'comment \"refuse\"'
	nft list map inet sekisho flow4_mn-srv_relay | grep -q 'comment \"F'"

"$make_policy" 10000 >"$work/a.conf"
"$make_policy" 10001 >"$work/b.conf"
one_flow() {
	local messages
	in_ns "'$load' '$work/a.conf' --again '$work/b.conf'" | tee "$work/one" || return 1
	messages=$(sed -n 's/.* messages=\([0-9]*\).*/\1/p' "$work/one" | tail -n 1)
	echo "messages: $messages"
	[ "$messages" -lt 20 ]
}
is_where set-resize "one flow of 10,000 more: under 20 messages" one_flow
is_where set-resize "and one less" in_ns "'$load' '$work/b.conf' --again '$work/a.conf' >'$work/less'
	[ \$(sed -n 's/.* messages=\([0-9]*\).*/\1/p' '$work/less' | tail -n 1) -lt 20 ]"
is "somebody changed something in between: refused" \
	in_ns "! '$load' --stale '$conf' >'$work/stale'; grep -q 'in between' '$work/stale'
	[ -z \"\$(nft list tables)\" ]"
is "a full set is told at the user's line" \
	in_ns "! '$load' --shrink '$conf' >'$work/full'
	grep -qE 'aomine.conf:[1-9][0-9]*: .*flow4_.* element .*the set is full' '$work/full'"
is "with a listener of our own" in_ns "'$load' --listen '$work/a.conf'"
is "a foreign table stays as it is" in_ns "nft add table ip other
	nft add chain ip other c '{ type filter hook forward priority 0; }'
	nft add rule ip other c tcp dport '{ 1, 2 }' accept
	nft list table ip other >'$work/before'; '$load' '$conf'; '$load' $own '$conf'
	nft list table ip other | cmp - '$work/before'"
is "probe, events, adoption, expiry" in_ns "'$kernel'"

echo "nft_codec: $passed passed, $failed failed"
[ "$failed" = 0 ]
