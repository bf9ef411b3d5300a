# Debian's archive for another release than this machine's: apt with its own files, kept under
# build/vm/RELEASE/apt, and nothing of it stays elsewhere. To be sourced, with $keep set.
# shellcheck shell=bash disable=SC2154

archive() { # PROGRAM ARGUMENTS…
	local program=$1
	shift
	"$program" -q -o Dir::Etc::SourceList="$keep/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State="$keep/apt/state" -o Dir::State::status=/dev/null \
		-o Dir::Cache="$keep/apt/cache" -o APT::Architecture=amd64 \
		-o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
}

archive_update() { # RELEASE
	mkdir -p "$keep/apt/state/lists/partial" "$keep/apt/cache/archives/partial"
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s main\n' \
		"http://deb.debian.org/debian $1" \
		"http://deb.debian.org/debian-security $1-security" >"$keep/apt/sources.list"
	archive apt-get update >"$keep/apt/log" 2>&1 || { tail -n 3 "$keep/apt/log" >&2; return 1; }
}
