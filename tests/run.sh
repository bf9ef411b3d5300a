#!/bin/bash
# The whole test suite: every part under tests/ that exists, in debug and in ASan+UBSan. Each
# part ends with "NAME: N passed, N failed"; the last line sums them up.
set -uo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 ASAN_OPTIONS=abort_on_error=0:quarantine_size_mb=4 UBSAN_OPTIONS=print_stacktrace=1
# a loaded machine and sanitizers are slow; a hang is still found
export CK_TIMEOUT_MULTIPLIER=5
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0"
jobs=$(nproc)
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
passed=0 failed=0

# part NAME COMMAND...: runs it, shows what it says, adds up its last count.
part() {
	local name=$1 status counts start=$SECONDS
	shift
	"$@" >"$log/$name" 2>&1
	status=$?
	counts=$(grep -aoE '[0-9]+ passed, [0-9]+ failed' "$log/$name" | tail -n 1)
	if [ -z "$counts" ]; then
		counts="0 passed, 1 failed"
	elif [ $status -ne 0 ] && [[ $counts == *" 0 failed" ]]; then
		counts="${counts%% passed*} passed, 1 failed"
	fi
	if [[ $counts != *" 0 failed" ]]; then
		tail -n 200 "$log/$name"
	fi
	grep -aE '^SKIP' "$log/$name"
	printf '%-22s %s (%ds)\n' "$name" "$counts" $((SECONDS - start))
	passed=$((passed + ${counts%% passed*}))
	counts=${counts##*, }
	failed=$((failed + ${counts%% failed*}))
}

for flavour in debug asan; do
	if ! make -j"$jobs" --no-print-directory FLAVOUR=$flavour all unit fault tools >"$log/build" 2>&1; then
		tail -n 60 "$log/build"
		echo "0 passed, 1 failed"
		exit 1
	fi
done

for flavour in debug asan; do
	b=build/$flavour
	part "unit-$flavour" "$b/unit"
	part "fault-$flavour" env FAULT_COARSE=$([ $flavour = asan ] && echo 20 || echo 6) "$b/fault"
	part "golden-$flavour" tests/golden/run.sh "$b"
	part "input-$flavour" tests/input/run.sh "$b"
done
for flavour in debug asan; do
	part "daemon-$flavour" tests/daemon/run.sh "build/$flavour"
done
part "daemon-clients" tests/daemon/clients.sh build/debug
part "daemon-fail-closed" tests/daemon/fail_closed.sh build/debug
part "daemon-isolate" tests/daemon/isolate.sh build/debug
part "daemon-marks" tests/daemon/marks.sh build/debug
part "daemon-look" tests/daemon/look.sh build/debug
for lint in tests/lint/*.sh; do
	part "lint-$(basename "$lint" .sh)" "$lint" build/debug
done
for kernel in tests/kernel/*.sh; do
	part "kernel-$(basename "$kernel" .sh)" "$kernel" build/debug
done
for packet in tests/packet/*.sh; do
	part "packet-$(basename "$packet" .sh)" "$packet" build/debug
done
for proof in tests/proof/*.sh; do
	part "proof-$(basename "$proof" .sh)" "$proof" build/debug
done
part "demo" tests/lab/demo_check.sh build/debug
if make -j"$jobs" --no-print-directory fuzz-build >"$log/build" 2>&1; then
	part "fuzz" tests/fuzz/run.sh "${FUZZ_SEC:-30}"
else
	tail -n 60 "$log/build"
	failed=$((failed + 1))
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
