#!/bin/sh
# SPDX-License-Identifier: MIT
# test_terminals.sh - a client with two links: each its own, Multipath TCP over both, and one of them is out for a while
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
need_kernel
need jq

cat >"$work/two.ini" <<'END'
[scenario]
name = two
duration = 24s
[testbed]
terminals = 2
[link.terminal1]
delay = 20ms
rate = 10mbit
queue = 2bdp
[link.terminal2]
delay = 30ms
rate = 5mbit
queue = 2bdp
[event.gone]
at = 8s
outage = 4s
terminal = 1
[flow.both]
kind = bulk
mptcp = on
duration = 20s
END
json=$work/run/run.json
expect_status 0 virtual run "$work/two.ini" --out "$work/run"
expect_json "$json" '.verdict == "PASS" and .flows[0].error == null'
expect_json "$json" '[.links[].client] == ["client1.terminal1", "client1.terminal2"] and all(.links[]; .up.verdict == "PASS" and .down.verdict == "PASS")'
expect_json "$json" '[.events[].client] | unique == ["client1.terminal1"]'
for file in client1.terminal1 server-client1.terminal1 client1.terminal2 server-client1.terminal2; do
	[ -s "$work/run/$file.pcap" ] || fail "no capture $file.pcap"
done
# Frames of 1514 bytes carry 1424: 20 of IP, 20 of TCP, 12 of timestamps, 24 of the data sequence signal.  Both links full
# are 15 Mbit/s of frames, so 14.11 Mbit/s of payload; the second one alone is 4.70.
expect_json "$work/run/series.json" '.bin_s == 0.1 and (def mean(a; b): .flows[0].goodput_bps[a:b] | add / length;
	(mean(20; 80) | . > 0.98 * 14.11e6 and . < 1.005 * 14.11e6) and
	(mean(100; 120) | . > 0.97 * 4.70e6 and . < 1.01 * 4.70e6) and
	(mean(170; 200) | . > 0.97 * 14.11e6 and . < 1.005 * 14.11e6))'
# Each byte of the payload is counted once, and the receiving program has as many; some came over both links.
expect_json "$json" '.flows[0] | .mptcp | ([.paths[].client] == ["client1.terminal1", "client1.terminal2"]) and all(.paths[]; .subflows == 1) and .repeated_bytes > 0 and .repeated_bytes < 2e6'
expect_json "$json" '.flows[0] | .bytes + .mptcp.repeated_bytes == ([.mptcp.paths[].bytes] | add)'
received=$(awk -F, '$2 == "both" && $5 == "client" { n = $7 } END { print n }' "$work/run/samples.csv")
expect_json "$json" ".flows[0].bytes - $received | fabs < 300000"
expect_text "$work/out" "MPTCP: "
if command -v tshark >/dev/null; then
	# By name of a connection, not of a subflow, and without our own reading of options.
	tshark -r "$work/run/client1.terminal2.pcap" -Y 'tcp.options.mptcp.subtype == 1 && tcp.flags.syn == 1' 2>/dev/null >"$work/joins"
	[ "$(wc -l <"$work/joins")" -ge 2 ] || fail "no join of a connection on the second link"
fi

# The page has charts of the flow with either link chosen, and says what went where.
if command -v chromium >/dev/null; then
	HOME=$work timeout 60 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=5000 --dump-dom \
		"file://$work/run/report.html" >"$work/dom" 2>/dev/null
	for text in "<b>Goodput<" "<b>Round-trip time<" "<td>MPTCP: .* over client1.terminal1, .* over client1.terminal2"; do
		grep -q "$text" "$work/dom" || fail "the page does not say \"$text\""
	done
fi

# Without MPTCP a flow has the one link that it names, or the first; IPv6 does the same.
cat >"$work/one.ini" <<'END'
[scenario]
name = one
duration = 8s
[testbed]
clients = 2
terminals = 2
ip = 6
[link.terminal1]
delay = 20ms
rate = 10mbit
queue = 2bdp
[link.terminal2]
delay = 30ms
rate = 5mbit
queue = 2bdp
[flow.first]
kind = bulk
client = 1
[flow.second]
kind = bulk
client = 1
terminal = 2
direction = up
[flow.parts]
kind = file
client = 2
mptcp = on
size = 8MB
END
json=$work/six/run.json
expect_status 0 virtual run "$work/one.ini" --out "$work/six"
expect_json "$json" '.verdict == "PASS" and all(.flows[]; .error == null)'
# 1500 bytes of IPv6 carry 1428 over 1514 on the link.
expect_json "$json" 'def rate(name): .flows[] | select(.name == name) | .goodput_bps; (rate("first") | . > 8.9e6 and . < 9.44e6) and (rate("second") | . > 4.3e6 and . < 4.72e6)'
expect_json "$json" 'all(.flows[] | select(.name != "parts"); .mptcp == null and .retransmits.pcap == .retransmits.tcp_info)'
# 8 MB at 10 Mbit/s alone would take 6.8 s.
expect_json "$json" '.flows[] | select(.name == "parts") | .client == "client2" and .file.complete and .file.completion_s < 5.5 and all(.mptcp.paths[]; .bytes > 1e6)'
expect_status 0 "$satbed" report "$work/six"

# What it does not go with is said before anything runs.
expect_status 2 "$satbed" check "$work/two.ini" --set testbed.engine=docker
expect_text "$work/err" "only the native engine gives a client several"
expect_status 2 "$satbed" check "$work/two.ini" --set testbed.pep=gateway

# A testbed that stays: addresses, routes by address, links by name.
expect_status 0 "$satbed" up "$work/two.ini" --name terminals-$$
expect_status 0 "$satbed" link "terminals-$$:client1.terminal2.down" delay=70ms
expect_status 0 "$satbed" link "terminals-$$:client1.terminal2" --json
expect_json "$work/out" 'length == 1 and .[0].client == "client1.terminal2" and .[0].down.state.delay_ns == 70000000 and .[0].up.state.delay_ns == 30000000'
expect_status 0 "$satbed" link "terminals-$$:client1" --json
expect_json "$work/out" '[.[].client] == ["client1.terminal1", "client1.terminal2"]'
expect_status 2 "$satbed" link "terminals-$$:client1.terminal3.up" delay=1ms
if command -v ping >/dev/null; then
	# The server's first address, from the client's second one: 100 ms there and back, not 40.
	expect_status 0 "$satbed" exec "terminals-$$:client1" -- ping -c 1 -I 198.18.2.2 198.18.1.1
	awk -F'[= ]' '/time=/ { exit !($(NF - 1) >= 100) }' "$work/out" || fail "another link was taken: $(cat "$work/out")"
fi
expect_status 0 "$satbed" down "terminals-$$"
exit 0
