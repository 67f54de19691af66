#!/bin/sh
# SPDX-License-Identifier: MIT
# test_learn.sh - a link that was run is learned from its captures, and what was learned runs
. tests/e2e/lib.sh
need jq

cat >"$work/sat.ini" <<END
[scenario]
name = sat
duration = 5s
seed = 2
[link]
delay = 40ms
rate = 8mbit
queue = 100ms
[link.up]
loss = random 2%
[flow.f]
kind = bulk
direction = down
cc = reno
[flow.s]
kind = stream
direction = up
rate = 800kbit
packet = 200B
END
expect_status 0 "$satbed" run "$work/sat.ini" --engine native --backend user --out "$work/sat"

# between FILE DIRECTION KEY LOW HIGH: a value that was learned
between() {
	value=$(sed -n "/^\[link.$2\]/,/^\[/s/^$3 = \([0-9.]*\).*/\1/p" "$1")
	awk -v v="$value" -v low="$4" -v high="$5" 'BEGIN { exit !(v >= low && v <= high) }' ||
		{ cat "$1" >&2; fail "$2 $3 is \"$value\", not $4 to $5"; }
}
expect_status 0 "$satbed" learn "$work/sat/client1.pcap" "$work/sat/server-client1.pcap" -o "$work/two.ini" --name two
between "$work/two.ini" up delay 40 40.1
between "$work/two.ini" down delay 40 40.1
between "$work/two.ini" up rate 7.95 8.05
between "$work/two.ini" down rate 7.95 8.05
expect_text "$work/two.ini" "; loss: "
expect_status 0 "$satbed" check "$work/two.ini"
expect_status 0 "$satbed" learn "$work/sat/server-client1.pcap" -o "$work/one.ini"
between "$work/one.ini" down delay 40 40.1
expect_text "$work/one.ini" "half of a round trip"
expect_status 0 "$satbed" check "$work/one.ini"

# Who received the data does not know when it was sent.
expect_status 2 "$satbed" learn "$work/sat/client1.pcap"
expect_text "$work/err" "captured at the receiver"

expect_status 0 "$satbed" replay --link "$work/sat/client1.pcap" "$work/sat/server-client1.pcap" --set scenario.duration=1s \
	--engine native --backend user --out "$work/again"
expect_json "$work/again/run.json" '.scenario == "learned" and .links[0].down.configured.delay_ms.p50 >= 40'
