#!/bin/bash
# The doors of the house open one way: who may include whom, over #include "folder/file.h", and
# with nm, that what people type is linked with no netlink. Without a build only the sources are
# looked at, and that is said.
#
# usage: layers.sh [BUILD_DIR]; SEKISHO_ROOT: another tree than this one (layers_test.sh)
set -euo pipefail
build=${1:-}
case $build in '' | /*) ;; *) build=$PWD/$build ;; esac
cd "${SEKISHO_ROOT:-$(dirname "$0")/../..}"

passed=0 failed=0
good() { printf 'ok   layers: %s\n' "$1"; passed=$((passed + 1)); }
bad() { printf 'FAIL layers: %s\n' "$1"; failed=$((failed + 1)); }

# The folders that a folder may include, besides itself.
allowed() {
	case $1 in
	base) echo ;;
	policy | rule | host | track | names | wire | journal) echo base ;;
	conf | guide) echo base policy ;;
	proof | nft) echo base rule ;;
	report) echo base policy guide rule proof ;;
	ctl) echo base policy conf guide rule proof names wire journal report ;;
	daemon) echo base policy conf guide rule proof nft host track names wire journal report ;;
	*) return 1 ;;
	esac
}

sources() { find "$1" -name '*.[ch]' | LC_ALL=C sort; }

check_folder() {
	local dir=$1 folder=${1##*/} may file line text target faults=0
	if ! may=$(allowed "$folder"); then
		bad "$dir: ARCHITECTURE knows no such folder"
		return
	fi
	while IFS=: read -r file line text; do
		target=$(sed -E 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*)".*/\1/' <<<"$text")
		case $target in
		*.inc) continue ;;   # a table's rows, not an interface
		../*) bad "$file:$line: \"$target\": from the root of lib/, not by .."; faults=1; continue ;;
		*/*) ;;
		*) bad "$file:$line: \"$target\": write the folder as well"; faults=1; continue ;;
		esac
		target=${target%%/*}
		[[ $target == "$folder" || " $may " == *" $target "* ]] && continue
		# the compiler alone stands between the policy and the ruleset
		[[ $folder/$target == rule/policy && ${file##*/} == compile*.[ch] ]] && continue
		# and one file says in packets what a policy wants
		[[ $folder/$target == proof/policy && ${file##*/} == want*.[ch] ]] && continue
		bad "$file:$line: $folder/ must not know $target/"
		faults=1
	done < <(sources "$dir" | xargs -r grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' || true)
	((faults)) || good "$dir includes only what it may"
}

# Headers of others that stay outside: <pattern> in no file of these folders.
check_absent() {
	local what=$1 pattern=$2 found dirs=()
	shift 2
	for dir; do [[ -d $dir ]] && dirs+=("$dir"); done
	((${#dirs[@]})) || return 0
	if found=$(grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*<($pattern)" "${dirs[@]}"); then
		while read -r line; do bad "$line: $what"; done <<<"$found"
	else
		good "${dirs[*]}: $what"
	fi
}

for dir in lib/* ctl daemon; do
	[[ -d $dir ]] && check_folder "$dir"
done
check_absent 'no libconfig outside conf/' 'libconfig' lib/base lib/policy lib/guide lib/rule \
	lib/proof lib/report ctl daemon
check_absent 'no kernel header' 'linux/|libnftnl|libmnl|libnetfilter' lib/base lib/policy lib/conf \
	lib/guide lib/rule lib/proof lib/report ctl
check_absent 'libnftnl is spoken in nft/ alone' 'libnftnl' lib/host lib/track lib/names lib/wire lib/journal daemon

if [[ -n $build && -e $build/sekishoctl ]]; then
	# the program, or (in the test of this script) any object of that name
	if found=$(nm -A "$build/sekishoctl" | grep -E '[ _](nftnl|mnl)_'); then
		bad "sekishoctl is linked with netlink: $(head -n 1 <<<"$found")"
	else
		good 'sekishoctl has no nftnl_ and no mnl_ symbol'
	fi
elif [[ -n $build ]]; then
	bad "$build/sekishoctl is not built"
else
	echo 'layers: no build directory given: the symbols of sekishoctl were not looked at'
fi

echo "layers: $passed passed, $failed failed"
((failed == 0))
