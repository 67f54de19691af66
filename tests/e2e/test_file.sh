#!/bin/sh
# SPDX-License-Identifier: MIT
# test_file.sh - a file across an outage arrives whole over another connection; one that does not, says so
. tests/e2e/lib.sh
need jq

cat >"$work/file.ini" <<END
[scenario]
name = file
duration = 14s
[link]
delay = 20ms
rate = 20mbit
queue = 100ms
[event.gone]
at = 1s
outage = 2500ms
[flow.f]
kind = file
size = 6MB
stall = 700ms
direction = down
[expect]
completion.f = <= 12s
END
out=$work/run
expect_status 0 "$satbed" run "$work/file.ini" --engine native --backend user --out "$out"
json=$out/run.json
expect_json "$json" '.flows[0].file | .complete and .arrived_bytes == 6000000 and .damaged_at == null'
expect_json "$json" '.flows[0].error == null and .flows[0].kind == "file"'
expect_json "$json" '.flows[0].file.attempts >= 2'
# 6 MB take 2.4 s at 20 Mbit/s, and for 2.5 s nothing passes.
expect_json "$json" '.flows[0].file.completion_s | . > 4.9 and . < 12'
expect_json "$json" '.flows[0].bytes >= 6000000'
expect_json "$json" '.expects[0] | .met and (.value > 4900)'
expect_text "$work/out" "complete and verified after"

# Rates over the time it took, not over the time it had.
expect_json "$json" '.flows[0] | (.seconds - .file.completion_s | fabs) < 0.5'

# Up, without an outage: one connection, nothing sent in vain.
sed -e '/^\[event/,/^outage/d' -e 's/^direction = down/direction = up/' "$work/file.ini" >"$work/up.ini"
expect_status 0 "$satbed" run "$work/up.ini" --engine native --backend user --out "$work/up" --duration 6s
expect_json "$work/up/run.json" '.flows[0].file | .complete and .attempts == 1 and .wasted_bytes == 0'

# More than the time allows: said, and the expectation does not hold.
expect_status 1 "$satbed" run "$work/up.ini" --engine native --backend user --out "$work/big" --duration 2s \
	--set flow.f.size=60MB
expect_json "$work/big/run.json" '.flows[0].file | .complete == false and .completion_s == null'
expect_json "$work/big/run.json" '.flows[0].error | startswith("incomplete: ")'
expect_json "$work/big/run.json" '.expects[0].met == false'
expect_text "$work/out" "INCOMPLETE"
exit 0
