#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_memory.sh - a program that takes all of the guest's memory: that is said, and what the other flows measured is there
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel

# A line without an end, which tail has to keep.
cat >"$work/eats.ini" <<-'END'
	[scenario]
	name = eats
	duration = 3s
	[link]
	delay = 10ms
	rate = 10mbit
	[flow.eats]
	kind = exec
	server_command = sleep 60
	client_command = tail /dev/zero
	ready = 100ms
	[flow.bulk]
	kind = bulk
	direction = down
END
has_guests() {
	guests "$1" >"$work/guests"
	[ -s "$work/guests" ]
}
virtual run "$work/eats.ini" --out "$work/run" >"$work/out" 2>"$work/err" </dev/null &
pid=$!
wait_for 20 has_guests $pid || fail "no guest: $(cat "$work/err")"
wait $pid
status=$?
[ $status -eq 4 ] || fail "status $status, not 4: $(cat "$work/err")"
expect_text "$work/err" "the guest ran out of its 2048 MiB of memory"
expect_json "$work/run/run.json" '.flows | map(select(.kind == "bulk"))[0] | .error == null and .bytes > 3000000'
expect_json "$work/run/run.json" '.flows | map(select(.kind == "exec"))[0] | .error | test("client: exit status 1[0-9][0-9]")'
: >"$work/none"
wait_for 10 all_gone "$work/guests" "$work/none" || fail "guests are left: $(cat "$work/guests")"
