#!/bin/bash
# A release's own kernel, out of Debian's archive and without installing it: the image, and the
# modules of the network with what they depend on, as an initramfs's part. Kept in build/vm/ under
# the package's name, so that a newer one in the archive is fetched and an old one is not again.
# Without the archive the newest that is kept is used, and that is said.
#
# usage: kernel.sh RELEASE; says the directory with vmlinuz, modules.cpio and package
set -euo pipefail
cd "$(dirname "$0")/../.."
release=$1
keep=$PWD/build/vm/$release
# shellcheck source=tests/vm/archive.bash
source tests/vm/archive.bash

# What is loaded by hand, or by the kernel when it is asked for; the rest follows from depends.
wanted='/(net/(netfilter|ipv4|ipv6|bridge|8021q|802|llc|packet|sched)|drivers/net/(veth|dummy|macvlan|macvtap|ifb|tap|tun)|lib|crypto|arch/x86/crypto)'

newest() {
	archive_update "$release" || return
	archive apt-cache depends linux-image-amd64 2>>"$keep/apt/log" |
		sed -n 's/.*Depends: \(linux-image-[^ ]*\)$/\1/p' | grep .
}

modules() { # ROOT DIRECTORY
	local root=$1 directory=$2 version tree
	# where /lib is a link, packages have /usr/lib
	[ -d "$root/lib" ] || ln -s usr/lib "$root/lib"
	tree=$(echo "$root"/lib/modules/*)
	version=${tree##*/}
	find "$tree" -name '*.ko.xz' -exec unxz {} +
	depmod -b "$root" "$version"
	mkdir -p "$directory/root/usr/lib/modules/$version"
	# modules.dep: "module: what it needs …"
	awk -v wanted="$wanted" '
		{ sub(":", ""); for (i = 1; i <= NF; i++) needs[$1] = needs[$1] " " $i }
		("/" $1) ~ ("/kernel" wanted) { chosen[$1] }
		END {
			for (module in chosen) {
				n = split(needs[module], all, " ")
				for (i = 1; i <= n; i++) needed[all[i]]
			}
			for (module in needed) print module
		}' "$tree/modules.dep" >"$directory/chosen"
	printf '%s\n' modules.builtin modules.builtin.modinfo modules.order >>"$directory/chosen"
	(cd "$tree" && xargs cp --parents -t "$directory/root/usr/lib/modules/$version" \
		<"$directory/chosen")
	ln -s usr/lib "$directory/root/lib"
	depmod -b "$directory/root" "$version"
	(cd "$directory/root" && find usr | LC_ALL=C sort |
		cpio -o -H newc -R 0:0 --quiet) >"$directory/modules.cpio"
	rm -rf "$directory/root" "$directory/chosen"
}

if ! package=$(newest); then
	directory=$(find "$keep" -maxdepth 1 -name 'linux-image-*' -printf '%T@ %p\n' 2>/dev/null |
		sort -n | tail -n 1 | cut -d' ' -f2)
	[ -n "$directory" ] || { echo "no kernel of $release: the archive is out of reach" >&2; exit 1; }
	echo "the archive is out of reach: ${directory##*/}, as kept" >&2
	echo "$directory"
	exit 0
fi
if [ ! -d "$keep/$package" ]; then
	work=$(mktemp -d "$keep/new-XXXXXX")
	trap 'rm -rf "$work"' EXIT
	(cd "$work" && archive apt-get download "$package" >"$keep/apt/log" 2>&1) || {
		tail -n 3 "$keep/apt/log" >&2
		exit 1
	}
	echo "$work"/*.deb | sed 's|.*/||; s|\.deb$||' >"$work/package"
	dpkg-deb -x "$work"/*.deb "$work/tree"
	modules "$work/tree" "$work"
	mv "$work"/tree/boot/vmlinuz-* "$work/vmlinuz"
	rm -rf "$work/tree" "$work"/*.deb
	chmod 755 "$work"
	mv -T "$work" "$keep/$package" 2>/dev/null || [ -d "$keep/$package" ]
fi
echo "$keep/$package"
