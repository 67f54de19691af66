#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_ends.sh - a run on the virtual clock that does not come to its end: interrupted, killed, stuck
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel

# start OUT: a long run in the background, $pid, until it has captured something
start() {
	"$satbed" run "$leo" --clock virtual --kernel "$kernel" --duration 3600s --out "$1" >"$work/out" 2>"$work/err" &
	pid=$!
	# shellcheck disable=SC2016 # of the inner shell
	wait_for 60 sh -c '[ "$(stat -c %s "$1/client1.pcap" 2>/dev/null || echo 0)" -gt 100000 ]' sh "$1" || {
		cat "$work/err" >&2
		fail "no run started"
	}
	guests $pid >"$work/guests"
	[ -s "$work/guests" ] || fail "no guest is to be seen"
	: >"$work/namespaces"
}

# Each process of a guest may be on one processor only, and all on the same.
on_one_processor() {
	while read -r guest _; do
		sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$guest/status" 2>/dev/null
	done <"$work/guests" | sort -u >"$work/processors"
	[ "$(wc -l <"$work/processors")" -eq 1 ] && grep -qx '[0-9]*' "$work/processors"
}

# Ctrl-C: what was measured so far is reported.
start "$work/interrupted"
on_one_processor || fail "the guest is on processors $(cat "$work/processors")"
kill -INT $pid
wait $pid
status=$?
[ $status -eq 130 ] || fail "status $status after Ctrl-C: $(cat "$work/err")"
expect_text "$work/out" "interrupted after "
expect_json "$work/interrupted/run.json" '.interrupted and .timings.measured_s > 0 and .timings.measured_s < 3600 and
	.flows[0].bytes > 0'
wait_for 5 all_gone "$work/guests" "$work/namespaces" || fail "processes are left after Ctrl-C"

# kill -9: nothing runs on, nothing is left but the directory; and that has a report for the asking.
start "$work/killed"
kill -9 $pid
wait $pid 2>/dev/null
wait_for 5 all_gone "$work/guests" "$work/namespaces" || fail "processes are left after kill -9"
[ -z "$(ls -A "$TMPDIR")" ] || fail "left in TMPDIR: $(ls -A "$TMPDIR")"
[ -z "$(find "$work/killed" -name '.*' -type f)" ] || fail "something hidden is left in the directory"
expect_done "$satbed" report "$work/killed"
expect_json "$work/killed/run.json" '.cut_off != null and .timings.measured_s > 0'

# The guest itself dies: said, and what was measured is reported without being asked for.
start "$work/died"
while read -r guest _; do
	kill -9 "$guest" 2>/dev/null
done <"$work/guests"
wait $pid
status=$?
[ $status -eq 4 ] || fail "status $status after the guest was killed: $(cat "$work/err")"
expect_text "$work/err" "the guest "
expect_text "$work/err" "what was measured until then is reported in $work/died"
expect_json "$work/died/run.json" '.cut_off != null and .reason_codes[0] == "cut_off" and .timings.measured_s > 0 and .flows[0].bytes > 0'
[ -s "$work/died/report.html" ] || fail "no page"

# scenario COMMAND: the client's, on a link that is good for anything
scenario() {
	cat >"$work/x.ini" <<SCENARIO
[scenario]
name = x
duration = 5s
[link]
delay = 10ms
rate = 10mbit
[flow.x]
kind = exec
server_command = sleep 60
client_command = $1
ready = 100ms
SCENARIO
}

# A program that computes without ever waiting: named, ended, and what was measured is reported.
scenario 'sleep 2; while :; do :; done'
expect_status 4 virtual run "$work/x.ini" --out "$work/stuck"
expect_text "$work/err" 'virtual time stands still: "sh" on client1 computes without ever waiting'
expect_json "$work/stuck/run.json" '.interrupted and .timings.measured_s >= 2 and .timings.measured_s < 5'
