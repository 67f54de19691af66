#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_kill.sh - guests killed while they boot, at seeded instants: none of their processes is left
#
# SATBED_KILLS (40) times; SATBED_SEED names other instants.
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel
kills=${SATBED_KILLS:-40}
seed=${SATBED_SEED:-13}

cat >"$work/link.ini" <<-END
	[scenario]
	name = link
	duration = 2h
	[link]
	delay = 10ms
	rate = 1mbit
	[flow.ping]
	kind = stream
	direction = up
	rate = 10kbit
END

# of_guests: processes of the host that have this test's directory as a guest's descriptor of its results
of_guests() {
	# One program for all of them: on a busy machine a guest may be gone before hundreds have been started.
	find /proc/[0-9]*/fd/4 -maxdepth 0 -lname "$work/*" 2>/dev/null | cut -d / -f 3
}
none_left() {
	left=$(of_guests)
	[ -z "$left" ]
}
guest_is_there() {
	left=$(of_guests)
	[ -n "$left" ]
}

i=0
while [ $i -lt "$kills" ]; do
	i=$((i + 1))
	seed=$((seed * 16807 % 2147483647))
	ms=$((seed % 150))
	"$satbed" run "$work/link.ini" --clock virtual --kernel "$kernel" --out "$work/run" -q >"$work/out" 2>"$work/err" &
	satbed_pid=$!
	wait_for 60 guest_is_there || fail "no guest began: $(cat "$work/err")"
	# The kernel is the one that the others are children of: it was there first.
	guest=$(echo "$left" | sort -n | head -n 1)
	sleep "$(printf '0.%03d' $ms)"
	case $((seed / 150 % 3)) in
	0) kill -KILL $satbed_pid 2>/dev/null ;;
	*) kill -KILL "$guest" 2>/dev/null ;;
	esac
	wait $satbed_pid 2>/dev/null
	wait_for 10 none_left || fail "kill $i, after $ms ms: left are $(for pid in $left; do cat "/proc/$pid/stat"; done)"
	rm -rf "$work/run"
done
echo "$kills guests killed within 150 ms of their begin"
