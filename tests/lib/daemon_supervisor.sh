#!/bin/sh
# SPDX-License-Identifier: MIT
# daemon_supervisor.sh - a test's daemon, from its start until nothing of it is left
#
#   setpriv --pdeathsig TERM tests/lib/daemon_supervisor.sh KIND DIR
#
# Told to end, also by the death of the test whatever it died of, it takes away the daemon, all that the
# daemon ran, the control groups and DIR.  Started by daemons.sh.
set -u
kind=$1
dir=$2
group=$(cat "$dir/cgroup")

groups() {
	find /sys/fs/cgroup -depth -type d \( -path "*$group" -o -path "*$group/*" \) 2>/dev/null
}

groups_gone() {
	groups | while read -r one; do rmdir "$one" 2>/dev/null; done
	[ -z "$(groups)" ]
}

end() {
	trap '' TERM INT HUP
	if [ -n "$unshare" ]; then
		# Process 1 takes all others of its namespace along, and unshare waits for it.
		kill -KILL "$(cat "$dir/cage" 2>/dev/null || echo "$unshare")" 2>/dev/null
		wait "$unshare"
	fi
	tries=100
	until groups_gone || [ $tries -eq 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
	[ $tries -gt 0 ] || echo "${0##*/}: left behind: $(groups)" >&2
	rm -rf "$dir"
	exit 0
}

unshare=
trap end TERM INT HUP
setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child=KILL \
	tests/lib/daemon_sandbox.sh "$kind" "$dir" </dev/null >"$dir/cage.log" 2>&1 &
unshare=$!
wait "$unshare"
# It should not have ended; what it said is still to be read.
unshare=
: >"$dir/ended"
while :; do
	sleep 0.1
done
