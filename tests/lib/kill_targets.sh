# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# victims.sh - satbeds that are to be killed; sourced after daemons.sh, with $work a directory of one engine's
#
#   victim_start KIND NAME HOW SECONDS DURATION [OPTION...]	in the background; victim.sh's pid is in $running
#	HOW is run, two (clients), slirp or pasta (paths), or up (a testbed that stays)
#   victim_signal KIND NAME SIGNAL	to its satbed; false where none lives
#   victim_took NAME	milliseconds, if it has ended by itself
#   victim_words NAME	what it said
# shellcheck disable=SC2016,SC2034,SC2154 # of inner shells; for and from the tests

# An ordinary user runs it, too.
program=$work/satbed
cp "$satbed" "$program"
cp tests/lib/victim.sh "$work/"
scenario=$work/scenario.ini
cat >"$scenario" <<'END'
[testbed]
mtu = 1500B
[link.up]
delay = 5ms
rate = 5mbit
[link.down]
delay = 5ms
rate = 5mbit
[flow.bulk]
kind = bulk
direction = down
END

victim_start() {
	place=$work/victims/$2
	rm -rf "$place"
	mkdir -p "$place"
	chmod 777 "$place"
	victim_kind=$1 name=$2 how=$3 seconds=$4 duration=$5
	shift 5
	case $how in
	two) set -- "$@" --set testbed.clients=2 ;;
	slirp | pasta) set -- "$@" --set testbed.path="$how" ;;
	esac
	case $how in
	up) set -- up "$scenario" --engine "$victim_kind" --name "$name" --quiet "$@" ;;
	*) set -- run "$scenario" --engine "$victim_kind" --duration "$duration" --quiet --out "$place/run" "$@" ;;
	esac
	daemon_do "$victim_kind" "$work/victim.sh" "$place" "$name" "$seconds" "$program" "$@" </dev/null >"$place/out" 2>"$place/err" &
	running=$!
}

# Known by a whole argument that nobody else has.
victim_signal() {
	daemon_do "$1" env OUT="$work/victims/$2/run" SIGNAL="$3" sh -c '
		for pid in $(grep -slzxF -e "$OUT" /proc/[0-9]*/cmdline | sed "s|^/proc/\([0-9]*\)/.*|\1|"); do
			[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != satbed ] || kill "-$SIGNAL" "$pid"
		done'
}

victim_took() {
	echo $(($(date -r "$work/victims/$1/ended" +%s%3N) - $(date -r "$work/victims/$1/begun" +%s%3N)))
}

victim_words() {
	cat "$work/victims/$1/out" "$work/victims/$1/err"
}
