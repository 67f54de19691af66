#!/bin/sh
# SPDX-License-Identifier: MIT
# replay.sh - by how much the times of replayed packets differ from the capture's, beside tcpreplay's
#
# Prints JSON objects as run.sh wants them.  5,000 packets a second for 3 s, sent by satbed's node into its link, and by
# tcpreplay into a veth of a namespace; both captured where they were sent, times counted from the first packet.
. tests/e2e/lib.sh
need jq tcpdump dumpcap tshark tcpreplay ip unshare
rounds=${ROUNDS:-3}

cat >"$work/steady.ini" <<END
[scenario]
name = steady
duration = 3s
[link]
delay = 1ms
[flow.s]
kind = stream
direction = up
rate = 8mbit
packet = 200B
END
expect_done "$satbed" run "$work/steady.ini" --engine native --backend user --out "$work/steady"
tcpdump -r "$work/steady/client1.pcap" -w "$work/capture.pcap" --time-stamp-precision=nano 'udp port 5201 and src 198.18.1.2' 2>/dev/null ||
	fail "no capture"

# stamps FILE: of the packets of that flow, from the first one, a line each
stamps() {
	tshark -r "$1" -Y 'udp.dstport == 5201' -T fields -e frame.time_epoch 2>/dev/null |
		awk '{ split($1, t, "."); s = t[1] - b; if (NR == 1) { b = t[1]; s = 0; f = t[2] } printf "%.3f\n", s * 1e6 + (t[2] - f) / 1e3 }'
}
# error_of FILE: the 99th percentile of the size of the difference, in us
error_of() {
	stamps "$1" >"$work/times"
	[ "$(wc -l <"$work/times")" -eq "$(wc -l <"$work/original")" ] || fail "not all packets were sent"
	paste "$work/original" "$work/times" | awk '{ d = $2 - $1; print d < 0 ? -d : d }' | sort -g |
		awk '{ v[NR] = $1 } END { print v[int(NR * 0.99 + 0.999)] }'
}
stamps "$work/capture.pcap" >"$work/original"

i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	expect_done "$satbed" replay --packets "$work/capture.pcap" "$work/steady.ini" --engine native --backend user \
		--out "$work/out$i"
	error_of "$work/out$i/client1.pcap" >>"$work/ours"
	# shellcheck disable=SC2016 # $1 and $2 are the inner shell's
	unshare -Urn sh -c 'ip link add name sent0 type veth peer name seen0 && ip link set sent0 up && ip link set seen0 up || exit 1
		dumpcap -q -i seen0 -B 16 -s 128 -f udp -w "$2" 2>/dev/null &
		sleep 1
		tcpreplay -q -i sent0 "$1" >/dev/null 2>&1
		sleep 1
		kill -INT $!; wait $!' sh "$work/capture.pcap" "$work/theirs$i.pcap" || fail "tcpreplay"
	error_of "$work/theirs$i.pcap" >>"$work/theirs"
done
for who in ours theirs; do
	jq -nc --argjson v "$(sort -g "$work/$who" | sed -n "$(((rounds + 1) / 2))p")" --slurpfile all "$work/$who" \
		--arg m "replay_timing_error_p99$([ $who = ours ] || echo _tcpreplay)" \
		--arg goal "$([ $who = ours ] && echo '<= 200' || echo '-')" \
		'{metric: $m, value: $v, unit: "us", goal: $goal, detail: {packets_per_s: 5000, runs: $all}}'
done
