# The gateway of the demo: its daemon, with files of its own, and packets through it, each held
# against what the policy and the line say. Uses tests/lab/common.bash and screen.bash.
# shellcheck shell=bash disable=SC2154,SC2119,SC2120,SC2034

declare -A ip_of mac_of ns_of
daemon_pid='' ready_pid=''

plan_read() {
	local kind name second third fourth rest
	while read -r kind name second third fourth rest; do
		case $kind in
		host) ip_of[$name]=$third mac_of[$name]=$fourth ns_of[$name]=$name ;;
		addr) ip_of[$third]=$second mac_of[$third]=${mac_of[$name]} ns_of[$third]=$name ;;
		esac
	done <"$LAB_RUN/$prefix.plan"
}

# The reference city on any day and at any hour (what is left out, the demo says).
policy_make() {
	sed -e '/^ *F13:/,/};.*};/d' \
		-e 's/\(expires\|review-by\|until\) = "[0-9-]*"/\1 = "2099-03-31"/g' \
		-e 's/^ *window: {.*}; };$/         };/' "$policy" >"$work/sekisho.conf"
	# DEMO_BREAK, a sed script: so that the demo can be seen to fail
	[ -z "${DEMO_BREAK-}" ] || sed -i "$DEMO_BREAK" "$work/sekisho.conf"
}

ctl() { LC_ALL=$locale "$LAB_BUILD/sekishoctl" "$@"; }
ask() { ctl "$@" --socket "$work/run/control"; }

sekishod() { # [OPTIONS…]: in place of the shell that calls it
	exec ip netns exec "$prefix-gateway" env LC_ALL="$locale" "$LAB_BUILD/sekishod" \
		-c "$work/sekisho.conf" --state "$work/state" --run "$work/run" \
		--log "$work/log" "$@"
}

# Starts the daemon and waits for its READY=1, as systemd does; tells how long it took.
daemon_start() {
	local said ended='' start
	rm -f "$work/notify"
	mkfifo "$work/said"
	python3 tests/lab/demo/ready.py "$work/notify" >"$work/said" &
	ready_pid=$!
	read -r said <"$work/said"
	rm "$work/said"
	start=${EPOCHREALTIME/./}
	NOTIFY_SOCKET=$work/notify sekishod 2>>"$work/daemon.err" &
	daemon_pid=$!
	if [ "$said" != listening ] || ! wait -n -p ended "$daemon_pid" "$ready_pid" ||
		[ "$ended" != "$ready_pid" ]; then
		word dead >&2
		printf '\n%s\n' "$(tail -n 5 "$work/daemon.err")" >&2
		exit 1
	fi
	ready_pid=
	printf '    %s%s%s\n' "$green" \
		"$(word ready $(((${EPOCHREALTIME/./} - start) / 1000)))" "$plain"
	right
}

daemon_end() { # SIGNAL
	[ -z "$daemon_pid" ] || { kill "-$1" "$daemon_pid" && wait "$daemon_pid"; } 2>/dev/null
	daemon_pid=
}

status_of() { ask status --json 2>/dev/null | jq -r "$1"; }

# ---- results ----

right() { passed=$((passed + 1)); }

wrong() { # EXPECTED MEASURED
	failed=$((failed + 1))
	printf '  %s!! %s%s\n' "$red" "$(word wrong "$1" "$2")" "$plain"
	pause 2
}

# Runs a command as an administrator would, shows it and what it says, and judges its status and,
# if given, that it said something.
runs() { # STATUS SAYS COMMAND…: SAYS a pattern of grep -E, or ""
	local wanted=$1 says=$2 output status
	shift 2
	output=$("$@" 2>&1)
	status=$?
	[ -z "$output" ] || folded '    ' <<<"${output//"$work/"/}"
	if [ "$status" != "$wanted" ]; then
		wrong "status $wanted" "status $status"
	elif [ -n "$says" ] && ! grep -Eq -- "$says" <<<"$output"; then
		wrong "$says" "${output:--}"
	else
		right
	fi
	pause 1
}

sekishoctl_runs() { # STATUS SAYS VERB…
	command_show "sekishoctl ${*:3}"
	runs "$1" "$2" ask "${@:3}"
}

# A change behind the daemon's back, by hand
nft_runs() { # STATUS SAYS WORDS…
	command_show "nft ${*:3}"
	runs "$1" "$2" gateway nft "${@:3}"
}

# Until the record has more drifts than that; the last one is the one meant.
drifts_after() { # COUNT
	local end=$((SECONDS + 20))
	until [ "$(status_of .drift.count)" -gt "$1" ]; do
		[ $SECONDS -lt $end ] || return 1
	done
}

repaired() { # the last drift, and not only seen
	if ask drift 1 --json | jq -e '.drifts[0].repaired_at' >/dev/null; then
		right
	else
		wrong repaired_at null
	fi
}

# ---- packets ----

row_begin() { # FROM TO WHAT
	printf '  %s → %s %s ' "$(padded "$(word "$1")" 28)" "$(padded "$(word "$2")" 28)" \
		"$(padded "$3" 8)"
}

row_end() { # RESULT: passes, goes, refused, cut
	local colour=$green
	case $1 in
	refused | cut) colour=$blue ;;
	esac
	printf '%s%s%s\n' "$colour" "$(word "$1")" "$plain"
}

detail() { # TEXT [COUNT]: the count behind it where there is room, else below
	local text=$1 count
	if [ -n "${2-}" ]; then
		count="[$(word counted "$2")]"
		columns "$text  $count"
		[ "$REPLY" -le $((WIDTH - 6)) ] && text+="  $count" || text+=$'\n'$count
	fi
	folded '      ' <<<"$text" | sed "s/^.*\$/$dim&$plain/"
	pause 0.7
}

# The answer of the policy, asked beside the packet: sets verdict and because
explained() { # FROM TO PROTO PORT
	local question answer clause
	question=("$work/sekisho.conf" --from "${ip_of[$1]}" --mac "${mac_of[$1]}" --to "${ip_of[$2]}"
		--proto "$3" --port "$4")
	answer=$(ctl explain --json "${question[@]}")
	verdict=$(jq -r .verdict <<<"$answer")
	because=$(jq -r .reason <<<"$answer")
	[ "$verdict" = permit ] || return
	# the first clause: its number and what it says, without its place in the guideline
	clause=$(ctl explain "${question[@]}" | sed -n '4s/ (.*): /: /p')
	because="$(jq -r .flow <<<"$answer") ${clause#  }"
}

# Of the counters that grew the first that is about this attempt: ended connections ask again.
counted() {
	local name
	name=$(counters_grown | awk '$1 != "refused_ended" { print $1; exit }')
	case $name in
	'') ;;
	refused_*_*)
		name=${name#refused_}
		word count.pair "${name%%_*}" "${name#*_}"
		;;
	*) word "count.$name" ;;
	esac
}

# bash can miss a Ctrl-C that comes while it substitutes a command; the probe never does.
probe_alive() {
	[ -z "${probe_PID-}" ] || ! kill -0 "$probe_PID" 2>/dev/null || return 0
	echo
	wait "$probe_pid" || exit $?
	exit 1
}

# Sends, waits for what came of it, and holds it against the result that the line claims.
measured() { # RESULT COMMANDS…
	local claimed=$1 result wanted
	shift
	case $claimed in
	passes | goes) wanted='answered seen' ;;
	*) wanted='silent unseen' ;;
	esac
	result=$(probe "$@" | grep -E '^(x|h[0-9]+|lost) ')
	probe_alive
	result=${result#[xh]* }
	result=${result/sent unseen/silent unseen} # a frame expects no answer
	if [ "$result" = "$wanted" ]; then
		row_end "$claimed"
		right
	else
		echo
		wrong "$(word "$claimed")" "${result:--}"
	fi
}

try() { # RESULT FROM TO PROTO PORT [WHY]: a connection of its own, opened now
	local claimed=$1 from=$2 to=$3 proto=$4 port=$5 why=${6-} verdict because count='' wait=200
	[ "$claimed" = refused ] || wait=2000
	row_begin "$from" "$to" "$proto/$port"
	counters_mark
	measured "$claimed" "wait $wait" "serve ${ns_of[$to]} $proto ${ip_of[$to]} $port" \
		"try x ${ns_of[$from]} $proto ${ip_of[$from]} ${ip_of[$to]} $port"
	explained "$from" "$to" "$proto" "$port"
	case $claimed,$verdict,$from,$why in
	passes,permit,* | refused,refuse,*) ;;
	refused,permit,wrong-zone,* | refused,permit,*,why.lockdown) ;; # not the policy's to say
	*) wrong "$(word "$claimed")" "explain: $verdict" ;;
	esac
	[ -z "$why" ] || because=$(word "$why")
	if [ "$claimed" = refused ]; then
		count=$(counted)
		[ -n "$count" ] || wrong "$(word counted "> 0")" 0
	fi
	detail "$because" "$count"
}

# A raw frame, which nobody is to receive
frame() { # FROM TO WHAT WHY KEY=VALUE…
	local count
	row_begin "$1" "$2" "$3"
	counters_mark
	measured refused "frame x ${ns_of[$1]} ${*:5}"
	count=$(counted)
	[ -n "$count" ] || wrong "$(word counted "> 0")" 0
	detail "$(word "$4")" "$count"
}

# A connection that is opened now and kept, one for each machine; what becomes of it, held tells
declare -A held_as=()

hold() { # FROM TO PROTO PORT
	local verdict because
	held_as[$1]=h${#held_as[@]}
	row_begin "$1" "$2" "$3/$4"
	measured passes "wait 2000" "serve ${ns_of[$2]} $3 ${ip_of[$2]} $4" \
		"open ${held_as[$1]} ${ns_of[$1]} $3 ${ip_of[$1]} ${ip_of[$2]} $4"
	explained "$@"
	detail "$because"
}

held() { # goes|cut FROM TO PROTO PORT
	local wait=200
	[ "$1" = cut ] || wait=2000
	row_begin "$2" "$3" "$4/$5"
	measured "$1" "wait $wait" "say ${held_as[$2]}"
	pause 0.7
}
