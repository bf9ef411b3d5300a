#!/bin/bash
# What runs inside: this machine's own tools with their libraries, a python of just the modules
# that the tests import, the programs as built and the tests as they lie here, as an initramfs.
# Nothing is compiled inside: of the two programs that would, make does nothing, since all is
# built, and cc hands out the one program (compile_loads.sh) that was compiled here.
#
# usage: pack.sh BUILD FILE
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1 file=$2
# every program of these, since the tests use what a Debian has
packages=(bash coreutils grep sed mawk findutils diffutils util-linux mount procps kmod
	iproute2 iputils-ping nftables conntrack jq)

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{dev,proc,sys,run,tmp,root,etc,var} "$root"/usr/{bin,sbin,lib,lib64,local/bin}
for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$root/$directory"; done
ln -s ../run "$root/var/run"

copy() { # FILES…: as they are called here, and what their links point to
	local file real
	for file in "$@"; do
		real=$(readlink -f "$file")
		[ -f "$real" ] || continue
		cp -L --parents "$file" "$root"
	done
}
libraries() { # of all programs and libraries in the tree, until there are no more
	local list=$root/.libraries
	find "$root" -type f \( -perm -100 -o -name '*.so*' \) -print0 |
		{ xargs -0 -n 50 ldd 2>/dev/null || true; } | # scripts are none of its
		grep -oE '(=> )?/[^ ]+ \(0x' | sed 's/^=> //; s/ (0x$//' | sort -u >"$list"
	while read -r library; do
		[ -e "$root$library" ] || cp -L --parents "$library" "$root"
	done <"$list"
	rm "$list"
}

# dpkg knows some by the names they had before /bin was a link
for package in "${packages[@]}"; do
	dpkg -L "$package"
done | sed -nE 's|^(/usr)?/(s?bin)/([^/]+)$|/usr/\2/\3|p' | sort -u >"$root/.programs"
mapfile -t programs <"$root/.programs"
rm "$root/.programs"
copy "${programs[@]}"
ln -s mawk "$root/usr/bin/awk"
ln -sf bash "$root/usr/bin/sh"

copy /etc/protocols /etc/services /usr/lib/locale/C.utf8/* /usr/lib/locale/C.utf8/LC_MESSAGES/*

python=$(readlink -f /usr/bin/python3)
mkdir -p "$root/usr/lib/${python##*/}/lib-dynload" # it is missed, even if empty
copy "$python"
ln -s "${python##*/}" "$root/usr/bin/python3"
sed -n 's/^\(import\|from\) \([a-z_, ]*\).*/\2/p' tests/kernel/*.py | tr ',' '\n' |
	tr -d ' ' | sort -u | sed '/^import$/d' >"$root/.imports"
# python itself tells which files it needs for them
"$python" -I - "$root/.imports" >"$root/.python" <<'P'
import encodings.ascii, encodings.utf_8, encodings.latin_1, encodings.idna, sys
for name in "os select socket struct sys time".split() + open(sys.argv[1]).read().split():
    __import__(name)
for module in list(sys.modules.values()):
    file = getattr(module, "__file__", None)
    if file:
        print(file)
P
mapfile -t modules <"$root/.python"
rm "$root/.python" "$root/.imports"
copy "${modules[@]}"
libraries

home=$root/root/sekisho
mkdir -p "$home/$build"
git ls-files -z -co --exclude-standard tests conf | while IFS= read -r -d '' path; do
	[ ! -f "$path" ] || cp --parents "$path" "$home"
done
rm -rf "$home"/tests/{fuzz,golden,input,unit}
cp "$build/sekishod" "$build/sekishoctl" "$home/$build"
cp -r "$build/tools" "$home/$build"
if [ -d ../shared/corpus/nft-rules ]; then
	mkdir -p "$root/root/shared/corpus"
	cp -r ../shared/corpus/nft-rules "$root/root/shared/corpus"
fi
cc -std=gnu17 -O1 -Ilib -Itests/unit lib/base/*.c lib/policy/*.c lib/rule/*.c \
	tests/unit/test_rule_town.c tests/kernel/town_nft.c -o "$home/town_nft"
install -m 755 tests/vm/guest/make tests/vm/guest/cc "$root/usr/local/bin"
install -m 755 tests/vm/guest/init "$root/init"
echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
git rev-parse --short=7 HEAD >"$home/commit" 2>/dev/null || echo 7 >"$home/commit"
libraries
(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$file"
