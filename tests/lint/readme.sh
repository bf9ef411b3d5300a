#!/bin/bash
# What the READMEs show is what the commands show: each ```console block is run and compared
# (standard output alone, in the language of the page).
#
# usage: readme.sh [BUILD_DIR [--write]]; --write puts the present output into the pages
set -euo pipefail
build=${1:-build/debug}
write=${2:-}
cd "${SEKISHO_ROOT:-$(dirname "$0")/../..}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
good() { printf 'ok   readme: %s\n' "$1"; passed=$((passed + 1)); }
bad() { printf 'FAIL readme: %s\n' "$1"; failed=$((failed + 1)); }

# The page as it should be.
render() {
	local inside=0 line command
	while IFS= read -r line; do
		if ((inside)) && [[ $line == '$ '* ]]; then
			printf '%s\n' "$line"
			command=${line#??}
			# a refusal is an answer, too
			LC_ALL=$2 bash -c "${command//build\/debug\//$build/}" 2>>"$work/err" || true
			continue
		fi
		[[ $line == '```' ]] && inside=0
		((inside)) && continue
		[[ $line == '```console' ]] && inside=1
		printf '%s\n' "$line"
	done <"$1"
}

for page in README.md:C.UTF-8 README.ja.md:ja_JP.UTF-8; do
	file=${page%%:*}
	render "$file" "${page#*:}" >"$work/page" 2>/dev/null
	if [[ $write == --write ]]; then
		cp "$work/page" "$file"
	fi
	if diff -u "$file" "$work/page" >"$work/diff"; then
		good "$file shows what its commands show"
	else
		bad "$file differs from what its commands show (readme.sh $build --write renews it):"
		cat "$work/diff"
	fi
done

echo "readme: $passed passed, $failed failed"
((failed == 0))
