#!/bin/sh
# Finds every message in the source and merges it into po/ja.po: new ones come untranslated, so
# that tests/lint/po.sh names them; gone ones are dropped.
set -eu
cd "$(dirname "$0")/.."
pot=$(mktemp)
trap 'rm -f "$pot"' EXIT
find lib ctl daemon -name '*.c' 2>/dev/null | LC_ALL=C sort |
	xgettext --from-code=UTF-8 --language=C --keyword=_ --keyword=N_ --no-location \
		--sort-output --package-name=sekisho --files-from=- --output="$pot"
sed -i 's/charset=CHARSET/charset=UTF-8/' "$pot"
msgmerge --quiet --no-fuzzy-matching --sort-output --no-location --update --backup=none po/ja.po "$pot"
msgattrib --no-obsolete --sort-output -o po/ja.po po/ja.po
msgfmt --check-format --statistics -o /dev/null po/ja.po
