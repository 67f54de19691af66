#!/bin/sh
# SPDX-License-Identifier: MIT
# test_faults.sh - what goes wrong with emulated links, done to a run with real packets, is found by its verdict
. tests/e2e/lib.sh
. tests/lib/fault_injection.sh
need jq nsenter ethtool chrt taskset

cat >"$work/plain.ini" <<'END'
[scenario]
name = plain
duration = 5min
[testbed]
backend = user
[link]
delay = 20ms
rate = 20mbit
queue = 100ms
[flow.bulk]
kind = bulk
direction = down
END

# Segmentation offload, put back by somebody: one loss is many then.
start_run "$work/plain.ini"
for node in 1 2; do
	in_node satbed-agent $node ethtool -K eth0 tso on gso on || fail "no offload"
done
end_run 5
expect_reason 'segmentation offload is on'

# The processors are taken away from everything that is not of a real-time class.
start_run "$work/plain.ini"
hogs=
for cpu in $(seq 0 $(($(nproc --all) - 1))); do
	taskset -c "$cpu" timeout 3 chrt -f 1 sh -c 'while :; do :; done' &
	hogs="$hogs $!"
done
# shellcheck disable=SC2086 # words
wait $hogs
end_run 1
expect_reason 'late|differ from the prediction'

# Nobody reads one of the captures, and the link goes on: of the kernel's 4 MiB no frame takes less than 150 bytes.
start_run "$work/plain.ini"
hold_capture sbs1 40000
end_run 1
expect_reason '^the capture server-client1 lost [1-9][0-9]* of [1-9][0-9]* packets: retransmits are not counted$'
expect_json "$json" '.verdict == "INVALID"'
# The number is the kernel's own, and no retransmits are made up from what is left.
# shellcheck disable=SC2016 # jq's
expect_json "$json" '(.captures[] | select(.file == "server-client1.pcap")) as $c
	| $c.dropped > 0 and any(.reasons[]; test("server-client1 lost \($c.dropped) of \($c.received) "))'
expect_json "$json" '.flows[0].retransmits.pcap == null'
expect_text "$work/out" "server-client1.pcap missed "
