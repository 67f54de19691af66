#!/bin/sh
# SPDX-License-Identifier: MIT
# test_recipes.sh - every recipe with its real programs, on the virtual clock: they do what they say, and so does the report
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
. tests/e2e/programs_lib.sh
need_kernel
need jq openssl gtlsserver gtlsclient nginx curl iperf3 mosquitto mosquitto_pub mosquitto_sub srt-live-transmit perl rsync sshd ssh wg ip openvpn mptcpize nncp-call nncp-daemon
[ -n "$(find /usr/lib -name libnss_wrapper.so 2>/dev/null)" ] || skip "no libnss_wrapper.so (package libnss-wrapper)"

# recipe NAME: run it; all programs ended well, and the link was what the scenario says
recipe() {
	name=$1
	run=$work/$name
	json=$run/run.json
	expect_status 0 virtual run "scenarios/recipes/$name.ini" --out "$run" --quiet
	expect_json "$json" '.verdict == "PASS" and .timings.measured_s < .timings.planned_s - 5'
	expect_json "$json" 'all(.flows[]; .error == null and .exec.client.status == 0 and (.exec.client.stopped | not))'
	echo "$name $(jq '.timings.measured_s' "$json")" >>"$work/done"
}

# says FLOW TEXT [-server]: a command's output has it
says() {
	expect_text "$run/exec-$1-client1${3:-}.log" "$2"
}

recipe http3
says h3 "2000000 bytes"
expect_json "$json" '.flows[0].quic | .version == "v1" and .handshake_ms > 600 and .handshake_ms < 700'

recipe http
for flow in single parallel http2; do
	says "$flow" "4000000 bytes"
done
expect_json "$json" 'all(.flows[]; .bytes > 4000000 and .retransmits.pcap != null and .handshake_ms > 600)'

recipe web-page
says http1 1300960
says http2 1300960
# One connection that asks for all at once is done sooner than six that ask one by one.
expect_json "$json" '(.flows[] | select(.name == "http2") | .exec.client.seconds) < 0.8 * (.flows[] | select(.name == "http1") | .exec.client.seconds)'

recipe iperf3
says down "receiver"
# Its count of retransmissions and the capture's.
for flow in down up; do
	side=-server
	[ "$flow" = down ] || side=
	theirs=$(awk '/sender/ { print $(NF - 1) }' "$run/exec-$flow-client1$side.log")
	expect_json "$json" ".flows[] | select(.name == \"$flow\") | .retransmits.pcap - $theirs | fabs <= 2"
done
expect_json "$json" 'all(.flows[]; .recovery | length == 1)'

recipe mqtt
says telemetry "message 20" -server
[ "$(grep -c ' message ' "$run/exec-telemetry-client1-server.log")" -eq 20 ] || fail "messages were lost"
expect_json "$json" '.flows[0].causes.outage > 0'

recipe srt
says video "2850 datagrams received" -server
expect_json "$json" '.flows[0].datagrams.up | .causes.link > 10 and .sent > 2850'

recipe rsync
says backup "done in attempt"
expect_json "$json" '.flows[0] | .bytes > 4000000 and .bytes < 6000000'
[ "$(sed -n 's/^Literal data: \([0-9,]*\) bytes/\1/p' "$run/exec-backup-client1.log" | tr -d , | tail -n 1)" -lt 3000000 ] ||
	fail "nothing of the first attempt was kept"

# Tunnels: the flow is the outer packets, the transfer inside was as long as it was told.
recipe wireguard
says tunnel "0.00-15.00 "
expect_json "$json" '.flows[] | select(.name == "tunnel") | .datagrams.down | .arrived_bytes > 10000000 and ([.causes[]] | add) == .lost'

recipe openvpn
says tunnel "0.00-15.00 "
expect_json "$json" '.flows[0] | .retransmits.pcap == null and .datagrams.down.arrived_bytes > 5000000 and .datagrams.down.causes.link > 0'

# Store and forward: what was taken has arrived, over several passes, and little of it went twice.
recipe nncp
says pictures "all delivered in"
sed -n 's/^.* \(picture[0-9]*\) taken, \(.*\)$/\1 \2/p' "$run/exec-pictures-client1.log" | sort >"$work/taken"
sed -n 's/^.* \(picture[0-9]*\) arrived, \(.*\)$/\1 \2/p' "$run/exec-pictures-client1-server.log" | sort >"$work/arrived"
[ "$(wc -l <"$work/taken")" -eq 3 ] || fail "not all pictures were taken"
cmp "$work/taken" "$work/arrived" || fail "not all pictures arrived as they were"
# A pass carries 320 kB at most, headers included: 1.2 MB take four of them.
[ "$(sed -n 's/^.*all delivered in \([0-9]*\) passes/\1/p' "$run/exec-pictures-client1.log")" -ge 4 ] || fail "a pass carried too much"
expect_json "$json" '.flows[0] | .bytes > 1200000 and .bytes < 1900000'

# Over LEO alone nothing comes while that link is out; over both the connection lives (what was sent twice overflows the
# queue of the other link, so the mean is a fraction of its 10 Mbit/s), and is faster before and after.
recipe mptcp
says both "iperf Done"
expect_json "$json" '(.flows[0].mptcp == null) and (.flows[1].mptcp.paths | length == 2 and all(.bytes > 10e6))'
expect_json "$json" '.flows[1].goodput_bps > 1.15 * .flows[0].goodput_bps and .flows[1].retransmits.tcp_info == null'
expect_json "$run/series.json" '.bin_s == 0.1 and (def mean(f; a; b): .flows[f].goodput_bps[a:b] | add / length;
	mean(0; 110; 180) == 0 and mean(1; 560; 630) > 1e6 and mean(0; 50; 95) < 20e6 and mean(1; 510; 545) > 24e6)'

for ini in scenarios/recipes/*.ini; do
	name=$(basename "$ini" .ini)
	grep -q "^$name " "$work/done" || fail "recipe $name is not tested"
	[ "$(grep -c '^; ' "$ini")" -eq 4 ] || fail "$ini: one line of what it is and three of what it shows"
done
exit 0
