#!/bin/sh
# SPDX-License-Identifier: MIT
# test_clients.sh - more than one client, each with a network and a link of its own; IPv6
. tests/e2e/lib.sh
need jq

# Two clients: what only the second one was given, only the second one has.
expect_status 0 "$satbed" run "$leo" --duration 2s --out "$work/two" --set testbed.clients=2 \
	--set link.client2.down.delay=122ms --set link.up.loss=none --set link.down.loss=none
json=$work/two/run.json
expect_json "$json" '.links | map(.client) == ["client1", "client2"]'
expect_json "$json" '.flows | map(.client) | unique == ["client1", "client2"]'
expect_json "$json" '.flows | map(select(.name == "bulk")) | all(.bytes > 1000 and .error == null)'
expect_json "$json" '.links[0].down.measured.delay_ms.p50 | . > 10 and . < 60'
expect_json "$json" '.links[1].down.measured.delay_ms.p50 | . > 110 and . < 160'
expect_json "$json" '.captures | map(.file) == ["client1.pcap", "server-client1.pcap", "client2.pcap", "server-client2.pcap"]'

# IPv6 all the way: not one IPv4 packet of the flow.
expect_status 0 "$satbed" run "$leo" --duration 2s --out "$work/six" --set testbed.ip=6 \
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
expect_status 0 "$satbed" run "$work/mix.ini" --out "$work/mix"
json=$work/mix/run.json
expect_json "$json" '.flows | map(select(.name == "both") | .direction) | sort == ["down", "up"]'
expect_json "$json" '.flows | map(select(.name == "both")) | all(.bytes > 100000 and .streams == 2)'
# 80 kbit/s in 200 byte packets are 50 a second
expect_json "$json" '.flows[] | select(.name == "voice") | .packets > 50 and .packets < 110 and .lost <= .packets'

# One beam for two: together they get no more than its rate, and each is told its share.
expect_status 2 "$satbed" check scenarios/leo-shared.ini --set testbed.backend=netem
expect_text "$work/err" "shared: netem has a queue for each client"
expect_status 0 "$satbed" check scenarios/leo-shared.ini
expect_text "$work/out" "only the user backend can play this: netem has a queue for each client"
expect_text "$work/out" "shared rate and queue are one for 2 clients"
expect_status 0 "$satbed" run scenarios/leo-shared.ini --engine native --duration 3s --out "$work/beam" \
	--set link.down.loss=none --set flow.telemetry.duration=2s
json=$work/beam/run.json
expect_json "$json" '.links | map(.down.shared.clients) == [2, 2]'
expect_json "$json" '(.links | map(.down.shared.share) | add | . > 0.999 and . < 1.001) and all(.links[]; .down.shared.share > 0.02)'
# 40 Mbit/s for 3 s and what the queue and the way hold; each for itself would have had twice that.
expect_json "$json" '[.flows[] | select(.name == "bulk") | .bytes] | length == 2 and add > 0 and add * 8 < 40e6 * 3.3'
# shellcheck disable=SC2016 # jq's
expect_json "$json" '.links[0].up.measured.rate_bps as $r | $r == null or ($r < 9e6)'
expect_text "$work/out" "one beam down: 40.0 Mbit/s for 2 clients: client1"

# The most there may be.  Without loss: a burst that takes both connection requests of 2 s hits 3 % of all clients.
# 1: the scenario expects 1 Mbit/s, which is all that this link has.
expect_status 1 "$satbed" run "$leo" --duration 2s --out "$work/many" --set testbed.clients=64 --set link.up.loss=none \
	--set link.down.loss=none --set link.up.rate=1mbit --set link.down.rate=1mbit --set flow.telemetry.client=1
json=$work/many/run.json
expect_json "$json" '.verdict == "PASS"'
expect_json "$json" '.links | length == 64'
expect_json "$json" '.flows | map(select(.name == "bulk")) | length == 64 and all(.bytes > 0 and .error == null)'
expect_json "$json" '.captures | length == 128 and all(.dropped == 0)'
[ "$(wc -l <"$work/out")" -lt 70 ] || fail "a table of $(wc -l <"$work/out") lines"
expect_status 2 "$satbed" check "$leo" --set testbed.clients=65
