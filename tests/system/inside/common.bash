# What the parts of the system suite share, inside the container: counting, two machines behind
# this gateway, and the traffic between them (traffic.py).
# shellcheck shell=bash

# shellcheck source=tests/daemon/traffic.bash
source /root/traffic.bash

passed=0 failed=0
is() { # WHAT GOT WANTED
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
		echo "ok   $1"
	else
		failed=$((failed + 1))
		echo "FAIL $1: \"$2\", not \"$3\""
	fi
}
finish() { echo "$passed passed, $failed failed" >"/root/$1.result"; }

state() { sekishoctl status --json 2>/dev/null | jq -r .state; }
verified() { sekishoctl verify >/dev/null 2>&1 && echo same; }
main_pid() { systemctl show -p MainPID --value sekisho; }
policy() { install -m 0640 "$1" /etc/sekisho/sekisho.conf; }
break_policy() { echo broken >/etc/sekisho/sekisho.conf; }
# Until the unit is active with another process than that; systemd tells nobody, so it is asked.
active_again() { # PID
	timeout 100 bash -c "until [ \"\$(systemctl is-active sekisho)\" = active ] &&
		[ \"\$(systemctl show -p MainPID --value sekisho)\" != $1 ]; do :; done" && echo active
}

# gc-juki and mn-atena of the reference city; F12 lets the one to the other's tcp/443.
machine() { # NAME ADDRESS MAC INTERFACE GATEWAY LENGTH MAC
	ip netns add "$1"
	ip link add "$4" address "$7" type veth peer name eth0 address "$3" netns "$1"
	ip link set "$4" up
	ip addr add "$5/$6" dev "$4"
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
	ip -n "$1" addr add "$2/32" dev eth0
	ip -n "$1" route add "$5" dev eth0
	ip -n "$1" route add default via "$5" dev eth0
	ip -n "$1" neigh replace "$5" lladdr "$7" dev eth0 nud permanent
	ip neigh replace "$2" lladdr "$3" dev "$4" nud permanent
}
town_up() {
	echo 1 >/proc/sys/net/ipv4/ip_forward
	machine gc-juki 10.10.128.10 00:00:5e:00:53:5a vlan119 10.10.143.254 20 02:00:5e:01:00:03
	machine mn-atena 10.10.1.20 00:00:5e:00:53:14 vlan110 10.10.1.254 24 02:00:5e:01:00:00
	coproc traffic { exec python3 /root/traffic.py /run/netns/gc-juki /run/netns/mn-atena 10.10.1.20 443 9999; }
	# shellcheck disable=SC2154
	exec {traffic_in}>&"${traffic[1]}" {traffic_out}<&"${traffic[0]}"
}
meanwhile() { is "$1" "$(figures 100 arrived broken lost)" "arrived=0 broken=0 lost=0"; }
