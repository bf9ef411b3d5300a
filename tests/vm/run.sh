#!/bin/bash
# The tests on other kernels than this machine's: Debian 12's own (6.1) and Debian 13's (6.12),
# each booted in QEMU from an initramfs with this machine's tools and the programs as built. What
# runs is tests/kernel, tests/packet, tests/daemon and tests/vm; what they say comes through the
# serial line and is judged by its last line and by the kernel's own complaints. `make check-vm`.
#
# usage: run.sh [-k bookworm|trixie] [-b BUILD] [SUITE…]
#
# KVM is used where a kernel really comes up under it; the device alone says nothing. Without it
# the processor is emulated, and then the clock inside counts instructions: a second lasts as long
# as it takes and idle time passes at once, so that a busy host makes nothing late.
#
# VM_ACCEL=kvm|tcg decides it, VM_LIMIT_SEC is the longest one machine may take, VM_SEED the seed
# of the random attempts. The whole output stays in build/vm/RELEASE.log. Emulated and without
# VM_FULL=1, tests/packet/refused.sh (6,000 attempts) is left out, and that is said.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
releases=() build=build/debug
while getopts k:b: option; do
	case $option in
	k) releases+=("$OPTARG") ;;
	b) build=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ ${#releases[@]} -gt 0 ] || releases=(bookworm trixie)
named=$#
suites=("$@")
[ $named -gt 0 ] || suites=(tests/vm/features.sh tests/vm/vlan.sh tests/daemon/run.sh
	tests/kernel/*.sh tests/packet/*.sh)
if [ "$(uname -m)" != x86_64 ]; then
	echo "SKIP vm: the machine is described for x86_64, this is $(uname -m)"
	echo "vm: 0 passed, 0 failed"
	exit 0
fi
tests/vm/prepare.sh || { echo "vm: 0 passed, 1 failed"; exit 1; }

work=$(mktemp -d)
job=
clean() {
	[ -z "$job" ] || kill -- "-$job" 2>/dev/null
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
passed=0 failed=0
bad() {
	failed=$((failed + 1))
	echo "FAIL $1"
}

KVM=(-accel kvm -cpu "host,-arch-capabilities" -smp 2)
TCG=(-accel tcg -cpu max -smp 1 -icount "shift=0,sleep=off")
SEED=${VM_SEED:-$((16#$(git rev-parse --short=7 HEAD 2>/dev/null || echo 7)))}
token=end-$$-$RANDOM

# A machine of its own in a process group of its own, so that it ends with us; its console is
# standard output.
boot() { # SECONDS KERNEL-DIRECTORY SUITES ACCEL-ARGUMENTS…
	local seconds=$1 kernel=$2 paths=$3 status
	shift 3
	cat "$kernel/modules.cpio" "$work/root.cpio" >"$work/initrd"
	set -m
	timeout "$seconds" qemu-system-x86_64 -M microvm,acpi=off -nodefaults -no-user-config \
		-display none -serial stdio -no-reboot "$@" -m 2048 \
		-kernel "$kernel/vmlinuz" -initrd "$work/initrd" -append "console=ttyS0 panic=-1 \
			oops=panic reboot=t quiet loglevel=3 vm_suites=$paths vm_seed=$SEED \
			vm_token=$token" </dev/null 2>&1 &
	job=$!
	set +m
	wait "$job"
	status=$?
	job=
	return $status
}

# A device alone says nothing: where virtual machines are nested, kernels hang under it.
kvm_works() { # KERNEL-DIRECTORY
	[ -w /dev/kvm ] && boot 15 "$1" "" "${KVM[@]}" >"$work/trial"
	grep -aq "^$token 0 passed, 0 failed" <(tr -d '\r' <"$work/trial") 2>/dev/null
}

# What to boot with, how long, and what is left out.
accel_choose() { # KERNEL-DIRECTORY
	case ${VM_ACCEL-} in
	kvm) accel=("${KVM[@]}") ;;
	tcg) accel=("${TCG[@]}") ;;
	*)
		if kvm_works "$1"; then
			accel=("${KVM[@]}")
		else
			accel=("${TCG[@]}")
			echo "no kernel comes up under KVM here: the processor is emulated"
		fi
		;;
	esac
	[ "${accel[1]}" = kvm ] && limit=900 || limit=3600
	limit=${VM_LIMIT_SEC:-$limit}
	if [ "${accel[1]}" != kvm ] && [ $named = 0 ] && [ -z "${VM_FULL-}" ]; then
		echo "SKIP vm: tests/packet/refused.sh, too slow where the processor is emulated (VM_FULL=1 runs it)"
		suites=("${suites[@]/tests\/packet\/refused.sh/}")
	fi
}

# The counts of the last line, or what is known of a machine that did not come so far.
judge() { # RELEASE LOG STATUS
	local release=$1 log=$2 status=$3 counts
	counts=$(sed -n "s/^$token \([0-9]* passed, [0-9]* failed\)\$/\1/p" "$log")
	if [ -z "$counts" ]; then
		[ "$status" = 124 ] && bad "$release: not done after $limit seconds"
		grep -a -m 1 'Kernel panic' "$log"
		bad "$release: the machine ended without saying how it went; its last lines:"
		tail -n 20 "$log"
		return
	fi
	passed=$((passed + ${counts%% passed*}))
	counts=${counts##*, }
	failed=$((failed + ${counts%% failed*}))
}

if ! make -s FLAVOUR="$(basename "$build")" all tools ||
	! tests/vm/pack.sh "$build" "$work/root.cpio"; then
	echo "FAIL vm: cannot pack the initramfs"
	echo "vm: 0 passed, 1 failed"
	exit 1
fi
accel=()
for release in "${releases[@]}"; do
	start=$SECONDS
	kernel=$(tests/vm/kernel.sh "$release") || { bad "$release: no kernel"; continue; }
	[ ${#accel[@]} -gt 0 ] || accel_choose "$kernel"
	echo "==== $release: $(cat "$kernel/package"), ${accel[1]}"
	log=build/vm/$release.log
	exec {console}> >(sed -u 's/\r$//' | tee "$log" | grep -av --line-buffered -e "^$token" -e "sysrq: Resetting")
	reader=$!
	boot "$limit" "$kernel" "$(IFS=,; echo "${suites[*]}")" "${accel[@]}" >&"$console"
	status=$?
	exec {console}>&-
	wait "$reader"
	judge "$release" "$log" "$status"
	echo "==== $release: $((SECONDS - start))s"
done
echo "vm: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
