#!/bin/sh
# SPDX-License-Identifier: MIT
# test_replay.sh - a capture's packets cross the link once more, each of them, answered by nobody
. tests/e2e/lib.sh
need jq tcpdump

cat >"$work/talk.ini" <<END
[scenario]
name = talk
duration = 2s
[link]
delay = 5ms
[flow.voice]
kind = stream
direction = both
rate = 400kbit
packet = 200B
END
expect_status 0 "$satbed" run "$work/talk.ini" --engine native --out "$work/talk"

cat >"$work/sat.ini" <<END
[scenario]
name = sat
duration = 1min
seed = 4
[link]
delay = 30ms
rate = 5mbit
[flow.f]
kind = bulk
[expect]
goodput.f = >= 1gbit
loss.down = <= 0.1%
END
# Flows of the scenario and what is expected of them do not count.
for speed in --speed=1 --speed=2 --topspeed; do
	out=$work/out$speed
	# At top speed all of them are in the queue at once.
	expect_status 0 "$satbed" replay --packets "$work/talk/client1.pcap" $speed "$work/sat.ini" --engine native \
		--backend user --set link.queue=1MB --out "$out"
	json=$out/run.json
	expect_json "$json" '.flows == [] and (.expects | length) == 1'
	# 250 datagrams a second each way for two seconds, less what was not sent in time.
	expect_json "$json" '.replay | .up.packets > 300 and .up.sent == .up.packets and .up.arrived == .up.sent'
	expect_json "$json" '.replay | .down.packets > 300 and .down.sent == .down.packets and .down.arrived == .down.sent'
	expect_json "$json" '.replay | .up.reordered + .down.reordered == 0'
	# Never earlier than the link allows, nor sent before its time.
	expect_json "$json" '.replay.up.one_way_delay_ms.p50 >= 30 and .replay.up.lateness_ms.p50 >= 0'
	case $speed in
	--topspeed) expect_json "$json" '.timings.planned_s == 1 and .replay.up.one_way_delay_ms.p99 > 60' ;;
	*) expect_json "$json" ".timings.planned_s | . > 2.0 / ${speed#*=} and . < 3.5" ;;
	esac
	expect_text "$work/out" "198.18.1.2 in the capture is the client"
	for end in client1 server-client1; do
		[ "$(tcpdump -nr "$out/$end.pcap" 'icmp[icmptype] == icmp-unreach' 2>/dev/null | wc -l)" -eq 0 ] ||
			fail "a replayed packet was answered"
	done
done

expect_status 2 "$satbed" replay "$work/sat.ini"
expect_text "$work/err" "replay needs a capture"
expect_status 2 "$satbed" replay --packets "$work/sat.ini" "$work/sat.ini"
expect_text "$work/err" "not a pcap file"
expect_status 2 "$satbed" replay --packets "$work/talk/client1.pcap" --client 192.0.2.1 "$work/sat.ini"
expect_text "$work/err" "none is from or to 192.0.2.1"
expect_status 2 "$satbed" replay --packets "$work/talk/client1.pcap" --speed 2x "$work/sat.ini"

# What cannot be sent is left out, and then it is no replay: one datagram of 3000 bytes, beside one of 8 or alone.
hex() {
	for byte in $1; do
		# shellcheck disable=SC2059 # the format is what it is about
		printf "\\$(printf '%03o' "0x$byte")"
	done
}
le32() {
	hex "$(printf '%02x %02x' $(($1 % 256)) $(($1 / 256))) 00 00"
}
be16() {
	hex "$(printf '%02x %02x' $(($1 / 256)) $(($1 % 256)))"
}
# datagram SIZE: a record of a pcap file, from 192.0.2.1 to 192.0.2.2
datagram() {
	hex "00 e1 f5 65 00 00 00 00"
	le32 $(($1 + 42))
	le32 $(($1 + 42))
	hex "02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00"
	be16 $(($1 + 28))
	hex "00 01 00 00 40 11 00 00 c0 00 02 01 c0 00 02 02 9c 40 14 51"
	be16 $(($1 + 8))
	hex "00 00"
	head -c "$1" /dev/zero
}
header="d4 c3 b2 a1 02 00 04 00 00 00 00 00 00 00 00 00 00 00 04 00 01 00 00 00"
{ hex "$header" && datagram 3000; } >"$work/large.pcap"
{ hex "$header" && datagram 8 && datagram 3000; } >"$work/both.pcap"
expect_status 1 "$satbed" replay --packets "$work/large.pcap" "$work/sat.ini" --engine native --backend user --out "$work/large"
expect_json "$work/large/run.json" '.verdict == "INVALID" and any(.reasons[]; . == "nothing of the capture was sent")'
expect_status 1 "$satbed" replay --packets "$work/both.pcap" "$work/sat.ini" --engine native --backend user --out "$work/both"
expect_json "$work/both/run.json" '.verdict == "INVALID" and .replay.up.sent == 1 and
	any(.reasons[]; startswith("1 of 2 packets of the capture were left out: 1 longer than the MTU"))'
