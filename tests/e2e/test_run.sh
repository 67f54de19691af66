#!/bin/sh
# SPDX-License-Identifier: MIT
# test_run.sh - `satbed run` of the first scenario: everything promised is there, and agrees with tshark
. tests/e2e/lib.sh
need jq tshark

out=$work/run
expect_done "$satbed" run "$leo" --duration 4s --out "$out"
expect_text "$work/out" "verdict "
expect_text "$work/out" "bulk client1 down"
[ -z "$(ls "$TMPDIR")" ] || fail "left in TMPDIR: $(ls "$TMPDIR")"

for file in report.html series.json run.json plan.json samples.csv events.jsonl client1.pcap server-client1.pcap; do
	[ -s "$out/$file" ] || fail "no $file"
done
[ "$(find "$out" -type f | wc -l)" -eq 8 ] || fail "more than the eight files: $(ls "$out")"
jq -es 'all(type == "object")' "$out/events.jsonl" >/dev/null || fail "events.jsonl: not JSON objects"

# Every field the manual names, with values that can be.
json=$out/run.json
expect_json "$json" '.scenario == "leo-lossy" and .seed == 7 and .path == "bridge"'
expect_json "$json" '.engine.kind == "native" and (.link_backend | . == "netem" or . == "user")'
expect_json "$json" '.interrupted == false and .timings.measured_s == 4 and .timings.up_ms > 0 and .timings.down_ms > 0'
expect_json "$json" '.verdict | . == "PASS" or . == "WARN" or . == "INVALID"'
expect_json "$json" '(.verdict == "PASS") or (.reasons | length > 0)'
expect_json "$json" '.manifest | type == "object" and (.kernel | type == "string")'
expect_json "$json" '.flows | map(select(.name == "bulk")) | length == 1'
expect_json "$json" '.flows | map(select(.name == "telemetry") | .direction) | sort == ["down", "up"]'
expect_json "$json" '.flows[0] | .name == "bulk" and .client == "client1" and .direction == "down" and .cc == "cubic"'
expect_json "$json" '.flows[0] | .bytes > 10000 and .error == null'
expect_json "$json" '.flows[0] | .seconds > 3 and .seconds <= 4.1'
expect_json "$json" '.flows[0] | (.goodput_bps / (8 * .bytes / .seconds) - 1 | fabs) < 0.01'
expect_json "$json" '.flows[0].retransmits | .pcap >= 0 and .tcp_info >= 0'
# 25 + 22 ms is the least a round trip takes; 3 sigma of jitter off it, twice 100 ms of queue and steps on it
expect_json "$json" '.flows[0].rtt_ms | .p50 > 30 and .p50 <= .p95 and .p95 <= .p99 and .p99 < 1000'
expect_json "$json" '.flows[0].handshake_ms > 30'
expect_json "$json" '.flows[0] | .syn.sack and .syn.window_scale >= 0 and .syn.mss > 500 and .syn_ack.mss > 500'
expect_json "$json" '.links | length == 1 and .[0].client == "client1"'
for dir in up down; do
	expect_json "$json" ".links[0].$dir | .configured.delay_ms.p50 > 10 and .measured.delay_ms.p50 > 10"
	expect_json "$json" ".links[0].$dir | .measured.delay_ms.p50 <= .measured.delay_ms.p99"
	expect_json "$json" ".links[0].$dir | .configured.loss > 0 and .measured.loss >= 0 and .measured.loss < 0.3"
	expect_json "$json" ".links[0].$dir.measured | .packets > 0 and .packets >= .arrived"
	expect_json "$json" ".links[0].$dir.measured | .packets == .arrived + (.lost | .link + .queue + .outage)"
	expect_json "$json" ".links[0].$dir.verdict | . == \"PASS\" or . == \"WARN\" or . == \"INVALID\""
done
expect_json "$json" '.links[0].up.configured.rate_bps == 10000000 and .links[0].down.configured.rate_bps > 0'
# The path before there was a link on it, whose round trip takes 47 ms.
# A machine that is too busy to answer in time says that it does not know.
expect_json "$json" '.host_baseline.links[0] | if .rtt_ms == null then .rtt_unknown != null
	else .rtt_ms | .count > 0 and .p50 > 0 and .p50 <= .p99 end'
expect_json "$json" '.captures | map(.file) == ["client1.pcap", "server-client1.pcap"]'
expect_json "$json" '.captures | all(.dropped == 0 and .written > 0 and .written <= .received)'

# tshark reads as many packets as were written.
for file in client1.pcap server-client1.pcap; do
	written=$(jq --arg f $file '.captures[] | select(.file == $f) | .written' "$json")
	seen=$(tshark -n -r "$out/$file" -T fields -e frame.number 2>/dev/null | wc -l)
	[ "$seen" -eq "$written" ] || fail "$file: $seen packets for tshark, $written written"
	frame=$(tshark -n -r "$out/$file" -T fields -e frame.len 2>/dev/null | sort -n | tail -n 1)
	[ "$frame" -le 1514 ] || fail "$file: a frame of $frame bytes at an MTU of 1500: offloads were on"
done

# Retransmissions at the sender's end (the server's: the flow goes down).  tshark calls a segment below the
# highest sequence number a retransmission, or "out of order" when it comes within one round trip of the
# newest one; at a sender's own interface nothing is out of order, so both are retransmissions.  Its
# keep-alive heuristic (one byte below the next) is not one of ours.
ours=$(jq '.flows[0].retransmits.pcap' "$json")
theirs=$(tshark -n -r "$out/server-client1.pcap" -o tcp.desegment_tcp_streams:false -Y 'tcp.srcport == 5201 &&
	tcp.len > 0 && (tcp.analysis.retransmission || tcp.analysis.out_of_order)' -T fields -e frame.number 2>/dev/null | wc -l)
[ "$ours" -eq "$theirs" ] || fail "$ours retransmits reported, $theirs seen by tshark"

# --json prints that very file, and nothing else, also into a pipe.
"$satbed" run "$leo" --duration 1s --quiet --json --out "$work/run2" 2>"$work/err" | cat >"$work/json"
cmp -s "$work/json" "$work/run2/run.json" ||
	[ "$(jq -S . "$work/json")" = "$(jq -S . "$work/run2/run.json")" ] || fail "--json is not run.json"
[ ! -s "$work/err" ] || grep -q '^satbed: ' "$work/err" || fail "--quiet: $(cat "$work/err")"

# A second run never writes over the first.
before=$(cksum <"$json")
expect_status 2 "$satbed" run "$leo" --duration 1s --out "$out"
expect_text "$work/err" "$out"
[ "$(cksum <"$json")" = "$before" ] || fail "the results of the first run have changed"

# Without --out a new directory below captures, two runs at once have two of them.
mkdir "$work/here"
(cd "$work/here" && "$satbed" run "$leo" --duration 1s --quiet >/dev/null 2>&1) &
(cd "$work/here" && "$satbed" run "$leo" --duration 1s --quiet >/dev/null 2>&1)
wait $!
[ "$(find "$work/here/captures" -name run.json | wc -l)" -eq 2 ] || fail "not two results: $(find "$work/here")"
