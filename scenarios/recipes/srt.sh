#!/bin/sh
# SPDX-License-Identifier: MIT
# srt.sh - a receiver of live video, and a sender of 2 Mbit/s in datagrams of seven transport stream packets
#
#   srt.sh server|client ADDRESS PORT
set -eu
role=$1 address=$2 port=$3
latency=2500 # ms, the same at both ends: four round trips

case $role in
server)
	srt-live-transmit -q -chunk:1316 "srt://$address:$port?mode=listener&latency=$latency" file://con >received &
	receiver=$!
	trap 'kill $receiver; wait $receiver; echo "$(($(wc -c <received) / 1316)) datagrams received"; exit 0' TERM
	wait $receiver
	;;
client)
	# Once connected, 1316 bytes every 5.264 ms: 2 Mbit/s for 15 s.  The program does not end with its input.
	perl -MTime::HiRes=sleep,time -e '$| = 1; sleep 3; my $t = time; for (1 .. 2850) { print "G" x 1316;
		$t += 0.005264; my $left = $t - time; sleep $left if $left > 0 } sleep 4' |
		srt-live-transmit -q -a no -chunk:1316 file://con "srt://$address:$port?mode=caller&latency=$latency" &
	sleep 23
	kill $! 2>/dev/null
	echo "2850 datagrams sent"
	;;
esac
