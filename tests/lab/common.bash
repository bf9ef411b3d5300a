# What the packet tests share: a town of their own, the ruleset of a time in it, the probe as a
# coprocess, the counters of the gateway before and after, and the counting of passed and failed.
# To be sourced; test_begin NAME BUILD TOWN comes first, test_end last.
# shellcheck shell=bash

LAB=tests/lab/lab.sh

skip() {
	echo "SKIPPED $test_name: $1"
	echo "$test_name: 0 passed, 0 failed"
	exit 0
}

test_begin() { # NAME BUILD TOWN
	test_name=$1 town=$3 prefix="t${1:0:3}$$"
	export LAB_BUILD=$2 LAB_RUN=${LAB_RUN:-/run/sekisho-lab}
	passed=0 failed=0
	[ "$(id -u)" = 0 ] || skip "needs root for network namespaces"
	for program in nft ip sysctl; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
	[ -x "$LAB_BUILD/tools/lab_probe" ] || skip "$LAB_BUILD/tools/lab_probe is not built"
	work=$(mktemp -d)
	trap test_clean EXIT
	trap 'exit 130' INT TERM HUP
	unshare -n true 2>/dev/null || skip "network namespaces are not permitted here"
	"$LAB" up "$town" "$prefix" || exit 1
	policy=$(sed -n 's/^policy[[:space:]]*//p' "tests/lab/towns/$town/town")
}

test_clean() {
	[ -z "${probe_PID-}" ] || kill "$probe_PID" 2>/dev/null
	"$LAB" down "$town" "$prefix"
	rm -rf "$work"
}

test_end() {
	echo "$test_name: $passed passed, $failed failed"
	[ "$failed" = 0 ]
}

ok() {
	passed=$((passed + 1))
	echo "ok   $1"
}

bad() { # WHAT, and why on the lines of standard input
	failed=$((failed + 1))
	echo "FAIL $1"
	sed 's/^/     /' | head -n 20
}

is() { # WHAT WANTED GOT
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		bad "$1" <<<"wanted: $2, got: $3"
	fi
}

gateway() { ip netns exec "$prefix-gateway" "$@"; }

# LAB_BREAK, a sed script, breaks the compiled text: so that a test can be seen to fail.
load() { # TIME
	"$LAB_BUILD/sekishoctl" compile --at "$1" "$policy" >"$work/ruleset.nft" || return 1
	[ -z "${LAB_BREAK-}" ] || sed -E -i "$LAB_BREAK" "$work/ruleset.nft"
	gateway nft -f "$work/ruleset.nft"
}

# NAME PACKETS, sorted, of every counter that refuses
counters() {
	gateway nft list counters | awk '$1 == "counter" { name = $2 }
		$1 == "packets" { print name, $2 }' | sort
}

counters_mark() { counters >"$work/before"; }

# NAME PACKETS of those that grew since counters_mark
counters_grown() {
	counters | join "$work/before" - | awk '$3 != $2 { print $1, $3 - $2 }'
}

# The probe listens to what `probe` says and answers until "done".
probe_start() {
	coproc probe { exec "$LAB_BUILD/tools/lab_probe" "$LAB_RUN/$prefix.plan" "$prefix"; }
	# other numbers: bash closes a coprocess's own in pipes and subshells
	exec {probe_in}>&"${probe[1]}" {probe_out}<&"${probe[0]}"
}

probe() { # COMMANDS…, one an argument; tells the results on standard output
	local line
	printf '%s\n' "$@" run >&"$probe_in"
	while IFS= read -r line <&"$probe_out"; do
		[ "$line" = "done" ] && return 0
		printf '%s\n' "$line"
	done
	echo "lost the probe"
	return 1
}

declare -A opened # flows that were once seen to pass

# At TIME: which flows are what, and who is to answer; of ranges the first and the last port
flows_plan() { # TIME
	"$LAB_BUILD/tools/lab_plan" flows "$policy" "$1" |
		awk '{ print } $9 != $7 { $7 = $9; print }' >"$work/flows"
	awk 'NR == FNR { if ($8 == "host") ns[$4] = $2; if ($1 == "addr") ns[$3] = $2; next }
		$4 != "icmp" { print "serve", ns[$6], $4, $6, $7 }' \
		"$LAB_RUN/$prefix.plan" "$work/flows" | sort -u >"$work/serve"
}

flows_try() { awk -v open="$1" '($2 == "open") == open { print "try", $1, $3, $4, $5, $6, $7 }' \
	"$work/flows"; }

# The open ones: a second is allowed for an answer, and none needs it.
flows_pass() { # TIME
	local id state seen
	counters_mark
	mapfile -t commands < <(echo "wait 1000"; cat "$work/serve"; flows_try 1)
	while read -r id state seen; do
		opened[$id]=yes
		is "$1 $id passes and is answered" "answered seen" "$state $seen"
	done < <(probe "${commands[@]}")
	is "$1 nothing was refused meanwhile" "" "$(counters_grown)"
}

SEED=${SEED:-$((16#$(git rev-parse --short=7 HEAD 2>/dev/null || echo 7)))}

# COUNT attempts that nothing permits at TIME; the same ones for the same SEED
others_refused() { # TIME COUNT
	local refused
	"$LAB_BUILD/tools/lab_plan" others "$policy" "$1" "$SEED" "$2" >"$work/others"
	mapfile -t commands <"$work/others"
	is "$1 there are $2 attempts" "$2" "${#commands[@]}"
	counters_mark
	probe "${commands[@]}" >"$work/results"
	counters_grown >"$work/grown"
	refused=$(grep -c '^x[0-9]* silent unseen$' "$work/results")
	is "$1 each is silent, and seen by nobody" "$2" "$refused"
	grep -v ' silent unseen$' "$work/results" | head -n 10 | tee "$work/others.bad" |
		sed 's/^/     /'
	while read -r id _; do
		grep "^try $id " "$work/others" | sed 's/^/     /'
	done <"$work/others.bad"
	is "$1 each was counted where it belongs" \
		"$(awk '{ n[$8]++ } END { for (c in n) print c, n[c] }' "$work/others" | sort)" \
		"$(cat "$work/grown")"
}
