#!/bin/bash
# make demo: a city in network namespaces, its policy enforced by the daemon as a service would
# run it, and packets that show it: what passes, what is refused, a permission withdrawn, a
# mistaken policy, tampering and its repair, the daemon killed. In Japanese under a Japanese
# locale, in English otherwise (tests/lab/demo/words has both).
#
#   demo.sh [BUILD]     exit status 1 when anything did not do what its line says
#
# It pauses on a terminal only, and not with DEMO_QUICK=1. Nothing outside its own namespaces and
# one temporary directory is touched, and both are gone when it ends, however it ends.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lab/demo/screen.bash
source tests/lab/demo/screen.bash
# shellcheck source=tests/lab/common.bash
source tests/lab/common.bash
# shellcheck source=tests/lab/demo/gateway.bash
source tests/lab/demo/gateway.bash
words_read tests/lab/demo/words

skip() { # common.bash calls it where nothing can be raised; a demonstration has failed then
	printf '%s\n' "$(word cannot "$1")" >&2
	exit 1
}

demo_clean() {
	trap '' INT TERM HUP QUIT PIPE
	daemon_end KILL
	[ -z "$ready_pid" ] || kill "$ready_pid" 2>/dev/null
	test_clean
}

# A town of its own, and all that is to go again
raise() {
	if [ "$(id -u)" != 0 ]; then
		word root >&2
		echo >&2
		exit 1
	fi
	trap 'exit 130' INT TERM HUP QUIT PIPE
	test_begin demo "${1:-build/debug}" aomine
	trap demo_clean EXIT
	trap 'exit 130' INT TERM HUP QUIT PIPE
	mkdir "$work/state" "$work/run" "$work/log"
	plan_read
	policy_make
	probe_start
	probe_pid=$probe_PID
}

act_intro() {
	local plan="$LAB_RUN/$prefix.plan"
	echo
	printf '%s%s%s\n\n' "$bold" "$(word name)" "$plain"
	tell intro "$(grep -cE '^  [a-z-]+: +\{ class = .*networks = ' "$policy")" \
		"$(grep -c '^host .* host$' "$plan")"
	echo
	tell policy
	pause 4
}

act_early() {
	title early.title
	tell early
	command_show 'sekishod --lockdown'
	(sekishod --lockdown) 2>>"$work/daemon.err" || wrong "status 0" "status $?"
	try refused in-muga1 lg-filein tcp 443 why.lockdown
	echo
	tell start
	command_show 'sekishod -c sekisho.conf &'
	daemon_start
	sekishoctl_runs 0 '' verify
}

act_passes() {
	title pass.title
	try passes mn-t-shimin01 gc-juki tcp 443
	try passes mn-tax rl-eltax tcp 22
	try passes in-muga1 lg-filein tcp 443
	try passes in-proxy e-scproxy tcp 8080
	try passes mgm-ntp e-ntp udp 123
}

act_refused() {
	title refuse.title
	tell refuse
	echo
	try refused wrong-mac rl-eltax tcp 22
	try refused wrong-zone rl-eltax tcp 22 why.zone
	try refused mn-tax rl-eltax tcp 23
	try refused rl-eltax mn-tax tcp 22
	try refused mn-tax e-eltax tcp 443 why.direct
	try refused lg-t-soumu01 e-meet tcp 443 why.lgwan-internet
	try refused mn-t-zei01 e-meet tcp 443 why.mynumber-internet
	try refused in-t-koho01 lg-file tcp 445 why.internet-lgwan
	try refused visitor lg-gw tcp 443 why.guest
	frame six anywhere-six tcp/443 why.ipv6 type=ip6 nh=6 dport=443 \
		s6=2001:db8::66 d6=2001:db8:1::1
}

act_withdrawn() {
	title withdraw.title
	tell withdraw
	echo
	hold e-telework lg-t-soumu01 tcp 3389
	hold lg-mail e-lgmail tcp 25
	echo
	tell withdraw.edit
	cp "$work/sekisho.conf" "$work/before.conf"
	sed -i '/^ *F31:/,/};.*};\|^ *};$/d' "$work/sekisho.conf"
	command_show 'sekishoctl diff before.conf sekisho.conf'
	runs 1 'F31' ctl diff "$work/before.conf" "$work/sekisho.conf"
	echo
	tell withdraw.reload
	sekishoctl_runs 0 ' [0-9]{1,2} (messages|件)' reload
	echo
	tell withdraw.after
	held cut e-telework lg-t-soumu01 tcp 3389
	try refused e-telework lg-t-soumu01 tcp 3389 why.withdrawn
	held goes lg-mail e-lgmail tcp 25
}

act_mistake() {
	local shortcut='class = "intra"; from = "in-t-koho01"; to = "lg-file"; proto = "tcp"; '
	shortcut+='ports = [445]; data = "in"; purpose = "広報写真の持込み"; clause = ["G6.2-least"];'
	title mistake.title
	tell mistake
	cp "$work/sekisho.conf" "$work/good.conf"
	sed -i "/^flows: {/a\\  F90: { $shortcut };" "$work/sekisho.conf"
	sekishoctl_runs 1 'sekisho.conf:[0-9]+: .*E-MUGA-BYPASS' reload
	cp "$work/good.conf" "$work/sekisho.conf"
	echo
	tell mistake.after
	try refused in-t-koho01 lg-file tcp 445 why.still
	held goes lg-mail e-lgmail tcp 25
}

# Changed by hand, and undone by the daemon, with the record that names who it was
undone() { # WORDS FOR IT, NFT-WORDS…
	local before
	before=$(status_of .drift.count)
	nft_runs 0 '' "${@:2}"
	if ! drifts_after "$before"; then
		wrong "$(word "$1")" "$(word tamper.none)"
		return
	fi
	echo
	tell "$1"
	sekishoctl_runs 0 ' nft \(pid [0-9]+\)' drift 1
	repaired
}

act_tampered() {
	local kernel
	kernel=$(uname -r)
	title tamper.title
	if [ "$(status_of .kernel.features.persist.present)" = true ]; then
		tell tamper.owned "${kernel%%-*}"
		nft_runs 1 'not permitted' insert rule inet sekisho forward accept
		nft_runs 0 '' flush ruleset
		echo
		tell tamper.flushed
		try refused in-t-koho01 lg-file tcp 445 why.still
		echo
		tell tamper.unowned
		sed -i 's/own-tables = true/own-tables = false/' "$work/sekisho.conf"
		sekishoctl_runs 0 '' reload
	else
		tell tamper.cannot "${kernel%%-*}"
	fi
	undone tamper.undone insert rule inet sekisho forward accept
	echo
	tell tamper.table
	undone tamper.back delete table inet sekisho
	echo
	tell tamper.after
	sekishoctl_runs 0 '' verify
	try refused in-t-koho01 lg-file tcp 445 why.still
	held goes lg-mail e-lgmail tcp 25
	cmp -s "$work/good.conf" "$work/sekisho.conf" && return
	echo
	tell tamper.again
	cp "$work/good.conf" "$work/sekisho.conf"
	sekishoctl_runs 0 '' reload
}

act_down() {
	title down.title
	tell down.kill
	command_show "kill -KILL $daemon_pid    # sekishod"
	daemon_end KILL
	held goes lg-mail e-lgmail tcp 25
	try refused in-t-koho01 lg-file tcp 445 why.still
	echo
	tell down.start
	command_show 'sekishod -c sekisho.conf &'
	daemon_start
	sekishoctl_runs 0 '' verify
	echo
	tell down.stop
	command_show "kill -TERM $daemon_pid    # sekishod"
	daemon_end TERM
	held goes lg-mail e-lgmail tcp 25
	try passes mn-tax rl-eltax tcp 22
	try refused in-t-koho01 lg-file tcp 445 why.still
}

# What of ours is still there; nothing, if all is well
leftovers() {
	find /run/netns -maxdepth 1 -name "$prefix-*" 2>/dev/null
	pgrep -f -- "$work|$prefix\.plan"
	find "$work" -maxdepth 0 2>/dev/null
}

act_end() {
	local left
	trap - EXIT
	demo_clean
	left=$(leftovers | paste -sd' ')
	echo
	if [ "$failed" != 0 ]; then
		printf '%s%s%s\n' "$red$bold" "$(word end.bad "$failed" $((passed + failed)))" "$plain"
	elif [ -n "$left" ]; then
		printf '%s%s%s\n' "$red$bold" "$(word end.left "$left")" "$plain"
	else
		printf '%s%s%s\n' "$green" "$(word end.good "$passed" "$SECONDS")" "$plain"
	fi
	[ "$failed" = 0 ] && [ -z "$left" ]
}

raise "$@"
act_intro
act_early
act_passes
act_refused
act_withdrawn
act_mistake
act_tampered
act_down
act_end
