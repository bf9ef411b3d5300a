#!/bin/bash
# The daemon ends connections whose permission is gone, in the kernel's table of connections too,
# and no others: after a reload that narrows a flow or removes one, at the end of a window, of a
# machine that is isolated; and finds, at a look, what was forged. conntrack(8) forges and looks.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin revoked "${1:-build/debug}" aomine
daemon_begin
command -v conntrack >/dev/null || skip "conntrack is not installed"

F12="gc-juki tcp 10.10.128.10 10.10.1.20 443"
F18="lg-mail tcp 10.20.1.20 198.51.100.70 25"
F19="rt-lgwan tcp 198.51.100.70 10.20.1.20 25"
OWN="gateway udp 10.91.0.254 10.91.0.11 123"

tracked() { # SOURCE PORT: the connections from there to that port
	gateway conntrack -L -p "${3:-tcp}" -s "$1" --dport "$2" 2>/dev/null | wc -l
}
stand() { # WHAT COUNTS: of F12, F18, F19 and the gateway's own
	is "$1" "$2" "$(tracked 10.10.128.10 443) $(tracked 10.20.1.20 25) $(tracked 198.51.100.70 25) $(tracked 10.91.0.254 123 udp)"
}
edit() { # SED
	sed -i "$1" "$work/p.conf"
	ctl reload >"$work/out" 2>&1 || bad "the reload of $1" <"$work/out"
}
mark() { ctl flows --json | jq ".flows[] | select(.flow == \"$1\") | .mark"; }
sport() { # SOURCE PORT
	gateway conntrack -L -p tcp -s "$1" --dport "$2" 2>/dev/null |
		sed -n 's/[^=]*src=[^ ]* dst=[^ ]* sport=\([0-9]*\) .*/\1/p' | head -n 1
}

reloads() {
	edit '/^  F12:/,/};$/s/ports = \[443\]/ports = [443, 444]/'
	stand "a reload that widens a flow ends nothing" "1 1 1 1"
	edit '/^  F18:/,/};$/s/ports = \[25\]/ports = [2525]/'
	stand "one that narrows a flow ends its connection" "1 0 1 1"
	edit '/^  F19:/,/};$/d'
	stand "one that removes a flow ends its connection" "1 0 0 1"
	is "what is permitted goes on" "$(printf '%s answered seen\n' a o)" "$(probe "say a" "say o" | sort)"
	is "what is not does not" "$(printf '%s silent unseen\n' b c)" "$(probe "say b" "say c" | sort)"
	stop KILL
	start
	stand "a restart ends nothing" "1 0 0 1"
}

isolation() {
	ctl isolate gc-juki --reason drill >/dev/null 2>&1
	stand "a machine isolated: its connection ends" "0 0 0 1"
	ctl rejoin gc-juki >/dev/null 2>&1
	is "let in again, the old one does not come back" "a silent unseen" "$(probe "say a")"
	is "but a new one does" "a answered seen" "$(probe "open a $F12")"
}

# Waits for the kernel's own word that the entry is gone; the window is open for some seconds.
window() {
	local end waiter event
	end=$(date -d '+8 seconds' +%Y-%m-%dT%H:%M:%S%:z)
	mkfifo "$work/events"
	timeout 60 ip netns exec "$prefix-gateway" conntrack -E -e DESTROY -s 10.10.128.10 \
		>"$work/events" 2>/dev/null &
	waiter=$!
	exec {events}<"$work/events"
	edit "/^  F12:/,/};\$/s/ports = /window: { start = \"2020-01-01T00:00:00+09:00\"; end = \"$end\"; }; ports = /"
	stand "with a window that is open it goes on" "1 0 0 1"
	IFS= read -r -t 60 -u "$events" event
	is "the window closed, it ends in the table as well" yes \
		"$([[ $event == *DESTROY*dport=443* && $(date +%s) -ge $(date -d "$end" +%s) ]] && echo yes)"
	kill "$waiter" 2>/dev/null
	wait "$waiter" 2>/dev/null
	exec {events}<&-
	is "and says no more" "a silent unseen" "$(probe "say a")"
	stand "the gateway's own goes on" "0 0 0 1"
	edit '/^  F12:/,/};$/s/window: {[^}]*}; //'
}

forge() { # a connection of F12 under the mark of F21
	is "a connection of F12" "d answered seen" "$(probe "open d $F12")"
	gateway conntrack -U -p tcp -s 10.10.128.10 -d 10.10.1.20 --sport "$(sport 10.10.128.10 443)" \
		--dport 443 --mark "$(mark F21)" >/dev/null 2>&1
}

# The next sweep, by the kernel's word that the entry is gone, or by the daemon's that it is there
forged() {
	local waiter event left='<2>.*10.10.1.20:443.*permit it$' until=$((SECONDS + 120))
	mkfifo "$work/ends"
	timeout 60 ip netns exec "$prefix-gateway" conntrack -E -e DESTROY -s 10.10.128.10 \
		>"$work/ends" 2>/dev/null &
	waiter=$!
	exec {ends}<"$work/ends"
	forge
	IFS= read -r -t 60 -u "$ends" event
	is "a forged mark is found at a sweep, and its connection ends" yes \
		"$([[ $event == *DESTROY*dport=443* ]] && echo yes)"
	kill "$waiter" 2>/dev/null
	wait "$waiter" 2>/dev/null
	exec {ends}<&-
	is "it says no more" "d silent unseen" "$(probe "say d")"
	is "that is said, once" 1 "$(grep -c '<2>.*10.10.1.20:443.*F21.*; removed' "$work/err")"
	stand "and the gateway's own goes on" "0 0 0 1"
	edit 's/repair = true/repair = false/'
	forge
	until grep -q "$left" "$work/err" || [ $SECONDS -ge $until ]; do :; done
	is "where the policy forbids to repair, it is said" yes "$(grep -q "$left" "$work/err" && echo yes)"
	stand "and left" "1 0 0 1"
	edit 's/repair = false/repair = true/'
	stand "until the next change" "0 0 0 1"
}

evergreen "$policy" | sed 's/full-verify-interval = [0-9]*/full-verify-interval = 5/' >"$work/p.conf"
probe_start
start || exit 1
# events of connections that began before anybody listened, too (newer kernels have 2 here)
gateway sysctl -qw net.netfilter.nf_conntrack_events=1
is "connections of two flows each way, another, and the gateway's own" \
	"$(printf '%s answered seen\n' a b c o)" \
	"$(probe "serve mn-atena tcp 10.10.1.20 443" "serve rt-lgwan tcp 198.51.100.70 25" \
		"serve lg-mail tcp 10.20.1.20 25" "serve mgm-ntp udp 10.91.0.11 123" \
		"open a $F12" "open b $F18" "open c $F19" "open o $OWN" | sort)"
stand "they stand" "1 1 1 1"
reloads
isolation
window
forged
test_end
