#!/bin/bash
# Connections that stand, against the policy: those it permits go on through every audit, those it
# does not are found and end: opened through a hole, under a forged mark, put into the kernel's
# table by hand, translated on the way, left over by a flow that is gone, closed or whose machine
# is isolated. The gateway's own go on. The audit is the daemon's (audit_kernel); conntrack(8) is
# used to forge and to look, by nobody but this test.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
test_begin connections "${1:-build/debug}" aomine
command -v conntrack >/dev/null || skip "conntrack is not installed"

# The city with one terminal for management; and the same with F18 by another port.
sed '/^management:/a\  ssh: ( { from = "mgm-log"; ports = [22]; } );' "$policy" >"$work/p.conf"
sed '/^  F18:/,/};$/s/ports = \[25\]/ports = [2525]/' "$work/p.conf" >"$work/narrower.conf"
policy=$work/p.conf AT=2026-11-24T10:00:00+09:00

audit() { # POLICY TIME look|remove [WHAT…]: what it found
	gateway "$LAB_BUILD/tools/audit_kernel" "$@" 2>/dev/null | sed '/^seen /d' | sort
}
look() { audit "$policy" $AT look; }
remove() { audit "$policy" $AT remove; }
tracked() { # CONNTRACK-WORDS…: how many entries there are
	gateway conntrack -L "$@" 2>/dev/null | wc -l
}
port_of() { # SOURCE DESTINATION PORT: the source port of the connection between them
	gateway conntrack -L -p tcp -s "$1" -d "$2" --dport "$3" 2>/dev/null |
		sed -n 's/[^=]*src=[^ ]* dst=[^ ]* sport=\([0-9]*\) .*/\1/p' | head -n 1
}
mark_of() { # FLOW
	sed -n "s/.* comment \"$1\" : \(0x[0-9a-f]*\).*/\1/p" "$work/ruleset.nft" | head -n 1
}
silent() { is "$1" "$2 silent unseen" "$(probe "say $2")"; }

patient() { # COMMANDS…: where an answer is sure to come, however late
	probe "wait 10000" "$@"
	probe "wait 300" >/dev/null # as in the beginning
}
permitted=(a b f l n s)
goes_on() { # WHAT: all that is permitted
	is "$1" "$(printf '%s answered\n' "${permitted[@]}")" \
		"$(patient "${permitted[@]/#/say }" | sed 's/ [a-z]*$//' | sort)"
}

# A flow each way between the same two machines, UDP, and the gateway's own: asking and asked
permitted_stay() {
	is "what is permitted opens" "$(printf '%s answered\n' "${permitted[@]}")" \
		"$(patient "serve rt-lgwan tcp 198.51.100.70 25" "serve lg-mail tcp 10.20.1.20 25" \
			"serve rt-lgwan udp 198.51.100.123 123" "serve mgm-ntp udp 10.91.0.11 123" \
			"serve gateway tcp 10.91.0.254 22" "serve gateway tcp 127.0.0.1 5000" \
			"open a lg-mail tcp 10.20.1.20 198.51.100.70 25" \
			"open b rt-lgwan tcp 198.51.100.70 10.20.1.20 25" \
			"open f mgm-ntp udp 10.91.0.11 198.51.100.123 123" \
			"open n gateway udp 10.91.0.254 10.91.0.11 123" \
			"open s mgm-log tcp 10.91.0.10 10.91.0.254 22" \
			"open l gateway tcp 127.0.0.1 127.0.0.1 5000" | sed 's/ [a-z]*$//' | sort)"
	is "an audit finds nothing" "" "$(remove)"
	goes_on "and all go on"
}

# Somebody's rule in front of ours for a moment
hole() {
	local port
	gateway nft insert rule inet sekisho forward accept comment '"hole"'
	is "through a hole something opens that no flow permits" "h answered seen" \
		"$(patient "serve rt-lgwan tcp 198.51.100.70 26" \
			"open h lg-mail tcp 10.20.1.20 198.51.100.70 26")"
	port=$(port_of 10.20.1.20 198.51.100.70 26)
	is "while the hole is open it goes on" "h answered seen" "$(patient "say h")"
	is "it is found" "tcp 10.20.1.20:$port → 198.51.100.70:26 (mark 0): no flow let it begin" "$(look)"
	is "looking alone removes nothing" 1 "$(tracked -p tcp --dport 26)"
	gateway nft delete rule inet sekisho forward handle \
		"$(gateway nft -a list chain inet sekisho forward |
			sed -n 's/.*"hole" # handle \([0-9]*\).*/\1/p')"
	silent "the hole closed, the ruleset stops it" h
}

# The mark of a flow that is alive on its way: to the ruleset it looks like that flow's
forged() {
	local port mark
	mark=$(mark_of F18) port=$(port_of 10.20.1.20 198.51.100.70 26)
	gateway conntrack -U -p tcp -s 10.20.1.20 -d 198.51.100.70 --sport "$port" --dport 26 \
		--mark "$mark" >/dev/null 2>&1
	# what was lost comes again when its sender's patience is over, which has doubled each time
	is "with a forged mark it goes on again" "h answered seen" "$(patient "say h")"
	is "but is found and removed" \
		"tcp 10.20.1.20:$port → 198.51.100.70:26 (mark $((mark))): it carries the mark of F18, which does not permit it; removed" \
		"$(remove)"
	is "it is no longer there" 0 "$(tracked -p tcp --dport 26)"
	silent "and says no more" h
	goes_on "all others go on"
}

injected() {
	local mark frame="frame i lg-mail proto=udp dip=198.51.100.70 dport=27 sport=42000"
	mark=$(mark_of F18)
	is "of a connection that no flow permits nothing passes" "i sent unseen" "$(probe "$frame")"
	gateway conntrack -I -p udp -s 10.20.1.20 -d 198.51.100.70 --sport 42000 --dport 27 \
		-u SEEN_REPLY -t 300 --mark "$mark" >/dev/null 2>&1
	is "an injected entry carries it" "i sent seen" "$(probe "$frame" | grep -v ^stray)"
	is "it is found and removed" \
		"udp 10.20.1.20:42000 → 198.51.100.70:27 (mark $((mark))): it carries the mark of F18, which does not permit it; removed" \
		"$(remove)"
	is "and carries nothing more" "i sent unseen" "$(probe "$frame")"
	goes_on "all others go on"
}

# To our chain, which stands last, the packet is one of F18.
translated_probe() { probe "$@" | grep -v ^stray | sed 's/ [a-z]*$//'; } # seen as another's
translated() {
	local port
	gateway nft -f - <<-'BATCH'
		add table ip foreign
		add chain ip foreign prerouting { type nat hook prerouting priority dstnat; }
		add rule ip foreign prerouting ip daddr 198.51.100.99 tcp dport 8025 dnat to 198.51.100.70:25
	BATCH
	is "a foreign translation makes it a flow's" "d answered" \
		"$(translated_probe "open d lg-mail tcp 10.20.1.20 198.51.100.99 8025")"
	gateway nft flush chain ip foreign prerouting
	is "without its rule it goes on" "d answered" "$(translated_probe "say d")"
	port=$(port_of 10.20.1.20 198.51.100.99 8025)
	is "it is found and removed" \
		"tcp 10.20.1.20:$port → 198.51.100.99:8025 (mark $(($(mark_of F18)))): its addresses or ports are translated, which no policy says; removed" \
		"$(remove)"
	is "and says no more" "d silent" "$(translated_probe "say d")"
	gateway nft delete table ip foreign
	goes_on "all others go on"
}

# The audit alone, so that it is seen to be what ends them: the ruleset still permits both.
shrunk() {
	local port mark
	is "connections of F05 and of F12" "$(printf '%s answered seen\n' t v)" \
		"$(patient "serve rl-eltax tcp 10.10.9.4 22" "serve mn-atena tcp 10.10.1.20 443" \
			"open t mn-tax tcp 10.10.1.11 10.10.9.4 22" \
			"open v gc-juki tcp 10.10.128.10 10.10.1.20 443" | sort)"
	port=$(port_of 10.10.1.11 10.10.9.4 22) mark=$(mark_of F05)
	is "at night its window is closed: removed" \
		"tcp 10.10.1.11:$port → 10.10.9.4:22 (mark $((mark))): flow F05 is closed at this time; removed" \
		"$(audit "$policy" 2026-11-24T23:00:00+09:00 remove)"
	silent "and says no more" t
	is "F12, which has none, goes on" "v answered seen" "$(patient "say v")"
	is "its machine isolated: removed" "one of its sides is isolated; removed" \
		"$(audit "$policy" $AT remove host:gc-juki | sed 's/.*): //')"
	silent "and says no more" v
	goes_on "all others go on"
	port=$(port_of 10.20.1.20 198.51.100.70 25) mark=$(mark_of F18)
	is "F18 no longer permits its port: removed" \
		"tcp 10.20.1.20:$port → 198.51.100.70:25 (mark $((mark))): it carries the mark of F18, which does not permit it; removed" \
		"$(audit "$work/narrower.conf" $AT remove)"
	silent "and says no more" a
	permitted=(b f l n s)
	goes_on "what else goes on between the same two machines does, and all others"
}

# Isolating everything leaves the gateway its own.
everything() {
	is "all is isolated: F19 and F30 are removed" \
		"$(printf 'one of its sides is isolated; removed\n%.0s' 1 2)" \
		"$(audit "$policy" $AT remove all | sed 's/.*): //')"
	silent "F19 says no more" b
	permitted=(l n s)
	goes_on "the gateway's own go on"
}

probe_start
load $AT || exit 1
[ -n "$(mark_of F18)" ] || exit 1
permitted_stay
hole
forged
injected
translated
shrunk
everything
test_end
