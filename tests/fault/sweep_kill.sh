#!/bin/sh
# SPDX-License-Identifier: MIT
# sweep_kill.sh - a sweep, its runs and its guests killed at seeded instants, and taken up again: make sweep-kill-test
#
#	O=build KERNEL=NAME tests/fault/sweep_kill.sh [KILLS [SEED]]
#
# After each sweep that came to its end so, its table is that of one which nobody disturbed.
set -u
cd "$(dirname "$0")/../.." || exit 2
O=${O:-build}
kills=${1:-200}
seed=${2:-20}
work=$(mktemp -d "${TMPDIR:-/tmp}/sweep-kill.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

cat >"$work/link.ini" <<-END
	[scenario]
	name = link
	duration = 3s
	[link]
	delay = 20ms
	rate = 20mbit
	loss = random 1%
	[flow.bulk]
	kind = bulk
	direction = down
	[sweep]
	vary.flow.bulk.cc = cubic, bbr
	seeds = 1..6
END
sweep() {
	"$O/satbed" sweep "$@" --quiet >"$work/out" 2>"$work/err" </dev/null
}
show() {
	"$O/satbed" sweep show "$1" --json
}
# draw MOST: a number below it, the same for the same seed
draw() {
	seed=$(awk -v s="$seed" 'BEGIN { printf "%d", (s * 16807) % 2147483647 }')
	drawn=$((seed % $1))
}
descendants() {
	# shellcheck disable=SC2013 # words
	for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		echo "$child"
		descendants "$child"
	done
}

sweep "$work/link.ini" --clock virtual --out "$work/reference" || { cat "$work/err"; exit 1; }
show "$work/reference" >"$work/wanted"
round=0 done=0 own=0 others=0
while [ $done -lt "$kills" ]; do
	round=$((round + 1))
	dir=$work/sweep$round
	set -- "$work/link.ini" --clock virtual --retries 100 --out "$dir"
	while :; do
		"$O/satbed" sweep "$@" --quiet >"$work/out" 2>"$work/err" </dev/null &
		pid=$!
		draw 1200
		sleep "$(awk -v ms=$drawn 'BEGIN { print ms / 1000 }')"
		draw 3
		if [ $drawn -eq 0 ]; then
			kill -KILL $pid 2>/dev/null && own=$((own + 1))
		else
			# One of what it has started: a run's process, a guest's kernel or one of its programs.
			victim=$(descendants $pid | awk -v n=$drawn 'NR % 7 == n { v = $1 } END { print v }')
			[ -z "$victim" ] || kill -KILL "$victim" 2>/dev/null && others=$((others + 1))
		fi
		done=$((done + 1))
		wait $pid 2>/dev/null
		status=$?
		[ $status -ne 0 ] || break
		case $status in
		1 | 137) ;;
		*)
			echo "status $status: $(cat "$work/err")"
			exit 1
			;;
		esac
		# Killed before there was anything to go on with, it is begun again, in the same directory.
		[ ! -e "$dir/sweep.json" ] || set -- --resume "$dir"
	done
	show "$dir" >"$work/got"
	cmp "$work/wanted" "$work/got" || {
		diff "$work/wanted" "$work/got"
		exit 1
	}
	# Processes of guests have the directory of their results as a descriptor (src/guest/handover.h).
	left=$(readlink /proc/[0-9]*/fd/4 2>/dev/null | grep -F "$work/")
	[ -z "$left" ] || { echo "processes of guests are left: $left"; exit 1; }
	[ -z "$(find "$dir" -name '.part-*')" ] || { echo "parts of runs are left in $dir"; exit 1; }
	rm -rf "$dir"
done
echo "$done instants: $own times the sweep, $others times something of its runs killed; $round tables, all as the undisturbed one"
