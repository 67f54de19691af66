#!/bin/sh
# SPDX-License-Identifier: MIT
# test_rr.sh - latencies of requests are the link's round trip, over TCP and UDP
. tests/e2e/lib.sh
need jq

cat >"$work/rr.ini" <<END
[scenario]
name = rr
duration = 4s
[link.up]
delay = 30ms
[link.down]
delay = 20ms
[flow.tcp]
kind = rr
every = 20ms
request = 200B
response = 1000B
[flow.udp]
kind = rr
transport = udp
every = 20ms
[flow.next]
kind = rr
[expect]
latency.tcp.p50 = <= 60ms
latency.udp.p50 = <= 60ms
latency.next.p50 = < 20ms
timeouts.tcp = = 0
END
out=$work/run
# The third cannot hold: nothing is faster than the link.
expect_status 1 "$satbed" run "$work/rr.ini" --engine native --backend user --out "$out"
json=$out/run.json
for flow in 0 1 2; do
	# 30 ms there and 20 ms back.  Others on this machine may add to it, nothing takes from it.
	expect_json "$json" ".flows[$flow].rr.latency_ms | .p50 >= 50 and .p50 < 60 and .p50 <= .p90 and .p90 <= .p99"
	expect_json "$json" ".flows[$flow].rr.latency_ms | .p99 <= .p999 and .p999 <= .max"
	expect_json "$json" ".flows[$flow].rr | .timeouts == 0 and .requests - .answered <= 4"
done
expect_json "$json" '.flows[0].rr.requests == 200 and .flows[1].rr.requests == 200'
# One at a time: as many as round trips fit.
expect_json "$json" '.flows[2].rr.requests | . > 50 and . <= 81'
# The captures know the same answers.
expect_json "$json" '.flows[0] | (.bytes / 1000 - .rr.answered | fabs) <= 4'
expect_json "$json" '.flows[1] | (.packets - .rr.answered | fabs) <= 4'
expect_json "$json" '[.expects[].met] == [true, true, false, true]'
expect_text "$work/out" "latency p50"

# Half of the packets lost each way: three of four exchanges fail, and are counted.  TCP gets nothing through.
expect_status 1 "$satbed" run "$work/rr.ini" --engine native --backend user --out "$work/lossy" \
	--set "link.loss=random 50%" --set flow.udp.timeout=200ms
expect_json "$work/lossy/run.json" '.flows[1].rr | .timeouts > 110 and .timeouts < 180 and .answered > 15 and .answered < 90'
exit 0
