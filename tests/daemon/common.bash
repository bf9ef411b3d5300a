# What the tests of the daemon in a town share: starting it and waiting until it says READY=1 or
# ends, stopping it, asking it, and the traffic that runs all the while (traffic.py). To be sourced
# after tests/lab/common.bash and test_begin; calls daemon_begin first.
# shellcheck shell=bash

# shellcheck source=tests/daemon/traffic.bash
source tests/daemon/traffic.bash

daemon_begin() {
	B=$LAB_BUILD pid=
	export LC_ALL=C.UTF-8
	for program in jq python3; do
		command -v $program >/dev/null || skip "$program is not installed"
	done
	mkdir -p "$work/state" "$work/run" "$work/log"
	trap 'daemon_clean; test_clean' EXIT
}

daemon_clean() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
	[ -z "${traffic_pid-}" ] || kill "$traffic_pid" 2>/dev/null
	mountpoint -q "$work/state" && umount "$work/state"
	[ -z "${KEEP-}" ] || cp "$work/err" "$KEEP"
}

# The reference city on any day: without the maintenance whose night is over, and with approvals
# that do not end.
evergreen() {
	sed '/F13:/,/};.*};/d; s/\(expires\|review-by\|until\) = "[0-9-]*"/\1 = "2099-03-31"/g' "$1"
}

ctl() { timeout 60 "$B/sekishoctl" "$@" --socket "$work/run/control"; }
field() { ctl status --json 2>/dev/null | jq -r "$1"; }

# Starts the daemon and waits for its READY=1, as systemd would, or for its end; what stands in
# WRAP comes before the program.
start() {
	local waiter
	rm -f "$work/notify" "$work/pid"
	mkfifo "$work/pid"
	python3 tests/daemon/ready.py "$work/notify" "$work/pid" &
	waiter=$!
	until [ -S "$work/notify" ]; do :; done
	# shellcheck disable=SC2086 # WRAP is words
	NOTIFY_SOCKET=$work/notify ip netns exec "$prefix-gateway" ${WRAP-} "$B/sekishod" \
		-c "$work/p.conf" --state "$work/state" --run "$work/run" --log "$work/log" \
		2>>"$work/err" &
	pid=$!
	echo $pid >"$work/pid"
	wait "$waiter"
}

stop() { # [SIGNAL]
	[ -z "$pid" ] || kill "-${1:-TERM}" "$pid" 2>/dev/null
	[ -z "$pid" ] || wait "$pid" 2>/dev/null
	pid=
}

# FROM TO ADDRESS PERMITTED FORBIDDEN: see traffic.py
traffic_start() {
	local from=/run/netns/$prefix-$1 to=/run/netns/$prefix-$2
	shift 2
	coproc traffic { exec python3 tests/daemon/traffic.py "$from" "$to" "$@"; }
	# shellcheck disable=SC2154 # set by coproc
	exec {traffic_in}>&"${traffic[1]}" {traffic_out}<&"${traffic[0]}"
	# shellcheck disable=SC2154
	traffic_pid=$traffic_PID
}
