#!/bin/bash
# Everything that people read can be read in Japanese: po/ja.po is sound, and every message of
# the source is in it, translated and not guessed.
set -euo pipefail
cd "${SEKISHO_ROOT:-$(dirname "$0")/../..}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
good() { printf 'ok   po: %s\n' "$1"; passed=$((passed + 1)); }
bad() { printf 'FAIL po: %s\n' "$1"; failed=$((failed + 1)); }

if msgfmt -c --check-format -o "$work/ja.mo" po/ja.po 2>"$work/err"; then
	good 'po/ja.po is sound, formats agree'
else
	bad "po/ja.po: $(head -n 3 "$work/err")"
fi

dirs=()
for dir in lib ctl daemon; do [[ -d $dir ]] && dirs+=("$dir"); done
find "${dirs[@]}" -name '*.c' | LC_ALL=C sort |
	xgettext --from-code=UTF-8 --language=C --keyword=_ --keyword=N_ --files-from=- \
		-o "$work/all.pot" 2>/dev/null
msgmerge --quiet --no-fuzzy-matching -o "$work/merged.po" po/ja.po "$work/all.pot"

# names the places, at most ten
places() { grep -E '^#: ' "$1" | head -n 10 | sed 's/^#: //' | tr '\n' ' '; }
msgattrib --untranslated --no-obsolete "$work/merged.po" >"$work/missing.po"
count=$(grep -c '^#: ' "$work/missing.po" || true)
if [[ -s $work/missing.po ]]; then
	bad "$count messages have no Japanese: $(places "$work/missing.po")"
else
	good 'every message has its Japanese'
fi
msgattrib --only-fuzzy --no-obsolete "$work/merged.po" >"$work/fuzzy.po"
if [[ -s $work/fuzzy.po ]]; then
	bad "guessed translations: $(places "$work/fuzzy.po")"
else
	good 'no translation is a guess'
fi

echo "po: $passed passed, $failed failed"
((failed == 0))
