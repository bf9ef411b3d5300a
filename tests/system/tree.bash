# The trees of a Debian release that the system suite works in, kept under build/system so that
# a second run is fast: RELEASE, to be installed in; RELEASE-build, with what building wants.
# To be sourced, at the top of the repository. A function that fails says why.
# shellcheck shell=bash

trees=$PWD/build/system
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

tree_log() { tail -n 20 "$trees/$1.log"; return 1; }

tree_base() { # RELEASE
	local tree=$trees/$1
	[ -e "$tree/.complete" ] && return
	mkdir -p "$trees" && rm -rf "$tree"
	debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,nftables,iproute2,procps,jq,python3 \
		"$1" "$tree" "$mirror" >"$trees/$1.log" 2>&1 || tree_log "$1" || return
	cp /etc/resolv.conf "$tree/etc/"
	touch "$tree/.complete"
}

tree_apt() { # TREE COMMAND…
	local tree=$1
	shift
	chroot "$tree" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null
}

tree_builder() { # RELEASE
	local tree=$trees/$1-build
	[ -e "$tree/.complete" ] && return
	rm -rf "$tree" && cp -a "$trees/$1" "$tree" && rm "$tree/.complete"
	{
		tree_apt "$tree" update &&
			tree_apt "$tree" install -y --no-install-recommends dpkg-dev fakeroot lintian
	} >"$trees/$1-build.log" 2>&1 || tree_log "$1-build" || return
	touch "$tree/.complete"
}

# The package of what git has, built on its own release with what debian/control names and no
# more, and looked at by that release's lintian. Once a commit.
tree_package() { # RELEASE: $package
	local tree=$trees/$1-build name
	name=$(git rev-parse --short=12 HEAD)
	package=$trees/sekisho_$1_$name.deb
	[ -e "$package" ] && return
	rm -f "$trees/sekisho_$1"_*.deb
	rm -rf "$tree/src" && mkdir -p "$tree/src/sekisho"
	git archive HEAD | tar -x -C "$tree/src/sekisho"
	{
		tree_apt "$tree" install -y --no-install-recommends build-essential &&
			chroot "$tree" sh -c 'cd /src/sekisho && DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends build-dep . &&
				dpkg-buildpackage -us -uc -b -rfakeroot && cd .. && lintian --fail-on error,warning ./*.deb' </dev/null
	} >"$trees/$1-build.log" 2>&1 || tree_log "$1-build" || return
	cp "$tree"/src/sekisho_*.deb "$package"
}

# A copy to be booted, and everything the package wants lying in its cache, not installed.
tree_fresh() { # RELEASE TREE
	cp -a "$trees/$1/." "$2" && cp "$package" "$2/root/sekisho.deb" || return
	rm -f "$2"/etc/apt/apt.conf.d/docker*
	{
		tree_apt "$2" update &&
			tree_apt "$2" install -y --no-install-recommends --download-only /root/sekisho.deb
	} >"$trees/$1.log" 2>&1 || tree_log "$1"
}

# The same package with a later version: what an upgrade is made of.
tree_upgrade() { # TREE
	rm -rf "$1/root/next" && dpkg-deb -R "$1/root/sekisho.deb" "$1/root/next" &&
		sed -i 's/^Version: .*/&+next/' "$1/root/next/DEBIAN/control" &&
		dpkg-deb -b "$1/root/next" "$1/root/next.deb" >/dev/null && rm -rf "$1/root/next"
}
