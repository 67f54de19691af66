#!/bin/sh
# SPDX-License-Identifier: MIT
# test_replay_application.sh - a session that was recorded is had again on another link: the same bytes each way,
# and no sooner than the longer round trips allow
. tests/e2e/lib.sh
need jq slirp4netns

cat >"$work/session.ini" <<END
[scenario]
name = session
duration = 3s
[link]
delay = 10ms
rate = 20mbit
[flow.asked]
kind = rr
request = 300B
response = 3000B
every = 200ms
[flow.download]
kind = file
direction = down
size = 400kB
[flow.upload]
kind = file
direction = up
size = 90kB
start = 1s
[flow.voice]
kind = stream
direction = both
rate = 64kbit
packet = 160B
END
expect_status 0 "$satbed" run "$work/session.ini" --engine native --set testbed.probes=off --out "$work/session"

cat >"$work/far.ini" <<END
[scenario]
name = far
duration = 1s
[link]
delay = 110ms
rate = 20mbit
queue = 1MB
[flow.f]
kind = bulk
END

# same_bytes CAPTURE RUN: of each connection, what analyze counts in the capture is what the replay brought over.
same_bytes() {
	expect_json "$2/run.json" '.session.flows | length > 0 and all(.complete and .error == null)'
	"$satbed" analyze --json "$1" >"$work/survey.json" || fail "the capture cannot be analysed"
	jq -e --slurpfile survey "$work/survey.json" '
		[.session.flows[] | select(.transport == "tcp") |
			{client, up: .up.replayed_bytes, down: .down.replayed_bytes}] as $replayed |
		[$survey[0].flows[] | select(.proto == "tcp") | {client, up: .to_server.goodput_bytes,
			down: .to_client.goodput_bytes} | select(.up + .down > 0)] as $captured |
		($captured | length == 3) and ($captured | sort) == ($replayed | sort)' "$2/run.json" >"$work/same" ||
		fail "other bytes than in the capture"
}
for point in client1 server-client1; do
	out=$work/far-$point
	expect_status 0 "$satbed" replay --application "$work/session/$point.pcap" "$work/far.ini" --engine native \
		--backend user --out "$out"
	same_bytes "$work/session/$point.pcap" "$out"
	# Each of some fifteen requests: a turn of 300 bytes, one of 3000.
	expect_json "$out/run.json" '.session.flows[] | select(.server | endswith(":5201")) | .turns >= 20 and
		.up.replayed_bytes * 10 == .down.replayed_bytes and .up.replayed_bytes % 300 == 0'
	# 200 ms more there and back for every answer; what the link added to the capture is not added again.
	expect_json "$out/run.json" '.session.flows[] | select(.server | endswith(":5201")) |
		.replayed_response_ms.p50 >= 220 and .captured_response_ms.p50 >= 20 and
		.replayed_response_ms.count == .captured_response_ms.count'
	expect_json "$out/run.json" '.session.flows[] | select(.server | endswith(":5202")) |
		.down.replayed_bytes >= 400000 and .replayed_s >= .captured_s + 0.2'
	# Datagrams go at their time, whatever the link.
	expect_json "$out/run.json" '[.session.flows[] | select(.transport == "udp") | .up, .down |
		select(.captured_datagrams > 0) | .sent_datagrams == .captured_datagrams and .delay_ms.p50 >= 110] | all'
	# And the capture of the replay says so, too.
	expect_json "$out/run.json" '.flows | length == 2 and all(.kind == "session" and .bytes > 0)'
	expect_text "$work/out" "flows complete"
done

# A relay acknowledges what it has yet to hand on; all of it arrives all the same.
expect_status 0 "$satbed" replay --application "$work/session/client1.pcap" "$work/session.ini" --engine native \
	--backend user --set testbed.path=slirp --out "$work/relayed"
expect_json "$work/relayed/run.json" '.session.flows | length >= 1 and all(.transport == "tcp" and .complete and
	.up.captured_bytes == .up.replayed_bytes and .down.captured_bytes == .down.replayed_bytes)'
expect_text "$work/err" "flows are left out, which slirp4netns cannot carry"

expect_status 1 "$satbed" replay --application "$work/session/client1.pcap" "$work/far.ini" --engine native \
	--backend user --limit 1s --out "$work/short"
expect_text "$work/out" "INCOMPLETE: "

expect_status 2 "$satbed" replay --application "$work/far.ini" "$work/far.ini"
expect_text "$work/err" "not a pcap file"
expect_status 2 "$satbed" replay --application "$work/session/client1.pcap" --speed 2 "$work/far.ini"
expect_text "$work/err" "--speed is for --packets only"
expect_status 2 "$satbed" replay --packets "$work/session/client1.pcap" --cc bbr "$work/far.ini"
expect_text "$work/err" "--cc is for --application only"
