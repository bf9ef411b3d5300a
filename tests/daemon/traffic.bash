# Asking the traffic that runs all the while (traffic.py), whoever started it as a coprocess with
# traffic_in and traffic_out. To be sourced; goes into the containers of tests/system, too.
# shellcheck shell=bash disable=SC2154

traffic() { # COMMAND: its answer
	local line
	echo "$1" >&"$traffic_in"
	IFS= read -r -t 60 line <&"$traffic_out" || line="lost the traffic"
	echo "$line"
}

# FIGURE… of all traffic since the last time, after N more rounds: "arrived=0 lost=0"
figures() { # N FIGURE…
	local all names=${*:2}
	all=$(traffic "after $1")
	grep -oE "\b(${names// /|})=[0-9]+" <<<"$all" | paste -sd' '
}
