#!/bin/bash
# The demo is for people; this sees to it that they may be shown it: in both languages it says
# that all is as it should be, in lines that fit a screen and columns that stand; colours are for
# terminals; it notices when something is not as its line says; and it leaves nothing behind, nor
# when it is interrupted.
set -u
cd "$(dirname "$0")/../.." || exit 1
b=${1:-build/debug}
passed=0 failed=0
if [ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null; then
	echo "SKIPPED demo: needs root and network namespaces"
	echo "demo: 0 passed, 0 failed"
	exit 0
fi
dir=$(mktemp -d)
pid=
clean() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	wait
	rm -rf "$dir"
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
# everything that the demo makes lies here or is called after its pid
export TMPDIR=$dir/tmp LAB_RUN=$dir/lab DEMO_QUICK=1
unset LC_ALL LC_MESSAGES NO_COLOR

ok() { passed=$((passed + 1)); echo "ok   $1"; }
bad() { # WHAT, and why on standard input
	failed=$((failed + 1))
	echo "FAIL $1"
	tail -n 15 | sed 's/^/     /'
}
is() { # WHAT WANTED GOT
	if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" <<<"wanted: $2, got: $3"; fi
}

start() { # LOCALE COMMAND…: in a session of its own, which can be interrupted as by a keyboard
	mkdir -p "$TMPDIR"
	LANG=$1 setsid env --default-signal=INT "${@:2}" >"$dir/out" 2>&1 &
	pid=$!
}
finish() {
	wait "$pid"
	local status=$?
	pid=
	return $status
}
# Namespaces, processes and files of the demo whose pid this was
left() { # PID
	find /run/netns -maxdepth 1 -name "tdem$1-*" 2>/dev/null
	find "$TMPDIR" "$LAB_RUN" -mindepth 1 2>/dev/null
	pgrep -a -f -- "$dir"
}

# Every text is there in both languages, and takes the same values.
complete() {
	awk '/^#/ || /^$/ { next }
		/^(en|ja) / { n[key, $1] += gsub(/%s/, ""); there[key, $1] = 1; next }
		{ key = $0; if (key in keys) print key, "twice"; keys[key] = 1 }
		END { for (key in keys) if (!((key, "en") in there) || !((key, "ja") in there) ||
			n[key, "en"] != n[key, "ja"]) print key }' tests/lab/demo/words
}

# What does not fit 80 columns, and results that do not stand in one column
shape() {
	python3 - "$dir/out" <<-'P'
		import sys, unicodedata
		def width(text):
		    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
		marks = set()
		for line in open(sys.argv[1], encoding="utf-8").read().splitlines():
		    if width(line) > 80 or "\x1b" in line or "[why." in line:
		        print(line)
		    row = line.split(" → ")
		    if line.startswith("  ") and line[2] != " " and len(row) == 2:
		        marks.add((width(row[0]), width(row[1]) - width(row[1].split("/")[1]) - 4))
		if len(marks) != 1:
		    print("columns:", marks)
	P
}

shown() { # LOCALE LAST
	local demo
	start "$1" tests/lab/demo.sh "$b"
	demo=$pid
	if finish; then ok "$1: it is shown"; else bad "$1: it is shown" <"$dir/out"; fi
	if grep -q "$2" "$dir/out"; then ok "$1: all measured"; else bad "$1: all measured" <"$dir/out"; fi
	is "$1: lines fit, columns stand, no colours" "" "$(shape)"
	is "$1: every act is shown" 7 "$(grep -cE '^[1-7]\. ' "$dir/out")"
	is "$1: nothing is left" "" "$(left "$demo")"
}

# A policy in which one line of the demo is not true; and the terminal of somebody who wants no
# colours
notices() {
	local demo
	DEMO_BREAK='s/^\( *F05: .*ports = \)\[22\]/\1[2222]/' NO_COLOR=1 TERM=xterm start C.UTF-8 \
		script -qefc "tests/lab/demo.sh $b" /dev/null
	demo=$pid
	finish
	is "a line that is not so is told, with status 1" "1 yes" \
		"$? $(grep -q '^NOT AS IT SHOULD BE' "$dir/out" && grep -q '^  !! ' "$dir/out" && echo yes)"
	is "with NO_COLOR there are none on a terminal" 0 "$(grep -c $'\e' "$dir/out")"
	is "nothing is left of that" "" "$(left "$demo")"
}

coloured() {
	local demo
	TERM=xterm start C.UTF-8 script -qefc "tests/lab/demo.sh $b" /dev/null
	demo=$pid
	finish
	is "on a terminal there are colours" "0 yes" "$? $(grep -q $'\e\\[32m' "$dir/out" && echo yes)"
	is "nothing is left of that either" "" "$(left "$demo")"
}

interrupted() { # WHEN PATTERN: Ctrl-C when the demo says it
	local demo status
	start C.UTF-8 tests/lab/demo.sh "$b"
	demo=$pid
	tail -n +1 -f --pid="$demo" "$dir/out" 2>/dev/null | grep -m 1 "$2" >/dev/null
	kill -INT -- "-$demo" 2>/dev/null
	finish
	status=$?
	if [ $status = 130 ]; then
		ok "interrupted $1 it ends"
	else
		{ echo "status $status, not 130"; cat "$dir/out"; } | bad "interrupted $1 it ends"
	fi
	is "and leaves nothing" "" "$(left "$demo")"
}

is "every text is there in both languages" "" "$(complete)"
shown C.UTF-8 '^All [0-9]* results'
shown ja_JP.UTF-8 '^以上 [0-9]* 件'
coloured
notices
interrupted "at its first word" 'Sekisho'
interrupted "while the daemon starts" 'sekishod -c'
interrupted "while connections are open" '^4'
echo "demo: $passed passed, $failed failed"
[ "$failed" = 0 ]
