#!/bin/bash
# A release's own nft(8), as an initramfs's part: what nft writes for a rule is another thing in
# each of its versions, and what a kernel takes in each of its own. Debian 12's nft turns the bytes
# of "meta l4proto" round in ranges, of which there is one; Debian 13's kernel refuses that, and
# its nft does not ask for it. It comes with the libraries of its release, and knows where they
# lie. Kept in build/vm/ under its version; call kernel.sh first, which reads the archive's lists.
#
# usage: nft.sh RELEASE; says the file
set -euo pipefail
cd "$(dirname "$0")/../.."
keep=$PWD/build/vm/$1
# shellcheck source=tests/vm/archive.bash
source tests/vm/archive.bash

version=$(archive apt-cache show --no-all-versions nftables | sed -n 's/^Version: //p')
[ -n "$version" ] || { echo "no nft of $1 in the archive's lists" >&2; exit 1; }
file=$keep/nft-$version.cpio
[ ! -e "$file" ] || { echo "$file"; exit 0; }
work=$(mktemp -d "$keep/new-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{debs/partial,tree,root/usr/local/{bin,lib/nft}}
archive apt-get install -y --no-install-recommends --download-only \
	-o Dir::Cache::archives="$work/debs" nftables >"$keep/apt/log" 2>&1 ||
	{ tail -n 3 "$keep/apt/log" >&2; exit 1; }
for package in "$work"/debs/*.deb; do
	dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/tree" --keep-directory-symlink
done

libraries=$(find "$work/tree" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
loader=$(find "$work/tree" -name 'ld-linux-x86-64.so.2' | head -n 1)
nft=$(find "$work/tree" -path '*/sbin/nft')
home=/usr/local/lib/nft
"$loader" --library-path "$libraries" --list "$nft" | grep -oE '/[^ ]+ \(0x' | sed 's/ (0x$//' |
	xargs cp -L -t "$work/root$home"
cp -L "$loader" "$work/root$home"
cp "$nft" "$work/root/usr/local/bin/nft"
# rpath, not runpath: the libraries of the libraries lie there, too
patchelf --force-rpath --set-interpreter "$home/${loader##*/}" --set-rpath "$home" \
	"$work/root/usr/local/bin/nft"
(cd "$work/root" && find usr | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$work/cpio"
mv "$work/cpio" "$file"
echo "$file"
