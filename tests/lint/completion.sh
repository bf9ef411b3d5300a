#!/bin/bash
# The completion offers what sekishoctl takes: each verb and option of ctl/main.c, and no other.
set -euo pipefail
cd "${SEKISHO_ROOT:-$(dirname "$0")/../..}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
good() { printf 'ok   completion: %s\n' "$1"; passed=$((passed + 1)); }
bad() { printf 'FAIL completion: %s\n' "$1"; failed=$((failed + 1)); }

# shellcheck source=/dev/null
source completion/sekishoctl

# offered WORD... : what is offered for the last of the words, in order
offered() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_sekishoctl 2>/dev/null
	((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | tr '\n' ' '
	return 0
}

# expect WHAT WANTED WORD...
expect() {
	local what=$1 wanted got
	wanted=$(tr ' ' '\n' <<<"$2" | sed '/^$/d' | LC_ALL=C sort | tr '\n' ' ')
	shift 2
	got=$(offered "$@")
	if [[ $got == "$wanted" ]]; then good "$what"; else bad "$what: offered \"$got\", wanted \"$wanted\""; fi
}

# { "check", "[--print] …", …, "atjh", … of the table in ctl/main.c
verbs=$(sed -n '/^const struct verb verbs/,/^};/s/^\t{ "\([a-z]*\)".*/\1/p' ctl/main.c)
expect 'every verb' "$(echo $verbs) --help --version" sekishoctl ''
expect 'verbs by their beginning' 'check compile' sekishoctl 'c'
for verb in $verbs; do
	[[ $verb == help ]] && continue
	usage=$(sed -n '/^const struct verb verbs/,/^};/p' ctl/main.c |
		sed -n "/{ \"$verb\"/s/[^,]*, \"\([^\"]*\)\".*/\1/p")
	options=$(grep -oE -- '--[a-z]+' <<<"$usage" | sort -u | tr '\n' ' ' || true)
	# version takes --json without telling in its usage
	[[ $verb == version ]] && options=--json
	expect "options of $verb" "$options --help" sekishoctl "$verb" --
done
expect 'verbs for help' "$(echo $verbs)" sekishoctl help ''
expect 'values of --format' 'nft json' sekishoctl compile --format ''
expect 'values of --proto' 'tcp udp icmp' sekishoctl explain --proto ''
touch "$work/a.conf" "$work/b.txt"
expect 'files that are policies' "$work/a.conf" sekishoctl check "$work/"
expect 'both files of diff' "$work/a.conf" sekishoctl diff x.conf "$work/a"
expect 'no value where there is none to offer' '' sekishoctl explain --from ''

echo "completion: $passed passed, $failed failed"
((failed == 0))
