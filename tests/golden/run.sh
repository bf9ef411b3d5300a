#!/bin/bash
# The example policies are the test: what sekishoctl says of each of them, in both languages, and
# the ruleset it makes of those it accepts, compared with what is kept here.
#
#   tests/golden/run.sh BUILD_DIR            compare; exit 1 if anything differs
#   tests/golden/run.sh --update BUILD_DIR   write down what is said now
#
# check/NAME.LANG.txt   check: what it prints and its status
# compile/NAME.nft      compile: the ruleset
# diff/NAME.LANG.txt    diff: what it prints of two files and its status; diff/NAME.json for programs
# prove/NAME.LANG.txt   prove: what it says of a ruleset that a daemon once dumped, of the same with
#                       something done to it, and of what is no dump
# Besides, without a file: the canonical form read and printed again is the same, and every
# refusal names its own code, at the line marked in the file, as text and as JSON.
set -u
cd "$(dirname "$0")/../.." || exit 2

update=false
[ "${1-}" = --update ] && { update=true; shift; }
build=${1:?usage: tests/golden/run.sh [--update] BUILD_DIR}
ctl=$build/sekishoctl
[ -x "$ctl" ] || { echo "golden: no $ctl" >&2; exit 2; }
gold=tests/golden
at=2026-11-21T12:00:00+09:00 # the day on which the examples are judged
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
declare -A known

accepted=(conf/sekisho.conf conf/examples/*.conf conf/examples/models/{alpha,beta}*.conf)
warned=(conf/examples/warned/*.conf)
refused=(conf/examples/refused/*.conf conf/examples/refused/more/*.conf)

pass() { passed=$((passed + 1)); }
fail() { # WHAT [FILE to show]
	failed=$((failed + 1))
	echo "golden: FAILED: $1"
	[ $# -lt 2 ] || sed 's/^/    /' "$2"
}

# What a command prints and its status; the words of both streams, as people see them.
said() { # LOCALE OUTPUT VERB ARGS…
	local locale=$1 output=$2
	shift 2
	env LC_ALL="$locale" NO_COLOR=1 "$ctl" "$@" >"$output" 2>&1 </dev/null
	echo "status $?" >>"$output"
}

same() { # WHAT GOLDEN FOUND
	known[$2]=1
	if $update; then
		mkdir -p "${2%/*}" && cp "$3" "$2" && pass
	elif [ ! -f "$2" ]; then
		fail "$1: no $2 (run.sh --update writes it)"
	elif diff -u "$2" "$3" >"$work/diff"; then
		pass
	else
		fail "$1" "$work/diff"
	fi
}

# What is said of a dump, on standard input; without how much work it was, and without what is any
# value of many in a packet.
proved() { # NAME OPTIONS…
	local name=$1 lang locale
	shift
	cat >"$work/dump"
	for lang in en ja; do
		locale=C.UTF-8
		[ $lang = en ] || locale=ja_JP.UTF-8
		env LC_ALL=$locale NO_COLOR=1 "$ctl" prove conf/examples/aomine-gc.conf --ruleset - "$@" \
			<"$work/dump" >"$work/said" 2>&1
		echo "status $?" >>"$work/said"
		sed -Ei -e 's/^( *"(took_ms|ways|permissions|pieces|oif_type|ether_to|ether_next|transport_0)": )[^,]*/\1…/' \
			-e '/^(looked at|調べたもの)/s/[0-9]+/…/g' "$work/said"
		same "prove $name in $lang" "$gold/prove/$name.$lang.txt" "$work/said"
	done
}

# The dump with a rule at the head of the forward chain, of these lines.
with_rule() { # DUMP EXPRESSION…
	local dump=$1
	shift
	printf '%s\n' 'rule comment="for a test" handle=999' "$@" | awk '
		NR == FNR { lines = lines $0 "\n"; exprs = FNR - 1; next }
		/^end / { for (i = 2; i <= NF; i++) {
			split($i, count, "=")
			if (count[1] == "rules") $i = "rules=" (count[2] + 1)
			if (count[1] == "exprs") $i = "exprs=" (count[2] + exprs) } }
		{ print }
		/^table / { inet = /family=inet/ }
		inet && /^chain name="forward" is_base=true/ { printf "%s", lines }' - "$dump"
}

name_of() { local name=${1##*/}; echo "${name%.conf}"; }

checked() { # FILE
	local name
	name=$(name_of "$1")
	said C.UTF-8 "$work/said" check --at $at "$1"
	same "check $1 in English" "$gold/check/$name.en.txt" "$work/said"
	said ja_JP.UTF-8 "$work/said" check --at $at "$1"
	same "check $1 in Japanese" "$gold/check/$name.ja.txt" "$work/said"
}

compiled() { # FILE
	if env LC_ALL=C.UTF-8 "$ctl" compile --at $at "$1" >"$work/nft" 2>"$work/why" </dev/null
	then
		same "compile $1" "$gold/compile/$(name_of "$1").nft" "$work/nft"
	else
		fail "compile $1" "$work/why"
	fi
}

differed() { # NAME BEFORE AFTER
	said C.UTF-8 "$work/said" diff --at $at "$2" "$3"
	same "diff $1 in English" "$gold/diff/$1.en.txt" "$work/said"
	said ja_JP.UTF-8 "$work/said" diff --at $at "$2" "$3"
	same "diff $1 in Japanese" "$gold/diff/$1.ja.txt" "$work/said"
}

printed() { # FILE
	local from to
	for from in "$1" "$work/1.conf"; do
		[ "$from" = "$1" ] && to=$work/1.conf || to=$work/2.conf
		if ! "$ctl" check --print --at $at "$from" >"$to" 2>"$work/why" </dev/null; then
			cat "$to" >>"$work/why"
			fail "the print of $1 is not read again" "$work/why"
			return
		fi
	done
	if diff -u "$work/1.conf" "$work/2.conf" >"$work/diff"; then
		pass
	else
		fail "the print of $1 is no fixed point" "$work/diff"
	fi
}

# Errors of a JSON answer, "CODE LINE" each: an object's code and severity come before its line.
json_errors() {
	sed -n -e 's/^ *"code": "\([^"]*\)".*/code \1/p' -e 's/^ *"severity": "\([^"]*\)".*/severity \1/p' \
		-e 's/^ *"line": \([0-9]*\).*/line \1/p' "$1" |
		awk '$1 == "code" { code = $2 } $1 == "severity" { severity = $2 }
		     $1 == "line" && severity == "error" { print code, $2 }'
}

# Accepted, with warnings of the code that the file is named after, and no other.
warning() { # FILE
	local code found
	code=$(name_of "$1")
	if ! env LC_ALL=C.UTF-8 "$ctl" check --at $at "$1" >"$work/said" 2>&1 </dev/null; then
		fail "$1 is refused" "$work/said"
		return
	fi
	found=$(grep -oE '(warning|error) [A-Z0-9-]+' "$work/said" | sort -u)
	if [ "$found" = "warning $code" ]; then pass; else fail "$1 says: $found" "$work/said"; fi
}

refusal() { # FILE
	local name code mark line errors=0
	name=$(name_of "$1")
	code=E-${name#*E-}
	mark=$(grep -n 'ここが誤り / the mistake:' "$1" | cut -d: -f1)
	[ "$(echo "$mark" | wc -w)" = 1 ] || { fail "$1 marks no mistake, or several"; return; }
	said C.UTF-8 "$work/said" check --at $at "$1"
	env LC_ALL=C.UTF-8 "$ctl" check --json --at $at "$1" >"$work/json" 2>&1 </dev/null
	case $? in
	1) ;;
	*) fail "$1 is not refused" "$work/said"; return ;;
	esac
	json_errors "$work/json" >"$work/errors"
	while read -r found line; do
		errors=$((errors + 1))
		if [ "$found" != "$code" ] || ((line < mark || line > mark + 1)); then
			fail "$1: $found at line $line, but $code is marked at $mark" "$work/said"
			return
		fi
		grep -q "^$1:$line: .*$code" "$work/said" ||
			{ fail "$1: the text does not say $code at line $line" "$work/said"; return; }
	done <"$work/errors"
	if ((errors)); then pass; else fail "$1: no error in the JSON" "$work/json"; fi
}

for file in "${accepted[@]}"; do
	checked "$file"
	compiled "$file"
	printed "$file"
done
for file in "${refused[@]}"; do
	checked "$file"
	refusal "$file"
done

for file in "${warned[@]}"; do
	checked "$file"
	warning "$file"
done

differed sample $gold/diff/before.conf $gold/diff/after.conf
differed sample-back $gold/diff/after.conf $gold/diff/before.conf
differed same conf/examples/aomine.conf conf/examples/aomine.conf
differed gc conf/examples/aomine.conf conf/examples/aomine-gc.conf
differed models conf/examples/models/alpha-prime-a.conf conf/examples/models/beta.conf
said C.UTF-8 "$work/said" diff --json --at $at $gold/diff/before.conf $gold/diff/after.conf
same "diff for programs" "$gold/diff/sample.json" "$work/said"

dump=$gold/prove/aomine-gc.dump
proved as-taken <$dump
proved as-taken-json --json <$dump
proved another-time --at $at <$dump # a flow is closed then, and its element is there
port=('meta key=l4proto slot=4' 'cmp slot=4 op=== value=06' 'payload base=transport offset=2 bytes=2 slot=4')
# all that a packet is shown by, so that there is one to show
one=('meta key=iifname slot=4' 'cmp slot=4 op=== value=65746831000000000000000000000000'
	'meta key=oifname slot=4' 'cmp slot=4 op=== value=65746832000000000000000000000000'
	'meta key=iiftype slot=4' 'cmp slot=4 op=== value=0100'
	'payload base=link offset=6 bytes=6 slot=4' 'cmp slot=4 op=== value=00005e00535b'
	'meta key=nfproto slot=4' 'cmp slot=4 op=== value=02'
	'payload base=network offset=12 bytes=8 slot=4' 'cmp slot=4 op=== value=0a0a800a0a0a9004'
	"${port[@]}" 'cmp slot=4 op=== value=115c' 'verdict code=accept')
proved opened < <(with_rule $dump "${one[@]}")
proved opened-json --json < <(with_rule $dump "${one[@]}")
proved stopped < <(with_rule $dump "${port[@]}" 'cmp slot=4 op=== value=2153' 'verdict code=drop')
proved not-understood < <(with_rule $dump 'unknown name="osf" raw=00 into=0' 'verdict code=drop')
proved no-such-chain < <(with_rule $dump 'verdict code=jump chain="gone"')
proved torn < <(head -n 100 $dump)
proved no-such-register < <(sed '0,/ slot=4/s// slot=77/' $dump)
proved no-dump <conf/examples/aomine-gc.conf

# the commented examples of what a fresh install starts from
sed -E 's/^  # ( *([A-Za-z][A-Za-z0-9-]*:? +[{=]|purpose ).*)/  \1/' conf/sekisho.conf >"$work/first.conf"
if grep -q '^  F01:' "$work/first.conf" &&
	"$ctl" check --at $at "$work/first.conf" >"$work/why" 2>&1 </dev/null; then
	pass
else
	fail "conf/sekisho.conf with its examples uncommented" "$work/why"
fi

# nothing is kept that no example makes
for kept in $gold/check/*.txt $gold/compile/*.nft $gold/diff/*.{txt,json} $gold/prove/*.txt; do
	[ -e "$kept" ] && [ -z "${known[$kept]-}" ] || continue
	if $update; then rm "$kept"; else fail "$kept belongs to no example"; fi
done

echo "golden: $passed passed, $failed failed"
[ $failed = 0 ]
