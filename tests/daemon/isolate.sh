#!/bin/bash
# What has passed is counted, and who is cut off is cut off: the daemon in the town's gateway,
# connections that stand and new ones, through a reload, a kill and a damaged record.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin isolate "${1:-build/debug}" aomine
daemon_begin

F12="gc-juki tcp 10.10.128.10 10.10.1.20 443"
F18="lg-mail tcp 10.20.1.20 198.51.100.70 25"
OWN="gateway udp 10.91.0.254 10.91.0.11 123"

flow() { ctl flows --json | jq -r ".flows[] | select(.flow == \"$1\") | $2"; }
host() { ctl hosts --json | jq -r ".hosts[] | select(.host == \"$1\") | $2"; }
refuses() { # STATUS WANTED COMMAND…
	local what=$1 wanted=$2
	shift 2
	ctl "$@" >"$work/out" 2>&1
	is "$what: the status" "$wanted" $?
}
cut_off() { # WHAT: new connections of F12 as well as the one that stands
	is "$1: the connection says no more" "a silent unseen" "$(probe "say a")"
	is "$1: nothing new begins" "n silent unseen" "$(probe "try n $F12")"
	is "$1: another machine goes on" "b answered seen" "$(probe "say b")"
}

counted() {
	is "a flow nobody has used has no count" 0 "$(flow F19 .packets)"
	is "and was never seen" null "$(flow F19 .last_seen)"
	is "both connections stand" "$(printf '%s\n' "a answered seen" "b answered seen")" \
		"$(probe "serve mn-atena tcp 10.10.1.20 443" "serve rt-lgwan tcp 198.51.100.70 25" \
			"open a $F12" "open b $F18")"
	is "its packets are counted, there and back" yes "$([ "$(flow F12 .packets)" -ge 5 ] && echo yes)"
	is "with a time" yes "$([[ $(flow F12 .last_seen) == 20*T*+09:00 ]] && echo yes)"
	is "so are those of the machine" yes "$([ "$(host gc-juki .packets)" -ge 3 ] && echo yes)"
	is "and of no other" 0 "$(host mn-print .packets)"
	before=$(flow F12 .packets) seen=$(flow F12 .last_seen)
	is "no packet, no count and no time" "$before $seen" "$(flow F12 '"\(.packets) \(.last_seen)"')"
	probe "say a" >/dev/null
	is "the next one counts" yes "$([ "$(flow F12 .packets)" -gt "$before" ] && echo yes)"
}

one_machine() {
	refuses "without a reason nothing is cut" 2 isolate gc-juki
	refuses "nor without a name" 2 isolate --reason r
	refuses "nor somebody unknown" 1 isolate nobody --reason r
	grep -q '"nobody"' "$work/out" && ok "which is named" || bad "which is named" <"$work/out"
	is "so far nobody is cut off" enforcing "$(field .state)"
	counters_mark
	ctl isolate gc-juki --reason "感染の疑い" >"$work/out"
	is "a machine is cut off" 0 $?
	grep -q '感染の疑い' "$work/out" && ok "the reason is shown" || bad "the reason is shown" <"$work/out"
	cut_off "cut off"
	is "and counted" yes "$(counters_grown | grep -q '^refused_unbound' && echo yes)"
	refuses "status is not all well" 1 status
	is "the state says so" isolated "$(field .state)"
	is "with whom and why" "host gc-juki 感染の疑い" \
		"$(field '.isolations[] | "\(.kind) \(.id) \(.reason)"')"
	refuses "twice is refused" 1 isolate host:gc-juki --reason again
	ctl verify >/dev/null
	is "the kernel holds it" 0 $?
}

it_lasts() {
	ctl reload >"$work/out" 2>&1
	is "a reload is accepted" 0 $?
	cut_off "after a reload"
	cp "$work/p.conf" "$work/kept.conf"
	sed 's/gc-juki/gc-other/g' "$work/kept.conf" >"$work/p.conf"
	refuses "a policy that renames it is refused" 1 reload
	grep -q E-ISOLATED "$work/out" && ok "with its code" || bad "with its code" <"$work/out"
	cp "$work/kept.conf" "$work/p.conf"
	stop KILL
	is "its daemon dead, it is cut off" "a silent unseen" "$(probe "say a")"
	start
	cut_off "after a restart"
	is "the state again" isolated "$(field .state)"
}

back_again() {
	refuses "somebody else was not cut off" 1 rejoin mn-juki
	ctl rejoin gc-juki >"$work/out" 2>&1
	is "it is let in again" 0 $?
	is "and reaches its peer" "n answered seen" "$(probe "try n $F12")"
	is "all is well" enforcing "$(field .state)"
	is "nobody is cut off" 0 "$(field '.isolations | length')"
	probe "open a $F12" >/dev/null
}

a_zone() {
	ctl isolate gc-mn --reason drill >/dev/null
	is "a zone is cut off" 0 $?
	cut_off "its zone"
	ctl rejoin zone:gc-mn >/dev/null
	is "and let in again" "n answered seen" "$(probe "try n $F12")"
	probe "open a $F12" >/dev/null
}

everything() {
	ctl isolate all --reason drill >/dev/null
	is "everything is cut off" 0 $?
	is "what stood" "$(printf '%s\n' "a silent unseen" "b silent unseen")" "$(probe "say a" "say b" | sort)"
	is "what would begin" "$(printf '%s\n' "m silent unseen" "n silent unseen")" \
		"$(probe "try n $F12" "try m $F18" | sort)"
	is "the gateway's own goes on" "o answered seen" \
		"$(probe "serve mgm-ntp udp 10.91.0.11 123" "try o $OWN")"
	ctl rejoin all >/dev/null
	is "and let in again" "$(printf '%s\n' "m answered seen" "n answered seen")" \
		"$(probe "try n $F12" "try m $F18" | sort)"
}

a_damaged_record() {
	ctl isolate mn-print --reason drill >/dev/null
	stop
	echo "{}" >"$work/state/isolations.json"
	start
	is "a record that was written by others cuts all" "all " \
		"$(field '.isolations[] | "\(.kind) \(.id)"')"
	is "nothing passes" "n silent unseen" "$(probe "try n $F12")"
	ctl rejoin all >/dev/null
	is "until somebody decides" "n answered seen" "$(probe "try n $F12")"
	stop
	start
	is "and that is kept" 0 "$(field '.isolations | length')"
}

# (A mount that is made while it runs the daemon would not see: it has a mount namespace.)
a_full_disk() {
	stop
	mount -t tmpfs -o size=64k none "$work/state" 2>/dev/null || {
		echo "SKIPPED a full disk: no tmpfs can be mounted here"
		return
	}
	start
	cat /dev/zero >"$work/state/fill" 2>/dev/null
	refuses "on a full disk it says that it would not last" 1 isolate gc-juki --reason drill
	grep -q isolations.json "$work/out" && ok "and what could not be written" ||
		bad "and what could not be written" <"$work/out"
	is "but cuts off" "n silent unseen" "$(probe "try n $F12")"
	is "and the state says so" isolated "$(field .state)"
	ctl rejoin gc-juki >"$work/out" 2>&1
	is "and lets in again" "n answered seen" "$(probe "try n $F12")"
	stop
	umount "$work/state"
}

evergreen "$policy" >"$work/p.conf"
probe_start
start || exit 1
counted
one_machine
it_lasts
back_again
a_zone
everything
a_damaged_record
a_full_disk
test_end
