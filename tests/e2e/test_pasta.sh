#!/bin/sh
# SPDX-License-Identifier: MIT
# test_pasta.sh - the path through pasta: two TCP connections, of which its own has a window scale and no more
. tests/e2e/lib.sh
path=pasta relay=pasta
. tests/e2e/split_lib.sh

# It fills the receiver's window whatever the queue does: with room for all of that window nothing is lost.
room='--set link.rate=30mbit --set link.queue=6MB'

# shellcheck disable=SC2086 # words
run_split inside $room
for dir in up down; do
	expect_json "$json" "$(leg $dir satellite) | .syn | .window_scale >= 0 and .sack and .timestamps"
	expect_json "$json" "$(leg $dir satellite) | .syn_ack | .mss == 1360 and .window_scale >= 0 and (.sack | not) and (.timestamps | not)"
	expect_json "$json" "$(leg $dir other) | [.syn, .syn_ack] | all(.window_scale >= 0 and .sack and .timestamps)"
done
bulk '.window_cap_bps == null'
up '.tcp_info_on_satellite_leg and .retransmits.tcp_info >= 0'
down '.retransmits.tcp_info == null'
expect_text "$work/out" "pasta sends on the satellite leg: no TCP_INFO on this leg"

# shellcheck disable=SC2086 # words
run_split outside $room
expect_kernel_options satellite
expect_json "$json" "$(leg up other) | .syn_ack.window_scale >= 0 and (.syn_ack.sack | not)"
up '.retransmits.tcp_info == null'
down '.retransmits.tcp_info >= 0'

expect_pings
expect_nothing_left_after_kill
