#!/bin/sh
# SPDX-License-Identifier: MIT
# test_programs.sh - HTTP/3 by real programs on the virtual clock: the run ends with them, QUIC is known as such
. tests/e2e/lib.sh
. tests/e2e/virtual_lib.sh
. tests/e2e/programs_lib.sh
need_kernel
need jq openssl gtlsserver gtlsclient

mkdir "$work/htdocs"
head -c 2000000 /dev/zero >"$work/htdocs/big"
make_certificate "$work"
cat >"$work/h3.ini" <<'END'
[scenario]
name = h3
duration = 60s
[testbed]
capture_snaplen = 128B
[link]
delay = 300ms
rate = 20mbit
loss = random 1%
[flow.h3]
kind = exec
server_command = exec gtlsserver -q --qlog-dir "$QLOGDIR" -d htdocs {server} {port} key.pem cert.pem
client_command = exec gtlsclient -q --qlog-dir "$QLOGDIR" --exit-on-all-streams-close {server} {port} https://{server}:{port}/big
files = htdocs/big key.pem cert.pem
END
json=$work/run/run.json
expect_status 0 virtual run "$work/h3.ini" --out "$work/run"
expect_json "$json" '.verdict == "PASS" and .flows[0].error == null'
expect_json "$json" '.timings | .planned_s == 60 and .measured_s > 3 and .measured_s < 45'
expect_json "$json" '.flows[0].retransmits == {"pcap": null, "tcp_info": null}'
# Two ways of 300 ms, and what a handshake takes to compute: nothing, on this clock, but what the rate takes.
expect_json "$json" '.flows[0].quic | .connections == 1 and .version == "v1" and .client_version == "v1" and (.retry | not)'
expect_json "$json" '.flows[0] | .handshake_ms == .quic.handshake_ms and .quic.handshake_ms >= 600 and .quic.handshake_ms < 1300'
# What the two captures say of datagrams is what the links counted: all of the flow's were lost to the link.
expect_json "$json" '.flows[0].datagrams | .down.sent > 1400 and .down.arrived_bytes > 2000000 and .up.sent > 100 and .up.arrived_bytes > 1000'
expect_json "$json" '.flows[0].datagrams | all(.[]; .lost > 0 and .lost < 0.05 * .sent and ([.causes[]] | add) == .lost and .causes.link == .lost)'
expect_json "$json" '.flows[0] | .lost == .datagrams.down.lost and .packets == .datagrams.down.sent and .causes.link == .lost'
expect_text "$work/out" "QUIC v1: handshake"
# The programs' own qlog, and what it says of the handshake: until then the client sends with long headers.
for end in server client1; do
	[ "$(jq --seq -s '.[0].trace.vantage_point.name' "$work"/run/qlog/"$end"-*.sqlog 2>/dev/null | tr -d '\036')" = '"ngtcp2"' ] ||
		[ "$(head -c 20000 "$work"/run/qlog/"$end"-*.sqlog | grep -c '"name":"ngtcp2"')" -eq 1 ] || fail "no qlog of $end"
done
expect_text "$work/out" "datagrams down:"

expect_status 0 "$satbed" analyze --json "$work/run/client1.pcap"
expect_json "$work/out" '[.flows[] | select(.proto == "quic")] | length == 1 and (.[0].quic | .version == "v1" and (.spins | not))'
[ "$(jq '[.flows[] | select(.quic)][0].quic.handshake_ms' "$work/out")" = "$(jq '.flows[0].quic.handshake_ms' "$json")" ] ||
	expect_json "$work/out" "[.flows[] | select(.quic)][0].quic.handshake_ms - $(jq '.flows[0].quic.handshake_ms' "$json") | fabs < 0.001"
# tshark counts as many datagrams of the same protocol.
if command -v tshark >/dev/null; then
	jq '[.flows[] | select(.quic)][0] | .to_server.packets + .to_client.packets' "$work/out" >"$work/ours"
	tshark -r "$work/run/client1.pcap" -Y 'udp.port == 5201 && !icmp' 2>/dev/null | wc -l >"$work/theirs"
	[ "$(cat "$work/ours")" -eq "$(cat "$work/theirs")" ] || fail "$(cat "$work/ours") datagrams, tshark sees $(cat "$work/theirs")"
fi
expect_status 0 "$satbed" analyze "$work/run/server-client1.pcap"
expect_text "$work/out" "quic 198.18.1.2:"
expect_text "$work/out" "QUIC v1, handshake"
expect_status 0 "$satbed" analyze --json "$work/run/client1.pcap" "$work/run/server-client1.pcap"
expect_json "$work/out" "[.flows[] | select(.proto == \"quic\") | .directions[].lost] | sort == $(jq -c '[.flows[0].datagrams[].lost] | sort' "$json")"

# Of 128 bytes little shows of what is coalesced behind the first packet; of whole packets it is what tshark sees.
expect_json "$json" '.flows[0].quic | .coalesced_datagrams > 0 and .coalesced_not_captured > 0'
expect_status 0 virtual run "$work/h3.ini" --out "$work/whole" --set testbed.capture_snaplen=1500B
expect_json "$work/whole/run.json" '.flows[0].quic | .coalesced_datagrams > 1 and .coalesced_packets > 1 and .coalesced_not_captured == 0'
expect_text "$work/out" " coalesced datagrams"
expect_status 0 "$satbed" analyze --json "$work/whole/client1.pcap"
[ "$(jq -c '[.flows[] | select(.quic)][0].quic | [.coalesced_datagrams, .coalesced_packets]' "$work/out")" = \
	"$(jq -c '.flows[0].quic | [.coalesced_datagrams, .coalesced_packets]' "$work/whole/run.json")" ] || fail "analyze counts others"
if command -v tshark >/dev/null; then
	tshark -r "$work/whole/client1.pcap" -Y 'quic.long.packet_type && !icmp' -T fields -e quic.header_form 2>/dev/null |
		awk -F, 'NF > 1 { datagrams++; packets += NF - 1 } END { printf "[%d,%d]\n", datagrams, packets }' >"$work/theirs"
	jq -c '.flows[0].quic | [.coalesced_datagrams, .coalesced_packets]' "$work/whole/run.json" | diff - "$work/theirs" >&2 ||
		fail "tshark counts other coalesced packets"
fi

# qlog of a run: every state of the links up to its end, every sample of its TCP flow, by time.
expect_status 0 virtual run scenarios/leo-lossy.ini --out "$work/lossy" --duration 5s
expect_status 0 "$satbed" report "$work/lossy" --qlog "$work/lossy.sqlog"
qlog() {
	[ "$(jq --seq -s "$1" "$work/lossy.sqlog" | tr -d '\036')" = true ] || fail "does not hold of the qlog: $1"
}
qlog '.[0] | .file_schema == "urn:ietf:params:qlog:file:sequential" and (.trace.common_fields.reference_time.epoch | sub("[.][0-9]{6}Z$"; "Z") | fromdate) > 1e9'
# What qvis's loader goes by: these of a head, each event's group and its name in two parts.
qlog '.[0] | .qlog_version == "0.3" and .qlog_format == "JSON-SEQ" and has("trace")'
qlog '.[1:] | all((.time | type == "number") and (.name | split(":") | length == 2) and (.group_id | length > 0))'
qlog '[.[1:][].time] | . == sort and .[-1] < 5001'
qlog "[.[] | select(.name == \"satbed:link_state\")] | length == 2 + $(jq '[.steps[] | select(.at_ns <= 5e9)] | length' "$work/lossy/plan.json")"
qlog "[.[] | select(.name == \"recovery:metrics_updated\")] | length == $(grep -c ',bulk,client1,down,server,' "$work/lossy/samples.csv")"
qlog "[.[] | select(.group_id == \"bulk client1 down 0\")][-1].data | .smoothed_rtt == $(grep ',bulk,client1,down,server,' "$work/lossy/samples.csv" | tail -n 1 | cut -d, -f8) and .congestion_window > 1448"
expect_status 3 "$satbed" report "$work/lossy" --qlog "$work/no/such/dir"
exit 0
