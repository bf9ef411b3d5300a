# How the demo speaks: the language of its viewer, columns in which a Japanese letter takes two,
# colours and pauses on a terminal only. Knows nothing of what is shown.
# shellcheck shell=bash disable=SC2034

# Which language, as the programs choose it (lib/base/lang.c); bash itself counts letters.
language=${LC_ALL:-${LC_MESSAGES:-${LANG-}}}
case $language in
ja*) language=ja locale=ja_JP.UTF-8 ;;
*) language=en locale=C.UTF-8 ;;
esac
export LC_ALL=C.UTF-8

red='' green='' blue='' bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then
	red=$'\e[31m' green=$'\e[32m' blue=$'\e[34m' bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi

WIDTH=80
declare -A words

words_read() { # FILE
	local line key=
	while IFS= read -r line; do
		case $line in
		'#'* | '') ;;
		"$language "*) words[$key]+=${words[$key]:+$'\n'}${line#* } ;;
		en\ * | ja\ *) ;;
		*) key=$line ;;
		esac
	done <"$1"
}

word() { # KEY [VALUES…]
	local text=${words[$1]:-[$1]}
	shift
	# shellcheck disable=SC2059 # the texts are ours, and have %s
	printf "$text" "$@"
}

columns() { # TEXT: how wide it is shown, into $REPLY
	local wide=${1//[ -~]/}
	REPLY=$((${#1} + ${#wide}))
}

padded() { # TEXT COLUMNS
	columns "$1"
	printf '%s%*s' "$1" $(($2 > REPLY ? $2 - REPLY : 0)) ''
}

# The lines of standard input, broken to the width of the screen behind an indent: English
# between words, Japanese between letters.
folded() { # INDENT
	local line part word room=$((WIDTH - ${#1}))
	while IFS= read -r line || [ -n "$line" ]; do
		part=
		while [[ $line =~ ^([^\ -~]|[!-~]+|\ +) ]]; do
			word=${BASH_REMATCH[1]}
			line=${line:${#word}}
			columns "$part$word"
			if [ "$REPLY" -gt "$room" ] && [[ $word != [。、）」] ]] && [ -n "$part" ]; then
				printf '%s%s\n' "$1" "${part% }"
				part=
				[[ $word == ' '* ]] && continue
			fi
			part+=$word
		done
		printf '%s%s\n' "$1" "${part% }"
	done
}

# Time to read, where somebody reads.
pause() { # SECONDS
	[ ! -t 1 ] || [ -n "${DEMO_QUICK-}" ] || sleep "$1"
}

title() { # KEY
	printf '\n%s%s%s\n\n' "$bold" "$(word "$1")" "$plain"
	pause 1
}

tell() { # KEY [VALUES…]
	printf '%s\n' "$(word "$@")" | sed 's/^/  /'
	pause 1.5
}

command_show() { printf '    %s$ %s%s\n' "$bold" "$1" "$plain"; }
