#!/bin/sh
# SPDX-License-Identifier: MIT
# test_clients.sh - more than one client, each with a network and a link of its own; IPv6
. tests/e2e/lib.sh
need jq

# Two clients: what only the second one was given, only the second one has.
expect_done "$satbed" run "$leo" --duration 2s --out "$work/two" --set testbed.clients=2 \
	--set link.client2.down.delay=122ms --set link.up.loss=none --set link.down.loss=none
json=$work/two/run.json
expect_json "$json" '.links | map(.client) == ["client1", "client2"]'
expect_json "$json" '.flows | map(.client) | unique == ["client1", "client2"]'
expect_json "$json" '.flows | map(select(.name == "bulk")) | all(.bytes > 1000 and .error == null)'
expect_json "$json" '.links[0].down.measured.delay_ms.p50 | . > 10 and . < 60'
expect_json "$json" '.links[1].down.measured.delay_ms.p50 | . > 110 and . < 160'
expect_json "$json" '.captures | map(.file) == ["client1.pcap", "server-client1.pcap", "client2.pcap", "server-client2.pcap"]'

# IPv6 all the way: not one IPv4 packet of the flow.
expect_done "$satbed" run "$leo" --duration 2s --out "$work/six" --set testbed.ip=6 \
	--set link.up.loss=none --set link.down.loss=none
expect_json "$work/six/run.json" '.flows[0].bytes > 10000 and .flows[0].retransmits.pcap >= 0 and .flows[0].rtt_ms.p50 > 30'
if command -v tshark >/dev/null; then
	[ "$(tshark -n -r "$work/six/client1.pcap" -Y 'ip && tcp' 2>/dev/null | wc -l)" -eq 0 ] || fail "IPv4 in the IPv6 run"
	[ "$(tshark -n -r "$work/six/client1.pcap" -Y 'ipv6 && tcp' 2>/dev/null | wc -l)" -gt 0 ] || fail "no IPv6"
fi

# Both directions, a stream beside them.
cat >"$work/mix.ini" <<'END'
[scenario]
name = mix
duration = 2s
[link]
delay = 10ms
rate = 20mbit
queue = 100ms
[flow.both]
kind = bulk
direction = both
streams = 2
[flow.voice]
kind = stream
direction = up
rate = 80kbit
packet = 200B
END
expect_done "$satbed" run "$work/mix.ini" --out "$work/mix"
json=$work/mix/run.json
expect_json "$json" '.flows | map(select(.name == "both") | .direction) | sort == ["down", "up"]'
expect_json "$json" '.flows | map(select(.name == "both")) | all(.bytes > 100000 and .streams == 2)'
# 80 kbit/s in 200 byte packets are 50 a second
expect_json "$json" '.flows[] | select(.name == "voice") | .packets > 90 and .packets < 110 and .lost <= .packets'

# The most there may be.  Without loss: a burst that takes both connection requests of 2 s hits 3 % of all clients.
expect_done "$satbed" run "$leo" --duration 2s --out "$work/many" --set testbed.clients=64 --set link.up.loss=none \
	--set link.down.loss=none --set link.up.rate=1mbit --set link.down.rate=1mbit --set flow.telemetry.client=1
json=$work/many/run.json
expect_json "$json" '.links | length == 64'
expect_json "$json" '.flows | map(select(.name == "bulk")) | length == 64 and all(.bytes > 0 and .error == null)'
expect_json "$json" '.captures | length == 128 and all(.dropped == 0)'
[ "$(wc -l <"$work/out")" -lt 70 ] || fail "a table of $(wc -l <"$work/out") lines"
expect_status 2 "$satbed" check "$leo" --set testbed.clients=65
