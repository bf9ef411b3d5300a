#!/bin/bash
# Installs what the virtual machines need beyond tests/prepare.sh, by name. Does nothing where
# everything is there; says what is missing where it may not install.
set -euo pipefail

packages=(qemu-system-x86 cpio kmod patchelf xz-utils debian-archive-keyring util-linux conntrack
	netbase coreutils grep sed mawk findutils diffutils mount)
missing=()
for package in "${packages[@]}"; do
	dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
		missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
	echo "missing packages: ${missing[*]}" >&2
	echo "as root: apt-get install ${missing[*]}" >&2
	exit 1
fi
echo "installing: ${missing[*]}"
apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
	"${missing[@]}" >/dev/null
