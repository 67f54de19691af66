#!/bin/sh
# SPDX-License-Identifier: MIT
# test_kill.sh - kill -9 of satbed at any moment: within 2 s no process, namespace, interface or file is left
. tests/e2e/lib.sh

before=$(interfaces)

# kill_after SECONDS: from the first steps of set-up to the middle of the transfer
kill_after() {
	rm -rf "$work/run"
	"$satbed" run "$leo" --duration 60s --quiet --set testbed.clients=3 --out "$work/run" >"$work/out" 2>"$work/err" \
		</dev/null &
	pid=$!
	sleep "$1"
	# Stopped first, so that nothing is born between looking and killing.
	kill -STOP $pid
	tree_of $pid >"$work/tree"
	net_namespaces <"$work/tree" >"$work/netns"
	kill -KILL $pid || fail "it had ended by itself after $1 s: $(cat "$work/err")"
	wait $pid 2>/dev/null
	wait_for 2 all_gone "$work/tree" "$work/netns" || fail "killed after $1 s, 2 s later one lives of: $(cat "$work/tree")"
	[ "$(interfaces)" = "$before" ] || fail "killed after $1 s, interfaces now: $(interfaces)"
	[ -z "$(ls -A "$TMPDIR")" ] || fail "killed after $1 s, left in TMPDIR: $(ls -A "$TMPDIR")"
	processes=$(wc -l <"$work/tree")
	[ "$processes" -le "$most" ] || most=$processes
}

most=0
for seconds in 0 0.003 0.006 0.01 0.015 0.02 0.03 0.05 0.08 0.12 0.2 0.4 1; do
	kill_after $seconds
done
# Else nothing was there to be killed, and the test has shown nothing.
[ "$most" -ge 6 ] || fail "never saw satbed, emulator, server and three clients, at most $most processes"
