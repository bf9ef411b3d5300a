#!/bin/bash
# How soon a change of the tables is found and undone, with FLOWS flows and ownership off: 21 kinds
# of changes, ROUNDS times each, beside a bare program that only commits and one that only listens,
# in the same run; and the full verification beside a bare dump of the same tables.
#
#   tamper.sh [BUILD [FLOWS [ROUNDS]]]
set -euo pipefail
cd "$(dirname "$0")/../.."
b=${1:-build/release} flow_count=${2:-100000} rounds=${3:-50}
if [ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null; then
	echo "SKIPPED tamper: needs root for network namespaces"
	exit 0
fi
dir=$(mktemp -d) ns=bt$$ pid=
cleanup() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null || true
	ip netns del "$ns" 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
ip netns add "$ns"
mkdir "$dir/state" "$dir/run" "$dir/log"
"$b/tools/make_policy" "$flow_count" >"$dir/p.conf"
echo 'enforce: { own-tables = false; };' >>"$dir/p.conf"
status() { "$b/sekishoctl" status --json --socket "$dir/run/control" 2>/dev/null | jq -r "$1"; }
ip netns exec "$ns" "$b/sekishod" -c "$dir/p.conf" --state "$dir/state" --run "$dir/run" \
	--log "$dir/log" 2>"$dir/err" &
pid=$!
until [ "$(status .proof.shape)" = true ]; do
	kill -0 "$pid" 2>/dev/null || { cat "$dir/err"; exit 1; }
done
ip netns exec "$ns" "$b/tools/tamper_rate" "$dir/run/control" "$pid" "$rounds" | tee "$dir/out"
"$b/sekishoctl" verify --socket "$dir/run/control" >/dev/null
echo "full verification $(status '.proof.shape_took_ms * 1000 | floor')"
awk -v verified="$(status '.proof.shape_took_ms * 1000 | floor')" '
	/^all / { commit = $3; commit99 = $4; bare = $5; bare99 = $6; found = $7; found99 = $8; undone = $9; undone99 = $10 }
	/^bare dump/ { dump = $3 }
	function judge(what, ratio, most) {
		printf "%-58s %6.2f  (at most %d)%s\n", what, ratio, most, ratio <= most ? "" : "  MISSED"
		missed = missed || ratio > most
	}
	END {
		judge("found / bare listener, median", found / bare, 3)
		judge("undone / (bare listener + bare commit), median", undone / (bare + commit), 10)
		judge("found / bare listener, 99th percentile", found99 / bare99, 10)
		judge("undone / (bare listener + bare commit), 99th percentile", undone99 / (bare99 + commit99), 10)
		judge("full verification / bare dump", verified / dump, 4)
		exit missed
	}' "$dir/out"
