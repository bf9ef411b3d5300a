#!/bin/bash
# The package on each Debian it is for, in a container with a real systemd and real packets:
# install, reload good and bad, kill -9, watchdog, out of memory, a full disk, stop, upgrade, boot
# again with a broken file, removal. Forbidden packets are sent all the while; none arrives.
# Wants root, debootstrap, systemd-container and Debian's archive; the package of each release is
# built of HEAD in a tree of that release. `make check-system`.
#
# usage: run.sh [RELEASE…]   bookworm and trixie unless told
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/system/tree.bash
source tests/system/tree.bash
[ $# -gt 0 ] || set -- bookworm trixie
skip() {
	echo "SKIP system: $1"
	echo "system: 0 passed, 0 failed"
	exit 0
}
[ "$(id -u)" -eq 0 ] || skip "needs root"
for tool in debootstrap systemd-nspawn script dpkg-deb; do
	command -v $tool >/dev/null || skip "$tool is missing (debootstrap systemd-container bsdutils)"
done
passed=0 failed=0 root=
clean() {
	groups_end
	[ -z "$root" ] || rm -rf "$root"
}
trap clean EXIT
trap 'exit 130' INT TERM HUP

bad() {
	failed=$((failed + 1))
	echo "FAIL $1"
}

# What a container finds in its /root, besides the packages.
furnish() {
	cp tests/system/inside/* tests/daemon/traffic.py tests/daemon/traffic.bash "$root/root/"
	sed '/F13:/,/};.*};/d; s/\(expires\|review-by\|until\) = "[0-9-]*"/\1 = "2099-03-31"/g' \
		conf/examples/aomine.conf >"$root/root/good.conf"
	cp tests/system/inside/sekisho-test.service "$root/etc/systemd/system/"
	chroot "$root" systemctl enable sekisho-test.service >/dev/null 2>&1
}

# Control groups of its own for each boot: a kernel remembers of a group how often it was killed,
# and kills what is cloned from there into another; and two of these suites must not share one.
groups=()
groups_begin() {
	local top group=sekisho-system-$$
	for top in /sys/fs/cgroup{,/unified,/systemd}; do
		[ ! -e "$top/cgroup.procs" ] || { mkdir "$top/$group" && groups+=("$top/$group"); }
	done
}
groups_enter() { # the calling shell
	local one
	for one in "${groups[@]}"; do echo "$BASHPID" >"$one/cgroup.procs"; done
}
groups_end() {
	local one
	for one in "${groups[@]}"; do
		[ ! -e "$one/cgroup.kill" ] || echo 1 >"$one/cgroup.kill"
		while grep -q . "$one"/{,*/}cgroup.procs; do :; done 2>/dev/null # until they are gone
		find "$one" -depth -type d -exec rmdir {} +
	done
	groups=()
}

boot() { # RELEASE PART: what its script says of itself, counted
	local said p f
	echo "$2" >"$root/root/part"
	groups_begin
	(
		groups_enter
		SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec timeout 930 script -qc "systemd-nspawn -b \
			--register=no --keep-unit --private-network -D $root" /dev/null \
			>"$root/root/console" 2>&1 </dev/null
	)
	groups_end
	[ -e "$root/root/$2.log" ] && sed "s/^\(ok  \|FAIL\|SKIP\) /&$1 /" "$root/root/$2.log"
	said=$(cat "$root/root/$2.result" 2>/dev/null)
	if [ -n "$said" ]; then
		read -r p _ f _ <<<"$said"
		passed=$((passed + p)) failed=$((failed + f))
	else
		bad "$1: the boot \"$2\" did not end"
		tail -n 30 "$root/root/console"
	fi
}

for release in "$@"; do
	tree_base "$release" && tree_builder "$release" || { bad "$release: no tree"; continue; }
	if tree_package "$release"; then
		passed=$((passed + 1))
		echo "ok   $release the package is built there, and lintian finds nothing"
	else
		bad "$release the package is built there, and lintian finds nothing"
		continue
	fi
	root=$(mktemp -d "$trees/boot-XXXXXX")
	tree_fresh "$release" "$root" && tree_upgrade "$root" || { bad "$release: no copy"; continue; }
	furnish
	for part in install again; do
		boot "$release" $part
	done
	[ -z "${KEEP_ROOT-}" ] || { echo "kept: $root"; root=; continue; }
	rm -rf "$root"
	root=
done
echo "system: $passed passed, $failed failed"
[ $failed -eq 0 ]
