#!/bin/bash
# Closed whatever happens: before the daemon, while it starts, on broken files, when it is killed
# at any system call of a start and of a reload, when it is stopped, when its disk is full or its
# memory ends, and with any rubbish for a state. Packets that no policy permits are sent all the
# while between two machines of the reference city: none arrives. A permitted connection, and new
# ones, go on wherever the rules stand.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin fail_closed "${1:-build/debug}" aomine
daemon_begin
command -v strace >/dev/null || skip "strace is not installed: it kills at a chosen system call"
KILLS_START=${KILLS_START:-20} KILLS_RELOAD=${KILLS_RELOAD:-24}

evergreen conf/examples/aomine.conf >"$work/good.conf"
sed 's/ports = \[9443\]/ports = [9444]/' "$work/good.conf" >"$work/other.conf"
cmp -s "$work/good.conf" "$work/other.conf" && bad "two policies differ" </dev/null
use() { cp "$work/$1.conf" "$work/p.conf"; }
break_policy() { echo broken >"$work/p.conf"; }
canonical() { "$B/sekishoctl" check --print "$work/$1.conf" 2>/dev/null; }
now_is() { echo "$(field .state) $(ctl verify >/dev/null 2>&1 && echo same || echo differs)"; }
# The policy that the state directory holds, whole as it was written: good, other, none, or
# rubbish; and what else lies there.
state_is() {
	local policy=none name
	for name in good other; do
		cmp -s "$work/state/policy.conf" "$work/$name.state" && policy=$name
	done
	[ $policy = none ] && [ -e "$work/state/policy.conf" ] && policy=rubbish
	[ ! -e "$work/state/marks" ] || sealed "$work/state/marks" || policy="$policy with broken marks"
	echo "$policy" "$(ls -A "$work/state" | grep -vxE 'policy.conf|marks' | paste -sd' ')" | sed 's/ *$//'
}
# The last line is the SHA-256 of all before it.
sealed() { [ "$(tail -n 1 "$1")" = "# sha256 $(head -n -1 "$1" | sha256sum | cut -d' ' -f1)" ]; }
# After a kill: nothing half. A file that has not got its name yet is no half one.
state_whole() {
	case $(state_is) in
	none | good | other | none\ .*.new | good\ .*.new | other\ .*.new) echo whole ;;
	*) state_is ;;
	esac
}
# Everything closed by a daemon with no policy and no state, with no gap between.
to_lockdown() {
	rm -rf "$work/state"/* "$work/state"/.p*
	break_policy
	start
	stop KILL
}

# F12: gc-juki → mn-atena tcp/443, always open
traffic_start gc-juki mn-atena 10.10.1.20 443 9999

# ---- before the daemon ----
# shellcheck disable=SC2046
set -- $(figures 50 arrived)
[ "${1#arrived=}" -gt 0 ] && ok "without any rules the forbidden arrives, and is seen ($1)" ||
	bad "without any rules the forbidden arrives, and is seen" <<<"$1"
gateway "$B/sekishod" --lockdown --state "$work/none" --run "$work/none"
is "lockdown before the daemon" 0 $?
figures 1 arrived >/dev/null # what arrived before
is "and nothing arrives" "arrived=0 new=0" "$(figures 100 arrived new)"

# ---- a start, killed ----
# What a start does, and what a reload does, by system call: which are worth being killed at. All
# that touches the disk or the socket, the biggest message (the transaction) and what is around
# it, and as many others, evenly, as make up the number wanted.
kill_points() { # TRACE COUNT
	awk -v count="$2" '
	function want(i) {
		i = int(i)
		if (i >= 1 && i <= total && !(i in wanted))
			wanted[i] = ++have
	}
	match($0, /^[a-z0-9_]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		if (name !~ /^(sendto|sendmsg|recvmsg|openat|read|write|fsync|renameat|unlink|unlinkat|bind|chmod|listen|brk|close)$/)
			next
		points[++total] = name " " ++seen[name]
		if (name ~ /^(fsync|renameat|unlink|unlinkat|chmod|listen|write)$/)
			want(total)
		if (name == "sendto" && $NF + 0 > most) {
			most = $NF + 0
			batch = total
		}
	}
	END {
		for (i = batch - 1; i <= batch + 2; i++)
			want(i)
		for (step = total / 2; have < count && step >= 1; step /= 2)
			for (i = step; i <= total && have < count; i += step)
				want(i)
		for (i = 1; i <= total; i++)
			if (i in wanted)
				print points[i]
	}' "$1"
}

to_lockdown
use good
WRAP="strace -D -q -o $work/trace.start" start
is "a first start is ready" 0 $?
stop TERM
until grep -q '^+++' "$work/trace.start"; do :; done
cp "$work/state/policy.conf" "$work/good.state"
use other
start
cp "$work/state/policy.conf" "$work/other.state"
stop TERM

count=0
while read -r call nth; do
	to_lockdown
	use good
	WRAP="strace -D -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$nth" start
	stop TERM
	got="$(figures 20 arrived) $(state_whole)"
	start
	got+=" $? $(now_is) $(state_is)"
	stop TERM
	is "a start killed at $call $nth" "arrived=0 whole 0 enforcing same good" "$got"
	count=$((count + 1))
done < <(kill_points "$work/trace.start" "$KILLS_START") 2>>"$work/err" # bash tells of the killed
is "the starts were killed at $KILLS_START places at least" yes "$([ $count -ge "$KILLS_START" ] && echo yes)"

# ---- a reload, killed ----
attach() { # what else strace is told; $strace_pid
	rm -f "$work/attached"
	mkfifo "$work/attached"
	strace -p "$pid" "$@" 2>"$work/attached" &
	strace_pid=$!
	grep -m 1 -q attached <"$work/attached"
}
start
is "the daemon is there for reloads" "enforcing same" "$(now_is)"
is "the kept connection is made" up "$(traffic dial)"
use other
attach -o "$work/trace.reload"
ctl reload >/dev/null
is "a reload while it is watched" 0 $?
kill "$strace_pid"
wait "$strace_pid" 2>/dev/null
is "nothing arrived until then" arrived=0 "$(figures 1 arrived)"
count=0
while read -r call nth; do
	if cmp -s "$work/p.conf" "$work/good.conf"; then next=other; else next=good; fi
	use $next
	attach -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$nth"
	ctl reload >/dev/null 2>&1
	timeout 60 tail --pid="$pid" -f /dev/null
	wait "$pid" 2>/dev/null
	wait "$strace_pid" 2>/dev/null
	got="$(figures 20 arrived broken lost) $(state_whole)"
	start
	got+=" $? $(now_is) $(state_is) $(figures 20 arrived broken lost)"
	is "a reload killed at $call $nth" "arrived=0 broken=0 lost=0 whole 0 enforcing same $next arrived=0 broken=0 lost=0" "$got"
	count=$((count + 1))
done < <(kill_points "$work/trace.reload" "$KILLS_RELOAD") 2>>"$work/err"
is "the reloads were killed at $KILLS_RELOAD places at least" yes "$([ $count -ge "$KILLS_RELOAD" ] && echo yes)"

# ---- stopped, broken ----
all_good="arrived=0 broken=0 lost=0"
stop TERM
is "stopped, the rules stand" "$all_good" "$(figures 100 arrived broken lost)"
cp "$work/good.state" "$work/state/policy.conf"
break_policy
start
is "with a broken file the last policy is enforced" "degraded same" "$(now_is)"
is "and all the while" "$all_good" "$(figures 100 arrived broken lost)"
ctl reload >/dev/null 2>&1
is "a reload of the broken file is refused" 2 $?
is "and all the while" "$all_good" "$(figures 100 arrived broken lost)"
rm "$work/p.conf"
ctl reload >/dev/null 2>&1
is "so is one of no file" 2 $?
stop KILL
start
is "nor does a start without the file open or close anything" "degraded same $all_good" \
	"$(now_is) $(figures 100 arrived broken lost)"
use good
ctl reload >/dev/null
is "the mended file is taken" "0 enforcing same" "$? $(now_is)"

# An orphaned table is adopted, and gets a chain with a hook: a zone that is new, in other words.
stop TERM
sed '/^  guest:/d' "$work/good.conf" >"$work/p.conf"
start
fewer=$(gateway nft list table netdev sekisho | grep -c 'hook egress')
stop KILL
use good
start
is "a zone that came while nobody was there" "enforcing same $((fewer + 1))" \
	"$(now_is) $(gateway nft list table netdev sekisho | grep -c 'hook egress')"
is "and all the while" "$all_good" "$(figures 100 arrived broken lost)"

# ---- a full disk ----
stop TERM
mount -t tmpfs -o size=256k,mode=0750 state "$work/state"
cp "$work/good.state" "$work/state/policy.conf"
fill() { cat /dev/zero >"$work/state/filler" 2>/dev/null; }
fill
start
is "with a full disk a start enforces, and says so" "degraded same" "$(now_is)"
is "with the reason" "the policy in force could not be kept on disk" "$(field .why)"
use other
hash=$(field .policy_hash)
ctl reload >"$work/out" 2>&1
is "a reload that cannot be kept is refused" 1 $?
grep -q 'No space left' "$work/out" && ok "with the reason" || bad "with the reason" <"$work/out"
is "and the policy in force is the one on disk" "$hash good filler same" \
	"$(field .policy_hash) $(state_is) $(ctl verify >/dev/null && echo same)"
is "and all the while" "$all_good" "$(figures 100 arrived broken lost)"
rm "$work/state/filler"
ctl reload >/dev/null 2>&1
is "with room again it is taken" "0 enforcing same other" "$? $(now_is) $(state_is)"
fill
break_policy
stop KILL
start
is "a full disk and a broken file: the last policy" "degraded same $all_good" \
	"$(now_is) $(figures 100 arrived broken lost)"
stop TERM
umount "$work/state"

# ---- no memory ----
rm -rf "$work/state" && mkdir "$work/state"
use good
start
"$B/tools/make_policy" 20000 >"$work/big.conf" 2>/dev/null
vsz_kb=$(awk '/VmSize/ { print $2 }' "/proc/$pid/status")
for more_kb in 0 1000 4000 16000; do
	[ -d "/proc/$pid" ] || start
	use big
	prlimit --pid "$pid" --as=$(((vsz_kb + more_kb) * 1024))
	ctl reload >/dev/null 2>&1
	got=$?
	is "a reload with $more_kb kB more does not succeed, and nothing opens" "yes $all_good" \
		"$([ $got -ne 0 ] && echo yes) $(figures 100 arrived broken lost)"
	use good
	[ -d "/proc/$pid" ] && stop KILL
	wait "$pid" 2>/dev/null
	start
	is "and the next start" "enforcing same good $all_good" \
		"$(now_is) $(state_is) $(figures 20 arrived broken lost)"
done 2>>"$work/err"

# ---- the memory of a control group, and the kernel's killer ----
if [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then
	group=/sys/fs/cgroup/memory/$prefix limit=memory.limit_in_bytes
else
	group=/sys/fs/cgroup/$prefix limit=memory.max
fi
if mkdir "$group" 2>/dev/null && [ -e "$group/$limit" ]; then
	trap 'daemon_clean; rmdir "$group" 2>/dev/null; test_clean' EXIT
	echo "$pid" >"$group/cgroup.procs"
	echo $((4 << 20)) >"$group/$limit"
	use big
	ctl reload >/dev/null 2>&1
	is "the kernel kills it for its memory" 137 "$(timeout 60 tail --pid="$pid" -f /dev/null; wait "$pid" 2>/dev/null; echo $?)"
	is "and the rules stand" "$all_good" "$(figures 100 arrived broken lost)"
	pid=
	rmdir "$group"
	use good
	start
	is "and the next start" "enforcing same good $all_good" \
		"$(now_is) $(state_is) $(figures 20 arrived broken lost)"
else
	rmdir "$group" 2>/dev/null
	echo "SKIPPED fail_closed: no control group for memory can be made here"
fi
stop TERM

# ---- rubbish for a state ----
# With the file broken as well there is nothing left to enforce: closed, the permitted included.
bytes=$(stat -c %s "$work/good.state")
rubbish() { # WHAT COMMAND…: makes $work/state/policy.conf
	local what=$1
	shift
	rm -rf "$work/state" && mkdir "$work/state"
	"$@"
	break_policy
	start
	is "$what for a state" "0 lockdown same arrived=0" "$? $(now_is) $(figures 20 arrived)"
	stop TERM
}
at=$work/state/policy.conf
rubbish "nothing" true
rubbish "an empty file" touch "$at"
rubbish "one byte" cp <(head -c 1 "$work/good.state") "$at"
for part in 2 3 5; do
	rubbish "the first $((bytes / part)) bytes of $bytes" cp <(head -c $((bytes / part)) "$work/good.state") "$at"
done
rubbish "all but the last two bytes" cp <(head -c -2 "$work/good.state") "$at"
rubbish "one digit of a port changed" cp <(sed '0,/443/s//444/' "$work/good.state") "$at"
rubbish "zeroes" cp <(head -c "$bytes" /dev/zero) "$at"
rubbish "noise" cp <(head -c "$bytes" /dev/urandom) "$at"
rubbish "a directory" mkdir "$at"
rubbish "a link to a good one" ln -s "$work/good.state" "$at"
rubbish "a pipe" mkfifo "$at"
rubbish "a gigabyte of nothing" truncate -s 1G "$at"
use good
start
is "and the file of the policy mends it" "enforcing same good" "$(now_is) $(state_is)"
rm "$at" && ln -s "$work/elsewhere" "$at"
ctl reload >/dev/null
is "a link in its place is replaced, not followed" "0 good no" \
	"$? $(state_is) $([ -e "$work/elsewhere" ] && echo yes || echo no)"
is "the state is not for everybody's eyes" 640 "$(stat -c %a "$at")"
stop TERM
is "in the end" "arrived=0" "$(figures 100 arrived)"
test_end
