#!/bin/bash
# The tests on other kernels than this machine's: Debian 12's own (6.1) and Debian 13's (6.12),
# each booted in QEMU from an initramfs with this machine's tools, the release's own nft(8) and the
# programs as built. What runs is tests/kernel, tests/packet, tests/daemon and tests/vm; what they say comes through the
# serial line and is judged by its last line and by the kernel's own complaints. `make check-vm`.
#
# usage: run.sh [-k bookworm|trixie] [-b BUILD] [SUITE…]
#
# KVM is used where a kernel really comes up under it; the device alone says nothing. Without it
# the processor is emulated, and then the clock inside counts instructions: a second lasts as long
# as it takes and idle time passes at once, so that a busy host makes nothing late.
#
# The machines run side by side, and each line says whose it is.
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
jobs=()
clean() {
	local one
	for one in "${jobs[@]}"; do kill -- "-$one" 2>/dev/null; done
	wait
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
bad() { # RELEASE WHAT
	echo "0 1" >>"$work/$1.counts"
	echo "FAIL $1: $2"
}

KVM=(-accel kvm -cpu "host,-arch-capabilities" -smp 2)
TCG=(-accel tcg -cpu max -smp 1 -icount "shift=0,sleep=off")
SEED=${VM_SEED:-$((16#$(git rev-parse --short=7 HEAD 2>/dev/null || echo 7)))}
token=end-$$-$RANDOM

# The console is standard output.
boot() { # RELEASE SECONDS SUITES ACCEL-ARGUMENTS…
	local kernel=$work/$1
	timeout --foreground "$2" qemu-system-x86_64 -M microvm,acpi=off -nodefaults \
		-no-user-config -display none -serial stdio -no-reboot "${@:4}" -m 2048 \
		-kernel "$kernel.vmlinuz" -initrd "$kernel.initrd" -append "console=ttyS0 panic=-1 \
			oops=panic reboot=t quiet loglevel=3 vm_suites=$3 vm_seed=$SEED \
			vm_token=$token" </dev/null 2>&1
}

# A device alone says nothing: where virtual machines are nested, kernels hang under it.
kvm_works() { # RELEASE
	[ -w /dev/kvm ] && boot "$1" 15 "" "${KVM[@]}" >"$work/trial"
	grep -aq "^$token 0 passed, 0 failed" <(tr -d '\r' <"$work/trial") 2>/dev/null
}

# What to boot with, how long, and what is left out.
accel_choose() { # RELEASE
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
	counts=$(sed -n "s/^$token \([0-9]*\) passed, \([0-9]*\) failed\$/\1 \2/p" "$log")
	if [ -z "$counts" ]; then
		[ "$status" = 124 ] && bad "$release" "not done after $limit seconds"
		grep -a -m 1 'Kernel panic' "$log"
		bad "$release" "the machine ended without saying how it went; its last lines:"
		tail -n 20 "$log"
		return
	fi
	echo "$counts" >>"$work/$release.counts"
}

# What to boot a release with, all together.
furnish() { # RELEASE
	local kernel nft
	kernel=$(tests/vm/kernel.sh "$1") || { bad "$1" "no kernel"; return 1; }
	nft=$(tests/vm/nft.sh "$1") || { bad "$1" "no nft"; return 1; }
	ln -s "$kernel/vmlinuz" "$work/$1.vmlinuz"
	cat "$kernel/modules.cpio" "$work/root.cpio" "$nft" >"$work/$1.initrd"
	nft=${nft##*/}
	echo "$(cat "$kernel/package"), ${nft%.cpio}" >"$work/$1.package"
}

machine() { # RELEASE: a release's suites; its counts go to a file
	local log=build/vm/$1.log start=$SECONDS status
	echo "==== $1: $(cat "$work/$1.package"), ${accel[1]}"
	boot "$1" "$limit" "$(IFS=,; echo "${suites[*]}")" "${accel[@]}" |
		sed -u 's/\r$//' | tee "$log" |
		grep -av --line-buffered -e "^$token" -e "sysrq: Resetting"
	status=${PIPESTATUS[0]}
	judge "$1" "$log" "$status"
	echo "==== $1: $((SECONDS - start))s"
}

if ! make -s FLAVOUR="$(basename "$build")" all tools ||
	! tests/vm/pack.sh "$build" "$work/root.cpio"; then
	echo "FAIL vm: cannot pack the initramfs"
	echo "vm: 0 passed, 1 failed"
	exit 1
fi
accel=()
for release in "${releases[@]}"; do
	furnish "$release" || continue
	[ ${#accel[@]} -gt 0 ] || accel_choose "$release"
	# in a process group of its own, so that it ends with us
	set -m
	machine "$release" 2>&1 | sed -u "s/^/$release  /" &
	jobs+=("$(jobs -p %%)")
	set +m
done
wait "${jobs[@]}"
jobs=()
read -r passed failed < <(cat "$work"/*.counts |
	awk '{ passed += $1; failed += $2 } END { print passed + 0, failed + 0 }')
echo "vm: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
