#!/bin/sh
# SPDX-License-Identifier: MIT
# kill_target.sh - one satbed, killed at its time; where a daemon lives, as whoever owns it
#
#   kill_target.sh PLACE NAME SECONDS PROGRAM ARGUMENT...
#
# After so many seconds from its start PROGRAM gets SIGKILL, and the supervisor that it made with --name NAME, if it
# did; at the time "never", not at all.  Exit status: 0 killed, 5 it had ended with success or a verdict, else
# its own; with "never" its own.  PLACE/ended is there when it ended by itself.
cd "$1" || exit 2
name=$2 seconds=$3
shift 3
: >begun
"$@" &
pid=$!
killed=
if [ "$seconds" != never ]; then
	sleep "$seconds"
	kill -KILL $pid 2>/dev/null
	case $2 in
	up)
		for process in /proc/[0-9]*; do
			[ "$(cat "$process/comm" 2>/dev/null)" = satbed ] && grep -sqzxF -e "$name" "$process/cmdline" &&
				kill -KILL "${process#/proc/}" && killed=supervisor
		done
		;;
	esac
fi
wait $pid
status=$?
[ $status -eq 137 ] || : >ended
[ "$seconds" != never ] || exit $status
case $killed/$status in
supervisor/* | /137) exit 0 ;;
/0 | /1) exit 5 ;;
esac
exit $status
