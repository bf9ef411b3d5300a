#!/bin/bash
# Everything somebody with root can do to the gateway's tables and beside them, each its own case,
# in the reference city with ownership off, as on a kernel without it: heard, named by program and
# pid, undone, and the kernel (as nft lists it) the same as before; what others do in tables of
# their own is an alarm that goes when it goes, but for a flowtable over zones. Then the same with ownership on: what the kernel
# refuses by itself. Prints a table with the times the daemon measured.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/daemon/common.bash
source tests/daemon/common.bash
test_begin tamper "${1:-build/debug}" aomine
daemon_begin
table=$work/table

evergreen "$policy" | sed 's/own-tables = true/own-tables = false/' >"$work/p.conf"

# ---- what the daemon tells ----
watch_start() {
	coproc watch { "$B/sekishoctl" watch --json --socket "$work/run/control" 2>/dev/null | jq --unbuffered -r \
		'if .event == "drift" then .drift | [.id, .kind, .changer.program // "-", .changer.pid // 0,
			(if .repaired_at then "repaired" else "alarmed" end), .repair_took_ms // 0,
			.lasted_ms_max // 0, .guided] | join(" ") else .event end'; }
	# shellcheck disable=SC2154 # set by coproc
	exec {watch_out}<&"${watch[0]}"
	IFS= read -r -t 60 line <&"$watch_out" && [ "$line" = watching ]
}

next_drift() { # sets id kind program changer done took lasted guided
	while IFS=' ' read -r -t "${1:-20}" id kind program changer done took lasted guided <&"$watch_out"; do
		[[ $id =~ ^[0-9]+$ ]] && return 0
	done
	return 1
}

# The kernel's own listing, in any order: hash sets have none.
listing() { gateway nft -s list ruleset | grep -v '^[[:space:]]*size ' | tr ',' '\n' | sed 's/^[[:space:]]*//' | sort | sha256sum; }

# Is the state NAME within the time it takes? Nothing tells of it but status.
state_becomes() {
	local end=$((SECONDS + 20))
	until [ "$(field .state)" = "$1" ]; do
		[ $SECONDS -lt $end ] || return 1
	done
}

N=0
row() { printf '%3d  %-62s %-10s %9s  %s\n' "$N" "$1" "$2" "$3" "$4" >>"$table"; }

tamper_run() { # the commands of nft on standard input, as one transaction; sets author
	cat >"$work/commands"
	ip netns exec "$prefix-gateway" nft -f "$work/commands" >"$work/nft" 2>&1 & # its own pid is ours
	author=$!
	wait "$author"
}

# WHAT KIND, commands on standard input: undone
undone() {
	local what=$1 kinds=$2
	N=$((N + 1))
	if ! tamper_run; then
		bad "$what: could not be done" <"$work/nft"
		return
	fi
	if ! next_drift; then
		bad "$what: heard" <<<"nothing was heard"
		return
	fi
	if [[ $kind =~ ^($kinds)$ && $done = repaired && $program = nft && $changer = "$author" ]] &&
		[ "$(listing)" = "$before" ] && ctl verify >"$work/out" 2>&1; then
		ok "$what"
		row "$what" undone "$took ms" "$kind, by $program ($([ "$guided" = true ] && echo events || echo reading))"
	else
		bad "$what" <<<"$kind $done by $program ($changer, wanted $author), listing $([ "$(listing)" = "$before" ] && echo same || echo differs); $(ctl verify 2>&1)"
	fi
}

# WHAT KIND TABLE [STATE [repaired]], commands: told as long as the table is there; or taken away,
# and the table stays
alarmed() {
	local what=$1 kinds=$2 which=$3 state=${4:-degraded} wanted=${5:-alarmed}
	N=$((N + 1))
	if ! tamper_run; then
		echo "SKIP tamper: $what: $(head -n 1 "$work/nft")"
		return
	fi
	if next_drift && [[ $kind =~ ^($kinds)$ && $done = "$wanted" && $program = nft && $changer = "$author" ]] &&
		state_becomes "$state"; then
		ok "$what"
		[ "$wanted" = repaired ] && took="$took ms" || took=-
		row "$what" "${wanted/repaired/undone}" "$took" "$kind, by $program; state $state"
	else
		bad "$what" <<<"$kind $done by $program ($changer, wanted $author), state $(field .state)"
	fi
	# shellcheck disable=SC2086 # family and name
	gateway nft delete table $which
	state_becomes enforcing || bad "$what: over when it is gone" <<<"$(field .state) $(field .why)"
	while next_drift 0.05; do :; done
}

# The handle of the first rule of a chain that matches.
handle() { # FAMILY CHAIN PATTERN
	gateway nft -a list chain "$1" sekisho "$2" | sed -n "/$3/s/.* handle \([0-9]*\)\$/\1/p" | head -n 1
}
# The first element of a set, as nft takes it.
first() { # FAMILY SET
	gateway nft list set "$1" sekisho "$2" 2>/dev/null | tr '\n' ' ' | sed 's/.*elements = { *//; s/ comment "[^"]*"//g; s/ counter packets [0-9]* bytes [0-9]*//g; s/[,}].*//; s/ *$//'
}
first_map() { # FAMILY MAP: key : data
	gateway nft list map "$1" sekisho "$2" | tr '\n' ' ' | sed 's/.*elements = { *//; s/ comment "[^"]*"//g; s/[,}].*//; s/ *$//'
}

start || { cat "$work/err"; exit 1; }
watch_start || { bad "events are told" </dev/null; exit 1; }
before=$(listing)
gateway nft -s list ruleset >"$work/before.txt"
gateway nft -s list table inet sekisho >"$work/before.inet"

# ---- tables ----
undone "flush ruleset" table-removed <<<'flush ruleset'
for family in inet arp netdev bridge; do
	undone "delete table $family" table-removed <<<"delete table $family sekisho"
	undone "table $family made dormant" table-changed <<<"add table $family sekisho { flags dormant; }"
done
undone "table deleted and made anew, empty" 'chain-removed|set-removed|object-removed|table-.*' <<<'delete table inet sekisho
add table inet sekisho'
undone "a table of our name in family ip, accepting" table-added <<<'add table ip sekisho
add chain ip sekisho f { type filter hook forward priority -300; policy accept; }'
undone "a table of our name in family ip6" table-added <<<'add table ip6 sekisho'
undone "all rules flushed" rule-removed <<<'flush table inet sekisho'

# ---- chains ----
for chain in forward input output; do
	undone "policy of $chain made accept" chain-changed <<<"add chain inet sekisho $chain { policy accept; }"
done
undone "chain forward flushed" rule-removed <<<'flush chain inet sekisho forward'
undone "chain input flushed" rule-removed <<<'flush chain inet sekisho input'
undone "chain forward renamed" 'chain-.*' <<<'rename chain inet sekisho forward old'
undone "a chain of a pair renamed" 'chain-.*|rule-.*|element-.*' <<<"rename chain inet sekisho $(awk '/chain (pair|flows?)_/ { print $2; exit }' "$work/before.txt") other"
undone "a new base chain of ours before the others, accepting" chain-added <<<'add chain inet sekisho early { type filter hook forward priority -200; policy accept; }
add rule inet sekisho early accept'
undone "a new base chain that hides from tracking" chain-added <<<'add chain inet sekisho raw { type filter hook prerouting priority -310; }
add rule inet sekisho raw notrack'
undone "a new plain chain" chain-added <<<'add chain inet sekisho spare'
forward_again() { # PRIORITY HOOK: forward deleted and made anew elsewhere, with its rules
	echo 'flush chain inet sekisho forward'
	echo 'delete chain inet sekisho forward'
	echo "add chain inet sekisho forward { type filter hook $2 priority $1; policy drop; }"
	gateway nft -s list chain inet sekisho forward | sed -n 's/^\t\t/add rule inet sekisho forward /p' | grep -v 'type filter hook'
}
undone "chain forward at another priority" chain-changed < <(forward_again 200 forward)
undone "chain forward at another hook" chain-changed < <(forward_again 0 input)
undone "an egress chain flushed" rule-removed <<<"flush chain netdev sekisho $(awk '/table netdev/ { on = 1 } on && /chain / && $2 !~ /refuse/ { print $2; exit }' "$work/before.txt")"
undone "an egress chain deleted" chain-removed <<<"$(e=$(awk '/table netdev/ { on = 1 } on && /chain / && $2 !~ /refuse/ { print $2; exit }' "$work/before.txt"); echo "flush chain netdev sekisho $e"; echo "delete chain netdev sekisho $e")"
undone "the chain of bridges refuses everything" chain-changed <<<"add chain bridge sekisho $(awk '/table bridge/ { on = 1 } on && /chain / { name = $2 } on && /hook/ { print name; exit }' "$work/before.txt") { policy drop; }"

# ---- rules ----
for chain in forward input output guard; do
	undone "accept inserted before all of $chain" rule-added <<<"insert rule inet sekisho $chain accept"
	undone "accept added behind all of $chain" rule-added <<<"add rule inet sekisho $chain accept"
done
undone "accept in the middle" rule-added <<<"insert rule inet sekisho forward position $(handle inet forward 'ct state invalid') accept"
undone "accept for one address" rule-added <<<'insert rule inet sekisho forward ip saddr 10.10.16.21 ip daddr 198.51.100.70 accept'
undone "one rule deleted" rule-removed <<<"delete rule inet sekisho forward handle $(handle inet forward 'ct state invalid')"
undone "a rule twice" rule-added <<<'insert rule inet sekisho forward ct state invalid goto refuse_invalid'
undone "two rules in each other's place" 'rule-.*' <<<"$(a=$(handle inet forward 'ct state invalid'); echo "delete rule inet sekisho forward handle $a"; echo "add rule inet sekisho forward ct state invalid goto refuse_invalid")"
undone "a rule replaced: invalid is accepted, too" rule-changed <<<"replace rule inet sekisho forward handle $(handle inet forward 'ct state invalid') ct state invalid accept"
refuse=$(awk '/chain refuse_unplanned/ { print $2; exit }' "$work/before.txt")
undone "drop becomes accept where packets are refused" rule-changed <<<"replace rule inet sekisho $refuse handle $(handle inet "$refuse" '	*drop') accept"
undone "a rule replaced that keeps its comment" rule-changed <<<"replace rule inet sekisho $refuse handle $(handle inet "$refuse" '	*drop') accept comment \"refuse\""
undone "only a comment" 'rule-changed' <<<"replace rule inet sekisho $refuse handle $(handle inet "$refuse" '	*drop') drop comment \"nothing to see\""
undone "one bit: new beside established" rule-changed <<<"replace rule inet sekisho forward handle $(handle inet forward 'established iifname') ct state established,new iifname . oifname vmap @ways"
undone "another set in a look-up" rule-changed <<<"replace rule inet sekisho forward handle $(handle inet forward 'ct state new') ct state new iifname . oifname vmap @ways"
undone "a refusal no longer logged" rule-removed <<<"delete rule inet sekisho $refuse handle $(handle inet "$refuse" log)"
undone "a jump to elsewhere" rule-changed <<<"replace rule inet sekisho forward handle $(handle inet forward 'ct state invalid') ct state invalid goto refuse_ipv6"
undone "accept for ARP" rule-added <<<'insert rule arp sekisho input accept'
undone "accept at an egress" rule-added <<<"insert rule netdev sekisho $(awk '/table netdev/ { on = 1 } on && /chain / && $2 !~ /refuse/ { print $2; exit }' "$work/before.txt") accept"
undone "accept between bridged ports" rule-added <<<"insert rule bridge sekisho $(awk '/table bridge/ { on = 1 } on && /chain / { name = $2 } on && /hook/ { print name; exit }' "$work/before.txt") accept"
undone "the packet's mark is set" rule-added <<<'insert rule inet sekisho forward meta mark set 7'
undone "the connection's mark is set" rule-added <<<'insert rule inet sekisho forward ct mark set 7'

# ---- elements ----
alive=$(awk '/set alive_/ { name = $2 } /elements/ && name ~ /^alive_/ { print name; exit }' "$work/before.txt")
map=$(awk '/map flow4_/ { name = $2 } /elements/ && name ~ /^flow4_/ { print name; exit }' "$work/before.txt")
undone "a permission brought to life" element-added <<<"add element inet sekisho $alive { 0x00abcdef }"
undone "a permission brought to life for an hour" element-added <<<"add element inet sekisho $alive { 0x00abcdee timeout 1h }"
undone "a permission ended" element-removed <<<"delete element inet sekisho $alive { $(first inet "$alive") }"
undone "a permission given an end" element-changed <<<"$(e=$(first inet "$alive"); echo "delete element inet sekisho $alive { $e }"; echo "add element inet sekisho $alive { $e timeout 1h }")"
undone "one flow more" element-added <<<"add element inet sekisho $map { 00:00:5e:00:53:10 . 10.10.1.10 . 10.66.6.6 . tcp . 4444 : 0x00000002 }"
undone "one flow less" element-removed <<<"delete element inet sekisho $map { $(first_map inet "$map" | sed 's/ : .*//') }"
undone "a flow with the mark of another" element-changed <<<"$(e=$(first_map inet "$map"); echo "delete element inet sekisho $map { ${e% : *} }"; echo "add element inet sekisho $map { ${e% : *} : 0x0000004d }")"
undone "a flow without its comment" element-changed <<<"$(e=$(first_map inet "$map"); echo "delete element inet sekisho $map { ${e% : *} }"; echo "add element inet sekisho $map { $e }")"
undone "a machine more" element-added <<<'add element inet sekisho bound4 { "vlan110" . 00:00:5e:00:66:66 . 10.10.1.66 }'
undone "a machine less" element-removed <<<"delete element inet sekisho bound4 { $(first inet bound4) }"
undone "all machines less" element-removed <<<'flush set inet sekisho bound4'
undone "a hundred machines more" element-added <<<"add element inet sekisho bound4 { $(for i in $(seq 100 199); do printf '"vlan110" . 00:00:5e:00:66:66 . 10.10.1.%d, ' "$i"; done) }"
undone "a machine more for ARP" element-added <<<'add element arp sekisho bound4 { "vlan110" . 00:00:5e:00:66:66 . 10.10.1.66 }'
undone "a way less" element-removed <<<"delete element inet sekisho ways { $(first_map inet ways | sed 's/ : .*//') }"
undone "a pair that leads elsewhere" element-changed <<<"$(e=$(first_map inet pairs); echo "delete element inet sekisho pairs { ${e% : *} }"; echo "add element inet sekisho pairs { ${e% : *} : accept }")"
undone "a pair more" element-added <<<'add element inet sekisho pairs { "vlan999" . "vlan998" : accept }'
undone "all pairs less" element-removed <<<'flush map inet sekisho pairs'
wide=$(awk '/set boundw4/ { print $2; exit }' "$work/before.txt")
undone "a wide range more" element-added <<<"add element inet sekisho $wide { 10.0.0.0/8 . 00:00:00:00:00:00-ff:ff:ff:ff:ff:ff . \"vlan110\" }"
undone "ten transactions in one breath" 'element-.*' < <(for i in $(seq 10); do echo "add element inet sekisho bound4 { \"vlan110\" . 00:00:5e:00:66:66 . 10.10.1.$((100 + i)) }"; done)

# ---- sets and objects ----
undone "a set more" set-added <<<'add set inet sekisho spare { type ipv4_addr; }'
undone "a set that packets fill" set-added <<<'add set inet sekisho seen { type ipv4_addr; flags dynamic,timeout; size 100; }'
undone "a counter more" object-added <<<'add counter inet sekisho spare'
undone "a quota more" object-added <<<'add quota inet sekisho spare { over 10 mbytes }'
undone "a limit more" object-added <<<'add limit inet sekisho spare { rate 10/second }'
set_again() { # the same name and layout, empty, with the rules that use it
	local chain rules=
	for chain in $(awk '/chain / { name = $2 } /@bound4/ { print name }' "$work/before.inet" | sort -u); do
		rules+=$(gateway nft -s list chain inet sekisho "$chain" | sed -n "s/^\t\t/add rule inet sekisho $chain /p" | grep -v 'type filter hook')$'\n'
		echo "flush chain inet sekisho $chain"
	done
	echo "delete set inet sekisho bound4"
	sed -n '/^\tset bound4 {/,/^\t}/p' "$work/before.inet" | sed '/elements/,/}$/d; s/^\tset /add set inet sekisho /'
	echo "$rules"
}
if set_again >"$work/again" && gateway nft -c -f "$work/again" 2>/dev/null; then
	undone "a set of the same name, empty" 'element-removed|set-.*' <"$work/again"
else
	echo "SKIP tamper: a set of the same name: other rules use it"
fi

# ---- tables of others ----
undo_race() {
	N=$((N + 1))
	gateway nft insert rule inet sekisho forward accept
	gateway nft delete table inet nothing 2>/dev/null
	next_drift && ok "a change whose author has ended" && row "a change whose author has ended" undone "$took ms" "$kind"
}
undo_race
nat() { printf 'add table ip x\nadd chain ip x c { type nat hook %s priority %s; }\nadd rule ip x c %s\n' "$1" "$2" "$3"; }
filter() { printf 'add table %s x\nadd chain %s x c { type filter hook %s priority %s; }\nadd rule %s x c %s\n' "$1" "$1" "$2" "$3" "$1" "$4"; }
alarmed "somebody masquerades" other-rewrite 'ip x' < <(nat postrouting 100 masquerade)
alarmed "somebody sends it elsewhere (dnat)" other-rewrite 'ip x' < <(nat prerouting -100 'ip daddr 10.10.1.10 dnat to 10.10.1.20')
alarmed "somebody rewrites sources (snat)" other-rewrite 'ip x' < <(nat postrouting 100 'snat to 10.1.2.3')
alarmed "somebody redirects to this machine" other-rewrite 'ip x' < <(nat prerouting -100 'tcp dport 80 redirect to :8080')
alarmed "somebody marks connections" other-mark 'inet x' < <(filter inet forward -10 'ct mark set 2')
alarmed "somebody puts connections into a zone" other-mark 'ip x' < <(filter ip prerouting -310 'ct zone set 5')
alarmed "somebody hides packets from tracking" other-untrack 'ip x' enforcing < <(filter ip prerouting -310 notrack)
alarmed "somebody hands packets to a program (queue)" other-divert 'inet x' < <(filter inet forward -10 'queue num 3')
alarmed "somebody hands packets to a proxy (tproxy)" other-divert 'ip x' < <(filter ip prerouting -150 'tcp dport 80 tproxy to :8080')
alarmed "somebody copies packets (dup)" other-carry 'ip x' < <(filter ip prerouting -150 'dup to 10.10.1.20')
alarmed "somebody rewrites bytes" other-rewrite 'ip x' < <(filter ip forward -10 'ip ttl set 64')
alarmed "somebody turns frames for others into ours" other-rewrite 'ip x' < <(filter ip prerouting -310 'meta pkttype set host')
alarmed "somebody carries frames (netdev fwd)" other-carry 'netdev x' < <(printf 'add table netdev x\nadd chain netdev x c { type filter hook ingress device "vlan110" priority 0; }\nadd rule netdev x c fwd to "vlan210"\n')
flowtable() { printf 'add table inet x\nadd flowtable inet x f { hook ingress priority 0; devices = { %s }; }\n' "$1"; }
alarmed "somebody offloads connections (flowtable)" flowtable-added 'inet x' enforcing repaired < <(flowtable '"vlan110", "vlan210"')
alarmed "somebody offloads connections, none of a zone" other-carry 'inet x' < <(flowtable lo)
alarmed "somebody refuses what is permitted" other-refuse 'inet x' enforcing < <(filter inet forward -10 drop)
alarmed "somebody's policy refuses" other-refuse 'inet x' enforcing <<<'add table inet x
add chain inet x c { type filter hook forward priority 10; policy drop; }'

is "nothing was forgotten: the kernel is as at the start" "$before" "$(listing)"
is "and the state is enforcing" enforcing "$(field .state)"
is "no event was lost" 0 "$(field .drift.events_lost)"

# ---- with ownership on ----
stop
gateway nft delete table inet sekisho 2>/dev/null
for family in inet arp netdev bridge; do gateway nft delete table $family sekisho 2>/dev/null; done
evergreen "$policy" >"$work/p.conf"
start || { bad "with ownership" <"$work/err"; test_end; exit 1; }
if [ "$(field .kernel.features.persist.present)" = true ]; then
	refused=0 tried=0
	for command in 'delete table inet sekisho' 'add table inet sekisho { flags dormant; }' \
		'insert rule inet sekisho forward accept' 'flush chain inet sekisho forward' \
		'add chain inet sekisho forward { policy accept; }' 'rename chain inet sekisho forward old' \
		"add element inet sekisho $alive { 0x00abcdef }" 'flush set inet sekisho bound4' \
		'add set inet sekisho spare { type ipv4_addr; }' 'add counter inet sekisho spare' \
		'delete table arp sekisho' 'delete table netdev sekisho' 'delete table bridge sekisho'; do
		tried=$((tried + 1))
		gateway nft "$command" 2>/dev/null || refused=$((refused + 1))
	done
	is "with ownership the kernel itself refuses every change of ours" "$tried" "$refused"
	gateway nft flush ruleset
	is "and a flush of everything passes ours by" 0 "$(ctl verify >/dev/null; echo $?)"
	echo "     with ownership on, the kernel refuses all of the changes of our own tables above by itself ($refused of $tried tried); the tables of others are alarms as before"
else
	echo "SKIP tamper: this kernel lacks persist: ownership is not used"
fi

[ -z "${TABLE-}" ] || { printf '%3s  %-62s %-10s %9s  %s\n' "" kind outcome took "as the record has it"; cat "$table"; }
stop
test_end
