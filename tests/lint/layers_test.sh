#!/bin/bash
# layers.sh can fail: a tree with one planted violation of each kind is found out, and the same
# tree without it is not.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0
good() { printf 'ok   layers_test: %s\n' "$1"; passed=$((passed + 1)); }
bad() { printf 'FAIL layers_test: %s\n' "$1"; failed=$((failed + 1)); }

plant_nothing() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree"
	tar -C "$here/../.." -cf - lib ctl | tar -C "$work/tree" -xf -
	mkdir -p "$work/tree/build" "$work/tree/lib/proof" "$work/tree/lib/nft"
	printf 'int main(void) { return 0; }\n' >"$work/tree/main.c"
	cc -c -o "$work/tree/build/sekishoctl" "$work/tree/main.c"
}

layers() { SEKISHO_ROOT=$work/tree "$here/layers.sh" "$work/tree/build" >"$work/out" 2>&1; }

# expect_red WHAT FILE INCLUDE MESSAGE
expect_red() {
	plant_nothing
	printf '#include %s\n' "$3" >>"$work/tree/$2"
	if layers; then
		bad "$1 was not found"
	elif ! grep -qF "$2" "$work/out" || ! grep -qF "$4" "$work/out"; then
		bad "$1 was found, but not said: $(grep FAIL "$work/out" | head -n 1)"
	else
		good "$1 is found"
	fi
}

plant_nothing
if layers; then
	good 'the tree as it is is clean'
else
	bad "the tree as it is: $(grep FAIL "$work/out" | head -n 3)"
fi

expect_red 'base that knows a policy' lib/base/buf.c '"policy/policy.h"' 'base/ must not know policy/'
expect_red 'policy that knows conf' lib/policy/policy.c '"conf/conf.h"' 'policy/ must not know conf/'
expect_red 'policy that knows a rule' lib/policy/policy.h '"rule/ruleset.h"' 'policy/ must not know rule/'
expect_red 'guide that knows a rule' lib/guide/matrix.c '"rule/ruleset.h"' 'guide/ must not know rule/'
expect_red 'conf that judges' lib/conf/lint.c '"guide/guide.h"' 'conf/ must not know guide/'
expect_red 'a ruleset that knows policies' lib/rule/value.c '"policy/policy.h"' 'rule/ must not know policy/'
expect_red 'a report that reads files' lib/report/matrix.c '"conf/conf.h"' 'report/ must not know conf/'
expect_red 'a proof that knows policies' lib/proof/prove.c '"policy/policy.h"' 'proof/ must not know policy/'
expect_red 'a codec that knows policies' lib/nft/encode.c '"policy/policy.h"' 'nft/ must not know policy/'
expect_red 'ctl that knows the codec' ctl/main.c '"nft/batch.h"' 'ctl/ must not know nft/'
expect_red 'ctl that knows the daemon' ctl/main.c '"daemon/state.h"' 'ctl/ must not know daemon/'
expect_red 'ctl that knows the host' ctl/main.c '"host/links.h"' 'ctl/ must not know host/'
expect_red 'libconfig in policy' lib/policy/words.c '<libconfig.h>' 'no libconfig outside conf/'
expect_red 'a kernel header in rule' lib/rule/ruleset.h '<linux/netfilter/nf_tables.h>' 'no kernel header'
expect_red 'libnftnl in rule' lib/rule/value.c '<libnftnl/rule.h>' 'no kernel header'
expect_red 'libmnl in proof' lib/proof/space.c '<libmnl/libmnl.h>' 'no kernel header'
expect_red 'an include without its folder' lib/policy/words.c '"words.h"' 'write the folder as well'
expect_red 'an include by ..' lib/policy/words.c '"../base/buf.h"' 'not by ..'

plant_nothing
mkdir -p "$work/tree/lib/misc"
echo '/* */' >"$work/tree/lib/misc/misc.c"
if layers; then bad 'a folder that nobody planned was not found'; else good 'a folder that nobody planned is found'; fi

plant_nothing
printf 'void nftnl_rule_alloc(void);\nint main(void) { nftnl_rule_alloc(); return 0; }\n' >"$work/tree/main.c"
cc -c -o "$work/tree/build/sekishoctl" "$work/tree/main.c"
if layers; then bad 'a netlink symbol was not found'; else good 'a netlink symbol in sekishoctl is found'; fi

echo "layers_test: $passed passed, $failed failed"
((failed == 0))
