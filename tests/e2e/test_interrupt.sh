#!/bin/sh
# SPDX-License-Identifier: MIT
# test_interrupt.sh - Ctrl-C once: a report of what there is; twice: gone at once; nothing left either way
. tests/e2e/lib.sh
need jq

before=$(interfaces)

# start DIR: a run in the background, until packets of its flows, beyond the train, are captured.  Shells start background processes with
# SIGINT ignored, which `env` undoes: a user's terminal does not do that.
start() {
	env --default-signal=INT "$satbed" run "$leo" --duration 60s --plain --out "$1" >"$work/out" 2>"$work/err" \
		</dev/null &
	pid=$!
	wait_for 20 grows_beyond 250000 "$1/client1.pcap" || fail "no packets after 20 s: $(cat "$work/err")"
	tree_of $pid >"$work/tree"
	net_namespaces <"$work/tree" >"$work/netns"
	[ "$(wc -l <"$work/tree")" -ge 3 ] || fail "no emulator and nodes below the process"
	[ "$(wc -l <"$work/netns")" -ge 3 ] || fail "no namespaces of emulator and nodes"
}

grows_beyond() {
	[ "$(stat -c %s "$2" 2>/dev/null || echo 0)" -gt "$1" ]
}

nothing_left() {
	wait_for 2 all_gone "$work/tree" "$work/netns" || fail "after 2 s there is still one of $(cat "$work/tree")"
	[ "$(interfaces)" = "$before" ] || fail "interfaces now: $(interfaces)"
	[ -z "$(ls -A "$TMPDIR")" ] || fail "left in TMPDIR: $(ls -A "$TMPDIR")"
}

start "$work/once"
kill -INT $pid
wait $pid
status=$?
[ $status -eq 130 ] || fail "status $status after Ctrl-C: $(cat "$work/err")"
nothing_left
expect_text "$work/out" "interrupted after"
expect_json "$work/once/run.json" '.interrupted == true and .timings.measured_s < 60 and .timings.planned_s == 60'
expect_json "$work/once/run.json" '.flows[0].bytes > 0 and .links[0].down.measured.packets > 0'

start "$work/twice"
kill -INT $pid
kill -INT $pid
# The second one leaves at once: no draining of links, no analysis.
wait_for 2 sh -c "! kill -0 $pid 2>/dev/null || grep -q '^State:.Z' /proc/$pid/status" || fail "still there after 2 s"
wait $pid
status=$?
[ $status -eq 130 ] || fail "status $status after two Ctrl-C: $(cat "$work/err")"
nothing_left

# Terminated, as by an init system, is interrupted as well.
start "$work/term"
kill -TERM $pid
wait $pid
status=$?
[ $status -eq 130 ] || fail "status $status after SIGTERM"
nothing_left
