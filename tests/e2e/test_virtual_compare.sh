#!/bin/sh
# SPDX-License-Identifier: MIT
# test_virtual_compare.sh - compare, suite and replay on the virtual clock, and runs side by side
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel

# Arms with a kernel of their own, rounds that differ, runs side by side that come out as those one after the other.
for jobs in 1 2; do
	expect_done "$satbed" compare "$leo" --clock virtual --arm "native,kernel=$kernel" \
		--arm "reno=native,kernel=$kernel,flow.bulk.cc=reno" --rounds 2 --duration 3s --jobs $jobs --out "$work/jobs$jobs"
	expect_json "$work/jobs$jobs/compare.json" '.arms | length == 2'
done
for run in "$work"/jobs1/runs/*; do
	cmp "$run/client1.pcap" "$work/jobs2/runs/${run##*/}/client1.pcap" || fail "${run##*/} is not the same beside another"
done
set -- "$work"/jobs1/runs/r00?-a1-*/client1.pcap
[ $# -eq 2 ] || fail "not two rounds: $*"
! cmp -s "$1" "$2" || fail "two rounds are the same"
for run in "$work"/jobs1/runs/r00?-a1-*; do
	jq -r .timeline_xxh64 "$run/plan.json"
done >"$work/hashes"
[ "$(sort -u "$work/hashes" | wc -l)" -eq 1 ] || fail "rounds play different timelines"
# The first round is what run gives.
expect_status 0 virtual run "$leo" --engine native --duration 3s --out "$work/run" --expect 'fidelity = warn'
cmp "$work/run/client1.pcap" "$1" || fail "the first round is not the run of the same scenario"
expect_json "$work/jobs1/compare.json" '[.. | objects | select(.unit? == "s/GB")] == []'
expect_status 2 "$satbed" compare "$leo" --arm native --jobs 2 --out "$work/none"
expect_text "$work/err" "--clock virtual"
expect_status 2 "$satbed" compare "$leo" --clock virtual --arm "native,kernel=$kernel" --unshaped --out "$work/none"
expect_status 3 "$satbed" compare "$leo" --clock virtual --arm native,kernel=1.2.3 --out "$work/none"
[ ! -e "$work/none" ] || fail "a comparison that was refused has a directory"

expect_done virtual suite quic-4-sat --only small,medium --sizes 2MB --jobs 2 --out "$work/suite"
expect_json "$work/suite/suite.json" '[.runs[] | .completion_s > 1 and .verdict == "PASS"] == [true, true]'
expect_status 2 "$satbed" suite quic-4-sat --only small --sizes 2MB --jobs 2 --out "$work/none"

# A capture that lies where the guest has something else.
expect_done virtual replay --packets "$work/run/client1.pcap" "$leo" --out "$work/packets"
expect_json "$work/packets/run.json" '.replay.up.sent > 100 and .manifest.clock.kind == "virtual"'
expect_done virtual replay --application "$work/run/client1.pcap" "$leo" --limit 10s --out "$work/application"
expect_json "$work/application/run.json" '.manifest.clock.kind == "virtual" and (.session.flows | length > 0)'
