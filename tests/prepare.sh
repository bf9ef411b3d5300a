#!/bin/bash
# Installs what building and testing need on a fresh Debian 12 or 13, by name. Does nothing
# where everything is there; says what is missing where it may not install.
set -euo pipefail

packages=(gcc make pkg-config libc6-dev gettext check libconfig-dev libjansson-dev libmnl-dev libnftnl-dev
	nftables iproute2 conntrack jq librsvg2-bin fonts-noto-cjk mandoc libxml2-utils man-db time
	binutils python3 procps iputils-ping libsystemd-dev libsodium-dev strace)
# the fuzzer's runtime goes with the default clang of the release
packages+=(clang)
missing=()
for package in "${packages[@]}"; do
	dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
		missing+=("$package")
done
fuzzer_runs() {
	local probe
	command -v clang >/dev/null || return 1
	probe=$(mktemp)
	printf 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n ? 0 : 0; }' |
		clang -fsanitize=fuzzer,address -x c - -o "$probe" 2>/dev/null
	local status=$?
	rm -f "$probe"
	return $status
}
install() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "missing packages: $*" >&2
		echo "as root: apt-get install $*" >&2
		exit 1
	fi
	echo "installing: $*"
	[ -n "${apt_updated-}" ] || apt-get update -q >/dev/null
	apt_updated=yes
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null
}
[ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
if ! fuzzer_runs; then
	version=$(clang -dumpversion | cut -d. -f1)
	install "libclang-rt-$version-dev"
fi
