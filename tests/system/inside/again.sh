# The second boot, with a broken file: the last good policy; then the removal.
source /root/common.bash

entered() { systemctl show -p "$1" --value "$2"; }
is "booted with a broken file, the last policy is enforced" "$(state) $(verified)" "degraded same"
is "and status says why" "$(sekishoctl status --json | jq -r .why)" \
	"the policy file was refused; the last policy that was in force is enforced"
early=$(entered ActiveEnterTimestampMonotonic sekisho-early)
network=$(entered ActiveEnterTimestampMonotonic network-pre.target)
is "all was closed before the network was begun with" "$([ "$early" -gt 0 ] && [ "$early" -le "$network" ] && echo yes)" yes
town_up
is "its flow passes" "$(traffic dial)" up
is "and nothing arrived until then" "$(figures 1 arrived)" arrived=0
meanwhile "and nothing else"
policy good.conf
systemctl reload sekisho
is "the mended file is taken" "$? $(state)" "0 enforcing"
meanwhile "and all the while"

apt-get remove -y sekisho >/root/remove.out 2>&1
is "it is removed" "$? $(command -v sekishod)" "0 "
meanwhile "and leaves the rules"
apt-get purge -y sekisho >>/root/remove.out 2>&1
is "even purged" $? 0
meanwhile "and all the while"
finish again
