#!/bin/bash
# Bad input: every case gets a clear error and status 1 or 2, quickly; nothing crashes, nothing
# is half accepted (no output but the message).
set -uo pipefail
cd "$(dirname "$0")/../.."
b=${1:-build/debug}
ctl=$PWD/$b/sekishoctl
dir=$(mktemp -d)
writer=
cleanup() {
	[ -z "$writer" ] || kill "$writer" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
passed=0 failed=0
export LC_ALL=C.UTF-8

# refused NAME STATUS PATTERN FILE [seconds]
refused() {
	local name=$1 want=$2 pattern=$3 file=$4 out status
	out=$(timeout "${5:-20}" "$ctl" check --json "$file" 2>&1 >"$dir/json")
	status=$?
	out+=$(timeout "${5:-20}" "$ctl" check "$file" 2>&1)
	if [ $status -ne "$want" ] || ! grep -qaE -- "$pattern" <<<"$out" ||
		! jq -e '.accepted == false and (.findings | length) > 0' "$dir/json" >/dev/null; then
		echo "FAIL $name: status $status (want $want): ${out:0:300}"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
	if [ -n "$(timeout "${5:-20}" "$ctl" compile "$file" 2>/dev/null)" ]; then
		echo "FAIL $name: compile printed a ruleset"
		failed=$((failed + 1))
	fi
}

: >"$dir/empty.conf"
refused "an empty file" 2 "the file is empty" "$dir/empty.conf"
refused "a directory" 2 "is a directory" "$dir"
refused "no such file" 2 "there is no file" "$dir/none.conf"
mkfifo "$dir/fifo.conf"
refused "a fifo" 2 "not a regular file" "$dir/fifo.conf"
refused "a device" 2 "not a regular file" /dev/zero

head -c 100000000 /dev/zero | tr '\0' '#' >"$dir/huge.conf"
refused "a file of 100 MB" 2 "larger than 64 MiB" "$dir/huge.conf"
rm -f "$dir/huge.conf"
{ printf 'version = 1;\nzones: '; head -c 10000 /dev/zero | tr '\0' '{'; } >"$dir/deep.conf"
refused "10,000 levels of braces" 2 "nested more than" "$dir/deep.conf"
{ printf 'version = 1;\nroutes: '; head -c 10000 /dev/zero | tr '\0' '('
	head -c 10000 /dev/zero | tr '\0' ')'; printf ';\n'; } >"$dir/deep2.conf"
refused "10,000 levels of lists" 2 "nested more than" "$dir/deep2.conf"
for ((i = 0; i < 10000; i++)); do printf 'a: { '; done >"$dir/deep3.conf"
refused "10,000 nested groups" 2 "nested more than" "$dir/deep3.conf"

printf 'version = 1;\n@include "none.conf"\n' >"$dir/include.conf"
refused "a missing include" 2 "include.conf:2.*there is no file" "$dir/include.conf"
printf 'version = 1;\n@include "loop2.conf"\n' >"$dir/loop.conf"
printf '@include "loop.conf"\n' >"$dir/loop2.conf"
refused "an include loop" 2 "includes itself" "$dir/loop.conf"
printf '@include "self.conf"\n' >"$dir/self.conf"
refused "a file that includes itself" 2 "includes itself" "$dir/self.conf"
printf 'version = 1;\n@include "../etc/passwd"\n' >"$dir/out.conf"
refused "an include out of the folder" 2 "leaves the folder" "$dir/out.conf"
printf 'version = 1;\n@include "/etc/passwd"\n' >"$dir/abs.conf"
refused "an absolute include" 2 "leaves the folder" "$dir/abs.conf"
for ((i = 0; i < 12; i++)); do printf '@include "c%d.conf"\n' $((i + 1)) >"$dir/c$i.conf"; done
printf 'version = 1;\n' >"$dir/c12.conf"
refused "includes too deep" 2 "nested more than" "$dir/c0.conf"
printf 'version = 1;\n@include "dir.d"\n' >"$dir/incdir.conf"
mkdir "$dir/dir.d"
refused "an included directory" 2 "incdir.conf:2.*is a directory" "$dir/incdir.conf"

printf 'version = 1;\npolicy: { organisation = "a\0b"; };\n' >"$dir/nul.conf"
refused "a NUL byte" 2 "nul.conf:2.*NUL" "$dir/nul.conf"
sed 's/$/\r/' conf/examples/aomine.conf >"$dir/crlf.conf"
refused "CRLF" 2 "crlf.conf:1.*CRLF" "$dir/crlf.conf"
iconv -f UTF-8 -t CP932//TRANSLIT conf/examples/aomine.conf >"$dir/sjis.conf" 2>/dev/null
refused "Shift_JIS" 2 "is not UTF-8" "$dir/sjis.conf"
printf '\xef\xbb\xbfversion = 1;\n' >"$dir/bom.conf"
refused "a byte order mark" 2 "byte order mark" "$dir/bom.conf"
iconv -f UTF-8 -t UTF-16 conf/examples/aomine.conf >"$dir/utf16.conf"
refused "UTF-16" 2 "utf16.conf:1" "$dir/utf16.conf"
head -c 3000 conf/examples/aomine.conf >"$dir/cut.conf"
refused "a file cut off" 2 "cut.conf" "$dir/cut.conf"
head -c 100000 /dev/urandom >"$dir/noise.conf"
refused "noise" 2 "noise.conf:1" "$dir/noise.conf"

# open for writing by another program: a lease tells
cp conf/examples/aomine.conf "$dir/open.conf"
sleep 60 >>"$dir/open.conf" &
writer=$!
refused "a file that is being written" 2 "open for writing" "$dir/open.conf"
kill $writer
wait $writer 2>/dev/null
writer=
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$dir"
	install -m 0600 conf/examples/aomine.conf "$dir/secret.conf"
	install -m 0755 "$ctl" "$dir/sekishoctl"
	out=$(setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/sekishoctl" check "$dir/secret.conf" 2>&1)
	status=$?
	if [ $status -eq 2 ] && grep -q "no permission" <<<"$out"; then
		passed=$((passed + 1))
	else
		echo "FAIL no permission: status $status: $out"
		failed=$((failed + 1))
	fi
else
	echo "SKIP no permission: needs root and setpriv to become somebody else"
fi

# twenty are shown, the rest is counted
{
	printf 'version = 1;\npolicy: { organisation = "a"; gateway = "g"; edition = "R7.3"; model = "alpha"; };\nzones: { };\nflows: {\n'
	for ((i = 0; i < 3000; i++)); do printf '  F%d: { class = "nothing"; };\n' $i; done
	printf '};\n'
} >"$dir/many.conf"
refused "thousands of errors" 1 "and [0-9]+ more" "$dir/many.conf"
shown=$("$ctl" check "$dir/many.conf" | grep -c 'error C-')
if [ "$shown" -eq 20 ]; then passed=$((passed + 1)); else
	echo "FAIL 20 errors are shown: $shown"
	failed=$((failed + 1))
fi

# the command line
usage() {
	local want=$1 out status
	shift
	out=$("$ctl" "$@" 2>&1 >/dev/null)
	status=$?
	if [ $status -eq "$want" ] && [ -n "$out" ]; then passed=$((passed + 1)); else
		echo "FAIL sekishoctl $*: status $status (want $want): $out"
		failed=$((failed + 1))
	fi
}
usage 2 chekc
usage 2 check --frobnicate
usage 2 check --svg
usage 2 check a b
usage 2 check --at yesterday conf/examples/aomine.conf
usage 2 compile --format xml conf/examples/aomine.conf
usage 2 explain conf/examples/aomine.conf
usage 2 explain conf/examples/aomine.conf --from 10.10.1.11 --to nobody --proto tcp --port 22
usage 2 explain conf/examples/aomine.conf --from 10.10.1.11 --to 10.10.9.4 --proto tcp --port 0
usage 2 explain conf/examples/aomine.conf --from 10.10.1.11 --to 10.10.9.4 --proto tcp --port 22 --mac 1
usage 2 explain conf/examples/aomine.conf --from 10.10.1.11 --to 10.10.9.4 --proto sctp --port 22
usage 2 diff conf/examples/aomine.conf
usage 2 matrix --json --svg conf/examples/aomine.conf
if [ -w /dev/full ]; then
	"$ctl" compile --at 2026-11-21T12:00:00+09:00 conf/examples/aomine.conf >/dev/full 2>/dev/null
	status=$?
	if [ $status -eq 5 ]; then passed=$((passed + 1)); else
		echo "FAIL a full disk: status $status (want 5)"
		failed=$((failed + 1))
	fi
fi
echo "input: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
