#!/bin/bash
# Runs each fuzzer for so many seconds from its kept corpus and the examples. Crash inputs are
# written to build/fuzz/ and belong, after the mending, into the corpus under a telling name.
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
passed=0 failed=0
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0"
for fuzzer in build/fuzz/fuzz_*; do
	[ -x "$fuzzer" ] && [ -f "$fuzzer" ] || continue
	name=$(basename "$fuzzer")
	work=$(mktemp -d)
	if timeout $((seconds + 120)) "$fuzzer" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -max_len=20000 -dict=tests/fuzz/"$name".dict \
		-artifact_prefix=build/fuzz/"$name"- -print_final_stats=1 \
		"$work" tests/fuzz/corpus/"$name" conf/examples conf/examples/refused \
		>"$work.log" 2>&1; then
		passed=$((passed + 1))
		grep -aE 'stat::number_of_executed_units|cov:' "$work.log" | tail -n 2
	else
		failed=$((failed + 1))
		tail -n 60 "$work.log"
	fi
	if [ -n "${FUZZ_MERGE-}" ]; then
		"$fuzzer" -merge=1 -max_len=20000 tests/fuzz/corpus/"$name" "$work" >/dev/null 2>&1
	fi
	rm -rf "$work" "$work.log"
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
