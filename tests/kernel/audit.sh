#!/bin/bash
# The audit of connections and the real kernel's table: 100,000 connections against 100,000 flows,
# with a handful among them that no flow permits; how long that takes, and what of it is removed.
# In namespaces of its own. (Real packets: tests/packet/connections.sh.)
#
# usage: audit.sh [BUILD_DIR] [FLOWS]
# shellcheck disable=SC2016 # what unshare runs is expanded there
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build/debug} flows=${2:-100000}

skip() {
	echo "SKIP audit: $1"
	exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root for network namespaces"
command -v conntrack >/dev/null || skip "conntrack is not installed"
unshare -n true 2>/dev/null || skip "network namespaces are not permitted here"
make -s FLAVOUR="$(basename "$build")" tools >/dev/null || exit 1
unshare -n conntrack -L >/dev/null 2>&1 # has the modules loaded
most=$(cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null || echo 0)
if [ "$most" -lt $((flows * 2)) ]; then
	echo "SKIP audit: the figure of $flows: nf_conntrack_max is $most here; fewer are tried"
	flows=$((most > 8000 ? most / 4 : 2000))
fi
audit=$PWD/$build/tools/audit_kernel

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0
is() { # WHAT WANTED GOT
	if [ "$2" = "$3" ]; then
		echo "ok   $1"
		passed=$((passed + 1))
	else
		echo "FAIL $1"
		diff <(echo "$2") <(echo "$3") | head -n 20
		failed=$((failed + 1))
	fi
}

# One connection of each flow of make_policy, with its number, and five of nothing
"$build/tools/make_policy" "$flows" >"$work/p.conf"
sed -nE 's/^  F([0-9]+): .* from = "h([0-9]+)"; to = "h([0-9]+)"; .*ports = \[([0-9]+)\].*/\1 \2 \3 \4/p' \
	"$work/p.conf" | awk '
	function ip(h) { return "10.20." int(h / 80) "." h % 80 + 10 }
	function say(from, to, port, mark) {
		print "-I -p tcp -s", from, "-d", to, "--sport", 40000, "--dport", port, "-t 3000",
			"--state ESTABLISHED", mark ? "-m " mark : ""
	}
	{ say(ip($2), ip($3), $4, $1 + 1); last = $1 + 1 }
	END {
		say("10.20.0.10", "10.20.1.10", 9, 1)
		say("10.20.0.10", "10.20.1.10", 10, 0)
		say("10.20.0.10", "10.20.1.10", 11, last + 100)
		say("10.99.0.1", "10.20.1.10", 1024, 5)
		say("10.20.1.10", "10.20.0.10", 1024, 1)
	}' >"$work/entries"
at=2026-12-01T09:00:00+09:00
export audit work at
unshare -n bash -uc 'conntrack -R "$work/entries" >/dev/null 2>&1
	"$audit" "$work/p.conf" $at look | sort
	setpriv --bounding-set -all,+net_admin "$audit" "$work/p.conf" $at look -q 2>/dev/null
	setpriv --bounding-set -net_admin "$audit" "$work/p.conf" $at look
	"$audit" "$work/p.conf" $at remove -q
	"$audit" "$work/p.conf" $at look -q
	"$audit" "$work/p.conf" $at remove -q all' >"$work/out" 2>"$work/took"
cat >"$work/wanted" <<W
seen $((flows + 5)), illegitimate 5, removed 0, not judged 0
tcp 10.20.0.10:40000 → 10.20.1.10:10 (mark 0): no flow let it begin
tcp 10.20.0.10:40000 → 10.20.1.10:11 (mark $((flows + 100))): its mark is the number of no flow
tcp 10.20.0.10:40000 → 10.20.1.10:9 (mark 1): it carries the mark of F0, which does not permit it
tcp 10.20.1.10:40000 → 10.20.0.10:1024 (mark 1): it carries the mark of F0, which does not permit it
tcp 10.99.0.1:40000 → 10.20.1.10:1024 (mark 5): it carries the mark of F4, which does not permit it
seen $((flows + 5)), illegitimate 5, removed 0, not judged 0
W-TRACK connections that stand cannot be examined (cannot read the connections: Operation not permitted): the ruleset alone ends them — this needs CAP_NET_ADMIN
the second time: said 0 more
seen $((flows + 5)), illegitimate 5, removed 5, not judged 0
seen $flows, illegitimate 0, removed 0, not judged 0
seen $flows, illegitimate $flows, removed $flows, not judged 0
W
is "of $flows good ones and five others the five are found (CAP_NET_ADMIN is enough, and needed), then removed, then all" \
	"$(cat "$work/wanted")" "$(cat "$work/out")"
sed "s/^/     $flows connections, $flows flows: /" "$work/took"
# thrice the aim, for machines that have other things to do
is "the audit takes no three seconds" yes \
	"$(awk 'NR < 4 && $1 > 3000 { slow = 1 } END { print slow ? "no" : "yes" }' "$work/took")"

echo "audit: $passed passed, $failed failed"
[ "$failed" = 0 ]
