#!/bin/bash
# What a reader of the source may rely on: no file over 600 lines, no function over 70, no blank
# at the end of a line, a comment at the top of each file, and none of the calls that have no
# place in lib/ and ctl/ (local time depends on the machine; system() and popen() run a shell;
# the others write without knowing how much room there is).
set -euo pipefail
cd "${SEKISHO_ROOT:-$(dirname "$0")/../..}"

FILE_LINES_MOST=600
FUNCTION_LINES_MOST=70
passed=0 failed=0
good() { printf 'ok   style: %s\n' "$1"; passed=$((passed + 1)); }
bad() { printf 'FAIL style: %s\n' "$1"; failed=$((failed + 1)); }

# each LINE of standard input is a fault; none: WHAT holds
judge() {
	local any=0 line
	while IFS= read -r line; do
		bad "$line"
		any=1
	done
	((any)) || good "$1"
}

dirs=()
for dir in lib ctl daemon tests; do [[ -d $dir ]] && dirs+=("$dir"); done
code=()
for dir in lib ctl daemon; do [[ -d $dir ]] && code+=("$dir"); done
mapfile -t files < <(find "${dirs[@]}" -name '*.[ch]' | LC_ALL=C sort)
mapfile -t ours < <(find "${code[@]}" -name '*.[ch]' | LC_ALL=C sort)

judge "no file over $FILE_LINES_MOST lines" < <(
	for file in "${files[@]}"; do
		lines=$(wc -l <"$file")
		((lines <= FILE_LINES_MOST)) || echo "$file: $lines lines; $FILE_LINES_MOST are enough"
	done
)

# A function begins with { in the first column after a line that is no data, and ends with }.
judge "no function over $FUNCTION_LINES_MOST lines" < <(awk -v most="$FUNCTION_LINES_MOST" '
	FNR == 1 { before = ""; name = "" }
	/^\{/ && before ~ /\)/ { name = head; start = FNR }
	/^\}/ && name != "" {
		if (FNR - start - 1 > most)
			printf "%s:%d: %s is %d lines long; %d are enough\n", FILENAME, start, name,
				FNR - start - 1, most
		name = ""
	}
	/^[A-Za-z_].*\(/ { head = $0; sub(/\(.*/, "", head); sub(/.*[ *]/, "", head) }
	{ before = $0 }
' "${files[@]}")

judge 'no trailing blanks' < <(
	grep -nE '[[:blank:]]+$' "${files[@]}" |
		sed -E 's/^([^:]*:[0-9]+):.*/\1: blanks at the end of the line/'
)

judge 'each file begins by saying what it is' < <(
	for file in "${files[@]}"; do
		[[ $(head -n 1 "$file") == '/*'* ]] ||
			echo "$file: does not begin with a comment that says what it is"
	done
)

judge 'none of the calls without a place here' < <(
	grep -nE '(^|[^A-Za-z0-9_])(gmtime|gmtime_r|localtime|localtime_r|system|popen|strcpy|strcat|sprintf|vsprintf|gets)[[:space:]]*\(' \
		"${ours[@]}" | sed -E 's/$/  (not here)/'
)

echo "style: $passed passed, $failed failed"
((failed == 0))
