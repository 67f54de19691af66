#!/bin/sh
# SPDX-License-Identifier: MIT
# test_process.sh - what satbed was started with: closed descriptors, a signal that is ignored, limits
. tests/e2e/lib.sh
. tests/e2e/testbed_lib.sh
need jq

write_scenario "$work/s.ini"

# A capture is one from its first byte to its last packet; events are JSON.
whole() {
	[ "$(od -An -tx4 -N4 "$1/client1.pcap" | tr -d ' ')" = a1b23c4d ] || fail "$2: client1.pcap: $(head -c 200 "$1/client1.pcap")"
	expect_status 0 "$satbed" analyze "$1/client1.pcap"
	jq -e . "$1/events.jsonl" >"$work/out" || fail "$2: $(cat "$1/events.jsonl")"
	expect_json "$1/run.json" '.links[0].down.measured.packets > 0'
}

# Messages and results of a run that has nowhere to put them get into none of its files.
"$satbed" run "$work/s.ini" --duration 1s --out "$work/closed" -v <&- >&- 2>&-
[ $? -le 1 ] || fail "status of a run with closed descriptors"
whole "$work/closed" "all closed"
"$satbed" run "$work/s.ini" --duration 1s --out "$work/json" --json >&- 2>"$work/err"
[ $? -le 1 ] || fail "run --json >&-: $(cat "$work/err")"
whole "$work/json" "standard output closed"
timeout 20 "$satbed" up "$work/s.ini" --capture "$work/up" <&- >&- 2>&- || fail "up with closed descriptors: $?"
# A supervisor that is stopped answers nobody: said at once, with what to do.
expect_status 0 "$satbed" ps --json
supervisor=$(jq '.[0].pid' "$work/out")
kill -STOP "$supervisor"
expect_status 4 timeout 20 "$satbed" down
expect_text "$work/err" "is stopped; run: kill -CONT $supervisor"
kill -CONT "$supervisor"
timeout 20 "$satbed" down <&- >&- 2>&- || fail "down with closed descriptors: $?"
[ "$(od -An -tx4 -N4 "$work/up/client1.pcap" | tr -d ' ')" = a1b23c4d ] || fail "up: not a capture"

# What passed is nobody else's to read.
modes=$(cd "$work" && stat -c '%a %n' closed closed/*.pcap closed/events.jsonl closed/samples.csv up up/*.pcap | sort)
[ "$(echo "$modes" | cut -d' ' -f1 | sort -u | tr '\n' ' ')" = "600 700 " ] || fail "modes: $modes"

# nohup: the terminal goes, the run does not.
nohup "$satbed" run "$work/s.ini" --duration 2s --out "$work/nohup" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 20 test -s "$work/nohup/client1.pcap" || fail "no packets: $(cat "$work/err")"
kill -HUP $pid
wait $pid
status=$?
[ $status -le 1 ] || fail "status $status after SIGHUP under nohup: $(cat "$work/err")"
expect_json "$work/nohup/run.json" '.interrupted != true and .timings.planned_s == 2'

# A limit is named with what raises it, and kills nothing.
(
	ulimit -f 64
	exec "$satbed" run "$work/s.ini" --duration 2s --out "$work/small"
) >"$work/out" 2>"$work/err" </dev/null
status=$?
[ $status -eq 3 ] || [ $status -eq 4 ] || fail "status $status with small files only: $(cat "$work/out" "$work/err")"
expect_text "$work/err" "ulimit -f"
(
	# shellcheck disable=SC3045 # every sh of a Linux has it
	ulimit -n 8
	exec "$satbed" run "$work/s.ini" --duration 2s --out "$work/few"
) >"$work/out" 2>"$work/err" </dev/null
status=$?
[ $status -eq 3 ] || fail "status $status with few descriptors: $(cat "$work/out" "$work/err")"
expect_text "$work/err" "ulimit -n"

# What cannot be written is no mistake in the scenario; a file that is none, and long words, are told of.
ln -s /proc/self/nowhere "$work/dangling"
expect_status 3 "$satbed" run "$work/s.ini" --duration 1s --out "$work/dangling/run"
expect_text "$work/err" "cannot create the directory"
expect_status 3 "$satbed" plan "$work/s.ini" --plot "$work/dangling/plan.svg"
expect_text "$work/err" "cannot write $work/dangling/plan.svg"
long=$(printf '%0200d' 7)
expect_status 2 "$satbed" check "$work/s.ini" --set "scenario.about=$long"
expect_text "$work/err" "invalid value of scenario.about: longer than 190 bytes"
mkdir "$work/many"
mkfifo "$work/many/fifo.ini"
expect_status 2 timeout 20 "$satbed" check "$work/many/fifo.ini"
expect_text "$work/err" "not a regular file"
expect_status 2 timeout 20 "$satbed" list "$work/many"
rm "$work/closed/run.json"
mkfifo "$work/closed/run.json"
timeout 20 "$satbed" report "$work/closed" >"$work/out" 2>"$work/err"
[ $? -lt 4 ] || fail "report of a directory with a FIFO: $(cat "$work/out" "$work/err")"

# A power failure can leave an empty run.json: that run is made again.
expect_done "$satbed" compare "$work/s.ini" --arm native:bridge -n 1 --duration 1s --retries 0 --quiet --plain --out "$work/compared"
for run in "$work"/compared/runs/*; do
	: >"$run/run.json"
done
rm -f "$work/compared/compare.json"
expect_done "$satbed" compare --resume "$work/compared" --plain
expect_text "$work/err" "run.json is empty: the run counts as interrupted and is repeated"
expect_json "$work/compared/compare.json" '.complete'
: >"$work/compared/state.json"
expect_status 2 "$satbed" compare --resume "$work/compared"
expect_text "$work/err" "start it again with another --out DIR"
