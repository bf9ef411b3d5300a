#!/bin/bash
# The package in a container of its own release with a real systemd: install, start, reload good
# and bad, kill -9, stop, boot again with a broken file, upgrade, remove. Wants root, the
# package (make deb) and Debian's archive; a few minutes. `make check-system`.
#
# usage: run.sh [bookworm|trixie]; the package must have been built on that release
set -uo pipefail
cd "$(dirname "$0")/../.."
release=${1:-bookworm}
deb=$(ls build/deb/sekisho_*.deb 2>/dev/null | head -n 1)
[ "$(id -u)" -eq 0 ] || { echo "SKIP system: needs root"; exit 0; }
[ -n "$deb" ] || { echo "FAIL system: no package; make deb"; echo "system: 0 passed, 1 failed"; exit 1; }
for tool in debootstrap systemd-nspawn script; do
	command -v $tool >/dev/null || { echo "SKIP system: $tool is missing (debootstrap systemd-container bsdutils)"; exit 0; }
done
base=$PWD/build/system/$release
root=$(mktemp -d "$PWD/build/system-XXXXXX")
cleanup() { rm -rf "$root"; }
trap cleanup EXIT

if [ ! -e "$base/.complete" ]; then
	rm -rf "$base" && mkdir -p "$base"
	debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,nftables,iproute2,procps,jq \
		"$release" "$base" http://deb.debian.org/debian >build/system/debootstrap.log 2>&1 ||
		{ tail build/system/debootstrap.log; echo "system: 0 passed, 1 failed"; exit 1; }
	touch "$base/.complete"
fi
cp -a "$base/." "$root"
cp "$deb" "$root/root/sekisho.deb"
cp /etc/resolv.conf "$root/etc/" 2>/dev/null
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null
chroot "$root" sh -c 'apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends /root/sekisho.deb' \
	>"$root/root/install.log" 2>&1 || { tail "$root/root/install.log"; echo "system: 0 passed, 1 failed"; exit 1; }

sed '/F13:/,/};.*};/d; s/\(expires\|review-by\|until\) = "[0-9-]*"/\1 = "2099-03-31"/g' \
	conf/examples/aomine.conf >"$root/root/good.conf"
cat >"$root/root/first.sh" <<'T'
passed=0 failed=0
is() { if [ "$2" = "$3" ]; then passed=$((passed + 1)); echo "ok   $1"; else failed=$((failed + 1)); echo "FAIL $1: \"$2\", not \"$3\""; fi; }
state() { sekishoctl status --json | jq -r .state; }
drops() { nft list chain inet sekisho forward 2>/dev/null | grep -c 'policy drop'; }
flows() { nft list table inet sekisho 2>/dev/null | grep -c '"F02"'; }
T
cp "$root/root/first.sh" "$root/root/second.sh"
cat >>"$root/root/first.sh" <<'T'
is "the early unit is active after the first boot" "$(systemctl is-active sekisho-early)" active
is "so is the daemon" "$(systemctl is-active sekisho)" active
is "the fresh system is locked down" "$(drops)" 1
is "and enforces the policy of the package" "$(state)" enforcing
is "the early unit comes before the network" "$(systemctl show -p Before --value sekisho-early | grep -c network-pre.target)" 1
install -m 0640 /root/good.conf /etc/sekisho/sekisho.conf
systemctl reload sekisho
is "systemctl reload takes the reference city" $? 0
is "and the kernel has its flows" "$([ "$(flows)" -gt 0 ] && echo yes)" yes
echo broken >>/etc/sekisho/sekisho.conf
systemctl reload sekisho 2>/dev/null
is "systemctl reload fails on a broken file" "$([ $? -ne 0 ] && echo failed)" failed
is "the reason is in the journal" "$(journalctl -u sekisho -o cat | grep -c 'sekisho.conf:.*broken')" 1
is "nothing changed" "$(state)" enforcing
install -m 0640 /root/good.conf /etc/sekisho/sekisho.conf
main=$(systemctl show -p MainPID --value sekisho)
kill -9 "$main"
is "right after kill -9 the rules are there" "$([ "$(flows)" -gt 0 ] && echo yes)" yes
until [ "$(systemctl is-active sekisho)" = active ] && [ "$(systemctl show -p MainPID --value sekisho)" != "$main" ]; do :; done
is "systemd starts it again" "$(state)" enforcing
systemctl stop sekisho
is "a stop leaves the rules" "$([ "$(flows)" -gt 0 ] && echo yes)" yes
systemctl start sekisho
is "and a start takes them over" "$(state)" enforcing
dpkg -i /root/sekisho.deb >/dev/null 2>&1
is "an upgrade leaves it running" "$(systemctl is-active sekisho)" active
is "and the rules" "$([ "$(flows)" -gt 0 ] && echo yes)" yes
is "the kernel's features are told" "$(sekishoctl status --json | jq '.kernel.features.owner.present')" true
is "the groups are there" "$(getent group sekisho-viewer sekisho-operator sekisho-approver | wc -l)" 3
echo broken >/etc/sekisho/sekisho.conf
echo "$passed passed, $failed failed" >/root/first.result
T
cat >>"$root/root/second.sh" <<'T'
is "booted with a broken file, the last policy is enforced" "$(state)" degraded
is "with its flows" "$([ "$(flows)" -gt 0 ] && echo yes)" yes
install -m 0640 /root/good.conf /etc/sekisho/sekisho.conf
systemctl reload sekisho
is "and the mended file is taken" "$(state)" enforcing
apt-get remove -y sekisho >/dev/null 2>&1
is "the removed package leaves the rules" "$([ "$(flows)" -gt 0 ] && echo yes)" yes
echo "$passed passed, $failed failed" >/root/second.result
T
cat >"$root/etc/systemd/system/sekisho-test.service" <<'T'
[Unit]
After=multi-user.target sekisho.service
[Service]
Type=oneshot
ExecStart=/bin/bash -c 'bash /root/$(cat /root/part).sh >/root/log.$(cat /root/part) 2>&1; systemctl poweroff'
TimeoutStartSec=100
[Install]
WantedBy=default.target
T
chroot "$root" systemctl enable sekisho-test.service >/dev/null 2>&1
passed=0 failed=0
for part in first second; do
	echo $part >"$root/root/part"
	timeout 150 script -qc "systemd-nspawn -b --register=no --keep-unit --private-network -D $root" /dev/null >"$root/root/console.$part" 2>&1
	cat "$root/root/log.$part" 2>/dev/null
	if [ -s "$root/root/$part.result" ]; then
		read -r p _ f _ <"$root/root/$part.result"
		passed=$((passed + p)) failed=$((failed + f))
	else
		echo "FAIL system: the $part boot did not end"
		tail -n 30 "$root/root/console.$part"
		failed=$((failed + 1))
	fi
done
echo "system: $passed passed, $failed failed"
[ $failed -eq 0 ]
