#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_run.sh - a scenario on the virtual clock: its verdict, its report, what is refused, what nodes may write
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel

# On this clock a busy machine is no excuse.
expect_status 0 virtual run "$leo" --backend netem --out "$work/netem"
expect_text "$work/out" "verdict PASS"
expect_text "$work/out" "virtual clock, kernel "
expect_text "$work/out" "$work/netem"
expect_text "$work/err" "times real time"
run=$work/netem/run.json
expect_json "$run" '.verdict == "PASS" and .reasons == [] and .link_backend == "netem" and .timings.measured_s == 30'
expect_json "$run" ".directory == \"$work/netem\""
expect_json "$run" '.manifest.clock | .kind == "virtual" and .kernel != "" and .kernel_config != "" and
	.wall_s > 0 and .times_faster > 0'
expect_json "$run" '.manifest.kernel == .manifest.clock.kernel'
# What this clock cannot know is absent, not zero.
expect_json "$run" '.cpu == null and .host_baseline.timer_late_ms.p50 == null and .host_baseline.cpu.busy == null and
	.host_baseline.links[0].rtt_ms == null and .host_baseline.links[0].up.path_cost_ms == null and .timings.up_ms == null'
expect_json "$run" '[.captures[] | .dropped == 0 and .written > 1000] | all'
grep -q 'times_faster' "$work/netem/report.html" || fail "the page does not have the run's last words"
[ -z "$(find "$work/netem" -name '.*' -type f)" ] || fail "something hidden is left in the directory"
"$satbed" report "$work/netem" >"$work/out" 2>&1 || fail "the page cannot be made again"

expect_status 0 virtual run "$leo" --backend user --duration 10s --out "$work/user" --json --junit "$work/run.xml"
expect_json "$work/out" '.verdict == "PASS" and .link_backend == "user" and .manifest.clock.wall_s > 0'
cmp "$work/out" "$work/user/run.json" || fail "--json prints another run.json"
grep -q '<testsuite' "$work/run.xml" || fail "no JUnit XML"
[ -z "$(ls -A "$TMPDIR")" ] || fail "left in TMPDIR: $(ls -A "$TMPDIR")"

# What a real run of the same scenario says of its clock.
expect_done "$satbed" run "$leo" --duration 1s --out "$work/real"
expect_json "$work/real/run.json" '.manifest.clock == {"kind": "real"} and .cpu != null'

# A program's own files, and where it may write: in its directory and in the guest's memory, nowhere on the host.
cat >"$work/write.sh" <<'COMMAND'
for file in "$1/here" /etc/satbed-test /usr/satbed-test /var/satbed-test; do
	true >"$file" && echo "wrote $file"
done
mount -o remount,rw / && echo "mounted / again"
mkdir /tmp/host && mount -t hostfs -o / none /tmp/host && echo "mounted the host"
[ ! -e /dev/ttyS0 ] && [ ! -e /dev/mem ] || echo "has devices"
true >/tmp/own && true >own && echo "wrote its own"
cat "$1/secret"
head -c 1000 /dev/zero
COMMAND
echo 'what the user may read' >"$work/secret"
cat >"$work/exec.ini" <<SCENARIO
[scenario]
name = writes
duration = 3s
[link]
delay = 10ms
rate = 10mbit
[flow.x]
kind = exec
direction = up
files = write.sh
server_command = sleep 60
client_command = sh write.sh $work
ready = 100ms
SCENARIO
expect_done virtual run "$work/exec.ini" --out "$work/exec" --junit "$work/exec.xml"
# The guest's, as such flows are analysed there.
grep -q '<testcase classname="writes" name="flow x client1 up">' "$work/exec.xml" || fail "no case in $(cat "$work/exec.xml")"
log=$work/exec/exec-x-client1.log
tr -d '\0' <"$log" >"$work/log"
expect_text "$work/log" "wrote its own"
expect_text "$work/log" "what the user may read"
! grep -a 'wrote /\|mounted\|has devices' "$log" >&2 || fail "a command could do what it may not"
for file in "$work/here" /etc/satbed-test /usr/satbed-test /var/satbed-test /tmp/own; do
	[ ! -e "$file" ] || fail "$file is on the host"
done

# Refused before anything starts, with what to write instead.
printf '[link]\ndelay = 10ms\n[flow.bulk]\nkind = bulk\ndirection = down\n' >"$work/endless.ini"
expect_status 2 virtual run "$work/endless.ini" --out "$work/none"
expect_text "$work/err" "write [link.down] rate = 1gbit"
expect_status 2 virtual run "$leo" --engine docker --out "$work/none"
expect_status 2 virtual run "$leo" --expect '/cpu/nodes/seconds <= 3' --out "$work/none"
expect_status 2 "$satbed" run "$leo" --kernel "$kernel" --out "$work/none"
expect_status 3 env XDG_DATA_HOME="$work/nothing" "$satbed" run "$leo" --clock virtual --out "$work/none"
expect_text "$work/err" "satbed kernel build"
[ ! -e "$work/none" ] || fail "a run that was refused has a directory"
