# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# kill_targets.sh - satbeds that are to be killed; sourced after daemons.sh, with $work a directory of one engine's
#
#   target_start KIND NAME HOW SECONDS DURATION [OPTION...]	in the background; kill_target.sh's pid is in $running
#	HOW is run, two (clients), slirp or pasta (paths), or up (a testbed that stays)
#   target_signal KIND NAME SIGNAL	to its satbed; false where none lives
#   target_took NAME	milliseconds, if it has ended by itself
#   target_words NAME	what it said
# shellcheck disable=SC2016,SC2034,SC2154 # of inner shells; for and from the tests

# An ordinary user runs it, too.
program=$work/satbed
cp "$satbed" "$program"
cp tests/lib/kill_target.sh "$work/"
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

target_start() {
	place=$work/targets/$2
	rm -rf "$place"
	mkdir -p "$place"
	chmod 777 "$place"
	target_kind=$1 name=$2 how=$3 seconds=$4 duration=$5
	shift 5
	case $how in
	two) set -- "$@" --set testbed.clients=2 ;;
	slirp | pasta) set -- "$@" --set testbed.path="$how" ;;
	esac
	case $how in
	up) set -- up "$scenario" --engine "$target_kind" --name "$name" --quiet "$@" ;;
	*) set -- run "$scenario" --engine "$target_kind" --duration "$duration" --quiet --out "$place/run" "$@" ;;
	esac
	daemon_do "$target_kind" "$work/kill_target.sh" "$place" "$name" "$seconds" "$program" "$@" </dev/null >"$place/out" 2>"$place/err" &
	running=$!
}

# Known by a whole argument that nobody else has.
target_signal() {
	daemon_do "$1" env OUT="$work/targets/$2/run" SIGNAL="$3" sh -c '
		for pid in $(grep -slzxF -e "$OUT" /proc/[0-9]*/cmdline | sed "s|^/proc/\([0-9]*\)/.*|\1|"); do
			[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != satbed ] || kill "-$SIGNAL" "$pid"
		done'
}

target_took() {
	echo $(($(date -r "$work/targets/$1/ended" +%s%3N) - $(date -r "$work/targets/$1/begun" +%s%3N)))
}

target_words() {
	cat "$work/targets/$1/out" "$work/targets/$1/err"
}
