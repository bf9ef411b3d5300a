#!/bin/bash
# What is written for people is true: every key of lib/conf/schema.c and every word of
# lib/policy/words.c stands in sekisho.conf(5), every verb and option in sekishoctl(8), in both
# languages; the pages are sound; and what the READMEs tell people to type exists.
set -euo pipefail
cd "${SEKISHO_ROOT:-$(dirname "$0")/../..}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
good() { printf 'ok   docs: %s\n' "$1"; passed=$((passed + 1)); }
bad() { printf 'FAIL docs: %s\n' "$1"; failed=$((failed + 1)); }

judge() {
	local any=0 line
	while IFS= read -r line; do
		bad "$line"
		any=1
	done
	((any)) || good "$1"
}

# SECTION KEY WORDS_TABLE|- of each row of schema.c
schema_rows() {
	tr '\n\t' '  ' <lib/conf/schema.c | sed 's/SCHEMA(/\nSCHEMA(/g; s/{ "/\n{ "/g' | awk '
		/^SCHEMA\([a-z_]+, / { split($0, part, "\""); section = part[2] }
		/^\{ "[a-z0-9-]+", VALUE_/ {
			split($0, part, "\"")
			table = "-"
			if (match($0, /words_[a-z_0-9]+/)) table = substr($0, RSTART, RLENGTH)
			print section, part[2], table
		}'
}

# TABLE WORD of each row of words.c
word_rows() {
	tr '\n\t' '  ' <lib/policy/words.c | sed 's/WORDS(/\nWORDS(/g; s/\[[A-Z_0-9]*\] = { "/\n{ "/g' | awk '
		/^WORDS\([a-z_0-9]+, / { table = "words_" $0; sub(/WORDS\(/, "", table); sub(/,.*/, "", table) }
		/^\{ "/ { split($0, part, "\""); print table, part[2] }'
}

# SECTION KEY WORD|- of each entry of the manual page
page_rows() {
	awk '
		/^\.Sh / { section = "" }
		/^\.Ss / { section = $2; key = "" }
		section != "" && /^\.It Ic / { key = $3; print section, key, "-" }
		key != "" && /^\.Cm / { print section, key, $2 }
	' "$1"
}

schema=$(schema_rows) words=$(word_rows)
(($(wc -l <<<"$schema") > 100)) && good 'the keys of schema.c were found' || bad 'schema.c has a form that this script cannot read'
(($(wc -l <<<"$words") > 100)) && good 'the words of words.c were found' || bad 'words.c has a form that this script cannot read'

for page in man/sekisho.conf.5 man/ja/sekisho.conf.5; do
	judge "$page has every key and every word, and no other" < <(
		{
			awk '{ print $1, $2, "-" }' <<<"$schema"
			awk 'NR == FNR { list[$1] = list[$1] " " $2; next }
			     $3 != "-" { n = split(list[$3], word, " ")
					 for (i = 1; i <= n; i++) print $1, $2, word[i] }' \
				<(cat <<<"$words") <(cat <<<"$schema")
		} | LC_ALL=C sort >"$work/wanted"
		page_rows "$page" | LC_ALL=C sort >"$work/got"
		LC_ALL=C comm -23 "$work/wanted" "$work/got" | sed "s|^|$page lacks: |"
		LC_ALL=C comm -13 "$work/wanted" "$work/got" | sed "s|^|$page has what the language has not: |"
	)
done

verbs=$(sed -n '/^const struct verb verbs/,/^};/s/^\t{ "\([a-z]*\)".*/\1/p' ctl/main.c)
options=$(sed -n '/^static const struct option options/,/^};/p' ctl/main.c | grep -oE '"[a-z]+"' | tr -d '"')
for page in man/sekishoctl.8 man/ja/sekishoctl.8; do
	judge "$page has every verb and option" < <(
		for verb in $verbs; do
			grep -qE "^\.It Cm $verb$" "$page" || echo "$page lacks the verb $verb"
		done
		for option in $options; do
			grep -qE "^\.It .*Fl -$option( |$)" "$page" || echo "$page lacks the option --$option"
		done
		# keys of the JSON objects that ctl/ and report/ write
		grep -hoE '"[a-z_]+", *(json|letters|flows|zones|cells|symbols|exceptions|boxes|findings|changes|retimed)|set_(text|date)\(object, "[a-z_]+"' \
			ctl/*.c lib/report/matrix_json.c | grep -oE '"[a-z_]+"' | tr -d '"' | LC_ALL=C sort -u |
			while read -r key; do
				grep -qE "^\.(It )?Li .*\b$key\b" "$page" || echo "$page lacks the JSON key $key"
			done
	)
done

if command -v mandoc >/dev/null; then
	for page in man/*.[58]; do
		judge "$page is clean" < <(mandoc -Tlint -Wwarning "$page" 2>&1)
	done
	for page in man/ja/*.[58]; do # its sections have Japanese names, which mandoc warns of
		judge "$page is sound" < <(mandoc -Tlint -Werror -Kutf-8 "$page" 2>&1)
	done
else
	echo 'docs: mandoc is not installed: the pages were not checked for mdoc faults'
fi

for readme in README.md README.ja.md; do
	judge "$readme names only what exists" < <(
		# targets of make
		grep -oE '^(\$ )?make( [a-z-]+)?' "$readme" | sed -E 's/^\$ //; s/^make ?//' | sort -u |
			while read -r target; do
				grep -qE "^${target:-all}:" Makefile || echo "$readme: make $target: no such target"
			done
		# verbs of sekishoctl
		grep -oE 'sekishoctl [a-z]+' "$readme" | awk '{ print $2 }' | sort -u |
			while read -r verb; do
				grep -qx "$verb" <<<"$verbs" || echo "$readme: sekishoctl $verb: no such verb"
			done
		# files of the tree
		grep -oE '\b(conf|lib|tests|man|po|ctl|completion|debian)/[A-Za-z0-9_./-]*[A-Za-z0-9_/]' "$readme" |
			sort -u | while read -r path; do
				[[ -e $path ]] || echo "$readme: $path: no such file"
			done
	)
done

echo "docs: $passed passed, $failed failed"
((failed == 0))
