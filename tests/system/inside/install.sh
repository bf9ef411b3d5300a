# The first boot: a system without the package, then all its life up to the next boot.
source /root/common.bash

# ---- before, and installing ----
town_up
is "without the package the forbidden arrives, and is seen" \
	"$([ "$(figures 50 arrived)" != arrived=0 ] && echo yes)" yes
apt-get install -y --no-install-recommends /root/sekisho.deb >install.out 2>&1
is "it installs" $? 0
figures 1 arrived >/dev/null # what arrived before
is "nothing arrives from then on" "$(figures 100 arrived new)" "arrived=0 new=0"
is "it says what to do next" "$(grep -c 'sekishoctl check' install.out)" 1
is "it is enabled and runs" "$(systemctl is-enabled sekisho sekisho-early | paste -sd' ') $(systemctl is-active sekisho sekisho-early | paste -sd' ')" \
	"enabled enabled active active"
is "it enforces the policy of the package" "$(state)" enforcing
is "the early unit comes before the network" "$(systemctl show -p Before --value sekisho-early | grep -c network-pre.target)" 1
is "and asks for nothing that could be missing" "$(systemctl show -p Requires --value sekisho-early | tr ' ' '\n' | grep -cvE '^(system.slice|-.mount|)$')" 0
is "the groups are there" "$(getent group sekisho-viewer sekisho-operator sekisho-approver | wc -l)" 3
is "the policy is not for everybody's eyes" "$(stat -c %a /etc/sekisho/sekisho.conf /etc/sekisho /var/lib/sekisho /var/lib/sekisho/policy.conf | paste -sd' ')" "640 750 750 640"
for unit in sekisho sekisho-early; do
	exposure=$(systemd-analyze security --no-pager $unit 2>/dev/null | grep -oE 'level for .*: [0-9.]+' | grep -oE '[0-9.]+$')
	is "$unit is exposed under 2.0 (${exposure-})" "$(awk "BEGIN { print (\"${exposure:-9}\" + 0 < 2) }")" 1
done
is "the kernel's features are told" "$(sekishoctl status --json | jq '.kernel.features.owner.present')" true

# ---- reload ----
policy good.conf
systemctl reload sekisho
is "systemctl reload takes the reference city" $? 0
is "its flow passes" "$(traffic dial)" up
is "and nothing arrived until then" "$(figures 1 arrived)" arrived=0
meanwhile "and nothing else"
echo broken >>/etc/sekisho/sekisho.conf
systemctl reload sekisho 2>reload.err
is "systemctl reload fails on a broken file" "$([ $? -ne 0 ] && echo failed)" failed
is "the reason is in the journal" "$(journalctl -u sekisho -o cat | grep -c 'sekisho.conf:.*broken')" 1
is "nothing changed" "$(state) $(verified)" "enforcing same"
policy good.conf
meanwhile "and all the while"

# ---- killed ----
main=$(main_pid)
kill -9 "$main"
meanwhile "right after kill -9"
is "systemd starts it again" "$(active_again "$main") $(state) $(verified)" "active enforcing same"
meanwhile "and all the while"
for ((i = 0; i < 8; i++)); do
	main=$(main_pid)
	kill -9 "$main"
	[ "$(active_again "$main")" = active ] || break
done
is "eight times in a row" "$i $(state)" "8 enforcing"
meanwhile "and all the while"

# ---- a daemon that hangs ----
mkdir -p /etc/systemd/system/sekisho.service.d
printf '[Service]\nWatchdogSec=3\n' >/etc/systemd/system/sekisho.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart sekisho
main=$(main_pid)
traffic "after 8000" >/dev/null
is "a healthy daemon feeds the watchdog, whatever its policy's interval" "$(main_pid)" "$main"
kill -STOP "$main"
is "one that hangs is ended by it and started again" "$(active_again "$main") $(state) $(verified)" "active enforcing same"
is "and the journal has it" "$(journalctl -u sekisho -o cat | grep -c 'Watchdog timeout')" 1
meanwhile "and all the while"
rm /etc/systemd/system/sekisho.service.d/watchdog.conf

# ---- out of memory ----
group=/sys/fs/cgroup$(systemctl show -p ControlGroup --value sekisho)
systemctl daemon-reload
systemctl restart sekisho
main=$(main_pid)
if [ -e "$group/memory.max" ]; then
	echo 3M >"$group/memory.max"
	systemctl reload sekisho 2>/dev/null
elif [ -e "$group/cgroup.kill" ]; then
	echo "SKIP out of memory: no memory controller in here; the control group is killed instead"
	echo 1 >"$group/cgroup.kill"
else
	echo "SKIP out of memory: no control group of version 2 in here; killed one by one"
	systemctl kill -s KILL sekisho
fi
is "killed for its memory it comes back" "$(active_again "$main") $(state) $(verified)" "active enforcing same"
meanwhile "and all the while"

# ---- a full disk ----
systemctl stop sekisho
mount -t tmpfs -o size=256k,mode=0750 state /var/lib/sekisho
cat /dev/zero >/var/lib/sekisho/filler 2>/dev/null
systemctl start sekisho
is "with a full disk and no state it enforces, and says so" "$? $(state) $(verified)" "0 degraded same"
is "with the reason" "$(sekishoctl status --json | jq -r .why)" "the policy in force could not be kept on disk"
sed 's/ports = \[9443\]/ports = [9444]/' good.conf >other.conf
policy other.conf
hash=$(sekishoctl status --json | jq -r .policy_hash)
systemctl reload sekisho 2>/dev/null
is "a reload that cannot be kept fails and changes nothing" "$? $(sekishoctl status --json | jq -r .policy_hash)" "1 $hash"
is "with the reason" "$(journalctl -u sekisho -o cat | tail -n 3 | grep -q 'No space left' && echo told)" told
rm /var/lib/sekisho/filler
systemctl reload sekisho
is "with room again it is taken" "$? $(state) $(verified)" "0 enforcing same"
systemctl stop sekisho
umount /var/lib/sekisho
policy good.conf
systemctl start sekisho
meanwhile "and all the while"

# ---- stop, upgrade ----
systemctl stop sekisho
meanwhile "a stop leaves the rules"
systemctl start sekisho
is "and a start takes them over" "$(state) $(verified)" "enforcing same"
main=$(main_pid)
apt-get install -y --no-install-recommends /root/next.deb >upgrade.out 2>&1
is "an upgrade" "$? $(dpkg-query -W -f '${Version}' sekisho | grep -c next)" "0 1"
is "starts the new daemon" "$(active_again "$main") $(state) $(verified)" "active enforcing same"
meanwhile "and all the while"
is "and keeps the policy" "$(cmp good.conf /etc/sekisho/sekisho.conf && echo same)" same
break_policy
finish install
